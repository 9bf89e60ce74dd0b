//! People.

use crate::{StoreError, SystemTx};
use placard_domain::UserId;

/// What signing in needs to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The person.
    pub id: UserId,
    /// The address as it was given.
    pub email: String,
    /// Argon2id in PHC form, for [`crate::password::verify`].
    pub password_hash: String,
}

/// Adds a person.
pub async fn insert(
    tx: &mut SystemTx,
    id: UserId,
    email: &str,
    password_hash: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into users (id, email, password_hash)
        values ($1, $2, $3)
        "#,
        id.0,
        email.trim(),
        password_hash,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The person with this address, whatever the case of its letters.
pub async fn find_by_email(tx: &mut SystemTx, email: &str) -> Result<Option<Credentials>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id, email, password_hash
        from users
        where lower(email) = lower($1) and deleted_at is null
        "#,
        email.trim(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Credentials { id: UserId(row.id), email: row.email, password_hash: row.password_hash }))
}

/// Notes that the person signed in.
pub async fn note_login(tx: &mut SystemTx, id: UserId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update users
        set last_login_at = now()
        where id = $1
        "#,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives the person another password.
pub async fn set_password_hash(tx: &mut SystemTx, id: UserId, password_hash: &str) -> Result<(), StoreError> {
    let changed = sqlx::query!(
        r#"
        update users
        set password_hash = $2, updated_at = now()
        where id = $1 and deleted_at is null
        "#,
        id.0,
        password_hash,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("user", id));
    }
    Ok(())
}
