//! How much of each platform's rate limits is used, by the platforms' own headers.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::AccountRef;
use rust_decimal::Decimal;

/// The state of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The platform's name for the limit.
    pub bucket: String,
    /// How much of it is used; above 100 calls are refused.
    pub used_percent: Decimal,
    /// When calls are taken again, if the platform refuses them now.
    pub blocked_until: Option<DateTime<Utc>>,
    /// When the platform said so.
    pub observed_at: DateTime<Utc>,
}

/// Notes what a platform said of its limits. What was said earlier than what is known is left aside.
pub async fn note(tx: &mut TenantTx, account: &AccountRef, quota: &Quota) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into platform_quota as q (
            tenant_id, platform, account, bucket, used_percent, blocked_until, observed_at
        )
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint platform_quota_pkey do update
        set
            used_percent = excluded.used_percent,
            blocked_until = excluded.blocked_until,
            observed_at = excluded.observed_at
        where q.observed_at < excluded.observed_at
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        quota.bucket,
        quota.used_percent,
        quota.blocked_until,
        quota.observed_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every limit known of an account.
pub async fn list(tx: &mut TenantTx, account: &AccountRef) -> Result<Vec<Quota>, StoreError> {
    let quotas = sqlx::query_as!(
        Quota,
        r#"
        select bucket, used_percent, blocked_until, observed_at
        from platform_quota
        where tenant_id = $1 and platform = $2 and account = $3
        order by bucket
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(quotas)
}
