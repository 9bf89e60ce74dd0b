//! What outreach says to people, and what they answer (requirement O3).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One message to one profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The outreach campaign.
    #[schemars(schema_with = "field::uuid")]
    pub campaign_id: Uuid,
    /// Whom it goes to.
    #[schemars(schema_with = "field::uuid")]
    pub profile_id: Uuid,
    /// Its place in the sequence.
    pub kind: MessageKind,
    /// Its number among those of its kind, from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub step: u16,
    /// The words; empty once anonymised.
    #[schemars(length(max = 20_000))]
    pub content: String,
    /// The network or channel.
    #[schemars(regex(pattern = "^[a-z0-9_]{1,40}$"))]
    pub platform: String,
    /// Where it stands.
    pub status: MessageStatus,
    /// From when on it may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Moment>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Moment>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Moment>,
    /// How often sending was tried.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub attempts: u16,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub failure: Option<String>,
    /// What they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<MessageResponse>,
    /// Their name, as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub display_name: Option<String>,
    /// Their picture, as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub avatar_url: Option<String>,
    /// Since when it says nothing of a person any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymised_at: Option<Moment>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageResponse {
    /// The words; empty once anonymised.
    #[schemars(length(max = 20_000))]
    pub content: String,
    /// When it came.
    pub received_at: Moment,
    /// How it sounds, from -100 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -100, max = 100))]
    pub sentiment: Option<i8>,
}

words! {
    /// A message's place in a sequence.
    MessageKind {
        /// The first.
        Initial = "initial",
        /// One that comes after it without an answer.
        FollowUp = "follow_up",
        /// Written by hand.
        Custom = "custom",
    }
}

words! {
    /// Where a message stands.
    MessageStatus {
        /// It waits for its time.
        Scheduled = "scheduled",
        /// It was handed over.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It will not arrive.
        Failed = "failed",
    }
}

impl Document for Message {
    const COLLECTION: &'static Collection = &Collection {
        name: "messages",
        one: "message",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "campaign_id", kind: Kind::Text },
            Field { path: "profile_id", kind: Kind::Text },
            Field { path: "kind", kind: Kind::Text },
            Field { path: "step", kind: Kind::Integer },
            Field { path: "status", kind: Kind::Text },
            Field { path: "scheduled_for", kind: Kind::Moment },
            Field { path: "sent_at", kind: Kind::Moment },
            Field { path: "anonymised_at", kind: Kind::Moment },
        ],
        natural_key: &["campaign_id", "profile_id", "kind", "step"],
        indexes: &[
            Index {
                name: "due_idx",
                keys: &[Key::Up("status"), Key::Up("scheduled_for")],
                unique: false,
                only: None,
            },
            Index { name: "sent_idx", keys: &[Key::Down("sent_at")], unique: false, only: None },
        ],
        text: &[],
        expiry: Some(Expiry::Days { after: "created_at", days: 730, only: None }),
        anonymised_after_days: Some(365),
    };
}
