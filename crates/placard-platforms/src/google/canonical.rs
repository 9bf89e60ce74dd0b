//! The one form in which a field is compared, whether it comes from a spec or from Google.
//!
//! Fields are named by their path in the resource, as update masks name them (Google, `platforms/google.md` §3), with
//! three exceptions: what belongs to the budget begins with `budget.`, the member of the bidding oneof stands under
//! `bidding`, and criteria stand in lists of their own, each entry being a criterion without what it belongs to.

use super::{
    goals::Bidding,
    wire::{at, decimal, integer, last_id, text},
    words,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// The prefix of fields that belong to the campaign's budget.
pub(super) const BUDGET: &str = "budget.";

/// The bidding strategy with its settings.
pub(super) const BIDDING: &str = "bidding";

/// Lists of criteria.
pub(super) const LOCATIONS: &str = "locations";
pub(super) const LANGUAGES: &str = "languages";
pub(super) const EXCLUDED_AGES: &str = "excludedAgeRanges";
pub(super) const EXCLUDED_GENDERS: &str = "excludedGenders";

/// Kilometres are the only unit that is sent (§4).
const KILOMETERS: &str = "KILOMETERS";

/// Whether `field` is a list of criteria.
pub(super) fn is_criteria(field: &str) -> bool {
    matches!(field, LOCATIONS | LANGUAGES | EXCLUDED_AGES | EXCLUDED_GENDERS)
}

/// A place by its constant.
pub(super) fn location(constant: &str, negative: bool) -> Value {
    let body = json!({"location": {"geoTargetConstant": constant}});
    if negative { excluded(body) } else { body }
}

/// A circle, in millionths of degrees and kilometres.
pub(super) fn proximity(latitude: i64, longitude: i64, radius_km: Decimal) -> Value {
    json!({"proximity": {
        "geoPoint": {"latitudeInMicroDegrees": latitude, "longitudeInMicroDegrees": longitude},
        "radius": number(radius_km), "radiusUnits": KILOMETERS,
    }})
}

pub(super) fn language(constant: &str) -> Value {
    json!({"language": {"languageConstant": constant}})
}

pub(super) fn excluded_age(band: &str) -> Value {
    excluded(json!({"ageRange": {"type": band}}))
}

pub(super) fn excluded_gender(gender: &str) -> Value {
    excluded(json!({"gender": {"type": gender}}))
}

fn excluded(mut body: Value) -> Value {
    body["negative"] = true.into();
    body
}

/// The list that a criterion read from Google belongs to, with the criterion in its canonical form; `None` for kinds
/// that specs cannot name.
pub(super) fn criterion(wire: &Value) -> Option<(&'static str, Value)> {
    let negative = wire.get("negative").and_then(Value::as_bool).unwrap_or_default();
    if let Some(constant) = at(wire, "location.geoTargetConstant").and_then(Value::as_str) {
        return Some((LOCATIONS, location(constant, negative)));
    }
    if let Some(circle) = wire.get("proximity") {
        return Some((LOCATIONS, circle_of(circle)?));
    }
    if let Some(constant) = at(wire, "language.languageConstant").and_then(Value::as_str) {
        return Some((LANGUAGES, language(constant)));
    }
    // Ages and genders that are not excluded only carry bid modifiers.
    if !negative {
        return None;
    }
    if let Some(band) = at(wire, "ageRange.type").and_then(Value::as_str) {
        return Some((EXCLUDED_AGES, excluded_age(band)));
    }
    let gender = at(wire, "gender.type").and_then(Value::as_str)?;
    Some((EXCLUDED_GENDERS, excluded_gender(gender)))
}

fn circle_of(circle: &Value) -> Option<Value> {
    let degrees = |name: &str| at(circle, &format!("geoPoint.{name}")).and_then(integer);
    let radius = circle.get("radius").and_then(decimal)?;
    let latitude = degrees("latitudeInMicroDegrees").unwrap_or_default();
    let longitude = degrees("longitudeInMicroDegrees").unwrap_or_default();
    let mut body = proximity(latitude, longitude, radius);
    // A circle that somebody drew in miles is another circle.
    body["proximity"]["radiusUnits"] = circle.get("radiusUnits").cloned().unwrap_or(KILOMETERS.into());
    Some(body)
}

/// A list in order, each entry once: neither the order of criteria nor that of texts means anything to Google.
pub(super) fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    items.into()
}

/// A bidding strategy with its setting.
pub(super) fn bidding(strategy: Bidding, setting: Option<Value>) -> Value {
    let settings = setting.map(|value| (strategy.setting().to_owned(), value));
    json!({strategy.member(): Value::Object(settings.into_iter().collect())})
}

/// The strategy of a campaign as Google shows it. One that specs cannot name is shown by Google's word.
pub(super) fn bidding_of(campaign: &Value) -> Option<Value> {
    let word = campaign.get("biddingStrategyType").and_then(Value::as_str);
    let known = Bidding::ALL.into_iter().find(|bidding| match word {
        Some(word) => bidding.type_word() == word,
        None => campaign.get(bidding.member()).is_some(),
    });
    let Some(bidding) = known else { return word.map(|word| json!({word: Map::new()})) };
    let setting = at(campaign, &format!("{}.{}", bidding.member(), bidding.setting())).and_then(decimal);
    let setting = setting.filter(|value| !value.is_zero()).map(|value| match bidding {
        Bidding::MaximizeConversionValue => number(value),
        Bidding::TargetSpend | Bidding::MaximizeConversions => value.normalize().to_string().into(),
    });
    Some(self::bidding(bidding, setting))
}

/// A number that Google keeps as a fraction: the shortest form of it.
pub(super) fn number(value: Decimal) -> Value {
    let parsed = value.normalize().to_string().parse::<serde_json::Number>();
    parsed.map_or(Value::Null, Value::Number)
}

/// Texts of an ad. One that is bound to a place, as only people do, is shown with it.
pub(super) fn texts(wire: &Value) -> Value {
    let text_of = |entry: &Value| match entry.get("pinnedField").and_then(Value::as_str) {
        Some(place) if place != "UNSPECIFIED" => json!({"text": entry.get("text"), "pinnedField": place}),
        _ => entry.get("text").cloned().unwrap_or_default(),
    };
    sorted(wire.as_array().into_iter().flatten().map(text_of).collect())
}

/// Images of an ad by their ids.
pub(super) fn images(wire: &Value) -> Value {
    let id = |entry: &Value| Some(last_id(entry.get("asset")?.as_str()?).into());
    sorted(wire.as_array().into_iter().flatten().filter_map(id).collect())
}

/// The value of a plain field at `path` of a resource, in its canonical form; `None` if it says no more than an absent
/// one.
pub(super) fn plain(resource: &Value, path: &str) -> Option<Value> {
    let value = at(resource, path).filter(|value| !value.is_null());
    let last = path.rsplit('.').next().unwrap_or(path);
    match last {
        // Whether left out or false is the same (§1, JSON rules).
        "negative"
        | "explicitlyShared"
        | "targetGoogleSearch"
        | "targetSearchNetwork"
        | "targetContentNetwork" => Some(value.cloned().unwrap_or(false.into())),
        "name" => Some(placard_domain::marker::Marker::strip(value?.as_str()?).into()),
        "campaign" | "adGroup" => Some(last_id(value?.as_str()?).into()),
        "text" if path == "keyword.text" => Some(value?.as_str()?.to_lowercase().into()),
        name if name.ends_with("Micros") => Some(text(value?).into()),
        "path1" | "path2" | "finalUrlSuffix" if value == Some(&"".into()) => None,
        _ => value.cloned(),
    }
}

/// Ages and genders that `band` words leave out, in canonical form.
pub(super) fn excluded_bands(kept: &[&str]) -> Value {
    let known = words::AGES.iter().map(|(band, _, _)| *band).chain([words::UNKNOWN_AGE]);
    sorted(known.filter(|band| !kept.contains(band)).map(excluded_age).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_come_back_as_they_were_sent_and_bid_modifiers_are_none() {
        let place = json!({"resourceName": "customers/1/campaignCriteria/2~2276", "criterionId": "2276",
            "location": {"geoTargetConstant": "geoTargetConstants/2276"}, "status": "ENABLED"});
        assert_eq!(criterion(&place), Some((LOCATIONS, location("geoTargetConstants/2276", false))));
        let age = json!({"ageRange": {"type": "AGE_RANGE_18_24"}, "negative": true});
        assert_eq!(criterion(&age), Some((EXCLUDED_AGES, excluded_age("AGE_RANGE_18_24"))));
        assert_eq!(criterion(&json!({"ageRange": {"type": "AGE_RANGE_18_24"}, "bidModifier": 1.2})), None);
        let circle = json!({"proximity": {"radius": 25.0, "radiusUnits": "KILOMETERS",
            "geoPoint": {"latitudeInMicroDegrees": 48_137_154, "longitudeInMicroDegrees": 11_576_124}, "address": {}}});
        let sent = proximity(48_137_154, 11_576_124, 25.into());
        assert_eq!(criterion(&circle), Some((LOCATIONS, sent.clone())));
        let miles = json!({"proximity": {"radius": 25, "radiusUnits": "MILES",
            "geoPoint": {"latitudeInMicroDegrees": 48_137_154, "longitudeInMicroDegrees": 11_576_124}}});
        assert_ne!(criterion(&miles), Some((LOCATIONS, sent)));
    }

    #[test]
    fn a_strategy_is_read_by_its_word_and_an_unknown_one_is_seen() {
        let capped =
            json!({"biddingStrategyType": "TARGET_SPEND", "targetSpend": {"cpcBidCeilingMicros": "1500000"}});
        assert_eq!(bidding_of(&capped), Some(json!({"targetSpend": {"cpcBidCeilingMicros": "1500000"}})));
        let open = json!({"biddingStrategyType": "MAXIMIZE_CONVERSIONS"});
        assert_eq!(bidding_of(&open), Some(json!({"maximizeConversions": {}})));
        let floor = json!({"maximizeConversionValue": {"targetRoas": 2.50}});
        assert_eq!(bidding_of(&floor), Some(json!({"maximizeConversionValue": {"targetRoas": 2.5}})));
        let other = json!({"biddingStrategyType": "TARGET_IMPRESSION_SHARE"});
        assert_eq!(bidding_of(&other), Some(json!({"TARGET_IMPRESSION_SHARE": {}})));
    }

    #[test]
    fn texts_are_compared_without_order_but_with_pins() {
        let read = json!([{"text": "b"}, {"text": "a", "assetPerformanceLabel": "GOOD"}]);
        assert_eq!(texts(&read), json!(["a", "b"]));
        assert_eq!(
            texts(&json!([{"text": "a", "pinnedField": "HEADLINE_1"}])),
            json!([{"text": "a", "pinnedField": "HEADLINE_1"}])
        );
    }

    #[test]
    fn a_switch_that_is_left_out_is_off() {
        assert_eq!(plain(&json!({}), "networkSettings.targetSearchNetwork"), Some(json!(false)));
        assert_eq!(plain(&json!({"endDateTime": null}), "endDateTime"), None);
        assert_eq!(plain(&json!({"name": "Spring #abcdefghjkmnpqrs"}), "name"), Some(json!("Spring")));
        assert_eq!(plain(&json!({"campaign": "customers/1/campaigns/2"}), "campaign"), Some(json!("2")));
    }
}
