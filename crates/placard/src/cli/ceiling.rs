//! `placard ceiling`: the most that may be committed for a day.

use super::{
    ExitCode,
    failure::WrongInput,
    paint::Paint,
    scope::{ScopeArgs, title},
};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_domain::{Currency, Money, guardrail::Ceiling};
use placard_store::{TenantTx, ceiling};
use rust_decimal::Decimal;
use serde_json::json;

/// `placard ceiling`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Set a ceiling: `placard ceiling set 500 EUR --account act_1001`.
    Set {
        /// The most that may be committed for a day.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// List the ceilings with what is committed under each.
    List,
    /// Remove a ceiling.
    Remove {
        #[command(flatten)]
        scope: ScopeArgs,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard ceiling").await?;
    let outcome = act(&session, settings.json, args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: Command) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let code = match command {
        Command::Set { amount, currency, scope } => {
            let daily = Money::from_major(amount, currency).map_err(|error| WrongInput(error.to_string()))?;
            if daily.minor() < 0 {
                return Err(WrongInput("a ceiling is zero or more".into()).into());
            }
            let new = Ceiling { scope: scope.find(&mut tx).await?, daily };
            let standing = ceiling::set(&mut tx, &session.actor(), &new, Utc::now().date_naive()).await?;
            show(&standing, as_json);
            ExitCode::Done
        }
        Command::List => list(&mut tx, as_json).await?,
        Command::Remove { scope } => {
            let scope = scope.find(&mut tx).await?;
            let removed = ceiling::remove(&mut tx, &session.actor(), &scope).await?;
            match (as_json, removed) {
                (true, _) => println!("{}", json!({ "removed": removed })),
                (false, true) => println!("{} Removed.", Paint::for_stdout().green("✓")),
                (false, false) => println!("There was none."),
            }
            ExitCode::Done
        }
    };
    tx.commit().await?;
    Ok(code)
}

async fn list(tx: &mut TenantTx, as_json: bool) -> Result<ExitCode> {
    let standings = ceiling::list(tx, Utc::now().date_naive()).await?;
    if standings.is_empty() && !as_json {
        println!(
            "No ceiling is set; set one with {}",
            Paint::for_stdout().cyan("placard ceiling set 500 EUR")
        );
    }
    standings.iter().for_each(|standing| show(standing, as_json));
    Ok(ExitCode::Done)
}

fn show(standing: &ceiling::Standing, as_json: bool) {
    let ceiling = &standing.ceiling;
    if as_json {
        let (committed, problem) = match &standing.committed {
            Ok(committed) => (Some(committed.amount), None),
            Err(error) => (None, Some(error.to_string())),
        };
        println!(
            "{}",
            json!({
                "scope": ceiling.scope, "campaign": standing.campaign, "daily": ceiling.daily,
                "committed": committed, "problem": problem, "exceeded": standing.is_exceeded(),
                "set_by": standing.set_by, "set_at": standing.set_at,
            })
        );
        return;
    }
    let paint = Paint::for_stdout();
    let committed = match &standing.committed {
        Ok(committed) if standing.is_exceeded() => {
            let said = format!("{} are committed, which is more; nothing can be raised", committed.amount);
            paint.red(said)
        }
        Ok(committed) => format!("{} committed", committed.amount),
        Err(error) => paint.yellow(error),
    };
    let scope = title(&ceiling.scope, standing.campaign.as_deref());
    println!("{:<32} {:>16} a day  {committed}", scope, ceiling.daily.to_string());
}
