//! Audience (stub).
use serde_json::{Map, Value};
pub(crate) fn audience(_targeting: &Map<String, Value>) -> i64 {
    1_000_000
}
