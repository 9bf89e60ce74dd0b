//! Logins of a tenant's own accounts that automation uses (requirement O4). Placard keeps them and sends nothing through
//! them.

mod cookies;
mod life;

pub use cookies::{Cookies, CookiesError};
pub use life::{AutomationEvent, AutomationStatus};

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
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
    /// The account there, which belongs to the tenant.
    #[schemars(length(min = 1, max = 200))]
    pub account: String,
    /// When whoever added it confirmed that.
    pub confirmed_at: Moment,
    /// Who added it, if it was somebody who is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub user_id: Option<Uuid>,
    /// What requests go through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The browser it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub user_agent: Option<String>,
    /// The cookies and the proxy's password, sealed by the vault, in hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]*$"), length(max = 500_000))]
    pub sealed_cookies: String,
    /// Where it stands.
    pub status: AutomationStatus,
    /// When somebody last said whether it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_validated_at: Option<Moment>,
    /// When its cookies were last handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Moment>,
    /// When its cookies were last replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Moment>,
    /// From when on its cookies are handed out to nobody.
    pub expires_at: Moment,
}

/// A proxy. Its password is sealed with the cookies.
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

impl AutomationSession {
    /// So many days after it expired, a login is purged (requirement P5).
    pub const PURGED_AFTER_DAYS: u32 = 30;
    /// How many days a login may last: browsers keep no cookie longer (RFC 6265bis, section 5.5).
    pub const LONGEST_DAYS: u32 = 400;

    /// Days after which the database takes a login out by itself. Upkeep comes a week earlier and says so in the audit
    /// log, which a database's own expiry does not.
    const GONE_AFTER_DAYS: u32 = Self::PURGED_AFTER_DAYS + 7;
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
        expiry: Some(Expiry::Days { after: "expires_at", days: Self::GONE_AFTER_DAYS, only: None }),
        anonymised_after_days: None,
    };
}
