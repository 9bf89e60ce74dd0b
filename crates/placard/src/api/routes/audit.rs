//! The audit log: who changed what, and whether anybody changed the log.

use crate::api::{
    Shared,
    body::Query,
    caller::Caller,
    paging::{self, Page},
    problem::Problem,
    text::Text,
    words::Cursor,
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_domain::UserId;
use placard_store::audit::{self, Line};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
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

/// A line of the log.
#[derive(Serialize, ToSchema)]
struct LineView {
    /// Its place in the tenant's chain.
    seq: i64,
    /// When.
    at: DateTime<Utc>,
    /// Who, as shown.
    actor: String,
    /// What was done.
    action: &'static str,
    /// To what kind of thing.
    entity_type: String,
    /// To which one.
    entity_id: String,
    /// How it was, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    old: Option<Value>,
    /// How it became, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    new: Option<Value>,
    /// The address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// The program that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
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
    Ok(Json(Page::of(found, limit, |line| line.seq, view)))
}

fn view(line: Line) -> LineView {
    LineView {
        seq: line.seq,
        at: line.at,
        actor: line.actor,
        action: line.action.as_str(),
        entity_type: line.entity_type,
        entity_id: line.entity_id,
        old: line.old,
        new: line.new,
        ip: line.ip.map(|ip| ip.to_string()),
        agent: line.agent,
    }
}

/// Whether the log is whole.
#[derive(Serialize, ToSchema)]
struct Verification {
    /// Whether every line is as it was written, and in its place.
    whole: bool,
    /// How many lines were looked at.
    lines: u64,
    /// The place of the first line that is kept; older ones were dropped because of their age.
    first: i64,
    /// The last line's place and hash: keep them elsewhere, and an exchange of the whole log is noticed as well.
    head: String,
    /// What is broken, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
}

/// Recomputes the chain of hashes over the whole log.
#[utoipa::path(get, path = "/audit/verification", tag = "audit", responses((status = 200, body = Verification)))]
async fn verify(State(api): State<Shared>, caller: Caller) -> Result<Json<Verification>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let found = audit::verify(&mut tx, None).await?;
    tx.commit().await?;
    Ok(Json(Verification {
        whole: found.broken.is_none(),
        lines: found.rows,
        first: found.first_seq,
        head: format!("{}:{}", found.head.0, hex::encode(found.head.1)),
        broken: found.broken.map(|broken| broken.to_string()),
    }))
}
