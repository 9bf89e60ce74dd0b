//! The tokens of an access: sealed, opened, renewed.

use crate::{Place, StoreError, TenantTx, Vault};
use chrono::{DateTime, Utc};
use placard_domain::ConnectionId;
use secrecy::SecretString;

/// The tokens of a connection.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The user's or system user's.
    pub token: SecretString,
    /// The page's.
    pub page_token: Option<SecretString>,
    /// What a new one is asked for with.
    pub refresh_token: Option<SecretString>,
}

/// The tokens of a connection, opened.
pub async fn tokens(tx: &mut TenantTx, vault: &Vault, id: ConnectionId) -> Result<Tokens, StoreError> {
    let row = sqlx::query!(
        r#"
        select token, page_token, refresh_token
        from connection
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| StoreError::not_found("connection", id))?;

    let token = vault.open(tx, token_place(id), &row.token).await?;
    let page_token = open(tx, vault, page_token_place(id), row.page_token.as_deref()).await?;
    let refresh_token = open(tx, vault, refresh_token_place(id), row.refresh_token.as_deref()).await?;
    Ok(Tokens { token, page_token, refresh_token })
}

/// Puts a fresh token in the place of the one that it was asked for with. A `refresh_token` that is `None` leaves the
/// earlier one in place.
pub async fn renew(
    tx: &mut TenantTx,
    vault: &Vault,
    id: ConnectionId,
    token: &SecretString,
    refresh_token: Option<&SecretString>,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let token = vault.seal(tx, token_place(id), token).await?;
    let refresh_token = seal(tx, vault, refresh_token_place(id), refresh_token).await?;
    let changed = sqlx::query!(
        r#"
        update connection
        set
            token = $3,
            refresh_token = coalesce($4, refresh_token),
            token_expires_at = $5,
            status = 'active',
            last_error = null,
            updated_at = now()
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
        token,
        refresh_token,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("connection", id));
    }
    Ok(())
}

pub(super) async fn seal(
    tx: &mut TenantTx,
    vault: &Vault,
    place: Place,
    secret: Option<&SecretString>,
) -> Result<Option<Vec<u8>>, StoreError> {
    match secret {
        Some(secret) => vault.seal(tx, place, secret).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn open(
    tx: &mut TenantTx,
    vault: &Vault,
    place: Place,
    sealed: Option<&[u8]>,
) -> Result<Option<SecretString>, StoreError> {
    match sealed {
        Some(sealed) => vault.open(tx, place, sealed).await.map(Some),
        None => Ok(None),
    }
}

pub(super) const fn token_place(id: ConnectionId) -> Place {
    Place { table: "connection", column: "token", row: id.0 }
}

pub(super) const fn page_token_place(id: ConnectionId) -> Place {
    Place { table: "connection", column: "page_token", row: id.0 }
}

pub(super) const fn refresh_token_place(id: ConnectionId) -> Place {
    Place { table: "connection", column: "refresh_token", row: id.0 }
}
