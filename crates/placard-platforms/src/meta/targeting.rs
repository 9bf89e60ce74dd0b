//! The targeting object in its canonical form (Meta, `platforms/meta.md` §10).

use super::wire::{integer, ordered_text, plain};
use serde_json::{Map, Value, json};

/// What Meta adds when it is read and nobody set.
const ADDED: &[&str] = &["age_range", "targeting_relaxation_types", "targeting_optimization"];

/// `targeting` with lists in order, ids and keys alone, and without what Meta adds.
pub(super) fn canonical(targeting: &Value) -> Value {
    let members = targeting.as_object().into_iter().flatten();
    let known =
        members.filter(|(name, _)| !ADDED.contains(&name.as_str()) && !name.starts_with("effective_"));
    let pairs = known.filter_map(|(name, value)| Some((name.clone(), member(name, value)?)));
    Value::Object(pairs.collect())
}

fn member(name: &str, value: &Value) -> Option<Value> {
    let canonical = match name {
        "geo_locations" | "excluded_geo_locations" => places(value),
        "age_min" | "age_max" => integer(value)?.into(),
        // Both are everybody.
        "genders" if integers(value) == json!([1, 2]) => return None,
        "genders" | "locales" => integers(value),
        "flexible_spec" => value.as_array()?.iter().map(any_of).collect(),
        "custom_audiences" | "excluded_custom_audiences" => ids(value),
        "targeting_automation" => automation(value),
        "brand_safety_content_filter_levels" if is_standard(value) => return None,
        _ => sorted(value),
    };
    (!is_empty(&canonical)).then_some(canonical)
}

fn places(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    let pairs = members.filter_map(|(name, value)| {
        let canonical = match name.as_str() {
            // No longer settable, still read (§10).
            "location_types" => return None,
            "cities" => list(value, |city| keep(city, &["key", "radius", "distance_unit"])),
            "regions" | "zips" | "geo_markets" => list(value, |place| keep(place, &["key"])),
            "custom_locations" => {
                list(value, |point| keep(point, &["latitude", "longitude", "radius", "distance_unit"]))
            }
            _ => sorted(value),
        };
        (!is_empty(&canonical)).then(|| (name.clone(), canonical))
    });
    Value::Object(pairs.collect())
}

/// The named members of a place: keys as text, coordinates and radii as numbers. A radius of zero is none.
fn keep(place: &Value, names: &[&str]) -> Value {
    let no_radius = place.get("radius").is_none_or(|radius| integer(radius) == Some(0));
    let member = |name: &&str| {
        let value = place.get(*name)?;
        let value = match *name {
            "radius" | "distance_unit" if no_radius => return None,
            "radius" => integer(value)?.into(),
            "latitude" | "longitude" => coordinate(value)?,
            _ => plain(value).into(),
        };
        Some(((*name).to_owned(), value))
    };
    Value::Object(names.iter().filter_map(member).collect())
}

/// Six decimals are a tenth of a metre; what lies beyond may not survive Meta.
fn coordinate(value: &Value) -> Option<Value> {
    let degrees: rust_decimal::Decimal = plain(value).parse().ok()?;
    let number: serde_json::Number = degrees.round_dp(6).normalize().to_string().parse().ok()?;
    Some(number.into())
}

/// One group of interests and the like, of which any suffices.
fn any_of(group: &Value) -> Value {
    let members = group.as_object().into_iter().flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), ids(value))).collect())
}

/// Objects with an id as `{"id"}`; Meta reads interests back with names of its own. Plain values stay.
fn ids(value: &Value) -> Value {
    list(value, |entry| match entry.get("id") {
        Some(id) => json!({"id": plain(id)}),
        None => entry.clone(),
    })
}

fn automation(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    let pairs = members.filter_map(|(name, value)| match value {
        Value::Object(single) => {
            let on: Map<String, Value> = single
                .iter()
                .filter(|(_, flag)| integer(flag) != Some(0))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            (!on.is_empty()).then(|| (name.clone(), Value::Object(on)))
        }
        flag => Some((name.clone(), integer(flag).map_or_else(|| flag.clone(), Value::from))),
    });
    Value::Object(pairs.collect())
}

fn is_standard(levels: &Value) -> bool {
    let mut levels = levels.as_array().into_iter().flatten().filter_map(Value::as_str);
    levels.all(|level| level.ends_with("_STANDARD"))
}

fn integers(value: &Value) -> Value {
    let mut numbers: Vec<i64> = value.as_array().into_iter().flatten().filter_map(integer).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into()
}

fn list(value: &Value, each: impl Fn(&Value) -> Value) -> Value {
    sorted(&value.as_array().into_iter().flatten().map(each).collect())
}

/// A list in order, each entry once; anything else as it is.
fn sorted(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut items = items.clone();
    items.sort_by_cached_key(ordered_text);
    items.dedup();
    items.into()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meta_adds_is_no_difference() {
        let sent = json!({
            "age_min": 25, "age_max": 55, "genders": [2, 1], "locales": [24, 6],
            "geo_locations": {"countries": ["DE", "AT"], "cities": [{"key": "2430536", "radius": 17, "distance_unit": "kilometer"}]},
            "flexible_spec": [{"interests": [{"id": "6003397425735"}, {"id": "6003012317397"}]}],
            "targeting_automation": {"advantage_audience": 0}
        });
        let read = json!({
            "age_min": 25, "age_max": 55, "age_range": [25, 55], "genders": [1, 2], "locales": [6, 24],
            "geo_locations": {"location_types": ["home", "recent"], "countries": ["AT", "DE"], "cities": [
                {"key": "2430536", "radius": 17, "distance_unit": "kilometer", "name": "Berlin", "country": "DE", "region_id": "530"}]},
            "flexible_spec": [{"interests": [{"id": "6003012317397", "name": "Camping"}, {"id": "6003397425735", "name": "Hiking"}]}],
            "targeting_automation": {"advantage_audience": 0, "individual_setting": {"age": 0, "gender": 0}},
            "brand_safety_content_filter_levels": ["FACEBOOK_STANDARD", "AN_STANDARD"],
            "targeting_relaxation_types": {"lookalike": 0, "custom_audience": 0},
            "effective_publisher_platforms": ["facebook", "instagram"]
        });
        assert_eq!(canonical(&read), canonical(&sent));
    }

    #[test]
    fn what_a_person_changes_is_a_difference() {
        let sent = json!({"age_min": 25, "geo_locations": {"countries": ["DE"]}});
        for edited in [
            json!({"age_min": 30, "geo_locations": {"countries": ["DE"]}}),
            json!({"age_min": 25, "geo_locations": {"countries": ["DE", "FR"]}}),
            json!({"age_min": 25, "geo_locations": {"countries": ["DE"]}, "genders": [1]}),
            json!({"age_min": 25, "geo_locations": {"countries": ["DE"]}, "facebook_positions": ["feed"]}),
        ] {
            assert_ne!(canonical(&edited), canonical(&sent), "{edited}");
        }
    }
}
