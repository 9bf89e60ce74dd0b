//! Ways to reach a server, and what it looks like when that fails.

use crate::support::{Office, account, actor, now, spring_sale};
use placard_domain::TenantId;
use placard_store::{Db, PoolConfig, StoreError, TenantTx, campaign, quota};
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
async fn connections_that_the_server_ended_are_replaced_without_anybody_noticing() -> anyhow::Result<()> {
    let office = Office::open().await?;
    office.save(&spring_sale("")).await?;
    let config = PoolConfig { size: 3, ..PoolConfig::default() };
    let db = Db::connect(&office.database.url(), &config).await?;
    let mut superuser = office.database.superuser().await;
    for _ in 0..2 {
        let all = three_at_once(&db, office.tenant).await?;
        assert_eq!(all.len(), 3);
        for tx in all {
            tx.commit().await?;
        }
        let ended: i64 = sqlx::query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
        )
        .fetch_one(&mut superuser)
        .await?;
        assert!(ended >= 3, "{ended} connections were ended");
        assert!(campaign::read(&db, office.tenant, "spring-sale").await?.is_some());
    }
    db.close().await;
    assert!(matches!(db.tenant(office.tenant).await, Err(StoreError::Unavailable(_))));
    Ok(())
}

/// Three transactions that are open at the same time.
async fn three_at_once(db: &Db, tenant: TenantId) -> anyhow::Result<Vec<TenantTx>> {
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut tx = db.tenant(tenant).await?;
        assert_eq!(campaign::list(&mut tx, &campaign::Filter::default(), 10).await?.len(), 1);
        all.push(tx);
    }
    Ok(all)
}

#[tokio::test]
async fn who_finds_every_connection_lent_waits_and_is_told_when_it_takes_too_long() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let config = PoolConfig {
        size: 1,
        // Long enough to connect on a busy machine.
        acquire_timeout: std::time::Duration::from_secs(2),
        ..PoolConfig::default()
    };
    let db = Db::connect(&office.database.url(), &config).await?;
    let tx = db.tenant(office.tenant).await?;
    let error = db.tenant(office.tenant).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    tx.rollback().await?;
    db.tenant(office.tenant).await?.commit().await?;
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
