//! Planning against the platform as it is, and carrying a plan out.

use super::{
    PublishError, Publisher, Sight, Turn,
    guard::exposure,
    run::{OTHERS_TURN, Run},
    unknown_fields,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    CampaignId, DeploymentId, PlanId,
    marker::{Marker, Naming},
    plan::{
        self, Action, DesiredObject, DriftPolicy, Input, ObjectKey, ObjectKind, Plan, StateHash, Warning,
    },
    spec::{Campaign, Diagnostic, Diagnostics, RunState},
    status::{CampaignEvent, DeploymentKind, DeploymentStatus},
};
use placard_platforms::{AccountContext, AccountHealth, Prepared, Urgency};
use placard_store::{
    AccountLease, Constraint, StoreError,
    campaign::{self, Saved},
    deployment::{self, Failure, NewDeployment},
    jobs::{self, NewJob},
    kill_switch,
    plan::NewPlan,
    platform_object::{self, Change, PlatformObject},
};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// What prepares requests, noted beside every stored plan.
const PREPARER: &str = concat!("placard ", env!("CARGO_PKG_VERSION"));

/// A plan that is stored and can be applied.
pub struct Planned {
    /// Its id.
    pub id: PlanId,
    /// The campaign it is for.
    pub campaign: CampaignId,
    /// The plan.
    pub plan: Plan,
    /// The exact requests, in the plan's order.
    pub requests: Vec<Prepared>,
}

/// What came of applying.
#[derive(Debug)]
pub enum Applied {
    /// The platform was as it should be. Nothing was sent.
    Nothing,
    /// Every step is done and verified.
    Done {
        /// The deployment.
        deployment: DeploymentId,
        /// How many steps it had.
        steps: usize,
        /// How many calls it took.
        calls: usize,
    },
}

impl Publisher<'_> {
    /// Asks the platform whether this account can publish.
    pub async fn health(&self) -> Result<AccountHealth, PublishError> {
        let health = self.noted(self.platform.health(&self.access).await).await?;
        if health.blockers.is_empty() { Ok(health) } else { Err(PublishError::Blocked(health.blockers)) }
    }

    /// Makes sure that the account can publish. Stopping needs no such thing: nobody's unpaid bill keeps ads running.
    pub(super) async fn fit_for(&self, plan: &Plan) -> Result<(), PublishError> {
        if !only_stops(plan) {
            self.health().await?;
        }
        Ok(())
    }

    /// Looks, plans and stores the plan with its exact requests. Sends no write.
    pub async fn plan(
        &self,
        wanted: &Campaign,
        context: &AccountContext,
        policy: DriftPolicy,
    ) -> Result<Planned, PublishError> {
        let desired = self.desired(wanted, context)?;
        let saved = self.save(wanted).await?;
        let mut sight = self.look(Some(saved.id), &wanted.key, &desired).await?;
        if !sight.adopted.is_empty() {
            sight = self.look_and_adopt(saved.id, &wanted.key, &desired).await?;
        }
        sight.warnings.extend(self.platform.check(wanted, context).into_iter().map(warning));
        if let DriftPolicy::PushFields(fields) = &policy {
            let kept = self.make(&wanted.key, context, &desired, &sight, DriftPolicy::Keep)?;
            if let Some(words) = unknown_fields(fields, &kept.contested()) {
                return Err(PublishError::NotChanged(words));
            }
        }
        let plan = self.make(&wanted.key, context, &desired, &sight, policy)?;
        self.store_plan(saved.id, saved.revision, plan).await
    }

    /// Looks under a lease and puts on record what is adopted. What was found without one may be what somebody else was
    /// making at that moment, and their record of it knows more than a look does.
    async fn look_and_adopt(
        &self,
        campaign: CampaignId,
        key: &str,
        desired: &[DesiredObject],
    ) -> Result<Sight, PublishError> {
        let lease = self.lease(Turn::InOrder).await?;
        let sight = self.look(Some(campaign), key, desired).await?;
        self.record(&lease, campaign, &sight.adopted).await?;
        lease.release().await?;
        Ok(sight)
    }

    /// Looks and plans the removal of everything that the campaign has in this account.
    pub async fn plan_removal(
        &self,
        campaign: &campaign::Campaign,
        context: &AccountContext,
    ) -> Result<Planned, PublishError> {
        let sight = self.in_turn(Turn::First).look(Some(campaign.id), &campaign.key, &[]).await?;
        let plan = self.make(&campaign.key, context, &[], &sight, DriftPolicy::Keep)?;
        self.store_plan(campaign.id, campaign.revision, plan).await
    }

    /// Carries out a stored plan, if the platform and our record are still as it saw them.
    pub async fn apply(&self, planned: &Planned) -> Result<Applied, PublishError> {
        let plan = &planned.plan;
        let stops = only_stops(plan) && !plan.steps.is_empty();
        if stops && self.access.urgency != Urgency::Stopping {
            return Box::pin(self.in_turn(Turn::First).apply(planned)).await;
        }
        if !plan.conflicts.is_empty() {
            return Err(PublishError::Undecided(Box::new(plan.clone())));
        }
        self.fit_for(plan).await?;
        let mut lease = self.lease(if stops { Turn::First } else { Turn::InOrder }).await?;
        let applied = self.apply_under(&mut lease, planned).await;
        lease.release().await?;
        self.explained(planned.campaign, applied).await
    }

    /// Names the kill switch, if it was that for which a campaign was stopped.
    pub(super) async fn explained(
        &self,
        campaign: CampaignId,
        applied: Result<Applied, PublishError>,
    ) -> Result<Applied, PublishError> {
        if matches!(applied, Err(PublishError::SetDown { .. })) {
            let mut tx = self.db.tenant(self.tenant).await?;
            kill_switch::permit(&mut tx, campaign, self.account()).await?;
            tx.commit().await?;
        }
        applied
    }

    pub(super) async fn lease(&self, turn: Turn) -> Result<AccountLease, PublishError> {
        let (db, tenant, account) = (self.db, self.tenant, self.account());
        let holder = format!("{} (process {})", self.actor.name(), std::process::id());
        let lease = match turn {
            Turn::InOrder => AccountLease::wait(db, tenant, account, &holder, A_MOMENT).await?,
            Turn::First => {
                AccountLease::demand(db, tenant, account, &holder, self.policy.their_request).await?
            }
        };
        Ok(lease)
    }

    async fn apply_under(
        &self,
        lease: &mut AccountLease,
        planned: &Planned,
    ) -> Result<Applied, PublishError> {
        let plan = &planned.plan;
        let wanted = wanted_of(plan);
        let sight = loop {
            self.set_down_unfinished(lease, planned.campaign, &plan.campaign).await?;
            match self.look_unless_wanted(lease, planned.campaign, &plan.campaign, &wanted).await? {
                Some(sight) => break sight,
                None => lease.step_aside(self.db, OTHERS_TURN).await?,
            }
        };
        self.refuse_if_stale(plan, &sight)?;
        let rebased: Vec<Change> = plan.rebase.iter().filter_map(|rebase| rebased(rebase, &sight)).collect();
        self.record(lease, planned.campaign, &rebased).await?;
        if !rebased.is_empty() && plan.steps.is_empty() {
            let mut tx = self.db.tenant(self.tenant).await?;
            self.commit_what_is_on_record(&mut tx, planned).await?;
            tx.commit().await?;
        }
        // What failed or stopped earlier can be complete by now. A deployment without steps puts that on record, so that
        // nobody resumes or rolls back an older one.
        if plan.steps.is_empty() && self.unfinished(planned.campaign).await?.is_none() {
            return Ok(Applied::Nothing);
        }
        let objects = self.on_record(Some(planned.campaign)).await?;
        let deployment = self.create_deployment(lease, planned, &sight, &objects).await?;
        let run = Run::new(self, lease, planned, deployment, objects);
        let ended = run.go().await;
        self.finish(lease, planned, deployment, ended).await
    }

    /// Ends a deployment as its run ended, and the campaign's status with it.
    pub(super) async fn finish(
        &self,
        lease: &AccountLease,
        planned: &Planned,
        deployment: DeploymentId,
        ended: Result<usize, PublishError>,
    ) -> Result<Applied, PublishError> {
        let (status, event, failure) = match &ended {
            Ok(_) => (DeploymentStatus::Succeeded, self.end_event(planned).await?, None),
            Err(PublishError::Interrupted { .. }) => {
                (DeploymentStatus::Interrupted, CampaignEvent::Failed, Some(failure_of("stopped as asked")))
            }
            Err(PublishError::UsedUp { until, .. }) => {
                self.go_on_at(*until).await?;
                return ended.map(|_| Applied::Nothing);
            }
            // The database is away, or someone else holds the lease or ended this: nothing more can be recorded here.
            Err(PublishError::Store(_) | PublishError::Held { .. } | PublishError::SetDown { .. }) => {
                return ended.map(|_| Applied::Nothing);
            }
            Err(error) => (DeploymentStatus::Failed, CampaignEvent::Failed, Some(described(error))),
        };
        let mut tx = self.db.tenant(self.tenant).await?;
        deployment::finish(&mut tx, lease.fence(), deployment, status, failure.as_ref()).await?;
        self.settle_commitment(&mut tx, planned, deployment).await?;
        let reason = failure.as_ref().map(|failure| failure.message.as_str());
        campaign::on(&mut tx, &self.actor, planned.campaign, event, reason).await?;
        tx.commit().await?;
        self.progress.finish();
        let calls = ended.map_err(|error| stopped(deployment, error))?;
        match planned.plan.steps.len() {
            0 => Ok(Applied::Nothing),
            steps => Ok(Applied::Done { deployment, steps, calls }),
        }
    }

    /// Has somebody go on with a deployment at `at`, which stays under way until then.
    async fn go_on_at(&self, at: DateTime<Utc>) -> Result<(), PublishError> {
        let Some(rescue) = &self.rescue else { return Ok(()) };
        let mut tx = self.db.tenant(self.tenant).await?;
        jobs::enqueue(&mut tx, &[NewJob { due_at: Some(at), ..rescue.clone() }]).await?;
        tx.commit().await?;
        self.progress.finish();
        Ok(())
    }

    /// Whether the campaign runs after this deployment, by what is on record.
    async fn end_event(&self, planned: &Planned) -> Result<CampaignEvent, PublishError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let objects = platform_object::list(&mut tx, planned.campaign, self.account()).await?;
        tx.commit().await?;
        let runs = objects.iter().any(|object| {
            object.key.kind == ObjectKind::Campaign && object.applied.run == Some(RunState::Active)
        });
        Ok(if runs { CampaignEvent::Activated } else { CampaignEvent::Stopped })
    }

    pub(super) async fn record(
        &self,
        lease: &AccountLease,
        campaign: CampaignId,
        changes: &[Change],
    ) -> Result<(), PublishError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        platform_object::record(&mut tx, lease.fence(), campaign, None, changes).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The objects that the campaign wants, or everything in the spec that the platform would refuse.
    pub fn desired(
        &self,
        wanted: &Campaign,
        context: &AccountContext,
    ) -> Result<Vec<DesiredObject>, PublishError> {
        self.platform.desired(wanted, context).map_err(|findings| PublishError::Unfit(Diagnostics(findings)))
    }

    async fn save(&self, wanted: &Campaign) -> Result<Saved, PublishError> {
        match self.upsert(wanted).await {
            // Someone else stored it first at the same moment, so it is there now.
            Err(StoreError::Conflict { constraint: Constraint::CampaignKey, .. }) => {}
            other => return Ok(other?),
        }
        Ok(self.upsert(wanted).await?)
    }

    async fn upsert(&self, wanted: &Campaign) -> Result<Saved, StoreError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let saved = campaign::upsert(&mut tx, &self.actor, wanted).await?;
        tx.commit().await?;
        Ok(saved)
    }

    fn make(
        &self,
        key: &str,
        context: &AccountContext,
        desired: &[DesiredObject],
        sight: &Sight,
        policy: DriftPolicy,
    ) -> Result<Plan, PublishError> {
        Ok(plan::make(Input {
            account: self.account().clone(),
            campaign: key,
            currency: context.currency,
            desired,
            bound: &sight.bound,
            policy,
            warnings: sight.warnings.clone(),
        })?)
    }

    pub(super) async fn store_plan(
        &self,
        campaign: CampaignId,
        spec_revision: i32,
        mut plan: Plan,
    ) -> Result<Planned, PublishError> {
        let record = self.on_record(Some(campaign)).await?;
        self.foresee(campaign, &record, &mut plan).await?;
        let requests: Vec<Prepared> = self.requests(&plan, &record);
        let prepared = serde_json::to_value(&requests).unwrap_or(Value::Null);
        let new =
            NewPlan { campaign, spec_revision, plan: &plan, prepared: &prepared, preparer_version: PREPARER };
        let mut tx = self.db.tenant(self.tenant).await?;
        let id = placard_store::plan::insert(&mut tx, &self.actor, &new).await?;
        tx.commit().await?;
        Ok(Planned { id, campaign, plan, requests })
    }

    /// What is made gets a name of ours; what others made keeps theirs.
    fn requests(&self, plan: &Plan, record: &[PlatformObject]) -> Vec<Prepared> {
        let tag = self.tag(&plan.campaign);
        let found = record.iter().filter(|object| object.naming == Naming::AsFound);
        let found: BTreeSet<&ObjectKey> = found.map(|object| &object.key).collect();
        let prepare = |step: &plan::Step| {
            let as_found = step.action != Action::Create && found.contains(&step.object);
            let marked = || Naming::Marked(Marker::derive(&tag, &step.object));
            let naming = if as_found { Naming::AsFound } else { marked() };
            self.platform.prepare(step, &naming, self.account())
        };
        plan.steps.iter().map(prepare).collect()
    }

    /// A stored plan, ready to be applied.
    pub async fn stored(&self, id: PlanId) -> Result<Planned, PublishError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        let stored = placard_store::plan::get(&mut tx, id).await?;
        tx.commit().await?;
        let requests = serde_json::from_value(stored.prepared)
            .map_err(|error| StoreError::Corrupt { what: "plan.prepared", source: error.into() })?;
        Ok(Planned { id, campaign: stored.campaign, plan: stored.plan, requests })
    }

    fn refuse_if_stale(&self, plan: &Plan, sight: &Sight) -> Result<(), PublishError> {
        let now: StateHash = plan::state_hash(&sight.bound);
        if now == plan.base {
            return Ok(());
        }
        Err(PublishError::Stale(
            "the platform or our record of it changed since the plan was made; plan again to see the difference".into(),
        ))
    }

    async fn create_deployment(
        &self,
        lease: &AccountLease,
        planned: &Planned,
        sight: &Sight,
        objects: &[PlatformObject],
    ) -> Result<DeploymentId, PublishError> {
        let tag = self.tag(&planned.plan.campaign);
        let steps: Vec<_> =
            planned.plan.steps.iter().map(|step| (step, Marker::derive(&tag, &step.object))).collect();
        let new = NewDeployment {
            campaign: planned.campaign,
            plan: planned.id,
            account: self.account(),
            kind: kind_of(&planned.plan, sight),
            steps: &steps,
        };
        let mut tx = self.db.tenant(self.tenant).await?;
        let exposure = exposure(objects, planned.plan.cost.after.currency());
        self.reserve(&mut tx, planned.campaign, &exposure, &planned.plan.steps).await?;
        let id = deployment::create(&mut tx, lease.fence(), &self.actor, &new).await?;
        deployment::begin(&mut tx, lease.fence(), id).await?;
        campaign::on(&mut tx, &self.actor, planned.campaign, CampaignEvent::Deploying, None).await?;
        if let Some(rescue) = &self.rescue {
            jobs::enqueue(&mut tx, std::slice::from_ref(rescue)).await?;
        }
        tx.commit().await?;
        Ok(id)
    }
}

/// The error of a run that ended, which always says what can be resumed.
fn stopped(deployment: DeploymentId, error: PublishError) -> PublishError {
    if error.deployment().is_some() {
        return error;
    }
    PublishError::Stopped { deployment, source: Box::new(error) }
}

fn warning(finding: Diagnostic) -> Warning {
    Warning { subject: finding.path, message: finding.message }
}

/// The objects that a plan's creates would make, enough to recognise them by marker.
fn wanted_of(plan: &Plan) -> Vec<DesiredObject> {
    let creates = plan.steps.iter().filter(|step| step.action == Action::Create);
    creates
        .map(|step| DesiredObject {
            key: step.object.clone(),
            name: step.name.clone(),
            fields: step.fields.clone(),
            run: step.object.kind.runs().then_some(RunState::Paused),
            rules: step.rules.clone(),
            upload: step.upload.clone(),
            daily_cost: step.daily_cost,
        })
        .collect()
}

fn rebased(rebase: &plan::Rebase, sight: &Sight) -> Option<Change> {
    let bound = sight.bound.iter().find(|object| object.key == rebase.object)?;
    Some(Change::Applied {
        key: bound.key.clone(),
        name: bound.name.clone(),
        applied: platform_object::Applied {
            fields: rebase.fields.clone(),
            run: rebase.run,
            accepted: accepted_beside(bound, rebase),
            rules: bound.rules.clone(),
            daily_cost: rebase.daily_cost.or(bound.daily_cost),
        },
    })
}

/// How long the server may take to notice that a killed process no longer holds its lease, on a busy machine.
const A_MOMENT: Duration = Duration::from_secs(2);

/// What was adopted and stands beside a rebase.
fn accepted_beside(bound: &plan::Bound, rebase: &plan::Rebase) -> plan::Fields {
    let mut accepted =
        plan::still_accepted(&bound.accepted, &bound.applied, &rebase.fields, &plan::Fields::new());
    if bound.applied_run != rebase.run {
        accepted.remove(plan::RUN_FIELD);
    }
    accepted
}

/// Whether nothing but ends is in it.
fn only_stops(plan: &Plan) -> bool {
    plan.steps.iter().all(|step| step.action.stops())
}

fn kind_of(plan: &Plan, sight: &Sight) -> DeploymentKind {
    let all = |action| plan.steps.iter().all(|step| step.action == action);
    if sight.bound.is_empty() {
        DeploymentKind::Create
    } else if plan.steps.is_empty() {
        DeploymentKind::Update
    } else if all(Action::Delete) {
        DeploymentKind::Delete
    } else if all(Action::Pause) {
        DeploymentKind::Pause
    } else if all(Action::Activate) {
        DeploymentKind::Resume
    } else {
        DeploymentKind::Update
    }
}

pub(super) fn failure_of(message: impl Into<String>) -> Failure {
    Failure { step: None, field: None, message: message.into(), platform: None }
}

/// An error with everything beneath it in one sentence.
fn described(error: &PublishError) -> Failure {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        message = format!("{message}: {deeper}");
        cause = deeper.source();
    }
    let mut failure = failure_of(message);
    if let PublishError::Refused { step, source, .. } | PublishError::GaveUp { step, source, .. } = error {
        failure.step = Some(step.clone());
        failure.field = source.field.clone();
    }
    failure
}
