//! Which days a report is about and into which periods they fall.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::wire::wire_enum;

wire_enum! {
    /// `Aggregation`.
    pub(super) enum Aggregation {
        Summary = "Summary",
        Hourly = "Hourly",
        Daily = "Daily",
        Weekly = "Weekly",
        WeeklyStartingMonday = "WeeklyStartingMonday",
        Monthly = "Monthly",
        Yearly = "Yearly",
        HourOfDay = "HourOfDay",
        DayOfWeek = "DayOfWeek",
    }
}

wire_enum! {
    /// `PredefinedTime`.
    pub(super) enum Predefined {
        Today = "Today",
        Yesterday = "Yesterday",
        LastSevenDays = "LastSevenDays",
        Last14Days = "Last14Days",
        Last30Days = "Last30Days",
        ThisWeek = "ThisWeek",
        LastWeek = "LastWeek",
        LastFourWeeks = "LastFourWeeks",
        ThisWeekStartingMonday = "ThisWeekStartingMonday",
        LastWeekStartingMonday = "LastWeekStartingMonday",
        LastFourWeeksStartingMonday = "LastFourWeeksStartingMonday",
        ThisMonth = "ThisMonth",
        LastMonth = "LastMonth",
        LastThreeMonths = "LastThreeMonths",
        LastSixMonths = "LastSixMonths",
        ThisYear = "ThisYear",
        LastYear = "LastYear",
    }
}

/// First and last day, both included.
pub(super) type Range = (NaiveDate, NaiveDate);

fn sunday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_sunday()))
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn first_of_year(day: NaiveDate) -> NaiveDate {
    day.with_ordinal(1).unwrap_or(day)
}

impl Predefined {
    /// Whether an aggregation may be asked for together with it (code 2007).
    pub(super) fn allows(self, aggregation: Aggregation) -> bool {
        use {Aggregation as A, Predefined as P};
        match aggregation {
            A::Hourly => matches!(self, P::Today | P::Yesterday),
            A::Daily | A::Summary => matches!(
                self,
                P::Today
                    | P::Yesterday
                    | P::LastSevenDays
                    | P::Last14Days
                    | P::Last30Days
                    | P::ThisMonth
                    | P::LastMonth
            ),
            A::Weekly | A::WeeklyStartingMonday => matches!(
                self,
                P::ThisWeek
                    | P::LastWeek
                    | P::LastFourWeeks
                    | P::ThisWeekStartingMonday
                    | P::LastWeekStartingMonday
                    | P::LastFourWeeksStartingMonday
                    | P::ThisMonth
                    | P::LastMonth
                    | P::ThisYear
                    | P::LastYear
            ),
            A::Monthly => matches!(
                self,
                P::ThisMonth
                    | P::LastMonth
                    | P::LastThreeMonths
                    | P::LastSixMonths
                    | P::ThisYear
                    | P::LastYear
            ),
            A::Yearly => matches!(self, P::ThisYear | P::LastYear),
            A::HourOfDay | A::DayOfWeek => matches!(
                self,
                P::Today
                    | P::Yesterday
                    | P::LastSevenDays
                    | P::ThisMonth
                    | P::LastMonth
                    | P::LastThreeMonths
                    | P::LastSixMonths
            ),
        }
    }

    pub(super) fn range(self, today: NaiveDate) -> Range {
        let ago = |days: u64| today - Days::new(days);
        let months = |count: u32| {
            let first = first_of_month(today);
            (first - Months::new(count), first - Days::new(1))
        };
        match self {
            Self::Today => (today, today),
            Self::Yesterday => (ago(1), ago(1)),
            Self::LastSevenDays => (ago(7), ago(1)),
            Self::Last14Days => (ago(14), ago(1)),
            Self::Last30Days => (ago(30), ago(1)),
            Self::ThisWeek => (sunday(today), today),
            Self::LastWeek => (sunday(today) - Days::new(7), sunday(today) - Days::new(1)),
            Self::LastFourWeeks => (sunday(today) - Days::new(28), sunday(today) - Days::new(1)),
            Self::ThisWeekStartingMonday => (monday(today), today),
            Self::LastWeekStartingMonday => (monday(today) - Days::new(7), monday(today) - Days::new(1)),
            Self::LastFourWeeksStartingMonday => {
                (monday(today) - Days::new(28), monday(today) - Days::new(1))
            }
            Self::ThisMonth => (first_of_month(today), today),
            Self::LastMonth => months(1),
            Self::LastThreeMonths => months(3),
            Self::LastSixMonths => months(6),
            Self::ThisYear => (first_of_year(today), today),
            Self::LastYear => {
                let end = first_of_year(today) - Days::new(1);
                (first_of_year(end), end)
            }
        }
    }
}

impl Aggregation {
    /// Custom ranges are widened to whole weeks, months and years.
    pub(super) fn widened(self, (first, last): Range) -> Range {
        match self {
            Self::Weekly => (sunday(first), sunday(last) + Days::new(6)),
            Self::WeeklyStartingMonday => (monday(first), monday(last) + Days::new(6)),
            Self::Monthly => (first_of_month(first), first_of_month(last) + Months::new(1) - Days::new(1)),
            Self::Yearly => (first_of_year(first), first_of_year(last) + Months::new(12) - Days::new(1)),
            _ => (first, last),
        }
    }

    /// `TimePeriod` of an hour; `old` is format version 1.0.
    pub(super) fn label(self, date: NaiveDate, hour: u8, old: bool) -> String {
        match self {
            Self::Summary => String::new(),
            Self::Hourly if old => {
                format!("{}/{}/{} 12:00:00 AM|{hour}", date.month(), date.day(), date.year())
            }
            Self::Hourly => format!("{date}|{hour}"),
            Self::Daily => date.to_string(),
            Self::Weekly => sunday(date).to_string(),
            Self::WeeklyStartingMonday => monday(date).to_string(),
            Self::Monthly => first_of_month(date).to_string(),
            Self::Yearly => date.year().to_string(),
            Self::HourOfDay => hour.to_string(),
            Self::DayOfWeek => date.weekday().number_from_sunday().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_where_the_platform_says() {
        let wednesday = day("2026-11-04");
        assert_eq!(Predefined::LastWeek.range(wednesday), (day("2026-10-25"), day("2026-10-31")));
        let monday = Predefined::LastWeekStartingMonday.range(wednesday);
        assert_eq!(monday, (day("2026-10-26"), day("2026-11-01")));
        assert_eq!(Predefined::LastThreeMonths.range(wednesday), (day("2026-08-01"), day("2026-10-31")));
        assert_eq!(Aggregation::Weekly.label(wednesday, 3, false), "2026-11-01");
        assert_eq!(Aggregation::WeeklyStartingMonday.label(wednesday, 3, false), "2026-11-02");
        assert_eq!(Aggregation::Hourly.label(wednesday, 7, true), "11/4/2026 12:00:00 AM|7");
        assert_eq!(Aggregation::DayOfWeek.label(wednesday, 7, false), "4");
        let widened = Aggregation::Monthly.widened((wednesday, wednesday));
        assert_eq!(widened, (day("2026-11-01"), day("2026-11-30")));
    }
}
