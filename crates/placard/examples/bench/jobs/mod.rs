//! How fast jobs are taken and put away, and whether that stays so.

mod decay;
mod queue;

pub(crate) use decay::decay;

use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::{Result, ensure};
use placard_store::testing::TestDatabase;
use queue::{Bare, Ours, Queue};
use std::time::{Duration, Instant};

/// Jobs that one claim takes.
const BATCH: u16 = 200;
/// Workers, each with a connection of its own.
const WORKERS: usize = 4;
/// Of a bare loop.
const OF_BARE: f64 = 0.8;

/// Claims and completes jobs that are there already, by our worker and by a bare loop.
pub(crate) async fn throughput(size: Size) -> Result<Vec<Figure>> {
    let database = TestDatabase::create().await;
    let mut ours = Ours::workers(&database, WORKERS, BATCH).await?;
    let mut bare = Bare::workers(&database, WORKERS, BATCH).await?;
    let (mut our_times, mut bare_times) = (Samples::default(), Samples::default());
    let mut enqueueing = Samples::default();
    for round in 0..=size.rounds {
        ours[0].clear().await?;
        let (took, filled) = drain(&mut ours, size.jobs).await?;
        bare[0].clear().await?;
        let (bare_took, _) = drain(&mut bare, size.jobs).await?;
        // The first round warms up.
        if round > 0 {
            our_times.push(took);
            enqueueing.push(filled);
            bare_times.push(bare_took);
        }
    }
    let measure = format!("{} jobs, {WORKERS} connections, {BATCH} a batch", grouped(size.jobs as f64));
    let baseline = ("bare SKIP LOCKED", &bare_times);
    Ok(vec![
        Figure::speeds(measure, (size.jobs, "jobs"), &our_times, baseline, Bar::AtLeast(OF_BARE))
            .note(
                "claim, committed as a lease, and complete; ours across tenants under row-level security, finished \
                 jobs kept as history; the baseline leases and deletes, keeps nothing, and knows neither tenants, \
                 priorities nor attempts",
            )
            .note(format!(
                "enqueue apart: {} jobs/s, {} a transaction, one connection",
                grouped(enqueueing.per_second(size.jobs)),
                queue::ENQUEUED_AT_ONCE
            )),
    ])
}

/// Fills the queue and lets all workers empty it. Gives the time of that and the time of filling.
async fn drain<Q: Queue>(workers: &mut [Q], jobs: usize) -> Result<(Duration, Duration)> {
    let began = Instant::now();
    workers[0].fill(jobs).await?;
    let filled = began.elapsed();
    workers[0].settle().await?;
    let began = Instant::now();
    let work = workers.iter_mut().map(|worker| async move {
        let mut done = 0;
        loop {
            match worker.cycle().await? {
                0 => return Ok::<_, anyhow::Error>(done),
                some => done += some,
            }
        }
    });
    let done: usize = futures::future::try_join_all(work).await?.into_iter().sum();
    let took = began.elapsed();
    ensure!(done == jobs, "{done} of {jobs} jobs were done");
    Ok((took, filled))
}
