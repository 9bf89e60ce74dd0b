//! Life cycles of outreach. Each is one table; the database's checks hold the same words.

use crate::objective::words;
use crate::status::{IllegalTransition, parse_words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// Where an outreach campaign stands (requirement O2).
    OutreachStatus {
        /// Being written; nothing goes out.
        Draft = "draft",
        /// Messages go out.
        Active = "active",
        /// Stopped for now.
        Paused = "paused",
        /// Over.
        Completed = "completed",
    }
}

words! {
    /// What happens to an outreach campaign.
    OutreachEvent {
        /// Someone started it, for the first time or again.
        Started = "started",
        /// Someone stopped it for now.
        Paused = "paused",
        /// Someone ended it.
        Completed = "completed",
    }
}

impl OutreachStatus {
    /// Applies `event`; the whole life cycle is this one table.
    pub fn on(self, event: OutreachEvent) -> Result<Self, IllegalTransition> {
        use {OutreachEvent as E, OutreachStatus as S};
        match (self, event) {
            (S::Draft | S::Paused, E::Started) => Ok(S::Active),
            (S::Active, E::Paused) => Ok(S::Paused),
            (S::Active | S::Paused, E::Completed) => Ok(S::Completed),
            (state, event) => Err(IllegalTransition {
                what: "outreach campaign",
                from: state.as_str(),
                event: event.as_str(),
            }),
        }
    }
}

words! {
    /// Where somebody stands in a campaign.
    EnrolmentStatus {
        /// Nobody has decided whether to speak to them.
        Pending = "pending",
        /// The sequence runs.
        Approved = "approved",
        /// They are not spoken to.
        Rejected = "rejected",
        /// What became of the last message is not known; a person decides.
        Held = "held",
        /// The sequence was stopped; why is kept with it.
        Stopped = "stopped",
        /// Every message went out.
        Finished = "finished",
    }
}

words! {
    /// Why a sequence stopped before its end.
    StopReason {
        /// They answered.
        Reply = "reply",
        /// A message could not be delivered.
        Bounce = "bounce",
        /// They asked to be left alone.
        Unsubscribe = "unsubscribe",
        /// They complained.
        Complaint = "complaint",
        /// Their address is on the list of those who must not be written to.
        Suppressed = "suppressed",
        /// They took their consent back, or the campaign needs one and there is none.
        ConsentWithdrawn = "consent_withdrawn",
        /// The channel refused a message for good.
        Refused = "refused",
        /// The channel failed for the time being, too often.
        GaveUp = "gave_up",
        /// A person stopped it.
        Manual = "manual",
        /// They were forgotten, on their request.
        Erased = "erased",
    }
}

words! {
    /// Where a message stands.
    DeliveryStatus {
        /// It is about to be handed over, or was when the process died.
        Intended = "intended",
        /// The channel has taken it.
        HandedOver = "handed_over",
        /// The channel refused it for the time being; it may be tried again.
        Deferred = "deferred",
        /// The channel refused it for good.
        Refused = "refused",
        /// It may or may not have arrived. It is never sent again by itself.
        Unknown = "unknown",
        /// It was taken and came back.
        Bounced = "bounced",
    }
}

words! {
    /// Why an address must not be written to.
    SuppressionReason {
        /// A message could not be delivered.
        Bounce = "bounce",
        /// They complained.
        Complaint = "complaint",
        /// They asked to be left alone.
        Unsubscribe = "unsubscribe",
        /// A person put it on the list.
        Manual = "manual",
    }
}

words! {
    /// What somebody said about being written to.
    ConsentState {
        /// Yes.
        Given = "given",
        /// No more.
        Withdrawn = "withdrawn",
    }
}

parse_words!(OutreachStatus, EnrolmentStatus, StopReason, DeliveryStatus, SuppressionReason, ConsentState);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_starts_a_completed_campaign_again() {
        for event in OutreachEvent::ALL {
            assert!(OutreachStatus::Completed.on(*event).is_err(), "{event}");
        }
    }

    #[test]
    fn a_draft_is_started_before_it_is_paused() {
        assert!(OutreachStatus::Draft.on(OutreachEvent::Paused).is_err());
        let active = OutreachStatus::Draft.on(OutreachEvent::Started).unwrap();
        let paused = active.on(OutreachEvent::Paused).unwrap();
        assert_eq!(paused.on(OutreachEvent::Started), Ok(OutreachStatus::Active));
        assert_eq!(paused.on(OutreachEvent::Completed), Ok(OutreachStatus::Completed));
    }
}
