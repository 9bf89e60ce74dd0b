//! Amounts as Microsoft counts them: decimal units of the account's currency (Microsoft, `platforms/microsoft.md` §2,
//! §11).

use super::wire::decimal;
use placard_domain::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals that Microsoft knows, whatever the currency (§11, units).
const DECIMALS: u32 = 2;

/// Fields that hold amounts (§4).
pub(super) const AMOUNTS: &[&str] = &["DailyBudget", "Amount", "TargetCpa"];

/// Fields that are numbers on the wire and text in our hands, so that no float touches them.
pub(super) const NUMBERS: &[&str] = &[
    "DailyBudget",
    "Amount",
    "ConversionValue",
    "TargetCpa",
    "TargetRoas",
    "Multiplier",
    "LatitudeDegrees",
    "LongitudeDegrees",
];

/// What a bid may be where the facts give limits (§11): least and most, in hundredths.
const BIDS: &[(&[&str], i64, Option<i64>)] =
    &[(&["USD", "EUR", "GBP"], 5, Some(100_000)), (&["AUD"], 1, None)];

/// The least daily budget where the facts give one (§11), in hundredths.
const BUDGETS: &[(&[&str], i64)] = &[(&["USD", "EUR", "GBP"], 5), (&["CNY"], 3_000)];

/// `money` as Microsoft's decimal, without needless zeros; `None` if it has more decimals than Microsoft knows.
pub(super) fn to_wire(money: Money) -> Option<String> {
    let amount = money.to_major().normalize();
    (amount.scale() <= DECIMALS).then(|| amount.to_string())
}

/// Microsoft's decimal, a number or text, as money; `None` if it is neither, or finer than the currency.
pub(super) fn from_wire(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_major(decimal(value)?, currency).ok()
}

/// The least and the most that a bid may be in `currency`, as far as is known.
pub(super) fn bid_limits(currency: Currency) -> (Option<Decimal>, Option<Decimal>) {
    let found = BIDS.iter().find(|(codes, _, _)| codes.contains(&currency.code()));
    let hundredths = |number: i64| Decimal::new(number, DECIMALS);
    (found.map(|(_, least, _)| hundredths(*least)), found.and_then(|(_, _, most)| most.map(hundredths)))
}

/// The least daily budget in `currency`, as far as is known.
pub(super) fn least_budget(currency: Currency) -> Option<Decimal> {
    let found = BUDGETS.iter().find(|(codes, _)| codes.contains(&currency.code()));
    found.map(|(_, least)| Decimal::new(*least, DECIMALS))
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
    fn a_third_decimal_is_refused_not_rounded() {
        assert_eq!(to_wire(Money::new(12_345, currency("KWD"))), None);
        assert_eq!(to_wire(Money::new(12_340, currency("KWD"))).as_deref(), Some("12.34"));
        assert_eq!(from_wire(&json!(12.345), currency("EUR")), None);
    }

    #[test]
    fn limits_are_those_of_the_fact_sheet() {
        let of = |code: &str| (bid_limits(currency(code)), least_budget(currency(code)));
        let decimal = |text: &str| Some(text.parse::<Decimal>().unwrap());
        assert_eq!(of("EUR"), ((decimal("0.05"), decimal("1000")), decimal("0.05")));
        assert_eq!(of("CNY"), ((None, None), decimal("30")));
        assert_eq!(of("JPY"), ((None, None), None));
    }

    proptest! {
        #[test]
        fn no_cent_of_any_currency_is_lost(minor in 0_i64..1_000_000_000_000) {
            for code in Currency::codes() {
                let money = Money::new(minor, currency(code));
                match to_wire(money) {
                    Some(text) => {
                        prop_assert_eq!(from_wire(&json!(text), currency(code)), Some(money));
                        let number: Value = serde_json::from_str(&text).unwrap();
                        prop_assert_eq!(from_wire(&number, currency(code)), Some(money), "as a number");
                    }
                    None => prop_assert!(currency(code).exponent() > 2 && minor % 10 != 0),
                }
            }
        }
    }
}
