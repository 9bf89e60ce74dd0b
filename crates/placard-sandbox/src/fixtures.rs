//! What the simulated world holds from the start.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::meta::account::{Account, Page};

/// The app that callers are.
pub const APP_ID: &str = "1000000000000001";
/// Its secret, which is public because everything here is pretended.
pub const APP_SECRET: &str = "sandbox-app-secret";
/// Ada Sandbox, who consents and owns the accounts 1001 to 1005.
pub const USER: &str = "5001";
/// Somebody else.
pub const STRANGER: &str = "5999";
/// The business that holds Ada's accounts.
pub(crate) const BUSINESS: &str = "6001";

/// A user's id and name.
pub(crate) const USERS: &[(&str, &str)] = &[(USER, "Ada Sandbox"), (STRANGER, "Bea Elsewhere")];

struct Row(&'static str, &'static str, &'static str, &'static str, i64, bool, &'static str);

const ACCOUNTS: &[Row] = &[
    Row("1001", "Placard Outdoor EU", "EUR", "Europe/Berlin", 1, true, USER),
    Row("1002", "Placard Outdoor US", "USD", "America/New_York", 1, true, USER),
    Row("1003", "Placard Outdoor Japan", "JPY", "Asia/Tokyo", 1, true, USER),
    Row("1004", "Placard Outdoor Archive", "EUR", "Europe/Berlin", 2, true, USER),
    Row("1005", "Placard Outdoor Startup", "EUR", "Europe/Paris", 1, false, USER),
    Row("9001", "Elsewhere Apparel", "EUR", "Europe/Madrid", 1, true, STRANGER),
];

/// Ad accounts by their digits.
pub(crate) fn accounts() -> BTreeMap<String, Account> {
    let created = DateTime::<Utc>::from_timestamp(1_700_000_000, 0).unwrap_or_default();
    let account = |row: &Row| Account {
        id: row.0.into(),
        name: row.1.into(),
        currency: row.2.into(),
        timezone: row.3.into(),
        account_status: row.4,
        disable_reason: if row.4 == 2 { 1 } else { 0 },
        has_payment: row.5,
        user: row.6.into(),
        spend_cap: None,
        default_dsa_beneficiary: (row.0 == "1005").then(|| "Placard Outdoor Startup SAS".into()),
        default_dsa_payor: (row.0 == "1005").then(|| "Placard Outdoor Startup SAS".into()),
        created,
    };
    ACCOUNTS.iter().map(|row| (row.0.to_owned(), account(row))).collect()
}

const PAGES: &[Page] = &[
    Page {
        id: "2001",
        name: "Placard Outdoor",
        category: "Outdoor & Sporting Goods Company",
        user: USER,
        leadgen_tos_accepted: true,
        instagram: Some("4001"),
    },
    Page {
        id: "2002",
        name: "Placard Trail Club",
        category: "Sports Club",
        user: USER,
        leadgen_tos_accepted: false,
        instagram: None,
    },
    Page {
        id: "2999",
        name: "Elsewhere Apparel",
        category: "Clothing (Brand)",
        user: STRANGER,
        leadgen_tos_accepted: true,
        instagram: None,
    },
];

/// Pages by id.
pub(crate) fn pages() -> BTreeMap<String, Page> {
    PAGES.iter().map(|page| (page.id.to_owned(), page.clone())).collect()
}

/// Pixels an ad account may use.
pub(crate) fn pixels(account: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let shared = matches!(account, "1001" | "1002");
    shared.then_some(("3001", "Placard Outdoor web shop")).into_iter()
}

/// Instagram identities a user may speak as.
pub(crate) fn instagram(user: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    (user == USER).then_some(("4001", "placard.outdoor")).into_iter()
}
