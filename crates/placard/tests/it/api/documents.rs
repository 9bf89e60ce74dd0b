//! Documents over REST.

use super::served::Served;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

fn profile(name: &str, bio: &str) -> Value {
    json!({"platform": "instagram", "username": name, "bio": bio, "status": "pending", "interests": ["sea"]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_come_in_together_and_change_one_version_at_a_time() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let call = async |method: &str, path: &str, body| served.call(method, path, Some(&admin), body).await;
    let mut wrong = profile("eve", "");
    wrong["risk_score"] = 101.into();
    let many = json!({"documents": [profile("ann", "Bread and waves"), wrong, profile("ann", "again"), profile("bob", "Glass")]});
    let taken = call("POST", "/profiles/import", Some(many)).await?.good()?;
    ensure!(taken["written"] == 2 && taken["refused"] == 2, "{taken}");
    ensure!(taken["errors"][0]["path"] == "documents[1].risk_score", "{taken}");
    ensure!(taken["errors"][1]["path"] == "documents[2]", "{taken}");
    ensure!(call("POST", "/profiles/import", Some(json!({"documents": []}))).await?.status == 422);

    let found = call("GET", "/profiles?words=WAVES%20sand", None).await?.good()?;
    ensure!(found["items"][0]["document"]["username"] == "ann" && found["items"][1].is_null(), "{found}");
    let page = call("GET", "/profiles?status=pending&interest=sea&limit=1", None).await?.good()?;
    let next = page["next"].as_str().context("there is another page")?;
    let last = call("GET", &format!("/profiles?status=pending&interest=sea&limit=1&cursor={next}"), None)
        .await?
        .good()?;
    ensure!(last["items"][0]["document"]["username"] == "ann" && last["next"].is_null(), "{last}");
    ensure!(
        call("GET", &format!("/profiles?limit=1&cursor={next}"), None).await?.status == 422,
        "another question"
    );
    ensure!(call("GET", "/profiles?words=x&status=pending", None).await?.status == 422);

    let path = format!("/profiles/{}", found["items"][0]["id"].as_str().context("an id")?);
    let put = async |seen: &str, body: Value| {
        let headers = [("content-type", "application/json"), ("if-match", seen)];
        let body = json!({"document": body}).to_string().into_bytes();
        served.send(served.address(), "PUT", &path, Some(&admin), &headers, Some(body)).await
    };
    let mut approved = profile("ann", "Bread and waves");
    approved["status"] = "approved".into();
    let answer = put("\"1\"", approved.clone()).await?;
    ensure!(answer.status == 200 && answer.headers["etag"] == "\"2\"", "{}", answer.text);
    ensure!(put("\"1\"", approved.clone()).await?.status == 412, "somebody else was first");
    ensure!(put("2", approved).await?.status == 422, "no ETag");
    ensure!(put("\"2\"", json!({"username": 5})).await?.status == 422);
    ensure!(put("\"2\"", profile("bob", "")).await?.status == 409, "the name is taken");
    ensure!(call("DELETE", &path, None).await?.status == 204);
    ensure!(
        call("DELETE", &path, None).await?.status == 404 && call("GET", &path, None).await?.status == 404
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_written_once_and_read_by_time() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let call = async |method: &str, path: &str, body| served.call(method, path, Some(&admin), body).await;
    let event = |key: &str, at: &str| {
        json!({"key": key, "kind": "event", "name": "click", "bucket": "minute", "time_bucket": at,
            "dimensions": {"platform": "meta"}, "metrics": {"value": "1.5"}})
    };
    let events =
        json!({"documents": [event("e1", "2126-01-01T10:00:00Z"), event("e2", "2126-01-01T11:00:00Z")]});
    for _ in 0..2 {
        ensure!(call("POST", "/analytics", Some(events.clone())).await?.good()?["written"] == 2);
    }
    let path = "/analytics?kind=event&platform=meta&from=2126-01-01T10:30:00Z&until=2126-01-02T00:00:00Z";
    let found = call("GET", path, None).await?.good()?;
    ensure!(found["items"].as_array().is_some_and(|items| items.len() == 1), "{found}");
    ensure!(found["items"][0]["document"]["key"] == "e2" && found["items"][0]["version"] == 2, "{found}");
    let all = call("GET", "/analytics", None).await?.good()?;
    ensure!(all["items"].as_array().is_some_and(|items| items.len() == 2), "sent twice, there once: {all}");
    let wrong = json!({"documents": [{"key": "x"}]});
    ensure!(call("POST", "/analytics", Some(wrong)).await?.good()?["refused"] == 1);

    let asset = json!({"documents": [{"project": "spring", "type": "image", "url": "https://example.com/a.png",
        "tags": ["sea"], "status": "draft"}]});
    ensure!(call("POST", "/content-assets/import", Some(asset)).await?.good()?["written"] == 1);
    let found = call("GET", "/content-assets?project=spring&kind=image&tag=sea", None).await?.good()?;
    ensure!(found["items"][0]["document"]["metadata"].is_object(), "{found}");
    Ok(())
}
