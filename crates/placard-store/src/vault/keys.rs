//! Data keys in their two tables: the tenants' and the system's.

use super::{
    Scope,
    cipher::{Key, Masters, Ring, Wrapped, fresh_key},
};
use crate::{StoreError, SystemTx, TenantTx};
use sqlx::PgConnection;
use uuid::Uuid;

/// The key that seals the tenant's secrets now; made if there is none yet.
pub(super) async fn current(tx: &mut TenantTx, masters: &Masters) -> Result<(Uuid, Key), StoreError> {
    if let Some(found) = open(tx, masters, None).await? {
        return Ok(found);
    }
    insert(tx, masters).await?;
    // Whoever inserted first, there is one now.
    let tenant = tx.tenant();
    let found = open(tx, masters, None).await?;
    found.ok_or_else(|| StoreError::not_found("data key of tenant", tenant))
}

/// One of the tenant's keys.
pub(super) async fn find(tx: &mut TenantTx, masters: &Masters, id: Uuid) -> Result<Option<Key>, StoreError> {
    Ok(open(tx, masters, Some(id)).await?.map(|(_, key)| key))
}

/// The tenant's key `id`, or the current one.
async fn open(
    tx: &mut TenantTx,
    masters: &Masters,
    id: Option<Uuid>,
) -> Result<Option<(Uuid, Key)>, StoreError> {
    let scope = Scope::Tenant(tx.tenant());
    let Some(row) = select(tx, id).await? else { return Ok(None) };
    if let Ok(key) = masters.ring().unwrap(scope, &row) {
        return Ok(Some((row.id, key)));
    }
    // The master key may have been changed since it was read, and once more since the row was.
    let ring = masters.read_again().await?;
    let Some(row) = select(tx, id).await? else { return Ok(None) };
    Ok(Some((row.id, ring.unwrap(scope, &row)?)))
}

async fn select(tx: &mut TenantTx, id: Option<Uuid>) -> Result<Option<Wrapped>, StoreError> {
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id
        from data_key
        where tenant_id = $1 and (id = $2 or ($2 is null and retired_at is null))
        "#,
        tx.tenant().0,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Makes a key unless the tenant has one that is current. Returns the id that it has if it was made.
async fn insert(tx: &mut TenantTx, masters: &Masters) -> Result<Uuid, StoreError> {
    let (tenant, id) = (tx.tenant(), Uuid::now_v7());
    announce_wrapping(tx.conn()).await?;
    let ring = masters.read_again().await?;
    sqlx::query!(
        r#"
        insert into data_key (tenant_id, id, wrapped, master_id)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) where retired_at is null do nothing
        "#,
        tenant.0,
        id,
        ring.wrap(Scope::Tenant(tenant), id, &fresh_key()),
        ring.current_id(),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
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
pub(super) async fn rewrap(tx: &mut TenantTx, masters: &Ring) -> Result<usize, StoreError> {
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
    if let Some(found) = open_system(tx, masters, None).await? {
        return Ok(found);
    }
    insert_system(tx, masters).await?;
    // Whoever inserted first, there is one now.
    let found = open_system(tx, masters, None).await?;
    found.ok_or_else(|| StoreError::not_found("data key of", Scope::System))
}

/// Makes a key unless the system has one that is current. Returns the id that it has if it was made.
async fn insert_system(tx: &mut SystemTx, masters: &Masters) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    announce_wrapping(tx.conn()).await?;
    let ring = masters.read_again().await?;
    sqlx::query!(
        r#"
        insert into system_key (id, wrapped, master_id)
        values ($1, $2, $3)
        on conflict ((true)) where retired_at is null do nothing
        "#,
        id,
        ring.wrap(Scope::System, id, &fresh_key()),
        ring.current_id(),
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Retires the system's current key and makes another. Returns the new one's id.
pub(super) async fn rotate_system(tx: &mut SystemTx, masters: &Masters) -> Result<Uuid, StoreError> {
    // As for a tenant's key.
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock(hashtextextended('placard.system_key', 0)) as "locked!: ()""#,
    )
    .fetch_one(tx.conn())
    .await?;
    sqlx::query!("update system_key set retired_at = now() where retired_at is null")
        .execute(tx.conn())
        .await?;
    insert_system(tx, masters).await
}

/// One of the system's keys.
pub(super) async fn find_system(
    tx: &mut SystemTx,
    masters: &Masters,
    id: Uuid,
) -> Result<Option<Key>, StoreError> {
    Ok(open_system(tx, masters, Some(id)).await?.map(|(_, key)| key))
}

/// The system's key `id`, or the current one.
async fn open_system(
    tx: &mut SystemTx,
    masters: &Masters,
    id: Option<Uuid>,
) -> Result<Option<(Uuid, Key)>, StoreError> {
    let Some(row) = select_system(tx, id).await? else { return Ok(None) };
    if let Ok(key) = masters.ring().unwrap(Scope::System, &row) {
        return Ok(Some((row.id, key)));
    }
    // As for a tenant's key.
    let ring = masters.read_again().await?;
    let Some(row) = select_system(tx, id).await? else { return Ok(None) };
    Ok(Some((row.id, ring.unwrap(Scope::System, &row)?)))
}

async fn select_system(tx: &mut SystemTx, id: Option<Uuid>) -> Result<Option<Wrapped>, StoreError> {
    let row = sqlx::query_as!(
        Wrapped,
        r#"
        select id, wrapped, master_id as "master_id?"
        from system_key
        where id = $1 or ($1 is null and retired_at is null)
        "#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Wraps with the current master key whatever another wrapped.
pub(super) async fn rewrap_system(tx: &mut SystemTx, masters: &Ring) -> Result<usize, StoreError> {
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

/// From here to the end of the transaction, a change of the master key is not finished: what is wrapped now would be
/// left behind with the former key.
async fn announce_wrapping(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock_shared(hashtextextended('placard.master_key', 0)) as "locked!: ()""#,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether nobody is between reading the master key and having committed what it wrapped. Asked instead of waited for,
/// because a waiting lock would hold up others, who may be waited for themselves.
pub(super) async fn nobody_wraps(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let free = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('placard.master_key', 0)) as "free!""#,
    )
    .fetch_one(conn)
    .await?;
    Ok(free)
}
