//! Life cycles. Each is one table; the database's checks hold the same words.

use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An event that the state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {what} that is {from} cannot be {event}")]
pub struct IllegalTransition {
    /// What kind of thing it is.
    pub what: &'static str,
    /// The state it is in.
    pub from: &'static str,
    /// The event as a participle.
    pub event: &'static str,
}

words! {
    /// Where a campaign stands.
    CampaignStatus {
        /// Being written.
        Draft = "draft",
        /// Complete and checked, not published yet.
        Ready = "ready",
        /// A deployment is under way.
        Publishing = "publishing",
        /// Published and running.
        Active = "active",
        /// Published and stopped.
        Paused = "paused",
        /// The last deployment stopped on an error.
        Error = "error",
        /// Its flight is over.
        Completed = "completed",
        /// Put away.
        Archived = "archived",
    }
}

words! {
    /// What happens to a campaign.
    CampaignEvent {
        /// Its spec passed every check.
        Checked = "checked",
        /// Its spec changed and is incomplete.
        Edited = "edited",
        /// A deployment began.
        Deploying = "deployed",
        /// A deployment ended with the campaign running.
        Activated = "activated",
        /// A deployment ended with the campaign stopped.
        Stopped = "stopped",
        /// A deployment failed.
        Failed = "failed",
        /// A deployment was rolled back, and nothing is left on the platform.
        RolledBack = "rolled back",
        /// Its last day passed.
        Ended = "ended",
        /// Someone put it away.
        PutAway = "put away",
    }
}

impl CampaignStatus {
    /// Applies `event`; the whole life cycle is this one table.
    pub fn on(self, event: CampaignEvent) -> Result<Self, IllegalTransition> {
        use {CampaignEvent as E, CampaignStatus as S};
        match (self, event) {
            (S::Draft | S::Ready, E::Checked) => Ok(S::Ready),
            (S::Draft | S::Ready, E::Edited) => Ok(S::Draft),
            (
                state @ (S::Publishing | S::Active | S::Paused | S::Error | S::Completed),
                E::Checked | E::Edited,
            ) => Ok(state),
            (S::Ready | S::Publishing | S::Active | S::Paused | S::Error | S::Completed, E::Deploying) => {
                Ok(S::Publishing)
            }
            (S::Publishing, E::Activated) => Ok(S::Active),
            (S::Publishing, E::Stopped) => Ok(S::Paused),
            (S::Publishing, E::Failed) => Ok(S::Error),
            (S::Publishing | S::Error, E::RolledBack) => Ok(S::Ready),
            (S::Active | S::Paused, E::Ended) => Ok(S::Completed),
            (S::Draft | S::Ready | S::Paused | S::Error | S::Completed | S::Publishing, E::PutAway) => {
                Ok(S::Archived)
            }
            (state, event) => {
                Err(IllegalTransition { what: "campaign", from: state.as_str(), event: event.as_str() })
            }
        }
    }
}

words! {
    /// What a deployment is for.
    DeploymentKind {
        /// The first publish.
        Create = "create",
        /// Changes to what is there.
        Update = "update",
        /// Stop.
        Pause = "pause",
        /// Go on.
        Resume = "resume",
        /// Remove.
        Delete = "delete",
    }
}

words! {
    /// Where a deployment stands.
    DeploymentStatus {
        /// Stored, nothing sent.
        Pending = "pending",
        /// Steps are being sent. After a crash it stays so until it is resumed.
        Running = "running",
        /// Every step done and verified.
        Succeeded = "succeeded",
        /// A step failed for good. It can be resumed or rolled back.
        Failed = "failed",
        /// Someone stopped it. It can be resumed or rolled back.
        Interrupted = "interrupted",
        /// What it had made is removed again.
        RolledBack = "rolled_back",
    }
}

impl DeploymentStatus {
    /// Whether it waits for someone to go on with it or take it back.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Failed | Self::Interrupted)
    }
}

words! {
    /// Where one step of a deployment stands.
    StepStatus {
        /// Not sent.
        Pending = "pending",
        /// The intent is recorded; the request may be on its way, and its outcome is unknown.
        Sent = "sent",
        /// Carried out.
        Done = "done",
        /// Refused.
        Failed = "failed",
        /// Taken back.
        RolledBack = "rolled_back",
    }
}

words! {
    /// Whether an object is on the platform.
    PresenceStatus {
        /// It is there.
        Present = "present",
        /// We deleted it.
        Deleted = "deleted",
        /// Someone else deleted it.
        Gone = "gone",
    }
}

words! {
    /// Where a connection to an ad account stands.
    ConnectionStatus {
        /// Its token works.
        Active = "active",
        /// Its token died by age.
        Expired = "expired",
        /// Its token was taken back.
        Revoked = "revoked",
        /// Something else is wrong with it.
        Error = "error",
    }
}

macro_rules! parse_words {
    ($($name:ident),+) => {$(
        impl std::str::FromStr for $name {
            type Err = $crate::status::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|word| word.as_str() == text);
                found.copied().ok_or_else(|| $crate::status::UnknownWord { what: stringify!($name), word: text.to_owned() })
            }
        }
    )+};
}

pub(crate) use parse_words;

/// A stored word that none of ours equals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {what}")]
pub struct UnknownWord {
    /// The type that was read.
    pub what: &'static str,
    /// The word that was found.
    pub word: String,
}

parse_words!(CampaignStatus, DeploymentKind, DeploymentStatus, StepStatus, PresenceStatus, ConnectionStatus);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_brings_an_archived_campaign_back() {
        for event in CampaignEvent::ALL {
            assert!(CampaignStatus::Archived.on(*event).is_err(), "{event}");
        }
    }

    #[test]
    fn a_draft_is_checked_before_it_is_deployed() {
        assert!(CampaignStatus::Draft.on(CampaignEvent::Deploying).is_err());
        let ready = CampaignStatus::Draft.on(CampaignEvent::Checked).unwrap();
        assert_eq!(ready.on(CampaignEvent::Deploying), Ok(CampaignStatus::Publishing));
    }

    #[test]
    fn every_state_can_be_reached_from_a_draft() {
        let mut reached = std::collections::BTreeSet::from([CampaignStatus::Draft]);
        loop {
            let next: std::collections::BTreeSet<_> = reached
                .iter()
                .flat_map(|state| CampaignEvent::ALL.iter().filter_map(|event| state.on(*event).ok()))
                .chain(reached.iter().copied())
                .collect();
            if next == reached {
                break;
            }
            reached = next;
        }
        assert_eq!(reached.len(), CampaignStatus::ALL.len());
    }
}
