//! A hash of many documents that does not depend on their order.

use super::adapter::Entry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The sum of the hashes of documents, and how many they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    documents: u64,
    sum: [u64; 4],
}

impl Digest {
    /// Counts a document in. Gives its own hash.
    pub(super) fn add(&mut self, entry: &Entry) -> [u8; 32] {
        let mut text = format!(
            "{} {} {} {} ",
            entry.id,
            entry.version,
            entry.created_at.timestamp_millis(),
            entry.updated_at.timestamp_millis(),
        );
        write(&entry.body, &mut text);
        let hash: [u8; 32] = Sha256::digest(text).into();
        let (lanes, _) = hash.as_chunks::<8>();
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*lane));
        }
        self.documents += 1;
        hash
    }

    pub(super) const fn documents(&self) -> u64 {
        self.documents
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sum.iter().try_for_each(|lane| write!(f, "{lane:016x}"))
    }
}

/// The document with its names in order, since a database may keep them in one of its own.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, field) in fields {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(field, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}
