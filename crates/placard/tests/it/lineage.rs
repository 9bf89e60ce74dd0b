//! The whole chain through the real binary: from a prompt to what was sold.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use rust_decimal::Decimal;
use serde_json::Value;
use std::fs;

/// One of the example campaign's pictures.
const PICTURE: &[u8] = include_bytes!("../../../../examples/images/forest.png");

const NOBODY: &str = "0190a0a0-0000-7000-8000-000000000000";

async fn told(installation: &Installation, arguments: &[&str]) -> Result<Value> {
    let said = installation.must(&[&["--json"], arguments].concat()).await?;
    serde_json::from_str(&said).with_context(|| said.clone())
}

async fn chains(installation: &Installation, arguments: &[&str]) -> Result<Vec<Value>> {
    let told = told(installation, &[&["lineage"], arguments].concat()).await?;
    Ok(told["items"].as_array().with_context(|| told.to_string())?.clone())
}

fn id_of(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("no id: {value}"))
}

fn missing(chain: &Value) -> Vec<&str> {
    let gaps = chain["missing"].as_array().map(Vec::as_slice).unwrap_or_default();
    gaps.iter().filter_map(|gap| gap["link"].as_str()).collect()
}

/// Ids of two copies and of the call that wrote both.
async fn written(installation: &Installation) -> Result<(String, String, String)> {
    let write = ["copy", "write", "--product", "Alpine tents", "--audience", "hikers", "--platforms", "meta"];
    let told = told(installation, &[&write[..], &["--count", "2"]].concat()).await?;
    let copies = &told["copies"];
    Ok((id_of(&copies[0]["id"])?, id_of(&copies[1]["id"])?, id_of(&told["request_id"])?))
}

/// A lead by the ad, and a deal with it that was won.
async fn sold(installation: &Installation, ad: &str, who: &str, amount: &str, currency: &str) -> Result<()> {
    let file = installation.folder().join("leads.csv");
    fs::write(&file, format!("email,platform,ad_id\n{who},fb,{ad}\n"))?;
    installation.must(&["leads", "import", &file.display().to_string()]).await?;
    let deal = told(installation, &["deals", "add", who, "Tent", amount, currency]).await?;
    installation.must(&["deals", "move", &id_of(&deal["id"])?, "Won"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ad_is_followed_from_its_prompt_to_what_was_sold() -> Result<()> {
    let installation = Installation::open().await?;
    let (copy, unused, request) = written(&installation).await?;
    let file = Spec::default().write(installation.folder(), "spec")?;
    installation.must(&["copy", "use", &copy, "-f", &file]).await?;
    fs::write(installation.folder().join("0-0.png"), PICTURE)?;
    let asset = told(&installation, &["assets", "add", "0-0.png"]).await?;
    let asset = id_of(&asset["asset"]["id"])?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;

    let fresh = chains(&installation, &["--campaign", "spring-sale"]).await?;
    ensure!(fresh.len() == 2, "{fresh:?}");
    ensure!(missing(&fresh[0]) == ["numbers"], "{}", fresh[0]);
    ensure!(missing(&fresh[1]) == ["asset", "numbers"], "{}", fresh[1]);
    let ad = id_of(&fresh[0]["place"]["id"])?;

    installation.must(&["sandbox", "advance", "--days", "3"]).await?;
    installation.must(&["sync"]).await?;
    sold(&installation, &ad, "ann@example.com", "250.00", "EUR").await?;
    sold(&installation, &ad, "bob@example.com", "100.00", "USD").await?;
    let line = &chains(&installation, &["--asset", &asset]).await?[0];
    ensure!(line["ad"] == "ad-0" && line["assets"][0]["role"] == "primary_image", "{line}");
    ensure!(
        line["copy"]["id"] == copy.as_str() && line["prompt"]["request_id"] == request.as_str(),
        "{line}"
    );
    ensure!(line["leads"] == 2 && line["won"] == 2, "{line}");
    let revenue = [("250", "EUR"), ("100", "USD")];
    for ((amount, currency), told) in revenue.iter().zip(line["revenue"].as_array().context("no revenue")?) {
        ensure!(told["amount"] == *amount && told["currency"] == *currency, "{line}");
    }
    ensure!(missing(line) == ["rate"] && line["roas"].is_null(), "currencies are not mixed: {line}");

    installation.must(&["rates", "set", "EUR", "USD", "1.25"]).await?;
    let all = chains(&installation, &["--prompt", &request]).await?;
    let line = &all[0];
    let spent = |line: &Value| -> Result<Decimal> { Ok(id_of(&line["spend"][0]["amount"])?.parse()?) };
    let expected = (Decimal::from(330) / spent(line)?).round_dp(6).normalize();
    ensure!(line["roas"] == expected.to_string() && missing(line).is_empty(), "{expected}: {line}");
    let both: Decimal = all.iter().map(spent).sum::<Result<_>>()?;
    let report = told(&installation, &["report"]).await?;
    let totals = &report["sections"][0]["totals"]["spend"];
    ensure!(id_of(totals)?.parse::<Decimal>()? == both, "what the report says: {totals}, the chains: {both}");

    let said = installation.must(&["lineage", "--copy", &copy]).await?;
    for part in [
        "spring-sale/group-0/ad-0",
        "250.00 EUR",
        "100.00 USD",
        &request,
        "its picture is not in the library",
    ] {
        ensure!(said.contains(part), "{part}: {said}");
    }
    let none = installation.must(&["lineage", "--copy", &unused]).await?;
    ensure!(none.contains("No ad has these words"), "{none}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_chain_is_broken_is_said_and_unknown_roots_are_refused() -> Result<()> {
    let installation = Installation::open().await?;
    let (copy, ..) = written(&installation).await?;
    let file = Spec { ads: 1, ..Spec::default() }.write(installation.folder(), "spec")?;
    installation.must(&["copy", "use", &copy, "-f", &file]).await?;
    let path = installation.folder().join(&file);
    let text = fs::read_to_string(&path)?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(chains(&installation, &["--copy", &copy]).await?.len() == 1);
    fs::write(&path, text.replace("Alpine tents", "Other tents"))?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(chains(&installation, &["--copy", &copy]).await?.is_empty(), "its words are others now");
    let said = installation.must(&["lineage"]).await?;
    ensure!(said.contains("no copy on record"), "{said}");

    for (root, id, list) in [
        ("--campaign", "spring-sail", "placard status"),
        ("--copy", NOBODY, "placard copy list"),
        ("--prompt", NOBODY, "placard copy prompts"),
        ("--asset", NOBODY, "placard assets list"),
    ] {
        let refused = installation.refuses(&["lineage", root, id], 2).await?;
        ensure!(refused.contains(list), "{root}: {refused}");
    }
    installation.refuses(&["lineage", "--copy", &copy, "--campaign", "spring-sale"], 2).await?;
    Ok(())
}
