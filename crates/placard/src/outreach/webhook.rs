//! A signed HTTP request for each message, to a system of the tenant's that carries it further.

use super::{Channel, OutMessage, Receipt, Secret, SendError};
use anyhow::{Context, Result};
use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use placard_domain::TenantId;
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Where messages go, and with which secret they are signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// The address.
    pub url: Url,
    /// What both sides know.
    pub secret: Secret,
}

/// A system that takes messages.
pub struct Webhook {
    tenant: TenantId,
    settings: WebhookSettings,
    client: Client,
}

impl Webhook {
    /// A system that takes messages; redirects are not followed, because the message was signed for this address.
    ///
    /// # Errors
    /// If there is no HTTP client to be had.
    pub fn new(tenant: TenantId, settings: &WebhookSettings) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        Ok(Self { tenant, settings: settings.clone(), client: client.context("an HTTP client can be made")? })
    }
}

/// The signature of `body` at `timestamp` (seconds since 1970): HMAC-SHA256 over `timestamp.body`, in hexadecimal.
pub fn signature(secret: &SecretString, timestamp: i64, body: &[u8]) -> String {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, message: &OutMessage) -> Result<Receipt, SendError> {
        let OutMessage { id, to, subject, body, at, way_out } = message;
        let content = json!({
            "id": id, "tenant_id": self.tenant, "to": to, "subject": subject, "body": body, "at": at,
            "unsubscribe": way_out.shown(),
        })
        .to_string();
        let timestamp = at.timestamp();
        let signature = signature(&self.settings.secret.0, timestamp, content.as_bytes());
        let request = self
            .client
            .post(self.settings.url.clone())
            .header("content-type", "application/json")
            .header("idempotency-key", id.to_string())
            .header("placard-timestamp", timestamp)
            .header("placard-signature", format!("v1={signature}"))
            .body(content);
        match request.send().await {
            Ok(response) => judge(response.status()),
            Err(error) if error.is_connect() => Err(SendError::Temporary(error.without_url().to_string())),
            Err(error) => Err(SendError::Unknown(error.without_url().to_string())),
        }
    }
}

/// What a status means. A server error may come after the message was carried further, so nobody knows.
fn judge(status: StatusCode) -> Result<Receipt, SendError> {
    let answer = status.to_string();
    match status {
        status if status.is_success() => Ok(Receipt { answer }),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(SendError::Temporary(answer)),
        status if status.is_server_error() => Err(SendError::Unknown(answer)),
        _ => Err(SendError::Permanent(answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_time_and_the_body() {
        let secret = SecretString::from("s3cret");
        let one = signature(&secret, 1_780_000_000, b"{}");
        assert_eq!(one.len(), 64);
        assert_ne!(one, signature(&secret, 1_780_000_001, b"{}"));
        assert_ne!(one, signature(&secret, 1_780_000_000, b"{ }"));
        assert_ne!(one, signature(&SecretString::from("other"), 1_780_000_000, b"{}"));
    }

    #[test]
    fn an_error_of_the_server_does_not_say_that_nothing_happened() {
        assert!(judge(StatusCode::ACCEPTED).is_ok());
        assert!(matches!(judge(StatusCode::SERVICE_UNAVAILABLE), Err(SendError::Temporary(_))));
        assert!(matches!(judge(StatusCode::INTERNAL_SERVER_ERROR), Err(SendError::Unknown(_))));
        assert!(matches!(judge(StatusCode::NOT_FOUND), Err(SendError::Permanent(_))));
    }
}
