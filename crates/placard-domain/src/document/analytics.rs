//! Metrics, events and aggregates by time and dimensions (requirement M7).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, Only, field, schema_of};
use crate::objective::words;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Numbers about a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsRecord {
    /// What tells it apart: an event's id, or the name, span and dimensions as their writer spells them.
    #[schemars(length(min = 1, max = 400))]
    pub key: String,
    /// What it is.
    pub kind: AnalyticsKind,
    /// What was measured or happened.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// How long the span is.
    pub bucket: Bucket,
    /// When it begins.
    pub time_bucket: Moment,
    /// What it is about.
    #[serde(default)]
    pub dimensions: Dimensions,
    /// The numbers, exact, as text.
    #[serde(default)]
    #[schemars(schema_with = "field::decimals")]
    pub metrics: BTreeMap<String, Decimal>,
}

/// What numbers are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    /// A campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub campaign_id: Option<Uuid>,
    /// A person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub user_id: Option<Uuid>,
    /// A network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40))]
    pub platform: Option<String>,
}

words! {
    /// What a record is.
    AnalyticsKind {
        /// A number at a time.
        Metric = "metric",
        /// Something that happened. Kept for 90 days.
        Event = "event",
        /// Made from metrics or events.
        Aggregate = "aggregate",
    }
}

words! {
    /// How long the span of a record is.
    Bucket {
        /// A minute.
        Minute = "minute",
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
    }
}

impl Document for AnalyticsRecord {
    const COLLECTION: &'static Collection = &Collection {
        name: "analytics",
        one: "analytics record",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "key", kind: Kind::Text },
            Field { path: "kind", kind: Kind::Text },
            Field { path: "name", kind: Kind::Text },
            Field { path: "bucket", kind: Kind::Text },
            Field { path: "time_bucket", kind: Kind::Moment },
            Field { path: "dimensions.campaign_id", kind: Kind::Text },
            Field { path: "dimensions.user_id", kind: Kind::Text },
            Field { path: "dimensions.platform", kind: Kind::Text },
        ],
        natural_key: &["key"],
        indexes: &[
            Index {
                name: "kind_idx",
                keys: &[Key::Up("kind"), Key::Down("time_bucket")],
                unique: false,
                only: None,
            },
            Index {
                name: "campaign_idx",
                keys: &[Key::Up("dimensions.campaign_id"), Key::Down("time_bucket")],
                unique: false,
                only: Some(Only::Present("dimensions.campaign_id")),
            },
        ],
        text: &[],
        expiry: Some(Expiry::Days {
            after: "time_bucket",
            days: 90,
            only: Some(Only::Word("kind", "event")),
        }),
        anonymised_after_days: None,
    };
}
