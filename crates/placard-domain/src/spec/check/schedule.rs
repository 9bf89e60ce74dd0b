//! Flights.

use super::{Checker, Diagnostic};
use crate::spec::{
    campaign::{Flight, Moment},
    model::Schedule,
};
use chrono::{DateTime, NaiveDate};

impl Checker<'_> {
    /// The flight of `schedule`, or `None` if something in it is wrong.
    pub(super) fn flight(&mut self, schedule: Option<&Schedule>, path: &str) -> Option<Flight> {
        let Some(schedule) = schedule else { return Some(Flight::default()) };
        let start = self.moment(schedule.start.as_deref(), &format!("{path}.start"))?;
        let end = self.moment(schedule.end.as_deref(), &format!("{path}.end"))?;
        if let (Some(first), Some(last)) = (start, end)
            && !in_order(first, last)
        {
            self.error(
                format!("{path}.end"),
                format!(
                    "the end ({}) lies before the start ({})",
                    text(&schedule.end),
                    text(&schedule.start)
                ),
                "swap them or move one",
            );
            return None;
        }
        if let Some(last) = end
            && last.date() < self.today
        {
            self.error(
                format!("{path}.end"),
                format!("{} is over already", text(&schedule.end)),
                "choose a later end",
            );
            return None;
        }
        Some(Flight { start, end })
    }

    fn moment(&mut self, written: Option<&str>, path: &str) -> Option<Option<Moment>> {
        let Some(written) = written else { return Some(None) };
        if let Ok(day) = written.parse::<NaiveDate>() {
            return Some(Some(Moment::Day(day)));
        }
        if let Ok(instant) = DateTime::parse_from_rfc3339(written) {
            return Some(Some(Moment::Instant(instant)));
        }
        self.findings.push(
            Diagnostic::error(path, format!("`{written}` is neither a date nor a moment"))
                .help("write 2026-12-01, or 2026-12-01T08:00:00+01:00"),
        );
        None
    }
}

fn in_order(start: Moment, end: Moment) -> bool {
    match (start, end) {
        (Moment::Instant(start), Moment::Instant(end)) => start < end,
        (start, end) => start.date() <= end.date(),
    }
}

fn text(written: &Option<String>) -> &str {
    written.as_deref().unwrap_or_default()
}
