//! Outreach campaigns: what they say, where they stand, what came of them.

use super::shape::NewOutreach;
use crate::{
    api::{
        Shared,
        body::{At, Body},
        caller::Caller,
        paging::Page,
        problem::Problem,
        view::{ChannelsView, OutreachStatsView, OutreachView},
        words,
    },
    outreach::{channel_settings, channels},
};
use axum::{Json, extract::State, http::StatusCode};
use placard_domain::{OutreachId, outreach::OutreachEvent};
use placard_store::{
    TenantTx,
    outreach::{self, Campaign},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(show, change))
        .routes(routes!(turn))
        .routes(routes!(stats))
        .routes(routes!(carriers))
}

fn view(campaign: Campaign) -> Result<OutreachView, Problem> {
    campaign.try_into().map_err(|error: serde_json::Error| Problem::defect(&error))
}

async fn shown(tx: &mut TenantTx, id: OutreachId) -> Result<OutreachView, Problem> {
    view(outreach::by_id(tx, id).await?)
}

/// Every outreach campaign, by name.
#[utoipa::path(get, path = "/outreach/campaigns", tag = "outreach",
    responses((status = 200, body = Page<OutreachView>)))]
async fn list(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<OutreachView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = outreach::list(&mut tx).await?;
    tx.commit().await?;
    let views: Vec<OutreachView> = found.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Json(Page::whole(views, |view| view)))
}

/// Makes an outreach campaign, as a draft. Nothing goes out before it is started and its people are approved.
#[utoipa::path(post, path = "/outreach/campaigns", tag = "outreach", request_body = NewOutreach,
    responses((status = 201, body = OutreachView)))]
async fn make(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewOutreach>,
) -> Result<(StatusCode, Json<OutreachView>), Problem> {
    let new = new.read()?;
    let mut tx = caller.begin(&api).await?;
    let id = outreach::create(&mut tx, &caller.actor(), &new).await?;
    let made = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// An outreach campaign.
#[utoipa::path(get, path = "/outreach/campaigns/{id}", tag = "outreach", params(("id" = Uuid, Path)),
    responses((status = 200, body = OutreachView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<OutreachView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = shown(&mut tx, OutreachId(id)).await?;
    tx.commit().await?;
    Ok(Json(found))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutreachChange {
    /// Which version was seen; refused if it is another by now.
    #[schema(minimum = 1)]
    version: i64,
    /// What the campaign is from now on.
    campaign: NewOutreach,
}

/// Puts another campaign in the place of the version that was seen. Who is in it stays where they are.
#[utoipa::path(put, path = "/outreach/campaigns/{id}", tag = "outreach", params(("id" = Uuid, Path)),
    request_body = OutreachChange, responses((status = 200, body = OutreachView)))]
async fn change(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(change): Body<OutreachChange>,
) -> Result<Json<OutreachView>, Problem> {
    let (id, new) = (OutreachId(id), change.campaign.read()?);
    let mut tx = caller.begin(&api).await?;
    outreach::by_id(&mut tx, id).await?;
    outreach::update(&mut tx, &caller.actor(), id, change.version, &new).await?;
    let changed = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(changed))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutreachTurn {
    /// What happens to it.
    #[schema(schema_with = words::outreach_event)]
    event: OutreachEvent,
}

/// Starts, pauses or ends a campaign. One whose messages nothing would carry is not started.
#[utoipa::path(post, path = "/outreach/campaigns/{id}/status", tag = "outreach", params(("id" = Uuid, Path)),
    request_body = OutreachTurn, responses((status = 200, body = OutreachView)))]
async fn turn(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(turn): Body<OutreachTurn>,
) -> Result<Json<OutreachView>, Problem> {
    let id = OutreachId(id);
    let mut tx = caller.begin(&api).await?;
    let campaign = outreach::by_id(&mut tx, id).await?;
    if turn.event == OutreachEvent::Started {
        let kept = channels(&mut tx, api.session.vault()).await;
        let kept =
            kept.map_err(|error| Problem::unfit("", format!("the channels cannot be used: {error:#}")))?;
        let help = "whoever runs the server sets channels up: `placard outreach channels FILE`";
        let refused = |words: String| Problem::unfit("event", words).help(help);
        let kept = kept.ok_or_else(|| refused("no channel is set up".to_owned()))?;
        if let Some(missing) = kept.missing(&campaign.made_of.sequence) {
            return Err(refused(format!("the channel {missing} is not set up")));
        }
    }
    outreach::on(&mut tx, &caller.actor(), id, turn.event).await?;
    let turned = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(turned))
}

/// What came of a campaign.
#[utoipa::path(get, path = "/outreach/campaigns/{id}/stats", tag = "outreach", params(("id" = Uuid, Path)),
    responses((status = 200, body = OutreachStatsView)))]
async fn stats(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<OutreachStatsView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let campaign = outreach::by_id(&mut tx, OutreachId(id)).await?;
    let stats = outreach::stats(&mut tx, campaign.id).await?;
    tx.commit().await?;
    Ok(Json(stats.into()))
}

/// What carries messages. It is set up on the server itself (`placard outreach channels`), because the server connects
/// to what is named there.
#[utoipa::path(get, path = "/outreach/channels", tag = "outreach", responses((status = 200, body = ChannelsView)))]
async fn carriers(State(api): State<Shared>, caller: Caller) -> Result<Json<ChannelsView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let kept =
        channel_settings(&mut tx, api.session.vault()).await.map_err(|error| Problem::defect(&*error))?;
    tx.commit().await?;
    Ok(Json(kept.map(ChannelsView::from).unwrap_or_default()))
}
