//! How long to wait before a read is sent again.

use crate::{PlatformError, Retry};
use std::time::Duration;

/// Chance for waiting times, so that many clients do not come back at the same moment. Passed in, so that tests decide.
pub trait Jitter: Send + Sync {
    /// A number from 0 to 1.
    fn draw(&self) -> f64;
}

impl<F: Fn() -> f64 + Send + Sync> Jitter for F {
    fn draw(&self) -> f64 {
        self()
    }
}

/// How reads are repeated: waits double from `first` up to `longest`, each shortened by chance to no less than half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// How often a read is sent at most.
    pub attempts: u32,
    /// The first wait.
    pub first: Duration,
    /// The longest wait of our own choice.
    pub longest: Duration,
    /// The longest wait that a platform may ask for. If it asks for more, the caller decides.
    pub patience: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            patience: Duration::from_secs(120),
        }
    }
}

impl Backoff {
    /// The wait after the failed attempt number `attempt`, counted from 0.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt)).min(self.longest);
        doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// The attempts that one read has left.
pub struct Patience<'a> {
    backoff: Backoff,
    jitter: &'a dyn Jitter,
    attempt: u32,
}

impl<'a> Patience<'a> {
    pub(super) fn new(backoff: Backoff, jitter: &'a dyn Jitter) -> Self {
        Self { backoff, jitter, attempt: 0 }
    }

    /// Waits until the read may be sent again, or gives `error` back when there is no point in that.
    pub async fn after(&mut self, error: PlatformError) -> Result<(), PlatformError> {
        let Some(wait) = self.wait(error.kind.retry_read()) else { return Err(error) };
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(error = %error, wait_ms, "a read failed and will be sent again in {wait_ms} ms");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// The wait before the next attempt; `None` when there is none.
    pub fn wait(&mut self, retry: Retry) -> Option<Duration> {
        let Retry::Again(asked) = retry else { return None };
        if self.attempt + 1 >= self.backoff.attempts || asked.is_some_and(|wait| wait > self.backoff.patience)
        {
            return None;
        }
        let own = self.backoff.delay(self.attempt, self.jitter.draw());
        self.attempt += 1;
        Some(asked.map_or(own, |asked| asked.max(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_chance_takes_at_most_half() {
        let backoff = Backoff::default();
        assert_eq!(backoff.delay(0, 1.0), Duration::from_millis(500));
        assert_eq!(backoff.delay(3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff.delay(3, 0.0), Duration::from_secs(2));
        assert_eq!(backoff.delay(40, 1.0), Duration::from_secs(30));
    }

    #[test]
    fn a_wait_that_the_platform_asks_for_is_kept_and_one_beyond_patience_is_the_callers_matter() {
        let half = || 0.5;
        let mut patience = Patience::new(Backoff::default(), &half);
        let asked = Duration::from_secs(90);
        assert_eq!(patience.wait(Retry::Again(Some(asked))), Some(asked));
        assert_eq!(patience.wait(Retry::Again(Some(Duration::from_secs(121)))), None);
    }

    #[test]
    fn attempts_run_out_and_refusals_are_final() {
        let half = || 0.5;
        let mut patience = Patience::new(Backoff { attempts: 2, ..Backoff::default() }, &half);
        assert_eq!(patience.wait(Retry::Never), None);
        assert!(patience.wait(Retry::Again(None)).is_some());
        assert_eq!(patience.wait(Retry::Again(None)), None);
    }
}
