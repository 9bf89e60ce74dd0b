//! The HTTP server: one handler that sends a request to the surface its path belongs to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::answer::Answer;
use crate::control;
use crate::faults::Action;
use crate::google;
use crate::hooks;
use crate::line::Line;
use crate::meta;
use crate::meta::batch::{self, Outcome};
use crate::meta::call::Call;
use crate::meta::envelope::MetaError;
use crate::microsoft;
use crate::tiktok;
use crate::world::World;

/// Largest request: a batch with several images.
const MAX_BODY: usize = 256 * 1024 * 1024;

/// What every request handler shares.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) base_url: Arc<str>,
}

impl App {
    /// Locks the world; it stays usable when a handler panicked, since handlers validate before they change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole router: `/_sandbox/*` controls the simulation, everything else is a platform's.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .nest("/_sandbox", control::router())
        .fallback(platform_request)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

async fn platform_request(
    State(app): State<App>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match axum::body::to_bytes(body, MAX_BODY).await {
        Ok(body) => body,
        Err(error) => {
            tracing::debug!(%error, "a request body did not arrive");
            return StatusCode::BAD_REQUEST.into_response();
        }
    };
    if google::request::is_google(parts.uri.path()) {
        let (path, query) = (parts.uri.path(), parts.uri.query());
        let request = google::request::Request::new(parts.method, path, query, &parts.headers, body);
        return serve_google(&app, &line, &request).await;
    }
    if tiktok::request::is_tiktok(parts.uri.path()) {
        let (path, query) = (parts.uri.path(), parts.uri.query());
        let request = tiktok::request::Request::decode(parts.method, path, query, &parts.headers, body).await;
        return serve_tiktok(&app, &line, &request).await;
    }
    if microsoft::request::is_microsoft(parts.uri.path()) {
        let (path, query) = (parts.uri.path(), parts.uri.query());
        let request =
            microsoft::request::Request::new(parts.method, path, query, &parts.headers, &body, &app.base_url);
        return serve_microsoft(&app, &line, &request).await;
    }
    let (call, read) =
        Call::decode(parts.method, parts.uri.path(), parts.uri.query(), &parts.headers, body, &app.base_url)
            .await;
    if let Err(error) = read {
        let mut world = app.world();
        let seq = meta::note(&mut world, &call, None, error.status.as_u16());
        let mut answer = Answer::refusal(&error, seq);
        answer.headers = meta::bare_headers(&mut world);
        return send(answer);
    }
    serve(&app, &line, &call).await
}

/// Draws the fault of a call, carries the call out and lets the fault strike.
async fn serve(app: &App, line: &Line, call: &Call) -> Response {
    let is_batch = call.method == Method::POST && call.path.is_empty() && call.params.has("batch");
    let items = if is_batch { batch::count(call) } else { 0 };
    let fault = strike(app, call.method.as_str(), &call.path_text(), &call.template(), items).await;
    let fault = fault.as_ref();
    if fault == Some(&Action::DropBefore) {
        meta::note(&mut app.world(), call, fault, 0);
        return cut(line);
    }
    if let Some((callback, verify_token)) = hooks::meta::greeting(call)
        && !hooks::shakes_hands(&callback, &verify_token).await
    {
        let error = MetaError::field("callback_url", "The callback did not answer with the challenge");
        let seq = meta::note(&mut app.world(), call, fault, error.status.as_u16());
        return send(Answer::refusal(&error, seq));
    }
    let answer = match is_batch && !prevents(fault) {
        true => match run_batch(app, call, fault) {
            Some(answer) => answer,
            None => return cut(line),
        },
        false => meta::answer(&mut app.world(), call, None, fault),
    };
    finish(line, answer, fault)
}

/// Draws the fault of a call to Google, carries the call out and lets the fault strike.
async fn serve_google(app: &App, line: &Line, request: &google::request::Request) -> Response {
    let fault = strike(app, request.method.as_str(), &request.path_text(), &request.template(), 0).await;
    let fault = fault.as_ref();
    if fault == Some(&Action::DropBefore) {
        google::note_lost(&mut app.world(), request, fault);
        return cut(line);
    }
    let answer = google::answer(&mut app.world(), request, fault);
    finish(line, answer, fault)
}

/// Draws the fault of a call to TikTok, carries the call out and lets the fault strike.
async fn serve_tiktok(app: &App, line: &Line, request: &tiktok::request::Request) -> Response {
    let path = request.path_text();
    let fault = strike(app, request.method.as_str(), &path, &path, 0).await;
    let fault = fault.as_ref();
    if fault == Some(&Action::DropBefore) {
        tiktok::note_lost(&mut app.world(), request, fault);
        return cut(line);
    }
    let answer = tiktok::answer(&mut app.world(), request, fault);
    finish(line, answer, fault)
}

/// Draws the fault of a call to Microsoft, carries the call out and lets the fault strike.
async fn serve_microsoft(app: &App, line: &Line, request: &microsoft::request::Request) -> Response {
    let path = request.path_text();
    let fault = strike(app, request.method.as_str(), &path, &path, 0).await;
    let fault = fault.as_ref();
    if fault == Some(&Action::DropBefore) {
        microsoft::note_lost(&mut app.world(), request, fault);
        return cut(line);
    }
    let answer = microsoft::answer(&mut app.world(), request, fault);
    finish(line, answer, fault)
}

/// Draws the fault of a call and waits out its delay.
async fn strike(app: &App, method: &str, path: &str, template: &str, items: usize) -> Option<Action> {
    let (fault, delay) = {
        let mut world = app.world();
        let scripted = world.faults.scripted(method, path);
        let (seeded, delay) = world.faults.seeded(method, template, items);
        (scripted.or(seeded), delay)
    };
    let wait = match fault {
        Some(Action::DelayMs(ms)) => Some(ms),
        _ => delay,
    };
    if let Some(ms) = wait {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    fault
}

/// Sends an answer the way the fault lets it through.
fn finish(line: &Line, answer: Answer, fault: Option<&Action>) -> Response {
    match fault {
        Some(Action::DropAfter) => cut(line),
        Some(Action::TruncatedBody) => truncated(answer),
        Some(Action::SlowBodyMs(ms)) => slow(answer, *ms),
        _ => send(answer),
    }
}

/// Faults that refuse a batch as a whole.
fn prevents(fault: Option<&Action>) -> bool {
    matches!(fault, Some(Action::Throttle { .. } | Action::ErrorBefore(_)))
}

/// Carries out a batch; `None` when the connection is to close.
fn run_batch(app: &App, call: &Call, fault: Option<&Action>) -> Option<Answer> {
    let mut world = app.world();
    let seq = meta::note(&mut world, call, fault, 200);
    if let Some(Action::TokenRevoked(subcode)) = fault {
        world.revoke(None, *subcode);
    }
    let mut answer = match batch::run(&mut world, call, seq, fault) {
        Ok(Outcome::Cut) => return None,
        Ok(Outcome::Answered(json)) => match fault {
            Some(Action::ErrorAfter(failure)) => meta::after_batch(failure, seq),
            _ => Answer { status: 200, json, page: None, bytes: None, headers: Vec::new() },
        },
        Err(error) => Answer::refusal(&error, seq),
    };
    answer.headers = meta::bare_headers(&mut world);
    Some(answer)
}

fn cut(line: &Line) -> Response {
    line.cut();
    StatusCode::OK.into_response()
}

fn head(answer: &Answer) -> (StatusCode, Vec<(HeaderName, HeaderValue)>, &'static str) {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer
        .headers
        .iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?)))
        .collect();
    let kind =
        if answer.page.is_some() { "text/html; charset=utf-8" } else { "application/json; charset=UTF-8" };
    (status, headers, kind)
}

fn body(answer: &Answer) -> Bytes {
    match (&answer.page, &answer.bytes) {
        (Some(page), _) => Bytes::from(page.clone()),
        (None, Some(bytes)) => bytes.clone(),
        (None, None) => Bytes::from(answer.json.to_string()),
    }
}

fn respond(answer: &Answer, length: Option<usize>, body: Body) -> Response {
    let (status, headers, kind) = head(answer);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn send(answer: Answer) -> Response {
    let bytes = body(&answer);
    respond(&answer, None, Body::from(bytes))
}

/// Announces the whole body, sends half and closes.
fn truncated(answer: Answer) -> Response {
    let bytes = body(&answer);
    let half = bytes.slice(..bytes.len() / 2);
    let stream = futures::stream::unfold(Some(half), |state| async move {
        match state {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            // The half that was sent has to leave the buffer before the connection closes.
            Some(_) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)), None))
            }
            None => None,
        }
    });
    respond(&answer, Some(bytes.len()), Body::from_stream(stream))
}

/// Sends the body in ten pieces over `ms`.
fn slow(answer: Answer, ms: u64) -> Response {
    const PIECES: usize = 10;
    let bytes = body(&answer);
    let piece = bytes.len().div_ceil(PIECES).max(1);
    let length = bytes.len();
    let stream = futures::stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(ms / PIECES as u64)).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, std::io::Error>(next), rest))
    });
    respond(&answer, Some(length), Body::from_stream(stream))
}
