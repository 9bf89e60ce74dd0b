//! Publishes campaign after campaign through seeded faults: `./x soak --runs 10000 --seed 1`.
//!
//! Every run has a seed of its own, which decides all its faults: `--runs 1 --seed 4711` repeats the run 4711 alone.
//! Where something is wrong (made twice, left behind, called too early, never finished), the requests of the first such
//! run are printed.

use crate::{
    publishing::{Weather, run_all},
    show,
};
use anyhow::Result;
use placard_domain::Platform;
use placard_store::testing::TestDatabase;
use std::time::Duration;

/// Publishes through seeded faults, many times over.
#[derive(clap::Args)]
// The group of the program's own arguments is called `Args` already.
#[group(id = "faults")]
pub(crate) struct Args {
    /// Where: meta, google or tiktok.
    #[arg(long, default_value = "meta")]
    platform: Platform,
    /// How many campaigns.
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// The first run's seed; each further run has the next.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long three calls in ten are delayed, in milliseconds.
    #[arg(long, default_value_t = 500)]
    delay: u64,
    /// How many campaigns are published at the same time.
    #[arg(long, default_value_t = 64)]
    at_once: usize,
}

/// Whether nothing was wrong.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    let database = TestDatabase::create().await;
    let weather = Weather { delay: Duration::from_millis(args.delay) };
    let seeds = args.seed..args.seed.saturating_add(args.runs);
    let at_once = args.at_once;
    let tally = run_all(&database.db, args.platform, seeds, at_once, weather, show).await?;
    eprintln!();
    for line in tally.example.iter().chain(&tally.wrong) {
        println!("{line}");
    }
    println!("{tally}");
    Ok(tally.wrong.is_empty())
}
