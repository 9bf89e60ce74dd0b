//! OAuth, tokens, scopes and proofs.

use chrono::TimeDelta;
use placard_sandbox::{APP_ID, APP_SECRET, RunningSandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{ACT, Bench, campaign, codes};

const REDIRECT: &str = "https://app.example/callback?tenant=1";

async fn code(bench: &Bench, scope: &str) -> String {
    let query = [
        ("client_id", APP_ID),
        ("redirect_uri", REDIRECT),
        ("state", "xyz"),
        ("response_type", "code"),
        ("scope", scope),
        ("auto", "1"),
    ];
    let response = bench.http.get(bench.url("dialog/oauth")).query(&query).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let target: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    assert!(target.as_str().starts_with(REDIRECT), "the redirect keeps its own query: {target}");
    let pairs: Vec<(String, String)> = target.query_pairs().into_owned().collect();
    assert!(pairs.contains(&("state".into(), "xyz".into())));
    pairs.into_iter().find(|(name, _)| name == "code").unwrap().1
}

async fn exchange(bench: &Bench, code: &str, redirect: &str) -> Value {
    let query =
        [("client_id", APP_ID), ("client_secret", APP_SECRET), ("redirect_uri", redirect), ("code", code)];
    bench.http.get(bench.url("oauth/access_token")).query(&query).send().await.unwrap().json().await.unwrap()
}

async fn login(bench: &Bench, scope: &str) -> String {
    let code = code(bench, scope).await;
    exchange(bench, &code, REDIRECT).await["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_consent_page_offers_to_continue_or_to_cancel() {
    let bench = Bench::new().await;
    let query = [("client_id", APP_ID), ("redirect_uri", REDIRECT), ("state", "a b"), ("scope", "ads_read")];
    let page =
        bench.http.get(bench.url("dialog/oauth")).query(&query).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Placard sandbox pretends to be Meta"));
    let links: Vec<&str> =
        page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 2);
    let follow = |link: &str| {
        bench.http.get(format!("{}{}", bench.sandbox.base_url(), link.replace("&amp;", "&"))).send()
    };
    let cancelled = follow(links[0]).await.unwrap();
    let target = cancelled.headers()["location"].to_str().unwrap();
    assert!(
        target.contains("error=access_denied") && target.contains("error_reason=user_denied"),
        "{target}"
    );
    let continued = follow(links[1]).await.unwrap();
    assert!(continued.headers()["location"].to_str().unwrap().contains("code="));
}

#[tokio::test]
async fn a_code_is_exchanged_once_for_the_same_redirect_uri_byte_for_byte() {
    let bench = Bench::new().await;
    let code = code(&bench, "ads_read").await;
    assert_eq!(codes(&exchange(&bench, &code, "https://app.example/callback").await), (100, 36008));
    let token = exchange(&bench, &code, REDIRECT).await;
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 3600);
    assert_eq!(codes(&exchange(&bench, &code, REDIRECT).await), (100, 36009));
    assert_eq!(exchange(&bench, "AQnothing", REDIRECT).await["error"]["code"], 100);
}

#[tokio::test]
async fn a_short_token_dies_after_an_hour_and_a_long_one_after_sixty_days() {
    let bench = Bench::new().await;
    let short = login(&bench, "ads_read").await;
    let query = json!({
        "grant_type": "fb_exchange_token", "client_id": APP_ID, "client_secret": APP_SECRET,
        "fb_exchange_token": short,
    });
    let long = bench.get("oauth/access_token", query).await;
    assert_eq!(long["expires_in"], 60 * 86_400);
    let long = long["access_token"].as_str().unwrap().to_owned();
    bench.advance(TimeDelta::hours(1));
    let (status, body) = bench.try_get("me", json!({ "access_token": short })).await;
    assert_eq!((status, codes(&body)), (401, (190, 463)));
    assert_eq!(
        bench.get("me", json!({ "access_token": long, "fields": "name" })).await["name"],
        "Ada Sandbox"
    );
    bench.advance(TimeDelta::days(60));
    assert_eq!(codes(&bench.try_get("me", json!({ "access_token": long })).await.1), (190, 463));
}

#[tokio::test]
async fn inspection_tells_scopes_expiry_and_validity() {
    let bench = Bench::new().await;
    let token = login(&bench, "ads_read,pages_show_list").await;
    let app_token = format!("{APP_ID}|{APP_SECRET}");
    let inspect = json!({ "input_token": token, "access_token": app_token });
    let data = bench.get("debug_token", inspect.clone()).await["data"].clone();
    assert_eq!(data["is_valid"], true);
    assert_eq!(data["type"], "USER");
    assert_eq!(data["app_id"], APP_ID);
    assert_eq!(data["expires_at"], (bench.sandbox.now() + TimeDelta::hours(1)).timestamp());
    assert!(data["scopes"].as_array().unwrap().contains(&json!("ads_read")));
    bench.sandbox.revoke_tokens(460);
    let data = bench.get("debug_token", inspect).await["data"].clone();
    assert_eq!(data["is_valid"], false);
    assert_eq!(data["error"]["subcode"], 460);
    let (_, body) = bench.try_get("debug_token", json!({ "input_token": app_token })).await;
    assert_eq!(body["error"]["code"], 190, "a revoked user token cannot inspect");
}

#[tokio::test]
async fn scopes_limit_what_a_token_may_do() {
    let bench = Bench::new().await;
    let reader = login(&bench, "ads_read").await;
    bench.get(&format!("{ACT}/campaigns"), json!({ "access_token": reader })).await;
    let mut params = campaign();
    params["access_token"] = json!(reader);
    let (_, body) = bench.try_post(&format!("{ACT}/campaigns"), params).await;
    assert_eq!(body["error"]["code"], 294);
    let (_, body) = bench.try_get("me/accounts", json!({ "access_token": reader })).await;
    assert_eq!(body["error"]["code"], 200);
    let nobody = login(&bench, "public_profile").await;
    let (_, body) = bench.try_get(ACT, json!({ "access_token": nobody })).await;
    assert_eq!(body["error"]["code"], 200);
}

#[tokio::test]
async fn withdrawn_permissions_end_the_token() {
    let bench = Bench::new().await;
    let token = login(&bench, "ads_read").await;
    let granted = bench.get("me/permissions", json!({ "access_token": token })).await;
    assert!(
        granted["data"]
            .as_array()
            .unwrap()
            .contains(&json!({ "permission": "ads_read", "status": "granted" }))
    );
    let (status, _) = bench.delete("me/permissions", json!({ "access_token": token })).await;
    assert_eq!(status, 200);
    assert_eq!(codes(&bench.try_get("me", json!({ "access_token": token })).await.1), (190, 458));
}

#[tokio::test]
async fn a_wrong_proof_is_refused_and_a_missing_one_when_the_app_demands_it() {
    let bench =
        Bench::with(SandboxConfig { require_appsecret_proof: true, ..SandboxConfig::default() }).await;
    assert_eq!(bench.try_get("me", json!({})).await.1["error"]["code"], 100);
    assert_eq!(
        bench.try_get("me", json!({ "appsecret_proof": "0".repeat(64) })).await.1["error"]["code"],
        100
    );
    let proof = RunningSandbox::appsecret_proof(&bench.token);
    bench.get("me", json!({ "appsecret_proof": proof })).await;
}

#[tokio::test]
async fn pages_come_with_tokens_that_stay_the_same_and_do_not_expire() {
    let bench = Bench::new().await;
    let fields = json!({ "fields": "id,name,access_token,tasks,leadgen_tos_accepted" });
    let first = bench.get("me/accounts", fields.clone()).await;
    assert_eq!(first, bench.get("me/accounts", fields).await);
    let pages = first["data"].as_array().unwrap();
    assert_eq!(pages.iter().map(|page| page["id"].as_str().unwrap()).collect::<Vec<_>>(), ["2001", "2002"]);
    let token = &pages[0]["access_token"];
    bench.advance(TimeDelta::days(200));
    assert_eq!(bench.get("me", json!({ "access_token": token })).await["id"], "2001");
}

#[tokio::test]
async fn tokens_are_taken_from_the_header_too_and_nonsense_is_refused() {
    let bench = Bench::new().await;
    let with = |token: String| bench.http.get(bench.url("me")).bearer_auth(token).send();
    assert_eq!(with(bench.token.clone()).await.unwrap().status(), 200);
    assert_eq!(with("nonsense".into()).await.unwrap().status(), 401);
    let body: Value = bench.http.get(bench.url("me")).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["error"]["code"], 2500);
}

#[tokio::test]
async fn other_versions_are_refused_and_oauth_works_without_one() {
    let bench = Bench::new().await;
    let url = format!("{}/v23.0/me", bench.sandbox.base_url());
    let body: Value =
        bench.http.get(url).bearer_auth(&bench.token).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["error"]["code"], 2635);
    let query = [("client_id", APP_ID), ("client_secret", APP_SECRET), ("grant_type", "client_credentials")];
    let url = format!("{}/oauth/access_token", bench.sandbox.base_url());
    let body: Value = bench.http.get(url).query(&query).send().await.unwrap().json().await.unwrap();
    assert_eq!(body["access_token"], format!("{APP_ID}|{APP_SECRET}"));
}
