//! What can go wrong with logins, as decisions that a caller can take.

use crate::{StoreError, documents::DocumentError};
use placard_domain::{
    document::{AutomationSession, Moment},
    status::IllegalTransition,
};

/// Why nothing was done with a login.
#[derive(Debug, thiserror::Error)]
pub enum AutomationError {
    /// Nobody confirmed that the account is the tenant's own.
    #[error(
        "nobody has confirmed that the account belongs to you; logins of other people's accounts are not kept"
    )]
    NotOwn,
    /// Another is called so.
    #[error("a login of this name is kept already")]
    Taken,
    /// It is over, or would last too long.
    #[error("a login ends in the future, at most {} days from now", AutomationSession::LONGEST_DAYS)]
    Span,
    /// It is over.
    #[error("the login expired at {since}")]
    Expired {
        /// When.
        since: Moment,
    },
    /// Where it stands forbids it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The documents refuse.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl From<StoreError> for AutomationError {
    fn from(error: StoreError) -> Self {
        Self::Document(error.into())
    }
}
