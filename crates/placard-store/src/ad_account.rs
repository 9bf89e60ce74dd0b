//! Ad accounts as their platforms describe them.

use crate::{StoreError, TenantTx, stored, subscription};
use chrono::{DateTime, Utc};
use placard_domain::{AccountId, AccountRef, AdAccount, Platform, limits::Limited};
use uuid::Uuid;

/// An ad account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id here.
    pub id: AccountId,
    /// What the platform said of it last.
    pub description: AdAccount,
    /// When it said so.
    pub observed_at: DateTime<Utc>,
    /// When its numbers were last read.
    pub last_synced_at: Option<DateTime<Utc>>,
}

/// Stores what a platform says of an account.
///
/// # Errors
/// [`StoreError::PlanLimit`] if it is a new one and the tenant's plan does not allow it.
pub async fn upsert(tx: &mut TenantTx, said: &AdAccount, at: DateTime<Utc>) -> Result<AccountId, StoreError> {
    if find(tx, &said.account).await?.is_none() {
        let tenant = tx.tenant();
        subscription::allow_one_more(tx.conn(), tenant, Limited::Accounts, at).await?;
    }
    let id = sqlx::query_scalar!(
        r#"
        insert into ad_account as a (
            tenant_id, id, platform, remote_id, name, currency, time_zone, status, active, payment_connected,
            business_id, spend_cap_minor, observed_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict on constraint ad_account_remote_id_unique do update
        set
            name = excluded.name,
            currency = excluded.currency,
            time_zone = excluded.time_zone,
            status = excluded.status,
            active = excluded.active,
            payment_connected = excluded.payment_connected,
            business_id = excluded.business_id,
            spend_cap_minor = excluded.spend_cap_minor,
            observed_at = excluded.observed_at
        returning a.id
        "#,
        tx.tenant().0,
        Uuid::now_v7(),
        said.account.platform.as_str(),
        said.account.id,
        said.name,
        said.currency.code(),
        said.zone.name(),
        said.status,
        said.active,
        said.payment_connected,
        said.business_id,
        said.spend_cap_minor,
        at,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(AccountId(id))
}

/// One account by its platform's id.
pub async fn find(tx: &mut TenantTx, account: &AccountRef) -> Result<Option<Stored>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, platform, remote_id, name, currency, time_zone, status, active, payment_connected, business_id,
            spend_cap_minor, observed_at, last_synced_at
        from ad_account
        where tenant_id = $1 and platform = $2 and remote_id = $3
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Stored::try_from).transpose()
}

/// Every account of the tenant, by platform and name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, platform, remote_id, name, currency, time_zone, status, active, payment_connected, business_id,
            spend_cap_minor, observed_at, last_synced_at
        from ad_account
        where tenant_id = $1
        order by platform, name, remote_id
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Stored::try_from).collect()
}

struct Row {
    id: Uuid,
    platform: String,
    remote_id: String,
    name: String,
    currency: String,
    time_zone: String,
    status: String,
    active: bool,
    payment_connected: bool,
    business_id: Option<String>,
    spend_cap_minor: Option<i64>,
    observed_at: DateTime<Utc>,
    last_synced_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Stored {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform: Platform = stored::word("ad_account.platform", &row.platform)?;
        Ok(Self {
            id: AccountId(row.id),
            description: AdAccount {
                account: AccountRef { platform, id: row.remote_id },
                name: row.name,
                currency: stored::parsed("ad_account.currency", &row.currency)?,
                zone: stored::parsed("ad_account.time_zone", &row.time_zone)?,
                status: row.status,
                active: row.active,
                payment_connected: row.payment_connected,
                business_id: row.business_id,
                spend_cap_minor: row.spend_cap_minor,
            },
            observed_at: row.observed_at,
            last_synced_at: row.last_synced_at,
        })
    }
}
