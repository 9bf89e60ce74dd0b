//! The metric registry: what each number means, so that nothing adds up what must not be added.

mod sums;

pub use sums::{Overflow, Sums};

use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// The level of the account tree that a row of numbers is about.
    Level {
        /// The whole ad account.
        Account = "account",
        /// A campaign.
        Campaign = "campaign",
        /// An ad group.
        AdGroup = "ad_group",
        /// An ad.
        Ad = "ad",
    }
}

/// How a metric combines over days, entities and segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Additivity {
    /// It sums over everything.
    Additive,
    /// It sums, within one currency.
    AdditiveInCurrency,
    /// It is a ratio of two sums, and never averaged.
    Ratio {
        /// The metric above the line.
        numerator: &'static str,
        /// The metric below it.
        denominator: &'static str,
        /// What the ratio is multiplied by: 1000 for cost per mille.
        scale: u32,
    },
    /// It counts people, who may be the same ones elsewhere: it is never summed.
    NonAdditive,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A whole number.
    Count,
    /// Money in the account's currency.
    Currency,
    /// A share of one.
    Share,
    /// A plain ratio.
    Factor,
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The column and field name.
    pub name: &'static str,
    /// The heading for people.
    pub title: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// How it combines.
    pub additivity: Additivity,
}

const fn metric(name: &'static str, title: &'static str, unit: Unit, additivity: Additivity) -> Metric {
    Metric { name, title, unit, additivity }
}

const fn ratio(numerator: &'static str, denominator: &'static str, scale: u32) -> Additivity {
    Additivity::Ratio { numerator, denominator, scale }
}

/// Every metric.
pub const REGISTRY: &[Metric] = &[
    metric("impressions", "Impressions", Unit::Count, Additivity::Additive),
    metric("clicks", "Clicks", Unit::Count, Additivity::Additive),
    metric("spend", "Spend", Unit::Currency, Additivity::AdditiveInCurrency),
    metric("conversions", "Conversions", Unit::Count, Additivity::Additive),
    metric("conversion_value", "Conversion value", Unit::Currency, Additivity::AdditiveInCurrency),
    metric("reach", "Reach", Unit::Count, Additivity::NonAdditive),
    metric("ctr", "CTR", Unit::Share, ratio("clicks", "impressions", 1)),
    metric("cpc", "CPC", Unit::Currency, ratio("spend", "clicks", 1)),
    metric("cpm", "CPM", Unit::Currency, ratio("spend", "impressions", 1000)),
    metric("cvr", "CVR", Unit::Share, ratio("conversions", "clicks", 1)),
    metric("cpa", "CPA", Unit::Currency, ratio("spend", "conversions", 1)),
    metric("roas", "ROAS", Unit::Factor, ratio("conversion_value", "spend", 1)),
];

/// Looks a metric up by name.
pub fn find(name: &str) -> Option<&'static Metric> {
    REGISTRY.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_is_made_of_sums() {
        for metric in REGISTRY {
            let Additivity::Ratio { numerator, denominator, .. } = metric.additivity else { continue };
            for part in [numerator, denominator] {
                let part = find(part).unwrap();
                assert!(matches!(part.additivity, Additivity::Additive | Additivity::AdditiveInCurrency));
            }
        }
    }
}
