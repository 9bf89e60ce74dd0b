//! Content that is being stored and has no record yet.
//!
//! Whoever stores bytes says so before, here, and only whoever still says so when they are stored may make a record of
//! them. What nobody expects and no record names may go ([`super::is_wanted`]).

use super::purge::lock_content;
use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::asset::ContentHash;
use uuid::Uuid;

/// Names one arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivalId(Uuid);

/// Notes that this content is about to be stored; commit it before the first byte is. It waits while somebody removes the
/// same content, so that what is there afterwards stays there.
pub async fn expect(
    tx: &mut TenantTx,
    hash: &ContentHash,
    now: DateTime<Utc>,
) -> Result<ArrivalId, StoreError> {
    lock_content(tx, hash).await?;
    let id = Uuid::now_v7();
    sqlx::query!(
        "insert into asset_arrival (tenant_id, id, content_hash, began_at) values ($1, $2, $3, $4)",
        tx.tenant().0,
        id,
        hash.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(ArrivalId(id))
}

/// Notes that the bytes are stored, in the transaction that makes the record.
///
/// # Errors
/// [`StoreError::NotFound`] if it took so long that nobody expects them any more; they may be gone.
pub async fn arrived(tx: &mut TenantTx, arrival: ArrivalId) -> Result<(), StoreError> {
    let gone =
        sqlx::query!("delete from asset_arrival where tenant_id = $1 and id = $2", tx.tenant().0, arrival.0,)
            .execute(tx.conn())
            .await?;
    match gone.rows_affected() {
        0 => Err(StoreError::not_found("upload", arrival.0)),
        _ => Ok(()),
    }
}

/// Forgets those that began before `before`: of processes that died. One that lives all the same is refused by [`arrived`].
pub async fn forget(tx: &mut TenantTx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from asset_arrival where tenant_id = $1 and began_at < $2", tx.tenant().0, before,)
        .execute(tx.conn())
        .await?;
    Ok(())
}
