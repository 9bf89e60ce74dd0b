//! Delivery: what active ads show, cost and bring while the virtual clock moves.
//!
//! Time passes in quarters of an hour. In each, every budget (a campaign's or an ad set's) paces what is left
//! of its day over the hours that are left, its ads bid in a market that grows dearer with what they have
//! already shown, and people click and convert at hidden rates.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::Value;

pub(crate) use super::facts::DayFacts;
use super::facts::{Counts, Shown};
use super::market::{self, Rates, ResultKind};
use super::money;
use super::segments;
use super::status::{self, Effective};
use crate::auction::chance::poisson;
use crate::auction::market as hidden;
use crate::auction::pace::{self, TICK};
use crate::draw;
use crate::object::{Kind, NodeId, Object};
use crate::world::{RecordKey, World};

/// A day may spend up to 175 % of its daily budget (§9).
const FLEX: (i64, i64) = (175, 100);

/// One ad that may deliver.
struct AdPlan {
    id: NodeId,
    ad_set: NodeId,
    shows: Shown,
    rates: Rates,
    converts: bool,
    /// Weight among its siblings: better ads are shown more.
    appeal: f64,
    /// People who can be reached cheaply.
    pool: f64,
    shown: i64,
    learning: bool,
}

/// One budget with the ads that it pays for.
struct BudgetPlan {
    holder: NodeId,
    zone: Tz,
    currency: String,
    daily: Option<i64>,
    lifetime: Option<i64>,
    cap: Option<i64>,
    end: Option<DateTime<Utc>>,
    ads: Vec<AdPlan>,
    day: NaiveDate,
    spent_day: i64,
    spent_week: i64,
    spent_all: i64,
    shown_day: i64,
}

/// Delivers everything between the last call and `until`.
pub(crate) fn simulate(world: &mut World, until: DateTime<Utc>) {
    let mut tick = pace::next_tick(world.head.delivered_to);
    let mut plans = plans(world);
    while tick + TICK <= until {
        for plan in &mut plans {
            deliver(world, plan, tick);
        }
        if tick.minute() == 0 && tick.hour() == 0 {
            refresh_learning(world, &mut plans, tick);
        }
        tick += TICK;
    }
    world.head.delivered_to = tick;
}

/// The budgets that could spend, from the state at the start of an advance.
fn plans(world: &World) -> Vec<BudgetPlan> {
    let campaigns =
        world.objects.values().filter(|object| object.kind == Kind::Campaign && object.is_current());
    let mut plans = Vec::new();
    for campaign in campaigns {
        let ad_sets: Vec<&Object> =
            world.children(campaign.id).into_iter().filter_map(|id| world.object(id)).collect();
        if campaign.has_budget() {
            let ads = ad_sets.iter().flat_map(|ad_set| ad_plans(world, campaign, ad_set)).collect();
            plans.extend(budget_plan(world, campaign, campaign, None, ads));
            continue;
        }
        for ad_set in ad_sets {
            let ads = ad_plans(world, campaign, ad_set);
            plans.extend(budget_plan(world, campaign, ad_set, ad_set.time("end_time"), ads));
        }
    }
    plans
}

fn budget_plan(
    world: &World,
    campaign: &Object,
    holder: &Object,
    end: Option<DateTime<Utc>>,
    ads: Vec<AdPlan>,
) -> Option<BudgetPlan> {
    let account = world.accounts.get(&campaign.owner)?;
    if ads.is_empty() {
        return None;
    }
    let day = world.head.delivered_to.with_timezone(&account.zone()).date_naive();
    let end = end.or_else(|| {
        let sets = world.children(campaign.id);
        sets.iter().filter_map(|id| world.object(*id)?.time("end_time")).max()
    });
    let shown_day =
        ads.iter().flat_map(|ad| world.days_of(ad.id, day, day)).map(|(_, facts)| facts.total().impressions);
    Some(BudgetPlan {
        holder: holder.id,
        zone: account.zone(),
        currency: account.currency.clone(),
        daily: holder.minor("daily_budget"),
        lifetime: holder.minor("lifetime_budget"),
        cap: campaign.minor("spend_cap").map(|cap| cap - world.spent_by(campaign)),
        end,
        day,
        spent_day: world.spent_since(holder, day),
        spent_week: world.spent_since(holder, week_start(day)),
        spent_all: world.spent_by(holder),
        shown_day: shown_day.sum(),
        ads,
    })
}

fn ad_plans(world: &World, campaign: &Object, ad_set: &Object) -> Vec<AdPlan> {
    let Some(account) = world.accounts.get(&campaign.owner) else { return Vec::new() };
    let targeting = ad_set.fields.get("targeting").and_then(Value::as_object).cloned().unwrap_or_default();
    let pool = (segments::audience(&targeting) as f64 / 200.0).max(2_000.0);
    let learning = world.is_learning(ad_set, world.head.delivered_to);
    let objective = campaign.objective();
    let mut out = Vec::new();
    for ad in world.children(ad_set.id).into_iter().filter_map(|id| world.object(id)) {
        let Some(creative) = ad.creative.and_then(|id| world.object(id)) else { continue };
        if !ad.is_current() {
            continue;
        }
        let rates = market::rates(world, &account.currency, objective, ad_set, creative);
        let fill = bid_fill(ad_set, campaign, &rates);
        let converts = market::result_kind(objective, ad_set) != ResultKind::Nothing;
        let shown = world
            .days_of(ad.id, NaiveDate::MIN, NaiveDate::MAX)
            .map(|(_, day)| day.total().impressions)
            .sum();
        let worth = if converts { rates.ctr * rates.cvr * 100.0 } else { rates.ctr };
        out.push(AdPlan {
            id: ad.id,
            ad_set: ad_set.id,
            shows: Shown { creative: creative.id, audience: ad_set.past_audiences.len() },
            appeal: (worth * 100.0).powf(1.5) * fill,
            rates,
            converts,
            pool,
            shown,
            learning,
        });
    }
    out
}

/// Part of its budget that a capped bid can place: a cap below what results cost wins few auctions.
fn bid_fill(ad_set: &Object, campaign: &Object, rates: &Rates) -> f64 {
    let strategy = campaign.text("bid_strategy").or(ad_set.text("bid_strategy")).unwrap_or_default();
    let Some(bid) = ad_set.minor("bid_amount") else { return 1.0 };
    let cost = match ad_set.text("optimization_goal") {
        Some("REACH" | "IMPRESSIONS") => rates.cpm,
        Some("LINK_CLICKS" | "LANDING_PAGE_VIEWS") => rates.cpm / 1000.0 / rates.ctr,
        _ => rates.cpm / 1000.0 / rates.ctr / rates.cvr,
    };
    match strategy {
        "LOWEST_COST_WITH_BID_CAP" | "COST_CAP" => (bid as f64 / cost).powi(2).min(1.0),
        _ => 1.0,
    }
}

fn week_start(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_sunday()))
}

impl BudgetPlan {
    /// Begins another day of the account when the tick lies in one.
    fn roll(&mut self, day: NaiveDate) {
        if day == self.day {
            return;
        }
        if week_start(day) != week_start(self.day) {
            self.spent_week = 0;
        }
        self.day = day;
        self.spent_day = 0;
        self.shown_day = 0;
    }

    /// What the day may spend in all, in minor units.
    fn day_target(&self, seed: u64, tick: DateTime<Utc>) -> i64 {
        let key = draw::join(draw::key(seed, &["day", &self.day.to_string()]), self.holder.0);
        let wobble = pace::wobble(key);
        let target = match (self.daily, self.lifetime) {
            (Some(daily), _) => {
                let wanted = (daily as f64 * wobble) as i64;
                let week_left = (7 * daily - (self.spent_week - self.spent_day)).max(0);
                wanted.min(daily * FLEX.0 / FLEX.1).min(week_left)
            }
            (None, Some(lifetime)) => {
                let before_today = self.spent_all - self.spent_day;
                let left = (lifetime - before_today).max(0);
                let days = self.end.map_or(1, |end| ((end - tick).num_hours() + 23).div_euclid(24)).max(1);
                ((left as f64 / days as f64 * wobble) as i64).min(lifetime - before_today)
            }
            (None, None) => 0,
        };
        match self.cap {
            Some(cap) => target.min(self.spent_day + cap.max(0)),
            None => target,
        }
    }

    fn spend(&mut self, minor: i64, shown: i64) {
        self.spent_day += minor;
        self.spent_week += minor;
        self.spent_all += minor;
        self.shown_day += shown;
        self.cap = self.cap.map(|cap| cap - minor);
    }
}

/// Lets one budget deliver for one quarter of an hour.
fn deliver(world: &mut World, plan: &mut BudgetPlan, tick: DateTime<Utc>) {
    let local = tick.with_timezone(&plan.zone);
    plan.roll(local.date_naive());
    let (hour, quarter) = (local.hour() as usize, local.minute() as usize / 15);
    let active: Vec<bool> = plan.ads.iter().map(|ad| may_show(world, ad, tick, plan.zone)).collect();
    let appeal: f64 = plan.ads.iter().zip(&active).filter(|(_, on)| **on).map(|(ad, _)| ad.appeal).sum();
    if appeal <= 0.0 {
        return;
    }
    let target = plan.day_target(world.head.seed, tick);
    let left = target - plan.spent_day;
    if left <= 0 {
        return;
    }
    let part = pace::part(hour, quarter);
    let budget_key = draw::join(draw::join(world.head.seed, plan.holder.0), tick.timestamp().unsigned_abs());
    let fill: f64 = fill_of(plan, &active);
    let wanted = left as f64 * part * draw::between(budget_key, 0.8, 1.2) * fill;
    let mut room = left;
    for (index, on) in active.iter().enumerate() {
        if !on {
            continue;
        }
        let share = plan.ads[index].appeal / appeal;
        let counts = show(world.head.seed, plan, index, wanted * share, room, tick);
        if counts.impressions == 0 {
            continue;
        }
        room -= counts.spend;
        plan.spend(counts.spend, counts.impressions);
        plan.ads[index].shown += counts.impressions;
        let key = (plan.ads[index].id, local.date_naive());
        let facts = world.facts.entry(key).or_default();
        facts.shown.get_or_insert(plan.ads[index].shows);
        *facts.hours.entry(local.hour() as u8).or_default() += counts;
        world.touch(RecordKey::Facts(key.0, key.1));
    }
}

/// How much of its budget a plan can place when bids are capped: that of its best ad.
fn fill_of(plan: &BudgetPlan, active: &[bool]) -> f64 {
    let worth = |ad: &AdPlan| {
        let worth = if ad.converts { ad.rates.ctr * ad.rates.cvr * 100.0 } else { ad.rates.ctr };
        (worth * 100.0).powf(1.5)
    };
    let (mut placed, mut possible) = (0.0_f64, 0.0_f64);
    for ad in plan.ads.iter().zip(active).filter(|(_, on)| **on).map(|(ad, _)| ad) {
        placed += ad.appeal;
        possible += worth(ad);
    }
    if possible > 0.0 { (placed / possible).min(1.0) } else { 0.0 }
}

/// Whether an ad is effectively active at `tick` and inside its schedule.
fn may_show(world: &World, plan: &AdPlan, tick: DateTime<Utc>, zone: Tz) -> bool {
    let Some(ad) = world.object(plan.id) else { return false };
    if status::effective(world, ad, tick) != Effective::Active {
        return false;
    }
    let parents = [ad.campaign, Some(plan.ad_set)];
    let on = parents.into_iter().flatten().filter_map(|id| world.object(id)).all(|parent| {
        status::effective(world, parent, tick) == Effective::Active
            && parent.time("start_time").is_none_or(|start| start <= tick)
            && parent.time("end_time").is_none_or(|end| tick < end)
            && parent.time("stop_time").is_none_or(|stop| tick < stop)
    });
    on && world.object(plan.ad_set).is_none_or(|ad_set| in_schedule(ad_set, tick, zone))
}

/// Whether a day-parted ad set runs at this hour.
fn in_schedule(ad_set: &Object, tick: DateTime<Utc>, zone: Tz) -> bool {
    let Some(parts) = ad_set.fields.get("adset_schedule").and_then(Value::as_array) else { return true };
    let local = tick.with_timezone(&zone);
    let minute = i64::from(local.hour() * 60 + local.minute());
    let day = i64::from(local.weekday().num_days_from_sunday());
    parts.iter().any(|part| {
        let on_day =
            part["days"].as_array().is_some_and(|days| days.iter().any(|known| known.as_i64() == Some(day)));
        on_day
            && part["start_minute"].as_i64().is_some_and(|start| start <= minute)
            && part["end_minute"].as_i64().is_some_and(|end| minute < end)
    })
}

/// One ad's quarter of an hour: the only place where rates become whole counts.
fn show(seed: u64, plan: &BudgetPlan, index: usize, money: f64, room: i64, tick: DateTime<Utc>) -> Counts {
    let ad = &plan.ads[index];
    let local = tick.with_timezone(&plan.zone);
    let (hour, weekday) = (local.hour() as usize, local.weekday().num_days_from_sunday() as usize);
    let key = draw::join(draw::join(draw::key(seed, &["show"]), ad.id.0), tick.timestamp().unsigned_abs());
    let draw = |n: u64| draw::unit(draw::join(key, n));
    // The cheap part of the audience sells first, and learning costs.
    let scarcity = 1.0 + 0.6 * (plan.shown_day as f64 / ad.pool);
    let learning = if ad.learning { (1.1, 0.8) } else { (1.0, 1.0) };
    let cpm = ad.rates.cpm * scarcity * learning.0 * hidden::WEEKDAY_PRICE[weekday] * (0.92 + 0.16 * draw(1));
    let cpm = hidden::plausible_cpm(cpm, money::dollar(&plan.currency));
    let impressions = (money * 1000.0 / cpm + draw(2)).floor();
    if impressions < 1.0 {
        return Counts::default();
    }
    let spend = ((impressions * cpm / 1000.0 + draw(3)).floor() as i64).min(room);
    let wear = 1.0 + ad.shown as f64 / (ad.pool * 8.0);
    let ctr = hidden::plausible_ctr(ad.rates.ctr * hidden::HOUR_CLICK[hour] / wear.sqrt());
    let link_clicks = poisson(impressions * ctr, draw::join(key, 4)).min(impressions as i64);
    let other_clicks = poisson(link_clicks as f64 * 0.35, draw::join(key, 5));
    let clicks = (link_clicks + other_clicks).min(impressions as i64);
    let cvr = ad.rates.cvr * hidden::WEEKDAY[weekday] * learning.1 / wear;
    let results =
        if ad.converts { poisson(link_clicks as f64 * cvr, draw::join(key, 6)).min(link_clicks) } else { 0 };
    let value = (results as f64 * ad.rates.value * (0.7 + 0.6 * draw(7))).round() as i64;
    Counts {
        impressions: impressions as i64,
        spend,
        clicks,
        link_clicks,
        landings: (link_clicks as f64 * 0.81 + draw(8)).floor().min(link_clicks as f64) as i64,
        reactions: poisson(impressions * 0.0025, draw::join(key, 9)),
        results,
        value,
    }
}

fn refresh_learning(world: &World, plans: &mut [BudgetPlan], at: DateTime<Utc>) {
    let mut known: BTreeMap<NodeId, bool> = BTreeMap::new();
    for ad in plans.iter_mut().flat_map(|plan| &mut plan.ads) {
        ad.learning = *known
            .entry(ad.ad_set)
            .or_insert_with(|| world.object(ad.ad_set).is_some_and(|ad_set| world.is_learning(ad_set, at)));
    }
}
