//! The outermost layers: ids, headers, limits on size, time and number, and answers for what has no route.

use super::{
    PREFIX,
    problem::{Code, Problem},
    server::{BehindProxy, Config, note_peer},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};
use tokio::sync::Semaphore;
use tower::{Service, ServiceBuilder};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa::openapi::{OpenApi, RefOr, path::ParameterIn};
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What listens.
pub(super) trait App:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

impl<S> App for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Puts the layers around the routes. Around the router, because layers of the router are copied for every request, each
/// with all that it wraps.
pub(super) fn wrap(router: Router, config: &Config) -> impl App {
    let doors = Doors { places: Arc::new(Semaphore::new(config.concurrency)), timeout: config.timeout };
    ServiceBuilder::new()
        .layer(middleware::from_fn(dress))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(BehindProxy(config.behind_proxy), note_peer))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::new(Code::Internal, "the log says what; the request id finds the line").into_response()
        }))
        .layer(middleware::from_fn_with_state(doors, hold_the_door))
        .layer(DefaultBodyLimit::max(config.body_limit))
        .service(router.fallback(no_route).method_not_allowed_fallback(no_method))
}

async fn no_route() -> Problem {
    Problem::not_found("path")
}

async fn no_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, "this path takes other methods; `allow` names them")
}

/// Gives the request an id, logs it, and puts the headers on that keep browsers careful.
async fn dress(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fits = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let id = given.filter(fits).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    let id = HeaderValue::from_str(&id).expect("letters, digits and dashes");
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    tracing::info!(%method, path, status = response.status().as_u16(), id = id.to_str().unwrap_or(""), "request");
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[derive(Clone)]
struct Doors {
    places: Arc<Semaphore>,
    timeout: Duration,
}

/// So many requests at a time, each for so long.
async fn hold_the_door(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    let Ok(_place) = doors.places.try_acquire() else {
        return Problem::new(Code::Unavailable, "too much is asked at the same time; try again")
            .retry_after(1)
            .into_response();
    };
    match tokio::time::timeout(doors.timeout, next.run(request)).await {
        Ok(response) if response.status() == StatusCode::PAYLOAD_TOO_LARGE && !is_problem(&response) => {
            Problem::new(Code::TooLarge, "the body is larger than this path takes").into_response()
        }
        Ok(response) => response,
        Err(_) => Problem::new(Code::Unavailable, "it took too long and was given up; try again")
            .retry_after(5)
            .into_response(),
    }
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}

/// The query parameters that each route knows.
pub(super) struct KnownQueries(HashMap<(Method, String), HashSet<String>>);

impl KnownQueries {
    /// As the document names them.
    pub(super) fn of(document: &OpenApi) -> Self {
        let mut known = HashMap::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let parameters = operation.parameters.iter().flatten();
                let names = parameters.filter_map(|parameter| match parameter {
                    RefOr::T(own) if matches!(own.parameter_in, ParameterIn::Query) => Some(own.name.clone()),
                    _ => None,
                });
                known.insert((method, path.clone()), names.collect());
            }
        }
        Self(known)
    }

    /// A parameter that the route does not know is a typing error, not something to pass over.
    pub(super) fn expect(&self, request: &Request) -> Result<(), Problem> {
        let Some(query) = request.uri().query() else { return Ok(()) };
        let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
        let names = path.and_then(|path| self.0.get(&(method, path)));
        let unknown = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, _)| name)
            .find(|name| names.is_none_or(|names| !names.contains(name.as_ref())));
        match unknown {
            Some(name) if request.uri().path().starts_with(PREFIX) => {
                Err(Problem::field(name, "is not a parameter of this path"))
            }
            _ => Ok(()),
        }
    }
}
