//! Giving files out.

use super::{find, library};
use crate::api::{
    PREFIX, Shared,
    body::{At, Query},
    caller::Caller,
    problem::{Code, Problem},
    text::Text,
    view::SignedView,
    words,
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_assets::objects::{ObjectError, ObjectKey, Part, Reading, SignedPath, SignedUrl};
use placard_domain::asset::{AssetKind, MediaType};
use placard_store::asset;
use serde::Deserialize;
use std::ops::Range;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// How long an address holds.
const VALID: TimeDelta = TimeDelta::minutes(15);

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(thumbnail)).routes(routes!(sign)).routes(routes!(object))
}

/// A picture of an asset, at most 320 pixels long. Only pictures have one.
#[utoipa::path(get, path = "/assets/{id}/thumbnail", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 200, content((words::Bytes = "image/jpeg"), (words::Bytes = "image/png")))))]
async fn thumbnail(State(api): State<Shared>, caller: Caller, At(id): At<Uuid>) -> Result<Response, Problem> {
    let mut tx = caller.begin(&api).await?;
    let asset = find(&mut tx, id).await?;
    tx.commit().await?;
    if asset.facts.media.kind() != AssetKind::Image {
        return Err(Problem::not_found("thumbnail"));
    }
    let key = ObjectKey::new(caller.tenant()?, asset.facts.hash, Part::Thumbnail);
    let reading = library(&api).await?.objects().get(&key, None).await.map_err(problem)?;
    let content = axum::body::to_bytes(Body::from_stream(reading.content), 1024 * 1024).await;
    let content = content.map_err(|error| Problem::defect(&error))?;
    let media = if content.starts_with(&[0xff, 0xd8]) { MediaType::Jpeg } else { MediaType::Png };
    Ok(([(header::CONTENT_TYPE, media.as_str())], content).into_response())
}

/// An address under which anybody can fetch the asset for 15 minutes.
#[utoipa::path(get, path = "/assets/{id}/url", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 200, body = SignedView)))]
async fn sign(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<SignedView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let asset = find(&mut tx, id).await?;
    tx.commit().await?;
    if asset.purged_at.is_some() {
        return Err(Problem::not_found("object"));
    }
    let now: DateTime<Utc> = (api.now)();
    let key = ObjectKey::new(caller.tenant()?, asset.facts.hash, Part::Original);
    let valid = VALID.to_std().map_err(|error| Problem::defect(&error))?;
    let signed = library(&api).await?.objects().signed_url(&key, now, valid).await.map_err(problem)?;
    let url = match signed {
        SignedUrl::Store(address) => address.to_string(),
        SignedUrl::Api(SignedPath { key, expires, signature }) => {
            format!("{PREFIX}/objects?key={key}&expires={expires}&signature={signature}")
        }
    };
    Ok(Json(SignedView { url, expires_at: now + VALID }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Signed {
    /// The object.
    #[param(inline)]
    key: Text<1, 200>,
    /// Until when it may be fetched, in seconds since 1970.
    expires: i64,
    /// What proves that.
    #[param(inline)]
    signature: Text<1, 128>,
}

/// The object that a signed address names, or the bytes of it that `Range` asks for.
#[utoipa::path(get, path = "/objects", tag = "assets", params(Signed),
    responses(
        (status = 200, body = words::Bytes, content_type = "application/octet-stream"),
        (status = 206, body = words::Bytes, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn object(
    State(api): State<Shared>,
    headers: HeaderMap,
    Query(signed): Query<Signed>,
) -> Result<Response, Problem> {
    let path = SignedPath {
        key: signed.key.into_inner(),
        expires: signed.expires,
        signature: signed.signature.into_inner(),
    };
    let objects = library(&api).await?.objects();
    // Whether it never held or holds no longer is not told.
    let key = objects.open_signed(&path, (api.now)()).ok_or_else(|| Problem::not_found("object"))?;
    let mut tx = api.session.db().tenant(key.tenant).await?;
    let asset = asset::find_by_content(&mut tx, &key.hash).await?;
    tx.commit().await?;
    let asset =
        asset.filter(|asset| asset.deleted_at.is_none()).ok_or_else(|| Problem::not_found("object"))?;
    let wanted = headers.get(header::RANGE).and_then(|value| range(value.to_str().ok()?));
    let partial = wanted.is_some();
    let reading = objects.get(&key, wanted).await.map_err(problem)?;
    Ok(answer(reading, asset.facts.media, partial))
}

fn answer(reading: Reading, media: MediaType, partial: bool) -> Response {
    let Reading { size, range, content } = reading;
    let mut response = Body::from_stream(content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.as_str()));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if partial {
        let told = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
        if let Ok(told) = HeaderValue::from_str(&told) {
            headers.insert(header::CONTENT_RANGE, told);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// One range from a first byte on (RFC 9110 §14.1.2). Others may be left out of account, which gives the whole.
fn range(text: &str) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.parse().ok()?;
    let end = if last.is_empty() { u64::MAX } else { last.parse::<u64>().ok()?.checked_add(1)? };
    (first < end).then_some(first..end)
}

fn problem(error: ObjectError) -> Problem {
    match error {
        ObjectError::NotFound => Problem::not_found("object"),
        ObjectError::NoSuchRange => Problem::new(Code::Unfit, "the object has no such range"),
        other => Problem::defect(&other),
    }
}
