//! `placard worker`: background work.

use super::{ExitCode, paint::Paint};
use crate::{
    session::Session,
    settings::Settings,
    work::{self, Done, Upkeep},
};
use anyhow::Result;
use placard_store::jobs::{Fate, Worker};
use std::time::Duration;

/// `placard worker`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Do what is due now, then end.
    #[arg(long)]
    once: bool,
}

/// How long it sleeps at most before it looks again.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard worker").await?;
    let mut worker = work::worker(&session);
    let outcome = tokio::select! {
        outcome = go(&session, &mut worker, args.once) => outcome,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    drop(worker);
    session.close().await?;
    outcome?;
    Ok(ExitCode::Done)
}

async fn go(session: &Session, worker: &mut Worker, once: bool) -> Result<()> {
    let mut upkeep = Upkeep::default();
    loop {
        upkeep.if_due(session.db(), chrono::Utc::now()).await?;
        let done = work::do_due(session, worker).await?;
        done.iter().for_each(show);
        if done.is_empty() {
            if once {
                return Ok(());
            }
            worker.wait(PATIENCE).await?;
        }
    }
}

fn show(done: &Done) {
    let paint = Paint::for_stdout();
    match &done.problem {
        None => println!("{} {}", paint.green("✓"), done.kind),
        Some((words, Fate::Retried)) => {
            println!("{} {}: {words}; it is tried again", paint.yellow("·"), done.kind)
        }
        Some((words, Fate::Dead)) => println!("{} {}: {words}; it is given up", paint.red("✗"), done.kind),
        Some((words, Fate::Lost)) => {
            println!("{} {}: {words}; someone else has it", paint.yellow("·"), done.kind)
        }
    }
}
