//! Finds what carries a campaign's tag in its name (Meta, `platforms/meta.md` §17, §23).

use super::{
    Meta,
    batch::Item,
    encode::params,
    errors::cursor_expired,
    graph::{Call, decode},
    wire::{Listing, Named},
};
use crate::{Access, Found, PlatformError};
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker},
    plan::ObjectKind,
};
use serde_json::{Value, json};

/// Names on one page (§17, limit).
const PAGE: i64 = 100;

/// How often a list is read from its beginning when its cursor goes stale.
const RESTARTS: u32 = 2;

/// One list of the account or the page, as far as it has been read.
struct Edge {
    kind: ObjectKind,
    path: String,
    after: Option<String>,
    restarts: u32,
    done: bool,
    found: Vec<Found>,
}

impl Meta {
    /// Every living object of ours that carries `tag`. Lists are read side by side, page by page. Images are left
    /// out: uploading the same bytes again gives the same image (§6).
    pub(super) async fn find_tagged(
        &self,
        access: &Access,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let mut edges = edges(access, self.page_id(access).await?.as_deref());
        while edges.iter().any(|edge| !edge.done) {
            let items = edges.iter().filter(|edge| !edge.done).map(|edge| page(access, edge, tag)).collect();
            let answers = self.graph.batch_read(access, items).await?;
            for (edge, answer) in edges.iter_mut().filter(|edge| !edge.done).zip(answers) {
                edge.take(answer, tag)?;
            }
        }
        Ok(edges.into_iter().flat_map(|edge| edge.found).collect())
    }

    /// The page whose token `access` has: with that token, `me` is the page.
    async fn page_id(&self, access: &Access) -> Result<Option<String>, PlatformError> {
        let Some(token) = &access.page_token else { return Ok(None) };
        let call = Call::get("read the page", "me", params([("fields", "id".into())]));
        self.graph.read_as::<Named>(token, &call).await.map(|page| Some(page.id))
    }
}

impl Edge {
    fn take(&mut self, answer: Result<Value, PlatformError>, tag: &CampaignTag) -> Result<(), PlatformError> {
        let listing: Listing<Named> = match answer {
            Ok(value) => decode("look for marked objects", value)?,
            Err(error) if cursor_expired(&error) && self.restarts < RESTARTS => {
                self.restarts += 1;
                self.after = None;
                self.found.clear();
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.after = listing.next_cursor();
        self.done = self.after.is_none();
        let kind = self.kind;
        self.found.extend(listing.data.into_iter().filter_map(|named| found(kind, named, tag)));
        Ok(())
    }
}

fn found(kind: ObjectKind, named: Named, tag: &CampaignTag) -> Option<Found> {
    let living = !matches!(named.status.as_deref(), Some("ARCHIVED" | "DELETED"));
    let marker = Marker::find_in(&named.name)?;
    let ours = marker.as_str().starts_with(&tag.search_text());
    (living && ours).then_some(Found { kind, marker, remote_id: RemoteId(named.id) })
}

fn edges(access: &Access, page: Option<&str>) -> Vec<Edge> {
    let account = &access.account.id;
    let edge = |kind, path| Edge { kind, path, after: None, restarts: 0, done: false, found: Vec::new() };
    let mut edges = vec![
        edge(ObjectKind::Campaign, format!("{account}/campaigns")),
        edge(ObjectKind::AdGroup, format!("{account}/adsets")),
        edge(ObjectKind::Ad, format!("{account}/ads")),
        edge(ObjectKind::Creative, format!("{account}/adcreatives")),
    ];
    edges.extend(page.map(|page| edge(ObjectKind::LeadForm, format!("{page}/leadgen_forms"))));
    edges
}

fn page<'a>(access: &'a Access, edge: &Edge, tag: &CampaignTag) -> Item<'a> {
    let mut params = params([("fields", "id,name,status".into()), ("limit", PAGE.into())]);
    let page_token = access.page_token.as_ref().filter(|_| edge.kind == ObjectKind::LeadForm);
    if page_token.is_none() {
        let by_name = json!([{"field": "name", "operator": "CONTAIN", "value": tag.search_text()}]);
        params.insert("filtering".to_owned(), by_name);
    }
    if let Some(after) = &edge.after {
        params.insert("after".to_owned(), after.clone().into());
    }
    Item {
        call: Call::get("look for marked objects", edge.path.as_str(), params),
        token: page_token.unwrap_or(&access.token),
    }
}
