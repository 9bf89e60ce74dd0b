//! Discovery before publishing: search, minimum budgets, audience sizes (Meta, `platforms/meta.md` §4).

use serde_json::{Map, Value, json};

use super::account::Account;
use super::call::Call;
use super::campaigns::Objective;
use super::edges::{self, LIST_PARAMS};
use super::envelope::{MetaError, MetaResult};
use super::matrix::Goal;
use super::money::{self, Floor};
use super::{geo, targeting};
use crate::draw;
use crate::object::{Kind, Object, Status};
use crate::world::World;

const SEARCH: &[&str] = &["type", "q", "location_types", "country_code"];

/// `GET /search`.
pub(crate) fn search(call: &Call) -> MetaResult<Value> {
    let params = &call.params;
    params.only(&[LIST_PARAMS, SEARCH])?;
    let wanted = params.text("q")?.unwrap_or_default().to_lowercase();
    let rows = match params.required_text("type")? {
        "adgeolocation" => places(call, &wanted)?,
        "adinterest" => interests(&wanted),
        "adlocale" => geo::LOCALES
            .iter()
            .filter(|(_, name)| name.to_lowercase().contains(&wanted))
            .map(|(key, name)| json!({ "key": key, "name": name }))
            .collect(),
        "adcountry" => countries(&wanted),
        other => return Err(MetaError::field("type", format!("Unknown search type {other}"))),
    };
    edges::page_rows(call, rows)
}

fn countries(wanted: &str) -> Vec<Value> {
    geo::countries()
        .filter(|code| {
            geo::country_name(code).to_lowercase().starts_with(wanted) || code.eq_ignore_ascii_case(wanted)
        })
        .map(|code| {
            json!({
                "key": code, "name": geo::country_name(code), "type": "country", "country_code": code,
                "country_name": geo::country_name(code), "supports_region": true, "supports_city": true,
            })
        })
        .collect()
}

fn places(call: &Call, wanted: &str) -> MetaResult<Vec<Value>> {
    let kinds = call.params.words("location_types")?;
    let has = |kind: &str| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|known| known == kind));
    let country = call.params.text("country_code")?;
    let mut rows = if has("country") { countries(wanted) } else { Vec::new() };
    for place in geo::PLACES {
        let named = place.name.to_lowercase().starts_with(wanted);
        if !named || !has(place.kind) || country.is_some_and(|code| code != place.country) {
            continue;
        }
        let mut row = json!({
            "key": place.key, "name": place.name, "type": place.kind, "country_code": place.country,
            "country_name": geo::country_name(place.country), "supports_region": true, "supports_city": true,
        });
        if let Some((id, name)) = place.region {
            row["region"] = json!(name);
            row["region_id"] = json!(id.parse::<i64>().unwrap_or_default());
        }
        rows.push(row);
    }
    Ok(rows)
}

fn interests(wanted: &str) -> Vec<Value> {
    geo::INTERESTS
        .iter()
        .filter(|interest| interest.1.to_lowercase().contains(wanted))
        .map(|interest| {
            json!({
                "id": interest.0, "name": interest.1, "topic": interest.3,
                "audience_size_lower_bound": interest.2 * 1000,
                "audience_size_upper_bound": interest.2 * 1176,
                "path": ["Interests", interest.3, interest.1],
            })
        })
        .collect()
}

/// Discovery edges of an account that are worked out.
pub(crate) fn account_edge(
    world: &World,
    account: &Account,
    edge: &str,
    call: &Call,
) -> Option<MetaResult<Value>> {
    Some(match edge {
        "minimum_budgets" => minimum_budgets(account, call),
        "delivery_estimate" => delivery_estimate(world, account, call),
        "reachestimate" => reach(world, account, call),
        "targetingsearch" => targeting_search(call),
        "dsa_recommendations" => dsa(account, call),
        _ => return None,
    })
}

fn minimum_budgets(account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["bid_amount"]])?;
    let row = |currency: &str| {
        let least = |floor| money::minimum_daily(currency, floor, true);
        json!({
            "currency": currency,
            "min_daily_budget_imp": least(Floor::Impressions),
            "min_daily_budget_high_freq": least(Floor::Clicks),
            "min_daily_budget_video_views": least(Floor::Clicks),
            "min_daily_budget_low_freq": least(Floor::LowFrequency),
        })
    };
    edges::page_rows(call, vec![row(&account.currency)])
}

fn targeting_search(call: &Call) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["q", "limit_type"]])?;
    edges::page_rows(call, interests(&call.params.required_text("q")?.to_lowercase()))
}

fn dsa(account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS])?;
    edges::page_rows(call, vec![json!({ "recommendations": [account.name, "Placard Outdoor GmbH"] })])
}

/// A bare campaign for rules that need one.
fn any_campaign(world: &World, account: &Account) -> Object {
    let mut fields = Map::new();
    fields.insert("objective".into(), json!(Objective::Traffic));
    Object {
        id: crate::object::NodeId(0),
        kind: Kind::Campaign,
        owner: account.id.clone(),
        campaign: None,
        ad_set: None,
        creative: None,
        status: Status::Paused,
        created: world.now(),
        updated: world.now(),
        created_seq: 0,
        in_process_until: world.now(),
        review: None,
        fields,
        history: Vec::new(),
        first_set_active: None,
        first_active: None,
        budget_changes: Vec::new(),
        learning_since: world.now(),
        past_audiences: Vec::new(),
        listed_from: None,
    }
}

/// People a targeting reaches, from the seed and the countries' sizes.
fn audience(world: &World, account: &Account, call: &Call) -> MetaResult<i64> {
    let spec =
        call.params.object("targeting_spec")?.ok_or_else(|| super::params::missing("targeting_spec"))?;
    let text = json!(spec).to_string();
    let targeting = targeting::check(spec, &any_campaign(world, account), Goal::LinkClicks, false)?;
    let people = super::segments::audience(&targeting.stored);
    let wobble = draw::between(draw::key(world.head.seed, &["audience", &text]), 0.95, 1.05);
    Ok((people as f64 * wobble) as i64)
}

fn delivery_estimate(world: &World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["targeting_spec", "optimization_goal", "promoted_object"]])?;
    call.params.one_of::<Goal>("optimization_goal")?;
    let people = audience(world, account, call)?;
    Ok(json!({ "data": [{
        "estimate_ready": true,
        "estimate_mau_lower_bound": people * 9 / 10,
        "estimate_mau_upper_bound": people * 11 / 10,
    }] }))
}

fn reach(world: &World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["targeting_spec"]])?;
    let people = audience(world, account, call)?;
    Ok(json!({ "data": {
        "users_lower_bound": people * 9 / 10, "users_upper_bound": people * 11 / 10, "estimate_ready": true
    } }))
}
