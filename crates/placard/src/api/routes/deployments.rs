//! Deployments: starting them, watching them live, their history.

use super::{
    campaigns::find,
    publishing::{Desk, On},
};
use crate::{
    api::{
        Shared,
        body::{At, Query},
        caller::Caller,
        paging::{Page, Paging},
        problem::Problem,
        view::DeploymentView,
        words::Key,
    },
    publishing::{Applied, Progress, PublishError, Stop, Turn},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use placard_domain::{
    CampaignId, DeploymentId, PlanId, TenantId,
    plan::{Stage, Step},
    spec::RunState,
};
use placard_store::{Db, deployment};
use serde::Serialize;
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(of_campaign))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(events))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(roll_back))
}

/// Deployments that run in this process, so that it can set them down before it stops.
#[derive(Clone, Default)]
pub(in crate::api) struct Running(Arc<RunningInner>);

#[derive(Default)]
struct RunningInner {
    stops: Mutex<HashMap<Uuid, Stop>>,
    ended: Notify,
}

impl Running {
    fn begin(&self, stop: Stop) -> Entry {
        let id = Uuid::now_v7();
        self.0.stops.lock().unwrap_or_else(PoisonError::into_inner).insert(id, stop);
        Entry { id, of: self.clone() }
    }

    /// Asks every deployment to stop after the request that is under way, and waits for them.
    pub(in crate::api) async fn stop_all(&self, patience: Duration) {
        for stop in self.0.stops.lock().unwrap_or_else(PoisonError::into_inner).values() {
            stop.ask();
        }
        let all_ended = async {
            loop {
                let ended = self.0.ended.notified();
                if self.0.stops.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                    return;
                }
                ended.await;
            }
        };
        // What is left after the patience is taken up by the rescue job.
        let _ = tokio::time::timeout(patience, all_ended).await;
    }
}

struct Entry {
    id: Uuid,
    of: Running,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.of.0.stops.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.of.0.ended.notify_waiters();
    }
}

/// Hears when a deployment is on record.
#[derive(Clone, Default)]
pub(super) struct Begun(Option<Arc<Notify>>);

impl Begun {
    /// Nobody listens.
    pub(super) fn nobody() -> Self {
        Self(None)
    }
}

impl Progress for Begun {
    fn begin(&self, _: usize, _: usize) {
        if let Some(begun) = &self.0 {
            begun.notify_one();
        }
    }
    fn sending(&self, _: Stage, _: &[&Step]) {}
    fn done(&self, _: &Step) {}
    fn waiting(&self, _: &str, _: Duration) {}
    fn note(&self, _: &str) {}
    fn finish(&self) {}
}

/// What was begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Accepted {
    /// The deployment; absent if there was nothing to do.
    deployment_id: Option<Uuid>,
    /// Whether everything is done already.
    done: bool,
}

/// What changes a platform.
pub(super) enum Deed {
    /// Carry a stored plan out.
    Apply(PlanId),
    /// Go on with what did not finish.
    Resume,
    /// Let the campaign run, or stop it.
    Switch(RunState),
}

impl Deed {
    async fn carry_out(self, desk: &Desk, begun: &Begun) -> Result<Applied, PublishError> {
        let publisher = desk.publisher(begun);
        let (id, key) = (desk.campaign.id, &desk.campaign.key);
        let planned = match self {
            Self::Apply(plan) => publisher.stored(plan).await?,
            Self::Resume => return publisher.resume(id, key).await,
            Self::Switch(to) => {
                publisher.set_down(id, key, Turn::to_switch(to)).await?;
                let currency = desk.reach.account.description.currency;
                publisher.plan_switch(&desk.campaign, currency, to).await?
            }
        };
        publisher.apply(&planned).await
    }
}

/// Publishes beside the request. Answers when the deployment is on record, or when it ended before.
pub(super) async fn run(desk: Desk, deed: Deed) -> Result<Response, Problem> {
    let begun = Arc::new(Notify::new());
    let listener = Begun(Some(Arc::clone(&begun)));
    let (db, tenant, campaign) = (desk.api.session.db().clone(), desk.tenant.id, desk.campaign.id);
    let entry = desk.api.running.begin(desk.stop());
    let mut task = tokio::spawn(async move {
        let _entry = entry;
        let outcome = deed.carry_out(&desk, &listener).await;
        if let Err(error) = &outcome {
            tracing::warn!(error = error as &dyn std::error::Error, "a deployment stopped");
        }
        outcome
    });
    let ended = tokio::select! {
        ended = &mut task => Some(ended),
        () = begun.notified() => None,
    };
    match ended {
        Some(Ok(Ok(Applied::Nothing))) => {
            Ok(Json(Accepted { deployment_id: None, done: true }).into_response())
        }
        Some(Ok(Ok(Applied::Done { deployment, .. }))) => {
            Ok(Json(Accepted { deployment_id: Some(deployment.0), done: true }).into_response())
        }
        Some(Ok(Err(error))) => Err(error.into()),
        Some(Err(panicked)) => Err(Problem::defect(&panicked)),
        None => {
            let id = last_of(&db, tenant, campaign).await?;
            let place = format!("{}/deployments/{id}", crate::api::PREFIX);
            let body = Json(Accepted { deployment_id: Some(id.0), done: false });
            Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], body).into_response())
        }
    }
}

async fn last_of(db: &Db, tenant: TenantId, campaign: CampaignId) -> Result<DeploymentId, Problem> {
    let mut tx = db.tenant(tenant).await?;
    let last = deployment::history(&mut tx, Some(campaign), 1).await?.pop();
    tx.commit().await?;
    last.map(|deployment| deployment.id).ok_or_else(|| Problem::not_found("deployment"))
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
            self.over = !seen.under_way;
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
    responses((status = 200, body = Accepted), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn pause(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
) -> Result<Response, Problem> {
    run(api.desk(&caller, &key, on.platform).await?, Deed::Switch(RunState::Paused)).await
}

/// Goes on with a deployment that did not finish, or lets a paused campaign run again.
#[utoipa::path(post, path = "/campaigns/{key}/resume", tag = "deployments", params(("key" = inline(Key), Path), On),
    responses((status = 200, body = Accepted), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn resume(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
) -> Result<Response, Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let mut tx = caller.begin(&api).await?;
    let account = desk.reach.account().clone();
    let unfinished = deployment::unfinished(&mut tx, desk.campaign.id, &account).await?;
    tx.commit().await?;
    let deed = if unfinished.is_none() { Deed::Switch(RunState::Active) } else { Deed::Resume };
    run(desk, deed).await
}

/// What was taken back.
#[derive(Serialize, ToSchema)]
struct TakenBack {
    /// How many objects were removed from the platform.
    removed: usize,
}

/// Removes what an unfinished deployment made, and nothing else.
#[utoipa::path(post, path = "/campaigns/{key}/rollback", tag = "deployments", params(("key" = inline(Key), Path), On),
    responses((status = 200, body = TakenBack), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn roll_back(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(on): Query<On>,
) -> Result<Json<TakenBack>, Problem> {
    let desk = api.desk(&caller, &key, on.platform).await?;
    let id = desk.campaign.id;
    let begun = Begun::nobody();
    let back = desk.publisher(&begun).roll_back(id, &key).await?;
    Ok(Json(TakenBack { removed: back.removed }))
}
