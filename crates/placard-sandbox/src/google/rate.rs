//! Short-term quotas and announced waits, in real time (Google, `platforms/google.md` §8).

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::AdsError;
use crate::scale::scaled;

/// The token buckets of a customer and of the project, both of one size, and the operations of the project in a day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoogleRate {
    /// Operations that may come at once; 0 switches the limit off.
    pub burst: u32,
    /// Operations that are given back a second.
    pub per_second: f64,
    /// Operations of the project within 24 hours (§1, access levels); 0 switches the limit off.
    pub operations_per_day: usize,
    /// How much faster than real time these hours pass.
    pub time_scale: f64,
}

impl Default for GoogleRate {
    fn default() -> Self {
        Self { burst: 0, per_second: 0.0, operations_per_day: 0, time_scale: 1.0 }
    }
}

/// Whose bucket is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Account,
    Developer,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Developer => "DEVELOPER",
        }
    }
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// A wait that a customer's callers were told of.
#[derive(Debug)]
struct Announced {
    from: Instant,
    until: Instant,
}

/// Buckets by customer, the project's under the empty name, and announced waits.
#[derive(Debug, Default)]
pub(crate) struct RateDesk {
    buckets: BTreeMap<String, Bucket>,
    /// Operations of the last 24 hours, and when they came.
    day: VecDeque<(Instant, usize)>,
    announced: BTreeMap<String, Announced>,
}

/// A call that is in flight when a wait is announced cannot know of it.
const GRACE: Duration = Duration::from_millis(150);

impl RateDesk {
    /// Counts operations of a customer; refuses them as a whole when a bucket does not hold enough.
    pub(crate) fn spend(
        &mut self,
        customer: &str,
        operations: usize,
        config: GoogleRate,
    ) -> Result<(), AdsError> {
        self.spend_of_day(operations, config)?;
        if config.burst == 0 {
            return Ok(());
        }
        let size = f64::from(config.burst);
        let cost = (operations as f64).min(size);
        let now = Instant::now();
        let mut waits = Vec::new();
        for (name, scope) in [(customer, Scope::Account), ("", Scope::Developer)] {
            let bucket = self.buckets.entry(name.to_owned()).or_insert(Bucket { left: size, at: now });
            let back = now.duration_since(bucket.at).as_secs_f64() * config.per_second;
            bucket.left = (bucket.left + back).min(size);
            bucket.at = now;
            if bucket.left < cost {
                let wait = ((cost - bucket.left) / config.per_second.max(1e-6)).ceil();
                waits.push((wait.clamp(1.0, 86_400.0) as u64, scope));
            }
        }
        if let Some((seconds, scope)) = waits.into_iter().max_by_key(|(seconds, _)| *seconds) {
            self.announce(customer, seconds);
            return Err(exhausted(Some(seconds), scope));
        }
        for name in [customer, ""] {
            if let Some(bucket) = self.buckets.get_mut(name) {
                bucket.left -= cost;
            }
        }
        Ok(())
    }

    fn spend_of_day(&mut self, operations: usize, config: GoogleRate) -> Result<(), AdsError> {
        if config.operations_per_day == 0 {
            return Ok(());
        }
        let (now, day) = (Instant::now(), scaled(86_400, config.time_scale));
        while self.day.front().is_some_and(|(at, _)| now.duration_since(*at) >= day) {
            self.day.pop_front();
        }
        let mut spent: usize = self.day.iter().map(|(_, operations)| operations).sum();
        let fits = |spent: usize| spent + operations <= config.operations_per_day;
        if !fits(spent) {
            let free = self.day.iter().find(|(_, operations)| {
                spent -= operations;
                fits(spent)
            });
            let wait = free.map_or(day, |(at, _)| day.saturating_sub(now.duration_since(*at)));
            return Err(used_up(wait.as_secs_f64().ceil() as u64));
        }
        self.day.push_back((now, operations));
        Ok(())
    }

    /// Notes that a customer's callers were told to wait.
    pub(crate) fn announce(&mut self, customer: &str, seconds: u64) {
        let from = Instant::now();
        let until = from + Duration::from_secs(seconds);
        self.announced.insert(customer.to_owned(), Announced { from, until });
    }

    /// The refusal of a call that comes before an announced wait is over, with how early it is unless it can
    /// have been in flight at the announcement.
    pub(crate) fn too_early(&mut self, customer: &str) -> Option<(AdsError, Option<Duration>)> {
        let announced = self.announced.get(customer)?;
        let now = Instant::now();
        if now >= announced.until {
            self.announced.remove(customer);
            return None;
        }
        let left = announced.until.duration_since(now);
        let knew = now.duration_since(announced.from) > GRACE;
        let error = exhausted(Some(left.as_secs_f64().ceil() as u64), Scope::Account);
        Some((error, knew.then_some(left)))
    }

    pub(crate) fn clear(&mut self) {
        self.buckets.clear();
        self.day.clear();
        self.announced.clear();
    }
}

/// RESOURCE_EXHAUSTED: the operations of a day.
fn used_up(seconds: u64) -> AdsError {
    let text = format!("Too many requests. Retry in {seconds} seconds.");
    AdsError::new("quotaError", "RESOURCE_EXHAUSTED", text).details(json!({
        "quotaErrorDetails": {
            "rateScope": Scope::Developer.word(), "rateName": "Number of operations for explorer access",
            "retryDelay": format!("{seconds}s"),
        },
    }))
}

/// RESOURCE_TEMPORARILY_EXHAUSTED; with a delay, the delay is in the details and in the text.
pub(crate) fn exhausted(seconds: Option<u64>, scope: Scope) -> AdsError {
    const CODE: &str = "RESOURCE_TEMPORARILY_EXHAUSTED";
    let Some(seconds) = seconds else {
        return AdsError::new("quotaError", CODE, "Too many requests.");
    };
    AdsError::new("quotaError", CODE, format!("Too many requests. Retry in {seconds} seconds.")).details(json!({
        "quotaErrorDetails": {
            "rateScope": scope.word(), "rateName": "Requests per short term", "retryDelay": format!("{seconds}s"),
        },
    }))
}
