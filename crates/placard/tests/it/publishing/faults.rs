//! Seeded faults on every call: lost answers, delays, throttling, server errors, broken bodies and batches, lists
//! that show new objects late.

use crate::support::{End, Outcome, Slot, Weather};
use anyhow::{Result, ensure};
use placard_store::testing::TestDatabase;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

const RUNS: u64 = 300;
const AT_ONCE: usize = 24;
const WEATHER: Weather = Weather { delay: Duration::from_millis(5) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_seeds_of_faults_make_no_duplicate_and_no_orphan() -> Result<()> {
    let database = TestDatabase::create().await;
    let folder = Arc::new(tempfile::tempdir()?);
    let next = Arc::new(AtomicU64::new(1));
    let mut slots = Vec::new();
    for number in 0..AT_ONCE {
        let (slot, next) = (Slot::open(&database.db, number).await?, next.clone());
        let folder = folder.clone();
        slots.push(tokio::spawn(async move {
            let mut outcomes: Vec<(u64, Result<Outcome>)> = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > RUNS {
                    return outcomes;
                }
                outcomes.push((seed, slot.run(folder.path(), seed, WEATHER).await));
            }
        }));
    }
    let (mut published, mut taken_back, mut struck, mut tries) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for slot in slots {
        for (seed, outcome) in slot.await? {
            match outcome {
                Ok(outcome) => {
                    match outcome.end {
                        End::Published => published += 1,
                        End::TakenBack => taken_back += 1,
                    }
                    struck += outcome.struck;
                    tries += outcome.tries;
                    wrong.extend(outcome.wrong.into_iter().map(|one| format!("seed {seed}: {one}")));
                }
                Err(error) => wrong.push(format!("seed {seed}: {error:#}")),
            }
        }
    }
    println!(
        "runs {RUNS}: published {published}, taken back {taken_back}, wrong {}; {struck} faults struck, {tries} tries",
        wrong.len()
    );
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(published > 0 && taken_back > 0, "one way of ending was never tried");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_brings_the_same_requests_and_the_same_answers() -> Result<()> {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir()?;
    let (one, two) = (Slot::open(&database.db, 1).await?, Slot::open(&database.db, 2).await?);
    let first = one.run(folder.path(), 7, WEATHER).await?;
    let second = two.run(folder.path(), 7, WEATHER).await?;
    ensure!(first.struck > 0, "no fault struck, so nothing is proven");
    pretty_equal(&first.log, &second.log)
}

fn pretty_equal(first: &[String], second: &[String]) -> Result<()> {
    for (number, (one, two)) in first.iter().zip(second).enumerate() {
        ensure!(one == two, "request {number} differs:\n{one}\n{two}");
    }
    ensure!(first.len() == second.len(), "{} requests and {}", first.len(), second.len());
    Ok(())
}
