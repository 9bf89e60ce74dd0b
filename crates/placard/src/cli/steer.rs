//! `placard pause`, `resume`, `rollback`, `delete`: steering what is published, by the same path as everything else.

use super::{
    ExitCode,
    apply::{carry_out, with_way_on},
    desk::{self, Desk, Place},
    paint::Paint,
    words::counted,
};
use crate::{
    publishing::{Aim, Applied},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::spec::RunState;
use std::path::PathBuf;

/// Which campaign.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The campaign's key, as `placard status` lists it.
    campaign: String,
    /// The spec, if a deployment that is resumed still has pictures to send.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

/// What a command does with a published campaign.
#[derive(Clone, Copy)]
enum Steer {
    Pause,
    Resume,
    RollBack,
    Delete,
}

pub(super) async fn pause(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Pause).await
}

pub(super) async fn resume(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Resume).await
}

pub(super) async fn roll_back(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::RollBack).await
}

pub(super) async fn delete(settings: &Settings, args: Args) -> Result<ExitCode> {
    run(settings, args, Steer::Delete).await
}

async fn run(settings: &Settings, args: Args, steer: Steer) -> Result<ExitCode> {
    let command = match steer {
        Steer::Pause => "placard pause",
        Steer::Resume => "placard resume",
        Steer::RollBack => "placard rollback",
        Steer::Delete => "placard delete",
    };
    desk::at(settings, command, async |desk| act(desk, settings, &args, steer).await).await
}

async fn act(desk: &dyn Desk, settings: &Settings, args: &Args, steer: Steer) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    let campaign = desk::find(desk, &args.campaign).await?;
    for place in desk.places(&campaign, args.file.as_deref()).await? {
        code = code.worse(act_one(settings, args, steer, &*place).await?);
    }
    Ok(code)
}

async fn act_one(settings: &Settings, args: &Args, steer: Steer, place: &dyn Place) -> Result<ExitCode> {
    match steer {
        Steer::Pause => switch(settings, place, RunState::Paused).await,
        Steer::Resume => match place.resume().await {
            Ok(None) => switch(settings, place, RunState::Active).await,
            Ok(Some(applied)) => Ok(said_resumed(place.key(), &applied)),
            Err(error) => Err(with_way_on(error, place.key(), Paint::for_stderr())),
        },
        Steer::RollBack => {
            let removed = place.roll_back().await?.removed;
            let paint = Paint::for_stdout();
            println!("{} Taken back: {removed} objects removed from the platform.", paint.green("✓"));
            Ok(ExitCode::Done)
        }
        Steer::Delete => {
            let planned = place.plan(Aim::Removal, true).await?;
            carry_out(place, &planned, settings, args.yes).await
        }
    }
}

fn said_resumed(key: &str, applied: &Applied) -> ExitCode {
    let paint = Paint::for_stdout();
    match applied {
        Applied::Nothing => println!("{} `{key}` had nothing left to do.", paint.green("✓")),
        Applied::Done { steps, calls, .. } => {
            println!(
                "{} `{key}` is done: {} verified, {} in this run.",
                paint.green("✓"),
                counted(*steps, "step"),
                counted(*calls, "writing call")
            );
        }
    }
    ExitCode::Done
}

/// Plans and applies one change: whether the campaign runs. Everything else stays as it was applied.
async fn switch(settings: &Settings, place: &dyn Place, run: RunState) -> Result<ExitCode> {
    let planned = place.plan(Aim::Switch(run), true).await?;
    carry_out(place, &planned, settings, true).await
}
