//! Taking over what lives in an ad account: afterwards nothing differs, and nothing was sent.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind};
use serde_json::{Value, json};

/// Imports everything, and gives what was said.
async fn import(installation: &Installation, more: &[&str]) -> Result<Value> {
    let platform = installation.account().platform;
    let mut arguments = vec!["import", "account", "--json", "--platform", platform.as_str()];
    arguments.extend(more);
    let before = installation.seq();
    let said = installation.must(&arguments).await?;
    ensure!(installation.writes_since(before) == 0, "an import wrote something");
    serde_json::from_str(&said).with_context(|| format!("no JSON: {said}"))
}

/// A campaign that another tenant published is imported without a single adopted field.
async fn round_trip(platform: Platform) -> Result<()> {
    let mut installation = Installation::open_on(platform).await?;
    let spec = Spec { groups: 2, ..Spec::large(platform) };
    installation.publish(&spec).await?;
    installation.forget().await?;

    let said = import(&installation, &["--out", "taken"]).await?;
    let [one] = said["imported"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        anyhow::bail!("{said:#}");
    };
    ensure!(one["adopted"] == json!([]), "{:#}", one["adopted"]);
    ensure!(one["left"] == json!([]), "{:#}", one["left"]);
    let file = one["file"].as_str().context("a file")?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty() && plan.warnings.is_empty(), "{plan:#?}");

    let again = import(&installation, &["--out", "taken"]).await?;
    ensure!(
        again["imported"] == json!([]) && again["known"].as_array().map(Vec::len) == Some(1),
        "{again:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_meta_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_google_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_microsoft_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_tiktok_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Tiktok).await
}

/// After an import, a campaign is like any other: edits by hand show, changes of the spec are published, and it can be
/// deleted.
async fn lives_on(platform: Platform) -> Result<()> {
    let mut installation = Installation::open_on(platform).await?;
    let spec = Spec { platform, ..Spec::default() };
    installation.publish(&spec).await?;
    installation.forget().await?;
    let said = import(&installation, &[]).await?;
    let one = &said["imported"][0];
    let (key, file) = (one["campaign"].as_str().context("a key")?, one["file"].as_str().context("a file")?);
    let name = installation
        .world()?
        .living()
        .find(|object| object.kind == Kind::Campaign)
        .map(|one| one.name.clone());
    let name = name.context("a campaign")?;

    // Its budget is raised in the spec.
    let place = installation.folder().join(file);
    let text = std::fs::read_to_string(&place)?;
    let raised = text.replace("daily: 120.00", "daily: 130.00").replace("daily: 120\n", "daily: 130\n");
    ensure!(raised != text, "{text}");
    std::fs::write(&place, raised)?;
    let plan = installation.plan(file).await?;
    ensure!(plan.steps.len() == 1 && plan.conflicts.is_empty(), "{plan:#?}");
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let now = installation.world()?;
    let campaign = now.living().find(|object| object.kind == Kind::Campaign).context("it lives")?;
    ensure!(campaign.name == name, "it was renamed from {name} to {}", campaign.name);
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");

    installation.must(&["delete", "--yes", key]).await?;
    let left = installation.world()?;
    let left: Vec<_> = left
        .living()
        .filter(|object| matches!(object.kind, Kind::Campaign | Kind::AdGroup | Kind::Ad | Kind::Keyword))
        .collect();
    ensure!(left.is_empty(), "{left:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_meta_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_google_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_microsoft_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_tiktok_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Tiktok).await
}
