//! Requests that are sent more than once.

use super::served::Served;
use anyhow::{Result, ensure};
use futures::future::try_join_all;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_requests_with_one_key_take_one_effect() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let body = json!({"name": "ci", "scopes": ["campaigns:read"]}).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "order-66")];
    let send = || {
        let body = body.clone().into_bytes();
        served.send(served.address(), "POST", "/api-keys", Some(&admin), &headers, Some(body))
    };
    let answers = try_join_all((0..100).map(|_| send())).await?;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    ensure!(!made.is_empty() && made.iter().all(|answer| answer.text == made[0].text), "answers differ");
    let rest = answers.iter().filter(|answer| answer.status != 201);
    ensure!(rest.clone().all(|answer| answer.status == 409), "{:?}", rest.map(|one| one.status).max());

    let replayed = send().await?;
    ensure!(replayed.status == 201 && replayed.text == made[0].text, "{replayed:?}");
    ensure!(replayed.headers.contains_key("idempotency-replayed"));
    let keys = served.call("GET", "/api-keys", Some(&admin), None).await?.good()?;
    ensure!(keys["items"].as_array().is_some_and(|keys| keys.len() == 1), "{keys}");

    let other = json!({"name": "another", "scopes": ["campaigns:read"]}).to_string().into_bytes();
    let other =
        served.send(served.address(), "POST", "/api-keys", Some(&admin), &headers, Some(other)).await?;
    ensure!(other.status == 409 && other.text.contains("another request"), "{other:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_of_someone_else_is_another_key() -> Result<()> {
    let served = Served::open().await?;
    let ((_, one), (_, two)) = (served.tenant("acme").await?, served.tenant("globex").await?);
    let headers = [("content-type", "application/json"), ("idempotency-key", "same")];
    let body = || Some(json!({"name": "ci", "scopes": ["campaigns:read"]}).to_string().into_bytes());
    let first = served.send(served.address(), "POST", "/api-keys", Some(&one), &headers, body()).await?;
    let second = served.send(served.address(), "POST", "/api-keys", Some(&two), &headers, body()).await?;
    ensure!(first.status == 201 && second.status == 201, "{first:?} {second:?}");
    ensure!(first.text != second.text, "another tenant's answer was given");
    Ok(())
}
