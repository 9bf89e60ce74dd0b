//! People and pages that outreach may speak to (requirement O1).

use super::{Collection, Document, Field, Index, Key, Kind, Moment, Only, field, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Someone on a network, as found there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The network, in lower case.
    #[schemars(regex(pattern = "^[a-z0-9_]{1,40}$"))]
    pub platform: String,
    /// The network's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub platform_id: Option<String>,
    /// The handle, without an at sign.
    #[schemars(length(min = 1, max = 200))]
    pub username: String,
    /// The name that others see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub display_name: Option<String>,
    /// Where the profile is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub profile_url: Option<String>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub avatar_url: Option<String>,
    /// What they say of themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10_000))]
    pub bio: Option<String>,
    /// What the network tells about it.
    #[serde(default)]
    pub metadata: ProfileMetadata,
    /// What they wrote, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub posts: Vec<Post>,
    /// What they care about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "field::tags")]
    pub interests: Vec<String>,
    /// How they sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// How risky it would be to speak to them, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub risk_score: Option<u8>,
    /// Where they stand.
    pub status: ProfileStatus,
    /// Outreach campaigns that they are part of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "field::uuids")]
    pub campaigns: Vec<Uuid>,
}

/// What a network tells about a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileMetadata {
    /// How many follow them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub followers: Option<i64>,
    /// How many they follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub following: Option<i64>,
    /// How many posts there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub posts_count: Option<i64>,
    /// Whether the network vouches for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Where they say they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub location: Option<String>,
    /// Since when they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Moment>,
    /// When they were last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<Moment>,
}

/// Something they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The network's id.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// The words.
    #[schemars(length(max = 20_000))]
    pub content: String,
    /// When.
    pub posted_at: Moment,
    /// What came of it.
    #[serde(default)]
    pub engagement: Engagement,
}

/// What came of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Likes.
    #[schemars(range(min = 0))]
    pub likes: i64,
    /// Comments.
    #[schemars(range(min = 0))]
    pub comments: i64,
    /// Shares.
    #[schemars(range(min = 0))]
    pub shares: i64,
}

/// How someone sounds, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sentiment {
    /// From -100, hostile, to 100, friendly.
    #[schemars(range(min = -100, max = 100))]
    pub overall: i8,
    /// How sure that is, 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub confidence: u8,
}

words! {
    /// Where a profile stands.
    ProfileStatus {
        /// Nobody has decided.
        Pending = "pending",
        /// May be spoken to.
        Approved = "approved",
        /// Must not be spoken to.
        Rejected = "rejected",
        /// Has been spoken to.
        Engaged = "engaged",
    }
}

impl Document for Profile {
    const COLLECTION: &'static Collection = &Collection {
        name: "profiles",
        one: "profile",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "platform", kind: Kind::Text },
            Field { path: "platform_id", kind: Kind::Text },
            Field { path: "username", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "risk_score", kind: Kind::Integer },
            Field { path: "metadata.followers", kind: Kind::Integer },
            Field { path: "metadata.verified", kind: Kind::Bool },
            Field { path: "metadata.last_active_at", kind: Kind::Moment },
            Field { path: "interests", kind: Kind::Texts },
            Field { path: "campaigns", kind: Kind::Texts },
        ],
        natural_key: &["platform", "username"],
        indexes: &[
            Index {
                name: "platform_id_unique",
                keys: &[Key::Up("platform"), Key::Up("platform_id")],
                unique: true,
                only: Some(Only::Present("platform_id")),
            },
            Index {
                name: "status_idx",
                keys: &[Key::Up("status"), Key::Down("created_at")],
                unique: false,
                only: None,
            },
            Index {
                name: "approved_idx",
                keys: &[Key::Down("metadata.followers")],
                unique: false,
                only: Some(Only::Word("status", "approved")),
            },
        ],
        text: &["bio", "posts.content"],
        expiry: None,
        anonymised_after_days: None,
    };
}
