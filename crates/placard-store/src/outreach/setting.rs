//! How a tenant reaches people.

use super::AddressKey;
use crate::{
    Place, StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
};
use rand::RngExt as _;
use secrecy::SecretString;
use uuid::Uuid;

pub(super) const fn place(tenant: Uuid, column: &'static str) -> Place {
    Place { table: "outreach_setting", column, row: tenant }
}

/// The key of the tenant's hashes of addresses. It is made when it is first asked for and stays.
pub async fn address_key(tx: &mut TenantTx, vault: &Vault) -> Result<AddressKey, StoreError> {
    if let Some(key) = find_address_key(tx, vault).await? {
        return Ok(key);
    }
    let fresh: [u8; 32] = rand::rng().random();
    let sealed = vault.seal_bytes(tx, place(tx.tenant().0, "address_key"), &fresh).await?;
    sqlx::query!(
        r#"
        insert into outreach_setting (tenant_id, address_key)
        values ($1, $2)
        on conflict on constraint outreach_setting_pkey do nothing
        "#,
        tx.tenant().0,
        sealed,
    )
    .execute(tx.conn())
    .await?;
    // Someone else may have been first; then theirs is the key.
    let kept = sealed_key(tx).await?.ok_or_else(|| StoreError::not_found("outreach setting", tx.tenant()))?;
    open_key(tx, vault, &kept).await
}

/// The key, if anybody was ever looked for.
pub(super) async fn find_address_key(
    tx: &mut TenantTx,
    vault: &Vault,
) -> Result<Option<AddressKey>, StoreError> {
    match sealed_key(tx).await? {
        Some(sealed) => open_key(tx, vault, &sealed).await.map(Some),
        None => Ok(None),
    }
}

async fn sealed_key(tx: &mut TenantTx) -> Result<Option<Vec<u8>>, StoreError> {
    let tenant: Uuid = tx.tenant().0;
    let sealed = sqlx::query_scalar!("select address_key from outreach_setting where tenant_id = $1", tenant)
        .fetch_optional(tx.conn())
        .await?;
    Ok(sealed)
}

async fn open_key(tx: &mut TenantTx, vault: &Vault, sealed: &[u8]) -> Result<AddressKey, StoreError> {
    let opened = vault.open_bytes(tx, place(tx.tenant().0, "address_key"), sealed).await?;
    let key = <[u8; 32]>::try_from(opened.as_slice());
    key.map(AddressKey).map_err(|error| StoreError::corrupt("outreach_setting.address_key", error))
}

/// The tenant's channels with their secrets, a document that the store does not read.
pub async fn channels(tx: &mut TenantTx, vault: &Vault) -> Result<Option<SecretString>, StoreError> {
    let tenant = tx.tenant().0;
    let sealed = sqlx::query_scalar!("select channels from outreach_setting where tenant_id = $1", tenant)
        .fetch_optional(tx.conn())
        .await?
        .flatten();
    match sealed {
        Some(sealed) => vault.open(tx, place(tx.tenant().0, "channels"), &sealed).await.map(Some),
        None => Ok(None),
    }
}

/// Keeps the tenant's channels.
pub async fn set_channels(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    channels: &SecretString,
) -> Result<(), StoreError> {
    address_key(tx, vault).await?;
    let sealed = vault.seal(tx, place(tx.tenant().0, "channels"), channels).await?;
    sqlx::query!(
        "update outreach_setting set channels = $2, updated_at = now() where tenant_id = $1",
        tx.tenant().0,
        sealed,
    )
    .execute(tx.conn())
    .await?;
    let entry = Entry {
        action: Action::Update,
        entity_type: "outreach_setting",
        entity_id: tx.tenant().to_string(),
        old: None,
        new: None,
    };
    audit::append(tx, actor, &entry).await
}

/// Sets how many messages of all campaigns may go out on a day in UTC.
pub async fn set_daily_cap(tx: &mut TenantTx, vault: &Vault, cap: u32) -> Result<(), StoreError> {
    address_key(tx, vault).await?;
    sqlx::query!(
        "update outreach_setting set daily_cap = $2, updated_at = now() where tenant_id = $1",
        tx.tenant().0,
        i32::try_from(cap).unwrap_or(i32::MAX),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
