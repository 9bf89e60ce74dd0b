//! Assets and their links.

use super::{FINAL_URLS, ID, RESOURCE_NAME, STATUS, TRACKING_URL_TEMPLATE, URL_CUSTOM_PARAMETERS};
use crate::google::schema::{Message, Type as T, field};

const TEXT: Message = Message { fields: &[field("text", T::Text).immutable()] };
const SIZE: Message = Message {
    fields: &[
        field("heightPixels", T::Int64).output(),
        field("widthPixels", T::Int64).output(),
        field("url", T::Text).output(),
    ],
};
const IMAGE: Message = Message {
    fields: &[
        field("data", T::Bytes).write_only(),
        field("fileSize", T::Int64).output(),
        field("mimeType", T::Enum(&["IMAGE_JPEG", "IMAGE_GIF", "IMAGE_PNG"])).output(),
        field("fullSize", T::Message(&SIZE)).output(),
    ],
};
const SITELINK: Message = Message {
    fields: &[
        field("linkText", T::Text).immutable(),
        field("description1", T::Text).immutable(),
        field("description2", T::Text).immutable(),
    ],
};
const CALLOUT: Message = Message { fields: &[field("calloutText", T::Text).immutable()] };

pub(crate) const ASSET: Message = Message {
    fields: &[
        RESOURCE_NAME,
        ID,
        field("name", T::Text),
        field("type", T::Enum(&["TEXT", "IMAGE", "SITELINK", "CALLOUT"])).output(),
        FINAL_URLS,
        TRACKING_URL_TEMPLATE,
        URL_CUSTOM_PARAMETERS,
        field("textAsset", T::Message(&TEXT)).immutable().of("asset_data"),
        field("imageAsset", T::Message(&IMAGE)).immutable().of("asset_data"),
        field("sitelinkAsset", T::Message(&SITELINK)).immutable().of("asset_data"),
        field("calloutAsset", T::Message(&CALLOUT)).immutable().of("asset_data"),
    ],
};

/// The roles in which an asset can be linked.
const ASSET_FIELD_TYPES: &[&str] = &[
    "HEADLINE",
    "DESCRIPTION",
    "MANDATORY_AD_TEXT",
    "MARKETING_IMAGE",
    "MEDIA_BUNDLE",
    "YOUTUBE_VIDEO",
    "BOOK_ON_GOOGLE",
    "LEAD_FORM",
    "PROMOTION",
    "CALLOUT",
    "STRUCTURED_SNIPPET",
    "SITELINK",
    "MOBILE_APP",
    "HOTEL_CALLOUT",
    "CALL",
    "PRICE",
    "LONG_HEADLINE",
    "BUSINESS_NAME",
    "SQUARE_MARKETING_IMAGE",
    "PORTRAIT_MARKETING_IMAGE",
    "LOGO",
    "LANDSCAPE_LOGO",
    "VIDEO",
    "CALL_TO_ACTION_SELECTION",
    "AD_IMAGE",
    "BUSINESS_LOGO",
];

pub(crate) const CAMPAIGN_ASSET: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("campaign", T::Name).immutable(),
        field("asset", T::Name).immutable(),
        field("fieldType", T::Enum(ASSET_FIELD_TYPES)).immutable(),
        field("status", T::Enum(STATUS)),
    ],
};

pub(crate) const AD_GROUP_ASSET: Message = Message {
    fields: &[
        RESOURCE_NAME,
        field("adGroup", T::Name).immutable(),
        field("asset", T::Name).immutable(),
        field("fieldType", T::Enum(ASSET_FIELD_TYPES)).immutable(),
        field("status", T::Enum(STATUS)),
    ],
};
