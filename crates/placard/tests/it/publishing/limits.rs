//! Limits of calls that are used up: processes count together, and what must wait says until when.

use crate::support::{Installation, Run, Spec};
use anyhow::{Result, ensure};
use chrono::{TimeDelta, Utc};
use placard_domain::{
    Platform,
    plan::ObjectKind,
    quota::{Claim, Grant, Kept, Made, Window},
};
use placard_sandbox::{Status, TIKTOK_APP_ID};
use placard_store::call_log;
use std::time::Duration;

const LEVEL: (&str, &str) = ("PLACARD_TIKTOK_APP_LEVEL", "basic");
const DAY: Duration = Duration::from_secs(86_400);

/// Somebody, another process or tenant of the app, has called `path` as often as the app may in a day.
async fn use_up(installation: &Installation, path: &str, calls: u32) -> Result<()> {
    let an_hour_ago = Made { ago: Duration::from_secs(3_600), calls };
    let claim = Claim {
        holder: 1,
        windows: vec![Window { calls, length: DAY }],
        learning: None,
        kept: Kept::NONE,
        least: 0,
        wanted: 0,
        hold: Duration::ZERO,
        made: vec![an_hour_ago],
        under_way: 0,
        regardless: false,
    };
    let subject = format!("tiktok/{TIKTOK_APP_ID}/{path}");
    let db = &installation.database.db;
    let grant = call_log::change(db, &subject, |log, now| log.exchange(&claim, now)).await?;
    ensure!(grant == Grant::Calls(0), "{grant:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_day_lays_a_deployment_down_until_it_is_over() -> Result<()> {
    let installation = Installation::open_on(Platform::Tiktok).await?;
    let file = Spec { platform: Platform::Tiktok, ..Spec::default() }.write(installation.folder(), "spec")?;
    use_up(&installation, "ad/create/", 86_400).await?;
    let mut apply = installation.placard(&["apply", "--yes", "-f", &file]);
    let run = Run::of(apply.env(LEVEL.0, LEVEL.1)).await?;
    let over = Utc::now() + TimeDelta::hours(23);
    for said in
        ["86400 a day", "`ad/create/`", LEVEL.0, "goes on at", &over.format("%Y-%m-%d %H:").to_string()]
    {
        ensure!(run.stderr.contains(said), "it does not say `{said}`: {}", run.stderr);
    }
    ensure!(run.code() == Some(4), "it ended with {:?}: {}", run.code(), run.stderr);
    let ads = installation.world()?.living().filter(|object| object.kind == ObjectKind::Ad).count();
    ensure!(ads == 0, "{ads} ads were made");

    // A worker that looks after it too early lays it down again instead of waiting.
    let mut connection = installation.database.superuser().await;
    sqlx::query("update job_waiting set due_at = now()").execute(&mut connection).await?;
    let mut worker = installation.placard(&["worker", "--once"]);
    let looked = Run::of(worker.env(LEVEL.0, LEVEL.1)).await?;
    ensure!(looked.stdout.contains("rescue_deployment"), "{} {}", looked.stdout, looked.stderr);

    // A day later.
    call_log::purge(&installation.database.db, Utc::now() + TimeDelta::days(1)).await?;
    sqlx::query("update job_waiting set due_at = now()").execute(&mut connection).await?;
    let mut worker = installation.placard(&["worker", "--once"]);
    let resumed = Run::of(worker.env(LEVEL.0, LEVEL.1)).await?;
    ensure!(resumed.code() == Some(0), "{}", resumed.stderr);
    let world = installation.world()?;
    let running =
        world.living().filter(|object| object.kind.runs() && object.status == Status::Active).count();
    ensure!(running == 4, "a campaign, its ad group and two ads run, not {running}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stops_a_campaign_goes_out_although_the_day_is_used_up() -> Result<()> {
    let installation = Installation::open_on(Platform::Tiktok).await?;
    installation.publish(&Spec { platform: Platform::Tiktok, ..Spec::default() }).await?;
    for path in ["campaign/get/", "adgroup/get/", "ad/get/", "campaign/status/update/"] {
        use_up(&installation, path, 864_000).await?;
    }
    let mut pause = installation.placard(&["pause", "spring-sale", "--yes"]);
    let run = Run::of(pause.env(LEVEL.0, LEVEL.1)).await?;
    ensure!(run.code() == Some(0), "{}", run.stderr);
    let world = installation.world()?;
    let campaign = world.living().find(|object| object.kind == ObjectKind::Campaign);
    ensure!(campaign.is_some_and(|campaign| campaign.status == Status::Paused), "it still runs");
    Ok(())
}
