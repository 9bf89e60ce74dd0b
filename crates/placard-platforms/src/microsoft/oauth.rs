//! From a person's consent to a token, and to the next one (Microsoft, `platforms/microsoft.md` §1, OAuth).

use super::{
    Microsoft,
    errors::{kind_of_http, ours},
};
use crate::{ErrorCode, ErrorKind, Grant, Held, PlatformError, http::scrub};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::Platform;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// The one permission that is asked for (§1). Beside it stands the wish for a refresh token.
pub const SCOPE: &str = "https://ads.microsoft.com/msads.manage";

/// Without this, no refresh token is given.
const OFFLINE: &str = "offline_access";

#[derive(Deserialize)]
struct TokenReply {
    #[serde(deserialize_with = "secret")]
    access_token: SecretString,
    #[serde(default, deserialize_with = "maybe_secret")]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    trace_id: Option<String>,
}

impl Microsoft {
    /// Where to send a person for consent.
    pub(super) fn consent_page(&self, state: &str, redirect: &str) -> Url {
        let mut url = self.login.clone();
        url.set_path("common/oauth2/v2.0/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("response_type", "code")
            .append_pair("scope", &format!("{SCOPE} {OFFLINE}"))
            .append_pair("state", state);
        url
    }

    /// The tokens behind the code that consent gave. A code is good once, so this is sent once.
    pub(super) async fn exchange_code(
        &self,
        code: &str,
        redirect: &str,
        now: DateTime<Utc>,
    ) -> Result<Grant, PlatformError> {
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect)];
        self.ask_for_token("exchange the code", &form, now).await
    }

    /// A fresh token for a refresh token, which is replaced by a new one each time. The old one stays good, so that
    /// asking twice does no harm.
    pub(super) async fn refresh(&self, held: &Held, now: DateTime<Utc>) -> Result<Grant, PlatformError> {
        let operation = "renew the token";
        let Some(refresh_token) = &held.refresh_token else {
            let message = "Microsoft renews tokens with a refresh token, and none is known";
            return Err(ours(operation, ErrorKind::Unauthenticated, message));
        };
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        let mut patience = self.api.http.patience();
        loop {
            match self.ask_for_token(operation, &form, now).await {
                Ok(grant) => return Ok(grant),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    async fn ask_for_token(
        &self,
        operation: &str,
        form: &[(&str, &str)],
        now: DateTime<Utc>,
    ) -> Result<Grant, PlatformError> {
        const PATH: &str = "common/oauth2/v2.0/token";
        let (secret, scope) = (self.client_secret.expose_secret(), format!("{SCOPE} {OFFLINE}"));
        let mut all = vec![
            ("client_id", self.client_id.as_str()),
            ("client_secret", secret),
            ("scope", scope.as_str()),
        ];
        all.extend(form);
        if let Some(journal) = self.api.http.journal() {
            let params: BTreeMap<String, Value> =
                all.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            journal.record(operation, "POST", PATH, &params);
        }
        let mut url = self.login.clone();
        url.set_path(PATH);
        let request = self.api.http.request(reqwest::Method::POST, url).form(&all);
        let reply = self.api.http.send(request).await;
        let reply = reply.map_err(|error| PlatformError::transport(Platform::Microsoft, operation, error))?;
        if !(200..300).contains(&reply.status) {
            let secrets: Vec<&str> = form.iter().map(|(_, value)| *value).chain([secret]).collect();
            return Err(refused(operation, reply.status, &reply.body, &secrets));
        }
        let reply: TokenReply = serde_json::from_slice(&reply.body)
            .map_err(|_| ours(operation, ErrorKind::LostAnswer, "the answer holds no token"))?;
        let lifetime = reply.expires_in.and_then(TimeDelta::try_seconds);
        Ok(Grant {
            token: reply.access_token,
            refresh_token: reply.refresh_token,
            expires_at: lifetime.and_then(|lifetime| now.checked_add_signed(lifetime)),
            scopes: reply.scope.split_whitespace().map(str::to_owned).collect(),
            user_id: None,
        })
    }
}

/// What a refusal of the token endpoint means. A dead grant needs a new consent (§1).
fn refused(operation: &str, http: u16, body: &[u8], secrets: &[&str]) -> PlatformError {
    let Ok(refusal) = serde_json::from_slice::<TokenRefusal>(body) else {
        return ours(operation, kind_of_http(http), format!("HTTP {http}"));
    };
    let kind = match refusal.error.as_str() {
        "invalid_grant" | "interaction_required" => ErrorKind::Unauthenticated,
        "invalid_client" | "unauthorized_client" | "access_denied" => ErrorKind::Forbidden,
        _ => kind_of_http(http),
    };
    let message = refusal.error_description.unwrap_or_else(|| refusal.error.clone());
    let code = Some(ErrorCode::Name(refusal.error));
    PlatformError { code, trace_id: refusal.trace_id, ..ours(operation, kind, scrub(&message, secrets)) }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(Into::into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_grant_needs_a_new_consent_and_nothing_secret_is_told() {
        let body = br#"{"error":"invalid_grant","error_description":"AADSTS70000: M.C5 is not valid.",
            "error_codes":[70000],"trace_id":"x1"}"#;
        let error = refused("renew the token", 400, body, &["M.C5"]);
        assert_eq!((error.kind, error.trace_id.as_deref()), (ErrorKind::Unauthenticated, Some("x1")));
        assert_eq!(error.message, "AADSTS70000: [secret] is not valid.");
        let client = refused("renew the token", 401, br#"{"error":"invalid_client"}"#, &[]);
        assert_eq!(client.kind, ErrorKind::Forbidden);
        assert_eq!(refused("renew the token", 503, b"<html>", &[]).kind, ErrorKind::ServerFault);
    }
}
