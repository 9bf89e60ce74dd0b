//! Seeded faults on every call: lost answers, delays, throttling, server errors, broken bodies and batches, lists
//! that show new objects late.

use crate::support::{Slot, Weather, run_all};
use anyhow::{Result, ensure};
use placard_domain::Platform;
use placard_store::testing::TestDatabase;
use std::time::Duration;

const WEATHER: Weather = Weather { delay: Duration::from_millis(5), in_order: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_seeds_of_faults_at_meta_make_no_duplicate_and_no_orphan() -> Result<()> {
    three_hundred_seeds(Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_seeds_of_faults_at_google_make_no_duplicate_and_no_orphan() -> Result<()> {
    three_hundred_seeds(Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_seeds_of_faults_at_tiktok_make_no_duplicate_and_no_orphan() -> Result<()> {
    three_hundred_seeds(Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_seeds_of_faults_at_microsoft_make_no_duplicate_and_no_orphan() -> Result<()> {
    three_hundred_seeds(Platform::Microsoft).await
}

async fn three_hundred_seeds(platform: Platform) -> Result<()> {
    let database = TestDatabase::create().await;
    let tally = run_all(&database.db, platform, 1..301, 24, WEATHER, |_| ()).await?;
    println!("{platform}: {tally}");
    ensure!(tally.wrong.is_empty(), "{}\n{}", tally.example.join("\n"), tally.wrong.join("\n"));
    ensure!(tally.published + tally.taken_back == 300, "not every seed ended: {tally}");
    ensure!(tally.published > 0 && tally.taken_back > 0, "one way of ending was never tried: {tally}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_brings_the_same_requests_and_the_same_answers() -> Result<()> {
    for platform in Platform::ALL {
        the_same_twice(platform).await?;
    }
    Ok(())
}

async fn the_same_twice(platform: Platform) -> Result<()> {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir()?;
    let (one, two) =
        (Slot::open(&database.db, platform, 1).await?, Slot::open(&database.db, platform, 2).await?);
    let in_order = Weather { in_order: true, ..WEATHER };
    let first = one.run(folder.path(), 7, in_order).await?;
    let second = two.run(folder.path(), 7, in_order).await?;
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
