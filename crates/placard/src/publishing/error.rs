//! Why publishing stopped, as decisions that a person can take.

use chrono::{DateTime, Utc};
use placard_domain::{
    DeploymentId,
    guardrail::{Refusal, Scope},
    money::MoneyError,
    plan::{ObjectKey, Plan, StepKey, UnboundReference},
    spec::Diagnostics,
    suggest::closest,
};
use placard_platforms::{Blocker, PlatformError, Retry};
use placard_store::StoreError;
use serde_json::Value;
use std::collections::BTreeSet;

/// Why publishing stopped.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The account cannot publish. Nothing was sent.
    #[error("the ad account cannot publish: {}", sentences(.0))]
    Blocked(Vec<Blocker>),
    /// The spec does not fit the platform. Nothing was sent.
    #[error("the spec does not fit the platform")]
    Unfit(Diagnostics),
    /// Someone else publishes to the account.
    #[error("{holder} has been publishing to this account since {}", .since.format("%H:%M:%S UTC"))]
    Held {
        /// Who.
        holder: String,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The platform or our record of it changed after the plan was made. Nothing was sent.
    #[error("the plan is stale: {0}")]
    Stale(String),
    /// The plan needs decisions first. Nothing was sent.
    #[error("the plan has {} that a person must decide", counted(.0.conflicts.len()))]
    Undecided(Box<Plan>),
    /// A field that was to be overwritten was changed by nobody. Nothing was sent.
    #[error("{0}")]
    NotChanged(String),
    /// A ceiling or a kill switch stands in the way. Nothing more was sent.
    #[error(transparent)]
    Guardrail(Box<Refusal>),
    /// A step was refused for good.
    #[error("{step} was refused")]
    Refused {
        /// The deployment that stopped.
        deployment: DeploymentId,
        /// The step.
        step: StepKey,
        /// The object's name for people.
        name: String,
        /// The platform's words.
        #[source]
        source: Box<PlatformError>,
    },
    /// A step found no success in all its attempts.
    #[error("{step} did not succeed in {attempts} attempts")]
    GaveUp {
        /// The deployment that stopped.
        deployment: DeploymentId,
        /// The step.
        step: StepKey,
        /// How often it was sent.
        attempts: u32,
        /// The last failure.
        #[source]
        source: Box<PlatformError>,
    },
    /// The platform accepted something and shows something else. Nothing was switched on.
    #[error("{object} was accepted, but its `{field}` is {observed} where {wanted} was sent")]
    NotTaken {
        /// The deployment that stopped.
        deployment: DeploymentId,
        /// The object.
        object: ObjectKey,
        /// The field.
        field: String,
        /// What was sent.
        wanted: Value,
        /// What stands there.
        observed: Value,
    },
    /// A question that had to be answered first was not.
    #[error("the deployment stopped")]
    Stopped {
        /// The deployment that waits now.
        deployment: DeploymentId,
        /// What failed.
        #[source]
        source: Box<PublishError>,
    },
    /// Someone asked to stop.
    #[error("stopped as asked")]
    Interrupted {
        /// The deployment that waits now.
        deployment: DeploymentId,
    },
    /// A limit of the platform is used up for long. It goes on by itself where a worker or server runs.
    #[error("{limit}; it goes on at {}", .until.format("%Y-%m-%d %H:%M:%S UTC"))]
    UsedUp {
        /// The deployment that waits now.
        deployment: DeploymentId,
        /// Which limit, one clause.
        limit: String,
        /// When it goes on.
        until: DateTime<Utc>,
    },
    /// Someone stopped the campaign while it was published. What they did is on record.
    #[error("{by} stopped the campaign; nothing more was sent")]
    SetDown {
        /// Who.
        by: String,
    },
    /// A file changed between plan and apply, or cannot be read.
    #[error("the file {path} {problem}")]
    File {
        /// As the spec names it.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing that could be resumed or rolled back.
    #[error("the campaign `{0}` has no unfinished deployment")]
    NothingUnfinished(String),
    /// Its last deployment is half taken back, so it cannot go on.
    #[error("the last deployment of `{0}` is being rolled back; finish that with `placard rollback {0}`")]
    BeingRolledBack(String),
    /// Reading from the platform failed.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// Amounts that cannot be added.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A step came before what it needs: a defect of the planner.
    #[error(transparent)]
    Order(#[from] UnboundReference),
}

impl PublishError {
    /// The deployment that waits to be resumed or rolled back, if there is one.
    pub const fn deployment(&self) -> Option<DeploymentId> {
        match self {
            Self::Refused { deployment, .. }
            | Self::GaveUp { deployment, .. }
            | Self::NotTaken { deployment, .. }
            | Self::Stopped { deployment, .. }
            | Self::UsedUp { deployment, .. }
            | Self::Interrupted { deployment } => Some(*deployment),
            _ => None,
        }
    }
}

impl PublishError {
    /// What helps, in words for whoever has the command line at hand.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Stopped { source, .. } => source.help(),
            Self::Blocked(blockers) => {
                Some(blockers.iter().map(|blocker| blocker.fix.as_str()).collect::<Vec<_>>().join("; "))
            }
            Self::Platform(problem) => match problem.kind.retry_write() {
                Retry::AfterHumanFix(fix) => Some(fix.to_owned()),
                Retry::Again(_) | Retry::ProbeFirst => {
                    Some("this may pass; run the same command again".to_owned())
                }
                Retry::Never => None,
            },
            // What the platform, or its adapter, says to people about it.
            Self::Refused { source, .. } => source.user_message.clone(),
            Self::UsedUp { .. } => Some(
                "a worker or server goes on with it then; without one, run `placard resume` then".to_owned(),
            ),
            Self::SetDown { .. } => Some("apply it again when it may run".to_owned()),
            Self::Held { .. } => Some("wait until that is done, then run this again".to_owned()),
            Self::Undecided(_) => {
                Some("change the spec, or run `placard drift --adopt` or `--push` on the campaign, or apply with `--force-fields`".to_owned())
            }
            Self::Guardrail(refusal) => way_past(refusal),
            _ => None,
        }
    }
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Held { holder, since, .. } => Self::Held { holder, since },
            StoreError::Guardrail(refusal) => Self::Guardrail(refusal),
            other => Self::Store(other),
        }
    }
}

fn sentences(blockers: &[Blocker]) -> String {
    blockers.iter().map(|blocker| blocker.problem.as_str()).collect::<Vec<_>>().join("; ")
}

/// What to say about names in `wanted` that are not among those in `changed`, if there are any.
pub fn unknown_fields(wanted: &BTreeSet<String>, changed: &BTreeSet<String>) -> Option<String> {
    let unknown = wanted.difference(changed).next()?;
    let help = match closest(unknown, changed.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None if changed.is_empty() => "nobody changed anything there".to_owned(),
        None => format!("changed: {}", changed.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
    };
    Some(format!("nobody changed a field `{unknown}` on the platform; {help}"))
}

fn counted(conflicts: usize) -> String {
    if conflicts == 1 { "one difference".into() } else { format!("{conflicts} differences") }
}

/// What a person can decide about a guardrail.
fn way_past(refusal: &Refusal) -> Option<String> {
    let option = |scope: &Scope| match scope {
        Scope::Tenant => String::new(),
        Scope::Account(account) => format!(" --account {}", account.id),
        Scope::Campaign(_) => " --campaign KEY".to_owned(),
    };
    match refusal {
        Refusal::OverCeiling(over) => {
            let scope = option(&over.ceiling.scope);
            let (amount, currency) = (over.total.to_major(), over.total.currency());
            Some(format!("lower a budget, or run `placard ceiling set {amount} {currency}{scope}`"))
        }
        Refusal::NoRate { source, .. } => {
            Some(format!("run `placard rates set {} {} RATE`", source.from, source.to))
        }
        Refusal::Stopped { scope, .. } => Some(format!("run `placard kill --lift{}`", option(scope))),
        Refusal::Money(_) => None,
    }
}
