//! What ads are made of, as it is known elsewhere: where it lies, what it shows, how it was generated.

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
use placard_domain::document::{AssetStatus, AssetType, ContentAsset};
use placard_store::documents::{Filter, Sort};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list_content)).routes(routes!(import_content)).routes(routes!(
        get_content,
        put_content,
        delete_content
    ))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedContent {
    /// Words of texts and prompts, alone: assets that hold more of them come first.
    #[param(inline)]
    words: Option<Text<1, 200>>,
    /// Only of this project.
    #[param(inline)]
    project: Option<Text<1, 200>>,
    /// Only of this kind.
    #[param(schema_with = words::asset_type)]
    kind: Option<AssetType>,
    /// Only with this status.
    #[param(schema_with = words::asset_status)]
    status: Option<AssetStatus>,
    /// Only with this tag.
    #[param(inline)]
    tag: Option<Text<1, 100>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Content assets, the newest first, or those that hold words.
#[utoipa::path(get, path = "/content-assets", tag = "content assets", params(WantedContent),
    responses((status = 200, body = Page<DocumentView>)))]
async fn list_content(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<WantedContent>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let mut filters = Vec::new();
    filters.extend(wanted.project.as_ref().map(|project| Filter::eq("project", project.as_str())));
    filters.extend(wanted.kind.map(|kind| Filter::eq("type", kind.as_str())));
    filters.extend(wanted.status.map(|status| Filter::eq("status", status.as_str())));
    let having = |tag: Text<1, 100>| Filter::Contains("tags".into(), vec![tag.into_inner()]);
    filters.extend(wanted.tag.map(having));
    let words = wanted.words.as_ref().map(Text::as_str);
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    list::<ContentAsset>(&api, &caller, Asked { filters, sort: Sort::NEWEST, words, paging }).await
}

/// Takes content assets in, up to a thousand at once: each is put in, or in place of the one with the same project and
/// address, or refused by itself.
#[utoipa::path(post, path = "/content-assets/import", tag = "content assets", request_body = DocumentsBody,
    responses((status = 200, body = TakenView)))]
async fn import_content(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<DocumentsBody>,
) -> Result<Json<TakenView>, Problem> {
    import::<ContentAsset>(&api, &caller, body).await
}

/// A content asset.
#[utoipa::path(get, path = "/content-assets/{id}", tag = "content assets", params(("id" = Uuid, Path)),
    responses((status = 200, body = DocumentView)))]
async fn get_content(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    get::<ContentAsset>(&api, &caller, id).await
}

/// Puts a content asset in place of the version that `If-Match` names.
#[utoipa::path(put, path = "/content-assets/{id}", tag = "content assets", params(("id" = Uuid, Path)),
    request_body = DocumentBody, responses((status = 200, body = DocumentView)))]
async fn put_content(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(body): Body<DocumentBody>,
) -> Result<Response, Problem> {
    put::<ContentAsset>(&api, &caller, id, &headers, body).await
}

/// Removes a content asset. What it describes stays where it lies.
#[utoipa::path(delete, path = "/content-assets/{id}", tag = "content assets", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn delete_content(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<StatusCode, Problem> {
    delete::<ContentAsset>(&api, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
