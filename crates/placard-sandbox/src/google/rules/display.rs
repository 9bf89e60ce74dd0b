//! Responsive display ads and the shapes of their images (Google, `platforms/google.md` §4).

use serde_json::{Map, Value, json};

use super::ad::{line, texts};
use super::{Errors, string};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::Kind;
use crate::google::store::int_at;

/// Width to height, and the least width and height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    ratio: (i64, i64),
    least: (i64, i64),
}

pub(super) const LANDSCAPE: Shape = Shape { ratio: (191, 100), least: (600, 314) };
pub(super) const SQUARE: Shape = Shape { ratio: (1, 1), least: (300, 300) };
pub(super) const LOGO: Shape = Shape { ratio: (1, 1), least: (128, 128) };
pub(super) const WIDE_LOGO: Shape = Shape { ratio: (4, 1), least: (512, 128) };
pub(super) const PORTRAIT: Shape = Shape { ratio: (4, 5), least: (480, 600) };

pub(super) fn check(desk: &Desk<'_>, ad: &Map<String, Value>, place: &str, errors: &mut Errors) {
    texts(ad, "headlines", (1, 5), 30, &[], place, errors);
    texts(ad, "descriptions", (1, 5), 90, &[], place, errors);
    match ad.get("longHeadline").and_then(|text| text["text"].as_str()) {
        Some(text) => line(text, 90, &format!("{place}long_headline.text"), errors),
        None => errors.push(AdsError::required(&format!("{place}long_headline"))),
    }
    match string(ad, "businessName") {
        "" => errors.push(AdsError::required(&format!("{place}business_name"))),
        name => line(name, 25, &format!("{place}business_name"), errors),
    }
    for (member, shape, needed) in [
        ("marketingImages", LANDSCAPE, true),
        ("squareMarketingImages", SQUARE, true),
        ("logoImages", WIDE_LOGO, false),
        ("squareLogoImages", LOGO, false),
    ] {
        let images = ad.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let at = format!("{place}{}", crate::google::schema::snake(member));
        if images.is_empty() && needed {
            errors.push(AdsError::new("collectionSizeError", "TOO_FEW", "At least 1 is needed.").at(&at));
        }
        for (index, image) in images.iter().enumerate() {
            let at = format!("{at}[{index}].asset");
            match image["asset"].as_str() {
                Some(asset) => errors.extend(image_error(desk, asset, shape, member == "logoImages", &at)),
                None => errors.push(AdsError::required(&at)),
            }
        }
    }
}

/// Why an asset cannot take the place of an image of a shape. A logo may be square as well where both are
/// welcome.
pub(super) fn image_error(
    desk: &Desk<'_>,
    asset: &str,
    shape: Shape,
    or_square: bool,
    place: &str,
) -> Option<AdsError> {
    let asset = match desk.refer(Kind::Asset, asset, place) {
        Ok(asset) => asset,
        Err(error) => return Some(error),
    };
    let size = |side: &str| int_at(&asset.fields, &["imageAsset", "fullSize", side]);
    let (Some(width), Some(height)) = (size("widthPixels"), size("heightPixels")) else {
        let text = "The asset is not an image.";
        let error = AdsError::new("assetLinkError", "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE", text);
        return Some(error.at(place));
    };
    // Within a hundredth of the ratio.
    let fits = |(w, h): (i64, i64)| ((width * h - height * w) * 100).abs() <= height * w;
    let error =
        |code, text: &str| Some(AdsError::new("imageError", code, text).at(place).trigger(json!(asset.name)));
    let shape = if or_square && fits(LOGO.ratio) { LOGO } else { shape };
    if !fits(shape.ratio) {
        return error("ASPECT_RATIO_NOT_ALLOWED", "The image has the wrong aspect ratio.");
    }
    if width < shape.least.0 || height < shape.least.1 {
        return error("IMAGE_TOO_SMALL", "The image is too small.");
    }
    None
}
