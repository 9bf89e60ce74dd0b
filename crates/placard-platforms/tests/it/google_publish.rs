//! Publishing to Google, reading back, changing and removing.

use crate::{
    desk::{Published, present, tag},
    google_desk::{Desk, Spec, display},
};
use placard_domain::{
    plan::{Action, ObjectKind, Observation, Plan, RemoteIds},
    spec::RunState,
};
use placard_platforms::AdPlatform;
use placard_sandbox::SandboxConfig;
use serde_json::{Value, json};

/// The bodies of all calls that wrote something.
pub(crate) fn writes(desk: &Desk) -> Vec<Vec<Value>> {
    let requests = desk.sandbox.requests(0);
    let writes = requests.iter().filter(|entry| entry.path.ends_with("googleAds:mutate"));
    writes.map(|entry| entry.params["mutateOperations"].as_array().unwrap().clone()).collect()
}

fn steps(plan: &Plan, action: Action) -> Vec<String> {
    plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
}

#[tokio::test]
async fn a_search_campaign_is_made_in_one_call_and_nothing_differs_afterwards() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;

    assert_eq!(published.ids.len(), 1 + 1 + 3 + 2, "campaign, ad group, keywords, ads");
    let makes = |operations: &&Vec<Value>| {
        operations.iter().any(|operation| operation.to_string().contains("\"create\""))
    };
    let all = writes(&desk);
    let made: Vec<_> = all.iter().filter(makes).collect();
    assert_eq!(made.len(), 1);
    let mut kinds: Vec<String> =
        made[0].iter().flat_map(|operation| operation.as_object().unwrap().keys().cloned()).collect();
    kinds.dedup();
    let order =
        ["campaignBudget", "campaign", "campaignCriterion", "adGroup", "adGroupAd", "adGroupCriterion"];
    assert_eq!(kinds, order.map(|kind| format!("{kind}Operation")), "like operations are neighbours");
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_display_campaign_brings_its_pictures() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&display().campaign()?).await?;

    assert_eq!(published.ids.keys().filter(|key| key.kind == ObjectKind::Image).count(), 2);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_picture_is_found_again_by_its_id_and_sending_it_twice_makes_one() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired: Vec<_> = desk.desired(&display().campaign()?)?;
    let desired: Vec<_> = desired.into_iter().filter(|object| object.key.kind == ObjectKind::Image).collect();
    let plan = desk.plan(&desired, &[])?;
    let (mut ids, mut again) = (RemoteIds::new(), RemoteIds::new());
    desk.carry_out(&plan, &mut ids).await?;
    desk.carry_out(&plan, &mut again).await?;
    assert_eq!(ids, again);
    desk.assert_no_drift(&Published { desired, ids }).await
}

#[tokio::test]
async fn a_negative_keyword_made_twice_is_one() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let plan = desk.plan(&published.desired, &[])?;
    let negative = |step: &&placard_domain::plan::Step| step.object.path == "women/broad:used";
    let step = plan.steps.iter().find(negative).unwrap();
    let again = desk.adapter.execute(&desk.access, &[desk.request(step, &published.ids)?]).await.remove(0)?;
    assert_eq!(again.remote_id.as_ref(), published.ids.get(&step.object));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_campaign_can_start_today() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.context.today = desk.sandbox.now().with_timezone(&desk.context.zone).date_naive();
    let top = format!("budget: {{daily: 30.00}}\nschedule: {{start: \"{}\"}}", desk.context.today);
    let published = desk.publish(&Spec { top: top.leak(), ..Spec::default() }.campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn everything_is_made_paused_and_the_campaign_is_switched_on_last() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.publish(&Spec::default().campaign()?).await?;

    let all: Vec<Value> = writes(&desk).into_iter().flatten().collect();
    for member in ["campaignOperation", "adGroupOperation", "adGroupAdOperation"] {
        let made = all.iter().filter_map(|operation| operation.get(member)?.get("create"));
        assert!(made.clone().count() > 0, "{member}");
        assert!(made.clone().all(|create| create["status"] == json!("PAUSED")), "{member}");
    }
    let last = all.last().unwrap();
    assert_eq!(last["campaignOperation"]["update"]["status"], json!("ENABLED"));
    Ok(())
}

#[tokio::test]
async fn a_total_budget_with_places_of_every_kind_survives_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        top: "budget: {lifetime: 900.00}\nschedule: {start: \"2026-11-20\", end: \"2026-12-20T00:00:00+01:00\"}",
        locations: "include:
    - {country: PL}
    - {point: {latitude: 48.137154, longitude: 11.576124, radius_km: 25}}
  exclude: [{country: AT}]",
        audience: "{}",
        google: "{search_partners: true}",
        ..Spec::default()
    };
    let published = desk.publish(&spec.campaign()?).await?;

    let campaign =
        &published.desired.iter().find(|object| object.key.kind == ObjectKind::Campaign).unwrap().fields;
    assert_eq!(campaign["budget.totalAmountMicros"], json!("900000000"));
    assert_eq!(campaign["endDateTime"], json!("2026-12-19 23:59:59"));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_yen_account_counts_a_million_micros_for_a_yen() -> anyhow::Result<()> {
    let desk = Desk::open_in("JPY", SandboxConfig::default()).await?;
    let spec = Spec { currency: "JPY", top: "budget: {daily: 3000}", ..Spec::default() };
    let published = desk.publish(&spec.campaign()?).await?;

    let campaign =
        &published.desired.iter().find(|object| object.key.kind == ObjectKind::Campaign).unwrap().fields;
    assert_eq!(campaign["budget.amountMicros"], json!("3000000000"));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn requests_go_one_by_one_as_well() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired = desk.desired(&Spec::default().campaign()?)?;
    let plan = desk.plan(&desired, &[])?;
    let mut ids = RemoteIds::new();
    for step in &plan.steps {
        let request = desk.request(step, &ids)?;
        let outcome = desk.adapter.execute(&desk.access, &[request]).await.remove(0)?;
        if let Some(id) = outcome.remote_id {
            ids.insert(step.object.clone(), id);
        }
    }
    desk.assert_no_drift(&Published { desired, ids }).await
}

#[tokio::test]
async fn a_change_of_budget_places_bid_and_audience_is_sent_and_stays() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let spec = Spec {
        top: "budget: {daily: 45.00}\nbid: {strategy: bid_cap, amount: 1.20}",
        locations: "include: [{country: DE}, {country: FR}, {point: {latitude: 48.1, longitude: 11.5, radius_km: 10}}]",
        audience: "{age_min: 35, genders: [male], languages: [de, fr]}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &spec.campaign()?).await?;
    assert_eq!(steps(&plan, Action::Update), ["ad_group:women", "campaign:spring-sale"]);
    assert_eq!(plan.steps.len(), 2, "{:#?}", plan.steps);
    desk.assert_no_drift(&published).await?;

    let (_, published) = desk.change(published, &Spec::default().campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn every_strategy_gives_way_to_every_other() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let bids = ["lowest_cost", "cost_cap, amount: 7.50", "min_roas, roas: 1.75", "lowest_cost"];
    let spec = |bid: &str| Spec {
        goal: "sales",
        top: format!("budget: {{daily: 60.00}}\nbid: {{strategy: {bid}}}").leak(),
        ..Spec::default()
    };
    let mut published = desk.publish(&spec(bids[0]).campaign()?).await?;
    for bid in &bids[1..] {
        let changed = desk.change(published, &spec(bid).campaign()?).await;
        published = changed.map_err(|error| error.context(bid.to_string()))?.1;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn other_words_are_an_edit_of_the_same_ad() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let before = published.ids.clone();
    let spec = Spec {
        copy: "{primary_text: Sleep well., headline: Tents, more_headlines: [Light, Warm, Dry], description: New, \
               more_descriptions: [Sent today]}",
        destination: "website: {url: \"https://shop.example.com/new\"}",
        google: "{}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &spec.campaign()?).await?;

    assert_eq!(steps(&plan, Action::Update), ["ad:women/stove", "ad:women/tent"]);
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(published.ids, before);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_end_can_be_set_and_taken_away() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let ended = Spec { top: "budget: {daily: 30.00}\nschedule: {end: \"2026-12-24\"}", ..Spec::default() };
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let (_, published) = desk.change(published, &ended.campaign()?).await?;
    desk.assert_no_drift(&published).await?;
    let (_, published) = desk.change(published, &Spec::default().campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn keywords_ads_and_groups_come_and_go() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let spec = Spec {
        groups: "
  - name: Women
    keywords: [{text: camping tent}, {text: dome tent, match: broad}]
    ads: [{name: Stove}, {name: Lamp}]
  - name: Men
    keywords: [{text: big tent}]
    ads: [{name: Tent}]",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &spec.campaign()?).await?;
    assert_eq!(
        steps(&plan, Action::Delete),
        ["ad:women/tent", "keyword:women/broad:used", "keyword:women/exact:tent"]
    );
    desk.assert_no_drift(&published).await?;

    let (plan, published) = desk.change(published, &Spec::default().campaign()?).await?;
    assert!(steps(&plan, Action::Delete).contains(&"ad_group:men".to_owned()));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_removed_campaign_takes_its_budget_along() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let bound = desk.bound(&published).await?;
    let plan = desk.plan(&[], &bound)?;
    let mut ids = published.ids.clone();
    desk.carry_out(&plan, &mut ids).await?;

    let observed = desk.observe(&published).await?;
    assert!(observed.iter().all(|observation| *observation == Observation::Gone), "{observed:#?}");
    let last = writes(&desk).pop().unwrap();
    assert!(
        last.iter().any(|operation| operation["campaignBudgetOperation"]["remove"].is_string()),
        "{last:#?}"
    );
    assert!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn removing_twice_finds_nothing() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    let step = plan.steps.iter().find(|step| step.object.kind == ObjectKind::Campaign).unwrap();
    let request = desk.request(step, &published.ids)?;
    let first = desk.adapter.execute(&desk.access, std::slice::from_ref(&request)).await.remove(0);
    assert!(first.is_ok(), "{first:?}");
    let second = desk.adapter.execute(&desk.access, &[request]).await.remove(0);
    assert_eq!(second.unwrap_err().kind, placard_platforms::ErrorKind::NotFound);
    Ok(())
}

#[tokio::test]
async fn a_survey_finds_everything_that_is_marked_and_nothing_of_others() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let own = desk.context.tag.clone();
    desk.context.tag = tag(&desk.context.account, "another");
    desk.publish(&Spec::default().campaign()?).await?;

    let found = desk.adapter.survey(&desk.access, &own).await?;
    desk.context.tag = own;
    let mut expected: Vec<_> = published
        .ids
        .iter()
        // A negative keyword has no address that could carry a marker.
        .filter(|(key, _)| key.path != "women/broad:used")
        .map(|(key, id)| (key.kind, desk.marker(key), id.clone()))
        .collect();
    let mut found: Vec<_> =
        found.into_iter().map(|found| (found.kind, found.marker, found.remote_id)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    Ok(())
}

#[tokio::test]
async fn what_is_switched_off_is_read_as_paused() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let paused = format!("status: paused\n{}", Spec::default().top);
    let published = desk.publish(&Spec { top: paused.leak(), ..Spec::default() }.campaign()?).await?;
    for (object, observation) in published.desired.iter().zip(desk.observe(&published).await?) {
        let expected = object.run.map(|_| match object.key.kind {
            ObjectKind::Campaign => RunState::Paused,
            _ => RunState::Active,
        });
        assert_eq!(present(&observation).run, expected, "{}", object.key);
    }
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn hundreds_of_objects_go_in_one_call() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let group = |n: usize| {
        format!(
            "\n  - name: Group {n}\n    keywords: [{{text: tent {n}}}, {{text: stove {n}}}]\n    ads: [{{name: Tent}}]"
        )
    };
    let groups: String = (0..100).map(group).collect();
    let published = desk.publish(&Spec { groups: groups.leak(), ..Spec::default() }.campaign()?).await?;
    assert_eq!(published.ids.len(), 1 + 100 + 200 + 100);
    desk.assert_no_drift(&published).await
}
