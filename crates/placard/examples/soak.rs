//! Publishes campaign after campaign through seeded faults: `./x soak --runs 10000 --seed 1`.
//!
//! Every run has a seed of its own, which decides all its faults: `--runs 1 --seed 4711` repeats the run 4711 alone.
//! Where something is wrong, the requests of the first such run are printed. The exit code is 1 if
//! anything was made twice, left behind, called too early or never finished.

#[path = "../tests/it/support/soak/mod.rs"]
mod soak;

use anyhow::Result;
use clap::Parser;
use placard_domain::Platform;
use placard_store::testing::TestDatabase;
use soak::{Tally, Weather, run_all};
use std::{io::Write, process::ExitCode, time::Duration};

/// Publishes through seeded faults, many times over.
#[derive(Parser)]
struct Args {
    /// Where: meta or google.
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

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let database = TestDatabase::create().await;
    let weather = Weather { delay: Duration::from_millis(args.delay) };
    let seeds = args.seed..args.seed.saturating_add(args.runs);
    let tally = run_all(&database.db, args.platform, seeds, args.at_once, weather, show).await?;
    eprintln!();
    for line in tally.example.iter().chain(&tally.wrong) {
        println!("{line}");
    }
    println!("{tally}");
    Ok(if tally.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line that is written over and over.
fn show(tally: &Tally) {
    eprint!("\r{tally}");
    // Progress that cannot be shown harms nobody.
    let _ = std::io::stderr().flush();
}
