//! What a campaign may spend (Microsoft, `platforms/microsoft.md` §11).

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::money;
use super::store::Object;
use crate::auction::pace;
use crate::draw;
use crate::world::World;

/// A daily budget in micros with what was spent of it. A day may cost twice as much at most, a month the budget
/// times its days.
#[derive(Debug)]
pub(super) struct Purse {
    campaign: u64,
    daily: i64,
    day: NaiveDate,
    spent_day: i64,
    /// Spent in the month before the day.
    spent_month: i64,
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn days_of_month(day: NaiveDate) -> i64 {
    let next = first_of_month(first_of_month(day) + Days::new(31));
    (next - first_of_month(day)).num_days()
}

impl Purse {
    pub(super) fn of(world: &World, campaign: &Object, at: DateTime<Utc>) -> Option<Self> {
        let account = world.microsoft.accounts.get(&campaign.account)?;
        let day = at.with_timezone(&account.zone()).date_naive();
        let spent_day = world.microsoft_spent(campaign, day, day);
        Some(Self {
            campaign: campaign.id,
            daily: money::micros(campaign.fields.get("DailyBudget")?)?,
            day,
            spent_day,
            spent_month: world.microsoft_spent(campaign, first_of_month(day), day) - spent_day,
        })
    }

    /// Begins another day of the account when `day` is one.
    pub(super) fn roll(&mut self, day: NaiveDate) {
        if day == self.day {
            return;
        }
        let same_month = first_of_month(day) == first_of_month(self.day);
        self.spent_month = if same_month { self.spent_month + self.spent_day } else { 0 };
        self.spent_day = 0;
        self.day = day;
    }

    pub(super) fn pay(&mut self, micros: i64) {
        self.spent_day += micros;
    }

    /// What is left of what the day is to cost.
    pub(super) fn room(&self, seed: u64) -> i64 {
        let wobble =
            pace::wobble(draw::key(seed, &["day", &self.day.to_string(), &self.campaign.to_string()]));
        let month = self.daily.saturating_mul(days_of_month(self.day)) - self.spent_month;
        let wanted = (self.daily as f64 * wobble) as i64;
        wanted.min(self.daily.saturating_mul(2)).min(month.max(0)) - self.spent_day
    }

    /// Nothing is left but crumbs.
    pub(super) fn is_exhausted(&self, seed: u64) -> bool {
        const CRUMBS: i64 = 100;
        self.room(seed) <= self.daily / CRUMBS
    }
}
