//! Outreach campaigns.

use crate::{
    StoreError, SystemTx, TenantTx,
    audit::{self, Action, Actor, Entry},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    OutreachId, TenantId,
    outreach::{Criteria, OutreachEvent, OutreachStatus, Sequence, Settings},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a campaign is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCampaign {
    /// Its name, unique in the tenant.
    pub name: String,
    /// Whom it is meant for.
    pub criteria: Criteria,
    /// How it behaves.
    pub settings: Settings,
    /// What it says.
    pub sequence: Sequence,
}

/// A stored campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: OutreachId,
    /// What it is made of.
    pub made_of: NewCampaign,
    /// Where it stands.
    pub status: OutreachStatus,
    /// Counts its changes.
    pub version: i64,
    /// Until when a cap or the gap holds it.
    pub resumes_at: Option<DateTime<Utc>>,
}

struct Row {
    id: Uuid,
    name: String,
    status: String,
    criteria: Value,
    settings: Value,
    sequence: Value,
    version: i64,
    resumes_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Campaign {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: OutreachId(row.id),
            made_of: NewCampaign {
                name: row.name,
                criteria: stored::document("outreach_campaign.criteria", row.criteria)?,
                settings: stored::document("outreach_campaign.settings", row.settings)?,
                sequence: stored::document("outreach_campaign.sequence", row.sequence)?,
            },
            status: stored::word("outreach_campaign.status", &row.status)?,
            version: row.version,
            resumes_at: row.resumes_at,
        })
    }
}

/// Makes a campaign, as a draft.
pub async fn create(tx: &mut TenantTx, actor: &Actor, new: &NewCampaign) -> Result<OutreachId, StoreError> {
    let id = OutreachId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into outreach_campaign (tenant_id, id, name, criteria, settings, sequence)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        tx.tenant().0,
        id.0,
        new.name,
        stored::json(&new.criteria),
        stored::json(&new.settings),
        stored::json(&new.sequence),
    )
    .execute(tx.conn())
    .await?;
    append(tx, actor, Action::Create, id, None, json!({"name": new.name})).await?;
    Ok(id)
}

/// Changes a campaign that still is what it was at `version`, and returns the version that it has now.
///
/// # Errors
/// [`StoreError::Changed`] if it is not.
pub async fn update(
    tx: &mut TenantTx,
    actor: &Actor,
    id: OutreachId,
    version: i64,
    new: &NewCampaign,
) -> Result<i64, StoreError> {
    let updated = sqlx::query_scalar!(
        r#"
        update outreach_campaign
        set name = $4, criteria = $5, settings = $6, sequence = $7, version = version + 1, resumes_at = null,
            updated_at = now()
        where tenant_id = $1 and id = $2 and version = $3
        returning version
        "#,
        tx.tenant().0,
        id.0,
        version,
        new.name,
        stored::json(&new.criteria),
        stored::json(&new.settings),
        stored::json(&new.sequence),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(StoreError::Changed { what: "the outreach campaign" })?;
    append(tx, actor, Action::Update, id, None, json!({"name": new.name})).await?;
    Ok(updated)
}

/// The campaign of this name.
pub async fn get(tx: &mut TenantTx, name: &str) -> Result<Campaign, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select id, name, status, criteria, settings, sequence, version, resumes_at
        from outreach_campaign
        where tenant_id = $1 and name = $2
        "#,
        tx.tenant().0,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| StoreError::not_found("outreach campaign", name))?.try_into()
}

/// The campaign with this id.
pub async fn by_id(tx: &mut TenantTx, id: OutreachId) -> Result<Campaign, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select id, name, status, criteria, settings, sequence, version, resumes_at
        from outreach_campaign
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| StoreError::not_found("outreach campaign", id))?.try_into()
}

/// Every campaign, by name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Campaign>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id, name, status, criteria, settings, sequence, version, resumes_at
        from outreach_campaign
        where tenant_id = $1
        order by name
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Campaign::try_from).collect()
}

/// Starts, pauses or ends a campaign. An intent that comes later sees it; one that is committed goes out.
pub async fn on(
    tx: &mut TenantTx,
    actor: &Actor,
    id: OutreachId,
    event: OutreachEvent,
) -> Result<OutreachStatus, StoreError> {
    let status = sqlx::query_scalar!(
        "select status from outreach_campaign where tenant_id = $1 and id = $2 for update",
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("outreach campaign", id))?;
    let before: OutreachStatus = stored::word("outreach_campaign.status", &status)?;
    let after = before.on(event)?;
    sqlx::query!(
        r#"
        update outreach_campaign
        set status = $3, version = version + 1, updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        after.as_str(),
    )
    .execute(tx.conn())
    .await?;
    let action = match event {
        OutreachEvent::Started => Action::Resume,
        OutreachEvent::Paused | OutreachEvent::Completed => Action::Pause,
    };
    append(tx, actor, action, id, Some(json!({"status": before})), json!({"status": after})).await?;
    Ok(after)
}

/// When the next message of an active campaign may be due; `None` if none is waiting.
pub async fn next_due(tx: &mut TenantTx) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = sqlx::query_scalar!(
        r#"
        select min(greatest(c.resumes_at, (
            select min(e.due_at)
            from enrolment as e
            where e.tenant_id = c.tenant_id and e.campaign_id = c.id and e.status = 'approved'
        ))) as next
        from outreach_campaign as c
        where c.tenant_id = $1 and c.status = 'active' and exists (
            select from enrolment as e
            where e.tenant_id = c.tenant_id and e.campaign_id = c.id and e.status = 'approved'
        )
        "#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(next)
}

/// Tenants that have a message due at `now`. Whoever holds one counts as well: his lease may have run out.
pub async fn due_tenants(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<Vec<TenantId>, StoreError> {
    let tenants = sqlx::query_scalar!(
        r#"
        select distinct c.tenant_id
        from outreach_campaign as c
        where c.status = 'active' and (c.resumes_at is null or c.resumes_at <= $1) and exists (
            select from enrolment as e
            where e.tenant_id = c.tenant_id and e.campaign_id = c.id and e.status = 'approved' and e.due_at <= $1
                and (e.locked_until is null or e.locked_until < clock_timestamp())
        )
        order by c.tenant_id
        "#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(tenants.into_iter().map(TenantId).collect())
}

async fn append(
    tx: &mut TenantTx,
    actor: &Actor,
    action: Action,
    id: OutreachId,
    old: Option<Value>,
    new: Value,
) -> Result<(), StoreError> {
    let entry =
        Entry { action, entity_type: "outreach_campaign", entity_id: id.to_string(), old, new: Some(new) };
    audit::append(tx, actor, &entry).await
}
