//! How long documents are kept, as upkeep sees to it (requirement P5).

use crate::support::{Shelf, profile};
use anyhow::{Context, Result, ensure};
use chrono::{TimeDelta, Utc};
use placard_domain::document::{
    AutomationSession, AutomationStatus, Message, MessageKind, MessageStatus, Moment, Profile,
};
use placard_store::{audit, documents::Store};
use serde_json::json;
use std::fs;
use uuid::Uuid;

fn ago(days: i64) -> Result<Moment> {
    Ok(Moment::new(Utc::now() - TimeDelta::days(days))?)
}

fn message(step: u16, sent: i64) -> Result<Message> {
    Ok(Message {
        campaign_id: Uuid::from_u128(1),
        profile_id: Uuid::from_u128(2),
        kind: MessageKind::Custom,
        step,
        content: "Hello".into(),
        platform: "email".into(),
        status: MessageStatus::Sent,
        scheduled_for: None,
        sent_at: Some(ago(sent)?),
        delivered_at: None,
        attempts: 1,
        failure: None,
        response: None,
        display_name: Some("Ann".into()),
        avatar_url: None,
        anonymised_at: None,
    })
}

fn login(name: &str, ended: i64) -> Result<AutomationSession> {
    Ok(AutomationSession {
        session_id: name.into(),
        platform: "instagram".into(),
        account: "acme".into(),
        confirmed_at: ago(ended + 1)?,
        user_id: None,
        proxy: None,
        user_agent: None,
        sealed_cookies: "00ff".into(),
        status: AutomationStatus::Active,
        last_validated_at: None,
        last_used_at: None,
        rotated_at: None,
        expires_at: ago(ended)?,
    })
}

/// Puts somebody into a sequence that runs.
async fn speak_to(shelf: &Shelf, id: Uuid) -> Result<()> {
    let folder = shelf.installation.folder();
    let (campaign, people) = (folder.join("spring.json"), folder.join("people.csv"));
    let sequence = json!({
        "name": "spring",
        "sequence": [{"channel": "sandbox", "template": {"subject": "Hi", "body": "{unsubscribe}"}}],
    });
    fs::write(&campaign, sequence.to_string())?;
    fs::write(&people, format!("address,profile_id\ndee@example.com,{id}\n"))?;
    shelf.must(&["outreach", "save", &campaign.display().to_string()]).await?;
    shelf.must(&["outreach", "enrol", "spring", &people.display().to_string()]).await?;
    Ok(())
}

async fn upkeep_keeps_to_the_terms(store: Store) -> Result<()> {
    let shelf = Shelf::open(store).await?;
    let old = shelf.put(&message(1, 731)?, 731).await?;
    let fading = shelf.put(&message(2, 366)?, 366).await?;
    let young = shelf.put(&message(3, 364)?, 364).await?;
    let over = shelf.put(&login("over", 31)?, 40).await?;
    let just_over = shelf.put(&login("just over", 29)?, 40).await?;
    let silent = shelf.put(&profile("silent"), 366).await?;
    let quiet = shelf.put(&profile("quiet"), 364).await?;
    let mut seen = profile("seen");
    seen.metadata.last_active_at = Some(ago(10)?);
    let seen = shelf.put(&seen, 800).await?;
    let mut gone = profile("gone");
    gone.metadata.last_active_at = Some(ago(400)?);
    let gone = shelf.put(&gone, 800).await?;
    let spoken_to = shelf.put(&profile("spoken_to"), 800).await?;
    speak_to(&shelf, spoken_to).await?;
    let before = shelf.get::<Profile>(silent).await?.context("it is there")?;

    for _ in 0..2 {
        shelf.keep_up().await?;
        ensure!(shelf.get::<Message>(old).await?.is_none(), "a message of two years ago stays");
        let faded = shelf.get::<Message>(fading).await?.context("a message of a year ago is gone")?.document;
        ensure!(faded.content.is_empty() && faded.display_name.is_none(), "{faded:?}");
        let kept = shelf.get::<Message>(young).await?.context("a young message is gone")?.document;
        ensure!(kept.content == "Hello", "{kept:?}");
        ensure!(shelf.get::<AutomationSession>(over).await?.is_none(), "a login stays 31 days after its end");
        ensure!(shelf.get::<AutomationSession>(just_over).await?.is_some(), "29 days after its end it stays");
        for (id, who, stays) in [
            (silent, "silent", false),
            (gone, "gone", false),
            (quiet, "quiet", true),
            (seen, "seen", true),
            (spoken_to, "spoken to", true),
        ] {
            ensure!(shelf.get::<Profile>(id).await?.is_some() == stays, "{who}");
        }
        let files = shelf.archive().await?.list().await?;
        ensure!(files.len() == 1 && files[0].documents == 2 && files[0].settled, "{files:?}");
    }
    let mut tx = shelf.session.db().tenant(shelf.installation.tenant.id).await?;
    let lines = audit::list_for(&mut tx, "automation_session", &over.to_string(), 9).await?;
    tx.commit().await?;
    ensure!(lines.len() == 1 && lines[0].action == audit::Action::Purge, "{lines:?}");

    let restored = shelf.archive().await?.restore(None).await?;
    ensure!(restored.restored.len() == 2 && restored.taken.is_empty(), "{restored:?}");
    let after = shelf.get::<Profile>(silent).await?.context("it is back")?;
    ensure!(after.document == before.document && after.version == before.version + 1, "{after:?}");
    ensure!(after.created_at == before.created_at && after.updated_at > before.updated_at, "{after:?}");
    shelf.keep_up().await?;
    ensure!(shelf.get::<Profile>(silent).await?.is_some(), "what is back counts as changed");
    ensure!(shelf.archive().await?.list().await?.is_empty(), "nothing is left in the archive");
    shelf.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_keeps_to_the_terms_in_postgresql() -> Result<()> {
    upkeep_keeps_to_the_terms(Store::Postgres).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_keeps_to_the_terms_in_mongodb() -> Result<()> {
    upkeep_keeps_to_the_terms(Store::MongoDb).await
}
