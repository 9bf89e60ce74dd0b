//! Carrying out the steps of one deployment, stage by stage.

use super::{PublishError, Publisher, apply::Planned, guard::exposure};
use placard_domain::{
    CampaignId, DeploymentId,
    marker::{CampaignTag, Marker},
    plan::{Action, Exposure, ObjectKey, ObjectKind, RemoteIds, Stage, Step, StepKey},
    spec::RunState,
    status::DeploymentStatus,
};
use placard_platforms::{Next, PlatformError, Prepared, Room};
use placard_store::{
    AccountLease, deployment,
    platform_object::{Applied, PlatformObject},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How often someone who waits looks whether the account is wanted by others.
pub(super) const GLANCE: Duration = Duration::from_millis(250);

/// A wait for a limit that is shorter is not worth telling of.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// How long those who go first may take.
pub(super) const OTHERS_TURN: Duration = Duration::from_secs(120);

/// One deployment under way.
pub(super) struct Run<'a> {
    pub(super) publisher: &'a Publisher<'a>,
    pub(super) lease: &'a mut AccountLease,
    pub(super) deployment: DeploymentId,
    pub(super) campaign: CampaignId,
    pub(super) steps: &'a [Step],
    pub(super) requests: BTreeMap<&'a StepKey, &'a Prepared>,
    pub(super) tag: CampaignTag,
    pub(super) markers: BTreeMap<&'a ObjectKey, Marker>,
    /// Ids of everything that exists.
    pub(super) ids: RemoteIds,
    /// What is on record for what existed when the run began.
    pub(super) on_record: BTreeMap<ObjectKey, Applied>,
    /// What can spend by what is on record now.
    pub(super) exposure: Exposure,
    pub(super) done: BTreeSet<StepKey>,
    pub(super) attempts: BTreeMap<StepKey, u32>,
    pub(super) calls: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        publisher: &'a Publisher<'a>,
        lease: &'a mut AccountLease,
        planned: &'a Planned,
        deployment: DeploymentId,
        objects: Vec<PlatformObject>,
    ) -> Self {
        let tag = publisher.tag(&planned.plan.campaign);
        let steps = &planned.plan.steps;
        Self {
            publisher,
            lease,
            deployment,
            campaign: planned.campaign,
            steps,
            requests: planned.requests.iter().map(|request| (&request.step, request)).collect(),
            markers: steps.iter().map(|step| (&step.object, Marker::derive(&tag, &step.object))).collect(),
            tag,
            exposure: exposure(&objects, planned.plan.cost.after.currency()),
            ids: objects.iter().map(|object| (object.key.clone(), object.remote_id.clone())).collect(),
            on_record: objects.into_iter().map(|object| (object.key, object.applied)).collect(),
            done: BTreeSet::new(),
            attempts: BTreeMap::new(),
            calls: 0,
        }
    }

    /// Sends every step that is not done, and verifies. Gives the number of calls.
    pub(super) async fn go(mut self) -> Result<usize, PublishError> {
        self.publisher.progress.begin(self.deployment, self.steps.len(), self.done.len());
        let mut verified = false;
        for stage in Stage::ALL {
            // Nothing is switched on before everything that was made has been read back and compared.
            if *stage >= Stage::Release && !verified {
                self.verify_fields().await?;
                verified = true;
            }
            self.stage(*stage).await?;
        }
        self.verify_state().await?;
        Ok(self.calls)
    }

    /// Whether every step is done.
    pub(super) fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| self.done.contains(&step.key))
    }

    async fn stage(&mut self, stage: Stage) -> Result<(), PublishError> {
        let linked = self.publisher.platform.capabilities().linked;
        loop {
            let open: Vec<&'a Step> = self
                .steps
                .iter()
                .filter(|step| together(stage, step, linked) && !self.done.contains(&step.key))
                .collect();
            if open.is_empty() {
                return Ok(());
            }
            if self.publisher.stop.is_wanted() {
                return Err(PublishError::Interrupted { deployment: self.deployment });
            }
            self.give_way().await?;
            let batch = self.batch(&open).await?;
            self.publisher.progress.sending(stage, &batch);
            if let Some(failure) = self.send(&batch).await? {
                self.wait_or_give_up(failure).await?;
            }
        }
    }

    /// The first steps that go into one call: pictures with pictures, a video by itself because its content is held meanwhile,
    /// the rest with the rest, unless all may go together; and no more than the account's limits leave room for.
    async fn batch(&mut self, open: &[&'a Step]) -> Result<Vec<&'a Step>, PublishError> {
        let capabilities = self.publisher.platform.capabilities();
        let first = open[0];
        let most = match &first.upload {
            Some(_) if capabilities.linked => capabilities.batch,
            Some(_) if first.object.kind == ObjectKind::Video => 1,
            Some(_) => capabilities.uploads,
            None => capabilities.batch,
        };
        let most = self.publisher.policy.batch.map_or(most, |wanted| wanted.min(most));
        let kind_of_file = |step: &Step| step.upload.as_ref().map(|_| step.object.kind);
        let fits = |step: &&Step| capabilities.linked || kind_of_file(step) == kind_of_file(first);
        let mut batch: Vec<&'a Step> = open.iter().copied().filter(fits).take(most.max(1)).collect();
        let prepared: Vec<&Prepared> = batch.iter().map(|step| self.requests[&step.key]).collect();
        let room = self.room(Next::Writes(&prepared)).await?;
        batch.truncate(room.max(1));
        Ok(batch)
    }

    /// How many of `next` the account's limits leave room for, once there is room for one.
    pub(super) async fn room(&mut self, next: Next<'_>) -> Result<usize, PublishError> {
        let publisher = self.publisher;
        loop {
            match publisher.platform.room(&publisher.access, next).await? {
                Room::Now(requests) => return Ok(requests),
                Room::After { wait, limit } => self.rest_for(&limit, wait).await?,
            }
        }
    }

    /// Waits for a limit, or lays the deployment down if that takes long.
    async fn rest_for(&mut self, limit: &str, wait: Duration) -> Result<(), PublishError> {
        if wait > self.publisher.policy.longest_rest {
            let until = (self.publisher.now)() + wait;
            return Err(PublishError::UsedUp { deployment: self.deployment, limit: limit.to_owned(), until });
        }
        if wait >= WORTH_A_LINE {
            self.publisher.progress.waiting(limit, wait);
        }
        self.rest(wait).await
    }

    /// Waits before the next attempt as long as the platform asks, or as our own patience says.
    async fn wait_or_give_up(&mut self, failure: Setback) -> Result<(), PublishError> {
        let Setback { step, error, wait } = failure;
        let attempts = self.attempts.get(&step).copied().unwrap_or(1);
        if attempts >= self.publisher.policy.attempts {
            let (deployment, source) = (self.deployment, Box::new(error));
            return Err(PublishError::GaveUp { deployment, step, attempts, source });
        }
        if let Some(asked) = wait.filter(|wait| *wait > self.publisher.policy.longest_rest) {
            return self.rest_for(&error.message, asked).await;
        }
        let wait = wait.unwrap_or_else(|| self.publisher.policy.pause(attempts));
        self.publisher.progress.waiting(&error.message, wait);
        self.rest(wait).await
    }

    /// Waits, and lets somebody who wants to stop something go first meanwhile.
    pub(super) async fn rest(&mut self, wait: Duration) -> Result<(), PublishError> {
        let mut left = wait;
        loop {
            let slice = left.min(GLANCE);
            if !self.publisher.pause(slice).await {
                return Err(PublishError::Interrupted { deployment: self.deployment });
            }
            left -= slice;
            if left.is_zero() {
                return Ok(());
            }
            self.give_way().await?;
        }
    }

    /// Lets somebody who wants to stop something in this account go first. If it was this campaign, the run ends.
    pub(super) async fn give_way(&mut self) -> Result<(), PublishError> {
        let publisher = self.publisher;
        let Some(other) = self.lease.is_wanted(publisher.db).await? else { return Ok(()) };
        publisher.progress.note(&format!("{other} goes first"));
        let before = self.status().await?;
        self.lease.step_aside(publisher.db, OTHERS_TURN).await?;
        if self.status().await? == before { Ok(()) } else { Err(PublishError::SetDown { by: other }) }
    }

    async fn status(&self) -> Result<DeploymentStatus, PublishError> {
        let mut tx = self.publisher.db.tenant(self.publisher.tenant).await?;
        let status = deployment::get(&mut tx, self.deployment).await?.status;
        tx.commit().await?;
        Ok(status)
    }

    /// Notes that a step is done, whoever did it.
    pub(super) fn mark_done(&mut self, step: &Step, remote_id: Option<placard_domain::RemoteId>) {
        match (step.action, remote_id) {
            (Action::Create, Some(id)) => {
                self.ids.insert(step.object.clone(), id);
            }
            (Action::Delete, _) => {
                self.ids.remove(&step.object);
            }
            (Action::Pause, _) => self.note_run(step, RunState::Paused),
            (Action::Activate, _) => self.note_run(step, RunState::Active),
            (Action::Create | Action::Update, _) => {}
        }
        self.exposure.settle(step);
        self.done.insert(step.key.clone());
        self.publisher.progress.done(step);
    }

    /// A later step on the same object must not put an outdated state on record.
    fn note_run(&mut self, step: &Step, run: RunState) {
        if let Some(applied) = self.on_record.get_mut(&step.object) {
            applied.run = Some(run);
        }
    }
}

/// Whether `step` goes with `stage`. Where one call may make objects that refer to each other, everything that is made
/// goes with the first of it.
fn together(stage: Stage, step: &Step, linked: bool) -> bool {
    let made_at_once = linked && stage == Stage::Roots && step.action == Action::Create;
    step.stage() == stage || made_at_once
}

/// A step that must be sent again.
pub(super) struct Setback {
    pub(super) step: StepKey,
    pub(super) error: PlatformError,
    /// How long the platform asks us to wait.
    pub(super) wait: Option<Duration>,
}
