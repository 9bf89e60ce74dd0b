//! The queue: nothing lost, nothing twice, and as fast later as at first.

use crate::support::Office;
use chrono::{TimeDelta, Utc};
use placard_domain::{JobId, TenantId};
use placard_store::jobs::{self, Claimed, Fate, NewJob, Pending, Priority, Worker};
use serde_json::json;
use sqlx::Executor;
use std::{collections::BTreeSet, time::Duration};

const LEASE: Duration = Duration::from_secs(60);

fn worker(office: &Office, name: &str) -> Worker {
    Worker::new(&office.database.db, name, LEASE)
}

async fn enqueue(office: &Office, jobs: &[NewJob]) -> anyhow::Result<Vec<JobId>> {
    let mut tx = office.tx().await?;
    let ids = jobs::enqueue(&mut tx, jobs).await?;
    tx.commit().await?;
    Ok(ids)
}

fn job(number: i64) -> NewJob {
    NewJob::now("count", json!({"number": number}))
}

fn numbers(jobs: &[Claimed]) -> Vec<i64> {
    jobs.iter().map(|job| job.payload["number"].as_i64().expect("every payload has one")).collect()
}

async fn pending(office: &Office) -> anyhow::Result<Pending> {
    Ok(jobs::count_pending(&mut office.tx().await?).await?)
}

/// Lets every lease run out.
async fn let_leases_run_out(office: &Office) -> anyhow::Result<()> {
    let mut raw = office.database.superuser().await;
    raw.execute("update job set locked_until = now() - interval '1 second' where locked_until is not null")
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_job_goes_through_claim_and_completion_and_leaves_the_table() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let ids = enqueue(&office, &[job(1), job(2)]).await?;
    let mut worker = worker(&office, "one");
    let claimed = worker.claim(10).await?;
    assert_eq!(claimed.iter().map(|job| job.id).collect::<Vec<_>>(), ids);
    assert!(claimed.iter().all(|job| job.tenant == office.tenant && job.attempt == 1 && job.kind == "count"));
    assert_eq!(pending(&office).await?, Pending { running: 2, ..Pending::default() });
    assert_eq!(worker.complete(&claimed).await?, 2);
    assert_eq!(pending(&office).await?, Pending::default());
    let mut raw = office.database.superuser().await;
    let done: i64 = sqlx::query_scalar("select count(*) from job_history where status = 'done'")
        .fetch_one(&mut raw)
        .await?;
    assert_eq!(done, 2);
    assert_eq!(worker.complete(&claimed).await?, 0, "a second completion counts nothing");
    Ok(())
}

#[tokio::test]
async fn a_job_of_a_transaction_that_did_not_commit_was_never_there() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    jobs::enqueue(&mut tx, &[job(1)]).await?;
    tx.rollback().await?;
    assert!(worker(&office, "one").claim(10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_urgent_go_first_and_equals_in_their_order() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let with = |number, priority| NewJob { priority, ..job(number) };
    let jobs = [
        with(1, Priority::Background),
        with(2, Priority::Normal),
        with(3, Priority::Safety),
        with(4, Priority::Normal),
        with(5, Priority::Safety),
    ];
    enqueue(&office, &jobs).await?;
    let mut worker = worker(&office, "one");
    assert_eq!(numbers(&worker.claim(3).await?), [3, 5, 2]);
    enqueue(&office, &[with(6, Priority::Safety)]).await?;
    assert_eq!(numbers(&worker.claim(2).await?), [6, 4]);
    assert_eq!(numbers(&worker.claim(2).await?), [1]);
    Ok(())
}

#[tokio::test]
async fn a_job_for_later_waits_for_its_time() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let later = NewJob { due_at: Some(Utc::now() + TimeDelta::hours(1)), ..job(1) };
    let past = NewJob { due_at: Some(Utc::now() - TimeDelta::hours(1)), ..job(2) };
    enqueue(&office, &[later, past]).await?;
    assert_eq!(numbers(&worker(&office, "one").claim(10).await?), [2]);
    assert_eq!(pending(&office).await?, Pending { running: 1, waiting: 1, ..Pending::default() });
    office.database.superuser().await.execute("update job_waiting set due_at = now()").await?;
    assert_eq!(numbers(&worker(&office, "two").claim(10).await?), [1]);
    Ok(())
}

#[tokio::test]
async fn a_failed_job_is_tried_again_and_given_up_after_its_last_attempt() -> anyhow::Result<()> {
    let office = Office::open().await?;
    enqueue(&office, &[NewJob { max_attempts: 2, ..job(1) }]).await?;
    let mut fates = Vec::new();
    for attempt in 1..=2 {
        let mut worker = worker(&office, "one");
        let claimed = worker.claim(1).await?.remove(0);
        assert_eq!(claimed.attempt, attempt);
        fates.push(worker.fail(&claimed, "the platform is down", Duration::ZERO).await?);
    }
    assert_eq!(fates, [Fate::Retried, Fate::Dead]);
    assert_eq!(pending(&office).await?, Pending { dead: 1, ..Pending::default() });

    let mut tx = office.tx().await?;
    let dead = jobs::list_dead(&mut tx, 10).await?.remove(0);
    assert_eq!((dead.attempts, dead.error.as_deref()), (2, Some("the platform is down")));
    jobs::revive(&mut tx, dead.id).await?;
    assert!(jobs::revive(&mut tx, dead.id).await.is_err());
    tx.commit().await?;
    let again = worker(&office, "two").claim(1).await?.remove(0);
    assert_eq!((again.id, again.attempt), (dead.id, 1));
    Ok(())
}

#[tokio::test]
async fn a_job_whose_worker_died_is_taken_by_another_and_the_first_can_no_longer_end_it() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    enqueue(&office, &[job(1)]).await?;
    let mut first = worker(&office, "first");
    let held = first.claim(1).await?;
    assert!(worker(&office, "second").claim(1).await?.is_empty(), "it is held");
    assert_eq!(first.extend(&held).await?, [held[0].id]);

    let_leases_run_out(&office).await?;
    let mut second = worker(&office, "second");
    let taken = second.claim(1).await?;
    assert_eq!((taken[0].id, taken[0].attempt), (held[0].id, 2));
    assert_eq!(first.complete(&held).await?, 0);
    assert_eq!(first.fail(&held[0], "too late", Duration::ZERO).await?, Fate::Lost);
    assert_eq!(first.extend(&held).await?, []);
    assert_eq!(second.complete(&taken).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_worker_does_not_mistake_its_own_older_attempt_for_the_present_one() -> anyhow::Result<()> {
    let office = Office::open().await?;
    enqueue(&office, &[job(1)]).await?;
    let mut worker = worker(&office, "one");
    let old = worker.claim(1).await?;
    let_leases_run_out(&office).await?;
    // As after a restart under the same name.
    let mut restarted = Worker::new(&office.database.db, "one", LEASE);
    let new = restarted.claim(1).await?;
    assert_eq!(worker.complete(&old).await?, 0);
    assert_eq!(restarted.complete(&new).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() -> anyhow::Result<()> {
    let office = Office::open().await?;
    enqueue(&office, &[NewJob { max_attempts: 2, ..job(1) }]).await?;
    for _ in 0..2 {
        assert_eq!(worker(&office, "doomed").claim(1).await?.len(), 1);
        let_leases_run_out(&office).await?;
    }
    assert!(worker(&office, "next").claim(1).await?.is_empty());
    let dead = jobs::list_dead(&mut office.tx().await?, 10).await?.remove(0);
    assert_eq!(dead.attempts, 2);
    assert_eq!(dead.error.as_deref(), Some("its worker vanished during the last attempt"));
    Ok(())
}

#[tokio::test]
async fn workers_side_by_side_take_every_job_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let jobs: Vec<_> = (0..400).map(job).collect();
    enqueue(&office, &jobs).await?;
    let drain = async |name: &str| -> anyhow::Result<Vec<i64>> {
        let (mut worker, mut taken) = (worker(&office, name), Vec::new());
        loop {
            let claimed = worker.claim(17).await?;
            if claimed.is_empty() {
                return Ok(taken);
            }
            taken.extend(numbers(&claimed));
            assert_eq!(worker.complete(&claimed).await?, claimed.len() as u64);
        }
    };
    let (one, two, three) = tokio::join!(drain("one"), drain("two"), drain("three"));
    let mut all = [one?, two?, three?].concat();
    all.sort_unstable();
    assert_eq!(all, (0..400).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn a_job_that_commits_late_behind_the_frontier_is_found() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut worker = worker(&office, "one");
    let mut late = office.tx().await?;
    jobs::enqueue(&mut late, &[job(1)]).await?;
    enqueue(&office, &[job(2)]).await?;
    let mut seen = BTreeSet::new();
    let first = worker.claim(10).await?;
    seen.extend(numbers(&first));
    worker.complete(&first).await?;
    late.commit().await?;
    // Wherever the frontier stands by now, a sweep finds it.
    while !seen.contains(&1) {
        let more = worker.claim(10).await?;
        seen.extend(numbers(&more));
        worker.complete(&more).await?;
    }
    assert_eq!(seen, BTreeSet::from([1, 2]));
    Ok(())
}

#[tokio::test]
async fn an_enqueue_wakes_a_worker_that_waits() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut worker = worker(&office, "one");
    worker.wait(Duration::ZERO).await?;
    let patience = Duration::from_secs(3_600);
    let jobs = [job(1)];
    let (waited, enqueued) = tokio::join!(worker.wait(patience), enqueue(&office, &jobs));
    waited?;
    enqueued?;
    assert_eq!(worker.claim(1).await?.len(), 1);
    Ok(())
}

/// Rows that a claim reads, by the server's own count.
async fn rows_read(office: &Office, bound: i64) -> anyhow::Result<i64> {
    let mut raw = office.database.superuser().await;
    let plan: serde_json::Value = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "explain (analyze, buffers, format json)
         select ctid from job where priority = 1 and seq > {bound} and (locked_until is null or locked_until < now())
         order by seq limit 10"
    )))
    .fetch_one(&mut raw)
    .await?;
    let node = &plan[0]["Plan"];
    Ok(node["Shared Hit Blocks"].as_i64().unwrap_or(0) + node["Shared Read Blocks"].as_i64().unwrap_or(0))
}

#[tokio::test]
async fn an_old_snapshot_does_not_make_claims_walk_over_finished_jobs() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut reader = office.database.superuser().await;
    reader.execute("begin isolation level repeatable read; select count(*) from tenant").await?;
    let mut worker = worker(&office, "one");
    for batch in 0..20 {
        let jobs: Vec<_> = (0..500).map(|number| job(batch * 500 + number)).collect();
        enqueue(&office, &jobs).await?;
        let claimed = worker.claim(1_000).await?;
        worker.complete(&claimed).await?;
    }
    office.database.superuser().await.execute("vacuum analyze job").await?;
    let last: i64 = sqlx::query_scalar("select last_value from job_seq_seq")
        .fetch_one(&mut office.database.superuser().await)
        .await?;
    let (from_the_head, from_the_frontier) = (rows_read(&office, 0).await?, rows_read(&office, last).await?);
    assert!(from_the_head > 100, "the dead rows are still there: {from_the_head} blocks");
    assert!(from_the_frontier < 10, "and are not read: {from_the_frontier} blocks");
    Ok(())
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_jobs() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger: TenantId = office.stranger().await?;
    enqueue(&office, &[job(1)]).await?;
    let mut tx = office.database.db.tenant(stranger).await?;
    assert_eq!(jobs::count_pending(&mut tx).await?, Pending::default());
    jobs::enqueue(&mut tx, &[job(2)]).await?;
    tx.commit().await?;
    let claimed = worker(&office, "one").claim(10).await?;
    let owners: Vec<_> = claimed.iter().map(|job| job.tenant).collect();
    assert_eq!(owners, [office.tenant, stranger], "a worker takes everybody's, each with its tenant");
    Ok(())
}
