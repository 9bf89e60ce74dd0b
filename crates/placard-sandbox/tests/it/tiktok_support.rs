//! A TikTok advertiser with a client.

use chrono::TimeDelta;
use placard_sandbox::{RunningSandbox, SandboxConfig, TIKTOK_APP_ID, TIKTOK_APP_SECRET, start};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::support::client;

/// The advertiser most tests use.
pub(crate) const ADVERTISER: &str = "7001001";

pub(crate) struct TikTokBench {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) http: Client,
    pub(crate) token: String,
}

impl TikTokBench {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        let token = sandbox.tiktok_token();
        Self { sandbox, http: client(), token }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/open_api/v1.3{path}", self.sandbox.base_url())
    }

    pub(crate) async fn send(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.http.post(self.url(path)).header("Access-Token", &self.token).json(body).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        read(self.send(path, &body).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, params: Value) -> Value {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let params: Vec<(&String, String)> =
            params.as_object().unwrap().iter().map(|(name, value)| (name, text(value))).collect();
        let request = self.http.get(self.url(path)).header("Access-Token", &self.token).query(&params);
        read(request.send().await.unwrap()).await
    }

    /// Consents as Ada does and gives the code.
    pub(crate) async fn consent(&self) -> String {
        let url = format!(
            "{}/portal/auth?app_id={TIKTOK_APP_ID}&state=s1&redirect_uri=https%3A%2F%2Fapp.test%2Fback&auto=1",
            self.sandbox.base_url()
        );
        let response = self.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 302);
        let target = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let pair = |wanted: &str| {
            target.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        assert_eq!((pair("state").unwrap().as_str(), pair("code")), ("s1", pair("auth_code")));
        pair("auth_code").unwrap()
    }

    pub(crate) async fn exchange(&self, code: &str) -> Value {
        let body = json!({ "app_id": TIKTOK_APP_ID, "secret": TIKTOK_APP_SECRET, "auth_code": code });
        self.post("/oauth2/access_token/", body).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.sandbox.advance(by).unwrap();
    }
}

async fn read(response: Response) -> Value {
    let id = response.headers()["x-tt-logid"].to_str().unwrap().to_owned();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status == 200, body["code"] != 40400, "{body}");
    assert_eq!(body["request_id"], json!(id));
    body
}

/// `data` of a success.
pub(crate) fn data(body: Value) -> Value {
    assert_eq!(body["code"], 0, "{body:#}");
    body["data"].clone()
}
