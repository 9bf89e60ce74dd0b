//! When an ad set runs, whom laws want named, and what is kept as it is (Meta, `platforms/meta.md` §9).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::params::Params;
use super::targeting::Targeting;
use super::{budget, money, write};
use crate::world::World;

type Fields = Map<String, Value>;

pub(crate) fn field_time(fields: &Fields, name: &str) -> Option<DateTime<Utc>> {
    let text = fields.get(name)?.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// `start_time` and `end_time` with the rules of each kind of budget.
pub(crate) fn schedule(
    world: &World,
    account: &Account,
    params: &Params,
    fields: &mut Fields,
) -> MetaResult<()> {
    let zone = account.zone();
    if let Some(start) = params.time("start_time", zone)? {
        fields.insert("start_time".into(), json!(start.to_rfc3339()));
    }
    match params.time("end_time", zone)? {
        Some(end) if end.timestamp() == 0 => {
            fields.remove("end_time");
        }
        Some(end) => {
            fields.insert("end_time".into(), json!(end.to_rfc3339()));
        }
        None => {}
    }
    let start = field_time(fields, "start_time").unwrap_or(world.now());
    let end = field_time(fields, "end_time");
    if fields.contains_key("lifetime_budget") && end.is_none() {
        return Err(MetaError::field("end_time", "A lifetime budget needs an end_time"));
    }
    let Some(end) = end else { return day_parts(params, fields) };
    if end <= start {
        return Err(MetaError::field("end_time", "The end time must be after the start time"));
    }
    if params.has("end_time") && end <= world.now() {
        return Err(MetaError::rule(
            1487007,
            "end_time",
            "Ad set has ended",
            "The end time lies in the past.",
        ));
    }
    if fields.contains_key("daily_budget") && end - start <= TimeDelta::hours(24) {
        return Err(MetaError::field(
            "end_time",
            "With a daily budget an ad set has to run longer than 24 hours",
        ));
    }
    day_parts(params, fields)
}

/// `adset_schedule` needs day-parting, whole hours and a lifetime budget.
fn day_parts(params: &Params, fields: &mut Fields) -> MetaResult<()> {
    if let Some(pacing) = budget::pacing(params)? {
        fields.insert("pacing_type".into(), pacing);
    }
    let Some(parts) = params.list("adset_schedule")? else { return Ok(()) };
    if !fields.contains_key("lifetime_budget") {
        return Err(MetaError::field("adset_schedule", "An ad schedule needs a lifetime budget"));
    }
    for part in &parts {
        let minute =
            |name: &str| part[name].as_i64().filter(|minute| (0..=1440).contains(minute) && minute % 60 == 0);
        let days = part["days"].as_array().is_some_and(|days| {
            !days.is_empty() && days.iter().all(|day| day.as_i64().is_some_and(|day| (0..=6).contains(&day)))
        });
        let zone = matches!(part["timezone_type"].as_str(), None | Some("USER" | "ADVERTISER"));
        match (minute("start_minute"), minute("end_minute")) {
            (Some(start), Some(end)) if start < end && days && zone => {}
            _ => {
                return Err(MetaError::field(
                    "adset_schedule",
                    "Each part needs whole hours start_minute < end_minute and days 0 to 6",
                ));
            }
        }
    }
    fields.insert("adset_schedule".into(), json!(parts));
    Ok(())
}

/// Names that laws ask for: EU payor and beneficiary, Taiwan and Singapore identities.
pub(crate) fn regulation(
    account: &Account,
    params: &Params,
    targeting: &Targeting,
    fields: &mut Fields,
) -> MetaResult<()> {
    for (name, default, subcode, title) in [
        ("dsa_payor", &account.default_dsa_payor, 3858079, "No payor provided"),
        ("dsa_beneficiary", &account.default_dsa_beneficiary, 3858081, "No beneficiary provided"),
    ] {
        if let Some(text) = params.text(name)? {
            if text.trim().is_empty() || text.chars().count() > 512 {
                return Err(MetaError::field(name, format!("{name} must have 1 to 512 characters")));
            }
            fields.insert(name.into(), json!(text));
        } else if let (Some(default), false) = (default, fields.contains_key(name)) {
            fields.insert(name.into(), json!(default));
        }
        if targeting.touches_eu && !fields.contains_key(name) {
            return Err(MetaError::rule(
                subcode,
                name,
                title,
                format!("Ads shown in the European Union need {name}."),
            ));
        }
    }
    let categories = params.words("regional_regulated_categories")?;
    let identities = params.object("regional_regulation_identities")?;
    for (country, category, prefix) in
        [("TW", "TAIWAN_UNIVERSAL", "taiwan_universal"), ("SG", "SINGAPORE_UNIVERSAL", "singapore_universal")]
    {
        if !targeting.countries.contains(country) || fields.contains_key("regional_regulated_categories") {
            continue;
        }
        if !categories.as_ref().is_some_and(|named| named.iter().any(|name| name == category)) {
            return Err(MetaError::rule(
                3858634,
                "regional_regulated_categories",
                "Regulated category missing",
                format!("Ads shown in {country} need the category {category}."),
            ));
        }
        if !identities.as_ref().is_some_and(|map| map.keys().any(|key| key.starts_with(prefix))) {
            return Err(MetaError::rule(
                3858636,
                "regional_regulation_identities",
                "Verified identity missing",
                format!("Ads shown in {country} need a verified identity."),
            ));
        }
    }
    if let Some(categories) = categories {
        fields.insert("regional_regulated_categories".into(), json!(categories));
    }
    if let Some(identities) = identities {
        fields.insert("regional_regulation_identities".into(), json!(identities));
    }
    Ok(())
}

/// Members that are kept as they are.
pub(crate) fn extras(params: &Params, fields: &mut Fields) -> MetaResult<()> {
    for name in
        ["daily_min_spend_target", "daily_spend_cap", "lifetime_min_spend_target", "lifetime_spend_cap"]
    {
        match params.uint(name)? {
            Some(money::NO_CAP) => {
                fields.remove(name);
            }
            Some(minor) => {
                fields.insert(name.into(), json!(minor.to_string()));
            }
            None => {}
        }
    }
    for name in ["is_incremental_attribution_enabled", "is_sac_cfca_terms_certified"] {
        if let Some(flag) = params.bool(name)? {
            fields.insert(name.into(), json!(flag));
        }
    }
    for name in ["frequency_control_specs", "placement_soft_opt_out"] {
        if let Some(value) = params.json(name)? {
            fields.insert(name.into(), value);
        }
    }
    write::copy(
        params,
        fields,
        &[
            "optimization_sub_event",
            "tune_for_category",
            "value_rule_set_id",
            "multi_optimization_goal_weight",
            "existing_customer_budget_percentage",
        ],
    )
}
