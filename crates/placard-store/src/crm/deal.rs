//! Deals, and where they stood when.

use super::{lead, pipeline, place, sealed::moment};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    DealId, LeadId, Money, PipelineId, StageId,
    crm::{
        deal::{Deal, is_closed},
        lead::LeadEvent,
        pipeline::{Stage, StageKind},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A deal as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: DealId,
    /// With whom.
    pub lead: LeadId,
    /// On which pipeline, with its name.
    pub pipeline: (PipelineId, String),
    /// Where it stands.
    pub stage: (StageId, Stage),
    /// What it is; nothing once its person was erased.
    pub title: Option<String>,
    /// What it is worth.
    pub amount: Money,
    /// When it is likely to be decided.
    pub expected_close: Option<NaiveDate>,
    /// When it was decided.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts changes.
    pub version: i32,
}

/// Which deals are wanted. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With this lead.
    pub lead: Option<LeadId>,
    /// On this pipeline.
    pub pipeline: Option<PipelineId>,
    /// At stages of this kind.
    pub kind: Option<StageKind>,
    /// Older than this one: the last of the page before.
    pub after: Option<DealId>,
}

/// One time a deal was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// From where; nothing for the first.
    pub from: Option<String>,
    /// To where.
    pub to: String,
    /// By whom, for people.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Makes a deal with a lead, at a stage.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such lead; a conflict if it is merged or erased.
pub async fn create(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    lead: LeadId,
    at: (PipelineId, StageId, StageKind),
    new: &Deal,
    now: DateTime<Utc>,
) -> Result<DealId, StoreError> {
    lead::alive(tx, lead, "sold to").await?;
    let (id, now, (pipeline, stage, kind)) = (DealId(Uuid::now_v7()), moment(now), at);
    let title = vault.seal_bytes(tx, place::deal(id), new.title.as_bytes()).await?;
    let currency = new.amount.currency();
    sqlx::query!(
        r#"
        insert into deal (
            tenant_id, id, lead_id, pipeline_id, stage_id, title, amount_minor, currency, expected_close, closed_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        tx.tenant().0,
        id.0,
        lead.0,
        pipeline.0,
        stage.0,
        title,
        new.amount.minor(),
        currency.code(),
        new.expected_close,
        is_closed(kind).then_some(now),
    )
    .execute(tx.conn())
    .await?;
    note_move(tx, actor, id, None, stage, now).await?;
    let made =
        json!({"lead": lead, "stage": stage, "amount": new.amount, "expected_close": new.expected_close});
    note(tx, actor, Action::Create, id, None, made).await?;
    won(tx, actor, lead, kind).await?;
    Ok(id)
}

/// Changes what a deal is, if it is as it was seen.
///
/// # Errors
/// [`StoreError::Outdated`], [`StoreError::NotFound`].
pub async fn update(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    id: DealId,
    seen: i32,
    new: &Deal,
) -> Result<(), StoreError> {
    let before = get(tx, vault, id).await?;
    let title = vault.seal_bytes(tx, place::deal(id), new.title.as_bytes()).await?;
    let currency = new.amount.currency();
    let changed = sqlx::query!(
        r#"
        update deal
        set
            title = $4, amount_minor = $5, currency = $6, expected_close = $7, version = version + 1,
            updated_at = now()
        where tenant_id = $1 and id = $2 and version = $3
        "#,
        tx.tenant().0,
        id.0,
        seen,
        title,
        new.amount.minor(),
        currency.code(),
        new.expected_close,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Outdated { what: "deal", version: before.version });
    }
    let old = json!({"amount": before.amount, "expected_close": before.expected_close});
    let new = json!({"amount": new.amount, "expected_close": new.expected_close});
    note(tx, actor, Action::Update, id, Some(old), new).await
}

/// Moves a deal to another stage of its pipeline, if it is as it was seen. A deal that is won makes its lead won,
/// where the lead's state allows it.
///
/// # Errors
/// [`StoreError::Outdated`], [`StoreError::NotFound`] also for a stage of another pipeline.
pub async fn move_to(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    id: DealId,
    seen: i32,
    stage: &str,
    now: DateTime<Utc>,
) -> Result<Stored, StoreError> {
    let (before, now) = (get(tx, vault, id).await?, moment(now));
    let pipelines = pipeline::list(tx).await?;
    let pipeline = pipelines.iter().find(|one| one.id == before.pipeline.0);
    let target = pipeline.and_then(|pipeline| pipeline.stage(Some(stage)));
    let (to, target) = target.ok_or_else(|| StoreError::not_found("stage", stage))?;
    let changed = sqlx::query!(
        r#"
        update deal
        set
            stage_id = $4,
            closed_at = case when $5 then coalesce(closed_at, $6) end,
            version = version + 1,
            updated_at = now()
        where tenant_id = $1 and id = $2 and version = $3
        "#,
        tx.tenant().0,
        id.0,
        seen,
        to.0,
        is_closed(target.kind),
        now,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Outdated { what: "deal", version: before.version });
    }
    note_move(tx, actor, id, Some(before.stage.0), *to, now).await?;
    let (old, new) = (json!({"stage": before.stage.0}), json!({"stage": to}));
    note(tx, actor, Action::Update, id, Some(old), new).await?;
    won(tx, actor, before.lead, target.kind).await?;
    get(tx, vault, id).await
}

/// A lead to whom something was sold is won.
async fn won(tx: &mut TenantTx, actor: &Actor, lead: LeadId, kind: StageKind) -> Result<(), StoreError> {
    if kind == StageKind::Won { lead::happen(tx, actor, lead, LeadEvent::Win).await } else { Ok(()) }
}

/// One deal.
pub async fn get(tx: &mut TenantTx, vault: &Vault, id: DealId) -> Result<Stored, StoreError> {
    let found = select(tx, vault, &Filter::default(), Some(id), 1).await?.pop();
    found.ok_or_else(|| StoreError::not_found("deal", id))
}

/// Up to `limit` deals, the newest first.
pub async fn list(
    tx: &mut TenantTx,
    vault: &Vault,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    select(tx, vault, filter, None, limit).await
}

/// Where a deal stood when, the oldest first.
pub async fn history(tx: &mut TenantTx, id: DealId) -> Result<Vec<Moved>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select f.name as "from_name?", t.name as to_name, c.changed_by, c.changed_at
        from deal_stage_change as c
        left join pipeline_stage as f on f.tenant_id = c.tenant_id and f.id = c.from_stage_id
        join pipeline_stage as t on t.tenant_id = c.tenant_id and t.id = c.to_stage_id
        where c.tenant_id = $1 and c.deal_id = $2
        order by c.id
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let moved = rows.into_iter().map(|row| Moved {
        from: row.from_name,
        to: row.to_name,
        by: row.changed_by,
        at: row.changed_at,
    });
    Ok(moved.collect())
}

async fn select(
    tx: &mut TenantTx,
    vault: &Vault,
    filter: &Filter,
    id: Option<DealId>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            d.id, d.lead_id, d.pipeline_id, p.name as pipeline_name, d.stage_id, s.name as stage_name, s.kind,
            s.probability, d.title, d.amount_minor, d.currency, d.expected_close, d.closed_at, d.created_at,
            d.version
        from deal as d
        join pipeline as p on p.tenant_id = d.tenant_id and p.id = d.pipeline_id
        join pipeline_stage as s on s.tenant_id = d.tenant_id and s.id = d.stage_id
        where d.tenant_id = $1
            and ($2::uuid is null or d.id = $2)
            and ($3::uuid is null or d.lead_id = $3)
            and ($4::uuid is null or d.pipeline_id = $4)
            and ($5::text is null or s.kind = $5)
            and ($6::uuid is null or d.id < $6)
        order by d.id desc
        limit $7
        "#,
        tx.tenant().0,
        id.map(|id| id.0),
        filter.lead.map(|lead| lead.0),
        filter.pipeline.map(|pipeline| pipeline.0),
        filter.kind.map(StageKind::as_str),
        filter.after.map(|deal| deal.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut held = vault.hold(tx).await?;
    let mut deals = Vec::with_capacity(rows.len());
    for row in rows {
        let id = DealId(row.id);
        let title = match &row.title {
            Some(sealed) => {
                Some(super::sealed::text(held.open(tx, place::deal(id), sealed).await?, "deal.title")?)
            }
            None => None,
        };
        deals.push(Stored {
            id,
            lead: LeadId(row.lead_id),
            pipeline: (PipelineId(row.pipeline_id), row.pipeline_name),
            stage: (StageId(row.stage_id), pipeline::stage(row.stage_name, &row.kind, row.probability)?),
            title,
            amount: Money::new(row.amount_minor, stored::parsed("deal.currency", &row.currency)?),
            expected_close: row.expected_close,
            closed_at: row.closed_at,
            created_at: row.created_at,
            version: row.version,
        });
    }
    Ok(deals)
}

async fn note_move(
    tx: &mut TenantTx,
    actor: &Actor,
    id: DealId,
    from: Option<StageId>,
    to: StageId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into deal_stage_change (tenant_id, id, deal_id, from_stage_id, to_stage_id, changed_by, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        id.0,
        from.map(|stage| stage.0),
        to.0,
        actor.name(),
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    action: Action,
    id: DealId,
    old: Option<Value>,
    new: Value,
) -> Result<(), StoreError> {
    let entry = Entry { action, entity_type: "deal", entity_id: id.to_string(), old, new: Some(new) };
    audit::append(tx, actor, &entry).await
}
