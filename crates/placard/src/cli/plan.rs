//! `placard plan`: what would happen.

use super::{
    ExitCode,
    desk::{self, Desk, Work},
    paint::Paint,
    plan_view::PlanView,
    pushing::Pushing,
};
use crate::{
    publishing::{Aim, Planned},
    session,
    settings::Settings,
};
use anyhow::Result;
use placard_domain::plan::DriftPolicy;
use serde_json::json;
use std::path::PathBuf;

/// `placard plan`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The spec.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    pushing: Pushing,
    /// Show the exact requests as well.
    #[arg(long)]
    requests: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard plan", async |desk| plan(desk, settings, &args).await).await
}

async fn plan(desk: &dyn Desk, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    let works = desk.works(&args.file, None).await?;
    let policies = args.pushing.policies(&works).await?;
    for (work, policy) in works.iter().zip(policies) {
        code = code.worse(plan_one(settings, args, work, policy).await?);
    }
    Ok(code)
}

async fn plan_one(
    settings: &Settings,
    args: &Args,
    work: &Work<'_>,
    policy: DriftPolicy,
) -> Result<ExitCode> {
    let planned = work.place.plan(Aim::Spec(policy), false).await;
    let planned = planned.map_err(|error| work.file.locate(error))?;
    if settings.json {
        println!("{}", json!({"plan_id": planned.id, "plan": planned.plan, "requests": planned.requests}));
        return Ok(code(&planned));
    }
    work.file.show_warnings();
    let paint = Paint::for_stdout();
    let platform = session::pure(work.place.account().platform)?;
    let view = PlanView { platform: &*platform, currency: work.file.campaign.currency, paint };
    print!("{}", view.render(&planned.plan, &work.file.campaign.name));
    if args.requests {
        println!("{}", serde_json::to_string_pretty(&planned.requests)?);
    }
    if !planned.plan.steps.is_empty() && planned.plan.conflicts.is_empty() {
        let command = format!("placard apply -f {} --plan {}", args.file.display(), planned.id);
        println!("\n{} {}", paint.dim("Make it so:"), paint.cyan(command));
    }
    Ok(code(&planned))
}

fn code(planned: &Planned) -> ExitCode {
    if planned.plan.conflicts.is_empty() { ExitCode::Done } else { ExitCode::Undecided }
}
