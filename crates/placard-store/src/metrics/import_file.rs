//! Files of numbers that were imported.

use crate::{
    StoreError, TenantTx,
    audit::{self, Actor},
};
use chrono::{DateTime, Utc};
use placard_domain::AccountRef;
use uuid::Uuid;

/// A file that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// What it was called.
    pub name: String,
    /// How many rows were taken from it.
    pub rows: i64,
    /// When.
    pub imported_at: DateTime<Utc>,
    /// By whom.
    pub actor: String,
}

/// The import of a file with this content into this account, if there was one.
pub async fn find(
    tx: &mut TenantTx,
    account: &AccountRef,
    sha256: &str,
) -> Result<Option<ImportFile>, StoreError> {
    let file = sqlx::query_as!(
        ImportFile,
        r#"
        select name, rows, imported_at, actor
        from import_file
        where tenant_id = $1 and platform = $2 and account = $3 and sha256 = $4
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        sha256,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(file)
}

/// Notes that a file was imported, in the transaction that takes its rows in.
///
/// # Errors
/// [`Constraint::ImportedFile`](crate::Constraint) if a file with this content was imported before.
pub async fn record(
    tx: &mut TenantTx,
    actor: &Actor,
    account: &AccountRef,
    sha256: &str,
    name: &str,
    rows: i64,
) -> Result<(), StoreError> {
    let id = Uuid::now_v7();
    sqlx::query!(
        r#"
        insert into import_file (tenant_id, id, platform, account, sha256, name, rows, actor)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        tx.tenant().0,
        id,
        account.platform.as_str(),
        account.id,
        sha256,
        name,
        rows,
        actor.name(),
    )
    .execute(tx.conn())
    .await?;
    let entry = audit::Entry {
        action: audit::Action::Import,
        entity_type: "import_file",
        entity_id: id.to_string(),
        old: None,
        new: Some(serde_json::json!({"name": name, "sha256": sha256, "rows": rows})),
    };
    audit::append(tx, actor, &entry).await
}
