//! Publishes campaign after campaign through seeded faults: `./x soak --platform all --runs 10000 --seed 1`.
//!
//! Every run has a seed of its own, which decides all its faults: `--runs 1 --seed 4711` repeats the run 4711 alone.
//! Where something is wrong (made twice, left behind, called too early, never finished), the requests of the first such
//! run are printed. The runs are those of the tests, which go through the first three hundred seeds.

use crate::{
    publishing::{Tally, Weather, run_all},
    show,
};
use anyhow::Result;
use placard_domain::Platform;
use placard_store::testing::TestDatabase;
use std::{
    str::FromStr,
    time::{Duration, Instant},
};

/// Publishes through seeded faults, many times over.
#[derive(clap::Args)]
// The group of the program's own arguments is called `Args` already.
#[group(id = "faults")]
pub(crate) struct Args {
    /// Where: meta, google, microsoft, tiktok, or all of them, one after the other.
    #[arg(long, default_value = "meta")]
    platform: Where,
    /// How many campaigns, at each platform.
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// The first run's seed; each further run has the next.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long three calls in ten are delayed, in milliseconds.
    #[arg(long, default_value_t = 5)]
    delay: u64,
    /// Send one call after the other, so that a seed brings the same requests each time.
    #[arg(long)]
    in_order: bool,
    /// How many campaigns are published at the same time.
    #[arg(long, default_value_t = 64)]
    at_once: usize,
}

/// Where campaigns are published to.
#[derive(Clone)]
struct Where(Vec<Platform>);

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self(Platform::ALL.to_vec())),
            one => match one.parse() {
                Ok(platform) => Ok(Self(vec![platform])),
                Err(_) => Err("it is meta, google, microsoft, tiktok or all".to_owned()),
            },
        }
    }
}

/// Whether nothing was wrong.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    let mut rows = vec![
        [
            "platform",
            "published",
            "taken back",
            "faults",
            "tries",
            "duplicates",
            "orphans",
            "stuck",
            "too early",
            "wrong",
            "seconds",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut right = true;
    for platform in &args.platform.0 {
        let begun = Instant::now();
        let tally = publish(*platform, args).await?;
        rows.push(row(*platform, &tally, begun.elapsed()));
        right &= tally.wrong.is_empty();
    }
    print!("{}", table(&rows));
    Ok(right)
}

/// A database for each platform, so that the tenants of one do not meet those of another.
async fn publish(platform: Platform, args: &Args) -> Result<Tally> {
    let database = TestDatabase::create().await;
    let weather = Weather { delay: Duration::from_millis(args.delay), in_order: args.in_order };
    let seeds = args.seed..args.seed.saturating_add(args.runs);
    eprintln!("{}, seeds {} to {}", platform.title(), seeds.start, seeds.end.saturating_sub(1));
    let tally = run_all(&database.db, platform, seeds, args.at_once, weather, show).await?;
    eprintln!();
    for line in tally.example.iter().chain(&tally.wrong) {
        println!("{line}");
    }
    Ok(tally)
}

fn row(platform: Platform, tally: &Tally, took: Duration) -> Vec<String> {
    let numbers = [
        tally.published,
        tally.taken_back,
        tally.struck as u64,
        tally.tries as u64,
        tally.count("duplicate:"),
        tally.count("orphan:"),
        tally.count("stuck"),
        tally.count("too early"),
        tally.wrong.len() as u64,
        took.as_secs(),
    ];
    [platform.title().to_owned()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
}

/// Columns as wide as their widest entry; numbers to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(&cells.collect::<Vec<_>>().join("  "));
        text.push('\n');
    }
    text
}
