//! Reading back what was made, before it may run, and what runs, before it is called done.

use super::{PublishError, run::Run};
use placard_domain::{
    plan::{Action, Fields, ObjectKey, Observation, Step, StepKey, resolve},
    spec::RunState,
};
use placard_platforms::{Next, ReadBack};
use placard_store::platform_object;
use serde_json::Value;

/// How many objects are read before others who want to stop something get their turn.
const AT_ONCE: usize = 200;

impl<'a> Run<'a> {
    /// Compares every object that this deployment made or changed with what was sent.
    pub(super) async fn verify_fields(&mut self) -> Result<(), PublishError> {
        let steps: Vec<&Step> = self
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Create | Action::Update) && step.upload.is_none())
            .collect();
        let seen = self.read(&steps).await?;
        for (step, observation) in steps.iter().zip(&seen) {
            self.compare(step, observation)?;
        }
        Ok(())
    }

    /// Compares every object that this deployment switched or deleted with what it was told.
    pub(super) async fn verify_state(&mut self) -> Result<(), PublishError> {
        let steps: Vec<&Step> = self
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Activate | Action::Pause))
            .collect();
        let seen = self.read(&steps).await?;
        for (step, observation) in steps.iter().zip(&seen) {
            let wanted = if step.action == Action::Activate { RunState::Active } else { RunState::Paused };
            let run = match observation {
                Observation::Present(seen) => seen.run,
                Observation::Gone => None,
            };
            if run != Some(wanted) {
                let observed = run.map_or(Value::Null, |run| Value::from(run.as_str()));
                return Err(self.not_taken(&step.object, "status", Value::from(wanted.as_str()), observed));
            }
        }
        Ok(())
    }

    async fn read(&mut self, steps: &[&Step]) -> Result<Vec<Observation>, PublishError> {
        let mut asked = Vec::with_capacity(steps.len());
        for step in steps {
            let remote_id = self.ids.get(&step.object).cloned();
            let remote_id = remote_id.ok_or(placard_domain::plan::UnboundReference(step.object.clone()))?;
            let applied = resolve(self.recorded(step), &self.ids)?;
            asked.push(ReadBack { key: step.object.clone(), remote_id, applied });
        }
        let mut seen = Vec::with_capacity(asked.len());
        while seen.len() < asked.len() {
            self.give_way().await?;
            let left = &asked[seen.len()..];
            let some = &left[..left.len().min(AT_ONCE)];
            let some = &some[..some.len().min(self.room(Next::Reads(some)).await?)];
            let found = self.patiently_read(some).await?;
            self.note(some, &found).await?;
            seen.extend(found);
        }
        Ok(seen)
    }

    /// The fields on record for the object of `step`: its own, or those of the step that made or changed it.
    fn recorded(&self, step: &'a Step) -> &'a Fields {
        let maker = |action| {
            let key = StepKey::new(self.publisher.account().platform, &step.object, action);
            self.steps.iter().find(|other| other.key == key)
        };
        let made = if step.fields.is_empty() {
            maker(Action::Update).or_else(|| maker(Action::Create))
        } else {
            None
        };
        made.unwrap_or(step).recorded()
    }

    fn compare(&self, step: &Step, observation: &Observation) -> Result<(), PublishError> {
        let sent = resolve(&step.fields, &self.ids)?;
        let Observation::Present(observed) = observation else {
            return Err(self.not_taken(&step.object, "id", Value::from("there"), Value::from("gone")));
        };
        for (field, wanted) in sent.iter().filter(|(field, _)| !step.rules.write_only.contains(field)) {
            let found = observed.fields.get(field).cloned().unwrap_or(Value::Null);
            if found != *wanted {
                return Err(self.not_taken(&step.object, field, wanted.clone(), found));
            }
        }
        Ok(())
    }

    async fn note(&self, asked: &[ReadBack], seen: &[Observation]) -> Result<(), PublishError> {
        let pairs: Vec<_> = asked.iter().map(|one| one.key.clone()).zip(seen.iter().cloned()).collect();
        let publisher = self.publisher;
        let mut tx = publisher.db.tenant(publisher.tenant).await?;
        platform_object::observe(&mut tx, self.campaign, publisher.account(), &pairs, (publisher.now)())
            .await?;
        tx.commit().await?;
        Ok(())
    }

    fn not_taken(&self, object: &ObjectKey, field: &str, wanted: Value, observed: Value) -> PublishError {
        let (deployment, object, field) = (self.deployment, object.clone(), field.to_owned());
        PublishError::NotTaken { deployment, object, field, wanted, observed }
    }
}
