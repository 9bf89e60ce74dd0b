//! What can go wrong with documents, as decisions that a caller can take.

use crate::StoreError;
use placard_domain::document::{Collection, Kind};
use uuid::Uuid;

/// Why an operation on documents did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A document is not as its collection wants it. Nothing was written.
    #[error("the {one} is not valid: {}", list(violations))]
    Invalid {
        /// What kind of document it is.
        one: &'static str,
        /// All that is wrong with it, never empty.
        violations: Vec<Violation>,
    },
    /// Documents that are meant to go in together have the same natural key. Nothing was written.
    #[error("two of them are the same {one}: {key}")]
    Twice {
        /// What kind of document it is.
        one: &'static str,
        /// The values of the natural key.
        key: String,
    },
    /// Another document has what only one may have.
    #[error("another {one} has the same {rule}")]
    Taken {
        /// What kind of document it is.
        one: &'static str,
        /// The index that would hold it twice; `natural_key` for the natural key.
        rule: String,
    },
    /// There is no such document, or it is another tenant's.
    #[error("there is no {one} {id}")]
    NotFound {
        /// What kind of document it is.
        one: &'static str,
        /// By which id.
        id: Uuid,
    },
    /// Someone else changed it since. Read it again.
    #[error("the {one} {id} has changed since: it is at version {version} now")]
    Stale {
        /// What kind of document it is.
        one: &'static str,
        /// Its id.
        id: Uuid,
        /// The version that it is at.
        version: i64,
    },
    /// Documents cannot be filtered or sorted by this.
    #[error("{collection} cannot be looked up by {path}")]
    UnknownField {
        /// The collection.
        collection: &'static str,
        /// What was asked for.
        path: String,
    },
    /// A filter compares a field with something else than what is in it.
    #[error("{path} holds {}, so it cannot be compared like this", kind_words(*kind))]
    Mismatch {
        /// The field.
        path: String,
        /// What it holds.
        kind: Kind,
    },
    /// A filter is too deep, or names too many values.
    #[error("the filter is too large")]
    FilterTooLarge,
    /// A cursor was not given by this collection for this filter and order.
    #[error("the cursor belongs to another question; begin without one")]
    Cursor,
    /// The tenant's documents are in a database that this process is not connected to.
    #[error("{store} holds the documents or is to, and this process is not connected to it")]
    NotConnected {
        /// Which one.
        store: super::Store,
    },
    /// The tenant's documents are being moved, or have just been. The facade looks again.
    #[error("the documents are elsewhere now")]
    Elsewhere,
    /// Someone else is moving the tenant's documents.
    #[error("the documents are being moved by someone else")]
    Moving,
    /// Both sides of a move could not be made the same. The documents are where they were.
    #[error("the copies of {collection} differ from the documents, again and again")]
    Differs {
        /// The collection.
        collection: &'static str,
    },
    /// A stored document means nothing to this version.
    #[error("the {one} {id} holds what this version does not understand")]
    Corrupt {
        /// What kind of document it is.
        one: &'static str,
        /// Its id.
        id: Uuid,
        /// Why it could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// PostgreSQL refused.
    #[error(transparent)]
    Store(StoreError),
    /// What should say where MongoDB is does not. It is not repeated, since it may hold a password.
    #[cfg(feature = "mongodb")]
    #[error("the address of MongoDB is none; one looks like mongodb://user:password@host:27017/placard")]
    Address,
    /// Nobody answers there.
    #[cfg(feature = "mongodb")]
    #[error("MongoDB does not answer at {}", hosts.join(", "))]
    Silent {
        /// Where was looked.
        hosts: Vec<String>,
    },
    /// MongoDB refused.
    #[cfg(feature = "mongodb")]
    #[error("MongoDB refused")]
    MongoDb(#[source] Box<::mongodb::error::Error>),
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON pointer; empty for the document itself.
    pub path: String,
    /// Which rule, by its name in JSON Schema.
    pub rule: String,
    /// What is wrong, without repeating what stands there.
    pub message: String,
}

impl DocumentError {
    /// Whether the same again may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            #[cfg(feature = "mongodb")]
            Self::MongoDb(error) => {
                use ::mongodb::error::{RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR};
                error.contains_label(RETRYABLE_WRITE_ERROR)
                    || error.contains_label(TRANSIENT_TRANSACTION_ERROR)
            }
            _ => false,
        }
    }

    pub(super) fn not_found(of: &'static Collection, id: Uuid) -> Self {
        Self::NotFound { one: of.one, id }
    }
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for DocumentError {
    fn from(error: sqlx::Error) -> Self {
        /// What `document_pass` raises (`migrations/0050`).
        const ELSEWHERE: &str = "PD001";
        match error.as_database_error().and_then(|refusal| refusal.code()) {
            Some(code) if code == ELSEWHERE => Self::Elsewhere,
            _ => Self::Store(error.into()),
        }
    }
}

fn list(violations: &[Violation]) -> String {
    let words = violations.iter().map(|Violation { path, rule, message }| {
        let path = if path.is_empty() { "the document" } else { path };
        format!("{path}: {message} ({rule})")
    });
    words.collect::<Vec<_>>().join("; ")
}

const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Integer => "a whole number",
        Kind::Bool => "yes or no",
        Kind::Moment => "a point in time",
        Kind::Texts => "a list of texts",
    }
}
