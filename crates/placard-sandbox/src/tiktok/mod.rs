//! The TikTok surface: the Business API v1.3 as `platforms/tiktok.md` describes it.

mod ad;
mod adgroup;
pub(crate) mod auth;
mod campaign;
pub(crate) mod control;
pub(crate) mod delivery;
mod discovery;
pub(crate) mod error;
pub(crate) mod fixtures;
mod geo;
mod get;
mod leads;
mod market;
pub(crate) mod md5;
mod media;
mod money;
pub(crate) mod oauth;
mod purse;
pub(crate) mod rate;
pub(crate) mod read;
mod report;
pub(crate) mod request;
mod spec;
mod split;
mod status;
pub(crate) mod store;
mod update;
mod write;

use axum::http::Method;
use serde_json::{Map, Value, json};

use self::auth::TokenKind;
use self::error::{Code, Refusal, Said, TikTokResult, envelope};
use self::media::MediaKind;
use self::request::{CONSENT, Request};
pub(crate) use self::store::{Key, Level, Record, State};
use crate::answer::{Answer, Reply, rename};
use crate::draw;
use crate::faults::{Action, Failure};
use crate::hooks::tiktok as hooks;
use crate::journal::RequestEntry;
use crate::world::World;

/// The `request_id` of an answer; not that of a body.
fn request_id(world: &World, seq: u64) -> String {
    format!("{}{:016X}", world.now().format("%Y%m%d%H%M%S"), draw::join(0x7107, seq))
}

/// Carries out one call and writes it to the log. A `fault` that has to do with the answer's content is
/// applied here; those that have to do with the connection are the server's.
pub(crate) fn answer(world: &mut World, request: &Request, fault: Option<&Action>) -> Answer {
    let seq = world.next_seq();
    let id = request_id(world, seq);
    let outcome = admitted(world, fault).and_then(|()| {
        save(world);
        route(world, request)
    });
    let committed = world.has_changes();
    save(world);
    let outcome = match fault {
        Some(Action::ErrorAfter(failure)) => Err(failed(failure)),
        _ => outcome,
    };
    let code = outcome.as_ref().err().and_then(Refusal::code).map(Code::number);
    let reason = outcome.as_ref().err().map(Refusal::message);
    let mut answer = match outcome {
        Ok(said) => told(said, &id),
        Err(refusal) => refused(&refusal, &id),
    };
    if let Some(Action::RenameField { from, to }) = fault {
        rename(&mut answer.json, from, to);
    }
    answer.headers.push(("x-tt-logid", id));
    record(world, request, seq, fault, (answer.status, code), committed, reason);
    answer
}

fn save(world: &mut World) {
    if let Err(error) = world.commit() {
        tracing::error!(error = format!("{error:#}"), "the state file could not be written");
    }
}

fn told(said: Said, id: &str) -> Answer {
    match said {
        Said::Data(data) => Answer::from_reply(Reply::Json(envelope(data, id))),
        Said::Partial(data) => {
            let mut body = envelope(data, id);
            body["code"] = json!(Code::PartialSuccess.number());
            body["message"] = json!("Partial success");
            Answer::from_reply(Reply::Json(body))
        }
        Said::Csv(table) => {
            let mut answer = Answer::from_reply(Reply::Html(table));
            answer.headers.push(("content-type", "text/csv; charset=utf-8".to_owned()));
            answer
        }
        Said::Html(page) => Answer::from_reply(Reply::Html(page)),
        Said::Redirect(target) => Answer::from_reply(Reply::Redirect(target)),
    }
}

fn refused(refusal: &Refusal, id: &str) -> Answer {
    let page = match refusal {
        Refusal::Html(status) => Some(format!("<!DOCTYPE html><title>{status}</title>")),
        _ => None,
    };
    Answer { status: refusal.http(), json: refusal.body(id), page, bytes: None, headers: Vec::new() }
}

/// Faults that prevent a call.
fn admitted(world: &mut World, fault: Option<&Action>) -> TikTokResult<()> {
    match fault {
        // TikTok announces no wait, so none is kept account of.
        Some(Action::Throttle { .. }) => Err(rate::throttled("the app's limit is reached")),
        Some(Action::ErrorBefore(failure)) => Err(failed(failure)),
        Some(Action::TokenRevoked(_)) => {
            world.tiktok_revoke(None);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The error that a fault stands for: TikTok's own code if the plan names one, else what its HTTP status
/// would be for (§20).
fn failed(failure: &Failure) -> Refusal {
    /// Codes start here; smaller ones in a plan are meant for another platform.
    const FIRST_CODE: i64 = 20_001;
    let code = match failure.status {
        status if failure.code == 0 => return Refusal::Html(status),
        _ if failure.code >= FIRST_CODE => Code::Other(failure.code),
        401 => Code::TokenInvalid,
        403 => Code::NoPermission,
        409 => Code::WriteConflict,
        429 => Code::AppLimit,
        500 => Code::SystemError,
        502 => Code::InnerService,
        503 => Code::Maintenance,
        504 => Code::TimeOut,
        status => return Refusal::Html(status),
    };
    Refusal::new(code, "The simulated platform was told to fail.")
}

/// Families that the platform has and the sandbox does not: refused loudly, never as if they were unknown.
const NOT_SERVED: &[&str] = &[
    "/smart_plus/",
    "/bc/",
    "/dmp/",
    "/creative/",
    "/report/",
    "/lead/",
    "/page/",
    "/term/",
    "/tool/",
    "/file/",
    "/campaign/",
    "/adgroup/",
    "/ad/",
];

/// Sends a call where its path says.
fn route(world: &mut World, request: &Request) -> TikTokResult<Said> {
    if request.path.trim_end_matches('/') == CONSENT {
        return oauth::dialog(world, request);
    }
    let endpoint = request.endpoint()?.to_owned();
    if request.broken {
        return Err(Refusal::new(Code::Invalid, "The body is not valid JSON with its Content-Type."));
    }
    let rate = world.config.tiktok_rate;
    world.tiktok.rates.count(&endpoint, &rate)?;
    let found = match request.method {
        Method::GET => reading(world, request, &endpoint),
        _ => writing(world, request, &endpoint),
    };
    found.unwrap_or_else(|| Err(absent(request, &endpoint)))
}

/// Why a path has no answer.
fn absent(request: &Request, path: &str) -> Refusal {
    match path {
        path if path.starts_with("/campaign/spc/") => {
            Refusal::new(Code::Retired, "The interface is retired.")
        }
        path if path.ends_with('/') && NOT_SERVED.iter().any(|family| path.starts_with(family)) => {
            Refusal::new(Code::NotImplemented, format!("Not implemented in the sandbox: {path}"))
        }
        _ => Refusal::NoRoute(request.path.clone()),
    }
}

/// Calls that read.
fn reading(world: &mut World, request: &Request, endpoint: &str) -> Option<TikTokResult<Said>> {
    let data = match endpoint {
        "/oauth2/advertiser/get/" => oauth::advertisers(world, request),
        "/user/info/" => oauth::user(world, request),
        "/advertiser/info/" => discovery::advertiser(world, request),
        "/identity/get/" => discovery::identities(world, request),
        "/pixel/list/" => discovery::pixels(world, request),
        "/app/list/" => discovery::apps(world, request),
        "/subscription/get/" => hooks::list(world, request),
        "/page/get/" => leads::pages(world, request),
        "/term/get/" => leads::terms(world, request),
        "/term/check/" => leads::check_term(world, request),
        "/page/lead/task/download/" => return Some(leads::download(world, request).map(Said::Csv)),
        "/tool/region/" => geo::regions(world, request),
        "/campaign/get/" => get::list(world, request, Level::Campaign),
        "/adgroup/get/" => get::list(world, request, Level::AdGroup),
        "/ad/get/" => get::list(world, request, Level::Ad),
        "/ad/review_info/" => get::reviews(world, request),
        "/report/integrated/get/" => report::integrated(world, request),
        "/report/task/check/" => report::task::check(world, request),
        "/report/task/download/" => return Some(report::task::download(world, request).map(Said::Csv)),
        "/adgroup/quota/" => discovery::quota(world, request),
        "/file/image/ad/info/" => media::info(world, request, MediaKind::Image),
        "/file/video/ad/info/" => media::info(world, request, MediaKind::Video),
        "/file/video/suggestcover/" => media::covers(world, request),
        "/file/video/ad/search/" => media::search(world, request),
        _ => return None,
    };
    Some(data.map(Said::Data))
}

/// Calls that write, and those that take a secret.
fn writing(world: &mut World, request: &Request, endpoint: &str) -> Option<TikTokResult<Said>> {
    let data = match endpoint {
        "/term/confirm/" => leads::confirm_term(world, request),
        "/subscription/subscribe/" => hooks::subscribe(world, request),
        "/subscription/unsubscribe/" => hooks::unsubscribe(world, request),
        "/page/lead/mock/create/" => hooks::make_lead(world, request),
        "/page/lead/task/" => leads::export(world, request),
        "/campaign/create/" => write::create_campaign(world, request),
        "/campaign/update/" => update::update(world, request, Level::Campaign),
        "/campaign/status/update/" => return Some(switched(world, request, Level::Campaign)),
        "/adgroup/create/" => write::create_ad_group(world, request),
        "/adgroup/update/" => update::update(world, request, Level::AdGroup),
        "/adgroup/budget/update/" => update::budgets(world, request),
        "/adgroup/status/update/" => return Some(switched(world, request, Level::AdGroup)),
        "/ad/create/" => write::create_ads(world, request),
        "/ad/update/" => update::update_ads(world, request),
        "/ad/status/update/" => return Some(switched(world, request, Level::Ad)),
        "/report/task/create/" => report::task::create(world, request),
        "/report/task/cancel/" => report::task::cancel(world, request),
        "/oauth2/access_token/" => oauth::access_token(world, request),
        "/oauth2/token/" => oauth::token(world, request, TokenKind::Marketing),
        "/tt_user/oauth2/token/" => oauth::token(world, request, TokenKind::Account),
        "/tt_user/oauth2/refresh_token/" => oauth::refresh(world, request),
        "/oauth2/revoke_token/" => oauth::revoke(world, request),
        "/identity/create/" => discovery::make_identity(world, request),
        "/file/image/ad/upload/" => media::upload(world, request, MediaKind::Image),
        "/file/video/ad/upload/" => media::upload(world, request, MediaKind::Video),
        _ => return None,
    };
    Some(data.map(Said::Data))
}

fn switched(world: &mut World, request: &Request, level: Level) -> TikTokResult<Said> {
    let (data, partial) = write::set_status(world, request, level)?;
    Ok(if partial { Said::Partial(data) } else { Said::Data(data) })
}

/// Writes a call that never ran to the log.
pub(crate) fn note_lost(world: &mut World, request: &Request, fault: Option<&Action>) {
    let seq = world.next_seq();
    record(world, request, seq, fault, (0, None), false, None);
}

fn record(
    world: &mut World,
    request: &Request,
    seq: u64,
    fault: Option<&Action>,
    (status, code): (u16, Option<i64>),
    committed: bool,
    reason: Option<String>,
) {
    let lost = matches!(fault, Some(Action::DropAfter | Action::DropBefore));
    let entry = RequestEntry {
        seq,
        at: world.now(),
        method: request.method.to_string(),
        path: request.path_text(),
        params: redacted(&request.params),
        status: if lost { 0 } else { status },
        code,
        subcode: None,
        committed,
        batch: None,
        fault: fault.map(Action::name),
        account: request.advertiser(),
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

const SECRETS: &[&str] = &[
    "subscription_detail",
    "secret",
    "client_secret",
    "access_token",
    "refresh_token",
    "auth_code",
    "code",
    "access-token",
];

/// Parameters fit for a log.
fn redacted(params: &Map<String, Value>) -> Map<String, Value> {
    let show = |name: &str, value: &Value| match SECRETS.contains(&name) {
        true => json!("[redacted]"),
        false => value.clone(),
    };
    params.iter().map(|(name, value)| (name.clone(), show(name, value))).collect()
}
