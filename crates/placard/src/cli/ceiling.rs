//! `placard ceiling`: the most that may be committed for a day.

use super::{
    ExitCode,
    desk::{self, Desk},
    failure::WrongInput,
    paint::Paint,
    scope::{ScopeArgs, title},
};
use crate::{api::view::CeilingView, settings::Settings};
use anyhow::Result;
use clap::Subcommand;
use placard_domain::{Currency, Money};
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
    desk::at(settings, "placard ceiling", async |desk| act(desk, settings.json, args.command).await).await
}

async fn act(desk: &dyn Desk, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Set { amount, currency, scope } => {
            let daily = Money::from_major(amount, currency).map_err(|error| WrongInput(error.to_string()))?;
            if daily.minor() < 0 {
                return Err(WrongInput("a ceiling is zero or more".into()).into());
            }
            let over = scope.find(desk).await?;
            show(&desk.set_ceiling(&over, daily).await?, as_json);
        }
        Command::List => list(desk, as_json).await?,
        Command::Remove { scope } => {
            let over = scope.find(desk).await?;
            let removed = desk.remove_ceiling(&over).await?;
            match (as_json, removed) {
                (true, _) => println!("{}", json!({ "removed": removed })),
                (false, true) => println!("{} Removed.", Paint::for_stdout().green("✓")),
                (false, false) => println!("There was none."),
            }
        }
    }
    Ok(ExitCode::Done)
}

async fn list(desk: &dyn Desk, as_json: bool) -> Result<()> {
    let ceilings = desk.ceilings().await?;
    if ceilings.is_empty() && !as_json {
        println!(
            "No ceiling is set; set one with {}",
            Paint::for_stdout().cyan("placard ceiling set 500 EUR")
        );
    }
    ceilings.iter().for_each(|ceiling| show(ceiling, as_json));
    Ok(())
}

fn show(ceiling: &CeilingView, as_json: bool) {
    let (daily, committed) = (Money::from(ceiling.daily), ceiling.committed.map(Money::from));
    let (scope, campaign) = (&ceiling.scope, ceiling.campaign());
    if as_json {
        println!(
            "{}",
            json!({
                "scope": scope, "campaign": campaign, "daily": daily, "committed": committed,
                "problem": ceiling.unknown, "exceeded": ceiling.exceeded, "set_by": ceiling.set_by,
                "set_at": ceiling.set_at,
            })
        );
        return;
    }
    let paint = Paint::for_stdout();
    let committed = match (committed, &ceiling.unknown) {
        (Some(committed), _) if ceiling.exceeded => {
            paint.red(format!("{committed} are committed, which is more; nothing can be raised"))
        }
        (Some(committed), _) => format!("{committed} committed"),
        (None, problem) => paint.yellow(problem.as_deref().unwrap_or_default()),
    };
    println!("{:<32} {:>16} a day  {committed}", title(scope, campaign), daily.to_string());
}
