//! Documents in MongoDB, or in a server that speaks its protocol: a collection for each of ours, with a validator made
//! from the same JSON Schema, and the indexes that it declares.
//!
//! The tenant is a field of every document. It is added to every filter in one place, [`scope::Scope`]; nothing else
//! here holds a collection.

mod convert;
mod filter;
mod prepare;
mod scope;
mod wire;

pub use prepare::KeywordSearch;

use super::{
    DocumentError, Filter,
    adapter::{Adapter, Entry, Wanted},
    placement, terms,
};
use crate::Db;
use ::mongodb::{
    Client, Database,
    bson::{Bson, Document, doc},
    options::{Acknowledgment, ClientOptions, ReadPreference, SelectionCriteria, WriteConcern},
};
use chrono::{DateTime, TimeDelta, Utc};
use filter::{beyond, filter_of, order_of};
use placard_domain::{
    TenantId,
    document::{Collection, Expiry},
};
use scope::Scope;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;
use wire::{binary, date, mongo_error, refused};

/// How many documents go in with one command.
const BATCH: usize = 500;
/// How long the server may work on one change. Well below the time after which PostgreSQL would end the transaction
/// whose lock the change goes under.
const WRITE_LIMIT: Duration = Duration::from_secs(20);
/// The database, unless the address names one.
const DATABASE: &str = "placard";
/// How often an upsert that met another one of the same document tries again.
const ATTEMPTS: usize = 10;

/// A MongoDB that holds documents. Clones share connections.
#[derive(Clone, Debug)]
pub struct MongoDb {
    db: Db,
    database: Database,
    search: KeywordSearch,
}

impl MongoDb {
    /// Connects to `address` (`mongodb://…`) and brings its collections, validators and indexes to what is declared,
    /// however often that is done. Writes pass locks in `db`.
    ///
    /// # Errors
    /// [`DocumentError::MongoDb`] if the address is none, nobody answers, or the server will not have a validator or
    /// an index.
    pub async fn connect(db: &Db, address: &SecretString) -> Result<Self, DocumentError> {
        let mut options = ClientOptions::parse(address.expose_secret()).await.map_err(mongo_error)?;
        options.app_name.get_or_insert_with(|| "placard".into());
        let majority = || WriteConcern::builder().w(Acknowledgment::Majority).build();
        options.write_concern.get_or_insert_with(majority);
        // A secondary may be behind, and a delta must not be.
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let name = options.default_database.clone().unwrap_or_else(|| DATABASE.into());
        let client = Client::with_options(options).map_err(mongo_error)?;
        let database = client.database(&name);
        let search = prepare::prepare(&client, &database).await?;
        Ok(Self { db: db.clone(), database, search })
    }

    /// How words are searched there.
    pub const fn keyword_search(&self) -> KeywordSearch {
        self.search
    }

    fn scope(&self, tenant: TenantId, of: &'static Collection) -> Scope {
        Scope::new(&self.database, tenant, of)
    }

    /// Carries out a change under the tenant's lock. It goes on to its end even if nobody waits for it any more, or the
    /// lock would be let go before the change is visible.
    async fn pass<T: Send + 'static>(
        &self,
        tenant: TenantId,
        change: impl AsyncFnOnceSend<T>,
    ) -> Result<T, DocumentError> {
        let db = self.db.clone();
        let changing = tokio::spawn(async move {
            let mut tx = db.tenant(tenant).await?;
            let at = placement::pass(&mut tx, super::Store::MongoDb).await?;
            let outcome = change.call(at).await;
            tx.commit().await?;
            outcome
        });
        changing.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// The stages that put `body` in the place of what was there, counted by the server.
    fn put(
        &self,
        of: &Collection,
        tenant: TenantId,
        id: Uuid,
        body: &Value,
        at: DateTime<Utc>,
    ) -> Vec<Document> {
        let mut beside = doc! {
            "_id": { "$ifNull": ["$_id", binary(id)] },
            "tenant_id": binary(tenant.0),
            "version": { "$add": [{ "$ifNull": ["$version", 0_i64] }, 1_i64] },
            "created_at": { "$ifNull": ["$created_at", date(at)] },
            "updated_at": { "$max": ["$updated_at", date(at)] },
        };
        if let Some(terms) = self.terms(of, body) {
            beside.insert("terms", doc! { "$literal": terms });
        }
        let body = convert::to_document(of, body);
        vec![doc! { "$replaceWith": { "$mergeObjects": [{ "$literal": body }, beside] } }]
    }

    /// The words of a document, where the server has no index that would find them.
    fn terms(&self, of: &Collection, body: &Value) -> Option<Vec<String>> {
        let kept = self.search == KeywordSearch::Terms && !of.text.is_empty();
        kept.then(|| terms::words(of, body).into_iter().collect())
    }

    /// What was written. MongoDB tells that with the change; some that speak its protocol do not when several meet.
    async fn read_back(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        which: Document,
        id: Uuid,
    ) -> Result<Entry, DocumentError> {
        let found = self.scope(tenant, of).find(which, doc! {}, Some(1)).await?.pop();
        convert::to_entry(of, found.ok_or_else(|| DocumentError::not_found(of, id))?)
    }

    async fn upsert_one(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let mut attempt = 1;
            loop {
                let stages = this.put(of, tenant, id, &body, at);
                let key = filter::natural_key(of, &body);
                match this
                    .scope(tenant, of)
                    .change(key.clone(), stages, true)
                    .await
                    .map_err(|error| refused(of, error))
                {
                    Ok(Some(changed)) => return convert::to_entry(of, changed),
                    Ok(None) => return this.read_back(tenant, of, key, id).await,
                    // Two put it in at once, and the other was first: now there is something to replace.
                    Err(DocumentError::Taken { rule, .. }) if rule == "natural_key" && attempt < ATTEMPTS => {
                        attempt += 1
                    }
                    Err(error) => return Err(error),
                }
            }
        })
        .await
    }

    async fn upsert_batch(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        new: Vec<(Uuid, Value)>,
    ) -> Result<Vec<Entry>, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let scope = this.scope(tenant, of);
            for attempt in 1..=ATTEMPTS {
                let change = |(id, body): &(Uuid, Value)| {
                    (filter::natural_key(of, body), Bson::from(this.put(of, tenant, *id, body, at)))
                };
                match scope.change_all(new.iter().map(change)).await.map_err(|error| refused(of, error)) {
                    Ok(()) => break,
                    Err(DocumentError::Taken { rule, .. }) if rule == "natural_key" && attempt < ATTEMPTS => {
                    }
                    Err(error) => return Err(error),
                }
            }
            let keys = new.iter().map(|(_, body)| filter::natural_key(of, body)).collect::<Vec<_>>();
            let written = scope.find(doc! { "$or": keys }, doc! {}, None).await?;
            let mut by_key = std::collections::HashMap::new();
            for document in written {
                let entry = convert::to_entry(of, document)?;
                by_key.insert(super::natural_key(of, &entry.body), entry);
            }
            let entry = |(id, body): &(Uuid, Value)| {
                // One that someone has deleted since.
                by_key.remove(&super::natural_key(of, body)).ok_or_else(|| DocumentError::not_found(of, *id))
            };
            new.iter().map(entry).collect()
        })
        .await
    }
}

/// An asynchronous closure that can be sent to another task.
trait AsyncFnOnceSend<T>: Send + 'static {
    fn call(self, at: DateTime<Utc>) -> impl Future<Output = Result<T, DocumentError>> + Send;
}

impl<T, F, O> AsyncFnOnceSend<T> for F
where
    F: FnOnce(DateTime<Utc>) -> O + Send + 'static,
    O: Future<Output = Result<T, DocumentError>> + Send,
{
    fn call(self, at: DateTime<Utc>) -> impl Future<Output = Result<T, DocumentError>> + Send {
        self(at)
    }
}

impl Adapter for MongoDb {
    async fn insert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let stages = this.put(of, tenant, id, &body, at);
            let changed = this.scope(tenant, of).change(doc! { "_id": binary(id) }, stages, true).await;
            match changed.map_err(|error| refused(of, error))? {
                Some(changed) => convert::to_entry(of, changed),
                None => this.read_back(tenant, of, doc! { "_id": binary(id) }, id).await,
            }
        })
        .await
    }

    async fn upsert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        mut new: Vec<(Uuid, Value)>,
    ) -> Result<Vec<Entry>, DocumentError> {
        if new.len() == 1 {
            let (id, body) = new.remove(0);
            return Ok(vec![self.upsert_one(tenant, of, id, body).await?]);
        }
        let mut entries = Vec::with_capacity(new.len());
        for batch in new.chunks(BATCH) {
            entries.extend(self.upsert_batch(tenant, of, batch.to_vec()).await?);
        }
        Ok(entries)
    }

    async fn swap(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: i64,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |at| async move {
            let scope = this.scope(tenant, of);
            let stages = this.put(of, tenant, id, &body, at);
            let which = doc! { "_id": binary(id), "version": seen };
            let changed = scope.change(which, stages, false).await.map_err(|error| refused(of, error))?;
            if let Some(changed) = changed {
                return convert::to_entry(of, changed);
            }
            let found = scope.find(doc! { "_id": binary(id) }, doc! {}, Some(1)).await?.pop();
            let found = found.ok_or_else(|| DocumentError::not_found(of, id))?;
            let version = convert::to_entry(of, found)?.version;
            Err(DocumentError::Stale { one: of.one, id, version })
        })
        .await
    }

    async fn get(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
    ) -> Result<Option<Entry>, DocumentError> {
        let found = self.scope(tenant, of).find(doc! { "_id": binary(id) }, doc! {}, Some(1)).await?;
        Ok(convert::to_entries(of, found)?.pop())
    }

    async fn find(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Entry>, DocumentError> {
        let field = wanted.sort.resolve(of)?;
        let mut all = vec![filter_of(wanted.filter)];
        all.extend(wanted.after.as_ref().map(|after| beyond(field, wanted.sort.down, after)));
        let order = order_of(field, wanted.sort.down);
        let found = self.scope(tenant, of).find(filter::all_of(all), order, Some(wanted.limit)).await?;
        convert::to_entries(of, found)
    }

    async fn count(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> Result<u64, DocumentError> {
        self.scope(tenant, of).count(filter_of(filter)).await
    }

    async fn search(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let found = match self.search {
            KeywordSearch::Terms => self.scope(tenant, of).find_terms(words, limit).await?,
            KeywordSearch::TextIndex => self.scope(tenant, of).find_text(words, limit).await?,
        };
        let mut entries = convert::to_entries(of, found)?;
        // A text index ranks by other means; those that hold more of the words come first everywhere.
        entries.sort_by_cached_key(|entry| {
            let score = terms::score(of, &entry.body, words);
            (std::cmp::Reverse(score), std::cmp::Reverse(entry.updated_at), std::cmp::Reverse(entry.id))
        });
        Ok(entries)
    }

    async fn changed(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<(DateTime<Utc>, Uuid)>,
        horizon: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let mut span = doc! { "$lt": date(horizon) };
        let mut all = Vec::new();
        if let Some((at, id)) = after {
            let (at, id) = (date(at), binary(id));
            span.insert("$gte", &at);
            all.push(
                doc! { "$or": [{ "updated_at": { "$gt": &at } }, { "updated_at": &at, "_id": { "$gt": id } }] },
            );
        }
        all.insert(0, doc! { "updated_at": span });
        let order = doc! { "updated_at": 1, "_id": 1 };
        let found = self.scope(tenant, of).find(filter::all_of(all), order, Some(limit)).await?;
        convert::to_entries(of, found)
    }

    async fn delete(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
    ) -> Result<bool, DocumentError> {
        let this = self.clone();
        self.pass(tenant, move |_| async move {
            Ok(this.scope(tenant, of).delete(doc! { "_id": binary(id) }).await? == 1)
        })
        .await
    }

    async fn expire(&self, of: &'static Collection, now: DateTime<Utc>) -> Result<u64, DocumentError> {
        let Some(expiry) = &of.expiry else { return Ok(0) };
        let (last, only) = match expiry {
            Expiry::At(_) => (now, None),
            Expiry::Days { days, only, .. } => (now - TimeDelta::days(i64::from(*days)), *only),
        };
        let mut which = prepare::only(only);
        which.insert(expiry.field(), doc! { "$lte": date(last) });
        scope::delete_everywhere(&self.database, of, which).await
    }

    async fn scan(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        let which = after.map_or_else(Document::new, |id| doc! { "_id": { "$gt": binary(id) } });
        let found = self.scope(tenant, of).find(which, doc! { "_id": 1 }, Some(limit)).await?;
        convert::to_entries(of, found)
    }

    async fn copy_in(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entries: Vec<Entry>,
    ) -> Result<(), DocumentError> {
        let scope = self.scope(tenant, of);
        let replacement = |entry: &Entry| {
            let mut whole = convert::to_document(of, &entry.body);
            whole.extend(doc! {
                "_id": binary(entry.id), "tenant_id": binary(tenant.0), "version": entry.version,
                "created_at": date(entry.created_at), "updated_at": date(entry.updated_at),
            });
            if let Some(terms) = self.terms(of, &entry.body) {
                whole.insert("terms", terms);
            }
            (doc! { "_id": binary(entry.id) }, Bson::from(whole))
        };
        match scope.change_all(entries.iter().map(replacement)).await.map_err(|error| refused(of, error)) {
            Err(DocumentError::Taken { .. }) => {}
            other => return other,
        }
        for entry in &entries {
            scope.delete(filter::in_the_way(of, entry)).await?;
            let one = std::iter::once(replacement(entry));
            scope.change_all(one).await.map_err(|error| refused(of, error))?;
        }
        Ok(())
    }

    async fn take_out(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        ids: &[Uuid],
    ) -> Result<(), DocumentError> {
        let ids: Vec<_> = ids.iter().map(|id| binary(*id)).collect();
        self.scope(tenant, of).delete(doc! { "_id": { "$in": ids } }).await?;
        Ok(())
    }
}
