//! `placard drift`: what others changed on the platform.

use super::{
    ExitCode,
    apply::with_way_on,
    desk::{self, Desk, Place},
    paint::Paint,
    plan_view::PlanView,
};
use crate::{publishing::Aim, session, settings::Settings};
use anyhow::Result;
use serde_json::json;

/// `placard drift`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The campaign's key.
    campaign: String,
    /// Let what others set stand, until the spec changes that field.
    #[arg(long, conflicts_with = "push")]
    adopt: bool,
    /// Set everything back to what was applied.
    #[arg(long)]
    push: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard drift", async |desk| drift(desk, settings, &args).await).await
}

async fn drift(desk: &dyn Desk, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    let campaign = desk::find(desk, &args.campaign).await?;
    for place in desk.places(&campaign, None).await? {
        code = code.worse(drift_one(settings, args, &*place).await?);
    }
    Ok(code)
}

async fn drift_one(settings: &Settings, args: &Args, place: &dyn Place) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    let drift = place.drift().await?;
    if settings.json {
        println!("{}", json!({"drift": drift}));
    } else if drift.is_empty() {
        let title = place.account().platform.title();
        println!("{} Nobody changed anything at {title}.", paint.green("✓"));
    } else {
        let platform = session::pure(place.account().platform)?;
        let view = PlanView { platform: &*platform, currency: place.currency(), paint };
        print!("{}", view.drift(&drift));
    }
    if args.adopt && !drift.is_empty() {
        let adopted = place.adopt(&drift).await?;
        println!(
            "{} Adopted: {adopted} fields stand as they are until the spec changes them.",
            paint.green("✓")
        );
        return Ok(ExitCode::Done);
    }
    if args.push && !drift.is_empty() {
        let planned = place.plan(Aim::Restoring, false).await?;
        let applied = place.apply(&planned).await;
        applied.map_err(|error| with_way_on(error, place.key(), paint))?;
        println!("{} Set back: {} fields.", paint.green("✓"), drift.len());
        return Ok(ExitCode::Done);
    }
    Ok(if drift.is_empty() { ExitCode::Done } else { ExitCode::Undecided })
}
