//! What is done about leads: merging two, parting them again, notes and tasks.

use crate::api::{
    Shared,
    body::{At, Body, Query},
    caller::Caller,
    paging::{Page, Paging},
    problem::Problem,
    text::Text,
    view::{ActivityView, MergeView},
    words,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::{
    ActivityId, DealId, LeadId, MergeId,
    crm::activity::{Activity, ActivityKind},
};
use placard_store::crm::{self, activity};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(merges, merge))
        .routes(routes!(undo))
        .routes(routes!(activities, note))
        .routes(routes!(finish))
}

/// Every merge of a lead, the newest first.
#[utoipa::path(get, path = "/leads/{id}/merges", tag = "leads", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<MergeView>)))]
async fn merges(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<Page<MergeView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    crm::get(&mut tx, api.session.vault(), LeadId(id)).await?;
    let found = crm::merges(&mut tx, LeadId(id)).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, MergeView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMerge {
    /// The lead that goes into the one in the address.
    lead: Uuid,
}

/// Puts another lead into this one, with everything that is known of it. It can be undone.
#[utoipa::path(post, path = "/leads/{id}/merges", tag = "leads", params(("id" = Uuid, Path)),
    request_body = NewMerge, responses((status = 200, body = Page<MergeView>)))]
async fn merge(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewMerge>,
) -> Result<Json<Page<MergeView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let actor = caller.actor();
    crm::merge(&mut tx, api.session.vault(), &actor, LeadId(id), LeadId(new.lead)).await?;
    let found = crm::merges(&mut tx, LeadId(id)).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, MergeView::from)))
}

/// Parts two leads again: each has what it had, and what came in since stays with the winner. They are not merged by
/// rule again.
#[utoipa::path(post, path = "/lead-merges/{id}/undo", tag = "leads", params(("id" = Uuid, Path)),
    responses((status = 200, body = MergeView)))]
async fn undo(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<MergeView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let vault = api.session.vault();
    let undone = crm::undo_merge(&mut tx, vault, &caller.actor(), MergeId(id), (api.now)()).await?;
    tx.commit().await?;
    Ok(Json(undone.into()))
}

/// What was done about a lead, the newest first.
#[utoipa::path(get, path = "/leads/{id}/activities", tag = "leads", params(("id" = Uuid, Path), Paging),
    responses((status = 200, body = Page<ActivityView>)))]
async fn activities(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ActivityView>>, Problem> {
    let (limit, after) = (paging.limit()?, paging.after::<Uuid>()?.map(ActivityId));
    let mut tx = caller.begin(&api).await?;
    let (vault, lead) = (api.session.vault(), LeadId(id));
    crm::get(&mut tx, vault, lead).await?;
    let found = activity::list(&mut tx, vault, lead, after, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |one| one.id.0, ActivityView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewActivity {
    /// What kind.
    #[schema(schema_with = words::activity_kind)]
    kind: ActivityKind,
    /// What.
    text: Text<1, 10000>,
    /// About which deal with this lead.
    #[serde(default)]
    deal: Option<Uuid>,
    /// When a task is to be done; only a task has that.
    #[serde(default)]
    due_at: Option<DateTime<Utc>>,
}

/// An id of something that was made.
#[derive(serde::Serialize, ToSchema)]
struct Made {
    /// Its id.
    id: Uuid,
}

/// Writes down what was done about a lead, or is to be.
#[utoipa::path(post, path = "/leads/{id}/activities", tag = "leads", params(("id" = Uuid, Path)),
    request_body = NewActivity, responses((status = 201, body = Made)))]
async fn note(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewActivity>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let wanted = Activity::new(new.kind, new.text.as_str(), new.due_at)
        .map_err(|error| Problem::unfit("due_at", error.to_string()))?;
    let (lead, deal, vault) = (LeadId(id), new.deal.map(DealId), api.session.vault());
    let mut tx = caller.begin(&api).await?;
    let made = activity::create(&mut tx, vault, &caller.actor(), lead, deal, &wanted, (api.now)()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Made { id: made.0 })))
}

/// Notes that a task is done.
#[utoipa::path(post, path = "/activities/{id}/finish", tag = "leads", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn finish(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    activity::finish(&mut tx, &caller.actor(), ActivityId(id), (api.now)()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
