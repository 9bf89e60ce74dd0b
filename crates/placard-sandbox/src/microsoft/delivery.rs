//! Delivery: what active ads show, cost and bring while the virtual clock moves.
//!
//! Time passes in the auction's ticks. In each, a campaign paces what is left of its day over the hours that are
//! left; its ad groups take what their searches bring and the pace allows.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;

use super::criterion::{span, type_of};
use super::market::{self, Rates};
use super::money;
use super::purse::Purse;
use super::store::{self, Key, Kind, Object};
use crate::auction::chance::poisson;
use crate::auction::facts::Counts;
use crate::auction::market as hidden;
use crate::auction::pace::{self, TICK};
use crate::draw;
use crate::object::Moment;
use crate::world::{RecordKey, World};

struct AdPlan {
    id: u64,
    /// Weight among its siblings: better ads are shown more.
    appeal: f64,
    /// Clicks beside the ad group's average.
    ctr: f64,
    cvr: f64,
}

struct GroupPlan {
    id: u64,
    rates: Rates,
    ads: Vec<AdPlan>,
}

struct CampaignPlan {
    id: u64,
    /// The account's zone, whose days are paid for.
    zone: Tz,
    /// The campaign's zone, by which its schedule goes.
    own_zone: Tz,
    /// The currency's smallest unit in micros.
    unit: i64,
    purse: Purse,
    /// Weekday (Sunday is 0) and minutes; empty for always.
    schedule: Vec<(usize, (i64, i64))>,
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
    let campaigns = world.microsoft.all().filter(|it| it.kind == Kind::Campaign && it.is_active());
    campaigns.filter_map(|campaign| campaign_plan(world, campaign, from)).collect()
}

fn campaign_plan(world: &World, campaign: &Object, from: DateTime<Utc>) -> Option<CampaignPlan> {
    let account = world.microsoft.accounts.get(&campaign.account)?;
    let groups = world.microsoft.living(campaign.id, Kind::AdGroup).filter(|group| group.is_active());
    let plan = |group: &Object| {
        let rates = market::rates(world, account, campaign, group)?;
        let ads = world.microsoft.living(group.id, Kind::Ad).filter(|ad| ad.is_active());
        let ads: Vec<AdPlan> = ads.map(|ad| ad_plan(world, ad)).collect();
        (!ads.is_empty()).then_some(GroupPlan { id: group.id, rates, ads })
    };
    let groups: Vec<GroupPlan> = groups.filter_map(plan).collect();
    let criterions = world.microsoft.living(campaign.id, Kind::CampaignCriterion);
    let hours = criterions.filter(|it| type_of(it) == "DayTimeCriterion");
    let purse = Purse::of(world, campaign, from)?;
    (!groups.is_empty()).then(|| CampaignPlan {
        id: campaign.id,
        zone: account.zone(),
        own_zone: store::zone(campaign.text("TimeZone")).unwrap_or_else(|| account.zone()),
        unit: money::unit(&account.currency),
        purse,
        schedule: hours.filter_map(|it| it.fields.get("Criterion")).map(span).collect(),
        groups,
    })
}

fn ad_plan(world: &World, ad: &Object) -> AdPlan {
    let content = market::content(ad);
    let quality = |aspect: &str| hidden::quality(world.head.seed, &content, aspect);
    let (ctr, cvr) = (quality("ctr"), quality("cvr"));
    AdPlan { id: ad.id, appeal: (ctr * cvr).powf(1.5), ctr, cvr }
}

impl CampaignPlan {
    fn in_schedule(&self, tick: DateTime<Utc>) -> bool {
        let local = tick.with_timezone(&self.own_zone);
        let day = local.weekday().num_days_from_sunday() as usize;
        let minute = i64::from(local.hour() * 60 + local.minute());
        self.schedule.is_empty()
            || self.schedule.iter().any(|(on, span)| *on == day && span.0 <= minute && minute < span.1)
    }
}

/// Lets one campaign deliver for one tick.
fn deliver(world: &mut World, plan: &mut CampaignPlan, tick: DateTime<Utc>) {
    let local = tick.with_timezone(&plan.zone);
    plan.purse.roll(local.date_naive());
    let seed = world.head.seed;
    let room = plan.purse.room(seed);
    if room <= 0 || !plan.in_schedule(tick) {
        return;
    }
    let shows =
        |ad: &AdPlan| world.microsoft.get(ad.id).is_some_and(|ad| world.microsoft_held(ad, tick).is_none());
    let showing: Vec<(usize, Vec<usize>)> = plan
        .groups
        .iter()
        .enumerate()
        .map(|(at, group)| (at, (0..group.ads.len()).filter(|ad| shows(&group.ads[*ad])).collect()))
        .filter(|(_, ads): &(usize, Vec<usize>)| !ads.is_empty())
        .collect();
    let (hour, quarter) = (local.hour() as usize, local.minute() as usize / 15);
    let key = draw::join(draw::key(seed, &["pace", &plan.id.to_string()]), tick.timestamp().unsigned_abs());
    let paced = room as f64 * pace::part(hour, quarter) * draw::between(key, 0.8, 1.2);
    let attention = hidden::HOURS[hour] / 4.0;
    let possible: f64 = showing
        .iter()
        .map(|(group, _)| &plan.groups[*group].rates)
        .map(|rates| rates.volume * attention * rates.cost_of_impression())
        .sum();
    let scale = if possible > 0.0 { (paced / possible).min(1.0) } else { 0.0 };
    for (group, ads) in showing {
        let appeal: f64 = ads.iter().map(|ad| plan.groups[group].ads[*ad].appeal).sum();
        let mean = plan.groups[group].rates.volume * attention * scale;
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
    let counts = drawn(seed, (group, &group.ads[ad]), mean, plan.purse.room(seed), plan.unit, local);
    if counts.impressions == 0 {
        return;
    }
    let ad = group.ads[ad].id;
    let ids = [plan.id, group.id, ad];
    plan.purse.pay(counts.cost_micros);
    let key = (ad, local.date_naive());
    let day = world.microsoft.facts.entry(key).or_default();
    *day.hours.entry(local.hour() as u8).or_default() += counts;
    world.touch(RecordKey::Microsoft(Key::Facts(key.0, key.1)));
    // Whoever is shown has been active since then at the latest.
    let moment = Moment { at: tick, seq: world.head.seq };
    ids.into_iter().for_each(|id| world.microsoft_first(id, moment));
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
    let key = draw::join(draw::key(seed, &["show", &ad.id.to_string()]), local.timestamp().unsigned_abs());
    let draw = |n: u64| draw::unit(draw::join(key, n));
    let whole = |micros: f64, luck: f64| (micros / unit as f64 + luck).floor() as i64 * unit;
    let price = group.rates.price * hidden::WEEKDAY_PRICE[weekday] * (0.92 + 0.16 * draw(1));
    let impressions = poisson(mean, draw::join(key, 2));
    let ctr = (group.rates.ctr * ad.ctr * hidden::HOUR_CLICK[hour]).min(0.35);
    // Nobody is shown any more once the money does not do for another click.
    let each = whole(price, draw(6)).max(unit);
    let clicks =
        poisson(impressions as f64 * ctr, draw::join(key, 3)).min(impressions).min(room.max(0) / each);
    let cvr = group.rates.cvr * ad.cvr * hidden::WEEKDAY[weekday];
    let conversions = match group.rates.basket {
        Some(_) => poisson(clicks as f64 * cvr, draw::join(key, 4)).min(clicks),
        None => 0,
    };
    let value = conversions as f64 * group.rates.basket.unwrap_or(0.0) * (0.7 + 0.6 * draw(5));
    Counts { impressions, clicks, cost_micros: clicks * each, conversions, value_micros: whole(value, 0.5) }
}
