//! The targeting object and its rules (Meta, `platforms/meta.md` §10).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::envelope::{MetaError, MetaResult};
use super::matrix::Goal;
use super::places::{Places, places};
use super::{geo, placements};
use crate::object::Object;

/// Members that may be set.
const KNOWN: &[&str] = &[
    "geo_locations",
    "excluded_geo_locations",
    "age_min",
    "age_max",
    "age_range",
    "genders",
    "locales",
    "flexible_spec",
    "interests",
    "behaviors",
    "custom_audiences",
    "excluded_custom_audiences",
    "device_platforms",
    "user_os",
    "user_device",
    "publisher_platforms",
    "facebook_positions",
    "instagram_positions",
    "threads_positions",
    "audience_network_positions",
    "messenger_positions",
    "whatsapp_positions",
    "targeting_automation",
    "targeting_relaxation_types",
    "brand_safety_content_filter_levels",
    "exclusions",
];

const FLEXIBLE: &[&str] = &[
    "interests",
    "behaviors",
    "life_events",
    "industries",
    "income",
    "family_statuses",
    "work_employers",
    "work_positions",
    "education_schools",
    "education_majors",
    "education_statuses",
    "relationship_statuses",
    "user_adclusters",
    "home_type",
];

/// What the rest of an ad set's rules need to know about its targeting.
#[derive(Clone, Debug)]
pub(crate) struct Targeting {
    /// As it is read back.
    pub(crate) stored: Map<String, Value>,
    pub(crate) countries: BTreeSet<String>,
    pub(crate) touches_eu: bool,
    pub(crate) user_os: Vec<String>,
}

/// Checks a targeting object for an ad set of `campaign`; `is_new` ad sets have stricter rules.
pub(crate) fn check(
    spec: Map<String, Value>,
    campaign: &Object,
    goal: Goal,
    is_new: bool,
) -> MetaResult<Targeting> {
    if let Some(name) = spec.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(bad(name, format!("Unknown targeting field {name}")));
    }
    let countries = places(&spec, "geo_locations")?;
    let excluded = places(&spec, "excluded_geo_locations")?;
    if countries.codes.is_empty() && !countries.worldwide && !spec.contains_key("custom_audiences") {
        return Err(bad("geo_locations", "An ad set needs at least one location"));
    }
    let ages = ages(&spec)?;
    genders(&spec)?;
    locales(&spec)?;
    details(&spec, is_new)?;
    placements::check(&spec, goal)?;
    let automation = automation(&spec, ages, campaign.is_special())?;
    special(&spec, campaign, ages, &countries)?;
    let mut stored = spec;
    stored.remove("age_range");
    stored.insert("age_min".into(), json!(ages.0));
    stored.insert("age_max".into(), json!(ages.1));
    stored.insert("targeting_automation".into(), automation);
    stored.entry("targeting_relaxation_types").or_insert(json!({ "lookalike": 0, "custom_audience": 0 }));
    let touches_eu = countries.worldwide
        || countries.codes.iter().any(|code| geo::is_eu(code) && !excluded.whole.contains(code));
    let user_os = texts(stored.get("user_os"));
    Ok(Targeting { stored, countries: countries.codes, touches_eu, user_os })
}

pub(crate) fn bad(name: &str, message: impl std::fmt::Display) -> MetaError {
    MetaError::new(100, format!("(#100) {message}")).blame(&["targeting", name])
}

pub(crate) fn rule(subcode: i64, name: &str, title: &str, message: &str) -> MetaError {
    MetaError::new(100, "Invalid parameter").subcode(subcode).user(title, message).blame(&["targeting", name])
}

pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn ages(spec: &Map<String, Value>) -> MetaResult<(i64, i64)> {
    let age = |name: &str, default: i64| match spec.get(name) {
        None => Ok(default),
        Some(value) => value
            .as_i64()
            .filter(|age| (13..=65).contains(age))
            .ok_or_else(|| bad(name, format!("{name} must be between 13 and 65"))),
    };
    let (low, high) = (age("age_min", 18)?, age("age_max", 65)?);
    if low > high {
        return Err(bad("age_min", "age_min must not be above age_max"));
    }
    Ok((low, high))
}

fn genders(spec: &Map<String, Value>) -> MetaResult<()> {
    let Some(value) = spec.get("genders") else { return Ok(()) };
    let fits =
        value.as_array().is_some_and(|list| list.iter().all(|item| matches!(item.as_i64(), Some(1 | 2))));
    if fits { Ok(()) } else { Err(bad("genders", "genders must be a list of 1 (male) and 2 (female)")) }
}

fn locales(spec: &Map<String, Value>) -> MetaResult<()> {
    let Some(value) = spec.get("locales") else { return Ok(()) };
    let known =
        |item: &Value| item.as_i64().is_some_and(|key| geo::LOCALES.iter().any(|(known, _)| *known == key));
    let fits = value.as_array().is_some_and(|list| list.iter().all(known));
    if fits { Ok(()) } else { Err(bad("locales", "locales must be a list of known language keys")) }
}

fn details(spec: &Map<String, Value>, is_new: bool) -> MetaResult<()> {
    if is_new && spec.contains_key("exclusions") {
        return Err(bad("exclusions", "Detailed targeting exclusions are no longer available"));
    }
    if let Some(flexible) = spec.get("flexible_spec") {
        let list =
            flexible.as_array().ok_or_else(|| bad("flexible_spec", "flexible_spec must be an array"))?;
        for entry in list {
            let entry =
                entry.as_object().ok_or_else(|| bad("flexible_spec", "flexible_spec must hold objects"))?;
            if let Some(key) = entry.keys().find(|key| !FLEXIBLE.contains(&key.as_str())) {
                return Err(bad("flexible_spec", format!("Unknown field {key} in flexible_spec")));
            }
            interests(entry.get("interests"), "flexible_spec")?;
        }
    }
    interests(spec.get("interests"), "interests")?;
    for name in ["custom_audiences", "excluded_custom_audiences"] {
        if let Some(audience) = spec.get(name).and_then(Value::as_array).and_then(|list| list.first()) {
            return Err(bad(name, format!("Audience {} does not exist", audience["id"])));
        }
    }
    Ok(())
}

fn interests(value: Option<&Value>, name: &str) -> MetaResult<()> {
    let Some(value) = value else { return Ok(()) };
    let list = value.as_array().ok_or_else(|| bad(name, "interests must be an array"))?;
    for entry in list {
        let id = match entry {
            Value::Object(entry) => entry.get("id").cloned().unwrap_or_default(),
            other => other.clone(),
        };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if geo::interest(&id).is_none() {
            return Err(rule(
                1487079,
                name,
                "Invalid targeting",
                &format!("The interest {id} is not valid or no longer available."),
            ));
        }
    }
    Ok(())
}

/// The Advantage audience flag must be stated unless the audience is the default one of an unrestricted
/// campaign (1870227).
fn automation(spec: &Map<String, Value>, ages: (i64, i64), special: bool) -> MetaResult<Value> {
    let flag = match spec.get("targeting_automation") {
        None => None,
        Some(Value::Object(automation)) => {
            let known = ["advantage_audience", "individual_setting"];
            if let Some(key) = automation.keys().find(|key| !known.contains(&key.as_str())) {
                return Err(bad(
                    "targeting_automation",
                    format!("Unknown field {key} in targeting_automation"),
                ));
            }
            match automation.get("advantage_audience").map(Value::as_i64) {
                None => None,
                Some(Some(flag @ (0 | 1))) => Some(flag),
                Some(_) => return Err(bad("targeting_automation", "advantage_audience must be 0 or 1")),
            }
        }
        Some(_) => return Err(bad("targeting_automation", "targeting_automation must be an object")),
    };
    let is_default = ages == (18, 65)
        && ["genders", "flexible_spec", "interests", "behaviors", "custom_audiences", "locales"]
            .iter()
            .all(|name| spec.get(*name).and_then(Value::as_array).is_none_or(Vec::is_empty));
    let flag = match flag {
        Some(flag) => flag,
        None if is_default && !special => 1,
        None => {
            return Err(rule(
                1870227,
                "targeting_automation",
                "Advantage audience flag required",
                "To create your ad set, set the advantage_audience flag to 1 or 0 in targeting_automation.",
            ));
        }
    };
    if flag == 1 && ages.0 > 25 {
        return Err(rule(
            1870188,
            "age_min",
            "Minimum age is too high",
            "With Advantage audience the minimum age cannot be above 25.",
        ));
    }
    if flag == 1 && ages.1 < 65 {
        return Err(rule(
            1870189,
            "age_max",
            "Maximum age is too low",
            "With Advantage audience the maximum age has to be 65.",
        ));
    }
    let mut out = spec.get("targeting_automation").cloned().unwrap_or_else(|| json!({}));
    out["advantage_audience"] = json!(flag);
    Ok(out)
}

/// Restricted categories: fixed ages, all genders, no zip, wide circles (2909034).
fn special(
    spec: &Map<String, Value>,
    campaign: &Object,
    ages: (i64, i64),
    places: &Places,
) -> MetaResult<()> {
    if !campaign.is_special() {
        return special_countries(campaign, places);
    }
    let refuse = |name: &str, message: &str| {
        Err(rule(2909034, name, "Targeting is restricted for special ad categories", message))
    };
    if ages != (18, 65) {
        return refuse("age_min", "Ages have to be 18 to 65+.");
    }
    if spec.get("genders").and_then(Value::as_array).is_some_and(|genders| genders.len() == 1) {
        return refuse("genders", "All genders have to be included.");
    }
    if places.has_zips {
        return refuse("geo_locations", "Postal codes cannot be used.");
    }
    let american = places.codes.iter().any(|code| code == "US" || code == "CA");
    let least = if american { 1500 } else { 1000 };
    if places.smallest_radius.is_some_and(|radius| radius < least) {
        return refuse("geo_locations", "The radius around a place is too small.");
    }
    special_countries(campaign, places)
}

/// Ad sets of a category target inside the campaign's countries (§8).
fn special_countries(campaign: &Object, places: &Places) -> MetaResult<()> {
    let allowed = texts(campaign.fields.get("special_ad_category_country"));
    let has_category =
        campaign.fields.get("special_ad_categories").and_then(Value::as_array).is_some_and(|c| !c.is_empty());
    if !has_category {
        return Ok(());
    }
    match places.codes.iter().find(|code| !allowed.contains(code)) {
        Some(code) => Err(rule(
            2909034,
            "geo_locations",
            "Location outside the category's countries",
            &format!("{code} is not among the campaign's special ad category countries."),
        )),
        None if places.worldwide => Err(rule(
            2909034,
            "geo_locations",
            "Location outside the category's countries",
            "Country groups cannot be used with a special ad category.",
        )),
        None => Ok(()),
    }
}
