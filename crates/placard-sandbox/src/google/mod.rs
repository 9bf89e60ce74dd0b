//! The Google surface: the REST form of the Google Ads API v26 as `platforms/google.md` describes it.

pub(crate) mod auth;
mod change;
pub(crate) mod control;
mod decode;
pub(crate) mod delivery;
mod desk;
mod error;
pub(crate) mod fixtures;
mod gaql;
mod geo;
mod kind;
mod listing;
mod market;
mod mask;
mod mutate;
mod oauth;
mod operation;
pub(crate) mod rate;
pub(crate) mod request;
mod rules;
mod schema;
mod split;
mod status;
mod store;
mod suggest;
mod tables;

use axum::http::Method;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use self::error::{AdsError, GoogleResult, Refusal, Status};
use self::request::Request;
pub(crate) use self::store::{Key, Record, State};
use crate::answer::{Answer, Reply, rename};
use crate::draw;
use crate::faults::{Action, Failure, Violation};
use crate::journal::RequestEntry;
use crate::world::{RecordKey, World};

/// The version that is served.
pub(crate) const VERSION: &str = "v26";

/// The id of request `seq`, which every answer carries.
fn request_id(seq: u64) -> String {
    format!("sb{:016x}", draw::join(0x600d, seq))
}

/// Carries out one call and writes it to the log. A `fault` that has to do with the answer's content is
/// applied here; those that have to do with the connection are the server's.
pub(crate) fn answer(world: &mut World, request: &Request, fault: Option<&Action>) -> Answer {
    let seq = world.next_seq();
    let id = request_id(seq);
    let outcome = admitted(world, request, fault).and_then(|()| {
        save(world);
        route(world, request, &id)
    });
    let committed = world.has_changes();
    save(world);
    let outcome = match fault {
        Some(Action::ErrorAfter(failure)) => Err(failed(failure)),
        _ => outcome,
    };
    let reason = outcome.as_ref().err().and_then(Refusal::reason);
    let mut answer = match outcome {
        Ok(reply) => Answer::from_reply(reply),
        Err(refusal) => refused(request, &refusal, &id),
    };
    if let Some(Action::RenameField { from, to }) = fault {
        rename(&mut answer.json, from, to);
    }
    answer.headers.push(("request-id", id));
    record(world, request, seq, fault, answer.status, committed, reason);
    answer
}

fn save(world: &mut World) {
    if let Err(error) = world.commit() {
        tracing::error!(error = format!("{error:#}"), "the state file could not be written");
    }
}

fn refused(request: &Request, refusal: &Refusal, id: &str) -> Answer {
    let page = match refusal {
        Refusal::Html(404) => Some("<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>".to_owned()),
        Refusal::Html(status) => Some(format!("<!DOCTYPE html><title>Error {status}</title>")),
        _ => None,
    };
    let body = refusal.body(id);
    let json = if request.is_stream() && page.is_none() { json!([body]) } else { body };
    Answer { status: refusal.http(), json, page, bytes: None, headers: Vec::new() }
}

/// Faults that prevent a call, and waits that were announced.
fn admitted(world: &mut World, request: &Request, fault: Option<&Action>) -> GoogleResult<()> {
    let key = request.customer().unwrap_or_default().to_owned();
    if let Some((error, early)) = world.google.rates.too_early(&key) {
        if let Some(early) = early {
            world.violations.push(Violation {
                seq: world.head.seq,
                at: world.now(),
                account: key,
                call: format!("{} {}", request.method, request.path_text()),
                early_ms: u64::try_from(early.as_millis()).unwrap_or(u64::MAX),
            });
            world.touch(RecordKey::Violations);
        }
        return Err(error.into());
    }
    match fault {
        Some(Action::Throttle { retry_after_s, .. }) => {
            if let Some(seconds) = retry_after_s {
                world.google.rates.announce(&key, *seconds);
            }
            Err(rate::exhausted(*retry_after_s, rate::Scope::Account).into())
        }
        Some(Action::ErrorBefore(failure)) => Err(failed(failure)),
        Some(Action::TokenRevoked(_)) => {
            world.google_revoke(None);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The error that an HTTP status of a fault stands for (§7).
fn failed(failure: &Failure) -> Refusal {
    let ads = |family, code, message: &str| Refusal::from(AdsError::new(family, code, message));
    match failure.status {
        _ if failure.code == 0 => Refusal::Html(failure.status),
        401 => ads("authenticationError", "OAUTH_TOKEN_EXPIRED", "The OAuth access token has expired."),
        403 => ads(
            "authorizationError",
            "USER_PERMISSION_DENIED",
            "User doesn't have permission to access customer.",
        ),
        409 => Refusal::Ads {
            status: Status::Aborted,
            errors: vec![AdsError::new(
                "databaseError",
                "CONCURRENT_MODIFICATION",
                "Multiple requests were attempting to modify the same resource at once. Retry the request.",
            )],
        },
        429 => rate::exhausted(None, rate::Scope::Account).into(),
        500 => ads("internalError", "TRANSIENT_ERROR", "A transient internal error occurred. Retry."),
        503 => Refusal::Bare(Status::Unavailable, None),
        504 => Refusal::Ads {
            status: Status::DeadlineExceeded,
            errors: vec![AdsError::new("internalError", "DEADLINE_EXCEEDED", "The request took too long.")],
        },
        other => Refusal::Html(other),
    }
}

/// Sends a call where its path says.
fn route(world: &mut World, request: &Request, id: &str) -> GoogleResult<Reply> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    match request.version.as_deref() {
        None if path == ["token"] => return oauth::token(world, request),
        None => return oauth::dialog(world, request),
        Some(VERSION) => {}
        Some(other) => {
            let message = format!("Version {other} is deprecated. Requests to this version will be blocked.");
            return Err(AdsError::new("requestError", "UNSUPPORTED_VERSION", message).into());
        }
    }
    let post = request.method == Method::POST;
    let json = match path.as_slice() {
        ["customers:listAccessibleCustomers"] if request.method == Method::GET => {
            listing::accessible(world, request)
        }
        ["geoTargetConstants:suggest"] if post => suggest::run(world, request),
        ["customers", customer, call] if post => match *call {
            "googleAds:mutate" => mutate::several(world, request, customer, id),
            "googleAds:search" => gaql::search(world, request, customer),
            "googleAds:searchStream" => gaql::stream(world, request, customer, id),
            _ => match call.strip_suffix(":mutate") {
                Some(collection) => mutate::one(world, request, customer, collection, id),
                None => Err(Refusal::Html(404)),
            },
        },
        _ => Err(Refusal::Html(404)),
    };
    json.map(Reply::Json)
}

/// Writes a call that never ran to the log.
pub(crate) fn note_lost(world: &mut World, request: &Request, fault: Option<&Action>) {
    let seq = world.next_seq();
    record(world, request, seq, fault, 0, false, None);
}

fn record(
    world: &mut World,
    request: &Request,
    seq: u64,
    fault: Option<&Action>,
    status: u16,
    committed: bool,
    reason: Option<String>,
) {
    let lost = matches!(fault, Some(Action::DropAfter | Action::DropBefore));
    let entry = RequestEntry {
        seq,
        at: world.now(),
        method: request.method.to_string(),
        path: request.path_text(),
        params: params(request),
        status: if lost { 0 } else { status },
        code: (status >= 400).then_some(i64::from(status)),
        subcode: None,
        committed,
        batch: None,
        fault: fault.map(Action::name),
        account: request.customer().map(str::to_owned),
        reason,
    };
    tracing::debug!(seq, path = entry.path, status, committed, reason = entry.reason, "answered a call");
    world.journal.push(entry);
}

/// The body, or the form or query of a login, with secrets replaced.
fn params(request: &Request) -> Map<String, Value> {
    let form = |text: &[u8]| {
        form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), json!(value))).collect()
    };
    let mut params: Map<String, Value> = match (request.version.is_some(), request.method == Method::GET) {
        (true, _) => serde_json::from_slice(&request.body).unwrap_or_default(),
        (false, true) => form(request.query.as_bytes()),
        (false, false) => form(&request.body),
    };
    params.values_mut().for_each(redact);
    for (name, value) in &mut params {
        if ["client_secret", "refresh_token", "code"].contains(&name.as_str()) {
            *value = json!("[redacted]");
        }
    }
    params
}

/// Takes images out of a log entry.
fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(image) = map.get_mut("imageAsset") {
                image["data"] = json!("[redacted]");
            }
            map.values_mut().for_each(redact);
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
