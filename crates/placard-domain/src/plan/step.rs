//! What a plan says.

use super::{CostDelta, FieldRules, Fields, ObjectKey, ObjectKind, StateHash, Upload};
use crate::{AccountRef, Money, Platform, objective::words, spec::RunState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

words! {
    /// What a step does.
    Action {
        /// Make the object, paused.
        Create = "create",
        /// Change fields.
        Update = "update",
        /// Let it run.
        Activate = "activate",
        /// Stop it.
        Pause = "pause",
        /// Remove it.
        Delete = "delete",
    }
}

impl Action {
    /// Whether it only ends something.
    pub const fn stops(self) -> bool {
        matches!(self, Self::Pause | Self::Delete)
    }
}

/// The stable name of a step: `meta/ad:women-30s/hero/create`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(pub String);

impl StepKey {
    /// The key of `action` on `object`.
    pub fn new(platform: Platform, object: &ObjectKey, action: Action) -> Self {
        Self(format!("{platform}/{object}/{action}"))
    }
}

impl std::fmt::Display for StepKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// When a step may be sent: every step of an earlier stage is done before.
    Stage {
        /// What should stop spending stops first.
        Stop = "stop",
        /// Pictures, forms and the campaign, which need nothing else.
        Roots = "roots",
        /// Creatives, ad groups and what a campaign is aimed at.
        Branches = "branches",
        /// Ads and keywords.
        Leaves = "leaves",
        /// Changes to what was there.
        Change = "change",
        /// Ads and ad groups may run; the paused campaign still holds them.
        Release = "release",
        /// The campaign runs. Whatever was made is read back and compared before.
        Go = "go",
        /// Ads and keywords that are not wanted any more.
        ClearLeaves = "clear_leaves",
        /// Creatives, ad groups and targets that are not wanted any more.
        ClearBranches = "clear_branches",
        /// The campaign and forms that are not wanted any more.
        ClearRoots = "clear_roots",
    }
}

/// One change on the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its stable name.
    pub key: StepKey,
    /// What it does.
    pub action: Action,
    /// To which object.
    pub object: ObjectKey,
    /// The object's name for people.
    pub name: String,
    /// The fields to send: all of them for a create, the changed ones for an update. References unresolved.
    pub fields: Fields,
    /// All fields afterwards, where `fields` holds only the changed ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Fields>,
    /// What may change in the object later.
    #[serde(default)]
    pub rules: FieldRules,
    /// What the object can spend in a day afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cost: Option<Money>,
    /// What changes, for people and for the review.
    pub changes: Vec<FieldChange>,
    /// A file that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// Steps of the same plan whose results this one refers to.
    pub depends_on: Vec<StepKey>,
}

impl Step {
    /// What was applied to the object once this create or update is done.
    pub fn recorded(&self) -> &Fields {
        self.whole.as_ref().unwrap_or(&self.fields)
    }

    /// When it may be sent.
    pub const fn stage(&self) -> Stage {
        stage(self.action, self.object.kind)
    }
}

pub(super) const fn stage(action: Action, kind: ObjectKind) -> Stage {
    use ObjectKind as K;
    match (action, kind) {
        (Action::Pause, _) => Stage::Stop,
        (Action::Create, K::Image | K::Video | K::LeadForm | K::Campaign) => Stage::Roots,
        (Action::Create, K::Creative | K::AdGroup | K::Targeting) => Stage::Branches,
        (Action::Create, K::Ad | K::Keyword) => Stage::Leaves,
        (Action::Update, _) => Stage::Change,
        (Action::Activate, K::Campaign) => Stage::Go,
        (Action::Activate, _) => Stage::Release,
        (Action::Delete, K::Ad | K::Keyword) => Stage::ClearLeaves,
        (Action::Delete, K::Creative | K::AdGroup | K::Targeting) => Stage::ClearBranches,
        (Action::Delete, K::Image | K::Video | K::LeadForm | K::Campaign) => Stage::ClearRoots,
    }
}

/// One field of one object, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The platform's name of the field, dotted where the difference lies deeper.
    pub field: String,
    /// The value now; `None` if there is none.
    pub before: Option<Value>,
    /// The value afterwards; `None` if it goes away.
    pub after: Option<Value>,
}

/// Someone changed a field on the platform that the spec did not change. It is kept, and said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The object.
    pub object: ObjectKey,
    /// Its name for people.
    pub name: String,
    /// The field with the value that we sent and the one that stands there now.
    pub change: FieldChange,
}

/// The platform already shows what the spec newly wants: nothing is sent, only our record follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rebase {
    /// The object.
    pub object: ObjectKey,
    /// All its fields as they are wanted now.
    pub fields: Fields,
    /// Whether it should run.
    pub run: Option<RunState>,
    /// What it can spend in a day, where it holds a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cost: Option<Money>,
}

/// A difference that a person must decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Conflict {
    /// The spec and someone on the platform changed the same field to different values.
    BothChanged {
        /// The object.
        object: ObjectKey,
        /// Its name for people.
        name: String,
        /// The field.
        field: String,
        /// What we sent last.
        applied: Option<Value>,
        /// What the spec wants.
        desired: Option<Value>,
        /// What stands there.
        observed: Option<Value>,
    },
    /// The object was deleted on the platform and the spec still wants it.
    Deleted {
        /// The object.
        object: ObjectKey,
        /// Its name for people.
        name: String,
    },
    /// The spec changes a field that the platform fixes at creation.
    Immutable {
        /// The object.
        object: ObjectKey,
        /// Its name for people.
        name: String,
        /// The field with both values.
        change: FieldChange,
    },
}

/// Something that a person should know and that stops nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// The spec's field or the object it is about.
    pub subject: String,
    /// A sentence.
    pub message: String,
}

/// Everything that must happen on one platform so that it becomes what the spec says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where.
    pub account: AccountRef,
    /// The campaign's key.
    pub campaign: String,
    /// The steps, each after those it depends on.
    pub steps: Vec<Step>,
    /// Edits by others that stay as they are.
    pub drift: Vec<Drift>,
    /// Decisions that only a person can take. A plan with one cannot be applied.
    pub conflicts: Vec<Conflict>,
    /// Records that follow the platform without a call.
    pub rebase: Vec<Rebase>,
    /// Things to know.
    pub warnings: Vec<Warning>,
    /// What a day costs before and after.
    pub cost: CostDelta,
    /// The state that this plan saw. It is refused if that has changed.
    pub base: StateHash,
}

impl Plan {
    /// The fields that others changed and that the plan leaves to them or to a decision.
    pub fn contested(&self) -> BTreeSet<String> {
        let drifted = self.drift.iter().map(|one| &one.change.field);
        let conflicts = self.conflicts.iter().filter_map(|conflict| match conflict {
            Conflict::BothChanged { field, .. } => Some(field),
            Conflict::Deleted { .. } | Conflict::Immutable { .. } => None,
        });
        drifted.chain(conflicts).cloned().collect()
    }

    /// Whether there is nothing to do and nothing to decide.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty()
    }
}
