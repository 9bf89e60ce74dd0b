//! Stopping a campaign, whatever is under way.

use super::{PublishError, Publisher, Turn};
use placard_domain::Currency;
use placard_store::campaign::Campaign;
use std::time::Duration;

/// How long to wait before looking again at what changed after it was looked at.
const BEAT: Duration = Duration::from_millis(250);

/// How often to look before giving up.
const TRIES: u32 = 40;

/// What became of a campaign that should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halted {
    /// It ran and is paused.
    Paused,
    /// It did not run.
    AtRest,
}

impl Publisher<'_> {
    /// Pauses a campaign by the same path as every change. Another publisher steps aside after its request.
    pub async fn halt(&self, campaign: &Campaign, currency: Currency) -> Result<Halted, PublishError> {
        let urgent = self.in_turn(Turn::First);
        for _ in 0..TRIES {
            match urgent.try_to_halt(campaign, currency).await {
                Err(PublishError::Stale(_)) => {}
                done => return done,
            }
            if !self.pause(BEAT).await {
                break;
            }
        }
        urgent.try_to_halt(campaign, currency).await
    }

    async fn try_to_halt(&self, campaign: &Campaign, currency: Currency) -> Result<Halted, PublishError> {
        self.set_down(campaign.id, &campaign.key, Turn::First).await?;
        let planned = self.plan_stop(campaign, currency).await?;
        if planned.plan.steps.is_empty() {
            return Ok(Halted::AtRest);
        }
        self.apply(&planned).await?;
        Ok(Halted::Paused)
    }
}
