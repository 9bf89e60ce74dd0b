//! Numbers from Microsoft.

use crate::{
    desk::Published,
    microsoft_desk::{Desk, Spec},
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
    let mut desk = Desk::open().await?;
    let groups = "\n  - name: Women\n    keywords: [{text: tent}]\n    ads: [{name: Tent}]";
    let top = "budget: {daily: 200.00}\nconversion: {event: purchase}";
    let spec = Spec { goal: "sales", top, groups, audience: "{}", ..Spec::default() };
    let published = desk.publish_spec(&spec).await?;
    let since = desk.sandbox.now().with_timezone(&desk.context.zone).date_naive();
    desk.sandbox.advance(TimeDelta::days(6))?;
    desk.access.token = desk.sandbox.microsoft_token().into();
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
async fn all_levels_add_up_to_the_same_and_tell_names_and_parents() -> anyhow::Result<()> {
    let (desk, published, days) = running().await?;
    let campaign = ask(&desk, days, Level::Campaign, Grain::Daily, None).await?;
    assert!(campaign.iter().any(|row| row.impressions > 0 && row.spend > Decimal::ZERO), "{campaign:#?}");
    let own = desk.only(&published, ObjectKind::Campaign);
    assert!(campaign.iter().all(|row| row.entity_id == own.0 && row.currency.code() == "EUR"));
    for level in [Level::Account, Level::AdGroup, Level::Ad] {
        assert_eq!(sums(&ask(&desk, days, level, Grain::Daily, None).await?), sums(&campaign), "{level:?}");
    }
    let groups = ask(&desk, days, Level::AdGroup, Grain::Daily, None).await?;
    assert!(groups.iter().all(|row| row.parent_id.as_ref() == Some(&own.0)));
    assert!(groups.iter().all(|row| row.entity_name.as_ref().is_some_and(|name| name.starts_with("Women"))));
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
    use Breakdown::{Age, AgeGender, Country, Device, Gender, Placement};
    let (desk, _, days) = running().await?;
    for level in [Level::Account, Level::Campaign, Level::AdGroup] {
        let whole = sums(&ask(&desk, days, level, Grain::Daily, None).await?);
        let placement = (level == Level::Campaign).then_some(Placement);
        for breakdown in [Age, Gender, AgeGender, Country, Device].into_iter().chain(placement) {
            let rows = ask(&desk, days, level, Grain::Daily, Some(breakdown)).await?;
            assert_eq!(sums(&rows), whole, "{level:?} {breakdown:?}");
            assert!(rows.iter().all(|row| row.segment.is_some()));
            if breakdown == Country {
                assert!(rows.iter().all(|row| row.segment.as_deref() == Some("DE")), "{rows:#?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn days_without_anything_are_no_rows_and_no_failure() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let day = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
    assert!(ask(&desk, (day, day), Level::Campaign, Grain::Daily, None).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_microsoft_cannot_tell_is_refused_without_a_call() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let before = desk.sandbox.requests(0).len();
    let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    for (level, grain, breakdown) in [
        (Level::Ad, Grain::Daily, Breakdown::Age),
        (Level::Campaign, Grain::Hourly, Breakdown::Age),
        (Level::AdGroup, Grain::Daily, Breakdown::Placement),
    ] {
        let query = InsightsQuery { level, since: day, until: day, grain, breakdown: Some(breakdown) };
        let refused = desk.adapter.insights(&desk.access, &query).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Refused);
    }
    assert_eq!(desk.sandbox.requests(0).len(), before);
    Ok(())
}
