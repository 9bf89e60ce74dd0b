//! `placard report revenue`: what ads cost and what was sold to the people who came by them.

use super::{ExitCode, failure::WrongInput, office::Office, paint::Paint, words::one_of};
use crate::{
    api::view::RevenueView,
    crm::{self, Untold},
    settings::Settings,
};
use anyhow::Result;
use chrono::{Days, NaiveDate, Utc};
use placard_domain::{AccountRef, Currency, metric::Level};
use placard_store::{ad_account, crm::RevenueScope};
use rust_decimal::Decimal;
use serde_json::json;

/// `placard report revenue`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// For each of what.
    #[arg(long, default_value = "campaign", value_parser = one_of(&LEVELS, Level::as_str))]
    level: Level,
    /// Only this ad account.
    #[arg(long)]
    account: Option<String>,
    /// First day; thirty days before the last one if left out.
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Last day; today if left out.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// In which currency to compare; needed if there are amounts in several.
    #[arg(long)]
    currency: Option<Currency>,
}

const LEVELS: [Level; 3] = [Level::Campaign, Level::AdGroup, Level::Ad];

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let until = args.until.unwrap_or_else(|| Utc::now().date_naive());
    let since = args.since.or_else(|| until.checked_sub_days(Days::new(29))).unwrap_or(until);
    if until < since {
        return Err(WrongInput(format!("{until} lies before {since}; exchange --since and --until")).into());
    }
    let told = async |office: &Office| told(office, &args, since, until).await;
    let view = Office::at(settings, "placard report revenue", told).await?;
    if settings.json {
        println!("{}", json!(view));
    } else {
        print(&view, since, until);
    }
    Ok(ExitCode::Done)
}

async fn told(office: &Office, args: &Args, since: NaiveDate, until: NaiveDate) -> Result<RevenueView> {
    let mut tx = office.tx().await?;
    let account: Option<AccountRef> =
        match &args.account {
            Some(id) => {
                let known = ad_account::list(&mut tx).await?.into_iter().map(|one| one.description.account);
                let found = known.into_iter().find(|account| account.id == *id);
                Some(found.ok_or_else(|| {
                    WrongInput(format!("there is no ad account {id}; see `placard accounts`"))
                })?)
            }
            None => None,
        };
    let scope = RevenueScope { level: args.level, account: account.as_ref(), since, until };
    match crm::revenue(&mut tx, &scope, args.currency).await {
        Ok(revenue) => Ok(revenue.into()),
        Err(Untold::Incomparable(error)) => Err(WrongInput(format!(
            "{error}\n  → name one with --currency, and set rates with `placard rates set EUR USD 1.08`"
        ))
        .into()),
        Err(Untold::Store(error)) => Err(error.into()),
    }
}

fn print(view: &RevenueView, since: NaiveDate, until: NaiveDate) {
    let paint = Paint::for_stdout();
    let currency = view.currency.map(|currency| currency.to_string()).unwrap_or_default();
    println!("{} {}", paint.bold(format!("Revenue, {since} to {until}")), paint.dim(&currency));
    if view.rows.is_empty() {
        println!("There is neither spend nor a lead nor a won deal on these days.");
        return;
    }
    println!(
        "{:<34} {:>12} {:>7} {:>11} {:>5} {:>14} {:>8}",
        "", "spend", "leads", "per lead", "won", "revenue", "ROAS"
    );
    let amount = |value: Decimal| format!("{:.2}", value.round_dp(2));
    let ratio = |value: Option<Decimal>| value.map_or_else(|| "–".to_owned(), amount);
    for row in &view.rows {
        let name = row.name.as_deref().or(row.id.as_deref()).unwrap_or("by no ad that is known");
        let name: String = name.chars().take(34).collect();
        println!(
            "{name:<34} {:>12} {:>7} {:>11} {:>5} {:>14} {:>8}",
            amount(row.spend),
            row.leads,
            ratio(row.cost_per_lead),
            row.won,
            amount(row.revenue),
            ratio(row.roas)
        );
    }
    for rate in &view.rates {
        println!("{}", paint.dim(format!("  {rate}")));
    }
}
