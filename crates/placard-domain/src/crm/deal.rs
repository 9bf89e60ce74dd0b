//! What is to be sold to a lead.

use super::pipeline::StageKind;
use crate::Money;
use chrono::NaiveDate;

/// Something that is to be sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// What it is, for people.
    pub title: String,
    /// What it is worth.
    pub amount: Money,
    /// When it is likely to be decided.
    pub expected_close: Option<NaiveDate>,
}

/// Why there can be no such deal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// A title that nobody can read.
    #[error("a title has 1 to 200 characters")]
    Title,
    /// An amount below nothing.
    #[error("a deal is not worth less than nothing")]
    Negative,
}

impl Deal {
    /// A deal that can be.
    pub fn new(title: &str, amount: Money, expected_close: Option<NaiveDate>) -> Result<Self, DealError> {
        let title = title.trim();
        if title.is_empty() || title.chars().count() > 200 || title.chars().any(char::is_control) {
            return Err(DealError::Title);
        }
        if amount.minor() < 0 {
            return Err(DealError::Negative);
        }
        Ok(Self { title: title.to_owned(), amount, expected_close })
    }
}

/// What can be counted on: the amount times the stage's chance, rounded down to a whole minor unit.
pub fn weighted(amount: Money, probability: u8) -> Money {
    let share = i128::from(amount.minor()) * i128::from(probability.min(100)) / 100;
    let share = i64::try_from(share).unwrap_or_else(|_| amount.minor());
    Money::new(share, amount.currency())
}

/// Whether a deal at such a stage is over.
pub const fn is_closed(kind: StageKind) -> bool {
    !matches!(kind, StageKind::Open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_deal_below_nothing_is_refused() {
        let amount = Money::new(-1, "EUR".parse().unwrap());
        assert_eq!(Deal::new("Roof", amount, None), Err(DealError::Negative));
    }

    proptest! {
        #[test]
        fn nobody_counts_on_more_than_a_deal_is_worth(minor in 0_i64..=i64::MAX, probability in 0_u8..=100) {
            let amount = Money::new(minor, "EUR".parse().unwrap());
            let weighted = weighted(amount, probability);
            prop_assert!((0..=minor).contains(&weighted.minor()));
            prop_assert!(probability < 100 || weighted == amount);
        }
    }
}
