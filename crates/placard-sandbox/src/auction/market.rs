//! The hidden truth of the market: what attention costs and how people answer.
//!
//! Rates depend on the seed, on what an ad says and on whom it meets, never on ids or on when a query is made.

use crate::draw;

/// Minor units of one US dollar's worth, rounded to a plain figure; the simulation's only exchange table.
const PER_DOLLAR: &[(&str, i64)] = &[
    ("EUR", 100),
    ("USD", 100),
    ("GBP", 80),
    ("CHF", 90),
    ("JPY", 150),
    ("SEK", 1050),
    ("DKK", 690),
    ("NOK", 1080),
    ("PLN", 400),
    ("CZK", 2300),
    ("CAD", 140),
    ("AUD", 150),
    ("BRL", 560),
    ("INR", 8500),
    ("KRW", 1380),
    ("TWD", 32),
    ("MXN", 1900),
    ("HUF", 360),
];

/// One US dollar in a currency's minor units, if the table has it.
pub(crate) fn known_dollar(currency: &str) -> Option<i64> {
    PER_DOLLAR.iter().find(|(code, _)| *code == currency).map(|(_, minor)| *minor)
}

/// Share of a day's attention by local hour; sums to about one.
pub(crate) const HOURS: [f64; 24] = [
    0.018, 0.011, 0.008, 0.007, 0.008, 0.014, 0.026, 0.038, 0.044, 0.044, 0.044, 0.046, 0.052, 0.050, 0.046,
    0.046, 0.049, 0.055, 0.064, 0.075, 0.083, 0.079, 0.057, 0.036,
];
/// How willing people are to click at an hour.
pub(crate) const HOUR_CLICK: [f64; 24] = [
    0.9, 0.85, 0.8, 0.8, 0.8, 0.85, 0.9, 0.95, 0.95, 0.95, 1.0, 1.0, 1.05, 1.0, 0.95, 0.95, 1.0, 1.05, 1.1,
    1.1, 1.1, 1.05, 1.0, 0.95,
];
/// How willing people are to buy on a weekday, Sunday first.
pub(crate) const WEEKDAY: [f64; 7] = [1.1, 1.0, 0.97, 0.96, 0.97, 0.95, 1.05];
/// What attention costs on a weekday, Sunday first.
pub(crate) const WEEKDAY_PRICE: [f64; 7] = [0.96, 0.98, 0.99, 1.0, 1.03, 1.06, 0.99];

/// Bounds in major units of a dollar's worth, and as fractions.
pub(crate) const CPM: (f64, f64) = (4.0, 12.0);
pub(crate) const CTR: (f64, f64) = (0.006, 0.025);
pub(crate) const CVR: (f64, f64) = (0.01, 0.06);

/// How good what an ad says is at an aspect (`ctr`, `cvr`), between 0.65 and 1.5.
pub(crate) fn quality(seed: u64, content: &str, aspect: &str) -> f64 {
    let key = draw::key(seed, &["quality", aspect, content]);
    (draw::between(key, -0.43, 0.41)).exp()
}

/// How well a segment answers what an ad says, between 0.7 and 1.4.
pub(crate) fn affinity(seed: u64, content: &str, aspect: &str, segment: &str) -> f64 {
    let key = draw::key(seed, &["affinity", aspect, segment, content]);
    (draw::between(key, -0.35, 0.34)).exp()
}

/// What a country's attention costs beside the average.
pub(crate) fn country_price(country: &str) -> f64 {
    match country {
        "US" | "CH" => 1.35,
        "GB" | "AU" | "CA" | "NO" | "DK" => 1.2,
        "DE" | "AT" | "NL" | "SE" => 1.08,
        "FR" | "BE" | "IE" | "FI" | "JP" => 1.0,
        "ES" | "IT" | "PT" => 0.85,
        _ => 0.75,
    }
}

/// Keeps a price of a thousand impressions plausible after all that raises and lowers it; `dollar` is a US
/// dollar in the unit of the price.
pub(crate) fn plausible_cpm(cpm: f64, dollar: i64) -> f64 {
    let dollar = dollar as f64;
    cpm.clamp(CPM.0 * dollar, CPM.1 * dollar)
}

/// Keeps a rate of link clicks plausible.
pub(crate) fn plausible_ctr(ctr: f64) -> f64 {
    ctr.clamp(CTR.0, CTR.1)
}
