//! A running sandbox with a client, and the shortest way to each kind of object.

use chrono::TimeDelta;
use placard_sandbox::{RunningSandbox, SandboxConfig, start};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

/// The account most tests use.
pub(crate) const ACT: &str = "act_1001";

pub(crate) struct Bench {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) http: Client,
    pub(crate) token: String,
}

pub(crate) fn client() -> Client {
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        let token = sandbox.user_token();
        Self { sandbox, http: client(), token }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/v26.0/{}", self.sandbox.base_url(), path.trim_start_matches('/'))
    }

    /// Sends parameters as a form (POST) or a query; lists and objects as JSON text.
    pub(crate) async fn send(&self, method: Method, path: &str, params: &Value) -> reqwest::Result<Response> {
        let mut pairs: Vec<(String, String)> = params
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        if !pairs.iter().any(|(name, _)| name == "access_token") {
            pairs.push(("access_token".into(), self.token.clone()));
        }
        let request = self.http.request(method.clone(), self.url(path));
        let request = if method == Method::POST { request.form(&pairs) } else { request.query(&pairs) };
        request.send().await
    }

    pub(crate) async fn try_get(&self, path: &str, params: Value) -> (u16, Value) {
        let response = self.send(Method::GET, path, &params).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn try_post(&self, path: &str, params: Value) -> (u16, Value) {
        let response = self.send(Method::POST, path, &params).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str, params: Value) -> Value {
        let (status, body) = self.try_get(path, params).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, params: Value) -> Value {
        let (status, body) = self.try_post(path, params).await;
        assert_eq!(status, 200, "POST {path}: {body}");
        body
    }

    pub(crate) async fn delete(&self, path: &str, params: Value) -> (u16, Value) {
        let response = self.send(Method::DELETE, path, &params).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn create(&self, edge: &str, params: Value) -> String {
        self.post(&format!("{ACT}/{edge}"), params).await["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn image(&self) -> String {
        let bytes = base64(&png(1080, 1080, 0));
        let body = self.post(&format!("{ACT}/adimages"), json!({ "bytes": bytes })).await;
        body["images"]["bytes"]["hash"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn campaign(&self) -> String {
        self.create("campaigns", campaign()).await
    }

    pub(crate) async fn ad_set(&self, campaign: &str) -> String {
        self.create("adsets", ad_set(campaign)).await
    }

    pub(crate) async fn creative(&self, message: &str) -> String {
        let hash = self.image().await;
        self.create("adcreatives", creative(&hash, message)).await
    }

    pub(crate) async fn ad(&self, ad_set: &str, creative: &str) -> String {
        self.create("ads", ad(ad_set, creative)).await
    }

    /// A campaign with one ad set and one ad, all paused.
    pub(crate) async fn tree(&self) -> Tree {
        let campaign = self.campaign().await;
        let ad_set = self.ad_set(&campaign).await;
        let creative = self.creative("Walk further.").await;
        let ad = self.ad(&ad_set, &creative).await;
        Tree { campaign, ad_set, creative, ad }
    }

    pub(crate) async fn set_status(&self, id: &str, status: &str) {
        self.post(id, json!({ "status": status })).await;
    }

    /// Switches a tree on, the campaign last, and passes its review.
    pub(crate) async fn run(&self, tree: &Tree) {
        for id in [&tree.ad, &tree.ad_set, &tree.campaign] {
            self.set_status(id, "ACTIVE").await;
        }
        self.advance(TimeDelta::minutes(15));
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.sandbox.advance(by).unwrap();
    }

    pub(crate) async fn field(&self, id: &str, field: &str) -> Value {
        self.get(id, json!({ "fields": field })).await[field].clone()
    }
}

pub(crate) struct Tree {
    pub(crate) campaign: String,
    pub(crate) ad_set: String,
    pub(crate) creative: String,
    pub(crate) ad: String,
}

/// Parameters of a plain campaign.
pub(crate) fn campaign() -> Value {
    json!({
        "name": "Autumn walks", "objective": "OUTCOME_TRAFFIC", "status": "PAUSED", "special_ad_categories": [],
        "is_adset_budget_sharing_enabled": false,
    })
}

/// Parameters of a plain ad set.
pub(crate) fn ad_set(campaign: &str) -> Value {
    json!({
        "name": "Hikers", "campaign_id": campaign, "status": "PAUSED", "daily_budget": 5000,
        "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "destination_type": "WEBSITE",
        "targeting": {
            "geo_locations": { "countries": ["DE"] }, "age_min": 25, "age_max": 54,
            "targeting_automation": { "advantage_audience": 0 },
        },
        "dsa_payor": "Placard Outdoor GmbH", "dsa_beneficiary": "Placard Outdoor GmbH",
    })
}

/// Parameters of a link creative.
pub(crate) fn creative(hash: &str, message: &str) -> Value {
    json!({
        "name": "Boots",
        "object_story_spec": { "page_id": "2001", "instagram_user_id": "4001", "link_data": {
            "link": "https://example.com/boots", "message": message, "name": "Good boots", "image_hash": hash,
            "call_to_action": { "type": "SHOP_NOW", "value": { "link": "https://example.com/boots" } },
        } },
    })
}

pub(crate) fn ad(ad_set: &str, creative: &str) -> Value {
    json!({ "name": "Ad", "adset_id": ad_set, "creative": { "creative_id": creative }, "status": "PAUSED" })
}

/// `base` with `changes` put in; `null` takes a member out.
pub(crate) fn with(base: Value, changes: Value) -> Value {
    let mut out = base;
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => out.as_object_mut().unwrap().remove(name),
            value => out.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    out
}

/// The code and subcode of an error body.
pub(crate) fn codes(body: &Value) -> (i64, i64) {
    (body["error"]["code"].as_i64().unwrap_or(0), body["error"]["error_subcode"].as_i64().unwrap_or(0))
}

/// The smallest PNG of a size: header and end, `salt` makes its bytes differ.
pub(crate) fn png(width: u32, height: u32, salt: u8) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend([8, 2, 0, 0, 0, salt, 0, 0, 0]);
    out.extend(b"\0\0\0\0IEND\xaeB`\x82");
    out
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}
