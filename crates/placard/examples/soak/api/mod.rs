//! A server that is asked for twice what it can do: `./x soak api --minutes 10`.
//!
//! The real binary runs as a process of its own. First its capacity is measured, by clients who wait for each answer; then
//! twice as much is asked of it. What it refuses must say when to come back, what it accepts must be there in the end,
//! and its memory must not grow with what it refuses.

mod clients;
mod server;

use anyhow::{Context, Result};
use clients::{Clients, Tally};
use placard_store::testing::TestDatabase;
use server::Served;
use sqlx::PgConnection;
use std::time::{Duration, Instant};

/// How often memory is looked at.
const GLANCE: Duration = Duration::from_secs(10);
/// How long capacity is measured.
const WARM_UP: Duration = Duration::from_secs(15);
/// Clients who wait, for measuring capacity.
const PATIENT: usize = 32;
/// Clients who do not: more than may be under way at a time.
const IMPATIENT: usize = 256;
/// How much more than at the first minute the server may hold in the end.
const GROWTH: u64 = 2;

/// Asks a server for more than it can give.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how long, in minutes.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
}

/// Whether everything was right.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    let database = TestDatabase::create().await;
    let served = Served::start(&database).await?;
    let clients = Clients::of(&served);
    let (began, warm_up) = (Instant::now(), clients.ask(PATIENT, None, WARM_UP));
    warm_up.await?;
    let capacity = clients.tally().answered() as f64 / began.elapsed().as_secs_f64();
    println!(
        "capacity: {capacity:.0} answers a second to {PATIENT} clients who wait; asking for twice as many"
    );

    let asking = Duration::from_secs_f64(args.minutes * 60.0);
    let load = clients.ask(IMPATIENT, Some(capacity * 2.0), asking);
    let (loaded, memory) = tokio::join!(load, watch(&served, &clients, asking));
    loaded?;
    let memory = memory?;
    let (first, last) = (at_minute(&memory, 1), *memory.last().context("memory was never looked at")?);
    let mut wrong = clients.wrong();
    wrong.extend(served.stop().await?);
    wrong.extend(lost(&mut database.superuser().await, &clients.accepted()).await?);
    if last > first * GROWTH {
        wrong.push(format!("memory grew from {} MiB to {} MiB", first / 1024, last / 1024));
    }
    wrong.iter().for_each(|wrong| println!("wrong: {wrong}"));
    println!(
        "memory: {} MiB at 1 minute, {} at 5, {} in the end; {}",
        first / 1024,
        at_minute(&memory, 5) / 1024,
        last / 1024,
        clients.tally()
    );
    Ok(wrong.is_empty())
}

/// Looks at the server's memory, in KiB, until the time is over.
async fn watch(served: &Served, clients: &Clients, asking: Duration) -> Result<Vec<u64>> {
    let (began, mut memory, mut before) = (Instant::now(), Vec::new(), clients.tally());
    println!("minute  MiB  answered/s  refused/s");
    while began.elapsed() + GLANCE <= asking + Duration::from_secs(1) {
        tokio::time::sleep(GLANCE).await;
        let (held, now) = (served.memory()?, clients.tally());
        memory.push(held);
        let each = |now: u64, before: u64| (now - before) as f64 / GLANCE.as_secs_f64();
        println!(
            "{:6.1}  {:3}  {:10.0}  {:9.0}",
            began.elapsed().as_secs_f64() / 60.0,
            held / 1024,
            each(now.answered(), before.answered()),
            each(now.refused(), before.refused()),
        );
        before = now;
    }
    Ok(memory)
}

/// What was held at a minute, or last.
fn at_minute(memory: &[u64], minute: usize) -> u64 {
    let at = minute * 60 / GLANCE.as_secs() as usize - 1;
    memory.get(at).or(memory.last()).copied().unwrap_or_default()
}

/// Writes that were accepted and are not there.
async fn lost(superuser: &mut PgConnection, accepted: &[String]) -> Result<Option<String>> {
    let query = "select count(*) from campaign as c
        join campaign_section as s on s.tenant_id = c.tenant_id and s.campaign_id = c.id
        where c.key = any($1)";
    let there: i64 = sqlx::query_scalar(query).bind(accepted).fetch_one(superuser).await?;
    let missing = accepted.len() as i64 - there;
    Ok((missing != 0 || accepted.is_empty())
        .then(|| format!("of {} accepted writes {missing} are lost", accepted.len())))
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { read, written, limited, busy } = self;
        write!(
            f,
            "{read} reads and {written} writes accepted, {limited} refused by a limit (429), {busy} for want of room (503)"
        )
    }
}
