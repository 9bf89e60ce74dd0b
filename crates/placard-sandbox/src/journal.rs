//! The log of requests that tests read back.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::meta::params::Params;

/// One call as it was received and answered. An item of a batch is an entry of its own.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    /// Number of the request; it only grows.
    pub seq: u64,
    /// Virtual time.
    pub at: DateTime<Utc>,
    /// HTTP method, after any override.
    pub method: String,
    /// Path without its version.
    pub path: String,
    /// Decoded parameters with secrets replaced.
    pub params: Map<String, Value>,
    /// Status of the answer; 0 when the connection was cut before one.
    pub status: u16,
    /// Error code of the answer, if it is an error; on Google its HTTP code, on Microsoft that of the first partial
    /// error too.
    pub code: Option<i64>,
    /// Error subcode of the answer.
    pub subcode: Option<i64>,
    /// Whether the call changed the world.
    pub committed: bool,
    /// Number of the batch request this entry was an item of.
    pub batch: Option<u64>,
    /// Name of the fault that struck, if one did.
    pub fault: Option<String>,
    /// Digits of the ad account that the call was about.
    pub account: Option<String>,
    /// Google's first error, e.g. `campaignError.DUPLICATE_CAMPAIGN_NAME`, TikTok's message, or name and message of
    /// Microsoft's first error, be it a partial one.
    pub reason: Option<String>,
}

/// Entries in order; the oldest are dropped past a bound, so that a long-lived server does not grow.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: std::collections::VecDeque<RequestEntry>,
}

const KEEP: usize = 200_000;

/// Parameters whose values are secrets.
const SECRETS: &[&str] = &[
    "access_token",
    "appsecret_proof",
    "client_secret",
    "code",
    "fb_exchange_token",
    "input_token",
    "verify_token",
    "bytes",
    "batch",
];

impl Journal {
    pub(crate) fn push(&mut self, entry: RequestEntry) {
        if self.entries.len() == KEEP {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Entries numbered above `seq`.
    pub(crate) fn since(&self, seq: u64) -> Vec<RequestEntry> {
        self.entries.iter().filter(|entry| entry.seq > seq).cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Parameters fit for a log: secrets replaced, nested JSON decoded.
pub(crate) fn redacted(params: &Params) -> Map<String, Value> {
    let show = |name: &str, value: &Value| match value {
        _ if SECRETS.contains(&name) => json!("[redacted]"),
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    };
    params.iter().map(|(name, value)| (name.clone(), show(name, value))).collect()
}
