//! The one form in which a field is compared, whether it comes from a spec or from TikTok.
//!
//! TikTok shows more than it was sent, lists in its own order, amounts as numbers, and leaves out or fills in what was
//! not said (TikTok, `platforms/tiktok.md` §1, §7, §8, §12, §13). Both sides pass through here, so an untouched object
//! shows no drift.

use super::{
    money::AMOUNTS,
    wire::{decimal, plain},
    words::UNLIMITED,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use placard_domain::marker::Marker;
use serde_json::{Value, json};

/// TikTok's form of moments, UTC (§2).
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// An ad group's fields that hold moments.
pub(super) const START: &str = "schedule_start_time";
pub(super) const END: &str = "schedule_end_time";

/// Parameters behind an ad's address.
pub(super) const TAGS: &str = "utm_params";

/// Fields that hold lists of words or ids, of which the order says nothing.
const LISTS: &[&str] = &[
    "location_ids",
    "age_groups",
    "languages",
    "interest_category_ids",
    "audience_ids",
    "excluded_audience_ids",
    "image_ids",
];

/// Fields that are on or off.
const SWITCHES: &[&str] =
    &["budget_optimize_on", "smart_audience_enabled", "smart_interest_behavior_enabled"];

/// Fields that hold ids.
const IDS: &[&str] =
    &["campaign_id", "adgroup_id", "pixel_id", "identity_id", "page_id", "identity_authorized_bc_id"];

/// What TikTok calls a field when it reads it back, where that differs (§13).
pub(super) const fn other_name(field: &str) -> Option<&'static str> {
    match field.as_bytes() {
        b"excluded_audience_ids" => Some("exclude_audience_ids"),
        _ => None,
    }
}

/// `value` of `field` in its canonical form; `None` if it says no more than an absent one.
pub(super) fn field(name: &str, value: &Value) -> Option<Value> {
    match name {
        _ if value.is_null() => None,
        "campaign_name" | "adgroup_name" | "ad_name" => Some(Marker::strip(value.as_str()?).into()),
        _ if name == "roas_bid" || AMOUNTS.contains(&name) => amount(value),
        START | END => moment(value).map(time),
        TAGS => Some(tags(value)),
        _ if LISTS.contains(&name) => Some(words(value)),
        // A reference to an object that has no id yet stays as it is.
        _ if IDS.contains(&name) && !value.is_object() => Some(plain(value).into()),
        _ => Some(value.clone()),
    }
}

/// What TikTok means by leaving `field` out; `None` where it means nothing.
pub(super) fn absent(field: &str) -> Option<Value> {
    match field {
        "gender" => Some(UNLIMITED.into()),
        TAGS => Some(json!([])),
        END => Some(Value::Null),
        _ if LISTS.contains(&field) => Some(json!([])),
        _ if SWITCHES.contains(&field) => Some(false.into()),
        _ => None,
    }
}

/// The form of moments.
pub(super) fn time(instant: DateTime<Utc>) -> Value {
    instant.format(TIME).to_string().into()
}

/// The moment that `value` names.
pub(super) fn moment(value: &Value) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(value.as_str()?, TIME).ok().map(|moment| moment.and_utc())
}

/// Amounts are text without needless zeros; an unset one is absent or zero.
fn amount(value: &Value) -> Option<Value> {
    let amount = decimal(value)?.normalize();
    (!amount.is_zero()).then(|| amount.to_string().into())
}

/// A list of words in order, each once. One with references in it stays as it is.
fn words(value: &Value) -> Value {
    let Some(items) = value.as_array() else { return json!([]) };
    if items.iter().any(Value::is_object) {
        return value.clone();
    }
    let mut words: Vec<String> = items.iter().map(plain).collect();
    words.sort_unstable();
    words.dedup();
    words.into()
}

/// Parameters by their keys.
fn tags(value: &Value) -> Value {
    let tag = |tag: &Value| Some((plain(tag.get("key")?), plain(tag.get("value")?)));
    let mut tags: Vec<(String, String)> = value.as_array().into_iter().flatten().filter_map(tag).collect();
    tags.sort_unstable();
    tags.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_text_without_needless_zeros_and_none_when_it_is_zero() {
        for (value, expected) in [(json!(50.5), "50.5"), (json!("50.50"), "50.5"), (json!(2000), "2000")] {
            assert_eq!(field("budget", &value), Some(json!(expected)));
        }
        assert_eq!(field("budget", &json!(0)), None);
        assert_eq!(field("budget", &json!(0.0)), None);
    }

    #[test]
    fn lists_have_no_order_and_no_repetition_and_ids_are_text() {
        assert_eq!(field("location_ids", &json!([6252001, "2635167"])), Some(json!(["2635167", "6252001"])));
        let tags = json!([{"key": "b", "value": "2"}, {"key": "a", "value": 1}]);
        let expected = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]);
        assert_eq!(field(TAGS, &tags), Some(expected));
        assert_eq!(field("page_id", &json!(7001)), Some(json!("7001")));
    }

    #[test]
    fn what_is_left_out_means_what_tiktok_means_by_it() {
        assert_eq!(absent("languages"), Some(json!([])));
        assert_eq!(absent("gender"), Some(json!("GENDER_UNLIMITED")));
        assert_eq!(absent("budget_optimize_on"), Some(json!(false)));
        assert_eq!(absent("ad_text"), None);
    }

    #[test]
    fn moments_are_utc() {
        let moment = field(START, &json!("2026-11-30 23:00:00")).unwrap();
        assert_eq!(moment, json!("2026-11-30 23:00:00"));
        assert_eq!(field(END, &json!("never")), None);
    }
}
