//! A TikTok advertiser with a client.

use chrono::TimeDelta;
use placard_sandbox::{RunningSandbox, SandboxConfig, TIKTOK_APP_ID, TIKTOK_APP_SECRET, start};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::support::{client, png, with};

/// The advertiser most tests use, and in whose name it speaks.
pub(crate) const ADVERTISER: &str = "7001001";
pub(crate) const IDENTITY: &str = "7300000000000011001";
pub(crate) const GERMANY: &str = "2921044";

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

    /// Uploads a file; `kind` is `image` or `video`.
    pub(crate) async fn upload(&self, kind: &str, bytes: Vec<u8>, more: Value) -> Value {
        let mut form = Form::new();
        let defaults = json!({
            "advertiser_id": ADVERTISER, "upload_type": "UPLOAD_BY_FILE",
            format!("{kind}_signature"): RunningSandbox::tiktok_signature(&bytes),
        });
        for (name, value) in with(defaults, more).as_object().unwrap() {
            form = form.text(name.clone(), value.as_str().unwrap().to_owned());
        }
        let form = form.part(format!("{kind}_file"), Part::bytes(bytes).file_name("file"));
        let request = self.http.post(self.url(&format!("/file/{kind}/ad/upload/")));
        read(request.header("Access-Token", &self.token).multipart(form).send().await.unwrap()).await
    }

    /// Uploads an upright image and gives its id.
    pub(crate) async fn image(&self) -> String {
        text(&data(self.upload("image", png(720, 1280, 0), json!({})).await), "image_id")
    }

    /// A campaign, an ad group and an ad, all switched off.
    pub(crate) async fn whole(&self, name: &str) -> Made {
        let image = self.image().await;
        let campaign = text(&data(self.post(CAMPAIGN, campaign(name)).await), "campaign_id");
        let group = text(&data(self.post(AD_GROUP, ad_group(&campaign, "main")).await), "adgroup_id");
        let made = data(self.post(AD, ads(&group, creative(&image))).await);
        let ad = made["ad_ids"][0].as_str().unwrap().to_owned();
        Made { campaign, group, ad, image }
    }

    /// Sets the own switch of some objects; `level` is `campaign`, `adgroup` or `ad`.
    pub(crate) async fn switch(&self, level: &str, id: &str, to: &str) -> Value {
        let body =
            json!({ "advertiser_id": ADVERTISER, format!("{level}_ids"): [id], "operation_status": to });
        self.post(&format!("/{level}/status/update/"), body).await
    }

    /// Switches everything on, from below.
    pub(crate) async fn run(&self, made: &Made) {
        for (level, id) in [("ad", &made.ad), ("adgroup", &made.group), ("campaign", &made.campaign)] {
            data(self.switch(level, id, "ENABLE").await);
        }
    }

    /// The objects of a level that a filter leaves.
    pub(crate) async fn list(&self, level: &str, filtering: Value) -> Vec<Value> {
        let params = json!({ "advertiser_id": ADVERTISER, "filtering": filtering, "page_size": 1000 });
        data(self.get(&format!("/{level}/get/"), params).await)["list"].as_array().unwrap().clone()
    }

    /// `secondary_status` of an object, deleted or not.
    pub(crate) async fn status(&self, level: &str, id: &str) -> String {
        let filtering = json!({ format!("{level}_ids"): [id], "primary_status": "STATUS_ALL" });
        text(&self.list(level, filtering).await[0], "secondary_status")
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

pub(crate) const CAMPAIGN: &str = "/campaign/create/";
pub(crate) const AD_GROUP: &str = "/adgroup/create/";
pub(crate) const AD: &str = "/ad/create/";

/// Ids of what [`TikTokBench::whole`] makes.
pub(crate) struct Made {
    pub(crate) campaign: String,
    pub(crate) group: String,
    pub(crate) ad: String,
    pub(crate) image: String,
}

pub(crate) fn campaign(name: &str) -> Value {
    json!({
        "advertiser_id": ADVERTISER, "campaign_name": name, "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_INFINITE", "operation_status": "DISABLE",
    })
}

pub(crate) fn ad_group(campaign: &str, name: &str) -> Value {
    json!({
        "advertiser_id": ADVERTISER, "campaign_id": campaign, "adgroup_name": name, "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC", "location_ids": [GERMANY],
        "optimization_goal": "CLICK", "billing_event": "CPC", "pacing": "PACING_MODE_SMOOTH",
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 50.5,
        "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-11-02 09:00:00",
        "operation_status": "DISABLE",
    })
}

/// One creative of an ad with an image.
pub(crate) fn creative(image: &str) -> Value {
    json!({
        "ad_name": "Boots, upright", "ad_format": "SINGLE_IMAGE", "identity_type": "CUSTOMIZED_USER",
        "identity_id": IDENTITY, "image_ids": [image], "ad_text": "Walk further", "call_to_action": "SHOP_NOW",
        "landing_page_url": "https://example.com/boots", "operation_status": "DISABLE",
    })
}

/// A call that makes an ad of one creative.
pub(crate) fn ads(group: &str, creative: Value) -> Value {
    json!({ "advertiser_id": ADVERTISER, "adgroup_id": group, "creatives": [creative] })
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value:#}")).to_owned()
}

/// `data` of a success.
pub(crate) fn data(body: Value) -> Value {
    assert_eq!(body["code"], 0, "{body:#}");
    body["data"].clone()
}
