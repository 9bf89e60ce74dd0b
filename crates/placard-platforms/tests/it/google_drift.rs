//! What others do to campaigns on Google.

use crate::{
    desk::{Published, present},
    google_desk::{Desk, Spec},
    google_publish::writes,
};
use placard_domain::plan::{ObjectKind, Observation};
use placard_platforms::{AdPlatform, ErrorKind};
use serde_json::{Map, Value, json};

#[tokio::test]
async fn a_hand_edit_is_drift_and_names_the_field() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let campaign = desk.name("campaigns", &desk.only(&published, ObjectKind::Campaign).0);
    let edit = Map::from_iter([("endDateTime".to_owned(), json!("2026-12-05 23:59:59"))]);
    desk.sandbox.edit_google(&campaign, edit)?;
    let group = desk.name("adGroups", &desk.only(&published, ObjectKind::AdGroup).0);
    desk.sandbox.edit_google(&group, Map::from_iter([("status".to_owned(), json!("PAUSED"))]))?;

    let plan = desk.plan(&published.desired, &desk.bound(&published).await?)?;
    let fields: Vec<&str> = plan.drift.iter().map(|drift| drift.change.field.as_str()).collect();
    assert!(fields.contains(&"endDateTime") && fields.contains(&"status"), "{:#?}", plan.drift);
    assert_eq!(fields.len(), 2);
    assert!(plan.steps.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_budget_that_others_may_use_is_neither_changed_nor_removed() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let made = writes(&desk).into_iter().flatten().count();
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    let changed = Spec { top: "budget: {daily: 45.00}", ..Spec::default() };
    let update = desk.plan(&desk.desired(&changed.campaign()?)?, &desk.bound(&published).await?)?;
    desk.sandbox.edit_google(
        &budget(&desk, &published),
        Map::from_iter([("explicitlyShared".to_owned(), json!(true))]),
    )?;

    let request = desk.request(&update.steps[0], &published.ids)?;
    let refused = desk.adapter.execute(&desk.access, &[request]).await.remove(0).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
    let step = plan.steps.iter().find(|step| step.object.kind == ObjectKind::Campaign).unwrap();
    let request = desk.request(step, &published.ids)?;
    desk.adapter.execute(&desk.access, &[request]).await.remove(0)?;
    let last: Vec<Value> = writes(&desk).into_iter().flatten().skip(made).collect();
    assert_eq!(last.len(), 1, "{last:#?}");
    Ok(())
}

/// The resource name of the campaign's budget.
fn budget(desk: &Desk, published: &Published) -> String {
    let campaign = desk.name("campaigns", &desk.only(published, ObjectKind::Campaign).0);
    let world = desk.sandbox.world(Some(&desk.access.account.id));
    find(&world, &campaign).and_then(|found| found["campaignBudget"].as_str().map(str::to_owned)).unwrap()
}

/// The object within `value` whose resource name is `name`.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) if members.get("resourceName").and_then(Value::as_str) == Some(name) => {
            Some(value)
        }
        Value::Object(members) => members.values().find_map(|member| find(member, name)),
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

#[tokio::test]
async fn a_place_that_somebody_removed_already_need_not_be_removed() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let changed = Spec { locations: "include: [{country: DE}]", ..Spec::default() };
    let plan = desk.plan(&desk.desired(&changed.campaign()?)?, &desk.bound(&published).await?)?;
    let request = desk.request(&plan.steps[0], &published.ids)?;
    for _ in 0..2 {
        desk.adapter.execute(&desk.access, std::slice::from_ref(&request)).await.remove(0)?;
    }
    let places =
        desk.observe(&Published { desired: desk.desired(&changed.campaign()?)?, ids: published.ids }).await?;
    let campaign = present(&places[0]);
    assert_eq!(campaign.fields["locations"].as_array().unwrap().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_campaign_that_somebody_removed_is_gone_with_all_that_is_in_it() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let campaign = desk.name("campaigns", &desk.only(&published, ObjectKind::Campaign).0);
    desk.sandbox.edit_google(&campaign, Map::from_iter([("status".to_owned(), json!("REMOVED"))]))?;
    let observed = desk.observe(&published).await?;
    assert!(observed.iter().all(|observation| *observation == Observation::Gone), "{observed:#?}");
    assert!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.is_empty());
    Ok(())
}
