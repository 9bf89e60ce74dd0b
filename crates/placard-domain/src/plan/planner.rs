//! From three states to steps.

use super::{
    Action, Bound, Conflict, CostDelta, DesiredObject, Drift, FieldChange, FieldRules, Fields, ObjectKey,
    Observation, Observed, Plan, Rebase, RemoteIds, Step, StepKey, Warning,
    merge::{Field, Verdict, names, verdict},
    references_in, resolve, state_hash,
};
use crate::{AccountRef, Currency, money::MoneyError, spec::RunState};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which running and pausing appear among changed fields.
pub const RUN_FIELD: &str = "status";

/// What to do with edits that others made on the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriftPolicy {
    /// Leave them and say so.
    Keep,
    /// Overwrite them with what the spec says, and make again what was deleted.
    Push,
    /// Overwrite the fields of these names, as drift prints them, and leave the others.
    PushFields(BTreeSet<String>),
    /// Leave them, but stop what runs and should not, whoever let it run.
    KeepButStop,
}

impl DriftPolicy {
    /// Whether what others set in a field is overwritten.
    pub fn overwrites(&self, field: &str) -> bool {
        match self {
            Self::Push => true,
            Self::PushFields(fields) => fields.contains(field),
            Self::Keep | Self::KeepButStop => false,
        }
    }
}

/// The three states, and where they are.
pub struct Input<'a> {
    /// The ad account.
    pub account: AccountRef,
    /// The campaign's key.
    pub campaign: &'a str,
    /// The account's currency.
    pub currency: Currency,
    /// What we want. Empty to remove everything.
    pub desired: &'a [DesiredObject],
    /// What we sent, and what the platform shows of it.
    pub bound: &'a [Bound],
    /// What to do with edits by others.
    pub policy: DriftPolicy,
    /// Warnings found earlier.
    pub warnings: Vec<Warning>,
}

/// Compares the three states and says what must be done. Pure: the same input gives the same plan.
pub fn make(input: Input<'_>) -> Result<Plan, MoneyError> {
    let cost = CostDelta::between(input.bound, input.desired, input.currency)?;
    let base = state_hash(input.bound);
    let mut planner = Planner::new(&input);
    for object in input.desired {
        planner.wanted(object);
    }
    let wanted: BTreeSet<&ObjectKey> = input.desired.iter().map(|object| &object.key).collect();
    for object in input.bound.iter().filter(|object| !wanted.contains(&object.key)) {
        planner.unwanted(object);
    }
    let Planner { mut steps, drift, conflicts, rebase, .. } = planner;
    link(&mut steps);
    steps.sort_by(|left, right| (left.stage(), &left.key).cmp(&(right.stage(), &right.key)));
    Ok(Plan {
        account: input.account,
        campaign: input.campaign.to_owned(),
        steps,
        drift,
        conflicts,
        rebase,
        warnings: input.warnings,
        cost,
        base,
    })
}

/// The order of steps within a plan follows from what they refer to.
fn link(steps: &mut [Step]) {
    let creates: BTreeMap<ObjectKey, StepKey> = steps
        .iter()
        .filter(|step| step.action == Action::Create)
        .map(|step| (step.object.clone(), step.key.clone()))
        .collect();
    for step in steps {
        let mut needs = references_in(&step.fields);
        if step.action != Action::Create {
            needs.insert(step.object.clone());
        }
        step.depends_on = needs.iter().filter_map(|object| creates.get(object).cloned()).collect();
    }
}

struct Planner<'a> {
    account: &'a AccountRef,
    policy: &'a DriftPolicy,
    bound: BTreeMap<&'a ObjectKey, &'a Bound>,
    ids: RemoteIds,
    steps: Vec<Step>,
    drift: Vec<Drift>,
    conflicts: Vec<Conflict>,
    rebase: Vec<Rebase>,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let ids = input.bound.iter().map(|object| (object.key.clone(), object.remote_id.clone())).collect();
        Self {
            account: &input.account,
            policy: &input.policy,
            bound: input.bound.iter().map(|object| (&object.key, object)).collect(),
            ids,
            steps: Vec::new(),
            drift: Vec::new(),
            conflicts: Vec::new(),
            rebase: Vec::new(),
        }
    }

    fn wanted(&mut self, object: &DesiredObject) {
        match self.bound.get(&object.key).copied() {
            None => self.create(object),
            Some(bound) => match &bound.observation {
                Observation::Gone if *self.policy == DriftPolicy::Push => self.create(object),
                Observation::Gone => {
                    self.conflicts
                        .push(Conflict::Deleted { object: object.key.clone(), name: object.name.clone() });
                }
                Observation::Present(observed) => self.compare(object, bound, observed),
            },
        }
    }

    fn unwanted(&mut self, bound: &Bound) {
        let there = matches!(bound.observation, Observation::Present(_));
        if there && !bound.stays() {
            self.step(Action::Delete, &bound.key, &bound.name, Fields::new(), Vec::new());
        }
    }

    fn create(&mut self, object: &DesiredObject) {
        let changes = object.fields.iter().map(|(name, value)| FieldChange {
            field: name.clone(),
            before: None,
            after: Some(value.clone()),
        });
        let changes = changes.collect();
        self.step(Action::Create, &object.key, &object.name, object.fields.clone(), changes);
        self.complete_last(object);
        if object.run == Some(RunState::Active) {
            self.switch(object, RunState::Paused, RunState::Active);
        }
    }

    fn compare(&mut self, object: &DesiredObject, bound: &Bound, observed: &Observed) {
        let changes = self.field_changes(object, bound, observed);
        let updates = !changes.is_empty();
        if updates {
            let fields = changes
                .iter()
                .map(|change| (change.field.clone(), change.after.clone().unwrap_or(Value::Null)));
            let fields = fields.collect();
            self.step(Action::Update, &object.key, &object.name, fields, changes);
            self.complete_last(object);
        }
        let switches = self.compare_run(object, bound, observed);
        self.agree(object, bound, updates, switches);
    }

    /// Where the platform already shows what the spec newly wants, our record follows; a step records its own part.
    fn agree(&mut self, object: &DesiredObject, bound: &Bound, updates: bool, switches: bool) {
        let (fields, daily_cost) = match updates {
            true => (&bound.applied, bound.daily_cost),
            false => (&object.fields, object.daily_cost),
        };
        let run = if switches { bound.applied_run } else { object.run };
        let differs = *fields != bound.applied || run != bound.applied_run;
        if differs && !self.in_conflict(&object.key) {
            let (object, fields) = (object.key.clone(), fields.clone());
            self.rebase.push(Rebase { object, fields, run, daily_cost });
        }
    }

    fn field_changes(
        &mut self,
        object: &DesiredObject,
        bound: &Bound,
        observed: &Observed,
    ) -> Vec<FieldChange> {
        // What cannot be resolved refers to an object that this plan makes, and so differs from what stands there.
        let applied = resolve_each(&bound.applied, &self.ids);
        let desired = resolve_each(&object.fields, &self.ids);
        let mut changes = Vec::new();
        for name in names(&bound.applied, &object.fields) {
            let field = Field {
                name,
                applied: bound.applied.get(name),
                applied_resolved: bound.accepted.get(name).or_else(|| applied.get(name)),
                desired: object.fields.get(name),
                desired_resolved: desired.get(name),
                observed: observed.fields.get(name),
                write_only: object.rules.write_only.contains(name),
            };
            match verdict(&field) {
                Verdict::Keep => {}
                Verdict::Send(change) => changes.extend(self.sendable(object, change)),
                Verdict::Drifted(change) => changes.extend(self.drifted(object, change, desired.get(name))),
                Verdict::Conflict { observed, .. } if self.policy.overwrites(name) => {
                    let change =
                        FieldChange { field: name.clone(), before: observed, after: field.desired.cloned() };
                    changes.extend(self.sendable(object, change));
                }
                Verdict::Conflict { applied, desired, observed } => {
                    self.conflicts.push(Conflict::BothChanged {
                        object: object.key.clone(),
                        name: object.name.clone(),
                        field: name.clone(),
                        applied,
                        desired,
                        observed,
                    })
                }
            }
        }
        changes
    }

    /// A change of a field that is fixed at creation is a conflict.
    fn sendable(&mut self, object: &DesiredObject, change: FieldChange) -> Option<FieldChange> {
        if !object.rules.create_only.contains(&change.field) {
            return Some(change);
        }
        let (object, name) = (object.key.clone(), object.name.clone());
        self.conflicts.push(Conflict::Immutable { object, name, change });
        None
    }

    fn drifted(
        &mut self,
        object: &DesiredObject,
        change: FieldChange,
        desired: Option<&Value>,
    ) -> Option<FieldChange> {
        if self.policy.overwrites(&change.field) {
            let back = FieldChange { field: change.field, before: change.after, after: desired.cloned() };
            return self.sendable(object, back);
        }
        self.drift.push(Drift { object: object.key.clone(), name: object.name.clone(), change });
        None
    }

    /// Whether a step was needed.
    fn compare_run(&mut self, object: &DesiredObject, bound: &Bound, observed: &Observed) -> bool {
        let (Some(desired), Some(seen)) = (object.run, observed.run) else { return false };
        if seen == desired {
            return false;
        }
        let stops = *self.policy == DriftPolicy::KeepButStop && desired == RunState::Paused;
        let spec_changed = bound.applied_run != Some(desired);
        let adopted = bound.accepted.get(RUN_FIELD).and_then(Value::as_str);
        let others_changed = adopted.or(bound.applied_run.map(RunState::as_str)) != Some(seen.as_str());
        let (key, name) = (object.key.clone(), object.name.clone());
        match (spec_changed, others_changed) {
            _ if stops || self.policy.overwrites(RUN_FIELD) => self.switch(object, seen, desired),
            (true, false) => self.switch(object, seen, desired),
            (true, true) => {
                let word = |run: RunState| Some(Value::from(run.as_str()));
                self.conflicts.push(Conflict::BothChanged {
                    object: key,
                    name,
                    field: RUN_FIELD.to_owned(),
                    applied: adopted.map(Value::from).or(bound.applied_run.and_then(word)),
                    desired: word(desired),
                    observed: word(seen),
                });
                return false;
            }
            (false, true) => {
                let change = run_change(desired, seen);
                self.drift.push(Drift { object: key, name, change });
                return false;
            }
            (false, false) => return false,
        }
        true
    }

    fn switch(&mut self, object: &DesiredObject, from: RunState, to: RunState) {
        let action = match to {
            RunState::Active => Action::Activate,
            RunState::Paused => Action::Pause,
        };
        self.step(action, &object.key, &object.name, Fields::new(), vec![run_change(from, to)]);
    }

    fn step(
        &mut self,
        action: Action,
        object: &ObjectKey,
        name: &str,
        fields: Fields,
        changes: Vec<FieldChange>,
    ) {
        self.steps.push(Step {
            key: StepKey::new(self.account.platform, object, action),
            action,
            object: object.clone(),
            name: name.to_owned(),
            fields,
            whole: None,
            rules: FieldRules::default(),
            daily_cost: None,
            changes,
            upload: None,
            depends_on: Vec::new(),
        });
    }

    /// Notes what the last step, a create or update of `object`, leaves behind.
    fn complete_last(&mut self, object: &DesiredObject) {
        let Some(step) = self.steps.last_mut() else { return };
        match step.action {
            Action::Create => step.upload = object.upload.clone(),
            _ => step.whole = Some(object.fields.clone()),
        }
        step.rules = object.rules.clone();
        step.daily_cost = object.daily_cost;
    }

    fn in_conflict(&self, key: &ObjectKey) -> bool {
        self.conflicts.iter().any(|conflict| match conflict {
            Conflict::BothChanged { object, .. }
            | Conflict::Deleted { object, .. }
            | Conflict::Immutable { object, .. } => object == key,
        })
    }
}

fn run_change(before: RunState, after: RunState) -> FieldChange {
    let word = |state: RunState| Some(Value::from(state.as_str()));
    FieldChange { field: RUN_FIELD.to_owned(), before: word(before), after: word(after) }
}

fn resolve_each(fields: &Fields, ids: &RemoteIds) -> Fields {
    let single = |(name, value): (&String, &Value)| {
        let field = Fields::from([(name.clone(), value.clone())]);
        resolve(&field, ids).unwrap_or(field).into_iter().next()
    };
    fields.iter().filter_map(single).collect()
}
