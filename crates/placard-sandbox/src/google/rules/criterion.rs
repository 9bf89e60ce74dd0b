//! Keywords and other criteria (Google, `platforms/google.md` §4, §9).

use serde_json::{Value, json};

use super::{Errors, Fields, campaign, derived_id, missing, money, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::geo;
use crate::google::kind::Kind;
use crate::google::store::Resource;

fn error(code: &'static str, message: &str) -> AdsError {
    AdsError::new("criterionError", code, message)
}

fn part<'a>(fields: &'a Fields, member: &str, name: &str) -> Option<&'a Value> {
    fields.get(member)?.get(name).filter(|value| !value.is_null())
}

/// Ages with the ids of their criteria.
pub(crate) const AGES: &[(&str, u64)] = &[
    ("AGE_RANGE_18_24", 503_001),
    ("AGE_RANGE_25_34", 503_002),
    ("AGE_RANGE_35_44", 503_003),
    ("AGE_RANGE_45_54", 503_004),
    ("AGE_RANGE_55_64", 503_005),
    ("AGE_RANGE_65_UP", 503_006),
    ("AGE_RANGE_UNDETERMINED", 503_999),
];
/// Genders with the ids of their criteria.
pub(crate) const GENDERS: &[(&str, u64)] = &[("MALE", 10), ("FEMALE", 11), ("UNDETERMINED", 20)];
const DEVICES: &[(&str, u64)] =
    &[("DESKTOP", 30_000), ("MOBILE", 30_001), ("TABLET", 30_002), ("CONNECTED_TV", 30_004)];

/// The id that a criterion's content decides; the same everywhere.
pub(super) fn id(fields: &Fields) -> u64 {
    let of_type = |member: &str, table: &[(&str, u64)]| {
        let word = part(fields, member, "type")?.as_str()?;
        table.iter().find(|(known, _)| *known == word).map(|(_, id)| *id)
    };
    let constant = |member: &str, name: &str| {
        part(fields, member, name)?.as_str()?.rsplit('/').next()?.parse::<u64>().ok()
    };
    if let Some(text) = part(fields, "keyword", "text").and_then(Value::as_str) {
        let kind = part(fields, "keyword", "matchType").and_then(Value::as_str).unwrap_or_default();
        return derived_id(&["keyword", &plain(text), kind]);
    }
    of_type("ageRange", AGES)
        .or_else(|| of_type("gender", GENDERS))
        .or_else(|| of_type("device", DEVICES))
        .or_else(|| constant("location", "geoTargetConstant"))
        .or_else(|| constant("language", "languageConstant"))
        .unwrap_or_else(|| {
            let content = [fields.get("proximity"), fields.get("adSchedule")];
            derived_id(&["content", &json!(content).to_string()])
        })
}

/// A keyword as it is compared: small letters, single spaces.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn of_ad_group(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    if !fields.contains_key("adGroup") {
        errors.push(missing(old, "ad_group"));
        return;
    }
    if let Err(error) = desk.refer(Kind::AdGroup, string(fields, "adGroup"), "ad_group") {
        return errors.push(error);
    }
    let kind = match ["keyword", "ageRange", "gender"].iter().find(|kind| fields.contains_key(**kind)) {
        Some(&"keyword") => "KEYWORD",
        Some(&"ageRange") => "AGE_RANGE",
        Some(&"gender") => "GENDER",
        _ => return errors.push(missing(old, "criterion")),
    };
    fields.insert("type".into(), json!(kind));
    content(fields, errors);
    let negative = fields.entry("negative").or_insert(json!(false)) == &json!(true);
    for member in ["cpcBidMicros", "finalUrls", "bidModifier"] {
        if negative && fields.contains_key(member) {
            let place = crate::google::schema::snake(member);
            errors.push(AdsError::unset(&place, "A negative criterion has no bid and no address."));
        }
    }
    money::bid(&desk.customer, fields, &["cpcBidMicros"], errors);
    modifier(fields, false, errors);
    text::urls(fields, "finalUrls", "final_urls", errors);
    text::parameters(fields, "", errors);
}

pub(super) fn of_campaign(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    if !fields.contains_key("campaign") {
        errors.push(missing(old, "campaign"));
        return;
    }
    let campaign = match desk.refer(Kind::Campaign, string(fields, "campaign"), "campaign") {
        Ok(campaign) => campaign.name.clone(),
        Err(error) => return errors.push(error),
    };
    const MEMBERS: &[(&str, &str)] = &[
        ("keyword", "KEYWORD"),
        ("ageRange", "AGE_RANGE"),
        ("gender", "GENDER"),
        ("location", "LOCATION"),
        ("proximity", "PROXIMITY"),
        ("language", "LANGUAGE"),
        ("adSchedule", "AD_SCHEDULE"),
        ("device", "DEVICE"),
    ];
    let Some((member, kind)) = MEMBERS.iter().find(|(member, _)| fields.contains_key(*member)) else {
        return errors.push(missing(old, "criterion"));
    };
    fields.insert("type".into(), json!(kind));
    content(fields, errors);
    let negative = fields.entry("negative").or_insert(json!(false)) == &json!(true);
    match *member {
        // A campaign excludes keywords, ages and genders; only ad groups target them.
        "keyword" => drop(fields.insert("negative".into(), json!(true))),
        "ageRange" | "gender" if !negative && !fields.contains_key("bidModifier") => {
            let text = "A campaign can only exclude this.";
            errors.push(error("CANNOT_TARGET_CRITERION", text).at(&crate::google::schema::snake(member)));
        }
        "language" | "adSchedule" | "device" | "proximity" if negative => {
            let text = "This criterion cannot be negative.";
            errors.push(error("CANNOT_EXCLUDE_CRITERION", text).at("negative"));
        }
        "adSchedule" => overlap(desk, &campaign, old, fields, errors),
        _ => {}
    }
    modifier(fields, *member == "device", errors);
}

/// What a criterion names: texts, constants, hours.
fn content(fields: &mut Fields, errors: &mut Errors) {
    if fields.contains_key("keyword") {
        keyword(fields, errors);
    }
    for member in ["ageRange", "gender", "device"] {
        if fields.contains_key(member) && part(fields, member, "type").is_none() {
            errors.push(AdsError::required(&format!("{}.type", crate::google::schema::snake(member))));
        }
    }
    for (member, name, known) in [
        ("location", "geoTargetConstant", (|name| geo::by_name(name).is_some()) as fn(&str) -> bool),
        ("language", "languageConstant", |name| geo::language(name).is_some()),
    ] {
        if !fields.contains_key(member) {
            continue;
        }
        let place = format!("{member}.{}", crate::google::schema::snake(name));
        match part(fields, member, name).and_then(Value::as_str) {
            None => errors.push(AdsError::required(&place)),
            Some(constant) if !known(constant) => {
                let error = error("INVALID_CRITERION_ID", "There is no such constant.");
                errors.push(error.at(&place).trigger(json!(constant)));
            }
            Some(_) => {}
        }
    }
    if fields.contains_key("proximity") {
        proximity(fields, errors);
    }
    if fields.contains_key("adSchedule") {
        schedule(fields, errors);
    }
}

fn keyword(fields: &Fields, errors: &mut Errors) {
    const PLACE: &str = "keyword.text";
    if part(fields, "keyword", "matchType").is_none() {
        errors.push(AdsError::required("keyword.match_type"));
    }
    let text = part(fields, "keyword", "text").and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() {
        return errors.push(AdsError::required(PLACE));
    }
    if text.chars().count() > 80 {
        let error = error("KEYWORD_TEXT_TOO_LONG", "A keyword has at most 80 characters.");
        errors.push(error.at(PLACE).trigger(json!(text)));
    }
    if text.split_whitespace().count() > 10 {
        let error = error("KEYWORD_HAS_TOO_MANY_WORDS", "A keyword has at most 10 words.");
        errors.push(error.at(PLACE).trigger(json!(text)));
    }
    if text
        .contains(['!', '@', '%', ',', '*', '(', ')', '=', '{', '}', ';', '~', '`', '<', '>', '?', '\\', '|'])
    {
        let error = error("KEYWORD_HAS_INVALID_CHARS", "A keyword has no such punctuation.");
        errors.push(error.at(PLACE).trigger(json!(text)));
    }
}

fn proximity(fields: &mut Fields, errors: &mut Errors) {
    if part(fields, "proximity", "geoPoint").is_none() && part(fields, "proximity", "address").is_none() {
        errors.push(AdsError::required("proximity.geo_point"));
    }
    match part(fields, "proximity", "radius").and_then(Value::as_f64) {
        None => errors.push(AdsError::required("proximity.radius")),
        Some(radius) if radius <= 0.0 || radius > 800.0 => {
            let code = if radius <= 0.0 { "TOO_LOW" } else { "TOO_HIGH" };
            let error = AdsError::new("rangeError", code, "The radius is out of range.");
            errors.push(error.at("proximity.radius").trigger(json!(radius)));
        }
        Some(_) => {}
    }
    if part(fields, "proximity", "radiusUnits").is_none()
        && let Some(proximity) = fields.get_mut("proximity")
    {
        proximity["radiusUnits"] = json!("KILOMETERS");
    }
}

/// A day's minutes from the start to the end of an interval.
pub(crate) fn minutes(schedule: &Value) -> (i64, i64) {
    let quarter = |member: &str| match schedule[member].as_str() {
        Some("FIFTEEN") => 15,
        Some("THIRTY") => 30,
        Some("FORTY_FIVE") => 45,
        _ => 0,
    };
    let hour = |member: &str| schedule[member].as_i64().unwrap_or(0) * 60;
    (hour("startHour") + quarter("startMinute"), hour("endHour") + quarter("endMinute"))
}

fn schedule(fields: &Fields, errors: &mut Errors) {
    for member in ["dayOfWeek", "startHour", "endHour", "startMinute", "endMinute"] {
        if part(fields, "adSchedule", member).is_none() {
            let place = format!("ad_schedule.{}", crate::google::schema::snake(member));
            errors.push(AdsError::required(&place));
        }
    }
    let schedule = fields.get("adSchedule").cloned().unwrap_or_default();
    for (member, most) in [("startHour", 23), ("endHour", 24)] {
        if let Some(hour) = schedule[member].as_i64().filter(|hour| !(0..=most).contains(hour)) {
            let code = if hour < 0 { "TOO_LOW" } else { "TOO_HIGH" };
            let place = format!("ad_schedule.{}", crate::google::schema::snake(member));
            let error = AdsError::new("rangeError", code, "There is no such hour.");
            errors.push(error.at(&place).trigger(json!(hour)));
        }
    }
    let (start, end) = minutes(&schedule);
    if start >= end || end > 1440 {
        let error = AdsError::new("rangeError", "TOO_LOW", "The interval ends before it starts.");
        errors.push(error.at("ad_schedule.end_hour"));
    }
}

fn overlap(desk: &Desk<'_>, campaign: &str, old: Option<&Resource>, fields: &Fields, errors: &mut Errors) {
    /// Intervals of one day.
    const MOST: usize = 6;
    let Some(own) = fields.get("adSchedule") else { return };
    let span = minutes(own);
    let others: Vec<(i64, i64)> = desk
        .world
        .google
        .below(campaign, Kind::CampaignCriterion)
        .filter(|other| !other.is_removed() && old.is_none_or(|old| old.name != other.name))
        .filter_map(|other| other.fields.get("adSchedule"))
        .filter(|other| other["dayOfWeek"] == own["dayOfWeek"] && *other != own)
        .map(minutes)
        .collect();
    if others.iter().any(|other| span.0 < other.1 && other.0 < span.1) {
        let text = "The intervals of a day may not overlap.";
        errors.push(error("AD_SCHEDULE_TIME_INTERVALS_OVERLAP", text).at("ad_schedule"));
    }
    if others.len() >= MOST {
        let text = "A day has at most six intervals.";
        errors.push(error("AD_SCHEDULE_EXCEEDED_INTERVALS_PER_DAY_LIMIT", text).at("ad_schedule"));
    }
}

/// Bid modifiers lie between 0.1 and 10; 0 opts a device out.
fn modifier(fields: &Fields, device: bool, errors: &mut Errors) {
    let Some(factor) = fields.get("bidModifier").and_then(Value::as_f64) else { return };
    if (0.1..=10.0).contains(&factor) || (device && factor.abs() < f64::EPSILON) {
        return;
    }
    let code = if factor < 0.1 { "TOO_LOW" } else { "TOO_HIGH" };
    let error = AdsError::new("rangeError", code, "A bid modifier lies between 0.1 and 10.");
    errors.push(error.at("bid_modifier").trigger(json!(factor)));
}

/// Other keywords in a campaign that has run let its smart bidding learn again.
pub(super) fn after(desk: &mut Desk<'_>, criterion: &Resource, old: Option<&Resource>) {
    let group = desk.get(criterion.text("adGroup")).cloned();
    if let Some(group) = group.filter(|_| criterion.fields.contains_key("keyword"))
        && old.is_some_and(|old| old.is_removed() != criterion.is_removed())
    {
        campaign::relearn_composition(desk, &group, None);
    }
}
