//! What was asked of models and what they answered (requirement D5).

use super::{Collection, Document, Field, Index, Key, Kind, Moment, field, schema_of};
use crate::objective::words;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One call to a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptRecord {
    /// What tells the call apart.
    #[schemars(length(min = 1, max = 200))]
    pub request_id: String,
    /// Who asked; nobody if a job did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub user_id: Option<Uuid>,
    /// What asked.
    #[schemars(length(min = 1, max = 200))]
    pub tool: String,
    /// Whom it asked: the model, or `template` where none was asked.
    #[schemars(length(min = 1, max = 200))]
    pub model: String,
    /// The version of the wording that the question was made from: its SHA-256, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub prompt_version: Option<String>,
    /// The question.
    #[schemars(length(max = 200_000))]
    pub prompt: String,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200_000))]
    pub response: Option<String>,
    /// Tokens of the question.
    #[schemars(range(min = 0))]
    pub tokens_in: i64,
    /// Tokens of the answer.
    #[schemars(range(min = 0))]
    pub tokens_out: i64,
    /// What it cost, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<PromptCost>,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub problem: Option<String>,
    /// How it ended.
    pub outcome: PromptOutcome,
    /// When it was asked.
    pub asked_at: Moment,
}

/// What a call cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptCost {
    /// How much, in major units.
    #[schemars(schema_with = "field::decimal")]
    pub amount: Decimal,
    /// Of which currency.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

words! {
    /// How a call ended.
    PromptOutcome {
        /// It is not known: asked, and nothing is on record of an answer.
        Asked = "asked",
        /// With an answer.
        Answered = "answered",
        /// The model would not.
        Refused = "refused",
        /// Without one.
        Failed = "failed",
    }
}

impl Document for PromptRecord {
    const COLLECTION: &'static Collection = &Collection {
        name: "prompt_history",
        one: "prompt",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "request_id", kind: Kind::Text },
            Field { path: "user_id", kind: Kind::Text },
            Field { path: "tool", kind: Kind::Text },
            Field { path: "model", kind: Kind::Text },
            Field { path: "outcome", kind: Kind::Text },
            Field { path: "asked_at", kind: Kind::Moment },
        ],
        natural_key: &["request_id"],
        indexes: &[
            Index {
                name: "user_idx",
                keys: &[Key::Up("user_id"), Key::Down("asked_at")],
                unique: false,
                only: None,
            },
            Index {
                name: "model_idx",
                keys: &[Key::Up("tool"), Key::Up("model"), Key::Down("asked_at")],
                unique: false,
                only: None,
            },
        ],
        text: &["prompt", "response"],
        expiry: None,
        anonymised_after_days: None,
    };
}
