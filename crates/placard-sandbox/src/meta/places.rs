//! The locations of a targeting object (Meta, `platforms/meta.md` §10).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::envelope::{MetaError, MetaResult};
use super::geo;
use super::targeting::{bad, rule, texts};

/// The countries that a set of locations lies in.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) codes: BTreeSet<String>,
    /// Countries named as a whole.
    pub(crate) whole: BTreeSet<String>,
    pub(crate) worldwide: bool,
    pub(crate) has_zips: bool,
    /// The smallest radius in miles, in hundredths.
    pub(crate) smallest_radius: Option<i64>,
}

const GEO: &[&str] = &[
    "countries",
    "country_groups",
    "regions",
    "cities",
    "zips",
    "custom_locations",
    "geo_markets",
    "places",
    "location_types",
];

/// Reads the locations in the member `name` of a targeting object.
pub(crate) fn places(spec: &Map<String, Value>, name: &str) -> MetaResult<Places> {
    let Some(value) = spec.get(name) else { return Ok(Places::default()) };
    let locations = value.as_object().ok_or_else(|| bad(name, format!("{name} must be an object")))?;
    if let Some(key) = locations.keys().find(|key| !GEO.contains(&key.as_str())) {
        return Err(bad(name, format!("Unknown field {key} in {name}")));
    }
    if locations.contains_key("location_types") {
        return Err(rule(1870199, name, "Location types are gone", "location_types can no longer be set."));
    }
    let mut found = Places::default();
    for code in texts(locations.get("countries")) {
        if !geo::is_country(&code) {
            return Err(bad(name, format!("{code} is not a country")));
        }
        if geo::is_restricted(&code) {
            return Err(MetaError::new(2641, format!("(#2641) Ads cannot be delivered to {code}"))
                .blame(&["targeting", name]));
        }
        found.whole.insert(code);
    }
    for group in texts(locations.get("country_groups")) {
        if !geo::GROUPS.contains(&group.as_str()) {
            return Err(bad(name, format!("{group} is not a country group")));
        }
        found.worldwide = true;
    }
    found.codes.clone_from(&found.whole);
    for (list, kind) in [("regions", "region"), ("cities", "city")] {
        keyed(locations, name, list, kind, &mut found)?;
    }
    zips(locations, name, &mut found)?;
    circles(locations, name, &mut found)?;
    Ok(found)
}

fn rows<'v>(locations: &'v Map<String, Value>, name: &str, list: &str) -> MetaResult<&'v [Value]> {
    match locations.get(list) {
        None => Ok(&[]),
        Some(Value::Array(rows)) => Ok(rows),
        Some(_) => Err(bad(name, format!("{list} must be an array"))),
    }
}

fn inside(found: &mut Places, name: &str, country: &str) -> MetaResult<()> {
    if found.whole.contains(country) {
        return Err(rule(
            1487756,
            name,
            "Some of your locations overlap",
            "Try removing a location: a place lies inside a country that is also included.",
        ));
    }
    found.codes.insert(country.to_owned());
    Ok(())
}

fn keyed(
    locations: &Map<String, Value>,
    name: &str,
    list: &str,
    kind: &str,
    found: &mut Places,
) -> MetaResult<()> {
    for row in rows(locations, name, list)? {
        let key = match &row["key"] {
            Value::String(key) => key.clone(),
            Value::Number(key) => key.to_string(),
            _ => return Err(bad(name, format!("Each of {list} needs a key"))),
        };
        let place = geo::place(kind, &key)
            .ok_or_else(|| rule(1487079, name, "Location not found", &format!("{key} is no {kind}.")))?;
        if kind == "city" {
            radius(row, name, (10, 50), (17, 80), found)?;
        }
        inside(found, name, place.country)?;
    }
    Ok(())
}

fn zips(locations: &Map<String, Value>, name: &str, found: &mut Places) -> MetaResult<()> {
    for row in rows(locations, name, "zips")? {
        let key = row["key"].as_str().ok_or_else(|| bad(name, "Each of zips needs a key"))?;
        let country = key.split_once(':').map(|(country, _)| country).filter(|code| geo::is_country(code));
        let country = country.ok_or_else(|| bad(name, format!("{key} is no postal code key")))?;
        found.has_zips = true;
        inside(found, name, country)?;
    }
    Ok(())
}

fn circles(locations: &Map<String, Value>, name: &str, found: &mut Places) -> MetaResult<()> {
    for row in rows(locations, name, "custom_locations")? {
        let (latitude, longitude) = (row["latitude"].as_f64(), row["longitude"].as_f64());
        match (latitude, longitude) {
            (Some(latitude), Some(longitude)) if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
                radius(row, name, (1, 50), (1, 80), found)?;
                let country = row["country"].as_str().unwrap_or_else(|| nearest(latitude, longitude));
                inside(found, name, country)?;
            }
            _ => return Err(bad(name, "A custom location needs latitude and longitude")),
        }
    }
    Ok(())
}

/// A rough country for a point: enough to know the continent's rules.
fn nearest(latitude: f64, longitude: f64) -> &'static str {
    match () {
        () if (-130.0..=-60.0).contains(&longitude) && latitude > 24.0 => "US",
        () if (128.0..=146.0).contains(&longitude) && (30.0..=46.0).contains(&latitude) => "JP",
        () if (-9.5..=3.3).contains(&longitude) && (36.0..=43.8).contains(&latitude) => "ES",
        () if (-5.0..=5.0).contains(&longitude) && (42.0..=51.0).contains(&latitude) => "FR",
        () if (-8.0..=2.0).contains(&longitude) && latitude > 50.0 => "GB",
        () => "DE",
    }
}

fn radius(
    row: &Value,
    name: &str,
    miles: (i64, i64),
    kilometers: (i64, i64),
    found: &mut Places,
) -> MetaResult<()> {
    let Some(radius) = row.get("radius") else { return Ok(()) };
    let radius = radius.as_f64().ok_or_else(|| bad(name, "radius must be a number"))?;
    let (low, high, in_miles) = match row["distance_unit"].as_str() {
        None | Some("mile") => (miles.0, miles.1, radius),
        Some("kilometer") => (kilometers.0, kilometers.1, radius / 1.609_344),
        Some(other) => return Err(bad(name, format!("Unknown distance_unit {other}"))),
    };
    if radius < low as f64 || radius > high as f64 {
        return Err(bad(name, format!("The radius must be between {low} and {high}")));
    }
    let hundredths = (in_miles * 100.0).round() as i64;
    found.smallest_radius = Some(found.smallest_radius.map_or(hundredths, |known| known.min(hundredths)));
    Ok(())
}
