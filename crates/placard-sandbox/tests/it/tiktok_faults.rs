//! What can be made to go wrong with calls to TikTok, and what is left behind (TikTok, `platforms/tiktok.md` §17, §20).

use chrono::TimeDelta;
use placard_sandbox::{DISAPPROVED_PHRASE, FaultPlan, SandboxConfig};
use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{ADVERTISER, CAMPAIGN, TikTokBench, campaign, data};

fn once(part: &str, action: Value) -> FaultPlan {
    let rule = json!({ "match": { "method": "POST", "path_contains": part, "nth": 1 }, "action": action });
    serde_json::from_value(json!({ "rules": [rule] })).unwrap()
}

fn campaigns(bench: &TikTokBench) -> usize {
    let world = bench.sandbox.world(Some(ADVERTISER));
    world["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == "tiktok_campaign").count()
}

#[tokio::test]
async fn a_drop_before_leaves_nothing_and_a_lost_answer_leaves_everything() {
    let bench = TikTokBench::new().await;
    bench.sandbox.set_faults(once(CAMPAIGN, json!("drop_before")));
    assert!(bench.send(CAMPAIGN, &campaign("one")).await.is_err());
    assert_eq!(campaigns(&bench), 0);
    bench.sandbox.set_faults(once(CAMPAIGN, json!("drop_after")));
    assert!(bench.send(CAMPAIGN, &campaign("one")).await.is_err());
    bench.sandbox.set_faults(once(CAMPAIGN, json!("truncated_body")));
    let cut = bench.send(CAMPAIGN, &campaign("two")).await.unwrap();
    assert!(cut.json::<Value>().await.is_err());
    assert_eq!(campaigns(&bench), 2);
    let found = bench.list("campaign", json!({ "campaign_name": "one" })).await;
    assert_eq!(found.len(), 1, "a lost answer is found by name");
    assert_eq!(bench.post(CAMPAIGN, campaign("one")).await["code"], 40002);

    let log = bench.sandbox.requests(0);
    let seen: Vec<_> = log.iter().map(|entry| (entry.status, entry.committed, entry.code)).collect();
    let found = (200, false, None);
    assert_eq!(
        seen,
        [(0, false, None), (0, true, None), (200, true, None), found, (200, false, Some(40002))]
    );
    assert_eq!((log[1].path.as_str(), log[1].fault.as_deref()), (CAMPAIGN, Some("drop_after")));
    assert_eq!(log[1].account.as_deref(), Some(ADVERTISER));
    assert_eq!(log[4].reason.as_deref(), Some("campaign_name: The name already exists."));
}

#[tokio::test]
async fn errors_come_before_or_after_the_work_in_tiktoks_own_form() {
    let bench = TikTokBench::new().await;
    let before = |status: u16, code: i64| json!({ "error_before": { "status": status, "code": code } });
    for (action, code) in [
        (before(200, 40202), 40202),
        (before(200, 40100), 40100),
        (before(200, 40102), 40102),
        (before(200, 61000), 61000),
        (before(409, 1), 40202),
        (before(429, 1), 40100),
        (before(500, 1), 50000),
        (before(503, 1), 60001),
        (json!({ "throttle": {} }), 40100),
    ] {
        bench.sandbox.set_faults(once(CAMPAIGN, action.clone()));
        let body = bench.post(CAMPAIGN, campaign("one")).await;
        assert_eq!((&body["code"], &body["data"]), (&json!(code), &json!({})), "{action}");
        assert_eq!(campaigns(&bench), 0, "{action}");
    }
    let after = |status: u16, code: i64| json!({ "error_after": { "status": status, "code": code } });
    for (n, action, code) in
        [(1, after(200, 51305), 51305), (2, after(502, 1), 51010), (3, after(504, 1), 50002)]
    {
        bench.sandbox.set_faults(once(CAMPAIGN, action));
        let body = bench.post(CAMPAIGN, campaign(&format!("after {n}"))).await;
        assert_eq!(body["code"], code);
        assert_eq!(campaigns(&bench), n, "it was made all the same");
    }
    bench.sandbox.set_faults(once(CAMPAIGN, before(502, 0)));
    let page = bench.send(CAMPAIGN, &campaign("one")).await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.text().await.unwrap().contains("<!DOCTYPE html>"));
    assert!(bench.sandbox.violations().is_empty(), "TikTok announces no waits");
}

#[tokio::test]
async fn a_token_can_be_revoked_in_the_middle_of_a_call() {
    let mut bench = TikTokBench::new().await;
    bench.sandbox.set_faults(once(CAMPAIGN, json!({ "token_revoked": 0 })));
    assert_eq!(bench.post(CAMPAIGN, campaign("one")).await["code"], 40105);
    bench.token = bench.sandbox.tiktok_token();
    data(bench.post(CAMPAIGN, campaign("one")).await);
}

#[tokio::test]
async fn seeded_faults_strike_the_same_calls_again() {
    let outcomes = |seed: u64| async move {
        let bench = TikTokBench::new().await;
        let rates = json!({ "drop_before": 0.15, "drop_after": 0.15, "error_5xx_after": 0.1, "http_429_without_reset": 0.1 });
        let plan = json!({ "seeded": { "seed": seed, "rates": rates } });
        bench.sandbox.set_faults(serde_json::from_value(plan).unwrap());
        for n in 0..30 {
            // Struck calls fail on purpose; the log tells how.
            let _ = bench.send(CAMPAIGN, &campaign(&format!("campaign {n}"))).await;
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
    let bench = TikTokBench::new().await;
    bench.sandbox.set_faults(serde_json::from_value(json!({ "edge_lag_ms": 600_000 })).unwrap());
    data(bench.post(CAMPAIGN, campaign("one")).await);
    assert!(bench.list("campaign", json!({})).await.is_empty());
    assert_eq!(bench.post(CAMPAIGN, campaign("one")).await["code"], 40002);
    let info = json!({ "advertiser_id": ADVERTISER, "image_ids": [bench.image().await] });
    assert_eq!(data(bench.get("/file/image/ad/info/", info).await)["list"], json!([]));
}

#[tokio::test]
async fn the_world_tells_when_things_became_active() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let seen = |kind: &str| {
        let world = bench.sandbox.world(Some(ADVERTISER));
        world["objects"].as_array().unwrap().iter().find(|it| it["kind"] == json!(kind)).unwrap().clone()
    };
    let ad = seen("tiktok_ad");
    assert_eq!(
        (&ad["id"], &ad["owner"], &ad["status"]),
        (&json!(made.ad), &json!(ADVERTISER), &json!("DISABLE"))
    );
    assert_eq!((&ad["adgroup_id"], &ad["campaign_id"]), (&json!(made.group), &json!(made.campaign)));
    assert_eq!((&ad["first_set_active"], &ad["first_active_at"]), (&Value::Null, &Value::Null));
    bench.run(&made).await;
    let last = bench.sandbox.requests(0).last().unwrap().seq;
    let campaign = seen("tiktok_campaign");
    assert_eq!(campaign["first_active_at"], json!({ "at": "2026-11-02T09:00:00Z", "seq": last }));
    assert_eq!(seen("tiktok_adgroup")["first_active_at"]["seq"], json!(last), "its parent came last");
    assert_eq!(seen("tiktok_ad")["first_set_active"]["seq"], json!(last - 2));
    assert_eq!(seen("tiktok_ad")["first_active_at"], Value::Null, "it is under review");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(seen("tiktok_ad")["first_active_at"]["at"], "2026-11-02T09:15:00Z");
    let url = format!("{}/_sandbox/world?kind=tiktok_adgroup", bench.sandbox.base_url());
    let only: Value = bench.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(only["objects"].as_array().unwrap().len(), 1);
    let image = seen("tiktok_image");
    assert_eq!(
        (&image["id"], &image["status"], &image["created"]["seq"]),
        (&json!(made.image), &json!("ENABLE"), &json!(1))
    );
}

#[tokio::test]
async fn a_person_can_change_things_by_hand() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let edit =
        json!({ "id": made.group, "fields": { "budget": 75, "gender": null, "operation_status": "ENABLE" } });
    bench.control("edit", edit).await;
    let group = &bench.list("adgroup", json!({})).await[0];
    assert_eq!(
        (&group["budget"], &group["gender"], &group["operation_status"]),
        (&json!(75), &Value::Null, &json!("ENABLE"))
    );
    let fields = json!({ "ad_text": DISAPPROVED_PHRASE }).as_object().unwrap().clone();
    bench.sandbox.edit_tiktok(&made.ad, fields).unwrap();
    bench.run(&made).await;
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_REAUDIT", "what is shown is looked at again");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_AUDIT_DENY");
    assert!(bench.sandbox.edit_tiktok("1", serde_json::Map::new()).is_err());
    assert!(bench.list("ad", json!({ "primary_status": "STATUS_DELIVERY_OK" })).await.is_empty());
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        SandboxConfig { state_file: Some(folder.path().join("world.jsonl")), ..SandboxConfig::default() };
    let bench = TikTokBench::with(config.clone()).await;
    let made = bench.whole("Autumn").await;
    bench.run(&made).await;
    bench.advance(TimeDelta::days(2));
    let picture = |bench: &TikTokBench| with(bench.sandbox.world(None), json!({ "clock": null }));
    let before = picture(&bench);
    assert!(before["objects"][1]["spend_micros"].as_i64().unwrap() > 0);
    let token = bench.token.clone();
    bench.sandbox.shutdown().await.unwrap();
    let mut again = TikTokBench::with(config).await;
    again.token = token;
    assert_eq!(picture(&again), before);
    assert!(again.whole("Winter").await.campaign > made.ad, "ids are not given out twice");
    again.control("reset", json!({})).await;
    again.token = again.sandbox.tiktok_token();
    assert!(again.list("campaign", json!({ "primary_status": "STATUS_ALL" })).await.is_empty());
}
