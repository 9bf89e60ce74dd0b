//! Campaigns (Google, `platforms/google.md` §4).

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeZone, Utc};
use serde_json::{Map, Value, json};

use super::{Errors, Fields, bidding, budget, missing, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::Kind;
use crate::google::store::{Learning, LearningCause, Resource};
use crate::wire::{WireEnum, wire_enum};

wire_enum! {
    /// The channels that are served.
    pub(crate) enum Channel {
        Search = "SEARCH",
        Display = "DISPLAY",
    }
}

fn error(code: &'static str, message: &str) -> AdsError {
    AdsError::new("campaignError", code, message)
}

pub(super) fn check(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    name(desk, old, fields, errors);
    if !fields.contains_key("advertisingChannelType") {
        errors.push(missing(old, "advertising_channel_type"));
        return;
    }
    let Some(channel) = Channel::parse(string(fields, "advertisingChannelType")) else {
        let message = "The sandbox serves SEARCH and DISPLAY campaigns only.";
        errors.push(error("INCOMPATIBLE_CAMPAIGN_FIELD", message).at("advertising_channel_type"));
        return;
    };
    for member in ["advertisingChannelSubType", "brandGuidelinesEnabled", "aiMaxSetting"] {
        let served = member == "aiMaxSetting" && channel == Channel::Search;
        if fields.contains_key(member) && !served {
            let message = "The field does not go with this kind of campaign.";
            errors.push(
                error("INCOMPATIBLE_CAMPAIGN_FIELD", message).at(&crate::google::schema::snake(member)),
            );
        }
    }
    if !fields.contains_key("containsEuPoliticalAdvertising") {
        errors.push(missing(old, "contains_eu_political_advertising"));
    }
    bidding::check(desk, old, channel, fields, errors);
    networks(channel, fields, errors);
    let geo = fields.entry("geoTargetTypeSetting").or_insert_with(|| json!({}));
    for member in ["positiveGeoTargetType", "negativeGeoTargetType"] {
        if geo[member].is_null() {
            geo[member] = json!("PRESENCE_OR_INTEREST");
        }
    }
    flight(desk, old, fields, errors);
    attached_budget(desk, old, fields, errors);
    text::parameters(fields, "", errors);
}

fn name(desk: &Desk<'_>, old: Option<&Resource>, fields: &Fields, errors: &mut Errors) {
    if !text::name(old, fields, text::NAME, errors) {
        return;
    }
    let name = string(fields, "name");
    if name.contains(['\0', '\n', '\r']) {
        let message = "A name has no NUL, line feed or carriage return.";
        errors.push(error("INVALID_CAMPAIGN_NAME", message).at("name").trigger(json!(name)));
    }
    let taken = desk.world.google.owned(&desk.customer.id, Kind::Campaign).any(|other| {
        !other.is_removed() && other.text("name") == name && old.is_none_or(|old| old.name != other.name)
    });
    if taken {
        let message = "A campaign with this name already exists.";
        errors.push(error("DUPLICATE_CAMPAIGN_NAME", message).at("name").trigger(json!(name)));
    }
}

fn networks(channel: Channel, fields: &mut Fields, errors: &mut Errors) {
    let defaults = match channel {
        Channel::Search => (true, true, false),
        Channel::Display => (false, false, true),
    };
    let given = fields.contains_key("networkSettings");
    let settings = fields.entry("networkSettings").or_insert_with(|| json!({}));
    let others = if given { (false, false, false) } else { defaults };
    for (member, value) in [
        ("targetGoogleSearch", others.0),
        ("targetSearchNetwork", others.1),
        ("targetContentNetwork", others.2),
        ("targetPartnerSearchNetwork", false),
    ] {
        if settings[member].is_null() {
            settings[member] = json!(value);
        }
    }
    let on = |member: &str| settings[member] == json!(true);
    if on("targetSearchNetwork") && !on("targetGoogleSearch") {
        let code = "CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH";
        let message = "The search network needs Google search.";
        errors.push(error(code, message).at("network_settings.target_search_network"));
    }
    if !["targetGoogleSearch", "targetContentNetwork", "targetPartnerSearchNetwork", "targetYoutube"]
        .iter()
        .any(|member| on(member))
    {
        let message = "A campaign targets at least one network.";
        errors.push(error("CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK", message).at("network_settings"));
    }
}

const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// A campaign's date and time, which counts in the customer's zone.
pub(crate) fn local_time(
    fields: &Map<String, Value>,
    member: &str,
    zone: chrono_tz::Tz,
) -> Option<DateTime<Utc>> {
    let at = NaiveDateTime::parse_from_str(fields.get(member)?.as_str()?, FORM).ok()?;
    // An hour that the clocks skip stands for the one that follows.
    let local = zone.from_local_datetime(&at).earliest();
    local
        .or_else(|| zone.from_local_datetime(&(at + chrono::TimeDelta::hours(1))).earliest())
        .map(|at| at.to_utc())
}

fn flight(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    let today = desk.world.now().with_timezone(&desk.customer.zone()).date_naive();
    let start_given = fields.contains_key("startDateTime");
    if !start_given {
        let start = today.and_time(NaiveTime::MIN).format(FORM).to_string();
        fields.insert("startDateTime".into(), json!(start));
    }
    let start = read_time(fields, "startDateTime", "start_date_time", errors);
    let end = read_time(fields, "endDateTime", "end_date_time", errors);
    let date = |code, message: &str, place: &str| AdsError::new("dateError", code, message).at(place);
    if start.is_some_and(|start| start.time() != NaiveTime::MIN) {
        let code = "DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY";
        errors.push(date(code, "The start is 00:00:00.", "start_date_time"));
    }
    if end.is_some_and(|end| end.time().format("%H:%M:%S").to_string() != "23:59:59") {
        let code = "DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY";
        errors.push(date(code, "The end is 23:59:59.", "end_date_time"));
    }
    let range = |code, message: &str, place: &str| AdsError::new("dateRangeError", code, message).at(place);
    let moved = |member: &str| old.is_none_or(|old| old.fields.get(member) != fields.get(member));
    if let Some(start) = start
        && moved("startDateTime")
    {
        let began = old.and_then(|old| local_time(&old.fields, "startDateTime", desk.customer.zone()));
        let ran = old.is_some_and(|old| old.first_active.is_some());
        if ran && began.is_some_and(|began| began <= desk.world.now()) {
            let code = "CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED";
            errors.push(error(code, "The campaign has started.").at("start_date_time"));
        } else if start.date() < today {
            errors.push(range("CANNOT_SET_DATE_TO_PAST", "The start is in the past.", "start_date_time"));
        }
    }
    if let Some(end) = end
        && moved("endDateTime")
        && end.date() < today
    {
        errors.push(range("CANNOT_SET_DATE_TO_PAST", "The end is in the past.", "end_date_time"));
    }
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        errors.push(range("START_DATE_AFTER_END_DATE", "The start is after the end.", "end_date_time"));
    }
}

fn read_time(fields: &Fields, member: &str, place: &str, errors: &mut Errors) -> Option<NaiveDateTime> {
    let text = fields.get(member)?.as_str().unwrap_or_default();
    // The parser takes numbers without their zeros; Google wants two digits.
    let read =
        NaiveDateTime::parse_from_str(text, FORM).ok().filter(|at| at.format(FORM).to_string() == text);
    if read.is_none() {
        let message = "A date and time looks like 2026-11-01 00:00:00.";
        errors.push(
            AdsError::new("dateError", "INVALID_STRING_DATE_TIME_SECONDS", message)
                .at(place)
                .trigger(json!(text)),
        );
    }
    read
}

fn attached_budget(desk: &Desk<'_>, old: Option<&Resource>, fields: &Fields, errors: &mut Errors) {
    const PLACE: &str = "campaign_budget";
    if !fields.contains_key("campaignBudget") {
        errors.push(missing(old, PLACE));
        return;
    }
    let name = string(fields, "campaignBudget");
    let held = match desk.refer(Kind::CampaignBudget, name, PLACE) {
        Ok(held) => held,
        Err(_) if desk.get(name).is_some_and(Resource::is_removed) => {
            let code = "CAMPAIGN_BUDGET_REMOVED";
            errors.push(AdsError::new("campaignBudgetError", code, "The budget is removed.").at(PLACE));
            return;
        }
        Err(error) => return errors.push(error),
    };
    let already = old.is_some_and(|old| old.text("campaignBudget") == name);
    if !held.flag("explicitlyShared") && !already && budget::uses(desk, name) > 0 {
        let code = "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS";
        let message = "The budget belongs to another campaign.";
        errors.push(AdsError::new("campaignBudgetError", code, message).at(PLACE).trigger(json!(name)));
    }
    if held.text("period") == "CUSTOM_PERIOD" && !fields.contains_key("endDateTime") {
        let message = "A campaign with a total budget has an end.";
        errors.push(error("END_DATE_TIME_REQUIRED_FOR_TOTAL_BUDGET", message).at("end_date_time"));
    }
}

/// Names the campaign's own budget after it, and lets smart bidding begin to learn.
pub(super) fn after(desk: &mut Desk<'_>, campaign: &Resource, old: Option<&Resource>) {
    let held = desk.get(campaign.text("campaignBudget")).cloned();
    if let Some(mut held) = held.filter(|held| !held.flag("explicitlyShared") && !campaign.is_removed())
        && held.text("name") != campaign.text("name")
    {
        held.fields.insert("name".into(), json!(campaign.text("name")));
        desk.put(held);
    }
    let chosen = bidding::strategy(&campaign.fields);
    let smart = chosen.is_some_and(bidding::Strategy::is_smart);
    let now = desk.world.now();
    let learning = match old {
        None => smart.then_some(Learning { since: now, cause: LearningCause::New }),
        Some(_) if !smart => None,
        Some(old) => {
            let setting = |of: &Resource| chosen.and_then(|chosen| of.fields.get(&chosen.member()).cloned());
            match setting(old) == setting(campaign) {
                true => campaign.learning.clone(),
                false => Some(Learning { since: now, cause: LearningCause::Setting }),
            }
        }
    };
    let changed = match (&learning, &campaign.learning) {
        (Some(new), Some(known)) => new.since != known.since || new.cause != known.cause,
        (None, None) => false,
        _ => true,
    };
    if changed {
        let mut campaign = campaign.clone();
        campaign.learning = learning;
        desk.put(campaign);
    }
}

/// A new or removed ad group lets the smart bidding of a campaign that has run learn again.
pub(super) fn relearn_composition(desk: &mut Desk<'_>, part: &Resource, old: Option<&Resource>) {
    let same = old.is_some_and(|old| old.is_removed() == part.is_removed());
    let campaign = desk.get(part.text("campaign")).cloned();
    if let Some(mut campaign) = campaign.filter(|campaign| !same && campaign.first_active.is_some())
        && campaign.learning.is_some()
    {
        campaign.learning = Some(Learning { since: desk.world.now(), cause: LearningCause::Composition });
        desk.put(campaign);
    }
}
