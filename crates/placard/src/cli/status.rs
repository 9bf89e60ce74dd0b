//! `placard status` and `placard history`: what stands, and how it came to be.

use super::{
    ExitCode,
    desk::{self, Desk},
    paint::Paint,
};
use crate::{
    api::view::{BudgetKind, BudgetView, CampaignView, DeploymentView, PlaceView},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::{
    Money,
    plan::ObjectKind,
    spec::RunState,
    status::{CampaignStatus, DeploymentStatus},
};
use serde_json::json;

/// `placard status`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The campaign's key. Every campaign is listed if it is left out.
    campaign: Option<String>,
}

/// `placard history`
#[derive(clap::Args, Debug)]
pub(super) struct HistoryArgs {
    /// The campaign's key.
    campaign: String,
    /// Show every step.
    #[arg(long)]
    steps: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard status", async |desk| match &args.campaign {
        Some(key) => show(desk, settings, key).await,
        None => list(desk, settings).await,
    })
    .await
}

async fn list(desk: &dyn Desk, settings: &Settings) -> Result<ExitCode> {
    let campaigns = desk.campaigns().await?;
    let paint = Paint::for_stdout();
    if campaigns.is_empty() && !settings.json {
        println!("No campaign is stored yet; begin with {}", paint.cyan("placard init"));
    }
    for one in &campaigns {
        if settings.json {
            println!(
                "{}",
                json!({"key": one.key, "name": one.name, "status": one.status, "objective": one.objective, "revision": one.revision, "error": one.error})
            );
        } else {
            let status = format!("{:<11}", one.status);
            println!(
                "{} {:<28} {:<11} {}",
                coloured(one.status, status, paint),
                paint.bold(&one.key),
                one.objective,
                budget(one)
            );
        }
    }
    Ok(ExitCode::Done)
}

async fn show(desk: &dyn Desk, settings: &Settings, key: &str) -> Result<ExitCode> {
    let campaign = desk::find(desk, key).await?;
    for place in desk.standing(&campaign).await? {
        show_one(settings, &campaign, &place);
    }
    Ok(ExitCode::Done)
}

fn show_one(settings: &Settings, campaign: &CampaignView, place: &PlaceView) {
    let CampaignView { key, name, status, error, .. } = campaign;
    let PlaceView { account, objects, unfinished, .. } = place;
    if settings.json {
        let objects: Vec<_> = objects
            .iter()
            .map(|object| json!({"key": object.key, "name": object.name, "remote_id": object.remote_id, "run": object.run, "effective": object.effective}))
            .collect();
        println!(
            "{}",
            json!({"key": key, "name": name, "account": account, "status": status, "error": error, "objects": objects})
        );
        return;
    }
    let paint = Paint::for_stdout();
    println!(
        "{} {} {} {}",
        paint.bold(name),
        coloured(*status, status.to_string(), paint),
        budget(campaign),
        paint.dim(format!("{} {}", account.platform.title(), account.id))
    );
    if let Some(error) = error {
        println!("  {} {error}", paint.red("!"));
    }
    for kind in [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad] {
        for object in objects.iter().filter(|object| object.key.kind == kind) {
            let switch =
                if object.run == Some(RunState::Active) { paint.green("▶") } else { paint.yellow("‖") };
            println!(
                "  {switch} {:<9} {:<34} {} {}",
                kind.title(),
                object.name,
                paint.dim(&object.remote_id),
                paint.dim(object.effective.as_deref().unwrap_or_default())
            );
        }
    }
    let others = objects.iter().filter(|object| !object.key.kind.runs()).count();
    println!("  {}", paint.dim(format!("and {others} objects that these are made of")));
    if let Some(stopped) = unfinished {
        println!(
            "  {} a deployment did not finish: {} or {}",
            paint.yellow("!"),
            paint.cyan(format!("placard resume {key}")),
            paint.cyan(format!("placard rollback {key}"))
        );
        show_deployment(stopped, false, paint);
    }
}

pub(super) async fn history(settings: &Settings, args: HistoryArgs) -> Result<ExitCode> {
    desk::at(settings, "placard history", async |desk| show_history(desk, settings, &args).await).await
}

async fn show_history(desk: &dyn Desk, settings: &Settings, args: &HistoryArgs) -> Result<ExitCode> {
    let campaign = desk::find(desk, &args.campaign).await?;
    for one in &desk.history(&campaign).await? {
        if settings.json {
            let steps: Vec<_> = one.steps.iter().map(|step| json!({"key": step.key, "status": step.status, "attempt": step.attempt, "remote_id": step.remote_id, "response": step.response, "error": step.error})).collect();
            println!(
                "{}",
                json!({"id": one.id, "kind": one.kind, "status": one.status, "actor": one.actor, "created_at": one.created_at, "finished_at": one.finished_at, "retries": one.retry_count, "error": one.error, "steps": steps})
            );
        } else {
            show_deployment(one, args.steps, Paint::for_stdout());
        }
    }
    Ok(ExitCode::Done)
}

fn show_deployment(one: &DeploymentView, steps: bool, paint: Paint) {
    let done = one.done;
    let status = match one.status {
        DeploymentStatus::Succeeded => paint.green(one.status),
        DeploymentStatus::Pending | DeploymentStatus::Running => paint.yellow(one.status),
        DeploymentStatus::Failed | DeploymentStatus::Interrupted | DeploymentStatus::RolledBack => {
            paint.red(one.status)
        }
    };
    let when = one.created_at.format("%Y-%m-%d %H:%M UTC");
    println!(
        "  {when}  {:<7} {status}  {done} of {} steps  {}",
        one.kind,
        one.steps.len(),
        paint.dim(&one.actor)
    );
    if let Some(error) = &one.error {
        println!("      {} {}", paint.red("!"), error.message);
    }
    for step in one.steps.iter().filter(|_| steps) {
        let id = step.remote_id.as_ref().map(ToString::to_string).unwrap_or_default();
        println!("      {:<11} {} {}", step.status, step.key, paint.dim(id));
    }
}

fn budget(campaign: &CampaignView) -> String {
    match campaign.budget {
        Some(BudgetView { kind: BudgetKind::Daily, amount }) => format!("{} a day", Money::from(amount)),
        Some(BudgetView { kind: BudgetKind::Lifetime, amount }) => format!("{} in all", Money::from(amount)),
        None => String::new(),
    }
}

fn coloured(status: CampaignStatus, text: String, paint: Paint) -> String {
    match status {
        CampaignStatus::Active => paint.green(text),
        CampaignStatus::Error => paint.red(text),
        CampaignStatus::Publishing | CampaignStatus::Paused => paint.yellow(text),
        CampaignStatus::Draft
        | CampaignStatus::Ready
        | CampaignStatus::Completed
        | CampaignStatus::Archived => text,
    }
}
