//! Numbers from TikTok.

use crate::{
    desk::Published,
    tiktok_desk::{Desk, PIXEL_AND_FORM, Spec},
};
use chrono::{NaiveDate, TimeDelta};
use placard_domain::{
    metric::Level,
    plan::{Action, ObjectKind},
};
use placard_platforms::{
    AdPlatform, ErrorKind,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
};
use rust_decimal::Decimal;

/// A sales campaign that has run for some days, and those days.
async fn running() -> anyhow::Result<(Desk, Published, (NaiveDate, NaiveDate))> {
    let desk = Desk::open().await?;
    let spec = Spec {
        goal: "sales",
        top: "budget: {daily: 200.00}\nconversion: {event: purchase}",
        tiktok: PIXEL_AND_FORM,
        ..Spec::default()
    };
    let published = desk.publish_spec(&spec).await?;
    let since = desk.sandbox.now().with_timezone(&desk.context.zone).date_naive();
    desk.sandbox.advance(TimeDelta::days(6))?;
    Ok((desk, published, (since, since + TimeDelta::days(5))))
}

async fn ask(
    desk: &Desk,
    days: (NaiveDate, NaiveDate),
    level: Level,
    grain: Grain,
    breakdown: Option<Breakdown>,
) -> anyhow::Result<Vec<InsightsRow>> {
    let query = InsightsQuery { level, since: days.0, until: days.1, grain, breakdown };
    Ok(desk.adapter.insights(&desk.access, &query).await?)
}

fn sums(rows: &[InsightsRow]) -> (i64, i64, Decimal, Decimal) {
    rows.iter().fold((0, 0, Decimal::ZERO, Decimal::ZERO), |(shown, clicks, spend, conversions), row| {
        (shown + row.impressions, clicks + row.clicks, spend + row.spend, conversions + row.conversions)
    })
}

#[tokio::test]
async fn all_levels_add_up_to_the_same_and_conversions_have_a_value() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let campaign = ask(&desk, days, Level::Campaign, Grain::Daily, None).await?;
    assert!(campaign.iter().any(|row| row.impressions > 0 && row.spend > Decimal::ZERO), "{campaign:#?}");
    assert!(campaign.iter().any(|row| row.conversion_value > row.conversions), "{campaign:#?}");
    let own = desk.only(&published, ObjectKind::Campaign);
    assert!(campaign.iter().all(|row| row.entity_id == own.0 && row.currency.code() == "EUR"));
    for level in [Level::Account, Level::AdGroup, Level::Ad] {
        assert_eq!(sums(&ask(&desk, days, level, Grain::Daily, None).await?), sums(&campaign), "{level:?}");
    }
    Ok(())
}

#[tokio::test]
async fn names_and_parents_are_told() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let campaign = desk.only(&published, ObjectKind::Campaign);
    let group = desk.only(&published, ObjectKind::AdGroup);
    let groups = ask(&desk, days, Level::AdGroup, Grain::Daily, None).await?;
    assert!(!groups.is_empty() && groups.iter().all(|row| row.parent_id.as_ref() == Some(&campaign.0)));
    assert!(groups.iter().all(|row| row.entity_name.as_ref().is_some_and(|name| name.starts_with("Women"))));
    let ads = ask(&desk, days, Level::Ad, Grain::Daily, None).await?;
    assert!(!ads.is_empty() && ads.iter().all(|row| row.parent_id.as_ref() == Some(&group.0)));
    Ok(())
}

#[tokio::test]
async fn hours_add_up_to_their_days() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    let two = (days.0 + TimeDelta::days(1), days.0 + TimeDelta::days(2));
    let hours = ask(&desk, two, Level::Campaign, Grain::Hourly, None).await?;
    assert!(hours.len() > 2 && hours.iter().all(|row| row.hour.is_some()));
    let whole = ask(&desk, two, Level::Campaign, Grain::Daily, None).await?;
    assert_eq!(sums(&hours), sums(&whole));
    Ok(())
}

#[tokio::test]
async fn every_split_adds_up_to_the_whole() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    for level in [Level::Account, Level::Campaign, Level::AdGroup, Level::Ad] {
        let whole = sums(&ask(&desk, days, level, Grain::Daily, None).await?);
        for breakdown in [
            Breakdown::Age,
            Breakdown::Gender,
            Breakdown::AgeGender,
            Breakdown::Country,
            Breakdown::Placement,
            Breakdown::Device,
        ] {
            let rows = ask(&desk, days, level, Grain::Daily, Some(breakdown)).await?;
            assert!(rows.iter().all(|row| row.segment.is_some()));
            assert_eq!(sums(&rows), whole, "{level:?} {breakdown:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_still_counts() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let before = sums(&ask(&desk, days, Level::Ad, Grain::Daily, None).await?);
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    assert!(plan.steps.iter().any(|step| step.action == Action::Delete));
    desk.carry_out(&plan, &mut published.ids.clone()).await?;
    assert_eq!(sums(&ask(&desk, days, Level::Ad, Grain::Daily, None).await?), before);
    Ok(())
}

#[tokio::test]
async fn a_span_longer_than_tiktok_takes_is_asked_for_in_parts() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    let long = (days.0 - TimeDelta::days(80), days.1);
    let before = desk.sandbox.requests(0).len();
    let rows = ask(&desk, long, Level::Account, Grain::Daily, None).await?;
    assert_eq!(sums(&rows), sums(&ask(&desk, days, Level::Account, Grain::Daily, None).await?));
    let reports = desk.sandbox.requests(0).into_iter().skip(before);
    assert_eq!(reports.filter(|entry| entry.path.ends_with("/report/integrated/get/")).count(), 3 + 1);
    Ok(())
}

#[tokio::test]
async fn what_tiktok_cannot_split_is_refused_without_asking() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let before = desk.sandbox.requests(0).len();
    let day = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    let breakdown = Some(Breakdown::Age);
    let query =
        InsightsQuery { level: Level::Campaign, since: day, until: day, grain: Grain::Hourly, breakdown };
    let refused = desk.adapter.insights(&desk.access, &query).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
    assert_eq!(desk.sandbox.requests(0).len(), before);
    Ok(())
}
