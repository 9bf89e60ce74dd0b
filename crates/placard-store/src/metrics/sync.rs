//! How far an account's numbers are read.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{AccountRef, metric::Level};

/// How rows of a sync are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grain {
    /// By day.
    Daily,
    /// By hour.
    Hourly,
    /// By day and part of the audience; the text is the dimension.
    Split(String),
}

impl std::fmt::Display for Grain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Daily => f.write_str("daily"),
            Self::Hourly => f.write_str("hourly"),
            Self::Split(dimension) => write!(f, "daily/{dimension}"),
        }
    }
}

/// The last day that was read; `None` before the first time.
pub async fn synced_through(
    tx: &mut TenantTx,
    account: &AccountRef,
    level: Level,
    grain: &Grain,
) -> Result<Option<NaiveDate>, StoreError> {
    let day = sqlx::query_scalar!(
        r#"
        select synced_through
        from metric_sync
        where tenant_id = $1 and platform = $2 and account = $3 and level = $4 and grain = $5
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        level.as_str(),
        grain.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(day)
}

/// Notes that everything up to `through` was read. Reading an older range again moves nothing back. The account and
/// the campaigns with objects in it are marked as synced.
pub async fn note(
    tx: &mut TenantTx,
    account: &AccountRef,
    level: Level,
    grain: &Grain,
    through: NaiveDate,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with noted as (
            insert into metric_sync as s (tenant_id, platform, account, level, grain, synced_through, synced_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict on constraint metric_sync_pkey do update
            set
                synced_through = greatest(s.synced_through, excluded.synced_through),
                synced_at = greatest(s.synced_at, excluded.synced_at)
        ),
        account_noted as (
            update ad_account
            set last_synced_at = greatest(last_synced_at, $7)
            where tenant_id = $1 and platform = $2 and remote_id = $3
        )
        update campaign as c
        set last_synced_at = greatest(c.last_synced_at, $7)
        where c.tenant_id = $1 and exists (
            select
            from platform_object as o
            where o.tenant_id = $1 and o.campaign_id = c.id and o.platform = $2 and o.account = $3
        )
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        level.as_str(),
        grain.to_string(),
        through,
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
