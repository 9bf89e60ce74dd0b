//! Keys with which programs act for a tenant.

use crate::{
    StoreError, SystemTx, TenantTx, TokenHash,
    audit::{self, Actor},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{ApiKeyId, TenantId, UserId};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// A key as it is made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its name for people.
    pub name: String,
    /// Its first letters, by which people recognise it.
    pub prefix: String,
    /// The hash of the whole key.
    pub hash: TokenHash,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it dies; `None` if it does not.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A stored key, without its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// For whom it acts.
    pub tenant: TenantId,
    /// Its name for people.
    pub name: String,
    /// Its first letters.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it; `None` if Placard itself did.
    pub created_by: Option<UserId>,
    /// That person's address, if it can be seen.
    pub created_by_email: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it dies.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether it is good at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Stores a key.
pub async fn create(tx: &mut TenantTx, actor: &Actor, new: &NewApiKey) -> Result<ApiKeyId, StoreError> {
    let id = ApiKeyId(Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into api_key (tenant_id, id, name, prefix, hash, scopes, created_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        tx.tenant().0,
        id.0,
        new.name,
        new.prefix,
        new.hash.as_bytes(),
        &new.scopes,
        actor.user().map(|user| user.0),
        new.expires_at,
    )
    .execute(tx.conn())
    .await?;
    let entry = audit::Entry {
        action: audit::Action::Create,
        entity_type: "api_key",
        entity_id: id.to_string(),
        old: None,
        new: Some(json!({
            "name": new.name, "prefix": new.prefix, "scopes": new.scopes, "expires_at": new.expires_at,
        })),
    };
    audit::append(tx, actor, &entry).await?;
    Ok(id)
}

/// Every key of the tenant, dead ones included, the newest first.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<ApiKey>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            k.id, k.tenant_id, k.name, k.prefix, k.scopes, k.created_by, u.email as "created_by_email?", k.created_at,
            k.last_used_at, k.expires_at, k.revoked_at
        from api_key as k
        left join users as u on u.id = k.created_by
        where k.tenant_id = $1
        order by k.created_at desc, k.id desc
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// One key.
pub async fn get(tx: &mut TenantTx, id: ApiKeyId) -> Result<ApiKey, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            k.id, k.tenant_id, k.name, k.prefix, k.scopes, k.created_by, u.email as "created_by_email?", k.created_at,
            k.last_used_at, k.expires_at, k.revoked_at
        from api_key as k
        left join users as u on u.id = k.created_by
        where k.tenant_id = $1 and k.id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(ApiKey::from).ok_or_else(|| StoreError::not_found("API key", id))
}

/// Takes a key back. Doing so again changes nothing.
pub async fn revoke(
    tx: &mut TenantTx,
    actor: &Actor,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let revoked = sqlx::query!(
        r#"
        update api_key
        set revoked_at = $3
        where tenant_id = $1 and id = $2 and revoked_at is null
        "#,
        tx.tenant().0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if revoked.rows_affected() == 0 {
        return get(tx, id).await.map(drop);
    }
    let entry = audit::Entry {
        action: audit::Action::Revoke,
        entity_type: "api_key",
        entity_id: id.to_string(),
        old: None,
        new: None,
    };
    audit::append(tx, actor, &entry).await
}

/// Takes back every key that a person made, because the person leaves. Returns them.
pub(crate) async fn revoke_all_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<ApiKeyId>, StoreError> {
    let revoked = sqlx::query_scalar!(
        r#"
        update api_key
        set revoked_at = $3
        where tenant_id = $1 and created_by = $2 and revoked_at is null
        returning id
        "#,
        tenant.0,
        user.0,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(revoked.into_iter().map(ApiKeyId).collect())
}

/// The key with this hash, good or not: see [`ApiKey::is_live`].
pub async fn find_by_hash(tx: &mut SystemTx, hash: &TokenHash) -> Result<Option<ApiKey>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            k.id, k.tenant_id, k.name, k.prefix, k.scopes, k.created_by, u.email as "created_by_email?", k.created_at,
            k.last_used_at, k.expires_at, k.revoked_at
        from api_key as k
        left join users as u on u.id = k.created_by
        where k.hash = $1
        "#,
        hash.as_bytes(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(ApiKey::from))
}

/// Notes that a key was used. Within a minute of the last note nothing is written.
pub async fn note_use(tx: &mut SystemTx, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update api_key
        set last_used_at = $2
        where id = $1 and (last_used_at is null or last_used_at <= $3)
        "#,
        id.0,
        now,
        now - TimeDelta::minutes(1),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    tenant_id: Uuid,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    created_by: Option<Uuid>,
    created_by_email: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: ApiKeyId(row.id),
            tenant: TenantId(row.tenant_id),
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            created_by: row.created_by.map(UserId),
            created_by_email: row.created_by_email,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}
