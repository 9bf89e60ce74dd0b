//! Kill switches. While one is engaged, nothing in its scope is sent except what stops, lowers or deletes.

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    guardrail::{self, Columns},
};
use chrono::{DateTime, Utc};
use placard_domain::{
    AccountRef, CampaignId,
    guardrail::{Refusal, Scope},
};
use serde_json::json;
use uuid::Uuid;

/// A switch that is engaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engaged {
    /// What it stops.
    pub scope: Scope,
    /// The key of the campaign, if it is for one.
    pub campaign: Option<String>,
    /// Why, if someone said so.
    pub reason: Option<String>,
    /// Who engaged it, for people.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Engages the switch for `scope`. Once this is committed, every intent that comes later is refused. Returns whether
/// it was free before; an engaged one stays as it is.
pub async fn engage(
    tx: &mut TenantTx,
    actor: &Actor,
    scope: &Scope,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    guardrail::lock(tx).await?;
    let columns = Columns::from(scope);
    let engaged = sqlx::query!(
        r#"
        insert into kill_switch (tenant_id, id, scope, platform, account, campaign_id, reason, engaged_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint kill_switch_scope_unique do nothing
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        columns.kind,
        columns.platform,
        columns.account,
        columns.campaign,
        reason,
        actor.name(),
    )
    .execute(tx.conn())
    .await?;
    if engaged.rows_affected() == 0 {
        return Ok(false);
    }
    let entry = Entry {
        action: Action::Pause,
        entity_type: "kill_switch",
        entity_id: scope.to_string(),
        old: None,
        new: Some(json!({ "reason": reason })),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(true)
}

/// Lifts the switch for exactly `scope`. Nothing starts by itself. Returns whether it was engaged.
pub async fn lift(tx: &mut TenantTx, actor: &Actor, scope: &Scope) -> Result<bool, StoreError> {
    guardrail::lock(tx).await?;
    let columns = Columns::from(scope);
    let lifted = sqlx::query!(
        r#"
        delete from kill_switch
        where tenant_id = $1 and platform is not distinct from $2 and account is not distinct from $3
            and campaign_id is not distinct from $4
        returning reason, engaged_by
        "#,
        tx.tenant().0,
        columns.platform,
        columns.account,
        columns.campaign,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(lifted) = lifted else { return Ok(false) };
    let entry = Entry {
        action: Action::Resume,
        entity_type: "kill_switch",
        entity_id: scope.to_string(),
        old: Some(json!({ "reason": lifted.reason, "engaged_by": lifted.engaged_by })),
        new: None,
    };
    audit::append(tx, actor, &entry).await?;
    Ok(true)
}

/// Whether the switch for everything that the tenant runs is engaged.
pub(crate) async fn stops_everything(tx: &mut TenantTx) -> Result<bool, StoreError> {
    let stops = sqlx::query_scalar!(
        r#"select exists (select from kill_switch where tenant_id = $1 and scope = 'tenant') as "stops!""#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(stops)
}

/// Every engaged switch, the oldest first.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Engaged>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select k.platform, k.account, k.campaign_id, k.reason, k.engaged_by, k.engaged_at, c.key as "key?"
        from kill_switch as k
        left join campaign as c on c.tenant_id = k.tenant_id and c.id = k.campaign_id
        where k.tenant_id = $1
        order by k.engaged_at, k.id
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let scope = guardrail::scope(row.platform.as_deref(), row.account, row.campaign_id)?;
            Ok(Engaged {
                scope,
                campaign: row.key,
                reason: row.reason,
                by: row.engaged_by,
                at: row.engaged_at,
            })
        })
        .collect()
}

/// Lets an intent of `campaign` in `account` pass that raises nothing, unless a switch is engaged. Call it in the
/// transaction that commits the intent: until that ends, nobody engages one.
///
/// # Errors
/// [`StoreError::Guardrail`] if a switch is engaged.
pub async fn permit(tx: &mut TenantTx, campaign: CampaignId, account: &AccountRef) -> Result<(), StoreError> {
    nothing_stops(tx, Some(campaign), account).await
}

/// The same for what is of no campaign: a switch over one campaign does not stop it.
///
/// # Errors
/// [`StoreError::Guardrail`] if a switch is engaged.
pub(crate) async fn permit_in(tx: &mut TenantTx, account: &AccountRef) -> Result<(), StoreError> {
    nothing_stops(tx, None, account).await
}

async fn nothing_stops(
    tx: &mut TenantTx,
    campaign: Option<CampaignId>,
    account: &AccountRef,
) -> Result<(), StoreError> {
    guardrail::lock_shared(tx).await?;
    match engaged_over(tx, campaign, account).await? {
        Some(refusal) => Err(Box::new(refusal).into()),
        None => Ok(()),
    }
}

/// The widest switch that stops `campaign` in `account`, or what is of no campaign.
pub(crate) async fn engaged_over(
    tx: &mut TenantTx,
    campaign: Option<CampaignId>,
    account: &AccountRef,
) -> Result<Option<Refusal>, StoreError> {
    let row = sqlx::query!(
        r#"
        select platform, account, campaign_id, reason, engaged_by, engaged_at
        from kill_switch
        where tenant_id = $1
            and (scope = 'tenant' or (platform = $2 and account = $3) or campaign_id = $4)
        order by array_position(array['tenant', 'account', 'campaign'], scope)
        limit 1
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        campaign.map(|campaign| campaign.0) as Option<Uuid>,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Refusal::Stopped {
            scope: guardrail::scope(row.platform.as_deref(), row.account, row.campaign_id)?,
            by: row.engaged_by,
            at: row.engaged_at,
            reason: row.reason,
        })
    })
    .transpose()
}
