//! `placard website` as people and scripts run it.

use crate::support::{Installation, Run};
use anyhow::{Context, Result, ensure};
use axum::{Router, http::Uri, response::Html};
use placard_website::Audit;
use std::{fs, path::Path};
use tempfile::TempDir;
use tokio::process::Command;

/// A site on this machine: a page that lacks nearly everything.
async fn site() -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let answer = |uri: Uri| async move {
        let later = if uri.path() == "/later" { " lang=en" } else { "" };
        Html(format!("<!doctype html><html{later}><title>Page</title><h1>Page</h1><p>Welcome."))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    Ok(address.to_string())
}

async fn placard(folder: &TempDir, arguments: &[&str]) -> Result<Run> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_placard"));
    let folder = folder.path();
    Run::of(command.args(arguments).env("PLACARD_DATA_DIR", folder.join("data")).current_dir(folder)).await
}

#[tokio::test]
async fn an_audit_ends_with_what_it_found() -> Result<()> {
    let folder = TempDir::new()?;
    let (address, page) = (site().await?, |address: &str| format!("http://{address}/"));
    let audit = async |more: &[&str]| {
        let page = page(&address);
        let begin = ["website", "audit", page.as_str(), "--allow", address.as_str()];
        placard(&folder, &[&begin, more].concat()).await
    };
    let run = audit(&[]).await?;
    ensure!(run.code() == Some(1), "{run}");
    ensure!(
        run.stdout.contains("✗ No viewport") && run.stdout.contains("! The language is not told"),
        "{run}"
    );
    ensure!(run.stdout.contains("→ Add lang to the html element.") && run.stderr.is_empty(), "{run}");
    ensure!(audit(&["--fail-on", "never"]).await?.code() == Some(0));

    let before: Audit = serde_json::from_str(&audit(&["--json"]).await?.stdout)?;
    ensure!(before.metrics.status == Some(200) && before.findings.len() > 5);
    fs::write(folder.path().join("before.json"), serde_json::to_string(&before)?)?;
    let later = format!("http://{address}/later");
    let run =
        placard(&folder, &["website", "audit", &later, "--allow", &address, "--compare", "before.json"])
            .await?;
    ensure!(run.stdout.contains("− fixed the language is not told"), "{run}");
    ensure!(audit(&["--compare", "nowhere.json"]).await?.code() == Some(2));
    Ok(())
}

#[tokio::test]
async fn audits_are_kept_where_an_installation_is_and_compared_with_the_one_before() -> Result<()> {
    let installation = Installation::open().await?;
    let address = site().await?;
    let audit = async |path: &str, more: &[&str]| {
        let page = format!("http://{address}{path}");
        let begin = ["website", "audit", page.as_str(), "--allow", address.as_str(), "--fail-on", "never"];
        Run::of(&mut installation.placard(&[&begin, more].concat())).await
    };
    let history = async |more: &[&str]| {
        Run::of(&mut installation.placard(&[&["website", "history"], more].concat())).await
    };
    let run = history(&[]).await?;
    ensure!(run.code() == Some(0) && run.stdout.contains("No audit was kept yet"), "{run}");
    let first = audit("/#top", &[]).await?;
    ensure!(first.code() == Some(0) && first.stderr.is_empty(), "{first}");
    ensure!(!first.stdout.contains("Since the earlier audit"), "there was none before: {first}");
    let second = audit("/", &[]).await?;
    ensure!(second.stdout.contains("Since the earlier audit"), "{second}");
    ensure!(audit("/", &["--forget"]).await?.code() == Some(0));
    audit("/later", &[]).await?;

    let run = history(&[&format!("http://{address}/#bottom")]).await?;
    ensure!(run.stdout.lines().count() == 3 && run.stdout.contains(" of 100  "), "two audits: {run}");
    let pages: serde_json::Value = serde_json::from_str(&history(&["--json"]).await?.stdout)?;
    ensure!(pages[0]["url"] == format!("http://{address}/later") && pages[2].is_null(), "{pages}");
    let run = history(&["https://example.com/"]).await?;
    ensure!(run.code() == Some(2) && run.stderr.contains("no audit of https://example.com/"), "{run}");
    Ok(())
}

#[tokio::test]
async fn nothing_inside_is_looked_at_unless_vouched_for() -> Result<()> {
    let folder = TempDir::new()?;
    for inside in
        ["127.0.0.1", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/"]
    {
        let run = placard(&folder, &["website", "audit", inside]).await?;
        ensure!(run.code() == Some(1) && run.stdout.contains("The page cannot be loaded"), "{inside}: {run}");
        ensure!(run.stdout.contains("PLACARD_WEBSITE_ALLOW"), "{run}");
    }
    for wrong in ["", "ftp://example.com/", "https://exa mple.com/"] {
        ensure!(placard(&folder, &["website", "audit", wrong]).await?.code() == Some(2), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn errors_of_a_page_are_warnings_of_the_spec_that_leads_there() -> Result<()> {
    let folder = TempDir::new()?;
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let spec = fs::read_to_string(examples.join("spring-search.yaml"))?;
    let line = spec.lines().position(|line| line.contains("url: ")).context("a website")? + 1;
    fs::write(
        folder.path().join("spec.yaml"),
        spec.replace("https://outdoor.example.com/bikes", "https://10.1.2.3/"),
    )?;
    let run = placard(&folder, &["validate", "spec.yaml", "--website"]).await?;
    ensure!(run.code() == Some(0), "{run}");
    let said = format!("spec.yaml:{line}:");
    ensure!(run.stderr.contains(&said) && run.stderr.contains("destination.website.url"), "{run}");
    ensure!(run.stderr.contains("10.1.2.3, an address in a private network"), "{run}");
    Ok(())
}
