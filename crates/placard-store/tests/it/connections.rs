//! Connections and the vault.

use crate::support::{Office, account, account_description, actor, now};
use placard_domain::status::ConnectionStatus;
use placard_store::{
    Place, StoreError, Vault, VaultError, ad_account,
    connection::{self, Grant, Named, Profile},
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

pub(crate) fn vault() -> Vault {
    Vault::new([7; 32])
}

pub(crate) fn grant(token: &str) -> Grant {
    Grant {
        account: account(),
        endpoint: Some("http://127.0.0.1:9/".into()),
        token: token.into(),
        page_token: Some("page-secret".into()),
        refresh_token: Some("refresh-secret".into()),
        token_expires_at: Some(now()),
        profile: Profile {
            remote_user_id: Some("42".into()),
            permissions: vec!["ads_management".into()],
            page: Some(Named { id: "2001".into(), name: "Acme".into() }),
            ..Profile::default()
        },
    }
}

#[tokio::test]
async fn tokens_go_in_and_out_and_rest_sealed() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    let mut tx = office.tx().await?;
    ad_account::upsert(&mut tx, &account_description(), now()).await?;
    let id = connection::upsert(&mut tx, &vault, &actor(), &grant("first-secret")).await?;
    assert_eq!(connection::upsert(&mut tx, &vault, &actor(), &grant("second-secret")).await?, id);
    tx.commit().await?;

    let mut tx = office.tx().await?;
    let stored = connection::find(&mut tx, &account()).await?.expect("it was stored");
    assert_eq!((stored.id, stored.status), (id, ConnectionStatus::Active));
    assert_eq!(stored.profile, grant("").profile);
    assert_eq!(stored.endpoint, grant("").endpoint);
    let tokens = connection::tokens(&mut tx, &vault, id).await?;
    assert_eq!(tokens.token.expose_secret(), "second-secret");
    assert_eq!(tokens.page_token.expect("it was given").expose_secret(), "page-secret");
    assert_eq!(tokens.refresh_token.expect("it was given").expose_secret(), "refresh-secret");

    let mut raw = office.database.superuser().await;
    let dump: String =
        sqlx::query_scalar("select encode(token, 'escape') || encode(page_token, 'escape') || encode(refresh_token, 'escape') from connection")
            .fetch_one(&mut raw)
            .await?;
    assert!(!dump.contains("secret"));
    let log: i64 =
        sqlx::query_scalar("select count(*) from audit_log where new_values::text like '%secret%'")
            .fetch_one(&mut raw)
            .await?;
    assert_eq!(log, 0);
    Ok(())
}

#[tokio::test]
async fn a_connection_needs_its_account_first() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let refused = connection::upsert(&mut tx, &vault(), &actor(), &grant("x")).await;
    assert!(matches!(refused, Err(StoreError::NotFound { what: "ad account", .. })));
    Ok(())
}

#[tokio::test]
async fn a_dead_token_is_noted_and_a_new_one_revives_the_connection() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    ad_account::upsert(&mut tx, &account_description(), now()).await?;
    let id = connection::upsert(&mut tx, &vault(), &actor(), &grant("x")).await?;
    let connected = connection::find(&mut tx, &account()).await?.expect("it is there").last_validated_at;
    assert!(connected.is_some(), "whoever connects has just found it to work");
    connection::set_status(&mut tx, id, ConnectionStatus::Revoked, Some("the user left"), now()).await?;
    let stored = connection::find(&mut tx, &account()).await?.expect("it is there");
    assert_eq!(
        (stored.status, stored.last_error.as_deref()),
        (ConnectionStatus::Revoked, Some("the user left"))
    );
    assert_eq!(stored.last_validated_at, connected);

    connection::upsert(&mut tx, &vault(), &actor(), &grant("y")).await?;
    let at = now();
    connection::set_status(&mut tx, id, ConnectionStatus::Active, None, at).await?;
    let stored = connection::find(&mut tx, &account()).await?.expect("it is there");
    assert_eq!((stored.status, stored.last_error), (ConnectionStatus::Active, None));
    assert_eq!(stored.last_validated_at, Some(at));

    connection::delete(&mut tx, &actor(), id).await?;
    assert!(connection::list(&mut tx).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_sealed_value_opens_only_where_it_was_sealed() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let stranger = office.stranger().await?;
    let vault = vault();
    let place = Place { table: "connection", column: "token", row: Uuid::now_v7() };
    let secret: SecretString = "secret".into();
    let mut tx = office.tx().await?;
    let sealed = vault.seal(&mut tx, place, &secret).await?;
    assert_eq!(vault.open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    assert_ne!(vault.seal(&mut tx, place, &secret).await?, sealed, "every sealing has a nonce of its own");

    let elsewhere = [
        Place { row: Uuid::now_v7(), ..place },
        Place { column: "page_token", ..place },
        Place { table: "other", ..place },
    ];
    for place in elsewhere {
        let refused = vault.open(&mut tx, place, &sealed).await;
        assert!(matches!(refused, Err(StoreError::Vault(VaultError::Broken { .. }))), "{place:?}");
    }
    for at in [0, 20, 50] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let refused = vault.open(&mut tx, place, &changed).await;
        assert!(matches!(refused, Err(StoreError::Vault(VaultError::Broken { .. }))), "byte {at}");
    }
    assert!(vault.open(&mut tx, place, &sealed[..10]).await.is_err());
    tx.commit().await?;

    let mut tx = office.database.db.tenant(stranger).await?;
    assert!(vault.open(&mut tx, place, &sealed).await.is_err());
    Ok(())
}
