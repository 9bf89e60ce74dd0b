//! One publisher at a time, and a late one cannot write.

use crate::support::{Office, account};
use placard_domain::{AccountRef, Platform};
use placard_store::{AccountLease, StoreError, deployment};
use std::time::Duration;

#[tokio::test]
async fn a_held_lease_names_its_holder_and_is_free_once_dropped() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let db = &office.database.db;
    let mut first = AccountLease::acquire(db, office.tenant, &account(), "placard apply on host a").await?;
    assert!(first.is_held().await);
    let refused = AccountLease::acquire(db, office.tenant, &account(), "second").await;
    let Err(StoreError::Held { holder, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(holder, "placard apply on host a");

    let other = AccountRef { platform: Platform::Meta, id: "act_2".into() };
    AccountLease::acquire(db, office.tenant, &other, "elsewhere").await?.release().await?;
    let stranger = office.stranger().await?;
    AccountLease::acquire(db, stranger, &account(), "someone else's").await?.release().await?;

    drop(first);
    // The server notices the closed connection by itself; waiting is what a caller would do.
    let second = AccountLease::wait(db, office.tenant, &account(), "second", Duration::from_secs(30)).await?;
    second.release().await?;
    AccountLease::wait(db, office.tenant, &account(), "third", Duration::from_secs(30)).await?;
    Ok(())
}

#[tokio::test]
async fn waiting_ends_with_who_holds_it_when_patience_does() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let _first = office.lease().await?;
    let refused = AccountLease::wait(
        &office.database.db,
        office.tenant,
        &account(),
        "second",
        Duration::from_millis(1),
    )
    .await;
    assert!(matches!(refused, Err(StoreError::Held { holder, .. }) if holder == "the test"));
    Ok(())
}

#[tokio::test]
async fn whoever_demands_the_lease_is_seen_and_goes_first() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut publisher = office.lease().await?;
    let (_, id) = office.deploy(publisher.fence()).await?;
    let former = publisher.fence().clone();
    let db = office.database.db.clone();
    assert_eq!(publisher.is_wanted(&db).await?, None);
    let (patience, tenant) = (Duration::from_secs(30), office.tenant);
    let (begun, done) = (tokio::sync::oneshot::channel(), tokio::sync::oneshot::channel());
    let stopping = tokio::spawn({
        let db = db.clone();
        async move {
            let lease = AccountLease::demand(&db, tenant, &account(), "placard pause", patience).await?;
            begun.0.send(()).expect("the test waits for it");
            done.1.await?;
            lease.release().await?;
            anyhow::Ok(())
        }
    });
    while publisher.is_wanted(&db).await?.as_deref() != Some("placard pause") {
        tokio::task::yield_now().await;
    }
    let mut tx = office.tx().await?;
    deployment::record_intents(&mut tx, publisher.fence(), id, &[]).await?;
    tx.commit().await?;
    let back = tokio::spawn(async move { publisher.step_aside(&db, patience).await.map(|()| publisher) });
    begun.1.await?;
    assert!(!back.is_finished(), "the publisher waits for its turn");
    done.0.send(()).expect("the other waits for it");
    stopping.await??;

    let publisher = back.await??;
    assert_eq!(publisher.is_wanted(&office.database.db).await?, None);
    let mut tx = office.tx().await?;
    let refused = deployment::record_intents(&mut tx, &former, id, &[]).await;
    assert!(matches!(refused, Err(StoreError::StaleFence { .. })));
    deployment::record_intents(&mut tx, publisher.fence(), id, &[]).await?;
    Ok(())
}

#[tokio::test]
async fn who_demands_the_lease_and_has_not_queued_for_it_yet_still_goes_first() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut publisher = office.lease().await?;
    let mut raw = office.database.superuser().await;
    sqlx::query("update publish_lease set wanted_by = 'placard pause'").execute(&mut raw).await?;
    let (db, patience) = (office.database.db.clone(), Duration::from_secs(30));
    let back = tokio::spawn(async move { publisher.step_aside(&db, patience).await.map(|()| publisher) });
    let lease = loop {
        match AccountLease::acquire(&office.database.db, office.tenant, &account(), "placard pause").await {
            Err(StoreError::Held { .. }) if !back.is_finished() => tokio::task::yield_now().await,
            other => break other?,
        }
    };
    assert!(!back.is_finished(), "the publisher took it again before whoever wants to stop something");
    lease.release().await?;
    assert_eq!(back.await??.is_wanted(&office.database.db).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_holder_whose_connection_died_unnoticed_cannot_write_once_another_holds_the_lease()
-> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut stale = office.lease().await?;
    let (_, id) = office.deploy(stale.fence()).await?;
    let mut raw = office.database.superuser().await;
    let killed: i64 = sqlx::query_scalar(
        "select count(pg_terminate_backend(pid))
         from pg_locks
         where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())",
    )
    .fetch_one(&mut raw)
    .await?;
    assert_eq!(killed, 1);
    let current = AccountLease::wait(
        &office.database.db,
        office.tenant,
        &account(),
        "the next",
        Duration::from_secs(30),
    )
    .await?;

    let mut tx = office.tx().await?;
    let refused = deployment::record_intents(&mut tx, stale.fence(), id, &[]).await;
    let Err(StoreError::StaleFence { holder, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(holder, "the next");
    let refused = deployment::record_outcomes(&mut tx, stale.fence(), id, &[]).await;
    assert!(matches!(refused, Err(StoreError::StaleFence { .. })));
    let refused = deployment::begin(&mut tx, stale.fence(), id).await;
    assert!(matches!(refused, Err(StoreError::StaleFence { .. })));
    assert!(!stale.is_held().await);
    deployment::begin(&mut tx, current.fence(), id).await?;
    Ok(())
}
