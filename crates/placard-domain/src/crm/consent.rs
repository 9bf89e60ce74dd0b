//! Whether a person may be written to and called, why, and how that can be proven.

use crate::{objective::words, status::parse_words};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What a person said last.
    ConsentState {
        /// No more.
        Withdrawn = "withdrawn",
        /// Yes.
        Given = "given",
    }
}

words! {
    /// Why a person may be written to, in the words of Article 6(1) of the GDPR.
    ConsentBasis {
        /// The person agreed: (a).
        Consent = "consent",
        /// There is a contract, or the person asked for an offer: (b).
        Contract = "contract",
        /// It is in the sender's interest, and nothing weighs more: (f).
        LegitimateInterest = "legitimate_interest",
    }
}

parse_words!(ConsentState, ConsentBasis);

/// One word of a person on being contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Yes or no more.
    pub state: ConsentState,
    /// Why it is allowed; for a withdrawal, what was withdrawn.
    pub basis: ConsentBasis,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// How it can be proven: the form and the wording, the message, the file.
    pub evidence: String,
}

impl Consent {
    /// Which of two words stands: the later one, and of two at one moment the withdrawal.
    pub(super) fn stands_before(&self, other: &Self) -> bool {
        let rank = |one: &Self| {
            (one.at, one.state == ConsentState::Withdrawn, one.basis as u8, one.evidence.clone())
        };
        rank(self) > rank(other)
    }
}
