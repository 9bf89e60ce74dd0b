//! Taking jobs, holding them while they are worked on, and putting them away.

use super::{
    enqueue::CHANNEL,
    frontier::{Floor, Frontier, Numbers, Sight, Timer},
};
use crate::{Db, StoreError, SystemTx};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{JobId, TenantId};
use rand::RngExt;
use serde_json::Value;
use sqlx::postgres::{PgListener, types::PgInterval};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many waiting jobs are made due at once.
const PROMOTED_AT_ONCE: i64 = 10_000;

/// One that takes jobs. Each process has its own; its name tells people who holds a job.
#[derive(Debug)]
pub struct Worker {
    db: Db,
    name: String,
    lease: Duration,
    frontier: Frontier,
    floor: Floor,
    sweep: Timer,
    promotion: Timer,
    listener: Option<PgListener>,
}

/// A job that this worker holds until its lease runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Whose job it is. Carry it out in this tenant's transactions.
    pub tenant: TenantId,
    /// Its id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: String,
    /// What the work needs to know.
    pub payload: Value,
    /// The number of this attempt, from 1.
    pub attempt: i16,
    /// How many there may be.
    pub max_attempts: i16,
    /// Since when it waits.
    pub enqueued_at: DateTime<Utc>,
}

/// What becomes of a job that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again.
    Retried,
    /// That was its last attempt. It waits among the dead until someone revives it.
    Dead,
    /// The lease had run out and someone else has it; nothing was recorded.
    Lost,
}

impl Worker {
    /// A worker called `name` whose claims last for `lease` unless [`Worker::extend`] prolongs them.
    pub fn new(db: &Db, name: impl Into<String>, lease: Duration) -> Self {
        let now = Instant::now();
        Self {
            db: db.clone(),
            name: name.into(),
            lease,
            frontier: Frontier::default(),
            floor: Floor::default(),
            sweep: Timer::new(now),
            promotion: Timer::new(now),
            listener: None,
        }
    }

    /// Takes up to `limit` due jobs, the most urgent and then the oldest first. The claim is committed when this
    /// returns, so no transaction is open while they are carried out.
    pub async fn claim(&mut self, limit: u16) -> Result<Vec<Claimed>, StoreError> {
        let began = Instant::now();
        let mut tx = self.db.system().await?;
        if self.promotion.is_due(began) {
            promote(&mut tx).await?;
            self.promotion.done(began, Instant::now());
        }
        // Asked first: what is drawn from now on may become visible after we have looked.
        let drawn = last_number(&mut tx).await?;
        if self.frontier.is_ahead_of(drawn) {
            (self.frontier, self.floor) = (Frontier::default(), Floor::default());
        }
        let sweep = self.sweep.is_due(began);
        let bounds =
            if sweep { self.look_from_floor(&mut tx, drawn).await? } else { self.frontier.bounds(began) };
        let taken = self.take(&mut tx, bounds, limit).await?;
        let (jobs, exhausted): (Vec<_>, Vec<_>) =
            taken.jobs.into_iter().partition(|job| job.attempt <= job.max_attempts);
        if !exhausted.is_empty() {
            give_up(&mut tx, &exhausted).await?;
        }
        tx.commit().await?;

        let looked_at_all = jobs.len() + exhausted.len() < usize::from(limit);
        self.frontier.looked_through(if looked_at_all { [drawn; 3] } else { taken.highest }, began);
        if sweep {
            self.sweep.done(began, Instant::now());
        }
        Ok(jobs)
    }

    /// Waits until a job becomes due or `patience` ends. A job that became due unnoticed, by the clock or through a
    /// pooler that passes no notifications on, is found by claiming again after that.
    pub async fn wait(&mut self, patience: Duration) -> Result<(), StoreError> {
        let Some(listener) = &mut self.listener else {
            let mut listener = self.db.listener().await?;
            listener.listen(CHANNEL).await?;
            self.listener = Some(listener);
            // What became due before we listened is found at once.
            return Ok(());
        };
        match tokio::time::timeout(patience, listener.recv()).await {
            Ok(Err(error)) => {
                self.listener = None;
                Err(error.into())
            }
            Ok(Ok(_)) => {
                // One look is enough for all that woke us.
                while listener.next_buffered().is_some() {}
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// Prolongs the leases of jobs that take longer. Returns those that are still held; the others were given to
    /// someone else, and work on them should stop.
    pub async fn extend(&self, jobs: &[Claimed]) -> Result<Vec<JobId>, StoreError> {
        let mut tx = self.db.system().await?;
        let held = sqlx::query_scalar!(
            r#"
            update job as j
            set locked_until = now() + $4
            from unnest($1::uuid[], $2::uuid[], $3::smallint[]) as c (tenant_id, id, attempt)
            where j.tenant_id = c.tenant_id and j.id = c.id and j.attempt = c.attempt and j.locked_by = $5
            returning j.id
            "#,
            &tenants(jobs),
            &ids(jobs),
            &attempts(jobs),
            interval(self.lease),
            self.name,
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(held.into_iter().map(JobId).collect())
    }

    /// Puts jobs away that were carried out. Returns how many this worker still held; work on the others may have
    /// been done twice.
    pub async fn complete(&self, jobs: &[Claimed]) -> Result<u64, StoreError> {
        let mut tx = self.db.system().await?;
        let done = sqlx::query!(
            r#"
            with gone as (
                delete from job as j
                using unnest($1::uuid[], $2::uuid[], $3::smallint[]) as c (tenant_id, id, attempt)
                where j.tenant_id = c.tenant_id and j.id = c.id and j.attempt = c.attempt and j.locked_by = $4
                returning j.*
            )
            insert into job_history (
                tenant_id, id, finished_at, status, priority, attempt, max_attempts, kind, payload, enqueued_at
            )
            select tenant_id, id, now(), 'done', priority, attempt, max_attempts, kind, payload, enqueued_at
            from gone
            "#,
            &tenants(jobs),
            &ids(jobs),
            &attempts(jobs),
            self.name,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Puts a job away that failed: back among the waiting for `retry_in`, or among the dead after its last attempt.
    pub async fn fail(&self, job: &Claimed, error: &str, retry_in: Duration) -> Result<Fate, StoreError> {
        let mut tx = self.db.system().await?;
        let fate = sqlx::query!(
            r#"
            with gone as (
                delete from job
                where tenant_id = $1 and id = $2 and attempt = $3 and locked_by = $4
                returning *
            ),
            retried as (
                insert into job_waiting (
                    tenant_id, id, due_at, priority, attempt, max_attempts, kind, payload, enqueued_at, last_error
                )
                select tenant_id, id, now() + $6, priority, attempt, max_attempts, kind, payload, enqueued_at, $5
                from gone
                where attempt < max_attempts
                returning 1
            ),
            buried as (
                insert into job_history (
                    tenant_id, id, finished_at, status, priority, attempt, max_attempts, kind, payload, enqueued_at,
                    error
                )
                select
                    tenant_id, id, now(), 'dead', priority, attempt, max_attempts, kind, payload, enqueued_at, $5
                from gone
                where attempt >= max_attempts
                returning 1
            )
            select
                exists (select from retried) as "retried!",
                exists (select from buried) as "buried!"
            "#,
            job.tenant.0,
            job.id.0,
            job.attempt,
            self.name,
            error,
            interval(retry_in),
        )
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(match (fate.retried, fate.buried) {
            (true, _) => Fate::Retried,
            (false, true) => Fate::Dead,
            (false, false) => Fate::Lost,
        })
    }

    /// Finds the first job behind the floor, by priority, and raises the floor as far as that allows.
    async fn look_from_floor(&mut self, tx: &mut SystemTx, drawn: i64) -> Result<Numbers, StoreError> {
        let floor = self.floor.numbers();
        let seen = sqlx::query!(
            r#"
            select
                pg_snapshot_xmin(s)::text::bigint as "oldest_running!",
                pg_snapshot_xmax(s)::text::bigint as "next_transaction!",
                (select seq from job where priority = 0 and seq > $1 order by seq limit 1) as safety,
                (select seq from job where priority = 1 and seq > $2 order by seq limit 1) as normal,
                (select seq from job where priority = 2 and seq > $3 order by seq limit 1) as background
            from pg_current_snapshot() as s
            "#,
            floor[0],
            floor[1],
            floor[2],
        )
        .fetch_one(tx.conn())
        .await?;
        let empty_through = [seen.safety, seen.normal, seen.background]
            .map(|first| first.map_or(drawn, |first| (first - 1).min(drawn)));
        self.floor.on(Sight {
            oldest_running: seen.oldest_running,
            next_transaction: seen.next_transaction,
            empty_through,
        });
        Ok(empty_through)
    }

    async fn take(&self, tx: &mut SystemTx, bounds: Numbers, limit: u16) -> Result<Taken, StoreError> {
        let rows = sqlx::query_file!(
            "queries/claim_jobs.sql",
            bounds[0],
            bounds[1],
            bounds[2],
            i64::from(limit),
            self.name,
            interval(self.lease),
        )
        .fetch_all(tx.conn())
        .await?;

        let mut taken = Taken { jobs: Vec::with_capacity(rows.len()), highest: [0; 3] };
        for row in rows {
            let highest =
                usize::try_from(row.priority).ok().and_then(|priority| taken.highest.get_mut(priority));
            if let Some(highest) = highest {
                *highest = row.seq.max(*highest);
            }
            taken.jobs.push(Claimed {
                tenant: TenantId(row.tenant_id),
                id: JobId(row.id),
                kind: row.kind,
                payload: row.payload,
                attempt: row.attempt,
                max_attempts: row.max_attempts,
                enqueued_at: row.enqueued_at,
            });
        }
        Ok(taken)
    }
}

/// How long to wait before the next attempt after `attempt` failed: five seconds, doubled each time, an hour at most,
/// and up to a fifth more, so that jobs that failed together do not come back together.
pub fn backoff(attempt: i16) -> Duration {
    const FIRST: Duration = Duration::from_secs(5);
    const LONGEST: Duration = Duration::from_secs(3_600);
    let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 16)).unwrap_or_default();
    let wait = (FIRST * 2_u32.pow(doublings)).min(LONGEST);
    wait + wait * rand::rng().random_range(0..=20) / 100
}

/// What a claim took, and how far it looked.
struct Taken {
    jobs: Vec<Claimed>,
    /// The highest number taken, by priority.
    highest: Numbers,
}

/// The highest number drawn so far.
async fn last_number(tx: &mut SystemTx) -> Result<i64, StoreError> {
    let number =
        sqlx::query_scalar!(r#"select coalesce(pg_sequence_last_value('job_seq_seq'), 0) as "number!""#)
            .fetch_one(tx.conn())
            .await?;
    Ok(number)
}

/// Makes jobs due whose time has come. They get new numbers, ahead of every worker's frontier.
async fn promote(tx: &mut SystemTx) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with come as (
            delete from job_waiting
            where (tenant_id, id) in (
                select tenant_id, id
                from job_waiting
                where due_at <= now()
                order by due_at
                limit $1
                for update skip locked
            )
            returning *
        )
        insert into job (
            tenant_id, id, priority, attempt, max_attempts, kind, payload, enqueued_at, last_error
        )
        select tenant_id, id, priority, attempt, max_attempts, kind, payload, enqueued_at, last_error
        from come
        order by due_at
        "#,
        PROMOTED_AT_ONCE,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives jobs up whose worker vanished during their last attempt, so that a job that kills workers stops at some time.
async fn give_up(tx: &mut SystemTx, jobs: &[Claimed]) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with gone as (
            delete from job as j
            using unnest($1::uuid[], $2::uuid[]) as c (tenant_id, id)
            where j.tenant_id = c.tenant_id and j.id = c.id
            returning j.*
        )
        insert into job_history (
            tenant_id, id, finished_at, status, priority, attempt, max_attempts, kind, payload, enqueued_at, error
        )
        select
            tenant_id, id, now(), 'dead', priority, max_attempts, max_attempts, kind, payload, enqueued_at,
            coalesce(last_error, 'its worker vanished during the last attempt')
        from gone
        "#,
        &tenants(jobs),
        &ids(jobs),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn tenants(jobs: &[Claimed]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.tenant.0).collect()
}

fn ids(jobs: &[Claimed]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.id.0).collect()
}

fn attempts(jobs: &[Claimed]) -> Vec<i16> {
    jobs.iter().map(|job| job.attempt).collect()
}

pub(crate) fn interval(duration: Duration) -> PgInterval {
    let microseconds = TimeDelta::from_std(duration).ok().and_then(|delta| delta.num_microseconds());
    PgInterval { months: 0, days: 0, microseconds: microseconds.unwrap_or(i64::MAX / 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour_and_a_fifth() {
        for (attempt, seconds) in [(1, 5), (2, 10), (5, 80), (20, 3_600), (i16::MAX, 3_600)] {
            let wait = backoff(attempt);
            let least = Duration::from_secs(seconds);
            assert!(wait >= least && wait <= least + least / 5, "{attempt}: {wait:?}");
        }
    }
}
