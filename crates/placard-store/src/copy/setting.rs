//! The provider of a tenant's model, with its key.

use crate::{
    Place, StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
};
use secrecy::SecretString;
use serde_json::json;

const fn place(tx: &TenantTx) -> Place {
    Place { table: "copy_setting", column: "provider", row: tx.tenant().0 }
}

/// The provider with its key, a document that the store does not read. None for templates.
pub async fn provider(tx: &mut TenantTx, vault: &Vault) -> Result<Option<SecretString>, StoreError> {
    let sealed = sqlx::query_scalar!("select provider from copy_setting where tenant_id = $1", tx.tenant().0)
        .fetch_optional(tx.conn())
        .await?
        .flatten();
    match sealed {
        Some(sealed) => vault.open(tx, place(tx), &sealed).await.map(Some),
        None => Ok(None),
    }
}

/// Keeps the provider, or forgets it. `shown` is what the audit log may hold of it.
pub async fn set_provider(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    provider: Option<&SecretString>,
    shown: &serde_json::Value,
) -> Result<(), StoreError> {
    let sealed = match provider {
        Some(provider) => Some(vault.seal(tx, place(tx), provider).await?),
        None => None,
    };
    sqlx::query!(
        r#"
        insert into copy_setting (tenant_id, provider)
        values ($1, $2)
        on conflict on constraint copy_setting_pkey do update
        set provider = excluded.provider, updated_at = now()
        "#,
        tx.tenant().0,
        sealed,
    )
    .execute(tx.conn())
    .await?;
    let entry = Entry {
        action: Action::Update,
        entity_type: "copy_setting",
        entity_id: tx.tenant().to_string(),
        old: None,
        new: Some(json!({"provider": shown})),
    };
    audit::append(tx, actor, &entry).await
}

/// Seals the provider anew if a retired data key sealed it. Returns how many that are.
pub async fn reseal(tx: &mut TenantTx, vault: &Vault) -> Result<u64, StoreError> {
    let current = vault.current_key_id(tx).await?;
    let sealed = sqlx::query_scalar!(
        r#"
        select provider as "provider!"
        from copy_setting
        where tenant_id = $1 and substring(provider for 16) <> uuid_send($2)
        for update skip locked
        "#,
        tx.tenant().0,
        current,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(sealed) = sealed else { return Ok(0) };
    let plain = vault.open(tx, place(tx), &sealed).await?;
    let sealed = vault.seal(tx, place(tx), &plain).await?;
    sqlx::query!("update copy_setting set provider = $2 where tenant_id = $1", tx.tenant().0, sealed)
        .execute(tx.conn())
        .await?;
    Ok(1)
}
