//! API keys: for programs, with scopes of their own.

use crate::api::{
    Shared,
    access::Permission,
    body::{At, Body},
    caller::Caller,
    paging::Page,
    problem::{Code, Problem},
    text::Text,
    view::{CreatedKey, KeyView},
};
use crate::people;
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::ApiKeyId;
use placard_store::api_key;
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// The tenant's API keys.
#[utoipa::path(get, path = "/api-keys", tag = "api keys", responses((status = 200, body = Page<KeyView>)))]
async fn list(State(api): State<Shared>, caller: Caller) -> Result<Json<Page<KeyView>>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = api_key::list(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, KeyView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// What it is for.
    name: Text<1, 80>,
    /// What it may do; never more than you.
    #[schema(min_items = 1)]
    scopes: Vec<Permission>,
    /// When it ends.
    expires_at: Option<DateTime<Utc>>,
}

/// Makes an API key.
#[utoipa::path(post, path = "/api-keys", tag = "api keys", request_body = NewKey,
    responses((status = 201, body = CreatedKey)))]
async fn create(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), Problem> {
    if new.scopes.is_empty() {
        return Err(Problem::field("scopes", "names nothing that the key may do"));
    }
    if let Some(beyond) = people::beyond(caller.permissions(), &new.scopes) {
        let words = format!("you may not {} yourself", beyond.as_str());
        return Err(Problem::new(Code::Forbidden, words));
    }
    if new.expires_at.is_some_and(|end| end <= (api.now)()) {
        return Err(Problem::unfit("expires_at", "has passed"));
    }
    let mut tx = caller.begin(&api).await?;
    let name = new.name.into_inner();
    let (id, key) = people::make_key(&mut tx, &caller.actor(), name, &new.scopes, new.expires_at).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(CreatedKey { id, key: key.expose_secret().to_owned() })))
}

/// Revokes an API key.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api keys", params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn revoke(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<StatusCode, Problem> {
    let mut tx = caller.begin(&api).await?;
    api_key::revoke(&mut tx, &caller.actor(), ApiKeyId(id), (api.now)()).await?;
    tx.commit().await?;
    api.standings.forget();
    Ok(StatusCode::NO_CONTENT)
}
