//! Counting in this process alone.

use super::{Limit, LimiterState, RateLimiter, Subject, Taking, Verdict, limit::Standing, table::Table};
use chrono::{DateTime, Utc};

/// Counts in this process. Exact as long as it is the only one.
pub struct InProcess {
    /// What was taken in the window.
    taken: Table<u32>,
}

impl InProcess {
    /// A limiter that has not counted anything yet.
    pub fn new() -> Self {
        Self { taken: Table::new() }
    }

    fn decide(&self, wants: &[(Subject, Limit)], now: DateTime<Utc>) -> Verdict {
        let wanted = self.taken.wanted(wants);
        self.taken.with(&wanted, now, |open| {
            let allowed = wanted.iter().all(|wanted| open.slot(wanted).value < wanted.limit);
            let standings = wanted.iter().map(|wanted| {
                let slot = open.slot(wanted);
                slot.value += u32::from(allowed);
                // After a change to a smaller limit, more may have been taken than it has.
                let left = wanted.limit.saturating_sub(slot.value);
                Standing { limit: wanted.limit, left, ends_ms: slot.ends_ms(wanted) }
            });
            Verdict::of(allowed, standings, now)
        })
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl RateLimiter for InProcess {
    fn take<'a>(&'a self, wants: &'a [(Subject, Limit)], now: DateTime<Utc>) -> Taking<'a> {
        Box::pin(async move { self.decide(wants, now) })
    }

    fn state(&self) -> LimiterState {
        LimiterState::Exact
    }
}
