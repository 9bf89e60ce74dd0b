//! Copy that was generated, and what uses it (requirement D6).

use super::{Collection, Document, Field, Index, Key, Kind, field, schema_of};
use crate::objective::words;
use crate::{Platform, copy::Variant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words that were generated for an ad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeneratedCopy {
    /// What they are for: a headline of a campaign, say.
    #[schemars(length(min = 1, max = 200))]
    pub context: String,
    /// The SHA-256 of the words, in hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// The words.
    #[schemars(length(min = 1, max = 20_000))]
    pub text: String,
    /// The same by part, as a spec takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Variant>,
    /// Who wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<WriterKind>,
    /// Where they fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "field::tags")]
    pub platforms: Vec<Platform>,
    /// What they are found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "field::tags")]
    pub tags: Vec<String>,
    /// The call that made them, in the history of prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub request_id: Option<String>,
    /// What uses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub used_by: Vec<CopyUse>,
}

/// Something that uses a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyUse {
    /// What it is.
    pub kind: UsedKind,
    /// Its id or key.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
}

words! {
    /// What writes copies.
    WriterKind {
        /// Patterns into which a brief's words are put. No model is asked.
        Template = "template",
        /// A model.
        Model = "model",
    }
}

words! {
    /// What uses a copy.
    UsedKind {
        /// A campaign.
        Campaign = "campaign",
        /// An ad group.
        AdGroup = "ad_group",
        /// An ad.
        Ad = "ad",
    }
}

impl Document for GeneratedCopy {
    const COLLECTION: &'static Collection = &Collection {
        name: "generated_copy",
        one: "generated copy",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "context", kind: Kind::Text },
            Field { path: "sha256", kind: Kind::Text },
            Field { path: "request_id", kind: Kind::Text },
            Field { path: "tags", kind: Kind::Texts },
            Field { path: "used_by.id", kind: Kind::Texts },
        ],
        natural_key: &["context", "sha256"],
        indexes: &[Index {
            name: "context_idx",
            keys: &[Key::Up("context"), Key::Down("created_at")],
            unique: false,
            only: None,
        }],
        text: &["text"],
        expiry: None,
        anonymised_after_days: None,
    };
}
