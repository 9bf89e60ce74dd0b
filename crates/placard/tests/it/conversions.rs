//! Won deals told to Microsoft by the real binary: each once, whatever happens on the way.

use crate::support::{Installation, Run};
use anyhow::{Context, Result, ensure};
use chrono::{SecondsFormat, TimeDelta, Utc};
use placard::publishing::TellingMoment;
use placard_domain::Platform;
use placard_sandbox::{Action as Fault, Failure, FaultPlan, Match, Rule};
use serde_json::{Value, json};
use std::fs;

const ACCOUNT: &str = "5001001";
const UNDECIDED: i32 = 3;
const GOAL: &str = "Won deal";
const SEND: [&str; 5] = ["deals", "conversions", "send", "--since", "2026-01-01"];

fn values(text: &str) -> Result<Vec<Value>> {
    text.lines().map(|line| serde_json::from_str(line).context(line.to_owned())).collect()
}

/// An installation whose account is told of deals. What time it is here, it is at the sandbox as well.
async fn told() -> Result<Installation> {
    let installation = Installation::open_on(Platform::Microsoft).await?;
    set_up(&installation).await?;
    Ok(installation)
}

async fn set_up(installation: &Installation) -> Result<()> {
    let ahead = Utc::now() + TimeDelta::hours(1) - installation.sandbox.now();
    if ahead > TimeDelta::zero() {
        installation.sandbox.advance(ahead)?;
    }
    installation.must(&["deals", "conversions", "use", GOAL]).await?;
    Ok(())
}

/// Somebody who clicked two days ago, wrote a moment later, and may have bought.
async fn lead(installation: &Installation, who: &str, mark: Option<&str>) -> Result<String> {
    let clicked = Utc::now() - TimeDelta::days(2);
    let made = installation.control("clicks", json!({"account": ACCOUNT, "at": clicked})).await?;
    let mark = mark.or(made["msclkid"].as_str()).context("no click")?.to_owned();
    let wrote = (clicked + TimeDelta::minutes(3)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let file = installation.folder().join("lead.csv");
    fs::write(&file, format!("email,msclkid,created_at\n{who},{mark},{wrote}\n"))?;
    installation.must(&["leads", "import", &file.display().to_string()]).await?;
    Ok(mark)
}

async fn deal(installation: &Installation, who: &str, amount: &str, stage: &str) -> Result<String> {
    let made = ["deals", "add", who, "Roof", amount, "EUR", "--stage", stage, "--json"];
    let made = values(&installation.must(&made).await?)?;
    Ok(made[0]["id"].as_str().context("no id")?.to_owned())
}

/// What the platform counts: click, value, and how often it was said again.
fn counted(installation: &Installation) -> Result<Vec<(String, String, u64)>> {
    let world = installation.sandbox.world(Some(ACCOUNT));
    let all = world["objects"].as_array().context("no objects")?.iter();
    let ours = all.filter(|it| it["kind"] == "microsoft_offline_conversion").map(|it| &it["fields"]);
    ours.map(|it| {
        let click = it["MicrosoftClickId"].as_str().context("no click")?.to_owned();
        Ok((click, it["ConversionValue"].to_string(), it["Repeats"].as_u64().context("no count")?))
    })
    .collect()
}

async fn list(installation: &Installation) -> Result<Vec<Value>> {
    values(&installation.must(&["deals", "conversions", "list", "--json"]).await?)
}

async fn statuses(installation: &Installation) -> Result<Vec<String>> {
    let told = list(installation).await?.into_iter();
    told.map(|one| Ok(one["status"].as_str().context("no status")?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_won_deal_is_shown_told_and_never_told_again() -> Result<()> {
    let installation = told().await?;
    let mark = lead(&installation, "ann@example.com", None).await?;
    let plain = installation.folder().join("plain.csv");
    fs::write(&plain, "email\nbob@example.com\n")?;
    installation.must(&["leads", "import", &plain.display().to_string()]).await?;
    let ann = deal(&installation, "ann@example.com", "12000.50", "Won").await?;
    deal(&installation, "bob@example.com", "1", "Won").await?;
    deal(&installation, "ann@example.com", "7", "Offer").await?;

    let dry = installation.must(&[&SEND[..], &["--dry-run"]].concat()).await?;
    ensure!(dry.contains("12000.50 EUR") && dry.contains(&mark[..4]) && !dry.contains(&mark), "{dry}");
    ensure!(dry.contains("1 deal would be told") && dry.contains("1 won deal came by no click"), "{dry}");
    ensure!(counted(&installation)?.is_empty(), "a dry run tells nothing");

    let sent = &values(&installation.must(&[&SEND[..], &["--json"]].concat()).await?)?[0];
    ensure!(sent["deals"][0]["deal"] == ann.as_str() && sent["deals"][0]["status"] == "accepted", "{sent}");
    ensure!(sent["without_click"] == 1 && sent["left_out"] == json!([]), "{sent}");
    for _ in 0..2 {
        let again = installation.must(&SEND).await?;
        ensure!(again.contains("0 taken, 0 refused, 0 in doubt, 0 waiting"), "{again}");
    }
    ensure!(counted(&installation)? == [(mark.clone(), "12000.5".to_owned(), 0)]);

    installation.must(&["deals", "move", &ann, "Offer"]).await?;
    let shown = installation.must(&["deals", "conversions", "list", "--deal", &ann]).await?;
    ensure!(shown.contains("not won any more") && shown.contains("no adjustments"), "{shown}");
    ensure!(!shown.contains(&mark), "{shown}");
    let erased = installation.must(&["leads", "erase", "ann@example.com", "--yes", "--json"]).await?;
    ensure!(values(&erased)?[0]["clicks"] == 1 && values(&erased)?[0]["left"] == 0, "{erased}");
    ensure!(installation.must(&["deals", "conversions", "list"]).await?.contains("(forgotten)"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_while_a_kill_switch_is_engaged_over_the_account() -> Result<()> {
    let installation = told().await?;
    let mark = lead(&installation, "ann@example.com", None).await?;
    deal(&installation, "ann@example.com", "7", "Won").await?;
    installation.must(&["kill", "--account", ACCOUNT]).await?;
    let said = installation.refuses(&SEND, UNDECIDED).await?;
    ensure!(said.contains("kill switch"), "{said}");
    ensure!(counted(&installation)?.is_empty(), "a deal was told");
    installation.must(&["kill", "--account", ACCOUNT, "--lift"]).await?;
    installation.must(&SEND).await?;
    ensure!(counted(&installation)? == [(mark, "7".to_owned(), 0)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_tells_of_every_deal_and_of_none_twice() -> Result<()> {
    let mut installation = told().await?;
    for (round, moment) in TellingMoment::ALL.into_iter().enumerate() {
        if round > 0 {
            installation.renew().await?;
            set_up(&installation).await?;
        }
        let mut marks = Vec::new();
        for who in ["ann@example.com", "bob@example.com", "cat@example.com"] {
            marks.push(lead(&installation, who, None).await?);
            deal(&installation, who, "100", "Won").await?;
        }
        let mut killed = installation.placard(&SEND);
        let run = Run::of(killed.env("PLACARD_CRASH_AT", moment.as_str())).await?;
        ensure!(run.was_killed(), "{moment:?} never came: {run}");
        let (there, settled) = match moment {
            TellingMoment::Intended => (0, "intended"),
            TellingMoment::Answered => (3, "intended"),
            TellingMoment::Recorded => (3, "accepted"),
        };
        ensure!(counted(&installation)?.len() == there, "{moment:?}");
        ensure!(statuses(&installation).await? == [settled; 3], "{moment:?}");
        installation.must(&SEND).await?;
        installation.must(&SEND).await?;
        let mut counted = counted(&installation)?;
        counted.sort();
        marks.sort();
        let repeats = u64::from(moment == TellingMoment::Answered);
        let expected: Vec<_> = marks.into_iter().map(|mark| (mark, "100".to_owned(), repeats)).collect();
        ensure!(counted == expected, "{moment:?}: {counted:?}");
        ensure!(statuses(&installation).await? == ["accepted"; 3], "{moment:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_call_the_next_one_makes_good() -> Result<()> {
    let failure = |status, code| Failure { status, code, subcode: None };
    let mut installation = told().await?;
    for (round, (fault, status, repeats)) in [
        (Fault::DropAfter, "unknown", 1),
        (Fault::TruncatedBody, "unknown", 1),
        (Fault::ErrorAfter(failure(500, 0)), "unknown", 1),
        (Fault::ErrorBefore(failure(503, 0)), "unknown", 0),
        (Fault::Throttle { code: None, retry_after_s: None }, "waiting", 0),
        (Fault::ErrorBefore(failure(400, 1010)), "waiting", 0),
    ]
    .into_iter()
    .enumerate()
    {
        if round > 0 {
            installation.renew().await?;
            set_up(&installation).await?;
        }
        lead(&installation, "ann@example.com", None).await?;
        deal(&installation, "ann@example.com", "100", "Won").await?;
        let when = Match { path_contains: Some("OfflineConversions".to_owned()), ..Match::default() };
        let rules = vec![Rule { when, action: fault.clone() }];
        installation.sandbox.set_faults(FaultPlan { rules, ..FaultPlan::default() });
        let run = installation.run(&SEND).await?;
        ensure!(run.code() == Some(1) && run.stdout.contains("told the next time"), "{fault:?}: {run}");
        ensure!(statuses(&installation).await? == [status], "{fault:?}");
        installation.sandbox.clear_faults();
        installation.must(&SEND).await?;
        let counted = counted(&installation)?;
        ensure!(counted.len() == 1 && counted[0].2 == repeats, "{fault:?}: {counted:?}");
        ensure!(statuses(&installation).await? == ["accepted"], "{fault:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_deal_names_field_and_fix_and_is_told_when_it_is_mended() -> Result<()> {
    let installation = told().await?;
    lead(&installation, "ann@example.com", Some("not-a-click")).await?;
    lead(&installation, "bob@example.com", None).await?;
    for who in ["ann@example.com", "bob@example.com"] {
        deal(&installation, who, "100", "Won").await?;
    }
    let run = installation.run(&SEND).await?;
    ensure!(run.code() == Some(1) && run.stdout.contains("1 taken, 1 refused"), "{run}");
    ensure!(run.stdout.contains("MicrosoftClickId: ") && run.stdout.contains("`msclkid`"), "{run}");
    ensure!(run.stdout.contains("send --again") && !run.stdout.contains("not-a-click"), "{run}");
    ensure!(
        installation.must(&SEND).await?.contains("0 taken, 0 refused"),
        "what was refused waits for a person"
    );

    lead(&installation, "ann@example.com", None).await?;
    let again = installation.must(&[&SEND[..], &["--again"]].concat()).await?;
    ensure!(again.contains("1 taken, 0 refused"), "{again}");
    ensure!(counted(&installation)?.len() == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_is_said_before_and_typos_are_answered() -> Result<()> {
    let installation = Installation::open_on(Platform::Microsoft).await?;
    let none = installation.refuses(&SEND, 2).await?;
    ensure!(none.contains("placard deals conversions use GOAL"), "{none}");
    let typo = installation.refuses(&["deals", "conversions", "use", "Wonn deal"], 2).await?;
    ensure!(typo.contains("it has Won deal, Former deals"), "{typo}");
    let paused = installation.refuses(&["deals", "conversions", "use", "Former deals"], 2).await?;
    ensure!(paused.contains("paused"), "{paused}");
    let url = installation.refuses(&["deals", "conversions", "use", "Shop purchase"], 2).await?;
    ensure!(url.contains("no offline conversion goal"), "{url}");
    let goals = installation.must(&["deals", "conversions", "goals"]).await?;
    ensure!(goals.contains(GOAL) && goals.contains("30 days after a click"), "{goals}");

    set_up(&installation).await?;
    let goals = installation.must(&["deals", "conversions", "goals"]).await?;
    ensure!(goals.contains("is told of deals"), "{goals}");
    // The click was 40 days before the lead's deal was won, and the goal counts for 30.
    let wrote = (Utc::now() - TimeDelta::days(40)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let file = installation.folder().join("old.csv");
    fs::write(&file, format!("email,msclkid,created_at\nold@example.com,{},{wrote}\n", "a".repeat(32)))?;
    installation.must(&["leads", "import", &file.display().to_string()]).await?;
    deal(&installation, "old@example.com", "100", "Won").await?;
    let sent = installation.must(&SEND).await?;
    ensure!(sent.contains("won 40 days after the click, and the goal counts for 30"), "{sent}");
    ensure!(counted(&installation)?.is_empty() && list(&installation).await?.is_empty());

    installation.must(&["deals", "conversions", "stop"]).await?;
    installation.refuses(&SEND, 2).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn platforms_that_take_no_deals_say_so() -> Result<()> {
    for platform in [Platform::Meta, Platform::Google, Platform::Tiktok] {
        let installation = Installation::open_on(platform).await?;
        let choose = ["deals", "conversions", "use", GOAL, "--platform", platform.as_str()];
        let refused = installation.refuses(&choose, 2).await?;
        ensure!(refused.contains("takes no won deals") && refused.contains(platform.title()), "{refused}");
    }
    Ok(())
}
