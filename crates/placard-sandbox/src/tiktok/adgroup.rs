//! What an ad group may be (TikTok, `platforms/tiktok.md` §8 to §11).

use chrono::{DateTime, Utc};
use serde_json::json;

use super::campaign::{Fields, list, need, text};
use super::error::{Code, Refusal, TikTokResult};
use super::fixtures;
use super::geo;
use super::money;
use super::read;
use super::spec;
use super::store::{Advertiser, Object};

/// The promotion of ad groups whose ads dial.
pub(crate) const DIALS: &str = "LEAD_GEN_CLICK_TO_CALL";

/// What never changes after the ad group was made.
pub(crate) const IMMUTABLE: &[&str] = &[
    "promotion_type",
    "promotion_target_type",
    "budget_mode",
    "click_attribution_window",
    "view_attribution_window",
    "engaged_view_attribution_window",
    "video_download_disabled",
    "bid_type",
];

/// The billing event of a goal; dead and read-only goals have none (§9).
fn billing(goal: &str) -> Option<&'static str> {
    Some(match goal {
        "CLICK" | "PAGE_VISIT" => "CPC",
        "REACH" | "SHOW" => "CPM",
        "ENGAGED_VIEW" | "ENGAGED_VIEW_FIFTEEN" => "CPV",
        "CONVERT"
        | "INSTALL"
        | "IN_APP_EVENT"
        | "LEAD_GENERATION"
        | "TRAFFIC_LANDING_PAGE_VIEW"
        | "CONVERSATION"
        | "FOLLOWERS"
        | "VALUE"
        | "AUTOMATIC_VALUE_OPTIMIZATION"
        | "MT_LIVE_ROOM"
        | "PRODUCT_CLICK_IN_LIVE"
        | "DESTINATION_VISIT"
        | "PREFERRED_LEAD"
        | "CONVERSION_LEADS" => "OCPM",
        _ => return None,
    })
}

fn goals(objective: &str) -> &'static [&'static str] {
    match objective {
        "REACH" => &["REACH", "SHOW"],
        "TRAFFIC" => &["CLICK", "TRAFFIC_LANDING_PAGE_VIEW", "DESTINATION_VISIT"],
        "VIDEO_VIEWS" => &["ENGAGED_VIEW", "ENGAGED_VIEW_FIFTEEN"],
        "ENGAGEMENT" => &["FOLLOWERS", "PAGE_VISIT", "MT_LIVE_ROOM"],
        "LEAD_GENERATION" => &["LEAD_GENERATION", "PREFERRED_LEAD", "CONVERT", "CLICK", "CONVERSATION"],
        "APP_PROMOTION" => &["INSTALL", "IN_APP_EVENT", "VALUE", "CLICK"],
        "WEB_CONVERSIONS" => &["CONVERT", "VALUE", "CLICK", "TRAFFIC_LANDING_PAGE_VIEW"],
        _ => &[],
    }
}

/// Goals that only some accounts may use.
const ALLOW_LISTED: &[&str] =
    &["CONVERSATION", "DESTINATION_VISIT", "AUTOMATIC_VALUE_OPTIMIZATION", "ENGAGED_VIEW_FIFTEEN"];

const WEB_EVENTS: &[&str] = &[
    "ON_WEB_ORDER",
    "SHOPPING",
    "INITIATE_ORDER",
    "ON_WEB_CART",
    "ON_WEB_ADD_TO_WISHLIST",
    "ADD_BILLING",
    "ON_WEB_DETAIL",
    "ON_WEB_SEARCH",
    "ON_WEB_REGISTER",
    "ON_WEB_SUBSCRIBE",
    "FORM",
    "CONSULT",
    "DOWNLOAD_START",
    "BUTTON",
];

const APP_EVENTS: &[&str] = &[
    "ACTIVE",
    "ACTIVE_REGISTER",
    "ACTIVE_PAY",
    "LOGIN",
    "NEXT_DAY_OPEN",
    "LAUNCH_APP",
    "IN_APP_CART",
    "IN_APP_DETAIL_UV",
    "IN_APP_AD_CLICK",
    "IN_APP_AD_IMPR",
    "ADD_TO_WISHLIST",
    "COMPLETE_TUTORIAL",
    "CREATE_GAMEROLE",
    "CREATE_GROUP",
    "JOIN_GROUP",
    "LOAN_COMPLETION",
    "RATE",
    "SALES_LEAD",
    "SEARCH",
    "SPEND_CREDITS",
    "UNLOCK_ACHIEVEMENT",
    "UPDATE_LEVEL",
    "AD_REVENUE_VALUE",
];

/// What an ad group is checked against.
pub(crate) struct Around<'a> {
    pub(crate) advertiser: &'a Advertiser,
    pub(crate) campaign: &'a Object,
    /// The ad group before an update.
    pub(crate) old: Option<&'a Object>,
    /// The first ad group of the campaign, if it is another one.
    pub(crate) first: Option<&'a Object>,
    pub(crate) now: DateTime<Utc>,
}

/// Checks an ad group, new or changed, and fills its defaults in.
pub(crate) fn check(fields: &mut Fields, around: &Around<'_>) -> TikTokResult<()> {
    spec::name("adgroup_name", need(fields, "adgroup_name")?)?;
    fields.entry("placement_type").or_insert_with(|| json!("PLACEMENT_TYPE_AUTOMATIC"));
    fields.entry("gender").or_insert_with(|| json!("GENDER_UNLIMITED"));
    goal(fields, around)?;
    promoted(fields, around)?;
    schedule(fields, around)?;
    budget(fields, around)?;
    bid(fields, around)?;
    audience(fields, around)?;
    attribution(fields)
}

fn goal(fields: &Fields, around: &Around<'_>) -> TikTokResult<()> {
    let (goal, event) = (need(fields, "optimization_goal")?, need(fields, "billing_event")?);
    let pays = billing(goal);
    let pays =
        pays.ok_or_else(|| Refusal::field("optimization_goal", format!("{goal} is not supported.")))?;
    if event != pays {
        return Err(Refusal::field("billing_event", format!("{goal} is billed by {pays}, not {event}.")));
    }
    read::word("optimization_goal", goal, goals(around.campaign.text("objective_type")))?;
    if ALLOW_LISTED.contains(&goal) && !around.advertiser.allow_listed {
        return Err(Refusal::new(Code::NotAllowListed, format!("The advertiser may not use {goal}.")));
    }
    let old = around.old.map(|old| old.text("optimization_goal"));
    if old.is_some_and(|old| old != goal && old.starts_with("ENGAGED_VIEW")) {
        return Err(Refusal::field("optimization_goal", "Cannot be changed."));
    }
    if goal == "REACH" {
        for (name, most) in [("frequency", 1000), ("frequency_schedule", 30)] {
            let value = fields.get(name).and_then(serde_json::Value::as_i64);
            let value = value.ok_or_else(|| Refusal::missing(name))?;
            if !(1..=most).contains(&value) {
                return Err(Refusal::field(name, format!("Must be between 1 and {most}.")));
            }
        }
    }
    Ok(())
}

/// What is advertised: pixel, app and event.
fn promoted(fields: &Fields, around: &Around<'_>) -> TikTokResult<()> {
    let objective = around.campaign.text("objective_type");
    let goal = need(fields, "optimization_goal")?;
    if !matches!(objective, "REACH" | "VIDEO_VIEWS") {
        let promotion = need(fields, "promotion_type")?;
        match objective {
            "TRAFFIC" => read::word("promotion_type", promotion, &["WEBSITE", "APP_ANDROID", "APP_IOS"])?,
            "ENGAGEMENT" => read::word("promotion_type", promotion, &["EXTERNAL_OR_DISPLAY"])?,
            "APP_PROMOTION" => read::word("promotion_type", promotion, &["APP_ANDROID", "APP_IOS"])?,
            "LEAD_GENERATION" => leads(fields, promotion, goal)?,
            _ => {}
        }
    }
    let site = objective == "LEAD_GENERATION"
        && text(fields, "promotion_type") == Some("LEAD_GENERATION")
        && { need(fields, "promotion_target_type")? == "EXTERNAL_WEBSITE" };
    let web = objective == "WEB_CONVERSIONS" || site;
    let own_pixel = fixtures::pixel(&around.advertiser.id).map(|(id, _)| id);
    match text(fields, "pixel_id") {
        None if web => return Err(Refusal::missing("pixel_id")),
        Some(pixel) if own_pixel != Some(pixel) => {
            return Err(Refusal::new(Code::NoObject, format!("Pixel {pixel} does not exist.")));
        }
        _ => {}
    }
    if objective == "APP_PROMOTION" {
        let app = need(fields, "app_id")?;
        if fixtures::app(&around.advertiser.id).map(|(id, _)| id) != Some(app) {
            return Err(Refusal::new(Code::NoObject, format!("App {app} does not exist.")));
        }
    }
    let events = if objective == "APP_PROMOTION" { APP_EVENTS } else { WEB_EVENTS };
    match (goal, text(fields, "optimization_event")) {
        (
            "ENGAGED_VIEW"
            | "ENGAGED_VIEW_FIFTEEN"
            | "CONVERSATION"
            | "PAGE_VISIT"
            | "TRAFFIC_LANDING_PAGE_VIEW"
            | "DESTINATION_VISIT",
            Some(_),
        ) => Err(Refusal::field("optimization_event", "Set by the goal; do not send it.")),
        ("CONVERT" | "VALUE" | "IN_APP_EVENT", None) => Err(Refusal::missing("optimization_event")),
        (_, Some(event)) => read::word("optimization_event", event, events),
        (_, None) => Ok(()),
    }
}

/// What leads come by: a form or a website, a message, or a call, each with goals of its own (§9).
fn leads(fields: &Fields, promotion: &str, goal: &str) -> TikTokResult<()> {
    let goals: &[&str] = match promotion {
        "LEAD_GENERATION" => &["LEAD_GENERATION", "PREFERRED_LEAD", "CONVERT", "CLICK"],
        DIALS => &["CLICK", "LEAD_GENERATION"],
        "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE" | "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE" => {
            &["CONVERSATION", "CLICK"]
        }
        _ => return Err(Refusal::field("promotion_type", format!("{promotion} brings no leads."))),
    };
    if promotion != "LEAD_GENERATION" && fields.contains_key("promotion_target_type") {
        let message = format!("Not allowed with {promotion}.");
        return Err(Refusal::field("promotion_target_type", message));
    }
    read::word("optimization_goal", goal, goals)
}

fn schedule(fields: &mut Fields, around: &Around<'_>) -> TikTokResult<()> {
    let kind = need(fields, "schedule_type")?.to_owned();
    let mut start = read::time("schedule_start_time", need(fields, "schedule_start_time")?)?;
    if around.old.is_none() && start < around.now {
        // A start in the past means now.
        start = around.now;
        fields.insert("schedule_start_time".into(), json!(read::told(start)));
    }
    if kind == "SCHEDULE_FROM_NOW" {
        fields.remove("schedule_end_time");
        return Ok(());
    }
    let end = read::time("schedule_end_time", need(fields, "schedule_end_time")?)?;
    if end <= start || end <= around.now {
        return Err(Refusal::field("schedule_end_time", "Must be after the start and in the future."));
    }
    if text(fields, "optimization_goal") == Some("ENGAGED_VIEW_FIFTEEN") && (end - start).num_days() > 30 {
        return Err(Refusal::field("schedule_end_time", "At most 30 days for this goal."));
    }
    Ok(())
}

/// Days of a schedule, begun ones counting whole.
fn days(fields: &Fields) -> TikTokResult<i64> {
    let (Some(start), Some(end)) = (text(fields, "schedule_start_time"), text(fields, "schedule_end_time"))
    else {
        return Ok(1);
    };
    let length = read::time("schedule_end_time", end)? - read::time("schedule_start_time", start)?;
    Ok((length.num_seconds() + 86_399).div_euclid(86_400))
}

fn budget(fields: &mut Fields, around: &Around<'_>) -> TikTokResult<()> {
    if around.campaign.flag("budget_optimize_on") {
        // The campaign's budget is the only one.
        fields.insert("budget_mode".into(), json!("BUDGET_MODE_INFINITE"));
        fields.remove("budget");
        return Ok(());
    }
    let mode = need(fields, "budget_mode")?;
    let total = mode == "BUDGET_MODE_TOTAL";
    let from_now = text(fields, "schedule_type") == Some("SCHEDULE_FROM_NOW");
    let refused = mode == "BUDGET_MODE_INFINITE"
        || (total && (from_now || around.campaign.text("budget_mode") == "BUDGET_MODE_DAY"));
    if refused {
        return Err(Refusal::field(
            "budget_mode",
            format!("{mode} does not go with the campaign or schedule."),
        ));
    }
    let currency = &around.advertiser.currency;
    let value = fields.get("budget").ok_or_else(|| Refusal::missing("budget"))?;
    let days = if total { days(fields)? } else { 1 };
    money::bounded("budget", money::micros("budget", value, currency)?, currency, 20, days)
}

fn bid(fields: &mut Fields, around: &Around<'_>) -> TikTokResult<()> {
    let cbo = around.campaign.flag("budget_optimize_on");
    if cbo && text(fields, "bid_type").is_none() {
        return Err(Refusal::missing("bid_type"));
    }
    if cbo {
        fields.insert("pacing".into(), json!("PACING_MODE_SMOOTH"));
    }
    fields.entry("bid_type").or_insert_with(|| json!("BID_TYPE_NO_BID"));
    let custom = text(fields, "bid_type") == Some("BID_TYPE_CUSTOM");
    if let Some(first) = around.first.filter(|_| cbo) {
        for name in ["bid_type", "optimization_event"] {
            if text(fields, name).unwrap_or_default() != first.text(name) {
                return Err(Refusal::field(name, "All ad groups of the campaign keep that of the first."));
            }
        }
    }
    if need(fields, "pacing")? == "PACING_MODE_FAST" && !custom {
        return Err(Refusal::field("pacing", "PACING_MODE_FAST needs a bid."));
    }
    let name = if need(fields, "billing_event")? == "OCPM" { "conversion_bid_price" } else { "bid_price" };
    if !custom {
        if around.old.is_some() && fields.contains_key(name) {
            return Err(Refusal::field(name, "No bid can be added to an ad group without one."));
        }
        return value_bid(fields);
    }
    let currency = &around.advertiser.currency;
    let bid = fields.get(name).ok_or_else(|| Refusal::missing(name))?;
    let bid = money::micros(name, bid, currency)?;
    let purse = fields.get("budget").or_else(|| around.campaign.fields.get("budget"));
    if let Some(budget) = purse
        && bid >= money::micros("budget", budget, currency)?
    {
        return Err(Refusal::field(name, "Must be below the budget."));
    }
    value_bid(fields)
}

fn value_bid(fields: &Fields) -> TikTokResult<()> {
    if text(fields, "optimization_goal") != Some("VALUE") {
        return Ok(());
    }
    let deep = need(fields, "deep_bid_type")?;
    read::word("deep_bid_type", deep, &["VO_MIN_ROAS", "VO_HIGHEST_VALUE"])?;
    match deep == "VO_MIN_ROAS" && !fields.contains_key("roas_bid") {
        true => Err(Refusal::missing("roas_bid")),
        false => Ok(()),
    }
}

fn audience(fields: &Fields, around: &Around<'_>) -> TikTokResult<()> {
    let (places, codes) = (list(fields, "location_ids"), list(fields, "zipcode_ids"));
    if places.is_empty() && codes.is_empty() {
        return Err(Refusal::missing("location_ids"));
    }
    read::at_most("location_ids", places.len() + codes.len(), 3000)?;
    geo::check(&places)?;
    let in_us = |places: &[String]| places.iter().any(|id| geo::country_of(id) == Some("US"));
    if around.old.is_some_and(|old| in_us(&list(&old.fields, "location_ids"))) && !in_us(&places) {
        return Err(Refusal::field("location_ids", "An ad group in the US has to keep a place there."));
    }
    let minors = list(fields, "age_groups").iter().any(|age| age == "AGE_13_17");
    if minors && places.iter().filter_map(|id| geo::country_of(id)).any(geo::restricts_minors) {
        return Err(Refusal::new(Code::MinorsRestricted, "Ages 13-17 cannot be targeted at these places."));
    }
    if fields.contains_key("household_income") && !places.iter().all(|id| geo::country_of(id) == Some("US")) {
        return Err(Refusal::field("household_income", "Only in the US."));
    }
    if let Some(hours) = text(fields, "dayparting")
        && (hours.len() != 336 || hours.bytes().any(|byte| !matches!(byte, b'0' | b'1')))
    {
        return Err(Refusal::field("dayparting", "Has to be 336 characters of 0 and 1."));
    }
    for name in ["audience_ids", "excluded_audience_ids"] {
        if let Some(id) = list(fields, name).first() {
            return Err(no_audience(id));
        }
    }
    if let Some(id) = text(fields, "saved_audience_id") {
        return Err(no_audience(id));
    }
    placements(fields, around)
}

/// Audiences are not served, so none exists.
fn no_audience(id: &str) -> Refusal {
    Refusal::new(Code::NoObject, format!("Audience {id} does not exist."))
}

fn placements(fields: &Fields, around: &Around<'_>) -> TikTokResult<()> {
    if need(fields, "placement_type")? != "PLACEMENT_TYPE_NORMAL" {
        return Ok(());
    }
    let places = list(fields, "placements");
    if places.is_empty() {
        return Err(Refusal::missing("placements"));
    }
    let page_view = around.campaign.text("objective_type") == "TRAFFIC"
        && text(fields, "optimization_goal") == Some("TRAFFIC_LANDING_PAGE_VIEW");
    match page_view && places == ["PLACEMENT_GLOBAL_APP_BUNDLE"] {
        true => Err(Refusal::field("placements", "Not only this one with the goal.")),
        false => Ok(()),
    }
}

/// Windows come in pairs; without any, the account's are in force.
fn attribution(fields: &mut Fields) -> TikTokResult<()> {
    const CLICK: &str = "click_attribution_window";
    const VIEW: &str = "view_attribution_window";
    let engaged = fields.contains_key("engaged_view_attribution_window");
    match (fields.contains_key(CLICK), fields.contains_key(VIEW)) {
        (true, true) => Ok(()),
        (false, false) if !engaged => {
            fields.insert(CLICK.into(), json!("SEVEN_DAYS"));
            fields.insert(VIEW.into(), json!("ONE_DAY"));
            Ok(())
        }
        (true, false) => Err(Refusal::missing(VIEW)),
        (false, _) => Err(Refusal::missing(CLICK)),
    }
}
