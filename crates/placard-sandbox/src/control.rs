//! `/_sandbox/*`: the clock, the world, the log, faults and hands that reach into the platform.

mod clicks;
mod rate;
mod tokens;
mod webhooks;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::faults::FaultPlan;
use crate::google;
use crate::hooks::{self, Sending};
use crate::microsoft;
use crate::object::{Kind, NodeId, Status};
use crate::server::App;
use crate::tiktok;
use crate::wire::WireEnum;
use crate::world::{RecordKey, World};

/// The routes below `/_sandbox`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/clock", get(clock))
        .route("/advance", post(advance))
        .route("/world", get(world))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/violations", get(violations).delete(clear_violations))
        .route("/faults", get(faults).post(set_faults).delete(clear_faults))
        .route("/edit", post(edit))
        .route("/accounts/{id}", post(change_account))
        .route("/tokens/revoke", post(tokens::revoke))
        .route("/tokens/mint", post(tokens::mint))
        .route("/clicks", post(clicks::make))
        .route("/webhooks", get(webhooks::show))
        .route("/webhooks/events", post(webhooks::tell))
        .route("/webhooks/deliver", post(webhooks::deliver))
        .route("/rate", post(rate::set))
        .route("/reset", post(reset))
}

/// A request to the control API that cannot be carried out.
pub(crate) struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
    }
}

fn bad(message: impl Into<String>) -> Refused {
    Refused(StatusCode::BAD_REQUEST, message.into())
}

type Answered = Result<Json<Value>, Refused>;

async fn clock(State(app): State<App>) -> Json<Value> {
    Json(clock_of(&app.world()))
}

fn clock_of(world: &World) -> Value {
    json!({ "now": world.now(), "start": world.config.start, "seed": world.head.seed, "seq": world.head.seq })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(default)]
    days: i64,
    #[serde(default)]
    hours: i64,
    #[serde(default)]
    minutes: i64,
    #[serde(default)]
    seconds: i64,
}

async fn advance(State(app): State<App>, Json(by): Json<Advance>) -> Answered {
    const MOST_DAYS: i64 = 3660;
    let parts = [by.days, by.hours / 24, by.minutes / 1440, by.seconds / 86_400];
    if parts.iter().any(|days| !(0..=MOST_DAYS).contains(days))
        || [by.hours, by.minutes, by.seconds].iter().any(|n| *n < 0)
    {
        return Err(bad("the clock moves forward, by ten years at most"));
    }
    let by = TimeDelta::days(by.days)
        + TimeDelta::hours(by.hours)
        + TimeDelta::minutes(by.minutes)
        + TimeDelta::seconds(by.seconds);
    let told = {
        let mut world = app.world();
        world.next_seq();
        world.advance(by);
        world.commit()?;
        clock_of(&world)
    };
    hooks::deliver(&app, &Sending::default()).await?;
    Ok(Json(told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldQuery {
    account: Option<String>,
    kind: Option<String>,
}

async fn world(State(app): State<App>, Query(query): Query<WorldQuery>) -> Answered {
    let account = query.account.as_deref().map(|id| id.strip_prefix("act_").unwrap_or(id).to_owned());
    let world = app.world();
    let Some(word) = query.kind.as_deref() else {
        return Ok(Json(snapshot(&world, account.as_deref(), None)));
    };
    if let Some(kind) = google::control::kind(word) {
        let objects = google::control::objects(&world, account.as_deref(), Some(kind));
        return Ok(Json(json!({ "clock": clock_of(&world), "objects": objects })));
    }
    if let Some(kind) = tiktok::control::Kind::parse(word) {
        let objects = tiktok::control::objects(&world, account.as_deref(), Some(kind));
        return Ok(Json(json!({ "clock": clock_of(&world), "objects": objects })));
    }
    if let Some(kind) = microsoft::control::kind(word) {
        let objects = microsoft::control::objects(&world, account.as_deref(), Some(kind));
        return Ok(Json(json!({ "clock": clock_of(&world), "objects": objects })));
    }
    let known = || {
        bad(format!(
            "kind is one of {}, {}, {}, {}",
            Kind::words(),
            google::control::kinds(),
            tiktok::control::Kind::words(),
            microsoft::control::kinds()
        ))
    };
    let kind = Kind::parse(word).ok_or_else(known)?;
    Ok(Json(snapshot(&world, account.as_deref(), Some(kind))))
}

/// All objects, deleted ones included, oldest first; without a kind, Google's come after Meta's, then
/// TikTok's, and Microsoft's last.
pub(crate) fn snapshot(world: &World, account: Option<&str>, kind: Option<Kind>) -> Value {
    let mut objects: Vec<Value> = world
        .objects
        .values()
        .filter(|object| account.is_none_or(|account| object.owner == account))
        .filter(|object| kind.is_none_or(|kind| object.kind == kind))
        .map(|object| {
            json!({
                "id": object.id, "kind": object.kind, "owner": object.owner, "name": object.name(),
                "status": object.status,
                "effective_status": crate::meta::status::effective(world, object, world.now()),
                "campaign_id": object.campaign, "adset_id": object.ad_set, "creative_id": object.creative,
                "created": { "at": object.created, "seq": object.created_seq }, "updated": object.updated,
                "status_history": object.history, "first_set_active": object.first_set_active,
                "first_active_at": object.first_active, "spend": world.spent_by(object), "fields": object.fields,
            })
        })
        .collect();
    let accounts: Vec<&crate::meta::account::Account> =
        world.accounts.values().filter(|known| account.is_none_or(|account| known.id == account)).collect();
    if kind.is_none() {
        objects.extend(google::control::objects(world, account, None));
        objects.extend(tiktok::control::objects(world, account, None));
        objects.extend(microsoft::control::objects(world, account, None));
    }
    let customers = google::control::customers(world, account);
    let advertisers = tiktok::control::advertisers(world, account);
    json!({
        "clock": clock_of(world), "accounts": accounts, "customers": customers, "advertisers": advertisers,
        "microsoft_accounts": microsoft::control::accounts(world, account), "objects": objects,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn requests(State(app): State<App>, Query(query): Query<Since>) -> Json<Value> {
    Json(json!({ "requests": app.world().journal.since(query.since) }))
}

async fn clear_requests(State(app): State<App>) -> Json<Value> {
    app.world().journal.clear();
    Json(json!({ "ok": true }))
}

async fn violations(State(app): State<App>) -> Json<Value> {
    Json(json!({ "violations": app.world().violations }))
}

async fn clear_violations(State(app): State<App>) -> Answered {
    let mut world = app.world();
    world.violations.clear();
    world.touch(RecordKey::Violations);
    world.commit()?;
    Ok(Json(json!({ "ok": true })))
}

async fn faults(State(app): State<App>) -> Json<Value> {
    Json(json!(app.world().faults.plan()))
}

async fn set_faults(State(app): State<App>, Json(plan): Json<FaultPlan>) -> Json<Value> {
    app.world().faults.set(plan);
    Json(json!({ "ok": true }))
}

async fn clear_faults(State(app): State<App>) -> Json<Value> {
    let mut world = app.world();
    world.faults.set(FaultPlan::default());
    world.rates.clear();
    world.google.rates.clear();
    world.tiktok.rates.clear();
    world.microsoft.rates.clear();
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    id: String,
    fields: Map<String, Value>,
}

async fn edit(State(app): State<App>, Json(edit): Json<Edit>) -> Answered {
    let mut world = app.world();
    world.next_seq();
    if edit.id.starts_with("customers/") {
        google::control::edit(&mut world, &edit.id, edit.fields).map_err(bad)?;
        world.commit()?;
        return Ok(Json(json!({ "ok": true })));
    }
    if let Some(edited) = tiktok::control::edit(&mut world, &edit.id, &edit.fields) {
        edited.map_err(bad)?;
        world.commit()?;
        return Ok(Json(json!({ "ok": true })));
    }
    if let Some(edited) = microsoft::control::edit(&mut world, &edit.id, &edit.fields) {
        edited.map_err(bad)?;
        world.commit()?;
        return Ok(Json(json!({ "ok": true })));
    }
    let id = NodeId::parse(&edit.id).filter(|id| world.object(*id).is_some());
    let id = id.ok_or_else(|| bad(format!("there is no object {}", edit.id)))?;
    edit_object(&mut world, id, edit.fields).map_err(bad)?;
    world.commit()?;
    Ok(Json(json!({ "ok": true })))
}

/// What a person does in Ads Manager: sets fields as they are read back, checked lightly.
pub(crate) fn edit_object(
    world: &mut World,
    id: NodeId,
    mut fields: Map<String, Value>,
) -> Result<(), String> {
    let status = match fields.remove("status") {
        Some(Value::String(word)) => Some(Status::parse(&word).ok_or_else(|| format!("no status {word}"))?),
        Some(other) => return Err(format!("no status {other}")),
        None => None,
    };
    for name in ["daily_budget", "lifetime_budget", "spend_cap"] {
        if let Some(value) = fields.get_mut(name) {
            let minor = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            let minor =
                minor.filter(|minor| *minor > 0).ok_or_else(|| format!("{name} must be minor units"))?;
            *value = json!(minor.to_string());
        }
    }
    let now = world.now();
    if let Some(object) = world.change(id) {
        if fields.contains_key("targeting") {
            object.past_audiences.extend(object.fields.get("targeting").cloned());
        }
        for (name, value) in fields {
            match value {
                Value::Null => object.fields.remove(&name),
                value => object.fields.insert(name, value),
            };
        }
        object.updated = now;
    }
    if let Some(status) = status {
        world.set_status(id, status);
    }
    Ok(())
}

/// What can be changed about an account from outside.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AccountChange {
    account_status: Option<i64>,
    payment: Option<bool>,
    currency: Option<String>,
    timezone: Option<String>,
    name: Option<String>,
    default_dsa_beneficiary: Option<String>,
    default_dsa_payor: Option<String>,
    /// Google's `customer.status`, TikTok's of the advertiser, or the life cycle of a Microsoft account.
    status: Option<String>,
    /// How many ad groups of a TikTok advertiser may run.
    adgroup_quota: Option<usize>,
    /// Whether Microsoft's service is being maintained for an account.
    read_only: Option<bool>,
}

async fn change_account(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(change): Json<AccountChange>,
) -> Answered {
    let mut world = app.world();
    world.next_seq();
    let id = id.strip_prefix("act_").unwrap_or(&id).to_owned();
    let customer =
        google::control::change_customer(&mut world, &id, change.status.as_deref(), change.name.clone());
    if let Some(customer) = customer.map_err(bad)? {
        world.commit()?;
        return Ok(Json(customer));
    }
    let advertiser = tiktok::control::Change {
        status: change.status.as_deref(),
        name: change.name.clone(),
        has_balance: change.payment,
        quota: change.adgroup_quota,
    };
    if let Some(advertiser) = advertiser.apply(&mut world, &id).map_err(bad)? {
        world.commit()?;
        return Ok(Json(advertiser));
    }
    let microsoft = microsoft::control::Change {
        status: change.status.as_deref(),
        name: change.name.clone(),
        read_only: change.read_only,
    };
    if let Some(account) = microsoft.apply(&mut world, &id).map_err(bad)? {
        world.commit()?;
        return Ok(Json(account));
    }
    let account = world.accounts.get_mut(&id).ok_or_else(|| bad(format!("there is no account {id}")))?;
    if let Some(zone) = &change.timezone {
        zone.parse::<chrono_tz::Tz>().map_err(|_| bad(format!("there is no time zone {zone}")))?;
        account.timezone.clone_from(zone);
    }
    if let Some(status) = change.account_status {
        account.account_status = status;
        account.disable_reason = i64::from(status == 2);
    }
    account.has_payment = change.payment.unwrap_or(account.has_payment);
    account.currency = change.currency.unwrap_or_else(|| account.currency.clone());
    account.name = change.name.unwrap_or_else(|| account.name.clone());
    account.default_dsa_beneficiary =
        change.default_dsa_beneficiary.or(account.default_dsa_beneficiary.take());
    account.default_dsa_payor = change.default_dsa_payor.or(account.default_dsa_payor.take());
    let account = json!(account);
    world.touch(RecordKey::Account(id));
    world.commit()?;
    Ok(Json(account))
}

async fn reset(State(app): State<App>) -> Answered {
    let mut world = app.world();
    world.reset()?;
    Ok(Json(clock_of(&world)))
}
