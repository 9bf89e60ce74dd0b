//! Documents are moved while they are used.

use super::rooms::{Rooms, audit, draft, moment, profile};
use placard_domain::{
    TenantId,
    document::{COLLECTIONS, Profile, WebsiteAudit},
};
use placard_store::documents::{DocumentError, Documents, Filter, Placement, Progressed, Query, Sort, Store};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Every profile: its name, version and number of followers.
async fn all(
    documents: &Documents,
    tenant: TenantId,
) -> anyhow::Result<BTreeMap<String, (i64, Option<i64>)>> {
    let (mut all, mut query) =
        (BTreeMap::new(), Query { sort: Sort::OLDEST, limit: 1_000, ..Query::default() });
    loop {
        let page = documents.find::<Profile>(tenant, &query).await?;
        all.extend(
            page.items
                .into_iter()
                .map(|item| (item.document.username, (item.version, item.document.metadata.followers))),
        );
        query.cursor = page.next;
        if query.cursor.is_none() {
            return Ok(all);
        }
    }
}

async fn placement(rooms: &Rooms, tenant: TenantId) -> anyhow::Result<Placement> {
    let mut tx = rooms.database.db.tenant(tenant).await?;
    Ok(Placement::read(&mut tx).await?)
}

#[tokio::test]
async fn documents_move_there_and_back_while_others_write() -> anyhow::Result<()> {
    let rooms = Rooms::open(Store::MongoDb).await?;
    let tenant = rooms.tenant_in(Store::Postgres).await?;
    let stay: Vec<_> = (0..700).map(|number| profile(&format!("stay{number}"))).collect();
    rooms.documents.upsert_all(tenant, &stay).await?;
    rooms.documents.insert(tenant, &audit("https://example.com/")).await?;
    rooms.documents.insert(tenant, &draft("s", moment("2126-01-01T00:00:00Z"))).await?;

    let (done, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        // Each of them as another process, which learns of the move by itself.
        let documents = rooms.another_process();
        let (done, written) = (Arc::clone(&done), Arc::clone(&written));
        writers.spawn(async move {
            let mut counts = BTreeMap::new();
            for number in 0.. {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                let name = format!("w{writer}-{}", number % 25);
                if number % 7 == 6 {
                    let query = Query { filter: Filter::eq("username", name.as_str()), ..Query::default() };
                    if let Some(found) = documents.find::<Profile>(tenant, &query).await?.items.pop() {
                        assert!(documents.delete::<Profile>(tenant, found.id).await?);
                        counts.remove(&name);
                    }
                } else {
                    let mut one = profile(&name);
                    one.metadata.followers = Some(number);
                    let version = documents.upsert(tenant, &one).await?.version;
                    counts.insert(name, (version, Some(number)));
                }
                written.fetch_add(1, Ordering::SeqCst);
            }
            anyhow::Ok(counts)
        });
    }
    for (target, source) in [(Store::MongoDb, Store::Postgres), (Store::Postgres, Store::MongoDb)] {
        let before = written.load(Ordering::SeqCst);
        let moved = rooms.documents.move_to(tenant, target, &mut |_| {}).await?;
        assert_eq!((moved.store, moved.proof["website_audits"].documents), (target, 1));
        assert!(moved.proof["profiles"].documents >= 700);
        let found = placement(&rooms, tenant).await?;
        assert_eq!((found.store, found.target), (target, None));
        assert!(written.load(Ordering::SeqCst) > before, "the writers went on");
        println!("from {source} to {target}: writers waited {:?}", moved.paused);
    }
    done.store(true, Ordering::SeqCst);
    let mut expected: BTreeMap<String, _> =
        stay.iter().map(|one| (one.username.clone(), (1, None))).collect();
    while let Some(writer) = writers.join_next().await {
        expected.extend(writer??);
    }
    let found = all(&rooms.another_process(), tenant).await?;
    let wrong: Vec<_> = expected.iter().filter(|(name, one)| found.get(*name) != Some(one)).take(5).collect();
    assert_eq!((wrong, found.len()), (Vec::new(), expected.len()));
    Ok(())
}

#[tokio::test]
async fn a_move_that_is_killed_anywhere_goes_on() -> anyhow::Result<()> {
    let rooms = Rooms::open(Store::MongoDb).await?;
    // After each collection, each round of changes, the stop of writers and the switch; and between two pages.
    let steps = COLLECTIONS.len() + 3;
    for (kill_at, count) in (0..steps).map(|step| (step, 20)).chain([(0, 600)]) {
        let tenant = rooms.tenant_in(Store::Postgres).await?;
        let many: Vec<_> = (0..count).map(|number| profile(&format!("p{number}"))).collect();
        rooms.documents.upsert_all(tenant, &many).await?;
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let documents = rooms.another_process();
        let moving = tokio::spawn(async move {
            let mut tell = move |progressed: Progressed| drop(tell.send(progressed));
            documents.move_to(tenant, Store::MongoDb, &mut tell).await
        });
        for _ in 0..=kill_at {
            if told.recv().await.is_none() {
                break;
            }
        }
        moving.abort();
        let killed = moving.await.is_err_and(|error| error.is_cancelled());
        // Whatever it had come to, everybody finds everything and can write.
        let documents = rooms.another_process();
        documents.upsert(tenant, &profile("p7")).await?;
        assert_eq!(all(&documents, tenant).await?.len(), count, "killed at {kill_at}");
        let mut again = documents.move_to(tenant, Store::MongoDb, &mut |_| {}).await;
        for _ in 0..100 {
            // The connection of who was killed ends a moment later.
            if !matches!(again, Err(DocumentError::Moving)) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            again = documents.move_to(tenant, Store::MongoDb, &mut |_| {}).await;
        }
        assert_eq!(again?.store, Store::MongoDb);
        let found = all(&documents, tenant).await?;
        assert_eq!((found.len(), found["p7"].0), (count, 2), "killed at {kill_at}: {killed}");
        let mut raw = rooms.database.superuser().await;
        let left: i64 = sqlx::query_scalar("select count(*) from document_profiles where tenant_id = $1")
            .bind(tenant.0)
            .fetch_one(&mut raw)
            .await?;
        assert_eq!(left, 0, "no copies are left");
    }
    Ok(())
}

#[tokio::test]
async fn a_move_is_taken_back_and_one_that_is_not_needed_does_nothing() -> anyhow::Result<()> {
    let rooms = Rooms::open(Store::MongoDb).await?;
    let tenant = rooms.tenant_in(Store::Postgres).await?;
    rooms.documents.insert(tenant, &audit("https://example.com/")).await?;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let documents = rooms.another_process();
    let moving = tokio::spawn(async move {
        let mut tell = move |progressed: Progressed| drop(tell.send(progressed));
        documents.move_to(tenant, Store::MongoDb, &mut tell).await
    });
    told.recv().await;
    moving.abort();
    assert!(moving.await.is_err(), "it was stopped in the middle");
    assert_eq!(placement(&rooms, tenant).await?.target, Some(Store::MongoDb));
    let mut back = rooms.documents.move_to(tenant, Store::Postgres, &mut |_| {}).await;
    while matches!(back, Err(DocumentError::Moving)) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        back = rooms.documents.move_to(tenant, Store::Postgres, &mut |_| {}).await;
    }
    assert!(back?.proof.is_empty());
    assert_eq!(placement(&rooms, tenant).await?.target, None);
    assert_eq!(rooms.documents.count::<WebsiteAudit>(tenant, &Filter::ALL).await?, 1);
    let room = rooms.mongodb.as_ref().expect("there is one").raw().await?;
    let left = room.collection::<mongodb::bson::Document>("website_audits");
    assert_eq!(left.count_documents(mongodb::bson::doc! {}).await?, 0);
    let alone = Documents::new(&rooms.database.db);
    let error = alone.move_to(tenant, Store::MongoDb, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, DocumentError::NotConnected { store: Store::MongoDb }), "{error:?}");
    Ok(())
}
