//! Taking back what an unfinished deployment made, and nothing else.

use super::{
    PublishError, Publisher,
    checkpoint::{Moment, reached},
    run::Run,
};
use placard_domain::{
    CampaignId,
    plan::{Action, ObjectKind, Step, StepKey},
    status::{CampaignEvent, DeploymentStatus, StepStatus},
};
use placard_platforms::{ErrorKind, Request, Retry};
use placard_store::{
    AccountLease, campaign,
    deployment::{self, Outcome, StepResult},
    platform_object::Change,
};

/// What a roll-back did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// Objects removed from the platform.
    pub removed: usize,
}

impl Publisher<'_> {
    /// Removes what the unfinished deployment of a campaign made. Pictures stay: others may use them, and an unused
    /// one costs nothing.
    pub async fn roll_back(&self, id: CampaignId, key: &str) -> Result<RolledBack, PublishError> {
        let lease = self.lease().await?;
        let rolled_back = self.roll_back_under(&lease, id, key).await;
        lease.release().await?;
        rolled_back
    }

    async fn roll_back_under(
        &self,
        lease: &AccountLease,
        id: CampaignId,
        key: &str,
    ) -> Result<RolledBack, PublishError> {
        self.set_down_unfinished(lease, id, key).await?;
        let Some(stopped) = self.unfinished(id).await? else {
            return Err(PublishError::NothingUnfinished(key.to_owned()));
        };
        let planned = self.stored(stopped.plan).await?;
        let run = self.take_up(lease, &planned, &stopped).await?;
        let made = |step: &&Step| {
            let done =
                stopped.steps.iter().any(|known| known.key == step.key && known.status == StepStatus::Done);
            done && step.action == Action::Create && step.object.kind != ObjectKind::Image
        };
        // The last made goes first, so that nothing is removed from under something else.
        let made: Vec<&Step> = planned.plan.steps.iter().rev().filter(made).collect();
        self.progress.begin(made.len(), 0);
        for step in &made {
            run.take_back(step).await?;
            self.progress.done(step);
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        deployment::finish(&mut tx, lease.fence(), stopped.id, DeploymentStatus::RolledBack, None).await?;
        let nothing_left =
            self.on_record(Some(id)).await?.iter().all(|object| object.key.kind == ObjectKind::Image);
        if nothing_left {
            campaign::on(&mut tx, &self.actor, id, CampaignEvent::RolledBack, None).await?;
        }
        tx.commit().await?;
        self.progress.finish();
        Ok(RolledBack { removed: made.len() })
    }
}

impl Run<'_> {
    /// Deletes what `step` made. Deleting twice does no harm, so a lost answer is simply asked for again.
    async fn take_back(&self, step: &Step) -> Result<(), PublishError> {
        let publisher = self.publisher;
        let delete = Step {
            key: StepKey::new(publisher.account().platform, &step.object, Action::Delete),
            action: Action::Delete,
            fields: Default::default(),
            upload: None,
            ..step.clone()
        };
        let prepared = publisher.platform.prepare(&delete, &self.markers[&step.object], publisher.account());
        let prepared = publisher.platform.resolve(&prepared, &self.ids)?;
        let request = [Request { prepared, attachment: None }];
        let mut attempt = 1;
        let response = loop {
            reached(Moment::BeforeSend, &[&delete.key]);
            let outcome = publisher.platform.execute(&publisher.access, &request).await.pop();
            reached(Moment::BeforeStore, &[&delete.key]);
            let Some(Err(error)) = outcome else {
                break outcome.and_then(Result::ok).map(|success| success.raw);
            };
            if error.kind == ErrorKind::NotFound {
                break None;
            }
            let wait = match error.kind.retry_read() {
                Retry::Again(wait) if attempt < publisher.policy.attempts => wait,
                _ => return Err(error.into()),
            };
            let wait = wait.unwrap_or_else(|| publisher.policy.pause(attempt));
            publisher.progress.waiting(&error.message, wait);
            if !publisher.pause(wait).await {
                return Err(PublishError::Interrupted { deployment: self.deployment });
            }
            attempt += 1;
        };
        let outcome = Outcome {
            step: step.key.clone(),
            result: StepResult::RolledBack { response },
            changes: vec![Change::Deleted { key: step.object.clone() }],
        };
        self.store_outcomes(std::slice::from_ref(&outcome)).await?;
        reached(Moment::AfterStore, &[&delete.key]);
        Ok(())
    }
}
