//! What the TikTok side holds from the start: the people and money of the other platforms.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::store::{Advertiser, AdvertiserStatus, Identity, IdentityType};
use crate::fixtures::{STRANGER, USER};

/// The developer app that callers are.
pub const TIKTOK_APP_ID: &str = "7000000000000000001";
/// Its secret, which is public because everything here is pretended.
pub const TIKTOK_APP_SECRET: &str = "sandbox-tiktok-app-secret";

/// Ada's business centre.
pub(crate) const BUSINESS_CENTRE: &str = "7006001";

struct Row(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    AdvertiserStatus,
    &'static str,
);

const ADVERTISERS: &[Row] = &[
    Row("7001001", "Placard Outdoor EU", "EUR", "Europe/Berlin", "DE", AdvertiserStatus::Enable, USER),
    Row("7001002", "Placard Outdoor US", "USD", "America/New_York", "US", AdvertiserStatus::Enable, USER),
    Row("7001003", "Placard Outdoor Japan", "JPY", "Asia/Tokyo", "JP", AdvertiserStatus::Enable, USER),
    Row("7001004", "Placard Outdoor Archive", "EUR", "Europe/Berlin", "DE", AdvertiserStatus::Limit, USER),
    Row("7009001", "Elsewhere Apparel", "EUR", "Europe/Madrid", "ES", AdvertiserStatus::Enable, STRANGER),
];

/// Advertisers by id. The one in dollars is allow-listed for what others may not use, and the one in yen has not
/// confirmed the terms of lead ads.
pub(crate) fn advertisers() -> BTreeMap<String, Advertiser> {
    let created = DateTime::<Utc>::from_timestamp(1_700_000_000, 0).unwrap_or_default();
    let advertiser = |row: &Row| Advertiser {
        id: row.0.into(),
        name: row.1.into(),
        currency: row.2.into(),
        timezone: row.3.into(),
        country: row.4.into(),
        status: row.5,
        user: row.6.into(),
        allow_listed: row.0 == "7001002",
        lead_terms: row.0 != "7001003",
        quota: match row.5 {
            AdvertiserStatus::Enable => 5000,
            _ => 0,
        },
        has_balance: true,
        created,
    };
    ADVERTISERS.iter().map(|row| (row.0.to_owned(), advertiser(row))).collect()
}

/// Identities that are there without being made: a linked account of Ada's, and one for ads of its own name.
pub(crate) fn identities(advertiser: &str) -> Vec<Identity> {
    let identity = |id: &str, kind, name: &str| Identity {
        id: format!("{id}{}", &advertiser[advertiser.len() - 4..]),
        advertiser: advertiser.to_owned(),
        kind,
        name: name.to_owned(),
    };
    vec![
        identity("730000000000001", IdentityType::CustomizedUser, "Placard Outdoor"),
        identity("730000000000002", IdentityType::TtUser, "placard.outdoor"),
    ]
}

/// The pixel of an advertiser's web shop: id, code and the events that it has seen (§4).
pub(crate) fn pixel(advertiser: &str) -> Option<(&'static str, &'static str)> {
    match advertiser {
        "7001001" => Some(("7400000000000000001", "CPIXELSANDBOXEU00001")),
        "7001002" => Some(("7400000000000000002", "CPIXELSANDBOXUS00002")),
        "7001003" => Some(("7400000000000000003", "CPIXELSANDBOXJP00003")),
        _ => None,
    }
}

/// Pages of an advertiser: id, business type, status, title (§15).
pub(crate) fn pages(advertiser: &str) -> &'static [(&'static str, &'static str, &'static str, &'static str)] {
    match advertiser {
        "7001001" => &[
            ("7500000000000000001", "LEAD_GEN", "PUBLISHED", "Trail club newsletter"),
            ("7500000000000000002", "LEAD_GEN", "DRAFT", "Unfinished form"),
            ("7500000000000000003", "TIKTOK_INSTANT_PAGE", "PUBLISHED", "Boots, quickly"),
        ],
        "7001002" => &[("7500000000000000004", "LEAD_GEN", "PUBLISHED", "Trail club newsletter")],
        "7001003" => &[("7500000000000000005", "LEAD_GEN", "PUBLISHED", "Trail club newsletter")],
        _ => &[],
    }
}

/// The app that an advertiser promotes (§4).
pub(crate) fn app(advertiser: &str) -> Option<(&'static str, &'static str)> {
    (advertiser == "7001002").then_some(("7600000000000000001", "Placard Trails"))
}
