//! What could be spent in a day while a plan is carried out.

use super::{Action, ObjectKey, Stage, Step, cost::total};
use crate::{Currency, Money, money::MoneyError, spec::RunState};
use std::collections::BTreeMap;

/// The objects of a campaign in one account, as far as they can spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    currency: Currency,
    objects: BTreeMap<ObjectKey, Holding>,
}

/// Whether an object runs, and what it can spend in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holding {
    run: Option<RunState>,
    daily: Option<Money>,
}

impl Exposure {
    /// What is on record: each object with whether it was told to run and what it can spend in a day.
    pub fn of(
        currency: Currency,
        objects: impl IntoIterator<Item = (ObjectKey, Option<RunState>, Option<Money>)>,
    ) -> Self {
        let objects = objects.into_iter().map(|(key, run, daily)| (key, Holding { run, daily }));
        Self { currency, objects: objects.collect() }
    }

    /// What it can spend in a day.
    pub fn daily(&self) -> Result<Money, MoneyError> {
        let costs = self.objects.iter().map(|(key, holding)| (key.kind, holding.run, holding.daily));
        total(costs, self.currency)
    }

    /// The most that it can spend in a day while `steps` are under way: each may have taken effect or not.
    pub fn at_most_with<'a>(&self, steps: impl IntoIterator<Item = &'a Step>) -> Result<Money, MoneyError> {
        let mut worst = self.clone();
        for step in steps {
            match step.action {
                // What is made is paused, and what is paused or deleted could still run.
                Action::Create => worst.settle(step),
                Action::Update => worst.raise(step),
                Action::Activate => worst.switch(&step.object, RunState::Active),
                Action::Pause | Action::Delete => {}
            }
        }
        worst.daily()
    }

    /// The most that it can spend in a day at any moment while `steps` are carried out stage by stage.
    pub fn peak(&self, steps: &[Step]) -> Result<Money, MoneyError> {
        let mut state = self.clone();
        let mut peak = state.daily()?;
        for stage in Stage::ALL {
            let of_stage = || steps.iter().filter(|step| step.stage() == *stage);
            let most = state.at_most_with(of_stage())?;
            if most.minor() > peak.minor() {
                peak = most;
            }
            of_stage().for_each(|step| state.settle(step));
        }
        Ok(peak)
    }

    /// Whether a step only makes less run: a kill switch lets it pass.
    pub fn calms(&self, step: &Step) -> bool {
        match step.action {
            Action::Pause | Action::Delete => true,
            Action::Create | Action::Activate => false,
            // A lower budget and nothing else.
            Action::Update => {
                let before = self.objects.get(&step.object).and_then(|holding| holding.daily);
                let lower = before.zip(step.daily_cost).is_some_and(|(before, after)| {
                    before.currency() == after.currency() && after.minor() < before.minor()
                });
                lower && step.changes.len() == 1
            }
        }
    }

    /// Takes in that `step` is done.
    pub fn settle(&mut self, step: &Step) {
        match step.action {
            Action::Create => {
                let run = step.object.kind.runs().then_some(RunState::Paused);
                self.objects.insert(step.object.clone(), Holding { run, daily: step.daily_cost });
            }
            Action::Update => {
                if let Some(holding) = self.objects.get_mut(&step.object) {
                    holding.daily = step.daily_cost;
                }
            }
            Action::Activate => self.switch(&step.object, RunState::Active),
            Action::Pause => self.switch(&step.object, RunState::Paused),
            Action::Delete => {
                self.objects.remove(&step.object);
            }
        }
    }

    /// Takes in that an object stands otherwise than was on record, without a step.
    pub fn rebase(&mut self, rebase: &super::Rebase) {
        if let Some(holding) = self.objects.get_mut(&rebase.object) {
            *holding = Holding { run: rebase.run, daily: rebase.daily_cost.or(holding.daily) };
        }
    }

    fn switch(&mut self, object: &ObjectKey, run: RunState) {
        if let Some(holding) = self.objects.get_mut(object) {
            holding.run = Some(run);
        }
    }

    /// The higher of what an object can spend now and after an update.
    fn raise(&mut self, step: &Step) {
        let Some(holding) = self.objects.get_mut(&step.object) else { return };
        let higher = match (holding.daily, step.daily_cost) {
            (Some(now), Some(then)) if then.minor() > now.minor() => Some(then),
            (None, then) => then,
            (now, _) => now,
        };
        holding.daily = higher;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Platform,
        plan::{FieldChange, FieldRules, Fields, ObjectKind, StepKey},
    };
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, "EUR".parse().unwrap())
    }

    fn campaign() -> ObjectKey {
        ObjectKey::new(ObjectKind::Campaign, "c")
    }

    fn group(path: &str) -> ObjectKey {
        ObjectKey::new(ObjectKind::AdGroup, path)
    }

    fn step(action: Action, object: ObjectKey, daily: Option<i64>) -> Step {
        let change = FieldChange { field: "daily_budget".into(), before: None, after: None };
        Step {
            key: StepKey::new(Platform::Meta, &object, action),
            action,
            name: object.to_string(),
            object,
            fields: Fields::new(),
            whole: None,
            rules: FieldRules::default(),
            daily_cost: daily.map(eur),
            changes: vec![change],
            upload: None,
            depends_on: Vec::new(),
        }
    }

    fn exposure(objects: &[(ObjectKey, RunState, Option<i64>)]) -> Exposure {
        let each = objects.iter().map(|(key, run, daily)| (key.clone(), Some(*run), daily.map(eur)));
        Exposure::of("EUR".parse().unwrap(), each)
    }

    #[test]
    fn what_is_published_counts_from_the_moment_it_may_run() {
        let nothing = exposure(&[]);
        let create = step(Action::Create, campaign(), Some(12_000));
        let activate = step(Action::Activate, campaign(), None);
        assert_eq!(nothing.at_most_with([&create]).unwrap(), eur(0), "it is made paused");
        assert_eq!(nothing.peak(&[create.clone(), activate.clone()]).unwrap(), eur(12_000));
        let mut made = nothing;
        made.settle(&create);
        assert_eq!(made.at_most_with([&activate]).unwrap(), eur(12_000));
        assert_eq!(made.daily().unwrap(), eur(0));
    }

    #[test]
    fn a_replaced_ad_group_counts_beside_its_successor_until_it_is_gone() {
        let active = RunState::Active;
        let before = exposure(&[(campaign(), active, None), (group("a"), active, Some(50))]);
        let steps = [
            step(Action::Create, group("b"), Some(50)),
            step(Action::Activate, group("b"), None),
            step(Action::Delete, group("a"), None),
        ];
        assert_eq!(before.peak(&steps).unwrap(), eur(100));
    }

    #[test]
    fn an_update_counts_as_the_higher_of_both_until_it_is_done() {
        let now = exposure(&[(campaign(), RunState::Active, Some(100))]);
        let (lower, higher) =
            (step(Action::Update, campaign(), Some(40)), step(Action::Update, campaign(), Some(140)));
        assert_eq!(now.at_most_with([&lower]).unwrap(), eur(100));
        assert_eq!(now.at_most_with([&higher]).unwrap(), eur(140));
        assert!(now.calms(&lower) && !now.calms(&higher));
        let mut renamed = lower;
        renamed.changes.push(renamed.changes[0].clone());
        assert!(!now.calms(&renamed), "it changes something else as well");
    }

    #[test]
    fn pausing_and_deleting_never_raise() {
        let now = exposure(&[(campaign(), RunState::Active, Some(100))]);
        for action in [Action::Pause, Action::Delete] {
            let step = step(action, campaign(), None);
            assert!(now.calms(&step));
            assert_eq!(now.peak(&[step]).unwrap(), eur(100));
        }
    }

    proptest! {
        /// However the steps of a stage are cut into calls, none of them goes above the peak.
        #[test]
        fn no_cut_into_calls_goes_above_the_peak(
            held in prop::collection::vec((any::<bool>(), 0_i64..100), 1..6),
            wishes in prop::collection::vec((0_usize..5, 0_usize..6, 0_i64..100), 0..10),
            size in 1_usize..4,
        ) {
            let state = |active| if active { RunState::Active } else { RunState::Paused };
            let mut objects = vec![(campaign(), RunState::Active, None)];
            for (at, (active, daily)) in held.iter().enumerate() {
                objects.push((group(&at.to_string()), state(*active), Some(*daily)));
            }
            let start = exposure(&objects);
            let mut steps: Vec<Step> = wishes
                .iter()
                .map(|(action, object, daily)| {
                    let key = group(&object.to_string());
                    step(Action::ALL[*action], key, Some(*daily))
                })
                .collect();
            steps.sort_by_key(|step| (step.stage(), step.key.clone()));
            steps.dedup_by_key(|step| step.key.clone());
            let peak = start.peak(&steps).unwrap();
            let mut now = start;
            for stage in Stage::ALL {
                let of_stage: Vec<&Step> = steps.iter().filter(|step| step.stage() == *stage).collect();
                for call in of_stage.chunks(size) {
                    prop_assert!(now.at_most_with(call.iter().copied()).unwrap().minor() <= peak.minor());
                    call.iter().for_each(|step| now.settle(step));
                    prop_assert!(now.daily().unwrap().minor() <= peak.minor());
                }
            }
        }
    }
}
