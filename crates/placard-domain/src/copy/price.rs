//! What a model costs.

use crate::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a provider takes for a million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For those of the question, in major units.
    pub input: Decimal,
    /// For those of the answer, in major units.
    pub output: Decimal,
    /// Of which currency.
    pub currency: Currency,
}

const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Digits after the point that are kept of a cost.
const DIGITS: u32 = 9;
/// What a conversation has beside its texts, in tokens; no provider's format needs as many.
const OVERHEAD: u64 = 200;

impl Price {
    /// What so many tokens cost. Rounded up, so that a budget is never passed unseen.
    pub fn of(&self, tokens_in: u64, tokens_out: u64) -> Decimal {
        let cost = self.input * Decimal::from(tokens_in) + self.output * Decimal::from(tokens_out);
        (cost / MILLION).round_dp_with_strategy(DIGITS, rust_decimal::RoundingStrategy::AwayFromZero)
    }

    /// The most that a question of so many bytes can cost: no token is shorter than a byte.
    pub fn most(&self, prompt_bytes: usize, most_tokens_out: u32) -> Decimal {
        let tokens_in = u64::try_from(prompt_bytes).unwrap_or(u64::MAX / 2).saturating_add(OVERHEAD);
        self.of(tokens_in, u64::from(most_tokens_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_exact_and_never_more_than_what_was_reserved() {
        let price = Price {
            input: "0.15".parse().unwrap(),
            output: "0.60".parse().unwrap(),
            currency: "USD".parse().unwrap(),
        };
        assert_eq!(price.of(1_234, 567).to_string(), "0.0005253");
        assert_eq!(price.of(0, 0), Decimal::ZERO);
        assert!(price.most(1_000, 2_000) > price.of(1_000, 2_000));
    }
}
