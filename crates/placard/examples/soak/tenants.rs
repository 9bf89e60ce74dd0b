//! Requests of two tenants that are dropped at their await points: `./x soak tenants --requests 1000000`.

#[path = "../../../placard-store/tests/it/cancellations/storm.rs"]
mod storm;

use crate::show;
use anyhow::Result;
use placard_store::{tenant, testing::TestDatabase};

/// Drops requests of two tenants anywhere.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many requests.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// What decides which are dropped, and how soon.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Whether nothing was left behind.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    let database = TestDatabase::create().await;
    let ours = tenant::create_with_admin(&database.db, "Acme", "ann@example.com", "no password").await?;
    let theirs = tenant::create_with_admin(&database.db, "Rival", "rob@example.com", "no password").await?;
    let tenants = [ours.tenant, theirs.tenant];
    let tally = storm::run(&database, tenants, args.requests, args.seed, show).await?;
    eprintln!();
    tally.wrong.iter().for_each(|wrong| println!("{wrong}"));
    println!("{tally}");
    Ok(tally.wrong.is_empty() && tally.cancelled > 0)
}
