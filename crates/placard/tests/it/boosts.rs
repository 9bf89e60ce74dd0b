//! `placard boosts`, as somebody uses it.

use crate::support::Installation;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::fs;

#[tokio::test]
async fn a_boost_is_put_together_converted_and_published() -> Result<()> {
    let placard = Installation::open().await?;
    let write = |boost: &Value| fs::write(placard.folder().join("boost.json"), boost.to_string());
    let picture = include_bytes!("../../../../examples/images/lake.png");
    fs::write(placard.folder().join("lake.png"), picture)?;
    let added = placard.must(&["--json", "assets", "add", "lake.png"]).await?;
    let asset = serde_json::from_str::<Value>(&added)?["asset"]["id"].clone();
    let mut boost = json!({
        "asset_id": asset,
        "copy": {"primary_text": "Sleep dry in any rain.", "headline": "Alpine tents"},
        "budget": {"minor": 14_000, "currency": "EUR", "days": 7},
        "destination": {"website": {"url": "https://outdoor.example.com/tents"}},
        "platforms": {"meta": {"account": "act_1001", "page": "2001", "beneficiary": "Outdoor", "payor": "Outdoor"}},
    });
    write(&boost)?;
    let begun = placard.must(&["boosts", "set", "spring", "boost.json"]).await?;
    ensure!(begun.contains("missing targeting.locations: no place was chosen"), "{begun}");
    let unready = placard.refuses(&["boosts", "convert", "spring"], 2).await?;
    ensure!(unready.contains("targeting.locations"), "{unready}");
    boost["targeting"] = json!({"locations": {"include": [{"country": "DE"}]}});
    write(&boost)?;
    let stale = placard.refuses(&["boosts", "set", "spring", "boost.json", "--version", "7"], 2).await?;
    ensure!(stale.contains("version 1"), "{stale}");
    let ready = placard.must(&["boosts", "set", "spring", "boost.json"]).await?;
    ensure!(ready.contains("ready at version 2"), "{ready}");

    let converted = placard.must(&["boosts", "convert", "spring", "-f", "spring.yaml"]).await?;
    let again = placard.must(&["boosts", "convert", "spring"]).await?;
    ensure!(converted.contains("placard apply -f spring.yaml") && again.contains("already"), "{again}");
    placard.must(&["apply", "--yes", "-f", "spring.yaml"]).await?;
    let campaigns = placard.must(&["status", "--json"]).await?;
    ensure!(campaigns.matches("\"key\"").count() == 1, "one boost is one campaign: {campaigns}");
    let typo = placard.refuses(&["boosts", "show", "sprng"], 2).await?;
    ensure!(typo.contains("placard boosts list"), "{typo}");
    placard.must(&["boosts", "delete", "spring"]).await?;
    let none = placard.must(&["boosts", "list"]).await?;
    ensure!(none.contains("There is no such boost"), "{none}");
    Ok(())
}
