//! What was done about a lead, or is to be.

use crate::{objective::words, status::parse_words};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What kind of thing was done.
    ActivityKind {
        /// Something was written down.
        Note = "note",
        /// A call.
        Call = "call",
        /// An e-mail.
        Email = "email",
        /// A meeting.
        Meeting = "meeting",
        /// Something that is to be done.
        Task = "task",
    }
}

parse_words!(ActivityKind);

/// Something that was done about a lead, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What kind.
    pub kind: ActivityKind,
    /// What, for people.
    pub text: String,
    /// When a task is to be done; only a task has that.
    pub due_at: Option<DateTime<Utc>>,
}

/// Why there can be no such activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityError {
    /// A text that says nothing.
    #[error("a text has 1 to 10000 characters")]
    Text,
    /// Something else than a task is due.
    #[error("only a task is due, and this is a {0}")]
    Due(ActivityKind),
}

impl Activity {
    /// An activity that can be.
    pub fn new(kind: ActivityKind, text: &str, due_at: Option<DateTime<Utc>>) -> Result<Self, ActivityError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 10_000 {
            return Err(ActivityError::Text);
        }
        if due_at.is_some() && kind != ActivityKind::Task {
            return Err(ActivityError::Due(kind));
        }
        Ok(Self { kind, text: text.to_owned(), due_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_task_is_due() {
        let due = Some(DateTime::UNIX_EPOCH);
        assert_eq!(
            Activity::new(ActivityKind::Call, "Ann", due),
            Err(ActivityError::Due(ActivityKind::Call))
        );
        assert!(Activity::new(ActivityKind::Task, "Ann", due).is_ok());
        assert_eq!(Activity::new(ActivityKind::Note, " ", None), Err(ActivityError::Text));
    }
}
