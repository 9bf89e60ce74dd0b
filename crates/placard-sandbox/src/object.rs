//! What exists on the simulated platform: campaigns, ad sets, ads and what belongs to them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::wire::wire_enum;

/// The numeric id of an object; a string on the wire, since it exceeds 2^53 (Meta, `platforms/meta.md` §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl NodeId {
    /// Reads digits; anything else is no id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("an object id is a string of digits"))
    }
}

wire_enum! {
    /// The kinds of object that can be made and deleted.
    pub enum Kind {
        /// `POST /act_X/campaigns`.
        Campaign = "campaign",
        /// `POST /act_X/adsets`.
        AdSet = "adset",
        /// `POST /act_X/ads`.
        Ad = "ad",
        /// `POST /act_X/adcreatives`.
        Creative = "creative",
        /// `POST /act_X/adimages`.
        Image = "image",
        /// `POST /act_X/advideos`.
        Video = "video",
        /// `POST /{page}/leadgen_forms`.
        LeadForm = "lead_form",
        /// `POST /act_X/adlabels`.
        Label = "label",
    }
}

wire_enum! {
    /// What somebody set; never a parent's state (Meta, `platforms/meta.md` §15).
    pub enum Status {
        /// May deliver.
        Active = "ACTIVE",
        /// Switched off.
        Paused = "PAUSED",
        /// Put away; only deletion follows.
        Archived = "ARCHIVED",
        /// Final.
        Deleted = "DELETED",
    }
}

/// An instant of the virtual clock and the request it happened in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Virtual time.
    pub at: DateTime<Utc>,
    /// The request's number, which only grows.
    pub seq: u64,
}

/// One entry of an object's status history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StatusChange {
    /// When.
    pub at: DateTime<Utc>,
    /// In which request.
    pub seq: u64,
    /// What was set.
    pub status: Status,
}

/// The outcome of an ad's policy review, fixed when it starts and visible when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) until: DateTime<Utc>,
    /// The policy that the copy breaks, with its text.
    pub(crate) refused: Option<(String, String)>,
}

/// Anything with an id that a caller can make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: NodeId,
    pub(crate) kind: Kind,
    /// Digits of the ad account, or the page of a lead form.
    pub(crate) owner: String,
    pub(crate) campaign: Option<NodeId>,
    pub(crate) ad_set: Option<NodeId>,
    pub(crate) creative: Option<NodeId>,
    pub(crate) status: Status,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) created_seq: u64,
    pub(crate) in_process_until: DateTime<Utc>,
    pub(crate) review: Option<Review>,
    /// Fields as they are read back.
    pub(crate) fields: Map<String, Value>,
    pub(crate) history: Vec<StatusChange>,
    /// First time its own status was ACTIVE.
    pub(crate) first_set_active: Option<Moment>,
    /// First time it and all above it were ACTIVE.
    pub(crate) first_active: Option<Moment>,
    pub(crate) budget_changes: Vec<DateTime<Utc>>,
    /// Last significant edit, from which learning counts (§9).
    pub(crate) learning_since: DateTime<Utc>,
    /// Targetings that an ad set had before its present one, oldest first.
    #[serde(default)]
    pub(crate) past_audiences: Vec<Value>,
    /// Wall-clock moment from which edges list it; only the edge-lag fault sets one.
    #[serde(skip)]
    pub(crate) listed_from: Option<std::time::Instant>,
}

impl Object {
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// A budget, cap or bid in minor units; they are stored as numeric strings or numbers, as read back.
    pub(crate) fn minor(&self, field: &str) -> Option<i64> {
        match self.fields.get(field)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_i64(),
        }
    }

    pub(crate) fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn time(&self, field: &str) -> Option<DateTime<Utc>> {
        let text = self.text(field)?;
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
    }

    /// An ad set's targeting by its index among all that it had.
    pub(crate) fn audience(&self, index: usize) -> Map<String, Value> {
        let value = self.past_audiences.get(index).or_else(|| self.fields.get("targeting"));
        value.and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Neither archived nor deleted.
    pub(crate) fn is_current(&self) -> bool {
        matches!(self.status, Status::Active | Status::Paused)
    }

    pub(crate) fn has_budget(&self) -> bool {
        self.minor("daily_budget").is_some() || self.minor("lifetime_budget").is_some()
    }
}
