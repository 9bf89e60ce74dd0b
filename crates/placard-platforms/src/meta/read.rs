//! Reads objects back by id (Meta, `platforms/meta.md` §6, §17, §18).

use super::{
    Meta,
    batch::Item,
    encode::params,
    graph::{Call, decode},
    observe::{self, observe},
    wire::Listing,
};
use crate::{Access, ErrorKind, PlatformError, ReadBack};
use placard_domain::plan::{Fields, ObjectKind, Observation};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Hashes in one question for images.
const MOST_HASHES: usize = 50;

impl Meta {
    /// One observation for each of `objects`, in order.
    pub(super) async fn read_back(
        &self,
        access: &Access,
        objects: &[ReadBack],
    ) -> Result<Vec<Observation>, PlatformError> {
        let (images, others): (Vec<&ReadBack>, Vec<&ReadBack>) =
            objects.iter().partition(|object| object.key.kind == ObjectKind::Image);
        let hashes: Vec<&str> = images.iter().map(|image| image.remote_id.0.as_str()).collect();
        let mut items: Vec<Item<'_>> = others.iter().map(|object| by_id(access, object)).collect();
        items.extend(hashes.chunks(MOST_HASHES).map(|hashes| by_hash(access, hashes)));
        let mut answers = self.graph.batch_read(access, items).await?.into_iter();

        let mut observed = HashMap::new();
        for (object, answer) in others.iter().zip(answers.by_ref()) {
            observed.insert(&object.key, observation(object, answer)?);
        }
        let mut living = HashMap::new();
        for answer in answers {
            let listing: Listing<Value> = decode("read images", answer?)?;
            let entries = listing.data.into_iter();
            living.extend(entries.filter_map(|image| Some((image.get("hash")?.as_str()?.to_owned(), image))));
        }
        let seen = |object: &ReadBack| match living.get(&object.remote_id.0) {
            Some(image) => observe(ObjectKind::Image, image, &Fields::new()),
            None => Observation::Gone,
        };
        Ok(objects
            .iter()
            .map(|object| observed.remove(&object.key).unwrap_or_else(|| seen(object)))
            .collect())
    }
}

fn observation(
    object: &ReadBack,
    answer: Result<Value, PlatformError>,
) -> Result<Observation, PlatformError> {
    match answer {
        Ok(wire) => Ok(observe(object.key.kind, &wire, &object.applied)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Observation::Gone),
        Err(error) => Err(error),
    }
}

fn by_id<'a>(access: &'a Access, object: &ReadBack) -> Item<'a> {
    let kind = object.key.kind;
    let call = Call::get(
        &format!("read {}", kind.title()),
        object.remote_id.0.as_str(),
        params([("fields", observe::fields(kind).into())]),
    );
    let page = access.page_token.as_ref().filter(|_| kind == ObjectKind::LeadForm);
    Item { call, token: page.unwrap_or(&access.token) }
}

fn by_hash<'a>(access: &'a Access, hashes: &[&str]) -> Item<'a> {
    let fields = observe::fields(ObjectKind::Image).into();
    let params = params([("hashes", json!(hashes)), ("fields", fields), ("limit", MOST_HASHES.into())]);
    Item {
        call: Call::get("read images", format!("{}/adimages", access.account.id), params),
        token: &access.token,
    }
}
