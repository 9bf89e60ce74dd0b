//! `placard rates`: what currencies are worth, by day.

use super::{
    ExitCode,
    desk::{self, Desk},
    failure::WrongInput,
    paint::Paint,
};
use crate::settings::Settings;
use anyhow::Result;
use chrono::{NaiveDate, Utc};
use clap::Subcommand;
use placard_domain::{Currency, guardrail::ExchangeRate};
use rust_decimal::Decimal;
use serde_json::json;

/// `placard rates`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Set a rate: `placard rates set EUR USD 1.08` says that 1 EUR is 1.08 USD. It serves both ways.
    Set {
        /// The currency of which one is worth …
        from: Currency,
        /// … so many of this one.
        to: Currency,
        /// The rate.
        rate: Decimal,
        /// The day it is of; today if it is not named.
        #[arg(long)]
        date: Option<NaiveDate>,
    },
    /// List the rates, the newest first.
    List,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard rates", async |desk| act(desk, settings.json, args.command).await).await
}

async fn act(desk: &dyn Desk, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Set { from, to, rate, date } => {
            let date = date.unwrap_or_else(|| Utc::now().date_naive());
            let rate =
                ExchangeRate::new(from, to, date, rate).map_err(|error| WrongInput(error.to_string()))?;
            desk.set_rate(&rate).await?;
            show(&rate, as_json);
        }
        Command::List => {
            let rates = desk.rates().await?;
            if rates.is_empty() && !as_json {
                let command = Paint::for_stdout().cyan("placard rates set EUR USD 1.08");
                println!("No rate is set; set one with {command}");
            }
            rates.iter().for_each(|stored| show(&stored.rate(), as_json));
        }
    }
    Ok(ExitCode::Done)
}

fn show(rate: &ExchangeRate, as_json: bool) {
    if as_json { println!("{}", json!(rate)) } else { println!("{rate}") }
}
