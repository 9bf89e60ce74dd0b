//! One-time passwords as a second factor (RFC 6238), and the codes that stand in for them.

use crate::{Place, StoreError, SystemTx, TokenHash, Vault};
use chrono::{DateTime, Utc};
use placard_domain::UserId;

/// What is kept of a person's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// The secret, as [`Vault::seal_system`](crate::Vault::seal_system) made it.
    pub sealed: Vec<u8>,
    /// Since when signing in asks for it; `None` until a first password was right.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The time step of the last password that was taken.
    pub last_step: Option<i64>,
}

/// Stores a secret to be confirmed, in place of an unconfirmed one. Returns whether it was stored: one that is
/// confirmed stands until it is removed.
pub async fn enrol(tx: &mut SystemTx, user: UserId, sealed: &[u8]) -> Result<bool, StoreError> {
    let stored = sqlx::query!(
        r#"
        insert into user_totp as t (user_id, secret)
        values ($1, $2)
        on conflict on constraint user_totp_pkey do update
        set secret = excluded.secret, created_at = excluded.created_at, last_step = null
        where t.confirmed_at is null
        "#,
        user.0,
        sealed,
    )
    .execute(tx.conn())
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// The person's second factor, confirmed or not.
pub async fn find(tx: &mut SystemTx, user: UserId) -> Result<Option<Totp>, StoreError> {
    let found = sqlx::query_as!(
        Totp,
        r#"
        select secret as sealed, confirmed_at, last_step
        from user_totp
        where user_id = $1
        "#,
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// Takes the second factor into use, with `recovery` codes in place of any earlier ones.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none that waits to be confirmed.
pub async fn confirm(
    tx: &mut SystemTx,
    user: UserId,
    recovery: &[TokenHash],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let confirmed = sqlx::query!(
        r#"
        update user_totp
        set confirmed_at = $2
        where user_id = $1 and confirmed_at is null
        "#,
        user.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if confirmed.rows_affected() == 0 {
        return Err(StoreError::not_found("unconfirmed second factor of user", user));
    }
    replace_recovery(tx, user, recovery).await
}

/// Gives the person other recovery codes. The earlier ones are good for nothing from then on.
pub async fn replace_recovery(
    tx: &mut SystemTx,
    user: UserId,
    codes: &[TokenHash],
) -> Result<(), StoreError> {
    sqlx::query!("delete from totp_recovery where user_id = $1", user.0).execute(tx.conn()).await?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| code.as_bytes().to_vec()).collect();
    sqlx::query!(
        r#"
        insert into totp_recovery (user_id, hash)
        select $1, hash
        from unnest($2::bytea[]) as given (hash)
        "#,
        user.0,
        &hashes,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a password's time step, once: one that is not later than the last is a replay, and refused.
pub async fn accept_step(tx: &mut SystemTx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let accepted = sqlx::query!(
        r#"
        update user_totp
        set last_step = $2
        where user_id = $1 and (last_step is null or last_step < $2)
        "#,
        user.0,
        step,
    )
    .execute(tx.conn())
    .await?;
    Ok(accepted.rows_affected() == 1)
}

/// Uses up a recovery code. Returns whether it was one that is good.
pub async fn redeem_recovery(
    tx: &mut SystemTx,
    user: UserId,
    code: &TokenHash,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        r#"
        update totp_recovery
        set used_at = $3
        where user_id = $1 and hash = $2 and used_at is null
        "#,
        user.0,
        code.as_bytes(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(used.rows_affected() == 1)
}

/// How many recovery codes are left.
pub async fn recovery_left(tx: &mut SystemTx, user: UserId) -> Result<i64, StoreError> {
    let left = sqlx::query_scalar!(
        r#"
        select count(*) as "left!"
        from totp_recovery
        where user_id = $1 and used_at is null
        "#,
        user.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(left)
}

/// Does without a second factor from now on.
pub async fn remove(tx: &mut SystemTx, user: UserId) -> Result<(), StoreError> {
    sqlx::query!("delete from totp_recovery where user_id = $1", user.0).execute(tx.conn()).await?;
    sqlx::query!("delete from user_totp where user_id = $1", user.0).execute(tx.conn()).await?;
    Ok(())
}

/// Where a person's secret stands.
pub const fn place(user: UserId) -> Place {
    Place { table: "user_totp", column: "secret", row: user.0 }
}

/// Seals up to `limit` second factors anew that a retired key of the system sealed, and returns how many it was; 0 means that
/// none is left but what someone else works on at this moment. It runs beside everything else and may stop anywhere.
pub async fn reseal(tx: &mut SystemTx, vault: &Vault, limit: i64) -> Result<u64, StoreError> {
    let current = vault.current_system_key_id(tx).await?;
    let rows = sqlx::query!(
        r#"
        select user_id, secret
        from user_totp
        where substring(secret for 16) <> uuid_send($1)
        order by user_id
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
        let sealed = vault.reseal_system(tx, place(UserId(row.user_id)), &row.secret).await?;
        sqlx::query!("update user_totp set secret = $2 where user_id = $1", row.user_id, sealed)
            .execute(tx.conn())
            .await?;
        resealed += 1;
    }
    Ok(resealed)
}
