//! `googleAds:search` and `googleAds:searchStream` (Google, `platforms/google.md` §6).

mod catalogue;
mod compare;
mod entities;
mod lex;
mod parse;
mod period;
mod plan;
mod report;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use self::catalogue::Column;
use self::entities::Entity;
use self::plan::Plan;
pub(super) use self::report::conversion_action;
use super::decode::{self, Violations};
use super::error::{AdsError, GoogleResult, Refusal};
use super::request::Request;
use super::schema::{Message, Type, camel, field};
use super::store::Customer;
use crate::draw;
use crate::world::World;

/// Rows of one page, and of one piece of a stream.
const PAGE: usize = 10_000;

const SETTINGS: Message = Message {
    fields: &[
        field("omitResults", Type::Bool),
        field("returnSummaryRow", Type::Bool),
        field("returnTotalResultsCount", Type::Bool),
    ],
};
const SEARCH: Message = Message {
    fields: &[
        field("query", Type::Text),
        field("pageToken", Type::Text),
        field("pageSize", Type::Int32),
        field("validateOnly", Type::Bool),
        field("searchSettings", Type::Message(&SETTINGS)),
    ],
};
const STREAM: Message = Message {
    fields: &[
        field("query", Type::Text),
        field(
            "summaryRowSetting",
            Type::Enum(&["NO_SUMMARY_ROW", "SUMMARY_ROW_WITH_RESULTS", "SUMMARY_ROW_ONLY"]),
        ),
    ],
};

fn body(message: &'static Message, request: &Request) -> GoogleResult<Map<String, Value>> {
    let mut violations = Violations::default();
    let body = decode::message(message, &decode::object(&request.body)?, "", &mut violations);
    violations.none_or_refuse()?;
    Ok(body)
}

fn query(body: &Map<String, Value>) -> GoogleResult<&str> {
    let query = body.get("query").and_then(Value::as_str).filter(|query| !query.is_empty());
    query.ok_or_else(|| AdsError::new("queryError", "EXPECTED_SELECT", "The query is empty.").into())
}

/// One page of a query's rows.
pub(super) fn search(world: &mut World, request: &Request, customer: &str) -> GoogleResult<Value> {
    let customer = world.google_customer(request, customer)?;
    let body = body(&SEARCH, request)?;
    if body.contains_key("pageSize") {
        let text = "Setting the page size is not supported.";
        return Err(AdsError::new("requestError", "PAGE_SIZE_NOT_SUPPORTED", text).into());
    }
    let setting =
        |name: &str| body.get("searchSettings").is_some_and(|settings| settings[name] == json!(true));
    if setting("returnSummaryRow") {
        return Err(Refusal::not_served("returnSummaryRow"));
    }
    let text = query(&body)?;
    let token = body.get("pageToken").and_then(Value::as_str).filter(|token| !token.is_empty());
    let start = token.map(|token| offset(token, &customer, text));
    // Following pages of a query are free.
    if !matches!(start, Some(Ok(_))) {
        let rate = world.config.google_rate;
        world.google.rates.spend(&customer.id, 1, rate)?;
    }
    let start = start.transpose()?.unwrap_or(0);
    let plan = plan::plan(world, &customer, text)?;
    if body.get("validateOnly") == Some(&json!(true)) {
        return Ok(json!({}));
    }
    let rows = run(world, &customer, &plan);
    let end = rows.len().min(start + PAGE);
    let mut out = Map::new();
    if start < end && !setting("omitResults") {
        out.insert("results".into(), json!(rows[start..end]));
    }
    if end < rows.len() {
        out.insert("nextPageToken".into(), json!(page_token(end, &customer, text)));
    }
    if setting("returnTotalResultsCount") {
        out.insert("totalResultsCount".into(), json!(rows.len().to_string()));
    }
    out.insert("fieldMask".into(), json!(field_mask(&plan)));
    Ok(Value::Object(out))
}

/// All rows of a query, in pieces.
pub(super) fn stream(world: &mut World, request: &Request, customer: &str, id: &str) -> GoogleResult<Value> {
    let customer = world.google_customer(request, customer)?;
    let body = body(&STREAM, request)?;
    if body.get("summaryRowSetting").is_some_and(|setting| setting != "NO_SUMMARY_ROW") {
        return Err(Refusal::not_served("summaryRowSetting"));
    }
    let rate = world.config.google_rate;
    world.google.rates.spend(&customer.id, 1, rate)?;
    let plan = plan::plan(world, &customer, query(&body)?)?;
    let mask = field_mask(&plan);
    let rows = run(world, &customer, &plan);
    if rows.is_empty() {
        return Ok(json!([{ "fieldMask": mask, "requestId": id }]));
    }
    let piece = |rows: &[Value]| json!({ "results": rows, "fieldMask": mask, "requestId": id });
    Ok(rows.chunks(PAGE).map(piece).collect())
}

/// A token holds where the page starts, and what it may be used with.
fn page_token(start: usize, customer: &Customer, query: &str) -> String {
    BASE64.encode(format!("{start}:{:016x}", draw::key(0x9a6e, &[&customer.id, query])))
}

fn offset(token: &str, customer: &Customer, query: &str) -> Result<usize, AdsError> {
    let read = || {
        let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
        let start = text.split_once(':')?.0.parse().ok()?;
        (page_token(start, customer, query) == token).then_some(start)
    };
    read().ok_or_else(|| AdsError::new("requestError", "INVALID_PAGE_TOKEN", "The page token is invalid."))
}

fn field_mask(plan: &Plan) -> String {
    let path = |column: &Column| format!("{}.{}", camel(column.resource), column.path.join("."));
    plan.select.iter().map(path).collect::<Vec<_>>().join(",")
}

/// A field's value in a row.
fn value<'a>(entity: &'a Entity, column: &Column) -> Option<&'a Value> {
    let (first, rest) = column.path.split_first()?;
    let mut value = entity.parts.get(column.resource)?.get(*first)?;
    for part in rest {
        value = value.get(*part)?;
    }
    Some(value)
}

/// The rows that a plan leaves, in order, as JSON.
fn run(world: &World, customer: &Customer, plan: &Plan) -> Vec<Value> {
    let reported = |column: &Column| column.is_metric() || column.is_segment();
    let plain = |entity: &Entity| {
        let checks = plan.checks.iter().filter(|check| !reported(&check.column));
        checks.into_iter().all(|check| check.holds(value(entity, &check.column)))
    };
    let mut rows: Vec<Entity> = entities::all(world, customer, plan).into_iter().filter(plain).collect();
    if plan.reports() {
        rows = report::rows(world, customer, plan, rows);
        let checks =
            || plan.checks.iter().filter(|check| reported(&check.column) && !check.column.is_core_date());
        rows.retain(|row| checks().all(|check| check.holds(value(row, &check.column))));
    }
    rows.sort_by(|left, right| {
        let keys = plan.order.iter().map(|(column, descending)| {
            let order = compare::between(column, value(left, column), value(right, column));
            if *descending { order.reverse() } else { order }
        });
        keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    rows.truncate(plan.limit.unwrap_or(usize::MAX));
    rows.iter().map(|row| render(row, plan)).collect()
}

/// A row with its selected fields and the names of its resources.
fn render(row: &Entity, plan: &Plan) -> Value {
    let mut out = Map::new();
    let named = |resource: &str| resource != "segments" && resource != "metrics";
    let selected = plan.select.iter().map(|column| column.resource);
    for resource in std::iter::once(plan.source.name).chain(selected) {
        let part = row.parts.get(resource);
        if let Some(name) =
            part.filter(|_| named(resource) && !plan.omit_names).and_then(|p| p.get("resourceName"))
        {
            let member = out.entry(camel(resource)).or_insert_with(|| json!({}));
            member["resourceName"] = name.clone();
        }
    }
    for column in &plan.select {
        let Some(value) = value(row, column) else { continue };
        if value.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let mut place = out.entry(camel(column.resource)).or_insert_with(|| json!({}));
        if column.resource == "ad_group_ad" && column.path[0] == "ad" && !plan.omit_names {
            place["ad"]["resourceName"] = row.parts["ad_group_ad"]["ad"]["resourceName"].clone();
        }
        for part in &column.path {
            place = &mut place[*part];
        }
        *place = value.clone();
    }
    Value::Object(out)
}
