//! `placard kill`: nothing more is sent, and what runs is paused.

use super::{
    ExitCode,
    paint::Paint,
    publisher::Bench,
    scope::{ScopeArgs, title},
    words::counted,
};
use crate::{publishing::Halted, session::Session, settings::Settings};
use anyhow::Result;
use placard_domain::{AccountRef, guardrail::Scope};
use placard_store::{
    campaign::{self, Campaign},
    kill_switch, platform_object,
    tenant::Tenant,
};
use serde_json::json;

/// How many campaigns are read at a time.
const PAGE: i64 = 200;

/// `placard kill`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Why, for whoever is stopped by it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Let things be sent again. Nothing starts by itself: `placard resume` does that for each campaign.
    #[arg(long, conflicts_with_all = ["reason", "list"])]
    lift: bool,
    /// List the switches that are engaged.
    #[arg(long, conflicts_with_all = ["reason", "account", "campaign"])]
    list: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard kill").await?;
    let outcome = act(&session, settings.json, &args).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, args: &Args) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    if args.list {
        return list(session, &tenant, as_json).await;
    }
    let (actor, paint) = (session.actor(), Paint::for_stdout());
    let mut tx = session.db().tenant(tenant.id).await?;
    let scope = args.scope.find(&mut tx).await?;
    if args.lift {
        let lifted = kill_switch::lift(&mut tx, &actor, &scope).await?;
        tx.commit().await?;
        match (as_json, lifted) {
            (true, _) => println!("{}", json!({ "lifted": lifted })),
            (false, true) => println!("{} Lifted. Nothing starts by itself.", paint.green("✓")),
            (false, false) => println!("No switch is engaged for exactly this; see `placard kill --list`."),
        }
        return Ok(ExitCode::Done);
    }
    let new = kill_switch::engage(&mut tx, &actor, &scope, args.reason.as_deref()).await?;
    // From here on nobody sends anything more; whatever follows may fail and be tried again.
    tx.commit().await?;
    if as_json {
        println!("{}", json!({ "engaged": true, "new": new, "scope": scope }));
    } else {
        println!("{} Engaged: nothing more is sent. Pausing what runs …", paint.red("■"));
    }
    pause_all(session, &tenant, &scope, as_json).await
}

/// Pauses every campaign in scope, one after the other. One that fails does not hold up the others.
async fn pause_all(session: &Session, tenant: &Tenant, scope: &Scope, as_json: bool) -> Result<ExitCode> {
    let bench = Bench::new(None);
    let mut failed = 0;
    for (campaign, account) in published(session, tenant, scope).await? {
        let outcome = halt(session, tenant, &bench, &campaign, &account).await;
        failed += usize::from(outcome.is_err());
        say(&campaign.key, &account, &outcome, as_json);
    }
    if failed == 0 {
        return Ok(ExitCode::Done);
    }
    if !as_json {
        let what = counted(failed, "campaign");
        eprintln!("{what} could not be paused; the switch stays engaged, so run the same command again");
    }
    Ok(ExitCode::Failed)
}

async fn halt(
    session: &Session,
    tenant: &Tenant,
    bench: &Bench,
    campaign: &Campaign,
    account: &AccountRef,
) -> Result<Halted> {
    let connection = session.connection(tenant, account.platform, Some(&account.id), None).await?;
    let reach = session.reach(tenant, &connection).await?;
    let publisher = bench.publisher(session, tenant, &reach, &campaign.key);
    Ok(publisher.halt(campaign, reach.account.description.currency).await?)
}

/// Every campaign in scope with each account in which it has objects.
async fn published(session: &Session, tenant: &Tenant, scope: &Scope) -> Result<Vec<(Campaign, AccountRef)>> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let (mut found, mut filter) = (Vec::new(), campaign::Filter::default());
    loop {
        let page = campaign::list(&mut tx, &filter, PAGE).await?;
        let Some(last) = page.last() else { break };
        filter.after = Some(last.key.clone());
        for campaign in page {
            let accounts = platform_object::accounts_of(&mut tx, campaign.id).await?;
            let covered = accounts.into_iter().filter(|account| scope.covers(campaign.id, account));
            found.extend(covered.map(|account| (campaign.clone(), account)));
        }
    }
    tx.commit().await?;
    Ok(found)
}

fn say(key: &str, account: &AccountRef, outcome: &Result<Halted>, as_json: bool) {
    let paint = Paint::for_stdout();
    let (word, problem) = match outcome {
        Ok(Halted::Paused) => ("paused", None),
        Ok(Halted::AtRest) => ("at_rest", None),
        Err(error) => ("failed", Some(format!("{error:#}"))),
    };
    if as_json {
        println!("{}", json!({"campaign": key, "account": account, "outcome": word, "error": problem}));
        return;
    }
    match (outcome, problem) {
        (Ok(Halted::Paused), _) => println!("  {} {key} in {account}: paused", paint.green("✓")),
        (Ok(Halted::AtRest), _) => println!("  {} {key} in {account}: did not run", paint.dim("·")),
        (Err(_), problem) => {
            println!("  {} {key} in {account}: {}", paint.red("✗"), problem.unwrap_or_default());
        }
    }
}

async fn list(session: &Session, tenant: &Tenant, as_json: bool) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let engaged = kill_switch::list(&mut tx).await?;
    tx.commit().await?;
    if engaged.is_empty() && !as_json {
        println!("No kill switch is engaged.");
    }
    for one in &engaged {
        if as_json {
            let reason = &one.reason;
            println!(
                "{}",
                json!({"scope": one.scope, "campaign": one.campaign, "by": one.by, "at": one.at, "reason": reason})
            );
            continue;
        }
        let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let (scope, at) = (title(&one.scope, one.campaign.as_deref()), one.at.format("%Y-%m-%d %H:%M UTC"));
        println!("{scope:<32} {} at {at}{reason}", one.by);
    }
    Ok(ExitCode::Done)
}
