//! Where a tenant's documents are.

mod mover;

pub(super) use mover::{Mover, Record, Step};
pub use mover::{Phase, Progress};

use super::DocumentError;
use crate::{Db, StoreError, TenantTx, stored};
use chrono::{DateTime, Utc};
use placard_domain::TenantId;
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a process believes what it knows. A move waits for as long before anybody may write in the new place, so
/// that nobody reads old documents in the old one.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);
/// More tenants than this are not remembered.
const REMEMBERED: usize = 10_000;

stored::words! {
    /// A database that holds documents.
    Store {
        /// The one that everything else is in.
        Postgres = "postgres",
        /// MongoDB, or what speaks its protocol.
        MongoDb = "mongodb",
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::MongoDb => "MongoDB",
        })
    }
}

/// Where a tenant's documents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The database that holds them.
    pub store: Store,
    /// The one that they are being moved to or, while old copies are removed, were moved from.
    pub target: Option<Store>,
    /// How far the move has come.
    pub phase: Option<Phase>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// How many collections were copied to it whole; all but what has changed since.
    pub copied: usize,
}

impl Placement {
    /// Where the documents of the transaction's tenant are.
    pub async fn read(tx: &mut TenantTx) -> Result<Self, StoreError> {
        let row = sqlx::query!(
            r#"
            select store, target, phase, started_at, progress as "progress: sqlx::types::Json<Progress>"
            from document_placement
            where tenant_id = $1
            "#,
            tx.tenant().0,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row else {
            return Ok(Self { store: Store::Postgres, target: None, phase: None, since: None, copied: 0 });
        };
        Ok(Self {
            store: stored::word("document_placement.store", &row.store)?,
            target: stored::word_or_none("document_placement.target", row.target.as_deref())?,
            phase: stored::word_or_none("document_placement.phase", row.phase.as_deref())?,
            since: row.started_at,
            copied: row.progress.0.copied(),
        })
    }
}

/// What this process knows about where documents are.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<TenantId, (Store, Instant)>>);

impl Places {
    pub(super) async fn of(&self, db: &Db, tenant: TenantId) -> Result<Store, DocumentError> {
        let asked = Instant::now();
        if let Some((store, known)) = self.known().get(&tenant)
            && asked.duration_since(*known) < BELIEVED
        {
            return Ok(*store);
        }
        let mut tx = db.tenant(tenant).await?;
        let store = Placement::read(&mut tx).await?.store;
        tx.commit().await?;
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        // Since it was asked, not since it was answered: it was true then.
        known.insert(tenant, (store, asked));
        Ok(store)
    }

    pub(super) fn forget(&self, tenant: TenantId) {
        self.known().remove(&tenant);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, (Store, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until no change is under way, and from then on lets none be dated before the moment that it returns.
pub(super) async fn horizon(db: &Db, tenant: TenantId) -> Result<DateTime<Utc>, DocumentError> {
    let mut tx = db.tenant(tenant).await?;
    stop_writers(&mut tx).await?;
    let horizon = sqlx::query_scalar!(
        r#"
        insert into document_placement as p (tenant_id, horizon)
        values ($1, date_trunc('milliseconds', clock_timestamp()))
        on conflict on constraint document_placement_pkey do update
        set horizon = greatest(p.horizon, excluded.horizon)
        returning horizon
        "#,
        tenant.0,
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(horizon)
}

/// Lets a writer in until the transaction ends, unless the documents are elsewhere, and dates its change: by this
/// database's clock wherever the documents are, and not before the horizon.
#[cfg(feature = "mongodb")]
pub(super) async fn pass(tx: &mut TenantTx, store: Store) -> Result<DateTime<Utc>, DocumentError> {
    let at = sqlx::query_scalar!(
        r#"
        select greatest(date_trunc('milliseconds', clock_timestamp()), horizon) as "at!"
        from document_pass($1) as horizon
        "#,
        store.as_str(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(at)
}

/// Waits for the writers that `document_pass` let in, and lets none in until the transaction ends.
pub(super) async fn stop_writers(tx: &mut TenantTx) -> Result<(), DocumentError> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('placard.documents.' || $1::uuid, 0))",
        tx.tenant().0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
