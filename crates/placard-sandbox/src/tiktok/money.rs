//! Amounts: JSON numbers in major units, kept as micros inside (TikTok, `platforms/tiktok.md` §2 and §11).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::error::{Refusal, TikTokResult};

const WHOLE_ONLY: &[&str] = &["CLP", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"];

/// One major unit.
pub(crate) const MICROS: i64 = 1_000_000;

/// How much larger than in dollars the bounds of budgets are.
fn ratio(currency: &str) -> i64 {
    match currency {
        "PLN" => 4,
        "BOB" | "CNY" | "CZK" | "DKK" | "EGP" | "GTQ" | "HKD" | "HNL" | "MOP" | "MXN" | "NIO" | "NOK"
        | "SEK" | "THB" | "TRY" | "TWD" | "UAH" | "UYU" | "ZAR" => 10,
        "PHP" => 50,
        "BDT" | "DZD" | "INR" | "ISK" | "JPY" | "KES" | "NGN" | "PKR" | "RUB" => 100,
        "CLP" | "COP" | "CRC" | "KRW" => 1_000,
        "IDR" | "PYG" | "VND" => 10_000,
        "VEF" => 100_000,
        _ => 1,
    }
}

/// The smallest unit of a currency in micros.
pub(crate) fn unit(currency: &str) -> i64 {
    if WHOLE_ONLY.contains(&currency) { MICROS } else { MICROS / 100 }
}

/// Micros in major units, with the decimals that the currency has.
pub(crate) fn told(micros: i64, currency: &str) -> String {
    let amount = Decimal::new(micros, 6);
    let places = if WHOLE_ONLY.contains(&currency) { 0 } else { 2 };
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let mut rounded = amount.round_dp_with_strategy(places, strategy);
    rounded.rescale(places);
    rounded.to_string()
}

/// An amount in micros; decimals beyond the currency's precision are refused.
pub(crate) fn micros(name: &str, value: &Value, currency: &str) -> TikTokResult<i64> {
    let number = value.as_number().ok_or_else(|| Refusal::field(name, "Not a valid number."))?.to_string();
    let amount = number.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&number));
    let amount = amount.map_err(|_| Refusal::field(name, "Not a valid number."))?.normalize();
    let places = if WHOLE_ONLY.contains(&currency) { 0 } else { 2 };
    if amount.scale() > places {
        return Err(Refusal::field(name, format!("More than {places} decimals in {currency}.")));
    }
    let micros = amount.checked_mul(Decimal::from(MICROS)).and_then(|micros| micros.to_i64());
    micros.filter(|micros| *micros >= 0).ok_or_else(|| Refusal::field(name, "Out of range."))
}

/// Refuses a budget outside its bounds; `base` is the least of a day in dollars, `days` those of a schedule.
pub(crate) fn bounded(name: &str, micros: i64, currency: &str, base: i64, days: i64) -> TikTokResult<()> {
    const BELOW: i64 = 10_000_000;
    let (least, below) = (base * ratio(currency) * days.max(1), BELOW * ratio(currency) * days.max(1));
    match (least * MICROS..below.saturating_mul(MICROS)).contains(&micros) {
        true => Ok(()),
        false => Err(Refusal::field(name, format!("Must be at least {least} and below {below} {currency}."))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_finer_than_the_currency_are_refused_not_rounded() {
        assert_eq!(micros("budget", &json!(50.55), "EUR").unwrap(), 50_550_000);
        assert_eq!(micros("budget", &json!(5000.0), "JPY").unwrap(), 5_000_000_000);
        assert!(micros("budget", &json!(50.555), "EUR").is_err());
        assert!(micros("budget", &json!(5000.5), "JPY").is_err());
        assert!(micros("budget", &json!("50"), "EUR").is_err());
    }
}
