//! The cold archive (requirement P5): which files of documents are true, and what is sealed in them.
//!
//! A document is in the database, or in a file that a row here names, or, on its way from one to the other, in both: such
//! a row is not settled. A file that no row names is nothing.
//! Whoever changes a tenant's archive holds its [`Keys`] alone.

mod keys;
mod sealed;

pub use keys::Keys;
pub use sealed::{Archived, Row, open, seal};

use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
};
use chrono::{DateTime, Utc};
use placard_domain::asset::ContentHash;
use serde_json::json;
use uuid::Uuid;

/// What the audit log calls a file.
const ENTITY: &str = "document_archive";

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Its id, which stays when its content changes.
    pub id: Uuid,
    /// The SHA-256 of its content, which is its name in the object store.
    pub hash: ContentHash,
    /// How many documents are in it.
    pub documents: u32,
    /// Its size.
    pub bytes: u64,
    /// The smallest id in it.
    pub first: Uuid,
    /// The largest id in it.
    pub last: Uuid,
    /// The data key that sealed its documents.
    pub key: Uuid,
    /// When it was first written.
    pub written_at: DateTime<Utc>,
    /// Whether none of its documents is in the database any more.
    pub settled: bool,
}

impl ArchiveFile {
    /// Whether a document with this id may be in it.
    pub fn may_hold(&self, id: Uuid) -> bool {
        (self.first..=self.last).contains(&id)
    }
}

/// A file's content, once it is in the object store.
#[derive(Clone, Debug)]
pub struct NewContent {
    /// The SHA-256 of the content.
    pub hash: ContentHash,
    /// How many documents are in it; at least one.
    pub documents: usize,
    /// Its size.
    pub bytes: usize,
    /// The smallest id in it.
    pub first: Uuid,
    /// The largest id in it.
    pub last: Uuid,
    /// The data key that sealed its documents.
    pub key: Uuid,
}

/// The tenant's files, the oldest first.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<ArchiveFile>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, hash, documents, bytes, first_id, last_id, key_id, written_at, settled_at
        from document_archive
        where tenant_id = $1
        order by written_at, id
        "#,
        tx.tenant().0,
    )
    .fetch_all(tx.conn())
    .await?;
    let file = |hash: &str| {
        ContentHash::parse(hash).ok_or_else(|| StoreError::corrupt("document_archive.hash", "no SHA-256"))
    };
    rows.into_iter()
        .map(|row| {
            Ok(ArchiveFile {
                id: row.id,
                hash: file(&row.hash)?,
                documents: row.documents.unsigned_abs(),
                bytes: row.bytes.unsigned_abs(),
                first: row.first_id,
                last: row.last_id,
                key: row.key_id,
                written_at: row.written_at,
                settled: row.settled_at.is_some(),
            })
        })
        .collect()
}

/// Makes a file true whose documents are still in the database.
pub async fn insert(tx: &mut TenantTx, actor: &Actor, content: &NewContent) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    sqlx::query!(
        r#"
        insert into document_archive (
            tenant_id, id, collection, hash, documents, bytes, first_id, last_id, key_id
        )
        values ($1, $2, 'profiles', $3, $4, $5, $6, $7, $8)
        "#,
        tx.tenant().0,
        id,
        content.hash.to_string(),
        i32::try_from(content.documents).unwrap_or(i32::MAX),
        i64::try_from(content.bytes).unwrap_or(i64::MAX),
        content.first,
        content.last,
        content.key,
    )
    .execute(tx.conn())
    .await?;
    note(tx, actor, Action::Archive, id, content.documents).await?;
    Ok(id)
}

/// Puts other content in the place of what `file` held, or forgets it if nothing is left. The caller removes the object
/// that it was in, which nothing names any more.
///
/// # Errors
/// [`StoreError::Changed`] if it holds something else by now: who held the keys has lost them.
pub async fn replace(
    tx: &mut TenantTx,
    file: &ArchiveFile,
    content: Option<&NewContent>,
) -> Result<(), StoreError> {
    let changed = match content {
        Some(content) => put(tx, file, content).await?,
        None => take_out(tx, file).await?,
    };
    if changed == 1 { Ok(()) } else { Err(StoreError::Changed { what: "the archive" }) }
}

async fn put(tx: &mut TenantTx, file: &ArchiveFile, content: &NewContent) -> Result<u64, StoreError> {
    let changed = sqlx::query!(
        r#"
        update document_archive
        set hash = $4, documents = $5, bytes = $6, first_id = $7, last_id = $8, key_id = $9
        where tenant_id = $1 and id = $2 and hash = $3
        "#,
        tx.tenant().0,
        file.id,
        file.hash.to_string(),
        content.hash.to_string(),
        i32::try_from(content.documents).unwrap_or(i32::MAX),
        i64::try_from(content.bytes).unwrap_or(i64::MAX),
        content.first,
        content.last,
        content.key,
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected())
}

async fn take_out(tx: &mut TenantTx, file: &ArchiveFile) -> Result<u64, StoreError> {
    let gone = sqlx::query!(
        "delete from document_archive where tenant_id = $1 and id = $2 and hash = $3",
        tx.tenant().0,
        file.id,
        file.hash.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected())
}

/// Notes that none of a file's documents is in the database any more.
pub async fn settle(tx: &mut TenantTx, id: Uuid) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update document_archive
        set settled_at = now()
        where tenant_id = $1 and id = $2 and settled_at is null
        "#,
        tx.tenant().0,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that documents of a file may be in the database as well from now on.
pub async fn unsettle(tx: &mut TenantTx, id: Uuid) -> Result<(), StoreError> {
    sqlx::query!(
        "update document_archive set settled_at = null where tenant_id = $1 and id = $2",
        tx.tenant().0,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The data key that seals files now.
pub async fn current_key(tx: &mut TenantTx, vault: &Vault) -> Result<Uuid, StoreError> {
    vault.current_key_id(tx).await
}

/// Writes into the audit log what became of documents of a file. It names none of them.
pub async fn note(
    tx: &mut TenantTx,
    actor: &Actor,
    action: Action,
    file: Uuid,
    documents: usize,
) -> Result<(), StoreError> {
    let new = Some(json!({"profiles": documents}));
    let entry = Entry { action, entity_type: ENTITY, entity_id: file.to_string(), old: None, new };
    audit::append(tx, actor, &entry).await
}
