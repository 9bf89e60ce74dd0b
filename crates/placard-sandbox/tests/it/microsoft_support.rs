//! A Microsoft Advertising account with a client.

use chrono::TimeDelta;
use placard_sandbox::{
    MICROSOFT_CLIENT_ID, MICROSOFT_CUSTOMER, MICROSOFT_DEVELOPER_TOKEN, RunningSandbox, SandboxConfig, start,
};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::client;

/// The account most tests use.
pub(crate) const ACCOUNT: &str = "5001001";
pub(crate) const GERMANY: &str = "72";
pub(crate) const CAMPAIGNS: &str = "/CampaignManagement/v13/Campaigns";
pub(crate) const AD_GROUPS: &str = "/CampaignManagement/v13/AdGroups";
pub(crate) const ADS: &str = "/CampaignManagement/v13/Ads";
pub(crate) const KEYWORDS: &str = "/CampaignManagement/v13/Keywords";
pub(crate) const NEGATIVES: &str = "/CampaignManagement/v13/EntityNegativeKeywords";
pub(crate) const CRITERIONS: &str = "/CampaignManagement/v13/CampaignCriterions";

pub(crate) struct MicrosoftBench {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) http: Client,
    pub(crate) token: String,
    pub(crate) account: &'static str,
}

impl MicrosoftBench {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        let token = sandbox.microsoft_token();
        Self { sandbox, http: client(), token, account: ACCOUNT }
    }

    /// Sends a call with all headers.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> reqwest::Result<Response> {
        let url = format!("{}{path}", self.sandbox.base_url());
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = request.header("DeveloperToken", MICROSOFT_DEVELOPER_TOKEN);
        let request = request.header("CustomerId", MICROSOFT_CUSTOMER);
        request.header("CustomerAccountId", self.account).json(body).send().await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let response = self.send(method, path, &body).await.unwrap();
        let id = response.headers()["TrackingId"].to_str().unwrap().to_owned();
        assert_eq!(id.len(), 36, "{id}");
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert!(status == 200 || body["TrackingId"] == json!(id), "{body}");
        (status, body)
    }

    /// The body of a call that is not refused as a whole.
    pub(crate) async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self.call(method, path, body).await;
        assert_eq!(status, 200, "{path}: {body:#}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.ok(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.ok(Method::PUT, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Value {
        self.ok(Method::DELETE, path, body).await
    }

    /// HTTP status and code of a call that is refused as a whole.
    pub(crate) async fn fault(&self, method: Method, path: &str, body: Value) -> (u16, i64) {
        let (status, body) = self.call(method, path, body).await;
        (status, fault_code(&body))
    }

    /// Logs in as Ada does and gives the code.
    pub(crate) async fn consent(&self, more: &str) -> String {
        let url = format!(
            "{}/common/oauth2/v2.0/authorize?client_id={MICROSOFT_CLIENT_ID}&response_type=code&state=s1\
             &redirect_uri=https%3A%2F%2Fapp.test%2Fback&auto=1\
             &scope=https%3A%2F%2Fads.microsoft.com%2Fmsads.manage%20offline_access{more}",
            self.sandbox.base_url()
        );
        let response = self.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 302);
        let target = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let pair = |wanted: &str| {
            target.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        assert_eq!(pair("state").unwrap(), "s1");
        pair("code").unwrap()
    }

    pub(crate) async fn exchange(&self, pairs: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/common/oauth2/v2.0/token", self.sandbox.base_url());
        let response = self.http.post(url).form(pairs).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Makes one campaign and gives its id.
    pub(crate) async fn campaign(&self, name: &str) -> String {
        first_id(&self.post(CAMPAIGNS, self.campaigns(campaign(name))).await, "CampaignIds")
    }

    pub(crate) fn campaigns(&self, campaign: Value) -> Value {
        json!({ "AccountId": self.account, "Campaigns": [campaign] })
    }

    /// A campaign with a place, an ad group, a keyword and an ad; the first two are paused.
    pub(crate) async fn whole(&self, name: &str) -> Made {
        let campaign = self.campaign(name).await;
        let place = json!({ "CriterionType": "Targets", "CampaignCriterions": [place(&campaign, GERMANY)] });
        let criterion = first_id(&self.post(CRITERIONS, place).await, "CampaignCriterionIds");
        let groups = json!({ "CampaignId": campaign, "AdGroups": [ad_group("main")] });
        let group = first_id(&self.post(AD_GROUPS, groups).await, "AdGroupIds");
        let keywords = json!({ "AdGroupId": group, "Keywords": [keyword("hiking boots")] });
        let keyword = first_id(&self.post(KEYWORDS, keywords).await, "KeywordIds");
        let ads = json!({ "AdGroupId": group, "Ads": [ad()] });
        let ad = first_id(&self.post(ADS, ads).await, "AdIds");
        Made { campaign, criterion, group, keyword, ad }
    }

    pub(crate) async fn campaign_status(&self, id: &str, status: &str) {
        let change = json!({ "Id": id, "Status": status });
        none_refused(&self.put(CAMPAIGNS, self.campaigns(change)).await);
    }

    pub(crate) async fn group_status(&self, made: &Made, status: &str) {
        let change = json!({ "Id": made.group, "Status": status });
        let body = json!({ "CampaignId": made.campaign, "AdGroups": [change] });
        none_refused(&self.put(AD_GROUPS, body).await);
    }

    /// Switches everything on, from below.
    pub(crate) async fn run(&self, made: &Made) {
        self.group_status(made, "Active").await;
        self.campaign_status(&made.campaign, "Active").await;
    }

    /// What the control API tells of an object.
    pub(crate) fn object(&self, id: &str) -> Value {
        let world = self.sandbox.world(Some(self.account));
        let all = world["objects"].as_array().unwrap();
        all.iter().find(|it| it["id"] == json!(id)).unwrap().clone()
    }

    pub(crate) fn spent(&self, id: &str) -> i64 {
        self.object(id)["spend_micros"].as_i64().unwrap()
    }

    /// Moves the clock and takes a fresh token, since one lives an hour.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.sandbox.advance(by).unwrap();
        self.token = self.sandbox.microsoft_token();
    }
}

/// Ids of what [`MicrosoftBench::whole`] makes.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) campaign: String,
    pub(crate) criterion: String,
    pub(crate) group: String,
    pub(crate) keyword: String,
    pub(crate) ad: String,
}

pub(crate) fn campaign(name: &str) -> Value {
    json!({
        "Name": name, "CampaignType": "Search", "BudgetType": "DailyBudgetStandard", "DailyBudget": 50.0,
        "BiddingScheme": { "Type": "EnhancedCpc" }, "Languages": ["English"],
        "TimeZone": "AmsterdamBerlinBernRomeStockholmVienna", "Status": "Paused", "FinalUrlSuffix": "plc=7f3a",
    })
}

pub(crate) fn ad_group(name: &str) -> Value {
    json!({ "Name": name, "Status": "Paused", "Language": "English", "CpcBid": { "Amount": 1.5 } })
}

pub(crate) fn keyword(text: &str) -> Value {
    json!({ "Text": text, "MatchType": "Phrase", "Bid": { "Amount": 1.6 }, "Status": "Active" })
}

pub(crate) fn texts(texts: &[&str]) -> Value {
    let link = |text: &&str| json!({ "Asset": { "Type": "TextAsset", "Text": text } });
    json!(texts.iter().map(link).collect::<Vec<_>>())
}

pub(crate) fn ad() -> Value {
    json!({
        "Type": "ResponsiveSearch", "Status": "Active", "FinalUrls": ["https://example.com/boots"],
        "Path1": "boots", "Headlines": texts(&["Good boots", "Walk further", "Dry feet"]),
        "Descriptions": texts(&["Boots for long days.", "Made to be mended."]),
    })
}

pub(crate) fn place(campaign: &str, location: &str) -> Value {
    json!({
        "Type": "BiddableCampaignCriterion", "CampaignId": campaign,
        "Criterion": { "Type": "LocationCriterion", "LocationId": location },
        "CriterionBid": { "Type": "BidMultiplier", "Multiplier": 0 },
    })
}

/// The code of a fault, in either of its forms.
pub(crate) fn fault_code(body: &Value) -> i64 {
    let errors = if body["Type"] == "AdApiFaultDetail" { "Errors" } else { "OperationErrors" };
    body[errors][0]["Code"].as_i64().unwrap_or_else(|| panic!("no code in {body:#}"))
}

/// Codes of partial errors by index.
pub(crate) fn partial(body: &Value) -> Vec<(u64, i64)> {
    let nested = &body["NestedPartialErrors"];
    let errors = if nested.is_array() { nested } else { &body["PartialErrors"] };
    let errors = errors.as_array().unwrap_or_else(|| panic!("no errors in {body:#}"));
    errors.iter().map(|error| (error["Index"].as_u64().unwrap(), error["Code"].as_i64().unwrap())).collect()
}

pub(crate) fn none_refused(body: &Value) {
    assert_eq!(partial(body), [], "{body:#}");
}

/// The first id of a list in which none was refused.
pub(crate) fn first_id(body: &Value, list: &str) -> String {
    none_refused(body);
    body[list][0].as_str().unwrap_or_else(|| panic!("{list} in {body:#}")).to_owned()
}
