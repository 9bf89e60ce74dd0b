//! Whether the server works.

use crate::api::{Shared, problem::Problem};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(health))
}

#[derive(Serialize, ToSchema)]
struct Health {
    /// This version.
    version: &'static str,
    /// How rate limits are counted right now.
    rate_limits: String,
}

/// Whether the server and its database answer.
#[utoipa::path(get, path = "/health", tag = "health", responses((status = 200, body = Health)))]
async fn health(State(api): State<Shared>) -> Result<Json<Health>, Problem> {
    let tx = api.session.db().system().await?;
    tx.commit().await?;
    Ok(Json(Health { version: env!("CARGO_PKG_VERSION"), rate_limits: api.limiter.state().to_string() }))
}
