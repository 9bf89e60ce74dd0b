//! Boosts over REST: saved one version at a time, and turned into one campaign.

use super::served::{Answer, Served};
use anyhow::{Context, Result, ensure};
use placard_store::tenant::Role;
use serde_json::{Value, json};

const PICTURE: &[u8] = include_bytes!("../../../../../examples/images/lake.png");

/// A boost in which nothing is missing.
fn whole(asset: &str) -> Value {
    json!({
        "name": "Tents for spring",
        "asset_id": asset,
        "copy": {"primary_text": "Sleep dry in any rain.", "headline": "Alpine tents"},
        "targeting": {"locations": {"include": [{"country": "DE"}]}},
        "budget": {"minor": 14_000, "currency": "EUR", "days": 7},
        "destination": {"website": {"url": "https://outdoor.example.com/tents"}},
        "platforms": {"meta": {"account": "act_1001", "page": "2001", "beneficiary": "Outdoor", "payor": "Outdoor"}},
    })
}

struct Desk {
    served: Served,
    admin: String,
}

impl Desk {
    async fn open() -> Result<Self> {
        let served = Served::open().await?;
        let tenant = served.installation.tenant.id;
        let (_, admin) = served.member(tenant, "ada@example.com", Role::Admin).await?;
        Ok(Self { served, admin })
    }

    async fn call(&self, method: &str, path: &str) -> Result<Answer> {
        self.served.call(method, path, Some(&self.admin), None).await
    }

    async fn put(&self, session: &str, seen: Option<i64>, boost: &Value) -> Result<Answer> {
        let tag = seen.map(|seen| format!("\"{seen}\""));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(tag.as_deref().map(|tag| ("if-match", tag)));
        let (address, body) = (self.served.address(), json!({"boost": boost}).to_string().into_bytes());
        let path = format!("/boosts/{session}");
        self.served.send(address, "PUT", &path, Some(&self.admin), &headers, Some(body)).await
    }

    async fn asset(&self) -> Result<String> {
        let picture = reqwest::multipart::Part::bytes(PICTURE.to_vec()).file_name("lake.png");
        let form = reqwest::multipart::Form::new().part("file", picture);
        let asset = self.served.submit("/assets", &self.admin, form).await?.good()?;
        asset["asset"]["id"].as_str().map(str::to_owned).context("no id")
    }
}

fn missing(boost: &Value) -> Vec<&str> {
    let missing = boost["missing"].as_array().map(Vec::as_slice).unwrap_or_default();
    missing.iter().filter_map(|one| one["path"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_boost_is_saved_as_it_is_typed_and_becomes_one_campaign() -> Result<()> {
    let desk = Desk::open().await?;
    let begun = desk.put("s-1", None, &json!({"copy": {"headline": "Alpine tents"}})).await?;
    ensure!(begun.status == 201 && begun.headers["etag"] == "\"1\"", "{begun:?}");
    let begun = begun.json();
    ensure!(begun["status"] == "draft", "{begun}");
    ensure!(
        missing(&begun)
            == ["copy.primary_text", "asset_id", "destination", "platforms", "targeting.locations", "budget"],
        "{begun}"
    );
    let unready = desk.call("POST", "/boosts/s-1/campaign").await?;
    ensure!(
        unready.status == 422 && unready.json()["errors"][0]["path"] == "copy.primary_text",
        "{unready:?}"
    );

    let nobody = "0190a0a0-0000-7000-8000-000000000000";
    let wrong = desk.put("s-1", Some(1), &whole(nobody)).await?.good()?;
    ensure!(missing(&wrong) == ["asset_id"], "there is no such asset: {wrong}");
    let ready = desk.put("s-1", Some(2), &whole(&desk.asset().await?)).await?.good()?;
    ensure!(ready["status"] == "ready" && ready["version"] == 3 && missing(&ready).is_empty(), "{ready}");
    let listed = desk.call("GET", "/boosts?status=ready").await?.good()?;
    ensure!(listed["items"][0]["session"] == "s-1", "{listed}");

    let first = desk.call("POST", "/boosts/s-1/campaign").await?;
    ensure!(first.status == 201, "{first:?}");
    let again = desk.call("POST", "/boosts/s-1/campaign").await?;
    ensure!(again.status == 200 && again.json()["id"] == first.json()["id"], "{again:?}");
    let key = first.json()["key"].as_str().context("no key")?.to_owned();
    let campaign = desk.call("GET", &format!("/campaigns/{key}")).await?.good()?;
    ensure!(campaign["spec"]["budget"]["lifetime"] == "140.00" && campaign["revision"] == 1, "{campaign}");
    let all = desk.call("GET", "/campaigns").await?.good()?;
    ensure!(all["items"].as_array().is_some_and(|all| all.len() == 1), "one boost is one campaign: {all}");
    ensure!(desk.put("s-1", Some(4), &json!({})).await?.status == 409, "it became a campaign");
    let plan = format!("/campaigns/{key}/plans");
    let plan = desk.served.call("POST", &plan, Some(&desk.admin), Some(json!({}))).await?.good()?;
    let apply = format!("/plans/{}/apply", plan["id"].as_str().context("no plan")?);
    let applied = desk.call("POST", &apply).await?.good()?;
    let deployment = applied["deployment_id"].as_str().context("nothing was deployed")?;
    let told = desk.served.stream(&format!("/deployments/{deployment}/events"), &desk.admin).await?;
    let last = told.lines().filter_map(|line| line.strip_prefix("data:")).next_back().context("no event")?;
    ensure!(serde_json::from_str::<Value>(last)?["status"] == "succeeded", "{last}");
    ensure!(desk.call("DELETE", "/boosts/s-1").await?.status == 204);
    ensure!(desk.call("DELETE", "/boosts/s-1").await?.status == 404);
    ensure!(desk.call("GET", &format!("/campaigns/{key}")).await?.status == 200, "the campaign stays");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_save_at_once_one_is_told_the_version_that_stands() -> Result<()> {
    let desk = Desk::open().await?;
    let (first, other) = (json!({"name": "One"}), json!({"name": "Other"}));
    let (one, two) = tokio::join!(desk.put("s", None, &first), desk.put("s", None, &other));
    let mut statuses = [one?.status, two?.status];
    statuses.sort_unstable();
    ensure!(statuses == [201, 412], "{statuses:?}");
    let (one, two) = tokio::join!(desk.put("s", Some(1), &other), desk.put("s", Some(1), &other));
    let (one, two) = (one?, two?);
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    ensure!(won.status == 200 && won.headers["etag"] == "\"2\"", "{won:?}");
    ensure!(lost.status == 412 && lost.headers["etag"] == "\"2\"", "{lost:?}");
    ensure!(lost.json()["detail"].as_str().is_some_and(|detail| detail.contains("version 2")), "{lost:?}");

    ensure!(desk.put("t", Some(1), &other).await?.status == 404, "nobody can have seen it");
    ensure!(desk.put("s", Some(2), &json!({"status": "ready"})).await?.status == 422, "that is ours to say");
    let misshapen = desk.put("s", Some(2), &json!({"budget": {"minor": 0, "currency": "eur"}})).await?;
    ensure!(misshapen.status == 422, "{misshapen:?}");
    let path = misshapen.json()["errors"][0]["path"].clone();
    ensure!(path.as_str().is_some_and(|path| path.starts_with("budget")), "{misshapen:?}");
    ensure!(desk.call("GET", "/boosts/a%20b").await?.status == 404, "that is no session");

    let (_, stranger) = desk.served.tenant("stranger").await?;
    let theirs = desk.served.call("GET", "/boosts/s", Some(&stranger), None).await?;
    ensure!(theirs.status == 404, "{theirs:?}");
    Ok(())
}
