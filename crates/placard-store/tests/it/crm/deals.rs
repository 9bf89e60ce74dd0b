use super::{furnish, lead, open_deal, take, touch};
use crate::{
    connections::vault,
    support::{Office, account, actor, now},
};
use chrono::{NaiveDate, TimeDelta};
use placard_domain::{
    LeadId, Money, Platform,
    crm::{contact::ContactField, deal::Deal, lead::LeadStatus, pipeline::Pipeline, revenue::only_currency},
    guardrail::ExchangeRate,
    metric::Level,
};
use placard_store::{
    Constraint, StoreError,
    crm::{self, RevenueScope, activity, deal, pipeline},
    exchange_rate,
    metrics::{self, Slice},
};

#[tokio::test]
async fn a_deal_that_is_won_makes_its_lead_won_and_every_move_is_kept() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = take(&office, &touch(&[(ContactField::Email, "ann@example.com")])).await?.lead();
    let mut tx = office.tx().await?;
    let made = open_deal(&mut tx, id, 100).await?;
    let deal = deal::move_to(&mut tx, &vault(), &actor(), made, 1, "offer", now()).await?;
    assert_eq!((deal.stage.1.name.as_str(), deal.closed_at), ("Offer", None));
    let late = deal::move_to(&mut tx, &vault(), &actor(), made, 1, "Won", now()).await;
    assert!(matches!(late, Err(StoreError::Outdated { version: 2, .. })));
    let deal = deal::move_to(&mut tx, &vault(), &actor(), made, 2, "Won", now()).await?;
    assert!(deal.closed_at.is_some());
    tx.commit().await?;
    assert_eq!(lead(&office, id).await?.status, LeadStatus::Won);

    let mut tx = office.tx().await?;
    let deal = deal::move_to(&mut tx, &vault(), &actor(), made, 3, "New", now()).await?;
    assert_eq!(deal.closed_at, None, "it is open again");
    let stages: Vec<_> = deal::history(&mut tx, made).await?.into_iter().map(|moved| moved.to).collect();
    assert_eq!(stages, ["New", "Offer", "Won", "New"]);
    let unknown = deal::move_to(&mut tx, &vault(), &actor(), made, 4, "Nowhere", now()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound { what: "stage", .. })));
    let cheaper = Deal::new("Half a roof", Money::new(50, "EUR".parse()?), None)?;
    deal::update(&mut tx, &vault(), &actor(), made, 4, &cheaper).await?;
    let stale = deal::update(&mut tx, &vault(), &actor(), made, 4, &cheaper).await;
    assert!(matches!(stale, Err(StoreError::Outdated { .. })));
    Ok(())
}

#[tokio::test]
async fn two_pipelines_of_one_name_are_refused() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    pipeline::create(&mut tx, &actor(), &Pipeline::first()).await?;
    let again = pipeline::create(&mut tx, &actor(), &Pipeline::first()).await;
    assert!(matches!(again, Err(StoreError::Conflict { constraint: Constraint::PipelineName, .. })));
    Ok(())
}

#[tokio::test]
async fn a_task_is_done_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = furnish(&mut tx).await?;
    let found = activity::list(&mut tx, &vault(), id, None, 9).await?.remove(0);
    assert_eq!((found.activity.text.as_str(), found.done_at), ("Call ann@example.com", None));
    activity::finish(&mut tx, &actor(), found.id, now()).await?;
    let twice = activity::finish(&mut tx, &actor(), found.id, now()).await;
    assert!(matches!(twice, Err(StoreError::IllegalTransition(_))));
    Ok(())
}

#[tokio::test]
async fn what_a_retired_key_sealed_is_sealed_anew() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = furnish(&mut tx).await?;
    let before = crm::get(&mut tx, &vault(), id).await?;
    assert_eq!(crm::reseal(&mut tx, &vault(), 100).await?, 0);
    vault().rotate_data_key(&mut tx).await?;
    assert_eq!(
        crm::reseal(&mut tx, &vault(), 100).await?,
        7,
        "a key, two leads, two touches, a deal, a task"
    );
    assert_eq!(crm::reseal(&mut tx, &vault(), 100).await?, 0);
    assert_eq!(crm::get(&mut tx, &vault(), id).await?, before);
    let again = touch(&[(ContactField::Email, "ann@example.com"), (ContactField::City, "Bonn")]);
    let taken = crm::take_lead(&mut tx, &vault(), &actor(), &again, now()).await?;
    assert_eq!(taken, crm::Taken::Known(id), "hashes did not change");
    Ok(())
}

/// A lead that came by an ad, and a deal with it that was won today.
async fn sold(office: &Office, address: &str, ad: &str, amount: Money) -> anyhow::Result<LeadId> {
    let mut from_ad = touch(&[(ContactField::Email, address)]);
    from_ad.attribution.platform = Some(Platform::Meta);
    from_ad.attribution.ad = Some(ad.to_owned());
    let id = take(office, &from_ad).await?.lead();
    let mut tx = office.tx().await?;
    let pipeline = pipeline::named_or_first(&mut tx, &actor(), None).await?;
    let (stage, won) = pipeline.stage(Some("won")).expect("there is one");
    let new = Deal::new("Roof", amount, None)?;
    deal::create(&mut tx, &vault(), &actor(), id, (pipeline.id, *stage, won.kind), &new, now()).await?;
    tx.commit().await?;
    Ok(id)
}

#[tokio::test]
async fn revenue_stands_beside_spend_in_one_currency() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let today: NaiveDate = now().date_naive();
    let mut tx = office.tx().await?;
    let rows = [crate::metrics::row_of(Slice::Day, today, 5)];
    metrics::ingest(&mut tx, &account(), now(), &rows).await?;
    tx.commit().await?;
    sold(&office, "ann@example.com", "ad-1", Money::new(30_000, "EUR".parse()?)).await?;
    sold(&office, "bob@example.com", "ad-1", Money::new(12_500, "USD".parse()?)).await?;
    take(&office, &touch(&[(ContactField::Email, "cat@example.com")])).await?;

    let since = today - TimeDelta::days(1);
    let scope = RevenueScope { level: Level::Ad, account: None, since, until: today };
    let eur = "EUR".parse()?;
    let mut tx = office.tx().await?;
    let (rows, rates) = crm::revenue(&mut tx, &scope, Some(eur)).await?;
    assert_eq!(rows.len(), 2, "one ad, and leads of none: {rows:?}");
    assert!(only_currency(rows.iter().map(|row| &row.counted)).is_err(), "two currencies are not added");
    let ad = rows.iter().find(|row| row.remote_id.is_some()).expect("the ad has numbers");
    let refused = ad.counted.compare(eur, &rates, &mut Vec::new());
    assert!(refused.is_err(), "there is no rate yet");

    let rate = ExchangeRate::new(eur, "USD".parse()?, today, "1.25".parse()?)?;
    exchange_rate::set(&mut tx, &actor(), &rate).await?;
    let (rows, rates) = crm::revenue(&mut tx, &scope, Some(eur)).await?;
    let ad = rows.iter().find(|row| row.remote_id.is_some()).expect("the ad has numbers");
    assert_eq!((ad.name.as_deref(), ad.account.clone()), (Some("First"), Some(account())));
    let compared = ad.counted.compare(eur, &rates, &mut Vec::new())?;
    assert_eq!((compared.leads, compared.won, compared.revenue), (2, 2, 400.into()));
    assert_eq!((compared.spend, compared.roas), (1.into(), Some(400.into())));

    let groups = RevenueScope { level: Level::AdGroup, ..scope };
    let (rows, _) = crm::revenue(&mut tx, &groups, Some(eur)).await?;
    let group = rows.iter().find(|row| row.remote_id.as_deref() == Some("group-1"));
    assert_eq!(group.expect("the ad's numbers name its group").counted.leads, 2);
    Ok(())
}
