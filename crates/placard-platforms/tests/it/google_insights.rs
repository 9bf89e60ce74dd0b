//! Numbers from Google.

use crate::{
    desk::Published,
    google_desk::{Desk, Spec},
};
use chrono::{NaiveDate, TimeDelta};
use placard_domain::{metric::Level, plan::ObjectKind};
use placard_platforms::{
    AdPlatform, ErrorKind,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
};
use rust_decimal::Decimal;

/// A campaign that has run for some days, and those days.
async fn running() -> anyhow::Result<(Desk, Published, (NaiveDate, NaiveDate))> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
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
    // A new token, because days have passed.
    let mut access = desk.access.clone();
    access.token = desk.sandbox.google_tokens().0.into();
    Ok(desk.adapter.insights(&access, &query).await?)
}

fn sums(rows: &[InsightsRow]) -> (i64, i64, Decimal, Decimal) {
    rows.iter().fold((0, 0, Decimal::ZERO, Decimal::ZERO), |(shown, clicks, spend, conversions), row| {
        (shown + row.impressions, clicks + row.clicks, spend + row.spend, conversions + row.conversions)
    })
}

#[tokio::test]
async fn all_levels_add_up_to_the_same() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let campaign = ask(&desk, days, Level::Campaign, Grain::Daily, None).await?;
    assert!(campaign.iter().any(|row| row.impressions > 0 && row.spend > Decimal::ZERO), "{campaign:#?}");
    let own = desk.only(&published, ObjectKind::Campaign);
    assert!(campaign.iter().all(|row| row.entity_id == own.0));
    for level in [Level::Account, Level::AdGroup, Level::Ad] {
        assert_eq!(sums(&ask(&desk, days, level, Grain::Daily, None).await?), sums(&campaign), "{level:?}");
    }
    Ok(())
}

#[tokio::test]
async fn parents_are_named() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let campaign = desk.only(&published, ObjectKind::Campaign);
    let group = desk.only(&published, ObjectKind::AdGroup);
    let groups = ask(&desk, days, Level::AdGroup, Grain::Daily, None).await?;
    assert!(!groups.is_empty() && groups.iter().all(|row| row.parent_id.as_ref() == Some(&campaign.0)));
    let ads = ask(&desk, days, Level::Ad, Grain::Daily, None).await?;
    assert!(!ads.is_empty() && ads.iter().all(|row| row.parent_id.as_ref() == Some(&group.0)));
    Ok(())
}

#[tokio::test]
async fn hours_add_up_to_their_day() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    let day = (days.0 + TimeDelta::days(2), days.0 + TimeDelta::days(2));
    let hours = ask(&desk, day, Level::Campaign, Grain::Hourly, None).await?;
    assert!(hours.len() > 1 && hours.iter().all(|row| row.hour.is_some()));
    let whole = ask(&desk, day, Level::Campaign, Grain::Daily, None).await?;
    assert_eq!(sums(&hours), sums(&whole));
    Ok(())
}

#[tokio::test]
async fn every_split_adds_up_to_the_whole() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    for level in [Level::Account, Level::Campaign, Level::AdGroup] {
        let whole = sums(&ask(&desk, days, level, Grain::Daily, None).await?);
        for breakdown in
            [Breakdown::Age, Breakdown::Gender, Breakdown::Country, Breakdown::Placement, Breakdown::Device]
        {
            let rows = ask(&desk, days, level, Grain::Daily, Some(breakdown)).await?;
            assert!(rows.iter().all(|row| row.segment.is_some()));
            assert_eq!(sums(&rows), whole, "{level:?} {breakdown:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_google_cannot_split_is_refused_without_asking() -> anyhow::Result<()> {
    let (desk, _, days) = running().await?;
    let before = desk.sandbox.requests(0).len();
    let query = InsightsQuery {
        level: Level::Campaign,
        since: days.0,
        until: days.1,
        grain: Grain::Daily,
        breakdown: Some(Breakdown::AgeGender),
    };
    let refused = desk.adapter.insights(&desk.access, &query).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
    assert_eq!(desk.sandbox.requests(0).len(), before);
    Ok(())
}
