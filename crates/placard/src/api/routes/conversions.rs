//! Won deals that platforms are told of.

use super::publishing::account_named;
use crate::{
    api::{
        Shared,
        body::{At, Body, Query},
        caller::Caller,
        paging::{self, Page},
        problem::{Code, Problem},
        text::Text,
        view::{ConversionGoalView, ConversionView, TellingView},
        words::{self, Cursor},
    },
    conversions::{self, Ask, Teller, Untellable},
    session::Reach,
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, ConversionGoalId, ConversionId, DealId, crm::conversion::ConversionStatus};
use placard_store::{
    crm::conversion,
    tenant::{self, Tenant},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(goals, choose))
        .routes(routes!(remove))
        .routes(routes!(list))
        .routes(routes!(due))
        .routes(routes!(send))
}

/// Ad accounts that are told of won deals, each with the goal that counts them.
#[utoipa::path(get, path = "/conversion-goals", tag = "deals",
    responses((status = 200, body = Page<ConversionGoalView>)))]
async fn goals(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<ConversionGoalView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = conversion::goals(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, Into::into)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGoal {
    /// The ad account's id on its platform.
    account: Text<1, 64>,
    /// The goal's name there, letter by letter.
    goal: Text<1, 100>,
    /// Deals that were won before are not told; now if left out, or as before if it is the same goal.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
}

/// Has an ad account told of deals that are won from now on, under a goal that it has. An earlier choice for the account
/// is replaced.
#[utoipa::path(put, path = "/conversion-goals", tag = "deals", request_body = NewGoal,
    responses((status = 200, body = ConversionGoalView), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn choose(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewGoal>,
) -> Result<Json<ConversionGoalView>, Problem> {
    let (tenant, reach) = reach(&api, &caller, new.account.as_str()).await?;
    let (actor, now) = (caller.actor(), (api.now)());
    let name = new.goal.as_str();
    let chosen = conversions::choose(&api.session, &tenant, &actor, &reach, name, new.since, now).await;
    Ok(Json(chosen?.into()))
}

/// Tells an ad account of no further deals. What it was told stays told.
#[utoipa::path(delete, path = "/conversion-goals/{id}", tag = "deals", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    conversion::remove(&mut tx, &caller.actor(), ConversionGoalId(id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only told to this ad account.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// Only of this deal.
    deal: Option<Uuid>,
    /// Only those that stand here.
    #[param(schema_with = words::conversion_status)]
    status: Option<ConversionStatus>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// What platforms were told of won deals, or are to be, the newest first. Of a click no more than the beginning is shown.
#[utoipa::path(get, path = "/conversions", tag = "deals", params(Filter),
    responses((status = 200, body = Page<ConversionView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Filter>,
) -> Result<Json<Page<ConversionView>>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after::<Uuid>(wanted.cursor.as_ref())?.map(ConversionId);
    let mut tx = caller.begin(&api).await?;
    let account = match &wanted.account {
        Some(account) => Some(account_named(&mut tx, account.as_str(), "account").await?),
        None => None,
    };
    let filter = conversion::Filter { account, deal: wanted.deal.map(DealId), status: wanted.status, after };
    let found = conversion::list(&mut tx, api.session.vault(), &filter, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |one| one.id.0, Into::into)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The ad account; needed only if more than one is told of deals.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// Won at or after this moment; those that the goal was chosen for if left out.
    since: Option<DateTime<Utc>>,
}

/// What an ad account would be told, and what not and why. Nothing is sent.
#[utoipa::path(get, path = "/conversions/due", tag = "deals", params(Wanted),
    responses((status = 200, body = TellingView),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn due(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<TellingView>, Problem> {
    let account = told_account(&api, &caller, wanted.account.as_ref()).await?;
    let (tenant, reach) = reach(&api, &caller, &account).await?;
    let actor = caller.actor();
    let teller = Teller::open(&api.session, &tenant, &actor, &reach).await?;
    let sight = teller.look(&Ask { since: wanted.since, refused: false }).await?;
    Ok(Json(TellingView::planned(teller.goal(), sight)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sending {
    /// The ad account; needed only if more than one is told of deals.
    #[serde(default)]
    account: Option<Text<1, 64>>,
    /// Won at or after this moment; those that the goal was chosen for if left out.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Also those that the platform refused before.
    #[serde(default)]
    again: bool,
}

/// Tells an ad account of every won deal that is due, and says what it said of each. Sent twice, nothing is told twice.
#[utoipa::path(post, path = "/conversions/send", tag = "deals", request_body = Sending,
    responses((status = 200, body = TellingView)))]
async fn send(
    State(api): State<Shared>,
    caller: Caller,
    Body(wanted): Body<Sending>,
) -> Result<Json<TellingView>, Problem> {
    let account = told_account(&api, &caller, wanted.account.as_ref()).await?;
    let (tenant, reach) = reach(&api, &caller, &account).await?;
    let actor = caller.actor();
    let teller = Teller::open(&api.session, &tenant, &actor, &reach).await?;
    let sent = teller.send(&Ask { since: wanted.since, refused: wanted.again }).await?;
    Ok(Json(TellingView::sent(teller.goal(), sent)))
}

/// The ad account that is told of deals: the one named, or the only one.
async fn told_account(api: &Shared, caller: &Caller, named: Option<&Text<1, 64>>) -> Result<String, Problem> {
    let mut tx = caller.begin(api).await?;
    let goals = conversions::chosen(&mut tx, None, named.map(Text::as_str)).await?;
    tx.commit().await?;
    match (goals.as_slice(), named) {
        ([goal], _) => Ok(goal.account.id.clone()),
        ([], Some(_)) => Err(Problem::unfit("account", "is told of no deals; choose a goal for it first")),
        ([], None) => Err(Problem::unfit("account", "none is told of deals; choose a goal for one first")),
        _ => Err(Problem::unfit("account", "more than one is told of deals; name one")),
    }
}

async fn reach(api: &Shared, caller: &Caller, account: &str) -> Result<(Tenant, Reach), Problem> {
    let mut tx = caller.begin(api).await?;
    let tenant = tenant::get(&mut tx).await?;
    let AccountRef { platform, id } = account_named(&mut tx, account, "account").await?;
    tx.commit().await?;
    let connection = api.session.connection(&tenant, platform, Some(&id), None).await?;
    let reach = api.session.reach(&tenant, &connection).await?;
    Ok((tenant, reach))
}

impl From<Untellable> for Problem {
    fn from(error: Untellable) -> Self {
        match error {
            Untellable::Store(error) => error.into(),
            Untellable::NotTaken(_) | Untellable::NoGoal(_) => Self::unfit("account", error.to_string()),
            Untellable::NoSuchGoal { .. } | Untellable::Paused(_) => Self::unfit("goal", error.to_string()),
            Untellable::Busy(_) => Self::new(Code::Conflict, error.to_string()).retry_after(5),
            Untellable::Platform(error) => Self::new(Code::Platform, error.to_string()),
        }
    }
}
