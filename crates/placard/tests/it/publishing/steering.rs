//! Changing, pausing, resuming, deleting and taking back what is published.

use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::plan::ObjectKind as Kind;
use placard_domain::{
    plan::{Action, ObjectKey, Plan},
    status::CampaignStatus,
};
use placard_sandbox::{Action as Fault, Failure, FaultPlan, Match, Rule, Status};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_applied_spec_has_nothing_left_to_do() -> Result<()> {
    let installation = Installation::open().await?;
    let file = installation.publish(&Spec::default()).await?;
    let before = installation.seq();
    let said = installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(installation.writes_since(before) == 0, "the second apply wrote something: {said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_budget_is_one_update_of_one_field() -> Result<()> {
    let (installation, plan) = change(&Spec::default(), &Spec { daily: "90.50", ..Spec::default() }).await?;
    let [step] = &plan.steps[..] else { anyhow::bail!("{plan:#?}") };
    ensure!(step.action == Action::Update && step.fields.len() == 1, "{step:#?}");
    let world = installation.world()?;
    ensure!(world.only(Kind::Campaign, "Spring sale")?.fields["daily_budget"] == "9050");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_together_with_a_pause_leaves_both_on_record() -> Result<()> {
    let paused = Spec { daily: "90.00", status: "paused", ..Spec::default() };
    let (installation, plan) = change(&Spec::default(), &paused).await?;
    let actions: BTreeSet<Action> = plan.steps.iter().map(|step| step.action).collect();
    ensure!(actions == BTreeSet::from([Action::Pause, Action::Update]), "{actions:?}");
    let world = installation.world()?;
    ensure!(world.only(Kind::Campaign, "Spring sale")?.status == Status::Paused);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_words_are_new_creatives_and_the_old_ones_go() -> Result<()> {
    let (installation, plan) =
        change(&Spec::default(), &Spec { headline: "Ride on", ..Spec::default() }).await?;
    let count = |action| plan.steps.iter().filter(|step| step.action == action).count();
    ensure!((count(Action::Create), count(Action::Update), count(Action::Delete)) == (2, 2, 2), "{plan:#?}");
    ensure!(installation.world()?.census()[&Kind::Creative] == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ad_that_left_the_spec_is_deleted_with_its_creative() -> Result<()> {
    let first = Spec { ads: 3, ..Spec::default() };
    let (installation, plan) = change(&first, &Spec { left_out: Some((0, 1)), ..first.clone() }).await?;
    let deleted: Vec<String> = plan.steps.iter().map(|step| step.key.0.clone()).collect();
    ensure!(plan.steps.iter().all(|step| step.action == Action::Delete) && deleted.len() == 2, "{deleted:?}");
    let census = installation.world()?.census();
    ensure!((census[&Kind::Ad], census[&Kind::Creative]) == (2, 2), "{census:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_paused_resumed_and_deleted_by_its_key() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    installation.publish(&spec).await?;
    let run = |installation: &Installation| -> Result<Status> {
        Ok(installation.world()?.only(Kind::Campaign, "Spring sale")?.status)
    };
    installation.must(&["pause", &spec.key]).await?;
    ensure!(run(&installation)? == Status::Paused);
    ensure!(installation.on_record(&spec.key).await?.0.status == CampaignStatus::Paused);

    installation.must(&["resume", &spec.key]).await?;
    ensure!(run(&installation)? == Status::Active);
    ensure!(installation.on_record(&spec.key).await?.0.status == CampaignStatus::Active);

    installation.must(&["delete", "--yes", &spec.key]).await?;
    let census = installation.world()?.census();
    let left: Vec<&Kind> =
        census.keys().filter(|kind| !matches!(kind, Kind::Image | Kind::LeadForm)).collect();
    ensure!(left.is_empty(), "{census:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_campaign_can_be_published_again() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    let wanted = on_record(&installation, &spec).await?;
    installation.must(&["delete", "--yes", &spec.key]).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    no_faults(&installation, &spec, &file, &wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_removes_what_its_deployment_made_and_nothing_else() -> Result<()> {
    let installation = Installation::open().await?;
    let first = Spec::default();
    let file = installation.publish(&first).await?;
    let (wanted, census) = (on_record(&installation, &first).await?, installation.world()?.census());
    let more = Spec { groups: 3, ..first.clone() }.write(installation.folder(), "more")?;

    installation.sandbox.set_faults(refusing("/ads", 2));
    let said = fails_one_by_one(&installation, &more).await?;
    ensure!(said.contains("placard resume spring-sale"), "it does not say how to go on: {said}");
    ensure!(said.contains("placard rollback spring-sale"), "it does not say how to go back: {said}");
    installation.sandbox.clear_faults();
    ensure!(installation.world()?.census() != census, "nothing was made, so nothing is proven");

    installation.must(&["rollback", &first.key]).await?;
    let mut after = installation.world()?.census();
    after.insert(Kind::Image, census[&Kind::Image]);
    ensure!(after == census, "{after:?} instead of {census:?}");
    let pictures: BTreeSet<ObjectKey> = on_record(&installation, &first).await?;
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    ensure!(wanted.is_subset(&pictures), "the roll-back forgot older objects");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_step_names_itself_and_the_platforms_words_and_can_be_resumed() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = spec.write(installation.folder(), "spec")?;
    let wanted = installation.plan(&file).await?.steps.into_iter();
    let wanted = wanted.filter(|step| step.action == Action::Create).map(|step| step.object).collect();

    installation.sandbox.set_faults(refusing("/adsets", 1));
    let said = fails_one_by_one(&installation, &file).await?;
    ensure!(said.contains("meta/ad_group:group-0/create"), "it does not name the step: {said}");
    ensure!(installation.on_record(&spec.key).await?.0.status == CampaignStatus::Error);

    installation.sandbox.clear_faults();
    installation.must(&["resume", &spec.key, "-f", &file]).await?;
    let faults = installation.faults_of_first_publishing(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_inside_a_batch_keeps_what_went_well() -> Result<()> {
    let installation = Installation::open().await?;
    let odd = r#"audience: {interests: [{name: Nothing, keys: {meta: "12"}}]}"#;
    let text = Spec { groups: 2, ..Spec::default() };
    let file = text.write(installation.folder(), "spec")?;
    let right = text.text();
    let wrong = right.replace("    key: group-1\n", &format!("    key: group-1\n    {odd}\n"));
    std::fs::write(installation.folder().join("wrong.yaml"), wrong)?;
    let said = installation.refuses(&["apply", "--yes", "-f", "wrong.yaml"], 1).await?;
    ensure!(said.contains("meta/ad_group:group-1/create"), "it does not name the step: {said}");
    ensure!(installation.world()?.census().get(&Kind::AdGroup) == Some(&1), "the rest of the batch is gone");

    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let wanted = on_record(&installation, &text).await?;
    no_faults(&installation, &text, &file, &wanted).await?;
    ensure!(installation.world()?.census()[&Kind::Ad] == 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolled_back_change_keeps_what_older_ads_use_and_the_former_spec_exchanges_it() -> Result<()> {
    let installation = Installation::open().await?;
    let former = Spec::default();
    let file = installation.publish(&former).await?;
    let wanted = on_record(&installation, &former).await?;
    let changed = Spec { headline: "Ride on", ..former.clone() }.write(installation.folder(), "changed")?;
    let mut killed = installation.placard(&["apply", "--yes", "-f", &changed]);
    killed.env("PLACARD_BATCH", "1").env("PLACARD_CRASH_AT", "after_store meta/ad:group-0/ad-0/update");
    ensure!(Run::of(&mut killed).await?.was_killed(), "the moment never came");

    installation.must(&["rollback", &former.key]).await?;
    let census = installation.world()?.census();
    ensure!((census[&Kind::Ad], census[&Kind::Creative]) == (2, 3), "{census:?}");
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    no_faults(&installation, &former, &file, &wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_rolled_back_can_be_published_again() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = spec.write(installation.folder(), "spec")?;
    installation.sandbox.set_faults(refusing("/ads", 2));
    fails_one_by_one(&installation, &file).await?;
    installation.sandbox.clear_faults();
    installation.must(&["rollback", &spec.key]).await?;
    let census = installation.world()?.census();
    ensure!(census.keys().all(|kind| *kind == Kind::Image), "{census:?} is left");

    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let wanted = on_record(&installation, &spec).await?;
    no_faults(&installation, &spec, &file, &wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_deployment_gives_way_to_a_corrected_spec() -> Result<()> {
    let installation = Installation::open().await?;
    let first = Spec::default().write(installation.folder(), "first")?;
    installation.sandbox.set_faults(refusing("/ads", 1));
    fails_one_by_one(&installation, &first).await?;
    installation.sandbox.clear_faults();

    let corrected = Spec { headline: "Ride on", ..Spec::default() };
    let file = corrected.write(installation.folder(), "corrected")?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let wanted = on_record(&installation, &corrected).await?;
    no_faults(&installation, &corrected, &file, &wanted).await
}

/// Applies with one call for each step, which must fail. Gives what was said.
async fn fails_one_by_one(installation: &Installation, file: &str) -> Result<String> {
    let mut apply = installation.placard(&["apply", "--yes", "-f", file]);
    let run = Run::of(apply.env("PLACARD_BATCH", "1")).await?;
    ensure!(run.code() == Some(1), "it should fail: {run}");
    Ok(run.stderr)
}

/// The `nth` create on an edge is refused, if it comes outside a batch.
fn refusing(path: &str, nth: u64) -> FaultPlan {
    let when =
        Match { method: Some("POST".to_owned()), path_contains: Some(path.to_owned()), nth: Some(nth) };
    // A permission is missing, and a person has to grant it.
    let failure = Failure { status: 403, code: 200, subcode: None };
    FaultPlan { rules: vec![Rule { when, action: Fault::ErrorBefore(failure) }], ..FaultPlan::default() }
}

/// Publishes `first`, then `second`, and gives the second plan. Everything must be as `second` says.
async fn change(first: &Spec, second: &Spec) -> Result<(Installation, Plan)> {
    let installation = Installation::open().await?;
    installation.publish(first).await?;
    let file = second.write(installation.folder(), "second")?;
    let plan = installation.plan(&file).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let wanted = on_record(&installation, second).await?;
    no_faults(&installation, second, &file, &wanted).await?;
    Ok((installation, plan))
}

async fn on_record(installation: &Installation, spec: &Spec) -> Result<BTreeSet<ObjectKey>> {
    let (_, record) = installation.on_record(&spec.key).await.context("nothing was published")?;
    Ok(record.into_iter().map(|object| object.key).collect())
}

async fn no_faults(
    installation: &Installation,
    spec: &Spec,
    file: &str,
    wanted: &BTreeSet<ObjectKey>,
) -> Result<()> {
    let faults = installation.faults(&spec.key, file, wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}
