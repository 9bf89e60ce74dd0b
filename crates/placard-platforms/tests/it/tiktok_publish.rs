//! Publishing to TikTok, reading back, changing and removing.

use crate::{
    desk::{Published, present, tag},
    tiktok_desk::{CALL, Desk, FORM, PIXEL_AND_FORM, Spec},
};
use chrono::TimeDelta;
use placard_domain::{
    plan::{Action, Conflict, ObjectKind, Observation, Plan, RemoteIds},
    spec::RunState,
};
use placard_platforms::{AdPlatform, Retry};
use placard_sandbox::SandboxConfig;
use serde_json::json;

fn steps(plan: &Plan, action: Action) -> Vec<String> {
    plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
}

#[tokio::test]
async fn a_traffic_campaign_is_made_in_few_calls_and_nothing_differs_afterwards() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    assert_eq!(published.ids.len(), 2 + 1 + 1 + 2, "images, campaign, ad group, ads");
    let ends = [
        "campaign/create/",
        "image/ad/upload/",
        "image/ad/upload/",
        "adgroup/create/",
        "/ad/create/",
        "/ad/status/update/",
        "adgroup/status/update/",
        "campaign/status/update/",
    ];
    let writes = desk.writes();
    assert_eq!(writes.len(), ends.len(), "{writes:#?}");
    assert!(writes.iter().zip(ends).all(|(path, end)| path.ends_with(end)), "{writes:#?}");
    assert!(desk.sandbox.violations().is_empty());
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn budgets_of_ad_groups_with_two_ways_to_bid_survive_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        top: "schedule: {start: \"2026-11-10T08:00:00+01:00\", end: \"2026-11-30\"}",
        groups: "
  - name: Women
    budget: {daily: 25.55}
    bid: {strategy: bid_cap, amount: 0.85}
    ads: [{name: Tent, image: tent.png}]
  - name: Men
    budget: {lifetime: 999.99}
    audience: {genders: [male], expansion: true}
    locations: {include: [{country: FR}]}
    ads: [{name: Tent for men, image: tent.png}]",
        ..Spec::default()
    };
    let published = desk.publish_spec(&spec).await?;
    let images = published.ids.keys().filter(|key| key.kind == ObjectKind::Image).count();
    assert_eq!(images, 1, "the same content is one image");
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn sales_with_a_pixel_and_windows_survive_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        goal: "sales",
        top: "budget: {daily: 60.00}\nbid: {strategy: cost_cap, amount: 12.50}\n\
              conversion: {event: purchase, click_days: 7, view_days: 1}",
        tiktok: PIXEL_AND_FORM,
        ..Spec::default()
    };
    let published = desk.publish_spec(&spec).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn leads_come_through_a_form_that_was_made_at_tiktok() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec { goal: "leads", destination: FORM, tiktok: PIXEL_AND_FORM, ..Spec::default() };
    let published = desk.publish_spec(&spec).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn whoever_touches_the_button_dials_and_another_number_takes_another_ad() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec { goal: "calls", destination: CALL, ..Spec::default() };
    let published = desk.publish_spec(&spec).await?;
    desk.assert_no_drift(&published).await?;
    let other = Spec { destination: "call: {phone: \"+4366012345\"}", ..spec };
    let desired = desk.desired(&desk.campaign(&other)?)?;
    let plan = desk.plan(&desired, &desk.bound(&published).await?)?;
    assert!(plan.steps.is_empty() && plan.conflicts.len() == 2 * 3, "{:#?}", plan.conflicts);
    let renamed = Spec {
        groups: "
  - name: Women
    ads: [{name: Tent, key: austria, image: tent.png}]",
        ..other
    };
    let (plan, published) = desk.change(published, &desk.campaign(&renamed)?).await?;
    assert_eq!(steps(&plan, Action::Delete), ["ad:women/stove", "ad:women/tent"]);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_instant_without_a_spec_start_is_now_and_one_that_has_passed_too() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        top: "budget: {daily: 60.00}\nschedule: {start: \"2026-11-01\", end: \"2026-12-24\"}",
        ..Spec::default()
    };
    let published = desk.publish_spec(&spec).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_yen_account_counts_whole_yen() -> anyhow::Result<()> {
    let desk = Desk::open_in("JPY", SandboxConfig::default()).await?;
    let spec = Spec {
        currency: "JPY",
        top: "budget: {daily: 5000}",
        locations: "include: [{country: JP}]",
        ..Spec::default()
    };
    let published = desk.publish_spec(&spec).await?;
    let campaign = published.desired.iter().find(|object| object.key.kind == ObjectKind::Campaign).unwrap();
    assert_eq!(campaign.fields["budget"], json!("5000"));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn everything_is_made_waiting_and_the_campaign_is_switched_on_last() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.publish_spec(&Spec::default()).await?;
    let requests = desk.sandbox.requests(0);
    let made = |end: &str| requests.iter().find(|entry| entry.path.ends_with(end)).unwrap().params.clone();
    assert_eq!(made("/campaign/create/")["operation_status"], "DISABLE");
    assert_eq!(made("/adgroup/create/")["operation_status"], "DISABLE");
    let creatives = made("/ad/create/")["creatives"].clone();
    let creatives = creatives.as_array().unwrap();
    assert!(creatives.len() == 2 && creatives.iter().all(|one| one["operation_status"] == "DISABLE"));
    assert!(desk.writes().last().unwrap().ends_with("campaign/status/update/"));
    Ok(())
}

#[tokio::test]
async fn a_change_of_budget_places_bid_and_audience_is_sent_and_stays() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let first =
        Spec { top: "budget: {daily: 60.00}\nbid: {strategy: bid_cap, amount: 0.50}", ..Spec::default() };
    let published = desk.publish_spec(&first).await?;
    let spec = Spec {
        top: "budget: {daily: 75.05}\nbid: {strategy: bid_cap, amount: 1.20}",
        locations: "include: [{country: DE}, {country: FR}]",
        audience: "{age_min: 35, genders: [male], languages: [de, fr], expansion: true}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Update), ["ad_group:women", "campaign:spring-sale"]);
    assert_eq!(plan.steps.len(), 2, "{:#?}", plan.steps);
    desk.assert_no_drift(&published).await?;

    let bare = Spec { audience: "{}", ..first };
    let (_, published) = desk.change(published, &desk.campaign(&bare)?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn other_words_and_another_picture_are_an_edit_of_the_same_ads() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let before = published.ids.clone();
    let spec = Spec {
        copy: "{primary_text: Sleep well., headline: Tents, call_to_action: shop_now}",
        destination: "website: {url: \"https://shop.example.com/new\"}",
        groups: "
  - name: Women
    ads:
      - {name: Tent two, key: tent, image: tent-two.png}
      - {name: Stove, image: stove.png}",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Update), ["ad:women/stove", "ad:women/tent"]);
    assert_eq!(steps(&plan, Action::Create).len(), 1, "the new picture");
    let updates = desk.writes().into_iter().filter(|path| path.ends_with("/ad/update/")).count();
    assert_eq!(updates, 1, "ads of one ad group are changed together");
    let ads = |ids: &RemoteIds| -> Vec<_> {
        ids.iter().filter(|(key, _)| key.kind == ObjectKind::Ad).map(|(_, id)| id.clone()).collect()
    };
    assert_eq!(ads(&published.ids), ads(&before));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_end_can_be_set_and_taken_away() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let ended = Spec { top: "budget: {daily: 60.00}\nschedule: {end: \"2026-12-24\"}", ..Spec::default() };
    let published = desk.publish_spec(&Spec::default()).await?;
    let (_, published) = desk.change(published, &desk.campaign(&ended)?).await?;
    desk.assert_no_drift(&published).await?;
    let (_, published) = desk.change(published, &desk.campaign(&Spec::default())?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn ads_and_groups_come_and_go() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let spec = Spec {
        groups: "
  - name: Women
    ads: [{name: Stove, image: stove.png}, {name: Lamp, image: lamp.png}]
  - name: Men
    ads: [{name: Tent, image: tent.png}]",
        ..Spec::default()
    };
    let (plan, published) = desk.change(published, &desk.campaign(&spec)?).await?;
    assert_eq!(steps(&plan, Action::Delete), ["ad:women/tent"]);
    desk.assert_no_drift(&published).await?;

    let (plan, published) = desk.change(published, &desk.campaign(&Spec::default())?).await?;
    assert!(steps(&plan, Action::Delete).contains(&"ad_group:men".to_owned()));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_deleted_campaign_takes_everything_along() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    desk.carry_out(&plan, &mut published.ids.clone()).await?;

    let observed = desk.observe(&published).await?;
    for (object, observation) in published.desired.iter().zip(observed) {
        let stays = object.key.kind == ObjectKind::Image;
        assert_eq!(observation != Observation::Gone, stays, "{}", object.key);
    }
    assert!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_survey_finds_everything_that_is_marked_and_nothing_of_others() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let own = desk.context.tag.clone();
    desk.context.tag = tag(&desk.context.account, "another");
    desk.publish_spec(&Spec::default()).await?;

    let found = desk.adapter.survey(&desk.access, &own).await?;
    desk.context.tag = own;
    let mut expected: Vec<_> = published
        .ids
        .iter()
        .filter(|(key, _)| key.kind != ObjectKind::Image)
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
    let paused = Spec { top: "status: paused\nbudget: {daily: 60.00}", ..Spec::default() };
    let published = desk.publish_spec(&paused).await?;
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
async fn an_edit_by_somebody_else_is_seen_at_every_level() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec =
        Spec { groups: "\n  - name: Women\n    ads: [{name: Tent, image: tent.png}]", ..Spec::default() };
    let published = desk.publish_spec(&spec).await?;
    for (kind, field, value) in [
        (ObjectKind::Campaign, "budget", json!(80)),
        (ObjectKind::AdGroup, "age_groups", json!(["AGE_18_24"])),
        (ObjectKind::AdGroup, "languages", json!(["de", "en"])),
        (ObjectKind::Ad, "ad_text", json!("Other words")),
        (ObjectKind::Ad, "landing_page_url", json!("https://elsewhere.example.com")),
    ] {
        let id = &desk.only(&published, kind).0;
        let fields = serde_json::Map::from_iter([(field.to_owned(), value)]);
        desk.sandbox.edit_tiktok(id, fields)?;
        let plan = desk.plan(&published.desired, &desk.bound(&published).await?)?;
        assert!(plan.drift.iter().any(|drift| drift.change.field == field), "{field}: {:#?}", plan.drift);
    }
    Ok(())
}

#[tokio::test]
async fn what_tiktok_fixes_at_creation_is_a_conflict_and_not_sent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let total =
        Spec { top: "budget: {lifetime: 3000.00}\nschedule: {end: \"2026-11-30\"}", ..Spec::default() };
    let desired = desk.desired(&desk.campaign(&total)?)?;
    let plan = desk.plan(&desired, &desk.bound(&published).await?)?;
    let fixed = |conflict: &Conflict| match conflict {
        Conflict::Immutable { change, .. } => Some(change.field.clone()),
        _ => None,
    };
    let fixed: Vec<String> = plan.conflicts.iter().filter_map(fixed).collect();
    assert_eq!(fixed, ["budget_mode"]);
    Ok(())
}

#[tokio::test]
async fn a_picture_sent_twice_is_stored_twice_and_both_can_be_read() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired = desk.desired(&desk.campaign(&Spec::default())?)?;
    let desired: Vec<_> = desired.into_iter().filter(|object| object.key.kind == ObjectKind::Image).collect();
    let plan = desk.plan(&desired, &[])?;
    let (mut first, mut second) = (RemoteIds::new(), RemoteIds::new());
    desk.carry_out(&plan, &mut first).await?;
    desk.carry_out(&plan, &mut second).await?;
    assert_ne!(first, second);
    desk.assert_no_drift(&Published { desired: desired.clone(), ids: first }).await?;
    desk.assert_no_drift(&Published { desired, ids: second }).await
}

/// An ad with a video, and one beside it without.
const WITH_VIDEO: &str = "
  - name: Women
    ads:
      - {name: Tent, image: cover.png, video: \"asset:clip.mp4\"}
      - {name: Stove, image: stove.png}";

#[tokio::test]
async fn a_video_is_shown_with_its_cover_and_survives_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec { groups: WITH_VIDEO, ..Spec::default() }).await?;
    let kinds = |kind| published.ids.keys().filter(|key| key.kind == kind).count();
    assert_eq!((kinds(ObjectKind::Video), kinds(ObjectKind::Image), kinds(ObjectKind::Ad)), (1, 2, 2));
    assert!(desk.sandbox.violations().is_empty());
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_ad_waits_for_its_video_without_a_call_that_writes() -> anyhow::Result<()> {
    let config = SandboxConfig { in_process: TimeDelta::seconds(20), ..SandboxConfig::default() };
    let desk = Desk::open_in("EUR", config).await?;
    let steps = desk.creates(&desk.campaign(&Spec { groups: WITH_VIDEO, ..Spec::default() })?)?;
    let mut ids = desk.before(&steps, ObjectKind::Ad).await?;
    let ads: Vec<_> = steps.iter().filter(|step| step.object.kind == ObjectKind::Ad).collect();
    let before = desk.writes().len();
    for outcome in desk.send(&ads, &mut ids).await? {
        let error = outcome.unwrap_err();
        assert!(matches!(error.kind.retry_write(), Retry::Again(Some(_))), "{error}");
        assert!(error.message.contains("still preparing the video v10033g5"), "{error}");
    }
    assert_eq!(desk.writes().len(), before, "nothing was written");
    desk.sandbox.advance(TimeDelta::seconds(20))?;
    for outcome in desk.send(&ads, &mut ids).await? {
        outcome?;
    }
    assert_eq!(desk.writes().len(), before + 1);
    Ok(())
}

#[tokio::test]
async fn another_video_changes_the_ad_and_one_instead_of_a_picture_takes_another_ad() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec { groups: WITH_VIDEO, ..Spec::default() }).await?;
    let other = WITH_VIDEO.replace("clip.mp4", "other.mp4").leak();
    let campaign = desk.campaign(&Spec { groups: other, ..Spec::default() })?;
    let (plan, published) = desk.change(published, &campaign).await?;
    assert_eq!(steps(&plan, Action::Update), ["ad:women/tent"]);
    desk.assert_no_drift(&published).await?;
    let both = other.replace("stove.png", "cover.png, video: \"asset:clip.mp4\"").leak();
    let desired = desk.desired(&desk.campaign(&Spec { groups: both, ..Spec::default() })?)?;
    let plan = desk.plan(&desired, &desk.bound(&published).await?)?;
    let fixed = |conflict: &Conflict| match conflict {
        Conflict::Immutable { change, .. } => Some(change.field.clone()),
        _ => None,
    };
    assert_eq!(plan.conflicts.iter().filter_map(fixed).collect::<Vec<_>>(), ["ad_format"]);
    Ok(())
}

#[tokio::test]
async fn many_ad_groups_are_switched_on_twenty_at_a_time() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let group = |n: usize| format!("\n  - name: Group {n}\n    ads: [{{name: Tent, image: tent.png}}]");
    let groups: String = (0..45).map(group).collect();
    let published = desk.publish_spec(&Spec { groups: groups.leak(), ..Spec::default() }).await?;
    let count = |end: &str| desk.writes().iter().filter(|path| path.ends_with(end)).count();
    assert_eq!(count("adgroup/status/update/") + count("/ad/status/update/"), 6, "{:#?}", desk.writes());
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_refused_ad_is_told_of_in_tiktoks_words() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let copy = "{primary_text: A miracle cure for the tired., headline: Tents}";
    let published = desk.publish_spec(&Spec { copy, ..Spec::default() }).await?;
    desk.sandbox.advance(TimeDelta::days(2))?;
    for (object, observation) in published.desired.iter().zip(desk.observe(&published).await?) {
        if object.key.kind == ObjectKind::Ad {
            let seen = present(&observation);
            assert_eq!(seen.effective.as_deref(), Some("AD_STATUS_AUDIT_DENY"), "{}", object.key);
            assert!(seen.issues.iter().any(|issue| issue.contains("miracle cure")), "{:?}", seen.issues);
            assert_eq!(seen.run, Some(RunState::Active), "it is still switched on");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_suspended_account_agrees_to_everything_and_reading_shows_that_nothing_happened()
-> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let paused = Spec { top: "status: paused\nbudget: {daily: 60.00}", ..Spec::default() };
    let published = desk.publish_spec(&paused).await?;
    let running = desk.desired(&desk.campaign(&Spec::default())?)?;
    let plan = desk.plan(&running, &desk.bound(&published).await?)?;
    desk.control(&format!("accounts/{}", desk.access.account.id), json!({"status": "STATUS_LIMIT"})).await?;

    desk.carry_out(&plan, &mut published.ids.clone()).await?;
    let campaign = published.desired.iter().position(|object| object.key.kind == ObjectKind::Campaign);
    let seen = desk.observe(&published).await?;
    assert_eq!(present(&seen[campaign.unwrap()]).run, Some(RunState::Paused));
    assert!(!desk.adapter.health(&desk.access).await?.blockers.is_empty());
    Ok(())
}
