//! How one gets in, and what one finds (TikTok, `platforms/tiktok.md` §1, §3 and §4).

use chrono::TimeDelta;
use placard_sandbox::{TIKTOK_APP_ID, TIKTOK_APP_SECRET};
use serde_json::{Value, json};

use crate::tiktok_support::{ADVERTISER, TikTokBench, data};

const INFO: &str = "/advertiser/info/";

fn one() -> Value {
    json!({ "advertiser_ids": [ADVERTISER] })
}

#[tokio::test]
async fn a_code_becomes_a_token_once_and_the_token_lives_until_it_is_revoked() {
    let mut bench = TikTokBench::new().await;
    let code = bench.consent().await;
    let token = data(bench.exchange(&code).await);
    assert_eq!(token["advertiser_ids"], json!(["7001001", "7001002", "7001003", "7001004"]));
    assert!(token["scope"].as_array().unwrap().contains(&json!(2)));
    assert_eq!(bench.exchange(&code).await["code"], 40110);
    let late = bench.consent().await;
    bench.advance(TimeDelta::days(400));
    assert_eq!(bench.exchange(&late).await["code"], 40110);
    bench.token = token["access_token"].as_str().unwrap().to_owned();
    let app = json!({ "app_id": TIKTOK_APP_ID, "secret": TIKTOK_APP_SECRET });
    let list = data(bench.get("/oauth2/advertiser/get/", app.clone()).await);
    assert_eq!(
        list["list"][1],
        json!({ "advertiser_id": "7001002", "advertiser_name": "Placard Outdoor US" })
    );
    let mut revoke = app;
    revoke["access_token"] = json!(bench.token);
    data(bench.post("/oauth2/revoke_token/", revoke).await);
    assert_eq!(bench.get(INFO, one()).await["code"], 40105);
}

#[tokio::test]
async fn the_consent_page_can_be_agreed_to_and_cancelled() {
    let bench = TikTokBench::new().await;
    let base = format!(
        "{}/portal/auth?app_id={TIKTOK_APP_ID}&redirect_uri=https%3A%2F%2Fapp.test%2Fback",
        bench.sandbox.base_url()
    );
    let page = bench.http.get(&base).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("pretends to be TikTok") && page.contains("answer=continue"), "{page}");
    let cancelled = bench.http.get(format!("{base}&answer=cancel")).send().await.unwrap();
    assert_eq!(cancelled.headers()["location"], "https://app.test/back?error=access_denied");
}

#[tokio::test]
async fn tokens_that_expire_are_refreshed_within_a_year() {
    let mut bench = TikTokBench::new().await;
    let client = json!({ "client_id": TIKTOK_APP_ID, "client_secret": TIKTOK_APP_SECRET });
    let with = |more: Value| {
        let mut body = client.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let code = bench.consent().await;
    let wrong = with(json!({ "grant_type": "password", "code": code }));
    assert_eq!(bench.post("/oauth2/token/", wrong).await["code"], 40108);
    let right = with(json!({ "grant_type": "authorization_code", "code": code }));
    let pair = data(bench.post("/oauth2/token/", right).await);
    bench.token = pair["access_token"].as_str().unwrap().to_owned();
    data(bench.get(INFO, one()).await);
    bench.advance(TimeDelta::hours(24));
    assert_eq!(bench.get(INFO, one()).await["code"], 40102);
    let refresh = |token: &Value| with(json!({ "grant_type": "refresh_token", "refresh_token": token }));
    let path = "/tt_user/oauth2/refresh_token/";
    assert_eq!(bench.post(path, refresh(&json!("nonsense"))).await["code"], 40107);
    let again = data(bench.post(path, refresh(&pair["refresh_token"])).await);
    bench.token = again["access_token"].as_str().unwrap().to_owned();
    data(bench.get(INFO, one()).await);
    bench.advance(TimeDelta::days(366));
    assert_eq!(bench.post(path, refresh(&pair["refresh_token"])).await["code"], 40103);
}

#[tokio::test]
async fn what_a_caller_may_not_do_has_a_code_of_its_own() {
    let mut bench = TikTokBench::new().await;
    let info = |id: &str| json!({ "advertiser_ids": [id] });
    assert_eq!(bench.get(INFO, info("7009001")).await["code"], 40001);
    assert_eq!(bench.get(INFO, info("7999999")).await["code"], 40300);
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    assert_eq!(bench.get(INFO, json!({ "advertiser_ids": many })).await["code"], 40011);
    let minted = bench.control("tokens/mint", json!({ "platform": "tiktok", "scopes": ["4"] })).await;
    let whole = std::mem::replace(&mut bench.token, minted["access_token"].as_str().unwrap().to_owned());
    assert_eq!(bench.get(INFO, one()).await["code"], 40130);
    bench.token = String::new();
    assert_eq!(bench.get(INFO, one()).await["code"], 40104);
    bench.token = whole;
    data(bench.get(INFO, one()).await);
    bench.control("tokens/revoke", json!({ "platform": "tiktok" })).await;
    assert_eq!(bench.get(INFO, one()).await["code"], 40105);
    let app = json!({ "app_id": TIKTOK_APP_ID, "secret": "wrong", "auth_code": "x" });
    assert_eq!(bench.post("/oauth2/access_token/", app).await["code"], 40101);
}

#[tokio::test]
async fn paths_need_their_version_and_their_last_slash() {
    let bench = TikTokBench::new().await;
    let base = bench.sandbox.base_url();
    let code = async |path: &str| {
        let response = bench.http.get(format!("{base}{path}")).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap()["code"].as_i64().unwrap())
    };
    assert_eq!(code("/open_api/v1.3/advertiser/info").await, (404, 40400));
    assert_eq!(code("/open_api/v1.3/no/such/route/").await, (404, 40400));
    assert_eq!(code("/open_api/v1.2/advertiser/info/").await, (200, 40006));
    assert_eq!(code("/open_api/v9.9/advertiser/info/").await, (200, 40051));
    assert_eq!(code("/open_api/v1.3/smart_plus/campaign/get/").await, (200, 40008));
    assert_eq!(code("/open_api/v1.3/campaign/spc/get/").await, (200, 41001));
    let broken = bench.http.post(bench.url("/identity/create/")).header("Access-Token", &bench.token);
    let broken: Value = broken.body("{").send().await.unwrap().json().await.unwrap();
    assert_eq!(broken["code"], 40000);
}

#[tokio::test]
async fn an_advertiser_tells_its_money_time_and_state() {
    let bench = TikTokBench::new().await;
    let params = json!({
        "advertiser_ids": ["7001003", "7001004"], "fields": ["advertiser_id", "currency", "timezone", "status"],
    });
    let list = data(bench.get(INFO, params).await)["list"].clone();
    assert_eq!(
        list[0],
        json!({ "advertiser_id": "7001003", "currency": "JPY", "timezone": "Asia/Tokyo", "status": "STATUS_ENABLE" })
    );
    assert_eq!(list[1]["status"], "STATUS_LIMIT");
    let own = json!({ "advertiser_id": ADVERTISER });
    let identities = data(bench.get("/identity/get/", own.clone()).await);
    assert_eq!(identities["page_info"]["total_number"], 2);
    assert_eq!(identities["identity_list"][1]["identity_type"], "TT_USER");
    let made = json!({ "advertiser_id": ADVERTISER, "display_name": "Trail Club" });
    let made = data(bench.post("/identity/create/", made).await);
    let identities = data(bench.get("/identity/get/", own.clone()).await)["identity_list"].clone();
    assert!(identities.as_array().unwrap().iter().any(|it| it["identity_id"] == made["identity_id"]));
    let pixels = data(bench.get("/pixel/list/", own.clone()).await);
    assert_eq!(pixels["pixels"][0]["pixel_id"], "7400000000000000001");
    let quota = data(bench.get("/adgroup/quota/", own).await);
    assert_eq!(quota, json!({ "total_adgroup_quota": 5000, "used_adgroup_quota": 0 }));
}

#[tokio::test]
async fn limits_refuse_with_40100_at_http_200() {
    let bench = TikTokBench::new().await;
    bench.control("rate", json!({ "tiktok": { "each": { "per_day": 2 } } })).await;
    data(bench.get(INFO, one()).await);
    data(bench.get(INFO, one()).await);
    assert_eq!(bench.get(INFO, one()).await["code"], 40100);
    data(bench.get("/user/info/", json!({})).await);
}
