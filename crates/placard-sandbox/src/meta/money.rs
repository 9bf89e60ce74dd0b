//! Money rules: minor units, currencies, minimum budgets (Meta, `platforms/meta.md` §9, §16).

use rust_decimal::Decimal;

use crate::auction::market;

/// Currencies without a minor unit.
const OFFSET_ONE: &[&str] = &["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Countries whose minimum budgets are doubled.
const DOUBLED: &[&str] = &[
    "AU", "AT", "BE", "CA", "DK", "FI", "FR", "DE", "GR", "HK", "IL", "IT", "JP", "NL", "NZ", "NO", "SG",
    "KR", "ES", "SE", "CH", "TW", "GB", "US",
];

/// A spend cap or target of this size means "none" (§8).
pub(crate) const NO_CAP: i64 = 922_337_203_685_478;

/// Which minimum applies, by what the platform bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    Impressions,
    Clicks,
    LowFrequency,
}

/// Whether the account's currency has cents.
pub(crate) fn offset(currency: &str) -> i64 {
    if OFFSET_ONE.contains(&currency) { 1 } else { 100 }
}

/// One US dollar in the currency's minor units.
pub(crate) fn dollar(currency: &str) -> i64 {
    market::known_dollar(currency).unwrap_or(offset(currency))
}

/// The smallest daily budget in minor units.
pub(crate) fn minimum_daily(currency: &str, floor: Floor, doubled: bool) -> i64 {
    let dollar_cents = match floor {
        Floor::Impressions => 50,
        Floor::Clicks => 250,
        Floor::LowFrequency => 4000,
    };
    let factor = if doubled { 2 } else { 1 };
    (dollar_cents * factor * dollar(currency) + 99) / 100
}

/// The smallest campaign spend cap: about 100 US dollars (§8).
pub(crate) fn minimum_spend_cap(currency: &str) -> i64 {
    100 * dollar(currency)
}

pub(crate) fn is_doubled(country: &str) -> bool {
    DOUBLED.contains(&country)
}

/// Minor units as the decimal text of major units that insights use.
pub(crate) fn major(minor: i64, currency: &str) -> String {
    decimal(minor, currency).to_string()
}

/// Minor units as a decimal of major units.
pub(crate) fn decimal(minor: i64, currency: &str) -> Decimal {
    Decimal::new(minor, if offset(currency) == 1 { 0 } else { 2 })
}

/// Words such as "€10.00" for messages to people.
pub(crate) fn spoken(minor: i64, currency: &str) -> String {
    format!("{} {currency}", major(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_budgets_double_in_the_listed_countries() {
        assert_eq!(minimum_daily("EUR", Floor::Impressions, false), 50);
        assert_eq!(minimum_daily("EUR", Floor::Impressions, true), 100);
        assert_eq!(minimum_daily("JPY", Floor::Clicks, true), 750);
        assert_eq!(minimum_daily("USD", Floor::LowFrequency, true), 8000);
    }

    #[test]
    fn major_units_follow_the_currency_offset() {
        assert_eq!(major(1234, "EUR"), "12.34");
        assert_eq!(major(1234, "JPY"), "1234");
    }
}
