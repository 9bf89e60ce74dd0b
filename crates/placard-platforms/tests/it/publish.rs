//! Publishing, reading back, changing and removing.

use crate::{
    desk::present,
    meta_desk::Desk,
    specs::{Spec, calls, leads, sales},
};
use placard_domain::{
    plan::{Action, ObjectKey, ObjectKind, Observation},
    spec::RunState,
};
use placard_platforms::AdPlatform;
use placard_sandbox::{NodeId, SandboxConfig};
use serde_json::{Map, Value, json};

#[tokio::test]
async fn a_traffic_campaign_is_published_and_nothing_differs_afterwards() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;

    assert_eq!(published.ids.len(), 2 + 1 + 1 + 2 + 2, "images, campaign, ad set, creatives, ads");
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_sales_campaign_with_budgets_on_its_ad_groups_is_published() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&sales().campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_leads_campaign_brings_its_form() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&leads().campaign()?).await?;

    desk.only(&published, ObjectKind::LeadForm);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_call_campaign_dials() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&calls().campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn awareness_engagement_and_leads_on_a_website_are_published() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let lead =
        Spec { goal: "leads", top: "budget: {daily: 90.00}\nconversion: {event: lead}", ..Spec::default() };
    let plain = |goal| Spec { goal, ..Spec::default() };
    for spec in [plain("awareness"), plain("engagement"), lead] {
        let published = desk.publish(&spec.campaign()?).await?;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_lifetime_budget_and_every_kind_of_place_survive_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        top: "budget: {lifetime: 900.00}\nschedule: {start: \"2026-11-10T08:00:00+01:00\", end: \"2026-11-30\"}",
        locations: "include:
    - {postal_code: \"DE:10115\"}
    - {point: {latitude: 48.137154, longitude: 11.576124, radius_km: 25}}
  exclude: [{country: AT}]",
        audience: "{expansion: true}",
        meta: "{page: \"2001\", instagram: \"4001\", beneficiary: B, payor: P, publishers: [facebook, instagram]}",
        ..Spec::default()
    };
    let published = desk.publish(&spec.campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_yen_account_counts_in_whole_yen() -> anyhow::Result<()> {
    let desk = Desk::open_on("act_1003", SandboxConfig::default()).await?;
    let spec = Spec {
        currency: "JPY",
        top: "budget: {daily: 3000}",
        locations: "include: [{country: JP}]",
        meta: "{page: \"2001\", beneficiary: B, payor: P}",
        ..Spec::default()
    };
    let published = desk.publish(&spec.campaign()?).await?;

    let campaign = published.desired.iter().find(|object| object.key.kind == ObjectKind::Campaign).unwrap();
    assert_eq!(campaign.fields["daily_budget"], json!("3000"));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn nothing_runs_before_everything_is_there() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.publish(&Spec::default().campaign()?).await?;

    let requests = desk.sandbox.requests(0);
    let first_active =
        requests.iter().position(|entry| entry.params.get("status") == Some(&json!("ACTIVE"))).unwrap();
    let last_create = requests.iter().rposition(|entry| entry.path.ends_with("/ads")).unwrap();
    assert!(last_create < first_active);
    let unpaused =
        |path: &str| path.ends_with("/campaigns") || path.ends_with("/adsets") || path.ends_with("/ads");
    for entry in requests.iter().filter(|entry| entry.method == "POST" && unpaused(&entry.path)) {
        assert_eq!(entry.params["status"], json!("PAUSED"), "{}", entry.path);
    }
    Ok(())
}

#[tokio::test]
async fn images_go_in_one_call_and_ready_steps_in_one_batch() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let before = desk.sandbox.requests(0).len();
    desk.publish(&Spec::default().campaign()?).await?;

    let requests = desk.sandbox.requests(0);
    let calls = requests[before..].iter().filter(|entry| entry.batch.is_none()).count();
    assert!(
        calls <= 8,
        "{calls} calls: {:#?}",
        requests[before..].iter().map(|entry| &entry.path).collect::<Vec<_>>()
    );
    let uploads =
        requests.iter().filter(|entry| entry.path.ends_with("/adimages") && entry.method == "POST").count();
    assert_eq!(uploads, 1);
    Ok(())
}

#[tokio::test]
async fn a_hand_edit_is_drift_and_names_the_field() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&sales().campaign()?).await?;
    let group = published.ids.iter().find(|(key, _)| key.to_string() == "ad_group:men").unwrap().1;
    let edited = Map::from_iter([
        ("bid_amount".to_owned(), json!(1400)),
        ("end_time".to_owned(), json!("2026-12-05T00:00:00+0100")),
    ]);
    desk.sandbox.edit(NodeId(group.0.parse()?), edited)?;

    let plan = desk.plan(&published.desired, &desk.bound(&published).await?)?;
    let fields: Vec<&str> = plan.drift.iter().map(|drift| drift.change.field.as_str()).collect();
    assert_eq!(fields, ["bid_amount", "end_time"]);
    assert!(plan.steps.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_renamed_object_is_drift_even_if_its_marker_stays() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let id = desk.only(&published, ObjectKind::Campaign);
    let name = desk.marker(&ObjectKey::new(ObjectKind::Campaign, "spring-sale")).mark("Somebody's name");
    desk.sandbox.edit(NodeId(id.0.parse()?), Map::from_iter([("name".to_owned(), name.into())]))?;

    let plan = desk.plan(&published.desired, &desk.bound(&published).await?)?;
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(plan.drift[0].change.after, Some(json!("Somebody's name")));
    Ok(())
}

#[tokio::test]
async fn a_change_of_budget_and_audience_is_one_update_each() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let spec = Spec { top: "budget: {daily: 45.00}", audience: "{age_min: 30}", ..Spec::default() };
    let (plan, published) = desk.change(published, &spec.campaign()?).await?;

    assert_eq!(desk.steps(&plan, Action::Update), ["ad_group:women", "campaign:spring-sale"]);
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn an_end_can_be_set_and_taken_away() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let open = Spec::default();
    let ended = Spec { top: "budget: {daily: 30.00}\nschedule: {end: \"2026-12-24\"}", ..Spec::default() };
    let published = desk.publish(&open.campaign()?).await?;
    let (_, published) = desk.change(published, &ended.campaign()?).await?;
    desk.assert_no_drift(&published).await?;
    let (_, published) = desk.change(published, &open.campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn other_words_are_another_creative_and_the_old_one_goes() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let spec = Spec { copy: "{primary_text: Sleep well., headline: Tents}", ..Spec::default() };
    let (plan, mut published) = desk.change(published, &spec.campaign()?).await?;

    assert_eq!(desk.steps(&plan, Action::Create).len(), 2);
    assert_eq!(desk.steps(&plan, Action::Update).len(), 2, "both ads point to their new creative");
    assert_eq!(desk.steps(&plan, Action::Delete).len(), 2);
    published.ids.retain(|key, _| published.desired.iter().any(|object| object.key == *key));
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn a_fixed_field_is_a_conflict() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let bound = desk.bound(&published).await?;
    let desired = desk.desired(&Spec { goal: "engagement", ..Spec::default() }.campaign()?)?;
    assert!(!desk.plan(&desired, &bound)?.conflicts.is_empty());
    Ok(())
}

#[tokio::test]
async fn pausing_and_resuming_is_seen() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let paused = Spec { top: "status: paused\nbudget: {daily: 30.00}", ..Spec::default() };
    let (plan, published) = desk.change(published, &paused.campaign()?).await?;
    assert_eq!(desk.steps(&plan, Action::Pause), ["campaign:spring-sale"]);

    let observations = desk.observe(&published).await?;
    let kinds = published.desired.iter().map(|object| object.key.kind);
    for (kind, observation) in kinds.zip(&observations) {
        let run = present(observation).run;
        let expected = match kind {
            ObjectKind::Campaign => Some(RunState::Paused),
            ObjectKind::AdGroup | ObjectKind::Ad => Some(RunState::Active),
            _ => None,
        };
        assert_eq!(run, expected, "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn everything_can_be_removed_and_is_gone_then() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&leads().campaign()?).await?;
    let bound = desk.bound(&published).await?;
    let plan = desk.plan(&[], &bound)?;
    let mut ids = published.ids.clone();
    desk.carry_out(&plan, &mut ids).await?;

    let observations = desk.observe(&published).await?;
    for (object, observation) in published.desired.iter().zip(observations) {
        // Others may use a picture, and a form holds its leads.
        let kept = matches!(object.key.kind, ObjectKind::Image | ObjectKind::LeadForm);
        assert_eq!(observation != Observation::Gone, kept, "{}", object.key);
    }
    Ok(())
}

#[tokio::test]
async fn a_survey_finds_every_living_object_of_the_campaign_on_all_pages() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&leads().campaign()?).await?;
    let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;

    for (key, id) in published.ids.iter().filter(|(key, _)| key.kind != ObjectKind::Image) {
        let marker = desk.marker(key);
        let of_key: Vec<_> = found.iter().filter(|found| found.marker == marker).collect();
        assert_eq!(of_key.len(), 1, "{key}");
        assert_eq!((&of_key[0].remote_id, of_key[0].kind), (id, key.kind));
    }
    assert_eq!(found.len(), published.ids.keys().filter(|key| key.kind != ObjectKind::Image).count());
    Ok(())
}

#[tokio::test]
async fn a_survey_follows_pages_past_the_first_hundred() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let ads: String = (0..45).map(|n| format!("\n      - {{name: Ad {n}, image: tent.png}}")).collect();
    let groups: String =
        ["a", "b", "c"].iter().map(|key| format!("\n  - name: Group {key}\n    ads:{ads}")).collect();
    let spec = Spec { groups: Box::leak(groups.into_boxed_str()), ..Spec::default() };
    let published = desk.publish(&spec.campaign()?).await?;
    let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;

    let ads = found.iter().filter(|found| found.kind == ObjectKind::Ad).count();
    assert_eq!(ads, 135);
    assert_eq!(found.len(), published.ids.len() - 1, "all but the image");
    Ok(())
}

#[tokio::test]
async fn an_object_that_was_never_there_is_gone() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut published = desk.publish(&Spec::default().campaign()?).await?;
    let key = ObjectKey::new(ObjectKind::Campaign, "spring-sale");
    published.ids.insert(key.clone(), placard_domain::RemoteId("23999999999999999".to_owned()));
    let observations = desk.observe(&published).await?;
    let index = published.desired.iter().position(|object| object.key == key).unwrap();
    assert_eq!(observations[index], Observation::Gone);
    Ok(())
}

#[tokio::test]
async fn a_refused_ad_tells_why() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let copy = format!("{{primary_text: {}, headline: Tents}}", placard_sandbox::DISAPPROVED_PHRASE);
    let spec = Spec { copy: Box::leak(copy.into_boxed_str()), ..Spec::default() };
    let published = desk.publish(&spec.campaign()?).await?;
    desk.sandbox.advance(chrono::TimeDelta::hours(1))?;

    let observations = desk.observe(&published).await?;
    let ad = published.desired.iter().position(|object| object.key.kind == ObjectKind::Ad).unwrap();
    let observed = present(&observations[ad]);
    assert_eq!(observed.effective.as_deref(), Some("DISAPPROVED"));
    assert!(!observed.issues.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_meta_refuses_blames_the_field() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired = desk.desired(&Spec::default().campaign()?)?;
    let mut plan = desk.plan(&desired, &[])?;
    let step = plan.steps.iter_mut().find(|step| step.object.kind == ObjectKind::Campaign).unwrap();
    step.fields.insert("daily_budget".to_owned(), Value::from("1"));
    let request = desk.request(step, &Default::default())?;
    let outcome = desk.adapter.execute(&desk.access, &[request]).await.remove(0);

    let error = outcome.unwrap_err();
    assert_eq!(error.kind, placard_platforms::ErrorKind::Refused);
    assert_eq!((error.number(), error.field.as_deref()), (Some(100), Some("daily_budget")));
    Ok(())
}

#[tokio::test]
async fn a_small_budget_that_passes_the_checks_is_accepted() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for (goal, top) in [
        ("traffic", "budget: {daily: 1.00}"),
        ("sales", "budget: {daily: 5.00}\nconversion: {event: purchase}"),
        ("engagement", "budget: {daily: 1.00}"),
    ] {
        desk.publish(&Spec { goal, top, ..Spec::default() }.campaign()?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_flight_may_begin_earlier_on_the_day_it_is_published() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let top = "budget: {daily: 30.00}\nschedule: {start: \"2026-11-02\", end: \"2026-11-20\"}";
    let published = desk.publish(&Spec { top, ..Spec::default() }.campaign()?).await?;
    desk.assert_no_drift(&published).await
}
