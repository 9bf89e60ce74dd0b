//! The least that a day must cost (Meta, `platforms/meta.md` §9, budget rules).
//!
//! Meta publishes minimums in US dollars, by what it charges for. Placard always pays for impressions. Dollar accounts
//! are held to the figure; for other currencies it is converted at rounded rates, which is good enough for a warning.

use placard_domain::{Money, spec::BidRule};
use rust_decimal::Decimal;

/// What became of the check.
#[derive(Debug, PartialEq)]
pub(super) enum Minimum {
    Met,
    /// Certainly too low.
    Missed(Money),
    /// Too low by approximate rates.
    PerhapsMissed(String),
}

/// Countries where minimums are doubled.
const DOUBLED: &[&str] = &[
    "AU", "AT", "BE", "CA", "DK", "FI", "FR", "DE", "GR", "HK", "IL", "IT", "JP", "NL", "NZ", "NO", "SG",
    "KR", "ES", "SE", "CH", "TW", "GB", "US",
];

/// Hundredths of a dollar for a day of impressions.
const IMPRESSIONS_CENTS: i64 = 50;

/// One US dollar in other currencies, rounded; rates of mid-2025.
#[rustfmt::skip]
const PER_DOLLAR: &[(&str, i64, u32)] = &[
    ("AED", 37, 1), ("ARS", 1200, 0), ("AUD", 15, 1), ("BDT", 120, 0), ("BOB", 7, 0), ("BRL", 55, 1), ("CAD", 14, 1),
    ("CHF", 8, 1), ("CLP", 950, 0), ("CNY", 7, 0), ("COP", 4100, 0), ("CRC", 500, 0), ("CZK", 21, 0), ("DKK", 65, 1),
    ("DZD", 130, 0), ("EGP", 50, 0), ("EUR", 9, 1), ("GBP", 75, 2), ("GTQ", 77, 1), ("HKD", 78, 1), ("HNL", 26, 0),
    ("HUF", 345, 0), ("IDR", 16300, 0), ("ILS", 35, 1), ("INR", 86, 0), ("ISK", 123, 0), ("JPY", 146, 0), ("KES", 129, 0),
    ("KRW", 1380, 0), ("LKR", 300, 0), ("MOP", 8, 0), ("MXN", 19, 0), ("MYR", 42, 1), ("NGN", 1540, 0), ("NIO", 37, 0),
    ("NOK", 10, 0), ("NZD", 17, 1), ("PEN", 36, 1), ("PHP", 57, 0), ("PKR", 283, 0), ("PLN", 37, 1), ("PYG", 7600, 0),
    ("QAR", 36, 1), ("RON", 44, 1), ("SAR", 37, 1), ("SEK", 96, 1), ("SGD", 13, 1), ("THB", 33, 0), ("TRY", 40, 0),
    ("TWD", 30, 0), ("UAH", 42, 0), ("USD", 1, 0), ("UYU", 40, 0), ("VND", 26000, 0), ("ZAR", 18, 0),
];

/// Whether minimums are doubled for ads shown in `country`.
pub(super) fn is_doubled(country: &str) -> bool {
    DOUBLED.contains(&country)
}

/// Compares a day's cost with the minimum. With a bid cap a day must pay for one bid of a thousand impressions, or for
/// five of anything else; the lower of the two is certain whatever the goal is.
pub(super) fn check(per_day: Money, doubled: bool, bid: BidRule) -> Minimum {
    if let BidRule::BidCap(cap) = bid
        && per_day.minor() < cap.minor()
    {
        return Minimum::Missed(cap);
    }
    let cents = if doubled { 2 * IMPRESSIONS_CENTS } else { IMPRESSIONS_CENTS };
    let currency = per_day.currency();
    let Some((_, rate, decimals)) = PER_DOLLAR.iter().find(|(code, _, _)| *code == currency.code()) else {
        // Currencies that Meta does not know are refused elsewhere.
        return Minimum::Met;
    };
    let least = Decimal::new(cents, 2) * Decimal::new(*rate, *decimals);
    if per_day.to_major() >= least {
        Minimum::Met
    } else if currency.code() == "USD" {
        Minimum::Missed(Money::new(cents, currency))
    } else {
        Minimum::PerhapsMissed(format!("{} {currency}", least.normalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn a_dollar_account_is_held_to_the_figure_and_doubled_where_meta_doubles() {
        assert_eq!(check(money(50, "USD"), false, BidRule::LowestCost), Minimum::Met);
        assert_eq!(check(money(99, "USD"), true, BidRule::LowestCost), Minimum::Missed(money(100, "USD")));
        assert!(is_doubled("DE") && !is_doubled("PL"));
    }

    #[test]
    fn another_currency_is_only_warned_about() {
        assert_eq!(
            check(money(80, "EUR"), true, BidRule::LowestCost),
            Minimum::PerhapsMissed("0.9 EUR".to_owned())
        );
        assert_eq!(check(money(1_000, "EUR"), true, BidRule::LowestCost), Minimum::Met);
    }

    #[test]
    fn a_day_must_pay_for_a_bid() {
        let cap = money(500, "EUR");
        assert_eq!(check(money(400, "EUR"), true, BidRule::BidCap(cap)), Minimum::Missed(cap));
    }
}
