//! Sums of what adds up, and ratios computed from them by the registry.

use super::{Additivity, Metric, find};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The additive numbers of any set of rows in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Times shown.
    pub impressions: i64,
    /// Clicks of every kind.
    pub clicks: i64,
    /// Spend in major units.
    pub spend: Decimal,
    /// Results by the platform's attribution.
    pub conversions: Decimal,
    /// Their value in major units.
    pub conversion_value: Decimal,
}

/// A sum past what its numbers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sum of {0} is too large")]
pub struct Overflow(pub &'static str);

impl Sums {
    /// Adds `other`, in the same currency.
    pub fn add(&mut self, other: &Self) -> Result<(), Overflow> {
        *self = Self {
            impressions: self.impressions.checked_add(other.impressions).ok_or(Overflow("impressions"))?,
            clicks: self.clicks.checked_add(other.clicks).ok_or(Overflow("clicks"))?,
            spend: self.spend.checked_add(other.spend).ok_or(Overflow("spend"))?,
            conversions: self.conversions.checked_add(other.conversions).ok_or(Overflow("conversions"))?,
            conversion_value: self
                .conversion_value
                .checked_add(other.conversion_value)
                .ok_or(Overflow("conversion_value"))?,
        };
        Ok(())
    }

    /// What is left without `parts`, which must be parts of it.
    pub fn without(&self, parts: &[Self]) -> Self {
        parts.iter().fold(*self, |rest, part| Self {
            impressions: rest.impressions - part.impressions,
            clicks: rest.clicks - part.clicks,
            spend: rest.spend - part.spend,
            conversions: rest.conversions - part.conversions,
            conversion_value: rest.conversion_value - part.conversion_value,
        })
    }

    /// The value of a metric of the registry: a sum, or a ratio of two sums.
    ///
    /// Nothing if the denominator is zero, or if the metric is one that sums do not give, such as reach.
    pub fn value(&self, metric: &Metric) -> Option<Decimal> {
        match metric.additivity {
            Additivity::Additive | Additivity::AdditiveInCurrency => self.sum(metric.name),
            Additivity::Ratio { numerator, denominator, scale } => {
                let scaled = self.sum(numerator)?.checked_mul(Decimal::from(scale))?;
                scaled.checked_div(self.sum(denominator)?)
            }
            Additivity::NonAdditive => None,
        }
    }

    /// [`Sums::value`] by the metric's name.
    pub fn named(&self, name: &str) -> Option<Decimal> {
        self.value(find(name)?)
    }

    fn sum(&self, name: &str) -> Option<Decimal> {
        match name {
            "impressions" => Some(self.impressions.into()),
            "clicks" => Some(self.clicks.into()),
            "spend" => Some(self.spend),
            "conversions" => Some(self.conversions),
            "conversion_value" => Some(self.conversion_value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::REGISTRY;
    use proptest::prelude::*;

    fn sums() -> impl Strategy<Value = Sums> {
        (0_i64..1_000_000_000, 0_i64..1_000_000, 0_i64..1_000_000_000, 0_i64..100_000, 0_i64..1_000_000_000)
            .prop_map(|(impressions, clicks, spend, conversions, value)| Sums {
                impressions,
                clicks,
                spend: Decimal::new(spend, 4),
                conversions: conversions.into(),
                conversion_value: Decimal::new(value, 2),
            })
    }

    #[test]
    fn every_metric_that_adds_up_has_a_sum() {
        for metric in REGISTRY {
            let is_additive =
                matches!(metric.additivity, Additivity::Additive | Additivity::AdditiveInCurrency);
            assert_eq!(Sums::default().value(metric).is_some(), is_additive, "{}", metric.name);
        }
    }

    proptest! {
        #[test]
        fn ratios_come_from_sums_and_never_from_averages(parts in proptest::collection::vec(sums(), 1..20)) {
            let mut total = Sums::default();
            for part in &parts {
                total.add(part).unwrap();
            }
            let spend: Decimal = parts.iter().map(|part| part.spend).sum();
            let impressions: i64 = parts.iter().map(|part| part.impressions).sum();
            let cpm = (impressions > 0).then(|| spend * Decimal::from(1000) / Decimal::from(impressions));
            prop_assert_eq!(total.named("cpm"), cpm);
            for metric in REGISTRY {
                let Additivity::Ratio { .. } = metric.additivity else { continue };
                let values: Vec<Decimal> = parts.iter().filter_map(|part| part.value(metric)).collect();
                if let (Some(value), true) = (total.value(metric), values.len() == parts.len()) {
                    // A ratio of sums lies among the ratios of the parts, up to the last digit of a division.
                    let slack = Decimal::new(1, 15);
                    prop_assert!(value >= *values.iter().min().unwrap() - slack);
                    prop_assert!(value <= *values.iter().max().unwrap() + slack);
                }
            }
        }
    }
}
