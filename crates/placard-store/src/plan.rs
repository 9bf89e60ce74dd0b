//! Plans as they were shown. A stored plan never changes.

use crate::{StoreError, TenantTx, audit::Actor, stored};
use chrono::{DateTime, Utc};
use placard_domain::{CampaignId, PlanId, plan::Plan};
use serde_json::Value;
use uuid::Uuid;

/// A plan to store.
#[derive(Clone, Copy, Debug)]
pub struct NewPlan<'a> {
    /// Whose plan.
    pub campaign: CampaignId,
    /// Which version of the spec it was made from.
    pub spec_revision: i32,
    /// The plan.
    pub plan: &'a Plan,
    /// The exact requests, without tokens.
    pub prepared: &'a Value,
    /// What prepared them.
    pub preparer_version: &'a str,
}

/// A plan as stored.
#[derive(Clone, Debug)]
pub struct StoredPlan {
    /// Its id.
    pub id: PlanId,
    /// Whose plan.
    pub campaign: CampaignId,
    /// Which version of the spec it was made from.
    pub spec_revision: i32,
    /// The plan; the state that it saw is in [`Plan::base`].
    pub plan: Plan,
    /// The exact requests, without tokens.
    pub prepared: Value,
    /// What prepared them.
    pub preparer_version: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Stores a plan.
pub async fn insert(tx: &mut TenantTx, actor: &Actor, new: &NewPlan<'_>) -> Result<PlanId, StoreError> {
    let id = PlanId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into plan (
            tenant_id, id, campaign_id, platform, account, document, prepared, base_hash, preparer_version,
            spec_revision, author_id
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        tx.tenant().0,
        id.0,
        new.campaign.0,
        new.plan.account.platform.as_str(),
        new.plan.account.id,
        stored::json(new.plan),
        new.prepared,
        new.plan.base.0,
        new.preparer_version,
        new.spec_revision,
        actor.user().map(|user| user.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// A plan by its id.
pub async fn get(tx: &mut TenantTx, id: PlanId) -> Result<StoredPlan, StoreError> {
    let row = sqlx::query!(
        r#"
        select campaign_id, spec_revision, document, prepared, preparer_version, created_at
        from plan
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("plan", id))?;
    Ok(StoredPlan {
        id,
        campaign: CampaignId(row.campaign_id),
        spec_revision: row.spec_revision,
        plan: stored::document("plan.document", row.document)?,
        prepared: row.prepared,
        preparer_version: row.preparer_version,
        created_at: row.created_at,
    })
}
