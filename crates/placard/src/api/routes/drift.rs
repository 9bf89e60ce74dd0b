//! What others changed on the platform.

use super::{publishing::On, running::Listener};
use crate::api::{
    Shared,
    body::{At, Query},
    caller::Caller,
    problem::Problem,
    words::Key,
};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(adopt))
}

/// What differs from what was applied, field by field.
#[derive(Serialize, ToSchema)]
struct DriftView {
    /// Each field with its old and new value.
    #[schema(value_type = Vec<Object>)]
    drift: Value,
    /// How many fields.
    fields: usize,
}

/// Looks at the platform and lists what others changed.
#[utoipa::path(get, path = "/campaigns/{key}/drift", tag = "drift", params(("key" = inline(Key), Path), On),
    responses((status = 200, body = DriftView), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn get(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
) -> Result<Json<DriftView>, Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let nobody = Listener::nobody();
    let currency = desk.reach.account.description.currency;
    let drift = desk.publisher(&nobody).drift(&desk.campaign, currency).await?;
    let fields = drift.len();
    Ok(Json(DriftView {
        drift: serde_json::to_value(drift).map_err(|error| Problem::defect(&error))?,
        fields,
    }))
}

/// Lets what others set stand until the spec changes the same fields. To set it back, plan with `push`.
#[utoipa::path(post, path = "/campaigns/{key}/drift/adopt", tag = "drift", params(("key" = inline(Key), Path), On),
    responses((status = 200, body = DriftView), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn adopt(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
) -> Result<Json<DriftView>, Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let nobody = Listener::nobody();
    let publisher = desk.publisher(&nobody);
    let drift = publisher.drift(&desk.campaign, desk.reach.account.description.currency).await?;
    publisher.adopt(desk.campaign.id, &drift).await?;
    let fields = drift.len();
    Ok(Json(DriftView {
        drift: serde_json::to_value(drift).map_err(|error| Problem::defect(&error))?,
        fields,
    }))
}
