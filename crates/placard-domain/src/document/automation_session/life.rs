//! The life cycle of a login: one table.

use crate::{objective::words, status::IllegalTransition};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// Where a login stands.
    AutomationStatus {
        /// It was seen to work with the cookies that it has.
        Active = "active",
        /// Nobody has seen its cookies work yet, or somebody doubts them.
        Degraded = "degraded",
        /// It does not work. Only other cookies help.
        Invalid = "invalid",
    }
}

words! {
    /// What happens to a login.
    AutomationEvent {
        /// Somebody saw that it works.
        Validated = "validated",
        /// Somebody doubts that it works.
        Doubted = "doubted",
        /// Somebody saw that it does not work, or that the network objects to it.
        Failed = "failed",
        /// Its cookies are handed out.
        Used = "used",
        /// It gets other cookies.
        Rotated = "rotated",
    }
}

impl AutomationStatus {
    /// Applies `event`; the whole life cycle is this one table.
    ///
    /// # Errors
    /// [`IllegalTransition`]: cookies that nobody saw work are used by nobody, and a login that does not work needs
    /// others.
    pub fn on(self, event: AutomationEvent) -> Result<Self, IllegalTransition> {
        use {AutomationEvent as E, AutomationStatus as S};
        match (self, event) {
            (S::Active | S::Degraded, E::Validated) | (S::Active, E::Used) => Ok(S::Active),
            (S::Active | S::Degraded, E::Doubted) => Ok(S::Degraded),
            (S::Active | S::Degraded | S::Invalid, E::Failed) => Ok(S::Invalid),
            // Nobody has seen the new ones work.
            (S::Active | S::Degraded | S::Invalid, E::Rotated) => Ok(S::Degraded),
            (state, event) => {
                Err(IllegalTransition { what: "login", from: state.as_str(), event: event.as_str() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AutomationEvent as E, AutomationStatus as S};

    #[test]
    fn only_what_was_seen_to_work_since_its_cookies_came_is_used() {
        for status in S::ALL {
            assert_eq!(status.on(E::Used).is_ok(), *status == S::Active, "{status}");
            let fresh = status.on(E::Rotated).unwrap();
            assert!(fresh.on(E::Used).is_err(), "{status} and then rotated");
            assert_eq!(fresh.on(E::Validated).unwrap().on(E::Used).unwrap(), S::Active);
        }
    }

    #[test]
    fn what_does_not_work_is_mended_by_other_cookies_alone() {
        assert!(S::Invalid.on(E::Validated).is_err() && S::Invalid.on(E::Doubted).is_err());
        assert_eq!(S::Invalid.on(E::Rotated).unwrap(), S::Degraded);
    }
}
