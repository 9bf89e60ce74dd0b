//! Notices that were put aside.

use crate::{
    api::{
        Shared,
        body::{Body, Query},
        caller::Caller,
        paging::{Page, Paging},
        problem::Problem,
        view::{DeadNoticeView, ReplayedView},
    },
    webhooks,
};
use axum::{Json, extract::State};
use placard_store::webhook;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(replay))
}

/// Notices that were put aside, because trying again would change nothing until somebody has looked. The first first.
#[utoipa::path(get, path = "/webhooks/dead", tag = "webhooks", params(Paging),
    responses((status = 200, body = Page<DeadNoticeView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DeadNoticeView>>, Problem> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut tx = caller.begin(&api).await?;
    let dead = webhook::dead(&mut tx, after, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(dead, limit, |one| (one.dead_at, one.id), DeadNoticeView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReplay {
    /// Which notice; every one that was put aside without it.
    id: Option<Uuid>,
}

/// Lets notices that were put aside wait again, and has them looked after.
#[utoipa::path(post, path = "/webhooks/dead/replay", tag = "webhooks", request_body = NewReplay,
    responses((status = 200, body = ReplayedView)))]
async fn replay(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewReplay>,
) -> Result<Json<ReplayedView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let replayed = webhooks::replay(&mut tx, &caller.actor(), new.id).await?;
    tx.commit().await?;
    match new.id {
        Some(_) if replayed == 0 => Err(Problem::unfit("id", "is no notice that was put aside")),
        _ => Ok(Json(ReplayedView { replayed })),
    }
}
