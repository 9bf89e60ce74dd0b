//! Where ads show, and which placements need which (Meta, `platforms/meta.md` §10).

use serde_json::{Map, Value};

use super::envelope::{MetaError, MetaResult};
use super::matrix::Goal;
use super::targeting::texts;

/// Positions by the member that lists them; the platform they belong to.
const POSITIONS: &[(&str, &str, &[&str])] = &[
    (
        "facebook_positions",
        "facebook",
        &[
            "feed",
            "right_hand_column",
            "marketplace",
            "story",
            "search",
            "instream_video",
            "facebook_reels",
            "facebook_reels_overlay",
            "profile_feed",
            "notification",
        ],
    ),
    (
        "instagram_positions",
        "instagram",
        &["stream", "story", "reels", "explore_home", "profile_feed", "ig_search", "profile_reels"],
    ),
    ("threads_positions", "threads", &["threads_stream"]),
    ("audience_network_positions", "audience_network", &["classic", "rewarded_video"]),
    ("messenger_positions", "messenger", &["sponsored_messages"]),
    ("whatsapp_positions", "whatsapp", &["status"]),
];

const PLATFORMS: &[&str] = &["facebook", "instagram", "messenger", "audience_network", "threads", "whatsapp"];
const DEVICES: &[&str] = &["mobile", "desktop", "connected_tv"];

/// Facebook positions that are sold only together with the feed.
const WITH_FEED: &[&str] = &["story", "marketplace", "search", "profile_feed", "notification"];

pub(crate) fn check(spec: &Map<String, Value>, goal: Goal) -> MetaResult<()> {
    let platforms = texts(spec.get("publisher_platforms"));
    if let Some(unknown) = platforms.iter().find(|name| !PLATFORMS.contains(&name.as_str())) {
        return Err(invalid("publisher_platforms", &format!("{unknown} is not a platform.")));
    }
    if let Some(unknown) = texts(spec.get("device_platforms")).iter().find(|d| !DEVICES.contains(&d.as_str()))
    {
        return Err(invalid("device_platforms", &format!("{unknown} is not a device platform.")));
    }
    for (member, platform, known) in POSITIONS {
        let named = texts(spec.get(*member));
        if let Some(unknown) = named.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(invalid(member, &format!("The placement {unknown} is not available.")));
        }
        if !named.is_empty() && !platforms.iter().any(|name| name == platform) {
            return Err(invalid(member, &format!("{member} needs {platform} among publisher_platforms.")));
        }
    }
    if platforms == ["audience_network"] {
        return Err(invalid("publisher_platforms", "Audience Network cannot be the only platform."));
    }
    together(spec)?;
    let sponsored = !texts(spec.get("messenger_positions")).is_empty();
    if sponsored && !matches!(goal, Goal::Conversations | Goal::Impressions | Goal::MessagingPurchase) {
        return Err(invalid("messenger_positions", "Sponsored messages do not serve this goal."));
    }
    Ok(())
}

/// Placements that need another one.
fn together(spec: &Map<String, Value>) -> MetaResult<()> {
    let (facebook, instagram) =
        (texts(spec.get("facebook_positions")), texts(spec.get("instagram_positions")));
    let has = |list: &[String], name: &str| list.iter().any(|item| item == name);
    if let Some(lonely) = facebook.iter().find(|name| WITH_FEED.contains(&name.as_str()))
        && !has(&facebook, "feed")
    {
        return Err(invalid("facebook_positions", &format!("{lonely} needs feed.")));
    }
    let threads = !texts(spec.get("threads_positions")).is_empty();
    if threads && !has(&instagram, "stream") {
        return Err(invalid("threads_positions", "Threads needs the Instagram stream."));
    }
    let whatsapp = !texts(spec.get("whatsapp_positions")).is_empty();
    if whatsapp && !has(&instagram, "story") {
        return Err(invalid("whatsapp_positions", "WhatsApp status needs Instagram stories."));
    }
    Ok(())
}

fn invalid(member: &str, message: &str) -> MetaError {
    MetaError::new(100, "Invalid parameter")
        .subcode(1815433)
        .user("Invalid placement", message)
        .blame(&["targeting", member])
}
