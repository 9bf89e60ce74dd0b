//! Taking over what lives in an ad account: afterwards nothing differs, and nothing was sent.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::Platform;
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
