//! Finding out what became of requests whose answers were lost.

use super::{PublishError, run::Run};
use placard_domain::{
    RemoteId,
    plan::{Action, ObjectKind, Observation, Step, resolve},
    spec::RunState,
};
use placard_platforms::{ErrorKind, Found, PlatformError, Prepared, ReadBack};
use placard_store::deployment::{Outcome, StepResult};
use serde_json::json;
use std::collections::BTreeMap;

impl<'a> Run<'a> {
    /// Asks the platform what became of `steps`, and records it: done, or free to be sent again.
    pub(super) async fn settle(&mut self, steps: &[&'a Step]) -> Result<(), PublishError> {
        let (creates, changes): (Vec<&'a Step>, Vec<&'a Step>) =
            steps.iter().partition(|step| step.action == Action::Create);
        // The same picture gets the same id however often it is sent, so there is nothing to look for.
        let seeks_videos = self.publisher.platform.capabilities().seeks_videos;
        let is_sought = |step: &Step| step.object.kind == ObjectKind::Video && seeks_videos;
        let (repeatable, searched): (Vec<&'a Step>, Vec<&'a Step>) =
            creates.into_iter().partition(|step| step.upload.is_some() && !is_sought(step));
        self.release(&repeatable).await?;
        self.settle_creates(searched).await?;
        self.settle_changes(&changes).await
    }

    /// Looks for created objects by marker, more than once, because platforms show fresh objects late.
    async fn settle_creates(&mut self, mut open: Vec<&'a Step>) -> Result<(), PublishError> {
        if open.is_empty() {
            return Ok(());
        }
        let publisher = self.publisher;
        for pause in &publisher.policy.looks {
            publisher.progress.waiting("an answer was lost; looking whether it happened", *pause);
            // Whoever wants to stop gets a deployment that can be resumed: the outcome stays unknown until then.
            self.rest(*pause).await?;
            let found = self.survey().await?;
            let mut missing = Vec::new();
            for step in open {
                match self.found(step, &found) {
                    Some(id) => self.settled(step, Some(id)).await?,
                    None => missing.push(step),
                }
            }
            open = self.settle_unmarked(missing).await?;
            if open.is_empty() {
                return Ok(());
            }
        }
        self.release(&open).await
    }

    /// Looks for what has no place for a marker by what it is. Gives what was not found.
    async fn settle_unmarked(&mut self, open: Vec<&'a Step>) -> Result<Vec<&'a Step>, PublishError> {
        let publisher = self.publisher;
        // What is in something that does not exist cannot exist either.
        let resolved = |step: &'a Step| {
            let prepared = self.requests[&step.key];
            publisher.platform.resolve(prepared, &self.ids).ok().map(|prepared| (step, prepared))
        };
        let made: Vec<(&'a Step, Prepared)> = open.iter().filter_map(|step| resolved(step)).collect();
        let asked: Vec<&Prepared> = made.iter().map(|(_, prepared)| prepared).collect();
        let ids = self.patiently_look_up(&asked).await?;
        let mut found = BTreeMap::new();
        for ((step, _), id) in made.iter().zip(ids) {
            found.extend(id.map(|id| (&step.key, id)));
        }
        let mut missing = Vec::new();
        for step in open {
            match found.remove(&step.key) {
                Some(id) => self.settled(step, Some(id)).await?,
                None => missing.push(step),
            }
        }
        Ok(missing)
    }

    async fn patiently_look_up(
        &mut self,
        asked: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PublishError> {
        let publisher = self.publisher;
        let mut attempt = 1;
        loop {
            match publisher.platform.look_up(&publisher.access, asked).await {
                Ok(found) => return Ok(found),
                Err(error) => self.patience(error, &mut attempt).await?,
            }
        }
    }

    /// Reads back objects that were changed, switched or deleted, and compares.
    async fn settle_changes(&mut self, steps: &[&'a Step]) -> Result<(), PublishError> {
        let mut repeat = Vec::new();
        for step in steps {
            let Some(remote_id) = self.ids.get(&step.object).cloned() else {
                self.settled(step, None).await?;
                continue;
            };
            let applied = resolve(step.recorded(), &self.ids)?;
            let asked = [ReadBack { key: step.object.clone(), remote_id, applied: applied.clone() }];
            let seen = self.patiently_read(&asked).await?;
            let happened = match (&seen[0], step.action) {
                (Observation::Gone, action) => action == Action::Delete,
                (Observation::Present(_), Action::Delete | Action::Create) => false,
                (Observation::Present(seen), Action::Activate) => seen.run == Some(RunState::Active),
                (Observation::Present(seen), Action::Pause) => seen.run == Some(RunState::Paused),
                (Observation::Present(seen), Action::Update) => {
                    step.fields.keys().all(|field| seen.fields.get(field) == applied.get(field))
                }
            };
            if happened {
                self.settled(step, None).await?;
            } else {
                repeat.push(*step);
            }
        }
        self.release(&repeat).await
    }

    fn found(&self, step: &Step, found: &[Found]) -> Option<RemoteId> {
        let marker = &self.markers[&step.object];
        let same = found.iter().find(|one| one.kind == step.object.kind && one.marker == *marker);
        same.map(|one| one.remote_id.clone())
    }

    async fn settled(&mut self, step: &'a Step, remote_id: Option<RemoteId>) -> Result<(), PublishError> {
        let outcome = Outcome {
            step: step.key.clone(),
            result: StepResult::Done {
                remote_id: remote_id.clone(),
                response: Some(json!({"found_by_looking": true})),
            },
            changes: self.changes(step, remote_id.clone(), true),
        };
        self.store_outcomes(std::slice::from_ref(&outcome)).await?;
        self.mark_done(step, remote_id);
        Ok(())
    }

    /// Records that `steps` may be sent again.
    async fn release(&mut self, steps: &[&'a Step]) -> Result<(), PublishError> {
        let free = |step: &&'a Step| Outcome {
            step: step.key.clone(),
            result: StepResult::NotSent,
            changes: Vec::new(),
        };
        let outcomes: Vec<Outcome> = steps.iter().map(free).collect();
        if outcomes.is_empty() { Ok(()) } else { self.store_outcomes(&outcomes).await }
    }

    async fn survey(&mut self) -> Result<Vec<Found>, PublishError> {
        let publisher = self.publisher;
        let mut attempt = 1;
        loop {
            match publisher.platform.survey(&publisher.access, &self.tag).await {
                Ok(found) => return Ok(found),
                Err(error) => self.patience(error, &mut attempt).await?,
            }
        }
    }

    pub(super) async fn patiently_read(
        &mut self,
        asked: &[ReadBack],
    ) -> Result<Vec<Observation>, PublishError> {
        let publisher = self.publisher;
        let mut attempt = 1;
        loop {
            match publisher.platform.read(&publisher.access, asked).await {
                Ok(seen) => return Ok(seen),
                Err(error) => self.patience(error, &mut attempt).await?,
            }
        }
    }

    /// A read that failed for a passing reason is tried again: what it would tell decides what may be sent.
    async fn patience(&mut self, error: PlatformError, attempt: &mut u32) -> Result<(), PublishError> {
        let publisher = self.publisher;
        let passing = !matches!(
            error.kind,
            ErrorKind::Unauthenticated
                | ErrorKind::Forbidden
                | ErrorKind::AccountBlocked
                | ErrorKind::Refused
                | ErrorKind::NotFound
        );
        if !passing || *attempt >= publisher.policy.attempts {
            return Err(error.into());
        }
        let asked = match error.kind {
            ErrorKind::Throttled { retry_after } => retry_after,
            _ => None,
        };
        let wait = asked.unwrap_or_else(|| publisher.policy.pause(*attempt));
        publisher.progress.waiting(&error.message, wait);
        *attempt += 1;
        self.rest(wait).await
    }
}
