//! Addresses that assets were fetched from.

use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::{AssetId, asset::ContentHash};

/// Where an asset was fetched from, and what was told there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The address, up to 2,000 characters.
    pub url: String,
    /// When it last gave these bytes.
    pub fetched_at: DateTime<Utc>,
    /// When it was last asked whether it still gives them.
    pub asked_at: DateTime<Utc>,
    /// What the server calls the content, as it wrote it, up to 1,000 characters.
    pub etag: Option<String>,
    /// Since when the server has the content, as it wrote it, up to 100 characters.
    pub last_modified: Option<String>,
}

/// The addresses of an asset, the one that gave its bytes last first.
pub async fn sources(tx: &mut TenantTx, id: AssetId) -> Result<Vec<Source>, StoreError> {
    let found = sqlx::query_as!(
        Source,
        r#"
        select url, fetched_at, asked_at, etag, last_modified
        from asset_source
        where tenant_id = $1 and asset_id = $2
        order by fetched_at desc, url
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found)
}

/// The asset that an address gave last, of those that are not put aside.
pub async fn given_by(tx: &mut TenantTx, url: &str) -> Result<Option<AssetId>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        select a.id
        from asset_source as s
        join asset as a on a.tenant_id = s.tenant_id and a.id = s.asset_id
        where s.tenant_id = $1 and s.url = $2 and a.deleted_at is null
        order by s.fetched_at desc, a.id desc
        limit 1
        "#,
        tx.tenant().0,
        url,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(AssetId))
}

/// Whether an address ever gave this content.
pub async fn ever_gave(tx: &mut TenantTx, url: &str, hash: &ContentHash) -> Result<bool, StoreError> {
    let gave = sqlx::query_scalar!(
        r#"
        select exists (
            select from asset_source as s
            join asset as a on a.tenant_id = s.tenant_id and a.id = s.asset_id
            where s.tenant_id = $1 and s.url = $2 and a.content_hash = $3
        ) as "gave!"
        "#,
        tx.tenant().0,
        url,
        hash.as_str(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(gave)
}

/// Notes that an address was asked and still gives the asset's bytes.
pub async fn asked(tx: &mut TenantTx, id: AssetId, url: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update asset_source
        set asked_at = greatest(asked_at, $4)
        where tenant_id = $1 and asset_id = $2 and url = $3
        "#,
        tx.tenant().0,
        id.0,
        url,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that an address gave an asset's bytes.
pub(super) async fn note(tx: &mut TenantTx, id: AssetId, source: &Source) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into asset_source (tenant_id, asset_id, url, fetched_at, asked_at, etag, last_modified)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint asset_source_pkey do update
        set
            fetched_at = excluded.fetched_at, asked_at = excluded.asked_at, etag = excluded.etag,
            last_modified = excluded.last_modified
        "#,
        tx.tenant().0,
        id.0,
        source.url,
        source.fetched_at,
        source.asked_at,
        source.etag,
        source.last_modified,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
