//! Documents: one port, [`Documents`], over PostgreSQL and MongoDB.
//!
//! Which database holds a tenant's documents is recorded beside the tenant (`document_placement`); nobody else needs to
//! know. A type that implements [`Document`] says what its collection promises, and both databases keep the same
//! promises, which one contract test holds them to.
//!
//! # What is promised
//!
//! - A document is checked against the JSON Schema of its type before every write; a refusal names every path and rule.
//! - A tenant has one document for a natural key, however many write it at once.
//! - [`Documents::replace`] changes the version that was seen or nothing. [`Documents::update`] reads and tries again
//!   until it does.
//! - [`Documents::delta`] misses nothing: see below.
//! - An expired document goes when upkeep runs ([`Documents::expire`]), in MongoDB also by itself; until then it is seen.
//!
//! # Why a delta misses nothing
//!
//! Changes become visible in another order than the one in which they were dated: a slow writer's is dated before and
//! committed after a quick one's. So every writer holds a shared lock of its tenant (`document_pass`, in PostgreSQL
//! whichever database the documents are in) from before the change is dated until it is visible. A delta takes the lock
//! alone for a moment, in which nothing is under way, and notes a horizon there: changes before it are all visible, and
//! later ones are never dated before it, even if a clock is set back. It shows what was changed before the horizon.

mod adapter;
mod check;
mod digest;
mod error;
mod exactly;
mod filter;
#[cfg(feature = "mongodb")]
mod mongodb;
mod moving;
mod page;
mod person;
mod placement;
mod postgres;
mod query;
mod terms;

pub use check::check;
use check::natural_key;
pub use error::{DocumentError, Violation};
pub use filter::{Comparison, Filter, Scalar, Sort};
#[cfg(feature = "mongodb")]
pub use mongodb::{KeywordSearch, MongoDb};
pub use moving::{Moved, Progressed, Proof};
pub use person::{Erased, mentions};
pub use placement::{Phase, Placement, Progress, Store};
pub use query::{Delta, Page, Query, Receipt, Stored};

use crate::{Db, StoreError};
use adapter::{Adapter, Entry, Wanted};
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    document::{COLLECTIONS, Collection, Document, query_words},
};
use placement::Places;
use postgres::PostgresDocuments;
use rand::RngExt;
use serde_json::Value;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How many documents may go in at once.
pub const MOST_AT_ONCE: usize = 5_000;
/// In how many queues writers of this process line up.
const QUEUES: usize = 64;
/// How many documents are on a page at most.
pub const LARGEST_PAGE: u16 = 1_000;

/// The documents of every tenant, wherever they are. Clones share connections.
#[derive(Clone, Debug)]
pub struct Documents {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    places: Places,
    postgres: PostgresDocuments,
    #[cfg(feature = "mongodb")]
    mongodb: Option<MongoDb>,
    /// Where writers of this process line up.
    queues: [Mutex<()>; QUEUES],
}

/// Asks the database that holds the tenant's documents, and once more when they have just been moved.
macro_rules! ask {
    ($self:ident, $tenant:ident, $store:ident => $call:expr) => {
        loop {
            let outcome = match $self.inner.places.of(&$self.inner.db, $tenant).await? {
                Store::Postgres => {
                    let $store = &$self.inner.postgres;
                    $call.await
                }
                #[cfg(feature = "mongodb")]
                Store::MongoDb if $self.inner.mongodb.is_some() => {
                    let $store = $self.inner.mongodb.as_ref().expect("it was looked at");
                    $call.await
                }
                store @ Store::MongoDb => Err(DocumentError::NotConnected { store }),
            };
            match outcome {
                Err(DocumentError::Elsewhere) => $self.inner.places.forget($tenant),
                other => break other,
            }
        }
    };
}
use ask;

impl Documents {
    /// Documents in `db` alone.
    pub fn new(db: &Db) -> Self {
        Self::over(
            db,
            #[cfg(feature = "mongodb")]
            None,
        )
    }

    /// Documents in `db`, and of tenants that have moved there, in MongoDB.
    #[cfg(feature = "mongodb")]
    pub fn with_mongodb(db: &Db, mongodb: MongoDb) -> Self {
        Self::over(db, Some(mongodb))
    }

    fn over(db: &Db, #[cfg(feature = "mongodb")] mongodb: Option<MongoDb>) -> Self {
        Self {
            inner: Arc::new(Inner {
                db: db.clone(),
                places: Places::default(),
                postgres: PostgresDocuments::new(db),
                #[cfg(feature = "mongodb")]
                mongodb,
                queues: std::array::from_fn(|_| Mutex::new(())),
            }),
        }
    }

    /// Puts a new document in.
    ///
    /// # Errors
    /// [`DocumentError::Invalid`], or [`DocumentError::Taken`] if there is one with the same natural key.
    pub async fn insert<D: Document>(
        &self,
        tenant: TenantId,
        document: &D,
    ) -> Result<Receipt, DocumentError> {
        self.insert_as(tenant, Uuid::now_v7(), document).await
    }

    /// Puts a document in, or in place of the one with the same natural key.
    ///
    /// # Errors
    /// [`DocumentError::Invalid`], or [`DocumentError::Taken`] if another unique index is in the way.
    pub async fn upsert<D: Document>(
        &self,
        tenant: TenantId,
        document: &D,
    ) -> Result<Receipt, DocumentError> {
        let mut receipts = self.upsert_all(tenant, std::slice::from_ref(document)).await?;
        Ok(receipts.pop().expect("one receipt for each document"))
    }

    /// Puts documents in, or in place of those with the same natural keys. Receipts come in the order of the documents.
    ///
    /// # Errors
    /// As for [`Documents::upsert`], or [`DocumentError::Twice`]. One that is found here was found before anything was
    /// written; after another one, some of the documents may be written, and the same call may be made again.
    ///
    /// # Panics
    /// With more than [`MOST_AT_ONCE`] documents.
    pub async fn upsert_all<D: Document>(
        &self,
        tenant: TenantId,
        documents: &[D],
    ) -> Result<Vec<Receipt>, DocumentError> {
        assert!(documents.len() <= MOST_AT_ONCE, "the caller cuts what it writes into parts");
        let mut keys = HashSet::new();
        let mut new = Vec::with_capacity(documents.len());
        for document in documents {
            let body = checked(document)?;
            let key = natural_key(D::COLLECTION, &body);
            if let Some(key) = keys.replace(key) {
                return Err(DocumentError::Twice { one: D::COLLECTION.one, key: key.join(", ") });
            }
            new.push((Uuid::now_v7(), body));
        }
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let entries = ask!(self, tenant, store => store.upsert(tenant, D::COLLECTION, new.clone()))?;
        Ok(entries.iter().map(Receipt::of).collect())
    }

    /// Puts a document in place of the version `seen` of the one with `id`.
    ///
    /// # Errors
    /// [`DocumentError::Stale`] if someone else changed it since, [`DocumentError::NotFound`] if it is not there,
    /// [`DocumentError::Invalid`], [`DocumentError::Taken`].
    pub async fn replace<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
        seen: i64,
        document: &D,
    ) -> Result<Receipt, DocumentError> {
        let body = checked(document)?;
        let entry = ask!(self, tenant, store => store.swap(tenant, D::COLLECTION, id, seen, body.clone()))?;
        Ok(Receipt::of(&entry))
    }

    /// Reads a document, changes it and puts it in place of the version that was read, again and again until nobody
    /// came between.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`], [`DocumentError::Invalid`], [`DocumentError::Taken`].
    pub async fn update<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
        mut change: impl FnMut(&mut D) + Send,
    ) -> Result<Stored<D>, DocumentError> {
        // Those of one process follow each other, and have to try again only for what another process does.
        let queue = usize::from(id.as_bytes()[15]) % QUEUES;
        let _turn = self.inner.queues[queue].lock().await;
        let mut attempt = 0;
        loop {
            let found = self.get::<D>(tenant, id).await?;
            let mut found = found.ok_or_else(|| DocumentError::not_found(D::COLLECTION, id))?;
            change(&mut found.document);
            match self.replace(tenant, id, found.version, &found.document).await {
                Ok(receipt) => return Ok(receipt.with(found.document)),
                Err(DocumentError::Stale { .. }) => breathe(&mut attempt).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// The document with `id`; another tenant's is `None`, like one that is not there.
    pub async fn get<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<Stored<D>>, DocumentError> {
        let entry = ask!(self, tenant, store => store.get(tenant, D::COLLECTION, id))?;
        entry.map(Stored::read).transpose()
    }

    /// A page of documents.
    ///
    /// # Errors
    /// [`DocumentError::UnknownField`], [`DocumentError::Mismatch`] or [`DocumentError::FilterTooLarge`] for a question
    /// that the collection does not answer, [`DocumentError::Cursor`] for a cursor of another question.
    pub async fn find<D: Document>(&self, tenant: TenantId, query: &Query) -> Result<Page<D>, DocumentError> {
        let of = D::COLLECTION;
        query.filter.check(of)?;
        query.sort.resolve(of)?;
        let after = query.cursor.as_deref();
        let after = after.map(|cursor| page::after(of, &query.filter, &query.sort, cursor)).transpose()?;
        let limit = query.limit.clamp(1, LARGEST_PAGE);
        let (filter, sort) = (&query.filter, &query.sort);
        // One more than asked for tells whether there is another page.
        let most = i64::from(limit) + 1;
        let mut entries = ask!(self, tenant, store => store.find(tenant, of, Wanted {
            filter, sort, after: after.clone(), limit: most,
        }))?;
        let more = entries.len() > usize::from(limit);
        entries.truncate(usize::from(limit));
        let last = entries.last().filter(|_| more);
        let next = last.map(|last| page::cursor(of, filter, sort, last));
        let items = entries.into_iter().map(Stored::read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// How many documents there are.
    ///
    /// # Errors
    /// As for [`Documents::find`].
    pub async fn count<D: Document>(&self, tenant: TenantId, filter: &Filter) -> Result<u64, DocumentError> {
        filter.check(D::COLLECTION)?;
        ask!(self, tenant, store => store.count(tenant, D::COLLECTION, filter))
    }

    /// How many documents the tenant has, by collection.
    pub async fn counts(&self, tenant: TenantId) -> Result<Vec<(&'static str, u64)>, DocumentError> {
        let mut counts = Vec::new();
        for of in COLLECTIONS {
            let count = ask!(self, tenant, store => store.count(tenant, of, &Filter::ALL))?;
            counts.push((of.name, count));
        }
        Ok(counts)
    }

    /// Documents that hold a word of `text`, up to `limit`; those that hold more of the words come first, and among
    /// those that hold as many the one that changed last. Nothing for a text without words, and in collections that
    /// declare nothing to search.
    pub async fn search<D: Document>(
        &self,
        tenant: TenantId,
        text: &str,
        limit: u16,
    ) -> Result<Vec<Stored<D>>, DocumentError> {
        let words = query_words(text);
        if words.is_empty() || D::COLLECTION.text.is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::from(limit.clamp(1, LARGEST_PAGE));
        let entries = ask!(self, tenant, store => store.search(tenant, D::COLLECTION, &words, limit))?;
        entries.into_iter().map(Stored::read).collect()
    }

    /// What was made or changed since `cursor`, or since ever; a document that changed twice comes once, as it is now.
    /// One that was deleted does not come.
    ///
    /// # Errors
    /// [`DocumentError::Cursor`].
    pub async fn delta<D: Document>(
        &self,
        tenant: TenantId,
        cursor: Option<&str>,
        limit: u16,
    ) -> Result<Delta<D>, DocumentError> {
        let after = cursor.map(query::read_delta_cursor).transpose()?;
        let limit = limit.clamp(1, LARGEST_PAGE);
        let most = i64::from(limit) + 1;
        let horizon = placement::horizon(&self.inner.db, tenant).await?;
        let mut entries =
            ask!(self, tenant, store => store.changed(tenant, D::COLLECTION, after, horizon, most))?;
        let more = entries.len() > usize::from(limit);
        entries.truncate(usize::from(limit));
        let cursor = entries.last().map(query::delta_cursor).or_else(|| cursor.map(str::to_owned));
        let items = entries.into_iter().map(Stored::read).collect::<Result<_, _>>()?;
        Ok(Delta { items, cursor, more })
    }

    /// Takes a document out. Says whether it was there.
    pub async fn delete<D: Document>(&self, tenant: TenantId, id: Uuid) -> Result<bool, DocumentError> {
        ask!(self, tenant, store => store.delete(tenant, D::COLLECTION, id, None))
    }

    /// Documents after one, in the order of their ids, as they are stored.
    async fn scan(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        ask!(self, tenant, store => store.scan(tenant, of, after, limit))
    }

    /// Takes out what has expired by `now`, of every tenant. Says how many. Run it daily.
    pub async fn expire(&self, now: DateTime<Utc>) -> Result<u64, DocumentError> {
        let mut gone = 0;
        for of in COLLECTIONS {
            gone += self.inner.postgres.expire(of, now).await?;
            #[cfg(feature = "mongodb")]
            if let Some(mongodb) = &self.inner.mongodb {
                gone += mongodb.expire(of, now).await?;
            }
        }
        Ok(gone)
    }
}

/// Takes out what has expired by `now` of every tenant whose documents are in PostgreSQL. Says how many.
pub async fn expire_in_postgres(db: &Db, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let (postgres, mut gone) = (PostgresDocuments::new(db), 0);
    for of in COLLECTIONS {
        gone += postgres.expire_all(of, now).await?;
    }
    Ok(gone)
}

/// The document as it is stored, once it is as its collection wants it.
pub(crate) fn checked<D: Document>(document: &D) -> Result<Value, DocumentError> {
    let corrupt = |error: serde_json::Error| DocumentError::Invalid {
        one: D::COLLECTION.one,
        violations: vec![Violation { path: String::new(), rule: "type".into(), message: error.to_string() }],
    };
    let body = serde_json::to_value(document).map_err(corrupt)?;
    check(D::COLLECTION, &body)?;
    Ok(body)
}

/// Waits a little, longer and more by chance each time, so that those who stood in each other's way do not again.
async fn breathe(attempt: &mut u32) {
    const LONGEST_MS: u64 = 50;
    let most = (1 << (*attempt).min(6)).min(LONGEST_MS);
    *attempt += 1;
    let wait = rand::rng().random_range(0..=most * 1_000);
    tokio::time::sleep(Duration::from_micros(wait)).await;
}
