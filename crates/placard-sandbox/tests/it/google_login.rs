//! Google's consent, tokens and ways to a customer (Google, `platforms/google.md` §1).

use chrono::TimeDelta;
use placard_sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET};
use serde_json::{Value, json};

use crate::google_support::{CUSTOMER, GoogleBench, first};

const REDIRECT: &str = "https://app.example/callback?tenant=1";
const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
const NAME: &str = "SELECT customer.descriptive_name FROM customer";

async fn consent(bench: &GoogleBench, extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut query = vec![
        ("client_id", GOOGLE_CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("state", "x y"),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("access_type", "offline"),
        ("prompt", "consent"),
    ];
    query.extend(extra);
    let url = format!("{}/o/oauth2/v2/auth", bench.sandbox.base_url());
    let response = bench.http.get(url).query(&query).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let target: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    assert!(target.as_str().starts_with(REDIRECT));
    target.query_pairs().into_owned().collect()
}

async fn token(bench: &GoogleBench, form: &[(&str, &str)]) -> (u16, Value) {
    let mut form = form.to_vec();
    form.extend([("client_id", GOOGLE_CLIENT_ID), ("client_secret", GOOGLE_CLIENT_SECRET)]);
    let url = format!("{}/token", bench.sandbox.base_url());
    let response = bench.http.post(url).form(&form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn value(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_the_refresh_token_gives_new_ones() {
    let mut bench = GoogleBench::new().await;
    let pairs = consent(&bench, &[("auto", "1")]).await;
    assert_eq!(value(&pairs, "state"), "x y");
    let code = value(&pairs, "code");
    let grant = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let (status, body) = token(&bench, &[grant[0], grant[1], ("redirect_uri", "https://app.example/")]).await;
    assert_eq!((status, &body["error"]), (400, &json!("redirect_uri_mismatch")));
    let exchange = [grant[0], grant[1], ("redirect_uri", REDIRECT)];
    let (status, body) = token(&bench, &exchange).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(3599), &json!("Bearer")));
    let refresh = body["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(token(&bench, &exchange).await.1["error"], "invalid_grant");

    bench.advance(TimeDelta::hours(1));
    bench.token = body["access_token"].as_str().unwrap().to_owned();
    let (status, body) = bench.call("googleAds:search", json!({ "query": NAME })).await;
    assert_eq!((status, first(&body).0.as_str()), (401, "authenticationError.OAUTH_TOKEN_EXPIRED"));
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let (_, body) = token(&bench, &refreshing).await;
    assert!(body["refresh_token"].is_null(), "a refresh brings no new refresh token");
    bench.token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(bench.rows(NAME).await[0]["customer"]["descriptiveName"], "Placard Outdoor EU");

    bench.control("tokens/revoke", json!({ "platform": "google" })).await;
    let (status, body) = token(&bench, &refreshing).await;
    let wanted =
        json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." });
    assert_eq!((status, body), (400, wanted));
    let (_, body) = bench.call("googleAds:search", json!({ "query": NAME })).await;
    assert_eq!(first(&body).0, "authenticationError.OAUTH_TOKEN_REVOKED");
}

#[tokio::test]
async fn the_consent_page_can_be_cancelled_or_agreed_to() {
    let bench = GoogleBench::new().await;
    let url = format!("{}/o/oauth2/v2/auth", bench.sandbox.base_url());
    let query = [
        ("client_id", GOOGLE_CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", SCOPE),
    ];
    let page = bench.http.get(url).query(&query).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("pretends to be Google"));
    let links: Vec<&str> =
        page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut targets = Vec::new();
    for link in links {
        let url = format!("{}{}", bench.sandbox.base_url(), link.replace("&amp;", "&"));
        let response = bench.http.get(url).send().await.unwrap();
        targets.push(response.headers()["location"].to_str().unwrap().to_owned());
    }
    assert!(targets[0].contains("error=access_denied") && targets[1].contains("code=4"), "{targets:?}");
}

#[tokio::test]
async fn minted_tokens_work_and_others_do_not() {
    let mut bench = GoogleBench::new().await;
    let minted = bench.control("tokens/mint", json!({ "platform": "google" })).await;
    bench.token = minted["access_token"].as_str().unwrap().to_owned();
    assert!(minted["refresh_token"].is_string());
    assert_eq!(bench.rows(NAME).await.len(), 1);
    bench.token = "ya29.nonsense".into();
    let (status, body) = bench.call("googleAds:search", json!({ "query": NAME })).await;
    assert_eq!((status, first(&body).0.as_str()), (401, "authenticationError.OAUTH_TOKEN_INVALID"));
    let response = bench.http.post(bench.url(&format!("customers/{CUSTOMER}/googleAds:search"))).send().await;
    let body: Value = response.unwrap().json().await.unwrap();
    assert_eq!(
        (&body["error"]["status"], &body["error"]["details"]),
        (&json!("UNAUTHENTICATED"), &json!(null))
    );
}

#[tokio::test]
async fn a_customer_is_reached_directly_or_through_its_manager() {
    let mut bench = GoogleBench::new().await;
    let ask = async |bench: &GoogleBench, customer: &str| {
        let path = format!("customers/{customer}/googleAds:search");
        let (status, body) = bench.at(&path, json!({ "query": NAME })).await;
        if status == 200 { (status, String::new()) } else { (status, first(&body).0) }
    };
    let denied = (403, "authorizationError.USER_PERMISSION_DENIED".to_owned());
    let other = "authorizationError.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION".to_owned();
    assert_eq!(ask(&bench, "1001001001").await.0, 200);
    assert_eq!(ask(&bench, "1009009009").await, (403, other.clone()));
    assert_eq!(ask(&bench, "100-100-1").await, (400, "requestError.INVALID_CUSTOMER_ID".to_owned()));
    bench.login = None;
    assert_eq!(ask(&bench, "1001001001").await, denied);
    assert_eq!(ask(&bench, "1001001002").await.0, 200);
    bench.login = Some("1001001002");
    assert_eq!(ask(&bench, "1001001001").await, (403, other));
    bench.login = Some("1009009009");
    assert_eq!(ask(&bench, "1001001001").await, denied);
    bench.login = Some("1001-001");
    assert_eq!(ask(&bench, "1001001001").await, (400, "headerError.INVALID_LOGIN_CUSTOMER_ID".to_owned()));
}

#[tokio::test]
async fn accounts_are_listed_and_a_managers_clients_are_rows() {
    let bench = GoogleBench::new().await;
    let url = bench.url("customers:listAccessibleCustomers");
    let response = bench.http.get(url).bearer_auth(&bench.token).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["resourceNames"], json!(["customers/1000000000", "customers/1001001002"]));
    let query = "SELECT customer_client.id, customer_client.status, customer_client.currency_code, \
                 customer_client.level, customer_client.manager FROM customer_client WHERE customer_client.level = 1";
    let (_, body) = bench.at("customers/1000000000/googleAds:search", json!({ "query": query })).await;
    let rows = body["results"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[3]["customerClient"]["status"], "SUSPENDED");
    assert_eq!(rows[2]["customerClient"]["currencyCode"], "JPY");
}

#[tokio::test]
async fn other_versions_and_addresses_are_refused() {
    let bench = GoogleBench::new().await;
    let post = async |path: &str| {
        let url = format!("{}{path}", bench.sandbox.base_url());
        let response = bench.http.post(url).bearer_auth(&bench.token).json(&json!({})).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, text) = post("/v22/customers/1001001001/googleAds:search").await;
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, first(&body).0.as_str()), (400, "requestError.UNSUPPORTED_VERSION"));
    for path in ["/v26/customers/1001001001/googleAds:serch", "/v26/customers/1001001001/campaigns"] {
        let (status, text) = post(path).await;
        assert!(status == 404 && text.starts_with("<!DOCTYPE html>"), "{path}: {text}");
    }
}
