//! People who may be spoken to. Everything here is personal data.

use super::{Asked, DocumentBody, DocumentView, DocumentsBody, TakenView, delete, get, import, list, put};
use crate::api::{
    Shared,
    body::{At, Body, Query},
    caller::Caller,
    paging::{Page, Paging},
    problem::Problem,
    text::Text,
    words::{self, Cursor},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use placard_domain::document::{Profile, ProfileStatus};
use placard_store::documents::{Comparison, Filter, Sort};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list_profiles)).routes(routes!(import_profiles)).routes(routes!(
        get_profile,
        put_profile,
        delete_profile
    ))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedProfiles {
    /// Words of their descriptions and posts, alone: profiles that hold more of them come first.
    #[param(inline)]
    words: Option<Text<1, 200>>,
    /// Only of this network.
    #[param(inline)]
    platform: Option<Text<1, 40>>,
    /// Only with this status.
    #[param(schema_with = words::profile_status)]
    status: Option<ProfileStatus>,
    /// Only with this interest.
    #[param(inline)]
    interest: Option<Text<1, 100>>,
    /// Only with at least so many followers.
    #[param(minimum = 0)]
    followers: Option<i64>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Profiles, the newest first, or those that hold words.
#[utoipa::path(get, path = "/profiles", tag = "profiles", params(WantedProfiles),
    responses((status = 200, body = Page<DocumentView>)))]
async fn list_profiles(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<WantedProfiles>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let mut filters = Vec::new();
    filters.extend(wanted.platform.as_ref().map(|platform| Filter::eq("platform", platform.as_str())));
    filters.extend(wanted.status.map(|status| Filter::eq("status", status.as_str())));
    let having = |interest: Text<1, 100>| Filter::Contains("interests".into(), vec![interest.into_inner()]);
    filters.extend(wanted.interest.map(having));
    if wanted.followers.is_some_and(i64::is_negative) {
        return Err(Problem::field("followers", "must not be negative"));
    }
    let at_least = |count: i64| Filter::Compare("metadata.followers".into(), Comparison::Gte, count.into());
    filters.extend(wanted.followers.map(at_least));
    let words = wanted.words.as_ref().map(Text::as_str);
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    list::<Profile>(&api, &caller, Asked { filters, sort: Sort::NEWEST, words, paging }).await
}

/// Takes profiles in, up to a thousand at once: each is put in, or in place of the one with the same network and name, or
/// refused by itself.
#[utoipa::path(post, path = "/profiles/import", tag = "profiles", request_body = DocumentsBody,
    responses((status = 200, body = TakenView)))]
async fn import_profiles(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<DocumentsBody>,
) -> Result<Json<TakenView>, Problem> {
    import::<Profile>(&api, &caller, body).await
}

/// A profile.
#[utoipa::path(get, path = "/profiles/{id}", tag = "profiles", params(("id" = Uuid, Path)),
    responses((status = 200, body = DocumentView)))]
async fn get_profile(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    get::<Profile>(&api, &caller, id).await
}

/// Puts a profile in place of the version that `If-Match` names.
#[utoipa::path(put, path = "/profiles/{id}", tag = "profiles", params(("id" = Uuid, Path)),
    request_body = DocumentBody, responses((status = 200, body = DocumentView)))]
async fn put_profile(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(body): Body<DocumentBody>,
) -> Result<Response, Problem> {
    put::<Profile>(&api, &caller, id, &headers, body).await
}

/// Removes a profile.
#[utoipa::path(delete, path = "/profiles/{id}", tag = "profiles", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn delete_profile(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    delete::<Profile>(&api, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
