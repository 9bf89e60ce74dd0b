//! What the API says of documents that could not be read or written.

use super::{Code, FieldError, Problem, Reason};
use placard_store::documents::{DocumentError, Violation};

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Store(error) => error.into(),
            DocumentError::NotFound { one, .. } => Self::not_found(one),
            DocumentError::Stale { .. } => Self::new(Code::PreconditionFailed, error.to_string()),
            DocumentError::Taken { .. } | DocumentError::Twice { .. } => {
                Self::new(Code::Conflict, error.to_string()).reason(Reason::Taken)
            }
            DocumentError::Cursor => Self::unfit("cursor", "is not one that this list gave"),
            DocumentError::Invalid { violations, .. } => {
                let field = |one: Violation| FieldError { path: one.path, message: one.message, help: None };
                Self::fields(violations.into_iter().map(field).collect())
            }
            DocumentError::Moving | DocumentError::Elsewhere | DocumentError::NotConnected { .. } => {
                tracing::warn!(error = &error as &dyn std::error::Error, "documents are elsewhere");
                Self::new(Code::Unavailable, "the documents cannot be reached; try again").retry_after(5)
            }
            other => Self::defect(&other),
        }
    }
}
