//! `placard status` and `placard history`: what stands, and how it came to be.

use super::{
    ExitCode,
    paint::Paint,
    steer::{Published, no_campaign},
};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_domain::{
    plan::{ObjectKind, Observation},
    spec::{Budget, RunState},
    status::{CampaignStatus, DeploymentStatus, StepStatus},
};
use placard_store::{
    campaign::{self, Campaign},
    deployment::{self, Deployment},
    platform_object::{self, PlatformObject},
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
    let session = Session::open(settings, "placard status").await?;
    let outcome = match &args.campaign {
        Some(key) => show(&session, settings, key).await,
        None => list(&session, settings).await,
    };
    session.close().await?;
    outcome
}

async fn list(session: &Session, settings: &Settings) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let campaigns = campaign::list(&mut tx, &campaign::Filter::default(), 1000).await?;
    tx.commit().await?;
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

async fn show(session: &Session, settings: &Settings, key: &str) -> Result<ExitCode> {
    for published in &Published::find(session, key).await? {
        show_one(session, settings, key, published).await?;
    }
    Ok(ExitCode::Done)
}

async fn show_one(session: &Session, settings: &Settings, key: &str, published: &Published) -> Result<()> {
    let Campaign { id, name, status, error, .. } = &published.campaign;
    let mut tx = session.db().tenant(published.tenant.id).await?;
    let objects = platform_object::list(&mut tx, *id, published.reach.account()).await?;
    let unfinished = deployment::unfinished(&mut tx, *id, published.reach.account()).await?;
    tx.commit().await?;
    if settings.json {
        let objects: Vec<_> = objects
            .iter()
            .map(|object| json!({"key": object.key, "name": object.name, "remote_id": object.remote_id, "run": object.applied.run, "effective": effective(object)}))
            .collect();
        println!(
            "{}",
            json!({"key": key, "name": name, "account": published.reach.account(), "status": status, "error": error, "objects": objects})
        );
        return Ok(());
    }
    let paint = Paint::for_stdout();
    let account = published.reach.account();
    println!(
        "{} {} {} {}",
        paint.bold(name),
        coloured(*status, status.to_string(), paint),
        budget(&published.campaign),
        paint.dim(format!("{} {}", account.platform.title(), account.id))
    );
    if let Some(error) = error {
        println!("  {} {error}", paint.red("!"));
    }
    for kind in [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad] {
        for object in objects.iter().filter(|object| object.key.kind == kind) {
            let switch = if object.applied.run == Some(RunState::Active) {
                paint.green("▶")
            } else {
                paint.yellow("‖")
            };
            let effective = effective(object).unwrap_or_default();
            println!(
                "  {switch} {:<9} {:<34} {} {}",
                kind.title(),
                object.name,
                paint.dim(&object.remote_id),
                paint.dim(effective)
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
        show_deployment(&stopped, false, paint);
    }
    Ok(())
}

pub(super) async fn history(settings: &Settings, args: HistoryArgs) -> Result<ExitCode> {
    let session = Session::open(settings, "placard history").await?;
    let outcome = show_history(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn show_history(session: &Session, settings: &Settings, args: &HistoryArgs) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let Some(campaign) = campaign::find(&mut tx, &args.campaign).await? else {
        return Err(no_campaign(&mut tx, &args.campaign).await?);
    };
    let deployments = deployment::history(&mut tx, Some(campaign.id), 50).await?;
    tx.commit().await?;
    for one in &deployments {
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

fn show_deployment(one: &Deployment, steps: bool, paint: Paint) {
    let done = one.steps.iter().filter(|step| step.status == StepStatus::Done).count();
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

fn effective(object: &PlatformObject) -> Option<&str> {
    match object.observation.as_ref()? {
        Observation::Present(seen) => seen.effective.as_deref(),
        Observation::Gone => Some("gone"),
    }
}

fn budget(campaign: &Campaign) -> String {
    match campaign.budget {
        Some(Budget::Daily(amount)) => format!("{amount} a day"),
        Some(Budget::Lifetime(amount)) => format!("{amount} in all"),
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
