//! Ways to reach a server, and what it looks like when that fails.

use crate::support::{Office, account, actor, now, spring_sale};
use placard_store::{Db, PoolConfig, StoreError, campaign, quota};
use rust_decimal::Decimal;

#[tokio::test]
async fn everything_works_without_prepared_statements_as_behind_a_pooler() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let config = PoolConfig { size: 1, keep_statements: false, ..PoolConfig::default() };
    let db = Db::connect(&office.database.url(), &config).await?;
    for changed in [true, false] {
        let mut tx = db.tenant(office.tenant).await?;
        assert_eq!(campaign::upsert(&mut tx, &actor(), &spring_sale("")).await?.changed, changed);
        tx.commit().await?;
    }
    db.close().await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_worth_another_try() {
    let nobody = "postgres://nobody@127.0.0.1:1/nothing".into();
    let config = PoolConfig { acquire_timeout: std::time::Duration::from_secs(1), ..PoolConfig::default() };
    let error = Db::connect(&nobody, &config).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing_and_the_connection_is_used_again() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let config = PoolConfig { size: 1, ..PoolConfig::default() };
    let db = Db::connect(&office.database.url(), &config).await?;
    let mut tx = db.tenant(office.tenant).await?;
    campaign::upsert(&mut tx, &actor(), &spring_sale("")).await?;
    drop(tx);
    let mut tx = db.tenant(office.stranger().await?).await?;
    assert!(campaign::list(&mut tx, &campaign::Filter::default(), 10).await?.is_empty());
    drop(tx);
    let mut tx = db.tenant(office.tenant).await?;
    assert!(campaign::list(&mut tx, &campaign::Filter::default(), 10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_last_word_on_a_quota_stands() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let later = now();
    let said = |percent: i64, at| quota::Quota {
        bucket: "ads_management".into(),
        used_percent: Decimal::new(percent, 1),
        blocked_until: None,
        observed_at: at,
    };
    quota::note(&mut tx, &account(), &said(805, later)).await?;
    quota::note(&mut tx, &account(), &said(120, later - chrono::TimeDelta::minutes(1))).await?;
    assert_eq!(quota::list(&mut tx, &account()).await?, [said(805, later)]);
    Ok(())
}
