//! What a campaign is aimed at: places, ages and genders, each a criterion of its own (Microsoft,
//! `platforms/microsoft.md` §4, criterions).
//!
//! A criterion has no name and no place for a marker, but a campaign has each only once (§10). So its key says what it
//! is, and is made from what Microsoft shows of it in the same way.

use super::{
    encode::{Params, params},
    wire::{at, decimal, plain, text_at},
};
use placard_domain::plan::{ObjectKey, ObjectKind};
use serde_json::{Value, json};

/// Fields of a target.
pub(super) const TYPE: &str = "Type";
pub(super) const CRITERION: &str = "Criterion";
pub(super) const CAMPAIGN: &str = "CampaignId";
/// By how many percent bids for it differ.
pub(super) const MULTIPLIER: &str = "CriterionBid.Multiplier";

/// What `CriterionType` says when targets are made, changed or deleted, and what it says when they are read.
pub(super) const ANY: &str = "Targets";
pub(super) const KINDS: [&str; 4] = ["Location", "Radius", "Age", "Gender"];

pub(super) const REACHED: &str = "BiddableCampaignCriterion";
pub(super) const LEFT_OUT: &str = "NegativeCampaignCriterion";

/// Decimals of degrees that are kept; what lies beyond is a tenth of a metre.
const DEGREES: u32 = 6;

/// A place by its id.
pub(super) fn location(id: &str) -> Value {
    json!({TYPE: "LocationCriterion", "LocationId": id})
}

/// A circle.
pub(super) fn radius(latitude: &Value, longitude: &Value, kilometers: u32) -> Option<Value> {
    Some(json!({
        TYPE: "RadiusCriterion", "LatitudeDegrees": degrees(latitude)?, "LongitudeDegrees": degrees(longitude)?,
        "Radius": kilometers.to_string(), "RadiusUnit": "Kilometers",
    }))
}

/// A band of ages.
pub(super) fn age(band: &str) -> Value {
    json!({TYPE: "AgeCriterion", "AgeRange": band})
}

/// A gender.
pub(super) fn gender(word: &str) -> Value {
    json!({TYPE: "GenderCriterion", "GenderType": word})
}

/// `criterion` without what Microsoft adds to it; `None` if it is of a kind that specs cannot name.
pub(super) fn canonical(criterion: &Value) -> Option<Value> {
    let text = |name: &str| text_at(criterion, name);
    match text(TYPE)?.as_str() {
        "LocationCriterion" => Some(location(&text("LocationId")?)),
        "AgeCriterion" => Some(age(&text("AgeRange")?)),
        "GenderCriterion" => Some(gender(&text("GenderType")?)),
        "RadiusCriterion" => Some(json!({
            TYPE: "RadiusCriterion",
            "LatitudeDegrees": degrees(at(criterion, "LatitudeDegrees")?)?,
            "LongitudeDegrees": degrees(at(criterion, "LongitudeDegrees")?)?,
            "Radius": text("Radius")?, "RadiusUnit": text("RadiusUnit")?,
        })),
        _ => None,
    }
}

/// The key of a target, from what it is. `criterion` is canonical.
pub(super) fn key(kind: &str, criterion: &Value) -> Option<ObjectKey> {
    let text = |name: &str| text_at(criterion, name);
    let what = match text(TYPE)?.as_str() {
        "LocationCriterion" => format!("location/{}", text("LocationId")?),
        "AgeCriterion" => format!("age/{}", text("AgeRange")?),
        "GenderCriterion" => format!("gender/{}", text("GenderType")?),
        "RadiusCriterion" => {
            let (latitude, longitude) = (text("LatitudeDegrees")?, text("LongitudeDegrees")?);
            format!("radius/{latitude},{longitude}/{} {}", text("Radius")?, text("RadiusUnit")?)
        }
        _ => return None,
    };
    let path = if kind == LEFT_OUT { format!("not/{what}") } else { what };
    Some(ObjectKey::new(ObjectKind::Targeting, path))
}

/// The kind by which the target with `key` is read.
pub(super) fn kind_of(key: &ObjectKey) -> &'static str {
    let what = key.path.strip_prefix("not/").unwrap_or(&key.path);
    match what.split('/').next() {
        Some("radius") => "Radius",
        Some("age") => "Age",
        Some("gender") => "Gender",
        _ => "Location",
    }
}

/// The body of a target in its canonical fields, as it is sent.
pub(super) fn body(fields: &Params, name: &str) -> Params {
    let mut body = params([]);
    for (field, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        match field.as_str() {
            MULTIPLIER => {
                let bid = json!({"Type": "BidMultiplier", "Multiplier": value});
                body.insert("CriterionBid".to_owned(), bid);
            }
            CRITERION if text_at(value, TYPE).as_deref() == Some("RadiusCriterion") => {
                let mut circle = value.clone();
                circle["Name"] = name.into();
                body.insert(CRITERION.to_owned(), circle);
            }
            _ => {
                body.insert(field.clone(), value.clone());
            }
        }
    }
    body
}

/// What a target's `field` shows in Microsoft's `entry`.
pub(super) fn field(entry: &Value, field: &str) -> Option<Value> {
    match field {
        CRITERION => canonical(at(entry, CRITERION)?),
        MULTIPLIER => decimal(at(entry, MULTIPLIER)?).map(|number| number.normalize().to_string().into()),
        _ => at(entry, field).map(|value| plain(value).into()),
    }
}

fn degrees(value: &Value) -> Option<Value> {
    Some(decimal(value)?.round_dp(DEGREES).normalize().to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_microsoft_shows_of_a_target_has_the_key_that_it_was_made_with() {
        let circle = radius(&json!("52.5200061"), &json!(13.40), 25).unwrap();
        for (made, seen) in [
            (
                location("72"),
                json!({"Type": "LocationCriterion", "LocationId": 72, "DisplayName": "Germany"}),
            ),
            (age("FiftyToSixtyFour"), json!({"Type": "AgeCriterion", "AgeRange": "FiftyToSixtyFour"})),
            (gender("Female"), json!({"Type": "GenderCriterion", "GenderType": "Female"})),
            (
                circle,
                json!({"Type": "RadiusCriterion", "LatitudeDegrees": 52.520006, "LongitudeDegrees": 13.4,
                "Radius": "25", "RadiusUnit": "Kilometers", "Name": "Berlin"}),
            ),
        ] {
            assert_eq!(canonical(&seen).as_ref(), Some(&made));
            for kind in [REACHED, LEFT_OUT] {
                let of_seen = key(kind, &canonical(&seen).unwrap());
                assert_eq!(of_seen, key(kind, &made));
                assert!(KINDS.contains(&kind_of(&of_seen.unwrap())));
            }
            assert_ne!(key(REACHED, &made), key(LEFT_OUT, &made));
        }
    }

    #[test]
    fn what_no_spec_can_name_is_not_ours() {
        assert_eq!(canonical(&json!({"Type": "LocationIntentCriterion", "IntentOption": "PeopleIn"})), None);
        assert_eq!(canonical(&json!({"Type": "DeviceCriterion", "DeviceName": "Tablets"})), None);
    }
}
