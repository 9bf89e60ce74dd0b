//! Deployments: starting them, watching them live, their history.

use super::{
    campaigns::find,
    publishing::On,
    running::{Accepted, Deed, Form, LiveEvent, TakenBack, run},
};
use crate::api::{
    Shared,
    body::{At, Query},
    caller::Caller,
    paging::{Page, Paging},
    problem::{Code, Problem},
    view::DeploymentView,
    words::Key,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{
        Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use placard_domain::{DeploymentId, TenantId, spec::RunState};
use placard_store::{Db, deployment};
use std::{convert::Infallible, time::Duration};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(of_campaign))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(events))
        .routes(routes!(interrupt))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(roll_back))
}

/// The deployments of a campaign, newest first.
#[utoipa::path(get, path = "/campaigns/{key}/deployments", tag = "deployments",
    params(("key" = inline(Key), Path)), responses((status = 200, body = Page<DeploymentView>)))]
async fn of_campaign(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
) -> Result<Json<Page<DeploymentView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let campaign = find(&mut tx, &key).await?;
    let found = deployment::history(&mut tx, Some(campaign.id), 50).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, DeploymentView::from)))
}

/// The last deployments of all campaigns, newest first.
#[utoipa::path(get, path = "/deployments", tag = "deployments", params(Paging),
    responses((status = 200, body = Page<DeploymentView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DeploymentView>>, Problem> {
    let limit = paging.limit()?;
    let after: Option<(chrono::DateTime<chrono::Utc>, Uuid)> = paging.after()?;
    let mut tx = caller.begin(&api).await?;
    let after = after.map(|(at, id)| (at, DeploymentId(id)));
    let found = deployment::page(&mut tx, after, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |one| (one.created_at, one.id.0), DeploymentView::from)))
}

/// A deployment with its steps.
#[utoipa::path(get, path = "/deployments/{id}", tag = "deployments", params(("id" = Uuid, Path)),
    responses((status = 200, body = DeploymentView)))]
async fn get(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<DeploymentView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = deployment::get(&mut tx, DeploymentId(id)).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

/// An event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "tells the document what the stream is made of")]
struct ProgressEvent {
    /// Always `progress`.
    event: String,
    /// The deployment with its steps, as JSON.
    data: String,
}

/// How often a watched deployment is looked at.
const GLANCE: Duration = Duration::from_millis(300);

/// Live progress as server-sent events: `progress` with the deployment whenever it changed, the last one when it ended.
#[utoipa::path(get, path = "/deployments/{id}/events", tag = "deployments", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "text/event-stream", body = ProgressEvent)))]
async fn events(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let tenant = caller.tenant()?;
    let mut tx = caller.begin(&api).await?;
    deployment::get(&mut tx, DeploymentId(id)).await?;
    tx.commit().await?;
    let watch =
        Watch { db: api.session.db().clone(), tenant, id: DeploymentId(id), shown: None, over: false };
    Ok(Sse::new(stream::unfold(watch, Watch::next)).keep_alive(KeepAlive::default()))
}

struct Watch {
    db: Db,
    tenant: TenantId,
    id: DeploymentId,
    shown: Option<String>,
    over: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if self.over {
                return None;
            }
            let seen = self.look().await.ok()?;
            self.over = !seen.under_way();
            let text = serde_json::to_string(&seen).ok()?;
            if self.shown.as_deref() != Some(&text) {
                let event = Event::default().event("progress").data(&text);
                self.shown = Some(text);
                return Some((Ok(event), self));
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn look(&self) -> Result<DeploymentView, Problem> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let found = deployment::get(&mut tx, self.id).await?;
        tx.commit().await?;
        Ok(found.into())
    }
}

/// Stops a campaign on its platform.
#[utoipa::path(post, path = "/campaigns/{key}/pause", tag = "deployments", params(("key" = inline(Key), Path), On),
    responses((status = 200, content((Accepted = "application/json"), (LiveEvent = "text/event-stream"))), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn pause(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
    form: Form,
) -> Result<Response, Problem> {
    run(api.desk(&caller, &key, on.platform).await?, Deed::Switch(RunState::Paused), form).await
}

/// Goes on with a deployment that did not finish, or lets a paused campaign run again.
#[utoipa::path(post, path = "/campaigns/{key}/resume", tag = "deployments", params(("key" = inline(Key), Path), On),
    responses((status = 200, content((Accepted = "application/json"), (LiveEvent = "text/event-stream"))), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn resume(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
    form: Form,
) -> Result<Response, Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let mut tx = caller.begin(&api).await?;
    let account = desk.reach.account().clone();
    let unfinished = deployment::unfinished(&mut tx, desk.campaign.id, &account).await?;
    tx.commit().await?;
    let deed = if unfinished.is_none() { Deed::Switch(RunState::Active) } else { Deed::Resume };
    run(desk, deed, form).await
}

/// Removes what an unfinished deployment made, and nothing else.
#[utoipa::path(post, path = "/campaigns/{key}/rollback", tag = "deployments", params(("key" = inline(Key), Path), On),
    responses((status = 200, content((TakenBack = "application/json"), (LiveEvent = "text/event-stream"))), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn roll_back(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
    form: Form,
) -> Result<Response, Problem> {
    run(api.desk(&caller, &key, on.platform).await?, Deed::RollBack, form).await
}

/// Asks a deployment to stop after the request that is under way. It can be resumed or rolled back then.
///
/// Only the server that runs it can be asked; another one refuses.
#[utoipa::path(post, path = "/deployments/{id}/interrupt", tag = "deployments", params(("id" = Uuid, Path)),
    responses((status = 202)))]
async fn interrupt(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = deployment::get(&mut tx, DeploymentId(id)).await?;
    tx.commit().await?;
    if api.running.interrupt(found.id) {
        return Ok(StatusCode::ACCEPTED);
    }
    let status = found.status.as_str();
    Err(Problem::new(Code::Conflict, format!("this server does not run the deployment, which is {status}")))
}
