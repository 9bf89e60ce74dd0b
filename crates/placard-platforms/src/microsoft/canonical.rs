//! The one form in which a field is compared, whether it comes from a spec or from Microsoft.
//!
//! Microsoft shows more than it was sent, replaces words by others that mean the same, and has dates in three parts
//! (Microsoft, `platforms/microsoft.md` §2, §4). Both sides pass through here, so an untouched object shows no drift.

use super::{
    goals::{Bidding, MAX_CPC, TARGET_CPA, TARGET_ROAS},
    money::AMOUNTS,
    wire::{at, decimal, plain, text_at},
};
use chrono::{Datelike, NaiveDate};
use placard_domain::marker::Marker;
use serde_json::{Map, Value, json};

/// The bidding scheme with its settings.
pub(super) const BIDDING: &str = "BiddingScheme";

/// The ends of an ad group's flight, whole days (§4).
pub(super) const START: &str = "StartDate";
pub(super) const END: &str = "EndDate";

/// Words behind an ad's address.
pub(super) const SUFFIX: &str = "FinalUrlSuffix";

/// Groups of targets that are the only ones reached. It stands for a setting among others (§2, Setting).
pub(super) const STRICT: &str = "TargetSetting";

/// The groups that a spec can be strict about.
pub(super) const GROUPS: [&str; 2] = ["Age", "Gender"];

/// Fields that hold lists of words, of which the order says nothing.
const LISTS: &[&str] = &["Languages", "FinalUrls"];

/// Fields that hold asset links (§4, responsive search ads).
pub(super) const LINES: [&str; 2] = ["Headlines", "Descriptions"];

/// From this year on, an end means that there is none (§4).
const NEVER: i32 = 2050;

/// What Microsoft's `entry` shows of `field`, in canonical form; `None` if it shows nothing.
pub(super) fn shown(entry: &Value, name: &str) -> Option<Value> {
    match name {
        STRICT => Some(strict(entry)),
        START | END => date(at(entry, name)?).map(|date| date.to_string().into()),
        _ if LINES.contains(&name) => Some(lines(at(entry, name)?)),
        _ => field(name, at(entry, name)?),
    }
}

/// `value` of `field` in its canonical form; `None` if it says no more than an absent one.
pub(super) fn field(name: &str, value: &Value) -> Option<Value> {
    match name {
        _ if value.is_null() => None,
        "Name" => Some(Marker::strip(value.as_str()?).into()),
        BIDDING => bidding(value),
        SUFFIX | "Path1" | "Path2" => value.as_str().filter(|text| !text.is_empty()).map(Value::from),
        "Text" => Some(value.as_str()?.to_lowercase().into()),
        _ if AMOUNTS.contains(&name) => Some(number(value)?.into()),
        _ if LISTS.contains(&name) || LINES.contains(&name) || name == STRICT => Some(words(value)),
        // A reference to an object that has no id yet stays as it is.
        _ if name.ends_with("Id") && !value.is_object() => Some(plain(value).into()),
        _ => Some(value.clone()),
    }
}

/// The scheme with those of its settings that a spec can give.
pub(super) fn scheme(bidding: Bidding, setting: Option<(&str, String)>) -> Value {
    let mut scheme = Map::from_iter([("Type".to_owned(), bidding.word().into())]);
    if let Some((name, text)) = setting {
        let value = if name == MAX_CPC { json!({"Amount": text}) } else { text.into() };
        scheme.insert(name.to_owned(), value);
    }
    Value::Object(scheme)
}

/// A date in three parts.
pub(super) fn parts(date: NaiveDate) -> Value {
    json!({"Day": date.day(), "Month": date.month(), "Year": date.year()})
}

/// The end that clears an end.
pub(super) fn never() -> Value {
    json!({"Day": 1, "Month": 1, "Year": NEVER})
}

fn date(value: &Value) -> Option<NaiveDate> {
    let part = |name: &str| value.get(name)?.as_i64();
    let (year, month, day) = (part("Year")?, part("Month")?, part("Day")?);
    let year = i32::try_from(year).ok().filter(|year| *year < NEVER)?;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// A scheme under its short name, which some have beside the long one (§2), with the settings that are there.
fn bidding(value: &Value) -> Option<Value> {
    let word = text_at(value, "Type")?;
    let short = |bidding: &Bidding| {
        let stem = |word: &str| word.trim_end_matches("BiddingScheme").to_owned();
        stem(bidding.word()) == stem(&word)
    };
    let word =
        Bidding::ALL.iter().find(|bidding| short(bidding)).map_or(word, |known| known.word().to_owned());
    let mut found = Map::from_iter([("Type".to_owned(), word.into())]);
    if let Some(amount) = at(value, &format!("{MAX_CPC}.Amount")).and_then(number) {
        found.insert(MAX_CPC.to_owned(), json!({"Amount": amount}));
    }
    for name in [TARGET_CPA, TARGET_ROAS] {
        found.extend(at(value, name).and_then(number).map(|number| (name.to_owned(), number.into())));
    }
    Some(Value::Object(found))
}

/// The groups whose targets are the only ones reached.
fn strict(entry: &Value) -> Value {
    let list =
        |value: &Value, name: &str| at(value, name).and_then(Value::as_array).cloned().unwrap_or_default();
    let settings = list(entry, "Settings")
        .into_iter()
        .filter(|setting| text_at(setting, "Type").is_some_and(|word| word.starts_with(STRICT)));
    let details = settings.flat_map(|setting| list(&setting, "Details"));
    let on = details.filter(|detail| at(detail, "TargetAndBid").and_then(Value::as_bool) == Some(true));
    let groups = on.filter_map(|detail| text_at(&detail, "CriterionTypeGroup"));
    words(&groups.filter(|group| GROUPS.contains(&group.as_str())).map(Value::from).collect())
}

/// The texts of asset links.
fn lines(value: &Value) -> Value {
    let links = value.as_array().into_iter().flatten();
    words(&links.filter_map(|link| text_at(link, "Asset.Text")).map(Value::from).collect())
}

fn number(value: &Value) -> Option<String> {
    Some(decimal(value)?.normalize().to_string())
}

/// A list of words in order, each once.
fn words(value: &Value) -> Value {
    let mut words: Vec<String> = value.as_array().into_iter().flatten().map(plain).collect();
    words.sort_unstable();
    words.dedup();
    words.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_has_one_name_and_exact_amounts() {
        let seen = json!({BIDDING: {"Type": "MaxClicksBiddingScheme", "MaxCpc": {"Amount": 1.50}, "TargetCpa": null}});
        let made = scheme(Bidding::Clicks, Some((MAX_CPC, "1.5".to_owned())));
        assert_eq!(shown(&seen, BIDDING), Some(made));
        let other = json!({BIDDING: {"Type": "EnhancedCpc"}});
        assert_eq!(shown(&other, BIDDING), Some(json!({"Type": "EnhancedCpc"})));
        let empty = json!({BIDDING: {"Type": "MaxConversions", "MaxCpc": {"Amount": null}}});
        assert_eq!(shown(&empty, BIDDING), Some(scheme(Bidding::Conversions, None)));
    }

    #[test]
    fn an_end_far_away_is_none() {
        let entry = json!({END: never(), START: {"Day": 10, "Month": 11, "Year": 2026}});
        assert_eq!(shown(&entry, END), None);
        assert_eq!(shown(&entry, START), Some(json!("2026-11-10")));
    }

    #[test]
    fn lines_and_lists_have_no_order_and_capitals_of_keywords_mean_nothing() {
        let link = |text: &str| json!({"Asset": {"Type": "TextAsset", "Text": text, "Id": "7"}});
        let entry = json!({"Headlines": [link("b"), link("a")], "Languages": ["German", "English"], "Text": "Big Tent"});
        assert_eq!(shown(&entry, "Headlines"), Some(json!(["a", "b"])));
        assert_eq!(shown(&entry, "Languages"), Some(json!(["English", "German"])));
        assert_eq!(shown(&entry, "Text"), Some(json!("big tent")));
    }

    #[test]
    fn only_groups_that_are_switched_on_restrict() {
        let detail = |group: &str, on: bool| json!({"CriterionTypeGroup": group, "TargetAndBid": on});
        let settings = json!([{"Type": "TargetSetting", "Details": [detail("Gender", true), detail("Age", false),
            detail("Audience", true)]}]);
        assert_eq!(shown(&json!({"Settings": settings}), STRICT), Some(json!(["Gender"])));
        assert_eq!(shown(&json!({}), STRICT), Some(json!([])));
    }
}
