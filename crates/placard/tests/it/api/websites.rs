//! Audits of websites over REST.

use super::served::Served;
use anyhow::{Result, ensure};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audits_are_kept_one_by_one_and_compared() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let (_, stranger) = served.tenant("mallory").await?;
    let call = async |method: &str, path: &str, body| served.call(method, path, Some(&admin), body).await;
    // Nothing inside is looked at, and that it cannot be had is what is found.
    let wanted = json!({"url": "http://127.0.0.1:9/#top", "pages": 0, "links": 0});
    let first = call("POST", "/website-audits", Some(wanted.clone())).await?;
    ensure!(first.status == 201, "{}", first.text);
    let first = first.json();
    ensure!(first["score"] == 0 && first["errors"] == 1 && first["url"] == "http://127.0.0.1:9/", "{first}");
    ensure!(
        first["audit"]["findings"][0]["check"] == "unreachable" && first["compared"].is_null(),
        "{first}"
    );
    let second = call("POST", "/website-audits", Some(wanted)).await?.good()?;
    ensure!(second["compared"]["still"].as_array().is_some_and(|still| still.len() == 1), "{second}");

    let list = call("GET", "/website-audits", None).await?.good()?;
    let pages = list["items"].as_array().map_or(0, Vec::len);
    ensure!(pages == 1 && list["items"][0]["errors"] == 1, "one page: {list}");
    let page = format!("/website-audits/{}", list["items"][0]["id"].as_str().unwrap_or_default());
    let shown = call("GET", &page, None).await?.good()?;
    ensure!(shown["runs"][0]["id"] == second["id"] && shown["runs"][1]["id"] == first["id"], "{shown}");
    let run = format!("/website-audit-runs/{}", second["id"].as_str().unwrap_or_default());
    ensure!(call("GET", &run, None).await?.good()? == second, "the same as when it was made");
    for path in [&page, &run] {
        ensure!(served.call("GET", path, Some(&stranger), None).await?.status == 404);
    }
    let wrong = json!({"url": "ftp://example.com/"});
    ensure!(call("POST", "/website-audits", Some(wrong)).await?.status == 422);
    let wrong = json!({"url": "https://example.com/", "pages": 11});
    ensure!(call("POST", "/website-audits", Some(wrong)).await?.status == 422);
    Ok(())
}
