//! Consent and tokens (Meta, `platforms/meta.md` §3).

use super::{
    Meta, VERSION,
    encode::params,
    errors::ours,
    graph::{Call, decode},
    wire::{DebugToken, Listing, PermissionRow, TokenReply},
};
use crate::{ErrorKind, Grant, Opened, PlatformError};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// What Placard asks for: to write and read ads, and the pages' forms and leads.
pub const SCOPES: &[&str] = &[
    "ads_management",
    "ads_read",
    "business_management",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_ads",
    "pages_manage_metadata",
    "leads_retrieval",
];

/// Without these nothing works.
const NEEDED: &[&str] = &["ads_management", "ads_read"];

/// What a token is and may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whether it works now.
    pub valid: bool,
    /// Whether it was made for this app.
    pub ours: bool,
    /// `USER`, `PAGE`, `APP` or `SYSTEM_USER`.
    pub kind: Option<String>,
    /// When it dies; `None` if it does not.
    pub expires_at: Option<DateTime<Utc>>,
    /// When access to data ends unless the person comes back, 90 days after they last did.
    pub data_access_expires_at: Option<DateTime<Utc>>,
    /// Permissions that were granted.
    pub scopes: Vec<String>,
    /// The person, system user or page it belongs to.
    pub user_id: Option<String>,
    /// Why it does not work, in Meta's words.
    pub problem: Option<String>,
}

/// A permission and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Its name, such as `ads_management`.
    pub name: String,
    /// Whether it is granted; it may also be declined or expired.
    pub granted: bool,
}

impl Meta {
    /// Where to send a person for consent. `redirect` must be the same, byte for byte, in [`Meta::exchange_code`].
    pub(super) fn dialog_url(&self, state: &str, redirect: &str) -> Url {
        let mut url = self.dialog.clone();
        url.set_path(&format!("{VERSION}/dialog/oauth"));
        url.query_pairs_mut()
            .append_pair("client_id", &self.graph.app_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("state", state)
            .append_pair("response_type", "code")
            .append_pair("scope", &SCOPES.join(","));
        url
    }

    /// The short-lived token behind the code that consent gave.
    pub async fn exchange_code(
        &self,
        code: &str,
        redirect: &str,
        now: DateTime<Utc>,
    ) -> Result<Grant, PlatformError> {
        let params = params([
            ("client_id", self.graph.app_id.as_str().into()),
            ("redirect_uri", redirect.into()),
            ("client_secret", self.graph.app_secret.expose_secret().into()),
            ("code", code.into()),
        ]);
        self.grant("exchange the code", params, now).await
    }

    /// A token of about 60 days for a short-lived one that still works.
    pub async fn long_lived(&self, token: &SecretString, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        let params = params([
            ("grant_type", "fb_exchange_token".into()),
            ("client_id", self.graph.app_id.as_str().into()),
            ("client_secret", self.graph.app_secret.expose_secret().into()),
            ("fb_exchange_token", token.expose_secret().into()),
        ]);
        self.grant("exchange the token", params, now).await
    }

    /// What `token` opens; it must be ours and may write ads.
    pub(super) async fn open(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        let operation = "inspect the token";
        let facts = self.inspect(token).await?;
        if !facts.valid || !facts.ours {
            let message = facts.problem.unwrap_or_else(|| "the token is not one of this app's".to_owned());
            return Err(ours(operation, ErrorKind::Unauthenticated, message));
        }
        let granted = |scope: &&str| facts.scopes.iter().any(|have| have == scope);
        let missing: Vec<_> = NEEDED.iter().copied().filter(|scope| !granted(scope)).collect();
        if !missing.is_empty() {
            let message = format!("the permission {} was not granted", missing.join(" and "));
            return Err(ours(operation, ErrorKind::Forbidden, message));
        }
        let (accounts, pages) = (self.accounts(token).await?, self.pages(token).await?);
        Ok(Opened { accounts, pages, scopes: facts.scopes, user_id: facts.user_id })
    }

    /// What Meta says about `token`.
    pub async fn inspect(&self, token: &SecretString) -> Result<TokenFacts, PlatformError> {
        let app_token = format!("{}|{}", self.graph.app_id, self.graph.app_secret.expose_secret());
        let proof = self.graph.proof(&app_token.clone().into());
        let params = params([
            ("input_token", token.expose_secret().into()),
            ("access_token", app_token.into()),
            ("appsecret_proof", proof.into()),
        ]);
        let call = Call::get("inspect the token", "debug_token", params);
        let data = self.graph.read_as_app::<DebugToken>(&call).await?.data;
        Ok(TokenFacts {
            valid: data.is_valid,
            ours: data.app_id.as_deref() == Some(self.graph.app_id.as_str()),
            kind: data.kind,
            expires_at: moment(data.expires_at),
            data_access_expires_at: moment(data.data_access_expires_at),
            scopes: data.scopes,
            user_id: data.user_id.or(data.profile_id).as_ref().map(super::wire::plain),
            problem: data.error.map(|error| error.message),
        })
    }

    /// The permissions of the person behind `token`.
    pub async fn permissions(&self, token: &SecretString) -> Result<Vec<Permission>, PlatformError> {
        let call = Call::get("read permissions", "me/permissions", params([]));
        let rows: Listing<PermissionRow> = self.graph.read_as(token, &call).await?;
        let permission =
            |row: PermissionRow| Permission { granted: row.status == "granted", name: row.permission };
        Ok(rows.data.into_iter().map(permission).collect())
    }

    /// Gives all permissions back, so that the token no longer works.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), PlatformError> {
        let call = Call {
            method: reqwest::Method::DELETE,
            ..Call::get("give permissions back", "me/permissions", params([]))
        };
        self.graph.read_as::<Value>(token, &call).await.map(drop)
    }

    async fn grant(
        &self,
        operation: &str,
        params: super::encode::Params,
        now: DateTime<Utc>,
    ) -> Result<Grant, PlatformError> {
        let call = Call::get(operation, "oauth/access_token", params);
        let reply: TokenReply = decode(operation, self.graph.ask_as_app(&call).await?)?;
        let facts = self.inspect(&reply.access_token).await?;
        if !facts.ours {
            return Err(ours(operation, ErrorKind::Malformed, "the token was made for another app"));
        }
        // The lifetime can be absent from the answer; the inspection knows it as well (§3).
        let lifetime = reply.expires_in.and_then(TimeDelta::try_seconds);
        let expires_at = facts.expires_at.or_else(|| now.checked_add_signed(lifetime?));
        Ok(Grant {
            token: reply.access_token,
            refresh_token: None,
            expires_at,
            scopes: facts.scopes,
            user_id: facts.user_id,
        })
    }
}

/// Unix seconds; 0 means never.
fn moment(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).filter(|_| seconds != 0)
}
