//! Where processes count together what they take from limits.

use async_trait::async_trait;
use placard_domain::quota::{CallLog, Claim, Grant, Learning};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Why calls could not be counted.
#[derive(Debug, thiserror::Error)]
#[error("the calls that this and other processes make could not be counted together")]
pub struct LedgerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where processes count together what they take from the limits of a subject: an app's endpoint, a customer.
///
/// For platforms that say nothing about limits before they refuse. Adapters know of no database; whoever makes them
/// passes one in.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Takes what `claim` asks for, as far as it fits.
    async fn exchange(&self, subject: &str, claim: &Claim) -> Result<Grant, LedgerError>;

    /// Notes that the platform refused a call and wants none before `wait` is over.
    async fn refused(
        &self,
        subject: &str,
        wait: Duration,
        learning: Option<Learning>,
    ) -> Result<(), LedgerError>;
}

/// Counts in this process alone.
pub struct InProcess {
    begun: Instant,
    logs: Mutex<HashMap<String, CallLog>>,
}

impl Default for InProcess {
    fn default() -> Self {
        Self { begun: Instant::now(), logs: Mutex::default() }
    }
}

impl InProcess {
    fn with<T>(&self, subject: &str, act: impl FnOnce(&mut CallLog, i64) -> T) -> T {
        // What the map holds stays right even if another thread panicked while it held the lock.
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let now = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX / 4);
        act(logs.entry(subject.to_owned()).or_default(), now)
    }
}

#[async_trait]
impl Ledger for InProcess {
    async fn exchange(&self, subject: &str, claim: &Claim) -> Result<Grant, LedgerError> {
        Ok(self.with(subject, |log, now| log.exchange(claim, now)))
    }

    async fn refused(
        &self,
        subject: &str,
        wait: Duration,
        learning: Option<Learning>,
    ) -> Result<(), LedgerError> {
        self.with(subject, |log, now| log.refused(wait, learning, now));
        Ok(())
    }
}
