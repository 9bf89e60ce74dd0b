//! Keys that sign access tokens.

use crate::{Place, StoreError, SystemTx, Vault};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A key pair, its private half sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The kid in a token's header.
    pub id: String,
    /// The public half.
    pub public: Vec<u8>,
    /// The private half, as [`Vault::seal_system`](crate::Vault::seal_system) made it.
    pub sealed: Vec<u8>,
    /// From when on it signs. It is published before, so that nobody meets it unprepared.
    pub activates_at: DateTime<Utc>,
    /// From when on tokens signed by it are refused, if that is decided.
    pub retires_at: Option<DateTime<Utc>>,
}

/// Stores a key.
pub async fn insert(tx: &mut SystemTx, key: &SigningKey) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into signing_key (id, public, sealed, activates_at, retires_at)
        values ($1, $2, $3, $4, $5)
        "#,
        key.id,
        key.public,
        key.sealed,
        key.activates_at,
        key.retires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every key whose tokens are taken at `now`, with those that will sign later; the one to sign with next comes last.
pub async fn all_usable(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<Vec<SigningKey>, StoreError> {
    let keys = sqlx::query_as!(
        SigningKey,
        r#"
        select id, public, sealed, activates_at, retires_at
        from signing_key
        where retires_at is null or retires_at > $1
        order by activates_at, id
        "#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(keys)
}

/// Decides when tokens signed by a key are refused. An earlier decision stands if it is sooner.
pub async fn retire(tx: &mut SystemTx, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    let retired = sqlx::query!(
        r#"
        update signing_key
        set retires_at = least(retires_at, $2)
        where id = $1
        "#,
        id,
        at,
    )
    .execute(tx.conn())
    .await?;
    if retired.rows_affected() == 0 {
        return Err(StoreError::not_found("signing key", id));
    }
    Ok(())
}

/// Where a key's private half stands. Its id is made into that of a row.
pub fn place(id: &str) -> Place {
    let hash = Sha256::digest(id.as_bytes());
    let row = Uuid::from_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"));
    Place { table: "signing_key", column: "sealed", row }
}

/// Seals up to `limit` private halves anew that a retired key of the system sealed, and returns how many it was; 0 means that
/// none is left but what someone else works on at this moment. It runs beside everything else and may stop anywhere.
pub async fn reseal(tx: &mut SystemTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_system_key_id(tx).await?;
    let rows = sqlx::query!(
        r#"
        select id, sealed
        from signing_key
        where substring(sealed for 16) <> uuid_send($1)
        order by id
        limit $2
        for update skip locked
        "#,
        current,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut resealed = 0;
    for row in rows {
        let sealed = vault.reseal_system(tx, place(&row.id), &row.sealed).await?;
        sqlx::query!("update signing_key set sealed = $2 where id = $1", row.id, sealed)
            .execute(tx.conn())
            .await?;
        resealed += 1;
    }
    Ok(resealed)
}
