//! What a campaign or ad group may spend (TikTok, `platforms/tiktok.md` §11).

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::error::{Refusal, TikTokResult};
use super::money;
use super::read;
use super::store::{Advertiser, Level, Object};
use crate::auction::pace;
use crate::draw;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Day,
    /// A quarter more on a day, seven times the figure in a week.
    Dynamic,
    Total,
}

/// A budget in micros with what was spent of it.
#[derive(Debug)]
pub(super) struct Purse {
    id: String,
    mode: Mode,
    micros: i64,
    /// When the last of what spends it ends.
    end: Option<DateTime<Utc>>,
    day: NaiveDate,
    spent_day: i64,
    /// Spent in the week before the day.
    spent_week: i64,
    spent_all: i64,
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn end_of(group: &Object) -> Option<DateTime<Utc>> {
    read::time("schedule_end_time", group.text("schedule_end_time")).ok()
}

impl Purse {
    /// The budget of an object, if it has one of its own.
    pub(super) fn of(world: &World, object: &Object, day: NaiveDate) -> Option<Self> {
        let mode = match object.text("budget_mode") {
            "BUDGET_MODE_DAY" => Mode::Day,
            "BUDGET_MODE_DYNAMIC_DAILY_BUDGET" => Mode::Dynamic,
            "BUDGET_MODE_TOTAL" => Mode::Total,
            _ => return None,
        };
        let advertiser = world.tiktok.advertisers.get(&object.advertiser)?;
        let micros = money::micros("budget", object.fields.get("budget")?, &advertiser.currency).ok()?;
        let end = match object.level {
            Level::Campaign => {
                let ends = world.tiktok.below(&object.id).filter(|group| group.is_enabled()).map(end_of);
                ends.flatten().max()
            }
            Level::AdGroup | Level::Ad => end_of(object),
        };
        let spent = |since, until| world.tiktok_spent(object, since, until);
        let spent_day = spent(day, day);
        Some(Self {
            id: object.id.clone(),
            mode,
            micros,
            end,
            day,
            spent_day,
            spent_week: spent(monday(day), day) - spent_day,
            spent_all: spent(NaiveDate::MIN, NaiveDate::MAX),
        })
    }

    /// Begins another day of the account when `day` is one.
    pub(super) fn roll(&mut self, day: NaiveDate) {
        if day == self.day {
            return;
        }
        self.spent_week = if monday(day) == monday(self.day) { self.spent_week + self.spent_day } else { 0 };
        self.spent_day = 0;
        self.day = day;
    }

    pub(super) fn pay(&mut self, micros: i64) {
        self.spent_day += micros;
        self.spent_all += micros;
    }

    /// The most that the day may cost in all.
    fn limit(&self) -> i64 {
        match self.mode {
            Mode::Day => self.micros,
            Mode::Dynamic => {
                let week = self.micros.saturating_mul(7) - self.spent_week;
                self.micros.saturating_mul(5).div_euclid(4).min(week)
            }
            Mode::Total => self.micros - (self.spent_all - self.spent_day),
        }
    }

    /// What is left of what the day is meant to cost.
    pub(super) fn room(&self, seed: u64, tick: DateTime<Utc>) -> i64 {
        let wobble = pace::wobble(draw::key(seed, &["day", &self.day.to_string(), &self.id]));
        let wanted = match self.mode {
            Mode::Day | Mode::Dynamic => self.micros as f64 * wobble,
            Mode::Total => {
                let days = self.end.map_or(30, |end| ((end - tick).num_hours() + 23).div_euclid(24)).max(1);
                self.limit().max(0) as f64 / days as f64 * wobble
            }
        };
        (wanted as i64).min(self.limit()) - self.spent_day
    }

    /// Nothing is left of the day, or of all.
    fn is_exhausted(&self) -> bool {
        const CRUMBS: i64 = 200;
        self.limit() - self.spent_day <= self.micros / CRUMBS
    }
}

/// Refuses a budget below 105 % of what was spent so far, of the day for daily budgets.
pub(super) fn covers(world: &World, advertiser: &Advertiser, object: &Object) -> TikTokResult<()> {
    let today = world.now().with_timezone(&advertiser.zone()).date_naive();
    let Some(purse) = Purse::of(world, object, today) else { return Ok(()) };
    let spent = if purse.mode == Mode::Total { purse.spent_all } else { purse.spent_day };
    match i128::from(purse.micros) * 100 >= i128::from(spent) * 105 {
        true => Ok(()),
        false => Err(Refusal::field("budget", "Must be at least 105% of what was spent.")),
    }
}

impl World {
    /// Ids of the ads that an object's money goes to, deleted ones too.
    pub(crate) fn tiktok_ads(&self, object: &Object) -> Vec<String> {
        match object.level {
            Level::Ad => vec![object.id.clone()],
            Level::AdGroup | Level::Campaign => {
                self.tiktok.below(&object.id).flat_map(|child| self.tiktok_ads(child)).collect()
            }
        }
    }

    /// Micros that an object's ads cost on some days.
    pub(crate) fn tiktok_spent(&self, object: &Object, since: NaiveDate, until: NaiveDate) -> i64 {
        let ads = self.tiktok_ads(object);
        let days =
            ads.iter().flat_map(|ad| self.tiktok.facts.range((ad.clone(), since)..=(ad.clone(), until)));
        days.map(|(_, day)| day.total().cost_micros).sum()
    }

    /// Whether an object's own budget is used up.
    pub(crate) fn tiktok_exhausted(&self, object: &Object, at: DateTime<Utc>) -> bool {
        let Some(advertiser) = self.tiktok.advertisers.get(&object.advertiser) else { return false };
        let day = at.with_timezone(&advertiser.zone()).date_naive();
        Purse::of(self, object, day).is_some_and(|purse| purse.is_exhausted())
    }
}
