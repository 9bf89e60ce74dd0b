//! Putting jobs into the queue.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::JobId;
use serde_json::{Value, json};
use uuid::Uuid;

/// A name under which workers listen for jobs that became due.
pub(super) const CHANNEL: &str = "placard_job";

/// A job to do.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What kind of work it is: the job type's name.
    pub kind: &'static str,
    /// What the work needs to know.
    pub payload: Value,
    /// What goes first.
    pub priority: Priority,
    /// Not before this moment; at once if `None`.
    pub due_at: Option<DateTime<Utc>>,
    /// How often it may be begun before it is given up.
    pub max_attempts: u16,
}

impl NewJob {
    /// A job to do at once, with five attempts.
    pub const fn now(kind: &'static str, payload: Value) -> Self {
        Self { kind, payload, priority: Priority::Normal, due_at: None, max_attempts: 5 }
    }
}

/// What goes first: a job waits while one of a higher priority is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Pausing, limits: what keeps money from being lost.
    Safety,
    /// What people wait for.
    Normal,
    /// What can wait: reading numbers, upkeep.
    Background,
}

impl Priority {
    pub(super) const fn number(self) -> i16 {
        match self {
            Self::Safety => 0,
            Self::Normal => 1,
            Self::Background => 2,
        }
    }
}

/// Enqueues jobs in the caller's transaction. Workers are woken when it commits.
pub async fn enqueue(tx: &mut TenantTx, jobs: &[NewJob]) -> Result<Vec<JobId>, StoreError> {
    let ids: Vec<JobId> = jobs.iter().map(|_| JobId(Uuid::now_v7())).collect();
    let documents = ids.iter().zip(jobs).map(|(id, job)| {
        json!({
            "id": id,
            "kind": job.kind,
            "payload": job.payload,
            "priority": job.priority.number(),
            "due_at": job.due_at,
            "max_attempts": job.max_attempts,
        })
    });
    sqlx::query!(
        r#"
        with wanted as materialized (
            select *
            from jsonb_to_recordset($2::jsonb) as w (
                id uuid, kind text, payload jsonb, priority smallint, due_at timestamptz, max_attempts smallint
            )
        ),
        later as (
            insert into job_waiting (tenant_id, id, due_at, priority, max_attempts, kind, payload)
            select $1, id, due_at, priority, max_attempts, kind, payload
            from wanted
            where due_at > now()
        ),
        due as (
            insert into job (tenant_id, id, priority, max_attempts, kind, payload)
            select $1, id, priority, max_attempts, kind, payload
            from wanted
            where due_at is null or due_at <= now()
            order by id
            returning 1
        )
        select case when count(*) > 0 then pg_notify($3, '') end as "woken: ()"
        from due
        "#,
        tx.tenant().0,
        Value::Array(documents.collect()),
        CHANNEL,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(ids)
}
