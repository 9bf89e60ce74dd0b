//! Documents in PostgreSQL: a table for each collection, the document as JSONB, and what it is found by in columns that
//! are generated from it, so that both indexes and row-level security can use them.
//!
//! The text of a statement is made of names that a collection declares; what comes from outside is always a parameter.

mod filter;
mod statements;

use super::{
    DocumentError, Filter,
    adapter::{Adapter, Entry, Wanted},
    terms,
};
use crate::{Db, StoreError, TenantTx, error::Constraint};
use chrono::{DateTime, TimeDelta, Utc};
use filter::Question;
use placard_domain::{
    TenantId,
    document::{Collection, Expiry, Kind, Moment},
};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use statements::{Statements, statements, table};
use std::collections::HashMap;
use uuid::Uuid;

/// How many documents go in with one statement.
const BATCH: usize = 500;

/// Documents in the database that everything else is in.
#[derive(Clone, Debug)]
pub(super) struct PostgresDocuments {
    db: Db,
}

/// Id, version, when it was made and changed, the document.
type Row = (Uuid, i64, DateTime<Utc>, DateTime<Utc>, Value);

impl From<Row> for Entry {
    fn from((id, version, created_at, updated_at, body): Row) -> Self {
        Self { id, version, created_at, updated_at, body }
    }
}

impl PostgresDocuments {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    async fn upsert_batch(
        &self,
        tx: &mut TenantTx,
        of: &'static Collection,
        new: &[(Uuid, &Value)],
    ) -> Result<Vec<Entry>, DocumentError> {
        let tenant = tx.tenant();
        let ids: Vec<Uuid> = new.iter().map(|(id, _)| *id).collect();
        let bodies: Vec<&Value> = new.iter().map(|(_, body)| *body).collect();
        let terms: Vec<String> = new.iter().map(|(_, body)| lexemes(tenant, of, body)).collect();
        type Row = (Uuid, i64, DateTime<Utc>, DateTime<Utc>, Vec<String>);
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(statements(of).upsert.as_str()))
            .bind(tenant.0)
            .bind(ids)
            .bind(bodies)
            .bind(terms)
            .fetch_all(tx.conn())
            .await
            .map_err(|error| refused(of, error))?;
        let mut by_key: HashMap<Vec<String>, _> = rows
            .into_iter()
            .map(|(id, version, made, changed, key)| (key, (id, version, made, changed)))
            .collect();
        let entry = |(_, body): &(Uuid, &Value)| {
            let found = by_key.remove(&super::natural_key(of, body));
            // Each of them has its own key, or `super::Documents` had refused them.
            let (id, version, created_at, updated_at) = found.expect("a row comes back for each document");
            Entry { id, version, created_at, updated_at, body: (*body).clone() }
        };
        Ok(new.iter().map(entry).collect())
    }

    async fn copy_one(
        &self,
        tx: &mut TenantTx,
        of: &'static Collection,
        entry: &Entry,
    ) -> Result<(), DocumentError> {
        let statements = statements(of);
        sqlx::query(AssertSqlSafe(statements.give_way.as_str()))
            .bind(tx.tenant().0)
            .bind(entry.id)
            .bind(&entry.body)
            .execute(tx.conn())
            .await?;
        copy(tx, of, statements, std::slice::from_ref(entry)).await
    }

    /// Takes out what has expired by `now`, whoever's it is.
    pub(super) async fn expire_all(
        &self,
        of: &'static Collection,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let Some(expiry) = &of.expiry else { return Ok(0) };
        let (field, last) = match expiry {
            Expiry::At(field) => (field, now),
            Expiry::Days { after, days, .. } => (after, now - TimeDelta::days(i64::from(*days))),
        };
        let mut tx = self.db.system().await?;
        let statement = sqlx::query(AssertSqlSafe(statements(of).expire.as_str()));
        // A moment in a document is a text, whose order is the order in time.
        let last = match *field {
            "created_at" => statement.bind(last),
            _ => match Moment::new(last) {
                Ok(last) => statement.bind(last.to_string()),
                Err(_) => return Ok(0),
            },
        };
        let gone = last.execute(tx.conn()).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }

    async fn read(&self, tenant: TenantId, question: Question) -> Result<Vec<Entry>, DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        let mut question = question.0;
        let rows: Vec<Row> = question.build_query_as().fetch_all(tx.conn()).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Entry::from).collect())
    }
}

impl Adapter for PostgresDocuments {
    async fn insert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        let (version, created_at, updated_at) = sqlx::query_as(AssertSqlSafe(statements(of).insert.as_str()))
            .bind(tenant.0)
            .bind(id)
            .bind(&body)
            .bind(lexemes(tenant, of, &body))
            .fetch_one(tx.conn())
            .await
            .map_err(|error| refused(of, error))?;
        tx.commit().await?;
        Ok(Entry { id, version, created_at, updated_at, body })
    }

    async fn upsert(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        new: Vec<(Uuid, Value)>,
    ) -> Result<Vec<Entry>, DocumentError> {
        // In one order, so that two who write the same documents do not wait for each other in a circle.
        let mut order: Vec<usize> = (0..new.len()).collect();
        order.sort_by_cached_key(|&at| super::natural_key(of, &new[at].1));
        let mut tx = self.db.tenant(tenant).await?;
        let mut entries: Vec<Option<Entry>> = vec![None; new.len()];
        for places in order.chunks(BATCH) {
            let batch: Vec<(Uuid, &Value)> = places.iter().map(|&at| (new[at].0, &new[at].1)).collect();
            let written = self.upsert_batch(&mut tx, of, &batch).await?;
            places.iter().zip(written).for_each(|(&at, entry)| entries[at] = Some(entry));
        }
        tx.commit().await?;
        Ok(entries.into_iter().flatten().collect())
    }

    async fn swap(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: i64,
        body: Value,
    ) -> Result<Entry, DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        let changed: Option<(i64, DateTime<Utc>, DateTime<Utc>)> =
            sqlx::query_as(AssertSqlSafe(statements(of).swap.as_str()))
                .bind(tenant.0)
                .bind(id)
                .bind(&body)
                .bind(lexemes(tenant, of, &body))
                .bind(seen)
                .fetch_optional(tx.conn())
                .await
                .map_err(|error| refused(of, error))?;
        let Some((version, created_at, updated_at)) = changed else {
            let now: Option<i64> = sqlx::query_scalar(AssertSqlSafe(statements(of).version.as_str()))
                .bind(tenant.0)
                .bind(id)
                .fetch_optional(tx.conn())
                .await?;
            tx.commit().await?;
            let version = now.ok_or_else(|| DocumentError::not_found(of, id))?;
            return Err(DocumentError::Stale { one: of.one, id, version });
        };
        tx.commit().await?;
        Ok(Entry { id, version, created_at, updated_at, body })
    }

    async fn get(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
    ) -> Result<Option<Entry>, DocumentError> {
        Ok(self.read(tenant, Question::one(tenant, of, id)).await?.pop())
    }

    async fn find(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Entry>, DocumentError> {
        self.read(tenant, Question::page(tenant, of, &wanted)?).await
    }

    async fn count(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> Result<u64, DocumentError> {
        let mut question = Question::count(tenant, of, filter)?.0;
        let mut tx = self.db.tenant(tenant).await?;
        let count: i64 = question.build_query_scalar().fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(count.cast_unsigned())
    }

    async fn search(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        self.read(tenant, Question::search(tenant, of, words, limit)).await
    }

    async fn changed(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<(DateTime<Utc>, Uuid)>,
        horizon: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        self.read(tenant, Question::changed(tenant, of, after, horizon, limit)).await
    }

    async fn delete(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        id: Uuid,
        seen: Option<i64>,
    ) -> Result<bool, DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        let gone = sqlx::query(AssertSqlSafe(statements(of).delete.as_str()))
            .bind(tenant.0)
            .bind(id)
            .bind(seen)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected() == 1)
    }

    async fn put_back(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entry: Entry,
    ) -> Result<Entry, DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        let (version, created_at, updated_at) =
            sqlx::query_as(AssertSqlSafe(statements(of).put_back.as_str()))
                .bind(tenant.0)
                .bind(entry.id)
                .bind(&entry.body)
                .bind(lexemes(tenant, of, &entry.body))
                .bind(entry.version)
                .bind(entry.created_at)
                .fetch_one(tx.conn())
                .await
                .map_err(|error| refused(of, error))?;
        tx.commit().await?;
        Ok(Entry { version, created_at, updated_at, ..entry })
    }

    async fn expire(&self, of: &'static Collection, now: DateTime<Utc>) -> Result<u64, DocumentError> {
        Ok(self.expire_all(of, now).await?)
    }

    async fn scan(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Entry>, DocumentError> {
        self.read(tenant, Question::scan(tenant, of, after, limit)).await
    }

    async fn copy_in(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        entries: Vec<Entry>,
    ) -> Result<(), DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        match copy(&mut tx, of, statements(of), &entries).await {
            Ok(()) => return Ok(tx.commit().await?),
            Err(DocumentError::Taken { .. }) => tx.rollback().await?,
            Err(error) => return Err(error),
        }
        let mut tx = self.db.tenant(tenant).await?;
        for entry in &entries {
            self.copy_one(&mut tx, of, entry).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn take_out(
        &self,
        tenant: TenantId,
        of: &'static Collection,
        ids: &[Uuid],
    ) -> Result<(), DocumentError> {
        let mut tx = self.db.tenant(tenant).await?;
        sqlx::query(AssertSqlSafe(statements(of).take_out.as_str()))
            .bind(tenant.0)
            .bind(ids)
            .execute(tx.conn())
            .await?;
        Ok(tx.commit().await?)
    }
}

async fn copy(
    tx: &mut TenantTx,
    of: &'static Collection,
    statements: &Statements,
    entries: &[Entry],
) -> Result<(), DocumentError> {
    let tenant = tx.tenant();
    sqlx::query(AssertSqlSafe(statements.copy_in.as_str()))
        .bind(tenant.0)
        .bind(entries.iter().map(|entry| entry.id).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| entry.version).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| entry.created_at).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| entry.updated_at).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| &entry.body).collect::<Vec<_>>())
        .bind(entries.iter().map(|entry| lexemes(tenant, of, &entry.body)).collect::<Vec<_>>())
        .execute(tx.conn())
        .await
        .map_err(|error| refused(of, error))?;
    Ok(())
}

/// Tells which of the collection's rules stood in the way.
fn refused(of: &'static Collection, error: sqlx::Error) -> DocumentError {
    match DocumentError::from(error) {
        DocumentError::Store(StoreError::Conflict { constraint: Constraint::Other(name), source }) => {
            match name.strip_prefix(&table(of)).and_then(|rest| rest.strip_prefix('_')) {
                Some(rule) if rule == "natural_key" || of.indexes.iter().any(|index| index.name == rule) => {
                    DocumentError::Taken { one: of.one, rule: rule.to_owned() }
                }
                _ => {
                    DocumentError::Store(StoreError::Conflict { constraint: Constraint::Other(name), source })
                }
            }
        }
        other => other,
    }
}

/// The `tsvector` that a document is found by, as text: its tenant, its words, the members of its lists.
fn lexemes(tenant: TenantId, of: &'static Collection, body: &Value) -> String {
    if !statements::is_searched(of) {
        return String::new();
    }
    let mut all = tenant_lexeme(tenant);
    for word in terms::words(of, body) {
        all.push(' ');
        all.push_str(&quoted(&word));
    }
    for path in of.fields.iter().filter(|field| field.kind == Kind::Texts).map(|field| field.path) {
        of.texts_at(body, path, &mut |text| {
            all.push(' ');
            all.push_str(&member_lexeme(path, text));
        });
    }
    all
}

/// No word and no member of a list begins with an equals sign.
fn tenant_lexeme(tenant: TenantId) -> String {
    format!("'={tenant}'")
}

fn member_lexeme(path: &str, text: &str) -> String {
    quoted(&format!("{path}={text}"))
}

/// A lexeme as `tsvector` and `tsquery` read it.
fn quoted(lexeme: &str) -> String {
    format!("'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))
}
