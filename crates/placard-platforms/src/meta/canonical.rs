//! The one form in which a field is compared, whether it comes from a spec or from Meta.
//!
//! Meta adds to what it was sent (names of interests, effective placements, defaults) and reads numbers back as text
//! (Meta, `platforms/meta.md` §8–§12, §16, §17). Both sides pass through here, so an untouched object shows no drift.

use super::{
    targeting,
    wire::{integer, plain},
};
use chrono::{DateTime, Utc};
use placard_domain::{marker::Marker, plan::ObjectKind};
use serde_json::{Value, json};

/// `value` of `field` in its canonical form; `None` if it says no more than an absent one.
pub(super) fn field(kind: ObjectKind, field: &str, value: &Value) -> Option<Value> {
    use ObjectKind as K;
    match (kind, field) {
        (_, _) if value.is_null() => None,
        (_, "name") => Some(Marker::strip(value.as_str()?).into()),
        (K::Campaign | K::AdGroup, "daily_budget" | "lifetime_budget" | "bid_amount") => amount(value),
        (K::Campaign, "special_ad_categories") => Some(words(value, |word| word != "NONE")),
        (K::Campaign, "special_ad_category_country") => Some(words(value, |_| true)),
        (K::AdGroup, "start_time" | "end_time") => instant(value),
        (K::AdGroup, "targeting") => Some(targeting::canonical(value)),
        (K::AdGroup, "promoted_object") => Some(promoted(value)),
        (K::AdGroup, "attribution_spec") => Some(attribution(value)),
        (K::AdGroup, "destination_type") if value == "UNDEFINED" => None,
        (K::AdGroup, "bid_constraints") => {
            Some(json!({"roas_average_floor": integer(value.get("roas_average_floor")?)?}))
        }
        (K::AdGroup, "campaign_id") | (K::Ad, "adset_id") => Some(id(value)),
        (K::Ad, "creative") => {
            let creative = value.get("creative_id").or_else(|| value.get("id"))?;
            Some(json!({"creative_id": id(creative)}))
        }
        _ => Some(value.clone()),
    }
}

/// The form of instants: UTC with its offset, to the second.
pub(super) fn time(instant: DateTime<Utc>) -> Value {
    instant.format("%Y-%m-%dT%H:%M:%S%z").to_string().into()
}

/// The members of `observed` that `applied` has, at every depth, for objects that nobody can change after creation but
/// to which Meta adds.
pub(super) fn project(observed: &Value, applied: &Value) -> Value {
    match (observed, applied) {
        (Value::Object(observed), Value::Object(applied)) => {
            let known =
                |(name, inner): (&String, &Value)| Some((name.clone(), project(observed.get(name)?, inner)));
            Value::Object(applied.iter().filter_map(known).collect())
        }
        (Value::Array(observed), Value::Array(applied)) if observed.len() == applied.len() => {
            observed.iter().zip(applied).map(|(observed, applied)| project(observed, applied)).collect()
        }
        (Value::Number(number), Value::String(_)) => number.to_string().into(),
        _ => observed.clone(),
    }
}

/// Ids are text. A reference to an object that has no id yet stays as it is.
fn id(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { plain(value).into() }
}

/// Amounts are text; Meta shows an unset budget as absent or as zero (§8).
fn amount(value: &Value) -> Option<Value> {
    let text = plain(value);
    (text != "0").then(|| text.into())
}

/// An open end is absent, zero or the epoch.
fn instant(value: &Value) -> Option<Value> {
    let parsed = match value {
        Value::Number(seconds) => DateTime::from_timestamp(seconds.as_i64()?, 0)?,
        Value::String(text) => match DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z") {
            Ok(instant) => instant.to_utc(),
            Err(_) => DateTime::from_timestamp(text.parse().ok()?, 0)?,
        },
        _ => return None,
    };
    (parsed.timestamp() != 0).then(|| time(parsed))
}

/// A list of words in order, each once.
fn words(value: &Value, keep: impl Fn(&str) -> bool) -> Value {
    let mut words: Vec<&str> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|word| keep(word)).collect();
    words.sort_unstable();
    words.dedup();
    words.into()
}

/// Only what a spec can say of a promoted object (§9); Meta adds settings of its own.
fn promoted(value: &Value) -> Value {
    let known = [
        "page_id",
        "pixel_id",
        "custom_event_type",
        "custom_event_str",
        "custom_conversion_id",
        "application_id",
        "object_store_url",
        "product_set_id",
        "event_id",
    ];
    let member = |name: &str| Some((name.to_owned(), Value::from(plain(value.get(name)?))));
    Value::Object(known.into_iter().filter_map(member).collect())
}

fn attribution(value: &Value) -> Value {
    let window = |entry: &Value| {
        Some((entry.get("event_type")?.as_str()?.to_owned(), integer(entry.get("window_days")?)?))
    };
    let mut windows: Vec<_> = value.as_array().into_iter().flatten().filter_map(window).collect();
    windows.sort();
    windows.into_iter().map(|(event, days)| json!({"event_type": event, "window_days": days})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::plan::ObjectKind as K;

    #[test]
    fn an_instant_is_the_same_in_every_offset_and_an_open_end_is_none() {
        let utc = json!("2026-11-30T23:00:00+0000");
        assert_eq!(field(K::AdGroup, "end_time", &json!("2026-12-01T00:00:00+0100")), Some(utc.clone()));
        assert_eq!(field(K::AdGroup, "end_time", &json!(1_796_079_600)), Some(utc));
        assert_eq!(field(K::AdGroup, "end_time", &json!("0")), None);
        assert_eq!(field(K::AdGroup, "end_time", &json!("1970-01-01T00:00:00+0000")), None);
    }

    #[test]
    fn a_budget_is_text_and_none_when_it_is_zero() {
        assert_eq!(field(K::AdGroup, "daily_budget", &json!(2500)), Some(json!("2500")));
        assert_eq!(field(K::AdGroup, "daily_budget", &json!("0")), None);
    }

    #[test]
    fn no_special_category_is_the_same_as_the_word_none() {
        assert_eq!(field(K::Campaign, "special_ad_categories", &json!(["NONE"])), Some(json!([])));
    }

    #[test]
    fn projection_drops_what_meta_added_and_keeps_what_differs() {
        let applied = json!({"page_id": "1", "link_data": {"link": "a", "name": "b"}});
        let observed =
            json!({"page_id": 1, "link_data": {"link": "a", "name": "c", "attachment_style": "link"}});
        assert_eq!(
            project(&observed, &applied),
            json!({"page_id": "1", "link_data": {"link": "a", "name": "c"}})
        );
    }
}
