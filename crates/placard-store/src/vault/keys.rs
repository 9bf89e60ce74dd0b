//! Data keys in their two tables: the tenants' and the system's.

use super::{
    Scope,
    cipher::{Key, Masters, Wrapped, fresh_key},
};
use crate::{StoreError, SystemTx, TenantTx};
use uuid::Uuid;

/// The key that seals the tenant's secrets now; made if there is none yet.
pub(super) async fn current(tx: &mut TenantTx, masters: &Masters) -> Result<(Uuid, Key), StoreError> {
    if let Some(found) = find_current(tx, masters).await? {
        return Ok(found);
    }
    insert(tx, masters).await?;
    // Whoever inserted first, there is one now.
    let tenant = tx.tenant();
    let found = find_current(tx, masters).await?;
    found.ok_or_else(|| StoreError::not_found("data key of tenant", tenant))
}

async fn find_current(tx: &mut TenantTx, masters: &Masters) -> Result<Option<(Uuid, Key)>, StoreError> {
    let tenant = tx.tenant();
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id
        from data_key
        where tenant_id = $1 and retired_at is null
        "#,
        tenant.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok((row.id, masters.unwrap(Scope::Tenant(tenant), &row)?))).transpose()
}

/// Makes a key unless the tenant has one that is current. Returns the id that it has if it was made.
async fn insert(tx: &mut TenantTx, masters: &Masters) -> Result<Uuid, StoreError> {
    let (tenant, id) = (tx.tenant(), Uuid::now_v7());
    sqlx::query!(
        r#"
        insert into data_key (tenant_id, id, wrapped, master_id)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) where retired_at is null do nothing
        "#,
        tenant.0,
        id,
        masters.wrap(Scope::Tenant(tenant), id, &fresh_key()),
        masters.current_id(),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// One of the tenant's keys.
pub(super) async fn find(tx: &mut TenantTx, masters: &Masters, id: Uuid) -> Result<Option<Key>, StoreError> {
    let tenant = tx.tenant();
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id
        from data_key
        where tenant_id = $1 and id = $2
        "#,
        tenant.0,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| masters.unwrap(Scope::Tenant(tenant), &row)).transpose().map_err(Into::into)
}

/// Retires the tenant's current key and makes another. Returns the new one's id.
pub(super) async fn rotate(tx: &mut TenantTx, masters: &Masters) -> Result<Uuid, StoreError> {
    let tenant = tx.tenant();
    // Without the lock, a second rotation would retire nothing and find a current key in its way.
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock(hashtextextended('placard.data_key.' || $1::uuid::text, 0)) as "locked!: ()""#,
        tenant.0,
    )
    .fetch_one(tx.conn())
    .await?;
    sqlx::query!(
        r#"
        update data_key
        set retired_at = now()
        where tenant_id = $1 and retired_at is null
        "#,
        tenant.0,
    )
    .execute(tx.conn())
    .await?;
    insert(tx, masters).await
}

/// Wraps with the current master key whatever another wrapped.
pub(super) async fn rewrap(tx: &mut TenantTx, masters: &Masters) -> Result<usize, StoreError> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id
        from data_key
        where tenant_id = $1 and master_id is distinct from $2
        order by id
        for update
        "#,
        tenant.0,
        masters.current_id(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in &rows {
        let key = masters.unwrap(Scope::Tenant(tenant), row)?;
        sqlx::query!(
            r#"
            update data_key
            set wrapped = $3, master_id = $4
            where tenant_id = $1 and id = $2
            "#,
            tenant.0,
            row.id,
            masters.wrap(Scope::Tenant(tenant), row.id, &key),
            masters.current_id(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(rows.len())
}

/// The key that seals what is no tenant's now; made if there is none yet.
pub(super) async fn current_system(tx: &mut SystemTx, masters: &Masters) -> Result<(Uuid, Key), StoreError> {
    if let Some(found) = find_current_system(tx, masters).await? {
        return Ok(found);
    }
    let id = Uuid::now_v7();
    sqlx::query!(
        r#"
        insert into system_key (id, wrapped, master_id)
        values ($1, $2, $3)
        on conflict ((true)) where retired_at is null do nothing
        "#,
        id,
        masters.wrap(Scope::System, id, &fresh_key()),
        masters.current_id(),
    )
    .execute(tx.conn())
    .await?;
    // Whoever inserted first, there is one now.
    let found = find_current_system(tx, masters).await?;
    found.ok_or_else(|| StoreError::not_found("data key of", Scope::System))
}

async fn find_current_system(
    tx: &mut SystemTx,
    masters: &Masters,
) -> Result<Option<(Uuid, Key)>, StoreError> {
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id as "master_id?"
        from system_key
        where retired_at is null
        "#,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok((row.id, masters.unwrap(Scope::System, &row)?))).transpose()
}

/// One of the system's keys.
pub(super) async fn find_system(
    tx: &mut SystemTx,
    masters: &Masters,
    id: Uuid,
) -> Result<Option<Key>, StoreError> {
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id as "master_id?"
        from system_key
        where id = $1
        "#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| masters.unwrap(Scope::System, &row)).transpose().map_err(Into::into)
}

/// Wraps with the current master key whatever another wrapped.
pub(super) async fn rewrap_system(tx: &mut SystemTx, masters: &Masters) -> Result<usize, StoreError> {
    let rows = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id as "master_id?"
        from system_key
        where master_id <> $1
        order by id
        for update
        "#,
        masters.current_id(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in &rows {
        let key = masters.unwrap(Scope::System, row)?;
        sqlx::query!(
            r#"
            update system_key
            set wrapped = $2, master_id = $3
            where id = $1
            "#,
            row.id,
            masters.wrap(Scope::System, row.id, &key),
            masters.current_id(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(rows.len())
}
