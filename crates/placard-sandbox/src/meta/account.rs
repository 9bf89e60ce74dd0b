//! Ad accounts, pages, pixels and Instagram identities: what exists before anything is published.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::edges::{self, Shape};
use super::envelope::{MetaError, MetaResult};
use super::money;
use crate::fixtures;
use crate::object::Kind;
use crate::world::World;

/// An ad account as it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Digits, without `act_`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) currency: String,
    /// IANA name.
    pub(crate) timezone: String,
    /// 1 active, 2 disabled, … (Meta, `platforms/meta.md` §4).
    pub(crate) account_status: i64,
    pub(crate) disable_reason: i64,
    pub(crate) has_payment: bool,
    /// The user who may use it.
    pub(crate) user: String,
    pub(crate) spend_cap: Option<i64>,
    pub(crate) default_dsa_beneficiary: Option<String>,
    pub(crate) default_dsa_payor: Option<String>,
    pub(crate) created: DateTime<Utc>,
}

/// A page, which ads speak for.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) user: &'static str,
    pub(crate) leadgen_tos_accepted: bool,
    pub(crate) instagram: Option<&'static str>,
}

/// Fields of an ad account that may be asked for.
const FIELDS: &[&str] = &[
    "id",
    "account_id",
    "name",
    "currency",
    "timezone_name",
    "timezone_offset_hours_utc",
    "timezone_id",
    "account_status",
    "disable_reason",
    "funding_source_details",
    "funding_source",
    "balance",
    "amount_spent",
    "spend_cap",
    "min_daily_budget",
    "min_campaign_group_spend_cap",
    "business",
    "owner",
    "tos_accepted",
    "user_tasks",
    "default_dsa_beneficiary",
    "default_dsa_payor",
    "created_time",
    "age",
    "is_personal",
    "business_country_code",
    "capabilities",
    "end_advertiser_name",
];

const PAGE_FIELDS: &[&str] = &[
    "id",
    "name",
    "category",
    "access_token",
    "tasks",
    "leadgen_tos_accepted",
    "instagram_business_account",
    "has_lead_access",
    "link",
    "is_published",
];

impl Account {
    pub(crate) fn zone(&self) -> Tz {
        self.timezone.parse().unwrap_or(Tz::UTC)
    }

    pub(crate) fn is_active(&self) -> bool {
        self.account_status == 1
    }

    /// The path id.
    pub(crate) fn act(&self) -> String {
        format!("act_{}", self.id)
    }
}

/// Renders an account with the fields asked for.
pub(crate) fn render(world: &World, account: &Account, shape: &Shape) -> MetaResult<Map<String, Value>> {
    let mut out = Map::new();
    for want in shape.with_id() {
        if let Some(kind) = edges::account_edge(&want.name) {
            out.insert(want.name.clone(), edges::nested(world, &account.id, kind, &want)?);
            continue;
        }
        edges::check_field(&want.name, FIELDS, "AdAccount")?;
        if let Some(value) = field(world, account, &want.name) {
            out.insert(want.name.clone(), value);
        }
    }
    Ok(out)
}

fn field(world: &World, account: &Account, name: &str) -> Option<Value> {
    let zone = account.zone();
    let spent = || world.spent_by_account(&account.id);
    Some(match name {
        "id" => json!(account.act()),
        "account_id" => json!(account.id),
        "name" => json!(account.name),
        "currency" => json!(account.currency),
        "timezone_name" => json!(account.timezone),
        "timezone_id" => json!(i64::from(zone as u16)),
        "timezone_offset_hours_utc" => {
            let offset = zone.offset_from_utc_datetime(&world.now().naive_utc()).fix().local_minus_utc();
            json!(offset / 3600)
        }
        "account_status" => json!(account.account_status),
        "disable_reason" => json!(account.disable_reason),
        "funding_source" if account.has_payment => json!(format!("6{}", account.id)),
        "funding_source_details" if account.has_payment => json!({
            "id": format!("6{}", account.id), "display_string": "Visa *4242", "type": 1
        }),
        "balance" => json!(spent().to_string()),
        "amount_spent" => json!(spent().to_string()),
        "spend_cap" => json!(account.spend_cap.unwrap_or(0).to_string()),
        "min_daily_budget" => json!(money::minimum_daily(&account.currency, money::Floor::Impressions, true)),
        "min_campaign_group_spend_cap" => json!(money::minimum_spend_cap(&account.currency).to_string()),
        "business" => json!({ "id": fixtures::BUSINESS, "name": "Placard Outdoor Group" }),
        "owner" => json!(fixtures::BUSINESS),
        "tos_accepted" => json!({ "web_custom_audience_tos": 1 }),
        "user_tasks" => json!(["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"]),
        "default_dsa_beneficiary" => json!(account.default_dsa_beneficiary.as_ref()?),
        "default_dsa_payor" => json!(account.default_dsa_payor.as_ref()?),
        "created_time" => json!(edges::wire_time(account.created, zone)),
        "age" => json!((world.now() - account.created).num_days()),
        "is_personal" => json!(0),
        "business_country_code" => json!("DE"),
        "capabilities" => json!([]),
        "end_advertiser_name" => json!(account.name),
        _ => return None,
    })
}

/// Renders a page; `token` is present when the caller may act as it.
pub(crate) fn render_page(page: &Page, shape: &Shape, token: Option<&str>) -> MetaResult<Map<String, Value>> {
    let mut out = Map::new();
    for want in shape.with_id() {
        edges::check_field(&want.name, PAGE_FIELDS, "Page")?;
        let value = match want.name.as_str() {
            "id" => json!(page.id),
            "name" => json!(page.name),
            "category" => json!(page.category),
            "tasks" => json!(["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]),
            "leadgen_tos_accepted" => json!(page.leadgen_tos_accepted),
            "has_lead_access" => json!({ "can_access_lead": true, "app_has_leads_permission": true }),
            "link" => json!(format!("https://www.facebook.com/{}", page.id)),
            "is_published" => json!(true),
            "access_token" => match token {
                Some(token) => json!(token),
                None => continue,
            },
            "instagram_business_account" => match page.instagram {
                Some(id) => json!({ "id": id }),
                None => continue,
            },
            _ => continue,
        };
        out.insert(want.name.clone(), value);
    }
    Ok(out)
}

/// The fixed lists below an account: pages, pixels, Instagram identities.
pub(crate) fn fixture_edge(account: &Account, edge: &str, shape: &Shape) -> Option<MetaResult<Vec<Value>>> {
    let rows: Vec<Value> = match edge {
        "promote_pages" => fixtures::pages()
            .values()
            .filter(|page| page.user == account.user)
            .map(|page| json!({ "id": page.id, "name": page.name, "category": page.category }))
            .collect(),
        "adspixels" => fixtures::pixels(&account.id)
            .map(
                |(id, name)| json!({ "id": id, "name": name, "last_fired_time": "2026-11-02T08:55:00+0000" }),
            )
            .collect(),
        "instagram_accounts" | "connected_instagram_accounts" => fixtures::instagram(&account.user)
            .map(|(id, name)| json!({ "id": id, "username": name }))
            .collect(),
        "customaudiences" | "saved_audiences" | "customconversions" => Vec::new(),
        _ => return None,
    };
    Some(rows.into_iter().map(|row| pick(row, shape)).collect())
}

/// Keeps of `row` what was asked for, and its id.
fn pick(row: Value, shape: &Shape) -> MetaResult<Value> {
    let Value::Object(mut row) = row else { return Ok(row) };
    row.retain(|name, _| name == "id" || shape.0.iter().any(|want| want.name == *name));
    Ok(Value::Object(row))
}

/// The account behind a path id, if the caller may see it.
pub(crate) fn visible<'w>(world: &'w World, user: &str, id: &str) -> MetaResult<&'w Account> {
    let account =
        world.accounts.get(id).ok_or_else(|| MetaError::no_such_object("get", &format!("act_{id}")))?;
    if account.user == user {
        return Ok(account);
    }
    Err(MetaError::new(200, "(#200) Ad account owner has NOT granted ads_management or ads_read permission"))
}

/// Refuses what a blocked account cannot do (§20).
pub(crate) fn may_advertise(account: &Account) -> MetaResult<()> {
    if account.is_active() {
        return Ok(());
    }
    Err(MetaError::new(1404078, "(#1404078) Your account is disabled and cannot create or change ads").user(
        "Ad account disabled",
        "This ad account has been disabled. Its ads stay off until the account is restored.",
    ))
}

impl World {
    /// What an account has spent so far, in minor units.
    pub(crate) fn spent_by_account(&self, account: &str) -> i64 {
        self.owned(account, Kind::Ad).into_iter().map(|ad| self.spent_by_ad(ad)).sum()
    }
}
