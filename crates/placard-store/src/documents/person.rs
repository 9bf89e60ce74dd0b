//! Forgetting people: on request, and when it is long ago.

use super::{Comparison, DocumentError, Documents, Filter, Query, Sort, adapter::Entry};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    TenantId,
    document::{COLLECTIONS, Document, Message, Moment, Profile},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many documents are looked through at a time.
const PAGE: i64 = 500;

/// What was forgotten, in documents, as proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Profiles that are gone.
    pub profiles: u64,
    /// Messages that are gone.
    pub messages: u64,
    /// Documents of other kinds in which the person is named, as collection and id. A person decides about them.
    pub elsewhere: Vec<(&'static str, Uuid)>,
}

impl Documents {
    /// Takes out the profiles `known` and those in which `is_theirs` finds the person, with every message to them. Each
    /// document is read: a text may name somebody anywhere.
    ///
    /// # Errors
    /// Whatever stops it leaves the rest as it was; the same again goes on.
    pub async fn erase_person(
        &self,
        tenant: TenantId,
        known: &[Uuid],
        is_theirs: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<Erased, DocumentError> {
        let mut erased = Erased::default();
        let mut profiles: BTreeSet<Uuid> = known.iter().copied().collect();
        let named =
            self.naming(tenant, Profile::COLLECTION, |entry| mentions(&entry.body, &is_theirs)).await?;
        profiles.extend(named);
        let to_them = |entry: &Entry| {
            let profile = entry.body["profile_id"].as_str().and_then(|id| id.parse().ok());
            profile.is_some_and(|id| profiles.contains(&id)) || mentions(&entry.body, &is_theirs)
        };
        // Messages first: they are found by profiles, so that whoever stops in between finds them again.
        for id in self.naming(tenant, Message::COLLECTION, to_them).await? {
            erased.messages += u64::from(self.delete::<Message>(tenant, id).await?);
        }
        for id in &profiles {
            erased.profiles += u64::from(self.delete::<Profile>(tenant, *id).await?);
        }
        for of in COLLECTIONS {
            if [Profile::COLLECTION.name, Message::COLLECTION.name].contains(&of.name) {
                continue;
            }
            let named = self.naming(tenant, of, |entry| mentions(&entry.body, &is_theirs)).await?;
            erased.elsewhere.extend(named.into_iter().map(|id| (of.name, id)));
        }
        Ok(erased)
    }

    async fn naming(
        &self,
        tenant: TenantId,
        of: &'static placard_domain::document::Collection,
        is_wanted: impl Fn(&Entry) -> bool + Send,
    ) -> Result<Vec<Uuid>, DocumentError> {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let entries = self.scan(tenant, of, after, PAGE).await?;
            let Some(last) = entries.last() else { return Ok(found) };
            after = Some(last.id);
            found.extend(entries.iter().filter(|entry| is_wanted(entry)).map(|entry| entry.id));
        }
    }

    /// Takes what is personal out of the tenant's messages that were sent long enough before `now`. Says how many.
    ///
    /// # Errors
    /// Whatever stops it leaves the rest as it was; the same again goes on.
    pub async fn anonymise(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, DocumentError> {
        let Some(days) = Message::COLLECTION.anonymised_after_days else { return Ok(0) };
        let (Ok(before), Ok(at)) = (Moment::new(now - TimeDelta::days(days.into())), Moment::new(now)) else {
            return Ok(0);
        };
        let filter = Filter::And(vec![
            Filter::Compare("sent_at".to_owned(), Comparison::Lt, before.into()),
            Filter::Exists("anonymised_at".to_owned(), false),
        ]);
        let mut done = 0;
        loop {
            let query = Query { filter: filter.clone(), sort: Sort::OLDEST, limit: 500, cursor: None };
            let page = self.find::<Message>(tenant, &query).await?;
            if page.items.is_empty() {
                return Ok(done);
            }
            for found in page.items {
                match self.update::<Message>(tenant, found.id, |message| forget(message, at)).await {
                    Ok(_) => done += 1,
                    // It was taken out meanwhile.
                    Err(DocumentError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

fn forget(message: &mut Message, at: Moment) {
    message.content.clear();
    if let Some(response) = &mut message.response {
        response.content.clear();
    }
    message.display_name = None;
    message.avatar_url = None;
    message.failure = None;
    message.anonymised_at = Some(at);
}

/// Whether a text anywhere in a document is theirs.
pub fn mentions(body: &Value, is_theirs: &impl Fn(&str) -> bool) -> bool {
    match body {
        Value::String(text) => is_theirs(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, is_theirs)),
        Value::Object(members) => members.values().any(|value| mentions(value, is_theirs)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
