//! `placard accounts`: which ad accounts are connected, and how their connections fare.

use super::{
    ExitCode,
    desk::{self, Desk},
    paint::Paint,
    webhooks::topics,
};
use crate::{
    api::view::{AccountView, CheckedView, HealthView},
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use placard_domain::status::ConnectionStatus;
use serde_json::json;

/// `placard accounts`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<What>,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Ask the platforms now whether connections work.
    Check {
        /// Only this ad account; every connected one without it.
        account: Option<String>,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let as_json = settings.json;
    desk::at(settings, "placard accounts", async |desk| match &args.action {
        None => list(desk, as_json).await,
        Some(What::Check { account }) => check(desk, account.as_deref(), as_json).await,
    })
    .await
}

async fn list(desk: &dyn Desk, as_json: bool) -> Result<ExitCode> {
    let accounts = desk.accounts().await?;
    let paint = Paint::for_stdout();
    if accounts.is_empty() && !as_json {
        println!("No ad account is connected yet; run {}", paint.cyan("placard connect meta"));
    }
    for account in &accounts {
        let AccountView { platform, id, name, currency, time_zone, .. } = account;
        if as_json {
            println!(
                "{}",
                json!({
                    "account": id, "platform": platform, "name": name, "currency": currency,
                    "time_zone": time_zone, "status": account.status, "connection": account.connection,
                    "payment_connected": account.payment_connected, "health": account.health,
                    "last_synced_at": account.last_synced_at,
                })
            );
            continue;
        }
        println!(
            "{:<10} {:<14} {name:<26} {currency:<4} {time_zone:<18} {}",
            platform.title(),
            paint.bold(id),
            standing(account.connection, paint),
        );
        if let Some(health) = &account.health {
            show_health(account, health, paint);
        }
    }
    Ok(ExitCode::Done)
}

fn standing(status: Option<ConnectionStatus>, paint: Paint) -> String {
    match status {
        Some(status @ ConnectionStatus::Active) => paint.green(status),
        Some(status) => paint.red(status),
        None => paint.dim("not connected"),
    }
}

/// What a person should know of a connection, and what to do about it.
fn show_health(account: &AccountView, health: &HealthView, paint: Paint) {
    let mut facts = vec![match health.token_expires_at {
        None => "the token does not end".to_owned(),
        // The sandbox's days are not ours.
        Some(end) if health.sandbox => format!("the token ends on {} there", end.format("%Y-%m-%d")),
        Some(end) => match (end - Utc::now()).num_days() {
            0 => "the token ends today and is renewed before".to_owned(),
            1 => "the token ends tomorrow and is renewed before".to_owned(),
            days if days > 0 => format!("the token ends in {days} days and is renewed before"),
            _ => format!("the token ended on {}", end.format("%Y-%m-%d")),
        },
    }];
    facts.extend(health.last_validated_at.map(|at| format!("worked {}", at.format("%Y-%m-%d %H:%M UTC"))));
    facts.push(match topics(&health.told_of) {
        Some(topics) => format!("tells of {topics}"),
        None => "tells nothing by itself".to_owned(),
    });
    println!("           {}", paint.dim(facts.join(" · ")));
    if let Some(error) = &health.last_error {
        println!("           {} {error}", paint.red("✗"));
    }
    let mut lacks = Vec::new();
    if !health.missing_permissions.is_empty() {
        let missing = health.missing_permissions.join(", ");
        lacks.push(format!("not granted: {missing}; run {}", paint.cyan(&health.reconnect)));
    }
    if !account.payment_connected {
        lacks.push(format!("no payment method; add one at {}", account.platform.title()));
    }
    if !health.admin_connected {
        lacks.push("no admin of the business agreed".to_owned());
    }
    if !health.app_connected {
        lacks.push(format!("the token is not of this app; run {}", paint.cyan(&health.reconnect)));
    }
    for lack in lacks {
        println!("           {} {lack}", paint.yellow("!"));
    }
}

/// Failed if a connection does not work.
async fn check(desk: &dyn Desk, account: Option<&str>, as_json: bool) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    let checked = desk.check(account).await?;
    if checked.is_empty() && !as_json {
        println!("No ad account is connected yet; run {}", paint.cyan("placard connect meta"));
    }
    for one in &checked {
        if as_json {
            println!("{}", json!(one));
            continue;
        }
        show_checked(one, paint);
    }
    let works = |one: &CheckedView| one.status == Some(ConnectionStatus::Active);
    Ok(if checked.iter().all(works) { ExitCode::Done } else { ExitCode::Failed })
}

fn show_checked(one: &CheckedView, paint: Paint) {
    let (platform, account) = (one.platform.title(), paint.bold(&one.account));
    let standing = match one.status {
        Some(ConnectionStatus::Active) => format!("{} works", paint.green("✓")),
        Some(status) => format!("{} {status}", paint.red("✗")),
        None => format!("{} could not be asked", paint.yellow("·")),
    };
    println!("{platform:<10} {account:<14} {standing}");
    for found in &one.problems {
        println!("           {}\n           {} {}", found.problem, paint.cyan("→"), found.fix);
    }
}
