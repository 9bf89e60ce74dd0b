//! What publishing says while it works.

use placard_domain::{
    DeploymentId,
    plan::{Stage, Step},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Hears what happens. Nothing here may block for long.
pub trait Progress: Send + Sync {
    /// Something was said.
    fn hear(&self, said: &Said);

    /// A deployment of so many steps is on record, of which some are done already.
    fn begin(&self, deployment: DeploymentId, steps: usize, done: usize) {
        self.hear(&Said::Begun { deployment, steps, done });
    }

    /// Steps of this stage are being sent.
    fn sending(&self, stage: Stage, steps: &[&Step]) {
        let name = match steps {
            [one] => Some(one.name.clone()),
            _ => None,
        };
        let all_stages = steps.iter().any(|step| step.stage() != stage);
        self.hear(&Said::Sending { stage, all_stages, objects: steps.len(), name });
    }

    /// A step is done.
    fn done(&self, _: &Step) {
        self.hear(&Said::Done);
    }

    /// The platform asked us to wait, or we wait before trying again.
    fn waiting(&self, reason: &str, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.hear(&Said::Waiting { reason: reason.to_owned(), milliseconds });
    }

    /// Something worth a line.
    fn note(&self, text: &str) {
        self.hear(&Said::Note { text: text.to_owned() });
    }

    /// Nothing more comes.
    fn finish(&self) {
        self.hear(&Said::Finished);
    }
}

/// What publishing says, here or over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// A deployment is on record.
    Begun {
        /// Its id.
        deployment: DeploymentId,
        /// How many steps it has.
        steps: usize,
        /// How many of them are done already.
        done: usize,
    },
    /// Something is being sent.
    Sending {
        /// The stage.
        stage: Stage,
        /// Whether later stages go along in the same call.
        all_stages: bool,
        /// How many objects.
        objects: usize,
        /// The name of the only one.
        name: Option<String>,
    },
    /// A step is done.
    Done,
    /// We wait.
    Waiting {
        /// Why.
        reason: String,
        /// For how long.
        milliseconds: u64,
    },
    /// Something worth a line.
    Note {
        /// The line.
        text: String,
    },
    /// Nothing more comes.
    Finished,
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn hear(&self, _: &Said) {}
}
