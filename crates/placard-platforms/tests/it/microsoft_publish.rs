//! Publishing to Microsoft, reading back, changing and removing.

use crate::{
    desk::{present, tag},
    microsoft_desk::{Desk, Spec},
};
use chrono::TimeDelta;
use placard_domain::{
    plan::{Action, Conflict, ObjectKind, Observation, Plan},
    spec::RunState,
};
use placard_platforms::AdPlatform;
use serde_json::json;

fn steps(plan: &Plan, action: Action) -> Vec<String> {
    plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
}

#[tokio::test]
async fn a_traffic_campaign_is_made_in_few_calls_and_nothing_differs_afterwards() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    assert_eq!(published.ids.len(), 1 + 1 + 6 + 2 + 2, "campaign, ad group, targets, keywords, ads");
    let expected = [
        "POST Campaigns",
        "POST AdGroups",
        "POST CampaignCriterions",
        "POST Ads",
        "POST Keywords",
        "PUT Ads",
        "PUT AdGroups",
        "PUT Campaigns",
    ];
    let mut writes = desk.writes();
    assert_eq!(writes.last().map(String::as_str), Some("PUT Campaigns"), "the campaign runs last");
    let mut expected = expected.map(str::to_owned).to_vec();
    writes.sort();
    expected.sort();
    assert_eq!(writes, expected);
    assert!(desk.sandbox.violations().is_empty());
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn every_goal_and_way_to_bid_survives_the_round_trip() -> anyhow::Result<()> {
    for (goal, top) in [
        ("awareness", "budget: {daily: 60.00}"),
        ("traffic", "budget: {daily: 60.55}\nbid: {strategy: bid_cap, amount: 0.85}"),
        ("leads", "budget: {daily: 60.00}"),
        ("leads", "budget: {daily: 60.00}\nbid: {strategy: cost_cap, amount: 12.50}"),
        ("sales", "budget: {daily: 60.00}\nbid: {strategy: bid_cap, amount: 1.10}"),
        ("sales", "budget: {daily: 60.00}\nbid: {strategy: min_roas, roas: 2.5}"),
    ] {
        let desk = Desk::open().await?;
        let published = desk.publish_spec(&Spec { goal, top, ..Spec::default() }).await?;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn everything_that_can_run_is_made_waiting() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let paused = "
  - name: Women
    status: paused
    keywords: [{text: tent}]
    ads: [{name: Tent, status: paused}]";
    let top = "status: paused\nbudget: {daily: 60.00}";
    let published = desk.publish_spec(&Spec { top, groups: paused, ..Spec::default() }).await?;
    for (object, observation) in published.desired.iter().zip(desk.observe(&published).await?) {
        assert_eq!(present(&observation).run, object.run.map(|_| RunState::Paused), "{}", object.key);
    }
    assert!(desk.writes().iter().all(|call| call.starts_with("POST")));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_change_of_budget_bid_places_and_people_is_sent_and_stays() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let first =
        Spec { top: "budget: {daily: 60.00}\nbid: {strategy: bid_cap, amount: 0.50}", ..Spec::default() };
    let published = desk.publish_spec(&first).await?;
    let spec = Spec {
        top: "budget: {daily: 75.05}\nbid: {strategy: bid_cap, amount: 1.20}",
        locations: "include: [{country: DE}, {country: US}]",
        audience: "{genders: [male], languages: [de, fr]}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Update), ["campaign:spring-sale"]);
    assert_eq!(steps(&plan, Action::Create), ["targeting:gender/Male", "targeting:location/190"]);
    assert_eq!(steps(&plan, Action::Delete).len(), 5, "ages, the gender, and what was left out");
    desk.assert_no_drift(&published).await?;

    let bare = Spec { top: "budget: {daily: 75.05}", audience: "{}", ..first };
    let (_, published) = desk.change(published, &desk.campaign(&bare)?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn other_words_are_an_edit_of_the_same_ads() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let before = published.ids.clone();
    let spec = Spec {
        destination: "website: {url: \"https://shop.example.com/new\"}",
        microsoft: "search_partners: true",
        copy: "{primary_text: Tents, headline: Tents, more_headlines: [Light, Dry, Warm], \
               description: Sleep well., more_descriptions: [Made to be mended.]}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Update), ["ad:women/stove", "ad:women/tent", "ad_group:women"]);
    assert_eq!(plan.steps.len(), 3, "{:#?}", plan.steps);
    assert_eq!(published.ids, before);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_end_can_be_set_and_taken_away() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let ended = Spec {
        top: "budget: {daily: 60.00}\nschedule: {start: 2026-11-10, end: 2026-12-24}",
        ..Spec::default()
    };
    let published = desk.publish_spec(&Spec::default()).await?;
    let (_, published) = desk.change(published, &desk.campaign(&ended)?).await?;
    desk.assert_no_drift(&published).await?;
    let (_, published) = desk.change(published, &desk.campaign(&Spec::default())?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn ads_keywords_and_groups_come_and_go() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let spec = Spec {
        groups: "
  - name: Women
    keywords: [{text: tent, match: exact}, {text: stove}]
    ads: [{name: Stove, copy: {headline: Stoves that last}}]
  - name: Men
    keywords: [{text: tent}]
    ads: [{name: Tent}]",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Delete), ["ad:women/tent", "keyword:women/phrase:camping tent"]);
    desk.assert_no_drift(&published).await?;

    let (plan, published) = desk.change(published, &desk.campaign(&Spec::default())?).await?;
    assert!(steps(&plan, Action::Delete).contains(&"ad_group:men".to_owned()));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn what_keeps_searches_away_is_made_once_and_comes_and_goes() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let groups = "
  - name: Women
    keywords:
      - {text: camping tent}
      - {text: Used, match: phrase, negative: true}
      - {text: free tent, match: exact, negative: true}
    ads: [{name: Tent}]";
    let published = desk.publish_spec(&Spec { groups, ..Spec::default() }).await?;
    desk.assert_no_drift(&published).await?;
    let written = |verb: &str| {
        let call = format!("{verb} EntityNegativeKeywords");
        desk.writes().into_iter().filter(|write| *write == call).count()
    };
    assert_eq!(written("POST"), 1, "those of an ad group go together");

    let plan = desk.plan(&published.desired, &[])?;
    let again: Vec<_> = plan.steps.iter().filter(|step| step.object.path.contains("/not/")).collect();
    let mut ids = published.ids.clone();
    for outcome in desk.send(&again, &mut ids).await? {
        outcome?;
    }
    assert_eq!((again.len(), &ids), (2, &published.ids), "making them twice gives the same");
    assert_eq!(written("POST"), 1, "and what is there is not sent");

    let bare = groups.replace("      - {text: Used, match: phrase, negative: true}\n", "");
    let (plan, published) =
        desk.change(published, &desk.campaign(&Spec { groups: bare.leak(), ..Spec::default() })?).await?;
    assert_eq!(steps(&plan, Action::Delete), ["keyword:women/not/phrase:used"]);
    assert_eq!((plan.steps.len(), written("DELETE")), (1, 1));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_deleted_campaign_takes_everything_along() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    desk.carry_out(&plan, &mut published.ids.clone()).await?;
    for (object, observation) in published.desired.iter().zip(desk.observe(&published).await?) {
        assert_eq!(observation, Observation::Gone, "{}", object.key);
    }
    assert!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_survey_finds_everything_that_is_ours_and_nothing_of_others() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let own = desk.context.tag.clone();
    desk.context.tag = tag(&desk.context.account, "another");
    desk.publish_spec(&Spec::default()).await?;

    let found = desk.adapter.survey(&desk.access, &own).await?;
    desk.context.tag = own;
    let mut expected: Vec<_> =
        published.ids.iter().map(|(key, id)| (key.kind, desk.marker(key), id.clone())).collect();
    let mut found: Vec<_> =
        found.into_iter().map(|found| (found.kind, found.marker, found.remote_id)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    Ok(())
}

#[tokio::test]
async fn an_edit_by_somebody_else_is_seen_at_every_level() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let groups = "\n  - name: Women\n    keywords: [{text: tent}]\n    ads: [{name: Tent}]";
    let published = desk.publish_spec(&Spec { groups, ..Spec::default() }).await?;
    for (kind, field, value) in [
        (ObjectKind::Campaign, "DailyBudget", json!(80.5)),
        (ObjectKind::AdGroup, "Network", json!("OwnedAndOperatedAndSyndicatedSearch")),
        (ObjectKind::Keyword, "Status", json!("Paused")),
        (ObjectKind::Ad, "FinalUrls", json!(["https://elsewhere.example.com/"])),
    ] {
        let id = desk.only(&published, kind).0.rsplit('~').next().unwrap();
        let fields = serde_json::Map::from_iter([(field.to_owned(), value)]);
        desk.sandbox.edit_microsoft(id, fields)?;
        let plan = desk.plan(&published.desired, &desk.bound(&published).await?)?;
        assert!(plan.drift.iter().any(|drift| drift.change.field == field), "{field}: {:#?}", plan.drift);
    }
    Ok(())
}

#[tokio::test]
async fn what_microsoft_fixes_at_creation_is_a_conflict_and_not_sent() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let bound = desk.bound(&published).await?;
    desk.context.zone = chrono_tz::Asia::Tokyo;
    let plan = desk.plan(&desk.desired(&desk.campaign(&Spec::default())?)?, &bound)?;
    let fixed = |conflict: &Conflict| match conflict {
        Conflict::Immutable { change, .. } => Some(change.field.clone()),
        _ => None,
    };
    let fixed: Vec<String> = plan.conflicts.iter().filter_map(fixed).collect();
    assert_eq!(fixed, ["TimeZone"]);
    Ok(())
}

#[tokio::test]
async fn a_refused_ad_is_told_of_after_its_review() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let copy = "{primary_text: Tents, headline: Tents, more_headlines: [Light, Dry], \
                description: A miracle cure for the tired., more_descriptions: [Made to be mended.]}";
    let published = desk.publish_spec(&Spec { copy, ..Spec::default() }).await?;
    desk.sandbox.advance(TimeDelta::days(2))?;
    desk.access.token = desk.sandbox.microsoft_token().into();
    for (object, observation) in published.desired.iter().zip(desk.observe(&published).await?) {
        if object.key.kind == ObjectKind::Ad {
            let seen = present(&observation);
            assert_eq!(seen.effective.as_deref(), Some("Disapproved"), "{}", object.key);
            assert!(!seen.issues.is_empty());
            assert_eq!(seen.run, Some(RunState::Active), "it is still switched on");
        }
    }
    Ok(())
}

#[tokio::test]
async fn many_ads_go_fifty_at_a_time() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let ad = |n: usize| format!("\n      - {{name: Ad {n}, status: paused}}");
    let ads: String = (0..50).map(ad).collect();
    let group =
        |n: usize| format!("\n  - name: Group {n}\n    keywords: [{{text: tent {n}}}]\n    ads:{ads}");
    let groups: String = (0..2).map(group).collect();
    let published = desk.publish_spec(&Spec { groups: groups.leak(), ..Spec::default() }).await?;
    let calls = desk.writes().iter().filter(|call| *call == "POST Ads").count();
    assert_eq!(calls, 2, "{:#?}", desk.writes());
    desk.assert_no_drift(&published).await
}
