//! What the platforms tell by themselves (Meta, `platforms/meta.md` §22; TikTok, `platforms/tiktok.md` §16).

use serde_json::{Value, json};

use crate::support::Bench;
use crate::tiktok_support::{ADVERTISER, TikTokBench, data};
use placard_sandbox::{APP_ID, APP_SECRET, TIKTOK_APP_ID, TIKTOK_APP_SECRET};

fn app(more: Value) -> Value {
    let mut asked = json!({
        "access_token": format!("{APP_ID}|{APP_SECRET}"), "object": "page", "fields": "leadgen",
        "callback_url": "http://127.0.0.1:9/", "verify_token": "v", "include_values": true,
    });
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    asked
}

#[tokio::test]
async fn a_callback_that_does_not_greet_back_is_not_subscribed() {
    let bench = Bench::new().await;
    let (status, body) = bench.try_post(&format!("{APP_ID}/subscriptions"), app(json!({}))).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(100)), "{body}");
    let (_, account) = bench.try_post("act_1001/subscribed_apps", json!({ "app_id": "1" })).await;
    assert_eq!(account["error"]["code"], 100);
    bench.post("act_1001/subscribed_apps", json!({ "app_id": APP_ID })).await;
}

#[tokio::test]
async fn tiktok_wants_the_app_the_token_and_the_advertiser_and_forgets_what_is_ended() {
    let bench = TikTokBench::new().await;
    let token = bench.sandbox.tiktok_token();
    let asked = |secret: &str, advertiser: &str| {
        json!({
            "app_id": TIKTOK_APP_ID, "secret": secret, "subscribe_entity": "AD",
            "callback_url": "http://127.0.0.1:9/",
            "subscription_detail": { "access_token": token, "advertiser_id": advertiser },
        })
    };
    let path = "/subscription/subscribe/";
    assert_ne!(bench.post(path, asked("wrong", ADVERTISER)).await["code"], 0);
    assert_ne!(bench.post(path, asked(TIKTOK_APP_SECRET, "1")).await["code"], 0);
    let made = data(bench.post(path, asked(TIKTOK_APP_SECRET, ADVERTISER)).await);
    let own = json!({ "app_id": TIKTOK_APP_ID, "secret": TIKTOK_APP_SECRET });
    let listed = data(bench.get("/subscription/get/", own).await);
    assert_eq!(listed["subscriptions"][0]["subscription_id"], made["subscription_id"]);
    let end = json!({
        "app_id": TIKTOK_APP_ID, "secret": TIKTOK_APP_SECRET, "subscription_id": made["subscription_id"],
    });
    data(bench.post("/subscription/unsubscribe/", end.clone()).await);
    assert_ne!(bench.post("/subscription/unsubscribe/", end).await["code"], 0);
}
