//! `placard documents`: where a tenant's documents are, and how they get elsewhere.

use super::{ExitCode, failure::WrongInput, paint::Paint, words::counted};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use placard_domain::TenantId;
use placard_store::documents::{DocumentError, Documents, Moved, Phase, Placement, Progressed, Store};
use serde_json::json;

/// `placard documents`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Say which database holds the documents, how many there are, and how far a move has come.
    Status,
    /// Move the documents to the other database while they are used. Stopped anywhere, it goes on when it is run again.
    Migrate {
        /// Where to. The place where they are takes an unfinished move back.
        #[arg(long)]
        to: Target,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// The database that everything else is in.
    Postgres,
    /// The MongoDB of --mongodb-url.
    Mongodb,
}

impl From<Target> for Store {
    fn from(target: Target) -> Self {
        match target {
            Target::Postgres => Self::Postgres,
            Target::Mongodb => Self::MongoDb,
        }
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard documents").await?;
    let outcome = act(&session, settings.json, &args).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, args: &Args) -> Result<ExitCode> {
    let tenant = session.tenant().await?.id;
    let documents = session.documents().await?;
    let outcome = match args.command {
        Command::Status => status(session, documents, tenant, as_json).await,
        Command::Migrate { to } => migrate(documents, tenant, to.into(), as_json).await,
    };
    match outcome.as_ref().map_err(|error| error.downcast_ref::<DocumentError>()) {
        Err(Some(DocumentError::NotConnected { .. })) => {
            let words = "the documents are in MongoDB or are to go there: say where it is with --mongodb-url";
            Err(WrongInput(words.into()).into())
        }
        Err(Some(error @ DocumentError::Moving)) => {
            eprintln!("{} {error}", Paint::for_stderr().red("error:"));
            Ok(ExitCode::Busy)
        }
        _ => outcome,
    }
}

async fn status(
    session: &Session,
    documents: &Documents,
    tenant: TenantId,
    as_json: bool,
) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant).await?;
    let place = Placement::read(&mut tx).await?;
    tx.commit().await?;
    let counts = documents.counts(tenant).await?;
    if as_json {
        let counts: serde_json::Map<_, _> =
            counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        let (store, target, phase) = (place.store, place.target, place.phase);
        let moving = json!({"phase": phase, "other": target, "since": place.since, "copied": place.copied});
        println!("{}", json!({"store": store, "move": phase.map(|_| moving), "documents": counts}));
        return Ok(ExitCode::Done);
    }
    println!("The documents are in {}.", place.store);
    if let (Some(other), Some(phase), Some(since)) = (place.target, place.phase, place.since) {
        let since = since.format("%Y-%m-%d %H:%M UTC");
        match phase {
            Phase::Copying => println!(
                "A move to {other} began at {since}; {} copied. Go on with `placard documents migrate`.",
                counted(place.copied, "collection")
            ),
            Phase::Purging => {
                println!("They were moved from {other}, where old copies are still to be removed.")
            }
        }
    }
    for (name, count) in counts {
        println!("{:>12}  {name}", count);
    }
    Ok(ExitCode::Done)
}

async fn migrate(documents: &Documents, tenant: TenantId, target: Store, as_json: bool) -> Result<ExitCode> {
    let mut tell = move |progressed: Progressed| {
        if !as_json {
            say(&progressed);
        }
    };
    let Moved { store, proof, paused } = documents.move_to(tenant, target, &mut tell).await?;
    if as_json {
        let proof: serde_json::Map<_, _> = proof
            .iter()
            .map(|(name, proof)| {
                ((*name).to_owned(), json!({"documents": proof.documents, "hash": proof.hash}))
            })
            .collect();
        println!(
            "{}",
            json!({"store": store, "moved": !proof.is_empty(), "paused_ms": paused.as_millis(), "proof": proof})
        );
        return Ok(ExitCode::Done);
    }
    if proof.is_empty() {
        println!("The documents are in {store}; nothing was to be done.");
        return Ok(ExitCode::Done);
    }
    for (name, proof) in &proof {
        println!("{:>12}  {name:<20} {}", proof.documents, Paint::for_stdout().dim(&proof.hash[..16]));
    }
    println!(
        "{} The documents are in {store} now; both sides held the same. Writers waited {:.1} s.",
        Paint::for_stdout().green("✓"),
        paused.as_secs_f32()
    );
    Ok(ExitCode::Done)
}

fn say(progressed: &Progressed) {
    match progressed {
        Progressed::Copied { documents: 0, .. } | Progressed::CaughtUp { documents: 0 } => {}
        Progressed::Copied { collection, documents } => eprintln!("copied {documents} of {collection}"),
        Progressed::CaughtUp { documents } => eprintln!("caught up with {documents} that changed meanwhile"),
        Progressed::Switching => eprintln!("comparing both sides; writers wait"),
        Progressed::Switched => eprintln!("switched; removing old copies"),
    }
}
