//! Pipelines, and the deals on them.

use super::leads::sees_people;
use crate::{
    api::{
        Shared,
        body::{At, Body, Query},
        caller::Caller,
        paging::{self, Page},
        problem::Problem,
        text::Text,
        view::{DealView, MovedView, PipelineView},
        words::{self, CurrencyCode, Cursor},
    },
    work::TellDeals,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use placard_domain::{
    DealId, LeadId, Money,
    crm::{
        deal::Deal,
        pipeline::{Pipeline, Stage, StageKind},
    },
};
use placard_store::{
    StoreError, TenantTx,
    crm::{deal, pipeline},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(pipelines, make_pipeline))
        .routes(routes!(list, make))
        .routes(routes!(show, change))
}

/// Every pipeline with its stages.
#[utoipa::path(get, path = "/pipelines", tag = "deals", responses((status = 200, body = Page<PipelineView>)))]
async fn pipelines(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<PipelineView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = pipeline::list(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, PipelineView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStage {
    /// Its name.
    name: Text<1, 80>,
    /// What it means to stand there.
    #[schema(schema_with = words::stage_kind)]
    kind: StageKind,
    /// How likely a deal that stands there is won, in percent: 100 for won, 0 for lost, below 100 for open.
    #[schema(minimum = 0, maximum = 100)]
    probability: u8,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPipeline {
    /// Its name.
    name: Text<1, 80>,
    /// Its stages, in order: open ones, then at least one for won and one for lost.
    #[schema(min_items = 3, max_items = 30)]
    stages: Vec<NewStage>,
}

/// Makes a pipeline.
#[utoipa::path(post, path = "/pipelines", tag = "deals", request_body = NewPipeline,
    responses((status = 201, body = PipelineView)))]
async fn make_pipeline(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewPipeline>,
) -> Result<(StatusCode, Json<PipelineView>), Problem> {
    let stages = new.stages.into_iter().map(|stage| Stage {
        name: stage.name.into_inner(),
        kind: stage.kind,
        probability: stage.probability,
    });
    let wanted = Pipeline::new(new.name.as_str(), stages.collect())
        .map_err(|error| Problem::unfit("stages", error.to_string()))?;
    let mut tx = caller.begin(&api).await?;
    pipeline::create(&mut tx, &caller.actor(), &wanted).await?;
    let made = pipeline::named_or_first(&mut tx, &caller.actor(), Some(wanted.name())).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only with this lead.
    lead: Option<Uuid>,
    /// Only at stages of this kind.
    #[param(schema_with = words::stage_kind)]
    kind: Option<StageKind>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Deals, the newest first. Titles are left out without `personal:read`.
#[utoipa::path(get, path = "/deals", tag = "deals", params(Wanted),
    responses((status = 200, body = Page<DealView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<DealView>>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let filter = deal::Filter {
        lead: wanted.lead.map(LeadId),
        pipeline: None,
        kind: wanted.kind,
        after: paging::after::<Uuid>(wanted.cursor.as_ref())?.map(DealId),
    };
    let mut tx = caller.begin(&api).await?;
    let found = deal::list(&mut tx, api.session.vault(), &filter, limit as i64 + 1).await?;
    tx.commit().await?;
    let sees = sees_people(&caller);
    Ok(Json(Page::of(found, limit, |deal| deal.id.0, |deal| DealView::of(deal, sees))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDeal {
    /// With which lead.
    lead: Uuid,
    /// What it is.
    title: Text<1, 200>,
    /// What it is worth, in minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    minor: i64,
    /// ISO 4217.
    currency: CurrencyCode,
    /// When it is likely to be decided.
    #[serde(default)]
    expected_close: Option<NaiveDate>,
    /// On which pipeline; the first if left out.
    #[serde(default)]
    pipeline: Option<Text<1, 80>>,
    /// At which stage; the first if left out.
    #[serde(default)]
    stage: Option<Text<1, 80>>,
}

fn checked(
    title: &str,
    minor: i64,
    currency: CurrencyCode,
    close: Option<NaiveDate>,
) -> Result<Deal, Problem> {
    if !(0..=1_000_000_000_000).contains(&minor) {
        return Err(Problem::field("minor", "must be from 0 to 1000000000000"));
    }
    Deal::new(title, Money::new(minor, currency.0), close)
        .map_err(|error| Problem::unfit("title", error.to_string()))
}

/// Makes a deal with a lead. A tenant without a pipeline gets one called Sales.
#[utoipa::path(post, path = "/deals", tag = "deals", request_body = NewDeal,
    responses((status = 201, body = DealView)))]
async fn make(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewDeal>,
) -> Result<(StatusCode, Json<DealView>), Problem> {
    let wanted = checked(new.title.as_str(), new.minor, new.currency, new.expected_close)?;
    let (actor, vault) = (caller.actor(), api.session.vault());
    let mut tx = caller.begin(&api).await?;
    let name = new.pipeline.as_ref().map(Text::as_str);
    let pipeline = pipeline::named_or_first(&mut tx, &actor, name).await;
    let pipeline = pipeline.map_err(|error| unknown("pipeline", error))?;
    let stage = pipeline.stage(new.stage.as_ref().map(Text::as_str));
    let (stage, at) = stage.ok_or_else(|| Problem::unfit("stage", "is no stage of this pipeline"))?;
    let place = (pipeline.id, *stage, at.kind);
    let lead = LeadId(new.lead);
    let made = deal::create(&mut tx, vault, &actor, lead, place, &wanted, (api.now)()).await;
    let made = made.map_err(|error| unknown("lead", error))?;
    TellDeals::after(&mut tx, at.kind).await?;
    let made = whole(&mut tx, &api, &caller, made).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// What a body names and is not there is the body's fault.
fn unknown(path: &'static str, error: StoreError) -> Problem {
    match error {
        StoreError::NotFound { what, .. } => Problem::unfit(path, format!("is no {what} of this tenant")),
        other => other.into(),
    }
}

/// A deal with where it stood when.
async fn whole(tx: &mut TenantTx, api: &Shared, caller: &Caller, id: DealId) -> Result<DealView, Problem> {
    let found = deal::get(tx, api.session.vault(), id).await?;
    let history = deal::history(tx, id).await?;
    let mut view = DealView::of(found, sees_people(caller));
    view.history = history.into_iter().map(MovedView::from).collect();
    Ok(view)
}

/// A deal, with where it stood when.
#[utoipa::path(get, path = "/deals/{id}", tag = "deals", params(("id" = Uuid, Path)),
    responses((status = 200, body = DealView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<DealView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = whole(&mut tx, &api, &caller, DealId(id)).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// What a deal is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Worth {
    /// What it is.
    title: Text<1, 200>,
    /// What it is worth, in minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    minor: i64,
    /// ISO 4217.
    currency: CurrencyCode,
    /// When it is likely to be decided.
    #[serde(default)]
    expected_close: Option<NaiveDate>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DealChange {
    /// Which version was seen; refused if it is another by now.
    version: words::Version,
    /// To which stage of its pipeline it moves.
    #[serde(default)]
    stage: Option<Text<1, 80>>,
    /// What it is from now on.
    #[serde(default)]
    worth: Option<Worth>,
}

/// Changes a deal: where it stands, or what it is. A deal that is won makes its lead won.
#[utoipa::path(patch, path = "/deals/{id}", tag = "deals", params(("id" = Uuid, Path)), request_body = DealChange,
    responses((status = 200, body = DealView)))]
async fn change(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(change): Body<DealChange>,
) -> Result<Json<DealView>, Problem> {
    let (id, actor, vault) = (DealId(id), caller.actor(), api.session.vault());
    let mut seen = change.version.0;
    let mut tx = caller.begin(&api).await?;
    if let Some(worth) = change.worth {
        let wanted = checked(worth.title.as_str(), worth.minor, worth.currency, worth.expected_close)?;
        deal::update(&mut tx, vault, &actor, id, seen, &wanted).await?;
        seen += 1;
    }
    if let Some(stage) = &change.stage {
        let moved = deal::move_to(&mut tx, vault, &actor, id, seen, stage.as_str(), (api.now)()).await?;
        TellDeals::after(&mut tx, moved.stage.1.kind).await?;
    }
    let found = whole(&mut tx, &api, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(found))
}
