//! Bringing a platform to what a spec says, exactly once, whatever breaks on the way.
//!
//! One way through for every change: look (read the platform back, find our own objects by marker), plan (pure, in
//! the domain), apply (intent committed, request sent once, outcome committed), verify, and only then let it run.
//! A request whose outcome is unknown is never repeated before the platform was asked whether it happened.

mod aim;
mod apply;
mod checkpoint;
mod drift;
mod error;
mod guard;
mod halt;
mod look;
mod policy;
mod progress;
mod recover;
mod roll_back;
mod run;
mod send;
mod settle;
mod takeover;
mod verify;

pub use aim::Aim;
pub use apply::{Applied, Planned};
pub use checkpoint::{Keeping, Moment, Shelving, TellingMoment};
pub(crate) use checkpoint::{kept, lead_is_stored, shelved, telling};
pub use error::{PublishError, unknown_fields};
pub use halt::Halted;
pub use look::Sight;
pub use policy::{Policy, Turn};
pub use progress::{Progress, Said, Silent};
pub use roll_back::RolledBack;
pub use takeover::{Adopted, Strangers, TakeOver, TakenOver, Unfit};

use crate::pictures::Contents;
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, TenantId, marker::CampaignTag};
use placard_platforms::{Access, AdPlatform, Urgency};
use placard_store::{Db, audit::Actor, jobs::NewJob};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// Everything that publishing to one ad account needs.
#[derive(Clone)]
pub struct Publisher<'a> {
    /// Where intents and outcomes are kept.
    pub db: &'a Db,
    /// Whose campaign it is.
    pub tenant: TenantId,
    /// Who asked.
    pub actor: Actor,
    /// The platform.
    pub platform: &'a dyn AdPlatform,
    /// The token and the account.
    pub access: Access,
    /// How patient to be.
    pub policy: Policy,
    /// Who listens.
    pub progress: &'a dyn Progress,
    /// Whether someone wants to stop.
    pub stop: Stop,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
    /// Reads a file that the spec names.
    pub read_file: &'a (dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync),
    /// Where the content of assets is that a spec names; `None` where nothing of them is uploaded.
    pub library: Option<&'a dyn Contents>,
    /// A job enqueued with every deployment, that looks after it if this process dies.
    pub rescue: Option<NewJob>,
}

impl Publisher<'_> {
    /// The same with the urgency of `turn`: what goes first finds room where others wait.
    fn in_turn(&self, turn: Turn) -> Self {
        let urgency = match turn {
            Turn::First => Urgency::Stopping,
            Turn::InOrder => self.access.urgency,
        };
        Self { access: Access { urgency, ..self.access.clone() }, ..self.clone() }
    }

    fn account(&self) -> &AccountRef {
        &self.access.account
    }

    fn tag(&self, campaign: &str) -> CampaignTag {
        CampaignTag::derive(self.tenant, self.account(), campaign)
    }

    /// Waits, unless someone wants to stop. Returns whether the whole time passed.
    async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(wait) => !self.stop.is_wanted(),
            () = self.stop.wanted() => false,
        }
    }
}

/// A wish to stop after the request that is under way.
#[derive(Clone, Default)]
pub struct Stop(Arc<(AtomicBool, Notify)>);

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Whether someone asked.
    pub fn is_wanted(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Waits until someone asks.
    pub(crate) async fn wanted(&self) {
        let asked = self.0.1.notified();
        if !self.is_wanted() {
            asked.await;
        }
    }
}
