//! `placard worker`: background work.

use super::{ExitCode, paint::Paint, words::counted};
use crate::{
    publishing::Stop,
    session::Session,
    settings::Settings,
    work::{
        self, Done, Upkeep,
        outreach::{Post, deliver, round},
    },
};
use anyhow::Result;
use placard_store::jobs::{Fate, Worker};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

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
    let outcome = if args.once {
        once(&session, &mut worker).await
    } else {
        until_stopped(&session, &mut worker).await
    };
    drop(worker);
    session.close().await?;
    outcome?;
    Ok(ExitCode::Done)
}

async fn once(session: &Session, worker: &mut Worker) -> Result<()> {
    Upkeep::default().if_due(session.db(), || session.documents(), chrono::Utc::now()).await?;
    loop {
        let done = work::do_due(session, worker).await?;
        done.iter().for_each(show);
        if done.is_empty() {
            break;
        }
    }
    loop {
        let posts = round(session, &Stop::default()).await?;
        posts.iter().for_each(show_post);
        if !posts.iter().any(|post| matches!(&post.outcome, Ok(pass) if pass.unfinished)) {
            return Ok(());
        }
    }
}

/// Works until a signal comes. A job is left to the next worker; a message under way is handed over first.
async fn until_stopped(session: &Session, worker: &mut Worker) -> Result<()> {
    let (stop, mut term) = (Stop::default(), signal(SignalKind::terminate())?);
    let jobs = async {
        let outcome = tokio::select! {
            outcome = go(session, worker) => outcome,
            _ = tokio::signal::ctrl_c() => Ok(()),
            _ = term.recv() => Ok(()),
        };
        stop.ask();
        outcome
    };
    tokio::join!(jobs, deliver(session, &stop, show_post)).0
}

async fn go(session: &Session, worker: &mut Worker) -> Result<()> {
    let mut upkeep = Upkeep::default();
    loop {
        upkeep.if_due(session.db(), || session.documents(), chrono::Utc::now()).await?;
        let done = work::do_due(session, worker).await?;
        done.iter().for_each(show);
        if done.is_empty() {
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

fn show_post(post: &Post) {
    let paint = Paint::for_stdout();
    let pass = match &post.outcome {
        Ok(pass) => pass,
        Err(error) => return println!("{} outreach of {}: {error:#}", paint.red("✗"), post.tenant),
    };
    if pass.sent > 0 {
        let sent = counted(usize::try_from(pass.sent).unwrap_or(usize::MAX), "message");
        println!("{} outreach: {sent} handed over", paint.green("✓"));
    }
    if let Some(refusal) = &pass.refusal {
        let (refused, unknown) = (pass.refused, pass.unknown);
        println!("{} outreach: {refused} refused, {unknown} unknown: {refusal}", paint.yellow("·"));
    }
}
