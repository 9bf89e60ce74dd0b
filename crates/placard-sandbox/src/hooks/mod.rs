//! What the platforms tell by themselves: subscriptions, what there is to tell, and how it goes wrong (Meta,
//! `platforms/meta.md` §22; TikTok, `platforms/tiktok.md` §16).
//!
//! Whoever hears a notice has no clock but the real one, so signatures and the times of notices are in real time.

mod deliver;
mod events;
pub(crate) mod meta;
pub(crate) mod tiktok;

pub(crate) use deliver::{Sending, deliver, shakes_hands};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::{RecordKey, World};

/// Everything about notices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Meta's subscriptions of the app, by object.
    pub(crate) app: BTreeMap<String, meta::AppSubscription>,
    /// Pages that were subscribed to.
    pub(crate) pages: BTreeSet<String>,
    /// Ad accounts of Meta that were subscribed to, by their digits.
    pub(crate) accounts: BTreeSet<String>,
    /// TikTok's subscriptions, by id.
    pub(crate) tiktok: BTreeMap<String, tiktok::Subscription>,
    /// Leads that were made by hand, by id.
    pub(crate) leads: BTreeMap<String, meta::Lead>,
    /// What is to be told.
    pub(crate) outbox: Vec<Event>,
    /// The state of objects and advertisers that was told last.
    pub(crate) told: BTreeMap<String, String>,
}

/// Something to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "platform", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Event {
    /// A change at Meta.
    Meta {
        /// `page` or `ad_account`.
        object: String,
        /// The page or the account's digits.
        id: String,
        /// Which field.
        field: String,
        /// What it says.
        value: Value,
    },
    /// An entry at TikTok, or a whole body for what has no envelope.
    Tiktok {
        /// What was subscribed to.
        entity: String,
        /// Whose it is.
        advertiser: String,
        /// What it says.
        entry: Value,
    },
}

impl World {
    /// Notes something to tell.
    pub(crate) fn tell(&mut self, event: Event) {
        self.hooks.outbox.push(event);
        self.touch(RecordKey::Hooks);
    }
}

/// What the control API shows.
pub(crate) fn shown(world: &World) -> Value {
    let hooks = &world.hooks;
    json!({
        "app": hooks.app, "pages": hooks.pages, "accounts": hooks.accounts, "tiktok": hooks.tiktok,
        "waiting": hooks.outbox.len(),
    })
}
