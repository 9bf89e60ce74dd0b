//! Guardrails on the way: room under the ceilings is taken before anything is sent, and given back once an outcome on
//! record says that it is free.

use super::{Planned, PublishError, Publisher, run::Run};
use placard_domain::{
    CampaignId, Currency,
    plan::{Exposure, Plan, Step, Warning},
    status::StepStatus,
};
use placard_store::{
    TenantTx,
    ceiling::{self, Wish},
    deployment, kill_switch,
    platform_object::{self, PlatformObject},
};

/// What is on record, as far as it can spend.
pub(super) fn exposure(objects: &[PlatformObject], currency: Currency) -> Exposure {
    let each = objects.iter().map(|one| (one.key.clone(), one.applied.run, one.applied.daily_cost));
    Exposure::of(currency, each)
}

impl Publisher<'_> {
    /// Takes room for all of `steps`, so that a deployment that cannot be carried out to its end is refused before
    /// anything of it is sent.
    pub(super) async fn reserve(
        &self,
        tx: &mut TenantTx,
        campaign: CampaignId,
        exposure: &Exposure,
        steps: &[Step],
    ) -> Result<(), PublishError> {
        let wish = self.wish(campaign, exposure, steps)?;
        Ok(ceiling::reserve(tx, &wish).await?)
    }

    /// Says in `plan` what would refuse it by what is known now.
    pub(super) async fn foresee(
        &self,
        campaign: CampaignId,
        record: &[PlatformObject],
        plan: &mut Plan,
    ) -> Result<(), PublishError> {
        if plan.steps.is_empty() {
            return Ok(());
        }
        let mut exposure = exposure(record, plan.cost.after.currency());
        plan.rebase.iter().for_each(|rebase| exposure.rebase(rebase));
        let wish = self.wish(campaign, &exposure, &plan.steps)?;
        let mut tx = self.db.tenant(self.tenant).await?;
        let refusal = ceiling::foresee(&mut tx, &wish).await?;
        tx.commit().await?;
        plan.warnings.extend(
            refusal.map(|refusal| Warning { subject: "guardrail".into(), message: refusal.to_string() }),
        );
        Ok(())
    }

    /// Gives back what a deployment took and does not use: what is committed then is what is on record. While an
    /// answer is missing, everything stays taken.
    pub(super) async fn settle_commitment(
        &self,
        tx: &mut TenantTx,
        planned: &Planned,
        deployment: placard_domain::DeploymentId,
    ) -> Result<(), PublishError> {
        let known = deployment::get(tx, deployment).await?;
        if known.steps.iter().any(|step| step.status == StepStatus::Sent) {
            return Ok(());
        }
        self.commit_what_is_on_record(tx, planned).await
    }

    /// What is committed is what is on record.
    pub(super) async fn commit_what_is_on_record(
        &self,
        tx: &mut TenantTx,
        planned: &Planned,
    ) -> Result<(), PublishError> {
        let objects = platform_object::list(tx, planned.campaign, self.account()).await?;
        let daily = exposure(&objects, planned.plan.cost.after.currency()).daily()?;
        Ok(ceiling::settle(tx, planned.campaign, self.account(), daily).await?)
    }

    fn wish(
        &self,
        campaign: CampaignId,
        exposure: &Exposure,
        steps: &[Step],
    ) -> Result<Wish<'_>, PublishError> {
        Ok(Wish {
            campaign,
            account: self.account(),
            now: exposure.daily()?,
            to: exposure.peak(steps)?,
            calms: steps.iter().all(|step| exposure.calms(step)),
            today: (self.now)().date_naive(),
        })
    }
}

impl Run<'_> {
    /// Lets `steps` pass in the transaction that commits their intents, or refuses them. What was taken for the whole
    /// deployment is compared once more where more would run than does: a ceiling can have been lowered since.
    pub(super) async fn guard(&self, tx: &mut TenantTx, steps: &[&Step]) -> Result<(), PublishError> {
        let (publisher, each) = (self.publisher, || steps.iter().copied());
        let wish = Wish {
            campaign: self.campaign,
            account: publisher.account(),
            now: self.exposure.daily()?,
            to: self.exposure.at_most_with(each())?,
            calms: each().all(|step| self.exposure.calms(step)),
            today: (publisher.now)().date_naive(),
        };
        if wish.raises() {
            ceiling::reserve(tx, &wish).await?;
        } else if !wish.calms {
            kill_switch::permit(tx, self.campaign, publisher.account()).await?;
        }
        Ok(())
    }

    /// Takes room for what is left of the deployment, and goes on with it.
    pub(super) async fn go_on(self) -> Result<usize, PublishError> {
        let left: Vec<Step> =
            self.steps.iter().filter(|step| !self.done.contains(&step.key)).cloned().collect();
        if !left.is_empty() {
            let mut tx = self.publisher.db.tenant(self.publisher.tenant).await?;
            self.publisher.reserve(&mut tx, self.campaign, &self.exposure, &left).await?;
            tx.commit().await?;
        }
        self.go().await
    }
}
