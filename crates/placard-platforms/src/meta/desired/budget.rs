//! Budgets and flights (Meta, `platforms/meta.md` §9, budget rules).

use super::{
    Group, Mapper,
    minimum::{self, Minimum},
};
use chrono::TimeDelta;
use placard_domain::{
    Money,
    spec::{Budget, Diagnostic},
};
use serde_json::Value;

impl Mapper<'_> {
    /// The field that holds `budget`.
    pub(super) fn budget_field(&mut self, path: &str, budget: Budget) -> Option<(&'static str, Value)> {
        let (field, word, amount) = match budget {
            Budget::Daily(amount) => ("daily_budget", "daily", amount),
            Budget::Lifetime(amount) => ("lifetime_budget", "lifetime", amount),
        };
        Some((field, self.amount(&format!("{path}.{word}"), amount)?.into()))
    }

    /// Checks the budget that pays for `group`, and its flight.
    pub(super) fn check_budget(&mut self, group: Group<'_>) {
        let path = self.paths.budget(group.index);
        let Some(budget) = group.group.budget.or(self.campaign.budget) else {
            self.error(path, "neither the campaign nor the ad group has a budget");
            return;
        };
        let flight = &group.group.flight;
        let word = match budget {
            Budget::Daily(_) => "daily",
            Budget::Lifetime(_) => "lifetime",
        };
        if matches!(budget, Budget::Lifetime(_)) && flight.end.is_none() {
            self.error(format!("{}.end", self.paths.schedule(group.index)), "a lifetime budget needs an end");
            return;
        }
        if let (Budget::Daily(_), Some(start), Some(end)) = (budget, flight.start, flight.end)
            && end.ends(self.context.zone) - start.starts(self.context.zone) <= TimeDelta::hours(24)
        {
            self.found(
                Diagnostic::error(
                    self.paths.schedule(group.index),
                    "with a daily budget, Meta wants ads to run for more than 24 hours",
                )
                .help("End later, or give a lifetime budget."),
            );
        }
        let per_day = budget.per_day(flight, self.context.today);
        self.check_minimum(&format!("{path}.{word}"), per_day, group);
    }

    fn check_minimum(&mut self, path: &str, per_day: Money, group: Group<'_>) {
        let places = group.group.locations.include.iter();
        let doubled = places.filter_map(|place| place.country.as_deref()).any(minimum::is_doubled);
        match minimum::check(per_day, doubled, group.group.bid) {
            Minimum::Met => {}
            Minimum::Missed(least) => {
                self.found(
                    Diagnostic::error(
                        path,
                        format!("{per_day} a day is less than Meta's minimum of {least}"),
                    )
                    .help("Raise the budget, or shorten the flight."),
                );
            }
            Minimum::PerhapsMissed(least) => {
                self.found(
                    Diagnostic::warning(
                        path,
                        format!("{per_day} a day may be less than Meta's minimum, about {least}"),
                    )
                    .help("Meta decides in the account's currency when the campaign is published."),
                );
            }
        }
    }
}
