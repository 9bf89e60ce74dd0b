//! What can be made to go wrong with calls to Microsoft, and what is left behind (Microsoft,
//! `platforms/microsoft.md` §8–§10).

use chrono::TimeDelta;
use placard_sandbox::{DISAPPROVED_PHRASE, FaultPlan, SandboxConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{
    ACCOUNT, ADS, CAMPAIGNS, MicrosoftBench, ad, campaign, fault_code, first_id, partial, texts,
};
use crate::support::with;

fn once(part: &str, action: Value) -> FaultPlan {
    let rule = json!({ "match": { "method": "POST", "path_contains": part, "nth": 1 }, "action": action });
    serde_json::from_value(json!({ "rules": [rule] })).unwrap()
}

/// How a fault plan names the calls: without the version.
const MAKE: &str = "/CampaignManagement/Campaigns";
const QUERY: &str = "/CampaignManagement/v13/Campaigns/QueryByAccountId";

fn made(bench: &MicrosoftBench, kind: &str) -> usize {
    let world = bench.sandbox.world(Some(ACCOUNT));
    world["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == kind).count()
}

async fn send(bench: &MicrosoftBench, name: &str) -> reqwest::Result<reqwest::Response> {
    bench.send(Method::POST, CAMPAIGNS, &bench.campaigns(campaign(name))).await
}

#[tokio::test]
async fn a_drop_before_leaves_nothing_and_a_lost_answer_leaves_everything() {
    let bench = MicrosoftBench::new().await;
    bench.sandbox.set_faults(once(MAKE, json!("drop_before")));
    assert!(send(&bench, "one").await.is_err());
    assert_eq!(made(&bench, "microsoft_campaign"), 0);
    bench.sandbox.set_faults(once(MAKE, json!("drop_after")));
    assert!(send(&bench, "one").await.is_err());
    bench.sandbox.set_faults(once(MAKE, json!("truncated_body")));
    assert!(send(&bench, "two").await.unwrap().json::<Value>().await.is_err());
    assert_eq!(made(&bench, "microsoft_campaign"), 2);
    let again = bench.post(CAMPAIGNS, bench.campaigns(campaign("one"))).await;
    assert_eq!(partial(&again), [(0, 1115)], "the name tells of the lost answer");
    let log = bench.sandbox.requests(0);
    let seen: Vec<_> = log.iter().map(|entry| (entry.status, entry.committed, entry.code)).collect();
    assert_eq!(seen, [(0, false, None), (0, true, None), (200, true, None), (200, false, Some(1115))]);
    assert_eq!((log[1].path.as_str(), log[1].fault.as_deref()), (MAKE, Some("drop_after")));
    assert_eq!(log[1].account.as_deref(), Some(ACCOUNT));
    assert!(log[3].reason.as_deref().unwrap().starts_with("CampaignServiceCannotCreateDuplicateCampaign: "));
}

#[tokio::test]
async fn an_ad_whose_answer_was_lost_gets_a_twin() {
    let bench = MicrosoftBench::new().await;
    let all = bench.whole("Autumn").await;
    let body = json!({ "AdGroupId": all.group, "Ads": [ad()] });
    bench.sandbox.set_faults(once("/Ads", json!("drop_after")));
    assert!(bench.send(Method::POST, ADS, &body).await.is_err());
    first_id(&bench.post(ADS, body.clone()).await, "AdIds");
    assert_eq!(made(&bench, "microsoft_ad"), 3);
    assert_eq!(partial(&bench.post(ADS, body).await), [(0, 6226)]);
}

#[tokio::test]
async fn errors_come_before_or_after_the_work_in_microsofts_own_form() {
    let bench = MicrosoftBench::new().await;
    let before = |status: u16, code: i64| json!({ "error_before": { "status": status, "code": code } });
    for (action, status, code, kind) in [
        (before(400, 117), 400, 117, "AdApiFaultDetail"),
        (before(400, 207), 400, 207, "AdApiFaultDetail"),
        (before(401, 105), 401, 105, "AdApiFaultDetail"),
        (before(401, 109), 401, 109, "AdApiFaultDetail"),
        (before(403, 106), 403, 106, "AdApiFaultDetail"),
        (before(400, 1010), 400, 1010, "ApiFaultDetail"),
        (before(400, 4711), 400, 4711, "ApiFaultDetail"),
        (before(401, 1), 401, 109, "AdApiFaultDetail"),
        (before(500, 1), 500, 0, "AdApiFaultDetail"),
        (before(503, 2), 500, 0, "AdApiFaultDetail"),
        (json!({ "throttle": {} }), 400, 117, "AdApiFaultDetail"),
    ] {
        bench.sandbox.set_faults(once(MAKE, action.clone()));
        let (seen, body) = bench.call(Method::POST, CAMPAIGNS, bench.campaigns(campaign("one"))).await;
        assert_eq!((seen, fault_code(&body), &body["Type"]), (status, code, &json!(kind)), "{action}");
        assert_eq!(made(&bench, "microsoft_campaign"), 0, "{action}");
    }
    let after = json!({ "error_after": { "status": 500, "code": 1 } });
    bench.sandbox.set_faults(once(MAKE, after));
    assert_eq!(bench.fault(Method::POST, CAMPAIGNS, bench.campaigns(campaign("one"))).await, (500, 0));
    assert_eq!(made(&bench, "microsoft_campaign"), 1, "it was made all the same");
    bench.sandbox.set_faults(once(MAKE, before(502, 0)));
    let page = send(&bench, "two").await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.text().await.unwrap().contains("<!DOCTYPE html>"));
    assert!(bench.sandbox.violations().is_empty(), "Microsoft announces no waits");
}

#[tokio::test]
async fn a_token_can_be_revoked_in_the_middle_of_a_call_and_a_member_renamed() {
    let mut bench = MicrosoftBench::new().await;
    bench.sandbox.set_faults(once(MAKE, json!({ "token_revoked": 0 })));
    assert_eq!(bench.fault(Method::POST, CAMPAIGNS, bench.campaigns(campaign("one"))).await, (401, 105));
    bench.token = bench.sandbox.microsoft_token();
    let renamed = json!({ "rename_field": { "from": "CampaignIds", "to": "Ids" } });
    bench.sandbox.set_faults(once(MAKE, renamed));
    let body = bench.post(CAMPAIGNS, bench.campaigns(campaign("one"))).await;
    assert!(body["Ids"][0].is_string());
}

#[tokio::test]
async fn the_token_endpoint_fails_in_its_own_form_and_the_log_keeps_no_secrets() {
    let bench = MicrosoftBench::new().await;
    let pairs = [
        ("client_id", placard_sandbox::MICROSOFT_CLIENT_ID),
        ("client_secret", placard_sandbox::MICROSOFT_CLIENT_SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", "secret"),
    ];
    bench.sandbox.set_faults(once("/token", json!({ "error_before": { "status": 400, "code": 70008 } })));
    let (status, body) = bench.exchange(&pairs).await;
    assert_eq!(
        (status, &body["error"], &body["error_codes"]),
        (400, &json!("invalid_grant"), &json!([70008]))
    );
    let entry = bench.sandbox.requests(0).pop().unwrap();
    assert_eq!((entry.path.as_str(), entry.code), ("/common/oauth2/v2.0/token", Some(70008)));
    assert_eq!(entry.params["refresh_token"], "[redacted]");
    assert_eq!(entry.params["client_secret"], "[redacted]");
    assert_eq!(entry.params["grant_type"], "refresh_token");
    let media = json!({ "AccountId": ACCOUNT, "Media": [{ "Type": "Image", "Data": "AAAA" }] });
    assert_eq!(bench.fault(Method::POST, "/CampaignManagement/v13/Media", media).await, (400, 201));
    let entry = bench.sandbox.requests(0).pop().unwrap();
    assert_eq!(entry.params["Media"][0], json!({ "Type": "Image", "Data": "[redacted]" }));
}

#[tokio::test]
async fn maintenance_lets_only_reads_through_and_limits_are_those_that_were_set() {
    let bench = MicrosoftBench::new().await;
    bench.control(&format!("accounts/{ACCOUNT}"), json!({ "read_only": true })).await;
    assert_eq!(bench.fault(Method::POST, CAMPAIGNS, bench.campaigns(campaign("one"))).await, (400, 1010));
    bench.post(QUERY, json!({ "AccountId": ACCOUNT })).await;
    let back = json!({ "read_only": false, "status": "Inactive" });
    bench.control(&format!("accounts/{ACCOUNT}"), back).await;
    assert_eq!(bench.fault(Method::POST, QUERY, json!({ "AccountId": ACCOUNT })).await, (401, 105));
    bench.control(&format!("accounts/{ACCOUNT}"), json!({ "status": "Active" })).await;
    let told = bench.control("rate", json!({ "microsoft": { "calls_per_minute": 2 } })).await;
    assert_eq!(told["microsoft"]["calls_per_minute"], 2);
    for expected in [200, 200, 400] {
        let (status, body) = bench.call(Method::POST, QUERY, json!({ "AccountId": ACCOUNT })).await;
        assert_eq!(status, expected);
        assert!(status == 200 || fault_code(&body) == 117);
    }
    bench.sandbox.clear_faults();
    bench.post(QUERY, json!({ "AccountId": ACCOUNT })).await;
}

#[tokio::test]
async fn seeded_faults_strike_the_same_calls_again() {
    let outcomes = |seed: u64| async move {
        let bench = MicrosoftBench::new().await;
        let rates = json!({ "drop_before": 0.15, "drop_after": 0.15, "error_5xx_after": 0.1, "http_429_without_reset": 0.1 });
        let plan = json!({ "seeded": { "seed": seed, "rates": rates } });
        bench.sandbox.set_faults(serde_json::from_value(plan).unwrap());
        for n in 0..30 {
            // Struck calls fail on purpose; the log tells how.
            let _ = send(&bench, &format!("campaign {n}")).await;
        }
        bench.sandbox.requests(0).into_iter().map(|entry| entry.fault).collect::<Vec<_>>()
    };
    let struck = outcomes(5).await;
    assert_eq!(struck, outcomes(5).await);
    assert_ne!(struck, outcomes(6).await);
    assert!(struck.iter().flatten().count() > 5 && struck.iter().any(Option::is_none));
}

#[tokio::test]
async fn fresh_objects_lag_in_lists_but_keep_their_names() {
    let bench = MicrosoftBench::new().await;
    bench.sandbox.set_faults(serde_json::from_value(json!({ "edge_lag_ms": 600_000 })).unwrap());
    let id = bench.campaign("one").await;
    assert_eq!(bench.post(QUERY, json!({ "AccountId": ACCOUNT })).await["Campaigns"], json!([]));
    let twin = bench.post(CAMPAIGNS, bench.campaigns(campaign("one"))).await;
    assert_eq!(partial(&twin), [(0, 1115)]);
    assert_eq!(bench.object(&id)["name"], "one");
}

#[tokio::test]
async fn the_world_tells_when_things_became_active() {
    let mut bench = MicrosoftBench::new().await;
    let all = bench.whole("Autumn").await;
    let ad = bench.object(&all.ad);
    assert_eq!(
        (&ad["kind"], &ad["owner"], &ad["status"], &ad["effective_status"]),
        (&json!("microsoft_ad"), &json!(ACCOUNT), &json!("Active"), &json!("Inactive"))
    );
    assert_eq!((&ad["ad_group_id"], &ad["campaign_id"]), (&json!(all.group), &json!(all.campaign)));
    assert_eq!(bench.object(&all.criterion)["campaign_id"], json!(all.campaign));
    assert_eq!(bench.object(&all.campaign)["first_set_active"], Value::Null);
    bench.run(&all).await;
    let last = bench.sandbox.requests(0).last().unwrap().seq;
    assert_eq!(
        bench.object(&all.campaign)["first_active_at"],
        json!({ "at": "2026-11-02T09:00:00Z", "seq": last })
    );
    assert_eq!(bench.object(&all.group)["first_active_at"]["seq"], json!(last), "its parent came last");
    assert_eq!(bench.object(&all.ad)["first_active_at"], Value::Null, "it is under review");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.object(&all.ad)["first_active_at"]["at"], "2026-11-02T09:15:00Z");
    let url = format!("{}/_sandbox/world?kind=microsoft_keyword", bench.sandbox.base_url());
    let only: Value = bench.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(only["objects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_person_can_change_things_by_hand() {
    let mut bench = MicrosoftBench::new().await;
    let all = bench.whole("Autumn").await;
    let edit = json!({ "id": all.campaign, "fields": { "DailyBudget": 75, "FinalUrlSuffix": null, "Status": "Active" } });
    bench.control("edit", edit).await;
    let seen = bench.post(QUERY, json!({ "AccountId": ACCOUNT })).await["Campaigns"][0].clone();
    assert_eq!(
        (&seen["DailyBudget"], &seen["FinalUrlSuffix"], &seen["Status"]),
        (&json!(75), &Value::Null, &json!("Active"))
    );
    bench.advance(TimeDelta::minutes(15));
    let fields = json!({ "Descriptions": texts(&[DISAPPROVED_PHRASE, "x"]) });
    bench.sandbox.edit_microsoft(&all.ad, fields.as_object().unwrap().clone()).unwrap();
    assert_eq!(bench.object(&all.ad)["effective_status"], "Inactive", "what is shown is looked at again");
    assert!(bench.sandbox.edit_microsoft("1", serde_json::Map::new()).is_err());
    let gone = json!({ "Status": "Deleted" });
    bench.sandbox.edit_microsoft(&all.group, gone.as_object().unwrap().clone()).unwrap();
    assert_eq!(bench.object(&all.ad)["status"], "Deleted");
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        SandboxConfig { state_file: Some(folder.path().join("world.jsonl")), ..SandboxConfig::default() };
    let mut bench = MicrosoftBench::with(config.clone()).await;
    let all = bench.whole("Autumn").await;
    bench.run(&all).await;
    bench.advance(TimeDelta::days(2));
    let picture = |bench: &MicrosoftBench| with(bench.sandbox.world(None), json!({ "clock": null }));
    let before = picture(&bench);
    assert!(bench.spent(&all.campaign) > 0);
    let token = bench.token.clone();
    bench.sandbox.shutdown().await.unwrap();
    let mut again = MicrosoftBench::with(config).await;
    again.token = token;
    assert_eq!(picture(&again), before);
    assert!(again.whole("Winter").await.campaign > all.ad, "ids are not given out twice");
    again.control("reset", json!({})).await;
    again.token = again.sandbox.microsoft_token();
    assert_eq!(again.post(QUERY, json!({ "AccountId": ACCOUNT })).await["Campaigns"], json!([]));
}
