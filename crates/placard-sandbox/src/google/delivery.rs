//! Delivery: what enabled ads show, cost and bring while the virtual clock moves.
//!
//! Time passes in the auction's ticks. In each, a budget paces what is left of its day over the hours that are
//! left; its ad groups take what their searches bring and the pace allows.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::gaql::conversion_action;
use super::kind::Kind;
use super::market::{self, Pay, Rates};
use super::rules;
use super::store::{Customer, Key, Resource};
use crate::auction::chance::poisson;
use crate::auction::facts::Counts;
use crate::auction::market as hidden;
use crate::auction::pace::{self, TICK};
use crate::draw;
use crate::object::Moment;
use crate::world::{RecordKey, World};

/// A day may spend twice its budget, a month 30.4 times (Google, `platforms/google.md` §10).
const DAY_FLEX: i64 = 2;
const MONTH: (i64, i64) = (304, 10);

struct AdPlan {
    name: String,
    /// Weight among its siblings: better ads are shown more.
    appeal: f64,
    /// Clicks beside the ad group's average.
    ctr: f64,
    cvr: f64,
}

struct GroupPlan {
    campaign: String,
    group: String,
    rates: Rates,
    /// Weekday (Monday first) and minutes of the campaign's schedule; empty for always.
    schedule: Vec<(u32, (i64, i64))>,
    ads: Vec<AdPlan>,
}

/// One budget with what spends it, in micros.
struct BudgetPlan {
    name: String,
    zone: Tz,
    daily: Option<i64>,
    total: Option<i64>,
    end: Option<DateTime<Utc>>,
    /// Micros of a purchase; `None` where nothing is counted.
    basket: Option<f64>,
    groups: Vec<GroupPlan>,
    day: NaiveDate,
    spent_day: i64,
    /// Spent in the month before the day.
    spent_month: i64,
    spent_all: i64,
}

/// Delivers the ticks between `from` and `until`.
pub(crate) fn simulate(world: &mut World, from: DateTime<Utc>, until: DateTime<Utc>) {
    let mut plans = plans(world, from);
    let mut tick = from;
    while tick + TICK <= until {
        plans.iter_mut().for_each(|plan| deliver(world, plan, tick));
        tick += TICK;
    }
}

fn plans(world: &World, from: DateTime<Utc>) -> Vec<BudgetPlan> {
    let budgets =
        world.google.all().filter(|budget| budget.kind == Kind::CampaignBudget && !budget.is_removed());
    budgets.filter_map(|budget| budget_plan(world, budget, from)).collect()
}

fn budget_plan(world: &World, budget: &Resource, from: DateTime<Utc>) -> Option<BudgetPlan> {
    let customer = world.google.customers.get(&budget.customer)?;
    let campaigns: Vec<&Resource> =
        world.google.below(&budget.name, Kind::Campaign).filter(|campaign| campaign.is_enabled()).collect();
    let groups: Vec<GroupPlan> =
        campaigns.iter().flat_map(|campaign| group_plans(world, customer, campaign)).collect();
    if groups.is_empty() {
        return None;
    }
    let zone = customer.zone();
    let day = from.with_timezone(&zone).date_naive();
    // What other campaigns spent of the budget before they were paused counts too.
    let ads = world.google_ads_below(budget);
    let spent = |since: NaiveDate, until: NaiveDate| -> i64 {
        let days =
            ads.iter().flat_map(|ad| world.google.facts.range((ad.clone(), since)..=(ad.clone(), until)));
        days.map(|(_, day)| day.total().cost_micros).sum()
    };
    let spent_day = spent(day, day);
    let ends = campaigns.iter().map(|campaign| rules::local_time(&campaign.fields, "endDateTime", zone));
    Some(BudgetPlan {
        name: budget.name.clone(),
        zone,
        daily: super::store::int_at(&budget.fields, &["amountMicros"]),
        total: super::store::int_at(&budget.fields, &["totalAmountMicros"]),
        end: ends.flatten().max(),
        basket: conversion_action(world, customer).map(|action| worth(customer, action)),
        groups,
        day,
        spent_day,
        spent_month: spent(first_of_month(day), day) - spent_day,
        spent_all: spent(NaiveDate::MIN, NaiveDate::MAX),
    })
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Micros that a conversion is worth: what was bought, or what the action says.
fn worth(customer: &Customer, action: &Resource) -> f64 {
    let fixed =
        action.fields.get("valueSettings").map(|value| &value["defaultValue"]).and_then(Value::as_f64);
    match action.text("category") {
        "PURCHASE" => market::basket(customer),
        _ => fixed.unwrap_or(0.0) * 1e6,
    }
}

fn group_plans(world: &World, customer: &Customer, campaign: &Resource) -> Vec<GroupPlan> {
    let schedule: Vec<(u32, (i64, i64))> = world
        .google
        .below(&campaign.name, Kind::CampaignCriterion)
        .filter(|criterion| !criterion.is_removed())
        .filter_map(|criterion| criterion.fields.get("adSchedule"))
        .map(|schedule| {
            (weekday(schedule["dayOfWeek"].as_str().unwrap_or_default()), rules::minutes(schedule))
        })
        .collect();
    let groups = world.google.below(&campaign.name, Kind::AdGroup).filter(|group| group.is_enabled());
    let plan = |group: &Resource| {
        let rates = market::rates(world, customer, campaign, group)?;
        let ads = world.google.below(&group.name, Kind::AdGroupAd).filter(|ad| ad.is_enabled());
        let ads: Vec<AdPlan> = ads.map(|ad| ad_plan(world, ad)).collect();
        let (campaign, group) = (campaign.name.clone(), group.name.clone());
        (!ads.is_empty()).then(|| GroupPlan { campaign, group, rates, schedule: schedule.clone(), ads })
    };
    groups.filter_map(plan).collect()
}

fn weekday(word: &str) -> u32 {
    const DAYS: &[&str] = &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    DAYS.iter().zip(0..).find(|(day, _)| **day == word).map_or(0, |(_, number)| number)
}

fn ad_plan(world: &World, ad: &Resource) -> AdPlan {
    let content = market::content(ad);
    let quality = |aspect: &str| hidden::quality(world.head.seed, &content, aspect);
    let (ctr, cvr) = (quality("ctr"), quality("cvr"));
    AdPlan { name: ad.name.clone(), appeal: (ctr * cvr).powf(1.5), ctr, cvr }
}

impl BudgetPlan {
    /// Begins another day of the account when the tick lies in one.
    fn roll(&mut self, day: NaiveDate) {
        if day == self.day {
            return;
        }
        let same_month = first_of_month(day) == first_of_month(self.day);
        self.spent_month = if same_month { self.spent_month + self.spent_day } else { 0 };
        self.day = day;
        self.spent_day = 0;
    }

    /// What the day may spend in all.
    fn day_target(&self, seed: u64, tick: DateTime<Utc>) -> i64 {
        let wobble = pace::wobble(draw::key(seed, &["day", &self.day.to_string(), &self.name]));
        match (self.daily, self.total) {
            (Some(daily), _) => {
                let month = i128::from(daily) * i128::from(MONTH.0) / i128::from(MONTH.1);
                let left = i64::try_from(month).unwrap_or(i64::MAX).saturating_sub(self.spent_month);
                let wanted = (daily as f64 * wobble) as i64;
                wanted.min(daily.saturating_mul(DAY_FLEX)).min(left.max(0))
            }
            (None, Some(total)) => {
                let left = (total - (self.spent_all - self.spent_day)).max(0);
                let days = self.end.map_or(1, |end| ((end - tick).num_hours() + 23).div_euclid(24)).max(1);
                ((left as f64 / days as f64 * wobble) as i64).min(left)
            }
            (None, None) => 0,
        }
    }
}

impl GroupPlan {
    fn in_schedule(&self, local: DateTime<Tz>) -> bool {
        let day = local.weekday().num_days_from_monday();
        let minute = i64::from(local.hour() * 60 + local.minute());
        self.schedule.is_empty()
            || self.schedule.iter().any(|(on, span)| *on == day && span.0 <= minute && minute < span.1)
    }

    /// Micros that the average impression costs.
    fn cost_of_impression(&self) -> f64 {
        match self.rates.pay {
            Pay::Click => self.rates.ctr * self.rates.price,
            Pay::Impression => self.rates.price / 1000.0,
        }
    }
}

/// The ads that may be shown at a tick: places of their group and of themselves.
fn showing(world: &World, plan: &BudgetPlan, tick: DateTime<Utc>) -> Vec<(usize, usize)> {
    let local = tick.with_timezone(&plan.zone);
    let mut out = Vec::new();
    for (group, of) in plan.groups.iter().enumerate().filter(|(_, group)| group.in_schedule(local)) {
        for (ad, of) in of.ads.iter().enumerate() {
            if world.google.get(&of.name).is_some_and(|ad| world.google_shows(ad, tick)) {
                out.push((group, ad));
            }
        }
    }
    out
}

/// Lets one budget deliver for one tick.
fn deliver(world: &mut World, plan: &mut BudgetPlan, tick: DateTime<Utc>) {
    let local = tick.with_timezone(&plan.zone);
    plan.roll(local.date_naive());
    let showing = showing(world, plan, tick);
    let mut room = plan.day_target(world.head.seed, tick) - plan.spent_day;
    if room <= 0 || showing.is_empty() {
        return;
    }
    let (hour, quarter) = (local.hour() as usize, local.minute() as usize / 15);
    let seed = world.head.seed;
    let key = draw::join(draw::key(seed, &["pace", &plan.name]), tick.timestamp().unsigned_abs());
    let paced = room as f64 * pace::part(hour, quarter) * draw::between(key, 0.8, 1.2);
    let attention = hidden::HOURS[hour] / 4.0;
    let appeal = |group: usize| -> f64 {
        showing.iter().filter(|(of, _)| *of == group).map(|(_, ad)| plan.groups[group].ads[*ad].appeal).sum()
    };
    let possible: f64 = (0..plan.groups.len())
        .filter(|group| showing.iter().any(|(of, _)| of == group))
        .map(|group| plan.groups[group].rates.volume * attention * plan.groups[group].cost_of_impression())
        .sum();
    let scale = if possible > 0.0 { (paced / possible).min(1.0) } else { 0.0 };
    for (group, ad) in &showing {
        let (of, ad) = (&plan.groups[*group], &plan.groups[*group].ads[*ad]);
        let mean = of.rates.volume * attention * scale * ad.appeal / appeal(*group);
        let learning = world
            .google
            .get(&of.campaign)
            .is_some_and(|campaign| world.google_learning(campaign, tick).is_some());
        let counts = show(seed, of, ad, plan.basket, mean, learning, room, local);
        if counts.impressions == 0 {
            continue;
        }
        room -= counts.cost_micros;
        plan.spent_day += counts.cost_micros;
        plan.spent_all += counts.cost_micros;
        let names = [of.campaign.clone(), of.group.clone(), ad.name.clone()];
        let key = (ad.name.clone(), local.date_naive());
        *world.google.facts.entry(key.clone()).or_default().hours.entry(local.hour() as u8).or_default() +=
            counts;
        world.touch(RecordKey::Google(Key::Facts(key.0, key.1)));
        names.iter().for_each(|name| note_first(world, name, tick));
    }
}

/// Whoever is shown has been active since then at the latest.
fn note_first(world: &mut World, name: &str, at: DateTime<Utc>) {
    let seq = world.head.seq;
    if let Some(resource) = world.google.get_mut(name)
        && resource.first_active.is_none()
    {
        resource.first_active = Some(Moment { at, seq });
        world.touch(RecordKey::Google(Key::Resource(name.to_owned())));
    }
}

/// One ad's tick: the only place where rates become whole counts.
#[expect(clippy::too_many_arguments, reason = "all that an ad's quarter of an hour depends on")]
fn show(
    seed: u64,
    group: &GroupPlan,
    ad: &AdPlan,
    basket: Option<f64>,
    mean: f64,
    learning: bool,
    room: i64,
    local: DateTime<Tz>,
) -> Counts {
    let (hour, weekday) = (local.hour() as usize, local.weekday().num_days_from_sunday() as usize);
    let key = draw::join(draw::key(seed, &["show", &ad.name]), local.timestamp().unsigned_abs());
    let draw = |n: u64| draw::unit(draw::join(key, n));
    let (dearer, fewer) = if learning { (1.1, 0.8) } else { (1.0, 1.0) };
    let price = group.rates.price * dearer * hidden::WEEKDAY_PRICE[weekday] * (0.92 + 0.16 * draw(1));
    let mut impressions = poisson(mean, draw::join(key, 2));
    let ctr = (group.rates.ctr * ad.ctr * hidden::HOUR_CLICK[hour]).min(0.35);
    let mut clicks = poisson(impressions as f64 * ctr, draw::join(key, 3)).min(impressions);
    let cost = match group.rates.pay {
        Pay::Click => {
            // Nobody is shown any more once the money does not do for another click.
            let each = (price as i64).max(1);
            clicks = clicks.min(room / each);
            clicks * each
        }
        Pay::Impression => {
            let each = price / 1000.0;
            impressions = impressions.min((room as f64 / each.max(1.0)) as i64);
            clicks = clicks.min(impressions);
            (impressions as f64 * each) as i64
        }
    };
    let cvr = group.rates.cvr * ad.cvr * hidden::WEEKDAY[weekday] * fewer;
    let conversions = match basket {
        Some(_) => poisson(clicks as f64 * cvr, draw::join(key, 4)).min(clicks),
        None => 0,
    };
    let value = conversions as f64 * basket.unwrap_or(0.0) * (0.7 + 0.6 * draw(5));
    // Reported to the cent.
    let value_micros = (value / 10_000.0).round() as i64 * 10_000;
    Counts { impressions, clicks, cost_micros: cost.min(room), conversions, value_micros }
}
