//! Sends what is due, one message at a time: intent committed, message handed over, outcome committed.

use super::{Channels, OutMessage, Receipt, SendError, compose};
use crate::publishing::Stop;
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, outreach::OutreachStatus};
use placard_store::{
    Db, Vault,
    outreach::{self, Campaign, Claimed, Intent, Outcome, Outgoing},
};
use rand::RngExt as _;
use std::time::{Duration, Instant};

/// How many people are claimed at once.
const BATCH: i64 = 50;
/// How long a claim holds; longer than a channel takes with one message.
const LEASE: Duration = Duration::from_secs(300);
/// A pass ends after this time, so that the moment which it judges by is still true.
const PASS: Duration = Duration::from_secs(20);

/// Sends what is due for one tenant.
pub struct Runner<'a> {
    db: Db,
    vault: &'a Vault,
    tenant: TenantId,
    channels: Channels,
    name: String,
    lease: Duration,
    stop: Stop,
}

/// What one look at everything that was due has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Messages that a channel took.
    pub sent: u64,
    /// Messages that were refused, for the time being or for good.
    pub refused: u64,
    /// Messages of which nobody knows whether they arrived.
    pub unknown: u64,
    /// Sequences that ended.
    pub over: u64,
    /// What a channel said last that did not take a message.
    pub refusal: Option<String>,
    /// Whether it ended before everything was looked at.
    pub unfinished: bool,
}

impl Pass {
    /// Adds what the pass after it did.
    pub fn add(&mut self, next: Self) {
        self.sent += next.sent;
        self.refused += next.refused;
        self.unknown += next.unknown;
        self.over += next.over;
        self.refusal = next.refusal.or(self.refusal.take());
        self.unfinished = next.unfinished;
    }
}

impl<'a> Runner<'a> {
    /// A runner called `name`, which no other process has.
    pub fn new(db: Db, vault: &'a Vault, tenant: TenantId, channels: Channels, name: String) -> Self {
        Self { db, vault, tenant, channels, name, lease: LEASE, stop: Stop::default() }
    }

    /// The same with claims that hold for another time.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// The same, ending between two messages when `stop` is asked.
    #[must_use]
    pub fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Sends what is due at `now`, for as long as that is about now.
    ///
    /// # Errors
    /// If the database does not answer. Nothing is sent whose intent could not be committed.
    pub async fn pass(&self, now: DateTime<Utc>) -> Result<Pass> {
        let begun = Instant::now();
        let mut tx = self.db.tenant(self.tenant).await?;
        let campaigns = outreach::list(&mut tx).await?;
        tx.commit().await?;
        let mut pass = Pass::default();
        for campaign in campaigns.iter().filter(|campaign| campaign.status == OutreachStatus::Active) {
            self.run(campaign, now, begun, &mut pass).await?;
        }
        Ok(pass)
    }

    async fn run(
        &self,
        campaign: &Campaign,
        now: DateTime<Utc>,
        begun: Instant,
        pass: &mut Pass,
    ) -> Result<()> {
        // With silence between messages, one at a time is all that can go out.
        let batch = if campaign.made_of.settings.gap_seconds > 0 { 1 } else { BATCH };
        loop {
            let mut tx = self.db.tenant(self.tenant).await?;
            let claimed = outreach::claim(&mut tx, campaign.id, &self.name, now, batch, self.lease).await?;
            tx.commit().await?;
            if claimed.is_empty() {
                return Ok(());
            }
            for (position, claim) in claimed.iter().enumerate() {
                if self.stop.is_wanted() || begun.elapsed() > PASS {
                    pass.unfinished = true;
                    return self.release(&claimed[position..]).await;
                }
                self.one(claim, now, pass).await?;
            }
        }
    }

    async fn release(&self, claimed: &[Claimed]) -> Result<()> {
        let mut tx = self.db.tenant(self.tenant).await?;
        outreach::release(&mut tx, claimed).await?;
        tx.commit().await?;
        Ok(())
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
            Err(SendError::Temporary(answer)) => Outcome::Deferred(nameless(&answer, outgoing)),
            Err(SendError::Permanent(answer)) => Outcome::Refused(nameless(&answer, outgoing)),
            Err(SendError::Unknown(answer)) => Outcome::Unknown(nameless(&answer, outgoing)),
        };
        let answer = match &outcome {
            Outcome::HandedOver => {
                pass.sent += 1;
                None
            }
            Outcome::Deferred(answer) | Outcome::Refused(answer) => {
                pass.refused += 1;
                Some(answer)
            }
            Outcome::Unknown(answer) => {
                pass.unknown += 1;
                Some(answer)
            }
        };
        pass.refusal = answer.cloned().or(pass.refusal.take());
        let mut tx = self.db.tenant(self.tenant).await?;
        outreach::record(&mut tx, claimed, outgoing.id, &outcome, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn hand_over(&self, outgoing: &Outgoing, now: DateTime<Utc>) -> Result<Receipt, SendError> {
        let channel = self.channels.get(outgoing.step.channel).ok_or_else(|| {
            SendError::Temporary(format!("the channel {} is not set up", outgoing.step.channel))
        })?;
        let message: OutMessage = compose(&self.channels.sender, self.tenant, outgoing, now)
            .map_err(|error| SendError::Permanent(error.to_string()))?;
        channel.send(&message).await
    }
}

/// A channel's answer without what could be the recipient's address: it is kept and logged as it is.
fn nameless(answer: &str, outgoing: &Outgoing) -> String {
    /// A shorter name may be part of any word.
    const LEAST: usize = 3;
    let address = outgoing.recipient.address.to_lowercase();
    let user = address.split('@').next().unwrap_or_default();
    let tells = |word: &&str| word.contains('@') || user.len() >= LEAST && word.to_lowercase().contains(user);
    let words = answer.split_whitespace().map(|word| if tells(&word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
