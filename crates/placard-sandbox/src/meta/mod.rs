//! The Meta surface: Marketing API v26.0 as `platforms/meta.md` describes it.

pub(crate) mod account;
pub(crate) mod ads;
mod adsets;
pub(crate) mod auth;
pub(crate) mod batch;
mod bids;
mod breakdown;
mod budget;
pub(crate) mod call;
mod campaigns;
mod consent;
mod creatives;
pub(crate) mod delivery;
mod edges;
pub(crate) mod envelope;
mod facts;
mod feed;
mod filter;
mod flight;
pub(crate) mod forms;
mod geo;
mod images;
mod insights;
pub(crate) mod insights_async;
mod insights_rows;
mod labels;
mod learning;
mod market;
mod matrix;
mod metrics;
mod money;
mod node;
mod oauth;
pub(crate) mod params;
mod period;
mod placements;
mod places;
mod previews;
mod promoted;
pub(crate) mod rate;
mod route;
mod search;
mod segments;
mod shape;
pub(crate) mod status;
mod story;
mod targeting;
mod videos;
mod write;

use serde_json::json;

use self::call::Call;
use self::envelope::{MetaError, MetaResult};
use self::rate::UseCase;
use crate::answer::rename;
pub(crate) use crate::answer::{Answer, Reply};
use crate::draw;
use crate::faults::{Action, Failure, Violation};
use crate::journal::{self, RequestEntry};
use crate::object::NodeId;
use crate::world::{RecordKey, World};

impl Answer {
    /// The answer that refuses a call which could not even be read.
    pub(crate) fn refusal(error: &MetaError, seq: u64) -> Self {
        Self {
            status: error.status.as_u16(),
            json: error.body(seq, false),
            page: None,
            bytes: None,
            headers: Vec::new(),
        }
    }
}

/// The account a call is about, for limits and the log.
pub(crate) fn account_of(world: &World, call: &Call) -> Option<String> {
    let Some(first) = call.path.first() else { return batch::account(call) };
    if let Some(digits) = first.strip_prefix("act_") {
        return Some(digits.to_owned());
    }
    let id = NodeId::parse(first)?;
    match world.object(id) {
        Some(object) => Some(object.owner.clone()),
        None => world.runs.get(&id).map(|run| run.account.clone()),
    }
}

fn use_case(call: &Call) -> UseCase {
    match call.path.last().map(String::as_str) {
        Some("insights") => UseCase::AdsInsights,
        _ => UseCase::AdsManagement,
    }
}

/// Carries out one call that is not a batch, and writes it to the log. A `fault` that has to do with the
/// answer's content is applied here; those that have to do with the connection are the server's.
pub(crate) fn answer(world: &mut World, call: &Call, batch: Option<u64>, fault: Option<&Action>) -> Answer {
    let seq = world.next_seq();
    let account = account_of(world, call);
    let outcome = admitted(world, call, account.as_deref(), fault).and_then(|()| {
        save(world);
        route::run(world, call)
    });
    let committed = world.has_changes();
    save(world);
    let mut answer = match outcome {
        Ok(reply) => Answer::from_reply(reply),
        Err(error) => refused(world, call, seq, account.as_deref(), &error),
    };
    after(world, seq, &mut answer, fault);
    let config = world.config.rate;
    let key = account.clone();
    if !answer.headers.iter().any(|(name, _)| *name == "x-app-usage") {
        answer.headers.extend(world.rates.headers(key.as_deref(), use_case(call), None, &config));
    }
    answer.headers.push(("facebook-api-version", call::VERSION.to_owned()));
    answer.headers.push(("x-fb-trace-id", envelope::trace_id(seq)));
    answer.headers.push(("x-fb-request-id", envelope::trace_id(seq.wrapping_mul(31))));
    record(world, call, seq, batch, fault, account, &answer, committed);
    answer
}

fn save(world: &mut World) {
    if let Err(error) = world.commit() {
        tracing::error!(error = format!("{error:#}"), "the state file could not be written");
    }
}

/// Faults that prevent a call, waits that were announced, and limits.
fn admitted(world: &mut World, call: &Call, account: Option<&str>, fault: Option<&Action>) -> MetaResult<()> {
    let key = account.unwrap_or("app").to_owned();
    if let Some((error, early)) = world.rates.too_early(&key) {
        if let Some(early) = early {
            world.violations.push(Violation {
                seq: world.head.seq,
                at: world.now(),
                account: key,
                call: format!("{} {}", call.method, call.path_text()),
                early_ms: u64::try_from(early.as_millis()).unwrap_or(u64::MAX),
            });
            world.touch(RecordKey::Violations);
        }
        return Err(error);
    }
    match fault {
        Some(Action::Throttle { code, retry_after_s }) => {
            let pick = draw::join(world.head.seed, world.head.seq);
            // A call that is about no account falls under the app's own limit.
            let code = code.or_else(|| account.is_none().then_some(4));
            return Err(rate::throttle(code, *retry_after_s, pick));
        }
        Some(Action::ErrorBefore(failure)) => return Err(failed(failure)),
        Some(Action::TokenRevoked(subcode)) => {
            world.revoke(None, *subcode);
        }
        _ => {}
    }
    if let Some(account) = account {
        let config = world.config.rate;
        world.rates.spend(account, call.is_write(), use_case(call), &config)?;
    }
    Ok(())
}

fn failed(failure: &Failure) -> MetaError {
    let status = axum::http::StatusCode::from_u16(failure.status)
        .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let error = MetaError::new(failure.code, "An unknown error occurred").status(status).transient();
    match failure.subcode {
        Some(subcode) => error.subcode(subcode),
        None => error,
    }
}

/// The answer to a refused call; a wait that it tells of is remembered.
fn refused(world: &mut World, call: &Call, seq: u64, account: Option<&str>, error: &MetaError) -> Answer {
    let mut answer = Answer {
        status: error.status.as_u16(),
        json: error.body(seq, world.faults.plan().error_data_as_text),
        page: None,
        bytes: None,
        headers: Vec::new(),
    };
    if error.code == 0 {
        answer.page = Some("<html><body>Service Unavailable</body></html>".to_owned());
    }
    if let Some(seconds) = error.retry_after {
        let config = world.config.rate;
        let key = account.unwrap_or("app");
        if world.rates.too_early(key).is_none() {
            world.rates.announce(key, error, &config);
        }
        answer.headers.push(("retry-after", seconds.to_string()));
        answer.headers.extend(world.rates.headers(Some(key), use_case(call), Some(seconds), &config));
    }
    answer
}

/// Faults that change the answer of a call that was carried out.
fn after(world: &World, seq: u64, answer: &mut Answer, fault: Option<&Action>) {
    match fault {
        Some(Action::ErrorAfter(failure)) => {
            let error = failed(failure);
            answer.status = error.status.as_u16();
            answer.json = error.body(seq, world.faults.plan().error_data_as_text);
            answer.page =
                (failure.code == 0).then(|| "<html><body>Service Unavailable</body></html>".to_owned());
        }
        Some(Action::RenameField { from, to }) => rename(&mut answer.json, from, to),
        _ => {}
    }
}

#[expect(clippy::too_many_arguments, reason = "one line of the log has this many columns")]
fn record(
    world: &mut World,
    call: &Call,
    seq: u64,
    batch: Option<u64>,
    fault: Option<&Action>,
    account: Option<String>,
    answer: &Answer,
    committed: bool,
) {
    let error = &answer.json["error"];
    let lost = matches!(fault, Some(Action::DropAfter | Action::DropBefore));
    let entry = RequestEntry {
        seq,
        at: world.now(),
        method: call.method.to_string(),
        path: call.path_text(),
        params: journal::redacted(&call.params),
        status: if lost { 0 } else { answer.status },
        code: error["code"].as_i64(),
        subcode: error["error_subcode"].as_i64(),
        committed,
        batch,
        fault: fault.map(Action::name),
        account,
        reason: None,
    };
    tracing::debug!(
        seq,
        method = entry.method,
        path = entry.path,
        status = entry.status,
        code = entry.code,
        committed,
        "answered a call"
    );
    world.journal.push(entry);
}

/// The error that hides what a batch did.
pub(crate) fn after_batch(failure: &Failure, seq: u64) -> Answer {
    let mut answer = Answer::refusal(&failed(failure), seq);
    answer.page = (failure.code == 0).then(|| "<html><body>Service Unavailable</body></html>".to_owned());
    answer
}

/// The headers of an answer that is not about one call of an account: a batch, or what cannot be read.
pub(crate) fn bare_headers(world: &mut World) -> Vec<(&'static str, String)> {
    let config = world.config.rate;
    let mut headers = world.rates.headers(None, UseCase::AdsManagement, None, &config);
    headers.push(("facebook-api-version", call::VERSION.to_owned()));
    headers
}

/// Writes a call that never ran, or a batch as a whole, to the log.
pub(crate) fn note(world: &mut World, call: &Call, fault: Option<&Action>, status: u16) -> u64 {
    let seq = world.next_seq();
    let answer = Answer { status, json: json!(null), page: None, bytes: None, headers: Vec::new() };
    let account = account_of(world, call);
    record(world, call, seq, None, fault, account, &answer, false);
    seq
}
