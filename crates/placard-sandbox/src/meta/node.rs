//! Reading objects: which fields each kind has and how they are worked out (Meta, `platforms/meta.md` §8–§14).

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::edges::{self, Shape, Want};
use super::envelope::MetaResult;
use super::status::{self, Effective};
use super::videos;
use crate::object::{Kind, NodeId, Object};
use crate::world::World;

const CAMPAIGN: &[&str] = &[
    "id",
    "account_id",
    "name",
    "objective",
    "status",
    "configured_status",
    "effective_status",
    "buying_type",
    "bid_strategy",
    "daily_budget",
    "lifetime_budget",
    "budget_remaining",
    "spend_cap",
    "special_ad_categories",
    "special_ad_category",
    "special_ad_category_country",
    "is_adset_budget_sharing_enabled",
    "advantage_state_info",
    "issues_info",
    "recommendations",
    "smart_promotion_type",
    "adlabels",
    "source_campaign_id",
    "start_time",
    "stop_time",
    "created_time",
    "updated_time",
    "pacing_type",
    "promoted_object",
    "is_skadnetwork_attribution",
    "is_budget_schedule_enabled",
];

const AD_SET: &[&str] = &[
    "id",
    "account_id",
    "name",
    "campaign_id",
    "campaign",
    "targeting",
    "optimization_goal",
    "billing_event",
    "daily_budget",
    "lifetime_budget",
    "budget_remaining",
    "bid_strategy",
    "bid_amount",
    "bid_constraints",
    "start_time",
    "end_time",
    "promoted_object",
    "destination_type",
    "attribution_spec",
    "pacing_type",
    "adset_schedule",
    "daily_min_spend_target",
    "daily_spend_cap",
    "lifetime_min_spend_target",
    "lifetime_spend_cap",
    "frequency_control_specs",
    "dsa_beneficiary",
    "dsa_payor",
    "regional_regulated_categories",
    "regional_regulation_identities",
    "is_dynamic_creative",
    "optimization_sub_event",
    "status",
    "configured_status",
    "effective_status",
    "issues_info",
    "bid_info",
    "learning_stage_info",
    "recommendations",
    "review_feedback",
    "created_time",
    "updated_time",
    "adlabels",
    "is_incremental_attribution_enabled",
    "multi_optimization_goal_weight",
    "value_rule_set_id",
];

const AD: &[&str] = &[
    "id",
    "name",
    "account_id",
    "campaign_id",
    "campaign",
    "adset_id",
    "adset",
    "creative",
    "status",
    "configured_status",
    "effective_status",
    "issues_info",
    "ad_review_feedback",
    "failed_delivery_checks",
    "tracking_specs",
    "conversion_domain",
    "recommendations",
    "preview_shareable_link",
    "bid_amount",
    "source_ad_id",
    "created_time",
    "updated_time",
    "ad_active_time",
    "adlabels",
    "display_sequence",
    "ad_schedule_start_time",
    "ad_schedule_end_time",
];

const CREATIVE: &[&str] = &[
    "id",
    "account_id",
    "name",
    "status",
    "object_story_spec",
    "object_story_id",
    "asset_feed_spec",
    "effective_object_story_id",
    "effective_instagram_media_id",
    "object_type",
    "thumbnail_url",
    "image_hash",
    "image_url",
    "video_id",
    "call_to_action_type",
    "url_tags",
    "degrees_of_freedom_spec",
    "body",
    "title",
    "contextual_multi_ads",
    "authorization_category",
    "destination_spec",
    "adlabels",
    "link_url",
    "actor_id",
    "instagram_user_id",
];

const IMAGE: &[&str] = &[
    "id",
    "account_id",
    "hash",
    "name",
    "url",
    "url_128",
    "permalink_url",
    "width",
    "height",
    "original_width",
    "original_height",
    "status",
    "created_time",
    "updated_time",
    "creatives",
    "is_associated_creatives_in_adgroups",
];

const VIDEO: &[&str] = &[
    "id",
    "title",
    "name",
    "description",
    "length",
    "status",
    "picture",
    "permalink_url",
    "published",
    "created_time",
    "updated_time",
];

const FORM: &[&str] = &[
    "id",
    "name",
    "status",
    "locale",
    "questions",
    "privacy_policy_url",
    "legal_content",
    "page",
    "page_id",
    "created_time",
    "follow_up_action_url",
    "is_optimized_for_quality",
    "leads_count",
    "organic_leads_count",
    "context_card",
    "thank_you_page",
    "tracking_parameters",
    "block_display_for_non_targeted_viewer",
    "question_page_custom_headline",
    "allow_organic_lead",
];

const LABEL: &[&str] = &["id", "name", "account", "created_time", "updated_time"];

/// Fields of a kind that may be asked for, and the name of its node type in messages.
pub(crate) fn fields(kind: Kind) -> (&'static [&'static str], &'static str) {
    match kind {
        Kind::Campaign => (CAMPAIGN, "AdCampaignGroup"),
        Kind::AdSet => (AD_SET, "AdCampaign"),
        Kind::Ad => (AD, "AdGroup"),
        Kind::Creative => (CREATIVE, "AdCreative"),
        Kind::Image => (IMAGE, "AdImage"),
        Kind::Video => (VIDEO, "Video"),
        Kind::LeadForm => (FORM, "LeadGenData"),
        Kind::Label => (LABEL, "AdLabel"),
    }
}

/// Renders an object with the fields asked for; ones without a value are left out.
pub(crate) fn render(world: &World, object: &Object, shape: &Shape) -> MetaResult<Map<String, Value>> {
    let (known, node) = fields(object.kind);
    let mut out = Map::new();
    for want in shape.with_id() {
        if let Some(kind) = edges::object_edge(object.kind, &want.name) {
            let ids = edges::below(world, object, kind);
            out.insert(want.name.clone(), edges::nested_ids(world, &ids, kind, &want)?);
            continue;
        }
        edges::check_field(&want.name, known, node)?;
        if let Some(value) = reference(world, object, &want)? {
            out.insert(want.name.clone(), value);
        } else if let Some(value) = field(world, object, &want.name) {
            out.insert(want.name.clone(), value);
        }
    }
    Ok(out)
}

/// A field that is another object, e.g. `campaign{name}` of an ad set.
fn reference(world: &World, object: &Object, want: &Want) -> MetaResult<Option<Value>> {
    let target: Option<NodeId> = match (object.kind, want.name.as_str()) {
        (Kind::AdSet | Kind::Ad, "campaign") => object.campaign,
        (Kind::Ad, "adset") => object.ad_set,
        (Kind::Ad, "creative") => object.creative,
        _ => return Ok(None),
    };
    match target.and_then(|id| world.object(id)) {
        Some(target) => render(world, target, &want.below).map(|map| Some(Value::Object(map))),
        None => Ok(None),
    }
}

fn field(world: &World, object: &Object, name: &str) -> Option<Value> {
    let zone = world.accounts.get(&object.owner).map_or(Tz::UTC, |account| account.zone());
    let effective = || status::effective(world, object, world.now());
    Some(match (object.kind, name) {
        (Kind::Image, "id") => json!(format!("{}:{}", object.owner, object.text("hash")?)),
        (_, "id") => json!(object.id),
        (Kind::Video, "status" | "length" | "picture" | "permalink_url" | "published") => {
            videos::field(world, object, name)?
        }
        (Kind::LeadForm, "page_id") => json!(object.owner),
        (Kind::LeadForm, "page") => json!({ "id": object.owner }),
        (Kind::LeadForm, "leads_count") => json!(world.leads_of(object)),
        (_, "account_id") => json!(object.owner),
        (_, "account") => json!({ "id": format!("act_{}", object.owner) }),
        (_, "campaign_id") => json!(object.campaign?),
        (_, "adset_id") => json!(object.ad_set?),
        (Kind::Image, "status") => json!(if object.is_current() { "ACTIVE" } else { "DELETED" }),
        (Kind::Creative, "status") => json!(if object.is_current() { "ACTIVE" } else { "DELETED" }),
        (_, "status" | "configured_status") => json!(object.status),
        (_, "effective_status") => json!(effective()),
        (_, "created_time") => json!(edges::wire_time(object.created, zone)),
        (_, "updated_time") => json!(edges::wire_time(object.updated, zone)),
        (_, "start_time" | "end_time" | "stop_time" | "ad_active_time") => {
            let time = span(world, object, name).or_else(|| object.time(name))?;
            json!(edges::wire_time(time, zone))
        }
        (Kind::Campaign | Kind::AdSet, "budget_remaining") => {
            json!(budget_remaining(world, object).to_string())
        }
        (Kind::Campaign, "special_ad_category") => {
            json!(object.fields.get("special_ad_categories")?.as_array()?.first().unwrap_or(&json!("NONE")))
        }
        (Kind::Campaign, "advantage_state_info") => advantage(object),
        (Kind::AdSet, "learning_stage_info") => world.learning(object)?,
        (Kind::Ad, "ad_review_feedback") if effective() == Effective::Disapproved => {
            let (policy, text) = object.review.as_ref()?.refused.as_ref()?;
            json!({ "global": { policy: text } })
        }
        (_, "issues_info") => issues(object, effective())?,
        (Kind::Ad, "preview_shareable_link") => json!(format!("https://fb.me/{}", object.id)),
        (_, name) => object.fields.get(name)?.clone(),
    })
}

/// A campaign's times on read are the span of its ad sets (§8).
fn span(world: &World, object: &Object, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    if object.kind != Kind::Campaign {
        return None;
    }
    let ad_sets = world.children(object.id);
    let sets = || ad_sets.iter().filter_map(|id| world.object(*id));
    match name {
        "start_time" => sets().filter_map(|set| set.time("start_time")).min(),
        "stop_time" if sets().all(|set| set.time("end_time").is_some()) => {
            sets().filter_map(|set| set.time("end_time")).max()
        }
        _ => None,
    }
}

fn budget_remaining(world: &World, object: &Object) -> i64 {
    if let Some(lifetime) = object.minor("lifetime_budget") {
        return (lifetime - world.spent_by(object)).max(0);
    }
    match object.minor("daily_budget") {
        Some(daily) => (daily - world.spent_today(object)).max(0),
        None => 0,
    }
}

fn advantage(object: &Object) -> Value {
    let budget = if object.has_budget() { "ENABLED" } else { "DISABLED" };
    json!({
        "advantage_state": "DISABLED",
        "advantage_budget_state": budget,
        "advantage_audience_state": "DISABLED",
        "advantage_placement_state": "DISABLED",
    })
}

fn issues(object: &Object, effective: Effective) -> Option<Value> {
    let level = match object.kind {
        Kind::Campaign => "CAMPAIGN",
        Kind::AdSet => "AD_SET",
        Kind::Ad => "AD",
        Kind::Creative | Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label => return None,
    };
    let (code, summary, message) = match effective {
        Effective::Disapproved => {
            (2490468, "Ad rejected", object.review.as_ref()?.refused.as_ref()?.1.clone())
        }
        Effective::WithIssues => {
            (1404078, "Ad account disabled", "This ad account has been disabled.".to_owned())
        }
        Effective::PendingBillingInfo => {
            (1359188, "No payment method", "Add a valid payment method to this ad account.".to_owned())
        }
        _ => return None,
    };
    Some(json!([{
        "level": level, "error_code": code, "error_summary": summary, "error_message": message,
        "error_type": "HARD_ERROR"
    }]))
}
