//! Creatives (Meta, `platforms/meta.md` §11).

use serde_json::{Map, Value, json};
use url::Url;

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::params::Params;
use super::story;
use super::{feed, labels, write};
use crate::object::{Kind, NodeId, Object, Status};
use crate::wire::{WireEnum, wire_enum};
use crate::world::World;

wire_enum! {
    pub(crate) enum Authorization {
        None = "NONE",
        Political = "POLITICAL",
        PoliticalWithDigitalMedia = "POLITICAL_WITH_DIGITALLY_CREATED_MEDIA",
    }
}

wire_enum! {
    pub(crate) enum Enrolment { OptIn = "OPT_IN", OptOut = "OPT_OUT" }
}

wire_enum! {
    pub(crate) enum ShopDestination {
        WebsiteAndShop = "WEBSITE_AND_SHOP",
        OptOut = "WEBSITE_AND_SHOP_OPT_OUT",
    }
}

const CREATE: &[&str] = &[
    "name",
    "object_story_spec",
    "object_story_id",
    "asset_feed_spec",
    "degrees_of_freedom_spec",
    "contextual_multi_ads",
    "url_tags",
    "authorization_category",
    "destination_spec",
    "adlabels",
    "execution_options",
];
const UPDATE: &[&str] = &["name", "status", "adlabels"];

/// Single features of `degrees_of_freedom_spec`; the bundle `standard_enhancements` is gone.
const FEATURES: &[&str] = &[
    "image_touchups",
    "image_brightness_and_contrast",
    "text_optimizations",
    "inline_comment",
    "image_templates",
    "product_extensions",
    "image_animation",
    "image_uncrop",
    "image_background_gen",
    "enhance_cta",
    "add_text_overlay",
    "text_translation",
    "video_auto_crop",
    "site_extensions",
    "advantage_plus_creative",
    "music_overlay",
    "pac_relaxation",
    "reveal_details_over_time",
    "show_summary",
    "profile_card",
    "translate_voiceover",
    "cv_transformation",
    "hide_price",
    "local_store_extension",
    "image_auto_crop",
    "description_automation",
    "adapt_to_placement",
    "media_type_automation",
    "media_order",
    "carousel_to_video",
    "catalog_feed_tag",
    "video_filtering",
    "video_uncrop",
];

/// `POST /act_X/adcreatives`.
pub(crate) fn create(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    let options = write::Options::from_params(params, Kind::Creative)?;
    let fields = checked(world, account, params)?;
    let mut fields = fields;
    let labels = labels::resolve(world, account, params, !options.validate_only)?;
    if let Some(labels) = labels {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    Ok(json!({ "id": add(world, account, fields) }))
}

/// A creative written inside an ad.
pub(crate) fn inline(world: &mut World, account: &Account, spec: &Map<String, Value>) -> MetaResult<NodeId> {
    let mut params = Params::default();
    spec.iter().for_each(|(name, value)| params.insert(name.clone(), value.clone()));
    let fields = checked(world, account, &params)?;
    Ok(add(world, account, fields))
}

fn add(world: &mut World, account: &Account, mut fields: Map<String, Value>) -> NodeId {
    let mut creative = world.draft(Kind::Creative, &account.id, Status::Active);
    let page = fields.get("actor_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !fields.contains_key("object_story_id") && !page.is_empty() {
        fields.insert("effective_object_story_id".into(), json!(format!("{page}_{}", creative.id.0 + 7)));
    }
    let name = json!(format!("Creative {}", creative.id));
    fields.entry("name").or_insert(name);
    fields.insert("thumbnail_url".into(), json!("https://scontent.sandbox.invalid/t/64x64.jpg?oe=expires"));
    creative.fields = fields;
    world.add(creative)
}

/// Validates the parameters of a creative and gives its fields.
fn checked(world: &World, account: &Account, params: &Params) -> MetaResult<Map<String, Value>> {
    params.only(&[CREATE])?;
    let mut fields = Map::new();
    if let Some(name) = write::name(params)? {
        fields.insert("name".into(), json!(name));
    }
    let story = params.object("object_story_spec")?;
    let feed = params.object("asset_feed_spec")?;
    match (&story, &feed, params.text("object_story_id")?) {
        (None, None, None) => {
            return Err(MetaError::field(
                "object_story_spec",
                "A creative needs object_story_spec, object_story_id or asset_feed_spec",
            ));
        }
        (None, Some(_), None) => {
            return Err(MetaError::field(
                "object_story_spec",
                "asset_feed_spec needs an object_story_spec with a page",
            ));
        }
        (Some(_), _, Some(_)) => {
            return Err(MetaError::field(
                "object_story_id",
                "Use object_story_id or object_story_spec, not both",
            ));
        }
        (_, _, Some(id)) => post(world, account, id, &mut fields)?,
        (Some(_), _, None) => {}
    }
    if let Some(story) = story {
        story::check(world, account, &story, feed.is_some(), &mut fields)?;
        fields.insert("object_story_spec".into(), json!(story));
    }
    if let Some(feed) = feed {
        feed::check(world, account, &feed)?;
        fields.insert("asset_feed_spec".into(), json!(feed));
    }
    freedom(params, &mut fields)?;
    if let Some(category) = params.one_of::<Authorization>("authorization_category")? {
        fields.insert("authorization_category".into(), json!(category));
    }
    if let Some(destination) = params.one_of::<ShopDestination>("destination_spec")? {
        fields.insert("destination_spec".into(), json!(destination));
    }
    if let Some(tags) = params.text("url_tags")? {
        if tags.starts_with('?') || tags.contains(' ') {
            return Err(MetaError::field(
                "url_tags",
                "url_tags must be a query string without the question mark",
            ));
        }
        fields.insert("url_tags".into(), json!(tags));
    }
    Ok(fields)
}

fn post(world: &World, account: &Account, id: &str, fields: &mut Map<String, Value>) -> MetaResult<()> {
    let page = id.split_once('_').map(|(page, _)| page);
    let page = page.and_then(|page| world.pages.get(page)).filter(|page| page.user == account.user);
    let page =
        page.ok_or_else(|| MetaError::field("object_story_id", format!("Post {id} cannot be promoted")))?;
    fields.insert("object_story_id".into(), json!(id));
    fields.insert("effective_object_story_id".into(), json!(id));
    fields.insert("actor_id".into(), json!(page.id));
    fields.insert("object_type".into(), json!("STATUS"));
    Ok(())
}

fn freedom(params: &Params, fields: &mut Map<String, Value>) -> MetaResult<()> {
    let enrolled = |value: &Value| value["enroll_status"].as_str().and_then(Enrolment::parse).is_some();
    if let Some(spec) = params.object("degrees_of_freedom_spec")? {
        let bad = |message: String| MetaError::field("degrees_of_freedom_spec", message);
        let features = spec.get("creative_features_spec").and_then(Value::as_object);
        let features = features.ok_or_else(|| bad("creative_features_spec is required".into()))?;
        if spec.len() > 1 {
            return Err(bad("Only creative_features_spec is known here".into()));
        }
        for (feature, value) in features {
            if feature == "standard_enhancements" {
                return Err(bad("standard_enhancements is no longer available; name each feature".into()));
            }
            if !FEATURES.contains(&feature.as_str()) {
                return Err(bad(format!("Unknown creative feature {feature}")));
            }
            if !enrolled(value) {
                return Err(bad(format!("{feature} needs enroll_status OPT_IN or OPT_OUT")));
            }
        }
        fields.insert("degrees_of_freedom_spec".into(), json!(spec));
    }
    if let Some(multi) = params.object("contextual_multi_ads")? {
        if !enrolled(&json!(multi)) {
            return Err(MetaError::field("contextual_multi_ads", "enroll_status must be OPT_IN or OPT_OUT"));
        }
        fields.insert("contextual_multi_ads".into(), json!(multi));
    }
    Ok(())
}

/// `POST /{creative}`: all but the name, status and labels is fixed.
pub(crate) fn update(world: &mut World, account: &Account, id: NodeId, params: &Params) -> MetaResult<Value> {
    if let Some((name, _)) =
        params.iter().find(|(name, _)| CREATE.contains(&name.as_str()) && !UPDATE.contains(&name.as_str()))
    {
        return Err(MetaError::field(
            name,
            format!("{name} of a creative cannot be changed; make another creative"),
        ));
    }
    params.only(&[UPDATE])?;
    let creative = write::writable(world, id, params)?;
    let mut fields = creative.fields.clone();
    if let Some(name) = write::name(params)? {
        fields.insert("name".into(), json!(name));
    }
    let status = match params.text("status")? {
        None | Some("ACTIVE") => None,
        Some("DELETED") => Some(Status::Deleted),
        Some(other) => {
            return Err(MetaError::field("status", format!("A creative cannot be set to {other}")));
        }
    };
    if let Some(labels) = labels::resolve(world, account, params, true)? {
        fields.insert("adlabels".into(), labels);
    }
    if status == Some(Status::Deleted) {
        unused(world, &creative)?;
    }
    write::store_update(world, id, fields, false, status);
    Ok(json!({ "success": true }))
}

/// Refuses to delete a creative that an ad uses.
pub(crate) fn unused(world: &World, creative: &Object) -> MetaResult<()> {
    let used = super::edges::below(world, creative, Kind::Ad)
        .into_iter()
        .filter_map(|id| world.object(id))
        .any(|ad| ad.status != Status::Deleted);
    if used {
        Err(MetaError::field("id", "The creative is in use by an ad and cannot be deleted"))
    } else {
        Ok(())
    }
}

/// Whether `text` is a link an ad may lead to.
pub(crate) fn is_web_link(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}
