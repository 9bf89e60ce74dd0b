//! The audit log: who changed what, and whether anybody changed the log.

use crate::api::{
    Shared,
    body::Query,
    caller::Caller,
    paging::{self, Page},
    problem::Problem,
    text::Text,
    view::{LineView, Verification},
    words::{Cursor, Head},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_domain::UserId;
use placard_store::audit;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only about this kind of thing: `campaign`, `connection`, `api_key` …
    #[param(inline)]
    entity_type: Option<Text<1, 64>>,
    /// Only about the thing with this id.
    #[param(inline)]
    entity_id: Option<Text<1, 120>>,
    /// Only what this person did.
    actor: Option<Uuid>,
    /// From this moment on.
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    to: Option<DateTime<Utc>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// The log, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Filter),
    responses((status = 200, body = Page<LineView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<LineView>>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let wanted = audit::Filter {
        entity_type: filter.entity_type.map(Text::into_inner),
        entity_id: filter.entity_id.map(Text::into_inner),
        actor: filter.actor.map(UserId),
        action: None,
        from: filter.from,
        to: filter.to,
        after: paging::after(filter.cursor.as_ref())?,
    };
    let mut tx = caller.begin(&api).await?;
    let found = audit::page(&mut tx, &wanted, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |line| line.seq, LineView::from)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Expectation {
    /// A `head` that was kept elsewhere: an exchange of the whole log is found by it.
    #[param(inline)]
    expect: Option<Head>,
}

/// Recomputes the chain of hashes over the whole log.
#[utoipa::path(get, path = "/audit/verification", tag = "audit", params(Expectation),
    responses((status = 200, body = Verification)))]
async fn verify(
    State(api): State<Shared>,
    caller: Caller,
    Query(expectation): Query<Expectation>,
) -> Result<Json<Verification>, Problem> {
    let anchor = expectation.expect.map(|Head(seq, hash)| (seq, hash));
    let mut tx = caller.begin(&api).await?;
    let found = audit::verify(&mut tx, anchor).await?;
    tx.commit().await?;
    Ok(Json(Verification::of(&found, anchor.is_some())))
}
