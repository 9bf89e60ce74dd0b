//! What can be made to go wrong, and what is left behind.

use std::time::{Duration, Instant};

use placard_sandbox::FaultPlan;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACT, Bench, campaign, codes};

fn plan(value: Value) -> FaultPlan {
    serde_json::from_value(value).unwrap()
}

fn once(method: &str, part: &str, action: Value) -> FaultPlan {
    plan(
        json!({ "rules": [{ "match": { "method": method, "path_contains": part, "nth": 1 }, "action": action }] }),
    )
}

fn campaigns(bench: &Bench) -> usize {
    let world = bench.sandbox.world(Some("1001"));
    world["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == "campaign").count()
}

async fn create(bench: &Bench) -> Result<(u16, String), reqwest::Error> {
    let response = bench.send(Method::POST, &format!("{ACT}/campaigns"), &campaign()).await?;
    Ok((response.status().as_u16(), response.text().await?))
}

#[tokio::test]
async fn a_drop_before_leaves_nothing_and_a_drop_after_leaves_the_object() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(once("POST", "campaigns", json!("drop_before")));
    assert!(create(&bench).await.is_err());
    assert_eq!(campaigns(&bench), 0);
    bench.sandbox.set_faults(once("POST", "campaigns", json!("drop_after")));
    assert!(create(&bench).await.is_err());
    assert_eq!(campaigns(&bench), 1);
    assert_eq!(create(&bench).await.unwrap().0, 200, "only the first call was struck");
    let log = bench.sandbox.requests(0);
    let seen: Vec<_> =
        log.iter().map(|entry| (entry.status, entry.committed, entry.fault.as_deref())).collect();
    assert_eq!(seen, [(0, false, Some("drop_before")), (0, true, Some("drop_after")), (200, true, None)]);
}

#[tokio::test]
async fn errors_come_before_or_after_the_work() {
    let bench = Bench::new().await;
    let failure = json!({ "status": 503, "code": 2 });
    bench.sandbox.set_faults(once("POST", "campaigns", json!({ "error_before": failure })));
    assert_eq!(create(&bench).await.unwrap().0, 503);
    assert_eq!(campaigns(&bench), 0);
    bench.sandbox.set_faults(once("POST", "campaigns", json!({ "error_after": failure })));
    let (status, body) = create(&bench).await.unwrap();
    assert_eq!((status, campaigns(&bench)), (503, 1));
    assert_eq!(codes(&serde_json::from_str(&body).unwrap()), (2, 0));
    let bare = json!({ "error_before": { "status": 502, "code": 0 } });
    bench.sandbox.set_faults(once("POST", "campaigns", bare));
    assert!(create(&bench).await.unwrap().1.contains("Service Unavailable"));
}

#[tokio::test]
async fn bodies_arrive_in_half_or_slowly() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(once("POST", "campaigns", json!("truncated_body")));
    assert!(create(&bench).await.is_err());
    assert_eq!(campaigns(&bench), 1);
    bench.sandbox.set_faults(once("POST", "campaigns", json!({ "slow_body_ms": 120 })));
    let began = Instant::now();
    assert_eq!(create(&bench).await.unwrap().0, 200);
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn calling_before_an_announced_wait_is_over_is_a_violation() {
    let bench = Bench::new().await;
    let throttle = json!({ "throttle": { "code": 80_004, "retry_after_s": 90 } });
    bench.sandbox.set_faults(once("POST", "campaigns", throttle));
    let response = bench.send(Method::POST, &format!("{ACT}/campaigns"), &campaign()).await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["retry-after"], "90");
    let usage: Value =
        serde_json::from_str(response.headers()["x-ad-account-usage"].to_str().unwrap()).unwrap();
    assert_eq!(usage["reset_time_duration"], 90);
    assert_eq!(codes(&response.json().await.unwrap()), (80_004, 2_446_079));
    bench.get("act_1002", json!({})).await;
    // A call in flight when the wait is announced is forgiven; this one is not.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.try_get(ACT, json!({})).await.0, 400);
    let violations = bench.sandbox.violations();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].account, "1001");
}

#[tokio::test]
async fn calling_after_an_announced_wait_is_fine() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(once("POST", "campaigns", json!({ "throttle": { "retry_after_s": 1 } })));
    assert_eq!(create(&bench).await.unwrap().0, 400);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(create(&bench).await.unwrap().0, 200);
    assert!(bench.sandbox.violations().is_empty());
}

#[tokio::test]
async fn a_throttle_without_a_wait_announces_nothing() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(once("POST", "campaigns", json!({ "throttle": { "code": 17 } })));
    let response = bench.send(Method::POST, &format!("{ACT}/campaigns"), &campaign()).await.unwrap();
    assert!(response.headers().get("retry-after").is_none());
    assert_eq!(codes(&response.json().await.unwrap()), (17, 2_446_079));
    assert_eq!(create(&bench).await.unwrap().0, 200);
    assert!(bench.sandbox.violations().is_empty());
}

#[tokio::test]
async fn a_batch_loses_items_or_its_tail() {
    let bench = Bench::new().await;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(campaign().as_object().unwrap().iter().map(|(name, value)| {
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }))
        .finish();
    let item = json!({ "method": "POST", "relative_url": format!("{ACT}/campaigns"), "body": body });
    let batch = json!({ "batch": [item, item, item] });
    bench.sandbox.set_faults(plan(json!({ "rules": [{ "match": {}, "action": { "batch_item_null": 1 } }] })));
    let answer = bench.post("", batch.clone()).await;
    assert!(answer[0].is_object() && answer[1].is_null() && answer[2].is_object());
    assert_eq!(campaigns(&bench), 2);
    bench
        .sandbox
        .set_faults(plan(json!({ "rules": [{ "match": {}, "action": { "batch_partial_drop": 1 } }] })));
    assert!(bench.send(Method::POST, "", &batch).await.is_err());
    assert_eq!(campaigns(&bench), 3, "one item was carried out before the connection closed");
    bench.sandbox.set_faults(once("POST", "campaigns", json!("drop_after")));
    assert!(bench.send(Method::POST, "", &batch).await.is_err());
    assert_eq!(campaigns(&bench), 4, "an item's own drop cuts the batch behind it");
}

#[tokio::test]
async fn tokens_end_and_fields_are_renamed() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(once(
        "GET",
        "act_1001",
        json!({ "rename_field": { "from": "currency", "to": "currency_code" } }),
    ));
    let read = bench.get(ACT, json!({ "fields": "currency" })).await;
    assert_eq!(read["currency_code"], "EUR");
    bench.sandbox.set_faults(once("GET", "act_1001", json!({ "token_revoked": 467 })));
    assert_eq!(codes(&bench.try_get(ACT, json!({})).await.1), (190, 467));
    assert_eq!(codes(&bench.try_get(ACT, json!({})).await.1), (190, 467));
}

#[tokio::test]
async fn fresh_objects_lag_on_edges_but_not_by_id() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(plan(json!({ "edge_lag_ms": 600_000 })));
    let hidden = bench.campaign().await;
    let edge = format!("{ACT}/campaigns");
    assert_eq!(bench.get(&edge, json!({})).await["data"], json!([]));
    bench.get(&hidden, json!({})).await;
    bench.sandbox.set_faults(plan(json!({ "edge_lag_ms": 20 })));
    let id = bench.campaign().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(bench.get(&edge, json!({})).await["data"], json!([{ "id": id }]));
}

#[tokio::test]
async fn blame_comes_as_text_when_asked_for() {
    let bench = Bench::new().await;
    bench.sandbox.set_faults(plan(json!({ "error_data_as_text": true })));
    let (_, body) = bench.try_post(&format!("{ACT}/campaigns"), json!({ "bogus": 1 })).await;
    let data: Value = serde_json::from_str(body["error"]["error_data"].as_str().unwrap()).unwrap();
    assert_eq!(data["blame_field_specs"], json!([["bogus"]]));
}

#[tokio::test]
async fn reports_can_fail_stall_or_be_skipped() {
    let bench = Bench::new().await;
    for (fate, status, percent) in
        [("fail", "Job Failed", 45), ("stall", "Job Running", 87), ("skip", "Job Skipped", 45)]
    {
        bench.sandbox.set_faults(plan(json!({ "reports": fate })));
        let run = bench.post(&format!("{ACT}/insights"), json!({})).await;
        let run = run["report_run_id"].as_str().unwrap().to_owned();
        for _ in 0..5 {
            bench.get(&run, json!({})).await;
        }
        let read = bench.get(&run, json!({})).await;
        assert_eq!(
            (&read["async_status"], &read["async_percent_completion"]),
            (&json!(status), &json!(percent))
        );
        assert_eq!(read["error_code"].is_i64(), fate == "fail");
        assert_eq!(codes(&bench.try_get(&format!("{run}/insights"), json!({})).await.1), (100, 0));
    }
}

#[tokio::test]
async fn seeded_faults_strike_the_same_calls_again() {
    let outcomes = |seed: u64| async move {
        let bench = Bench::new().await;
        let rates = json!({ "drop_before": 0.15, "drop_after": 0.15, "error_5xx_before": 0.1, "http_429_without_reset": 0.1 });
        bench.sandbox.set_faults(plan(json!({ "seeded": { "seed": seed, "rates": rates } })));
        for _ in 0..40 {
            // Struck calls fail on purpose; the log tells how.
            let _ = create(&bench).await;
        }
        bench.sandbox.requests(0).into_iter().map(|entry| entry.fault).collect::<Vec<_>>()
    };
    let first = outcomes(5).await;
    assert_eq!(first, outcomes(5).await);
    assert_ne!(first, outcomes(6).await);
    assert!(first.iter().flatten().count() > 8 && first.iter().any(Option::is_none));
}

#[tokio::test]
async fn unknown_members_of_a_plan_are_refused() {
    let bench = Bench::new().await;
    let url = format!("{}/_sandbox/faults", bench.sandbox.base_url());
    for wrong in [
        json!({ "rule": [] }),
        json!({ "seeded": { "seed": 1, "rates": { "dropp": 1 } } }),
        json!({ "rules": [{ "action": "explode" }] }),
    ] {
        let response = bench.http.post(&url).json(&wrong).send().await.unwrap();
        assert!(response.status().is_client_error(), "{wrong}");
    }
}
