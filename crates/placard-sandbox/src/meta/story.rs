//! `object_story_spec`: the post behind a creative (Meta, `platforms/meta.md` §11, §13, §14).

use serde_json::{Map, Value, json};

use super::account::Account;
use super::creatives::is_web_link;
use super::envelope::{MetaError, MetaResult};
use super::{images, videos};
use crate::fixtures;
use crate::object::{Kind, NodeId};
use crate::world::World;

const SPEC: &[&str] =
    &["page_id", "instagram_user_id", "link_data", "video_data", "photo_data", "text_data", "template_data"];
const LINK: &[&str] = &[
    "link",
    "message",
    "name",
    "description",
    "caption",
    "image_hash",
    "picture",
    "call_to_action",
    "child_attachments",
    "multi_share_optimized",
    "multi_share_end_card",
    "attachment_style",
    "page_welcome_message",
    "event_id",
    "offer_id",
];
const CHILD: &[&str] =
    &["link", "name", "description", "image_hash", "picture", "video_id", "call_to_action", "caption"];
const PHOTO: &[&str] = &["image_hash", "url", "caption", "branded_content_sponsor_page_id"];
const VIDEO: &[&str] =
    &["video_id", "image_hash", "image_url", "title", "message", "link_description", "call_to_action"];
const CTA_VALUE: &[&str] = &[
    "link",
    "lead_gen_form_id",
    "app_link",
    "application",
    "app_destination",
    "link_caption",
    "link_description",
    "link_title",
    "link_format",
    "whatsapp_number",
    "page",
    "event_id",
    "product_link",
];

/// Call-to-action types (about 110 exist; these are the ones met in practice).
const CTA_TYPES: &[&str] = &[
    "LEARN_MORE",
    "SHOP_NOW",
    "SIGN_UP",
    "APPLY_NOW",
    "BOOK_NOW",
    "BOOK_TRAVEL",
    "CALL_NOW",
    "CONTACT_US",
    "DOWNLOAD",
    "GET_OFFER",
    "GET_QUOTE",
    "GET_SHOWTIMES",
    "GET_DIRECTIONS",
    "SUBSCRIBE",
    "MESSAGE_PAGE",
    "WHATSAPP_MESSAGE",
    "INSTALL_MOBILE_APP",
    "USE_APP",
    "ORDER_NOW",
    "BUY_NOW",
    "BUY_TICKETS",
    "DONATE_NOW",
    "WATCH_MORE",
    "LISTEN_NOW",
    "REQUEST_TIME",
    "SEE_MORE",
    "START_ORDER",
    "PLAY_GAME",
    "NO_BUTTON",
    "CALL",
    "OPEN_LINK",
    "LIKE_PAGE",
    "INSTAGRAM_MESSAGE",
    "SEND_A_GIFT",
    "GET_EVENT_TICKETS",
    "VIEW_INSTAGRAM_PROFILE",
];

/// Types an instant form may have (§14).
const FORM_CTAS: &[&str] = &[
    "SIGN_UP",
    "APPLY_NOW",
    "LEARN_MORE",
    "GET_QUOTE",
    "SUBSCRIBE",
    "DOWNLOAD",
    "GET_OFFER",
    "CONTACT_US",
    "BOOK_TRAVEL",
];

/// Characters of a text field; far above what is shown.
const MOST_TEXT: usize = 5000;

fn bad(path: &[&str], message: impl std::fmt::Display) -> MetaError {
    let mut whole = vec!["object_story_spec"];
    whole.extend(path);
    MetaError::new(100, format!("(#100) {message}")).blame(&whole)
}

/// Checks a story and notes in `fields` what reads derive from it.
pub(crate) fn check(
    world: &World,
    account: &Account,
    story: &Map<String, Value>,
    has_feed: bool,
    fields: &mut Map<String, Value>,
) -> MetaResult<()> {
    known(story, SPEC, &[])?;
    if story.contains_key("instagram_actor_id") {
        return Err(bad(&["instagram_actor_id"], "instagram_actor_id was replaced by instagram_user_id"));
    }
    let page = story
        .get("page_id")
        .and_then(Value::as_str)
        .ok_or_else(|| bad(&["page_id"], "page_id is required"))?;
    let owned = world.pages.get(page).is_some_and(|known| known.user == account.user);
    if !owned {
        return Err(MetaError::new(
            200,
            format!("(#200) You do not have permission to advertise for page {page}"),
        )
        .blame(&["object_story_spec", "page_id"]));
    }
    fields.insert("actor_id".into(), json!(page));
    if let Some(instagram) = story.get("instagram_user_id") {
        let instagram = instagram.as_str().unwrap_or_default();
        if !fixtures::instagram(&account.user).any(|(id, _)| id == instagram) {
            return Err(bad(
                &["instagram_user_id"],
                format!("Instagram account {instagram} is not connected"),
            ));
        }
        fields.insert("instagram_user_id".into(), json!(instagram));
    }
    let kinds: Vec<&str> = SPEC[2..].iter().copied().filter(|name| story.contains_key(*name)).collect();
    match kinds[..] {
        [] if has_feed => Ok(()),
        ["link_data"] => link_data(world, account, page, object(story, "link_data")?, fields),
        ["photo_data"] => photo(world, account, object(story, "photo_data")?, fields),
        ["video_data"] => video(world, account, page, object(story, "video_data")?, fields),
        ["text_data" | "template_data"] => Ok(()),
        _ => Err(bad(&[], "object_story_spec needs exactly one of link_data, video_data, photo_data")),
    }
}

fn object<'s>(story: &'s Map<String, Value>, name: &str) -> MetaResult<&'s Map<String, Value>> {
    story
        .get(name)
        .and_then(Value::as_object)
        .ok_or_else(|| bad(&[name], format!("{name} must be an object")))
}

fn known(object: &Map<String, Value>, names: &[&str], path: &[&str]) -> MetaResult<()> {
    let legacy = |name: &str| name == "instagram_actor_id";
    match object.keys().find(|name| !names.contains(&name.as_str()) && !legacy(name)) {
        Some(name) => Err(bad(&[path, &[name.as_str()]].concat(), format!("Unknown field {name}"))),
        None => Ok(()),
    }
}

fn texts(data: &Map<String, Value>, names: &[&str], path: &str) -> MetaResult<()> {
    for name in names {
        match data.get(*name) {
            None => {}
            Some(Value::String(text)) if text.chars().count() <= MOST_TEXT => {}
            Some(Value::String(_)) => return Err(bad(&[path, name], format!("{name} is too long"))),
            Some(_) => return Err(bad(&[path, name], format!("{name} must be a string"))),
        }
    }
    Ok(())
}

fn image(world: &World, account: &Account, data: &Map<String, Value>, path: &[&str]) -> MetaResult<()> {
    let Some(hash) = data.get("image_hash") else { return Ok(()) };
    let hash = hash.as_str().unwrap_or_default();
    if images::usable(world, account, hash) {
        return Ok(());
    }
    Err(MetaError::new(100, "Invalid parameter")
        .subcode(1487411)
        .user("Image not found", format!("The image {hash} does not exist in this ad account."))
        .blame(&[&["object_story_spec"], path, &["image_hash"]].concat()))
}

fn link_data(
    world: &World,
    account: &Account,
    page: &str,
    data: &Map<String, Value>,
    fields: &mut Map<String, Value>,
) -> MetaResult<()> {
    known(data, LINK, &["link_data"])?;
    texts(data, &["message", "name", "description", "caption"], "link_data")?;
    let link = data.get("link").and_then(Value::as_str).unwrap_or_default();
    if link.is_empty() {
        return Err(MetaError::rule(
            2446383,
            "object_story_spec",
            "Website URL needed",
            "link_data needs a link.",
        ));
    }
    if !is_web_link(link) && !link.starts_with("tel:") {
        return Err(bad(&["link_data", "link"], "link must be an absolute http or https URL"));
    }
    image(world, account, data, &["link_data"])?;
    if let Some(action) = data.get("call_to_action") {
        call_to_action(world, page, action, &["link_data", "call_to_action"])?;
        fields.insert("call_to_action_type".into(), action["type"].clone());
    }
    if let Some(children) = data.get("child_attachments") {
        carousel(world, account, page, children)?;
    }
    for (field, name) in
        [("body", "message"), ("title", "name"), ("image_hash", "image_hash"), ("link_url", "link")]
    {
        if let Some(value) = data.get(name) {
            fields.insert(field.into(), value.clone());
        }
    }
    fields.insert("object_type".into(), json!("SHARE"));
    Ok(())
}

fn carousel(world: &World, account: &Account, page: &str, children: &Value) -> MetaResult<()> {
    let path = ["link_data", "child_attachments"];
    let children = children.as_array().ok_or_else(|| bad(&path, "child_attachments must be an array"))?;
    if !(2..=10).contains(&children.len()) {
        return Err(bad(&path, "A carousel has 2 to 10 cards"));
    }
    for child in children {
        let child = child.as_object().ok_or_else(|| bad(&path, "A card must be an object"))?;
        known(child, CHILD, &path)?;
        if !child.get("link").and_then(Value::as_str).is_some_and(is_web_link) {
            return Err(bad(&path, "A card needs a link"));
        }
        if let Some(id) = child.get("video_id") {
            shown_video(world, account, id, &path)?;
        }
        if !["image_hash", "picture", "video_id"].iter().any(|name| child.contains_key(*name)) {
            return Err(bad(&path, "A card needs an image or a video"));
        }
        image(world, account, child, &path)?;
        if let Some(action) = child.get("call_to_action") {
            call_to_action(world, page, action, &path)?;
        }
    }
    Ok(())
}

fn photo(
    world: &World,
    account: &Account,
    data: &Map<String, Value>,
    fields: &mut Map<String, Value>,
) -> MetaResult<()> {
    known(data, PHOTO, &["photo_data"])?;
    if !data.contains_key("image_hash") && !data.contains_key("url") {
        return Err(bad(&["photo_data"], "photo_data needs image_hash or url"));
    }
    image(world, account, data, &["photo_data"])?;
    if let Some(caption) = data.get("caption") {
        fields.insert("body".into(), caption.clone());
    }
    fields.insert("object_type".into(), json!("PHOTO"));
    Ok(())
}

/// A video and its thumbnail, which it must have. Whether it is ready is asked when an ad is to show it (§7).
fn video(
    world: &World,
    account: &Account,
    page: &str,
    data: &Map<String, Value>,
    fields: &mut Map<String, Value>,
) -> MetaResult<()> {
    known(data, VIDEO, &["video_data"])?;
    texts(data, &["title", "message", "link_description"], "video_data")?;
    let id = data.get("video_id").ok_or_else(|| bad(&["video_data", "video_id"], "video_id is required"))?;
    let id = shown_video(world, account, id, &["video_data"])?;
    if !data.contains_key("image_hash") && !data.contains_key("image_url") {
        let message = "Please specify one of image_hash or image_url in the video_data";
        return Err(bad(&["video_data", "image_hash"], message));
    }
    image(world, account, data, &["video_data"])?;
    if data.get("image_url").is_some_and(|url| !url.as_str().is_some_and(is_web_link)) {
        return Err(bad(&["video_data", "image_url"], "image_url must be an absolute http or https URL"));
    }
    if let Some(action) = data.get("call_to_action") {
        call_to_action(world, page, action, &["video_data", "call_to_action"])?;
        fields.insert("call_to_action_type".into(), action["type"].clone());
        fields.extend(action["value"].get("link").map(|link| ("link_url".to_owned(), link.clone())));
    }
    for (field, name) in
        [("body", "message"), ("title", "title"), ("image_hash", "image_hash"), ("image_url", "image_url")]
    {
        fields.extend(data.get(name).map(|value| (field.to_owned(), value.clone())));
    }
    fields.insert("video_id".into(), json!(id));
    fields.insert("object_type".into(), json!("VIDEO"));
    Ok(())
}

fn shown_video(world: &World, account: &Account, id: &Value, path: &[&str]) -> MetaResult<NodeId> {
    let found = videos::find(world, account, id).map(|video| video.id);
    found.ok_or_else(|| {
        bad(&[path, &["video_id"]].concat(), format!("Video {id} does not exist in this ad account"))
    })
}

fn call_to_action(world: &World, page: &str, action: &Value, path: &[&str]) -> MetaResult<()> {
    let unparseable = |message: &str| {
        MetaError::new(100, "Invalid parameter")
            .subcode(1373054)
            .user("Call to action cannot be read", message)
            .blame(&[&["object_story_spec"], path].concat())
    };
    let kind = action["type"].as_str().unwrap_or_default();
    if !CTA_TYPES.contains(&kind) {
        return Err(unparseable(&format!("{kind} is not a call to action type.")));
    }
    let Some(value) = action.get("value") else { return Ok(()) };
    let value = value.as_object().ok_or_else(|| unparseable("value must be an object."))?;
    if let Some(name) = value.keys().find(|name| !CTA_VALUE.contains(&name.as_str())) {
        return Err(unparseable(&format!("Unknown field {name} in the call to action.")));
    }
    let link = value.get("link").and_then(Value::as_str);
    if kind == "CALL_NOW" && !link.is_some_and(is_phone_link) {
        return Err(unparseable("CALL_NOW needs a tel: link with a country code."));
    }
    if let Some(form) = value.get("lead_gen_form_id") {
        form_fits(world, page, form, kind, path)?;
    }
    Ok(())
}

fn is_phone_link(link: &str) -> bool {
    link.strip_prefix("tel:+").is_some_and(|digits| {
        (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn form_fits(world: &World, page: &str, form: &Value, kind: &str, path: &[&str]) -> MetaResult<()> {
    let id = form.as_str().map_or_else(|| form.to_string(), str::to_owned);
    let found = NodeId::parse(&id).and_then(|id| world.object(id));
    let found = found.filter(|form| form.kind == Kind::LeadForm && form.owner == page && form.is_current());
    if found.is_none() {
        return Err(bad(path, format!("Lead form {id} does not exist on page {page}")));
    }
    if FORM_CTAS.contains(&kind) {
        return Ok(());
    }
    Err(bad(path, format!("{kind} cannot open an instant form")))
}
