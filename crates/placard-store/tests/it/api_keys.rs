//! Keys with which programs act for a tenant.

use crate::support::{Office, now, token};
use chrono::TimeDelta;
use placard_store::{
    StoreError,
    api_key::{self, NewApiKey},
    audit::{self, Actor},
};

pub(crate) fn key(name: &str) -> NewApiKey {
    NewApiKey {
        name: name.into(),
        prefix: "plk_abcd".into(),
        hash: token(name),
        scopes: vec!["campaigns:read".into()],
        expires_at: Some(now() + TimeDelta::days(90)),
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_hash_until_it_is_revoked() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let ann = Actor::User { id: office.admin, name: "ann@example.com".into() };
    let mut tx = office.tx().await?;
    let id = api_key::create(&mut tx, &ann, &key("ci")).await?;
    tx.commit().await?;

    let mut tx = office.database.db.system().await?;
    assert_eq!(api_key::find_by_hash(&mut tx, &token("other")).await?, None);
    let found = api_key::find_by_hash(&mut tx, &token("ci")).await?.expect("it was made");
    assert_eq!((found.id, found.tenant, found.created_by), (id, office.tenant, Some(office.admin)));
    assert_eq!(found.created_by_email.as_deref(), Some("ann@example.com"));
    assert_eq!(found.scopes, ["campaigns:read"]);
    assert!(found.is_live(now()));
    assert!(!found.is_live(now() + TimeDelta::days(91)));
    drop(tx);

    let mut tx = office.tx().await?;
    assert_eq!(api_key::list(&mut tx).await?, [found]);
    let at = now();
    api_key::revoke(&mut tx, &ann, id, at).await?;
    api_key::revoke(&mut tx, &ann, id, at + TimeDelta::hours(1)).await?;
    assert_eq!(api_key::get(&mut tx, id).await?.revoked_at, Some(at), "the first time stands");
    let lines = audit::list_for(&mut tx, "api_key", &id.to_string(), 9).await?;
    assert_eq!(lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["revoke", "create"]);
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    assert!(!api_key::find_by_hash(&mut tx, &token("ci")).await?.expect("it was made").is_live(at));
    Ok(())
}

#[tokio::test]
async fn a_use_is_noted_at_most_once_a_minute() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = api_key::create(&mut tx, &crate::support::actor(), &key("ci")).await?;
    tx.commit().await?;
    let start = now();
    let mut tx = office.database.db.system().await?;
    for (seconds, noted) in [(0, 0), (59, 0), (60, 60), (61, 60)] {
        api_key::note_use(&mut tx, id, start + TimeDelta::seconds(seconds)).await?;
        let found = api_key::find_by_hash(&mut tx, &token("ci")).await?.expect("it was made");
        assert_eq!(found.last_used_at, Some(start + TimeDelta::seconds(noted)), "after {seconds} s");
    }
    Ok(())
}

#[tokio::test]
async fn one_tenants_keys_are_not_anothers() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rival = office.stranger().await?;
    let mut tx = office.tx().await?;
    let id = api_key::create(&mut tx, &crate::support::actor(), &key("ci")).await?;
    tx.commit().await?;
    let mut tx = office.database.db.tenant(rival).await?;
    assert!(api_key::list(&mut tx).await?.is_empty());
    let refused = api_key::revoke(&mut tx, &crate::support::actor(), id, now()).await;
    assert!(matches!(refused, Err(StoreError::NotFound { what: "API key", .. })));
    Ok(())
}
