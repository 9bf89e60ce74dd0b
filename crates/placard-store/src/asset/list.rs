//! Assets in lists: all of them, and those that look alike.

use super::{Asset, row::Row};
use crate::{StoreError, TenantTx};
use chrono::{DateTime, Utc};
use placard_domain::{
    AssetId,
    asset::{AssetKind, PerceptualHash},
};

/// Which assets.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this sort.
    pub kind: Option<AssetKind>,
    /// Only those whose name or id is this text, or whose name contains it.
    pub text: Option<String>,
    /// Those put aside instead of the others.
    pub deleted: bool,
    /// Only those that are what an address gave last.
    pub fetched: bool,
}

/// An asset that looks like another.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The asset.
    pub asset: Asset,
    /// In how many of 64 bits the two differ.
    pub distance: u32,
}

/// Up to `limit` assets, the newest first, after the one that was made at this moment with this id.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<(DateTime<Utc>, AssetId)>,
    limit: usize,
) -> Result<Vec<Asset>, StoreError> {
    let (moment, id) = after.map_or((None, None), |(moment, id)| (Some(moment), Some(id.0)));
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, content_hash, name, media_type, bytes, width, height, alpha, animated, orientation, looks,
            duration_ms, codec, audio, metadata, original_url, added_by, created_at, deleted_at,
            purged_at
        from asset
        where tenant_id = $1
            and (deleted_at is not null) = $2
            and ($3::text is null or case
                when media_type like 'image/%' then 'image'
                when media_type like 'video/%' then 'video'
                else 'document'
            end = $3)
            and ($4::text is null or strpos(lower(name), lower($4)) > 0 or id::text = lower($4))
            and ($5::timestamptz is null or (created_at, id) < ($5, $6::uuid))
            and (not $8 or exists (
                select from asset_source as s
                where s.tenant_id = asset.tenant_id and s.asset_id = asset.id and not exists (
                    select from asset_source as later
                    join asset as other on other.tenant_id = later.tenant_id and other.id = later.asset_id
                    where later.tenant_id = s.tenant_id and later.url = s.url and other.deleted_at is null
                        and later.fetched_at > s.fetched_at
                )
            ))
        order by created_at desc, id desc
        limit $7
        "#,
        tx.tenant().0,
        filter.deleted,
        filter.kind.map(AssetKind::as_str),
        filter.text,
        moment,
        id,
        i64::try_from(limit).unwrap_or(i64::MAX),
        filter.fetched,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Asset::try_from).collect()
}

/// The assets with this id or name, those put aside as well. Up to twenty, which is enough to see that there are several.
pub async fn named(tx: &mut TenantTx, wanted: &str) -> Result<Vec<Asset>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, content_hash, name, media_type, bytes, width, height, alpha, animated, orientation, looks,
            duration_ms, codec, audio, metadata, original_url, added_by, created_at, deleted_at,
            purged_at
        from asset
        where tenant_id = $1 and (name = $2 or id::text = lower($2))
        order by deleted_at nulls first, created_at, id
        limit 20
        "#,
        tx.tenant().0,
        wanted,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Asset::try_from).collect()
}

/// Up to `limit` pictures that look like `looks`, the nearest first, without `except` and those put aside.
pub async fn near(
    tx: &mut TenantTx,
    looks: PerceptualHash,
    except: AssetId,
    limit: usize,
) -> Result<Vec<Near>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            id, content_hash, name, media_type, bytes, width, height, alpha, animated, orientation, looks,
            duration_ms, codec, audio, metadata, original_url, added_by, created_at, deleted_at,
            purged_at
        from asset
        where tenant_id = $1 and id <> $2 and deleted_at is null
            and bit_count((looks # $3)::bit(64)) <= $4
        order by bit_count((looks # $3)::bit(64)), created_at, id
        limit $5
        "#,
        tx.tenant().0,
        except.0,
        looks.0.cast_signed(),
        i64::from(PerceptualHash::NEAR),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    let assets = rows.into_iter().map(Asset::try_from);
    assets
        .map(|asset| {
            let asset = asset?;
            let own = asset.facts.looks().ok_or_else(|| StoreError::corrupt("asset.looks", "missing"))?;
            Ok(Near { distance: own.distance(looks), asset })
        })
        .collect()
}
