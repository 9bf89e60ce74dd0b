//! Logins of a tenant's own accounts that automation uses (requirement O4).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A login, with its cookies sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationSession {
    /// What tells it apart.
    #[schemars(length(min = 1, max = 200))]
    pub session_id: String,
    /// The network.
    #[schemars(regex(pattern = "^[a-z0-9_]{1,40}$"))]
    pub platform: String,
    /// Whose login it is.
    #[schemars(schema_with = "field::uuid")]
    pub user_id: Uuid,
    /// What requests go through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The browser it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub user_agent: Option<String>,
    /// The cookies, sealed by the vault, in hexadecimal. Never the cookies themselves.
    #[schemars(regex(pattern = "^[0-9a-f]*$"), length(max = 500_000))]
    pub sealed_cookies: String,
    /// Where it stands.
    pub status: AutomationStatus,
    /// When it was last seen to work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_validated_at: Option<Moment>,
    /// When it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Moment>,
    /// When it goes away.
    pub expires_at: Moment,
}

/// A proxy. Its password is in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Name or address.
    #[schemars(length(min = 1, max = 253))]
    pub host: String,
    /// Port.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: u16,
    /// Who signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub username: Option<String>,
}

words! {
    /// Where a login stands.
    AutomationStatus {
        /// It works.
        Active = "active",
        /// It worked, and needs a look.
        Degraded = "degraded",
        /// It does not work.
        Invalid = "invalid",
    }
}

impl Document for AutomationSession {
    const COLLECTION: &'static Collection = &Collection {
        name: "automation_sessions",
        one: "automation session",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "session_id", kind: Kind::Text },
            Field { path: "platform", kind: Kind::Text },
            Field { path: "user_id", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "last_validated_at", kind: Kind::Moment },
            Field { path: "expires_at", kind: Kind::Moment },
        ],
        natural_key: &["session_id"],
        indexes: &[
            Index {
                name: "owner_idx",
                keys: &[Key::Up("platform"), Key::Up("user_id")],
                unique: false,
                only: None,
            },
            Index {
                name: "status_idx",
                keys: &[Key::Up("status"), Key::Down("last_validated_at")],
                unique: false,
                only: None,
            },
        ],
        text: &[],
        expiry: Some(Expiry::At("expires_at")),
        anonymised_after_days: None,
    };
}
