//! Boosts: what somebody puts together in a session, saved as it is typed, until it becomes a campaign.

use super::seen;
use crate::{
    api::{
        Api, Shared,
        body::{At, Body, Query},
        caller::Caller,
        paging::{Page, Paging},
        problem::{Code, FieldError, Problem},
        view::{BoostView, CampaignView},
        words::{self, BoostSession, Cursor},
    },
    boosts::{BoostError, Boosts, Judged, Seen},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use placard_domain::document::{BoostDraft, BoostStatus};
use placard_store::documents::{Filter, Sort};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list_boosts))
        .routes(routes!(get_boost, put_boost, delete_boost))
        .routes(routes!(convert_boost))
}

async fn boosts<'a>(api: &'a Api, caller: &Caller) -> Result<Boosts<'a>, Problem> {
    let documents = api.session.documents().await?;
    Ok(Boosts { db: api.session.db(), documents, tenant: caller.tenant()?, now: (api.now)() })
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedBoosts {
    /// Only those that stand here.
    #[param(schema_with = words::boost_status)]
    status: Option<BoostStatus>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Boosts, the newest first.
#[utoipa::path(get, path = "/boosts", tag = "boosts", params(WantedBoosts),
    responses((status = 200, body = Page<BoostView>)))]
async fn list_boosts(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<WantedBoosts>,
) -> Result<Json<Page<BoostView>>, Problem> {
    let status = wanted.status.map(|status| Filter::eq("status", status.as_str()));
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    let query = paging.of_documents(status.unwrap_or(Filter::ALL), Sort::NEWEST)?;
    let found = api.session.documents().await?.find::<BoostDraft>(caller.tenant()?, &query).await?;
    Ok(Json(Page { items: found.items.into_iter().map(BoostView::from).collect(), next: found.next }))
}

/// The boost of a session, with what it lacks to become a campaign.
#[utoipa::path(get, path = "/boosts/{session}", tag = "boosts", params(("session" = inline(BoostSession), Path)),
    responses((status = 200, body = BoostView, headers(("etag" = String)))))]
async fn get_boost(
    State(api): State<Shared>,
    caller: Caller,
    At(session): At<BoostSession>,
) -> Result<Response, Problem> {
    let boosts = boosts(&api, &caller).await?;
    let found = boosts.get(&session).await?;
    Ok(answer(StatusCode::OK, boosts.judged(found).await?))
}

/// What was chosen so far.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BoostBody {
    /// `name`, `goal`, `asset_id`, `copy`, `targeting`, `budget`, `destination`, `platforms`; all of them, in place of
    /// what was saved before.
    #[schema(value_type = Object)]
    boost: Map<String, Value>,
}

/// Saves the boost of a session. Without `If-Match` it is begun; with it, it takes the place of the version that was
/// seen. Whoever saw another version is refused with 412, and the `ETag` of that answer is of the one that stands.
#[utoipa::path(put, path = "/boosts/{session}", tag = "boosts", params(("session" = inline(BoostSession), Path)),
    request_body = BoostBody,
    responses((status = 200, body = BoostView, headers(("etag" = String))),
        (status = 201, body = BoostView, headers(("etag" = String)))))]
async fn put_boost(
    State(api): State<Shared>,
    caller: Caller,
    At(session): At<BoostSession>,
    headers: HeaderMap,
    Body(body): Body<BoostBody>,
) -> Result<Response, Problem> {
    let (seen, status) = match headers.contains_key(header::IF_MATCH) {
        true => (Seen::Version(seen(&headers)?), StatusCode::OK),
        false => (Seen::None, StatusCode::CREATED),
    };
    match boosts(&api, &caller).await?.save(&session, body.boost, seen).await {
        Err(stale @ BoostError::Stale { version }) => {
            let mut response = Problem::from(stale).into_response();
            response.headers_mut().insert(header::ETAG, tag(version));
            Ok(response)
        }
        other => Ok(answer(status, other?)),
    }
}

/// Removes the boost of a session. The campaign that it became stays.
#[utoipa::path(delete, path = "/boosts/{session}", tag = "boosts", params(("session" = inline(BoostSession), Path)),
    responses((status = 204)))]
async fn delete_boost(
    State(api): State<Shared>,
    caller: Caller,
    At(session): At<BoostSession>,
) -> Result<StatusCode, Problem> {
    boosts(&api, &caller).await?.delete(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns the boost of a session into a campaign, whose spec is stored like any other; publishing is another step. The
/// same again gives the same campaign.
#[utoipa::path(post, path = "/boosts/{session}/campaign", tag = "boosts",
    params(("session" = inline(BoostSession), Path)),
    responses((status = 200, body = CampaignView), (status = 201, body = CampaignView)))]
async fn convert_boost(
    State(api): State<Shared>,
    caller: Caller,
    At(session): At<BoostSession>,
) -> Result<(StatusCode, Json<CampaignView>), Problem> {
    let boosts = boosts(&api, &caller).await?;
    let (campaign, is_new) = boosts.convert(&session, &caller.actor(), &caller.origin).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(campaign.into())))
}

fn answer(status: StatusCode, judged: Judged) -> Response {
    let tag = tag(judged.stored.version);
    (status, [(header::ETAG, tag)], Json(BoostView::from(judged))).into_response()
}

fn tag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes are a header")
}

impl From<BoostError> for Problem {
    fn from(error: BoostError) -> Self {
        let words = error.to_string();
        match error {
            BoostError::NotFound => Self::not_found("boost"),
            BoostError::Stale { .. } => Self::new(Code::PreconditionFailed, words)
                .help("read it again, merge, and send the new etag in if-match"),
            BoostError::Converted => {
                Self::new(Code::Conflict, words).help("change the campaign, or begin with another session")
            }
            BoostError::Ours(name) => Self::unfit(name, words),
            BoostError::Unready(lacks) => {
                let errors = lacks.into_iter().map(crate::api::view::field_error);
                Self::fields(errors.collect::<Vec<FieldError>>())
            }
            BoostError::Documents(error) => error.into(),
            BoostError::Store(error) => error.into(),
            BoostError::Library(error) => Self::defect(&*error),
        }
    }
}
