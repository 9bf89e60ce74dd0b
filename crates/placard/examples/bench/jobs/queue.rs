//! Our queue and a bare one, behind the same few operations.

use anyhow::{Result, ensure};
use placard_domain::TenantId;
use placard_store::{
    Db, PoolConfig,
    jobs::{self, NewJob, Worker},
    tenant,
    testing::TestDatabase,
};
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection};
use std::time::Duration;

/// Jobs that one transaction puts into the queue.
pub(super) const ENQUEUED_AT_ONCE: usize = 1_000;

const LEASE: Duration = Duration::from_secs(60);

/// One worker's side of a queue.
pub(super) trait Queue {
    /// Forgets all jobs, finished ones too.
    async fn clear(&mut self) -> Result<()>;
    /// Puts so many jobs in.
    async fn fill(&mut self, jobs: usize) -> Result<()>;
    /// Lets the server write out what it has to, so that it need not while the time runs.
    async fn settle(&mut self) -> Result<()>;
    /// Takes a batch and puts it away. Gives how many jobs that were; 0 if there was none.
    async fn cycle(&mut self) -> Result<usize>;
}

/// What each job carries.
fn payload(number: usize) -> Value {
    json!({"campaign": "0193d5f0-5a3c-7e64-9f2c-6f2b5a1d7c11", "number": number})
}

/// A worker of ours.
pub(super) struct Ours {
    db: Db,
    tenant: TenantId,
    worker: Worker,
    batch: u16,
    superuser: PgConnection,
}

impl Ours {
    /// Workers with a connection each.
    pub(super) async fn workers(database: &TestDatabase, count: usize, batch: u16) -> Result<Vec<Self>> {
        let founded =
            tenant::create_with_admin(&database.db, "Bench", "ada@example.com", "no password").await?;
        let mut workers = Vec::with_capacity(count);
        for number in 0..count {
            let db = Db::connect(&database.url(), &PoolConfig { size: 1, ..PoolConfig::default() }).await?;
            workers.push(Self {
                worker: Worker::new(&db, format!("bench {number}"), LEASE),
                db,
                tenant: founded.tenant,
                batch,
                superuser: database.superuser().await,
            });
        }
        Ok(workers)
    }
}

impl Queue for Ours {
    async fn clear(&mut self) -> Result<()> {
        self.superuser.execute("truncate job, job_history").await?;
        Ok(())
    }

    async fn fill(&mut self, jobs: usize) -> Result<()> {
        for first in (0..jobs).step_by(ENQUEUED_AT_ONCE) {
            let numbers = first..jobs.min(first + ENQUEUED_AT_ONCE);
            let new: Vec<NewJob> = numbers.map(|number| NewJob::now("bench", payload(number))).collect();
            let mut tx = self.db.tenant(self.tenant).await?;
            jobs::enqueue(&mut tx, &new).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<()> {
        settle(&mut self.superuser).await
    }

    async fn cycle(&mut self) -> Result<usize> {
        let claimed = self.worker.claim(self.batch).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let done = self.worker.complete(&claimed).await?;
        ensure!(done == claimed.len() as u64, "{done} of {} jobs were still held", claimed.len());
        Ok(claimed.len())
    }
}

/// A worker of the loop that everybody writes first.
pub(super) struct Bare {
    connection: PgConnection,
    batch: i64,
}

impl Bare {
    /// Workers with a connection each, on a table made for them.
    pub(super) async fn workers(database: &TestDatabase, count: usize, batch: u16) -> Result<Vec<Self>> {
        database
            .superuser()
            .await
            .execute(
                "create table bare_job (
                    id bigint generated always as identity primary key,
                    payload jsonb not null,
                    locked_until timestamptz
                )",
            )
            .await?;
        let mut workers = Vec::with_capacity(count);
        for _ in 0..count {
            workers.push(Self { connection: database.superuser().await, batch: i64::from(batch) });
        }
        Ok(workers)
    }
}

impl Queue for Bare {
    async fn clear(&mut self) -> Result<()> {
        self.connection.execute("truncate bare_job").await?;
        Ok(())
    }

    async fn fill(&mut self, jobs: usize) -> Result<()> {
        for first in (0..jobs).step_by(ENQUEUED_AT_ONCE) {
            let payloads: Vec<Value> = (first..jobs.min(first + ENQUEUED_AT_ONCE)).map(payload).collect();
            sqlx::query("insert into bare_job (payload) select unnest($1::jsonb[])")
                .bind(payloads)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<()> {
        settle(&mut self.connection).await
    }

    async fn cycle(&mut self) -> Result<usize> {
        let claimed: Vec<(i64, Value)> = sqlx::query_as(
            "with next as (
                select id from bare_job
                where locked_until is null or locked_until < now()
                order by id
                limit $1
                for update skip locked
            )
            update bare_job as j
            set locked_until = now() + interval '1 minute'
            from next
            where j.id = next.id
            returning j.id, j.payload",
        )
        .bind(self.batch)
        .fetch_all(&mut self.connection)
        .await?;
        let ids: Vec<i64> = claimed.iter().map(|(id, _)| *id).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        sqlx::query("delete from bare_job where id = any($1)")
            .bind(ids)
            .execute(&mut self.connection)
            .await?;
        Ok(claimed.len())
    }
}

async fn settle(superuser: &mut PgConnection) -> Result<()> {
    superuser.execute("checkpoint").await?;
    Ok(())
}
