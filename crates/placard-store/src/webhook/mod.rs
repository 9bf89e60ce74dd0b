//! What platforms tell by themselves: whom it concerns, each thing once, and what was not taken.

mod dead;
mod notice;
mod subscription;
mod tally;

pub use dead::{Dead, bury, dead, replay};
pub use notice::{Count, NewNotice, Waiting, counts, handled, purge, take, waiting};
pub use subscription::{NewSubscription, Subscribed, subscribe, subscriptions};
pub use tally::{Tally, purge as purge_tally, refuse, tally};

use crate::{StoreError, SystemTx, TokenHash};
use placard_domain::{AccountRef, ConnectionId, Platform, TenantId};

/// A connection that a delivery concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub connection: ConnectionId,
    /// Its ad account.
    pub account: AccountRef,
    /// Base address of the platform's API where it is not the public one.
    pub endpoint: Option<String>,
}

/// Every connection to an ad account. Several tenants may have one to the same.
pub async fn of_account(tx: &mut SystemTx, account: &AccountRef) -> Result<Vec<Target>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.tenant_id, c.id, c.endpoint
        from ad_account as a
        join connection as c on c.tenant_id = a.tenant_id and c.ad_account_id = a.id
        where a.platform = $1 and a.remote_id = $2
        order by c.tenant_id
        "#,
        account.platform.as_str(),
        account.id,
    )
    .fetch_all(tx.conn())
    .await?;
    let target = |tenant, id, endpoint| Target {
        tenant: TenantId(tenant),
        connection: ConnectionId(id),
        account: account.clone(),
        endpoint,
    };
    Ok(rows.into_iter().map(|row| target(row.tenant_id, row.id, row.endpoint)).collect())
}

/// Every connection that speaks as a page.
pub async fn of_page(tx: &mut SystemTx, platform: Platform, page: &str) -> Result<Vec<Target>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.tenant_id, c.id, c.endpoint, a.remote_id
        from connection as c
        join ad_account as a on a.tenant_id = c.tenant_id and a.id = c.ad_account_id
        where c.platform = $1 and c.page_id = $2
        order by c.tenant_id, a.remote_id
        "#,
        platform.as_str(),
        page,
    )
    .fetch_all(tx.conn())
    .await?;
    let targets = rows.into_iter().map(|row| Target {
        tenant: TenantId(row.tenant_id),
        connection: ConnectionId(row.id),
        account: AccountRef { platform, id: row.remote_id },
        endpoint: row.endpoint,
    });
    Ok(targets.collect())
}

/// The connection whose callback ends with this token.
pub async fn of_token(
    tx: &mut SystemTx,
    platform: Platform,
    token: &TokenHash,
) -> Result<Option<Target>, StoreError> {
    let row = sqlx::query!(
        r#"
        select c.tenant_id, c.id, c.endpoint, a.remote_id
        from webhook_subscription as s
        join connection as c on c.tenant_id = s.tenant_id and c.id = s.connection_id
        join ad_account as a on a.tenant_id = c.tenant_id and a.id = c.ad_account_id
        where s.token_hash = $1 and c.platform = $2
        limit 1
        "#,
        token.as_bytes(),
        platform.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Target {
        tenant: TenantId(row.tenant_id),
        connection: ConnectionId(row.id),
        account: AccountRef { platform, id: row.remote_id },
        endpoint: row.endpoint,
    }))
}
