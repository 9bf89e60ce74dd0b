//! What a platform tells by itself: notices over HTTP, believed only as far as their signature goes.

use crate::{Access, PlatformError};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use placard_domain::{RemoteId, notice::Topic};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

/// One thing that a platform tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The same whenever the platform tells the same thing again.
    pub digest: [u8; 32],
    /// When it happened, if the notice says.
    pub at: Option<DateTime<Utc>>,
    /// Whose it is.
    pub origin: Origin,
    /// What it is.
    pub news: News,
}

/// Whose a notice is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An ad account's, by the id that the API wants.
    Account(String),
    /// A page's.
    Page(String),
}

/// What a notice says. Nothing in it is taken for a state: that is read from the platform.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The review or the problems of an object changed.
    Object(RemoteId),
    /// Whether the account may advertise changed.
    Standing,
    /// Somebody filled in a form.
    Lead(Lead),
    /// Something that nobody here acts on.
    Other,
}

/// Somebody who filled in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The platform's id of it.
    pub id: String,
    /// The form.
    pub form: Option<String>,
    /// The ad that showed the form.
    pub ad: Option<RemoteId>,
    /// When it was sent.
    pub created_at: Option<DateTime<Utc>>,
    /// What was filled in, where the notice says so.
    pub answers: Option<Vec<Answer>>,
}

/// What somebody wrote into a field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The field.
    pub name: String,
    /// One value, or several where several may be chosen.
    pub values: Vec<String>,
}

/// A body that is not what the platform's documents describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no notice as the platform documents them")]
pub struct NoNotice;

/// How a platform's signature on a body was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    Absent,
    /// One of our secrets made it.
    Good,
    /// None of our secrets made it.
    Wrong,
    /// It was good once, and is too old or from the future.
    Old,
}

/// Where a platform is to send its notices.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The address. It is a secret where it holds a token.
    pub url: Url,
    /// What the platform shows when it asks whether the address is ours.
    pub verify_token: SecretString,
}

/// A subscription as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// What it is about.
    pub topic: Topic,
    /// The platform's id of it, where it has one.
    pub remote_id: Option<String>,
}

/// A platform that tells by itself.
#[async_trait]
pub trait Push: Send + Sync {
    /// Asks to be told. Done twice, it is as if done once, but where subscriptions have ids: there the earlier ones
    /// remain until [`Push::unsubscribe`].
    async fn subscribe(
        &self,
        access: &Access,
        page: Option<&str>,
        callback: &Callback,
    ) -> Result<Vec<Subscription>, PlatformError>;

    /// Ends a subscription that has an id; one that is gone already is no error.
    async fn unsubscribe(&self, access: &Access, remote_id: &str) -> Result<(), PlatformError>;

    /// Reads what somebody wrote into a form.
    async fn lead(&self, access: &Access, id: &str) -> Result<Lead, PlatformError>;
}

/// What a platform shows when it asks whether an address is ours: anybody who knows the app's secret can say it, and it
/// tells nobody the secret.
pub fn verify_token(secret: &SecretString) -> SecretString {
    hex::encode(mac(secret, &[b"placard/webhooks/verify"]).finalize().into_bytes()).into()
}

/// Whether one of `secrets` made `told`, the hexadecimal HMAC-SHA256 of `parts`. The comparison takes the same time
/// whatever is wrong.
pub(crate) fn is_signed(secrets: &[SecretString], told: &str, parts: &[&[u8]]) -> bool {
    let Ok(told) = hex::decode(told) else { return false };
    secrets.iter().any(|secret| mac(secret, parts).verify_slice(&told).is_ok())
}

fn mac(secret: &SecretString, parts: &[&[u8]]) -> Hmac<Sha256> {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// The digest of what a platform tells: `parts` in their order, each as JSON with its members sorted.
pub(crate) fn digest(parts: &[&Value]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        let text = part.to_string();
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// A moment in unix seconds, as number or text.
pub(crate) fn moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let value = value?;
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    DateTime::from_timestamp(seconds, 0)
}

/// Whether `at` lies at most `before` in the past and `after` in the future.
pub fn is_within(at: DateTime<Utc>, now: DateTime<Utc>, before: TimeDelta, after: TimeDelta) -> bool {
    now - at <= before && at - now <= after
}
