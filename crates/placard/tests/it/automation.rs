//! The vault of logins, as somebody at a terminal uses it, and where its cookies are not.

use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{fs, process::Command};

const COOKIE: &str = "needle-of-a-cookie";
const PASSWORD: &str = "needle-of-a-password";

/// A file with cookies of which one is `value`.
fn cookies(installation: &Installation, name: &str, value: &str) -> Result<String> {
    let path = installation.folder().join(name);
    fs::write(&path, format!(r#"[{{"domain": ".example.com", "name": "sid", "value": "{value}"}}]"#))?;
    Ok(path.display().to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_kept_handed_out_and_nowhere_to_be_read() -> Result<()> {
    let installation = Installation::open().await?;
    let file = cookies(&installation, "cookies.json", COOKIE)?;
    let password = installation.folder().join("password");
    fs::write(&password, format!("{PASSWORD}\n"))?;
    let password = password.display().to_string();
    let add = [
        "automation",
        "add",
        "main",
        "--platform",
        "instagram",
        "--account",
        "acme",
        "--cookies",
        &file,
        "--expires",
        &soon(),
        "--proxy",
        "proxy.example.com:8080",
        "--proxy-user",
        "acme",
        "--proxy-password",
        &password,
    ];
    let said = installation.refuses(&add, 2).await?;
    ensure!(said.contains("--own-account"), "{said}");
    let own = [&add[..], &["--own-account"]].concat();
    let mut heard = installation.must(&own).await?;
    installation.refuses(&own, 2).await?;
    let said = installation.refuses(&["automation", "use", "main"], 3).await?;
    ensure!(said.contains("validate"), "{said}");
    let said = installation.refuses(&["automation", "use", "mian"], 2).await?;
    ensure!(said.contains("mian"), "{said}");
    heard += &installation.must(&["automation", "validate", "main", "works"]).await?;
    let used: Value = serde_json::from_str(&installation.must(&["automation", "use", "main"]).await?)?;
    ensure!(used["cookies"][0]["value"] == COOKIE && used["proxy_password"] == PASSWORD, "{used}");
    heard += &installation.must(&["automation", "list", "--json"]).await?;
    heard += &installation.must(&["automation", "show", "main"]).await?;
    heard += &installation.must(&["audit", "list", "--json"]).await?;
    for word in ["use", "validate", "automation_session"] {
        ensure!(heard.contains(word), "{word} is not in {heard}");
    }
    installation.must(&["keys", "rotate", "--data-keys"]).await?;
    let again: Value = serde_json::from_str(&installation.must(&["automation", "use", "main"]).await?)?;
    ensure!(again["cookies"] == used["cookies"], "{again}");

    let dump = Command::new("pg_dump").arg(installation.database.url().expose_secret()).output()?;
    let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
    ensure!(dump.contains("proxy.example.com"), "everything was dumped");
    for secret in [COOKIE, PASSWORD] {
        let written = hex::encode(secret);
        for place in [&dump, &heard] {
            ensure!(!place.contains(secret) && !place.contains(&written), "{secret} can be read");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_cookies_come_in_the_place_of_those_that_were_seen_and_persons_are_forgotten() -> Result<()> {
    let installation = Installation::open().await?;
    let (first, second) = (
        cookies(&installation, "first.json", "one")?,
        cookies(&installation, "second.json", "u=ann%40example.com")?,
    );
    let add = |name: &'static str, file: &str| {
        let file = file.to_owned();
        let installation = &installation;
        async move {
            let add = [
                "automation",
                "add",
                name,
                "--platform",
                "instagram",
                "--account",
                "acme",
                "--cookies",
                &file,
                "--expires",
                &soon(),
                "--own-account",
                "--json",
            ];
            anyhow::Ok(serde_json::from_str::<Value>(&installation.must(&add).await?)?)
        }
    };
    let added = add("main", &first).await?;
    ensure!(added["status"] == "degraded" && added["version"] == 1, "{added}");
    let end = soon();
    let rotate = ["automation", "rotate", "main", "--cookies", &first, "--expires", &end, "--version"];
    let said = installation.refuses(&[&rotate[..], &["7"]].concat(), 1).await?;
    ensure!(said.contains("version 1"), "{said}");
    installation.must(&[&rotate[..], &["1"]].concat()).await?;
    installation.must(&["automation", "validate", "main", "broken"]).await?;
    installation.refuses(&["automation", "validate", "main", "works"], 3).await?;
    let wrong = installation.folder().join("wrong.json");
    fs::write(&wrong, "[{\"name\": \"needle")?;
    let wrong = wrong.display().to_string();
    let said = installation
        .refuses(&["automation", "rotate", "main", "--cookies", &wrong, "--expires", &soon()], 2)
        .await?;
    ensure!(said.contains("line 1") && !said.contains("needle"), "{said}");

    add("hers", &second).await?;
    let erased =
        installation.must(&["erase", "person", "--email", "ann@example.com", "--yes", "--json"]).await?;
    let erased: Value = serde_json::from_str(&erased)?;
    ensure!(erased["automation_sessions"] == 1 && erased["left"] == 0, "{erased}");
    let left: Value = serde_json::from_str(&installation.must(&["automation", "list", "--json"]).await?)?;
    let names = left.as_array().context("a list")?.iter().map(|one| &one["session_id"]);
    ensure!(names.eq(["main"].iter()), "{left}");
    installation.refuses(&["automation", "purge", "main"], 2).await?;
    installation.must(&["automation", "purge", "main", "--yes"]).await?;
    installation.refuses(&["automation", "show", "main"], 2).await?;
    Ok(())
}

fn soon() -> String {
    (chrono::Utc::now() + chrono::TimeDelta::days(30)).format("%Y-%m-%d").to_string()
}
