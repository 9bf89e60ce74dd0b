//! The ways that deals take, station by station.

use crate::{objective::words, status::parse_words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// What it means that a deal stands at a stage.
    StageKind {
        /// It is being worked on.
        Open = "open",
        /// It was sold.
        Won = "won",
        /// It was not.
        Lost = "lost",
    }
}

parse_words!(StageKind);

/// A station on a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name for people.
    pub name: String,
    /// What it means to stand there.
    pub kind: StageKind,
    /// How likely a deal that stands there is won, in percent.
    pub probability: u8,
}

/// A pipeline that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    name: String,
    stages: Vec<Stage>,
}

/// Why stages make no pipeline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// A name that nobody can read.
    #[error("a name has 1 to 80 characters, and `{0}` does not")]
    Name(String),
    /// Two of one name.
    #[error("two stages are called `{0}`")]
    Twice(String),
    /// No beginning or no end.
    #[error("there is no {0} stage")]
    Missing(StageKind),
    /// Too many.
    #[error("there are {0} stages; 30 are the most")]
    TooMany(usize),
    /// An open stage behind one at which a deal ends.
    #[error("`{0}` is open and stands behind a stage at which deals end")]
    BehindTheEnd(String),
    /// A chance that cannot be.
    #[error("`{name}` cannot have {probability} %: won is 100, lost is 0, and open is below 100")]
    Probability {
        /// Which stage.
        name: String,
        /// What it was given.
        probability: u8,
    },
}

impl Pipeline {
    /// A pipeline of `stages`, in their order.
    pub fn new(name: &str, stages: Vec<Stage>) -> Result<Self, PipelineError> {
        let name = trimmed(name)?;
        if stages.len() > 30 {
            return Err(PipelineError::TooMany(stages.len()));
        }
        let mut names = BTreeSet::new();
        let mut ended = false;
        let mut clean = Vec::with_capacity(stages.len());
        for stage in stages {
            let stage = Stage { name: trimmed(&stage.name)?, ..stage };
            if !names.insert(stage.name.to_lowercase()) {
                return Err(PipelineError::Twice(stage.name));
            }
            let fits = match stage.kind {
                StageKind::Open => stage.probability < 100,
                StageKind::Won => stage.probability == 100,
                StageKind::Lost => stage.probability == 0,
            };
            if !fits {
                return Err(PipelineError::Probability { name: stage.name, probability: stage.probability });
            }
            if ended && stage.kind == StageKind::Open {
                return Err(PipelineError::BehindTheEnd(stage.name));
            }
            ended |= stage.kind != StageKind::Open;
            clean.push(stage);
        }
        let missing = StageKind::ALL.iter().find(|kind| clean.iter().all(|stage| stage.kind != **kind));
        missing.map_or(Ok(()), |kind| Err(PipelineError::Missing(*kind)))?;
        Ok(Self { name, stages: clean })
    }

    /// The one that a tenant begins with.
    pub fn first() -> Self {
        let stage = |name: &str, kind, probability| Stage { name: name.to_owned(), kind, probability };
        let stages = vec![
            stage("New", StageKind::Open, 10),
            stage("Qualified", StageKind::Open, 30),
            stage("Offer", StageKind::Open, 60),
            stage("Won", StageKind::Won, 100),
            stage("Lost", StageKind::Lost, 0),
        ];
        Self { name: "Sales".to_owned(), stages }
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its stages, in order: open ones, then those at which deals end.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }
}

fn trimmed(name: &str) -> Result<String, PipelineError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(PipelineError::Name(name.chars().take(80).collect()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pipeline_makes_sense() {
        let first = Pipeline::first();
        assert_eq!(Pipeline::new(first.name(), first.stages().to_vec()), Ok(first));
    }

    #[test]
    fn a_pipeline_has_a_beginning_and_both_ends() {
        for kind in StageKind::ALL {
            let stages =
                Pipeline::first().stages().iter().filter(|stage| stage.kind != *kind).cloned().collect();
            assert_eq!(Pipeline::new("Sales", stages), Err(PipelineError::Missing(*kind)));
        }
    }

    #[test]
    fn names_and_chances_are_checked() {
        let with = |name: &str, kind, probability| {
            let mut stages = Pipeline::first().stages().to_vec();
            stages.insert(0, Stage { name: name.to_owned(), kind, probability });
            Pipeline::new("Sales", stages)
        };
        assert_eq!(with(" offer ", StageKind::Open, 1), Err(PipelineError::Twice("Offer".into())));
        assert!(matches!(with("Sure", StageKind::Open, 100), Err(PipelineError::Probability { .. })));
        assert!(matches!(with("Early", StageKind::Won, 100), Err(PipelineError::BehindTheEnd(_))));
        assert!(matches!(with("", StageKind::Open, 1), Err(PipelineError::Name(_))));
    }
}
