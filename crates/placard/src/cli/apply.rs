//! `placard apply`: make it so.

use super::{
    ExitCode,
    confirm::confirm,
    paint::Paint,
    plan::{Work, policy},
    plan_view::PlanView,
    publisher::Bench,
    words::counted,
};
use crate::{
    publishing::{Applied, Planned, PublishError, Publisher, Turn},
    session::Session,
    settings::Settings,
};
use anyhow::Result;
use placard_domain::PlanId;
use placard_store::{campaign, plan, tenant::Tenant};
use serde_json::json;
use std::{path::PathBuf, time::Instant};

/// `placard apply`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The spec.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// A plan that `placard plan` showed: it is applied as it was shown, or refused if something changed since.
    #[arg(long, value_name = "ID")]
    plan: Option<PlanId>,
    /// Overwrite what others changed on the platform.
    #[arg(long)]
    push: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard apply").await?;
    let outcome = apply(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn apply(session: &Session, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    let mut all = Work::begin(session, &args.file).await?;
    if let Some(id) = args.plan {
        all = of_plan(session, all, id).await?;
    }
    for work in &all {
        code = code.worse(apply_one(session, settings, args, work).await?);
    }
    Ok(code)
}

/// The one whose account a stored plan is for.
async fn of_plan(session: &Session, mut all: Vec<Work>, id: PlanId) -> Result<Vec<Work>> {
    let Some(tenant) = all.first().map(|work| work.tenant.id) else { return Ok(all) };
    let mut tx = session.db().tenant(tenant).await?;
    let stored = plan::get(&mut tx, id).await?;
    tx.commit().await?;
    all.retain(|work| *work.reach.account() == stored.plan.account);
    anyhow::ensure!(!all.is_empty(), "the spec does not name {}, which the plan is for", stored.plan.account);
    Ok(all)
}

async fn apply_one(session: &Session, settings: &Settings, args: &Args, work: &Work) -> Result<ExitCode> {
    let bench = Bench::new(Some(work.file.assets.clone()));
    let publisher = bench.publisher(session, &work.tenant, &work.reach, &work.file.campaign.key);
    work.check(&publisher)?;
    set_down_unfinished(session, &work.tenant, &publisher, &work.file.campaign.key, Turn::InOrder).await?;
    publisher.health().await?;
    let planned = match args.plan {
        Some(id) => publisher.stored(id).await?,
        None => work.plan(&publisher, policy(args.push)).await?,
    };
    carry_out(&publisher, &planned, &work.file.campaign.name, settings, args.yes).await
}

/// Finds out how far an earlier deployment came, so that the plan goes on from there.
pub(super) async fn set_down_unfinished(
    session: &Session,
    tenant: &Tenant,
    publisher: &Publisher<'_>,
    key: &str,
    turn: Turn,
) -> Result<()> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let known = campaign::find(&mut tx, key).await?;
    tx.commit().await?;
    if let Some(known) = known {
        publisher.set_down(known.id, key, turn).await?;
    }
    Ok(())
}

/// Shows a plan, asks, applies it and says what happened.
pub(super) async fn carry_out(
    publisher: &Publisher<'_>,
    planned: &Planned,
    title: &str,
    settings: &Settings,
    agreed: bool,
) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    if !settings.json {
        let currency = planned.plan.cost.after.currency();
        let view = PlanView { platform: publisher.platform, currency, paint };
        print!("{}", view.render(&planned.plan, title));
    }
    if !planned.plan.conflicts.is_empty() {
        return Err(PublishError::Undecided(Box::new(planned.plan.clone())).into());
    }
    if !planned.plan.steps.is_empty() && !confirm("\nDo this?", agreed || settings.json)? {
        println!("Nothing was done.");
        return Ok(ExitCode::Undecided);
    }
    let begun = Instant::now();
    let applied = match publisher.apply(planned).await {
        Ok(applied) => applied,
        Err(error) => return Err(with_way_on(error, &planned.plan.campaign, paint)),
    };
    match applied {
        Applied::Nothing if settings.json => println!("{}", json!({"applied": 0})),
        Applied::Nothing => {}
        Applied::Done { deployment, steps, calls } if settings.json => {
            println!("{}", json!({"deployment_id": deployment, "applied": steps, "calls": calls}));
        }
        Applied::Done { steps, calls, .. } => {
            let seconds = begun.elapsed().as_secs_f32();
            println!(
                "{} {} done and verified, with {} in {seconds:.1} s",
                paint.green("✓"),
                counted(steps, "step"),
                counted(calls, "writing call")
            );
        }
    }
    Ok(ExitCode::Done)
}

/// A deployment that stopped can be resumed or rolled back, and people must know how.
pub(super) fn with_way_on(error: PublishError, key: &str, paint: Paint) -> anyhow::Error {
    if error.deployment().is_some() {
        eprintln!(
            "  {} go on with {}, or take it back with {}",
            paint.cyan("→"),
            paint.cyan(format!("placard resume {key}")),
            paint.cyan(format!("placard rollback {key}"))
        );
    }
    error.into()
}
