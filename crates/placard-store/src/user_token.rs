//! Tokens that are sent to an address and prove, once, that their bearer reads it.

use crate::{StoreError, SystemTx, TokenHash, stored};
use chrono::{DateTime, Utc};
use placard_domain::UserId;

stored::words! {
    /// What a token is for.
    Purpose {
        /// To show that an address is the person's.
        VerifyEmail = "verify_email",
        /// To choose another password.
        ResetPassword = "reset_password",
    }
}

/// Stores a token.
pub async fn create(
    tx: &mut SystemTx,
    purpose: Purpose,
    user: UserId,
    hash: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into user_token (hash, purpose, user_id, expires_at)
        values ($1, $2, $3, $4)
        "#,
        hash.as_bytes(),
        purpose.as_str(),
        user.0,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Uses a token up, and with it every other one of the same person and purpose. Returns whose it is, or nothing if it
/// is unknown, used, too old, or for something else.
pub async fn redeem(
    tx: &mut SystemTx,
    purpose: Purpose,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<UserId>, StoreError> {
    // The person's row is locked first, so that two tokens of one person follow each other.
    let user = sqlx::query_scalar!(
        r#"
        select u.id
        from user_token as t
        join users as u on u.id = t.user_id
        where t.hash = $1 and t.purpose = $2 and t.used_at is null and t.expires_at > $3 and u.deleted_at is null
        for no key update of u
        "#,
        hash.as_bytes(),
        purpose.as_str(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(user) = user else { return Ok(None) };
    let used = sqlx::query_scalar!(
        r#"
        update user_token
        set used_at = $3
        where user_id = $1 and purpose = $2 and used_at is null
        returning hash
        "#,
        user,
        purpose.as_str(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(used.iter().any(|used| used == hash.as_bytes()).then_some(UserId(user)))
}

/// Forgets tokens that are too old. Returns how many it was.
pub async fn purge(tx: &mut SystemTx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let gone = sqlx::query!("delete from user_token where expires_at <= $1", now).execute(tx.conn()).await?;
    Ok(gone.rows_affected())
}
