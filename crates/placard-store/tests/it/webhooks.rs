//! What platforms tell: each thing once, each tenant's for itself, and what is personal sealed.

use crate::{
    connections::vault,
    support::{Office, account, account_description, actor, now, token},
};
use chrono::TimeDelta;
use placard_domain::{
    ConnectionId, Platform,
    notice::{NoticeKind, NoticeRefusal, Topic},
};
use placard_store::{
    SystemTx, TenantTx, Vault, ad_account, connection,
    lead_event::{self, NewLead},
    webhook::{self, NewNotice, NewSubscription},
};
use secrecy::ExposeSecret;

const FIELDS: &str = r#"[{"name":"email","values":["zoe@leads.invalid"]}]"#;

fn notice(connection: ConnectionId, digest: u8) -> NewNotice {
    let (kind, subject) = (NoticeKind::Object, Some("1".to_owned()));
    NewNotice { connection, digest: [digest; 32], kind, subject, occurred_at: None }
}

async fn note_lead(tx: &mut TenantTx, vault: &Vault, fields: Option<&str>) -> anyhow::Result<()> {
    let fields = fields.map(Into::into);
    let account = account();
    let lead = NewLead { account: &account, remote_id: "77", form: None, ad: None, created_at: None, fields };
    Ok(lead_event::note(tx, vault, &lead, now()).await?)
}

/// Something in every table.
pub(crate) async fn furnish(tx: &mut TenantTx, connection: ConnectionId) -> anyhow::Result<()> {
    let topics = [(Topic::Reviews, Some("9".to_owned()))];
    let callback = "https://ads.example.com/api/v1/webhooks/tiktok";
    let new = NewSubscription { connection, callback, token: Some(token("end")), topics: &topics };
    webhook::subscribe(tx, &actor(), &new).await?;
    webhook::take(tx, Platform::Meta, &[notice(connection, 1)], now()).await?;
    note_lead(tx, &vault(), Some(FIELDS)).await
}

/// Something that was not taken.
pub(crate) async fn refuse(tx: &mut SystemTx) -> anyhow::Result<()> {
    Ok(webhook::refuse(tx, Platform::Meta, NoticeRefusal::Forged, 1, now().date_naive()).await?)
}

async fn connected(office: &Office) -> anyhow::Result<(TenantTx, ConnectionId)> {
    let mut tx = office.tx().await?;
    ad_account::upsert(&mut tx, &account_description(), now()).await?;
    let grant = crate::connections::grant("x");
    let id = connection::upsert(&mut tx, &vault(), &actor(), &grant).await?;
    Ok((tx, id))
}

#[tokio::test]
async fn what_is_told_again_is_counted_and_forgotten_only_when_it_was_looked_after() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (mut tx, id) = connected(&office).await?;
    let told = [notice(id, 1), notice(id, 2)];
    assert_eq!(webhook::take(&mut tx, Platform::Meta, &told, now()).await?, 2);
    assert_eq!(webhook::take(&mut tx, Platform::Meta, &told[..1], now()).await?, 0);
    let counts = webhook::counts(&mut tx).await?;
    assert_eq!((counts[0].taken, counts[0].repeated, counts[0].waiting), (2, 1, 2));
    let waiting = webhook::waiting(&mut tx, id, 1).await?;
    webhook::handled(&mut tx, &[waiting[0].id], now()).await?;
    assert_eq!(webhook::purge(&mut tx, now() + TimeDelta::days(1)).await?, 1, "one waits still");
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn a_delivery_finds_its_connection_by_account_or_by_the_end_of_its_address() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (mut tx, id) = connected(&office).await?;
    furnish(&mut tx, id).await?;
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    let found = webhook::of_account(&mut tx, &account()).await?;
    assert_eq!(
        found.iter().map(|one| (one.tenant, one.connection)).collect::<Vec<_>>(),
        [(office.tenant, id)]
    );
    let platform = account().platform;
    assert!(webhook::of_token(&mut tx, platform, &token("end")).await?.is_some());
    assert!(webhook::of_token(&mut tx, platform, &token("guessed")).await?.is_none());
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn a_lead_is_kept_once_and_goes_over_to_another_data_key() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let vault = vault();
    let mut tx = office.tx().await?;
    note_lead(&mut tx, &vault, None).await?;
    note_lead(&mut tx, &vault, Some(FIELDS)).await?;
    note_lead(&mut tx, &vault, Some("[]")).await?;
    let leads = lead_event::list(&mut tx, None, 10).await?;
    assert_eq!(leads.len(), 1);
    vault.rotate_data_key(&mut tx).await?;
    assert_eq!(lead_event::reseal(&mut tx, &vault, 10).await?, 1);
    assert_eq!(lead_event::reseal(&mut tx, &vault, 10).await?, 0);
    let fields = lead_event::fields(&mut tx, &vault, leads[0].id).await?;
    assert_eq!(fields.as_ref().map(ExposeSecret::expose_secret), Some(FIELDS));
    tx.commit().await?;
    Ok(())
}
