//! What an ad was seen to bring: one record per ad and day of its account, by hour.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::late;
use crate::draw;

/// Counts of one hour. Money is in micros. `conversions` and `value_micros` are what the hour will have
/// brought once every late conversion is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) impressions: i64,
    pub(crate) clicks: i64,
    pub(crate) cost_micros: i64,
    pub(crate) conversions: i64,
    pub(crate) value_micros: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.cost_micros += other.cost_micros;
        self.conversions += other.conversions;
        self.value_micros += other.value_micros;
    }
}

/// One ad's day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DayFacts {
    /// By the account's local hour; the doubled hour of an autumn day counts once.
    pub(crate) hours: BTreeMap<u8, Counts>,
}

impl DayFacts {
    pub(crate) fn total(&self) -> Counts {
        self.hours.values().fold(Counts::default(), |mut sum, counts| {
            sum += *counts;
            sum
        })
    }
}

impl DayFacts {
    /// Counts by hour as they are known on `today`.
    pub(crate) fn reported(
        &self,
        ad: &str,
        date: NaiveDate,
        today: NaiveDate,
    ) -> impl Iterator<Item = (u8, Counts)> {
        let age = (today - date).num_days();
        let day = draw::key(0, &[ad, &date.to_string()]);
        self.hours.iter().map(move |(hour, counts)| {
            let mut counts = *counts;
            if counts.conversions > 0 {
                let known = late::known(counts.conversions, age, draw::join(day, u64::from(*hour)));
                counts.value_micros = counts.value_micros * known / counts.conversions;
                counts.conversions = known;
            }
            (*hour, counts)
        })
    }
}
