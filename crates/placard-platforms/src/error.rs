//! One error for every platform, whose kind decides what happens next.

use placard_domain::Platform;
use std::{sync::Arc, time::Duration};

/// A call that a platform refused, or that never got an answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} could not {operation}: {message}{}", .platform.title(), self.codes())]
pub struct PlatformError {
    /// Which platform.
    pub platform: Platform,
    /// A verb phrase, for example `create campaign`.
    pub operation: String,
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The platform's own error code.
    pub code: Option<i64>,
    /// The platform's finer code.
    pub subcode: Option<i64>,
    /// The platform's id of this answer, for its support.
    pub trace_id: Option<String>,
    /// The platform's words for developers, or ours where it said nothing.
    pub message: String,
    /// The platform's words for people.
    pub user_message: Option<String>,
    /// The request's field that it blames, dotted.
    pub field: Option<String>,
    /// What lies beneath, for transport failures.
    #[source]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What kind of failure it is. Each decides how to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing was sent: no connection was made.
    Unreachable,
    /// Sent, and no whole answer came back. A write may or may not have happened.
    LostAnswer,
    /// The platform failed on its side. A write may or may not have happened.
    ServerFault,
    /// Too many calls. Nothing happened.
    Throttled {
        /// How long the platform asks us to wait, if it says.
        retry_after: Option<Duration>,
    },
    /// The token is expired, revoked or wrong. A person must connect the account again.
    Unauthenticated,
    /// The token may not do this.
    Forbidden,
    /// The account cannot advertise: disabled, unpaid, blocked for policy.
    AccountBlocked,
    /// The object does not exist, or the token cannot see it.
    NotFound,
    /// The request is wrong. The same request will be refused again.
    Refused,
    /// The answer is not what the platform's documents promise.
    Malformed,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Send the same request again after this long, or after a back-off of our own.
    Again(Option<Duration>),
    /// Find out first whether it happened; then perhaps send it again.
    ProbeFirst,
    /// Not before a person has done this.
    AfterHumanFix(&'static str),
    /// Never.
    Never,
}

impl ErrorKind {
    /// What to do after a write failed like this.
    pub const fn retry_write(self) -> Retry {
        match self {
            Self::Unreachable => Retry::Again(None),
            Self::Throttled { retry_after } => Retry::Again(retry_after),
            Self::LostAnswer | Self::ServerFault | Self::Malformed => Retry::ProbeFirst,
            Self::Unauthenticated => Retry::AfterHumanFix("connect the ad account again: `placard connect`"),
            Self::Forbidden => {
                Retry::AfterHumanFix("grant the missing permission and connect again: `placard connect`")
            }
            Self::AccountBlocked => Retry::AfterHumanFix("settle the account's problem on the platform"),
            Self::NotFound | Self::Refused => Retry::Never,
        }
    }

    /// What to do after a read failed like this.
    pub const fn retry_read(self) -> Retry {
        match self.retry_write() {
            Retry::ProbeFirst => Retry::Again(None),
            other => other,
        }
    }
}

impl PlatformError {
    /// A failure that the platform gave no code for.
    pub fn new(
        platform: Platform,
        operation: impl Into<String>,
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            platform,
            operation: operation.into(),
            kind,
            code: None,
            subcode: None,
            trace_id: None,
            message: message.into(),
            user_message: None,
            field: None,
            source: None,
        }
    }

    fn codes(&self) -> String {
        match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => format!(" (code {code}, subcode {subcode})"),
            (Some(code), None) => format!(" (code {code})"),
            (None, _) => String::new(),
        }
    }
}
