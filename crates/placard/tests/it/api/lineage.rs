//! Lineage over REST.

use super::served::Served;
use crate::support::Spec;
use anyhow::{Context, Result, ensure};
use placard_store::tenant::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_come_page_by_page_and_only_to_whose_they_are() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.member(served.installation.tenant.id, "ada@example.com", Role::Admin).await?;
    let (_, stranger) = served.tenant("stranger").await?;
    served.installation.publish(&Spec::default()).await?;
    let brief = json!({"product": "Alpine tents", "audience": "hikers", "platforms": ["meta"], "count": 1});
    let written = served.call("POST", "/copies", Some(&admin), Some(brief)).await?.good()?;
    let (copy, request) = (&written["copies"][0]["id"], &written["request_id"]);
    let copy = copy.as_str().context("no copy")?;
    let request = request.as_str().context("no call")?;
    let get = async |path: &str| served.call("GET", path, Some(&admin), None).await;

    let first = get("/lineage?campaign=spring-sale&limit=1").await?.good()?;
    let next = first["next"].as_str().context("there is another page")?;
    let last = get(&format!("/lineage?campaign=spring-sale&limit=1&cursor={next}")).await?.good()?;
    ensure!(first["items"][0]["ad"] == "ad-0" && last["items"][0]["ad"] == "ad-1", "{first} {last}");
    ensure!(last["next"].is_null(), "{last}");
    ensure!(first["items"][0]["missing"][0]["link"] == "copy", "nothing was put to use: {first}");
    for name in ["0-0.png", "0-1.png"] {
        let picture = std::fs::read(served.installation.folder().join(name))?;
        let (path, headers) =
            (format!("/campaigns/spring-sale/files?path={name}"), [("content-type", "image/png")]);
        let put = served.send(served.address(), "PUT", &path, Some(&admin), &headers, Some(picture)).await?;
        ensure!(put.status == 204, "{put:?}");
    }
    let body = json!({"campaign": "spring-sale"});
    served.call("POST", &format!("/copies/{copy}/uses"), Some(&admin), Some(body)).await?.good()?;
    let by_prompt = get(&format!("/lineage?prompt={request}")).await?.good()?;
    ensure!(by_prompt["items"][1]["copy"]["id"] == copy, "{by_prompt}");

    ensure!(get(&format!("/lineage?campaign=spring-sale&copy={copy}")).await?.status == 422);
    ensure!(get("/lineage?campagne=spring-sale").await?.status == 422);
    for root in ["campaign=spring-sale".to_owned(), format!("copy={copy}"), format!("prompt={request}")] {
        let answer = served.call("GET", &format!("/lineage?{root}"), Some(&stranger), None).await?;
        ensure!(answer.status == 404, "{root}: {answer:?}");
    }
    let none = served.call("GET", "/lineage", Some(&stranger), None).await?.good()?;
    ensure!(none["items"] == json!([]), "{none}");
    Ok(())
}
