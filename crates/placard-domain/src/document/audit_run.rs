//! What one audit of an address came to (requirement D8: history).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// One audit of one address, as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebsiteAuditRun {
    /// What tells it apart.
    #[schemars(schema_with = "field::uuid")]
    pub run_id: Uuid,
    /// The address.
    #[schemars(regex(pattern = r"^https?://[!-~]{1,1800}$"))]
    pub url: String,
    /// When it began.
    pub started_at: Moment,
    /// From 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub score: u8,
    /// How many errors, warnings and notes there were.
    pub found: Found,
    /// The whole audit, in the form of whoever made it.
    pub report: Map<String, Value>,
}

/// How much was found, by how bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Ads should not lead there.
    pub errors: u32,
    /// It costs money.
    pub warnings: u32,
    /// Good to know.
    pub notes: u32,
}

impl Document for WebsiteAuditRun {
    const COLLECTION: &'static Collection = &Collection {
        name: "website_audit_runs",
        one: "run of a website audit",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "run_id", kind: Kind::Text },
            Field { path: "url", kind: Kind::Text },
            Field { path: "started_at", kind: Kind::Moment },
            Field { path: "score", kind: Kind::Integer },
        ],
        natural_key: &["run_id"],
        indexes: &[Index {
            name: "url_idx",
            keys: &[Key::Up("url"), Key::Down("started_at")],
            unique: false,
            only: None,
        }],
        text: &[],
        expiry: Some(Expiry::Days { after: "started_at", days: 730, only: None }),
        anonymised_after_days: None,
    };
}
