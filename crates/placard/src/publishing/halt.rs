//! Stopping a campaign, whatever is under way.

use super::{PublishError, Publisher};
use placard_domain::Currency;
use placard_store::campaign::Campaign;
use std::time::Duration;

/// How long to wait between two tries for an account that someone else is publishing to.
const BEAT: Duration = Duration::from_millis(250);

/// What became of a campaign that should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halted {
    /// It ran and is paused.
    Paused,
    /// It did not run.
    AtRest,
}

impl Publisher<'_> {
    /// Pauses a campaign by the same path as every change. With the kill switch engaged, another publisher stops at
    /// its next intent; this waits for it, up to `beats` quarters of a second.
    pub async fn halt(
        &self,
        campaign: &Campaign,
        currency: Currency,
        beats: u32,
    ) -> Result<Halted, PublishError> {
        let mut left = beats;
        loop {
            match self.try_to_halt(campaign, currency).await {
                Err(PublishError::Held { .. } | PublishError::Stale(_)) if left > 0 => left -= 1,
                done => return done,
            }
            if !self.pause(BEAT).await {
                return self.try_to_halt(campaign, currency).await;
            }
        }
    }

    async fn try_to_halt(&self, campaign: &Campaign, currency: Currency) -> Result<Halted, PublishError> {
        self.set_down(campaign.id, &campaign.key).await?;
        let planned = self.plan_stop(campaign, currency).await?;
        if planned.plan.steps.is_empty() {
            return Ok(Halted::AtRest);
        }
        self.apply(&planned).await?;
        Ok(Halted::Paused)
    }
}
