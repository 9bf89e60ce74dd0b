//! Taking back what an unfinished deployment made, and nothing else.

use super::{
    PublishError, Publisher, Turn,
    checkpoint::{Moment, reached},
    run::Run,
};
use placard_domain::{
    CampaignId, RemoteId,
    marker::Naming,
    plan::{Action, ObjectKey, Step, StepKey, references_in},
    status::{CampaignEvent, DeploymentStatus, StepStatus},
};
use placard_platforms::{ErrorKind, Next, Request, Retry};
use placard_store::{
    AccountLease, campaign,
    deployment::{self, Outcome, StepResult},
    platform_object::Change,
};
use std::collections::BTreeSet;

/// What a roll-back did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// Objects removed from the platform.
    pub removed: usize,
}

impl Publisher<'_> {
    /// Removes what the unfinished deployment of a campaign made and nothing older uses. Pictures stay: others may use
    /// them, and an unused one costs nothing.
    pub async fn roll_back(&self, id: CampaignId, key: &str) -> Result<RolledBack, PublishError> {
        let mut lease = self.lease(Turn::InOrder).await?;
        let rolled_back = self.roll_back_under(&mut lease, id, key).await;
        lease.release().await?;
        rolled_back
    }

    async fn roll_back_under(
        &self,
        lease: &mut AccountLease,
        id: CampaignId,
        key: &str,
    ) -> Result<RolledBack, PublishError> {
        self.set_down_unfinished(lease, id, key).await?;
        let Some(stopped) = self.unfinished(id).await? else {
            return Err(PublishError::NothingUnfinished(key.to_owned()));
        };
        let planned = self.stored(stopped.plan).await?;
        let mut run = self.take_up(lease, &planned, &stopped).await?;
        // The last made goes first, so that nothing is removed from under something else.
        let made: Vec<Made<'_>> =
            planned.plan.steps.iter().rev().filter_map(|step| made(step, &stopped)).collect();
        let made = self.unused(id, made).await?;
        // What goes can be known to the platform by what it stands in, and that may have gone in an earlier attempt.
        run.ids.extend(made.iter().map(|one| (one.step.object.clone(), one.remote_id.clone())));
        self.progress.begin(stopped.id, made.len(), 0);
        for one in &made {
            run.take_back(one).await?;
            self.progress.done(one.step);
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        deployment::finish(&mut tx, lease.fence(), stopped.id, DeploymentStatus::RolledBack, None).await?;
        let nothing_left = self.on_record(Some(id)).await?.iter().all(|object| object.applied.rules.keep);
        self.commit_what_is_on_record(&mut tx, &planned).await?;
        if nothing_left {
            campaign::on(&mut tx, &self.actor, id, CampaignEvent::RolledBack, None).await?;
        }
        tx.commit().await?;
        self.progress.finish();
        Ok(RolledBack { removed: made.len() })
    }
}

impl Publisher<'_> {
    /// Leaves out what older objects use by now: a plan for the former spec exchanges it and removes it then.
    async fn unused<'a>(&self, id: CampaignId, made: Vec<Made<'a>>) -> Result<Vec<Made<'a>>, PublishError> {
        let record = self.on_record(Some(id)).await?;
        let (mut going, mut staying) = (made, BTreeSet::new());
        loop {
            let stays = |key: &ObjectKey| !going.iter().any(|one| one.step.object == *key);
            let used: BTreeSet<ObjectKey> = record
                .iter()
                .filter(|object| stays(&object.key))
                .flat_map(|object| references_in(&object.applied.fields))
                .filter(|key| !stays(key))
                .collect();
            if used.is_empty() {
                break;
            }
            going.retain(|one| !used.contains(&one.step.object));
            staying.extend(used);
        }
        for key in staying {
            self.progress.note(&format!("{key} stays, because an older object uses it"));
        }
        Ok(going)
    }
}

/// Something that the deployment made.
struct Made<'a> {
    step: &'a Step,
    remote_id: RemoteId,
    /// Whether an earlier roll-back noted that it would remove it. Whether it did is not known.
    noted: bool,
}

/// What `step` made, if it made something that a roll-back removes.
fn made<'a>(step: &'a Step, stopped: &deployment::Deployment) -> Option<Made<'a>> {
    if step.action != Action::Create || step.object.kind.is_file() {
        return None;
    }
    let known = stopped.steps.iter().find(|known| known.key == step.key)?;
    let noted = known.status == StepStatus::RolledBack;
    let there = noted || known.status == StepStatus::Done;
    Some(Made { step, remote_id: known.remote_id.clone().filter(|_| there)?, noted })
}

impl Run<'_> {
    /// Deletes what a step made. That it will be gone is noted before, as any intent; deleting twice does no harm, so
    /// a lost answer is simply asked for again.
    async fn take_back(&mut self, made: &Made<'_>) -> Result<(), PublishError> {
        let step = made.step;
        self.give_way().await?;
        if !made.noted {
            let outcome = Outcome {
                step: step.key.clone(),
                result: StepResult::RolledBack { response: None },
                changes: vec![Change::Deleted { key: step.object.clone() }],
            };
            self.store_outcomes(std::slice::from_ref(&outcome)).await?;
        }
        let publisher = self.publisher;
        let delete = Step {
            key: StepKey::new(publisher.account().platform, &step.object, Action::Delete),
            action: Action::Delete,
            fields: Default::default(),
            upload: None,
            ..step.clone()
        };
        let naming = Naming::Marked(self.markers[&step.object].clone());
        let prepared = publisher.platform.prepare(&delete, &naming, publisher.account());
        let prepared = publisher.platform.resolve(&prepared, &self.ids)?;
        self.room(Next::Writes(&[&prepared])).await?;
        let request = [Request { prepared, attachment: None, provisional: None }];
        reached(Moment::BeforeSend, &[&delete.key]);
        self.delete(&request).await?;
        reached(Moment::BeforeStore, &[&delete.key]);
        self.ids.remove(&step.object);
        reached(Moment::AfterStore, &[&delete.key]);
        Ok(())
    }

    async fn delete(&mut self, request: &[Request; 1]) -> Result<(), PublishError> {
        let publisher = self.publisher;
        let mut attempt = 1;
        loop {
            let error = match publisher.platform.execute(&publisher.access, request).await.pop() {
                None | Some(Ok(_)) => return Ok(()),
                Some(Err(error)) if error.kind == ErrorKind::NotFound => return Ok(()),
                Some(Err(error)) => error,
            };
            let wait = match error.kind.retry_read() {
                Retry::Again(wait) if attempt < publisher.policy.attempts => wait,
                _ => return Err(error.into()),
            };
            let wait = wait.unwrap_or_else(|| publisher.policy.pause(attempt));
            publisher.progress.waiting(&error.message, wait);
            self.rest(wait).await?;
            attempt += 1;
        }
    }
}
