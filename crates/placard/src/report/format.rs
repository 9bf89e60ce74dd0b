//! Numbers and days as people read them. Rounding happens here and nowhere before.

use chrono::{Datelike, NaiveDate};
use placard_domain::{
    Currency,
    metric::{Additivity, Metric, Unit},
};
use rust_decimal::{Decimal, RoundingStrategy};

/// What stands where there is no number.
pub const NONE: &str = "–";

/// A metric's value in its unit, without the currency's code.
pub fn metric(metric: &Metric, value: Option<Decimal>, currency: Currency) -> String {
    let Some(value) = value else { return NONE.to_owned() };
    match (metric.unit, metric.additivity) {
        (Unit::Count, _) => quantity(value),
        (Unit::Currency, Additivity::Ratio { .. }) => unit_price(value, currency),
        (Unit::Currency, _) => money(value, currency),
        (Unit::Share, _) => share(value),
        (Unit::Factor, _) => format!("{}×", grouped(value, 2)),
    }
}

/// `1,234.50`, with as many decimals as the currency has.
pub fn money(value: Decimal, currency: Currency) -> String {
    grouped(value, currency.exponent())
}

/// The price of one of many: below a tenth it needs more decimals than the currency has.
pub fn unit_price(value: Decimal, currency: Currency) -> String {
    let is_small = !value.is_zero() && value.abs() < Decimal::new(1, 1);
    grouped(value, if is_small { 4 } else { currency.exponent() })
}

/// `1,234`, or `1,234.5` where a count has fractions.
pub fn quantity(value: Decimal) -> String {
    grouped(value, if value.fract().is_zero() { 0 } else { 1 })
}

/// `12.3%`, `0.018%`: a share of one with two meaningful digits.
pub fn share(value: Decimal) -> String {
    let percent = value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value);
    let places = match percent.abs() {
        p if p >= Decimal::TEN || p.is_zero() => 1,
        p if p >= Decimal::new(1, 1) => 2,
        _ => 3,
    };
    format!("{}%", grouped(percent, places))
}

/// `213.4M`, `58.7k`, `920`: at most four digits and a unit, for tiles and labels.
pub fn compact(value: Decimal) -> String {
    shortened(value, 1)
}

/// `1.25k`: a mark on an axis, which is round and keeps its digits.
pub fn axis(value: Decimal) -> String {
    shortened(value, 2)
}

fn shortened(value: Decimal, places: u32) -> String {
    const STEPS: [(i64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    // 999,950 reads 1M and not 1,000k.
    let fits = |size: i64| value.abs() >= Decimal::from(size) - Decimal::from(size) / Decimal::from(20_000);
    match STEPS.into_iter().find(|(size, _)| fits(*size)) {
        Some((size, unit)) => format!("{}{unit}", trimmed(value / Decimal::from(size), places)),
        None if value.abs() >= Decimal::TEN => trimmed(value, 0),
        None => trimmed(value, 2),
    }
}

/// Rounded to `places`, in groups of three.
pub fn grouped(value: Decimal, places: u32) -> String {
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{:.*}", places as usize, rounded.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + text.len() / 3 + 1);
    if rounded.is_sign_negative() && !rounded.is_zero() {
        out.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// [`grouped`] without zeros at the end.
fn trimmed(value: Decimal, places: u32) -> String {
    let text = grouped(value, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `+12.4%` from `before` to `now`; nothing if there was nothing before.
pub fn change(now: Decimal, before: Decimal) -> Option<String> {
    let change = now.checked_sub(before)?.checked_div(before)?;
    let percent = grouped(change.abs().checked_mul(Decimal::ONE_HUNDRED)?, 1);
    Some(match percent.as_str() {
        "0.0" => UNCHANGED.to_owned(),
        percent if change.is_sign_negative() => format!("−{percent}%"),
        percent => format!("+{percent}%"),
    })
}

/// A change too small to show.
pub const UNCHANGED: &str = "±0%";

/// `1 – 31 August 2023`, `28 July – 3 August 2023`, `31 August 2023`.
pub fn period(since: NaiveDate, until: NaiveDate) -> String {
    let end = until.format("%-d %B %Y");
    if since == until {
        end.to_string()
    } else if (since.year(), since.month()) == (until.year(), until.month()) {
        format!("{} – {end}", since.day())
    } else if since.year() == until.year() {
        format!("{} – {end}", since.format("%-d %B"))
    } else {
        format!("{} – {end}", since.format("%-d %B %Y"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        let amount = d("58705.229958205");
        for (code, text) in [("EUR", "58,705.23"), ("JPY", "58,705"), ("KWD", "58,705.230")] {
            assert_eq!(money(amount, code.parse().unwrap()), text);
        }
    }

    #[test]
    fn small_shares_and_prices_keep_their_meaning() {
        assert_eq!(share(d("0.000178813")), "0.018%");
        assert_eq!(share(d("0.0855")), "8.55%");
        assert_eq!(share(d("0.423")), "42.3%");
        assert_eq!(unit_price(d("0.0123"), "EUR".parse().unwrap()), "0.0123");
    }

    #[test]
    fn axes_are_short() {
        for (value, text) in [
            ("213434828", "213.4M"),
            ("58705.23", "58.7k"),
            ("999960", "1M"),
            ("920", "920"),
            ("2.50", "2.5"),
            ("0", "0"),
            ("-1500", "−1.5k"),
        ] {
            assert_eq!(compact(d(value)), text);
        }
    }

    #[test]
    fn a_change_from_nothing_has_no_percentage() {
        assert_eq!(change(d("5"), d("0")), None);
        assert_eq!(change(d("112.4"), d("100")).as_deref(), Some("+12.4%"));
        assert_eq!(change(d("50"), d("100")).as_deref(), Some("−50.0%"));
        assert_eq!(change(d("100.04"), d("100")).as_deref(), Some(UNCHANGED));
    }

    #[test]
    fn periods_repeat_nothing() {
        let day = |text: &str| text.parse().unwrap();
        assert_eq!(period(day("2023-08-01"), day("2023-08-31")), "1 – 31 August 2023");
        assert_eq!(period(day("2023-07-28"), day("2023-08-03")), "28 July – 3 August 2023");
        assert_eq!(period(day("2023-12-28"), day("2024-01-03")), "28 December 2023 – 3 January 2024");
    }

    proptest! {
        #[test]
        fn grouping_changes_no_digit(minor in -1_000_000_000_000_i64..1_000_000_000_000, places in 0_u32..4) {
            let value = Decimal::new(minor, places);
            let text = grouped(value, places);
            let plain: String = text.chars().filter(|c| *c != ',').map(|c| if c == '−' { '-' } else { c }).collect();
            prop_assert_eq!(plain.parse::<Decimal>().unwrap(), value);
            let whole = text.trim_start_matches('−').split('.').next().unwrap();
            let groups: Vec<&str> = whole.split(',').collect();
            prop_assert!(groups[1..].iter().all(|group| group.len() == 3) && groups[0].len() <= 3);
        }

        #[test]
        fn compact_numbers_stay_short(minor in 0_i64..100_000_000_000_000) {
            prop_assert!(compact(Decimal::new(minor, 2)).chars().count() <= 6);
        }
    }
}
