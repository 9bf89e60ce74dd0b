//! Which bytes may go.
//!
//! A content is wanted while a record that is not purged has it, or while somebody says that it is being stored. Bytes are
//! removed only of a content that is held and not wanted; a content becomes wanted by [`super::expect`] alone, which waits
//! for the hold, or by a record that follows from that.

use super::{Asset, entry, row::Row, uses};
use crate::{
    Db, StoreError, TenantTx,
    audit::{self, Actor},
};
use chrono::{DateTime, Utc};
use placard_domain::{AssetId, TenantId, asset::ContentHash};
use serde_json::json;
use sqlx::{Connection, PgConnection};

/// A content that nobody begins to store meanwhile. It lives and dies with a connection of its own: a transaction would be
/// ended by the server if the object store takes long.
#[derive(Debug)]
pub struct Hold {
    connection: PgConnection,
}

impl Hold {
    /// Holds a content, once nobody else does.
    pub async fn of(db: &Db, tenant: TenantId, hash: &ContentHash) -> Result<Self, StoreError> {
        let mut connection = db.dedicated().await?;
        sqlx::query_scalar!(
            r#"select pg_advisory_lock(hashtextextended($1, 0)) as "locked!: ()""#,
            lock_name(tenant, hash),
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Self { connection })
    }

    /// Lets go of it. Dropped, it is let go of with its connection.
    pub async fn let_go(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}

/// The same until `tx` ends.
pub(super) async fn lock_content(tx: &mut TenantTx, hash: &ContentHash) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock(hashtextextended($1, 0)) as "locked!: ()""#,
        lock_name(tx.tenant(), hash),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

fn lock_name(tenant: TenantId, hash: &ContentHash) -> String {
    format!("placard.asset.{tenant}/{hash}")
}

/// Up to `limit` assets that were put aside before `before` and whose bytes are there, those put aside first first, after
/// the one with this moment and id. Those that a live campaign shows are among them; [`give_up`] leaves them.
pub async fn purgeable(
    tx: &mut TenantTx,
    before: DateTime<Utc>,
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
        where tenant_id = $1 and deleted_at <= $2 and purged_at is null
            and ($3::timestamptz is null or (deleted_at, id) > ($3, $4::uuid))
        order by deleted_at, id
        limit $5
        "#,
        tx.tenant().0,
        before,
        moment,
        id,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Asset::try_from).collect()
}

/// What giving up an asset's bytes did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// They may go.
    Yes,
    /// A campaign that is on a platform, or on its way there, shows it; nothing was done.
    Shown,
    /// It is not aside any more; nothing was done.
    Standing,
}

/// Gives up the bytes of an asset that was put aside before `before`: from then on it cannot be restored. Commit it before
/// they go.
pub async fn give_up(
    tx: &mut TenantTx,
    actor: &Actor,
    asset: &Asset,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<GivenUp, StoreError> {
    if is_shown(tx, asset.id).await? {
        return Ok(GivenUp::Shown);
    }
    let purged = sqlx::query!(
        r#"
        update asset
        set purged_at = $4, updated_at = $4
        where tenant_id = $1 and id = $2 and deleted_at <= $3 and purged_at is null
        "#,
        tx.tenant().0,
        asset.id.0,
        before,
        now,
    )
    .execute(tx.conn())
    .await?;
    if purged.rows_affected() == 0 {
        return Ok(GivenUp::Standing);
    }
    let values = json!({"name": asset.name, "content_hash": asset.facts.hash, "bytes": asset.facts.bytes});
    audit::append(tx, actor, &entry(audit::Action::Purge, asset.id, Some(values))).await?;
    Ok(GivenUp::Yes)
}

/// Whether a campaign that is on a platform, or on its way there, shows the asset.
pub async fn is_shown(tx: &mut TenantTx, id: AssetId) -> Result<bool, StoreError> {
    Ok(uses::uses(tx, id).await?.iter().any(|place| place.live))
}

/// Whether a record has this content, or somebody is storing it. Ask it of a content that is held.
pub async fn is_wanted(tx: &mut TenantTx, hash: &ContentHash) -> Result<bool, StoreError> {
    Ok(unnamed(tx, &[hash]).await?.is_empty())
}

/// A content that no record has and nobody is storing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// The content.
    pub hash: ContentHash,
    /// Whether a record has given it up.
    pub given_up: bool,
}

/// Those of `hashes` that no record has and nobody is storing.
pub async fn unnamed(tx: &mut TenantTx, hashes: &[&ContentHash]) -> Result<Vec<Unnamed>, StoreError> {
    let hashes: Vec<_> = hashes.iter().map(|hash| hash.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        select
            hash as "hash!",
            exists (select from asset where tenant_id = $1 and content_hash = hash) as "given_up!"
        from unnest($2::text[]) as hash
        where not exists (
                select from asset where tenant_id = $1 and content_hash = hash and purged_at is null
            )
            and not exists (
                select from asset_arrival where tenant_id = $1 and content_hash = hash
            )
        "#,
        tx.tenant().0,
        &hashes,
    )
    .fetch_all(tx.conn())
    .await?;
    let of_row = |hash: &str, given_up| {
        let hash = ContentHash::parse(hash);
        let hash = hash.ok_or_else(|| StoreError::corrupt("asset.content_hash", "not 64 digits"))?;
        Ok(Unnamed { hash, given_up })
    };
    rows.iter().map(|row| of_row(&row.hash, row.given_up)).collect()
}

/// Whether the tenant has, or ever began to store, an asset.
pub async fn any(tx: &mut TenantTx) -> Result<bool, StoreError> {
    let any = sqlx::query_scalar!(
        r#"
        select
            exists (select from asset where tenant_id = $1)
            or exists (select from asset_arrival where tenant_id = $1) as "any!"
        "#,
        tx.tenant().0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(any)
}
