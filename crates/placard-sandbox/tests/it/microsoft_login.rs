//! Logging in to Microsoft, headers, users and accounts (Microsoft, `platforms/microsoft.md` §1, §3).

use chrono::TimeDelta;
use placard_sandbox::{
    MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_CUSTOMER, MICROSOFT_DEVELOPER_TOKEN,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{ACCOUNT, CAMPAIGNS, MicrosoftBench, campaign, fault_code};

const REDIRECT: (&str, &str) = ("redirect_uri", "https://app.test/back");
const CLIENT: (&str, &str) = ("client_id", MICROSOFT_CLIENT_ID);
const SECRET: (&str, &str) = ("client_secret", MICROSOFT_CLIENT_SECRET);
const BY_CODE: (&str, &str) = ("grant_type", "authorization_code");
const BY_REFRESH: (&str, &str) = ("grant_type", "refresh_token");
const QUERY: &str = "/CampaignManagement/v13/Campaigns/QueryByAccountId";

fn own() -> Value {
    json!({ "AccountId": ACCOUNT })
}

#[tokio::test]
async fn a_login_gives_an_hour_and_every_refresh_a_new_refresh_token() {
    let mut bench = MicrosoftBench::new().await;
    let code = bench.consent("").await;
    let pairs = [CLIENT, SECRET, BY_CODE, REDIRECT, ("code", code.as_str())];
    let (status, body) = bench.exchange(&pairs).await;
    assert_eq!((status, &body["expires_in"], &body["token_type"]), (200, &json!(3600), &json!("Bearer")));
    assert_eq!(bench.exchange(&pairs).await.1["error"], "invalid_grant", "a code is good once");

    bench.token = body["access_token"].as_str().unwrap().to_owned();
    bench.post(QUERY, own()).await;
    bench.sandbox.advance(TimeDelta::hours(1)).unwrap();
    assert_eq!(bench.fault(Method::POST, QUERY, own()).await, (401, 109));

    let first = body["refresh_token"].as_str().unwrap().to_owned();
    let (status, body) =
        bench.exchange(&[CLIENT, SECRET, BY_REFRESH, ("refresh_token", first.as_str())]).await;
    assert_eq!(status, 200);
    let second = body["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    bench.token = body["access_token"].as_str().unwrap().to_owned();
    bench.post(QUERY, own()).await;

    bench.sandbox.advance(TimeDelta::days(89) + TimeDelta::hours(23)).unwrap();
    let refresh = |token: String| {
        let bench = &bench;
        async move { bench.exchange(&[CLIENT, SECRET, BY_REFRESH, ("refresh_token", token.as_str())]).await }
    };
    let (status, body) = refresh(first).await;
    assert_eq!(
        (status, &body["error"], &body["error_codes"]),
        (400, &json!("invalid_grant"), &json!([70000]))
    );
    assert_eq!(refresh(second).await.0, 200, "the newer one lives longer");
}

#[tokio::test]
async fn the_token_endpoint_refuses_as_entra_does() {
    let bench = MicrosoftBench::new().await;
    let code = bench.consent("").await;
    let code = ("code", code.as_str());
    for (pairs, status, error, number) in [
        (vec![("client_id", "x"), SECRET, BY_CODE, REDIRECT, code], 400, "unauthorized_client", 700_016),
        (vec![CLIENT, ("client_secret", "x"), BY_CODE, REDIRECT, code], 401, "invalid_client", 7_000_215),
        (vec![CLIENT, BY_CODE, REDIRECT, code], 401, "invalid_client", 7_000_218),
        (
            vec![CLIENT, SECRET, BY_CODE, ("redirect_uri", "https://else.test/"), code],
            400,
            "invalid_request",
            50_011,
        ),
        (vec![CLIENT, SECRET, BY_REFRESH, ("refresh_token", "x")], 400, "invalid_grant", 70_000),
        (vec![CLIENT, SECRET, ("grant_type", "password")], 400, "unsupported_grant_type", 70_003),
    ] {
        let (seen, body) = bench.exchange(&pairs).await;
        assert_eq!((seen, &body["error"], &body["error_codes"][0]), (status, &json!(error), &json!(number)));
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{number}: ")));
    }
}

#[tokio::test]
async fn a_public_client_proves_itself_with_pkce() {
    let bench = MicrosoftBench::new().await;
    // The challenge of the RFC's example verifier.
    let code = bench
        .consent("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")
        .await;
    let exchange = |verifier: &'static str| {
        let (bench, code) = (&bench, code.clone());
        async move {
            let pairs = [CLIENT, BY_CODE, REDIRECT, ("code", code.as_str()), ("code_verifier", verifier)];
            bench.exchange(&pairs).await
        }
    };
    assert_eq!(exchange("wrong").await.1["error_codes"][0], 501_481);
    assert_eq!(exchange("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").await.0, 200);
}

#[tokio::test]
async fn headers_are_required_and_have_to_fit() {
    let bench = MicrosoftBench::new().await;
    let headers = [
        ("Authorization", format!("Bearer {}", bench.token)),
        ("DeveloperToken", MICROSOFT_DEVELOPER_TOKEN.to_owned()),
        ("CustomerId", MICROSOFT_CUSTOMER.to_owned()),
        ("CustomerAccountId", ACCOUNT.to_owned()),
    ];
    let sent = |changed: &'static str, value: Option<&'static str>| {
        let (bench, headers) = (&bench, headers.clone());
        async move {
            let url = format!("{}{QUERY}", bench.sandbox.base_url());
            let mut request = bench.http.post(url).json(&own());
            for (name, known) in headers {
                match (name == changed, value) {
                    (false, _) => request = request.header(name, known),
                    (true, Some(value)) => request = request.header(name, value),
                    (true, None) => {}
                }
            }
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            (status, fault_code(&response.json().await.unwrap()))
        }
    };
    assert_eq!(sent("Authorization", None).await, (401, 105));
    assert_eq!(sent("Authorization", Some("Bearer x")).await, (401, 105));
    assert_eq!(sent("DeveloperToken", None).await, (400, 116));
    assert_eq!(sent("DeveloperToken", Some("x")).await, (401, 105));
    assert_eq!(sent("CustomerId", None).await, (400, 116));
    assert_eq!(sent("CustomerId", Some("5006002")).await, (403, 106));
    assert_eq!(sent("CustomerAccountId", None).await, (400, 116));
    assert_eq!(sent("CustomerAccountId", Some("5009001")).await, (403, 106), "a stranger's");
    assert_eq!(sent("CustomerAccountId", Some("1")).await, (403, 106));
    assert_eq!(bench.fault(Method::POST, QUERY, json!({ "AccountId": "5001002" })).await, (400, 1102));
    assert_eq!(bench.fault(Method::POST, QUERY, json!({ "CampaignType": "Search" })).await, (400, 1030));
}

#[tokio::test]
async fn a_token_needs_the_scope_and_can_be_revoked() {
    let mut bench = MicrosoftBench::new().await;
    let old = json!({ "platform": "microsoft", "scopes": ["https://ads.microsoft.com/ads.manage"] });
    let minted = bench.control("tokens/mint", old).await;
    bench.token = minted["access_token"].as_str().unwrap().to_owned();
    assert_eq!(bench.fault(Method::POST, QUERY, own()).await, (401, 105));
    let minted = bench.control("tokens/mint", json!({ "platform": "microsoft" })).await;
    bench.token = minted["access_token"].as_str().unwrap().to_owned();
    bench.post(QUERY, own()).await;
    bench.control("tokens/revoke", json!({ "platform": "microsoft" })).await;
    assert_eq!(bench.fault(Method::POST, QUERY, own()).await, (401, 105));
    let refresh = minted["refresh_token"].as_str().unwrap();
    let (_, body) = bench.exchange(&[CLIENT, SECRET, BY_REFRESH, ("refresh_token", refresh)]).await;
    assert_eq!(body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_user_finds_own_accounts_and_no_others() {
    let bench = MicrosoftBench::new().await;
    let service = |path: &str| format!("/CustomerManagement/v13{path}");
    let user = bench.post(&service("/User/Query"), json!({ "UserId": null })).await;
    let id = user["User"]["Id"].clone();
    assert_eq!(user["CustomerRoles"][0]["CustomerId"], MICROSOFT_CUSTOMER);
    assert_eq!(user["CustomerRoles"][0]["AccountIds"], json!(["5001001", "5001002", "5001003", "5001004"]));
    let search = json!({
        "Predicates": [{ "Field": "UserId", "Operator": "Equals", "Value": id }],
        "PageInfo": { "Index": 1, "Size": 2 },
    });
    let found = bench.post(&service("/Accounts/Search"), search).await;
    let names: Vec<&Value> = found["Accounts"].as_array().unwrap().iter().map(|it| &it["Name"]).collect();
    assert_eq!(names, ["Placard Outdoor Japan", "Placard Outdoor Archive"]);
    assert_eq!(found["Accounts"][1]["AccountLifeCycleStatus"], "Suspended");
    let info = bench.post(&service("/AccountsInfo/Query"), json!({ "CustomerId": MICROSOFT_CUSTOMER })).await;
    assert_eq!(info["AccountsInfo"].as_array().unwrap().len(), 4);
    let one = bench.post(&service("/Account/Query"), json!({ "AccountId": "5001003" })).await;
    assert_eq!(one["Account"]["CurrencyCode"], "JPY");
    let stranger = json!({ "AccountId": "5009001" });
    assert_eq!(bench.fault(Method::POST, &service("/Account/Query"), stranger).await, (403, 106));
}

#[tokio::test]
async fn what_is_not_served_is_refused_and_what_does_not_exist_is_a_page() {
    let bench = MicrosoftBench::new().await;
    for path in ["/CampaignManagement/v13/Labels", "/Bulk/v13/Campaigns/DownloadByAccountIds"] {
        assert_eq!(bench.fault(Method::POST, path, json!({})).await, (400, 204), "{path}");
    }
    let shopping =
        json!({ "AccountId": ACCOUNT, "Campaigns": [{ "CampaignType": "Shopping", "Name": "x" }] });
    let body = bench.post(CAMPAIGNS, shopping).await;
    assert_eq!(crate::microsoft_support::partial(&body), [(0, 204)]);
    let absent = bench.send(Method::POST, "/CampaignManagement/v13/Campaign", &json!({})).await.unwrap();
    assert_eq!(absent.status(), 404);
    let verb = bench.send(Method::GET, CAMPAIGNS, &json!({})).await.unwrap();
    assert_eq!(verb.status(), 405);
    assert_eq!(bench.fault(Method::POST, CAMPAIGNS, Value::Null).await, (400, 100));
    let unknown = json!({ "AccountId": ACCOUNT, "Campaigns": [campaign("x")], "Colour": 1 });
    assert_eq!(bench.fault(Method::POST, CAMPAIGNS, unknown).await, (400, 201));
}
