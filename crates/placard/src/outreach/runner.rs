//! Sends what is due, one message at a time: intent committed, message handed over, outcome committed.

use super::{Channels, OutMessage, Receipt, SendError, compose};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, outreach::OutreachStatus};
use placard_store::{
    Db, Vault,
    outreach::{self, Campaign, Claimed, Intent, Outcome, Outgoing},
};
use rand::RngExt as _;
use std::time::Duration;

/// How many people are claimed at once.
const BATCH: i64 = 50;
/// How long a claim holds; longer than a channel takes with one message.
const LEASE: Duration = Duration::from_secs(300);

/// Sends what is due for one tenant.
pub struct Runner<'a> {
    db: Db,
    vault: &'a Vault,
    tenant: TenantId,
    channels: Channels,
    name: String,
    lease: Duration,
}

/// What one look at everything that was due has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Messages that a channel took.
    pub sent: u64,
    /// Messages that were refused, for the time being or for good.
    pub refused: u64,
    /// Messages of which nobody knows whether they arrived.
    pub unknown: u64,
    /// Sequences that ended.
    pub over: u64,
}

impl<'a> Runner<'a> {
    /// A runner called `name`, which no other process has.
    pub const fn new(db: Db, vault: &'a Vault, tenant: TenantId, channels: Channels, name: String) -> Self {
        Self { db, vault, tenant, channels, name, lease: LEASE }
    }

    /// The same with claims that hold for another time.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Sends all that is due at `now`.
    ///
    /// # Errors
    /// If the database does not answer. Nothing is sent whose intent could not be committed.
    pub async fn pass(&self, now: DateTime<Utc>) -> Result<Pass> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let campaigns = outreach::list(&mut tx).await?;
        tx.commit().await?;
        let mut pass = Pass::default();
        for campaign in campaigns.iter().filter(|campaign| campaign.status == OutreachStatus::Active) {
            self.run(campaign, now, &mut pass).await?;
        }
        Ok(pass)
    }

    async fn run(&self, campaign: &Campaign, now: DateTime<Utc>, pass: &mut Pass) -> Result<()> {
        // With silence between messages, one at a time is all that can go out.
        let batch = if campaign.made_of.settings.gap_seconds > 0 { 1 } else { BATCH };
        loop {
            let mut tx = self.db.tenant(self.tenant).await?;
            let claimed = outreach::claim(&mut tx, campaign.id, &self.name, now, batch, self.lease).await?;
            tx.commit().await?;
            if claimed.is_empty() {
                return Ok(());
            }
            for claim in &claimed {
                self.one(claim, now, pass).await?;
            }
        }
    }

    async fn one(&self, claimed: &Claimed, now: DateTime<Utc>, pass: &mut Pass) -> Result<()> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let intent = outreach::intend(&mut tx, self.vault, claimed, now, rand::rng().random()).await?;
        tx.commit().await?;
        match intent {
            Intent::Send(outgoing) => self.send(claimed, &outgoing, now, pass).await,
            Intent::Over => {
                pass.over += 1;
                Ok(())
            }
            Intent::Later | Intent::Resting | Intent::Lost => Ok(()),
        }
    }

    async fn send(
        &self,
        claimed: &Claimed,
        outgoing: &Outgoing,
        now: DateTime<Utc>,
        pass: &mut Pass,
    ) -> Result<()> {
        let outcome = match self.hand_over(outgoing, now).await {
            Ok(_) => Outcome::HandedOver,
            Err(SendError::Temporary(answer)) => Outcome::Deferred(answer),
            Err(SendError::Permanent(answer)) => Outcome::Refused(answer),
            Err(SendError::Unknown(answer)) => Outcome::Unknown(answer),
        };
        match outcome {
            Outcome::HandedOver => pass.sent += 1,
            Outcome::Deferred(_) | Outcome::Refused(_) => pass.refused += 1,
            Outcome::Unknown(_) => pass.unknown += 1,
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        outreach::record(&mut tx, claimed, outgoing.id, &outcome, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn hand_over(&self, outgoing: &Outgoing, now: DateTime<Utc>) -> Result<Receipt, SendError> {
        let channel = self.channels.get(outgoing.step.channel).ok_or_else(|| {
            SendError::Temporary(format!("the channel {} is not set up", outgoing.step.channel))
        })?;
        let message: OutMessage = compose(&self.channels.sender, outgoing, now)
            .map_err(|error| SendError::Permanent(error.to_string()))?;
        channel.send(&message).await
    }
}
