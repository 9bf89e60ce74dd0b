//! Previews of ads (Meta, `platforms/meta.md` §4).

use serde_json::{Value, json};

use super::call::Call;
use super::edges::{self, LIST_PARAMS};
use super::envelope::{MetaError, MetaResult};
use super::params::missing;
use crate::object::{Kind, NodeId, Object};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// Where an ad is previewed.
    pub(crate) enum Format {
        DesktopFeed = "DESKTOP_FEED_STANDARD",
        MobileFeed = "MOBILE_FEED_STANDARD",
        FacebookStory = "FACEBOOK_STORY_MOBILE",
        FacebookReels = "FACEBOOK_REELS_MOBILE",
        Instagram = "INSTAGRAM_STANDARD",
        InstagramStory = "INSTAGRAM_STORY",
        InstagramReels = "INSTAGRAM_REELS",
        RightColumn = "RIGHT_COLUMN_STANDARD",
        Marketplace = "MARKETPLACE_MOBILE",
    }
}

/// `GET /{ad}/previews` and `GET /{creative}/previews`.
pub(crate) fn of_object(world: &World, call: &Call, object: &Object) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["ad_format"]])?;
    let creative = match object.kind {
        Kind::Ad => object.creative.and_then(|id| world.object(id)),
        Kind::Creative => Some(object),
        Kind::Campaign | Kind::AdSet | Kind::Image | Kind::Video | Kind::LeadForm | Kind::Label => None,
    };
    let creative = creative.ok_or_else(|| MetaError::no_such_object("get", &object.id.to_string()))?;
    page(call, creative)
}

/// `GET /act_X/generatepreviews?creative={"creative_id"}`.
pub(crate) fn of_account(world: &World, call: &Call, account: &str) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS, &["ad_format", "creative"]])?;
    let spec = call.params.object("creative")?.ok_or_else(|| missing("creative"))?;
    let id = spec.get("creative_id").and_then(Value::as_str).and_then(NodeId::parse);
    let creative = id.and_then(|id| world.object(id));
    let creative = creative.filter(|object| object.kind == Kind::Creative && object.owner == account);
    page(call, creative.ok_or_else(|| MetaError::field("creative", "The creative does not exist"))?)
}

fn page(call: &Call, creative: &Object) -> MetaResult<Value> {
    let format = call.params.one_of::<Format>("ad_format")?.ok_or_else(|| missing("ad_format"))?;
    let body = format!(
        "<iframe src=\"{}/preview?creative={}&amp;format={format}\" width=\"540\" height=\"690\"></iframe>",
        call.base_url, creative.id
    );
    edges::page_rows(call, vec![json!({ "body": body })])
}
