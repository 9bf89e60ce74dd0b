//! Who and where: the segments that delivery is broken down by.

use serde_json::{Map, Value};

use super::geo;
use super::targeting::texts;
use crate::auction::market::country_price;
use crate::auction::people::{AGES, GENDERS, people};

/// One value of a breakdown, or a pair of them.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Values in the order of the breakdowns, e.g. `["25-34", "female"]`.
    pub(crate) labels: Vec<String>,
    /// Share of the impressions, before affinity.
    pub(crate) share: f64,
    /// Price beside the average.
    pub(crate) price: f64,
}

/// Platform, position, targeting member and value, share, price.
const POSITIONS: &[(&str, &str, &str, f64, f64)] = &[
    ("facebook", "feed", "feed", 0.34, 1.1),
    ("facebook", "facebook_stories", "story", 0.04, 0.8),
    ("facebook", "facebook_reels", "facebook_reels", 0.08, 0.75),
    ("facebook", "marketplace", "marketplace", 0.05, 0.9),
    ("facebook", "right_hand_column", "right_hand_column", 0.02, 0.4),
    ("facebook", "search", "search", 0.01, 1.0),
    ("instagram", "feed", "stream", 0.2, 1.15),
    ("instagram", "instagram_stories", "story", 0.12, 0.95),
    ("instagram", "instagram_reels", "reels", 0.1, 0.85),
    ("instagram", "instagram_explore_grid_home", "explore_home", 0.01, 0.9),
    ("audience_network", "an_classic", "classic", 0.02, 0.45),
    ("threads", "threads_feed", "threads_stream", 0.01, 0.7),
];

const DEVICES: &[(&str, f64, f64)] =
    &[("mobile_app", 0.82, 1.0), ("mobile_web", 0.07, 0.85), ("desktop", 0.11, 1.15)];

/// The countries of a targeting, regions and cities counted with theirs.
fn countries(targeting: &Map<String, Value>) -> Vec<String> {
    let empty = Value::Null;
    let places = targeting.get("geo_locations").unwrap_or(&empty);
    let mut codes = texts(places.get("countries"));
    for (list, kind) in [("regions", "region"), ("cities", "city")] {
        let rows = places.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let keys = rows.iter().filter_map(|row| row["key"].as_str());
        codes.extend(keys.filter_map(|key| geo::place(kind, key)).map(|place| place.country.to_owned()));
    }
    if codes.is_empty() {
        codes = vec!["US".into(), "DE".into(), "FR".into(), "GB".into()];
    }
    codes.sort();
    codes.dedup();
    codes
}

fn age_span(targeting: &Map<String, Value>) -> (i64, i64) {
    let age = |name: &str, default| targeting.get(name).and_then(Value::as_i64).unwrap_or(default);
    (age("age_min", 18), age("age_max", 65))
}

/// Part of an age group that lies inside the targeted ages, in [0, 1].
fn age_part(first: i64, last: i64, (low, high): (i64, i64)) -> f64 {
    if first == 65 {
        return if high >= 65 { 1.0 } else { 0.0 };
    }
    let inside = (last.min(high) - first.max(low) + 1).max(0);
    inside as f64 / (last - first + 1) as f64
}

fn gender_codes(targeting: &Map<String, Value>) -> Vec<i64> {
    let list = targeting.get("genders").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_i64).collect()
}

/// People a targeting can reach.
pub(crate) fn audience(targeting: &Map<String, Value>) -> i64 {
    let all: i64 = countries(targeting).iter().map(|country| people(country)).sum();
    let span = age_span(targeting);
    let ages: f64 = AGES.iter().map(|(_, first, last, share, _)| share * age_part(*first, *last, span)).sum();
    let genders = if gender_codes(targeting).len() == 1 { 0.5 } else { 1.0 };
    let narrow = targeting.contains_key("flexible_spec") || targeting.contains_key("interests");
    let interests = if narrow { 0.12 } else { 1.0 };
    let smaller = if targeting.get("geo_locations").is_some_and(|geo| geo.get("countries").is_none()) {
        0.05
    } else {
        1.0
    };
    (all as f64 * ages * genders * interests * smaller) as i64
}

/// A breakdown that delivery can be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    AgeGender,
    Country,
    Region,
    Position,
    Device,
}

/// The segments of a targeting for one split.
pub(crate) fn segments(targeting: &Map<String, Value>, split: Split) -> Vec<Segment> {
    match split {
        Split::AgeGender => age_gender(targeting),
        Split::Country => countries(targeting)
            .into_iter()
            .map(|code| Segment {
                share: people(&code) as f64,
                price: country_price(&code),
                labels: vec![code],
            })
            .collect(),
        Split::Region => regions(targeting),
        Split::Position => positions(targeting),
        Split::Device => DEVICES
            .iter()
            .map(|(label, share, price)| Segment {
                labels: vec![(*label).into()],
                share: *share,
                price: *price,
            })
            .collect(),
    }
}

fn age_gender(targeting: &Map<String, Value>) -> Vec<Segment> {
    let (span, codes) = (age_span(targeting), gender_codes(targeting));
    let mut out = Vec::new();
    for (age, first, last, age_share, age_price) in AGES {
        let part = age_part(*first, *last, span);
        for (gender, code, gender_share, gender_price) in GENDERS {
            if part > 0.0 && (codes.is_empty() || codes.contains(code)) {
                out.push(Segment {
                    labels: vec![(*age).into(), (*gender).into()],
                    share: age_share * part * gender_share,
                    price: age_price * gender_price,
                });
            }
        }
    }
    out
}

fn regions(targeting: &Map<String, Value>) -> Vec<Segment> {
    let mut out = Vec::new();
    for country in countries(targeting) {
        let named: Vec<&geo::Place> =
            geo::PLACES.iter().filter(|place| place.kind == "region" && place.country == country).collect();
        let share = people(&country) as f64 / (named.len() + 1) as f64;
        let rest = format!("{} (other)", geo::country_name(&country));
        for name in named.iter().map(|place| place.name.to_owned()).chain([rest]) {
            out.push(Segment { labels: vec![name], share, price: 1.0 });
        }
    }
    out
}

fn positions(targeting: &Map<String, Value>) -> Vec<Segment> {
    let platforms = texts(targeting.get("publisher_platforms"));
    let mut out = Vec::new();
    for (platform, label, member, share, price) in POSITIONS {
        let named = texts(targeting.get(format!("{platform}_positions").as_str()));
        let on_platform = platforms.is_empty() || platforms.iter().any(|name| name == platform);
        if on_platform && (named.is_empty() || named.iter().any(|name| name == member)) {
            out.push(Segment {
                labels: vec![(*platform).into(), (*label).into()],
                share: *share,
                price: *price,
            });
        }
    }
    if out.is_empty() {
        out.push(Segment { labels: vec!["unknown".into(), "unknown".into()], share: 1.0, price: 1.0 });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_targeted_people_are_in_the_segments() {
        let targeting = serde_json::json!({ "age_min": 25, "age_max": 44, "genders": [2] });
        let labels: Vec<_> = segments(targeting.as_object().unwrap(), Split::AgeGender)
            .into_iter()
            .map(|s| s.labels)
            .collect();
        assert_eq!(labels, [["25-34", "female"], ["35-44", "female"]]);
    }
}
