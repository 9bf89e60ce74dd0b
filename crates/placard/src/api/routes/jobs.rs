//! Background work.

use crate::api::{Shared, caller::Caller, problem::Problem};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_store::jobs;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(overview))
}

/// How background work stands.
#[derive(Serialize, ToSchema)]
struct Overview {
    /// Jobs that are due.
    due: i64,
    /// Jobs under way.
    running: i64,
    /// Jobs for later.
    waiting: i64,
    /// Jobs that were given up.
    dead: i64,
    /// The last that were given up.
    given_up: Vec<GivenUp>,
}

/// A job that was given up.
#[derive(Serialize, ToSchema)]
struct GivenUp {
    /// Its id.
    id: Uuid,
    /// What kind of work it was.
    kind: String,
    /// The last thing that went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was given up.
    at: DateTime<Utc>,
}

/// What waits, and what was given up.
#[utoipa::path(get, path = "/jobs", tag = "jobs", responses((status = 200, body = Overview)))]
async fn overview(State(api): State<Shared>, caller: Caller) -> Result<Json<Overview>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let pending = jobs::count_pending(&mut tx).await?;
    let dead = jobs::list_dead(&mut tx, 50).await?;
    tx.commit().await?;
    let given_up =
        dead.into_iter().map(|job| GivenUp { id: job.id.0, kind: job.kind, error: job.error, at: job.at });
    Ok(Json(Overview {
        due: pending.due,
        running: pending.running,
        waiting: pending.waiting,
        dead: pending.dead,
        given_up: given_up.collect(),
    }))
}
