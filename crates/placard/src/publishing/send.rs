//! One call: intents committed, requests sent once, outcomes committed.

use super::{
    PublishError,
    checkpoint::{Moment, reached},
    run::{Run, Setback},
};
use axum::body::Bytes;
use placard_domain::{
    Platform, RemoteId,
    marker::Naming,
    plan::{Action, Fields, RemoteIds, Step, StepKey, Upload, still_accepted},
    spec::{self, RunState},
};
use placard_platforms::{Attachment, ErrorKind, PlatformError, Request, Retry, Success};
use placard_store::{
    deployment::{self, Failure, Intent, Outcome, StepResult},
    platform_object::{Applied, Change},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

impl<'a> Run<'a> {
    /// Sends `steps` in one call. Gives the worst setback if some must be sent again.
    pub(super) async fn send(&mut self, steps: &[&'a Step]) -> Result<Option<Setback>, PublishError> {
        let known = self.known_within(steps);
        let mut requests = Vec::with_capacity(steps.len());
        for step in steps {
            let file = match &step.upload {
                Some(upload) => Some(self.content(upload).await?),
                None => None,
            };
            requests.push(self.request(step, &known, file)?);
        }
        let keys: Vec<&StepKey> = steps.iter().map(|step| &step.key).collect();
        self.intend(steps, &requests).await?;
        reached(Moment::BeforeSend, &keys);
        let outcomes = self.publisher.platform.execute(&self.publisher.access, &requests).await;
        self.calls += 1;
        reached(Moment::BeforeStore, &keys);
        let platform = self.publisher.platform.platform();
        let verdicts: Vec<_> = steps
            .iter()
            .zip(outcomes)
            .map(|(step, outcome)| (*step, judge(platform, step, outcome)))
            .collect();
        self.store(&verdicts).await?;
        reached(Moment::AfterStore, &keys);
        self.follow_up(verdicts).await
    }

    /// What requests of one call may refer to: what exists, and where a platform takes such, what `steps` make, under
    /// negative numbers.
    fn known_within(&self, steps: &[&Step]) -> Cow<'_, RemoteIds> {
        if !self.publisher.platform.capabilities().linked {
            return Cow::Borrowed(&self.ids);
        }
        let made = steps.iter().filter(|step| step.action == Action::Create).zip(1..);
        let mut known = self.ids.clone();
        known.extend(made.map(|(step, number): (_, u32)| (step.object.clone(), provisional(number))));
        Cow::Owned(known)
    }

    /// The content of a file that the spec names, or of an asset, which is found by its content whatever it is called.
    async fn content(&self, upload: &Upload) -> Result<Bytes, PublishError> {
        let problem = |problem: String| PublishError::File { path: upload.source.clone(), problem };
        let unreadable = |error: &dyn std::fmt::Display| problem(format!("cannot be read: {error}"));
        let bytes: Bytes = if spec::asset_name(&upload.source).is_some() {
            let library = self.publisher.library.ok_or_else(|| unreadable(&"the library is not at hand"))?;
            let read = library.content(self.publisher.tenant, &upload.sha256).await;
            read.map_err(|error| unreadable(&format!("{error:#}")))?
        } else {
            (self.publisher.read_file)(&upload.source).map_err(|error| unreadable(&error))?.into()
        };
        if hex::encode(Sha256::digest(&bytes)) != upload.sha256 {
            return Err(problem("changed since the plan was made; plan again".into()));
        }
        Ok(bytes)
    }

    fn request(&self, step: &Step, known: &RemoteIds, file: Option<Bytes>) -> Result<Request, PublishError> {
        let prepared = self.requests[&step.key];
        let resolved = self.publisher.platform.resolve(prepared, known)?;
        let attachment = step.upload.as_ref().zip(file).map(|(upload, bytes)| {
            let file_name = resolved.file_name.clone().unwrap_or_else(|| upload.sha256.clone());
            Attachment { file_name, bytes }
        });
        let linked = self.publisher.platform.capabilities().linked;
        let own = known.get(&step.object).filter(|_| linked && step.action == Action::Create);
        Ok(Request { prepared: resolved, attachment, provisional: own.cloned() })
    }

    async fn intend(&mut self, steps: &[&Step], requests: &[Request]) -> Result<(), PublishError> {
        let documents: Vec<Value> = requests.iter().map(|request| json!(request.prepared)).collect();
        let intents: Vec<Intent<'_>> =
            steps.iter().zip(&documents).map(|(step, request)| Intent { step: &step.key, request }).collect();
        let mut tx = self.publisher.db.tenant(self.publisher.tenant).await?;
        self.guard(&mut tx, steps).await?;
        deployment::record_intents(&mut tx, self.lease.fence(), self.deployment, &intents).await?;
        tx.commit().await?;
        for step in steps {
            *self.attempts.entry(step.key.clone()).or_default() += 1;
        }
        Ok(())
    }

    async fn store(&mut self, verdicts: &[(&'a Step, Verdict)]) -> Result<(), PublishError> {
        let outcomes: Vec<Outcome> =
            verdicts.iter().map(|(step, verdict)| self.outcome(step, verdict)).collect();
        self.store_outcomes(&outcomes).await
    }

    pub(super) async fn store_outcomes(&self, outcomes: &[Outcome]) -> Result<(), PublishError> {
        let mut tx = self.publisher.db.tenant(self.publisher.tenant).await?;
        deployment::record_outcomes(&mut tx, self.lease.fence(), self.deployment, outcomes).await?;
        tx.commit().await?;
        Ok(())
    }

    fn outcome(&self, step: &Step, verdict: &Verdict) -> Outcome {
        let (result, changes) = match verdict {
            Verdict::Done(success) => {
                let result = StepResult::Done {
                    remote_id: success.remote_id.clone(),
                    response: Some(success.raw.clone()),
                };
                (result, self.changes(step, success.remote_id.clone(), false))
            }
            Verdict::Unknown(error) => (StepResult::Unknown { error: failure(error) }, Vec::new()),
            Verdict::Again(_, _) => (StepResult::NotSent, Vec::new()),
            Verdict::Refused(error) => {
                (StepResult::Failed { error: failure(error), response: None }, Vec::new())
            }
        };
        Outcome { step: step.key.clone(), result, changes }
    }

    /// What a step that is done did to its object.
    pub(super) fn changes(&self, step: &Step, remote_id: Option<RemoteId>, adopted: bool) -> Vec<Change> {
        let (key, name) = (step.object.clone(), step.name.clone());
        match (step.action, remote_id) {
            (Action::Create, Some(remote_id)) => {
                let run = key.kind.runs().then_some(RunState::Paused);
                let naming = Naming::Marked(self.markers[&step.object].clone());
                let applied = applied(step, run, Fields::new());
                vec![Change::Bound { key, name, remote_id, naming, applied, adopted }]
            }
            (Action::Create, None) => Vec::new(),
            (Action::Update, _) => {
                let before = self.on_record.get(&key);
                let accepted = before.map_or_else(Fields::new, |before| {
                    still_accepted(&before.accepted, &before.fields, step.recorded(), &step.fields)
                });
                let applied = applied(step, before.and_then(|before| before.run), accepted);
                vec![Change::Applied { key, name, applied }]
            }
            (Action::Activate, _) => vec![Change::Run { key, run: RunState::Active }],
            (Action::Pause, _) => vec![Change::Run { key, run: RunState::Paused }],
            (Action::Delete, _) => vec![Change::Deleted { key }],
        }
    }

    /// Settles what is unknown, and gives the first refusal or the longest wait.
    async fn follow_up(
        &mut self,
        verdicts: Vec<(&'a Step, Verdict)>,
    ) -> Result<Option<Setback>, PublishError> {
        let mut unknown = Vec::new();
        let mut setback: Option<Setback> = None;
        let mut refused = None;
        for (step, verdict) in verdicts {
            match verdict {
                Verdict::Done(success) => self.mark_done(step, success.remote_id),
                Verdict::Unknown(error) => unknown.push((step, error)),
                Verdict::Again(error, wait) => {
                    worsen(&mut setback, Setback { step: step.key.clone(), error, wait })
                }
                Verdict::Refused(error) => refused = refused.or(Some((step, error))),
            }
        }
        if !unknown.is_empty() {
            let steps: Vec<&Step> = unknown.iter().map(|(step, _)| *step).collect();
            self.settle(&steps).await?;
            for (step, error) in unknown.into_iter().filter(|(step, _)| !self.done.contains(&step.key)) {
                worsen(&mut setback, Setback { step: step.key.clone(), error, wait: None });
            }
        }
        if let Some((step, error)) = refused {
            return Err(PublishError::Refused {
                deployment: self.deployment,
                step: step.key.clone(),
                name: step.name.clone(),
                source: Box::new(error),
            });
        }
        Ok(setback)
    }
}

fn provisional(number: u32) -> RemoteId {
    RemoteId(format!("-{number}"))
}

fn applied(step: &Step, run: Option<RunState>, accepted: Fields) -> Applied {
    let (fields, rules) = (step.recorded().clone(), step.rules.clone());
    Applied { fields, run, accepted, rules, daily_cost: step.daily_cost }
}

/// What an outcome means for its step.
enum Verdict {
    Done(Success),
    Unknown(PlatformError),
    Again(PlatformError, Option<std::time::Duration>),
    Refused(PlatformError),
}

fn judge(platform: Platform, step: &Step, outcome: placard_platforms::Outcome) -> Verdict {
    match outcome {
        Ok(success) if step.action == Action::Create && success.remote_id.is_none() => {
            Verdict::Unknown(without_id(platform, step, &success))
        }
        Ok(success) => Verdict::Done(success),
        // It is gone, which is what a delete wants.
        Err(error) if step.action == Action::Delete && error.kind == ErrorKind::NotFound => {
            Verdict::Done(Success { remote_id: None, raw: json!({"already_gone": error.message}) })
        }
        Err(error) => match error.kind.retry_write() {
            Retry::Again(wait) => Verdict::Again(error, wait),
            Retry::ProbeFirst => Verdict::Unknown(error),
            Retry::AfterHumanFix(_) | Retry::Never => Verdict::Refused(error),
        },
    }
}

fn without_id(platform: Platform, step: &Step, success: &Success) -> PlatformError {
    PlatformError::new(
        platform,
        format!("create {}", step.object.kind.title()),
        ErrorKind::Malformed,
        format!("the answer holds no id: {}", success.raw),
    )
}

/// The setback with the longer wait counts.
fn worsen(setback: &mut Option<Setback>, other: Setback) {
    if setback.as_ref().is_none_or(|known| known.wait < other.wait) {
        *setback = Some(other);
    }
}

pub(super) fn failure(error: &PlatformError) -> Failure {
    Failure {
        step: None,
        field: error.field.clone(),
        message: error.to_string(),
        platform: Some(json!({
            "code": error.code,
            "subcode": error.subcode,
            "trace_id": error.trace_id,
            "message": error.message,
            "user_message": error.user_message,
        })),
    }
}
