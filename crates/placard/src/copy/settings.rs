//! Which model writes: kept in the vault for a tenant, or named by variables for an installation.

use super::{CopyProvider, OpenAiCompatible, Templates};
use crate::outreach::Secret;
use anyhow::Context;
use placard_domain::copy::Price;
use placard_store::{TenantTx, Vault, copy};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A server that speaks as OpenAI's does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// The server, such as `https://api.openai.com`.
    pub base_url: Url,
    /// The model.
    pub model: String,
    /// The key, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The most tokens that an answer may have.
    #[serde(default = "usual_tokens")]
    pub max_tokens: u32,
    /// How long an answer may take.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
}

const fn usual_tokens() -> u32 {
    4_000
}

/// Below what a request to the API may take.
const fn usual_timeout() -> u32 {
    45
}

/// Why settings name no model.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They are not of this form.
    #[error("they are not as they should be: {0}")]
    Form(#[from] serde_json::Error),
    /// The key would travel unprotected.
    #[error("the address must begin with https, unless it is on this machine")]
    InTheClear,
    /// A number is out of range.
    #[error("{0}")]
    Range(&'static str),
}

impl ProviderSettings {
    /// Settings from JSON.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn parse(json: &str) -> Result<Self, SettingsError> {
        serde_json::from_str::<Self>(json)?.checked()
    }

    fn checked(self) -> Result<Self, SettingsError> {
        let here = match self.base_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if self.base_url.scheme() != "https" && !(here && self.base_url.scheme() == "http") {
            return Err(SettingsError::InTheClear);
        }
        if !(100..=100_000).contains(&self.max_tokens) {
            return Err(SettingsError::Range("max_tokens lies between 100 and 100000"));
        }
        if !(1..=600).contains(&self.timeout_seconds) {
            return Err(SettingsError::Range("timeout_seconds lies between 1 and 600"));
        }
        if self.model.trim().is_empty() || self.model.len() > 200 {
            return Err(SettingsError::Range("the model has a name of up to 200 characters"));
        }
        if self
            .price
            .as_ref()
            .is_some_and(|price| price.input.is_sign_negative() || price.output.is_sign_negative())
        {
            return Err(SettingsError::Range("a price is not below zero"));
        }
        Ok(self)
    }

    /// What of it may be seen.
    pub fn shown(&self) -> serde_json::Value {
        serde_json::json!({
            "base_url": self.base_url, "model": self.model, "key": self.key.is_some(), "price": self.price,
            "max_tokens": self.max_tokens, "timeout_seconds": self.timeout_seconds,
        })
    }
}

/// What writes for the tenant: its own model, else that of the variable `PLACARD_COPY_PROVIDER` (JSON as for
/// `placard copy provider set`), else templates.
///
/// # Errors
/// If settings cannot be read.
pub async fn provider_of(tx: &mut TenantTx, vault: &Vault) -> anyhow::Result<Box<dyn CopyProvider>> {
    let given = match copy::provider(tx, vault).await? {
        Some(sealed) => Some(sealed.expose_secret().to_owned()),
        None => std::env::var("PLACARD_COPY_PROVIDER").ok().filter(|text| !text.is_empty()),
    };
    let Some(json) = given else { return Ok(Box::new(Templates)) };
    let settings = ProviderSettings::parse(&json).context("the settings of the model cannot be used")?;
    Ok(Box::new(OpenAiCompatible::new(settings)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"base_url": "https://api.example.com", "model": "m", "key": "sk-secret",
        "price": {"input": "0.15", "output": "0.6", "currency": "USD"}}"#;

    #[test]
    fn a_key_is_neither_shown_nor_printed() {
        let settings = ProviderSettings::parse(GOOD).unwrap();
        assert!(!format!("{settings:?}").contains("sk-secret"));
        assert!(!settings.shown().to_string().contains("sk-secret"));
    }

    #[test]
    fn a_key_never_travels_in_the_clear() {
        let wrong = GOOD.replace("https:", "http:");
        assert!(matches!(ProviderSettings::parse(&wrong), Err(SettingsError::InTheClear)));
        let here = GOOD.replace("https://api.example.com", "http://127.0.0.1:8080");
        assert!(ProviderSettings::parse(&here).is_ok());
    }
}
