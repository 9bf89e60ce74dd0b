//! What an ad may be (TikTok, `platforms/tiktok.md` §12).

use serde_json::{Value, json};

use super::adgroup::DIALS;
use super::campaign::{Fields, list, need, text};
use super::error::{Code, Refusal, TikTokResult};
use super::fixtures;
use super::media::{Media, MediaKind};
use super::spec;
use super::store::{Advertiser, Object};
use crate::world::World;

/// Checks a creative, new or changed, against its ad group and campaign.
pub(crate) fn check(
    world: &World,
    fields: &mut Fields,
    advertiser: &Advertiser,
    (campaign, group): (&Object, &Object),
) -> TikTokResult<()> {
    if text(fields, "ad_name").is_none() {
        let name = format!("{} {}", group.name(), world.now().format("%Y-%m-%d %H:%M:%S"));
        fields.insert("ad_name".into(), json!(name));
    }
    spec::name("ad_name", need(fields, "ad_name")?)?;
    identity(world, fields, advertiser, campaign)?;
    let format = need(fields, "ad_format")?.to_owned();
    if text(fields, "tiktok_item_id").is_some() {
        return spark(fields);
    }
    let copy = need(fields, "ad_text")?;
    spec::no_emoji("ad_text", copy)?;
    if copy.chars().count() > 100 || copy.contains(['{', '}', '#']) {
        return Err(Refusal::field("ad_text", "1 to 100 characters without braces or #."));
    }
    media(world, fields, advertiser, &format)?;
    target(fields, advertiser, campaign, group)
}

fn identity(world: &World, fields: &Fields, advertiser: &Advertiser, campaign: &Object) -> TikTokResult<()> {
    let (kind, id) = (need(fields, "identity_type")?, need(fields, "identity_id")?);
    let known = world.tiktok.identities.get(id).filter(|known| known.advertiser == advertiser.id);
    if known.is_none_or(|known| known.kind.to_string() != kind) {
        return Err(Refusal::new(Code::NoObject, format!("Identity {id} of type {kind} does not exist.")));
    }
    if kind == "BC_AUTH_TT" {
        need(fields, "identity_authorized_bc_id")?;
    }
    if campaign.text("objective_type") == "ENGAGEMENT" && !matches!(kind, "TT_USER" | "BC_AUTH_TT") {
        return Err(Refusal::field("identity_type", "ENGAGEMENT needs TT_USER or BC_AUTH_TT."));
    }
    Ok(())
}

/// An existing post: it brings its own video and text.
fn spark(fields: &Fields) -> TikTokResult<()> {
    if need(fields, "identity_type")? == "CUSTOMIZED_USER" {
        return Err(Refusal::field("identity_type", "A post needs the identity of its account."));
    }
    match ["video_id", "image_ids", "ad_text"].into_iter().find(|name| fields.contains_key(*name)) {
        Some(name) => Err(Refusal::field(name, "Not allowed together with tiktok_item_id.")),
        None => Ok(()),
    }
}

fn own<'w>(world: &'w World, advertiser: &Advertiser, kind: MediaKind, id: &str) -> Option<&'w Media> {
    world.tiktok.media.get(id).filter(|media| media.kind == kind && media.advertiser == advertiser.id)
}

fn media(world: &World, fields: &Fields, advertiser: &Advertiser, format: &str) -> TikTokResult<()> {
    let images = list(fields, "image_ids");
    let sizes: Vec<(usize, usize)> = images
        .iter()
        .map(|id| own(world, advertiser, MediaKind::Image, id).map(|image| (image.width, image.height)))
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::field("image_ids", "An image does not exist."))?;
    if format != "SINGLE_VIDEO" && fields.contains_key("video_id") {
        return Err(Refusal::field("video_id", format!("Not allowed with {format}.")));
    }
    match (format, sizes.as_slice()) {
        ("SINGLE_VIDEO", [cover]) => {
            let id = need(fields, "video_id")?;
            let video = own(world, advertiser, MediaKind::Video, id);
            let video = video.ok_or_else(|| Refusal::new(Code::BadVideoId, format!("Bad video id {id}.")))?;
            if !video.is_ready(world.now()) {
                return Err(Refusal::new(Code::Transcoding, "The video is still being transcoded."));
            }
            match cover.0 * video.height == cover.1 * video.width {
                true => Ok(()),
                false => Err(Refusal::field("image_ids", "The cover needs the video's aspect ratio.")),
            }
        }
        ("SINGLE_VIDEO", _) => Err(Refusal::field("image_ids", "A video needs exactly one cover.")),
        ("SINGLE_IMAGE", [_]) => Ok(()),
        ("SINGLE_IMAGE", _) => Err(Refusal::field("image_ids", "Exactly one image is needed.")),
        ("CAROUSEL_ADS", [_, ..]) if sizes.len() <= 35 => need(fields, "music_id").map(drop),
        ("CAROUSEL_ADS", _) => Err(Refusal::field("image_ids", "1 to 35 images are needed.")),
        _ => Err(Refusal::new(Code::NotImplemented, format!("Not implemented: {format}."))),
    }
}

/// Where the ad leads.
fn target(fields: &Fields, advertiser: &Advertiser, campaign: &Object, group: &Object) -> TikTokResult<()> {
    number(fields, group)?;
    if let Some(url) = text(fields, "landing_page_url")
        && !url.starts_with("https://")
    {
        return Err(Refusal::field("landing_page_url", "Has to begin with https://."));
    }
    let own_pixel = fixtures::pixel(&advertiser.id).map(|(id, _)| id);
    if let Some(pixel) = text(fields, "tracking_pixel_id").filter(|pixel| own_pixel != Some(*pixel)) {
        return Err(Refusal::new(Code::NoObject, format!("Pixel {pixel} does not exist.")));
    }
    let page = text(fields, "page_id");
    if let Some(id) = page {
        let known = fixtures::pages(&advertiser.id).iter().find(|known| known.0 == id);
        let known =
            known.ok_or_else(|| Refusal::new(Code::NoObject, format!("Page {id} does not exist.")))?;
        if known.2 != "PUBLISHED" {
            return Err(Refusal::field("page_id", "The page is not published."));
        }
    }
    if group.text("promotion_target_type") == "INSTANT_PAGE" {
        need(fields, "page_id")?;
        if !advertiser.lead_terms {
            return Err(Refusal::field("page_id", "The terms of lead ads have not been confirmed."));
        }
    }
    if campaign.text("objective_type") == "TRAFFIC"
        && group.text("optimization_goal") == "TRAFFIC_LANDING_PAGE_VIEW"
    {
        need(fields, "page_id")?;
        if text(fields, "deeplink").is_some() {
            return Err(Refusal::field("deeplink", "Not with an ad group that is after page views."));
        }
    }
    let leads_somewhere =
        page.is_some() || text(fields, "landing_page_url").or(text(fields, "deeplink")).is_some();
    let website =
        group.text("promotion_type") == "WEBSITE" || campaign.text("objective_type") == "WEB_CONVERSIONS";
    if website && !leads_somewhere {
        return Err(Refusal::missing("landing_page_url"));
    }
    match fields.get("utm_params").and_then(Value::as_array).is_some_and(|params| params.len() > 14) {
        true => Err(Refusal::field("utm_params", "At most 14 parameters.")),
        false => Ok(()),
    }
}

/// The number that an ad dials, whose parts go together and with an ad group that is after calls.
fn number(fields: &Fields, group: &Object) -> TikTokResult<()> {
    const PARTS: [&str; 3] = ["phone_region_code", "phone_region_calling_code", "phone_number"];
    let promotion = group.text("promotion_type");
    let takes = promotion == DIALS || promotion.ends_with("_MESSAGE");
    match PARTS.into_iter().find(|name| fields.contains_key(*name)) {
        Some(name) if !takes => {
            return Err(Refusal::field(name, "Only for ads that lead to calls or messages."));
        }
        None if promotion != DIALS => return Ok(()),
        _ => {}
    }
    let [region, code, number] = PARTS.map(|name| need(fields, name));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let region = region?;
    if region.len() != 2 || !region.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Refusal::field(PARTS[0], "Has to be a region such as US."));
    }
    if !code?.strip_prefix('+').is_some_and(digits) {
        return Err(Refusal::field(PARTS[1], "Has to be a calling code such as +1."));
    }
    match digits(number?) {
        true => Ok(()),
        false => Err(Refusal::field(PARTS[2], "Digits only.")),
    }
}

/// Whether a change sends the ad to review again.
pub(crate) fn needs_review(old: &Fields, new: &Fields) -> bool {
    const SEEN: &[&str] = &[
        "ad_text",
        "video_id",
        "image_ids",
        "call_to_action",
        "landing_page_url",
        "page_id",
        "phone_number",
    ];
    SEEN.iter().any(|name| old.get(*name) != new.get(*name))
}
