//! What stands in a file of the archive: of each document what is no personal data, and the document sealed.

use crate::{Place, StoreError, TenantTx, Vault, documents::Stored, stored, vault::Held};
use chrono::{DateTime, Utc};
use placard_domain::document::Profile;
use uuid::Uuid;

/// A document as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// The version that it was at.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// The document, sealed by the vault for its id.
    pub sealed: Vec<u8>,
}

impl Row {
    /// The data key that sealed it; none if what is there was sealed by none.
    pub fn key(&self) -> Option<Uuid> {
        self.sealed.first_chunk().map(|id| Uuid::from_bytes(*id))
    }
}

/// A document out of the archive.
pub type Archived = Stored<Profile>;

const fn place(id: Uuid) -> Place {
    Place { table: "document_archive", column: "profiles", row: id }
}

/// Seals documents for a file.
pub async fn seal(tx: &mut TenantTx, vault: &Vault, profiles: &[Archived]) -> Result<Vec<Row>, StoreError> {
    let held = vault.hold(tx).await?;
    let row = |one: &Archived| Row {
        id: one.id,
        version: one.version,
        created_at: one.created_at,
        updated_at: one.updated_at,
        sealed: held.seal(place(one.id), stored::json(&one.document).to_string().as_bytes()),
    };
    Ok(profiles.iter().map(row).collect())
}

/// Opens what [`seal`] sealed.
pub async fn open(tx: &mut TenantTx, vault: &Vault, rows: &[Row]) -> Result<Vec<Archived>, StoreError> {
    let mut held = vault.hold(tx).await?;
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        opened.push(open_one(tx, &mut held, row).await?);
    }
    Ok(opened)
}

async fn open_one(tx: &mut TenantTx, held: &mut Held<'_>, row: &Row) -> Result<Archived, StoreError> {
    let plain = held.open(tx, place(row.id), &row.sealed).await?;
    let document = serde_json::from_slice(&plain);
    let document = document.map_err(|error| StoreError::corrupt("document_archive.profiles", error))?;
    let Row { id, version, created_at, updated_at, .. } = *row;
    Ok(Stored { id, version, created_at, updated_at, document })
}
