//! Logins of automation as the API and the command line show them.

use chrono::{DateTime, Utc};
use placard_domain::document::{AutomationEvent, AutomationSession, AutomationStatus, Proxy};
use placard_store::{
    automation::{HandedOut, Secret},
    documents::Stored,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody who tried a login saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// It works.
    Works,
    /// Something about it is odd.
    Doubtful,
    /// It does not work, or the network objects to it.
    Broken,
}

impl From<Seen> for AutomationEvent {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Works => Self::Validated,
            Seen::Doubtful => Self::Doubted,
            Seen::Broken => Self::Failed,
        }
    }
}

/// A login, without its cookies.
#[derive(Serialize, ToSchema)]
pub(crate) struct AutomationSessionView {
    /// Its id.
    pub(crate) id: Uuid,
    /// How often it was written. Stands in the `ETag` as well.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// What tells it apart.
    pub(crate) session_id: String,
    /// The network.
    pub(crate) platform: String,
    /// The account there.
    pub(crate) account: String,
    /// Where it stands: `active` (its cookies were seen to work), `degraded` (nobody has seen that yet, or somebody doubts
    /// it), `invalid` (it does not work).
    #[schema(value_type = String)]
    pub(crate) status: AutomationStatus,
    /// The browser that the cookies are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    /// What requests go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<ProxyView>,
    /// When whoever added it confirmed that the account is the tenant's own.
    pub(crate) confirmed_at: DateTime<Utc>,
    /// When somebody last said whether it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_validated_at: Option<DateTime<Utc>>,
    /// When its cookies were last handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// When its cookies were last replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rotated_at: Option<DateTime<Utc>>,
    /// From when on its cookies are handed out to nobody. Thirty days later it is purged.
    pub(crate) expires_at: DateTime<Utc>,
}

/// A proxy, without its password.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProxyView {
    /// Name or address.
    host: String,
    /// Port.
    port: u16,
    /// Who signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

/// A login with its cookies, as it is handed out.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandedOutView {
    /// The login.
    pub(crate) session: AutomationSessionView,
    /// The cookies, as they were put in.
    #[schema(value_type = Vec<Object>)]
    pub(crate) cookies: Value,
    /// The password of the proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy_password: Option<String>,
}

impl From<Stored<AutomationSession>> for AutomationSessionView {
    fn from(stored: Stored<AutomationSession>) -> Self {
        let Stored { id, version, document: session, .. } = stored;
        Self {
            id,
            version,
            session_id: session.session_id,
            platform: session.platform,
            account: session.account,
            status: session.status,
            user_agent: session.user_agent,
            proxy: session.proxy.map(|Proxy { host, port, username }| ProxyView { host, port, username }),
            confirmed_at: session.confirmed_at.get(),
            last_validated_at: session.last_validated_at.map(|at| at.get()),
            last_used_at: session.last_used_at.map(|at| at.get()),
            rotated_at: session.rotated_at.map(|at| at.get()),
            expires_at: session.expires_at.get(),
        }
    }
}

impl HandedOutView {
    pub(crate) fn of(handed_out: HandedOut) -> Self {
        let HandedOut { session, secret: Secret { cookies, proxy_password } } = handed_out;
        Self {
            session: session.into(),
            // They were checked when they were opened.
            cookies: serde_json::from_str(cookies.as_str()).unwrap_or_default(),
            proxy_password: proxy_password.map(|password| password.expose_secret().to_owned()),
        }
    }
}
