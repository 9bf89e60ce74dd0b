//! The Microsoft surface: the Advertising API v13 over REST as `platforms/microsoft.md` describes it.

mod ad;
mod adgroup;
pub(crate) mod auth;
mod campaign;
pub(crate) mod control;
pub(crate) mod conversion;
mod criterion;
mod customer;
pub(crate) mod delivery;
mod editorial;
mod error;
pub(crate) mod fixtures;
mod geo;
mod keyword;
mod market;
mod media;
mod money;
mod negative;
mod oauth;
mod purse;
pub(crate) mod rate;
mod report;
pub(crate) mod request;
mod route;
mod shape;
mod split;
mod status;
mod store;
mod write;

use serde_json::{Map, Value, json};

use self::error::{Code, Fault, MicrosoftResult};
use self::request::{Body, Request, TOKEN};
use self::route::Said;
pub(crate) use self::store::{Key, Record, State};
use crate::answer::{Answer, Reply, rename};
use crate::draw;
use crate::faults::{Action, Failure};
use crate::journal::RequestEntry;
use crate::world::World;

/// The `TrackingId` of an answer, a GUID.
fn tracking_id(world: &World, seq: u64) -> String {
    let (one, two) = (draw::join(world.head.seed, seq), draw::join(seq, 0x713));
    let (a, b, c) = (one >> 32, (one >> 16) & 0xffff, one & 0xfff);
    format!("{a:08x}-{b:04x}-4{c:03x}-8{:03x}-{:012x}", two >> 52, two & 0xffff_ffff_ffff)
}

/// Carries out one call and writes it to the log. A `fault` that has to do with the answer's content is
/// applied here; those that have to do with the connection are the server's.
pub(crate) fn answer(world: &mut World, request: &Request, fault: Option<&Action>) -> Answer {
    let seq = world.next_seq();
    let id = tracking_id(world, seq);
    let outcome = admitted(world, request, fault).and_then(|()| {
        save(world);
        route::route(world, request)
    });
    let committed = world.has_changes();
    save(world);
    let outcome = match fault {
        Some(Action::ErrorAfter(failure)) => Err(failed(request, failure)),
        _ => outcome,
    };
    let trouble = match &outcome {
        Err(fault) => Some((fault.code(), fault.reason())),
        Ok(Said::Json(body)) => first_error(body),
        Ok(_) => None,
    };
    let mut answer = match outcome {
        Ok(said) => told(said),
        Err(fault) => refused(&fault, &id),
    };
    if let Some(Action::RenameField { from, to }) = fault {
        rename(&mut answer.json, from, to);
    }
    answer.headers.push(("trackingid", id));
    record(world, request, seq, fault, answer.status, trouble, committed);
    answer
}

fn save(world: &mut World) {
    if let Err(error) = world.commit() {
        tracing::error!(error = format!("{error:#}"), "the state file could not be written");
    }
}

fn told(said: Said) -> Answer {
    match said {
        Said::Json(json) => Answer::from_reply(Reply::Json(json)),
        Said::Login(reply) => Answer::from_reply(reply),
        Said::File(kind, bytes) => {
            let mut answer = Answer::from_reply(Reply::Json(Value::Null));
            answer.headers.push(("content-type", kind.to_owned()));
            answer.bytes = Some(bytes.into());
            answer
        }
    }
}

fn refused(fault: &Fault, id: &str) -> Answer {
    let page = match fault {
        Fault::Html(status) => Some(format!("<!DOCTYPE html><title>{status}</title>")),
        _ => None,
    };
    Answer { status: fault.http(), json: fault.body(id), page, bytes: None, headers: Vec::new() }
}

/// The first partial error of a reply, for the log.
fn first_error(body: &Value) -> Option<(Option<i64>, String)> {
    let lists = ["PartialErrors", "NestedPartialErrors"];
    let error = lists.iter().find_map(|list| body[*list].get(0))?;
    let part = |name: &str| error[name].as_str().unwrap_or_default();
    Some((error["Code"].as_i64(), format!("{}: {}", part("ErrorCode"), part("Message"))))
}

/// Faults that prevent a call.
fn admitted(world: &mut World, request: &Request, fault: Option<&Action>) -> MicrosoftResult<()> {
    match fault {
        // Microsoft announces no wait, so none is kept account of.
        Some(Action::Throttle { .. }) => Err(rate::throttled()),
        Some(Action::ErrorBefore(failure)) => Err(failed(request, failure)),
        Some(Action::TokenRevoked(_)) => {
            world.microsoft_revoke(None);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The error that a fault stands for: Microsoft's own code if the plan names one, else what its HTTP status would
/// be for (§8).
fn failed(request: &Request, failure: &Failure) -> Fault {
    if request.path == TOKEN && failure.code != 0 {
        let error = match failure.status {
            400 => "invalid_grant",
            401 => "invalid_client",
            status => return Fault::Html(status),
        };
        let description = "The simulated platform was told to fail.".to_owned();
        return Fault::OAuth { error, number: failure.code, description };
    }
    let code = match (failure.status, Code::of(failure.code)) {
        (status, _) if failure.code == 0 => return Fault::Html(status),
        (_, Code::Other(_)) => match failure.status {
            401 => Code::TokenExpired,
            403 => Code::NotAuthorized,
            429 => Code::CallRateExceeded,
            400 => Code::Other(failure.code),
            500.. => Code::Internal,
            status => return Fault::Html(status),
        },
        (_, code) => code,
    };
    Fault::new(code, "The simulated platform was told to fail.")
}

/// Writes a call that never ran to the log.
pub(crate) fn note_lost(world: &mut World, request: &Request, fault: Option<&Action>) {
    let seq = world.next_seq();
    record(world, request, seq, fault, 0, None, false);
}

fn record(
    world: &mut World,
    request: &Request,
    seq: u64,
    fault: Option<&Action>,
    status: u16,
    trouble: Option<(Option<i64>, String)>,
    committed: bool,
) {
    let lost = matches!(fault, Some(Action::DropAfter | Action::DropBefore));
    let (code, reason) = trouble.map_or((None, None), |(code, reason)| (code, Some(reason)));
    let entry = RequestEntry {
        seq,
        at: world.now(),
        method: request.method.to_string(),
        path: request.path_text(),
        params: redacted(request),
        status: if lost { 0 } else { status },
        code,
        subcode: None,
        committed,
        batch: None,
        fault: fault.map(Action::name),
        account: request.account.clone(),
        reason,
    };
    tracing::debug!(
        seq,
        path = entry.path,
        status,
        code,
        committed,
        reason = entry.reason,
        "answered a call"
    );
    world.journal.push(entry);
}

/// Parameters fit for a log.
fn redacted(request: &Request) -> Map<String, Value> {
    const SECRETS: &[&str] = &["client_secret", "refresh_token", "code", "code_verifier", "sig"];
    let show = |name: &str, value: Value| match SECRETS.contains(&name) {
        true => json!("[redacted]"),
        false => value,
    };
    // Images are too large to keep.
    let shortened = |value: &Value| {
        let mut items = value.clone();
        for item in items.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            item.entry("Data").and_modify(|data| *data = json!("[redacted]"));
        }
        items
    };
    let text = |(name, value): (&String, &String)| (name.clone(), show(name, json!(value)));
    match &request.body {
        Body::Json(members) => {
            let kept = |name: &str, value: &Value| match name {
                "Media" => shortened(value),
                _ => value.clone(),
            };
            members.iter().map(|(name, value)| (name.clone(), kept(name, value))).collect()
        }
        Body::Form(pairs) => pairs.iter().map(text).collect(),
        Body::Empty | Body::Broken => request.query.iter().map(text).collect(),
    }
}
