//! Ceilings and the kill switch, through the real binary and the sandbox.

use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::Money;
use placard_domain::{Platform, plan::ObjectKind as Kind};
use placard_sandbox::Status;
use placard_store::{ceiling, kill_switch};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::Stdio;

const UNDECIDED: i32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_under_a_ceiling_is_refused_before_anything_is_sent() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = spec.write(installation.folder(), "spec")?;
    installation.must(&["ceiling", "set", "100", "EUR"]).await?;
    let before = installation.seq();
    let plan = installation.plan(&file).await?;
    let words = "this would commit 120.00 EUR a day; the ceiling for everything is 100.00 EUR";
    ensure!(plan.warnings.iter().any(|warning| warning.message.contains(words)), "{:?}", plan.warnings);

    let said = installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(said.contains(words) && said.contains("placard ceiling set 120.00 EUR"), "{said}");
    ensure!(installation.writes_since(before) == 0, "something was written");
    let history = installation.must(&["history", &spec.key, "--json"]).await?;
    ensure!(!history.contains("deployment_id") && !history.contains("status"), "{history}");
    ensure!(committed(&installation).await?.is_empty(), "a refused plan took room");

    installation.must(&["ceiling", "set", "120", "EUR"]).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(committed(&installation).await? == [eur(12_000)]);
    let listed: Value = serde_json::from_str(&installation.must(&["ceiling", "list", "--json"]).await?)?;
    ensure!(listed["committed"]["minor"] == 12_000 && listed["exceeded"] == false, "{listed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ceiling_below_what_runs_stops_raises_but_never_lowering_pausing_or_deleting() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    installation.publish(&spec).await?;
    let said = installation.must(&["ceiling", "set", "50", "EUR", "--account", "act_1001"]).await?;
    ensure!(said.contains("120.00 EUR are committed, which is more"), "{said}");

    let with = |daily| Spec { daily, ..spec.clone() }.write(installation.folder(), daily);
    let before = installation.seq();
    let said = installation.refuses(&["apply", "--yes", "-f", &with("121.00")?], UNDECIDED).await?;
    ensure!(said.contains("ceiling of this ad account"), "{said}");
    ensure!(installation.writes_since(before) == 0, "something was written");

    installation.must(&["apply", "--yes", "-f", &with("90.00")?]).await?;
    ensure!(committed(&installation).await? == [eur(9_000)]);
    installation.must(&["pause", &spec.key]).await?;
    ensure!(committed(&installation).await?.is_empty(), "a paused campaign takes no room");
    let said = installation.refuses(&["resume", &spec.key], UNDECIDED).await?;
    ensure!(said.contains("this would commit 90.00 EUR a day"), "{said}");
    installation.must(&["delete", "--yes", &spec.key]).await?;
    installation.must(&["ceiling", "remove", "--account", "act_1001"]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_intent_and_outcome_keeps_the_higher_commitment_until_it_is_settled() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    for moment in ["before_send", "before_store"] {
        let more = Spec { daily: "200.00", ..spec.clone() }.write(installation.folder(), "more")?;
        let mut apply = installation.placard(&["apply", "--yes", "-f", &more]);
        apply.env("PLACARD_CRASH_AT", format!("{moment} meta/campaign:{}/update", spec.key));
        ensure!(Run::of(&mut apply).await?.was_killed(), "the moment never came");
        ensure!(committed(&installation).await? == [eur(20_000)], "{moment}");
        installation.must(&["apply", "--yes", "-f", &file]).await?;
        ensure!(committed(&installation).await? == [eur(12_000)], "{moment}: nothing was given back");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_an_apply_stops_it_and_pauses_what_runs() -> Result<()> {
    let installation = Installation::open().await?;
    let running = Spec::default();
    let file = installation.publish(&running).await?;
    let large = Spec { key: "autumn-sale".into(), ..Spec::large(Platform::Meta) }
        .write(installation.folder(), "large")?;
    let mut apply = installation.placard(&["apply", "--yes", "-f", &large]);
    let apply = apply.env("PLACARD_BATCH", "1").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = Pid::from_raw(i32::try_from(apply.id().context("it runs")?)?).context("a process id")?;
    while !matches!(installation.on_record("autumn-sale").await, Ok((_, objects)) if !objects.is_empty()) {
        tokio::task::yield_now().await;
    }
    // Held still, so that the switch is certainly engaged in the middle.
    kill_process(pid, Signal::STOP)?;
    let mut kill = installation.placard(&["kill", "--reason", "a wrong price"]);
    let kill = kill.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut looks = 0;
    while !is_engaged(&installation).await? {
        looks += 1;
        // Should it have been stopped within a transaction, it must come to its end: the switch waits for that.
        if looks % 100 == 0 {
            kill_process(pid, Signal::CONT)?;
            tokio::task::yield_now().await;
            kill_process(pid, Signal::STOP)?;
        }
    }
    kill_process(pid, Signal::CONT)?;

    let (apply, kill) = (apply.wait_with_output().await?, kill.wait_with_output().await?);
    let said = String::from_utf8(apply.stderr)?;
    ensure!(apply.status.code() == Some(UNDECIDED), "the apply did not stop as it should: {said}");
    ensure!(
        said.contains("engaged the kill switch for everything") && said.contains("a wrong price"),
        "{said}"
    );
    let told = String::from_utf8(kill.stdout)?;
    ensure!(kill.status.code() == Some(0), "{told}{}", String::from_utf8(kill.stderr)?);
    ensure!(told.contains("spring-sale in meta/act_1001: paused"), "{told}");
    ensure!(told.contains("autumn-sale in meta/act_1001: did not run"), "{told}");
    ensure!(!anything_runs(&installation)?, "something runs on");
    ensure!(committed(&installation).await?.is_empty());

    for command in [&["resume", running.key.as_str()] as &[&str], &["apply", "--yes", "-f", &large]] {
        let before = installation.seq();
        let said = installation.refuses(command, UNDECIDED).await?;
        ensure!(said.contains("placard kill --lift"), "{said}");
        ensure!(installation.writes_since(before) == 0, "something was written");
    }
    installation.must(&["kill", "--lift"]).await?;
    ensure!(!anything_runs(&installation)?, "lifting started something");
    installation.must(&["resume", &running.key]).await?;
    installation.must(&["apply", "--yes", "-f", &large]).await?;
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty(), "{plan:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_of_one_campaign_pauses_it_even_if_someone_let_it_run_by_hand() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    installation.publish(&spec).await?;
    installation.must(&["pause", &spec.key]).await?;
    installation.edit(installation.world()?.only(Kind::Campaign, "Spring sale")?, "status", "ACTIVE")?;
    ensure!(anything_runs(&installation)?);
    let said = installation.must(&["kill", "--campaign", &spec.key]).await?;
    ensure!(said.contains(": paused") && !anything_runs(&installation)?, "{said}");
    let engaged = installation.must(&["kill", "--list"]).await?;
    ensure!(engaged.contains("campaign spring-sale"), "{engaged}");
    // What only removes is let pass.
    installation.must(&["delete", "--yes", &spec.key]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amounts_in_another_currency_need_a_rate_that_the_tenant_sets() -> Result<()> {
    let installation = Installation::open().await?;
    let file = Spec::default().write(installation.folder(), "spec")?;
    installation.must(&["ceiling", "set", "130", "USD"]).await?;
    let said = installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(said.contains("no rate from EUR to USD") && said.contains("placard rates set EUR USD"), "{said}");
    installation.must(&["rates", "set", "EUR", "USD", "1.0834"]).await?;
    let said = installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(said.contains("130.01 USD a day") && said.contains("1 EUR = 1.0834 USD"), "{said}");
    installation.must(&["rates", "set", "EUR", "USD", "1.0833"]).await?;
    installation.must(&["apply", "--yes", "-f", &file]).await.map(drop)
}

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().expect("the euro exists"))
}

async fn committed(installation: &Installation) -> Result<Vec<Money>> {
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    Ok(ceiling::commitments(&mut tx).await?.into_iter().map(|one| one.daily).collect())
}

async fn is_engaged(installation: &Installation) -> Result<bool> {
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    Ok(!kill_switch::list(&mut tx).await?.is_empty())
}

fn anything_runs(installation: &Installation) -> Result<bool> {
    let world = installation.world()?;
    Ok(world.living().any(|object| object.kind == Kind::Campaign && object.status == Status::Active))
}
