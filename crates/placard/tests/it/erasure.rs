//! Nothing of a person who was forgotten is left: not in the tables, not in the server's files.

use crate::support::Installation;
use anyhow::{Result, ensure};
use placard_domain::document::{Profile, ProfileMetadata, ProfileStatus};
use placard_store::documents::Documents;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command};

const ADDRESS: &str = "needle.in.a.haystack@example.com";
const NAME: &str = "Needleworthy";

fn holds(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// A lead, a place in a campaign and a profile of one person, and of somebody else.
async fn furnish(installation: &Installation) -> Result<()> {
    let write = |name: &str, content: String| -> Result<String> {
        let path = installation.folder().join(name);
        fs::write(&path, content)?;
        Ok(path.display().to_string())
    };
    let leads = write("leads.csv", format!("email,last_name\n{ADDRESS},{NAME}\nbob@example.com,Bob\n"))?;
    installation.must(&["leads", "import", &leads]).await?;
    let profile = |username: &str, display_name: &str| Profile {
        platform: "instagram".into(),
        platform_id: None,
        username: username.into(),
        display_name: Some(display_name.into()),
        profile_url: None,
        avatar_url: None,
        bio: None,
        metadata: ProfileMetadata::default(),
        posts: Vec::new(),
        interests: Vec::new(),
        sentiment: None,
        risk_score: None,
        status: ProfileStatus::Approved,
        campaigns: Vec::new(),
    };
    let (documents, tenant) = (Documents::new(&installation.database.db), installation.tenant.id);
    let id = documents.insert(tenant, &profile("needle", NAME)).await?.id;
    documents.insert(tenant, &profile("bob", "Bob")).await?;
    let campaign = json!({
        "name": "spring",
        "sequence": [{"channel": "sandbox", "template": {"subject": "Hi", "body": "{unsubscribe}"}}],
    });
    let campaign = write("spring.json", campaign.to_string())?;
    installation.must(&["outreach", "save", &campaign]).await?;
    let people = format!("address,profile_id,first_name\n{ADDRESS},{id},{NAME}\nbob@example.com,,Bob\n");
    let people = write("people.csv", people)?;
    installation.must(&["outreach", "enrol", "spring", &people]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_person_outlives_an_erasure_anywhere() -> Result<()> {
    let installation = Installation::open().await?;
    furnish(&installation).await?;
    let erase = ["erase", "person", "--email", ADDRESS, "--json"];
    installation.refuses(&["erase", "person", "--email", "needle", "--yes"], 2).await?;
    let yes = [&erase[..], &["--yes"]].concat();
    let erased: Value = serde_json::from_str(&installation.must(&yes).await?)?;
    for (what, count) in [("leads", 1), ("touches", 1), ("enrolments", 1), ("profiles", 1), ("left", 0)] {
        ensure!(erased[what] == count, "{what}: {erased}");
    }
    let again: Value = serde_json::from_str(&installation.must(&yes).await?)?;
    ensure!(again["leads"] == 0 && again["enrolments"] == 0, "{again}");

    let dump = Command::new("pg_dump").arg(installation.database.url().expose_secret()).output()?;
    ensure!(dump.status.success() && holds(&dump.stdout, "bob"), "everything was dumped");
    for needle in [ADDRESS, NAME] {
        ensure!(!holds(&dump.stdout, needle), "{needle} is in the dump");
    }
    nowhere_in_the_servers_files(&installation).await
}

/// The address was never written but sealed. A profile is readable, so that it can be searched: it is gone from the files
/// once the server has written the table anew.
async fn nowhere_in_the_servers_files(installation: &Installation) -> Result<()> {
    let mut raw = installation.database.superuser().await;
    for statement in ["vacuum full", "checkpoint"] {
        sqlx::query(statement).execute(&mut raw).await?;
    }
    let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut raw).await?;
    let base: String =
        sqlx::query_scalar("select 'base/' || oid::text from pg_database where datname = current_database()")
            .fetch_one(&mut raw)
            .await?;
    let (tables, log) = (Path::new(&folder).join(base), Path::new(&folder).join("pg_wal"));
    let control = installation.tenant.slug.as_str();
    ensure!(stands_in(&tables, control)?, "{control}, which is stored as it is, is not found");
    for needle in [ADDRESS, NAME] {
        ensure!(!stands_in(&tables, needle)?, "a table's file holds {needle}");
    }
    ensure!(!stands_in(&log, ADDRESS)?, "the write-ahead log holds the address");
    Ok(())
}

/// Whether a file below `folder` holds `needle`, in capitals or not.
fn stands_in(folder: &Path, needle: &str) -> Result<bool> {
    let flags = ["--quiet", "--recursive", "--text", "--ignore-case", "--fixed-strings", "--no-messages"];
    let status = Command::new("grep").env("LC_ALL", "C").args(flags).arg(needle).arg(folder).status()?;
    match status.code() {
        Some(0) => Ok(true),
        // With 2 a file went while it was looked for: the log is that of all tests, and is recycled.
        Some(1 | 2) if folder.exists() => Ok(false),
        _ => anyhow::bail!("grep ended with {status}"),
    }
}
