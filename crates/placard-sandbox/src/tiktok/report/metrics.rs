//! Figures as text: `-` where something is not available (TikTok, `platforms/tiktok.md` §18).

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::Members;
use super::query::{Dimension, Query};
use super::rows::Figures;
use crate::tiktok::error::{Refusal, TikTokResult};
use crate::tiktok::money;
use crate::tiktok::store::{Advertiser, Level, Object};
use crate::world::World;

const NOT_AVAILABLE: &str = "-";

/// Metrics that AUDIENCE reports have too.
const PEOPLE: &[&str] = &[
    "spend",
    "cpc",
    "cpm",
    "impressions",
    "gross_impressions",
    "clicks",
    "ctr",
    "conversion",
    "cost_per_conversion",
    "conversion_rate",
    "conversion_rate_v2",
    "real_time_conversion",
    "result",
    "cost_per_result",
    "result_rate",
    "real_time_result",
];

const BASIC: &[&str] = &[
    "cash_spend",
    "reach",
    "cost_per_1000_reached",
    "frequency",
    "secondary_goal_result",
    "video_play_actions",
    "complete_payment",
    "total_complete_payment_rate",
    "complete_payment_roas",
    "onsite_form",
    "cost_per_onsite_form",
    "form",
    "app_install",
    "real_time_app_install",
];

/// Metrics that the platform has and the simulation knows nothing of.
const UNKNOWN: &[&str] = &[
    "video_watched_2s",
    "video_watched_6s",
    "average_video_play",
    "average_video_play_per_user",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "engaged_view",
    "engaged_view_15s",
    "profile_visits",
    "likes",
    "comments",
    "shares",
    "follows",
    "clicks_on_music_disc",
    "page_content_view_events",
];

/// Names and settings.
const ATTRIBUTES: &[&str] = &[
    "campaign_name",
    "adgroup_name",
    "ad_name",
    "objective_type",
    "campaign_budget",
    "budget",
    "billing_event",
    "currency",
    "placement_type",
    "promotion_type",
    "app_promotion_type",
    "smart_target",
    "bid",
    "bid_strategy",
    "campaign_automation_type",
];

pub(super) fn check(name: &str, audience: bool) -> TikTokResult<()> {
    let known = PEOPLE.contains(&name)
        || (!audience && (BASIC.contains(&name) || UNKNOWN.contains(&name)))
        || ATTRIBUTES.contains(&name);
    match known {
        true => Ok(()),
        false => Err(Refusal::field("metrics", format!("{name} is no metric of this report_type."))),
    }
}

/// A quotient with two decimals; nothing of nothing is nothing.
fn ratio(part: Decimal, whole: i64) -> String {
    let value = if whole == 0 { Decimal::ZERO } else { part / Decimal::from(whole) };
    let mut value = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(2);
    value.to_string()
}

fn delivered(name: &str, figures: &Figures, currency: &str, counts_people: bool) -> String {
    let counts = &figures.counts;
    let spend = Decimal::new(counts.cost_micros, 6);
    let percent = |part: i64, whole: i64| ratio(Decimal::from(part) * Decimal::ONE_HUNDRED, whole);
    let reach = figures.reach();
    match name {
        "spend" | "cash_spend" => money::told(counts.cost_micros, currency),
        "cpc" => ratio(spend, counts.clicks),
        "cpm" => ratio(spend * Decimal::ONE_THOUSAND, counts.impressions),
        "impressions" | "gross_impressions" => counts.impressions.to_string(),
        "clicks" => counts.clicks.to_string(),
        "ctr" => percent(counts.clicks, counts.impressions),
        "conversion" | "real_time_conversion" => counts.conversions.to_string(),
        "cost_per_conversion" => ratio(spend, counts.conversions),
        "conversion_rate" => percent(counts.conversions, counts.clicks),
        "conversion_rate_v2" => percent(counts.conversions, counts.impressions),
        "result" | "real_time_result" => figures.results.to_string(),
        "cost_per_result" => ratio(spend, figures.results),
        "result_rate" => percent(figures.results, counts.impressions),
        "reach" if counts_people => reach.to_string(),
        "cost_per_1000_reached" if counts_people => ratio(spend * Decimal::ONE_THOUSAND, reach),
        "frequency" if counts_people => ratio(Decimal::from(counts.impressions), reach),
        "video_play_actions" => figures.plays.to_string(),
        "complete_payment" => figures.purchases.to_string(),
        // By its name a rate, in truth what all purchases are worth.
        "total_complete_payment_rate" => money::told(counts.value_micros, currency),
        "complete_payment_roas" => ratio(Decimal::from(counts.value_micros), counts.cost_micros),
        "onsite_form" => figures.leads.to_string(),
        "cost_per_onsite_form" => ratio(spend, figures.leads),
        "form" => figures.forms.to_string(),
        "app_install" | "real_time_app_install" => figures.installs.to_string(),
        _ => NOT_AVAILABLE.to_owned(),
    }
}

fn attribute(world: &World, name: &str, object: Option<&Object>, advertiser: &Advertiser) -> String {
    let at = |level: Level| match object {
        Some(object) if object.level == level => Some(object),
        Some(object) => match level {
            Level::Campaign => object.campaign.as_deref().and_then(|id| world.tiktok.get(id)),
            Level::AdGroup => object.ad_group.as_deref().and_then(|id| world.tiktok.get(id)),
            Level::Ad => None,
        },
        None => None,
    };
    let member = |level: Level, field: &str| {
        let value = at(level).and_then(|object| object.fields.get(field))?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let told = match name {
        "campaign_name" | "objective_type" | "app_promotion_type" => member(Level::Campaign, name),
        "campaign_budget" => member(Level::Campaign, "budget"),
        "adgroup_name" | "billing_event" | "placement_type" | "promotion_type" | "budget" => {
            member(Level::AdGroup, name)
        }
        "bid" => {
            member(Level::AdGroup, "bid_price").or_else(|| member(Level::AdGroup, "conversion_bid_price"))
        }
        "bid_strategy" => member(Level::AdGroup, "bid_type"),
        "ad_name" => member(Level::Ad, name),
        "currency" => Some(advertiser.currency.clone()),
        _ => None,
    };
    told.unwrap_or_else(|| NOT_AVAILABLE.to_owned())
}

/// The metrics of a row.
pub(super) fn row(
    world: &World,
    query: &Query,
    figures: &Figures,
    object: Option<&Object>,
    advertiser: &Advertiser,
) -> Members {
    // People are not counted by the hour.
    let counts_people = !query.audience && !query.has(Dimension::Hour);
    let value = |name: &String| match ATTRIBUTES.contains(&name.as_str()) {
        true => attribute(world, name, object, advertiser),
        false => delivered(name, figures, &advertiser.currency, counts_people),
    };
    query.metrics.iter().map(|name| (name.clone(), json!(value(name)))).collect()
}

/// The metrics of all rows together; people are not added up.
pub(super) fn sums(query: &Query, figures: &Figures) -> Members {
    let currency =
        query.advertisers.first().map(|advertiser| advertiser.currency.as_str()).unwrap_or_default();
    let value = |name: &str| -> Value { json!(delivered(name, figures, currency, false)) };
    query.metrics.iter().map(|name| (name.clone(), value(name))).collect()
}
