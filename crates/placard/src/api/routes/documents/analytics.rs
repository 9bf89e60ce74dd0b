//! Events, metrics and aggregates by time. Events go after 90 days.

use super::{Asked, DocumentView, DocumentsBody, TakenView, import, list};
use crate::api::{
    Shared,
    body::{Body, Query},
    caller::Caller,
    paging::{Page, Paging},
    problem::Problem,
    text::Text,
    words::{self, Cursor},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_domain::document::{AnalyticsKind, AnalyticsRecord, Bucket, Moment};
use placard_store::documents::{Comparison, Filter, Scalar, Sort};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list_records, import_records))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedRecords {
    /// Only events, metrics or aggregates.
    #[param(schema_with = words::analytics_kind)]
    kind: Option<AnalyticsKind>,
    /// Only of this name.
    #[param(inline)]
    name: Option<Text<1, 100>>,
    /// Only with spans of this length.
    #[param(schema_with = words::bucket)]
    bucket: Option<Bucket>,
    /// Only about this campaign.
    campaign: Option<Uuid>,
    /// Only about this network.
    #[param(inline)]
    platform: Option<Text<1, 40>>,
    /// Only spans that begin then or later.
    from: Option<DateTime<Utc>>,
    /// Only spans that begin before.
    until: Option<DateTime<Utc>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

fn edge(path: &str, comparison: Comparison, at: Option<DateTime<Utc>>) -> Result<Option<Filter>, Problem> {
    let Some(at) = at else { return Ok(None) };
    let at = Moment::new(at).map_err(|error| Problem::unfit(path, error.to_string()))?;
    Ok(Some(Filter::Compare("time_bucket".into(), comparison, Scalar::Moment(at))))
}

/// Records, the latest span first.
#[utoipa::path(get, path = "/analytics", tag = "analytics", params(WantedRecords),
    responses((status = 200, body = Page<DocumentView>)))]
async fn list_records(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<WantedRecords>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let mut filters = Vec::new();
    filters.extend(wanted.kind.map(|kind| Filter::eq("kind", kind.as_str())));
    filters.extend(wanted.name.as_ref().map(|name| Filter::eq("name", name.as_str())));
    filters.extend(wanted.bucket.map(|bucket| Filter::eq("bucket", bucket.as_str())));
    let about = |campaign: Uuid| Filter::eq("dimensions.campaign_id", campaign.to_string().as_str());
    filters.extend(wanted.campaign.map(about));
    let of = |platform: &Text<1, 40>| Filter::eq("dimensions.platform", platform.as_str());
    filters.extend(wanted.platform.as_ref().map(of));
    filters.extend(edge("from", Comparison::Gte, wanted.from)?);
    filters.extend(edge("until", Comparison::Lt, wanted.until)?);
    let paging = Paging { cursor: wanted.cursor, limit: wanted.limit };
    let sort = Sort::by("time_bucket", true);
    list::<AnalyticsRecord>(&api, &caller, Asked { filters, sort, words: None, paging }).await
}

/// Writes records, up to a thousand at once: each is put in, or in place of the one with the same key, or refused by
/// itself. So events may be sent again without being counted twice.
#[utoipa::path(post, path = "/analytics", tag = "analytics", request_body = DocumentsBody,
    responses((status = 200, body = TakenView)))]
async fn import_records(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<DocumentsBody>,
) -> Result<Json<TakenView>, Problem> {
    import::<AnalyticsRecord>(&api, &caller, body).await
}
