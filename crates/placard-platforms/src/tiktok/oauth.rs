//! Consent and tokens (TikTok, `platforms/tiktok.md` §3, §4).

use super::{
    Tiktok,
    api::Call,
    encode::params,
    errors::ours,
    wire::{at, plain, promised, text_at},
};
use crate::{ErrorKind, Grant, Opened, PlatformError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

impl Tiktok {
    /// Where to send a person for consent. What the app may do is fixed in the developer portal.
    pub(super) fn consent_page(&self, state: &str, redirect: &str) -> Url {
        let mut url = self.api.base.clone();
        url.set_path("/portal/auth");
        url.query_pairs_mut()
            .append_pair("app_id", &self.api.app_id)
            .append_pair("state", state)
            .append_pair("redirect_uri", redirect);
        url
    }

    /// The token behind the code that consent gave. It lasts until it is revoked.
    pub(super) async fn exchange_code(&self, code: &str) -> Result<Grant, PlatformError> {
        let operation = "exchange the code";
        let asked = params([
            ("app_id", self.api.app_id.clone().into()),
            ("secret", self.api.secret.expose_secret().into()),
            ("auth_code", code.into()),
            ("return_advertiser_ids", true.into()),
        ]);
        let data = self.api.ask(None, &Call::post(operation, "oauth2/access_token/", asked)).await?.data;
        let token: SecretString = promised(operation, &data, "access_token")?.into();
        let scopes = at(&data, "scope").and_then(Value::as_array).into_iter().flatten();
        Ok(Grant {
            scopes: scopes.map(plain).collect(),
            user_id: None,
            refresh_token: None,
            expires_at: None,
            token,
        })
    }

    /// What `token` opens: its accounts, and the identities that speak in them.
    pub(super) async fn open(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        let accounts = self.accounts(token).await?;
        let pages = self.identities(token, &accounts).await?;
        let user_id = self.user_id(token).await?;
        // Only the exchange of a code tells the permissions.
        Ok(Opened { accounts, pages, scopes: Vec::new(), user_id })
    }

    async fn user_id(&self, token: &SecretString) -> Result<Option<String>, PlatformError> {
        let call = Call::get("read the login", "user/info/", params([]));
        let data = self.api.read_as(token, &call).await?;
        Ok(text_at(&data, "core_user_id"))
    }
}

/// There is nothing with which a token could be renewed, and it does not end by itself (§3): one that does not work any
/// more was revoked.
pub(super) fn cannot_renew() -> PlatformError {
    let message = "TikTok's tokens are not renewed; connect the ad account again";
    ours("renew the token", ErrorKind::Unauthenticated, message)
}
