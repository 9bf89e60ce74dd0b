//! Meta's subscriptions, the handshake, and leads made by hand.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Event;
use crate::fixtures::APP_ID;
use crate::meta::account::{Account, Page};
use crate::meta::auth::{Scope, Token, TokenKind};
use crate::meta::call::Call;
use crate::meta::envelope::{MetaError, MetaResult};
use crate::object::Object;
use crate::world::{RecordKey, World};

/// Where Meta tells of a kind of object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AppSubscription {
    pub(crate) callback: String,
    pub(crate) fields: Vec<String>,
}

/// A lead that was made by hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lead {
    pub(crate) page: String,
    pub(crate) form: String,
    pub(crate) row: Map<String, Value>,
}

const PAGE_FIELDS: &[&str] = &["leadgen", "leadgen_update"];
const ACCOUNT_FIELDS: &[&str] = &[
    "in_process_ad_objects",
    "with_issues_ad_objects",
    "ad_recommendations",
    "creative_fatigue",
    "product_set_issue",
];

/// The address of a callback that a call names, with what it has to be greeted with.
pub(crate) fn greeting(call: &Call) -> Option<(String, String)> {
    let is_subscribing = call.path.len() == 2 && call.path[0] == APP_ID && call.path[1] == "subscriptions";
    let text = |name| call.params.text(name).ok().flatten().map(str::to_owned);
    if !is_subscribing || call.method != axum::http::Method::POST {
        return None;
    }
    Some((text("callback_url")?, text("verify_token")?))
}

/// `POST /{app_id}/subscriptions`. The callback has answered already.
pub(crate) fn subscribe_app(world: &mut World, token: &Token, call: &Call) -> MetaResult<Value> {
    if token.kind != TokenKind::App {
        return Err(MetaError::token(None, "This method must be called with an app access_token"));
    }
    call.params.only(&[&["object", "callback_url", "verify_token", "fields", "include_values"]])?;
    let object = call.params.required_text("object")?;
    let known = match object {
        "page" => PAGE_FIELDS,
        "ad_account" => ACCOUNT_FIELDS,
        other => return Err(MetaError::field("object", format!("Unknown object {other}"))),
    };
    let fields: Vec<String> =
        call.params.required_text("fields")?.split(',').map(|field| field.trim().to_owned()).collect();
    if let Some(unknown) = fields.iter().find(|field| !known.contains(&field.as_str())) {
        return Err(MetaError::field("fields", format!("Unknown field {unknown} of {object}")));
    }
    let callback = call.params.required_text("callback_url")?.to_owned();
    call.params.required_text("verify_token")?;
    world.hooks.app.insert(object.to_owned(), AppSubscription { callback, fields });
    world.touch(RecordKey::Hooks);
    Ok(json!({ "success": true }))
}

/// `POST /{page}/subscribed_apps`.
pub(crate) fn subscribe_page(
    world: &mut World,
    token: &Token,
    page: &Page,
    call: &Call,
) -> MetaResult<Value> {
    crate::meta::forms::page_token(token, page, Scope::PagesManageMetadata)?;
    call.params.only(&[&["subscribed_fields"]])?;
    let fields = call.params.required_text("subscribed_fields")?;
    if let Some(unknown) = fields.split(',').find(|field| !PAGE_FIELDS.contains(field)) {
        return Err(MetaError::field("subscribed_fields", format!("Unknown field {unknown}")));
    }
    world.hooks.pages.insert(page.id.to_owned());
    world.touch(RecordKey::Hooks);
    Ok(json!({ "success": true }))
}

/// `POST /act_X/subscribed_apps`.
pub(crate) fn subscribe_account(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[&["app_id"]])?;
    if call.params.required_text("app_id")? != APP_ID {
        return Err(MetaError::field("app_id", "The app does not exist"));
    }
    world.hooks.accounts.insert(account.id.clone());
    world.touch(RecordKey::Hooks);
    Ok(json!({ "success": true }))
}

/// `POST /{form}/test_leads`: one at a time.
pub(crate) fn make_lead(world: &mut World, form: &Object, call: &Call) -> MetaResult<Value> {
    call.params.only(&[&["field_data", "custom_disclaimer_responses"]])?;
    if world.hooks.leads.values().any(|lead| lead.form == form.id.to_string()) {
        return Err(MetaError::field("form_id", "There is a test lead already; delete it first"));
    }
    let answers = call.params.list("field_data")?.unwrap_or_else(|| {
        vec![
            json!({"name": "full_name", "values": ["Zoë Grüßner 名前"]}),
            json!({"name": "email", "values": ["zoe@leads.invalid"]}),
        ]
    });
    let ad = world.ads_with(form).first().copied();
    let id = world.next_id();
    let time = world.now();
    let mut row = Map::new();
    row.insert("id".into(), json!(id.to_string()));
    row.insert("created_time".into(), json!(time.format("%Y-%m-%dT%H:%M:%S+0000").to_string()));
    row.insert("form_id".into(), json!(form.id.to_string()));
    row.insert("field_data".into(), json!(answers));
    if let Some(ad) = ad {
        row.insert("ad_id".into(), json!(ad.to_string()));
    }
    let lead = Lead { page: form.owner.clone(), form: form.id.to_string(), row };
    world.hooks.leads.insert(id.to_string(), lead);
    let value = json!({
        "leadgen_id": id.0, "page_id": form.owner, "form_id": form.id.to_string(),
        "adgroup_id": ad.map(|ad| ad.to_string()), "ad_id": ad.map(|ad| ad.to_string()),
        "created_time": time.timestamp(),
    });
    let (object, page) = ("page".to_owned(), form.owner.clone());
    world.tell(Event::Meta { object, id: page, field: "leadgen".to_owned(), value });
    Ok(json!({ "id": id.to_string() }))
}

/// `GET` and `DELETE /{leadgen_id}`; `None` if the id is no lead's.
pub(crate) fn lead(world: &mut World, token: &Token, call: &Call, id: &str) -> Option<MetaResult<Value>> {
    let lead = world.hooks.leads.get(id)?.clone();
    if token.kind != TokenKind::Page || token.page.as_deref() != Some(lead.page.as_str()) {
        return Some(Err(MetaError::token(None, "This method must be called with a Page Access Token")));
    }
    if let Err(error) = token.needs(&[Scope::LeadsRetrieval]) {
        return Some(Err(error));
    }
    Some(match call.method {
        axum::http::Method::GET => shown(call, &lead),
        axum::http::Method::DELETE => {
            world.hooks.leads.remove(id);
            world.touch(RecordKey::Hooks);
            Ok(json!({ "success": true }))
        }
        _ => Err(MetaError::no_such_object(&call.method.as_str().to_lowercase(), id)),
    })
}

fn shown(call: &Call, lead: &Lead) -> MetaResult<Value> {
    call.params.only(&[&["fields"]])?;
    let wanted = call.params.text("fields")?.unwrap_or("id,created_time,field_data");
    let mut row = Map::new();
    for name in wanted.split(',') {
        if let Some(value) = lead.row.get(name) {
            row.insert(name.to_owned(), value.clone());
        } else if name != "ad_id" {
            return Err(MetaError::field("fields", format!("Tried accessing nonexisting field ({name})")));
        }
    }
    Ok(Value::Object(row))
}
