//! Amounts as Meta counts them (Meta, `platforms/meta.md` §16).

use placard_domain::{Currency, Money};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;

/// Currencies that Meta counts in whole units.
const WITHOUT_MINOR_UNIT: &[&str] =
    &["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Currencies that an ad account can have.
#[rustfmt::skip]
const SUPPORTED: &[&str] = &[
    "AED", "ARS", "AUD", "BDT", "BOB", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CRC", "CZK", "DKK", "DZD", "EGP",
    "EUR", "GBP", "GTQ", "HKD", "HNL", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "LKR", "MOP", "MXN",
    "MYR", "NGN", "NIO", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "SAR", "SEK", "SGD", "THB",
    "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR",
];

/// Fields of campaigns and ad sets that hold amounts (§8, §9).
pub(super) const AMOUNTS: &[&str] = &["daily_budget", "lifetime_budget", "bid_amount", "spend_cap"];

/// Whether an ad account can have `currency`.
pub(super) fn supports(currency: Currency) -> bool {
    SUPPORTED.contains(&currency.code())
}

/// How many decimals Meta knows of `currency`.
pub(super) fn decimals(currency: Currency) -> u32 {
    if WITHOUT_MINOR_UNIT.contains(&currency.code()) { 0 } else { 2 }
}

/// `money` as Meta's whole number; `None` if Meta knows fewer decimals than it has.
pub(super) fn to_wire(money: Money) -> Option<i64> {
    let scaled = money.to_major().checked_mul(Decimal::from(10_i64.pow(decimals(money.currency()))))?;
    if scaled.fract().is_zero() { scaled.to_i64() } else { None }
}

/// Meta's whole number, a number or text, as money; `None` if it is neither.
pub(super) fn from_wire(value: &Value, currency: Currency) -> Option<Money> {
    let count: i64 = match value {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    Money::from_major(Decimal::new(count, decimals(currency)), currency).ok()
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
    fn forints_go_out_whole_and_a_filler_is_refused() {
        // ISO counts forints in hundredths, Meta does not.
        assert_eq!(to_wire(Money::new(250_000, currency("HUF"))), Some(2_500));
        assert_eq!(to_wire(Money::new(250_050, currency("HUF"))), None);
        assert_eq!(to_wire(Money::new(1_234, currency("USD"))), Some(1_234));
        assert_eq!(to_wire(Money::new(900, currency("JPY"))), Some(900));
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(count in 0_i64..1_000_000_000, index in 0..SUPPORTED.len()) {
            let currency = currency(SUPPORTED[index]);
            let money = from_wire(&json!(count.to_string()), currency).unwrap();
            prop_assert_eq!(to_wire(money), Some(count));
        }
    }
}
