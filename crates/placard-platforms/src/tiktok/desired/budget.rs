//! Budgets and flights (TikTok, `platforms/tiktok.md` §8, §11).

use super::{Group, Mapper};
use crate::tiktok::{
    canonical::{self, END, START},
    money,
};
use placard_domain::{
    Money,
    spec::{Budget, Diagnostic, Flight},
};
use serde_json::Value;

/// Budgets stay below this, in US dollars, by day (§11).
const BELOW: i64 = 10_000_000;

impl Mapper<'_> {
    /// The field that holds `budget`'s amount.
    pub(super) fn budget_amount(&mut self, path: &str, budget: Budget) -> Option<(&'static str, Value)> {
        let (word, amount) = parts(budget);
        Some(("budget", self.amount(&format!("{path}.{word}"), amount)?))
    }

    /// Checks `budget` against TikTok's limits, of which the lower is `least` US dollars a day.
    pub(super) fn check_budget(&mut self, path: &str, budget: Budget, flight: &Flight, least: i64) {
        let (word, amount) = parts(budget);
        let path = format!("{path}.{word}");
        let currency = amount.currency();
        let (Some(a_day), Some(below)) = (money::scaled(least, currency), money::scaled(BELOW, currency))
        else {
            // A currency that TikTok does not know is refused elsewhere.
            return;
        };
        let days = match budget {
            Budget::Daily(_) => 1,
            Budget::Lifetime(_) => flight.days(self.context.today).max(1),
        };
        let floor = Money::new(a_day.minor().saturating_mul(days), currency);
        if amount.minor() < floor.minor() {
            let message = match budget {
                Budget::Daily(_) => format!("{amount} a day is less than TikTok's minimum of {floor}"),
                Budget::Lifetime(_) => {
                    format!(
                        "{amount} is less than TikTok's minimum of {floor}: {a_day} for each of {days} days"
                    )
                }
            };
            self.found(
                Diagnostic::error(path.as_str(), message).help("Raise the budget, or shorten the flight."),
            );
        }
        if amount.minor() / days >= below.minor() {
            self.error(path, format!("TikTok takes budgets below {below} a day"));
        }
    }

    /// When an ad group runs, in UTC. An open end is said, so that one set by hand is noticed.
    pub(super) fn schedule_fields(&mut self, group: Group<'_>) -> Vec<(&'static str, Value)> {
        let (flight, zone) = (group.group.flight, self.context.zone);
        let has_total = matches!(group.group.budget.or(self.campaign.budget), Some(Budget::Lifetime(_)));
        if has_total && flight.end.is_none() {
            self.error(format!("{}.end", self.paths.schedule(group.index)), "a lifetime budget needs an end");
        }
        let kind = if flight.end.is_some() { "SCHEDULE_START_END" } else { "SCHEDULE_FROM_NOW" };
        let start = flight.start.map(|start| (START, canonical::time(start.starts(zone))));
        let end = flight.end.map(|end| (END, canonical::time(end.ends(zone))));
        [("schedule_type", kind.into())].into_iter().chain(start).chain(end).collect()
    }
}

fn parts(budget: Budget) -> (&'static str, Money) {
    match budget {
        Budget::Daily(amount) => ("daily", amount),
        Budget::Lifetime(amount) => ("lifetime", amount),
    }
}
