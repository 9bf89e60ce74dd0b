//! `placard drift`: what others changed on the platform.

use super::{
    ExitCode, apply::with_way_on, paint::Paint, plan_view::PlanView, publisher::Bench, steer::Published,
};
use crate::{publishing::Publisher, session::Session, settings::Settings};
use anyhow::Result;
use placard_domain::plan::Drift;
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
    let session = Session::open(settings, "placard drift").await?;
    let outcome = drift(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn drift(session: &Session, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    for published in &Published::find(session, &args.campaign).await? {
        code = code.worse(drift_one(session, settings, args, published).await?);
    }
    Ok(code)
}

async fn drift_one(
    session: &Session,
    settings: &Settings,
    args: &Args,
    published: &Published,
) -> Result<ExitCode> {
    let bench = Bench::new(None);
    let publisher = bench.publisher(session, &published.tenant, &published.reach, &args.campaign);
    let currency = published.reach.account.description.currency;
    let paint = Paint::for_stdout();
    let drift = publisher.drift(&published.campaign, currency).await?;
    if settings.json {
        println!("{}", json!({"drift": drift}));
    } else if drift.is_empty() {
        let title = published.reach.account().platform.title();
        println!("{} Nobody changed anything at {title}.", paint.green("✓"));
    } else {
        let view = PlanView { platform: &*published.reach.platform, currency, paint };
        print!("{}", view.drift(&drift));
    }
    if args.adopt && !drift.is_empty() {
        return adopt(&publisher, published, &drift, paint).await;
    }
    if args.push && !drift.is_empty() {
        let planned = publisher.plan_push(&published.campaign, currency).await?;
        let applied = publisher.apply(&planned).await;
        applied.map_err(|error| with_way_on(error, &args.campaign, paint))?;
        println!("{} Set back: {} fields.", paint.green("✓"), drift.len());
        return Ok(ExitCode::Done);
    }
    Ok(if drift.is_empty() { ExitCode::Done } else { ExitCode::Undecided })
}

async fn adopt(
    publisher: &Publisher<'_>,
    published: &Published,
    drift: &[Drift],
    paint: Paint,
) -> Result<ExitCode> {
    publisher.adopt(published.campaign.id, drift).await?;
    println!(
        "{} Adopted: {} fields stand as they are until the spec changes them.",
        paint.green("✓"),
        drift.len()
    );
    Ok(ExitCode::Done)
}
