//! What the Google side holds from the start: the people and money of the Meta side.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::kind::{Kind, Lifecycle};
use super::store::{Customer, CustomerStatus, Resource, StatusChange};
use crate::fixtures::{STRANGER, USER};
use crate::object::Moment;

/// The OAuth client that callers are.
pub const GOOGLE_CLIENT_ID: &str = "1000000000001-sandbox.apps.googleusercontent.com";
/// Its secret, which is public because everything here is pretended.
pub const GOOGLE_CLIENT_SECRET: &str = "GOCSPX-sandbox-client-secret";

/// The manager above Ada's accounts.
pub(crate) const MANAGER: &str = "1000000000";

struct Row(&'static str, &'static str, &'static str, &'static str, CustomerStatus, Option<&'static str>);

/// Ada reaches the manager and the account in dollars by herself, the others through the manager only.
const ACCOUNTS: &[Row] = &[
    Row("1001001001", "Placard Outdoor EU", "EUR", "Europe/Berlin", CustomerStatus::Enabled, None),
    Row("1001001002", "Placard Outdoor US", "USD", "America/New_York", CustomerStatus::Enabled, Some(USER)),
    Row("1001001003", "Placard Outdoor Japan", "JPY", "Asia/Tokyo", CustomerStatus::Enabled, None),
    Row("1001001004", "Placard Outdoor Archive", "EUR", "Europe/Berlin", CustomerStatus::Suspended, None),
];

/// Customers by id.
pub(crate) fn customers() -> BTreeMap<String, Customer> {
    let account = |row: &Row| Customer {
        id: row.0.into(),
        name: row.1.into(),
        currency: row.2.into(),
        time_zone: row.3.into(),
        is_manager: false,
        status: row.4,
        manager: Some(MANAGER.into()),
        user: row.5.map(Into::into),
    };
    let manager = Customer {
        id: MANAGER.into(),
        name: "Placard Outdoor".into(),
        currency: "EUR".into(),
        time_zone: "Europe/Berlin".into(),
        is_manager: true,
        status: CustomerStatus::Enabled,
        manager: None,
        user: Some(USER.into()),
    };
    let stranger = Customer {
        id: "1009009009".into(),
        name: "Elsewhere Apparel".into(),
        currency: "EUR".into(),
        time_zone: "Europe/Madrid".into(),
        is_manager: false,
        status: CustomerStatus::Enabled,
        manager: None,
        user: Some(STRANGER.into()),
    };
    let all = ACCOUNTS.iter().map(account).chain([manager, stranger]);
    all.map(|customer| (customer.id.clone(), customer)).collect()
}

/// A purchase on the web site, which the three accounts that may advertise count as a conversion.
pub(crate) fn resources(start: DateTime<Utc>) -> Vec<Resource> {
    let purchase = |row: &Row, id: &str| {
        let name = format!("customers/{}/conversionActions/{id}", row.0);
        let fields = json!({
            "resourceName": name, "id": id, "name": "Purchase", "type": "WEBPAGE", "category": "PURCHASE",
            "primaryForGoal": true, "countingType": "MANY_PER_CLICK", "clickThroughLookbackWindowDays": "30",
            "viewThroughLookbackWindowDays": "1",
            "valueSettings": { "defaultValue": 1.0, "defaultCurrencyCode": row.2, "alwaysUseDefaultValue": false },
            "attributionModelSettings": { "attributionModel": "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN" },
        });
        Resource {
            name,
            kind: Kind::ConversionAction,
            customer: row.0.into(),
            state: Lifecycle::Enabled,
            fields: fields.as_object().cloned().unwrap_or_else(Map::<String, Value>::new),
            created: Moment { at: start, seq: 0 },
            updated: start,
            history: vec![StatusChange { at: start, seq: 0, status: Lifecycle::Enabled }],
            first_active: None,
            review: None,
            learning: None,
            listed_from: None,
        }
    };
    ACCOUNTS.iter().zip(["7001", "7002", "7003"]).map(|(row, id)| purchase(row, id)).collect()
}
