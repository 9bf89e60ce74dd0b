//! Amounts as TikTok counts them: decimal major units (TikTok, `platforms/tiktok.md` §2, §11).

use placard_domain::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

/// Currencies of which TikTok takes whole units only (§2).
const WHOLE: &[&str] = &["CLP", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Currencies by the factor with which the base amounts of §11 are multiplied. `VEF` is not in use any more.
#[rustfmt::skip]
const RATIOS: &[(i64, &[&str])] = &[
    (1, &["AED", "ARS", "AUD", "BRL", "CAD", "CHF", "EUR", "GBP", "HUF", "ILS", "MYR", "NZD", "PEN", "QAR", "RON",
        "SAR", "SGD", "USD"]),
    (4, &["PLN"]),
    (10, &["BOB", "CNY", "CZK", "DKK", "EGP", "GTQ", "HKD", "HNL", "MOP", "MXN", "NIO", "NOK", "SEK", "THB", "TRY",
        "TWD", "UAH", "UYU", "ZAR"]),
    (50, &["PHP"]),
    (100, &["BDT", "DZD", "INR", "ISK", "JPY", "KES", "NGN", "PKR", "RUB"]),
    (1_000, &["CLP", "COP", "CRC", "KRW"]),
    (10_000, &["IDR", "PYG", "VND"]),
];

/// Fields that hold amounts (§7, §8).
pub(super) const AMOUNTS: &[&str] = &["budget", "bid_price", "conversion_bid_price"];

/// The factor of `currency` for amounts that are given in US dollars; `None` if no account can have it.
pub(super) fn ratio(currency: Currency) -> Option<i64> {
    RATIOS.iter().find(|(_, codes)| codes.contains(&currency.code())).map(|(ratio, _)| *ratio)
}

/// How many decimals TikTok knows of `currency`.
const fn decimals(is_whole: bool) -> u32 {
    if is_whole { 0 } else { 2 }
}

/// `money` as TikTok's decimal, without needless zeros; `None` if TikTok knows fewer decimals than it has.
pub(super) fn to_wire(money: Money) -> Option<String> {
    let amount = money.to_major().normalize();
    let known = decimals(WHOLE.contains(&money.currency().code()));
    (amount.scale() <= known).then(|| amount.to_string())
}

/// TikTok's decimal, a number or text, as money; `None` if it is neither, or finer than the currency.
pub(super) fn from_wire(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_major(super::wire::decimal(value)?, currency).ok()
}

/// `base` US dollars in `currency`, by TikTok's factor; `None` if no account can have it.
pub(super) fn scaled(base: i64, currency: Currency) -> Option<Money> {
    Money::from_major(Decimal::from(base.checked_mul(ratio(currency)?)?), currency).ok()
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
        // ISO counts forints in hundredths, TikTok does not.
        assert_eq!(to_wire(Money::new(250_000, currency("HUF"))).as_deref(), Some("2500"));
        assert_eq!(to_wire(Money::new(250_050, currency("HUF"))), None);
        assert_eq!(to_wire(Money::new(5_050, currency("USD"))).as_deref(), Some("50.5"));
        assert_eq!(to_wire(Money::new(900, currency("JPY"))).as_deref(), Some("900"));
    }

    #[test]
    fn a_minimum_grows_with_the_currency() {
        assert_eq!(scaled(50, currency("EUR")), Some(Money::new(5_000, currency("EUR"))));
        assert_eq!(scaled(20, currency("JPY")), Some(Money::new(2_000, currency("JPY"))));
        assert_eq!(scaled(20, currency("KWD")), None, "no account counts in dinars");
    }

    #[test]
    fn every_known_currency_stands_once() {
        let all: Vec<&str> = RATIOS.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        assert!(all.iter().all(|code| Currency::codes().any(|known| known == *code)));
        assert!(all.iter().enumerate().all(|(index, code)| !all[..index].contains(code)));
        assert!(WHOLE.iter().all(|code| all.contains(code)));
    }

    proptest! {
        #[test]
        fn no_cent_of_any_currency_is_lost_on_the_way(minor in 0_i64..100_000_000_000_000) {
            for code in Currency::codes() {
                let money = Money::new(minor, currency(code));
                let Some(wire) = to_wire(money) else {
                    let known = decimals(WHOLE.contains(&code));
                    prop_assert!(money.to_major().normalize().scale() > known, "{} is refused for nothing", money);
                    continue;
                };
                // As text, and as the number that a JSON parser makes of it.
                prop_assert_eq!(from_wire(&json!(wire), currency(code)), Some(money));
                let number: Value = serde_json::from_str(&wire).unwrap();
                prop_assert_eq!(from_wire(&number, currency(code)), Some(money));
            }
        }
    }
}
