//! Delivery: what enabled ads show, cost and bring while the virtual clock moves.
//!
//! Time passes in the auction's ticks. In each, every ad group asks for its part of the day's money; a campaign with
//! a budget of its own gives what it has among them.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

use super::market::{self, Outcome, Pay, Rates};
use super::purse::Purse;
use super::store::{Advertiser, Key, Level, Object};
use crate::auction::chance::poisson;
use crate::auction::facts::Counts;
use crate::auction::market as hidden;
use crate::auction::pace::{self, TICK};
use crate::draw;
use crate::object::Moment;
use crate::world::{RecordKey, World};

/// Results until an ad group has learned.
const LEARNED_AFTER: i64 = 50;

struct AdPlan {
    id: String,
    /// Weight among its siblings: better ads are shown more.
    appeal: f64,
    /// Clicks beside the ad group's average.
    ctr: f64,
    cvr: f64,
}

struct GroupPlan {
    id: String,
    purse: Option<Purse>,
    rates: Rates,
    counts_conversions: bool,
    /// Half hours of the week, Monday first; empty for always.
    dayparting: Vec<u8>,
    fast: bool,
    /// Results so far, unless it skips learning.
    results: Option<i64>,
    ads: Vec<AdPlan>,
}

struct CampaignPlan {
    id: String,
    zone: Tz,
    /// The currency's smallest unit in micros.
    unit: i64,
    purse: Option<Purse>,
    groups: Vec<GroupPlan>,
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

fn plans(world: &World, from: DateTime<Utc>) -> Vec<CampaignPlan> {
    let campaigns = world.tiktok.all().filter(|it| it.level == Level::Campaign && it.is_enabled());
    campaigns.filter_map(|campaign| campaign_plan(world, campaign, from)).collect()
}

fn campaign_plan(world: &World, campaign: &Object, from: DateTime<Utc>) -> Option<CampaignPlan> {
    let advertiser = world.tiktok.advertisers.get(&campaign.advertiser)?;
    let zone = advertiser.zone();
    let day = from.with_timezone(&zone).date_naive();
    let groups = world.tiktok.below(&campaign.id).filter(|group| group.is_enabled());
    let groups: Vec<GroupPlan> =
        groups.filter_map(|group| group_plan(world, advertiser, group, day)).collect();
    (!groups.is_empty()).then(|| CampaignPlan {
        id: campaign.id.clone(),
        zone,
        unit: advertiser.unit(),
        purse: Purse::of(world, campaign, day),
        groups,
    })
}

fn group_plan(world: &World, advertiser: &Advertiser, group: &Object, day: NaiveDate) -> Option<GroupPlan> {
    let ads = world.tiktok.below(&group.id).filter(|ad| ad.is_enabled());
    let ads: Vec<AdPlan> = ads.map(|ad| ad_plan(world, ad)).collect();
    let rates = market::rates(world, advertiser, group);
    let counts_conversions = market::outcome(group) != Outcome::None;
    let results = |id: &String| -> i64 {
        let range = (id.clone(), NaiveDate::MIN)..=(id.clone(), NaiveDate::MAX);
        world.tiktok.facts.range(range).map(|(_, day)| result(rates.pay, day.total())).sum()
    };
    let so_far = world.tiktok_ads(group).iter().map(results).sum();
    (!ads.is_empty()).then(|| GroupPlan {
        id: group.id.clone(),
        purse: Purse::of(world, group, day),
        rates,
        counts_conversions,
        dayparting: group.text("dayparting").bytes().collect(),
        fast: group.text("pacing") == "PACING_MODE_FAST",
        results: (!group.flag("skip_learning_phase")).then_some(so_far),
        ads,
    })
}

/// What an ad group learns from.
fn result(pay: Pay, counts: Counts) -> i64 {
    if pay == Pay::Click { counts.clicks } else { counts.conversions.max(counts.impressions / 2000) }
}

fn ad_plan(world: &World, ad: &Object) -> AdPlan {
    let content = market::content(world, ad);
    let quality = |aspect: &str| hidden::quality(world.head.seed, &content, aspect);
    let (ctr, cvr) = (quality("ctr"), quality("cvr"));
    AdPlan { id: ad.id.clone(), appeal: (ctr * cvr).powf(1.5), ctr, cvr }
}

impl GroupPlan {
    fn is_on(&self, local: DateTime<Tz>) -> bool {
        let half_hour = local.weekday().num_days_from_monday() * 48 + local.hour() * 2 + local.minute() / 30;
        self.dayparting.get(half_hour as usize).is_none_or(|on| *on == b'1')
    }

    /// Micros that it would spend in a tick of which this much attention is left.
    fn asks(&self, seed: u64, tick: DateTime<Utc>, attention: f64, part: f64) -> f64 {
        let possible = self.rates.volume * attention * self.rates.cost_of_impression();
        let hurry = if self.fast { 4.0 } else { 1.0 };
        match &self.purse {
            Some(purse) => possible.min(purse.room(seed, tick).max(0) as f64 * (part * hurry).min(1.0)),
            None => possible,
        }
    }
}

/// Lets one campaign deliver for one tick.
fn deliver(world: &mut World, plan: &mut CampaignPlan, tick: DateTime<Utc>) {
    let local = tick.with_timezone(&plan.zone);
    let day = local.date_naive();
    let purses = plan.purse.iter_mut().chain(plan.groups.iter_mut().filter_map(|group| group.purse.as_mut()));
    purses.for_each(|purse| purse.roll(day));
    let seed = world.head.seed;
    let (hour, quarter) = (local.hour() as usize, local.minute() as usize / 15);
    let attention = hidden::HOURS[hour] / 4.0;
    let part = pace::part(hour, quarter);
    let shows =
        |ad: &AdPlan| world.tiktok.get(&ad.id).is_some_and(|ad| world.tiktok_held(ad, tick).is_none());
    let asking: Vec<(usize, Vec<usize>, f64)> = plan
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.is_on(local))
        .map(|(at, group)| {
            let ads = (0..group.ads.len()).filter(|ad| shows(&group.ads[*ad])).collect();
            (at, ads, group.asks(seed, tick, attention, part))
        })
        .filter(|(_, ads, asked): &(_, Vec<usize>, f64)| !ads.is_empty() && *asked > 0.0)
        .collect();
    let asked: f64 = asking.iter().map(|(_, _, asked)| asked).sum();
    let given = match &plan.purse {
        Some(purse) => asked.min(purse.room(seed, tick).max(0) as f64 * part),
        None => asked,
    };
    let key = draw::join(draw::key(seed, &["pace", &plan.id]), tick.timestamp().unsigned_abs());
    let jitter = draw::between(key, 0.8, 1.2);
    for (group, ads, wanted) in asking {
        let money = wanted / asked * given * jitter;
        let rates = plan.groups[group].rates;
        let mean = (money / rates.cost_of_impression()).min(rates.volume * attention);
        let appeal: f64 = ads.iter().map(|ad| plan.groups[group].ads[*ad].appeal).sum();
        for ad in ads {
            let mean = mean * plan.groups[group].ads[ad].appeal / appeal;
            show(world, plan, (group, ad), mean, tick);
        }
    }
}

/// Shows one ad for one tick and writes down what it brought.
fn show(
    world: &mut World,
    plan: &mut CampaignPlan,
    (at, ad): (usize, usize),
    mean: f64,
    tick: DateTime<Utc>,
) {
    let local = tick.with_timezone(&plan.zone);
    let seed = world.head.seed;
    let group = &plan.groups[at];
    let rooms = [&plan.purse, &group.purse].into_iter().flatten().map(|purse| purse.room(seed, tick));
    let room = rooms.min().unwrap_or(0).max(0);
    let counts = drawn(seed, (group, &group.ads[ad]), mean, room / plan.unit * plan.unit, plan.unit, local);
    if counts.impressions == 0 {
        return;
    }
    let ad = group.ads[ad].id.clone();
    let names = [plan.id.clone(), group.id.clone(), ad.clone()];
    let group = &mut plan.groups[at];
    group.results = group.results.map(|results| results + result(group.rates.pay, counts));
    let purses = plan.purse.iter_mut().chain(group.purse.as_mut());
    purses.for_each(|purse| purse.pay(counts.cost_micros));
    let key = (ad, local.date_naive());
    let day = world.tiktok.facts.entry(key.clone()).or_default();
    *day.hours.entry(local.hour() as u8).or_default() += counts;
    world.touch(RecordKey::TikTok(Key::Facts(key.0, key.1)));
    // Whoever is shown has been active since then at the latest.
    let moment = Moment { at: tick, seq: world.head.seq };
    names.iter().for_each(|id| world.tiktok_first(id, moment));
}

/// One ad's tick: the only place where rates become whole counts. Money comes in whole units of the currency.
fn drawn(
    seed: u64,
    (group, ad): (&GroupPlan, &AdPlan),
    mean: f64,
    room: i64,
    unit: i64,
    local: DateTime<Tz>,
) -> Counts {
    let (hour, weekday) = (local.hour() as usize, local.weekday().num_days_from_sunday() as usize);
    let key = draw::join(draw::key(seed, &["show", &ad.id]), local.timestamp().unsigned_abs());
    let draw = |n: u64| draw::unit(draw::join(key, n));
    let learning = group.results.is_some_and(|results| results < LEARNED_AFTER);
    let (dearer, fewer) = if learning { (1.1, 0.8) } else { (1.0, 1.0) };
    let price = group.rates.price * dearer * hidden::WEEKDAY_PRICE[weekday] * (0.92 + 0.16 * draw(1));
    let mut impressions = poisson(mean, draw::join(key, 2));
    let ctr = (group.rates.ctr * ad.ctr * hidden::HOUR_CLICK[hour]).min(0.2);
    let mut clicks = poisson(impressions as f64 * ctr, draw::join(key, 3)).min(impressions);
    let whole = |micros: f64, luck: f64| (micros / unit as f64 + luck).floor() as i64 * unit;
    let cost = match group.rates.pay {
        Pay::Click => {
            // Nobody is shown any more once the money does not do for another click.
            let each = whole(price, draw(6)).max(unit);
            clicks = clicks.min(room / each);
            clicks * each
        }
        Pay::Impression => {
            let each = price / 1000.0;
            impressions = impressions.min((room as f64 / each) as i64);
            clicks = clicks.min(impressions);
            whole(impressions as f64 * each, draw(6)).min(room)
        }
    };
    let cvr = group.rates.cvr * ad.cvr * hidden::WEEKDAY[weekday] * fewer;
    let conversions = match group.counts_conversions {
        true => poisson(clicks as f64 * cvr, draw::join(key, 4)).min(clicks),
        false => 0,
    };
    let value = whole(conversions as f64 * group.rates.basket * (0.7 + 0.6 * draw(5)), 0.5);
    Counts { impressions, clicks, cost_micros: cost, conversions, value_micros: value }
}
