//! When the campaign runs, which Google counts in whole days of the account (Google, `platforms/google.md` §4, §10).

use super::Mapper;
use chrono::{Days, NaiveDate, NaiveTime};
use placard_domain::spec::{Diagnostic, Moment};
use serde_json::Value;

/// One end of a flight.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

impl Mapper<'_> {
    /// First and last moment in the account's zone. An open end is said, so that one set by hand is noticed.
    pub(super) fn flight_fields(&mut self) -> Vec<(&'static str, Value)> {
        let Some(first) = self.campaign.ad_groups.first() else { return Vec::new() };
        let flight = first.flight;
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.flight != flight {
                let finding = Diagnostic::error(
                    self.paths.schedule(index),
                    "at Google, all ad groups of a campaign run together",
                );
                self.found(finding.help("Write the schedule once, at the campaign."));
            }
        }
        let path = self.paths.schedule(0);
        let mut fields = Vec::new();
        if let Some(start) = flight.start.and_then(|moment| self.day(&path, moment, Edge::Start)) {
            if start < self.context.today {
                let message = "Google takes a start in the past only where the campaign exists already";
                self.found(Diagnostic::warning(format!("{path}.start"), message));
            }
            fields.push(("startDateTime", format!("{start} 00:00:00").into()));
        }
        let end = flight.end.map(|moment| self.day(&path, moment, Edge::End));
        match end {
            None => fields.push(("endDateTime", Value::Null)),
            Some(day) => fields.extend(day.map(|day| ("endDateTime", format!("{day} 23:59:59").into()))),
        }
        fields
    }

    /// The day that begins or ends with `moment`; any other moment would be moved, and is refused.
    fn day(&mut self, path: &str, moment: Moment, edge: Edge) -> Option<NaiveDate> {
        let instant = match moment {
            Moment::Day(day) => return Some(day),
            Moment::Instant(instant) => instant.with_timezone(&self.context.zone),
        };
        let (field, word, day) = match edge {
            Edge::Start => ("start", "begin", Some(instant.date_naive())),
            Edge::End => ("end", "end", instant.date_naive().checked_sub_days(Days::new(1))),
        };
        if instant.time() != NaiveTime::MIN {
            let message = format!("Google's campaigns {word} with a day in {}", self.context.zone);
            let finding = Diagnostic::error(format!("{path}.{field}"), message);
            self.found(finding.help(format!("Write {}.", instant.date_naive())));
            return None;
        }
        day
    }
}
