//! Places to reach and to leave out (Meta, `platforms/meta.md` §10).

use super::Mapper;
use placard_domain::spec::{Diagnostic, Location, Place};
use serde_json::{Map, Value, json};

/// Kilometres around a city (§10).
const CITY_RADIUS: std::ops::RangeInclusive<u32> = 17..=80;

impl Mapper<'_> {
    /// `locations` as Meta's object; `side` is `include` or `exclude`.
    pub(super) fn places(&mut self, group: usize, side: &str, locations: &[Location]) -> Value {
        let base = format!("{}.{side}", self.paths.locations(group));
        let mut lists: Map<String, Value> = Map::new();
        let mut add = |list: &str, entry: Value| {
            let entries = lists.entry(list).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(entries) = entries {
                entries.push(entry);
            }
        };
        for (index, location) in locations.iter().enumerate() {
            let path = format!("{base}[{index}]");
            if let Some(country) = &location.country {
                add("countries", country.as_str().into());
            }
            if let Some(region) = &location.region
                && let Some(key) = self.place_key(&format!("{path}.region"), region)
            {
                add("regions", json!({"key": key}));
            }
            if let Some(city) = &location.city
                && let Some(city) = self.city(&format!("{path}.city"), city)
            {
                add("cities", city);
            }
            if let Some(code) = &location.postal_code {
                add("zips", json!({"key": code}));
            }
            if let Some(point) = &location.point {
                add(
                    "custom_locations",
                    json!({
                        "latitude": point.latitude.0.to_string(), "longitude": point.longitude.0.to_string(),
                        "radius": point.radius_km, "distance_unit": "kilometer",
                    }),
                );
            }
        }
        if side == "include" {
            self.check_overlap(&base, locations);
        }
        Value::Object(lists)
    }

    fn city(&mut self, path: &str, city: &Place) -> Option<Value> {
        let key = self.place_key(path, city)?;
        let Some(radius) = city.radius_km else { return Some(json!({"key": key})) };
        if !CITY_RADIUS.contains(&radius) {
            let (least, most) = CITY_RADIUS.into_inner();
            self.found(
                Diagnostic::error(
                    format!("{path}.radius_km"),
                    format!("Meta takes {least} to {most} kilometres around a city"),
                )
                .help("Leave it out for the city alone, or give a `point` for smaller circles."),
            );
        }
        Some(json!({"key": key, "radius": radius, "distance_unit": "kilometer"}))
    }

    fn place_key(&mut self, path: &str, place: &Place) -> Option<String> {
        let key = place.keys.get("meta").cloned();
        if key.is_none() {
            self.found(
                Diagnostic::error(
                    format!("{path}.keys.meta"),
                    format!("Meta's key of `{}` is missing", place.name),
                )
                .help("Meta knows places by keys, such as `keys: {meta: \"2430536\"}`."),
            );
        }
        key
    }

    /// Meta refuses a country together with a place inside it (§10). Only postal codes say where they lie.
    fn check_overlap(&mut self, base: &str, locations: &[Location]) {
        let countries: Vec<&str> =
            locations.iter().filter_map(|location| location.country.as_deref()).collect();
        if countries.is_empty() {
            return;
        }
        for (index, location) in locations.iter().enumerate() {
            let path = format!("{base}[{index}]");
            if let Some((country, _)) = location.postal_code.as_deref().and_then(|code| code.split_once(':'))
                && countries.contains(&country)
            {
                self.error(path, format!("{country} is included as a whole already"));
            } else if location.city.is_some() || location.region.is_some() || location.point.is_some() {
                let message = format!("Meta refuses this if it lies in {}", countries.join(" or "));
                self.found(
                    Diagnostic::warning(path, message)
                        .help("Include either the country or places inside it."),
                );
            }
        }
    }
}
