//! Looking at the queue, and giving dead jobs another chance.

use super::enqueue::CHANNEL;
use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::JobId;
use serde_json::Value;

/// How many jobs a tenant has, by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Due, and nobody works on them.
    pub due: i64,
    /// Someone works on them.
    pub running: i64,
    /// For later.
    pub waiting: i64,
    /// Given up.
    pub dead: i64,
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Dead {
    /// Its id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: String,
    /// What the work needs to know.
    pub payload: Value,
    /// How often it was begun.
    pub attempts: i16,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was given up.
    pub at: DateTime<Utc>,
}

/// Counts the tenant's jobs.
pub async fn count_pending(tx: &mut TenantTx) -> Result<Pending, StoreError> {
    let pending = sqlx::query_as!(
        Pending,
        r#"
        select
            (
                select count(*)
                from job
                where tenant_id = $1 and (locked_until is null or locked_until < now())
            ) as "due!",
            (select count(*) from job where tenant_id = $1 and locked_until >= now()) as "running!",
            (select count(*) from job_waiting where tenant_id = $1) as "waiting!",
            (select count(*) from job_history where tenant_id = $1 and status = 'dead') as "dead!"
        "#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(pending)
}

/// The last `limit` jobs that were given up, newest first.
pub async fn list_dead(tx: &mut TenantTx, limit: i64) -> Result<Vec<Dead>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, kind, payload, attempt, error, finished_at
        from job_history
        where tenant_id = $1 and status = 'dead'
        order by finished_at desc, id
        limit $2
        "#,
        tx.tenant().0,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let dead = rows.into_iter().map(|row| Dead {
        id: JobId(row.id),
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempt,
        error: row.error,
        at: row.finished_at,
    });
    Ok(dead.collect())
}

/// Makes a job due again that was given up, with all its attempts before it.
pub async fn revive(tx: &mut TenantTx, id: JobId) -> Result<(), StoreError> {
    let revived = sqlx::query_scalar!(
        r#"
        with gone as (
            delete from job_history
            where tenant_id = $1 and id = $2 and status = 'dead'
            returning *
        ),
        revived as (
            insert into job (tenant_id, id, priority, max_attempts, kind, payload, enqueued_at, last_error)
            select tenant_id, id, priority, max_attempts, kind, payload, now(), error
            from gone
            returning 1
        ),
        woken as materialized (
            select pg_notify($3, '')
        )
        select (select count(*) from revived) as "revived!"
        from woken
        "#,
        tx.tenant().0,
        id.0,
        CHANNEL,
    )
    .fetch_one(tx.conn())
    .await?;
    if revived == 0 {
        return Err(StoreError::not_found("dead job", id));
    }
    Ok(())
}
