//! Counting calls together with every other process.

use async_trait::async_trait;
use placard_domain::quota::{Claim, Grant, Learning};
use placard_platforms::http::{Ledger, LedgerError};
use placard_store::{Db, call_log};
use std::time::Duration;

/// Counts in the database.
pub struct SharedLedger(pub Db);

#[async_trait]
impl Ledger for SharedLedger {
    async fn exchange(&self, subject: &str, claim: &Claim) -> Result<Grant, LedgerError> {
        let grant = call_log::change(&self.0, subject, |log, now| log.exchange(claim, now)).await;
        grant.map_err(|error| LedgerError(error.into()))
    }

    async fn refused(
        &self,
        subject: &str,
        wait: Duration,
        learning: Option<Learning>,
    ) -> Result<(), LedgerError> {
        let noted = call_log::change(&self.0, subject, |log, now| log.refused(wait, learning, now)).await;
        noted.map_err(|error| LedgerError(error.into()))
    }
}
