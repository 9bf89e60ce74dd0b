//! Figures: which part of what was delivered belongs to a row (Google, `platforms/google.md` §6).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value, json};

use super::catalogue::Column;
use super::entities::Entity;
use super::period;
use super::plan::Plan;
use crate::auction::facts::Counts;
use crate::google::kind::Kind;
use crate::google::split::{self, Cell};
use crate::google::store::{Customer, Resource};
use crate::world::World;

/// The part of its ads' figures that a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    Whole,
    Age(&'static str),
    Gender(&'static str),
    /// ISO 3166-1 alpha-2.
    Country(&'static str),
}

/// The segments of a row, in the order in which they were selected.
type Key = Vec<(&'static str, String)>;

/// Rows with their segments and metrics.
pub(super) fn rows(world: &World, customer: &Customer, plan: &Plan, entities: Vec<Entity>) -> Vec<Entity> {
    let segments: Vec<&Column> = plan.select.iter().filter(|column| column.is_segment()).collect();
    let action = conversion_action(world, customer);
    let mut out = Vec::new();
    for entity in entities {
        let mut sums: BTreeMap<Key, Counts> = BTreeMap::new();
        if segments.is_empty() {
            sums.insert(Vec::new(), Counts::default());
        }
        add(world, customer, plan, &entity, &segments, action, &mut sums);
        // Places have a row only where something happened.
        let is_view = matches!(entity.slice, Slice::Country(_));
        for (key, counts) in sums {
            let metrics = metrics(counts);
            let shown = plan.select.iter().filter(|column| column.is_metric());
            let zero = shown.clone().all(|column| is_zero(metrics.get(column.path[0])));
            if (!segments.is_empty() && zero && shown.count() > 0) || (is_view && counts == Counts::default())
            {
                continue;
            }
            let mut row = entity.clone();
            row.parts.insert("metrics", metrics);
            row.parts.insert(
                "segments",
                key.into_iter().map(|(name, text)| (name.to_owned(), segment(name, text))).collect(),
            );
            out.push(row);
        }
    }
    out
}

fn is_zero(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => text == "0",
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number.abs() < f64::EPSILON),
        _ => true,
    }
}

fn segment(name: &str, text: String) -> Value {
    match (name, text.parse::<i32>()) {
        ("year" | "hour", Ok(number)) => json!(number),
        _ => json!(text),
    }
}

/// Adds what the entity's ads delivered on the days that the conditions leave.
fn add(
    world: &World,
    customer: &Customer,
    plan: &Plan,
    entity: &Entity,
    segments: &[&Column],
    action: Option<&Resource>,
    sums: &mut BTreeMap<Key, Counts>,
) {
    let (first, last) = plan.dates();
    let (first, last) = (first.unwrap_or(NaiveDate::MIN), last.unwrap_or(NaiveDate::MAX));
    if first > last {
        return;
    }
    let today = world.now().with_timezone(&customer.zone()).date_naive();
    let has = |names: &[&str]| segments.iter().any(|column| names.contains(&column.path[0]));
    let fine = has(&["device", "adNetworkType"]);
    for ad in &entity.ads {
        for ((_, date), day) in world.google.facts.range((ad.clone(), first)..=(ad.clone(), last)) {
            if !on_day(plan, *date) {
                continue;
            }
            for (hour, counts) in day.reported(ad, *date, today) {
                let at = split::Hour { ad, date: *date, hour };
                let cells = match (fine, entity.slice) {
                    (false, Slice::Whole) => vec![(Cell::default(), counts)],
                    (_, slice) => cells(world, at, counts, slice),
                };
                for (cell, counts) in cells {
                    let key = key(segments, *date, hour, &cell, action);
                    *sums.entry(key).or_default() += counts;
                }
            }
        }
    }
}

fn cells(world: &World, at: split::Hour<'_>, counts: Counts, slice: Slice) -> Vec<(Cell, Counts)> {
    let parts = split::by_device(world, at, counts);
    let part = |(cell, counts): (Cell, Counts)| {
        let counts = match slice {
            Slice::Whole => counts,
            Slice::Age(word) => split::of_age(world, at, &cell, counts, word),
            Slice::Gender(word) => split::of_gender(world, at, &cell, counts, word),
            Slice::Country(code) => split::of_country(world, at, &cell, counts, code),
        };
        (cell, counts)
    };
    let cells = parts.into_iter().map(part);
    cells.filter(|(_, counts)| *counts != Counts::default()).collect()
}

/// Whether the conditions on dates leave a day.
fn on_day(plan: &Plan, date: NaiveDate) -> bool {
    plan.checks.iter().filter(|check| check.column.is_core_date()).all(|check| {
        let name = check.column.path[0];
        check.holds(Some(&segment(name, date_segment(name, date).unwrap_or_default())))
    })
}

fn date_segment(name: &str, date: NaiveDate) -> Option<String> {
    Some(match name {
        "date" => date.to_string(),
        "week" => period::monday(date).to_string(),
        "month" => period::month(date).to_string(),
        "quarter" => period::quarter(date).to_string(),
        "year" => date.year().to_string(),
        "dayOfWeek" => {
            let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
            days[date.weekday().num_days_from_monday() as usize].to_owned()
        }
        _ => return None,
    })
}

fn key(segments: &[&Column], date: NaiveDate, hour: u8, cell: &Cell, action: Option<&Resource>) -> Key {
    let text = |name: &str| match name {
        "hour" => hour.to_string(),
        "device" => cell.device.to_owned(),
        "adNetworkType" => cell.network.to_owned(),
        "conversionAction" => action.map(|action| action.name.clone()).unwrap_or_default(),
        "conversionActionName" => action.map(|action| action.text("name").to_owned()).unwrap_or_default(),
        "conversionActionCategory" => {
            action.map(|action| action.text("category").to_owned()).unwrap_or_default()
        }
        name => date_segment(name, date).unwrap_or_default(),
    };
    segments.iter().map(|column| (column.path[0], text(column.path[0]))).collect()
}

/// The conversion action that an account's conversions are counted under.
pub(crate) fn conversion_action<'w>(world: &'w World, customer: &Customer) -> Option<&'w Resource> {
    let mut actions = world.google.owned(&customer.id, Kind::ConversionAction);
    actions.find(|action| action.is_enabled() && action.flag("primaryForGoal"))
}

fn metrics(counts: Counts) -> Map<String, Value> {
    let ratio = |part: i64, whole: i64, scale: f64| match whole {
        0 => Value::Null,
        whole => json!(part as f64 * scale / whole as f64),
    };
    let value = counts.value_micros as f64 / 1e6;
    let conversions = counts.conversions as f64;
    let all = [
        ("impressions", json!(counts.impressions.to_string())),
        ("clicks", json!(counts.clicks.to_string())),
        ("costMicros", json!(counts.cost_micros.to_string())),
        ("interactions", json!(counts.clicks.to_string())),
        ("conversions", json!(conversions)),
        ("conversionsValue", json!(value)),
        ("allConversions", json!(conversions)),
        ("allConversionsValue", json!(value)),
        ("ctr", ratio(counts.clicks, counts.impressions, 1.0)),
        ("averageCpc", ratio(counts.cost_micros, counts.clicks, 1.0)),
        ("averageCpm", ratio(counts.cost_micros, counts.impressions, 1000.0)),
        ("averageCost", ratio(counts.cost_micros, counts.clicks, 1.0)),
        ("costPerConversion", ratio(counts.cost_micros, counts.conversions, 1.0)),
        ("interactionRate", ratio(counts.clicks, counts.impressions, 1.0)),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
