//! A Google customer with a client, and the shortest way to a whole campaign.

use chrono::TimeDelta;
use placard_sandbox::{RunningSandbox, SandboxConfig, start};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::support::client;

/// The account most tests use, and the manager above it.
pub(crate) const CUSTOMER: &str = "1001001001";
pub(crate) const MANAGER: &str = "1000000000";

pub(crate) struct GoogleBench {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) http: Client,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    /// Sent as `login-customer-id`.
    pub(crate) login: Option<&'static str>,
}

impl GoogleBench {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        let (token, refresh_token) = sandbox.google_tokens();
        Self { sandbox, http: client(), token, refresh_token, login: Some(MANAGER) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/v26/{path}", self.sandbox.base_url())
    }

    pub(crate) async fn send(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        let mut request = self.http.post(self.url(path)).bearer_auth(&self.token).json(body);
        if let Some(login) = self.login {
            request = request.header("login-customer-id", login);
        }
        request.send().await
    }

    /// Posts below the customer.
    pub(crate) async fn call(&self, call: &str, body: Value) -> (u16, Value) {
        self.at(&format!("customers/{CUSTOMER}/{call}"), body).await
    }

    pub(crate) async fn at(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.send(path, &body).await.unwrap();
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("request-id"), "{path}");
        (status, response.json().await.unwrap())
    }

    pub(crate) async fn ok(&self, call: &str, body: Value) -> Value {
        let (status, body) = self.call(call, body).await;
        assert_eq!(status, 200, "{call}: {body:#}");
        body
    }

    /// Carries out one operation and gives the name of what it wrote.
    pub(crate) async fn mutate(&self, collection: &str, operation: Value) -> String {
        let body = self.ok(&format!("{collection}:mutate"), json!({ "operations": [operation] })).await;
        body["results"][0]["resourceName"].as_str().unwrap().to_owned()
    }

    /// The errors with which one operation is refused.
    pub(crate) async fn refused(&self, collection: &str, operation: Value) -> Vec<Value> {
        let (status, body) =
            self.call(&format!("{collection}:mutate"), json!({ "operations": [operation] })).await;
        assert_eq!(status, 400, "{body:#}");
        errors(&body)
    }

    pub(crate) async fn rows(&self, query: &str) -> Vec<Value> {
        let body = self.ok("googleAds:search", json!({ "query": query })).await;
        body["results"].as_array().cloned().unwrap_or_default()
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

    /// Takes another access token; the clock has outlived the old one.
    pub(crate) fn login_again(&mut self) {
        (self.token, self.refresh_token) = self.sandbox.google_tokens();
    }

    /// A paused search campaign with everything it needs; names by kind of resource.
    pub(crate) async fn campaign(&self, name: &str) -> Made {
        let body = self.ok("googleAds:mutate", json!({ "mutateOperations": whole(CUSTOMER, name) })).await;
        let results = body["mutateOperationResponses"].as_array().unwrap();
        let name = |kind: &str| {
            let result = results.iter().find_map(|result| result[kind]["resourceName"].as_str());
            result.unwrap().to_owned()
        };
        Made {
            budget: name("campaignBudgetResult"),
            campaign: name("campaignResult"),
            ad_group: name("adGroupResult"),
            ad: name("adGroupAdResult"),
            keyword: name("adGroupCriterionResult"),
        }
    }

    pub(crate) async fn set_status(&self, collection: &str, name: &str, status: &str) {
        let update = json!({ "update": { "resourceName": name, "status": status }, "updateMask": "status" });
        self.mutate(collection, update).await;
    }
}

pub(crate) struct Made {
    pub(crate) budget: String,
    pub(crate) campaign: String,
    pub(crate) ad_group: String,
    pub(crate) ad: String,
    pub(crate) keyword: String,
}

/// Fields of a paused search campaign on a budget.
pub(crate) fn campaign(budget: &str, name: &str) -> Value {
    json!({
        "name": name, "status": "PAUSED", "advertisingChannelType": "SEARCH", "campaignBudget": budget,
        "manualCpc": {}, "containsEuPoliticalAdvertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
        "networkSettings": { "targetGoogleSearch": true, "targetSearchNetwork": false, "targetContentNetwork": false },
        "geoTargetTypeSetting": { "positiveGeoTargetType": "PRESENCE" },
        "startDateTime": "2026-11-02 00:00:00", "endDateTime": "2027-11-30 23:59:59",
    })
}

/// Fields of a responsive search ad.
pub(crate) fn ad(ad_group: &str, first: &str) -> Value {
    json!({ "adGroup": ad_group, "status": "ENABLED", "ad": {
        "finalUrls": ["https://example.com/boots"],
        "responsiveSearchAd": {
            "path1": "sale",
            "headlines": [{ "text": first, "pinnedField": "HEADLINE_1" }, { "text": "Two" }, { "text": "Three" }],
            "descriptions": [{ "text": "First text" }, { "text": "Second text" }],
        },
    } })
}

/// The operations that make a whole search campaign at once.
pub(crate) fn whole(customer: &str, name: &str) -> Value {
    let temp = |collection: &str, id: i64| format!("customers/{customer}/{collection}/{id}");
    let mut of_campaign = campaign(&temp("campaignBudgets", -1), name);
    of_campaign["resourceName"] = json!(temp("campaigns", -2));
    json!([
        { "campaignBudgetOperation": { "create": {
            "resourceName": temp("campaignBudgets", -1), "name": format!("{name} budget"),
            "amountMicros": "50000000", "deliveryMethod": "STANDARD", "explicitlyShared": false } } },
        { "campaignOperation": { "create": of_campaign } },
        { "campaignCriterionOperation": { "create": {
            "campaign": temp("campaigns", -2), "location": { "geoTargetConstant": "geoTargetConstants/2276" } } } },
        { "campaignCriterionOperation": { "create": {
            "campaign": temp("campaigns", -2), "language": { "languageConstant": "languageConstants/1001" } } } },
        { "adGroupOperation": { "create": {
            "resourceName": temp("adGroups", -3), "name": "main", "campaign": temp("campaigns", -2),
            "status": "ENABLED", "type": "SEARCH_STANDARD", "cpcBidMicros": "1000000" } } },
        { "adGroupAdOperation": { "create": ad(&temp("adGroups", -3), "Good boots") } },
        { "adGroupCriterionOperation": { "create": {
            "adGroup": temp("adGroups", -3), "status": "ENABLED",
            "keyword": { "text": "hiking boots", "matchType": "PHRASE" } } } },
    ])
}

/// All errors of a body.
pub(crate) fn errors(body: &Value) -> Vec<Value> {
    body["error"]["details"][0]["errors"].as_array().cloned().unwrap_or_default()
}

/// `family.CODE` of an error.
pub(crate) fn code(error: &Value) -> String {
    let (family, code) = error["errorCode"].as_object().unwrap().iter().next().unwrap();
    format!("{family}.{}", code.as_str().unwrap())
}

/// The first error's code and the way to its field.
pub(crate) fn first(body: &Value) -> (String, String) {
    let error = errors(body).into_iter().next().unwrap_or_else(|| panic!("{body:#}"));
    (code(&error), path(&error))
}

/// The way to an error's field, e.g. `operations[0].create.name`.
pub(crate) fn path(error: &Value) -> String {
    let elements = error["location"]["fieldPathElements"].as_array().cloned().unwrap_or_default();
    let part = |element: &Value| match element["index"].as_u64() {
        Some(index) => format!("{}[{index}]", element["fieldName"].as_str().unwrap()),
        None => element["fieldName"].as_str().unwrap().to_owned(),
    };
    elements.iter().map(part).collect::<Vec<_>>().join(".")
}
