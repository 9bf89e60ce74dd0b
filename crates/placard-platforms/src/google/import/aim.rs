//! Places, languages and people (Google, `platforms/google.md` §4, §6).

use crate::google::{
    geo,
    wire::{at, decimal, integer, last_id, text_at},
    words,
};
use placard_domain::spec::{Amount, Audience, Gender, Location, Locations, Place, Point};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where a campaign is shown.
pub(super) fn locations(criteria: &[Value]) -> Result<Locations, String> {
    let (mut include, mut exclude) = (Vec::new(), Vec::new());
    for criterion in criteria.iter().filter_map(|row| row.get("campaignCriterion")) {
        let negative = at(criterion, "negative").and_then(Value::as_bool).unwrap_or_default();
        let Some(location) = location(criterion) else { continue };
        if negative { exclude.push(location) } else { include.push(location) }
    }
    if include.is_empty() {
        return Err("it is shown everywhere, and a spec names places".to_owned());
    }
    Ok(Locations { include, exclude })
}

fn location(criterion: &Value) -> Option<Location> {
    if let Some(name) = text_at(criterion, "location.geoTargetConstant") {
        let id = last_id(&name);
        if let Some(code) = geo::country_of(id) {
            return Some(Location { country: Some(code.to_owned()), ..Location::default() });
        }
        let keys = BTreeMap::from([("google".to_owned(), id.to_owned())]);
        let region = Place { name: id.to_owned(), keys, radius_km: None };
        return Some(Location { region: Some(region), ..Location::default() });
    }
    let circle = criterion.get("proximity")?;
    let degrees = |name: &str| {
        let millionths = at(circle, &format!("geoPoint.{name}")).and_then(integer).unwrap_or_default();
        Amount(Decimal::new(millionths, 6).normalize())
    };
    let radius = circle.get("radius").and_then(decimal)?;
    // Miles, and parts of a kilometre, show as a difference.
    let in_miles = text_at(circle, "radiusUnits").as_deref() == Some("MILES");
    let radius = if in_miles { radius * Decimal::new(1_609, 3) } else { radius };
    let point = Point {
        latitude: degrees("latitudeInMicroDegrees"),
        longitude: degrees("longitudeInMicroDegrees"),
        radius_km: radius.ceil().to_u32()?.clamp(1, 80),
    };
    Some(Location { point: Some(point), ..Location::default() })
}

/// The languages that we have codes for.
pub(super) fn languages(criteria: &[Value]) -> Vec<String> {
    let shown: Vec<String> = criteria
        .iter()
        .filter_map(|row| text_at(row, "campaignCriterion.language.languageConstant"))
        .collect();
    let is_there = |code: &&str| geo::of_language(code).is_some_and(|constant| shown.contains(&constant));
    geo::languages().into_iter().filter(|code| is_there(code)).map(str::to_owned).collect()
}

/// Whom an ad group reaches: what it does not leave out.
pub(super) fn people(parts: &[&Value]) -> Audience {
    let left_out = |path: &str| -> Vec<String> {
        let rows = parts.iter().filter_map(|row| row.get("adGroupCriterion"));
        let rows = rows.filter(|row| at(row, "negative").and_then(Value::as_bool).unwrap_or_default());
        rows.filter_map(|row| text_at(row, path)).collect()
    };
    let (ages, genders) = (left_out("ageRange.type"), left_out("gender.type"));
    let (age_min, age_max) = crate::import::ages(words::AGES, |band| !ages.iter().any(|age| age == band));
    let wanted =
        Gender::ALL.iter().filter(|gender| !genders.iter().any(|word| word == words::gender(**gender)));
    let wanted: Vec<Gender> = wanted.copied().collect();
    Audience {
        age_min,
        age_max,
        genders: if genders.is_empty() { Vec::new() } else { wanted },
        ..Audience::default()
    }
}

/// Whether a criterion that no list has says no more than one that is absent: an age or gender that is reached.
pub(super) fn says_nothing(criterion: &Value) -> bool {
    criterion.get("ageRange").is_some() || criterion.get("gender").is_some()
}
