use placard_domain::{
    AccountRef, Currency, Money, Platform, RemoteId,
    marker::Naming,
    plan::{
        Action, Bound, Conflict, DesiredObject, DriftPolicy, FieldRules, Fields, Input, ObjectKey,
        ObjectKind, Observation, Observed, Plan, RemoteIds, Stage, make, reference, resolve, state_hash,
    },
    spec::RunState,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn eur() -> Currency {
    "EUR".parse().unwrap()
}

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().clone().into_iter().collect()
}

fn key(kind: ObjectKind, path: &str) -> ObjectKey {
    ObjectKey::new(kind, path)
}

fn object(kind: ObjectKind, path: &str, content: Value) -> DesiredObject {
    DesiredObject {
        key: key(kind, path),
        name: path.into(),
        fields: fields(content),
        run: kind.runs().then_some(RunState::Active),
        rules: FieldRules { keep: kind == ObjectKind::Image, ..FieldRules::default() },
        upload: None,
        daily_cost: (kind == ObjectKind::Campaign).then(|| Money::new(5000, eur())),
    }
}

/// One campaign with two ad groups of two ads each, all sharing a picture.
fn tree() -> Vec<DesiredObject> {
    use ObjectKind as K;
    let mut objects = vec![
        object(K::Image, "abc", json!({})),
        object(K::Campaign, "spring", json!({"name": "Spring", "daily_budget": "5000"})),
    ];
    for group in ["a", "b"] {
        let campaign = reference(&key(K::Campaign, "spring"));
        objects.push(object(K::AdGroup, group, json!({"name": group, "campaign_id": campaign})));
        for ad in ["1", "2"] {
            let path = format!("{group}/{ad}");
            let image = reference(&key(K::Image, "abc"));
            objects.push(object(K::Creative, &format!("{path}@x"), json!({"spec": {"image_hash": image}})));
            let creative = reference(&key(K::Creative, &format!("{path}@x")));
            let group = reference(&key(K::AdGroup, group));
            objects.push(object(
                K::Ad,
                &path,
                json!({"creative": {"creative_id": creative}, "adset_id": group}),
            ));
        }
    }
    objects
}

fn plan(desired: &[DesiredObject], bound: &[Bound], policy: DriftPolicy) -> Plan {
    let account = AccountRef { platform: Platform::Meta, id: "act_1".into() };
    make(Input { account, campaign: "spring", currency: eur(), desired, bound, policy, warnings: vec![] })
        .unwrap()
}

/// The platform exactly as `desired` says, with everything bound to an id.
fn published(desired: &[DesiredObject]) -> Vec<Bound> {
    let id = |object: &DesiredObject| RemoteId(format!("id-{}", object.key));
    let ids: RemoteIds = desired.iter().map(|object| (object.key.clone(), id(object))).collect();
    let bound = |object: &DesiredObject| Bound {
        key: object.key.clone(),
        name: object.name.clone(),
        remote_id: id(object),
        naming: Naming::from_stored(Some("#x".into())),
        applied: object.fields.clone(),
        applied_run: object.run,
        accepted: Fields::new(),
        rules: object.rules.clone(),
        daily_cost: object.daily_cost,
        observation: Observation::Present(Observed {
            fields: resolve(&object.fields, &ids).unwrap(),
            run: object.run,
            ..Observed::default()
        }),
    };
    desired.iter().map(bound).collect()
}

fn observed(bound: &mut Bound) -> &mut Observed {
    match &mut bound.observation {
        Observation::Present(observed) => observed,
        Observation::Gone => panic!("it is gone"),
    }
}

fn find<'a>(bound: &'a mut [Bound], kind: ObjectKind, path: &str) -> &'a mut Bound {
    bound.iter_mut().find(|object| object.key == key(kind, path)).unwrap()
}

#[test]
fn everything_is_made_paused_and_the_campaign_runs_last() {
    let plan = plan(&tree(), &[], DriftPolicy::Keep);
    let creates = plan.steps.iter().filter(|step| step.action == Action::Create).count();
    assert_eq!((creates, plan.steps.len()), (12, 12 + 7));
    assert!(plan.steps.is_sorted_by_key(placard_domain::plan::Step::stage));
    let last = plan.steps.last().unwrap();
    assert_eq!((last.key.0.as_str(), last.stage()), ("meta/campaign:spring/activate", Stage::Go));
    assert_eq!(plan.cost.before.to_string(), "0.00 EUR");
    assert_eq!(plan.cost.after.to_string(), "50.00 EUR");
}

#[test]
fn a_step_comes_after_those_whose_results_it_needs() {
    let plan = plan(&tree(), &[], DriftPolicy::Keep);
    let position = |wanted| plan.steps.iter().position(|step| &step.key == wanted).unwrap();
    for (index, step) in plan.steps.iter().enumerate() {
        for needed in &step.depends_on {
            assert!(position(needed) < index, "{} before {needed}", step.key);
        }
    }
    let ad = plan.steps.iter().find(|step| step.key.0 == "meta/ad:a/1/create").unwrap();
    assert_eq!(ad.depends_on.len(), 2);
}

#[test]
fn what_is_as_wanted_needs_nothing() {
    assert!(plan(&tree(), &published(&tree()), DriftPolicy::Keep).is_empty());
}

#[test]
fn a_change_of_the_spec_is_one_update_of_the_changed_fields() {
    let bound = published(&tree());
    let mut desired = tree();
    desired[1].fields.insert("daily_budget".into(), json!("7000"));
    let plan = plan(&desired, &bound, DriftPolicy::Keep);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].fields, fields(json!({"daily_budget": "7000"})));
    assert_eq!(plan.steps[0].changes[0].before, Some(json!("5000")));
}

#[test]
fn an_edit_on_the_platform_is_kept_and_named_unless_it_is_pushed_back() {
    let mut bound = published(&tree());
    observed(&mut bound[1]).fields.insert("daily_budget".into(), json!("9900"));
    observed(find(&mut bound, ObjectKind::Ad, "a/1")).run = Some(RunState::Paused);
    let kept = plan(&tree(), &bound, DriftPolicy::Keep);
    assert!(kept.steps.is_empty());
    let said: Vec<_> =
        kept.drift.iter().map(|drift| (drift.object.to_string(), drift.change.field.as_str())).collect();
    assert_eq!(said, [("campaign:spring".into(), "daily_budget"), ("ad:a/1".into(), "status")]);
    assert_eq!(kept.drift[0].change.before, Some(json!("5000")));
    assert_eq!(kept.drift[0].change.after, Some(json!("9900")));

    let pushed = plan(&tree(), &bound, DriftPolicy::Push);
    let keys: Vec<_> = pushed.steps.iter().map(|step| step.key.0.as_str()).collect();
    assert_eq!(keys, ["meta/campaign:spring/update", "meta/ad:a/1/activate"]);
}

#[test]
fn an_adopted_edit_is_no_drift_until_the_spec_changes_the_field() {
    let mut bound = published(&tree());
    observed(&mut bound[1]).fields.insert("daily_budget".into(), json!("9900"));
    bound[1].accepted.insert("daily_budget".into(), json!("9900"));
    let quiet = plan(&tree(), &bound, DriftPolicy::Keep);
    assert!(quiet.is_empty() && quiet.drift.is_empty());
    let mut desired = tree();
    desired[1].fields.insert("daily_budget".into(), json!("7000"));
    assert_eq!(plan(&desired, &bound, DriftPolicy::Keep).steps.len(), 1);
}

#[test]
fn both_sides_changing_one_field_is_a_conflict() {
    let mut bound = published(&tree());
    observed(&mut bound[1]).fields.insert("daily_budget".into(), json!("9900"));
    let mut desired = tree();
    desired[1].fields.insert("daily_budget".into(), json!("7000"));
    let both = plan(&desired, &bound, DriftPolicy::Keep);
    assert!(both.steps.is_empty() && matches!(both.conflicts[..], [Conflict::BothChanged { .. }]));

    desired[1].fields.insert("daily_budget".into(), json!("9900"));
    let agreed = plan(&desired, &bound, DriftPolicy::Keep);
    assert!(agreed.is_empty() && agreed.rebase.len() == 1, "the same change on both sides is no conflict");
}

#[test]
fn another_creative_replaces_the_old_one_after_the_ad_points_to_it() {
    let bound = published(&tree());
    let mut desired = tree();
    let creative = desired.iter_mut().find(|object| object.key.path == "a/1@x").unwrap();
    creative.key.path = "a/1@y".into();
    let ad = desired.iter_mut().find(|object| object.key == key(ObjectKind::Ad, "a/1")).unwrap();
    ad.fields
        .insert("creative".into(), json!({"creative_id": reference(&key(ObjectKind::Creative, "a/1@y"))}));
    let plan = plan(&desired, &bound, DriftPolicy::Keep);
    let keys: Vec<_> = plan.steps.iter().map(|step| step.key.0.as_str()).collect();
    assert_eq!(keys, ["meta/creative:a/1@y/create", "meta/ad:a/1/update", "meta/creative:a/1@x/delete"]);
}

#[test]
fn removing_everything_deletes_from_the_leaves_up_and_keeps_pictures() {
    let plan = plan(&[], &published(&tree()), DriftPolicy::Keep);
    let kinds: Vec<_> = plan.steps.iter().map(|step| step.object.kind).collect();
    assert_eq!(plan.steps.len(), 11);
    assert!(
        plan.steps.iter().all(|step| step.action == Action::Delete) && !kinds.contains(&ObjectKind::Image)
    );
    assert_eq!((kinds[0], kinds[10]), (ObjectKind::Ad, ObjectKind::Campaign));
    assert_eq!(plan.cost.after.minor(), 0);
}

#[test]
fn what_was_deleted_on_the_platform_is_a_conflict_and_made_again_only_when_told() {
    let mut bound = published(&tree());
    find(&mut bound, ObjectKind::Ad, "a/1").observation = Observation::Gone;
    assert!(matches!(plan(&tree(), &bound, DriftPolicy::Keep).conflicts[..], [Conflict::Deleted { .. }]));
    let pushed = plan(&tree(), &bound, DriftPolicy::Push);
    assert_eq!(pushed.steps.len(), 2);
}

#[test]
fn a_field_fixed_at_creation_is_a_conflict_not_an_update() {
    let mut desired = tree();
    desired[1].rules.create_only = vec!["objective".into()];
    desired[1].fields.insert("objective".into(), json!("LEADS"));
    let bound = published(&desired);
    desired[1].fields.insert("objective".into(), json!("SALES"));
    assert!(matches!(plan(&desired, &bound, DriftPolicy::Keep).conflicts[..], [Conflict::Immutable { .. }]));
}

#[test]
fn a_paused_campaign_costs_nothing() {
    let mut desired = tree();
    desired[1].run = Some(RunState::Paused);
    let plan = plan(&desired, &published(&tree()), DriftPolicy::Keep);
    assert_eq!(plan.steps[0].key.0, "meta/campaign:spring/pause");
    assert_eq!((plan.cost.before.minor(), plan.cost.after.minor()), (5000, 0));
}

proptest! {
    /// Whatever was edited where, the plan is the same for any order of objects, and applying it leaves nothing to do.
    #[test]
    fn a_plan_does_not_depend_on_order_and_ends_what_it_begins(
        seed in any::<u64>(), keep in prop::collection::vec(any::<bool>(), 12), edits in prop::collection::vec(0usize..12, 0..4),
    ) {
        let before: Vec<_> = tree().into_iter().zip(&keep).filter(|(_, keep)| **keep).map(|(object, _)| object).collect();
        let known: Vec<_> = tree().into_iter().filter(|object| before.iter().any(|b| b.key == object.key)).collect();
        let all = published(&tree());
        let mut bound: Vec<_> = all.into_iter().filter(|b| known.iter().any(|k| k.key == b.key)).collect();
        for index in edits {
            if let Some(object) = bound.get_mut(index) {
                observed(object).fields.insert("name".into(), json!(format!("edited {seed}")));
            }
        }
        let one = plan(&tree(), &bound, DriftPolicy::Push);
        let mut shuffled = tree();
        shuffled.reverse();
        bound.reverse();
        prop_assert_eq!(&one, &plan(&shuffled, &bound, DriftPolicy::Push));
        let after = published(&tree());
        prop_assert!(plan(&tree(), &after, DriftPolicy::Push).is_empty());
        prop_assert_eq!(state_hash(&bound), one.base.clone());
    }
}
