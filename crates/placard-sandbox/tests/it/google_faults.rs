//! What can be made to go wrong with calls to Google, and what is left behind.

use std::time::Duration;

use placard_sandbox::{FaultPlan, SandboxConfig};
use serde_json::{Value, json};

use crate::google_support::{CUSTOMER, GoogleBench, first, whole};

fn once(part: &str, action: Value) -> FaultPlan {
    let rule = json!({ "match": { "method": "POST", "path_contains": part, "nth": 1 }, "action": action });
    serde_json::from_value(json!({ "rules": [rule] })).unwrap()
}

fn campaigns(bench: &GoogleBench) -> usize {
    let world = bench.sandbox.world(Some(CUSTOMER));
    world["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == "google_campaign").count()
}

async fn publish(bench: &GoogleBench, name: &str) -> reqwest::Result<(u16, Value)> {
    let path = format!("customers/{CUSTOMER}/googleAds:mutate");
    let response = bench.send(&path, &json!({ "mutateOperations": whole(CUSTOMER, name) })).await?;
    Ok((response.status().as_u16(), response.json().await?))
}

#[tokio::test]
async fn a_drop_before_leaves_nothing_and_a_drop_after_leaves_everything() {
    let bench = GoogleBench::new().await;
    bench.sandbox.set_faults(once("googleAds:mutate", json!("drop_before")));
    assert!(publish(&bench, "one").await.is_err());
    assert_eq!(campaigns(&bench), 0);
    for (fault, name) in [("drop_after", "one"), ("truncated_body", "two")] {
        bench.sandbox.set_faults(once("googleAds:mutate", json!(fault)));
        assert!(publish(&bench, name).await.is_err());
        let (status, body) = publish(&bench, name).await.unwrap();
        assert_eq!((status, first(&body).0.as_str()), (400, "campaignError.DUPLICATE_CAMPAIGN_NAME"));
    }
    assert_eq!(campaigns(&bench), 2);
    let log = bench.sandbox.requests(0);
    let seen: Vec<_> =
        log.iter().map(|entry| (entry.status, entry.committed, entry.reason.as_deref())).collect();
    let refused = (400, false, Some("campaignError.DUPLICATE_CAMPAIGN_NAME"));
    assert_eq!(seen, [(0, false, None), (0, true, None), refused, (200, true, None), refused]);
    assert_eq!(log[0].path, format!("/customers/{CUSTOMER}/googleAds:mutate"));
    assert_eq!(log[0].account.as_deref(), Some(CUSTOMER));
}

#[tokio::test]
async fn errors_come_before_or_after_the_work_in_googles_own_form() {
    let bench = GoogleBench::new().await;
    for (status, code) in [
        (500, "internalError.TRANSIENT_ERROR"),
        (401, "authenticationError.OAUTH_TOKEN_EXPIRED"),
        (403, "authorizationError.USER_PERMISSION_DENIED"),
        (409, "databaseError.CONCURRENT_MODIFICATION"),
        (429, "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED"),
        (504, "internalError.DEADLINE_EXCEEDED"),
    ] {
        let failure = json!({ "error_before": { "status": status, "code": 1 } });
        bench.sandbox.set_faults(once("googleAds:mutate", failure));
        let (found, body) = publish(&bench, "one").await.unwrap();
        assert_eq!((found, first(&body).0.as_str()), (status, code));
        assert_eq!(campaigns(&bench), 0);
    }
    let failure = json!({ "error_after": { "status": 503, "code": 1 } });
    bench.sandbox.set_faults(once("googleAds:mutate", failure));
    let (status, body) = publish(&bench, "one").await.unwrap();
    assert_eq!((status, &body["error"]["details"]), (503, &json!(null)));
    assert_eq!(campaigns(&bench), 1);
}

#[tokio::test]
async fn a_throttle_announces_its_delay_and_coming_early_is_a_violation() {
    let bench = GoogleBench::new().await;
    let throttle = json!({ "throttle": { "retry_after_s": 90 } });
    bench.sandbox.set_faults(once("googleAds:mutate", throttle));
    let (status, body) = publish(&bench, "one").await.unwrap();
    let error = &body["error"]["details"][0]["errors"][0];
    assert_eq!((status, first(&body).0.as_str()), (429, "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED"));
    assert_eq!(error["details"]["quotaErrorDetails"]["retryDelay"], "90s");
    assert!(error["message"].as_str().unwrap().contains("Retry in 90 seconds"));
    // A call in flight when the wait is announced is forgiven; this one is not.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(publish(&bench, "one").await.unwrap().0, 429);
    let violations = bench.sandbox.violations();
    assert_eq!((violations.len(), violations[0].account.as_str()), (1, CUSTOMER));
}

#[tokio::test]
async fn a_bucket_of_operations_empties_and_fills_again() {
    let bench = GoogleBench::new().await;
    bench.control("rate", json!({ "google": { "burst": 8, "per_second": 0.5 } })).await;
    assert_eq!(publish(&bench, "one").await.unwrap().0, 200);
    let (status, body) = publish(&bench, "two").await.unwrap();
    assert_eq!((status, first(&body).0.as_str()), (429, "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED"));
    let details = &body["error"]["details"][0]["errors"][0]["details"]["quotaErrorDetails"];
    assert_eq!(details["retryDelay"], "12s");
    bench.control("rate", json!({})).await;
    assert_eq!(publish(&bench, "two").await.unwrap().0, 200);
}

#[tokio::test]
async fn a_revoked_token_ends_the_grant() {
    let bench = GoogleBench::new().await;
    bench.sandbox.set_faults(once("googleAds:mutate", json!({ "token_revoked": 0 })));
    let (status, body) = publish(&bench, "one").await.unwrap();
    assert_eq!((status, first(&body).0.as_str()), (401, "authenticationError.OAUTH_TOKEN_REVOKED"));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", bench.refresh_token.as_str()),
        ("client_id", placard_sandbox::GOOGLE_CLIENT_ID),
        ("client_secret", placard_sandbox::GOOGLE_CLIENT_SECRET),
    ];
    let url = format!("{}/token", bench.sandbox.base_url());
    let body: Value = bench.http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["error"], "invalid_grant");
}

#[tokio::test]
async fn fresh_resources_lag_in_queries_but_keep_their_names() {
    let bench = GoogleBench::new().await;
    let lag = |ms: u64| serde_json::from_value(json!({ "edge_lag_ms": ms })).unwrap();
    bench.sandbox.set_faults(lag(600_000));
    publish(&bench, "one").await.unwrap();
    assert!(bench.rows("SELECT campaign.id FROM campaign").await.is_empty());
    let (_, body) = publish(&bench, "one").await.unwrap();
    assert_eq!(first(&body).0, "campaignError.DUPLICATE_CAMPAIGN_NAME");
}

#[tokio::test]
async fn seeded_faults_strike_the_same_calls_again() {
    let outcomes = |seed: u64| async move {
        let bench = GoogleBench::new().await;
        let rates = json!({ "drop_before": 0.15, "drop_after": 0.15, "error_5xx_before": 0.1, "http_429_without_reset": 0.1 });
        let plan = json!({ "seeded": { "seed": seed, "rates": rates } });
        bench.sandbox.set_faults(serde_json::from_value(plan).unwrap());
        for n in 0..30 {
            // Struck calls fail on purpose; the log tells how.
            let _ = publish(&bench, &format!("campaign {n}")).await;
        }
        bench.sandbox.requests(0).into_iter().map(|entry| entry.fault).collect::<Vec<_>>()
    };
    let struck = outcomes(5).await;
    assert_eq!(struck, outcomes(5).await);
    assert_ne!(struck, outcomes(6).await);
    assert!(struck.iter().flatten().count() > 5 && struck.iter().any(Option::is_none));
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        SandboxConfig { state_file: Some(folder.path().join("world.jsonl")), ..SandboxConfig::default() };
    let bench = GoogleBench::with(config.clone()).await;
    let made = bench.campaign("one").await;
    bench.set_status("campaigns", &made.campaign, "ENABLED").await;
    bench.advance(chrono::TimeDelta::minutes(50));
    let picture = async |bench: &GoogleBench| {
        let query = "SELECT campaign.id, segments.date, metrics.clicks, metrics.impressions FROM campaign \
                     WHERE segments.date DURING TODAY";
        let changes = "SELECT change_event.change_resource_name FROM change_event \
                       WHERE change_event.change_date_time DURING TODAY LIMIT 100";
        let changes = changes.replace("DURING TODAY", "BETWEEN '2026-11-01' AND '2026-11-30'");
        let mut world = bench.sandbox.world(None);
        world["clock"]["seq"] = json!(null);
        (bench.rows(query).await, bench.rows(&changes).await, world)
    };
    let before = picture(&bench).await;
    assert!(!before.0.is_empty() && before.1.len() == 8);
    let token = bench.token.clone();
    bench.sandbox.shutdown().await.unwrap();
    let mut again = GoogleBench::with(config).await;
    again.token = token;
    assert_eq!(picture(&again).await, before);
    let next = again.campaign("two").await;
    assert!(next.campaign > made.ad_group, "ids are not given out twice");
    again.control("reset", json!({})).await;
    again.login_again();
    assert!(again.rows("SELECT campaign.id FROM campaign").await.is_empty());
}
