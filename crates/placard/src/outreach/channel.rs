//! What carries messages, and what can come of handing one over.

use super::{Sender, Smtp, SmtpSettings, WayOut, Webhook, WebhookSettings};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use placard_domain::{DeliveryId, TenantId, outreach};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A message to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutMessage {
    /// Its id, the same with each attempt.
    pub id: DeliveryId,
    /// The address that it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How to be left alone.
    pub way_out: WayOut,
}

/// A channel has taken a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it said.
    pub answer: String,
}

/// A channel has not, or not certainly, taken a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not, and the same again may succeed.
    #[error("refused for the time being: {0}")]
    Temporary(String),
    /// Certainly not, and never will.
    #[error("refused: {0}")]
    Permanent(String),
    /// The answer was lost after the whole message could have arrived.
    #[error("nobody knows whether it arrived: {0}")]
    Unknown(String),
}

/// What carries messages.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Hands one message over, once.
    async fn send(&self, message: &OutMessage) -> Result<Receipt, SendError>;
}

/// A tenant's channels as they rest in the vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    /// Who writes.
    pub sender: Sender,
    /// The mail server, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<SmtpSettings>,
    /// The system that takes messages, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookSettings>,
}

/// A tenant's channels.
#[derive(Clone)]
pub struct Channels {
    /// Who writes.
    pub sender: Sender,
    sandbox: Arc<Sandbox>,
    smtp: Option<Arc<dyn Channel>>,
    webhook: Option<Arc<dyn Channel>>,
}

impl Channels {
    /// Opens what `settings` describe.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn open(tenant: TenantId, settings: &ChannelSettings) -> anyhow::Result<Self> {
        let sender = settings.sender.clone();
        sender.check()?;
        let smtp = settings.smtp.as_ref().map(|smtp| Smtp::new(smtp, sender.clone())).transpose()?;
        let webhook = settings.webhook.as_ref().map(|webhook| Webhook::new(tenant, webhook)).transpose()?;
        Ok(Self {
            sender,
            sandbox: Arc::default(),
            smtp: smtp.map(|smtp| Arc::new(smtp) as Arc<dyn Channel>),
            webhook: webhook.map(|webhook| Arc::new(webhook) as Arc<dyn Channel>),
        })
    }

    /// The channel of a step, if it is set up.
    pub fn get(&self, channel: outreach::Channel) -> Option<&dyn Channel> {
        match channel {
            outreach::Channel::Sandbox => Some(self.sandbox.as_ref()),
            outreach::Channel::Smtp => self.smtp.as_deref(),
            outreach::Channel::Webhook => self.webhook.as_deref(),
        }
    }

    /// The first channel of a sequence that is not set up.
    pub fn missing(&self, sequence: &outreach::Sequence) -> Option<outreach::Channel> {
        sequence.steps().iter().map(|step| step.channel).find(|channel| self.get(*channel).is_none())
    }

    /// What the sandbox has taken.
    pub const fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }
}

/// Takes every message and lets none out: what `placard outreach run` shows is all that becomes of it.
#[derive(Debug, Default)]
pub struct Sandbox {
    taken: Mutex<Vec<OutMessage>>,
}

impl Sandbox {
    /// What it has taken.
    pub async fn taken(&self) -> Vec<OutMessage> {
        self.taken.lock().await.clone()
    }
}

#[async_trait]
impl Channel for Sandbox {
    async fn send(&self, message: &OutMessage) -> Result<Receipt, SendError> {
        self.taken.lock().await.push(message.clone());
        Ok(Receipt { answer: "kept in the sandbox".to_owned() })
    }
}
