//! Several processes at the same moment.

use crate::support::{Installation, Object, Run, Spec, first_write, is_write};
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind, spec::RunState};
use placard_sandbox::{Action as Fault, FaultPlan, Match, Rule, Status};
use placard_store::{AccountLease, StoreError, campaign, deployment, platform_object::PlatformObject};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::Executor;
use std::{process::Stdio, time::Duration};
use tokio::process::{Child, Command};

const BUSY: i32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_second_is_told_who_works_and_changes_nothing() -> Result<()> {
    let installation = Installation::open().await?;
    let file = Spec::large(Platform::Meta).write(installation.folder(), "spec")?;
    let mut first = slow_apply(&mut installation.placard(&["apply", "--yes", "-f", &file]))?;
    first_write(&installation, 0).await?;
    let stopped = pid(&first)?;
    kill_process(stopped, Signal::STOP)?;
    let before = quiet_since(&installation).await;

    let said = installation.refuses(&["apply", "--yes", "-f", &file], BUSY).await?;
    let holder = format!("process {}", stopped.as_raw_nonzero());
    ensure!(said.contains(&holder) && said.contains("placard apply"), "it does not say who works: {said}");
    ensure!(installation.writes_since(before) == 0, "the second wrote something");

    kill_process(stopped, Signal::CONT)?;
    ensure!(first.wait().await?.success(), "the first did not finish");
    one_of_everything(&installation, &file).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_that_start_together_make_one_campaign() -> Result<()> {
    let installation = Installation::open().await?;
    let file = Spec::large(Platform::Meta).write(installation.folder(), "spec")?;
    let arguments = ["apply", "--yes", "-f", file.as_str()];
    let runs = (0..5).map(|_| {
        let mut command = installation.placard(&arguments);
        async move { Run::of(&mut command).await }
    });
    let runs = futures::future::try_join_all(runs).await?;
    // Those who come late find that nothing is left to do, that someone works, or that their plan is outdated.
    let fitting = runs.iter().all(|run| matches!(run.code(), Some(0 | 3 | BUSY)));
    ensure!(fitting, "somebody failed: {runs:#?}");
    ensure!(runs.iter().any(|run| run.code() == Some(0)), "nobody worked: {runs:#?}");
    one_of_everything(&installation, &file).await
}

/// Whoever looks while somebody else publishes finds what is made and not on record yet. Here that moment is held: the
/// record of the campaign is away while a plan looks, and back when it gets the lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_looked_while_somebody_published_leaves_their_record_alone() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    let db = &installation.database.db;
    let lease = AccountLease::acquire(db, installation.tenant.id, &installation.account(), "Ada").await?;
    let mut raw = installation.database.superuser().await;
    raw.execute(
        "create table away as select * from platform_object where kind = 'campaign';
         delete from platform_object where kind = 'campaign'",
    )
    .await?;
    let before = installation.seq();
    let mut plan = installation.placard(&["plan", "-f", &file]).stdout(Stdio::null()).spawn()?;
    let looks = || {
        let mut seen = installation.sandbox.requests(before).into_iter();
        seen.any(|entry| entry.path.ends_with("/campaigns"))
    };
    while !looks() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    raw.execute("insert into platform_object select * from away; drop table away").await?;
    lease.release().await?;
    ensure!(plan.wait().await?.success(), "the plan was refused");
    let (_, record) = installation.on_record(&spec.key).await?;
    let campaign = record.iter().find(|object| object.key.kind == Kind::Campaign).context("a campaign")?;
    ensure!(campaign.applied.run == Some(RunState::Active), "{campaign:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_someone_holds_is_respected_by_every_command_that_writes() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    let changed = Spec { daily: "80.00", ..spec.clone() }.write(installation.folder(), "changed")?;
    let db = &installation.database.db;
    let lease =
        AccountLease::acquire(db, installation.tenant.id, &installation.account(), "Bea at her desk").await?;
    let before = installation.seq();
    for command in [
        &["apply", "--yes", "-f", &changed] as &[&str],
        &["pause", &spec.key],
        &["delete", "--yes", &spec.key],
    ] {
        let said = installation.refuses(command, BUSY).await?;
        ensure!(said.contains("Bea at her desk"), "{command:?} does not say who works: {said}");
    }
    ensure!(installation.writes_since(before) == 0, "something was written");
    lease.release().await?;
    installation.must(&["apply", "--yes", "-f", &file]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_goes_ahead_of_a_publishing_in_the_same_account() -> Result<()> {
    let installation = Installation::open().await?;
    let running = Spec { key: "running".into(), ..Spec::default() };
    installation.publish(&running).await?;
    let file = Spec::large(Platform::Meta).write(installation.folder(), "spec")?;
    slow_platform(&installation);
    let before = installation.seq();
    let mut apply = slow_apply(&mut installation.placard(&["apply", "--yes", "-f", &file]))?;
    first_write(&installation, before).await?;
    installation.must(&["pause", &running.key]).await?;
    let paused = installation.seq();
    ensure!(apply.wait().await?.success(), "the apply did not finish");
    ensure!(installation.writes_since(paused) > 0, "the pause came after everything else");
    installation.sandbox.set_faults(FaultPlan::default());
    let (_, objects) = installation.on_record(&running.key).await?;
    let rests = |object: &PlatformObject| object.applied.run == Some(RunState::Paused);
    ensure!(objects.iter().any(|object| object.key.kind == Kind::Campaign && rests(object)));
    let living = installation.world()?.census();
    ensure!(living.get(&Kind::Ad) == Some(&17), "{living:?}");
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty(), "{plan:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_something_goes_ahead_of_a_look_at_what_is_to_be_changed() -> Result<()> {
    let installation = Installation::open().await?;
    let large = Spec::large(Platform::Meta);
    installation.publish(&large).await?;
    let changed = Spec { daily: "80.00", ..large.clone() }.write(installation.folder(), "changed")?;
    delay_each_call(&installation, Duration::from_secs(1));
    let before = installation.seq();
    let mut apply = installation.placard(&["apply", "--yes", "-f", &changed]);
    let mut apply = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    someone_holds_the_lease(&installation).await?;
    let (db, tenant, account) = (&installation.database.db, installation.tenant.id, installation.account());
    let lease = AccountLease::demand(db, tenant, &account, "a stop", Duration::from_secs(30)).await?;
    ensure!(installation.writes_since(before) == 0, "it came after something was changed");
    let mut tx = db.tenant(tenant).await?;
    let campaign = campaign::find(&mut tx, &large.key).await?.context("the campaign is on record")?;
    ensure!(
        deployment::unfinished(&mut tx, campaign.id, &account).await?.is_none(),
        "it came when a deployment was under way"
    );
    tx.commit().await?;
    let aside = installation.seq();
    lease.release().await?;
    ensure!(apply.wait().await?.success(), "the apply did not finish");
    let after = installation.sandbox.requests(aside);
    let reads = after.iter().take_while(|entry| !is_write(entry)).count();
    ensure!((1..after.len()).contains(&reads), "the apply did not look anew: {reads} of {}", after.len());
    installation.sandbox.set_faults(FaultPlan::default());
    let plan = installation.plan(&changed).await?;
    ensure!(plan.is_empty(), "{plan:#?}");
    Ok(())
}

/// Waits until an apply is past its plan and works under the account's lease.
async fn someone_holds_the_lease(installation: &Installation) -> Result<()> {
    let (db, account) = (&installation.database.db, installation.account());
    loop {
        match AccountLease::acquire(db, installation.tenant.id, &account, "a test").await {
            Ok(lease) => lease.release().await?,
            Err(StoreError::Held { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_of_a_campaign_that_is_being_published_ends_that() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::large(Platform::Meta);
    let file = spec.write(installation.folder(), "spec")?;
    slow_platform(&installation);
    let mut apply = installation.placard(&["apply", "--yes", "-f", &file]);
    let apply = apply.env("PLACARD_BATCH", "1").stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    first_write(&installation, 0).await?;
    let said = installation.must(&["pause", &spec.key]).await?;
    let apply = apply.wait_with_output().await?;
    let told = String::from_utf8(apply.stderr)?;
    ensure!(apply.status.code() == Some(BUSY), "{:?}: {told}", apply.status);
    ensure!(told.contains("stopped the campaign") && told.contains("placard pause"), "{told}{said}");
    installation.sandbox.set_faults(FaultPlan::default());
    let world = installation.world()?;
    let runs = |object: &&Object| object.kind.runs() && object.status == Status::Active;
    ensure!(world.living().find(runs).is_none(), "something runs");
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    one_of_everything(&installation, &file).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_one_private_data_directory() -> Result<()> {
    let installation = Installation::open().await?;
    installation.make_private().await?;
    let file = Spec::large(Platform::Meta).write(installation.folder(), "spec")?;
    let before = installation.seq();
    let mut first = slow_apply(&mut installation.privately(&["apply", "--yes", "-f", &file]))?;
    first_write(&installation, before).await?;
    let stopped = pid(&first)?;
    kill_process(stopped, Signal::STOP)?;

    let second = Run::of(&mut installation.privately(&["apply", "--yes", "-f", &file])).await?;
    ensure!(second.code() == Some(BUSY), "the second did not stand back: {second}");
    let status = Run::of(&mut installation.privately(&["status"])).await?;
    ensure!(status.code() == Some(0), "looking is not possible meanwhile: {status}");

    kill_process(stopped, Signal::CONT)?;
    ensure!(first.wait().await?.success(), "the first did not finish");
    let census = installation.world()?.census();
    ensure!(census.get(&Kind::Ad) == Some(&15), "{census:?}");
    let again = Run::of(&mut installation.privately(&["plan", "--json", "-f", &file])).await?;
    ensure!(again.stdout.contains(r#""steps":[]"#), "a new plan is not empty: {again}");
    Ok(())
}

/// The last request, once what was under way when everybody stopped has arrived.
async fn quiet_since(installation: &Installation) -> u64 {
    loop {
        let before = installation.seq();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if installation.seq() == before {
            return before;
        }
    }
}

/// Every call takes a moment, so that others have time to come.
fn slow_platform(installation: &Installation) {
    delay_each_call(installation, Duration::from_millis(40));
}

fn delay_each_call(installation: &Installation, delay: Duration) {
    let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let rule = Rule { when: Match::default(), action: Fault::DelayMs(delay) };
    installation.sandbox.set_faults(FaultPlan { rules: vec![rule], ..FaultPlan::default() });
}

/// Starts an apply that makes one call for each step.
fn slow_apply(command: &mut Command) -> Result<Child> {
    command.env("PLACARD_BATCH", "1").stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

fn pid(child: &Child) -> Result<Pid> {
    let id = child.id().context("the process ended too soon")?;
    Pid::from_raw(i32::try_from(id)?).context("a process id")
}

async fn one_of_everything(installation: &Installation, file: &str) -> Result<()> {
    let spec = Spec::large(Platform::Meta);
    let (_, record) = installation.on_record(&spec.key).await?;
    let wanted = record.into_iter().map(|object| object.key).collect();
    let faults = installation.faults_of_first_publishing(&spec.key, file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let census = installation.world()?.census();
    let expected = [(Kind::Campaign, 1), (Kind::AdGroup, 3), (Kind::Ad, 15), (Kind::Creative, 15)];
    ensure!(expected.iter().all(|(kind, count)| census.get(kind) == Some(count)), "{census:?}");
    Ok(())
}
