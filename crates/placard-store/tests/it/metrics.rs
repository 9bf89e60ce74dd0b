//! Numbers in, numbers out, and what was known when.

use crate::support::{Office, account, actor, bound, campaign_key, now, spring_sale};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use placard_domain::{AccountRef, Platform, metric::Level};
use placard_store::{
    Constraint, StoreError, campaign,
    metrics::{self, Ingested, Row, Scope, Slice, import_file, sync},
    platform_object,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const NOTHING: &Value = &Value::Null;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn row(ad: &'static str, date: &str, clicks: i64, spend: &str) -> Row<'static> {
    Row {
        level: Level::Ad,
        entity_id: ad,
        name: Some("First"),
        parent_id: Some("group-1"),
        date: day(date),
        slice: Slice::Day,
        impressions: 1_000,
        clicks,
        spend: spend.parse().expect("a decimal"),
        currency: "EUR".parse().expect("the euro exists"),
        conversions: Decimal::new(25, 1),
        conversion_value: Decimal::new(4999, 2),
        extras: NOTHING,
    }
}

pub(crate) fn row_of(slice: Slice<'static>, date: NaiveDate, clicks: i64) -> Row<'static> {
    Row { slice, date, ..row("ad-1", "2026-03-01", clicks, "1") }
}

async fn take(office: &Office, at: DateTime<Utc>, rows: &[Row<'_>]) -> anyhow::Result<Ingested> {
    let mut tx = office.tx().await?;
    let taken = metrics::ingest(&mut tx, &account(), at, rows).await?;
    tx.commit().await?;
    Ok(taken)
}

fn ads() -> Scope<'static> {
    Scope {
        account: None,
        level: Level::Ad,
        entities: None,
        since: day("2026-01-01"),
        until: day("2026-12-31"),
        as_known_at: None,
    }
}

const fn counts(inserted: u64, changed: u64, unchanged: u64, stale: u64) -> Ingested {
    Ingested { inserted, changed, unchanged, stale }
}

#[tokio::test]
async fn numbers_come_back_exactly_as_they_went_in() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let extras = json!({"reach": "900", "actions": [{"type": "lead", "value": 2.5}]});
    let at = now();
    let exact = "12345678901234567890.12345678".parse()?;
    let first = Row { spend: exact, extras: &extras, ..row("ad-1", "2026-03-31", 7, "0") };
    assert_eq!(take(&office, at, &[first, row("ad-1", "2026-04-01", 0, "-0.10")]).await?, counts(2, 0, 0, 0));

    let mut tx = office.tx().await?;
    let days = metrics::daily(&mut tx, &ads()).await?;
    let spend: Vec<_> = days.iter().map(|day| (day.date.to_string(), day.sums.spend.to_string())).collect();
    let expected = [("2026-03-31", "12345678901234567890.12345678"), ("2026-04-01", "-0.10")];
    assert_eq!(spend, expected.map(|(date, spend)| (date.to_owned(), spend.to_owned())));
    assert_eq!((days[0].sums.clicks, days[0].sums.conversions), (7, Decimal::new(25, 1)));
    assert_eq!(days[0].observed_at, at);
    let entity = metrics::entities(&mut tx, Some(&account()), Level::Ad).await?.remove(0);
    assert_eq!((entity.remote_id.as_str(), entity.name.as_deref()), ("ad-1", Some("First")));
    assert_eq!((entity.parent_remote_id.as_deref(), entity.id), (Some("group-1"), days[0].entity));

    let mut raw = office.database.superuser().await;
    let stored: Value = sqlx::query_scalar("select extras from metric_daily where extras is not null")
        .fetch_one(&mut raw)
        .await?;
    assert_eq!(stored, extras);
    Ok(())
}

#[tokio::test]
async fn the_same_numbers_again_write_nothing_at_all() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rows = [row("ad-1", "2026-03-01", 7, "1.50"), row("ad-2", "2026-03-01", 8, "2.00")];
    let at = now();
    take(&office, at, &rows).await?;
    let mut raw = office.database.superuser().await;
    let versions = "select string_agg(t::text, ' ' order by t) from (
        select row (tableoid::regclass, ctid, xmin, xmax, observed_at) from metric_daily
        union all select row (tableoid::regclass, ctid, xmin, xmax, created_at) from metric_entity
        union all select row (tableoid::regclass, ctid, xmin, xmax, observed_at) from metric_history) as v (t)";
    let before: String = sqlx::query_scalar(versions).fetch_one(&mut raw).await?;
    // The same amount in another spelling is the same amount.
    let again = [row("ad-1", "2026-03-01", 7, "1.5"), row("ad-2", "2026-03-01", 8, "2")];
    assert_eq!(take(&office, at + TimeDelta::hours(1), &again).await?, counts(0, 0, 2, 0));
    let after: String = sqlx::query_scalar(versions).fetch_one(&mut raw).await?;
    assert_eq!(after, before, "no row was written or locked");
    Ok(())
}

#[tokio::test]
async fn restated_numbers_replace_and_what_was_known_stays_known() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let start = now();
    let at = |hours: i64| start + TimeDelta::hours(hours);
    take(&office, at(0), &[row("ad-1", "2026-03-01", 1, "1"), row("ad-2", "2026-03-01", 1, "1")]).await?;
    take(&office, at(2), &[row("ad-1", "2026-03-01", 2, "2"), row("ad-2", "2026-03-01", 1, "1")]).await?;
    let third = [row("ad-1", "2026-03-01", 3, "3"), row("ad-3", "2026-03-01", 9, "9")];
    assert_eq!(take(&office, at(4), &third).await?, counts(1, 1, 0, 0));

    let mut tx = office.tx().await?;
    let mut known = Vec::new();
    for hours in [-1, 0, 1, 2, 3, 4, 5] {
        let scope = Scope { as_known_at: Some(at(hours)), ..ads() };
        let days = metrics::daily(&mut tx, &scope).await?;
        let clicks: i64 = days.iter().map(|day| day.sums.clicks).sum();
        let series = metrics::series(&mut tx, &scope).await?;
        assert_eq!(series.iter().map(|day| day.sums.clicks).sum::<i64>(), clicks);
        let totals = metrics::totals(&mut tx, &scope).await?;
        assert_eq!(totals.iter().map(|total| total.sums.clicks).sum::<i64>(), clicks);
        known.push((hours, clicks));
    }
    assert_eq!(known, [(-1, 0), (0, 2), (1, 2), (2, 3), (3, 3), (4, 13), (5, 13)]);
    assert_eq!(metrics::series(&mut tx, &ads()).await?[0].sums.clicks, 13);
    Ok(())
}

#[tokio::test]
async fn an_older_observation_never_replaces_a_newer_one() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let at = now();
    take(&office, at, &[row("ad-1", "2026-03-01", 5, "5")]).await?;
    let late = take(&office, at - TimeDelta::hours(1), &[row("ad-1", "2026-03-01", 4, "4")]).await?;
    assert_eq!(late, counts(0, 0, 0, 1));
    // Observed at the very same moment, the last word stands and there is no time in which the other was true.
    let same = take(&office, at, &[row("ad-1", "2026-03-01", 6, "6")]).await?;
    assert_eq!(same, counts(0, 1, 0, 0));
    let mut tx = office.tx().await?;
    assert_eq!(metrics::daily(&mut tx, &ads()).await?[0].sums.clicks, 6);
    let before = Scope { as_known_at: Some(at - TimeDelta::seconds(1)), ..ads() };
    assert!(metrics::daily(&mut tx, &before).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn two_rows_about_the_same_thing_are_refused_and_named() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let twice = [
        row("ad-1", "2026-03-01", 1, "1"),
        row("ad-2", "2026-03-01", 1, "1"),
        row("ad-1", "2026-03-01", 2, "1"),
    ];
    let refused = take(&office, now(), &twice).await.unwrap_err();
    assert_eq!(refused.to_string(), "two rows are about ad ad-1 on 2026-03-01");
    Ok(())
}

#[tokio::test]
async fn levels_and_currencies_are_never_added_up() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let dollars = Row { currency: "USD".parse()?, ..row("ad-2", "2026-03-01", 2, "20") };
    let campaign = Row { level: Level::Campaign, parent_id: None, ..row("ad-1", "2026-03-01", 100, "100") };
    take(&office, now(), &[row("ad-1", "2026-03-01", 1, "10"), dollars, campaign]).await?;
    let mut tx = office.tx().await?;
    let series = metrics::series(&mut tx, &ads()).await?;
    let sums: Vec<_> =
        series.iter().map(|day| (day.currency.to_string(), day.sums.spend.to_string())).collect();
    assert_eq!(sums, [("EUR".to_owned(), "10".to_owned()), ("USD".to_owned(), "20".to_owned())]);
    let campaigns = Scope { level: Level::Campaign, ..ads() };
    assert_eq!(metrics::series(&mut tx, &campaigns).await?[0].sums.clicks, 100);
    Ok(())
}

#[tokio::test]
async fn totals_are_in_the_order_of_spend_and_within_the_scope() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let elsewhere = AccountRef { platform: Platform::Meta, id: "act_2".into() };
    let rows = [
        row("ad-1", "2026-03-01", 1, "1"),
        row("ad-1", "2026-03-02", 1, "1.25"),
        row("ad-2", "2026-03-01", 1, "9"),
        row("ad-3", "2026-02-28", 1, "99"),
    ];
    take(&office, now(), &rows).await?;
    let mut tx = office.tx().await?;
    metrics::ingest(&mut tx, &elsewhere, now(), &[row("ad-1", "2026-03-01", 50, "50")]).await?;
    let here = account();
    let march = Scope { account: Some(&here), since: day("2026-03-01"), until: day("2026-03-31"), ..ads() };
    let totals = metrics::totals(&mut tx, &march).await?;
    let spend: Vec<_> =
        totals.iter().map(|t| (t.entity.remote_id.as_str(), t.sums.spend.to_string())).collect();
    assert_eq!(spend, [("ad-2", "9".to_owned()), ("ad-1", "2.25".to_owned())]);
    let only = [totals[1].entity.id];
    let one = Scope { entities: Some(&only), ..march };
    assert_eq!(metrics::series(&mut tx, &one).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn parts_of_the_audience_and_hours_have_rows_of_their_own() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let part = |segment: &'static str, clicks| Row {
        slice: Slice::Segment { dimension: "age_gender", segment },
        ..row("ad-1", "2026-03-01", clicks, "1")
    };
    let hour = |hour, clicks| Row { slice: Slice::Hour(hour), ..row("ad-1", "2026-03-01", clicks, "1") };
    let at = now();
    let rows = [
        row("ad-1", "2026-03-01", 10, "4"),
        part("25-34/female", 6),
        part("25-34/male", 4),
        hour(0, 3),
        hour(23, 7),
    ];
    assert_eq!(take(&office, at, &rows).await?, counts(5, 0, 0, 0));
    let later = at + TimeDelta::hours(1);
    assert_eq!(take(&office, later, &[part("25-34/male", 5), hour(23, 8)]).await?, counts(0, 2, 0, 0));

    let mut tx = office.tx().await?;
    let clicks = |totals: Vec<metrics::SegmentTotal>| {
        let mut clicks: Vec<_> = totals.into_iter().map(|t| (t.segment, t.sums.clicks)).collect();
        clicks.sort();
        clicks
    };
    let now_known = clicks(metrics::segments(&mut tx, &ads(), "age_gender").await?);
    assert_eq!(now_known, [("25-34/female".to_owned(), 6), ("25-34/male".to_owned(), 5)]);
    let then = Scope { as_known_at: Some(at), ..ads() };
    let then_known = clicks(metrics::segments(&mut tx, &then, "age_gender").await?);
    assert_eq!(then_known, [("25-34/female".to_owned(), 6), ("25-34/male".to_owned(), 4)]);
    assert!(metrics::segments(&mut tx, &ads(), "country").await?.is_empty());
    let hours: Vec<_> =
        metrics::hours(&mut tx, &ads()).await?.iter().map(|hour| (hour.hour, hour.sums.clicks)).collect();
    assert_eq!(hours, [(0, 3), (23, 8)]);
    assert_eq!(metrics::series(&mut tx, &ads()).await?[0].sums.clicks, 10);
    Ok(())
}

#[tokio::test]
async fn ratios_in_the_row_are_made_by_the_database_and_have_no_value_without_a_divisor() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let idle = Row { impressions: 0, conversions: Decimal::ZERO, ..row("ad-2", "2026-03-01", 0, "0") };
    take(&office, now(), &[row("ad-1", "2026-03-01", 20, "10"), idle]).await?;
    let mut raw = office.database.superuser().await;
    let ratios: Vec<Vec<Option<Decimal>>> = sqlx::query_scalar(
        "select array[ctr, cpc, cpm, cvr, cpa, roas] from metric_daily order by clicks desc",
    )
    .fetch_all(&mut raw)
    .await?;
    let numbers = ["0.02", "0.5", "10", "0.125", "4", "4.999"].map(|text| text.parse::<Decimal>().ok());
    assert_eq!(ratios, [numbers.to_vec(), vec![None; 6]]);
    Ok(())
}

#[tokio::test]
async fn a_new_name_is_taken_and_a_missing_one_forgets_nothing() -> anyhow::Result<()> {
    let office = Office::open().await?;
    take(&office, now(), &[row("ad-1", "2026-03-01", 1, "1")]).await?;
    let nameless = Row { name: None, parent_id: None, ..row("ad-1", "2026-03-02", 1, "1") };
    take(&office, now(), &[nameless]).await?;
    let mut tx = office.tx().await?;
    let name =
        |entities: Vec<metrics::Entity>| (entities[0].name.clone(), entities[0].parent_remote_id.clone());
    let (first, parent) = (Some("First".to_owned()), Some("group-1".to_owned()));
    assert_eq!(name(metrics::entities(&mut tx, None, Level::Ad).await?), (first, parent.clone()));
    drop(tx);
    let renamed = Row { name: Some("Half price"), ..row("ad-1", "2026-03-03", 1, "1") };
    take(&office, now(), &[renamed]).await?;
    let mut tx = office.tx().await?;
    assert_eq!(
        name(metrics::entities(&mut tx, None, Level::Ad).await?),
        (Some("Half price".to_owned()), parent)
    );
    Ok(())
}

#[tokio::test]
async fn two_ingests_at_once_count_every_row_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rows: Vec<_> = (1..=28).map(|date| row("ad-1", &format!("2026-02-{date:02}"), 1, "1")).collect();
    let at = now();
    let (one, two) = tokio::join!(take(&office, at, &rows), take(&office, at, &rows));
    assert_eq!(one? + two?, counts(28, 0, 28, 0));
    let mut tx = office.tx().await?;
    assert_eq!(metrics::daily(&mut tx, &ads()).await?.len(), 28);
    Ok(())
}

#[tokio::test]
async fn numbers_are_invisible_to_other_tenants() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger = office.stranger().await?;
    let at = now();
    take(&office, at, &[row("ad-1", "2026-03-01", 1, "1")]).await?;
    take(&office, at + TimeDelta::hours(1), &[row("ad-1", "2026-03-01", 2, "1")]).await?;
    let mut tx = office.database.db.tenant(stranger).await?;
    let then = Scope { as_known_at: Some(at), ..ads() };
    assert!(metrics::daily(&mut tx, &ads()).await?.is_empty());
    assert!(metrics::daily(&mut tx, &then).await?.is_empty());
    let same = metrics::ingest(&mut tx, &account(), at, &[row("ad-1", "2026-03-01", 5, "5")]).await?;
    assert_eq!(same, counts(1, 0, 0, 0), "their numbers are their own");
    Ok(())
}

#[tokio::test]
async fn the_watermark_only_moves_forward_and_marks_account_and_campaign() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let saved = office.save(&spring_sale("")).await?;
    let mut tx = office.tx().await?;
    let objects = [bound(campaign_key(), "238")];
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &objects).await?;
    let (here, grain, at) = (account(), sync::Grain::Split("age".into()), now());
    assert_eq!(sync::synced_through(&mut tx, &here, Level::Ad, &grain).await?, None);
    for through in ["2026-03-05", "2026-03-01"] {
        sync::note(&mut tx, &here, Level::Ad, &grain, day(through), at).await?;
    }
    assert_eq!(sync::synced_through(&mut tx, &here, Level::Ad, &grain).await?, Some(day("2026-03-05")));
    assert_eq!(sync::synced_through(&mut tx, &here, Level::Ad, &sync::Grain::Daily).await?, None);
    assert_eq!(campaign::get(&mut tx, saved.id).await?.last_synced_at, Some(at));
    Ok(())
}

#[tokio::test]
async fn a_file_is_imported_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    assert_eq!(import_file::find(&mut tx, &account(), "ab").await?, None);
    import_file::record(&mut tx, &actor(), &account(), "ab", "export.csv", 1143).await?;
    let found = import_file::find(&mut tx, &account(), "ab").await?.expect("it was recorded");
    assert_eq!((found.name.as_str(), found.rows, found.actor.as_str()), ("export.csv", 1143, "test"));
    let again = import_file::record(&mut tx, &actor(), &account(), "ab", "copy.csv", 1143).await;
    assert!(
        matches!(again, Err(StoreError::Conflict { constraint: Constraint::ImportedFile, .. })),
        "{again:?}"
    );
    Ok(())
}

/// A small generator, so that the same run can be had again.
fn random(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

#[tokio::test]
async fn what_was_known_at_any_moment_is_what_stood_in_the_table_then() -> anyhow::Result<()> {
    const ADS: [&str; 4] = ["ad-1", "ad-2", "ad-3", "ad-4"];
    let office = Office::open().await?;
    let (start, mut state) = (now(), 20_261_120);
    let mut stood = Vec::new();
    for step in 0..30 {
        let mut rows = Vec::new();
        for ad in ADS {
            for date in 1..=5 {
                if random(&mut state, 3) == 0 {
                    let clicks = i64::try_from(random(&mut state, 4))?;
                    rows.push(row(ad, &format!("2026-03-{date:02}"), clicks, "1"));
                }
            }
        }
        let at = start + TimeDelta::hours(step);
        take(&office, at, &rows).await?;
        stood.push((at, metrics::daily(&mut office.tx().await?, &ads()).await?));
    }
    let mut tx = office.tx().await?;
    for (at, then) in stood {
        for moment in [at, at + TimeDelta::minutes(59)] {
            let known = metrics::daily(&mut tx, &Scope { as_known_at: Some(moment), ..ads() }).await?;
            assert_eq!(known, then, "as known at {moment}");
        }
    }
    Ok(())
}
