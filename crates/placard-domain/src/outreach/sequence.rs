//! What somebody is told, one message after the other, as long as nothing stops it.

use super::template::Template;
use crate::{document::MessageKind, objective::words, status::parse_words};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most messages to somebody.
pub const MOST_STEPS: usize = 10;
/// The longest wait before a step: a year.
const LONGEST_DELAY_MINUTES: u32 = 366 * 24 * 60;

words! {
    /// What carries a message.
    Channel {
        /// A list in the database, for trying things out; nothing leaves the machine.
        Sandbox = "sandbox",
        /// E-mail.
        Smtp = "smtp",
        /// A signed HTTP request to a system of the tenant's.
        Webhook = "webhook",
    }
}

parse_words!(Channel);

/// One message of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// How long after the one before, or after the approval, in minutes.
    #[serde(default)]
    #[schemars(range(max = 527_040))]
    pub delay_minutes: u32,
    /// What carries it.
    pub channel: Channel,
    /// Its words.
    pub template: Template,
}

impl Step {
    /// How long after the one before.
    pub fn delay(&self) -> TimeDelta {
        TimeDelta::minutes(self.delay_minutes.into())
    }
}

/// One to ten messages: the initial one and those that follow without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Step>", into = "Vec<Step>")]
#[schemars(with = "Vec<Step>")]
pub struct Sequence(Vec<Step>);

/// Steps that are no sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// Too few or too many.
    #[error("a sequence has 1 to {MOST_STEPS} steps, not {0}")]
    Length(usize),
    /// One waits too long.
    #[error("step {0} waits longer than a year")]
    Delay(usize),
}

impl Sequence {
    /// Checks and keeps steps.
    ///
    /// # Errors
    /// [`SequenceError`]
    pub fn new(steps: Vec<Step>) -> Result<Self, SequenceError> {
        if steps.is_empty() || steps.len() > MOST_STEPS {
            return Err(SequenceError::Length(steps.len()));
        }
        let late = steps.iter().position(|step| step.delay_minutes > LONGEST_DELAY_MINUTES);
        late.map_or(Ok(Self(steps)), |late| Err(SequenceError::Delay(late + 1)))
    }

    /// The steps in their order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The step with this number, from 0.
    pub fn step(&self, number: u16) -> Option<&Step> {
        self.0.get(usize::from(number))
    }

    /// What kind of message the step with this number is.
    pub const fn kind(number: u16) -> MessageKind {
        if number == 0 { MessageKind::Initial } else { MessageKind::FollowUp }
    }
}

impl TryFrom<Vec<Step>> for Sequence {
    type Error = SequenceError;

    fn try_from(steps: Vec<Step>) -> Result<Self, SequenceError> {
        Self::new(steps)
    }
}

impl From<Sequence> for Vec<Step> {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}
