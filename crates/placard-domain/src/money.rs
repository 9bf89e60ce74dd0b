//! Amounts that we set. What platforms report is a `Decimal` in major units beside a [`Currency`].

use crate::Currency;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An exact amount, counted in the minor unit of its currency.
///
/// `Money::new(1250, EUR)` is 12.50 EUR and `Money::new(900, JPY)` is 900 JPY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount could not be made or combined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// More decimals than the currency has.
    #[error("{amount} has more decimals than {currency} allows ({})", .currency.exponent())]
    TooPrecise {
        /// The amount as written.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
    },
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be added without a dated exchange rate")]
    MixedCurrencies {
        /// Currency of the left side.
        left: Currency,
        /// Currency of the right side.
        right: Currency,
    },
    /// Past what 64 bits hold.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Converts from major units, refusing to round.
    pub fn from_major(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scale = Decimal::from(10_i64.pow(currency.exponent()));
        let minor = amount.checked_mul(scale).ok_or(MoneyError::Overflow)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::TooPrecise { amount, currency });
        }
        Ok(Self::new(minor.to_i64().ok_or(MoneyError::Overflow)?, currency))
    }

    /// The count of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, with the currency's own number of decimals.
    pub fn to_major(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The sum, if both sides share a currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference, if both sides share a currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The share of one of `parts` equal parts, rounded up to a whole minor unit.
    pub const fn div_ceil(self, parts: i64) -> Self {
        Self::new((self.minor + parts - 1) / parts, self.currency)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::MixedCurrencies { left: self.currency, right: other.currency })
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.to_major(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn a_third_decimal_of_a_euro_is_refused_not_rounded() {
        let error = Money::from_major("12.345".parse().unwrap(), eur()).unwrap_err();
        assert_eq!(error.to_string(), "12.345 has more decimals than EUR allows (2)");
    }

    #[test]
    fn a_yen_has_no_decimals() {
        let jpy = "JPY".parse().unwrap();
        assert_eq!(Money::from_major("900".parse().unwrap(), jpy).unwrap().to_string(), "900 JPY");
        assert!(Money::from_major("900.5".parse().unwrap(), jpy).is_err());
    }

    #[test]
    fn euros_and_dollars_do_not_add() {
        let usd = "USD".parse().unwrap();
        assert!(matches!(
            Money::new(1, eur()).checked_add(Money::new(1, usd)),
            Err(MoneyError::MixedCurrencies { .. })
        ));
    }

    proptest! {
        #[test]
        fn major_units_and_back_lose_nothing(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            for code in ["EUR", "JPY", "KWD"] {
                let money = Money::new(minor, code.parse().unwrap());
                prop_assert_eq!(Money::from_major(money.to_major(), money.currency()).unwrap(), money);
            }
        }

        #[test]
        fn equal_parts_cover_the_whole(minor in 0_i64..1_000_000_000, parts in 1_i64..400) {
            let part = Money::new(minor, eur()).div_ceil(parts);
            prop_assert!(part.minor() * parts >= minor && (part.minor() - 1) * parts < minor.max(1));
        }
    }
}
