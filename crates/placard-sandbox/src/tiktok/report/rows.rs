//! The rows of a report: whose figures are added up, and by what.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::query::{Dimension, Query};
use super::{Members, metrics, too_many};
use crate::auction::facts::Counts;
use crate::tiktok::error::TikTokResult;
use crate::tiktok::market::{self, Outcome};
use crate::tiktok::split::{self, Cell};
use crate::tiktok::store::{Advertiser, Level, Object};
use crate::world::World;

/// What was delivered to some people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) counts: Counts,
    pub(super) purchases: i64,
    pub(super) leads: i64,
    pub(super) forms: i64,
    pub(super) installs: i64,
    /// What the goals of the ad groups call a result.
    pub(super) results: i64,
    pub(super) plays: i64,
    /// How many people there were to be reached.
    people: f64,
}

impl Figures {
    /// What an ad's counts mean.
    fn of(ad: &Object, group: &Object, counts: Counts) -> Self {
        let outcome = market::outcome(group);
        let when = |fits: bool, count: i64| if fits { count } else { 0 };
        let conversions = counts.conversions;
        let results = match group.text("optimization_goal") {
            "CLICK" | "PAGE_VISIT" | "TRAFFIC_LANDING_PAGE_VIEW" => counts.clicks,
            "REACH" | "SHOW" | "ENGAGED_VIEW" | "ENGAGED_VIEW_FIFTEEN" => counts.impressions,
            _ => conversions,
        };
        /// Part of a country's people that ever open the app while an ad runs.
        const ACTIVE: f64 = 0.02;
        Self {
            counts,
            purchases: when(outcome == Outcome::Purchase, conversions),
            leads: when(outcome == Outcome::Lead, conversions),
            forms: when(group.text("optimization_event") == "FORM", conversions),
            installs: when(group.text("optimization_goal") == "INSTALL", conversions),
            results,
            plays: when(!ad.text("video_id").is_empty(), counts.impressions),
            people: market::countries(group).iter().map(|(_, people)| people * ACTIVE).sum(),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.purchases += other.purchases;
        self.leads += other.leads;
        self.forms += other.forms;
        self.installs += other.installs;
        self.results += other.results;
        self.plays += other.plays;
        self.people = self.people.max(other.people);
    }

    /// Different people who were shown something; the more is shown, the fewer are new.
    pub(super) fn reach(&self) -> i64 {
        let shown = self.counts.impressions;
        if shown == 0 {
            return 0;
        }
        let people = self.people.max(1.0);
        let reached = people * (1.0 - (-(shown as f64) / people).exp());
        (reached.round() as i64).clamp(1, shown)
    }

    fn is_empty(&self) -> bool {
        self.counts == Counts::default()
    }
}

/// One row.
pub(super) struct Row {
    pub(super) advertiser: Advertiser,
    pub(super) dimensions: Members,
    pub(super) metrics: Members,
    pub(super) figures: Figures,
}

/// Something that has an id in the report, with the ads whose figures are its own.
struct Entity<'w> {
    id: &'w str,
    object: Option<&'w Object>,
    ads: Vec<&'w Object>,
}

/// All rows, by object, time and people.
pub(super) fn all(world: &World, query: &Query) -> TikTokResult<Vec<Row>> {
    let mut out = Vec::new();
    for advertiser in &query.advertisers {
        let entities = entities(world, query, advertiser)?;
        too_many(entities.len())?;
        for entity in entities {
            for (key, figures) in sums(world, query, advertiser, &entity) {
                if !query.is_bare() && figures.is_empty() {
                    continue;
                }
                out.push(Row {
                    advertiser: advertiser.clone(),
                    dimensions: dimensions(query, entity.id, &key),
                    metrics: metrics::row(world, query, &figures, entity.object, advertiser),
                    figures,
                });
            }
        }
    }
    Ok(out)
}

fn entities<'w>(world: &'w World, query: &Query, advertiser: &Advertiser) -> TikTokResult<Vec<Entity<'w>>> {
    let mut out = Vec::new();
    let Some(level) = query.level else {
        let known = world.tiktok.advertisers.get(&advertiser.id);
        let ads = world.tiktok.all().filter(|ad| ad.level == Level::Ad && ad.advertiser == advertiser.id);
        let ads = ads_left(world, query, ads)?;
        out.extend(known.map(|known| Entity { id: known.id.as_str(), object: None, ads }));
        return Ok(out);
    };
    for object in world.tiktok.all().filter(|it| it.level == level && it.advertiser == advertiser.id) {
        if query.leaves(world, object)? {
            let ids = world.tiktok_ads(object);
            let ads = ads_left(world, query, ids.iter().filter_map(|id| world.tiktok.get(id)))?;
            out.push(Entity { id: object.id.as_str(), object: Some(object), ads });
        }
    }
    Ok(out)
}

fn ads_left<'w>(
    world: &World,
    query: &Query,
    ads: impl Iterator<Item = &'w Object>,
) -> TikTokResult<Vec<&'w Object>> {
    let mut out = Vec::new();
    for ad in ads {
        if query.leaves_ad(world, ad)? {
            out.push(ad);
        }
    }
    Ok(out)
}

/// When and who a row is about, as far as it was asked for.
type Key = (Option<NaiveDate>, Option<u8>, Cell);

fn sums(
    world: &World,
    query: &Query,
    advertiser: &Advertiser,
    entity: &Entity<'_>,
) -> BTreeMap<Key, Figures> {
    let mut out: BTreeMap<Key, Figures> = BTreeMap::new();
    if query.is_bare() {
        out.insert((None, None, Cell::new()), Figures::default());
    }
    let today = world.now().with_timezone(&advertiser.zone()).date_naive();
    let (first, last) = query.dates.unwrap_or((NaiveDate::MIN, NaiveDate::MAX));
    let (by_day, by_hour) = (query.has(Dimension::Day), query.has(Dimension::Hour));
    let sides = query.sides();
    for ad in &entity.ads {
        let Some(group) = ad.ad_group.as_deref().and_then(|id| world.tiktok.get(id)) else { continue };
        for ((_, date), day) in world.tiktok.facts.range((ad.id.clone(), first)..=(ad.id.clone(), last)) {
            for (hour, mut counts) in day.reported(&ad.id, *date, today) {
                // The part that is known so far, in whole units of the currency, as it is told.
                counts.value_micros -= counts.value_micros % advertiser.unit();
                for (cell, counts) in split::cells(world, ad, (*date, hour), counts, &sides) {
                    let key = ((by_day || by_hour).then_some(*date), by_hour.then_some(hour), cell);
                    out.entry(key).or_default().add(&Figures::of(ad, group, counts));
                }
            }
        }
    }
    out
}

fn dimensions(query: &Query, id: &str, (date, hour, cell): &Key) -> Members {
    let value = |dimension: &Dimension| match dimension {
        Dimension::Id(_) => id.to_owned(),
        Dimension::Day | Dimension::Hour => {
            let date = date.unwrap_or_default();
            format!("{date} {:02}:00:00", hour.unwrap_or(0))
        }
        Dimension::Side(side) => {
            let found = cell.iter().find(|(known, _)| known == side);
            found.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
        }
    };
    query.dimensions.iter().map(|it| (it.name().to_owned(), json!(value(it)))).collect()
}
