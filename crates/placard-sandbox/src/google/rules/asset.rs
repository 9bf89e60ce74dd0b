//! Assets and their links (Google, `platforms/google.md` §4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use imagesize::ImageType;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::display::{self, LANDSCAPE, LOGO, PORTRAIT, SQUARE, WIDE_LOGO};
use super::{Errors, Fields, missing, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::Kind;
use crate::google::store::Resource;

/// Bytes of an image.
const MOST_BYTES: usize = 5120 * 1024;

fn error(code: &'static str, message: &str) -> AdsError {
    AdsError::new("assetError", code, message)
}

pub(super) fn check(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    text::urls(fields, "finalUrls", "final_urls", errors);
    text::parameters(fields, "", errors);
    let kinds = [
        ("textAsset", "TEXT"),
        ("imageAsset", "IMAGE"),
        ("sitelinkAsset", "SITELINK"),
        ("calloutAsset", "CALLOUT"),
    ];
    let Some((member, kind)) = kinds.into_iter().find(|(member, _)| fields.contains_key(*member)) else {
        return errors.push(missing(old, "asset_data"));
    };
    fields.insert("type".into(), json!(kind));
    if old.is_none() {
        match member {
            "imageAsset" => image(fields, errors),
            "textAsset" => line(fields, (member, "text"), usize::MAX, true, errors),
            "sitelinkAsset" => sitelink(fields, errors),
            _ => line(fields, (member, "calloutText"), 25, true, errors),
        }
    }
    if kind == "IMAGE" || fields.contains_key("name") {
        text::name(old, fields, text::NAME, errors);
    }
    let name = string(fields, "name");
    let other = desk.world.google.owned(&desk.customer.id, Kind::Asset).find(|other| {
        !name.is_empty() && other.text("name") == name && old.is_none_or(|old| old.name != other.name)
    });
    if let Some(other) = other
        && (old.is_some() || content(&other.fields) != content(fields))
    {
        let text = "Another asset has this name.";
        errors.push(error("DUPLICATE_ASSET_NAME", text).at("name").trigger(json!(name)));
    }
}

fn line(fields: &Fields, (member, inner): (&str, &str), most: usize, needed: bool, errors: &mut Errors) {
    let place = format!("{}.{}", crate::google::schema::snake(member), crate::google::schema::snake(inner));
    match fields.get(member).and_then(|asset| asset[inner].as_str()).filter(|text| !text.is_empty()) {
        None if needed => errors.push(AdsError::required(&place)),
        None => {}
        Some(text) if text.chars().count() > most => {
            let message = format!("The text is longer than {most}.");
            let error = AdsError::new("stringLengthError", "TOO_LONG", message);
            errors.push(error.at(&place).trigger(json!(text)));
        }
        Some(_) => {}
    }
}

fn sitelink(fields: &Fields, errors: &mut Errors) {
    const MEMBER: &str = "sitelinkAsset";
    line(fields, (MEMBER, "linkText"), 25, true, errors);
    let has = |inner: &str| fields.get(MEMBER).is_some_and(|asset| !asset[inner].is_null());
    // One description needs the other.
    let both = has("description1") || has("description2");
    for inner in ["description1", "description2"] {
        line(fields, (MEMBER, inner), 35, both, errors);
    }
    if fields.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        let text = "A sitelink has at least one final URL.";
        errors.push(AdsError::new("fieldError", "REQUIRED_NONEMPTY_LIST", text).at("final_urls"));
    }
}

/// Looks into an image and keeps what is read back of it.
fn image(fields: &mut Fields, errors: &mut Errors) {
    const PLACE: &str = "image_asset.data";
    let data = fields.get("imageAsset").and_then(|image| image["data"].as_str()).unwrap_or_default();
    let Ok(bytes) = BASE64.decode(data) else { return errors.push(AdsError::required(PLACE)) };
    if bytes.is_empty() {
        return errors.push(AdsError::required(PLACE));
    }
    let error = |code, message: &str| AdsError::new("imageError", code, message).at(PLACE);
    if bytes.len() > MOST_BYTES {
        return errors.push(error("FILE_TOO_LARGE", "The image is larger than 5120 KB."));
    }
    let mime = match imagesize::image_type(&bytes) {
        Ok(ImageType::Jpeg) => "IMAGE_JPEG",
        Ok(ImageType::Png) => "IMAGE_PNG",
        Ok(ImageType::Gif) => "IMAGE_GIF",
        Ok(_) | Err(_) => return errors.push(error("INVALID_IMAGE", "The image cannot be read.")),
    };
    let Ok(size) = imagesize::blob_size(&bytes) else {
        return errors.push(error("INVALID_IMAGE", "The image cannot be read."));
    };
    let hash = hex::encode(Sha256::digest(&bytes));
    let url = format!("https://tpc.googlesyndication.com/simgad/{}", &hash[..20]);
    let read = json!({
        "fileSize": bytes.len().to_string(), "mimeType": mime,
        "fullSize": { "heightPixels": size.height.to_string(), "widthPixels": size.width.to_string(), "url": url },
    });
    fields.insert("imageAsset".into(), read);
}

/// What makes two assets the same; an image's address holds its hash.
fn content(fields: &Fields) -> Value {
    json!([
        fields.get("textAsset"),
        fields.get("imageAsset"),
        fields.get("sitelinkAsset"),
        fields.get("calloutAsset"),
        fields.get("finalUrls")
    ])
}

/// The asset that holds the same content already (§9).
pub(super) fn same(desk: &Desk<'_>, fields: &Fields) -> Option<String> {
    let wanted = content(fields);
    let known = desk.world.google.owned(&desk.customer.id, Kind::Asset);
    let mut same = known.filter(|asset| content(&asset.fields) == wanted);
    same.next().map(|asset| asset.name.clone())
}

pub(super) fn check_link(
    desk: &Desk<'_>,
    kind: Kind,
    old: Option<&Resource>,
    fields: &mut Fields,
    errors: &mut Errors,
) {
    let (member, holder, place) = match kind {
        Kind::AdGroupAsset => ("adGroup", Kind::AdGroup, "ad_group"),
        _ => ("campaign", Kind::Campaign, "campaign"),
    };
    let mut whole = true;
    for (member, place) in [(member, place), ("asset", "asset"), ("fieldType", "field_type")] {
        if !fields.contains_key(member) {
            errors.push(missing(old, place));
            whole = false;
        }
    }
    if !whole || old.is_some() {
        return;
    }
    errors.extend(desk.refer(holder, string(fields, member), place).err());
    let name = string(fields, "asset");
    let asset = match desk.refer(Kind::Asset, name, "asset") {
        Ok(asset) => asset.text("type").to_owned(),
        Err(error) => return errors.push(error),
    };
    let role = string(fields, "fieldType");
    let (wanted, shape) = match role {
        "SITELINK" => ("SITELINK", None),
        "CALLOUT" => ("CALLOUT", None),
        "HEADLINE" | "LONG_HEADLINE" | "DESCRIPTION" | "BUSINESS_NAME" => ("TEXT", None),
        "MARKETING_IMAGE" => ("IMAGE", Some(LANDSCAPE)),
        "SQUARE_MARKETING_IMAGE" => ("IMAGE", Some(SQUARE)),
        "PORTRAIT_MARKETING_IMAGE" => ("IMAGE", Some(PORTRAIT)),
        "LOGO" | "BUSINESS_LOGO" => ("IMAGE", Some(LOGO)),
        "LANDSCAPE_LOGO" => ("IMAGE", Some(WIDE_LOGO)),
        "AD_IMAGE" => ("IMAGE", None),
        _ => ("", None),
    };
    if asset != wanted {
        let code = "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE";
        let text = "The asset cannot be linked in this role.";
        errors.push(AdsError::new("assetLinkError", code, text).at("field_type").trigger(json!(role)));
    } else if let Some(shape) = shape {
        errors.extend(display::image_error(desk, name, shape, false, "asset"));
    }
}
