//! Kinds of fields that documents share.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A point in time, exact to the millisecond, which is what every database of documents keeps. Written in one way only,
/// so that the order of the texts is the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime<Utc>);

/// The year is none from 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a moment lies between the years 1 and 9999")]
pub struct MomentOutOfRange;

impl Moment {
    /// The moment, without what is finer than a millisecond.
    ///
    /// # Errors
    /// [`MomentOutOfRange`] if its year is none from 1 to 9999; some servers of documents keep no others.
    pub fn new(at: DateTime<Utc>) -> Result<Self, MomentOutOfRange> {
        let kept = (1..=9999).contains(&at.year());
        kept.then(|| Self(at.trunc_subsecs(3))).ok_or(MomentOutOfRange)
    }

    /// The point in time.
    pub const fn get(self) -> DateTime<Utc> {
        self.0
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
        Self::new(at.to_utc()).map_err(|error| error.to_string())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// A UUID, as text.
pub(super) fn uuid(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": UUID})
}

/// Up to a thousand UUIDs.
pub(super) fn uuids(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "maxItems": 1000, "items": {"type": "string", "pattern": UUID}})
}

/// Up to a hundred short texts, each once.
pub(super) fn tags(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array", "maxItems": 100, "uniqueItems": true,
        "items": {"type": "string", "minLength": 1, "maxLength": 100},
    })
}

/// Exact numbers by name, each as text.
pub(super) fn decimals(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "maxProperties": 200,
        "additionalProperties": {"type": "string", "pattern": DECIMAL},
    })
}

/// One exact number, as text.
pub(super) fn decimal(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": DECIMAL})
}

const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
const DECIMAL: &str = r"^-?[0-9]{1,20}(\.[0-9]{1,12})?$";
