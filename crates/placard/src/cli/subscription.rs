//! `placard subscription`: what the tenant's plan allows.

use super::{ExitCode, api_keys::end_of, paint::Paint, words};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use chrono::{NaiveDate, Utc};
use clap::Subcommand;
use placard_domain::limits::{Limited, SubscriptionPlan};
use placard_store::{audit, subscription, tenant::Tenant};
use serde_json::json;

/// `placard subscription`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Show the plan and what it allows.
    Show,
    /// Put the tenant on a plan from now on. What there is too much of stays.
    Set {
        /// The plan.
        #[arg(value_parser = words::one_of(SubscriptionPlan::ALL, SubscriptionPlan::as_str))]
        plan: SubscriptionPlan,
        /// The last day of it, in UTC; the free plan follows.
        #[arg(long, value_name = "DATE")]
        until: Option<NaiveDate>,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard subscription").await?;
    let outcome = act(&session, settings.json, &args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: &Command) -> Result<ExitCode> {
    let mut tenant = session.tenant().await?;
    if let Command::Set { plan, until } = command {
        let ends_at = until.map(end_of).transpose()?;
        let entry = audit::Entry {
            action: audit::Action::Update,
            entity_type: "subscription",
            entity_id: tenant.id.to_string(),
            old: Some(json!({"plan": tenant.plan})),
            new: Some(json!({"plan": plan, "ends_at": ends_at})),
        };
        let mut tx = session.db().system().await?;
        subscription::start(&mut tx, tenant.id, *plan, Utc::now(), ends_at).await?;
        audit::append_from_system(&mut tx, tenant.id, &session.actor(), &entry).await?;
        tx.commit().await?;
        tenant.plan = *plan;
    }
    show(&tenant, as_json);
    Ok(ExitCode::Done)
}

fn show(tenant: &Tenant, as_json: bool) {
    let limits = tenant.plan.limits();
    if as_json {
        println!(
            "{}",
            json!({
                "tenant": tenant.slug, "plan": tenant.plan, "accounts": limits.accounts,
                "campaigns": limits.campaigns, "seats": limits.seats, "api_per_minute": limits.api_per_minute,
            })
        );
        return;
    }
    println!("{} is on the {} plan", tenant.name, Paint::for_stdout().bold(tenant.plan));
    for what in [Limited::Accounts, Limited::Campaigns, Limited::Seats] {
        match limits.of(what) {
            Some(limit) => println!("    {}", what.counted(limit)),
            None => println!("    any number of {}", what.counted(0).trim_start_matches("0 ")),
        }
    }
    match limits.api_per_minute {
        Some(limit) => println!("    {limit} requests a minute"),
        None => println!("    any number of requests a minute"),
    }
}
