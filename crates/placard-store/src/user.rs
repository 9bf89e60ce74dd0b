//! People.

use crate::{
    StoreError, SystemTx, audit,
    session::{self, RevokedReason},
    tenant,
};
use chrono::{DateTime, Utc};
use placard_domain::UserId;
use serde_json::Value;
use uuid::Uuid;

/// A person, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The address as it was given.
    pub email: String,
    /// What the person goes by.
    pub profile: Profile,
    /// Since when the address is known to be the person's.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When the person signed in last.
    pub last_login_at: Option<DateTime<Utc>>,
    /// Since when the person is here.
    pub created_at: DateTime<Utc>,
}

/// What a person says about themself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// A name that is theirs alone.
    pub username: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Address of a picture.
    pub avatar_url: Option<String>,
    /// What the person chose, by name.
    pub preferences: Value,
}

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

/// One person.
pub async fn find(tx: &mut SystemTx, id: UserId) -> Result<Option<User>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, email, username, first_name, last_name, avatar_url, preferences, email_verified_at, last_login_at,
            created_at
        from users
        where id = $1 and deleted_at is null
        "#,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(User::from))
}

/// Replaces what a person says about themself.
///
/// # Errors
/// [`Constraint::Username`](crate::Constraint) if someone has that user name.
pub async fn update_profile(tx: &mut SystemTx, id: UserId, profile: &Profile) -> Result<(), StoreError> {
    let changed = sqlx::query!(
        r#"
        update users
        set
            username = $2, first_name = $3, last_name = $4, avatar_url = $5, preferences = $6, updated_at = now()
        where id = $1 and deleted_at is null
        "#,
        id.0,
        profile.username,
        profile.first_name,
        profile.last_name,
        profile.avatar_url,
        profile.preferences,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("user", id));
    }
    Ok(())
}

/// Notes that the address is the person's. The first time stands.
pub async fn verify_email(tx: &mut SystemTx, id: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let changed = sqlx::query!(
        r#"
        update users
        set email_verified_at = coalesce(email_verified_at, $2), updated_at = now()
        where id = $1 and deleted_at is null
        "#,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found("user", id));
    }
    Ok(())
}

/// Lets a person go: every tenant, login, API key and means of signing in is taken away, and the address is free again.
/// The row stays, because what the person did stays on record.
///
/// # Errors
/// [`StoreError::LastAdmin`] if a tenant would be left without an admin.
pub async fn soft_delete(
    tx: &mut SystemTx,
    actor: &audit::Actor,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // In the order of tenants, so that two who leave at once do not wait for each other.
    for membership in tenant::memberships_of(tx, id).await? {
        let keys = tenant::leave(tx.conn(), membership.tenant, id, now).await?;
        audit::append_from_system(tx, membership.tenant, actor, &tenant::left(id, &keys)).await?;
    }
    session::revoke_all(tx, id, None, RevokedReason::Revoked, now).await?;
    crate::totp::remove(tx, id).await?;
    let gone = sqlx::query!(
        r#"
        update users
        set deleted_at = $2, updated_at = now()
        where id = $1 and deleted_at is null
        "#,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::not_found("user", id));
    }
    Ok(())
}

struct Row {
    id: Uuid,
    email: String,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar_url: Option<String>,
    preferences: Value,
    email_verified_at: Option<DateTime<Utc>>,
    last_login_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        let Row { username, first_name, last_name, avatar_url, preferences, .. } = row;
        Self {
            id: UserId(row.id),
            email: row.email,
            profile: Profile { username, first_name, last_name, avatar_url, preferences },
            email_verified_at: row.email_verified_at,
            last_login_at: row.last_login_at,
            created_at: row.created_at,
        }
    }
}
