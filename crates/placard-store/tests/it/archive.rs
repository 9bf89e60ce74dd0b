//! Files of the archive, as far as the database knows of them.

use crate::{
    connections::vault,
    support::{Office, actor},
};
use placard_domain::asset::ContentHash;
use placard_store::{
    StoreError, TenantTx,
    archive::{self, Keys, NewContent},
};
use uuid::Uuid;

fn content(hash: &str) -> NewContent {
    NewContent {
        hash: ContentHash::parse(&hash.repeat(32)).expect("a hash"),
        documents: 2,
        bytes: 100,
        first: Uuid::from_u128(1),
        last: Uuid::from_u128(9),
        key: Uuid::from_u128(5),
    }
}

pub(crate) async fn furnish(tx: &mut TenantTx) -> anyhow::Result<()> {
    archive::insert(tx, &actor(), &content("ab")).await?;
    Ok(())
}

#[tokio::test]
async fn a_file_gets_other_content_from_whoever_knows_what_it_holds() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    furnish(&mut tx).await?;
    let file = archive::list(&mut tx).await?.remove(0);
    assert!(!file.settled && file.may_hold(Uuid::from_u128(9)) && !file.may_hold(Uuid::from_u128(10)));
    archive::replace(&mut tx, &file, Some(&content("cd"))).await?;
    let late = archive::replace(&mut tx, &file, None).await;
    assert!(matches!(late, Err(StoreError::Changed { .. })), "{late:?}");
    let file = archive::list(&mut tx).await?.remove(0);
    archive::settle(&mut tx, file.id).await?;
    assert!(archive::list(&mut tx).await?.remove(0).settled);
    archive::unsettle(&mut tx, file.id).await?;
    assert!(!archive::list(&mut tx).await?.remove(0).settled);
    archive::replace(&mut tx, &file, None).await?;
    assert!(archive::list(&mut tx).await?.is_empty());
    assert_ne!(archive::current_key(&mut tx, &vault()).await?, Uuid::from_u128(5));
    Ok(())
}

#[tokio::test]
async fn one_at_a_time_holds_the_keys_and_they_go_back_with_a_connection() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (db, tenant) = (&office.database.db, office.tenant);
    let keys = Keys::wait_for(db, tenant).await?;
    assert!(Keys::try_take(db, tenant).await?.is_none());
    drop(keys);
    // The server notices a connection that went away within moments.
    let keys = Keys::wait_for(db, tenant).await?;
    keys.give_back().await?;
    let keys = Keys::try_take(db, tenant).await?;
    assert!(keys.is_some());
    Ok(())
}
