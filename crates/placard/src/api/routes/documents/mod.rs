//! Documents over REST: whole, with the version that they are at, which whoever changes one must have seen.

mod analytics;
mod automation;
mod boosts;
mod content_assets;
mod profiles;

use crate::{
    api::{
        Shared,
        caller::Caller,
        paging::{Page, Paging, limit},
        problem::{FieldError, Problem, dotted},
    },
    documents::{self, Taken},
};
use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use placard_domain::document::Document;
use placard_store::documents::{Filter, Sort, Stored};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// How many documents one request may bring.
const MOST: usize = 1_000;
/// How many refusals are told.
const TOLD: usize = 100;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(profiles::routes())
        .merge(content_assets::routes())
        .merge(analytics::routes())
        .merge(automation::routes())
        .merge(boosts::routes())
}

/// A document, with what is kept beside it.
#[derive(Serialize, ToSchema)]
struct DocumentView {
    /// Its id.
    id: Uuid,
    /// How often it was written. Stands in the `ETag` as well.
    #[schema(minimum = 1)]
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
    /// The document.
    #[schema(value_type = Object)]
    document: Value,
}

/// A document as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentBody {
    /// The document.
    #[schema(value_type = Object)]
    document: Map<String, Value>,
}

/// Documents as they are to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentsBody {
    /// The documents.
    #[schema(min_items = 1, max_items = 1000)]
    documents: Vec<Value>,
}

/// What became of documents.
#[derive(Serialize, ToSchema)]
struct TakenView {
    /// How many were put in, or in place of those with the same natural key.
    written: usize,
    /// How many were refused.
    refused: usize,
    /// What is wrong with them, up to a hundred: `documents[3].risk_score`.
    errors: Vec<FieldError>,
}

impl DocumentView {
    fn of<D: Document>(stored: Stored<D>) -> Result<Self, Problem> {
        let document = serde_json::to_value(stored.document).map_err(|error| Problem::defect(&error))?;
        let Stored { id, version, created_at, updated_at, .. } = stored;
        Ok(Self { id, version, created_at, updated_at, document })
    }

    fn answer(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.version))], Json(self)).into_response()
    }
}

impl DocumentsBody {
    fn checked(self) -> Result<Vec<Value>, Problem> {
        if !(1..=MOST).contains(&self.documents.len()) {
            return Err(Problem::field("documents", format!("must hold 1 to {MOST}")));
        }
        Ok(self.documents)
    }
}

impl From<Taken> for TakenView {
    fn from(taken: Taken) -> Self {
        let errors = taken.refused.iter().flat_map(|refused| {
            let place = refused.place;
            refused.violations.iter().map(move |wrong| {
                let dot = if wrong.path.is_empty() { "" } else { "." };
                FieldError {
                    path: format!("documents[{place}]{dot}{}", dotted(&wrong.path)),
                    message: wrong.message.clone(),
                    help: None,
                }
            })
        });
        Self { written: taken.written, refused: taken.refused.len(), errors: errors.take(TOLD).collect() }
    }
}

/// The version that `If-Match` names.
fn seen(headers: &HeaderMap) -> Result<i64, Problem> {
    let given = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let version = given.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    version.ok_or_else(|| Problem::field("If-Match", "must be the ETag of the version that was read: \"3\""))
}

/// What is asked of a list of documents.
struct Asked<'a> {
    filters: Vec<Filter>,
    sort: Sort,
    words: Option<&'a str>,
    paging: Paging,
}

async fn list<D: Document>(
    api: &Shared,
    caller: &Caller,
    asked: Asked<'_>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let (documents, tenant) = (api.session.documents().await?, caller.tenant()?);
    let (items, next) = match asked.words {
        Some(_) if !asked.filters.is_empty() || asked.paging.cursor.is_some() => {
            return Err(Problem::unfit(
                "words",
                "stands alone: words are not searched among filters or pages",
            ));
        }
        Some(words) => {
            let most = u16::try_from(limit(asked.paging.limit)?).unwrap_or(u16::MAX);
            (documents.search::<D>(tenant, words, most).await?, None)
        }
        None => {
            let query = asked.paging.of_documents(Filter::And(asked.filters), asked.sort)?;
            let page = documents.find::<D>(tenant, &query).await?;
            (page.items, page.next)
        }
    };
    let items = items.into_iter().map(DocumentView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

async fn get<D: Document>(api: &Shared, caller: &Caller, id: Uuid) -> Result<Response, Problem> {
    let found = api.session.documents().await?.get::<D>(caller.tenant()?, id).await?;
    let found = found.ok_or_else(|| Problem::not_found(D::COLLECTION.one))?;
    Ok(DocumentView::of(found)?.answer())
}

async fn put<D: Document>(
    api: &Shared,
    caller: &Caller,
    id: Uuid,
    headers: &HeaderMap,
    body: DocumentBody,
) -> Result<Response, Problem> {
    let seen = seen(headers)?;
    let document: D = documents::read(Value::Object(body.document))?;
    let receipt = api.session.documents().await?.replace(caller.tenant()?, id, seen, &document).await?;
    Ok(DocumentView::of(receipt.with(document))?.answer())
}

async fn delete<D: Document>(api: &Shared, caller: &Caller, id: Uuid) -> Result<(), Problem> {
    match api.session.documents().await?.delete::<D>(caller.tenant()?, id).await? {
        true => Ok(()),
        false => Err(Problem::not_found(D::COLLECTION.one)),
    }
}

async fn import<D: Document>(
    api: &Shared,
    caller: &Caller,
    body: DocumentsBody,
) -> Result<Json<TakenView>, Problem> {
    let written = body.checked()?;
    let taken = documents::take::<D>(api.session.documents().await?, caller.tenant()?, written).await?;
    Ok(Json(taken.into()))
}
