//! What was found on a website that ads lead to (requirement D8).

use super::{Collection, Document, Field, Index, Key, Kind, Moment, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The audit of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebsiteAudit {
    /// The address.
    #[schemars(regex(pattern = r"^https?://[!-~]{1,1800}$"))]
    pub url: String,
    /// Where it stands.
    pub status: AuditStatus,
    /// When it last ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_at: Option<Moment>,
    /// From 0 to 100, as it last was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub score: Option<u8>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000))]
    pub issues: Vec<AuditIssue>,
    /// What was measured: bytes, milliseconds, counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, i64>,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub failure: Option<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditIssue {
    /// Which check.
    #[schemars(length(min = 1, max = 100))]
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    #[schemars(length(max = 2000))]
    pub message: String,
    /// What to do.
    #[schemars(length(max = 2000))]
    pub fix: String,
    /// Where it is, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub place: Option<String>,
}

words! {
    /// Where an audit stands.
    AuditStatus {
        /// It waits.
        Queued = "queued",
        /// It is being done.
        Running = "running",
        /// It is done.
        Done = "done",
        /// It could not be done.
        Failed = "failed",
    }
}

words! {
    /// How bad something is.
    Severity {
        /// Ads will be refused or people lost.
        Critical = "critical",
        /// It costs money.
        Warning = "warning",
        /// Good to know.
        Notice = "notice",
    }
}

impl Document for WebsiteAudit {
    const COLLECTION: &'static Collection = &Collection {
        name: "website_audits",
        one: "website audit",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "url", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "last_run_at", kind: Kind::Moment },
            Field { path: "issues.severity", kind: Kind::Texts },
        ],
        natural_key: &["url"],
        indexes: &[
            Index { name: "status_idx", keys: &[Key::Up("status")], unique: false, only: None },
            Index { name: "last_run_idx", keys: &[Key::Down("last_run_at")], unique: false, only: None },
        ],
        text: &[],
        expiry: None,
        anonymised_after_days: None,
    };
}
