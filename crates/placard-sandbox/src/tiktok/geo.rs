//! Places (TikTok, `platforms/tiktok.md` §4): some countries with provinces and cities, by GeoNames id.

use serde_json::{Value, json};

use super::auth::Scope;
use super::error::{Code, Refusal, TikTokResult};
use super::read;
use super::request::Request;
use crate::world::World;

struct Place(&'static str, &'static str, &'static str, &'static str, &'static str);

/// Id, name, level, parent and country.
const PLACES: &[Place] = &[
    Place("6252001", "United States", "COUNTRY", "0", "US"),
    Place("6251999", "Canada", "COUNTRY", "0", "CA"),
    Place("2635167", "United Kingdom", "COUNTRY", "0", "GB"),
    Place("2077456", "Australia", "COUNTRY", "0", "AU"),
    Place("2921044", "Germany", "COUNTRY", "0", "DE"),
    Place("3017382", "France", "COUNTRY", "0", "FR"),
    Place("2510769", "Spain", "COUNTRY", "0", "ES"),
    Place("3175395", "Italy", "COUNTRY", "0", "IT"),
    Place("1861060", "Japan", "COUNTRY", "0", "JP"),
    Place("2782113", "Austria", "COUNTRY", "0", "AT"),
    Place("2658434", "Switzerland", "COUNTRY", "0", "CH"),
    Place("2750405", "Netherlands", "COUNTRY", "0", "NL"),
    Place("798544", "Poland", "COUNTRY", "0", "PL"),
    Place("2802361", "Belgium", "COUNTRY", "0", "BE"),
    Place("2661886", "Sweden", "COUNTRY", "0", "SE"),
    Place("3469034", "Brazil", "COUNTRY", "0", "BR"),
    Place("3996063", "Mexico", "COUNTRY", "0", "MX"),
    Place("1269750", "India", "COUNTRY", "0", "IN"),
    Place("2950157", "Berlin", "PROVINCE", "2921044", "DE"),
    Place("2951839", "Bavaria", "PROVINCE", "2921044", "DE"),
    Place("2867714", "Munich", "CITY", "2951839", "DE"),
    Place("5332921", "California", "PROVINCE", "6252001", "US"),
    Place("5368361", "Los Angeles", "CITY", "5332921", "US"),
    Place("5128638", "New York", "PROVINCE", "6252001", "US"),
    Place("1850144", "Tokyo", "PROVINCE", "1861060", "JP"),
    Place("3012874", "Ile-de-France", "PROVINCE", "3017382", "FR"),
    Place("2988507", "Paris", "CITY", "3012874", "FR"),
];

fn find(id: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.0 == id)
}

pub(crate) fn country_of(id: &str) -> Option<&'static str> {
    find(id).map(|place| place.4)
}

/// Part of its country's people that a place has.
pub(crate) fn share_of(id: &str) -> f64 {
    match find(id).map(|place| place.2) {
        Some("COUNTRY") => 1.0,
        Some("PROVINCE") => 0.12,
        _ => 0.04,
    }
}

/// Places exist, and none lies in another.
pub(crate) fn check(ids: &[String]) -> TikTokResult<()> {
    for id in ids {
        let mut place = find(id).ok_or_else(|| {
            Refusal::new(Code::InnerValidation, format!("location_ids: the place {id} does not exist."))
        })?;
        while let Some(above) = find(place.3) {
            if ids.iter().any(|other| other == above.0) {
                return Err(Refusal::field("location_ids", format!("{id} lies in {}.", above.0)));
            }
            place = above;
        }
    }
    Ok(())
}

/// US, Latin America, EEA, UK, Switzerland and Canada (§8).
pub(crate) fn restricts_minors(country: &str) -> bool {
    !matches!(country, "JP" | "AU" | "IN")
}

/// `GET /tool/region/`.
pub(crate) fn regions(world: &World, request: &Request) -> TikTokResult<Value> {
    world.tiktok_advertiser(request, Scope::Ads)?;
    for name in ["placements", "objective_type"] {
        read::member(&request.params, name).ok_or_else(|| Refusal::missing(name))?;
    }
    let levels: &[&str] = match read::text(&request.params, "level_range")?.as_deref() {
        None | Some("TO_CITY" | "ALL") => &["COUNTRY", "PROVINCE", "CITY"],
        Some("TO_PROVINCE") => &["COUNTRY", "PROVINCE"],
        Some("TO_COUNTRY") => &["COUNTRY"],
        Some(other) => return Err(Refusal::field("level_range", format!("Unknown value {other}."))),
    };
    let all = PLACES.iter().filter(|place| levels.contains(&place.2)).map(|Place(id, name, level, parent, code)| {
        json!({ "location_id": id, "name": name, "level": level, "parent_id": parent, "region_code": code })
    });
    Ok(json!({ "region_info": all.collect::<Vec<_>>() }))
}
