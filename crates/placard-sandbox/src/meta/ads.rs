//! Ads and their review (Meta, `platforms/meta.md` §12).

use serde_json::{Map, Value, json};

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::matrix::Goal;
use super::params::{Params, missing};
use super::{creatives, labels, videos, write};
use crate::object::{Kind, NodeId, Object, Review};
use crate::wire::WireEnum;
use crate::world::World;

const BOTH: &[&str] = &[
    "name",
    "status",
    "creative",
    "tracking_specs",
    "conversion_domain",
    "adlabels",
    "execution_options",
    "display_sequence",
    "priority",
    "bid_amount",
    "ad_schedule_start_time",
    "ad_schedule_end_time",
    "engagement_audience",
    "audience_id",
];
const CREATE: &[&str] = &["adset_id", "source_ad_id"];

/// Ads of one ad set that are not archived or deleted.
const MOST_PER_SET: usize = 50;

/// An ad whose copy holds this phrase, in any case, is disapproved.
pub const DISAPPROVED_PHRASE: &str = "miracle cure";

/// `POST /act_X/ads`.
pub(crate) fn create(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH, CREATE])?;
    let options = write::Options::from_params(params, Kind::Ad)?;
    super::account::may_advertise(account)?;
    write::room_for(world, account, Kind::Ad)?;
    let name = write::name(params)?.ok_or_else(|| missing("name"))?;
    let ad_set = ad_set_of(world, account, params)?;
    let status = write::status_on_create(params)?;
    let mut fields = Map::new();
    fields.insert("name".into(), json!(name));
    extras(world, account, params, &mut fields)?;
    let creative = creative_of(world, account, params)?.ok_or_else(|| missing("creative"))?;
    if let Choice::Known(creative) = &creative {
        fits(world, creative, &ad_set)?;
    }
    default_tracking(&ad_set, &mut fields);
    let labels = labels::resolve(world, account, params, !options.validate_only)?;
    if let Some(labels) = labels {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        if let (true, Choice::Known(creative)) = (options.review_now, &creative) {
            refuse_at_once(creative)?;
        }
        return Ok(json!({ "success": true }));
    }
    let creative = match creative {
        Choice::Known(creative) => creative.id,
        Choice::Inline(spec) => inline(world, account, &spec, &ad_set)?,
    };
    let review = review(world, creative);
    let mut ad = world.draft(Kind::Ad, &account.id, status);
    ad.campaign = ad_set.campaign;
    ad.ad_set = Some(ad_set.id);
    ad.creative = Some(creative);
    ad.review = review;
    ad.fields = fields;
    let id = world.add(ad);
    Ok(json!({ "id": id, "success": true }))
}

fn inline(
    world: &mut World,
    account: &Account,
    spec: &Map<String, Value>,
    ad_set: &Object,
) -> MetaResult<NodeId> {
    let id = creatives::inline(world, account, spec)?;
    let creative = world.object(id).cloned().ok_or_else(|| missing("creative"))?;
    fits(world, &creative, ad_set)?;
    Ok(id)
}

/// A creative named by id, or written out.
enum Choice {
    Known(Box<Object>),
    Inline(Map<String, Value>),
}

fn creative_of(world: &World, account: &Account, params: &Params) -> MetaResult<Option<Choice>> {
    let Some(spec) = params.object("creative")? else { return Ok(None) };
    let Some(id) = spec.get("creative_id").or_else(|| spec.get("id")) else {
        return Ok(Some(Choice::Inline(spec)));
    };
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let creative = NodeId::parse(&id).and_then(|id| world.object(id));
    let creative = creative.filter(|object| object.kind == Kind::Creative && object.owner == account.id);
    let creative = creative.filter(|object| object.is_current()).cloned();
    creative.map(|creative| Some(Choice::Known(Box::new(creative)))).ok_or_else(|| {
        MetaError::field("creative", format!("Creative {id} does not exist in this ad account"))
    })
}

fn ad_set_of(world: &World, account: &Account, params: &Params) -> MetaResult<Object> {
    let id = params.required_text("adset_id")?;
    let ad_set = NodeId::parse(id).and_then(|id| world.object(id));
    let ad_set = ad_set.filter(|object| object.kind == Kind::AdSet && object.owner == account.id);
    let ad_set = ad_set.ok_or_else(|| {
        MetaError::field("adset_id", format!("Ad set {id} does not exist in this ad account"))
    })?;
    write::live_parent(ad_set)?;
    let most = if ad_set.flag("is_dynamic_creative") { 1 } else { MOST_PER_SET };
    let current = world
        .children(ad_set.id)
        .into_iter()
        .filter_map(|id| world.object(id))
        .filter(|ad| ad.is_current())
        .count();
    if current >= most {
        return Err(MetaError::new(100, format!("(#100) This ad set holds at most {most} ads")));
    }
    if ad_set.time("end_time").is_some_and(|end| end <= world.now()) {
        return Err(MetaError::rule(
            1487033,
            "adset_id",
            "Ad set has ended",
            "The ad set's end time has passed.",
        ));
    }
    Ok(ad_set.clone())
}

/// Whether the creative does what the ad set optimises for, and can be shown now.
fn fits(world: &World, creative: &Object, ad_set: &Object) -> MetaResult<()> {
    if let Some(error) = videos::unready(world, creative) {
        return Err(error);
    }
    let goal = ad_set.text("optimization_goal").and_then(Goal::parse);
    let action = creative.text("call_to_action_type");
    let spec = json!(creative.fields);
    let story = &spec["object_story_spec"];
    let value_of = |data: &str| &story[data]["call_to_action"]["value"];
    let is_video = story["video_data"].is_object();
    let leads_nowhere = is_video && value_of("video_data")["link"].is_null();
    let has_form =
        ["link_data", "video_data"].iter().any(|data| !value_of(data)["lead_gen_form_id"].is_null())
            || spec["asset_feed_spec"]["call_to_actions"]
                .as_array()
                .is_some_and(|list| list.iter().any(|action| !action["value"]["lead_gen_form_id"].is_null()));
    let refuse = |message: &str| {
        Err(MetaError::rule(2446383, "creative", "The creative does not fit the ad set", message))
    };
    match goal {
        Some(Goal::LeadGeneration | Goal::QualityLead) if !has_form => {
            refuse("An instant form ad needs a call to action with lead_gen_form_id.")
        }
        Some(Goal::QualityCall) if action != Some("CALL_NOW") => {
            refuse("A call ad needs the call to action CALL_NOW.")
        }
        Some(goal) if has_form && !matches!(goal, Goal::LeadGeneration | Goal::QualityLead) => {
            refuse("A lead form needs an ad set that optimises for leads.")
        }
        // A video has no link but that of its button (§11).
        _ if leads_nowhere && !has_form && ad_set.text("destination_type") == Some("WEBSITE") => {
            refuse("A video that leads to a website needs a call to action with a link.")
        }
        _ if ad_set.flag("is_dynamic_creative") && !creative.fields.contains_key("asset_feed_spec") => {
            refuse("A dynamic creative ad set needs an asset_feed_spec.")
        }
        _ => Ok(()),
    }
}

fn extras(
    world: &World,
    account: &Account,
    params: &Params,
    fields: &mut Map<String, Value>,
) -> MetaResult<()> {
    if let Some(specs) = params.list("tracking_specs")? {
        if specs.iter().any(|spec| !spec.is_object()) {
            return Err(MetaError::field("tracking_specs", "tracking_specs must list objects"));
        }
        fields.insert("tracking_specs".into(), json!(specs));
    }
    if let Some(domain) = params.text("conversion_domain")? {
        if domain.contains('/') || !domain.contains('.') {
            return Err(MetaError::field("conversion_domain", "conversion_domain must be a bare domain"));
        }
        fields.insert("conversion_domain".into(), json!(domain));
    }
    for name in ["bid_amount", "display_sequence", "priority"] {
        if let Some(number) = params.uint(name)? {
            fields.insert(name.into(), json!(number));
        }
    }
    for name in ["ad_schedule_start_time", "ad_schedule_end_time"] {
        if let Some(time) = params.time(name, account.zone())? {
            fields.insert(name.into(), json!(super::edges::wire_time(time, account.zone())));
        }
    }
    if params.has("source_ad_id") {
        let id = params.required_text("source_ad_id")?;
        if NodeId::parse(id).and_then(|id| world.object(id)).is_none_or(|ad| ad.kind != Kind::Ad) {
            return Err(MetaError::field("source_ad_id", format!("Ad {id} does not exist")));
        }
        fields.insert("source_ad_id".into(), json!(id));
    }
    write::copy(params, fields, &["engagement_audience", "audience_id"])
}

/// Conversion goals track their pixel unless the caller says otherwise.
fn default_tracking(ad_set: &Object, fields: &mut Map<String, Value>) {
    let pixel = ad_set.fields.get("promoted_object").and_then(|promoted| promoted["pixel_id"].as_str());
    if let Some(pixel) = pixel {
        fields
            .entry("tracking_specs")
            .or_insert_with(|| json!([{ "action.type": ["offsite_conversion"], "fb_pixel": [pixel] }]));
    }
}

/// The review of a creative, its verdict already fixed.
fn review(world: &World, creative: NodeId) -> Option<Review> {
    let creative = world.object(creative)?;
    Some(Review { until: world.now() + world.config.review, refused: broken_policy(creative) })
}

fn broken_policy(creative: &Object) -> Option<(String, String)> {
    let copy = json!(creative.fields).to_string().to_lowercase();
    copy.contains(DISAPPROVED_PHRASE).then(|| {
        (
            "Unacceptable Business Practices".to_owned(),
            "Ads must not promote products or services with deceptive or misleading claims.".to_owned(),
        )
    })
}

fn refuse_at_once(creative: &Object) -> MetaResult<()> {
    match broken_policy(creative) {
        Some((policy, text)) => Err(MetaError::new(100, "Invalid parameter")
            .subcode(2490427)
            .user(policy, text)
            .blame(&["creative"])),
        None => Ok(()),
    }
}

/// `POST /{ad}`.
pub(crate) fn update(world: &mut World, account: &Account, id: NodeId, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH])?;
    let ad = write::writable(world, id, params)?;
    let options = write::Options::from_params(params, Kind::Ad)?;
    let status = write::status_on_update(&ad, account, params)?;
    let mut fields = ad.fields.clone();
    if let Some(name) = write::name(params)? {
        fields.insert("name".into(), json!(name));
    }
    extras(world, account, params, &mut fields)?;
    let creative = creative_of(world, account, params)?;
    let ad_set = ad.ad_set.and_then(|id| world.object(id)).cloned();
    if let (Some(Choice::Known(creative)), Some(ad_set)) = (&creative, &ad_set) {
        fits(world, creative, ad_set)?;
    }
    if let Some(labels) = labels::resolve(world, account, params, !options.validate_only)? {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    if let (Some(creative), Some(ad_set)) = (creative, ad_set) {
        let creative = match creative {
            Choice::Known(creative) => creative.id,
            Choice::Inline(spec) => inline(world, account, &spec, &ad_set)?,
        };
        if ad.creative != Some(creative) {
            let (review, now) = (review(world, creative), world.now());
            if let Some(ad) = world.change(id) {
                ad.creative = Some(creative);
                ad.review = review;
                ad.learning_since = now;
                ad.updated = now;
            }
        }
    }
    write::store_update(world, id, fields, false, status);
    Ok(json!({ "success": true }))
}
