//! Putting jobs into the queue.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::JobId;
use serde_json::Value;
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
    pub max_attempts: u8,
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
    let (now, later): (Vec<_>, Vec<_>) = ids.iter().zip(jobs).partition(|(_, job)| job.due_at.is_none());
    if !now.is_empty() {
        insert_due(tx, &now).await?;
    }
    if !later.is_empty() {
        insert_waiting(tx, &later).await?;
    }
    Ok(ids)
}

async fn insert_due(tx: &mut TenantTx, jobs: &[(&JobId, &NewJob)]) -> Result<(), StoreError> {
    let columns = Columns::of(jobs);
    sqlx::query!(
        r#"
        insert into job (tenant_id, id, kind, payload, priority, max_attempts)
        select $1, *
        from unnest($2::uuid[], $3::text[], $4::jsonb[], $5::smallint[], $6::smallint[])
        "#,
        tx.tenant().0,
        &columns.ids,
        &columns.kinds as &[&str],
        &columns.payloads as &[&Value],
        &columns.priorities,
        &columns.max_attempts,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(r#"select pg_notify($1, '') as "notified!: ()""#, CHANNEL).fetch_one(tx.conn()).await?;
    Ok(())
}

/// A moment that has passed is no exception: the next look at the waiting finds it.
async fn insert_waiting(tx: &mut TenantTx, jobs: &[(&JobId, &NewJob)]) -> Result<(), StoreError> {
    let columns = Columns::of(jobs);
    let due_at: Vec<Option<DateTime<Utc>>> = jobs.iter().map(|(_, job)| job.due_at).collect();
    sqlx::query!(
        r#"
        insert into job_waiting (tenant_id, id, kind, payload, priority, max_attempts, due_at)
        select $1, *
        from unnest($2::uuid[], $3::text[], $4::jsonb[], $5::smallint[], $6::smallint[], $7::timestamptz[])
        "#,
        tx.tenant().0,
        &columns.ids,
        &columns.kinds as &[&str],
        &columns.payloads as &[&Value],
        &columns.priorities,
        &columns.max_attempts,
        &due_at as &[Option<DateTime<Utc>>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

struct Columns<'a> {
    ids: Vec<Uuid>,
    kinds: Vec<&'a str>,
    payloads: Vec<&'a Value>,
    priorities: Vec<i16>,
    max_attempts: Vec<i16>,
}

impl<'a> Columns<'a> {
    fn of(jobs: &[(&JobId, &'a NewJob)]) -> Self {
        Self {
            ids: jobs.iter().map(|(id, _)| id.0).collect(),
            kinds: jobs.iter().map(|(_, job)| job.kind).collect(),
            payloads: jobs.iter().map(|(_, job)| &job.payload).collect(),
            priorities: jobs.iter().map(|(_, job)| job.priority.number()).collect(),
            max_attempts: jobs.iter().map(|(_, job)| job.max_attempts.into()).collect(),
        }
    }
}
