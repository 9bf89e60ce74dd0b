//! Master keys and data keys change while everything runs.

use crate::{
    connections::{grant, vault},
    support::{Office, account_description, actor, now},
};
use placard_domain::TenantId;
use placard_store::{
    Db, MasterKeySource, MasterKeys, Place, StoreError, Vault, VaultError, ad_account, connection,
    outbox::{self, Kind, NewMessage},
    signing_key::{self, SigningKey},
    totp,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Executor;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;
use uuid::Uuid;

fn place() -> Place {
    Place { table: "connection", column: "token", row: Uuid::now_v7() }
}

#[tokio::test]
async fn a_wrong_master_key_is_named_as_such_and_rewrapping_changes_the_key() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (old, new) = (vault(), Vault::new([8; 32]));
    let (place, secret) = (place(), SecretString::from("secret"));
    let mut tx = office.tx().await?;
    let sealed = old.seal(&mut tx, place, &secret).await?;
    let refused = new.open(&mut tx, place, &sealed).await;
    assert!(matches!(refused, Err(StoreError::Vault(VaultError::WrongMasterKey(_)))));

    let both = Vault::with_previous([8; 32], vec![[7; 32]]);
    assert_eq!(both.open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    assert_eq!(both.rewrap(&mut tx).await?, 1);
    assert_eq!(both.rewrap(&mut tx).await?, 0);
    assert_eq!(new.open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    assert!(old.open(&mut tx, place, &sealed).await.is_err());
    tx.commit().await?;

    let mut tx = office.database.db.system().await?;
    let sealed = old.seal_system(&mut tx, place, &secret).await?;
    let refused = new.open_system(&mut tx, place, &sealed).await;
    assert!(matches!(refused, Err(StoreError::Vault(VaultError::WrongMasterKey(_)))));
    assert_eq!(both.rewrap_system(&mut tx).await?, 1);
    assert_eq!(both.rewrap_system(&mut tx).await?, 0);
    assert_eq!(new.open_system(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    Ok(())
}

#[tokio::test]
async fn a_key_from_before_its_master_was_noted_still_opens_and_is_noted_by_rewrapping() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let place = place();
    let mut tx = office.tx().await?;
    let sealed = vault().seal(&mut tx, place, &"secret".into()).await?;
    tx.commit().await?;
    office.database.superuser().await.execute("update data_key set master_id = null").await?;
    let mut tx = office.tx().await?;
    assert_eq!(vault().open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    assert_eq!(vault().rewrap(&mut tx).await?, 1);
    assert_eq!(vault().rewrap(&mut tx).await?, 0);
    assert_eq!(vault().open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    Ok(())
}

#[tokio::test]
async fn a_system_secret_opens_only_where_it_was_sealed_and_never_as_a_tenants() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (vault, place) = (vault(), place());
    let mut tx = office.tx().await?;
    let tenants = vault.seal(&mut tx, place, &"secret".into()).await?;
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    let sealed = vault.seal_system(&mut tx, place, &"secret".into()).await?;
    assert_eq!(vault.open_system(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    for elsewhere in [
        Place { row: Uuid::now_v7(), ..place },
        Place { column: "page_token", ..place },
        Place { table: "other", ..place },
    ] {
        let refused = vault.open_system(&mut tx, elsewhere, &sealed).await;
        assert!(matches!(refused, Err(StoreError::Vault(VaultError::Broken { .. }))), "{elsewhere:?}");
    }
    assert!(vault.open_system(&mut tx, place, &tenants).await.is_err());
    tx.commit().await?;
    let mut tx = office.tx().await?;
    assert!(vault.open(&mut tx, place, &sealed).await.is_err());
    Ok(())
}

#[tokio::test]
async fn after_a_rotation_old_tokens_open_and_are_sealed_anew_in_batches() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    let mut tx = office.tx().await?;
    for number in 0..5 {
        let mut description = account_description();
        description.account.id = format!("act_{number}");
        ad_account::upsert(&mut tx, &description, now()).await?;
        let grant = connection::Grant { account: description.account, ..grant(&format!("token {number}")) };
        connection::upsert(&mut tx, &vault, &actor(), &grant).await?;
    }
    assert_eq!(connection::reseal(&mut tx, &vault, 10).await?, 0, "all are sealed by the current key");
    let first = vault.rotate_data_key(&mut tx).await?;
    assert_ne!(vault.rotate_data_key(&mut tx).await?, first);
    let mut batches = Vec::new();
    loop {
        match connection::reseal(&mut tx, &vault, 2).await? {
            0 => break,
            sealed => batches.push(sealed),
        }
    }
    assert_eq!(batches, [2, 2, 1]);
    tx.commit().await?;

    // The retired keys are needed no longer.
    office.database.superuser().await.execute("delete from data_key where retired_at is not null").await?;
    let mut tx = office.tx().await?;
    for stored in connection::list(&mut tx).await? {
        let tokens = connection::tokens(&mut tx, &vault, stored.id).await?;
        let number = stored.account.id.trim_start_matches("act_");
        assert_eq!(tokens.token.expose_secret(), format!("token {number}"));
        assert_eq!(tokens.page_token.expect("it was given").expose_secret(), "page-secret");
        assert_eq!(tokens.refresh_token.expect("it was given").expose_secret(), "refresh-secret");
    }
    Ok(())
}

#[tokio::test]
async fn after_a_rotation_of_the_systems_key_second_factors_signing_keys_and_messages_are_sealed_anew()
-> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    let mut tx = office.database.db.system().await?;
    let secret = |name: &str| SecretString::from(format!("{name} secret"));
    let place = totp::place(office.admin);
    let sealed = vault.seal_system(&mut tx, place, &secret("factor")).await?;
    assert!(totp::enrol(&mut tx, office.admin, &sealed).await?);
    let key = SigningKey {
        id: "first".into(),
        public: vec![1],
        sealed: vault.seal_system(&mut tx, signing_key::place("first"), &secret("signing")).await?,
        activates_at: now(),
        retires_at: None,
    };
    signing_key::insert(&mut tx, &key).await?;
    let message = NewMessage {
        tenant: None,
        kind: Kind::Invitation,
        recipient: "bo@example.com".into(),
        subject: "Join us".into(),
        body: secret("message"),
    };
    for _ in 0..3 {
        outbox::put(&mut tx, &vault, &message).await?;
    }
    assert_eq!(outbox::reseal(&mut tx, &vault, 10).await?, 0, "all are sealed by the current key");
    let first = vault.rotate_system_key(&mut tx).await?;
    assert_ne!(vault.rotate_system_key(&mut tx).await?, first);
    assert_eq!(totp::reseal(&mut tx, &vault, 10).await?, 1);
    assert_eq!(signing_key::reseal(&mut tx, &vault, 10).await?, 1);
    let mut batches = Vec::new();
    for _ in 0..3 {
        batches.push(outbox::reseal(&mut tx, &vault, 2).await?);
    }
    assert_eq!(batches, [2, 1, 0]);
    tx.commit().await?;

    // The retired keys are needed no longer.
    office.database.superuser().await.execute("delete from system_key where retired_at is not null").await?;
    let mut tx = office.database.db.system().await?;
    let factor = totp::find(&mut tx, office.admin).await?.expect("it was enrolled");
    assert_eq!(vault.open_system(&mut tx, place, &factor.sealed).await?.expose_secret(), "factor secret");
    let key = signing_key::all_usable(&mut tx, now()).await?.remove(0);
    let opened = vault.open_system(&mut tx, signing_key::place(&key.id), &key.sealed).await?;
    assert_eq!(opened.expose_secret(), "signing secret");
    for stored in outbox::list(&mut tx, &vault, 10).await? {
        assert_eq!(stored.message.body.expose_secret(), "message secret");
    }
    Ok(())
}

/// Seals and opens until told to stop; everything it ever sealed must open every time.
async fn use_vault(
    db: Db,
    tenant: TenantId,
    vault: Arc<Vault>,
    stop: watch::Receiver<bool>,
) -> Result<usize, StoreError> {
    let mut sealed = Vec::new();
    while !*stop.borrow() {
        let (place, secret) = (place(), Uuid::now_v7().to_string());
        let mut tx = db.tenant(tenant).await?;
        let bytes = vault.seal(&mut tx, place, &secret.clone().into()).await?;
        tx.commit().await?;
        let mut tx = db.system().await?;
        let of_system = vault.seal_system(&mut tx, place, &secret.clone().into()).await?;
        tx.commit().await?;
        sealed.push((place, bytes, of_system, secret));

        let (place, bytes, of_system, secret) = &sealed[rand::random_range(0..sealed.len())];
        let mut tx = db.tenant(tenant).await?;
        assert_eq!(vault.open(&mut tx, *place, bytes).await?.expose_secret(), secret);
        for stored in connection::list(&mut tx).await? {
            let tokens = connection::tokens(&mut tx, &vault, stored.id).await?;
            assert_eq!(tokens.token.expose_secret(), "secret");
        }
        drop(tx);
        let mut tx = db.system().await?;
        assert_eq!(vault.open_system(&mut tx, *place, of_system).await?.expose_secret(), secret);
    }
    Ok(sealed.len())
}

/// One step of an operator's rotation.
async fn rotate(db: &Db, tenant: TenantId, vault: &Vault, step: usize) -> Result<(), StoreError> {
    if step % 4 == 3 {
        let mut tx = db.system().await?;
        vault.rewrap_system(&mut tx).await?;
        return tx.commit().await;
    }
    let mut tx = db.tenant(tenant).await?;
    match step % 4 {
        0 => drop(vault.rotate_data_key(&mut tx).await?),
        1 => drop(connection::reseal(&mut tx, vault, 1).await?),
        _ => drop(vault.rewrap(&mut tx).await?),
    }
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_under_load_and_killed_half_way_without_anything_becoming_unreadable()
-> anyhow::Result<()> {
    let office = Office::open().await?;
    let (db, tenant) = (&office.database.db, office.tenant);
    let (one, two) = ([1; 32], [2; 32]);
    let mut tx = office.tx().await?;
    ad_account::upsert(&mut tx, &account_description(), now()).await?;
    connection::upsert(&mut tx, &Vault::new(one), &actor(), &grant("secret")).await?;
    tx.commit().await?;

    // Some processes have moved on to the second key already, others have not.
    let vaults =
        [Arc::new(Vault::with_previous(one, vec![two])), Arc::new(Vault::with_previous(two, vec![one]))];
    let (stop, stopped) = watch::channel(false);
    let users: Vec<_> = (0..8)
        .map(|user| {
            let vault = vaults[user % 2].clone();
            tokio::spawn(use_vault(db.clone(), tenant, vault, stopped.clone()))
        })
        .collect();
    let mut killed = 0;
    for step in 0..120 {
        let (db, vault) = (db.clone(), vaults[rand::random_range(0..2)].clone());
        let rotation = tokio::spawn(async move { rotate(&db, tenant, &vault, step).await });
        tokio::time::sleep(Duration::from_micros(rand::random_range(0..12_000))).await;
        rotation.abort();
        match rotation.await {
            Ok(done) => done?,
            Err(error) => killed += usize::from(error.is_cancelled()),
        }
    }
    stop.send(true)?;
    for user in users {
        assert!(user.await?? > 0, "every task sealed something");
    }
    assert!(killed > 0, "some rotations were killed");

    // Once the rotation has ended, the first key is needed no longer.
    let mut tx = db.tenant(tenant).await?;
    vaults[1].rewrap(&mut tx).await?;
    let stored = connection::list(&mut tx).await?;
    let tokens = connection::tokens(&mut tx, &Vault::new(two), stored[0].id).await?;
    assert_eq!(tokens.token.expose_secret(), "secret");
    Ok(())
}

pub(crate) fn message(body: &str) -> NewMessage {
    NewMessage {
        tenant: None,
        kind: Kind::ResetPassword,
        recipient: "ann@example.com".into(),
        subject: "Choose another password".into(),
        body: body.into(),
    }
}

#[tokio::test]
async fn messages_wait_sealed_and_show_the_newest_first() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    for body in ["first secret", "second secret"] {
        let mut tx = office.database.db.system().await?;
        outbox::put(&mut tx, &vault, &message(body)).await?;
        tx.commit().await?;
    }
    let mut tx = office.database.db.system().await?;
    let messages = outbox::list(&mut tx, &vault, 9).await?;
    let bodies: Vec<_> = messages.iter().map(|m| m.message.body.expose_secret().to_owned()).collect();
    assert_eq!(bodies, ["second secret", "first secret"]);
    assert_eq!((messages[0].message.kind, messages[0].sent_at), (Kind::ResetPassword, None));
    let at = now();
    outbox::mark_sent(&mut tx, messages[0].id, at).await?;
    assert_eq!(outbox::list(&mut tx, &vault, 1).await?[0].sent_at, Some(at));
    tx.commit().await?;
    let dump: String = sqlx::query_scalar(
        "select string_agg(m::text || encode(sealed_body, 'escape'), '') from outbox_message as m",
    )
    .fetch_one(&mut office.database.superuser().await)
    .await?;
    assert!(!dump.contains("secret"));
    Ok(())
}

/// Master keys as something outside has them, which changes.
struct Outside(Mutex<([u8; 32], Option<[u8; 32]>)>);

impl MasterKeySource for Outside {
    fn read(&self) -> Result<MasterKeys, Box<dyn std::error::Error + Send + Sync>> {
        let (current, previous) = *self.0.lock().map_err(|_| "a test panicked")?;
        Ok(MasterKeys { current, previous: previous.into_iter().collect() })
    }
}

#[tokio::test]
async fn a_vault_that_follows_its_source_opens_and_seals_by_the_key_of_the_moment() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let outside = Arc::new(Outside(Mutex::new(([1; 32], None))));
    let vault = Vault::following(outside.clone())?;
    let place = place();
    let mut tx = office.tx().await?;
    let sealed = vault.seal(&mut tx, place, &"secret".into()).await?;
    tx.commit().await?;

    *outside.0.lock().unwrap() = ([2; 32], Some([1; 32]));
    let mut tx = office.tx().await?;
    assert_eq!(Vault::with_previous([2; 32], vec![[1; 32]]).rewrap(&mut tx).await?, 1);
    tx.commit().await?;
    *outside.0.lock().unwrap() = ([2; 32], None);
    let mut tx = office.tx().await?;
    assert_eq!(vault.open(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    tx.commit().await?;

    // Changed once more, and nothing met that says so: a new data key is sealed by it all the same.
    *outside.0.lock().unwrap() = ([3; 32], Some([2; 32]));
    let mut tx = office.database.db.system().await?;
    let sealed = vault.seal_system(&mut tx, place, &"secret".into()).await?;
    assert_eq!(Vault::new([3; 32]).open_system(&mut tx, place, &sealed).await?.expose_secret(), "secret");
    Ok(())
}

#[tokio::test]
async fn a_change_of_the_master_key_sees_who_is_just_sealing_a_data_key() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    let free = async || {
        let mut tx = office.database.db.system().await?;
        let free = vault.nobody_wraps(&mut tx).await?;
        // Dropped, it would let go of its lock at some later moment.
        tx.commit().await?;
        anyhow::Ok(free)
    };
    assert!(free().await?);
    let mut tx = office.tx().await?;
    let sealed = vault.seal(&mut tx, place(), &"secret".into()).await?;
    assert!(!free().await?, "its data key is not committed");
    tx.commit().await?;
    assert!(!sealed.is_empty() && free().await?);

    let mut tx = office.tx().await?;
    vault.seal(&mut tx, place(), &"another".into()).await?;
    assert!(free().await?, "sealing with a data key that is there holds nobody up");
    Ok(())
}
