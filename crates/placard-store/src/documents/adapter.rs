//! What a database of documents must be able to do.

use super::{DocumentError, Filter, Sort, page::After};
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, document::Collection};
use serde_json::Value;
use uuid::Uuid;

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) body: Value,
}

/// A page to find.
pub(super) struct Wanted<'a> {
    pub(super) filter: &'a Filter,
    pub(super) sort: &'a Sort,
    pub(super) after: Option<After>,
    pub(super) limit: i64,
}

type Outcome<T> = Result<T, DocumentError>;

/// A database of documents. Who calls it has checked the documents, filters and orders; it adds the tenant to
/// everything it does. Changes are dated by PostgreSQL's clock, never before the tenant's horizon (`super::placement`).
pub(super) trait Adapter: Sync {
    /// Puts a new document in.
    fn insert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        body: Value,
    ) -> impl Future<Output = Outcome<Entry>> + Send;

    /// Puts documents in, or in place of those with the same natural key, which keep their id; no two of them have the
    /// same. Each is written whole or not at all; after a refusal some may be written.
    fn upsert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        new: Vec<(Uuid, Value)>,
    ) -> impl Future<Output = Outcome<Vec<Entry>>> + Send;

    /// Puts a document in place of its version `seen`.
    fn swap(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: i64,
        body: Value,
    ) -> impl Future<Output = Outcome<Entry>> + Send;

    /// One document.
    fn get(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
    ) -> impl Future<Output = Outcome<Option<Entry>>> + Send;

    /// A page of documents.
    fn find(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        wanted: Wanted<'_>,
    ) -> impl Future<Output = Outcome<Vec<Entry>>> + Send;

    /// How many there are.
    fn count(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> impl Future<Output = Outcome<u64>> + Send;

    /// Documents that hold one of the words; those that hold more of them first.
    fn search(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        words: &[String],
        limit: i64,
    ) -> impl Future<Output = Outcome<Vec<Entry>>> + Send;

    /// Documents that changed after `after` and before `horizon`, in the order of their changes.
    fn changed(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<(DateTime<Utc>, Uuid)>,
        horizon: DateTime<Utc>,
        limit: i64,
    ) -> impl Future<Output = Outcome<Vec<Entry>>> + Send;

    /// Takes a document out, or only its version `seen`. Says whether it was there.
    fn delete(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: Option<i64>,
    ) -> impl Future<Output = Outcome<bool>> + Send;

    /// Puts a document in that was taken out before, which nobody has done since: with its id, with the moment that it
    /// was made, as the next version, and dated like any other change.
    fn put_back(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entry: Entry,
    ) -> impl Future<Output = Outcome<Entry>> + Send;

    /// Takes out what has expired by `now`, whoever's it is. Says how many.
    fn expire(
        &self,
        of: &'static Collection,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Outcome<u64>> + Send;

    /// Documents in the order of their ids, for a move.
    fn scan(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<Uuid>,
        limit: i64,
    ) -> impl Future<Output = Outcome<Vec<Entry>>> + Send;

    /// Puts documents in just as they are, for a move: in place of those with the same id, and of those that have
    /// something of theirs which only one may have.
    fn copy_in(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entries: Vec<Entry>,
    ) -> impl Future<Output = Outcome<()>> + Send;

    /// Takes documents out by their ids, for a move.
    fn take_out(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        ids: &[Uuid],
    ) -> impl Future<Output = Outcome<()>> + Send;
}
