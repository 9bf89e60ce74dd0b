//! Spend ceilings, and what is committed under them.
//!
//! A commitment is what a campaign can spend in a day in one account. It is raised by [`reserve`] in the transaction
//! that commits the intent which could raise it, and lowered by [`settle`] once the outcome that lowered it is on
//! record. All of that happens under one lock for each tenant, so no two writers can share the same room.

mod reserve;

pub use reserve::{Wish, foresee, reserve, settle};

use crate::{
    StoreError, TenantTx,
    audit::{self, Action, Actor, Entry},
    exchange_rate,
    guardrail::{self, Columns},
    stored,
};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    AccountRef, CampaignId, Currency, Money,
    guardrail::{Ceiling, Commitment, Converted, Rates, Scope, TotalError, total},
};
use serde_json::json;
use uuid::Uuid;

/// A ceiling and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The ceiling.
    pub ceiling: Ceiling,
    /// The key of the campaign, if it is for one.
    pub campaign: Option<String>,
    /// What is committed under it, in its currency; or why that cannot be known.
    pub committed: Result<Converted, TotalError>,
    /// Who set it, for people.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

impl Standing {
    /// Whether more is committed than it allows. It does not stop what runs; it stops every raise.
    pub fn is_exceeded(&self) -> bool {
        let daily = self.ceiling.daily.minor();
        self.committed.as_ref().is_ok_and(|committed| committed.amount.minor() > daily)
    }
}

/// Sets a ceiling, in place of an earlier one for the same scope. It may lie below what is committed: nothing is
/// stopped then, but nothing can be raised, and what is returned says so.
///
/// # Errors
/// [`StoreError::Conflict`] if there is no such campaign.
pub async fn set(
    tx: &mut TenantTx,
    actor: &Actor,
    new: &Ceiling,
    today: NaiveDate,
) -> Result<Standing, StoreError> {
    guardrail::lock(tx).await?;
    take_stock(tx).await?;
    let (columns, currency) = (Columns::from(&new.scope), new.daily.currency());
    let old = list(tx, today).await?.into_iter().find(|standing| standing.ceiling.scope == new.scope);
    sqlx::query!(
        r#"
        insert into spend_ceiling (
            tenant_id, id, scope, platform, account, campaign_id, daily_minor, currency, set_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint spend_ceiling_scope_unique do update
        set
            daily_minor = excluded.daily_minor,
            currency = excluded.currency,
            set_by = excluded.set_by,
            set_at = now()
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        columns.kind,
        columns.platform,
        columns.account,
        columns.campaign,
        new.daily.minor(),
        currency.code(),
        actor.name(),
    )
    .execute(tx.conn())
    .await?;
    let entry = Entry {
        action: if old.is_some() { Action::Update } else { Action::Create },
        entity_type: "spend_ceiling",
        entity_id: new.scope.to_string(),
        old: old.map(|old| json!({ "daily": old.ceiling.daily })),
        new: Some(json!({ "daily": new.daily })),
    };
    audit::append(tx, actor, &entry).await?;
    let standing = list(tx, today).await?.into_iter().find(|standing| standing.ceiling.scope == new.scope);
    standing.ok_or_else(|| StoreError::not_found("ceiling for", &new.scope))
}

/// Removes the ceiling of `scope`. Returns whether there was one.
pub async fn remove(tx: &mut TenantTx, actor: &Actor, scope: &Scope) -> Result<bool, StoreError> {
    guardrail::lock(tx).await?;
    let columns = Columns::from(scope);
    let removed = sqlx::query!(
        r#"
        delete from spend_ceiling
        where tenant_id = $1 and platform is not distinct from $2 and account is not distinct from $3
            and campaign_id is not distinct from $4
        returning daily_minor, currency
        "#,
        tx.tenant().0,
        columns.platform,
        columns.account,
        columns.campaign,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(removed) = removed else { return Ok(false) };
    let daily = money("spend_ceiling.currency", removed.daily_minor, &removed.currency)?;
    let entry = Entry {
        action: Action::Delete,
        entity_type: "spend_ceiling",
        entity_id: scope.to_string(),
        old: Some(json!({ "daily": daily })),
        new: None,
    };
    audit::append(tx, actor, &entry).await?;
    Ok(true)
}

/// Every ceiling, the widest first, with what stands under it by the rates for `today`.
pub async fn list(tx: &mut TenantTx, today: NaiveDate) -> Result<Vec<Standing>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select
            s.platform, s.account, s.campaign_id, s.daily_minor, s.currency, s.set_by, s.set_at, c.key as "key?"
        from spend_ceiling as s
        left join campaign as c on c.tenant_id = s.tenant_id and c.id = s.campaign_id
        where s.tenant_id = $1
        order by array_position(array['tenant', 'account', 'campaign'], s.scope), s.platform, s.account, c.key
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let commitments = commitments(tx).await?;
    let mut ceilings = Vec::new();
    for row in rows {
        let scope = guardrail::scope(row.platform.as_deref(), row.account, row.campaign_id)?;
        let daily = money("spend_ceiling.currency", row.daily_minor, &row.currency)?;
        ceilings.push((Ceiling { scope, daily }, row.key, row.set_by, row.set_at));
    }
    let currencies: Vec<Currency> = ceilings
        .iter()
        .map(|(ceiling, ..)| ceiling.daily.currency())
        .chain(commitments.iter().map(|commitment| commitment.daily.currency()))
        .collect();
    let rates = exchange_rate::newest(tx, &currencies, today).await?;
    let standing = |(ceiling, campaign, set_by, set_at)| {
        let committed = committed_under(&ceiling, &commitments, &rates);
        Standing { ceiling, campaign, committed, set_by, set_at }
    };
    Ok(ceilings.into_iter().map(standing).collect())
}

/// What is committed, by campaign and account.
pub async fn commitments(tx: &mut TenantTx) -> Result<Vec<Commitment>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select campaign_id, platform, account, currency, daily_minor
        from committed_budget
        where tenant_id = $1
        order by platform, account, campaign_id
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let platform = stored::word("committed_budget.platform", &row.platform)?;
            Ok(Commitment {
                campaign: CampaignId(row.campaign_id),
                account: AccountRef { platform, id: row.account },
                daily: money("committed_budget.currency", row.daily_minor, &row.currency)?,
            })
        })
        .collect()
}

fn committed_under(
    ceiling: &Ceiling,
    commitments: &[Commitment],
    rates: &Rates,
) -> Result<Converted, TotalError> {
    // One sum for each currency, rounded once: the same sums that a reservation compares.
    let mut sums: Vec<Money> = Vec::new();
    for commitment in commitments.iter().filter(|one| ceiling.scope.covers(one.campaign, &one.account)) {
        match sums.iter_mut().find(|sum| sum.currency() == commitment.daily.currency()) {
            Some(sum) => *sum = sum.checked_add(commitment.daily)?,
            None => sums.push(commitment.daily),
        }
    }
    total(&sums, rates, ceiling.daily.currency())
}

/// Enters what was published before commitments were kept. What is on record already stays as it is.
async fn take_stock(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into committed_budget (tenant_id, campaign_id, platform, account, currency, daily_minor)
        select tenant_id, campaign_id, platform, account, daily_cost_currency, sum(daily_cost_minor)
        from platform_object as o
        where tenant_id = $1 and presence = 'present' and applied_run is distinct from 'paused'
            and not exists (
                select
                from platform_object as c
                where c.tenant_id = o.tenant_id and c.campaign_id = o.campaign_id and c.platform = o.platform
                    and c.account = o.account and c.kind = 'campaign' and c.presence = 'present'
                    and c.applied_run = 'paused'
            )
        group by tenant_id, campaign_id, platform, account, daily_cost_currency
        having sum(daily_cost_minor) > 0
        on conflict on constraint committed_budget_pkey do nothing
        "#,
        tx.tenant().0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn money(column: &'static str, minor: i64, currency: &str) -> Result<Money, StoreError> {
    Ok(Money::new(minor, stored::parsed(column, currency)?))
}
