//! Boosts that are being put together (requirement D7).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What someone has chosen so far, one for each session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoostDraft {
    /// The session.
    #[schemars(length(min = 1, max = 200))]
    pub session_id: String,
    /// The chosen asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub asset_id: Option<Uuid>,
    /// The chosen audience, as a spec says it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub targeting: Map<String, Value>,
    /// How much to spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BoostBudget>,
    /// Where it stands.
    pub status: BoostStatus,
    /// The campaign that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub campaign_id: Option<Uuid>,
    /// When it goes away.
    pub expires_at: Moment,
}

/// How much a boost may spend in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoostBudget {
    /// In minor units.
    #[schemars(range(min = 1))]
    pub minor: i64,
    /// Of which currency.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

words! {
    /// Where a boost stands.
    BoostStatus {
        /// Being put together.
        Draft = "draft",
        /// Complete.
        Ready = "ready",
        /// It became a campaign.
        Converted = "converted",
    }
}

impl Document for BoostDraft {
    const COLLECTION: &'static Collection = &Collection {
        name: "boost_drafts",
        one: "boost draft",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "session_id", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "expires_at", kind: Kind::Moment },
        ],
        natural_key: &["session_id"],
        indexes: &[Index { name: "status_idx", keys: &[Key::Up("status")], unique: false, only: None }],
        text: &[],
        expiry: Some(Expiry::At("expires_at")),
        anonymised_after_days: None,
    };
}
