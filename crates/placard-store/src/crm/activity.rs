//! What was done about leads, or is to be.

use super::{
    lead, place,
    sealed::{moment, text},
};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    ActivityId, DealId, LeadId,
    crm::activity::{Activity, ActivityKind},
    status::IllegalTransition,
};
use serde_json::json;
use uuid::Uuid;

/// An activity as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: ActivityId,
    /// About whom.
    pub lead: LeadId,
    /// About which deal, if about one.
    pub deal: Option<DealId>,
    /// What was done.
    pub activity: Activity,
    /// When a task was done.
    pub done_at: Option<DateTime<Utc>>,
    /// By whom, for people.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Writes down what was done about a lead, or is to be.
pub async fn create(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    lead: LeadId,
    deal: Option<DealId>,
    new: &Activity,
    now: DateTime<Utc>,
) -> Result<ActivityId, StoreError> {
    lead::alive(tx, lead, "worked on").await?;
    if let Some(deal) = deal {
        let known = super::deal::get(tx, vault, deal).await?;
        if known.lead != lead {
            return Err(StoreError::not_found("deal", deal));
        }
    }
    let id = ActivityId(Uuid::now_v7());
    let sealed = vault.seal_bytes(tx, place::activity(id), new.text.as_bytes()).await?;
    sqlx::query!(
        r#"
        insert into activity (tenant_id, id, lead_id, deal_id, kind, text, due_at, created_by, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        tx.tenant().0,
        id.0,
        lead.0,
        deal.map(|deal| deal.0),
        new.kind.as_str(),
        sealed,
        new.due_at,
        actor.name(),
        moment(now),
    )
    .execute(tx.conn())
    .await?;
    let new = json!({"lead": lead, "deal": deal, "kind": new.kind, "due_at": new.due_at});
    note(tx, actor, Action::Create, id, new).await?;
    Ok(id)
}

/// Notes that a task is done.
///
/// # Errors
/// [`StoreError::IllegalTransition`] if it is no task, or done already.
pub async fn finish(
    tx: &mut TenantTx,
    actor: &Actor,
    id: ActivityId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = sqlx::query!(
        r#"
        select kind, done_at
        from activity
        where tenant_id = $1 and id = $2
        for update
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("activity", id))?;
    let kind: ActivityKind = stored::word("activity.kind", &row.kind)?;
    let from = if kind == ActivityKind::Task { "done" } else { kind.as_str() };
    if kind != ActivityKind::Task || row.done_at.is_some() {
        return Err(IllegalTransition { what: "activity", from, event: "finished" }.into());
    }
    sqlx::query!(
        r#"
        update activity
        set done_at = $3
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        moment(now),
    )
    .execute(tx.conn())
    .await?;
    note(tx, actor, Action::Update, id, json!({"done": true})).await
}

/// Up to `limit` activities about a lead, the newest first, older than `after`.
pub async fn list(
    tx: &mut TenantTx,
    vault: &Vault,
    lead: LeadId,
    after: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, lead_id, deal_id, kind, text, due_at, done_at, created_by, at
        from activity
        where tenant_id = $1 and lead_id = $2 and ($3::uuid is null or id < $3)
        order by id desc
        limit $4
        "#,
        tx.tenant().0,
        lead.0,
        after.map(|after| after.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut held = vault.hold(tx).await?;
    let mut activities = Vec::with_capacity(rows.len());
    for row in rows {
        let id = ActivityId(row.id);
        let text = text(held.open(tx, place::activity(id), &row.text).await?, "activity.text")?;
        let kind = stored::word("activity.kind", &row.kind)?;
        activities.push(Stored {
            id,
            lead: LeadId(row.lead_id),
            deal: row.deal_id.map(DealId),
            activity: Activity { kind, text, due_at: row.due_at },
            done_at: row.done_at,
            by: row.created_by,
            at: row.at,
        });
    }
    Ok(activities)
}

async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    action: Action,
    id: ActivityId,
    new: serde_json::Value,
) -> Result<(), StoreError> {
    let entity_id = id.to_string();
    audit::append(tx, actor, &Entry { action, entity_type: "activity", entity_id, old: None, new: Some(new) })
        .await
}
