//! Outreach through the real binary: what a worker sends, what a killed one leaves, what is said to people at a terminal.

use super::mail_server::{MailServer, Manners};
use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use placard_domain::document::Profile;
use placard_store::documents::{Documents, Query};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, process::Stdio, time::Duration};

const PEOPLE: usize = 150;

/// Writes a file of the installation's folder and gives its path.
fn file(installation: &Installation, name: &str, content: &str) -> Result<String> {
    let path = installation.folder().join(name);
    fs::write(&path, content)?;
    Ok(path.display().to_string())
}

fn campaign() -> Value {
    json!({
        "name": "spring",
        "settings": {"quiet": null, "days": [1, 2, 3, 4, 5, 6, 7], "daily_cap": 1000, "gap_seconds": 0, "jitter_seconds": 0},
        "sequence": [{"channel": "smtp", "template": {"subject": "Hello {first_name|there}", "body": "{unsubscribe}"}}],
    })
}

/// A started campaign with people who are approved.
async fn started(installation: &Installation, port: u16, people: usize) -> Result<()> {
    let channels = json!({
        "sender": {"name": "Ann", "address": "ann@acme.example", "replies_to": "replies@acme.example",
            "server": "https://ads.acme.example"},
        "smtp": {"host": "127.0.0.1", "port": port, "encryption": "none"},
    });
    let channels = file(installation, "channels.json", &channels.to_string())?;
    installation.must(&["outreach", "channels", &channels]).await?;
    let spring = file(installation, "spring.json", &campaign().to_string())?;
    installation.must(&["outreach", "save", &spring]).await?;
    let rows: String = (0..people).map(|number| format!("p{number}@example.org,P{number}\n")).collect();
    let table = file(installation, "people.csv", &format!("address,first_name\n{rows}"))?;
    installation.must(&["outreach", "enrol", "spring", &table]).await?;
    installation.must(&["outreach", "approve", "spring", "--all"]).await?;
    installation.must(&["outreach", "start", "spring"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_sends_what_is_due_and_a_killed_one_nothing_twice() -> Result<()> {
    let server = MailServer::start(|_| Manners::Take).await?;
    let installation = Installation::open().await?;
    started(&installation, server.port, PEOPLE).await?;
    let mut raw = installation.database.superuser().await;

    let mut worker = installation.placard(&["worker"]).stdout(Stdio::null()).spawn()?;
    while server.count() < PEOPLE / 3 {
        ensure!(worker.try_wait()?.is_none(), "it ended after {} messages", server.count());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    worker.kill().await?;
    ensure!(server.count() < PEOPLE, "it was killed too late");
    sqlx::query(
        "update enrolment set locked_until = now() - interval '1 second' where locked_until is not null",
    )
    .execute(&mut raw)
    .await?;

    let mut worker = installation.placard(&["worker"]).stdout(Stdio::null()).spawn()?;
    loop {
        ensure!(worker.try_wait()?.is_none(), "it ended after {} messages", server.count());
        let left: i64 = sqlx::query_scalar("select count(*) from enrolment where status = 'approved'")
            .fetch_one(&mut raw)
            .await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.kill().await?;

    let stats: Value =
        serde_json::from_str(&installation.must(&["outreach", "stats", "spring", "--json"]).await?)?;
    let unknown = stats["unknown"].as_u64().context("a number")?;
    ensure!(unknown <= 1, "a killed worker leaves one message in doubt: {stats}");
    ensure!(stats["sent"].as_u64() == Some(PEOPLE as u64 - unknown), "{stats}");
    let letters = server.taken();
    let different: BTreeSet<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    ensure!(different.len() == letters.len(), "{} letters to {} people", letters.len(), different.len());
    let list = letters[0].header("List-Unsubscribe").context("no way out")?;
    ensure!(list.starts_with("<https://ads.acme.example/api/v1/outreach/unsubscribe/"), "{list}");
    ensure!(letters[0].header("List-Unsubscribe-Post").as_deref() == Some("List-Unsubscribe=One-Click"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_mistypes_or_has_no_mail_server_is_told_what_to_do() -> Result<()> {
    let port = MailServer::start(|_| Manners::Take).await?.stop();
    let installation = Installation::open().await?;
    let none = installation.refuses(&["outreach", "start", "spring"], 2).await?;
    ensure!(none.contains("placard outreach save"), "{none}");
    let spring = file(&installation, "spring.json", &campaign().to_string())?;
    for told in ["as a draft", "as it was"] {
        let said = installation.must(&["outreach", "save", &spring]).await?;
        ensure!(said.contains(told), "{said}");
    }
    let silent = installation.refuses(&["outreach", "start", "spring"], 2).await?;
    ensure!(silent.contains("no channel is set up"), "{silent}");
    started(&installation, port, 3).await?;
    let typo = installation.refuses(&["outreach", "stats", "sprnig"], 2).await?;
    ensure!(typo.contains("did you mean `spring`?"), "{typo}");
    let table =
        file(&installation, "people.csv", "address,zone\np1@example.org,\nbob,\neve@example.org,Mars\n")?;
    let wrong = installation.refuses(&["outreach", "enrol", "spring", &table], 2).await?;
    ensure!(wrong.contains("line 3") && wrong.contains("line 4"), "{wrong}");
    let run = installation.run(&["outreach", "run"]).await?;
    ensure!(run.code() == Some(1) && run.stdout.contains("3 refused"), "{run}");
    ensure!(run.stdout.contains("last answer") && !run.stdout.contains("@example.org"), "{run}");
    let again = installation.must(&["outreach", "run"]).await?;
    ensure!(again.contains("0 refused"), "what was refused waits: {again}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_that_fit_are_scored_and_wait_for_approval() -> Result<()> {
    let installation = Installation::open().await?;
    let (documents, tenant) = (Documents::new(&installation.database.db), installation.tenant.id);
    for (name, bio, followers, status) in [
        ("ann", "I love running. Write to <Ann@Example.org>.", Some(500), "pending"),
        ("bob", "running, bob@example.org", Some(5), "pending"),
        ("cat", "running, cat@example.org", None, "pending"),
        ("dan", "running", Some(500), "approved"),
        ("eve", "running, eve@example.org", Some(500), "rejected"),
    ] {
        let metadata = followers.map_or(json!({}), |followers| json!({"followers": followers}));
        let profile = json!({
            "platform": "instagram", "username": name, "bio": bio, "metadata": metadata, "status": status,
        });
        documents.insert::<Profile>(tenant, &serde_json::from_value(profile)?).await?;
    }
    let mut spring = campaign();
    spring["criteria"] = json!({"keywords": ["running"], "followers": {"min": 100}});
    let spring = file(&installation, "spring.json", &spring.to_string())?;
    installation.must(&["outreach", "save", &spring]).await?;
    let pick = ["outreach", "enrol", "spring", "--from-profiles", "--json"];
    let picked: Value = serde_json::from_str(&installation.must(&pick).await?)?;
    let expected = json!({
        "read": 5, "scored": 5, "fit": 1, "new": 1, "rejected": 1, "no_address": 1,
        "missed": {"followers": 1}, "untold": {"followers": 1},
    });
    ensure!(picked == expected, "{picked}");
    let again: Value = serde_json::from_str(&installation.must(&pick).await?)?;
    ensure!(again["scored"] == 0 && again["new"] == 0, "{again}");
    let queue = installation.must(&["outreach", "queue", "spring", "--json"]).await?;
    ensure!(queue.lines().count() == 1 && queue.contains("Ann@Example.org"), "{queue}");
    let kept = documents.find::<Profile>(tenant, &Query::default()).await?;
    let risks: Vec<_> = kept.items.iter().map(|one| one.document.risk_score).collect();
    ensure!(risks.iter().all(Option::is_some), "{risks:?}");
    Ok(())
}
