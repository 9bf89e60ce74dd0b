//! The days that an insights call is about (Meta, `platforms/meta.md` §19).

use chrono::{Datelike, Days, Months, NaiveDate};
use serde_json::{Map, Value};

use super::envelope::{MetaError, MetaResult};
use super::params::Params;

/// Both ends included.
pub(crate) type Period = (NaiveDate, NaiveDate);

/// Months of history.
const HISTORY: u32 = 37;

/// How a range is cut into rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Increment {
    All,
    Days(u64),
    Monthly,
}

/// The periods of a call, in order; each gives rows of its own.
pub(crate) fn periods(params: &Params, today: NaiveDate) -> MetaResult<Vec<Period>> {
    if let Some(list) = params.list("time_ranges")? {
        let ranges: MetaResult<Vec<Period>> = list
            .iter()
            .map(|entry| range(entry.as_object().unwrap_or(&Map::new()), "time_ranges", today))
            .collect();
        return ranges;
    }
    let whole = match params.object("time_range")? {
        Some(object) => range(&object, "time_range", today)?,
        None => preset(params.text("date_preset")?.unwrap_or("last_30d"), today)?,
    };
    Ok(cut(whole, increment(params)?))
}

fn range(object: &Map<String, Value>, name: &str, today: NaiveDate) -> MetaResult<Period> {
    let date = |key: &str| {
        let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
            MetaError::field(name, format!("Must be a date representation in the format YYYY-MM-DD: {key}"))
        })
    };
    if let Some(extra) = object.keys().find(|key| !["since", "until"].contains(&key.as_str())) {
        return Err(MetaError::field(name, format!("Unknown field {extra} in {name}")));
    }
    let (since, until) = (date("since")?, date("until")?);
    if since > until {
        return Err(MetaError::field(name, "since must not be after until"));
    }
    if since < earliest(today) {
        return Err(MetaError::new(
            3018,
            "(#3018) The start date of the time range cannot be beyond 37 months from the current date",
        ));
    }
    Ok((since, until))
}

fn earliest(today: NaiveDate) -> NaiveDate {
    today.checked_sub_months(Months::new(HISTORY)).unwrap_or(today)
}

fn preset(word: &str, today: NaiveDate) -> MetaResult<Period> {
    let back = |days: u64| today - Days::new(days);
    let sunday = u64::from(today.weekday().num_days_from_sunday());
    let monday = u64::from(today.weekday().num_days_from_monday());
    let month = today.with_day(1).unwrap_or(today);
    let quarter = month.with_month0(today.month0() / 3 * 3).unwrap_or(month);
    let months_ago =
        |date: NaiveDate, months: u32| date.checked_sub_months(Months::new(months)).unwrap_or(date);
    let year = |year: i32, month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
    Ok(match word {
        "today" => (today, today),
        "yesterday" => (back(1), back(1)),
        "last_3d" => (back(3), back(1)),
        "last_7d" => (back(7), back(1)),
        "last_14d" => (back(14), back(1)),
        "last_28d" => (back(28), back(1)),
        "last_30d" => (back(30), back(1)),
        "last_90d" => (back(90), back(1)),
        "this_week_sun_today" => (back(sunday), today),
        "this_week_mon_today" => (back(monday), today),
        "last_week_sun_sat" => (back(sunday + 7), back(sunday + 1)),
        "last_week_mon_sun" => (back(monday + 7), back(monday + 1)),
        "this_month" => (month, today),
        "last_month" => (months_ago(month, 1), month - Days::new(1)),
        "this_quarter" => (quarter, today),
        "last_quarter" => (months_ago(quarter, 3), quarter - Days::new(1)),
        "this_year" => (year(today.year(), 1, 1), today),
        "last_year" => (year(today.year() - 1, 1, 1), year(today.year() - 1, 12, 31)),
        "maximum" | "data_maximum" => (earliest(today), today),
        other => {
            return Err(MetaError::field("date_preset", format!("Unknown date_preset {other}")));
        }
    })
}

fn increment(params: &Params) -> MetaResult<Increment> {
    if !params.has("time_increment") {
        return Ok(Increment::All);
    }
    match params.text("time_increment") {
        Ok(Some("all_days")) => return Ok(Increment::All),
        Ok(Some("monthly")) => return Ok(Increment::Monthly),
        Ok(_) | Err(_) => {}
    }
    match params.int("time_increment")?.map(u64::try_from) {
        Some(Ok(days @ 1..=90)) => Ok(Increment::Days(days)),
        _ => Err(MetaError::field("time_increment", "time_increment must be 1 to 90, monthly or all_days")),
    }
}

fn cut((since, until): Period, increment: Increment) -> Vec<Period> {
    let mut out = Vec::new();
    let mut start = since;
    while start <= until {
        let end = match increment {
            Increment::All => until,
            Increment::Days(days) => start + Days::new(days - 1),
            Increment::Monthly => start
                .with_day(1)
                .and_then(|first| first.checked_add_months(Months::new(1)))
                .map_or(until, |next| next - Days::new(1)),
        };
        out.push((start, end.min(until)));
        start = end + Days::new(1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn presets_follow_the_calendar() {
        let today = day("2026-11-04");
        assert_eq!(preset("last_7d", today).unwrap(), (day("2026-10-28"), day("2026-11-03")));
        assert_eq!(preset("last_week_mon_sun", today).unwrap(), (day("2026-10-26"), day("2026-11-01")));
        assert_eq!(preset("last_week_sun_sat", today).unwrap(), (day("2026-10-25"), day("2026-10-31")));
        assert_eq!(preset("last_month", today).unwrap(), (day("2026-10-01"), day("2026-10-31")));
        assert_eq!(preset("last_quarter", today).unwrap(), (day("2026-07-01"), day("2026-09-30")));
    }

    proptest! {
        #[test]
        fn cutting_a_range_covers_every_day_once(length in 0_u64..400, days in 1_u64..=90, monthly: bool) {
            let since = day("2026-01-15");
            let increment = if monthly { Increment::Monthly } else { Increment::Days(days) };
            let periods = cut((since, since + Days::new(length)), increment);
            prop_assert_eq!(periods[0].0, since);
            prop_assert_eq!(periods.last().unwrap().1, since + Days::new(length));
            prop_assert!(periods.windows(2).all(|pair| pair[0].1 + Days::new(1) == pair[1].0));
        }
    }
}
