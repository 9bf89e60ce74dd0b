//! Documents in MongoDB, or in a server that speaks its protocol: a collection for each of ours, with a validator made
//! from the same JSON Schema, and the indexes that it declares.
//!
//! The tenant is a field of every document. It is added to every filter in one place, [`scope::Scope`]; nothing else
//! here holds a collection.

mod adapter;
mod convert;
mod filter;
mod prepare;
mod scope;
mod wire;

pub use prepare::KeywordSearch;

use super::{DocumentError, adapter::Entry, placement, terms};
use crate::Db;
use ::mongodb::{
    Client, Database,
    bson::{Bson, Document, doc},
    error::ErrorKind,
    options::{Acknowledgment, ClientOptions, ReadPreference, SelectionCriteria, WriteConcern},
};
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, document::Collection};
use scope::Scope;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{collections::HashMap, time::Duration};
use uuid::Uuid;
use wire::{binary, date, mongo_error, refused};

/// How many documents go in with one command, which must not take longer than [`WRITE_LIMIT`] on a slow server.
const BATCH: usize = 100;
/// How long the server may work on one change. Well below the time after which PostgreSQL would end the transaction
/// whose lock the change goes under.
const WRITE_LIMIT: Duration = Duration::from_secs(20);
/// How long a server is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
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
    /// [`DocumentError::Address`] if that is no address, [`DocumentError::Silent`] if nobody answers,
    /// [`DocumentError::MongoDb`] if the server will not have a validator or an index.
    pub async fn connect(db: &Db, address: &SecretString) -> Result<Self, DocumentError> {
        let parsed = ClientOptions::parse(address.expose_secret()).await;
        let mut options = parsed.map_err(|error| match *error.kind {
            ErrorKind::InvalidArgument { .. } => DocumentError::Address,
            _ => mongo_error(error),
        })?;
        options.app_name.get_or_insert_with(|| "placard".into());
        let majority = || WriteConcern::builder().w(Acknowledgment::Majority).build();
        options.server_selection_timeout.get_or_insert(PATIENCE);
        options.write_concern.get_or_insert_with(majority);
        // A secondary may be behind, and a delta must not be.
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let name = options.default_database.clone().unwrap_or_else(|| DATABASE.into());
        let hosts = options.hosts.iter().map(ToString::to_string).collect();
        let client = Client::with_options(options).map_err(mongo_error)?;
        let database = client.database(&name);
        let search = prepare::prepare(&client, &database).await.map_err(|error| match error {
            DocumentError::MongoDb(error) if matches!(&*error.kind, ErrorKind::ServerSelection { .. }) => {
                DocumentError::Silent { hosts }
            }
            other => other,
        })?;
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

    /// A document just as it is to stand there.
    fn whole(&self, tenant: TenantId, of: &Collection, entry: &Entry) -> Document {
        let mut whole = convert::to_document(of, &entry.body);
        whole.extend(doc! {
            "_id": binary(entry.id), "tenant_id": binary(tenant.0), "version": entry.version,
            "created_at": date(entry.created_at), "updated_at": date(entry.updated_at),
        });
        if let Some(terms) = self.terms(of, &entry.body) {
            whole.insert("terms", terms);
        }
        whole
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
            let mut by_key = HashMap::new();
            for which in filter::natural_keys(of, new.iter().map(|(_, body)| body)) {
                for document in scope.find(which, doc! {}, None).await? {
                    let entry = convert::to_entry(of, document)?;
                    by_key.insert(super::natural_key(of, &entry.body), entry);
                }
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
