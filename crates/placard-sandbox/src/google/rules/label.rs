//! Labels, their links, and conversion actions (Google, `platforms/google.md` §4).

use serde_json::{Value, json};

use super::{Errors, Fields, missing, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::{Kind, Lifecycle};
use crate::google::store::{Resource, int_at, last_id};

pub(super) fn check(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    if text::name(old, fields, 80, errors) {
        let name = string(fields, "name");
        if name_taken(desk, Kind::Label, old, name) {
            let text = "A label with this name already exists.";
            let error = AdsError::new("labelError", "DUPLICATE_NAME", text);
            errors.push(error.at("name").trigger(json!(name)));
        }
    }
    let Some(label) = fields.get("textLabel") else { return };
    if let Some(colour) = label["backgroundColor"].as_str() {
        let digits = colour.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let text = "A colour looks like #0a7f42.";
            let error = AdsError::new("stringFormatError", "INVALID_FORMAT", text);
            errors.push(error.at("text_label.background_color").trigger(json!(colour)));
        }
    }
    if label["description"].as_str().is_some_and(|text| text.chars().count() > 200) {
        let text = "The description is longer than 200.";
        let error = AdsError::new("stringLengthError", "TOO_LONG", text);
        errors.push(error.at("text_label.description"));
    }
}

fn name_taken(desk: &Desk<'_>, kind: Kind, old: Option<&Resource>, name: &str) -> bool {
    desk.world.google.owned(&desk.customer.id, kind).any(|other| {
        !other.is_removed() && other.text("name") == name && old.is_none_or(|old| old.name != other.name)
    })
}

pub(super) fn check_link(desk: &Desk<'_>, kind: Kind, fields: &Fields, errors: &mut Errors) {
    let (member, holder, family, code) = match kind {
        Kind::AdGroupLabel => ("adGroup", Kind::AdGroup, "adGroupError", "ADGROUP_LABEL_ALREADY_EXISTS"),
        Kind::AdGroupAdLabel => {
            ("adGroupAd", Kind::AdGroupAd, "adGroupAdError", "AD_GROUP_AD_LABEL_ALREADY_EXISTS")
        }
        _ => ("campaign", Kind::Campaign, "campaignError", "CAMPAIGN_LABEL_ALREADY_EXISTS"),
    };
    let place = crate::google::schema::snake(member);
    for (member, kind, place) in [(member, holder, place.as_str()), ("label", Kind::Label, "label")] {
        match fields.contains_key(member) {
            true => errors.extend(desk.refer(kind, string(fields, member), place).err()),
            false => errors.push(AdsError::required(place)),
        }
    }
    let holder = string(fields, member);
    let ids = holder.rsplit('/').next().unwrap_or_default();
    let name = format!("customers/{}/{kind}/{ids}~{}", desk.customer.id, last_id(string(fields, "label")));
    if desk.get(&name).is_some_and(|link| !link.is_removed()) {
        errors.push(AdsError::new(family, code, "The label is there already."));
    }
}

/// A removed label is taken off everything.
pub(super) fn after(desk: &mut Desk<'_>, label: &Resource) {
    if !label.is_removed() {
        return;
    }
    for kind in [Kind::CampaignLabel, Kind::AdGroupLabel, Kind::AdGroupAdLabel] {
        let links: Vec<Resource> = desk.world.google.below(&label.name, kind).cloned().collect();
        for mut link in links.into_iter().filter(|link| !link.is_removed()) {
            desk.set_state(&mut link, Lifecycle::Removed);
            desk.put(link);
        }
    }
}

pub(super) fn check_conversion(
    desk: &Desk<'_>,
    old: Option<&Resource>,
    fields: &mut Fields,
    errors: &mut Errors,
) {
    let error = |code, message: &str| AdsError::new("conversionActionError", code, message);
    if text::name(old, fields, 100, errors) {
        let name = string(fields, "name");
        if name_taken(desk, Kind::ConversionAction, old, name) {
            let text = "A conversion action with this name already exists.";
            errors.push(error("DUPLICATE_NAME", text).at("name").trigger(json!(name)));
        }
    }
    match fields.get("type").and_then(Value::as_str) {
        None => errors.push(missing(old, "type")),
        Some("WEBPAGE" | "UPLOAD_CLICKS" | "UPLOAD_CALLS" | "AD_CALL" | "WEBSITE_CALL") => {}
        Some(_) => {
            errors
                .push(error("CREATION_NOT_SUPPORTED", "Such a conversion action cannot be made.").at("type"));
        }
    }
    fields.entry("category").or_insert(json!("DEFAULT"));
    fields.entry("primaryForGoal").or_insert(json!(true));
    fields.entry("countingType").or_insert(json!("MANY_PER_CLICK"));
    fields.entry("clickThroughLookbackWindowDays").or_insert(json!("30"));
    fields.entry("viewThroughLookbackWindowDays").or_insert(json!("1"));
    for (member, most) in [("clickThroughLookbackWindowDays", 90), ("viewThroughLookbackWindowDays", 30)] {
        let days = int_at(fields, &[member]);
        if let Some(days) = days.filter(|days| !(1..=most).contains(days)) {
            let code = if days < 1 { "TOO_LOW" } else { "TOO_HIGH" };
            let error = AdsError::new("rangeError", code, format!("The window has 1 to {most} days."));
            errors.push(error.at(&crate::google::schema::snake(member)).trigger(json!(days)));
        }
    }
}
