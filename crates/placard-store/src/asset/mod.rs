//! Pictures, videos and documents: what is known of them. Their bytes lie in the object store.

mod arrival;
mod copies;
mod list;
mod purge;
mod row;
mod source;
mod uses;

pub use arrival::{ArrivalId, arrived, expect, forget};
pub use copies::{AssetCopy, copies, find_copy};
pub use list::{Filter, Near, list, named, near};
pub use purge::{GivenUp, Hold, Unnamed, any, give_up, is_shown, is_wanted, purgeable, unnamed};
pub use source::{Source, asked, ever_gave, given_by, sources};
pub(crate) use uses::link_campaign;
pub use uses::{AssetUse, uses};

use crate::{
    StoreError, TenantTx,
    audit::{self, Actor},
};
use chrono::{DateTime, Utc};
use placard_domain::{
    AssetId, UserId,
    asset::{AssetFacts, ContentHash},
};
use row::{Columns, Row};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An asset as it comes.
#[derive(Clone, Debug)]
pub struct NewAsset {
    /// What is known of it.
    pub facts: AssetFacts,
    /// The hash of the bytes as they arrived, before anything was taken out of them.
    pub received: ContentHash,
    /// Its name for people, 1 to 255 characters.
    pub name: String,
    /// Where it was fetched from.
    pub source: Option<Source>,
    /// What its owner wants to remember of it.
    pub metadata: Map<String, Value>,
}

/// A stored asset.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// What is known of it.
    pub facts: AssetFacts,
    /// Its name for people.
    pub name: String,
    /// Where it was fetched from the first time.
    pub original_url: Option<String>,
    /// What its owner wants to remember of it.
    pub metadata: Map<String, Value>,
    /// Who added it; `None` if Placard itself did.
    pub added_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was put aside.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When its bytes were given up.
    pub purged_at: Option<DateTime<Utc>>,
}

/// What adding an asset did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// It is new.
    Added,
    /// The same content was there already.
    There,
    /// The same content had been put aside and is back.
    Restored,
}

/// What putting an asset aside did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is put aside.
    Removed,
    /// These live campaigns, by key, show it; nothing was done.
    InUse(Vec<String>),
}

/// What taking back that an asset was put aside did.
#[derive(Clone, Debug, PartialEq)]
pub enum Restoration {
    /// It is there, as before.
    Standing(Box<Asset>),
    /// Its bytes were given up at this moment; only its content can bring it back.
    Purged(DateTime<Utc>),
}

/// Adds an asset whose bytes are stored, unless the tenant has its content already. Two that come at once are one. What was
/// put aside comes back, its bytes purged or not. Where the content came from is noted in any case.
pub async fn add(tx: &mut TenantTx, actor: &Actor, new: &NewAsset) -> Result<(Asset, Addition), StoreError> {
    let id = Uuid::now_v7();
    let columns = Columns::of(&new.facts)?;
    let inserted = sqlx::query_scalar!(
        r#"
        insert into asset (
            tenant_id, id, content_hash, received_hash, name, media_type, bytes, width, height, alpha, animated,
            orientation, looks, duration_ms, codec, audio, metadata, original_url, added_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        on conflict on constraint asset_content_unique do nothing
        returning id
        "#,
        tx.tenant().0,
        id,
        new.facts.hash.as_str(),
        new.received.as_str(),
        new.name,
        new.facts.media.as_str(),
        columns.bytes,
        columns.width,
        columns.height,
        columns.alpha,
        columns.animated,
        columns.orientation,
        columns.looks,
        columns.duration_ms,
        columns.codec,
        columns.audio,
        Value::Object(new.metadata.clone()),
        new.source.as_ref().map(|source| source.url.as_str()),
        actor.user().map(|user| user.0),
    )
    .fetch_optional(tx.conn())
    .await?;
    let standing = find_by_content(tx, &new.facts.hash).await?;
    let standing = standing.ok_or_else(|| StoreError::not_found("asset", &new.facts.hash))?;
    if let Some(source) = &new.source {
        source::note(tx, standing.id, source).await?;
    }
    let addition = match (inserted, standing.deleted_at) {
        (Some(_), _) => Addition::Added,
        (None, None) => return Ok((standing, Addition::There)),
        (None, Some(_)) => {
            let restored = bring_back(tx, actor, standing.id).await?;
            return Ok((restored, Addition::Restored));
        }
    };
    uses::link_asset(tx, standing.id).await?;
    let values = json!({"name": new.name, "content_hash": new.facts.hash, "media_type": new.facts.media});
    audit::append(tx, actor, &entry(audit::Action::Create, standing.id, Some(values))).await?;
    Ok((standing, addition))
}

/// Looks one asset up; those put aside are found as well.
pub async fn find(tx: &mut TenantTx, id: AssetId) -> Result<Option<Asset>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, content_hash, name, media_type, bytes, width, height, alpha, animated, orientation, looks,
            duration_ms, codec, audio, metadata, original_url, added_by, created_at, deleted_at,
            purged_at
        from asset
        where tenant_id = $1 and id = $2
        "#,
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Asset::try_from).transpose()
}

/// Looks one asset up by its content.
pub async fn find_by_content(tx: &mut TenantTx, hash: &ContentHash) -> Result<Option<Asset>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            id, content_hash, name, media_type, bytes, width, height, alpha, animated, orientation, looks,
            duration_ms, codec, audio, metadata, original_url, added_by, created_at, deleted_at,
            purged_at
        from asset
        where tenant_id = $1 and content_hash = $2
        "#,
        tx.tenant().0,
        hash.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Asset::try_from).transpose()
}

/// Puts an asset aside, unless a live campaign shows it. One that is aside already stays so.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub async fn remove(
    tx: &mut TenantTx,
    actor: &Actor,
    id: AssetId,
    now: DateTime<Utc>,
) -> Result<Removal, StoreError> {
    let standing = sqlx::query!(
        "select name, deleted_at from asset where tenant_id = $1 and id = $2 for update",
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let standing = standing.ok_or_else(|| StoreError::not_found("asset", id))?;
    if standing.deleted_at.is_some() {
        return Ok(Removal::Removed);
    }
    let mut campaigns: Vec<_> =
        uses(tx, id).await?.into_iter().filter(|place| place.live).map(|place| place.campaign).collect();
    campaigns.dedup();
    if !campaigns.is_empty() {
        return Ok(Removal::InUse(campaigns));
    }
    sqlx::query!(
        "update asset set deleted_at = $3, updated_at = $3 where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    let values = Some(json!({"name": standing.name}));
    audit::append(tx, actor, &entry(audit::Action::Delete, id, values)).await?;
    Ok(Removal::Removed)
}

/// Takes back that an asset was put aside; one that was not stays as it is, and so does one whose bytes are given up.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub async fn restore(tx: &mut TenantTx, actor: &Actor, id: AssetId) -> Result<Restoration, StoreError> {
    let standing = sqlx::query_scalar!(
        "select purged_at from asset where tenant_id = $1 and id = $2 for update",
        tx.tenant().0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    match standing.ok_or_else(|| StoreError::not_found("asset", id))? {
        Some(moment) => Ok(Restoration::Purged(moment)),
        None => Ok(Restoration::Standing(Box::new(bring_back(tx, actor, id).await?))),
    }
}

/// Gives an asset another name, 1 to 255 characters.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub async fn rename(tx: &mut TenantTx, actor: &Actor, id: AssetId, name: &str) -> Result<Asset, StoreError> {
    sqlx::query!(
        "update asset set name = $3, updated_at = now() where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id.0,
        name,
    )
    .execute(tx.conn())
    .await?;
    let asset = find(tx, id).await?.ok_or_else(|| StoreError::not_found("asset", id))?;
    audit::append(tx, actor, &entry(audit::Action::Update, id, Some(json!({"name": name})))).await?;
    Ok(asset)
}

/// Makes an asset one of those that are there; its bytes are stored.
async fn bring_back(tx: &mut TenantTx, actor: &Actor, id: AssetId) -> Result<Asset, StoreError> {
    let restored = sqlx::query!(
        r#"
        update asset
        set deleted_at = null, purged_at = null, updated_at = now()
        where tenant_id = $1 and id = $2 and deleted_at is not null
        "#,
        tx.tenant().0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    if restored.rows_affected() > 0 {
        uses::link_asset(tx, id).await?;
        let values = Some(json!({"deleted_at": null}));
        audit::append(tx, actor, &entry(audit::Action::Update, id, values)).await?;
    }
    find(tx, id).await?.ok_or_else(|| StoreError::not_found("asset", id))
}

fn entry(action: audit::Action, id: AssetId, new: Option<Value>) -> audit::Entry {
    audit::Entry { action, entity_type: "asset", entity_id: id.to_string(), old: None, new }
}
