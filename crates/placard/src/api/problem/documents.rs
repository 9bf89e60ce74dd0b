//! What the API says of documents that could not be read or written.

use super::{Code, FieldError, Problem, Reason};
use placard_store::{
    automation::AutomationError,
    documents::{DocumentError, Violation},
};

/// A JSON pointer as paths are written here: `posts[1].engagement.likes`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            path.push_str(&format!("[{part}]"));
            continue;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&part);
    }
    path
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let words = error.to_string();
        match error {
            DocumentError::Invalid { violations, .. } => {
                let field = |wrong: Violation| FieldError {
                    path: dotted(&wrong.path),
                    message: wrong.message,
                    help: None,
                };
                Self::fields(violations.into_iter().map(field).collect())
            }
            DocumentError::Twice { .. } => Self::new(Code::Unfit, words),
            DocumentError::Taken { .. } => Self::new(Code::Conflict, words).reason(Reason::Taken),
            DocumentError::NotFound { one, .. } => Self::not_found(one),
            DocumentError::Stale { .. } => Self::new(Code::PreconditionFailed, words),
            DocumentError::UnknownField { path, .. } | DocumentError::Mismatch { path, .. } => {
                Self::unfit(path, words)
            }
            DocumentError::FilterTooLarge => Self::new(Code::Unfit, words),
            DocumentError::Cursor => Self::unfit("cursor", words),
            DocumentError::Store(error) => error.into(),
            DocumentError::Corrupt { .. } => Self::defect(&error),
            other => {
                tracing::warn!(error = &other as &dyn std::error::Error, "documents are not available");
                Self::new(Code::Unavailable, "the documents are not available; try again").retry_after(1)
            }
        }
    }
}

impl From<AutomationError> for Problem {
    fn from(error: AutomationError) -> Self {
        let words = error.to_string();
        match error {
            AutomationError::NotOwn => Self::unfit("own_account", words),
            AutomationError::Taken => Self::new(Code::Conflict, words).reason(Reason::Taken),
            AutomationError::Span => Self::unfit("expires_at", words),
            AutomationError::Expired { .. } | AutomationError::Illegal(_) => Self::new(Code::Conflict, words)
                .help("cookies are used once somebody has seen them work; others are put in their place"),
            AutomationError::Document(error) => error.into(),
        }
    }
}
