//! Images, videos and texts that ads are made of (requirement D4).

use super::{Collection, Document, Field, Index, Key, Kind, Moment, Only, field, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that an ad can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentAsset {
    /// What it was made for.
    #[schemars(length(min = 1, max = 200))]
    pub project: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: AssetType,
    /// Where it is.
    #[schemars(regex(pattern = r"^[!-~]{1,1800}$"))]
    pub url: String,
    /// What is known about it, by type.
    #[serde(default)]
    pub metadata: AssetMetadata,
    /// The words, if it is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50_000))]
    pub text: Option<String>,
    /// What it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "field::tags")]
    pub tags: Vec<String>,
    /// How it was generated, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// Where it stands.
    pub status: AssetStatus,
}

/// What is known about an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetMetadata {
    /// Pixels across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub width: Option<u32>,
    /// Pixels down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub height: Option<u32>,
    /// How long a video is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub duration_ms: Option<i64>,
    /// `png`, `mp4` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub format: Option<String>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub bytes: Option<i64>,
    /// The SHA-256 of its bytes, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
}

/// How an asset was generated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// The model.
    #[schemars(length(min = 1, max = 200))]
    pub model: String,
    /// What it was asked.
    #[schemars(length(max = 50_000))]
    pub prompt: String,
    /// When.
    pub generated_at: Moment,
}

words! {
    /// What an asset is.
    AssetType {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// Words.
        TextCopy = "text_copy",
    }
}

words! {
    /// Where an asset stands.
    AssetStatus {
        /// Being made.
        Draft = "draft",
        /// May be used.
        Approved = "approved",
        /// Put away.
        Archived = "archived",
    }
}

impl Document for ContentAsset {
    const COLLECTION: &'static Collection = &Collection {
        name: "content_assets",
        one: "content asset",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "project", kind: Kind::Text },
            Field { path: "type", kind: Kind::Text },
            Field { path: "url", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "metadata.sha256", kind: Kind::Text },
            Field { path: "metadata.bytes", kind: Kind::Integer },
            Field { path: "tags", kind: Kind::Texts },
        ],
        natural_key: &["project", "url"],
        indexes: &[
            Index {
                name: "status_idx",
                keys: &[Key::Up("project"), Key::Up("status"), Key::Down("created_at")],
                unique: false,
                only: None,
            },
            Index {
                name: "content_idx",
                keys: &[Key::Up("metadata.sha256")],
                unique: false,
                only: Some(Only::Present("metadata.sha256")),
            },
        ],
        text: &["text", "generation.prompt"],
        expiry: None,
        anonymised_after_days: None,
    };
}
