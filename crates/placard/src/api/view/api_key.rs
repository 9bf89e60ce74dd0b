//! API keys.

use crate::api::access::{Permission, Permissions};
use chrono::{DateTime, Utc};
use placard_domain::ApiKeyId;
use placard_store::api_key::ApiKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An API key, without the key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: ApiKeyId,
    /// What it is for.
    pub(crate) name: String,
    /// How the key begins.
    pub(crate) prefix: String,
    /// What it may do, as far as its maker may.
    pub(crate) scopes: Vec<Permission>,
    /// The address of whoever made it, and beyond whose rights it never goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<String>,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last used, within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: Permissions::named(key.scopes.iter().map(String::as_str)).iter().collect(),
            created_by: key.created_by_email,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A new API key. The key is shown only now.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CreatedKey {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(crate) id: ApiKeyId,
    /// The key: send it as `authorization: Bearer`.
    pub(crate) key: String,
}

impl KeyView {
    /// Whether it is good at `now`.
    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
