//! The published JSON Schema, made from the types that read the document.

use super::model::CampaignSpec;
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(CampaignSpec).to_value());

/// The JSON Schema (draft 2020-12) of a campaign spec.
pub fn json_schema() -> &'static Value {
    &SCHEMA
}
