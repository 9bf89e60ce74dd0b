//! `asset_feed_spec`: several texts and images that the platform combines (Meta, `platforms/meta.md` §11).

use serde_json::{Map, Value};

use super::account::Account;
use super::creatives::is_web_link;
use super::envelope::{MetaError, MetaResult};
use super::{images, videos};
use crate::world::World;

const KNOWN: &[&str] = &[
    "images",
    "videos",
    "bodies",
    "titles",
    "descriptions",
    "link_urls",
    "call_to_action_types",
    "call_to_actions",
    "ad_formats",
    "optimization_type",
    "asset_customization_rules",
    "call_ads_configuration",
    "captions",
    "groups",
    "additional_data",
    "carousels",
    "autotranslate",
    "shops_bundle",
    "message_extensions",
    "onsite_destinations",
];
const FORMATS: &[&str] = &["SINGLE_IMAGE", "SINGLE_VIDEO", "CAROUSEL_IMAGE", "AUTOMATIC_FORMAT", "CAROUSEL"];
const OPTIMIZATIONS: &[&str] = &["REGULAR", "DEGREES_OF_FREEDOM", "PLACEMENT", "LANGUAGE"];

/// How many of each may be given.
const CAPS: &[(&str, usize)] = &[
    ("images", 10),
    ("videos", 10),
    ("titles", 5),
    ("bodies", 5),
    ("descriptions", 5),
    ("call_to_action_types", 5),
];

fn bad(name: &str, message: impl std::fmt::Display) -> MetaError {
    MetaError::new(100, format!("(#100) {message}")).blame(&["asset_feed_spec", name])
}

/// Checks an asset feed.
pub(crate) fn check(world: &World, account: &Account, feed: &Map<String, Value>) -> MetaResult<()> {
    if let Some(name) = feed.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(bad(name, format!("Unknown field {name} in asset_feed_spec")));
    }
    for (name, most) in CAPS {
        if list(feed, name)?.len() > *most {
            return Err(bad(name, format!("At most {most} {name} may be given")));
        }
    }
    for name in ["bodies", "titles", "descriptions"] {
        unique_texts(feed, name)?;
    }
    for image in list(feed, "images")? {
        let hash = image["hash"].as_str().unwrap_or_default();
        if !images::usable(world, account, hash) {
            return Err(bad("images", format!("Image {hash} does not exist in this ad account")));
        }
    }
    for video in list(feed, "videos")? {
        if videos::find(world, account, &video["video_id"]).is_none() {
            return Err(bad("videos", format!("Video {} does not exist", video["video_id"])));
        }
        let cover = video["thumbnail_hash"].as_str();
        if cover.is_some_and(|hash| !images::usable(world, account, hash)) {
            return Err(bad("videos", "The thumbnail_hash of a video does not exist in this ad account"));
        }
    }
    for link in list(feed, "link_urls")? {
        if !link["website_url"].as_str().is_some_and(is_web_link) {
            return Err(bad("link_urls", "Each of link_urls needs an absolute website_url"));
        }
    }
    words(feed, "ad_formats", FORMATS)?;
    if let Some(kind) = feed.get("optimization_type")
        && !kind.as_str().is_some_and(|kind| OPTIMIZATIONS.contains(&kind))
    {
        return Err(bad("optimization_type", format!("Unknown optimization_type {kind}")));
    }
    default_rule_last(feed)
}

fn list<'f>(feed: &'f Map<String, Value>, name: &str) -> MetaResult<&'f [Value]> {
    match feed.get(name) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(bad(name, format!("{name} must be an array"))),
    }
}

fn unique_texts(feed: &Map<String, Value>, name: &str) -> MetaResult<()> {
    let mut seen = std::collections::BTreeSet::new();
    for entry in list(feed, name)? {
        let text = entry["text"].as_str().ok_or_else(|| bad(name, format!("Each of {name} needs a text")))?;
        if !seen.insert(text) {
            return Err(MetaError::new(100, "Invalid parameter")
                .subcode(1815629)
                .user("Duplicate values", format!("The {name} of an asset feed must differ."))
                .blame(&["asset_feed_spec", name]));
        }
    }
    Ok(())
}

fn words(feed: &Map<String, Value>, name: &str, known: &[&str]) -> MetaResult<()> {
    match list(feed, name)?.iter().find(|word| !word.as_str().is_some_and(|word| known.contains(&word))) {
        Some(word) => Err(bad(name, format!("Unknown value {word} in {name}"))),
        None => Ok(()),
    }
}

/// Customisation needs a last rule that fits everything (1885923).
fn default_rule_last(feed: &Map<String, Value>) -> MetaResult<()> {
    let rules = list(feed, "asset_customization_rules")?;
    let open = |rule: &Value| rule["customization_spec"].as_object().is_none_or(Map::is_empty);
    match rules.last() {
        Some(last) if !open(last) => Err(MetaError::new(100, "Invalid parameter")
            .subcode(1885923)
            .user("Default rule missing", "The last customisation rule must have an empty specification.")
            .blame(&["asset_feed_spec", "asset_customization_rules"])),
        Some(_) | None => Ok(()),
    }
}
