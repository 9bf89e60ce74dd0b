//! The REST API: `/api/v1`, its OpenAPI document and a page to read it.
//!
//! A request passes, from the outside in: request id and headers, compression, catch-all for defects, limits of time,
//! size and number, the right of its route ([`access`]), rate limits, stored answers for repeated requests, its route.

pub mod access;
mod body;
mod caller;
mod docs;
mod edge;
mod idempotency;
mod keys;
mod objects;
pub mod openapi;
pub(crate) mod paging;
mod problem;
mod rate;
mod routes;
mod server;
mod text;
pub mod tokens;
pub(crate) mod view;
pub(crate) mod words;

pub(crate) use keys::{revoke as revoke_signing_keys, rotate as rotate_signing_key};
pub use problem::{Code, FieldError, Problem, Reason};
pub use rate::Limits;
pub(crate) use routes::leads::identity;
pub use server::{Config, Server};
pub(crate) use text::Email;

use crate::{session::Session, webhooks::Secrets};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use caller::Standings;
use chrono::{DateTime, Utc};
use placard_store::rate_limit::RateLimiter;
pub(crate) use routes::webhooks::COUNTED;
use routes::{assets::Fetching, running::Running, website_audits::Auditor};
use std::sync::Arc;
use tokens::Tokens;
use utoipa::{OpenApi as _, openapi::OpenApi};
use utoipa_axum::router::OpenApiRouter;

/// Where every route begins.
pub const PREFIX: &str = "/api/v1";

/// What every route works with.
pub struct Api {
    session: Arc<Session>,
    tokens: Tokens,
    limiter: Box<dyn RateLimiter>,
    limits: rate::Limits,
    standings: Standings,
    running: Running,
    now: fn() -> DateTime<Utc>,
    secure_cookies: bool,
    secrets: Secrets,
    auditor: Auditor,
    fetching: Fetching,
}

type Shared = Arc<Api>;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Placard",
        description = "Model a campaign once, publish it without ever making a duplicate, follow its numbers.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, FieldError))
)]
struct Document;

/// The routes and their document, which need no server to be looked at.
fn routes() -> (Router<Shared>, OpenApi) {
    let api = OpenApiRouter::with_openapi(Document::openapi()).nest(PREFIX, routes::all());
    let (router, mut document) = api.split_for_parts();
    openapi::complete(&mut document);
    (router, document)
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    routes().1
}

/// The whole application.
fn app(api: Shared, config: &Config) -> impl edge::App {
    let (router, document) = routes();
    let gate = Gate { known: Arc::new(edge::KnownQueries::of(&document)), api: Arc::clone(&api) };
    let router = router
        .route_layer(middleware::from_fn_with_state(gate, pass))
        .merge(docs::router(&document))
        .with_state(api);
    edge::wrap(router, config)
}

#[derive(Clone)]
struct Gate {
    api: Shared,
    known: Arc<edge::KnownQueries>,
}

/// What lies before every route. One layer, because each copies those within it for every request.
async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Gate { api, known } = gate;
    if let Err(problem) = caller::admit(&api, &mut request).await {
        return problem.into_response();
    }
    if let Err(problem) = known.expect(&request) {
        return problem.into_response();
    }
    let verdict = rate::take(&api, request.extensions()).await;
    let mut response = match rate::refusal(&verdict) {
        Some(problem) => problem.into_response(),
        None => idempotency::once(&api, request, next).await,
    };
    rate::tell(&verdict, &mut response);
    response
}
