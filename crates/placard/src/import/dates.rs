//! How the file writes its days, decided over the whole column.

use super::{ImportError, numbers::Votes};
use chrono::NaiveDate;

/// Which of day and month comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DateOrder {
    /// `31-08-2023`
    DayFirst,
    /// `08-31-2023`
    MonthFirst,
}

/// How the column's days are written, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// Every day reads in one way only, such as `2023-08-31` and `31 Aug 2023`.
    Plain,
    /// Two numbers and a year, in this order.
    Ordered {
        /// The order.
        order: DateOrder,
        /// The line and the date that decide it; nothing if the caller said so.
        proof: Option<(u64, String)>,
    },
}

impl DateFormat {
    const fn order(&self) -> Option<DateOrder> {
        match self {
            Self::Plain => None,
            Self::Ordered { order, .. } => Some(*order),
        }
    }
}

/// What the dates of a column say about their order.
#[derive(Debug, Default)]
pub(super) struct DateSurvey {
    day_first: Votes,
    month_first: Votes,
    /// Both numbers could be the month, and they differ.
    open: Votes,
    pairs: usize,
    year_first: Votes,
    /// The last text and what it is; most rows repeat it.
    last: (String, Option<Shape>),
}

impl DateSurvey {
    /// Looks at one date.
    pub(super) fn observe(&mut self, line: u64, text: &str) {
        if self.last.0 != text {
            self.last = (text.to_owned(), Shape::of(text));
        }
        match self.last.1 {
            Some(Shape::Pair { first, second, .. }) => {
                self.pairs += 1;
                match (first > 12, second > 12) {
                    (true, false) => self.day_first.add(line, text),
                    (false, true) => self.month_first.add(line, text),
                    (false, false) if first != second => self.open.add(line, text),
                    _ => {}
                }
            }
            Some(Shape::Day(_)) => self.year_first.add(line, text),
            None => {}
        }
    }

    /// Two ways of writing in one column, as when a spreadsheet rewrote some of the dates.
    pub(super) fn mixture(&self) -> Option<String> {
        let (line, plain) = self.year_first.first.as_ref()?;
        let decided = [&self.day_first, &self.month_first, &self.open];
        let (other_line, other) = decided.into_iter().find_map(|votes| votes.first.as_ref())?;
        Some(format!(
            "dates are written in two ways, `{plain}` (line {line}) and `{other}` (line {other_line}); \
             a spreadsheet may have rewritten some of them"
        ))
    }

    /// The one order that explains the dates.
    pub(super) fn decide(self, said: Option<DateOrder>) -> Result<DateFormat, ImportError> {
        if self.pairs == 0 {
            return Ok(DateFormat::Plain);
        }
        if let Some(order) = said {
            return Ok(DateFormat::Ordered { order, proof: None });
        }
        if self.day_first.outweighs(&self.month_first) {
            return Ok(DateFormat::Ordered { order: DateOrder::DayFirst, proof: self.day_first.first });
        }
        if self.month_first.outweighs(&self.day_first) {
            return Ok(DateFormat::Ordered { order: DateOrder::MonthFirst, proof: self.month_first.first });
        }
        match (self.day_first.first, self.month_first.first, self.open.first) {
            (Some((day_first_line, day_first)), Some((month_first_line, month_first)), _) => {
                Err(ImportError::ContradictoryDates {
                    day_first_line,
                    day_first,
                    month_first_line,
                    month_first,
                })
            }
            (_, _, Some((line, example))) => Err(ImportError::AmbiguousDates { line, example }),
            // Day and month are the same number in every row, as in 05-05-2023.
            _ => Ok(DateFormat::Plain),
        }
    }
}

/// Why a cell is no day that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DateError {
    #[error("is not a date")]
    NotADate,
    #[error("is not a day of the calendar")]
    NoSuchDay,
    #[error("is not a date in the day-first order of this file")]
    NotDayFirst,
    #[error("is not a date in the month-first order of this file")]
    NotMonthFirst,
}

/// Reads one day in the column's format.
pub(super) fn parse(text: &str, format: &DateFormat) -> Result<NaiveDate, DateError> {
    match Shape::of(text).ok_or(DateError::NotADate)? {
        Shape::Day(day) => day.ok_or(DateError::NoSuchDay),
        Shape::Pair { first, second, year } => {
            let (day, month, otherwise) = match format.order() {
                Some(DateOrder::MonthFirst) => (second, first, DateError::NotMonthFirst),
                Some(DateOrder::DayFirst) => (first, second, DateError::NotDayFirst),
                None => (first, second, DateError::NotADate),
            };
            let swapped = month > 12 && (1..=12).contains(&day);
            let refusal = if swapped { otherwise } else { DateError::NoSuchDay };
            NaiveDate::from_ymd_opt(year, month, day).ok_or(refusal)
        }
    }
}

/// A date as far as its writing tells.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// It reads in one way; nothing if the calendar has no such day.
    Day(Option<NaiveDate>),
    /// Day and month, in an order that the writing does not tell.
    Pair { first: u32, second: u32, year: i32 },
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Shape {
    fn of(text: &str) -> Option<Self> {
        let text = without_midnight(text);
        let mut words = text.split([' ', ',', '-', '/', '.']).filter(|word| !word.is_empty());
        let parts = [words.next()?, words.next()?, words.next()?];
        // A weekday in front (`Thu, 31 Aug 2023`) would be a fourth part, which no export of ours has.
        if words.next().is_some() {
            return None;
        }
        let number = |part: &str| -> Option<u32> {
            let is_short = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_short { part.parse().ok() } else { None }
        };
        if let Some(shape) = Self::named(&parts, number) {
            return Some(shape);
        }
        let [first, second, third] = [number(parts[0])?, number(parts[1])?, number(parts[2])?];
        if parts[0].len() == 4 {
            return Some(Self::Day(NaiveDate::from_ymd_opt(first.try_into().ok()?, second, third)));
        }
        let year = match parts[2].len() {
            4 => third,
            // Ads are younger than the century.
            2 if text.contains('/') => 2000 + third,
            _ => return None,
        };
        Some(Self::Pair { first, second, year: year.try_into().ok()? })
    }

    /// `31 Aug 2023`, `August 31, 2023`.
    fn named(parts: &[&str; 3], number: impl Fn(&str) -> Option<u32>) -> Option<Self> {
        let month = |part: &str| {
            let lower = part.to_lowercase();
            let place = MONTHS.iter().position(|name| lower.len() >= 3 && name.starts_with(&lower))?;
            u32::try_from(place + 1).ok()
        };
        let (day, month) = match (month(parts[0]), month(parts[1])) {
            (Some(month), None) => (number(parts[1])?, month),
            (None, Some(month)) => (number(parts[0])?, month),
            _ => return None,
        };
        let year = if parts[2].len() == 4 { i32::try_from(number(parts[2])?).ok()? } else { return None };
        Some(Self::Day(NaiveDate::from_ymd_opt(year, month, day)))
    }
}

/// Spreadsheets add a time of day to dates; only midnight says nothing.
fn without_midnight(text: &str) -> &str {
    const MIDNIGHTS: [&str; 5] = ["T00:00:00Z", "T00:00:00", " 00:00:00", " 00:00", " 0:00"];
    MIDNIGHTS.iter().find_map(|midnight| text.strip_suffix(midnight)).unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(dates: &[&str]) -> Result<DateFormat, ImportError> {
        let mut survey = DateSurvey::default();
        for (line, date) in dates.iter().enumerate() {
            survey.observe(line as u64 + 2, date);
        }
        survey.decide(None)
    }

    fn order(dates: &[&str]) -> Option<DateOrder> {
        decide(dates).unwrap().order()
    }

    #[test]
    fn one_day_past_the_twelfth_decides_the_column() {
        assert_eq!(order(&["01-08-2023", "31-08-2023"]), Some(DateOrder::DayFirst));
        assert_eq!(order(&["08/01/2023", "8/31/23"]), Some(DateOrder::MonthFirst));
        assert_eq!(order(&["2023-08-01", "2023-08-02"]), None);
    }

    #[test]
    fn a_column_that_reads_both_ways_is_a_question_and_not_a_guess() {
        assert!(matches!(
            decide(&["05-05-2023", "01-08-2023"]),
            Err(ImportError::AmbiguousDates { line: 3, .. })
        ));
        assert!(matches!(decide(&["31-08-2023", "08-31-2023"]), Err(ImportError::ContradictoryDates { .. })));
        assert_eq!(order(&["05-05-2023"]), None);
    }

    #[test]
    fn a_slip_among_many_does_not_outvote_them() {
        let mut dates = vec!["31-08-2023"; 20];
        dates.push("08-31-2023");
        assert_eq!(order(&dates), Some(DateOrder::DayFirst));
        let format = decide(&dates).unwrap();
        assert_eq!(parse("08-31-2023", &format), Err(DateError::NotDayFirst));
    }

    #[test]
    fn dates_are_read_as_exports_write_them() {
        let day = NaiveDate::from_ymd_opt(2023, 8, 31).unwrap();
        for text in [
            "2023-08-31",
            "2023/08/31",
            "2023-08-31T00:00:00Z",
            "31 Aug 2023",
            "August 31, 2023",
            "31.08.2023",
        ] {
            let format = decide(&[text]).unwrap();
            assert_eq!(parse(text, &format), Ok(day), "{text}");
        }
        for (text, why) in [
            ("2023-02-30", DateError::NoSuchDay),
            ("2023-08-31 14:00", DateError::NotADate),
            ("yesterday", DateError::NotADate),
            ("45169", DateError::NotADate),
        ] {
            assert_eq!(parse(text, &DateFormat::Plain), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_month_of_days_reads_back_in_either_order(year in 2005_i32..2100, month in 1_u32..=12) {
            let days: Vec<NaiveDate> = (1..=28).filter_map(|day| NaiveDate::from_ymd_opt(year, month, day)).collect();
            for (pattern, expected) in [
                ("%d-%m-%Y", Some(DateOrder::DayFirst)),
                ("%d.%m.%Y", Some(DateOrder::DayFirst)),
                ("%m/%d/%Y", Some(DateOrder::MonthFirst)),
                ("%Y-%m-%d", None),
                ("%b %d, %Y", None),
            ] {
                let written: Vec<String> = days.iter().map(|day| day.format(pattern).to_string()).collect();
                let format = decide(&written.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
                prop_assert_eq!(format.order(), expected);
                for (day, text) in days.iter().zip(&written) {
                    prop_assert_eq!(parse(text, &format), Ok(*day));
                }
            }
        }
    }
}
