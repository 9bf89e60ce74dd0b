//! One login to one server.

use super::Address;
use chrono::{DateTime, Duration, Utc};
use placard_domain::TenantId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long before its end an access token is renewed.
const AHEAD: Duration = Duration::seconds(60);

/// One login to one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name; the file's name says it.
    #[serde(skip)]
    pub name: String,
    /// Where the server is.
    pub server: Address,
    /// Who is signed in, for people.
    pub who: String,
    /// The tenant that is open; `None` for a key that may not see it.
    pub tenant: Option<TenantRef>,
    /// What proves it.
    pub proof: Proof,
}

/// A tenant, as people and commands name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRef {
    /// Its id.
    pub id: TenantId,
    /// Its name in commands.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// What proves who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proof {
    /// A person's session. The refresh token is good once and gives the next pair.
    Session {
        /// Sent with each request.
        access_token: Kept,
        /// When it ends, by this machine's clock.
        expires_at: DateTime<Utc>,
        /// Gives the next two.
        refresh_token: Kept,
    },
    /// A program's key.
    ApiKey {
        /// Sent with each request.
        key: Kept,
    },
}

impl Proof {
    /// What is sent with a request at `now`; `None` if it has to be renewed first.
    pub(super) fn bearer(&self, now: DateTime<Utc>) -> Option<&Kept> {
        match self {
            Self::ApiKey { key } => Some(key),
            Self::Session { access_token, expires_at, .. } => {
                (now + AHEAD < *expires_at).then_some(access_token)
            }
        }
    }
}

/// A secret that is written into a profile and nowhere else: it shows as dots.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept(String);

impl Kept {
    /// The secret itself.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Kept {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
