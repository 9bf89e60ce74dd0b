//! Plans: what would happen on the platform, and making it so.

use super::{
    publishing::On,
    running::{Accepted, Deed, Form, Listener, LiveEvent, run},
};
use crate::api::{
    Shared,
    body::{At, Body, Query},
    caller::Caller,
    problem::{Code, Problem, Reason},
    view::PlanView,
    words::{Key, RunWord},
};
use crate::publishing::{Aim, Planned};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use placard_domain::{PlanId, plan::DriftPolicy, spec::RunState};
use placard_store::{campaign, plan};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
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
    /// Overwrite what others changed in these fields alone, named as the drift names them.
    #[serde(default)]
    force_fields: BTreeSet<String>,
    /// Plan the removal of everything that the campaign has on the platform.
    #[serde(default)]
    remove: bool,
    /// Plan one change: whether the campaign runs.
    #[schema(inline, value_type = Option<RunWord>)]
    run: Option<RunState>,
    /// Plan to set back what others changed to what was applied, whatever the spec says by now.
    #[serde(default)]
    restore: bool,
    /// It is about to be applied: finds out first how far an unfinished deployment came, so that the plan goes on from
    /// there, and whether the account can publish.
    #[serde(default)]
    settle: bool,
}

impl NewPlan {
    /// What is to be planned, if only one thing is asked for.
    fn what(&self) -> Result<Aim, Problem> {
        let policy = match (self.push, self.force_fields.is_empty()) {
            (false, true) => DriftPolicy::Keep,
            (true, true) => DriftPolicy::Push,
            (false, false) => DriftPolicy::PushFields(self.force_fields.clone()),
            (true, false) => {
                return Err(Problem::unfit("force_fields", "leaves out some of what `push` overwrites"));
            }
        };
        match (policy, self.remove, self.run, self.restore) {
            (policy, false, None, false) => Ok(Aim::Spec(policy)),
            (DriftPolicy::Keep, true, None, false) => Ok(Aim::Removal),
            (DriftPolicy::Keep, false, Some(run), false) => Ok(Aim::Switch(run)),
            (DriftPolicy::Keep, false, None, true) => Ok(Aim::Restoring),
            _ => Err(Problem::unfit(
                "",
                "asks for more than one of `push`, `force_fields`, `remove`, `run` and `restore`",
            )),
        }
    }
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
    let what = wish.what()?;
    let desk = api.desk(&caller, &key, on.platform).await?;
    let context = desk.reach.context(&desk.tenant, &key);
    let nobody = Listener::nobody();
    let publisher = desk.publisher(&nobody);
    let (campaign, currency) = (&desk.campaign, context.currency);
    let wanted = if let Aim::Spec(_) = what { Some(desk.wanted().await?) } else { None };
    if wish.settle {
        if let Some(wanted) = &wanted {
            publisher.desired(wanted, &context)?;
        }
        publisher.set_down(campaign.id, &key, what.turn()).await?;
        if wanted.is_some() {
            publisher.health().await?;
        }
    }
    let planned = match (what, &wanted) {
        (Aim::Spec(policy), Some(wanted)) => publisher.plan(wanted, &context, policy).await?,
        (Aim::Spec(_) | Aim::Restoring, _) => publisher.plan_push(campaign, currency).await?,
        (Aim::Removal, _) => publisher.plan_removal(campaign, &context).await?,
        (Aim::Switch(run), _) => publisher.plan_switch(campaign, currency, run).await?,
    };
    Ok((StatusCode::CREATED, Json(view(planned, (api.now)())?)))
}

fn view(planned: Planned, at: DateTime<Utc>) -> Result<PlanView, Problem> {
    let shown = |value: serde_json::Result<Value>| value.map_err(|error| Problem::defect(&error));
    Ok(PlanView {
        id: planned.id,
        campaign_id: planned.campaign,
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
    Ok(Json(PlanView {
        id: PlanId(id),
        campaign_id: stored.campaign,
        created_at: stored.created_at,
        plan,
        requests: stored.prepared,
    }))
}

/// Carries a plan out, as it was shown, or refuses if something changed since.
///
/// The answer comes when the deployment is on record; `GET /deployments/{id}/events` shows how it goes on. Whoever accepts
/// `text/event-stream` alone is told everything live, to the end.
#[utoipa::path(post, path = "/plans/{id}/apply", tag = "plans", params(("id" = Uuid, Path)),
    responses((status = 200, content((Accepted = "application/json"), (LiveEvent = "text/event-stream"))), (status = 202, body = Accepted), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn apply(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let mut tx = caller.begin(&api).await?;
    let stored = plan::get(&mut tx, PlanId(id)).await?;
    let of = campaign::get(&mut tx, stored.campaign).await?;
    tx.commit().await?;
    if !stored.plan.conflicts.is_empty() {
        return Err(Problem::new(Code::Undecided, "the plan has conflicts that a person must decide")
            .help("change the spec, adopt the drift, or plan again with `push` or `force_fields`")
            .reason(Reason::Conflicts));
    }
    let platform = stored.plan.account.platform;
    let desk = api.desk(&caller, &of.key, Some(platform)).await?;
    run(desk, Deed::Apply(PlanId(id)), form).await
}
