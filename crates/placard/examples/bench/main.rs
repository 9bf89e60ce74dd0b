//! Measures what Placard promises about speed, each figure beside a baseline of the same run on the same server.
//!
//! `./x bench` runs everything, `./x bench NAME` one part, `--quick` small sizes. What each figure and its bar mean is
//! in `bench/README.md`. Ends with 1 if a bar is missed.

mod api;
mod campaign;
#[path = "../shared/connection.rs"]
mod connection;
mod documents;
mod figure;
mod ingest;
mod jobs;
mod planning;
mod publishing;
mod quota;
mod server;
mod timing;
mod website;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use figure::Figure;
use placard_domain::Platform;
use server::Server;
use std::process::ExitCode;

/// Speed, as ratios against a baseline measured in the same run.
#[derive(Parser, Debug)]
#[command(name = "./x bench")]
struct Args {
    /// What to measure; everything if left out.
    part: Option<Part>,
    /// Of `quota`: one platform only.
    #[arg(long)]
    platform: Option<Platform>,
    /// Small sizes: to see that it works, not how fast.
    #[arg(long)]
    quick: bool,
    /// Rounds of each measurement; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long the queue is watched for decay, in minutes. The bar is about ten.
    #[arg(long)]
    minutes: Option<f64>,
    /// Of `documents`: how many profiles there are in the end. 100,000 unless told otherwise.
    #[arg(long)]
    profiles: Option<usize>,
    /// Of `documents`: how many in MongoDB. The server that `./x bench` brings is slow, so a twentieth of --profiles.
    #[arg(long)]
    mongodb_profiles: Option<usize>,
    /// Take from a shared limit until refused; how the bench runs itself as another process.
    #[arg(long, hide = true, num_args = 2, value_names = ["REDIS", "SUBJECT"])]
    lessee: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Plans of 10,000 ads.
    Planning,
    /// Calls for one campaign.
    Publishing,
    /// A publishing that an account's limits are too small for.
    Quota,
    /// A file of 200,000 rows.
    Ingest,
    /// Jobs that are there already.
    Jobs,
    /// Jobs that keep coming while an old snapshot is held.
    JobsDecay,
    /// Requests over HTTP, row-level security, limits in Redis, logins.
    Api,
    /// An audit of a page that loads 300 pictures.
    Website,
    /// Profiles in both databases of documents.
    Documents,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Size {
    ads: usize,
    rows: usize,
    jobs: usize,
    decay_seconds: f64,
    /// Of each of two tenants.
    campaigns: usize,
    reads: usize,
    queries: usize,
    checks: usize,
    profiles: usize,
    mongodb_profiles: usize,
    searches: usize,
    rounds: usize,
}

impl Size {
    fn of(args: &Args) -> Self {
        let minutes = args.minutes.map(|minutes| minutes * 60.0);
        let rounds = args.rounds.max(1);
        let profiles = args.profiles.unwrap_or(if args.quick { 5_000 } else { 100_000 });
        let mongodb_profiles = args.mongodb_profiles.unwrap_or(profiles / 20);
        if args.quick {
            return Self {
                ads: 1_000,
                rows: 20_000,
                jobs: 5_000,
                decay_seconds: minutes.unwrap_or(10.0),
                campaigns: 1_000,
                reads: 4_000,
                queries: 200,
                checks: 200_000,
                profiles,
                mongodb_profiles,
                searches: 20,
                rounds,
            };
        }
        Self {
            ads: 10_000,
            rows: 200_000,
            jobs: 50_000,
            decay_seconds: minutes.unwrap_or(60.0),
            campaigns: 10_000,
            reads: 60_000,
            queries: 2_000,
            checks: 2_000_000,
            profiles,
            mongodb_profiles,
            searches: 200,
            rounds,
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome =
        tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run(&args)));
    match outcome {
        Ok(figures) if figures.iter().all(|figure| !figure.is_missed()) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: &Args) -> Result<Vec<Figure>> {
    if let Some([address, subject]) = args.lessee.as_deref() {
        api::lessee(address, subject).await?;
        return Ok(Vec::new());
    }
    let size = Size::of(args);
    let mut server = Server::make_durable().await?;
    println!("{}\n{}; the same for both sides\n", server::machine(), server.describe().await?);
    let mut figures = Vec::new();
    let measured = measure(args.part, size, args.platform, &mut figures).await;
    server.restore().await?;
    print!("{}", figure::table(&figures));
    measured.map(|()| figures)
}

async fn measure(
    only: Option<Part>,
    size: Size,
    platform: Option<Platform>,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let wanted = |part| only.is_none_or(|only| only == part);
    if wanted(Part::Planning) {
        say("planning");
        figures.extend(planning::measure(size)?);
    }
    if wanted(Part::Publishing) {
        say("publishing");
        figures.extend(publishing::measure().await?);
    }
    if wanted(Part::Quota) {
        say("quota");
        figures.extend(Box::pin(quota::measure(size, platform)).await?);
    }
    if wanted(Part::Ingest) {
        say("ingest");
        figures.extend(ingest::measure(size).await?);
    }
    if wanted(Part::Jobs) {
        say("jobs");
        figures.extend(jobs::throughput(size).await?);
    }
    if wanted(Part::JobsDecay) {
        say("jobs-decay");
        figures.extend(jobs::decay(size).await?);
    }
    if wanted(Part::Api) {
        say("api");
        figures.extend(api::measure(size).await?);
    }
    if wanted(Part::Website) {
        say("website");
        figures.extend(website::measure(size.rounds).await?);
    }
    if wanted(Part::Documents) {
        say("documents");
        figures.extend(Box::pin(documents::measure(size)).await?);
    }
    Ok(())
}

fn say(what: &str) {
    eprintln!("measuring {what} …");
}
