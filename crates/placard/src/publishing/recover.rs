//! Taking up what a crash, a refusal or a wish to stop left behind.

use super::{Applied, Planned, PublishError, Publisher, Turn, apply::failure_of, run::Run};
use placard_domain::{
    CampaignId,
    plan::Step,
    status::{CampaignEvent, CampaignStatus, DeploymentStatus, StepStatus},
};
use placard_store::{AccountLease, campaign, deployment};

impl Publisher<'_> {
    /// Goes on with the unfinished deployment of a campaign: finds out what became of requests without an answer,
    /// then sends what is left of the stored plan.
    pub async fn resume(&self, id: CampaignId, key: &str) -> Result<Applied, PublishError> {
        let mut lease = self.lease(Turn::InOrder).await?;
        let resumed = self.resume_under(&mut lease, id, key).await;
        lease.release().await?;
        self.explained(id, resumed).await
    }

    async fn resume_under(
        &self,
        lease: &mut AccountLease,
        id: CampaignId,
        key: &str,
    ) -> Result<Applied, PublishError> {
        let Some(stopped) = self.unfinished(id).await? else {
            return Err(PublishError::NothingUnfinished(key.to_owned()));
        };
        if stopped.steps.iter().any(|step| step.status == StepStatus::RolledBack) {
            return Err(PublishError::BeingRolledBack(key.to_owned()));
        }
        let planned = self.stored(stopped.plan).await?;
        self.fit_for(&planned.plan).await?;
        self.begin_again(lease, &stopped).await?;
        let mut run = self.take_up(lease, &planned, &stopped).await?;
        let ended = match self.settle_sent(&mut run, &planned.plan.steps, &stopped).await {
            Ok(()) => run.go_on().await,
            Err(error) => Err(error),
        };
        self.finish(lease, &planned, stopped.id, ended).await
    }

    /// Settles what an unfinished deployment left without an answer and sets it down, so that a new plan can go on
    /// from what is really there. Does nothing if there is none.
    pub async fn set_down(&self, id: CampaignId, key: &str, turn: Turn) -> Result<(), PublishError> {
        if self.unfinished(id).await?.is_none() {
            return Ok(());
        }
        let mut lease = self.lease(turn).await?;
        let set_down = self.in_turn(turn).set_down_unfinished(&mut lease, id, key).await;
        lease.release().await?;
        set_down
    }

    pub(super) async fn set_down_unfinished(
        &self,
        lease: &mut AccountLease,
        id: CampaignId,
        key: &str,
    ) -> Result<(), PublishError> {
        let Some(stopped) = self.unfinished(id).await? else { return Ok(()) };
        let settled = stopped.steps.iter().all(|step| step.status != StepStatus::Sent);
        let at_rest = matches!(stopped.status, DeploymentStatus::Failed | DeploymentStatus::Interrupted);
        if settled && at_rest {
            return Ok(());
        }
        self.progress
            .note(&format!("an earlier deployment of `{key}` did not finish; finding out how far it came"));
        let planned = self.stored(stopped.plan).await?;
        let mut run = self.take_up(lease, &planned, &stopped).await?;
        self.settle_sent(&mut run, &planned.plan.steps, &stopped).await?;
        if run.is_complete() {
            // It had sent everything and was stopped before it could say so. If what stands there is not what was sent,
            // the plan that follows shows it.
            self.begin_again(run.lease, &stopped).await?;
            let ended = run.go().await;
            return match self.finish(lease, &planned, stopped.id, ended).await {
                Ok(_) | Err(PublishError::NotTaken { .. }) => Ok(()),
                Err(error) => Err(error),
            };
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        let failure = failure_of("it did not finish, and a later plan went on from there");
        deployment::finish(&mut tx, lease.fence(), stopped.id, DeploymentStatus::Interrupted, Some(&failure))
            .await?;
        self.commit_what_is_on_record(&mut tx, &planned).await?;
        if campaign::get(&mut tx, id).await?.status == CampaignStatus::Publishing {
            campaign::on(&mut tx, &self.actor, id, CampaignEvent::Failed, Some(&failure.message)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Sets an unfinished deployment under way again, and its campaign with it.
    async fn begin_again(
        &self,
        lease: &AccountLease,
        stopped: &deployment::Deployment,
    ) -> Result<(), PublishError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        deployment::begin(&mut tx, lease.fence(), stopped.id).await?;
        if campaign::get(&mut tx, stopped.campaign).await?.status != CampaignStatus::Publishing {
            campaign::on(&mut tx, &self.actor, stopped.campaign, CampaignEvent::Deploying, None).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn unfinished(
        &self,
        id: CampaignId,
    ) -> Result<Option<deployment::Deployment>, PublishError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let unfinished = deployment::unfinished(&mut tx, id, self.account()).await?;
        tx.commit().await?;
        Ok(unfinished)
    }

    /// A run that knows what its deployment has done already.
    pub(super) async fn take_up<'a>(
        &'a self,
        lease: &'a mut AccountLease,
        planned: &'a Planned,
        stopped: &deployment::Deployment,
    ) -> Result<Run<'a>, PublishError> {
        let objects = self.on_record(Some(stopped.campaign)).await?;
        let mut run = Run::new(self, lease, planned, stopped.id, objects);
        let done = stopped.steps.iter().filter(|step| step.status == StepStatus::Done);
        run.done = done.map(|step| step.key.clone()).collect();
        Ok(run)
    }

    pub(super) async fn settle_sent<'a>(
        &self,
        run: &mut Run<'a>,
        steps: &'a [Step],
        stopped: &deployment::Deployment,
    ) -> Result<(), PublishError> {
        let sent = |step: &&Step| {
            stopped.steps.iter().any(|known| known.key == step.key && known.status == StepStatus::Sent)
        };
        let unknown: Vec<&'a Step> = steps.iter().filter(sent).collect();
        run.settle(&unknown).await
    }
}
