//! Spec, people and rules edit the same campaign in any order: nobody's edit is overwritten without a word, and an
//! applied plan leaves nothing to do.

use placard_domain::{
    AccountRef, Currency, Platform, RemoteId,
    marker::Naming,
    plan::{
        Action, Bound, DesiredObject, DriftPolicy, FieldRules, Fields, Input, ObjectKey, ObjectKind,
        Observation, Observed, Plan, RUN_FIELD, make, still_accepted,
    },
    spec::RunState,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIELDS: [&str; 3] = ["name", "daily_budget", "targeting"];

/// What others can set.
const PLACES: [&str; 4] = [FIELDS[0], FIELDS[1], FIELDS[2], RUN_FIELD];

/// What somebody does next.
#[derive(Clone, Debug)]
enum Move {
    /// The spec wants another value; `None` takes the field away.
    Spec { object: usize, field: usize, value: Option<u8> },
    /// The spec wants it to run, or not.
    SpecRun { object: usize, run: bool },
    /// The spec wants the object, or no longer.
    SpecHas { object: usize, there: bool },
    /// A person sets a value on the platform.
    Person { object: usize, field: usize, value: u8 },
    /// A person switches it there.
    PersonRun { object: usize, run: bool },
    /// A person deletes it there.
    PersonDeletes { object: usize },
    /// A rule sets a value, which stands until the spec changes the field.
    Rule { object: usize, field: usize, value: u8 },
    /// What others set is adopted.
    Adopt,
    /// Plan and apply, with what is to be overwritten of what others set.
    Apply(DriftPolicy),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let (object, field, value) = (0..4_usize, 0..FIELDS.len(), 0..3_u8);
    let one = prop_oneof![
        3 => (object.clone(), field.clone(), prop::option::weighted(0.8, value.clone()))
            .prop_map(|(object, field, value)| Move::Spec { object, field, value }),
        2 => (object.clone(), any::<bool>()).prop_map(|(object, run)| Move::SpecRun { object, run }),
        1 => (object.clone(), any::<bool>()).prop_map(|(object, there)| Move::SpecHas { object, there }),
        3 => (object.clone(), field.clone(), value.clone())
            .prop_map(|(object, field, value)| Move::Person { object, field, value }),
        2 => (object.clone(), any::<bool>()).prop_map(|(object, run)| Move::PersonRun { object, run }),
        1 => object.clone().prop_map(|object| Move::PersonDeletes { object }),
        2 => (object, field, value).prop_map(|(object, field, value)| Move::Rule { object, field, value }),
        1 => Just(Move::Adopt),
        5 => prop_oneof![
            6 => Just(DriftPolicy::Keep),
            1 => Just(DriftPolicy::Push),
            3 => prop::sample::subsequence(PLACES.to_vec(), 1..=PLACES.len())
                .prop_map(|names| DriftPolicy::PushFields(names.into_iter().map(str::to_owned).collect())),
        ].prop_map(Move::Apply),
    ];
    prop::collection::vec(one, 1..24)
}

/// Whose value stands in a place, for what the model must protect.
type Places = BTreeMap<(ObjectKey, String), Value>;

/// The three states, and what people set there that nobody has agreed to overwrite.
struct World {
    desired: Vec<(DesiredObject, bool)>,
    bound: Vec<Bound>,
    by_people: Places,
    made: u32,
}

impl World {
    fn new() -> Self {
        let object = |kind: ObjectKind, path: &str| DesiredObject {
            key: ObjectKey::new(kind, path),
            name: path.into(),
            fields: FIELDS.iter().map(|name| ((*name).to_owned(), json!(0))).collect(),
            run: Some(RunState::Active),
            rules: FieldRules::default(),
            upload: None,
            daily_cost: None,
        };
        let campaign = object(ObjectKind::Campaign, "c");
        let groups = ["a", "b", "d"].map(|path| object(ObjectKind::AdGroup, path));
        let desired = std::iter::once(campaign).chain(groups).map(|object| (object, true)).collect();
        Self { desired, bound: Vec::new(), by_people: Places::new(), made: 0 }
    }

    fn key(&self, object: usize) -> ObjectKey {
        self.desired[object].0.key.clone()
    }

    fn observed(&mut self, key: &ObjectKey) -> Option<&mut Observed> {
        match &mut self.bound.iter_mut().find(|bound| bound.key == *key)?.observation {
            Observation::Present(observed) => Some(observed),
            Observation::Gone => None,
        }
    }

    fn plan(&self, policy: DriftPolicy) -> Plan {
        let desired: Vec<_> =
            self.desired.iter().filter(|(_, there)| *there).map(|(object, _)| object.clone()).collect();
        let currency: Currency = "EUR".parse().unwrap();
        let account = AccountRef { platform: Platform::Google, id: "1".into() };
        let (desired, bound) = (desired.as_slice(), self.bound.as_slice());
        make(Input { account, campaign: "c", currency, desired, bound, policy, warnings: vec![] }).unwrap()
    }

    fn go(&mut self, one: Move) -> Result<(), TestCaseError> {
        match one {
            Move::Spec { object, field, value } => {
                let fields = &mut self.desired[object].0.fields;
                match value {
                    Some(value) => fields.insert(FIELDS[field].into(), json!(value)),
                    None => fields.remove(FIELDS[field]),
                };
            }
            Move::SpecRun { object, run } => self.desired[object].0.run = Some(state(run)),
            Move::SpecHas { object, there } => self.desired[object].1 = there,
            Move::Person { object, field, value } => {
                self.person_sets(object, FIELDS[field], json!(value));
            }
            Move::PersonRun { object, run } => {
                let key = self.key(object);
                if let Some(observed) = self.observed(&key) {
                    observed.run = Some(state(run));
                    self.note(key, RUN_FIELD, json!(state(run)));
                }
            }
            Move::PersonDeletes { object } => {
                let key = self.key(object);
                if let Some(bound) = self.bound.iter_mut().find(|bound| bound.key == key) {
                    bound.observation = Observation::Gone;
                    self.by_people.retain(|(known, _), _| *known != key);
                }
            }
            Move::Rule { object, field, value } => self.rule_sets(object, FIELDS[field], json!(value)),
            Move::Adopt => self.adopt(),
            Move::Apply(policy) => self.apply(policy)?,
        }
        Ok(())
    }

    fn person_sets(&mut self, object: usize, field: &str, value: Value) {
        let key = self.key(object);
        if let Some(observed) = self.observed(&key) {
            observed.fields.insert(field.into(), value.clone());
            self.note(key, field, value);
        }
    }

    /// Notes what a person set. Setting what we set ourselves changes nothing that would have to be protected.
    fn note(&mut self, key: ObjectKey, field: &str, value: Value) {
        let bound = self.bound.iter().find(|bound| bound.key == key).unwrap();
        let accepted = bound.accepted.get(field).cloned();
        let applied = match field {
            RUN_FIELD => bound.applied_run.map(|run| json!(run)),
            _ => bound.applied.get(field).cloned(),
        };
        let place = (key, field.to_owned());
        if accepted.or(applied).as_ref() == Some(&value) {
            self.by_people.remove(&place);
        } else {
            self.by_people.insert(place, value);
        }
    }

    /// A rule acts through us, and never on what a person holds.
    fn rule_sets(&mut self, object: usize, field: &str, value: Value) {
        let key = self.key(object);
        if self.by_people.contains_key(&(key.clone(), field.to_owned())) {
            return;
        }
        let Some(observed) = self.observed(&key) else { return };
        observed.fields.insert(field.into(), value.clone());
        if let Some(bound) = self.bound.iter_mut().find(|bound| bound.key == key) {
            bound.accepted.insert(field.into(), value);
        }
    }

    fn adopt(&mut self) {
        for drift in self.plan(DriftPolicy::Keep).drift {
            let value = drift.change.after.unwrap_or(Value::Null);
            let Some(bound) = self.bound.iter_mut().find(|bound| bound.key == drift.object) else { continue };
            // From now on the spec may change it, and says so in its plan.
            self.by_people.remove(&(drift.object, drift.change.field.clone()));
            bound.accepted.insert(drift.change.field, value);
        }
    }

    fn apply(&mut self, policy: DriftPolicy) -> Result<(), TestCaseError> {
        let plan = self.plan(policy.clone());
        if !plan.conflicts.is_empty() {
            return Ok(());
        }
        for rebase in &plan.rebase {
            if let Some(bound) = self.bound.iter_mut().find(|bound| bound.key == rebase.object) {
                bound.accepted =
                    still_accepted(&bound.accepted, &bound.applied, &rebase.fields, &Fields::new());
                if bound.applied_run != rebase.run {
                    bound.accepted.remove(RUN_FIELD);
                }
                (bound.applied, bound.applied_run) = (rebase.fields.clone(), rebase.run);
            }
        }
        plan.steps.iter().for_each(|step| self.carry_out(step));
        self.by_people.retain(|(_, field), _| !policy.overwrites(field));
        self.nobody_was_overruled(&plan)?;
        self.forced_fields_are_as_the_spec_says(&policy)?;
        self.agree();
        let again = self.plan(DriftPolicy::Keep);
        prop_assert!(again.steps.is_empty(), "the next plan is not empty: {:#?}", again.steps);
        prop_assert!(again.conflicts.is_empty(), "the next plan has conflicts: {:#?}", again.conflicts);
        for drift in &again.drift {
            let place = (drift.object.clone(), drift.change.field.clone());
            prop_assert!(self.by_people.contains_key(&place), "nobody set what is called drift: {drift:#?}");
        }
        Ok(())
    }

    /// Where the spec wants just what a person set, it is the spec's from then on.
    fn agree(&mut self) {
        let desired = &self.desired;
        self.by_people.retain(|(key, field), value| {
            let object = desired.iter().find(|(object, there)| object.key == *key && *there);
            let wanted = object.and_then(|(object, _)| match field.as_str() {
                RUN_FIELD => object.run.map(|run| json!(run)),
                _ => object.fields.get(field).cloned(),
            });
            wanted.as_ref() != Some(value)
        });
    }

    fn carry_out(&mut self, step: &placard_domain::plan::Step) {
        let bound = self.bound.iter().position(|bound| bound.key == step.object);
        match (step.action, bound) {
            (Action::Create, at) => {
                self.made += 1;
                let fresh = made(step, self.made);
                match at {
                    Some(at) => self.bound[at] = fresh,
                    None => self.bound.push(fresh),
                }
            }
            (Action::Delete, Some(at)) => {
                let gone = self.bound.remove(at);
                self.by_people.retain(|(key, _), _| *key != gone.key);
            }
            (action, Some(at)) => change(&mut self.bound[at], step, action),
            (_, None) => panic!("{} is about nothing", step.key),
        }
    }

    /// Whatever may be overwritten is what the spec says, but for what was adopted or set by a rule.
    fn forced_fields_are_as_the_spec_says(&mut self, policy: &DriftPolicy) -> Result<(), TestCaseError> {
        let wanted = self.desired.clone();
        for (object, _) in wanted.iter().filter(|(_, there)| *there) {
            let bound = self.bound.iter().find(|bound| bound.key == object.key);
            let accepted = bound.map(|bound| bound.accepted.clone()).unwrap_or_default();
            let Some(observed) = self.observed(&object.key) else { continue };
            let stand = |field: &str| match field {
                RUN_FIELD => (observed.run.map(|run| json!(run)), object.run.map(|run| json!(run))),
                _ => (observed.fields.get(field).cloned(), object.fields.get(field).cloned()),
            };
            for field in PLACES.iter().filter(|field| policy.overwrites(field)) {
                let (stands, wants) = stand(field);
                // What the spec does not name is no business of ours.
                if wants.is_none() {
                    continue;
                }
                let adopted = accepted.get(*field).cloned();
                let fits = stands == wants || (adopted.is_some() && stands == adopted);
                prop_assert!(fits, "{field} of {} was left at {stands:?}", object.key);
            }
        }
        Ok(())
    }

    /// What people set stands, unless the spec wants just that.
    fn nobody_was_overruled(&self, plan: &Plan) -> Result<(), TestCaseError> {
        for ((key, field), value) in &self.by_people {
            let Some(bound) = self.bound.iter().find(|bound| bound.key == *key) else { continue };
            let Observation::Present(observed) = &bound.observation else { continue };
            let stands = match field.as_str() {
                RUN_FIELD => observed.run.map(|run| json!(run)),
                _ => observed.fields.get(field).cloned(),
            };
            prop_assert_eq!(
                stands.as_ref(),
                Some(value),
                "{} of {} was overruled by {:#?}",
                field,
                key,
                plan.steps
            );
        }
        Ok(())
    }
}

fn state(run: bool) -> RunState {
    if run { RunState::Active } else { RunState::Paused }
}

fn made(step: &placard_domain::plan::Step, number: u32) -> Bound {
    Bound {
        key: step.object.clone(),
        name: step.name.clone(),
        remote_id: RemoteId(number.to_string()),
        naming: Naming::from_stored(Some("#x".into())),
        applied: step.fields.clone(),
        applied_run: Some(RunState::Paused),
        accepted: Fields::new(),
        rules: step.rules.clone(),
        daily_cost: None,
        observation: Observation::Present(Observed {
            fields: step.fields.clone(),
            run: Some(RunState::Paused),
            ..Observed::default()
        }),
    }
}

/// What the platform and our record show after a step on something that is there.
fn change(bound: &mut Bound, step: &placard_domain::plan::Step, action: Action) {
    let Observation::Present(observed) = &mut bound.observation else { panic!("{} is gone", step.key) };
    match action {
        Action::Activate | Action::Pause => {
            let run = state(action == Action::Activate);
            (observed.run, bound.applied_run) = (Some(run), Some(run));
            bound.accepted.remove(RUN_FIELD);
        }
        _ => {
            for (name, value) in &step.fields {
                match value {
                    Value::Null => observed.fields.remove(name),
                    value => observed.fields.insert(name.clone(), value.clone()),
                };
            }
            bound.accepted = still_accepted(&bound.accepted, &bound.applied, step.recorded(), &step.fields);
            bound.applied = step.recorded().clone();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn edits_of_spec_people_and_rules_in_any_order_respect_each_other(moves in moves()) {
        let mut world = World::new();
        world.apply(DriftPolicy::Keep)?;
        for one in moves {
            world.go(one)?;
        }
    }
}
