//! What callers ask for and get.

use super::{DocumentError, Filter, Sort, adapter::Entry};
use chrono::{DateTime, Utc};
use placard_domain::document::Document;
use uuid::Uuid;

/// A question for a page of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// How many on a page; at least one, at most [`super::LARGEST_PAGE`].
    pub limit: u16,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self { filter: Filter::ALL, sort: Sort::NEWEST, limit: 50, cursor: None }
    }
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<D> {
    /// The documents.
    pub items: Vec<Stored<D>>,
    /// What to ask on with; none on the last page.
    pub next: Option<String>,
}

/// What has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta<D> {
    /// The documents, in the order of their changes.
    pub items: Vec<Stored<D>>,
    /// What to ask on with, now or later; none if nothing was ever there.
    pub cursor: Option<String>,
    /// Whether there is more already.
    pub more: bool,
}

/// A document with what the database keeps beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<D> {
    /// Its id.
    pub id: Uuid,
    /// How often it was written.
    pub version: i64,
    /// When it was made, to the millisecond.
    pub created_at: DateTime<Utc>,
    /// When it was changed last, to the millisecond.
    pub updated_at: DateTime<Utc>,
    /// The document.
    pub document: D,
}

impl<D: Document> Stored<D> {
    pub(super) fn read(entry: Entry) -> Result<Self, DocumentError> {
        let Entry { id, version, created_at, updated_at, body } = entry;
        let corrupt = |error: serde_json::Error| DocumentError::Corrupt {
            one: D::COLLECTION.one,
            id,
            source: error.into(),
        };
        let document = serde_json::from_value(body).map_err(corrupt)?;
        Ok(Self { id, version, created_at, updated_at, document })
    }
}

/// What the database made of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The document's id.
    pub id: Uuid,
    /// The version that it is at now.
    pub version: i64,
    /// When it was made, to the millisecond.
    pub created_at: DateTime<Utc>,
    /// When this change is dated, to the millisecond.
    pub updated_at: DateTime<Utc>,
}

impl Receipt {
    pub(super) const fn of(entry: &Entry) -> Self {
        let Entry { id, version, created_at, updated_at, .. } = entry;
        Self { id: *id, version: *version, created_at: *created_at, updated_at: *updated_at }
    }

    /// The document that was written, with what the database made of it.
    pub fn with<D>(self, document: D) -> Stored<D> {
        let Self { id, version, created_at, updated_at } = self;
        Stored { id, version, created_at, updated_at, document }
    }
}

/// The cursor of a delta that ended with `entry`. It stays good when the documents are moved.
pub(super) fn delta_cursor(entry: &Entry) -> String {
    format!("{}-{}", entry.updated_at.timestamp_millis(), entry.id.simple())
}

pub(super) fn read_delta_cursor(cursor: &str) -> Result<(DateTime<Utc>, Uuid), DocumentError> {
    let (millis, id) = cursor.rsplit_once('-').ok_or(DocumentError::Cursor)?;
    let at = millis.parse().ok().and_then(DateTime::from_timestamp_millis).ok_or(DocumentError::Cursor)?;
    Ok((at, Uuid::try_parse(id).map_err(|_| DocumentError::Cursor)?))
}
