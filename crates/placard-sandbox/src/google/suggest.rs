//! `geoTargetConstants:suggest` (Google, `platforms/google.md` §2).

use serde_json::{Value, json};

use super::decode::{self, Violations};
use super::error::{AdsError, GoogleResult};
use super::geo::{PLACES, Place};
use super::request::Request;
use super::schema::{Message, Type, field};
use crate::world::World;

const NAMES: Message = Message { fields: &[field("names", Type::Text).many()] };
const BODY: Message = Message {
    fields: &[
        field("locale", Type::Text),
        field("countryCode", Type::Text),
        field("locationNames", Type::Message(&NAMES)).of("query"),
        field("geoTargets", Type::Message(&TARGETS)).of("query"),
    ],
};
const TARGETS: Message = Message { fields: &[field("geoTargetConstants", Type::Name).many()] };

/// Most names in one call.
const MOST: usize = 25;

/// Places whose names begin with what was asked for, exact ones first.
pub(crate) fn run(world: &World, request: &Request) -> GoogleResult<Value> {
    world.google_user(request)?;
    let mut violations = Violations::default();
    let body = decode::message(&BODY, &decode::object(&request.body)?, "", &mut violations);
    violations.none_or_refuse()?;
    let list = |member: &str, inner: &str| -> Option<Vec<String>> {
        let items = body.get(member)?[inner].as_array()?;
        Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let country = body.get("countryCode").and_then(Value::as_str);
    let in_country = |place: &&Place| country.is_none_or(|code| place.country == code);
    let mut out = Vec::new();
    if let Some(names) = list("locationNames", "names") {
        if names.len() > MOST {
            let code = "LOCATION_NAME_LIMIT";
            return Err(AdsError::new("geoTargetConstantSuggestionError", code, "Too many names.").into());
        }
        for name in &names {
            let wanted = name.trim().to_lowercase();
            let mut found: Vec<&Place> = PLACES
                .iter()
                .filter(in_country)
                .filter(|place| !wanted.is_empty() && place.name.to_lowercase().starts_with(&wanted))
                .collect();
            found.sort_by_key(|place| place.name.len());
            out.extend(found.into_iter().map(|place| suggestion(place, Some(name))));
        }
    } else if let Some(targets) = list("geoTargets", "geoTargetConstants") {
        let named = |place: &&Place| targets.contains(&format!("geoTargetConstants/{}", place.id));
        out.extend(PLACES.iter().filter(named).map(|place| suggestion(place, None)));
    } else {
        return Err(AdsError::new(
            "geoTargetConstantSuggestionError",
            "REQUEST_PARAMETERS_UNSET",
            "Nothing is asked for.",
        )
        .into());
    }
    Ok(match out.is_empty() {
        true => json!({}),
        false => json!({ "geoTargetConstantSuggestions": out }),
    })
}

fn suggestion(place: &Place, term: Option<&str>) -> Value {
    let target = if place.is_country() { "Country" } else { "City" };
    let mut out = json!({
        "locale": "en",
        "geoTargetConstant": {
            "resourceName": format!("geoTargetConstants/{}", place.id), "id": place.id.to_string(),
            "name": place.name, "countryCode": place.country, "targetType": target, "status": "ENABLED",
            "canonicalName": place.canonical(),
        },
    });
    if let Some(term) = term {
        out["searchTerm"] = json!(term);
    }
    out
}
