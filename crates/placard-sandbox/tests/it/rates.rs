//! Rate limits and their headers.

use placard_sandbox::{RateConfig, SandboxConfig, Tier};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACT, Bench, campaign, codes};

fn limited() -> SandboxConfig {
    let rate = RateConfig { tier: Tier::Limited, time_scale: 1.0, write_burst: false };
    SandboxConfig { rate, ..SandboxConfig::default() }
}

fn header(response: &reqwest::Response, name: &str) -> Value {
    serde_json::from_str(response.headers()[name].to_str().unwrap()).unwrap()
}

#[tokio::test]
async fn the_limited_tier_blocks_an_account_past_sixty_points() {
    let bench = Bench::with(limited()).await;
    for _ in 0..18 {
        bench.campaign().await;
    }
    let response = bench.send(Method::GET, ACT, &json!({})).await.unwrap();
    let usage = header(&response, "x-ad-account-usage");
    let percent = usage["acc_id_util_pct"].as_f64().unwrap();
    assert!((85.0..95.0).contains(&percent), "{percent}");
    assert_eq!(usage["ads_api_access_tier"], "development_access");
    assert_eq!(header(&response, "x-business-use-case-usage")["1001"][0]["type"], "ads_management");
    let mut last = json!(null);
    for _ in 0..4 {
        last = bench.try_post(&format!("{ACT}/campaigns"), campaign()).await.1;
    }
    assert_eq!(codes(&last), (17, 2_446_079));
    let response = bench.send(Method::GET, ACT, &json!({})).await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 290);
    assert_eq!(
        header(&response, "x-business-use-case-usage")["1001"][0]["estimated_time_to_regain_access"],
        5
    );
    bench.get("act_1002", json!({})).await;
}

#[tokio::test]
async fn nobody_is_throttled_by_accident_and_every_answer_has_the_headers() {
    let bench = Bench::new().await;
    for _ in 0..200 {
        bench.campaign().await;
    }
    for path in [ACT, "me", "999", "act_1001/insights"] {
        let response = bench.send(Method::GET, path, &json!({})).await.unwrap();
        assert!(header(&response, "x-app-usage")["call_count"].is_i64(), "{path}");
        assert!(header(&response, "x-fb-ads-insights-throttle")["app_id_util_pct"].is_number(), "{path}");
        assert_eq!(response.headers()["facebook-api-version"], "v26.0");
    }
}

#[tokio::test]
async fn a_burst_of_writes_is_refused_when_that_is_kept() {
    let rate = RateConfig { write_burst: true, ..RateConfig::default() };
    let bench = Bench::with(SandboxConfig { rate, ..SandboxConfig::default() }).await;
    let item = json!({ "method": "POST", "relative_url": format!("{ACT}/adlabels"), "body": "name=a" });
    let batch = json!({ "batch": vec![item; 50] });
    let mut refused = 0;
    for _ in 0..6 {
        let answer = bench.post("", batch.clone()).await;
        refused += answer.as_array().unwrap().iter().filter(|item| item["code"] == 400).count();
    }
    assert!(refused > 0, "300 writes come faster than 100 a second");
}
