//! Places and people (Meta, `platforms/meta.md` §10). What of a targeting has no counterpart shows as a difference when
//! the spec is mapped back.

use super::text;
use crate::{
    import::ours,
    meta::{wire::plain, words},
};
use placard_domain::spec::{
    Amount, Audience, Gender, Interest, Location, Locations, MetaPublisher, Place, Point,
};
use serde_json::Value;
use std::collections::BTreeMap;

const NOTHING: &Value = &Value::Null;

/// Where the ads of an ad set are shown, and on which parts of Meta.
pub(super) fn places(row: &Value) -> Result<(Locations, Vec<MetaPublisher>), String> {
    let targeting = row.get("targeting").unwrap_or(NOTHING);
    let include = locations(targeting.get("geo_locations").unwrap_or(NOTHING));
    if include.is_empty() {
        return Err("none of its places can be said".to_owned());
    }
    let exclude = locations(targeting.get("excluded_geo_locations").unwrap_or(NOTHING));
    let publishers = list(targeting, "publisher_platforms").filter_map(Value::as_str);
    let publishers = publishers.filter_map(|word| ours(MetaPublisher::ALL, words::publisher, word)).collect();
    Ok((Locations { include, exclude }, publishers))
}

fn locations(places: &Value) -> Vec<Location> {
    let countries = list(places, "countries").filter_map(Value::as_str);
    let countries = countries.map(|code| Location { country: Some(code.to_owned()), ..Location::default() });
    let regions = list(places, "regions").filter_map(place);
    let regions = regions.map(|region| Location { region: Some(region), ..Location::default() });
    let cities = list(places, "cities").filter_map(|city| {
        let radius_km = kilometres(city);
        Some(Location { city: Some(Place { radius_km, ..place(city)? }), ..Location::default() })
    });
    let codes = list(places, "zips").filter_map(|code| Some(plain(code.get("key")?)));
    let codes = codes.map(|code| Location { postal_code: Some(code), ..Location::default() });
    let points = list(places, "custom_locations").filter_map(point);
    let points = points.map(|point| Location { point: Some(point), ..Location::default() });
    countries.chain(regions).chain(cities).chain(codes).chain(points).collect()
}

fn place(place: &Value) -> Option<Place> {
    let key = plain(place.get("key")?);
    let name = text(place, "name").unwrap_or(&key).to_owned();
    Some(Place { name, keys: BTreeMap::from([("meta".to_owned(), key)]), radius_km: None })
}

fn point(point: &Value) -> Option<Point> {
    let degrees = |field: &str| Some(Amount(plain(point.get(field)?).parse().ok()?));
    let (latitude, longitude) = (degrees("latitude")?, degrees("longitude")?);
    Some(Point { latitude, longitude, radius_km: kilometres(point)? })
}

/// The radius in kilometres; miles are rounded up, and the difference shows.
fn kilometres(place: &Value) -> Option<u32> {
    let radius: u32 = plain(place.get("radius")?).parse().ok().filter(|radius| *radius > 0)?;
    let in_miles = text(place, "distance_unit") == Some("mile");
    Some(if in_miles { radius.saturating_mul(1_609).div_ceil(1_000) } else { radius })
}

/// Who sees the ads of an ad set.
pub(super) fn people(row: &Value) -> Audience {
    let targeting = row.get("targeting").unwrap_or(NOTHING);
    let age = |field: &str, usual: u64| {
        let age = targeting.get(field).and_then(Value::as_u64).filter(|age| *age != usual)?;
        u32::try_from(age).ok()
    };
    let genders = list(targeting, "genders").filter_map(Value::as_i64);
    let genders: Vec<Gender> = genders
        .filter_map(|number| Gender::ALL.iter().copied().find(|gender| words::gender(*gender) == number))
        .collect();
    let ids =
        |field: &str| list(targeting, field).filter_map(|entry| Some(plain(entry.get("id")?))).collect();
    Audience {
        age_min: age("age_min", 18),
        age_max: age("age_max", 65),
        // Both are everybody.
        genders: if genders.len() == Gender::ALL.len() { Vec::new() } else { genders },
        languages: languages(targeting),
        interests: interests(targeting),
        custom_audiences: ids("custom_audiences"),
        excluded_custom_audiences: ids("excluded_custom_audiences"),
        expansion: targeting.pointer("/targeting_automation/advantage_audience").and_then(Value::as_i64)
            == Some(1),
    }
}

/// Languages of which every key is there.
fn languages(targeting: &Value) -> Vec<String> {
    let keys: Vec<i64> = list(targeting, "locales").filter_map(Value::as_i64).collect();
    let whole = |language: &&&str| {
        words::locales(language).is_some_and(|needed| needed.iter().all(|key| keys.contains(key)))
    };
    words::LANGUAGES.iter().filter(whole).map(|language| (*language).to_owned()).collect()
}

/// The interests of which any suffices.
fn interests(targeting: &Value) -> Vec<Interest> {
    let first = list(targeting, "flexible_spec").next().unwrap_or(NOTHING);
    list(first, "interests")
        .filter_map(|entry| {
            let id = plain(entry.get("id")?);
            let name = text(entry, "name").unwrap_or(&id).to_owned();
            Some(Interest { name, keys: BTreeMap::from([("meta".to_owned(), id)]) })
        })
        .collect()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
