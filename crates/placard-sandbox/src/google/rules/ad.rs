//! Ads and their place in an ad group (Google, `platforms/google.md` §4).

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::campaign::Channel;
use super::{Errors, Fields, display, missing, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::{Kind, Lifecycle};
use crate::google::store::{Resource, Review};
use crate::meta::ads::DISAPPROVED_PHRASE;
use crate::wire::WireEnum;

/// Responsive search ads that may be enabled in one ad group.
const MOST_SEARCH_ADS: usize = 3;
/// Ads of other types in one ad group.
const MOST_ADS: usize = 50;

pub(super) fn check_link(
    desk: &Desk<'_>,
    old: Option<&Resource>,
    fields: &mut Fields,
    state: Lifecycle,
    errors: &mut Errors,
) {
    if !fields.contains_key("adGroup") {
        errors.push(missing(old, "ad_group"));
        return;
    }
    let group = match desk.refer(Kind::AdGroup, string(fields, "adGroup"), "ad_group") {
        Ok(group) => group.clone(),
        Err(error) => return errors.push(error),
    };
    let Some(mut ad) = fields.get("ad").and_then(Value::as_object).cloned() else {
        errors.push(missing(old, "ad"));
        return;
    };
    if old.is_none() {
        if ad.contains_key("resourceName") {
            errors.push(AdsError::unset("ad.resource_name", "An ad gets its name from Google Ads."));
        }
        check_ad(desk, None, &mut ad, "ad.", errors);
        fits(desk, &group, &ad, errors);
        fields.insert("ad".into(), Value::Object(ad.clone()));
    }
    room(desk, &group, old, &ad, state, errors);
}

/// Search ad groups show search ads, display ad groups display ads.
fn fits(desk: &Desk<'_>, group: &Resource, ad: &Fields, errors: &mut Errors) {
    let campaign = desk.get(group.text("campaign"));
    let channel = campaign.and_then(|campaign| Channel::parse(campaign.text("advertisingChannelType")));
    let wanted = match channel {
        Some(Channel::Display) => "responsiveDisplayAd",
        Some(Channel::Search) | None => "responsiveSearchAd",
    };
    let has_other = ["responsiveDisplayAd", "responsiveSearchAd"].iter().any(|kind| ad.contains_key(*kind));
    if has_other && !ad.contains_key(wanted) {
        let code = "OPERATION_NOT_PERMITTED_FOR_CONTEXT";
        let text = "The ad does not go with the ad group's channel.";
        errors.push(AdsError::new("contextError", code, text).at("ad"));
    }
}

fn room(
    desk: &Desk<'_>,
    group: &Resource,
    old: Option<&Resource>,
    ad: &Fields,
    state: Lifecycle,
    errors: &mut Errors,
) {
    let searches = |ad: &Resource| ad.fields.get("ad").is_some_and(|ad| !ad["responsiveSearchAd"].is_null());
    let others: Vec<&Resource> = desk
        .world
        .google
        .below(&group.name, Kind::AdGroupAd)
        .filter(|ad| !ad.is_removed() && old.is_none_or(|old| old.name != ad.name))
        .collect();
    let (most, kind, count) = if ad.contains_key("responsiveSearchAd") {
        let enabled = others.iter().filter(|ad| ad.is_enabled() && searches(ad)).count();
        (MOST_SEARCH_ADS, "RESPONSIVE_SEARCH_ADS_PER_AD_GROUP", enabled)
    } else {
        (MOST_ADS, "ADS_PER_AD_GROUP", others.iter().filter(|ad| !searches(ad)).count())
    };
    let counts = state == Lifecycle::Enabled || !ad.contains_key("responsiveSearchAd");
    if counts && count >= most {
        let text = "The ad group has as many ads as it may have.";
        let error = AdsError::new("resourceCountLimitExceededError", "AD_GROUP_AD_LIMIT", text);
        errors.push(error.details(json!({ "resourceCountDetails": {
            "enclosingId": group.own_id(), "enclosingResource": group.name, "limit": most, "limitType": kind,
            "existingCount": count,
        } })));
    }
}

/// Checks an ad's content; `place` is the way to it from the operation.
pub(super) fn check_ad(
    desk: &Desk<'_>,
    old: Option<&Resource>,
    fields: &mut Fields,
    place: &str,
    errors: &mut Errors,
) {
    let urls = fields.get("finalUrls").and_then(Value::as_array).is_some_and(|urls| !urls.is_empty());
    if !urls {
        let text = "An ad has at least one final URL.";
        let error = AdsError::new("fieldError", "REQUIRED_NONEMPTY_LIST", text);
        errors.push(error.at(&format!("{place}final_urls")));
    }
    text::urls(fields, "finalUrls", &format!("{place}final_urls"), errors);
    text::urls(fields, "finalMobileUrls", &format!("{place}final_mobile_urls"), errors);
    text::parameters(fields, place, errors);
    if fields.contains_key("name") {
        let at = format!("{place}name");
        errors.push(AdsError::unset(&at, "Responsive ads have no name."));
    }
    let search = fields.get("responsiveSearchAd").and_then(Value::as_object).cloned();
    let shown = fields.get("responsiveDisplayAd").and_then(Value::as_object).cloned();
    match (search, shown) {
        (Some(ad), _) => {
            fields.insert("type".into(), json!("RESPONSIVE_SEARCH_AD"));
            search_ad(&ad, &format!("{place}responsive_search_ad."), errors);
        }
        (None, Some(ad)) => {
            fields.insert("type".into(), json!("RESPONSIVE_DISPLAY_AD"));
            display::check(desk, &ad, &format!("{place}responsive_display_ad."), errors);
        }
        (None, None) => errors.push(missing(old, &format!("{place}ad_data"))),
    }
}

fn search_ad(ad: &Map<String, Value>, place: &str, errors: &mut Errors) {
    texts(ad, "headlines", (3, 15), 30, &["HEADLINE_1", "HEADLINE_2", "HEADLINE_3"], place, errors);
    texts(ad, "descriptions", (2, 4), 90, &["DESCRIPTION_1", "DESCRIPTION_2"], place, errors);
    for member in ["path1", "path2"] {
        line(string(ad, member), 15, &format!("{place}{member}"), errors);
    }
    if !string(ad, "path2").is_empty() && string(ad, "path1").is_empty() {
        let text = "path2 needs path1.";
        let error = AdsError::new("adError", "CANNOT_SET_PATH2_WITHOUT_PATH1", text);
        errors.push(error.at(&format!("{place}path2")));
    }
}

/// A line that is wider than its place.
pub(super) fn line(text: &str, most: usize, place: &str, errors: &mut Errors) {
    if text::width(text) > most {
        let message = format!("The line is wider than {most}.");
        errors.push(AdsError::new("adError", "LINE_TOO_WIDE", message).at(place).trigger(json!(text)));
    }
}

/// A list of texts: how many, how wide, all different, pinned where they may be.
pub(super) fn texts(
    ad: &Map<String, Value>,
    member: &str,
    (least, most): (usize, usize),
    width: usize,
    pins: &[&str],
    place: &str,
    errors: &mut Errors,
) {
    let list = ad.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let at = format!("{place}{}", crate::google::schema::snake(member));
    let size = |code, text: String| AdsError::new("collectionSizeError", code, text).at(&at);
    if list.len() < least {
        errors.push(size("TOO_FEW", format!("At least {least} are needed.")));
    }
    if list.len() > most {
        errors.push(size("TOO_MANY", format!("At most {most} are allowed.")));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let text = item["text"].as_str().unwrap_or_default();
        let here = format!("{at}[{index}]");
        if text.is_empty() {
            errors.push(AdsError::required(&format!("{here}.text")));
            continue;
        }
        line(text, width, &format!("{here}.text"), errors);
        if seen.contains(&text) {
            let message = "The same text is there twice.";
            let error = AdsError::new("assetError", "DUPLICATE_ASSET", message).at(&here);
            errors.push(error.trigger(json!(text)));
        }
        seen.push(text);
        if item["pinnedField"].as_str().is_some_and(|pin| !pins.contains(&pin)) {
            let message = "The text cannot be pinned there.";
            let error = AdsError::new("enumError", "ENUM_VALUE_NOT_PERMITTED", message);
            errors.push(error.at(&format!("{here}.pinned_field")).trigger(item["pinnedField"].clone()));
        }
    }
}

/// New content is reviewed.
pub(super) fn after(desk: &mut Desk<'_>, mut ad: Resource, old: Option<&Resource>) {
    if old.is_some_and(|old| old.fields.get("ad") == ad.fields.get("ad")) {
        return;
    }
    let copy = json!(ad.fields.get("ad")).to_string().to_lowercase();
    ad.review = Some(Review {
        until: desk.world.now() + desk.world.config.review.max(TimeDelta::zero()),
        refused: copy.contains(DISAPPROVED_PHRASE).then(|| DISAPPROVED_PHRASE.to_owned()),
    });
    desk.put(ad);
}
