//! Campaigns as wanted, whatever the platform. What exists outside is in [`crate::platform_object`].

mod readiness;
mod save;
pub mod section;

pub use readiness::{Missing, readiness};
pub use save::{Saved, upsert};

use crate::{
    Db, StoreError, TenantTx,
    audit::{self, Actor},
    stored,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    CampaignId, Currency, Money, TenantId,
    objective::Objective,
    spec::{Budget, CampaignSpec, RunState},
    status::{CampaignEvent, CampaignStatus},
};
use serde_json::Value;
use sqlx::types::{Json, JsonRawValue};
use uuid::Uuid;

/// A campaign without its spec.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// What makes it the same campaign when its name changes.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub objective: Objective,
    /// Where it stands.
    pub status: CampaignStatus,
    /// Whether the spec wants it to run.
    pub run: RunState,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Its budget; `None` when each ad group has its own.
    pub budget: Option<Budget>,
    /// Which version of its spec stands.
    pub revision: i32,
    /// SHA-256 of the spec and its images, lower-case hex.
    pub spec_hash: String,
    /// Why the last deployment failed, for people.
    pub error: Option<String>,
    /// When its numbers were last read.
    pub last_synced_at: Option<DateTime<Utc>>,
    /// When it was made here.
    pub created_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

/// Which campaigns to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<CampaignStatus>,
    /// Only with this objective.
    pub objective: Option<Objective>,
    /// Only those with objects in the account that has this id on its platform.
    pub account: Option<String>,
    /// Only those after this one in the list: the last of the page before.
    pub after: Option<String>,
}

/// The campaign called `key`.
pub async fn find(tx: &mut TenantTx, key: &str) -> Result<Option<Campaign>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, spec_hash, error,
            last_synced_at, created_at, updated_at
        from campaign
        where tenant_id = $1 and key = $2
        "#,
        tx.tenant().0,
        key,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Campaign::try_from).transpose()
}

/// The key of every campaign, put away or not.
pub async fn keys(tx: &mut TenantTx) -> Result<Vec<String>, StoreError> {
    let keys =
        sqlx::query_scalar!("select key from campaign where tenant_id = $1 order by key", tx.tenant().0)
            .fetch_all(tx.conn())
            .await?;
    Ok(keys)
}

/// A campaign with its spec.
#[derive(Debug)]
pub struct WithSpec {
    /// The campaign.
    pub campaign: Campaign,
    /// The spec as it stands; nothing before the first whole one.
    pub spec: Option<Box<JsonRawValue>>,
}

/// The campaign of `tenant` called `key` with its spec, read in a transaction of its own and one round trip.
pub async fn read(db: &Db, tenant: TenantId, key: &str) -> Result<Option<WithSpec>, StoreError> {
    let row = loop {
        let mut loan = db.pool().lend().await?;
        let read = sqlx::query!(
            r#"
            select
                id as "id!", key as "key!", name as "name!", objective as "objective!", status as "status!",
                run as "run!", currency as "currency!", budget_kind, budget_minor, revision as "revision!",
                spec_hash as "spec_hash!", error, last_synced_at, created_at as "created_at!",
                updated_at as "updated_at!", spec as "spec!: Json<Box<JsonRawValue>>"
            from campaign_for($1, $2)
            "#,
            tenant.0,
            key,
        )
        .fetch_optional(loan.asks())
        .await;
        match read {
            Ok(row) => {
                loan.settled();
                break row;
            }
            Err(error) => loan.failed(error)?,
        }
    };
    let Some(row) = row else { return Ok(None) };
    let spec = Some(row.spec.0).filter(|_| row.revision > 0);
    let row = Row {
        id: row.id,
        key: row.key,
        name: row.name,
        objective: row.objective,
        status: row.status,
        run: row.run,
        currency: row.currency,
        budget_kind: row.budget_kind,
        budget_minor: row.budget_minor,
        revision: row.revision,
        spec_hash: row.spec_hash,
        error: row.error,
        last_synced_at: row.last_synced_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    Ok(Some(WithSpec { campaign: row.try_into()?, spec }))
}

/// A campaign by its id.
pub async fn get(tx: &mut TenantTx, id: CampaignId) -> Result<Campaign, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, spec_hash, error,
            last_synced_at, created_at, updated_at
        from campaign
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| StoreError::not_found("campaign", id))?.try_into()
}

/// Up to `limit` campaigns, by key. Archived ones only when asked for.
pub async fn list(tx: &mut TenantTx, filter: &Filter, limit: i64) -> Result<Vec<Campaign>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, spec_hash, error,
            last_synced_at, created_at, updated_at
        from campaign as c
        where tenant_id = $1
            and case when $2::text is null then status <> 'archived' else status = $2 end
            and ($3::text is null or objective = $3)
            and (
                $4::text is null
                or exists (
                    select
                    from platform_object as o
                    where o.tenant_id = c.tenant_id and o.campaign_id = c.id and o.account = $4
                )
            )
            and ($5::text is null or key > $5)
        order by key
        limit $6
        "#,
        tx.tenant().0,
        filter.status.map(CampaignStatus::as_str),
        filter.objective.map(Objective::as_str),
        filter.account,
        filter.after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Campaign::try_from).collect()
}

/// The spec that stands, or an earlier one.
pub async fn spec(
    tx: &mut TenantTx,
    id: CampaignId,
    revision: Option<i32>,
) -> Result<CampaignSpec, StoreError> {
    let spec: Option<Value> = sqlx::query_scalar!(
        r#"
        select r.spec
        from campaign as c
        join spec_revision as r
            on r.tenant_id = c.tenant_id and r.campaign_id = c.id and r.revision = coalesce($3, c.revision)
        where c.tenant_id = $1 and c.id = $2
        "#,
        tx.tenant().0,
        id.0,
        revision,
    )
    .fetch_optional(tx.conn())
    .await?;
    stored::document("spec_revision.spec", spec.ok_or_else(|| StoreError::not_found("spec of campaign", id))?)
}

/// Applies `event` to a campaign's status. `error` says why a deployment failed; any other event clears it.
pub async fn on(
    tx: &mut TenantTx,
    actor: &Actor,
    id: CampaignId,
    event: CampaignEvent,
    error: Option<&str>,
) -> Result<CampaignStatus, StoreError> {
    let stood = sqlx::query_scalar!(
        r#"
        select status
        from campaign
        where tenant_id = $1 and id = $2
        for no key update
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("campaign", id))?;
    let stood: CampaignStatus = stored::word("campaign.status", &stood)?;
    let stands = stood.on(event)?;

    sqlx::query!(
        r#"
        update campaign
        set status = $3, error = $4, updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        stands.as_str(),
        error,
    )
    .execute(tx.conn())
    .await?;
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "campaign",
        entity_id: id.to_string(),
        old: Some(serde_json::json!({"status": stood})),
        new: Some(serde_json::json!({"status": stands, "event": event.as_str(), "error": error})),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(stands)
}

struct Row {
    id: Uuid,
    key: String,
    name: String,
    objective: String,
    status: String,
    run: String,
    currency: String,
    budget_kind: Option<String>,
    budget_minor: Option<i64>,
    revision: i32,
    spec_hash: String,
    error: Option<String>,
    last_synced_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Campaign {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency: Currency = stored::parsed("campaign.currency", &row.currency)?;
        Ok(Self {
            id: CampaignId(row.id),
            objective: stored::word("campaign.objective", &row.objective)?,
            status: stored::word("campaign.status", &row.status)?,
            run: stored::word("campaign.run", &row.run)?,
            currency,
            budget: budget(row.budget_kind.as_deref(), row.budget_minor, currency)?,
            key: row.key,
            name: row.name,
            revision: row.revision,
            spec_hash: row.spec_hash,
            error: row.error,
            last_synced_at: row.last_synced_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn budget(kind: Option<&str>, minor: Option<i64>, currency: Currency) -> Result<Option<Budget>, StoreError> {
    match (kind, minor) {
        (None, None) => Ok(None),
        (Some("daily"), Some(minor)) => Ok(Some(Budget::Daily(Money::new(minor, currency)))),
        (Some("lifetime"), Some(minor)) => Ok(Some(Budget::Lifetime(Money::new(minor, currency)))),
        (kind, minor) => Err(StoreError::corrupt("campaign.budget_kind", format!("{kind:?} with {minor:?}"))),
    }
}
