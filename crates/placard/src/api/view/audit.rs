//! Lines of the audit log.

use chrono::{DateTime, Utc};
use placard_domain::UserId;
use placard_store::audit::{Action, Line, Verified};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A line of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LineView {
    /// Its place in the tenant's chain.
    pub(crate) seq: i64,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who, as shown.
    pub(crate) actor: String,
    /// The person, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) user_id: Option<UserId>,
    /// What was done.
    #[schema(value_type = String)]
    pub(crate) action: Action,
    /// To what kind of thing.
    pub(crate) entity_type: String,
    /// To which one.
    pub(crate) entity_id: String,
    /// How it was, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) old: Option<Value>,
    /// How it became, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) new: Option<Value>,
    /// The address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    /// The program that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            seq: line.seq,
            at: line.at,
            actor: line.actor,
            user_id: line.user,
            action: line.action,
            entity_type: line.entity_type,
            entity_id: line.entity_id,
            old: line.old,
            new: line.new,
            ip: line.ip.map(|ip| ip.to_string()),
            agent: line.agent,
        }
    }
}

/// Whether the log is whole.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Verification {
    /// Whether every line is as it was written, and in its place, and the expected head was met.
    pub(crate) whole: bool,
    /// How many lines were looked at.
    pub(crate) lines: u64,
    /// The place of the first line that is kept; older ones were dropped because of their age.
    pub(crate) first: i64,
    /// The last line's place and hash: keep them elsewhere, and an exchange of the whole log is noticed as well.
    pub(crate) head: String,
    /// Whether the head that was expected was met; absent if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_was_met: Option<bool>,
    /// What is broken, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broken: Option<String>,
    /// The place of the first line that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broken_at: Option<i64>,
}

impl Verification {
    /// What was found, where a head was `expected` or not.
    pub(crate) fn of(found: &Verified, expected: bool) -> Self {
        Self {
            // A head from before the oldest line that is kept cannot be compared with anything.
            whole: found.broken.is_none() && (found.anchored || !expected),
            lines: found.rows,
            first: found.first_seq,
            head: format!("{}:{}", found.head.0, hex::encode(found.head.1)),
            expected_was_met: expected.then_some(found.anchored),
            broken: found.broken.map(|broken| broken.to_string()),
            broken_at: found.broken.map(|broken| broken.seq),
        }
    }
}
