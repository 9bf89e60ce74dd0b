//! What was delivered: one record per ad and day of the account, by hour.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::auction::late;
use crate::draw;
use crate::object::{Kind, NodeId, Object};
use crate::world::World;

/// Counts of one hour. Money is in minor units. `results` and `value` are what the hour will have brought
/// once every late conversion is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) impressions: i64,
    pub(crate) spend: i64,
    pub(crate) clicks: i64,
    pub(crate) link_clicks: i64,
    pub(crate) landings: i64,
    pub(crate) reactions: i64,
    pub(crate) results: i64,
    pub(crate) value: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.impressions += other.impressions;
        self.spend += other.spend;
        self.clicks += other.clicks;
        self.link_clicks += other.link_clicks;
        self.landings += other.landings;
        self.reactions += other.reactions;
        self.results += other.results;
        self.value += other.value;
    }
}

/// One ad's day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DayFacts {
    /// By the account's local hour; the doubled hour of an autumn day counts once.
    pub(crate) hours: BTreeMap<u8, Counts>,
    /// What was shown, and to which of its ad set's audiences: a later change does not rewrite the day.
    pub(crate) shown: Option<Shown>,
}

/// The creative and the audience that a day's delivery began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) creative: NodeId,
    /// Index among the ad set's audiences, the present one last.
    pub(crate) audience: usize,
}

impl Counts {
    /// The counts as they are reported `age` days after the hour; `key` decides how rounding falls, always
    /// the same way, so that figures only grow.
    pub(crate) fn reported(mut self, age: i64, key: u64) -> Self {
        if self.results == 0 {
            return self;
        }
        let known = late::known(self.results, age, key);
        self.value = self.value * known / self.results;
        self.results = known;
        self
    }
}

impl DayFacts {
    /// Reported counts by hour, as known on `today`.
    pub(crate) fn reported(&self, ad: NodeId, date: NaiveDate, today: NaiveDate) -> BTreeMap<u8, Counts> {
        let age = (today - date).num_days();
        let day = draw::join(ad.0, u64::try_from(date.to_epoch_days()).unwrap_or(0));
        let report =
            |(hour, counts): (&u8, &Counts)| (*hour, counts.reported(age, draw::join(day, u64::from(*hour))));
        self.hours.iter().map(report).collect()
    }

    pub(crate) fn total(&self) -> Counts {
        self.hours.values().fold(Counts::default(), |mut sum, counts| {
            sum += *counts;
            sum
        })
    }
}

impl World {
    /// The days of an ad between two dates, both included.
    pub(crate) fn days_of(
        &self,
        ad: NodeId,
        since: NaiveDate,
        until: NaiveDate,
    ) -> impl Iterator<Item = (NaiveDate, &DayFacts)> {
        self.facts.range((ad, since)..=(ad, until)).map(|((_, date), facts)| (*date, facts))
    }

    /// All that an ad spent, in minor units.
    pub(crate) fn spent_by_ad(&self, ad: NodeId) -> i64 {
        self.days_of(ad, NaiveDate::MIN, NaiveDate::MAX).map(|(_, facts)| facts.total().spend).sum()
    }

    /// The ads that an object's money goes to.
    pub(crate) fn ads_of(&self, object: &Object) -> Vec<NodeId> {
        match object.kind {
            Kind::Ad => vec![object.id],
            Kind::AdSet | Kind::Campaign | Kind::Creative => super::edges::below(self, object, Kind::Ad),
            Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label => Vec::new(),
        }
    }

    /// All that an object spent, in minor units.
    pub(crate) fn spent_by(&self, object: &Object) -> i64 {
        self.ads_of(object).into_iter().map(|ad| self.spent_by_ad(ad)).sum()
    }

    /// What an object spent on dates from `since`.
    pub(crate) fn spent_since(&self, object: &Object, since: NaiveDate) -> i64 {
        let days = self.ads_of(object).into_iter().flat_map(|ad| self.days_of(ad, since, NaiveDate::MAX));
        days.map(|(_, facts)| facts.total().spend).sum()
    }

    /// Today's date for an account.
    pub(crate) fn today(&self, account: &str) -> NaiveDate {
        let zone = self.accounts.get(account).map_or(chrono_tz::Tz::UTC, |account| account.zone());
        self.now().with_timezone(&zone).date_naive()
    }

    /// What an object spent today.
    pub(crate) fn spent_today(&self, object: &Object) -> i64 {
        self.spent_since(object, self.today(&object.owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reported_results_never_shrink_and_end_at_the_truth() {
        for key in 0..200 {
            let counts =
                Counts { results: i64::try_from(key % 7).unwrap() + 1, value: 700, ..Counts::default() };
            let by_age: Vec<i64> = (0..=28).map(|age| counts.reported(age, key).results).collect();
            assert!(by_age.is_sorted(), "{by_age:?}");
            assert_eq!(by_age[28], counts.results);
            assert_eq!(counts.reported(28, key).value, counts.value);
        }
    }
}
