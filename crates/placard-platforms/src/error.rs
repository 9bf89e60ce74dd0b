//! One error for every platform, whose kind decides what happens next.

use crate::http::{PaceError, TransportError};
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
    pub code: Option<ErrorCode>,
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

/// How a platform calls an error.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// By a number.
    Number(i64),
    /// By words, such as `campaignError.DUPLICATE_CAMPAIGN_NAME`.
    Name(String),
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
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
    /// Nothing happened, because another request of the same call was refused.
    Withheld,
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
            Self::Unreachable | Self::Withheld => Retry::Again(None),
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

    /// A call that got no answer, or was never sent.
    pub fn transport(platform: Platform, operation: impl Into<String>, error: TransportError) -> Self {
        let kind = match &error {
            TransportError::NotSent(_) => ErrorKind::Unreachable,
            TransportError::Lost(_) => ErrorKind::LostAnswer,
            TransportError::Unbuildable(_) => ErrorKind::Refused,
        };
        let message = error.to_string();
        Self { source: Some(Arc::new(error)), ..Self::new(platform, operation, kind, message) }
    }

    /// A call that does not go out, because a limit is used up or cannot be looked after.
    pub fn paced(platform: Platform, operation: impl Into<String>, error: PaceError) -> Self {
        let kind = match &error {
            PaceError::Full { wait, .. } => ErrorKind::Throttled { retry_after: Some(*wait) },
            PaceError::Ledger(_) => ErrorKind::Unreachable,
        };
        let message = error.to_string();
        Self { source: Some(Arc::new(error)), ..Self::new(platform, operation, kind, message) }
    }

    /// The platform's own error code, where it is a number.
    pub const fn number(&self) -> Option<i64> {
        match self.code {
            Some(ErrorCode::Number(number)) => Some(number),
            Some(ErrorCode::Name(_)) | None => None,
        }
    }

    fn codes(&self) -> String {
        match (&self.code, self.subcode) {
            (Some(code), Some(subcode)) => format!(" (code {code}, subcode {subcode})"),
            (Some(code), None) => format!(" (code {code})"),
            (None, _) => String::new(),
        }
    }
}
