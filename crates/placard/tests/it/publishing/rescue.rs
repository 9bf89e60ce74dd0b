//! A worker takes up what a dead process left.

use crate::support::{Installation, Run, Spec};
use anyhow::{Result, ensure};
use placard_domain::{
    Platform,
    plan::{Action, ObjectKind},
};
use placard_sandbox::{Action as Fault, Failure, FaultPlan, Match, Rule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_finishes_what_a_dead_process_left_with_its_pictures_unsent() -> Result<()> {
    rescued_after("after_store meta/campaign:spring-sale/create").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_finishes_what_a_dead_process_left_without_an_answer() -> Result<()> {
    rescued_after("before_store meta/ad_group:group-0/create").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_leaves_alone_what_the_platform_refused() -> Result<()> {
    let installation = Installation::open().await?;
    let file = Spec::default().write(installation.folder(), "spec")?;
    let when = Match { path_contains: Some("/adimages".to_owned()), ..Match::default() };
    let refusal = Fault::ErrorBefore(Failure { status: 403, code: 200, subcode: None });
    let rules = vec![Rule { when, action: refusal }];
    installation.sandbox.set_faults(FaultPlan { rules, ..FaultPlan::default() });
    installation.refuses(&["apply", "--yes", "-f", &file], 1).await?;
    installation.sandbox.clear_faults();

    make_due(&installation).await?;
    let before = installation.seq();
    let said = installation.must(&["worker", "--once"]).await?;
    ensure!(said.contains("rescue_deployment"), "the worker did not look: {said}");
    ensure!(installation.writes_since(before) == 0, "the worker went on without being asked");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_finished_is_taken_back_after_thirty_days_and_not_before() -> Result<()> {
    for platform in Platform::ALL {
        taken_back_after_thirty_days(platform).await?;
    }
    Ok(())
}

async fn taken_back_after_thirty_days(platform: Platform) -> Result<()> {
    let installation = Installation::open_on(platform).await?;
    let spec = Spec { groups: 2, platform, ..Spec::default() };
    let file = spec.write(installation.folder(), "spec")?;
    let mut killed = installation.placard(&["apply", "--yes", "-f", &file]);
    killed.env("PLACARD_BATCH", "4");
    killed.env("PLACARD_CRASH_AT", format!("after_store {platform}/ad_group:group-0/create"));
    ensure!(Run::of(&mut killed).await?.was_killed(), "the moment never came");
    let mut database = installation.database.superuser().await;
    // Nobody but the clean-up is to look after it.
    sqlx::query("delete from job_waiting").execute(&mut database).await?;

    for (days, cleaned) in [(29, false), (31, true)] {
        sqlx::query("update deployment set started_at = now() - make_interval(days => $1)")
            .bind(days)
            .execute(&mut database)
            .await?;
        let said = installation.must(&["worker", "--once"]).await?;
        ensure!(said.contains("clean_up") == cleaned, "{platform}, after {days} days: {said}");
        let world = installation.world()?;
        let left = world.living().filter(|object| object.kind != ObjectKind::Image).count();
        ensure!((left == 0) == cleaned, "{platform}: {left} objects are left after {days} days");
        let strays = world.stray_parts();
        ensure!(!cleaned || strays.is_empty(), "{platform}: {}", strays.join("\n"));
    }
    Ok(())
}

async fn rescued_after(point: &str) -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec { groups: 2, ..Spec::default() };
    let file = spec.write(installation.folder(), "spec")?;
    let steps = installation.plan(&file).await?.steps.into_iter();
    let wanted = steps.filter(|step| step.action == Action::Create).map(|step| step.object).collect();
    let mut killed = installation.placard(&["apply", "--yes", "-f", &file]);
    killed.env("PLACARD_BATCH", "1").env("PLACARD_CRASH_AT", point);
    ensure!(Run::of(&mut killed).await?.was_killed(), "the moment never came");

    make_due(&installation).await?;
    let said = installation.must(&["worker", "--once"]).await?;
    ensure!(said.contains("rescue_deployment"), "the worker did nothing: {said}");
    let faults = installation.faults_of_first_publishing(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// Jobs that wait for a while wait no longer.
async fn make_due(installation: &Installation) -> Result<()> {
    let mut connection = installation.database.superuser().await;
    let moved = sqlx::query("update job_waiting set due_at = now()").execute(&mut connection).await?;
    ensure!(moved.rows_affected() > 0, "no job waits");
    Ok(())
}
