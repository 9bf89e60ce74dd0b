//! Outreach campaigns, those who are in them, and what was said to them.

use crate::outreach::{ChannelSettings, Encryption};
use chrono::{DateTime, Utc};
use placard_domain::{
    crm::contact::{ContactField, masked},
    outreach::{DeliveryStatus, EnrolmentStatus, OutreachStatus, StopReason},
};
use placard_store::outreach::{Campaign, Delivery, ListCounts, Queued, Stats};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// An outreach campaign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OutreachView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// Where it stands: `draft`, `active`, `paused`, `completed`.
    #[schema(value_type = String)]
    pub(crate) status: OutreachStatus,
    /// Whom it is meant for.
    #[schema(value_type = Object)]
    pub(crate) criteria: Value,
    /// How it behaves.
    #[schema(value_type = Object)]
    pub(crate) settings: Value,
    /// What it says.
    #[schema(value_type = Vec<Object>)]
    pub(crate) sequence: Value,
    /// Counts changes; whoever changes it says which was seen.
    pub(crate) version: i64,
    /// Until then a cap or the gap holds the whole campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resumes_at: Option<DateTime<Utc>>,
}

impl TryFrom<Campaign> for OutreachView {
    type Error = serde_json::Error;

    fn try_from(campaign: Campaign) -> Result<Self, serde_json::Error> {
        let Campaign { id, made_of, status, version, resumes_at } = campaign;
        Ok(Self {
            id: id.0,
            name: made_of.name,
            status,
            criteria: serde_json::to_value(made_of.criteria)?,
            settings: serde_json::to_value(made_of.settings)?,
            sequence: serde_json::to_value(made_of.sequence)?,
            version,
            resumes_at,
        })
    }
}

/// Somebody in a campaign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonView {
    /// Their place in the campaign.
    pub(crate) id: Uuid,
    /// Their address, masked without `personal:read`.
    pub(crate) address: String,
    /// What is known of them, for whoever may see personal data.
    pub(crate) values: BTreeMap<String, String>,
    /// Where they stand.
    #[schema(value_type = String)]
    pub(crate) status: EnrolmentStatus,
    /// Why the sequence was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) stop_reason: Option<StopReason>,
    /// The step to be sent next, from 0.
    pub(crate) step: u16,
    /// When.
    pub(crate) due_at: DateTime<Utc>,
}

impl PersonView {
    /// Somebody as whoever `sees_people` sees them, or anybody else.
    pub(crate) fn of(one: Queued, sees_people: bool) -> Self {
        let Queued { id, recipient, status, stop_reason, step, due_at } = one;
        let (address, values) = if sees_people {
            let values = recipient.values.into_iter().map(|(name, value)| (name.to_string(), value));
            (recipient.address, values.collect())
        } else {
            (masked(ContactField::Email, &recipient.address), BTreeMap::new())
        };
        Self { id: id.0, address, values, status, stop_reason, step, due_at }
    }
}

/// A message that was committed to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// Its id.
    pub(crate) id: Uuid,
    /// To whom, by their place in the campaign.
    pub(crate) person: Uuid,
    /// Which step, from 0.
    pub(crate) step: u16,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: DeliveryStatus,
    /// How often it was tried.
    pub(crate) attempts: i32,
    /// When it was committed to last.
    pub(crate) intended_at: DateTime<Utc>,
    /// When the channel answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<DateTime<Utc>>,
    /// What the channel said, for whoever may see personal data: it may name the recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    /// When they replied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replied_at: Option<DateTime<Utc>>,
}

impl DeliveryView {
    /// A message as whoever `sees_people` sees it, or anybody else.
    pub(crate) fn of(one: Delivery, sees_people: bool) -> Self {
        Self {
            id: one.id.0,
            person: one.enrolment.0,
            step: one.step,
            status: one.status,
            attempts: one.attempts,
            intended_at: one.intended_at,
            answered_at: one.answered_at,
            answer: one.answer.filter(|_| sees_people),
            replied_at: one.replied_at,
        }
    }
}

/// What came of a campaign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OutreachStatsView {
    /// People in it.
    pub(crate) found: i64,
    /// Those who were approved.
    pub(crate) approved: i64,
    /// Messages that the channel took.
    pub(crate) sent: i64,
    /// Messages that the channel took and that did not come back.
    pub(crate) delivered: i64,
    /// Messages of which nobody knows whether they arrived.
    pub(crate) unknown: i64,
    /// People who answered.
    pub(crate) responses: i64,
    /// People who did what the campaign is for.
    pub(crate) converted: i64,
}

impl From<Stats> for OutreachStatsView {
    fn from(stats: Stats) -> Self {
        let Stats { found, approved, sent, delivered, unknown, responses, converted } = stats;
        Self { found, approved, sent, delivered, unknown, responses, converted }
    }
}

/// How many addresses are not written to. They are kept as keyed hashes, so nobody can list them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SuppressedView {
    /// Addresses whose messages came back.
    pub(crate) bounce: i64,
    /// Addresses that complained.
    pub(crate) complaint: i64,
    /// Addresses that asked to be left alone.
    pub(crate) unsubscribe: i64,
    /// Addresses that a person put on the list.
    pub(crate) manual: i64,
}

impl From<ListCounts> for SuppressedView {
    fn from(counts: ListCounts) -> Self {
        let ListCounts { bounce, complaint, unsubscribe, manual } = counts;
        Self { bounce, complaint, unsubscribe, manual }
    }
}

/// What carries messages, without its secrets.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChannelsView {
    /// The address that messages come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender: Option<String>,
    /// The mailbox that replies go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replies_to: Option<String>,
    /// Where links to be left alone lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// The mail server with its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) smtp: Option<String>,
    /// Whether mail goes over an encrypted connection.
    pub(crate) smtp_encrypted: bool,
    /// The host that takes webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webhook: Option<String>,
}

impl From<ChannelSettings> for ChannelsView {
    fn from(settings: ChannelSettings) -> Self {
        let ChannelSettings { sender, smtp, webhook } = settings;
        Self {
            sender: Some(sender.address),
            replies_to: Some(sender.replies_to),
            server: sender.server.map(|server| server.to_string()),
            smtp_encrypted: smtp.as_ref().is_some_and(|smtp| smtp.encryption != Encryption::None),
            smtp: smtp.map(|smtp| format!("{}:{}", smtp.host, smtp.port)),
            webhook: webhook.and_then(|webhook| webhook.url.host_str().map(str::to_owned)),
        }
    }
}
