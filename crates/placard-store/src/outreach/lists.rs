//! Those who must not be written to, and what people said about it.

use super::setting::address_key;
use crate::{StoreError, TenantTx, Vault};
use chrono::{DateTime, Utc};
use placard_domain::outreach::{ConsentState, SuppressionReason};

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEntry {
    /// Whose address.
    pub address: String,
    /// What.
    pub state: ConsentState,
    /// Where they said it, for people.
    pub source: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Puts addresses on the list of those who must not be written to. Returns how many were not on it.
pub async fn suppress(
    tx: &mut TenantTx,
    vault: &Vault,
    addresses: &[String],
    reason: SuppressionReason,
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let key = address_key(tx, vault).await?;
    let hashes: Vec<Vec<u8>> = addresses.iter().map(|address| key.hash(address)).collect();
    let added = sqlx::query!(
        r#"
        insert into suppression (tenant_id, address_hash, reason, at)
        select $1, hash, $3, $4
        from unnest($2::bytea[]) as hash
        on conflict on constraint suppression_pkey do nothing
        "#,
        tx.tenant().0,
        &hashes,
        reason.as_str(),
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected())
}

/// How many addresses are on the list, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListCounts {
    /// Messages to them came back.
    pub bounce: i64,
    /// They complained.
    pub complaint: i64,
    /// They asked to be left alone.
    pub unsubscribe: i64,
    /// A person put them there.
    pub manual: i64,
}

/// How many addresses must not be written to.
pub async fn list_counts(tx: &mut TenantTx) -> Result<ListCounts, StoreError> {
    let counts = sqlx::query_as!(
        ListCounts,
        r#"
        select
            count(*) filter (where reason = 'bounce') as "bounce!",
            count(*) filter (where reason = 'complaint') as "complaint!",
            count(*) filter (where reason = 'unsubscribe') as "unsubscribe!",
            count(*) filter (where reason = 'manual') as "manual!"
        from suppression
        where tenant_id = $1
        "#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(counts)
}

/// Takes an address that a person put on the list off it again. One that bounced, complained or unsubscribed stays.
pub async fn lift(tx: &mut TenantTx, vault: &Vault, address: &str) -> Result<bool, StoreError> {
    let key = address_key(tx, vault).await?;
    let lifted = sqlx::query!(
        "delete from suppression where tenant_id = $1 and address_hash = $2 and reason = 'manual'",
        tx.tenant().0,
        key.hash(address),
    )
    .execute(tx.conn())
    .await?;
    Ok(lifted.rows_affected() > 0)
}

/// Keeps what somebody said. What was said later counts, in whatever order it arrives.
pub async fn consent(tx: &mut TenantTx, vault: &Vault, entry: &ConsentEntry) -> Result<(), StoreError> {
    let key = address_key(tx, vault).await?;
    sqlx::query!(
        r#"
        insert into consent as c (tenant_id, address_hash, state, source, at)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint consent_pkey do update
        set state = excluded.state, source = excluded.source, at = excluded.at
        where c.at <= excluded.at
        "#,
        tx.tenant().0,
        key.hash(&entry.address),
        entry.state.as_str(),
        entry.source,
        entry.at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
