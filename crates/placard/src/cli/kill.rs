//! `placard kill`: nothing more is sent, and what runs is paused.

use super::{
    ExitCode,
    desk::{self, Covered, Desk, Engaged},
    paint::Paint,
    scope::{ScopeArgs, title},
    words::counted,
};
use crate::{publishing::Halted, settings::Settings};
use anyhow::Result;
use placard_domain::AccountRef;
use serde_json::json;

/// `placard kill`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Why, for whoever is stopped by it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Let things be sent again. Nothing starts by itself: `placard resume` does that for each campaign.
    #[arg(long, conflicts_with_all = ["reason", "list"])]
    lift: bool,
    /// List the switches that are engaged.
    #[arg(long, conflicts_with_all = ["reason", "account", "campaign"])]
    list: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard kill", async |desk| act(desk, settings.json, &args).await).await
}

async fn act(desk: &dyn Desk, as_json: bool, args: &Args) -> Result<ExitCode> {
    if args.list {
        return list(desk, as_json).await;
    }
    let paint = Paint::for_stdout();
    let over = args.scope.find(desk).await?;
    if args.lift {
        let lifted = desk.lift(&over).await?;
        match (as_json, lifted) {
            (true, _) => println!("{}", json!({ "lifted": lifted })),
            (false, true) => println!("{} Lifted. Nothing starts by itself.", paint.green("✓")),
            (false, false) => println!("No switch is engaged for exactly this; see `placard kill --list`."),
        }
        return Ok(ExitCode::Done);
    }
    let engaged = desk.engage(&over, args.reason.as_deref()).await?;
    if as_json {
        println!("{}", json!({ "engaged": true, "new": engaged.new, "scope": over.scope }));
    } else {
        println!("{} Engaged: nothing more is sent. Pausing what runs …", paint.red("■"));
    }
    pause_all(desk, &engaged, as_json).await
}

async fn pause_all(desk: &dyn Desk, engaged: &Engaged, as_json: bool) -> Result<ExitCode> {
    let mut failed = 0;
    let mut tell = |covered: &Covered, outcome: Result<Halted>| {
        failed += usize::from(outcome.is_err());
        say(&covered.campaign, &covered.account, &outcome, as_json);
    };
    desk.halt(engaged, &mut tell).await?;
    if failed == 0 {
        return Ok(ExitCode::Done);
    }
    if !as_json {
        let what = counted(failed, "campaign");
        eprintln!("{what} could not be paused; the switch stays engaged, so run the same command again");
    }
    Ok(ExitCode::Failed)
}

fn say(key: &str, account: &AccountRef, outcome: &Result<Halted>, as_json: bool) {
    let paint = Paint::for_stdout();
    let (word, problem) = match outcome {
        Ok(Halted::Paused) => ("paused", None),
        Ok(Halted::AtRest) => ("at_rest", None),
        Err(error) => ("failed", Some(format!("{error:#}"))),
    };
    if as_json {
        println!("{}", json!({"campaign": key, "account": account, "outcome": word, "error": problem}));
        return;
    }
    match (outcome, problem) {
        (Ok(Halted::Paused), _) => println!("  {} {key} in {account}: paused", paint.green("✓")),
        (Ok(Halted::AtRest), _) => println!("  {} {key} in {account}: did not run", paint.dim("·")),
        (Err(_), problem) => {
            println!("  {} {key} in {account}: {}", paint.red("✗"), problem.unwrap_or_default());
        }
    }
}

async fn list(desk: &dyn Desk, as_json: bool) -> Result<ExitCode> {
    let engaged = desk.switches().await?;
    if engaged.is_empty() && !as_json {
        println!("No kill switch is engaged.");
    }
    for one in &engaged {
        if as_json {
            let reason = &one.reason;
            println!(
                "{}",
                json!({"scope": one.scope, "campaign": one.campaign(), "by": one.by, "at": one.at, "reason": reason})
            );
            continue;
        }
        let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let (scope, at) = (title(&one.scope, one.campaign()), one.at.format("%Y-%m-%d %H:%M UTC"));
        println!("{scope:<32} {} at {at}{reason}", one.by);
    }
    Ok(ExitCode::Done)
}
