//! The one who moves a tenant's documents: a connection of its own that holds the locks, so that a switch that succeeds
//! was made under them.

use super::{super::DocumentError, Store};
use crate::{Db, StoreError, db::become_tenant, stored};
use chrono::{DateTime, Utc};
use placard_domain::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

stored::words! {
    /// How far a move has come.
    Phase {
        /// Documents are being copied; they are still used where they were.
        Copying = "copying",
        /// They are used where they were copied to, and removed where they were.
        Purging = "purging",
    }
}

/// How far a move has come, by collection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    #[serde(default)]
    pub(in super::super) steps: BTreeMap<String, Step>,
}

/// How far the move of a collection has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Step {
    /// The last document that was copied.
    pub(in super::super) after: Option<Uuid>,
    /// Whether that was the last of all.
    pub(in super::super) copied: bool,
    /// Changes up to this one were copied.
    pub(in super::super) changed_at: DateTime<Utc>,
    pub(in super::super) changed_id: Uuid,
}

impl Step {
    /// Nothing yet; every change from `horizon` on will have to be copied.
    pub(in super::super) const fn since(horizon: DateTime<Utc>) -> Self {
        Self { after: None, copied: false, changed_at: horizon, changed_id: Uuid::nil() }
    }
}

/// What is on record about a tenant's documents.
#[derive(Clone, Debug)]
pub(in super::super) struct Record {
    pub(in super::super) store: Store,
    pub(in super::super) target: Option<Store>,
    phase: Option<Phase>,
    pub(in super::super) progress: Progress,
}

impl Record {
    /// Where copies were left by a move that came past its switch.
    pub(in super::super) fn left_behind(&self) -> Option<Store> {
        self.target.filter(|_| self.phase == Some(Phase::Purging))
    }
}

/// The one who moves a tenant's documents. There is one at a time.
pub(in super::super) struct Mover {
    connection: PgConnection,
    tenant: TenantId,
}

impl Mover {
    /// # Errors
    /// [`DocumentError::Moving`] if there is one.
    pub(in super::super) async fn start(db: &Db, tenant: TenantId) -> Result<Self, DocumentError> {
        let mut connection = db.dedicated().await?;
        let alone = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock(hashtextextended('placard.documents.move.' || $1::uuid, 0)) as "alone!""#,
            tenant.0,
        )
        .fetch_one(&mut connection)
        .await?;
        if !alone {
            return Err(DocumentError::Moving);
        }
        let mut mover = Self { connection, tenant };
        mover.open().await?;
        sqlx::query!(
            "insert into document_placement (tenant_id) values ($1) on conflict on constraint document_placement_pkey do nothing",
            tenant.0,
        )
        .execute(&mut mover.connection)
        .await?;
        mover.commit().await?;
        Ok(mover)
    }

    pub(in super::super) const fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(in super::super) async fn read(&mut self) -> Result<Record, DocumentError> {
        self.open().await?;
        let row = sqlx::query!(
            r#"
            select store, target, phase, progress as "progress: Json<Progress>"
            from document_placement
            where tenant_id = $1
            "#,
            self.tenant.0,
        )
        .fetch_one(&mut self.connection)
        .await?;
        self.commit().await?;
        Ok(Record {
            store: stored::word("document_placement.store", &row.store)?,
            target: stored::word_or_none("document_placement.target", row.target.as_deref())?,
            phase: stored::word_or_none("document_placement.phase", row.phase.as_deref())?,
            progress: row.progress.0,
        })
    }

    pub(in super::super) async fn begin(&mut self, target: Store) -> Result<Record, DocumentError> {
        self.open().await?;
        sqlx::query!(
            r#"
            update document_placement
            set target = $2, phase = 'copying', progress = '{}', started_at = now(), changed_at = now()
            where tenant_id = $1
            "#,
            self.tenant.0,
            target.as_str(),
        )
        .execute(&mut self.connection)
        .await?;
        self.commit().await?;
        self.read().await
    }

    pub(in super::super) async fn note(&mut self, progress: &Progress) -> Result<(), DocumentError> {
        self.open().await?;
        sqlx::query!(
            "update document_placement set progress = $2, changed_at = now() where tenant_id = $1",
            self.tenant.0,
            json!(progress),
        )
        .execute(&mut self.connection)
        .await?;
        self.commit().await
    }

    /// Waits for the writers that are under way, and lets none in until [`Mover::let_writers_in`] or the end of the
    /// connection.
    pub(in super::super) async fn stop_writers(&mut self) -> Result<(), DocumentError> {
        let stop = "select pg_advisory_lock(hashtextextended('placard.documents.' || $1::uuid, 0))";
        sqlx::query(stop).bind(self.tenant.0).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Records that the documents are in `target` now, and that `source` still holds copies.
    pub(in super::super) async fn switch(
        &mut self,
        source: Store,
        target: Store,
    ) -> Result<(), DocumentError> {
        self.open().await?;
        let switched = sqlx::query!(
            r#"
            update document_placement
            set store = $3, target = $2, phase = 'purging', progress = '{}', changed_at = now()
            where tenant_id = $1 and store = $2 and target = $3 and phase = 'copying'
            "#,
            self.tenant.0,
            source.as_str(),
            target.as_str(),
        )
        .execute(&mut self.connection)
        .await?;
        if switched.rows_affected() != 1 {
            return Err(DocumentError::Moving);
        }
        self.commit().await
    }

    pub(in super::super) async fn let_writers_in(&mut self) -> Result<(), DocumentError> {
        let go = "select pg_advisory_unlock(hashtextextended('placard.documents.' || $1::uuid, 0))";
        sqlx::query(go).bind(self.tenant.0).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Records that nothing is being moved.
    pub(in super::super) async fn settle(&mut self) -> Result<(), DocumentError> {
        self.open().await?;
        sqlx::query!(
            r#"
            update document_placement
            set target = null, phase = null, progress = '{}', started_at = null, changed_at = now()
            where tenant_id = $1
            "#,
            self.tenant.0,
        )
        .execute(&mut self.connection)
        .await?;
        self.commit().await
    }

    /// Gives every lock back.
    pub(in super::super) async fn stop(self) -> Result<(), DocumentError> {
        Ok(self.connection.close().await?)
    }

    async fn open(&mut self) -> Result<(), DocumentError> {
        let begin = format!("begin; {}", become_tenant(self.tenant));
        self.connection.execute(AssertSqlSafe(begin)).await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), DocumentError> {
        self.connection.execute("commit").await.map_err(StoreError::from)?;
        Ok(())
    }
}
