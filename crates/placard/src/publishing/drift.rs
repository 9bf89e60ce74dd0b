//! What others changed on the platform: listed, adopted, or pushed back.

use super::{Aim, Planned, PublishError, Publisher, Turn, look::Sight};
use placard_domain::{
    CampaignId, Currency,
    plan::{
        self, Bound, DesiredObject, Drift, DriftPolicy, Fields, Input, ObjectKey, ObjectKind, Observation,
        Plan,
    },
    spec::RunState,
};
use placard_store::{
    campaign::Campaign,
    platform_object::{self, Change},
};
use serde_json::Value;
use std::collections::BTreeMap;

impl Publisher<'_> {
    /// What differs from what was applied.
    pub async fn drift(&self, campaign: &Campaign, currency: Currency) -> Result<Vec<Drift>, PublishError> {
        let sight = self.look(Some(campaign.id), &campaign.key, &[]).await?;
        Ok(self.make_as_applied(campaign, currency, sight, None, DriftPolicy::Keep)?.drift)
    }

    /// Looks and plans to set back whatever differs from what was applied.
    pub async fn plan_push(&self, campaign: &Campaign, currency: Currency) -> Result<Planned, PublishError> {
        let sight = self.look(Some(campaign.id), &campaign.key, &[]).await?;
        let plan = self.make_as_applied(campaign, currency, sight, None, DriftPolicy::Push)?;
        self.store_plan(campaign.id, campaign.revision, plan).await
    }

    /// Looks and plans one change: whether the campaign runs.
    pub async fn plan_switch(
        &self,
        campaign: &Campaign,
        currency: Currency,
        run: RunState,
    ) -> Result<Planned, PublishError> {
        let by = self.in_turn(Aim::Switch(run).turn());
        let sight = by.look(Some(campaign.id), &campaign.key, &[]).await?;
        let plan = self.make_as_applied(campaign, currency, sight, Some(run), DriftPolicy::Keep)?;
        self.store_plan(campaign.id, campaign.revision, plan).await
    }

    /// Looks and plans to pause the campaign, whoever let it run.
    pub async fn plan_stop(&self, campaign: &Campaign, currency: Currency) -> Result<Planned, PublishError> {
        let sight = self.in_turn(Turn::First).look(Some(campaign.id), &campaign.key, &[]).await?;
        let (run, policy) = (Some(RunState::Paused), DriftPolicy::KeepButStop);
        let plan = self.make_as_applied(campaign, currency, sight, run, policy)?;
        self.store_plan(campaign.id, campaign.revision, plan).await
    }

    /// Lets what others set stand until the spec changes the same fields.
    pub async fn adopt(&self, campaign: CampaignId, drift: &[Drift]) -> Result<(), PublishError> {
        let lease = self.lease(Turn::InOrder).await?;
        let mut accepted: BTreeMap<ObjectKey, Fields> = BTreeMap::new();
        for object in self.on_record(Some(campaign)).await? {
            accepted.insert(object.key, object.applied.accepted);
        }
        let mut changed: BTreeMap<&ObjectKey, Fields> = BTreeMap::new();
        for one in drift {
            let known = || accepted.get(&one.object).cloned().unwrap_or_default();
            let value = one.change.after.clone().unwrap_or(Value::Null);
            changed.entry(&one.object).or_insert_with(known).insert(one.change.field.clone(), value);
        }
        let changes: Vec<Change> = changed
            .into_iter()
            .map(|(key, accepted)| Change::Accepted { key: key.clone(), accepted })
            .collect();
        let mut tx = self.db.tenant(self.tenant).await?;
        platform_object::record(&mut tx, lease.fence(), campaign, None, &changes).await?;
        tx.commit().await?;
        lease.release().await?;
        Ok(())
    }

    /// A plan in which everything is wanted as it was applied, except perhaps whether the campaign runs.
    fn make_as_applied(
        &self,
        campaign: &Campaign,
        currency: Currency,
        sight: Sight,
        run: Option<RunState>,
        policy: DriftPolicy,
    ) -> Result<Plan, PublishError> {
        let there = sight.bound.iter().filter(|object| matches!(object.observation, Observation::Present(_)));
        let desired: Vec<DesiredObject> = there.map(|object| as_applied(object, run)).collect();
        Ok(plan::make(Input {
            account: self.account().clone(),
            campaign: &campaign.key,
            currency,
            desired: &desired,
            bound: &sight.bound,
            policy,
            warnings: sight.warnings,
        })?)
    }
}

fn as_applied(object: &Bound, run: Option<RunState>) -> DesiredObject {
    let switched = run.filter(|_| object.key.kind == ObjectKind::Campaign);
    DesiredObject {
        key: object.key.clone(),
        name: object.name.clone(),
        fields: object.applied.clone(),
        run: switched.or(object.applied_run),
        rules: object.rules.clone(),
        upload: None,
        daily_cost: object.daily_cost,
    }
}
