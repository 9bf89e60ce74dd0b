//! The life cycle of a lead, and where leads come from.

use crate::{
    objective::words,
    status::{IllegalTransition, parse_words},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// Where a lead stands, in the order in which one outweighs another when two leads turn out to be one person.
    LeadStatus {
        /// It fits nothing that is sold, or is no person.
        Disqualified = "disqualified",
        /// The person decided against it.
        Lost = "lost",
        /// Nobody has looked after it yet.
        New = "new",
        /// Someone has spoken with the person.
        Contacted = "contacted",
        /// It is worth an offer.
        Qualified = "qualified",
        /// Something was sold.
        Won = "won",
    }
}

words! {
    /// What happens to a lead.
    LeadEvent {
        /// Someone spoke with the person.
        Contact = "contacted",
        /// It was found worth an offer.
        Qualify = "qualified",
        /// Something was sold.
        Win = "won",
        /// The person decided against it.
        Lose = "lost",
        /// It fits nothing that is sold.
        Disqualify = "disqualified",
        /// It is looked after again.
        Reopen = "reopened",
    }
}

words! {
    /// How what is known of a lead came in.
    LeadSource {
        /// A lead form on an ad platform.
        Form = "form",
        /// A row of a file.
        Csv = "csv",
        /// A program.
        Api = "api",
        /// A person wrote it here. It outweighs what comes in otherwise.
        Person = "person",
    }
}

parse_words!(LeadStatus, LeadEvent, LeadSource);

impl LeadStatus {
    /// Applies `event`; the whole life cycle is this one table.
    pub fn on(self, event: LeadEvent) -> Result<Self, IllegalTransition> {
        use {LeadEvent as E, LeadStatus as S};
        match (self, event) {
            (S::New, E::Contact) => Ok(S::Contacted),
            (S::New | S::Contacted, E::Qualify) => Ok(S::Qualified),
            (S::New | S::Contacted | S::Qualified, E::Win) => Ok(S::Won),
            (S::New | S::Contacted | S::Qualified, E::Lose) => Ok(S::Lost),
            (S::New | S::Contacted | S::Qualified, E::Disqualify) => Ok(S::Disqualified),
            (S::Won | S::Lost | S::Disqualified, E::Reopen) => Ok(S::Contacted),
            (state, event) => {
                Err(IllegalTransition { what: "lead", from: state.as_str(), event: event.as_str() })
            }
        }
    }

    /// Where one person stands who was two leads: at the further of the two places. A fresh request outweighs an
    /// earlier refusal.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_that_is_over_can_only_be_reopened() {
        for state in [LeadStatus::Won, LeadStatus::Lost, LeadStatus::Disqualified] {
            for event in LeadEvent::ALL {
                assert_eq!(state.on(*event).is_ok(), *event == LeadEvent::Reopen, "{state} {event}");
            }
        }
    }

    #[test]
    fn every_state_can_be_reached_from_new() {
        let mut reached = std::collections::BTreeSet::from([LeadStatus::New]);
        for _ in LeadStatus::ALL {
            let next: Vec<_> = reached
                .iter()
                .flat_map(|state| LeadEvent::ALL.iter().filter_map(|e| state.on(*e).ok()))
                .collect();
            reached.extend(next);
        }
        assert_eq!(reached.len(), LeadStatus::ALL.len());
    }

    #[test]
    fn a_fresh_request_outweighs_an_earlier_refusal() {
        assert_eq!(LeadStatus::Lost.merged(LeadStatus::New), LeadStatus::New);
        assert_eq!(LeadStatus::Won.merged(LeadStatus::New), LeadStatus::Won);
    }
}
