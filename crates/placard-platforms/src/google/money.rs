//! Amounts as Google counts them: millionths of the currency's unit, whatever the currency (Google,
//! `platforms/google.md` §10).

use super::wire::integer;
use placard_domain::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals of an amount in micros.
const DECIMALS: u32 = 6;

/// `money` in micros; `None` if they are more than 64 bits hold. No currency has more than six decimals, so nothing is
/// ever rounded.
pub(super) fn to_micros(money: Money) -> Option<i64> {
    let per_minor = 10_i64.checked_pow(DECIMALS.checked_sub(money.currency().exponent())?)?;
    money.minor().checked_mul(per_minor)
}

/// Micros, a number or text, as money; `None` if they are neither, or finer than the currency's smallest unit.
pub(super) fn from_micros(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_major(to_major(integer(value)?), currency).ok()
}

/// Micros in major units, exactly.
pub(super) fn to_major(micros: i64) -> Decimal {
    Decimal::new(micros, DECIMALS).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn a_unit_is_a_million_in_every_currency() {
        assert_eq!(to_micros(Money::new(1_234, currency("USD"))), Some(12_340_000));
        assert_eq!(to_micros(Money::new(900, currency("JPY"))), Some(900_000_000));
        assert_eq!(to_micros(Money::new(1_234, currency("KWD"))), Some(1_234_000));
    }

    #[test]
    fn micros_smaller_than_a_cent_are_no_money_and_too_many_are_refused() {
        assert_eq!(from_micros(&json!("12345"), currency("EUR")), None);
        assert_eq!(
            from_micros(&json!("12340000"), currency("EUR")),
            Some(Money::new(1_234, currency("EUR")))
        );
        assert_eq!(to_micros(Money::new(i64::MAX, currency("EUR"))), None);
    }

    proptest! {
        #[test]
        fn no_cent_of_any_currency_is_lost(minor in 0_i64..1_000_000_000_000) {
            for code in Currency::codes() {
                let money = Money::new(minor, currency(code));
                let micros = to_micros(money).unwrap();
                prop_assert_eq!(from_micros(&json!(micros.to_string()), currency(code)), Some(money));
                prop_assert_eq!(micros % 10_i64.pow(6 - currency(code).exponent()), 0, "not a multiple of the unit");
            }
        }
    }
}
