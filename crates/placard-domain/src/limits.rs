//! What a tenant pays for, and how much of what that allows.

use crate::objective::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What a tenant pays for.
    SubscriptionPlan {
        /// Nothing.
        Free = "free",
        /// The first.
        Starter = "starter",
        /// The middle.
        Professional = "professional",
        /// The most; also what an installation of one's own has.
        Enterprise = "enterprise",
    }
}

/// How much a plan allows; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanLimits {
    /// Ad accounts.
    pub accounts: Option<u32>,
    /// Campaigns that are not archived.
    pub campaigns: Option<u32>,
    /// Members and open invitations.
    pub seats: Option<u32>,
    /// Requests to the API in a minute.
    pub api_per_minute: Option<u32>,
}

/// What is counted in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Ad accounts.
    Accounts,
    /// Campaigns that are not archived.
    Campaigns,
    /// Members and open invitations.
    Seats,
}

impl SubscriptionPlan {
    /// How much it allows.
    pub const fn limits(self) -> PlanLimits {
        let (accounts, campaigns, seats, api_per_minute) = match self {
            Self::Free => (1, 5, 2, 120),
            Self::Starter => (3, 25, 5, 600),
            Self::Professional => (15, 200, 25, 3_000),
            Self::Enterprise => {
                return PlanLimits { accounts: None, campaigns: None, seats: None, api_per_minute: None };
            }
        };
        PlanLimits {
            accounts: Some(accounts),
            campaigns: Some(campaigns),
            seats: Some(seats),
            api_per_minute: Some(api_per_minute),
        }
    }
}

impl PlanLimits {
    /// The limit of one thing.
    pub const fn of(&self, what: Limited) -> Option<u32> {
        match what {
            Limited::Accounts => self.accounts,
            Limited::Campaigns => self.campaigns,
            Limited::Seats => self.seats,
        }
    }
}

impl Limited {
    /// A number of them in words: `1 ad account`, `25 campaigns`.
    pub fn counted(self, number: u32) -> String {
        let name = match self {
            Self::Accounts => "ad account",
            Self::Campaigns => "campaign",
            Self::Seats => "seat",
        };
        format!("{number} {name}{}", if number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_plan_allows_more_of_everything() {
        let all = |plan: &SubscriptionPlan| {
            let PlanLimits { accounts, campaigns, seats, api_per_minute } = plan.limits();
            [accounts, campaigns, seats, api_per_minute].map(|limit| limit.unwrap_or(u32::MAX))
        };
        for pair in SubscriptionPlan::ALL.windows(2) {
            for (lesser, greater) in all(&pair[0]).into_iter().zip(all(&pair[1])) {
                assert!(lesser < greater, "{pair:?}");
            }
        }
    }

    #[test]
    fn one_is_counted_in_the_singular() {
        assert_eq!(Limited::Accounts.counted(1), "1 ad account");
        assert_eq!(Limited::Campaigns.counted(25), "25 campaigns");
    }
}
