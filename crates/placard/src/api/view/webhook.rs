//! What platforms tell by themselves.

use chrono::{DateTime, Utc};
use placard_domain::{
    Platform,
    notice::{NoticeKind, NoticeRefusal, Topic},
};
use placard_store::{
    connection::Connection,
    webhook::{Count, Dead, Subscribed, Tally},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What platforms tell by themselves, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WebhooksView {
    /// What they were asked to tell of.
    pub(crate) subscriptions: Vec<SubscriptionView>,
    /// What they told this tenant, within 30 days.
    pub(crate) notices: Vec<NoticeCountView>,
    /// What came to this installation and was not taken, within 30 days. It is nobody's.
    pub(crate) refused: Vec<RefusedView>,
}

/// Something that a platform was asked to tell of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SubscriptionView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The ad account's id on it.
    pub(crate) account: String,
    /// What it is about: `reviews`, `leads`, `standing`.
    #[schema(value_type = String)]
    pub(crate) topic: Topic,
    /// Where it is delivered, without the token that may stand at the end.
    pub(crate) callback: String,
    /// Since when.
    pub(crate) created_at: DateTime<Utc>,
}

/// How many notices of one kind came.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NoticeCountView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// What they are about: `object`, `standing`, `lead`, `other`.
    #[schema(value_type = String)]
    pub(crate) kind: NoticeKind,
    /// How many.
    pub(crate) taken: i64,
    /// How often one of them came again.
    pub(crate) repeated: i64,
    /// From how many nothing has followed yet.
    pub(crate) waiting: i64,
    /// How many were put aside.
    pub(crate) dead: i64,
    /// When the last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_at: Option<DateTime<Utc>>,
}

/// How many notices were not taken for one reason.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RefusedView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// Why: `unsigned`, `forged`, `stale`, `malformed`, `unknown`.
    #[schema(value_type = String)]
    pub(crate) reason: NoticeRefusal,
    /// How many.
    pub(crate) count: i64,
}

impl WebhooksView {
    /// What is on record.
    pub(crate) fn of(
        subscriptions: Vec<Subscribed>,
        connections: &[Connection],
        counts: Vec<Count>,
        tallies: Vec<Tally>,
    ) -> Self {
        let shown = |one: Subscribed| {
            let account = &connections.iter().find(|known| known.id == one.connection)?.account;
            let (platform, account) = (account.platform, account.id.clone());
            let Subscribed { topic, callback, created_at, .. } = one;
            Some(SubscriptionView { platform, account, topic, callback, created_at })
        };
        let notice = |one: Count| {
            let Count { platform, kind, taken, repeated, waiting, dead, last_at } = one;
            NoticeCountView { platform, kind, taken, repeated, waiting, dead, last_at }
        };
        let refused =
            |one: Tally| RefusedView { platform: one.platform, reason: one.refusal, count: one.count };
        let mut subscriptions: Vec<_> = subscriptions.into_iter().filter_map(shown).collect();
        // TikTok has several subscriptions for what is one topic here.
        subscriptions.dedup_by(|one, other| (&one.account, one.topic) == (&other.account, other.topic));
        Self {
            subscriptions,
            notices: counts.into_iter().map(notice).collect(),
            refused: tallies.into_iter().map(refused).collect(),
        }
    }
}

/// What an account's platform tells from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MadeView {
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The ad account's id on it.
    pub(crate) account: String,
    /// What it tells of; nothing where the platform's documents describe nothing of that kind.
    #[schema(value_type = Vec<String>)]
    pub(crate) topics: Vec<Topic>,
}

/// A notice that was put aside, because trying again would change nothing until somebody has looked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeadNoticeView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The platform.
    #[schema(value_type = String)]
    pub(crate) platform: Platform,
    /// The ad account's id on it.
    pub(crate) account: String,
    /// What it is about: `object`, `standing`, `lead`, `other`.
    #[schema(value_type = String)]
    pub(crate) kind: NoticeKind,
    /// The platform's id of the object or lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// When it came.
    pub(crate) received_at: DateTime<Utc>,
    /// When it was put aside.
    pub(crate) dead_at: DateTime<Utc>,
    /// Why.
    pub(crate) problem: String,
}

impl From<Dead> for DeadNoticeView {
    fn from(dead: Dead) -> Self {
        let Dead { id, account, kind, subject, received_at, dead_at, problem } = dead;
        let (platform, account) = (account.platform, account.id);
        Self { id, platform, account, kind, subject, received_at, dead_at, problem }
    }
}

/// How many notices wait again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReplayedView {
    /// How many.
    pub(crate) replayed: usize,
}
