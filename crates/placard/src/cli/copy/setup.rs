//! Which model writes, and what it may cost in a month.

use crate::{
    cli::{ExitCode, failure::WrongInput, office::Office, paint::Paint},
    copy::ProviderSettings,
};
use anyhow::{Context, Result};
use chrono::Utc;
use clap::Subcommand;
use placard_domain::Currency;
use placard_store::copy::{self, Budget};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Say which model writes: `set FILE` with JSON that is sealed by the vault, `show`, or `remove` for templates.
    Provider {
        #[command(subcommand)]
        command: ProviderCommand,
    },
    /// Show what models cost this month, or say what they may: `placard copy budget 20 USD`.
    Budget {
        /// How much in a month in UTC, in major units.
        #[arg(requires = "currency")]
        amount: Option<Decimal>,
        /// Of which currency: that of the model's price.
        currency: Option<Currency>,
        /// Let models cost whatever they do.
        #[arg(long, conflicts_with = "amount")]
        none: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum ProviderCommand {
    /// Keep a model, from a JSON file: base_url, model, key, price {input, output, currency} for a million tokens.
    Set {
        /// The file, or `-`.
        file: PathBuf,
    },
    /// Show the model, without its key.
    Show,
    /// Forget the model; templates write from then on.
    Remove,
}

pub(super) async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Provider { command } => provider(office, as_json, command).await,
        Command::Budget { amount, currency, none } => {
            let budget = amount.zip(currency).map(|(amount, currency)| Budget { amount, currency });
            if budget.is_some_and(|budget| budget.amount.is_sign_negative() || budget.amount.scale() > 9) {
                let words = "a budget is not below zero and has up to nine digits behind the point";
                return Err(WrongInput(words.into()).into());
            }
            let mut tx = office.tx().await?;
            if budget.is_some() || none {
                copy::set_budget(&mut tx, &office.session.actor(), budget).await?;
            }
            let spending = copy::spending(&mut tx, Utc::now()).await?;
            tx.commit().await?;
            show_spending(&spending, as_json);
            Ok(ExitCode::Done)
        }
    }
}

async fn provider(office: &Office, as_json: bool, command: ProviderCommand) -> Result<ExitCode> {
    let (vault, actor) = (office.session.vault(), office.session.actor());
    let mut tx = office.tx().await?;
    match command {
        ProviderCommand::Set { file } => {
            let text = std::io::read_to_string(open(&file)?).context("the settings cannot be read")?;
            let settings = ProviderSettings::parse(&text).map_err(|error| WrongInput(error.to_string()))?;
            let shown = settings.shown();
            let sealed = SecretString::from(serde_json::to_string(&settings)?);
            copy::set_provider(&mut tx, vault, &actor, Some(&sealed), &shown).await?;
            tx.commit().await?;
            show_provider(Some(&shown), as_json);
        }
        ProviderCommand::Show => {
            let sealed = copy::provider(&mut tx, vault).await?;
            tx.commit().await?;
            let settings =
                sealed.map(|sealed| ProviderSettings::parse(sealed.expose_secret())).transpose()?;
            show_provider(settings.as_ref().map(ProviderSettings::shown).as_ref(), as_json);
        }
        ProviderCommand::Remove => {
            copy::set_provider(&mut tx, vault, &actor, None, &Value::Null).await?;
            tx.commit().await?;
            show_provider(None, as_json);
        }
    }
    Ok(ExitCode::Done)
}

fn open(file: &PathBuf) -> Result<Box<dyn std::io::Read>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = std::fs::File::open(file);
    let opened = opened.map_err(|error| WrongInput(format!("{} cannot be read: {error}", file.display())))?;
    Ok(Box::new(opened))
}

fn show_provider(shown: Option<&Value>, as_json: bool) {
    if as_json {
        println!("{}", json!({"provider": shown}));
        return;
    }
    match shown {
        None => println!("Templates write; no model is set up for this tenant."),
        Some(shown) => {
            let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
            println!("{} {} at {}", Paint::for_stdout().green("✓"), text("model"), text("base_url"));
            match &shown["price"] {
                Value::Null => println!("    no price is known: with a budget it would not be asked"),
                price => println!(
                    "    {} {} a million tokens in, {} out",
                    price["input"].as_str().unwrap_or_default(),
                    price["currency"].as_str().unwrap_or_default(),
                    price["output"].as_str().unwrap_or_default()
                ),
            }
        }
    }
}

fn show_spending(spending: &copy::Spending, as_json: bool) {
    let amount = |amount: &Decimal| amount.normalize().to_string();
    if as_json {
        let spent: Vec<Value> = spending
            .spent
            .iter()
            .map(|(currency, spent)| json!({"currency": currency.code(), "amount": amount(spent)}))
            .collect();
        let budget = spending.budget;
        let budget = budget
            .map(|budget| json!({"currency": budget.currency.code(), "amount": amount(&budget.amount)}));
        println!("{}", json!({"budget": budget, "spent": spent}));
        return;
    }
    match &spending.budget {
        Some(budget) => println!("Models may cost {} {} a month.", amount(&budget.amount), budget.currency),
        None => println!(
            "Models may cost whatever they do; {} sets a budget.",
            Paint::for_stdout().cyan("placard copy budget 20 USD")
        ),
    }
    if spending.spent.is_empty() {
        println!("Nothing was spent this month.");
    }
    for (currency, spent) in &spending.spent {
        println!("{:>16} {currency} spent or reserved this month", amount(spent));
    }
}
