//! Dates in queries: literals, ranges and the periods they lie in.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

/// The first and last day of a DURING literal (Google, `platforms/google.md` §6).
pub(super) fn during(word: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let back = |days: i64| today - TimeDelta::days(days);
    let sunday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_sunday()));
    let monday = monday(today);
    let month = month(today);
    Some(match word.to_ascii_uppercase().as_str() {
        "TODAY" => (today, today),
        "YESTERDAY" => (back(1), back(1)),
        "LAST_7_DAYS" => (back(7), back(1)),
        "LAST_14_DAYS" => (back(14), back(1)),
        "LAST_30_DAYS" => (back(30), back(1)),
        "LAST_BUSINESS_WEEK" => (monday - TimeDelta::days(7), monday - TimeDelta::days(3)),
        "THIS_MONTH" => (month, today),
        "LAST_MONTH" => (month - Months::new(1), month - TimeDelta::days(1)),
        "THIS_WEEK_SUN_TODAY" => (sunday, today),
        "THIS_WEEK_MON_TODAY" => (monday, today),
        "LAST_WEEK_SUN_SAT" => (sunday - TimeDelta::days(7), sunday - TimeDelta::days(1)),
        "LAST_WEEK_MON_SUN" => (monday - TimeDelta::days(7), monday - TimeDelta::days(1)),
        _ => return None,
    })
}

/// A date, or a date with a time where the field has one, in the form with dashes.
pub(super) fn read(text: &str, date_only: bool) -> Option<String> {
    let date =
        NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"));
    match date {
        Ok(date) => Some(date.to_string()),
        Err(_) if date_only => None,
        Err(_) => {
            let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
            Some(at.format("%Y-%m-%d %H:%M:%S%.f").to_string())
        }
    }
}

pub(super) fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))
}

pub(super) fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

pub(super) fn quarter(day: NaiveDate) -> NaiveDate {
    let first = (day.month0() / 3) * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), first, 1).unwrap_or(day)
}

/// Whether a date is the first of the period that a segment holds.
pub(super) fn aligned(segment: &str, date: &str) -> bool {
    let Ok(day) = date.parse::<NaiveDate>() else { return false };
    match segment {
        "week" => day.weekday() == Weekday::Mon,
        "month" => month(day) == day,
        "quarter" => quarter(day) == day,
        _ => true,
    }
}

/// The last day of the period that begins on a date.
pub(super) fn last_of(segment: &str, first: NaiveDate) -> NaiveDate {
    match segment {
        "week" => first + TimeDelta::days(6),
        "month" => first + Months::new(1) - TimeDelta::days(1),
        "quarter" => first + Months::new(3) - TimeDelta::days(1),
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_leave_today_out_and_weeks_begin_where_they_say() {
        let today = day("2026-11-04");
        let range = |word: &str| during(word, today).unwrap();
        assert_eq!(range("LAST_7_DAYS"), (day("2026-10-28"), day("2026-11-03")));
        assert_eq!(range("LAST_MONTH"), (day("2026-10-01"), day("2026-10-31")));
        assert_eq!(range("LAST_WEEK_SUN_SAT"), (day("2026-10-25"), day("2026-10-31")));
        assert_eq!(range("LAST_BUSINESS_WEEK"), (day("2026-10-26"), day("2026-10-30")));
        assert_eq!(range("THIS_WEEK_MON_TODAY"), (day("2026-11-02"), today));
        assert!(during("LAST_YEAR", today).is_none());
    }
}
