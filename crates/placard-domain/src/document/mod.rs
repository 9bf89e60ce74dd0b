//! Documents: what is kept as a whole rather than in columns, and what each collection promises about it.
//!
//! A type that implements [`Document`] is the one place that says what its documents hold. Its [`Collection`] says once
//! what both databases build from it: the natural key, the indexes, what is searched by words, when a document
//! expires. The JSON Schema comes from the type.

mod analytics;
mod audit;
mod audit_run;
mod automation_session;
mod boost;
mod collection;
mod content;
mod copy;
mod field;
mod message;
mod profile;
mod prompt;
mod words;

pub use analytics::{AnalyticsKind, AnalyticsRecord, Bucket, Dimensions};
pub use audit::{AuditIssue, AuditStatus, Severity, WebsiteAudit};
pub use audit_run::{Found, WebsiteAuditRun};
pub use automation_session::{
    AutomationEvent, AutomationSession, AutomationStatus, Cookies, CookiesError, Proxy,
};
pub use boost::{BoostBudget, BoostCopy, BoostDraft, BoostStatus};
pub use collection::{Collection, Expiry, Field, Index, Key, Kind, Only};
pub use content::{AssetMetadata, AssetStatus, AssetType, ContentAsset, Generation};
pub use copy::{CopyUse, GeneratedCopy, UsedKind, WriterKind};
pub use field::{Moment, MomentOutOfRange};
pub use message::{Message, MessageKind, MessageResponse, MessageStatus};
pub use profile::{Engagement, Post, Profile, ProfileMetadata, ProfileStatus, Sentiment};
pub use prompt::{PromptCost, PromptOutcome, PromptRecord};
pub use words::{query_words, words_of};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A type whose values are the documents of one collection.
pub trait Document: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// What the collection promises.
    const COLLECTION: &'static Collection;
}

/// Every collection, in the order in which people see them.
pub const COLLECTIONS: [&Collection; 10] = [
    Profile::COLLECTION,
    Message::COLLECTION,
    AutomationSession::COLLECTION,
    AnalyticsRecord::COLLECTION,
    ContentAsset::COLLECTION,
    PromptRecord::COLLECTION,
    GeneratedCopy::COLLECTION,
    BoostDraft::COLLECTION,
    WebsiteAudit::COLLECTION,
    WebsiteAuditRun::COLLECTION,
];

/// The JSON Schema (draft 2020-12) of a document, without references.
fn schema_of<D: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<D>().to_value()
}
