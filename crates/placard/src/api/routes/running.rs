//! Deployments that run in this process: begun, told live, asked to stop.

use super::publishing::Desk;
use crate::{
    api::{problem::Problem, view::Ended},
    publishing::{Aim, Applied, Progress, PublishError, RolledBack, Said, Stop},
};
use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use placard_domain::{DeploymentId, PlanId, spec::RunState};
use serde::Serialize;
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::JoinHandle,
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Deployments that run in this process, so that it can set them down when asked or before it stops.
#[derive(Clone, Default)]
pub(in crate::api) struct Running(Arc<RunningInner>);

#[derive(Default)]
struct RunningInner {
    under_way: Mutex<HashMap<Uuid, UnderWay>>,
    ended: Notify,
}

struct UnderWay {
    stop: Stop,
    /// Known as soon as it is on record.
    deployment: Option<DeploymentId>,
}

impl Running {
    fn under_way(&self) -> MutexGuard<'_, HashMap<Uuid, UnderWay>> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, stop: Stop) -> Entry {
        let id = Uuid::now_v7();
        self.under_way().insert(id, UnderWay { stop, deployment: None });
        Entry { id, of: self.clone() }
    }

    /// Asks a deployment to stop after the request that is under way. Returns whether it runs here.
    pub(super) fn interrupt(&self, deployment: DeploymentId) -> bool {
        let under_way = self.under_way();
        let found = under_way.values().find(|one| one.deployment == Some(deployment));
        found.inspect(|one| one.stop.ask()).is_some()
    }

    /// Asks every deployment to stop after the request that is under way, and waits for them.
    pub(in crate::api) async fn stop_all(&self, patience: Duration) {
        for one in self.under_way().values() {
            one.stop.ask();
        }
        let all_ended = async {
            loop {
                let ended = self.0.ended.notified();
                if self.under_way().is_empty() {
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
        self.of.under_way().remove(&self.id);
        self.of.0.ended.notify_waiters();
    }
}

/// Hears what publishing says, and passes it on.
pub(super) struct Listener(Option<(Entry, UnboundedSender<Said>)>);

impl Listener {
    /// Nobody listens.
    pub(super) const fn nobody() -> Self {
        Self(None)
    }
}

impl Progress for Listener {
    fn hear(&self, said: &Said) {
        let Some((entry, ear)) = &self.0 else { return };
        if let Said::Begun { deployment, .. } = said
            && let Some(one) = entry.of.under_way().get_mut(&entry.id)
        {
            one.deployment = Some(*deployment);
        }
        // Whoever asked may have left; the work goes on.
        let _ = ear.send(said.clone());
    }
}

/// What was begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Accepted {
    /// The deployment; absent if there was nothing to do.
    deployment_id: Option<Uuid>,
    /// Whether everything is done already.
    done: bool,
}

/// What was taken back.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenBack {
    /// How many objects were removed from the platform.
    removed: usize,
}

/// An event of a stream that tells how it goes on, for whoever asks with `Accept: text/event-stream`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "tells the document what the stream is made of")]
pub(super) struct LiveEvent {
    /// `said` for what happens meanwhile; at the end `ended`, or `problem` if it stopped.
    event: String,
    /// What happened, as JSON.
    data: String,
}

/// How the caller wants to be answered: when it is on record, or live to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Brief,
    Live,
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let live = accepted.is_some_and(|kinds| kinds.trim().eq_ignore_ascii_case("text/event-stream"));
        Ok(if live { Self::Live } else { Self::Brief })
    }
}

/// What changes a platform.
pub(super) enum Deed {
    /// Carry a stored plan out.
    Apply(PlanId),
    /// Go on with what did not finish.
    Resume,
    /// Let the campaign run, or stop it.
    Switch(RunState),
    /// Remove what an unfinished deployment made.
    RollBack,
}

/// What came of it.
enum Outcome {
    Applied(Applied),
    TakenBack(RolledBack),
}

impl Deed {
    async fn carry_out(&self, desk: &Desk, listener: &Listener) -> Result<Outcome, PublishError> {
        let publisher = desk.publisher(listener);
        let (id, key) = (desk.campaign.id, &desk.campaign.key);
        let planned = match self {
            Self::Apply(plan) => publisher.stored(*plan).await?,
            Self::Resume => return publisher.resume(id, key).await.map(Outcome::Applied),
            Self::RollBack => return publisher.roll_back(id, key).await.map(Outcome::TakenBack),
            Self::Switch(to) => {
                publisher.set_down(id, key, Aim::Switch(*to).turn()).await?;
                let currency = desk.reach.account.description.currency;
                publisher.plan_switch(&desk.campaign, currency, *to).await?
            }
        };
        publisher.apply(&planned).await.map(Outcome::Applied)
    }
}

type Task = JoinHandle<Result<Outcome, PublishError>>;

/// Publishes beside the request, which may end before or be given up.
pub(super) async fn run(desk: Desk, deed: Deed, form: Form) -> Result<Response, Problem> {
    let (ear, heard) = unbounded_channel();
    let listener = Listener(Some((desk.api.running.begin(desk.stop()), ear)));
    // Nothing is said of a roll-back before it has come to its end.
    let to_its_end = matches!(deed, Deed::RollBack);
    let task = tokio::spawn(async move {
        let outcome = deed.carry_out(&desk, &listener).await;
        if let Err(error) = &outcome {
            tracing::warn!(error = error as &dyn std::error::Error, "a deployment stopped");
        }
        outcome
    });
    match form {
        Form::Live => Ok(live(heard, task)),
        Form::Brief => brief(heard, task, to_its_end).await,
    }
}

/// Answers when the deployment is on record, or when it ended before.
async fn brief(
    mut heard: UnboundedReceiver<Said>,
    task: Task,
    to_its_end: bool,
) -> Result<Response, Problem> {
    while let Some(said) = heard.recv().await {
        let Said::Begun { deployment, .. } = said else { continue };
        if !to_its_end && !task.is_finished() {
            let place = format!("{}/deployments/{deployment}", crate::api::PREFIX);
            let body = Json(Accepted { deployment_id: Some(deployment.0), done: false });
            return Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], body).into_response());
        }
    }
    Ok(match ended(task).await? {
        Ended::Nothing => Json(Accepted { deployment_id: None, done: true }).into_response(),
        Ended::Applied { deployment, .. } => {
            Json(Accepted { deployment_id: Some(deployment.0), done: true }).into_response()
        }
        Ended::TakenBack { removed } => Json(TakenBack { removed }).into_response(),
    })
}

async fn ended(task: Task) -> Result<Ended, Problem> {
    Ok(match task.await.map_err(|panicked| Problem::defect(&panicked))?? {
        Outcome::Applied(Applied::Nothing) => Ended::Nothing,
        Outcome::Applied(Applied::Done { deployment, steps, calls }) => {
            Ended::Applied { deployment, steps, calls }
        }
        Outcome::TakenBack(RolledBack { removed }) => Ended::TakenBack { removed },
    })
}

/// Tells everything as it happens, and at the end what came of it.
fn live(heard: UnboundedReceiver<Said>, task: Task) -> Response {
    let events = stream::unfold((heard, Some(task)), |(mut heard, task)| async move {
        let task = task?;
        let event = match heard.recv().await {
            Some(said) => return Some((event("said", &said), (heard, Some(task)))),
            None => match ended(task).await {
                Ok(ended) => event("ended", &ended),
                Err(problem) => event("problem", &problem),
            },
        };
        Some((event, (heard, None)))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn event(name: &str, data: &impl Serialize) -> Result<Event, serde_json::Error> {
    Ok(Event::default().event(name).data(serde_json::to_string(data)?))
}
