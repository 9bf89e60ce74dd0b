//! Requests that are repeated without their effect being repeated.

use crate::{
    connections::vault,
    support::{Office, now},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::TenantId;
use placard_store::{
    StoreError,
    idempotency::{self, Answer, Begun, Ticket},
};

const HASH: [u8; 32] = [1; 32];

fn answer() -> Answer {
    Answer {
        status: 201,
        content_type: Some("application/json".into()),
        body: br#"{"key":"plk_secret"}"#.to_vec(),
    }
}

async fn begin_as(
    office: &Office,
    tenant: TenantId,
    caller: &str,
    hash: &[u8; 32],
    at: DateTime<Utc>,
) -> Result<Begun, StoreError> {
    let mut tx = office.database.db.tenant(tenant).await?;
    let begun = idempotency::begin(&mut tx, &vault(), caller, "key", hash, at).await?;
    tx.commit().await?;
    Ok(begun)
}

async fn begin(office: &Office, at: DateTime<Utc>) -> Result<Begun, StoreError> {
    begin_as(office, office.tenant, "ann", &HASH, at).await
}

async fn fresh(office: &Office, at: DateTime<Utc>) -> anyhow::Result<Ticket> {
    match begin(office, at).await? {
        Begun::Fresh(ticket) => Ok(ticket),
        other => panic!("{other:?}"),
    }
}

async fn complete(office: &Office, ticket: &Ticket) -> Result<(), StoreError> {
    let mut tx = office.database.db.tenant(office.tenant).await?;
    idempotency::complete(&mut tx, &vault(), ticket, &answer()).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_another_request_is_refused() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rival = office.stranger().await?;
    let at = now();
    let ticket = fresh(&office, at).await?;
    assert_eq!(begin(&office, at).await?, Begun::Running);
    assert_eq!(begin_as(&office, office.tenant, "ann", &[2; 32], at).await?, Begun::Mismatch);
    // The same key of someone else is another key.
    assert!(matches!(begin_as(&office, office.tenant, "bob", &HASH, at).await?, Begun::Fresh(_)));
    assert!(matches!(begin_as(&office, rival, "ann", &HASH, at).await?, Begun::Fresh(_)));

    complete(&office, &ticket).await?;
    assert_eq!(begin(&office, at).await?, Begun::Done(answer()));
    assert_eq!(begin(&office, at + TimeDelta::hours(23)).await?, Begun::Done(answer()));
    assert_eq!(begin_as(&office, office.tenant, "ann", &[2; 32], at).await?, Begun::Mismatch);
    let dump: String =
        sqlx::query_scalar("select string_agg(encode(sealed_body, 'escape'), '') from idempotency_key")
            .fetch_one(&mut office.database.superuser().await)
            .await?;
    assert!(!dump.contains("secret"));
    // A day later the key is free for anything.
    let free = begin_as(&office, office.tenant, "ann", &[2; 32], at + TimeDelta::days(1)).await?;
    assert!(matches!(free, Begun::Fresh(_)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_ask_at_once_one_carries_the_request_out() -> anyhow::Result<()> {
    let office = std::sync::Arc::new(Office::open().await?);
    let at = now();
    let callers = (0..100).map(|_| {
        let office = office.clone();
        tokio::spawn(async move { begin(&office, at).await })
    });
    let mut fresh = 0;
    for caller in callers.collect::<Vec<_>>() {
        match caller.await?? {
            Begun::Fresh(_) => fresh += 1,
            Begun::Running => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fresh, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_run_is_taken_over_by_one_and_cannot_come_back() -> anyhow::Result<()> {
    let office = std::sync::Arc::new(Office::open().await?);
    let at = now();
    let dead = fresh(&office, at).await?;
    assert_eq!(begin(&office, at + TimeDelta::seconds(299)).await?, Begun::Running);
    let later = at + TimeDelta::minutes(5);
    assert_eq!(begin_as(&office, office.tenant, "ann", &[2; 32], later).await?, Begun::Mismatch);
    let callers = (0..20).map(|_| {
        let office = office.clone();
        tokio::spawn(async move { begin(&office, later).await })
    });
    let mut tickets = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        match caller.await?? {
            Begun::Fresh(ticket) => tickets.push(ticket),
            begun => assert_eq!(begun, Begun::Running),
        }
    }
    let [ticket] = &tickets[..] else { panic!("{} took it over", tickets.len()) };
    assert!(matches!(complete(&office, &dead).await, Err(StoreError::NotFound { .. })));
    complete(&office, ticket).await?;
    assert!(matches!(complete(&office, ticket).await, Err(StoreError::NotFound { .. })), "answered once");
    assert_eq!(begin(&office, later).await?, Begun::Done(answer()));
    Ok(())
}

#[tokio::test]
async fn an_abandoned_request_is_free_and_an_old_answer_forgotten() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let at = now();
    let ticket = fresh(&office, at).await?;
    let mut tx = office.tx().await?;
    idempotency::abandon(&mut tx, &ticket).await?;
    tx.commit().await?;
    let ticket = fresh(&office, at).await?;
    complete(&office, &ticket).await?;
    let mut tx = office.tx().await?;
    idempotency::abandon(&mut tx, &ticket).await?;
    tx.commit().await?;
    assert_eq!(begin(&office, at).await?, Begun::Done(answer()), "an answer is not abandoned");

    let mut tx = office.database.db.system().await?;
    assert_eq!(idempotency::purge(&mut tx, at + TimeDelta::hours(23)).await?, 0);
    assert_eq!(idempotency::purge(&mut tx, at + TimeDelta::days(1)).await?, 1);
    Ok(())
}
