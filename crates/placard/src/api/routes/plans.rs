//! Plans: what would happen on the platform, and making it so.

use super::{
    deployments::{Accepted, Begun, Deed, run},
    publishing::On,
};
use crate::api::{
    Shared,
    body::{At, Body, Query},
    caller::Caller,
    problem::{Code, Problem},
    words::Key,
};
use crate::publishing::Planned;
use axum::{Json, extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use placard_domain::{PlanId, plan::DriftPolicy};
use placard_store::{campaign, plan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(get)).routes(routes!(apply))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    /// Overwrite what others changed on the platform.
    #[serde(default)]
    push: bool,
    /// Plan the removal of everything that the campaign has on the platform.
    #[serde(default)]
    remove: bool,
}

/// A plan. Nothing was sent yet.
#[derive(Serialize, ToSchema)]
struct PlanView {
    /// Its id.
    id: Uuid,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Steps, drift, conflicts, warnings and what it costs.
    #[schema(value_type = Object)]
    plan: Value,
    /// The exact requests that would be sent, without tokens.
    #[schema(value_type = Vec<Object>)]
    requests: Value,
}

/// Looks at the platform and plans. The plan is bound to the state that it saw.
#[utoipa::path(post, path = "/campaigns/{key}/plans", tag = "plans", params(("key" = inline(Key), Path), On),
    request_body = NewPlan, responses((status = 201, body = PlanView), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn make(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
    Body(wish): Body<NewPlan>,
) -> Result<(StatusCode, Json<PlanView>), Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let context = desk.reach.context(&desk.tenant, &key);
    let policy = if wish.push { DriftPolicy::Push } else { DriftPolicy::Keep };
    let wanted = if wish.remove { None } else { Some(desk.wanted().await?) };
    let begun = Begun::nobody();
    let publisher = desk.publisher(&begun);
    let planned = match &wanted {
        None => publisher.plan_removal(&desk.campaign, &context).await?,
        Some(wanted) => publisher.plan(wanted, &context, policy).await?,
    };
    Ok((StatusCode::CREATED, Json(view(planned, (api.now)())?)))
}

fn view(planned: Planned, at: DateTime<Utc>) -> Result<PlanView, Problem> {
    let shown = |value: serde_json::Result<Value>| value.map_err(|error| Problem::defect(&error));
    Ok(PlanView {
        id: planned.id.0,
        created_at: at,
        plan: shown(serde_json::to_value(&planned.plan))?,
        requests: shown(serde_json::to_value(&planned.requests))?,
    })
}

/// A stored plan.
#[utoipa::path(get, path = "/plans/{id}", tag = "plans", params(("id" = Uuid, Path)),
    responses((status = 200, body = PlanView)))]
async fn get(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<Json<PlanView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let stored = plan::get(&mut tx, PlanId(id)).await?;
    tx.commit().await?;
    let plan = serde_json::to_value(&stored.plan).map_err(|error| Problem::defect(&error))?;
    Ok(Json(PlanView { id, created_at: stored.created_at, plan, requests: stored.prepared }))
}

/// Carries a plan out, as it was shown, or refuses if something changed since.
///
/// The answer comes when the deployment is on record; `GET /deployments/{id}/events` shows how it goes on.
#[utoipa::path(post, path = "/plans/{id}/apply", tag = "plans", params(("id" = Uuid, Path)),
    responses((status = 200, body = Accepted), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn apply(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<Response, Problem> {
    let mut tx = caller.begin(&api).await?;
    let stored = plan::get(&mut tx, PlanId(id)).await?;
    let of = campaign::get(&mut tx, stored.campaign).await?;
    tx.commit().await?;
    if !stored.plan.conflicts.is_empty() {
        return Err(Problem::new(Code::Undecided, "the plan has conflicts that a person must decide")
            .help("change the spec, adopt the drift, or plan again with `push`"));
    }
    let platform = stored.plan.account.platform;
    let desk = api.desk(&caller, &of.key, Some(platform)).await?;
    run(desk, Deed::Apply(PlanId(id))).await
}
