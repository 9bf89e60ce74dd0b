//! `placard apply`: make it so.

use super::{
    ExitCode,
    confirm::confirm,
    desk::{self, Desk, Place, Work},
    failure,
    paint::Paint,
    plan_view::PlanView,
    pushing::Pushing,
    words::counted,
};
use crate::{
    publishing::{Aim, Applied, Planned, PublishError},
    session,
    settings::Settings,
};
use anyhow::Result;
use placard_domain::{PlanId, plan::DriftPolicy};
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
    #[command(flatten)]
    pushing: Pushing,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard apply", async |desk| apply(desk, settings, &args).await).await
}

async fn apply(desk: &dyn Desk, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    let works = desk.works(&args.file, args.plan).await?;
    let policies = args.pushing.policies(&works).await?;
    for (work, policy) in works.iter().zip(policies) {
        code = code.worse(apply_one(settings, args, work, policy).await?);
    }
    Ok(code)
}

async fn apply_one(
    settings: &Settings,
    args: &Args,
    work: &Work<'_>,
    policy: DriftPolicy,
) -> Result<ExitCode> {
    let planned = match args.plan {
        Some(id) => work.place.stored(id).await,
        None => work.place.plan(Aim::Spec(policy), true).await,
    };
    let planned = planned.map_err(|error| work.file.locate(error))?;
    carry_out(&*work.place, &planned, settings, args.yes).await
}

/// Shows a plan, asks, applies it and says what happened.
pub(super) async fn carry_out(
    place: &dyn Place,
    planned: &Planned,
    settings: &Settings,
    agreed: bool,
) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    if !settings.json {
        let currency = planned.plan.cost.after.currency();
        let platform = session::pure(place.account().platform)?;
        let view = PlanView { platform: &*platform, currency, paint };
        print!("{}", view.render(&planned.plan, place.title()));
    }
    if !planned.plan.conflicts.is_empty() {
        return Err(PublishError::Undecided(Box::new(planned.plan.clone())).into());
    }
    if !planned.plan.steps.is_empty() && !confirm("\nDo this?", agreed || settings.json)? {
        println!("Nothing was done.");
        return Ok(ExitCode::Undecided);
    }
    let begun = Instant::now();
    let applied = match place.apply(planned).await {
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
pub(super) fn with_way_on(error: anyhow::Error, key: &str, paint: Paint) -> anyhow::Error {
    if failure::leaves_a_deployment(&error) {
        eprintln!(
            "  {} go on with {}, or take it back with {}",
            paint.cyan("→"),
            paint.cyan(format!("placard resume {key}")),
            paint.cyan(format!("placard rollback {key}"))
        );
    }
    error
}
