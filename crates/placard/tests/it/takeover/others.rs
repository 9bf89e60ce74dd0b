//! Campaigns that others made, at Meta with a video: no marker, names of their own, things that no spec can say.

use super::import;
use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind};
use placard_sandbox::{MICROSOFT_CUSTOMER, MICROSOFT_DEVELOPER_TOKEN, RunningSandbox};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const NAME: &str = "Søømmer // SALE 50% — 2";

/// Somebody who works by hand.
struct Stranger<'a> {
    sandbox: &'a RunningSandbox,
    http: reqwest::Client,
}

impl<'a> Stranger<'a> {
    fn at(installation: &'a Installation) -> Result<Self> {
        Ok(Self { sandbox: &installation.sandbox, http: reqwest::Client::builder().no_proxy().build()? })
    }

    async fn sent(&self, path: &str, request: reqwest::RequestBuilder) -> Result<Value> {
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))
    }

    async fn google(&self, body: Value) -> Result<Value> {
        let path = "v26/customers/1001001001/googleAds:mutate";
        let request = self.http.post(format!("{}/{path}", self.sandbox.base_url()));
        let request =
            request.bearer_auth(self.sandbox.google_tokens().0).header("login-customer-id", "1000000000");
        self.sent(path, request.json(&body)).await
    }

    async fn microsoft(&self, collection: &str, body: Value) -> Result<Value> {
        let path = format!("CampaignManagement/v13/{collection}");
        let request = self.http.post(format!("{}/{path}", self.sandbox.base_url()));
        let request = request.bearer_auth(self.sandbox.microsoft_token());
        let request = request.header("DeveloperToken", MICROSOFT_DEVELOPER_TOKEN);
        let request = request.header("CustomerId", MICROSOFT_CUSTOMER).header("CustomerAccountId", "5001001");
        let answer = self.sent(&path, request.json(&body)).await?;
        let refused =
            ["PartialErrors", "NestedPartialErrors"].map(|list| answer[list].as_array().map_or(0, Vec::len));
        ensure!(refused == [0, 0], "{path}: {answer:#}");
        Ok(answer)
    }

    async fn meta(&self, edge: &str, form: Form) -> Result<String> {
        let path = format!("act_1001/{edge}");
        let request = self.http.post(format!("{}/v26.0/{path}", self.sandbox.base_url()));
        let token = self.sandbox.user_token();
        let form = form.text("appsecret_proof", RunningSandbox::appsecret_proof(&token));
        let answer = self.sent(&path, request.bearer_auth(token).multipart(form)).await?;
        let id = answer.get("id").or_else(|| answer.pointer("/images/cover.png/hash"));
        id.and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{path}: {answer:#}"))
    }

    async fn tiktok(&self, path: &str, body: Value) -> Result<Value> {
        let request = self.http.post(format!("{}/open_api/v1.3/{path}", self.sandbox.base_url()));
        self.done(path, request.json(&body)).await
    }

    async fn done(&self, path: &str, request: reqwest::RequestBuilder) -> Result<Value> {
        let request = request.header("Access-Token", self.sandbox.tiktok_token());
        let answer = self.sent(path, request).await?;
        ensure!(answer["code"] == 0, "{path}: {answer:#}");
        Ok(answer["data"].clone())
    }
}

async fn make_at_meta(installation: &Installation) -> Result<()> {
    let stranger = Stranger::at(installation)?;
    let fields = |body: Value| {
        let fields = body.as_object().cloned().unwrap_or_default().into_iter();
        fields.fold(Form::new(), |form, (name, value)| {
            form.text(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
    };
    let file = |field: &'static str, name: &'static str, bytes: &'static [u8]| {
        Form::new().part(field, Part::bytes(bytes).file_name(name))
    };
    let cover =
        stranger.meta("adimages", file("cover.png", "cover.png", include_bytes!("../cover.png"))).await?;
    let clip = file("source", "boots.mp4", include_bytes!("../clip.mp4")).text("title", "Boots, upright");
    let video = stranger.meta("advideos", clip).await?;
    let campaign = json!({"name": NAME, "objective": "OUTCOME_TRAFFIC", "status": "ACTIVE",
        "special_ad_categories": [], "is_adset_budget_sharing_enabled": false});
    let campaign = stranger.meta("campaigns", fields(campaign)).await?;
    let group = json!({"name": "Group", "campaign_id": campaign, "status": "ACTIVE", "daily_budget": "5000",
        "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS", "destination_type": "WEBSITE",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "dsa_beneficiary": "Shop", "dsa_payor": "Shop",
        "targeting": {"geo_locations": {"countries": ["DE"]}, "age_min": 21,
            "targeting_automation": {"advantage_audience": 0}}});
    let group = stranger.meta("adsets", fields(group)).await?;
    let link = json!({"link": "https://shop.example.com/a?b=c", "link_caption": "shop.example.com"});
    let story = json!({"page_id": "2001", "video_data": {"video_id": video, "image_hash": cover,
        "title": "Good boots", "message": "Walk further", "call_to_action": {"type": "SHOP_NOW", "value": link}}});
    let creative = fields(json!({"name": "c", "object_story_spec": story}));
    let creative = stranger.meta("adcreatives", creative).await?;
    let ad = json!({"name": "Boots, upright", "adset_id": group, "creative": {"creative_id": creative},
        "status": "PAUSED"});
    stranger.meta("ads", fields(ad)).await.map(drop)
}

async fn make_at_google(installation: &Installation) -> Result<()> {
    let temp = |collection: &str, id: i64| format!("customers/1001001001/{collection}/{id}");
    let campaign = json!({
        "resourceName": temp("campaigns", -2), "name": NAME, "status": "ENABLED", "advertisingChannelType": "SEARCH",
        "campaignBudget": temp("campaignBudgets", -1), "targetSpend": {},
        "containsEuPoliticalAdvertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
        "networkSettings": {"targetGoogleSearch": true, "targetSearchNetwork": true, "targetContentNetwork": false},
        "geoTargetTypeSetting": {"positiveGeoTargetType": "PRESENCE_OR_INTEREST"},
    });
    let ad = json!({"finalUrls": ["https://shop.example.com/a?b=c"], "responsiveSearchAd": {
        "headlines": [{"text": "Boots", "pinnedField": "HEADLINE_1"}, {"text": "Two"}, {"text": "Three"}],
        "descriptions": [{"text": "First text"}, {"text": "Second text"}]}});
    let word = |text: &str, negative: bool| {
        let word = json!({"adGroup": temp("adGroups", -3), "negative": negative,
            "keyword": {"text": text, "matchType": "PHRASE"}});
        json!({"adGroupCriterionOperation": {"create": word}})
    };
    let operations = json!([
        {"campaignBudgetOperation": {"create": {"resourceName": temp("campaignBudgets", -1), "name": "Odd name",
            "amountMicros": "50000000", "deliveryMethod": "STANDARD", "explicitlyShared": false}}},
        {"campaignOperation": {"create": campaign}},
        {"campaignCriterionOperation": {"create": {"campaign": temp("campaigns", -2),
            "location": {"geoTargetConstant": "geoTargetConstants/2276"}}}},
        {"adGroupOperation": {"create": {"resourceName": temp("adGroups", -3), "name": "Group",
            "campaign": temp("campaigns", -2), "status": "ENABLED", "type": "SEARCH_STANDARD"}}},
        {"adGroupAdOperation": {"create": {"adGroup": temp("adGroups", -3), "status": "PAUSED", "ad": ad}}},
        word("hiking boots", false),
        word("used", true),
    ]);
    Stranger::at(installation)?.google(json!({"mutateOperations": operations})).await.map(drop)
}

async fn make_at_microsoft(installation: &Installation) -> Result<()> {
    let stranger = Stranger::at(installation)?;
    let id = |answer: &Value, list: &str| answer[list][0].as_str().map(str::to_owned).context("an id");
    let campaign = json!({"Name": NAME, "CampaignType": "Search", "BudgetType": "DailyBudgetStandard",
        "DailyBudget": 50.0, "BiddingScheme": {"Type": "MaxClicks"}, "Languages": ["English"],
        "TimeZone": "AmsterdamBerlinBernRomeStockholmVienna", "Status": "Active"});
    let body = json!({"AccountId": "5001001", "Campaigns": [campaign]});
    let campaign = id(&stranger.microsoft("Campaigns", body).await?, "CampaignIds")?;
    let place = json!({"Type": "BiddableCampaignCriterion", "CampaignId": campaign,
        "Criterion": {"Type": "LocationCriterion", "LocationId": "72"},
        "CriterionBid": {"Type": "BidMultiplier", "Multiplier": 0}});
    stranger
        .microsoft("CampaignCriterions", json!({"CriterionType": "Targets", "CampaignCriterions": [place]}))
        .await?;
    let group =
        json!({"Name": "Group", "Status": "Active", "Language": "English", "CpcBid": {"Amount": 1.5}});
    let body = json!({"CampaignId": campaign, "AdGroups": [group]});
    let group = id(&stranger.microsoft("AdGroups", body).await?, "AdGroupIds")?;
    let word =
        json!({"Text": "Hiking Boots", "MatchType": "Phrase", "Bid": {"Amount": 1.6}, "Status": "Active"});
    stranger.microsoft("Keywords", json!({"AdGroupId": group, "Keywords": [word]})).await?;
    for (kind, holder, text) in [("AdGroup", &group, "used"), ("Campaign", &campaign, "free")] {
        let negative = json!([{"Text": text, "MatchType": "Phrase"}]);
        let entry = json!({"EntityId": holder, "EntityType": kind, "NegativeKeywords": negative});
        stranger.microsoft("EntityNegativeKeywords", json!({"EntityNegativeKeywords": [entry]})).await?;
    }
    let texts = |texts: &[&str]| -> Value {
        texts.iter().map(|text| json!({"Asset": {"Type": "TextAsset", "Text": text}})).collect()
    };
    let ad = json!({"Type": "ResponsiveSearch", "Status": "Paused", "FinalUrls": ["https://shop.example.com/a?b=c"],
        "TrackingUrlTemplate": "https://track.example.com/?u={lpurl}", "Path1": "boots",
        "Headlines": texts(&["Good boots", "Walk further", "Dry feet"]),
        "Descriptions": texts(&["Boots for long days.", "Made to be mended."])});
    stranger.microsoft("Ads", json!({"AdGroupId": group, "Ads": [ad]})).await.map(drop)
}

async fn make_at_tiktok(installation: &Installation) -> Result<()> {
    let stranger = Stranger::at(installation)?;
    let id = |answer: &Value, name: &str| answer[name].as_str().map(str::to_owned).context("an id");
    let upload = async |kind: &str, name: &'static str, bytes: &'static [u8]| {
        let path = format!("file/{kind}/ad/upload/");
        let form = Form::new()
            .text("advertiser_id", "7001001")
            .text("upload_type", "UPLOAD_BY_FILE")
            .text(format!("{kind}_signature"), RunningSandbox::tiktok_signature(bytes))
            .part(format!("{kind}_file"), Part::bytes(bytes).file_name(name));
        let upload = stranger.http.post(format!("{}/open_api/v1.3/{path}", installation.sandbox.base_url()));
        let stored = stranger.done(&path, upload.multipart(form)).await?;
        id(stored.get(0).unwrap_or(&stored), &format!("{kind}_id"))
    };
    let cover = upload("image", "boots.png", include_bytes!("../cover.png")).await?;
    let video = upload("video", "boots.mp4", include_bytes!("../clip.mp4")).await?;
    let campaign = json!({"advertiser_id": "7001001", "campaign_name": NAME, "objective_type": "LEAD_GENERATION",
        "budget_mode": "BUDGET_MODE_INFINITE", "operation_status": "ENABLE"});
    let campaign = id(&stranger.tiktok("campaign/create/", campaign).await?, "campaign_id")?;
    let group = json!({"advertiser_id": "7001001", "campaign_id": campaign, "adgroup_name": "Group",
        "promotion_type": "LEAD_GEN_CLICK_TO_CALL", "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": ["PLACEMENT_TIKTOK"], "location_ids": ["2921044"], "optimization_goal": "CLICK",
        "billing_event": "CPC", "pacing": "PACING_MODE_SMOOTH", "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": 50.5, "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-11-02 09:00:00",
        "network_types": ["WIFI"], "operation_status": "ENABLE"});
    let group = id(&stranger.tiktok("adgroup/create/", group).await?, "adgroup_id")?;
    let ad = json!({"ad_name": "Boots, upright", "ad_format": "SINGLE_VIDEO", "identity_type": "CUSTOMIZED_USER",
        "identity_id": "7300000000000011001", "image_ids": [cover], "video_id": video, "ad_text": "Walk further",
        "call_to_action": "CONTACT_US", "phone_region_code": "DE", "phone_region_calling_code": "+49",
        "phone_number": "30123456", "operation_status": "DISABLE"});
    let ads = json!({"advertiser_id": "7001001", "adgroup_id": group, "creatives": [ad]});
    stranger.tiktok("ad/create/", ads).await.map(drop)
}

/// What is imported has an empty plan; an edit by hand shows and is all that shows; a change of the spec is published
/// under the names that are there.
async fn lives_on(
    installation: &Installation,
    (field, edited): (&str, Value),
    raised: (&str, &str),
) -> Result<Value> {
    let said = import(installation, &["--out", "taken"]).await?;
    let one = said["imported"][0].clone();
    ensure!(one["name"] == NAME && one["ads"] == 1, "{said:#}");
    let file = one["file"].as_str().context("a file")?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");

    let world = installation.world()?;
    let edit = |value: Value| -> Result<()> {
        let holds = |object: &&crate::support::Object| object.fields.contains_key(field);
        let object = world.living().find(holds).with_context(|| format!("something with {field}"))?;
        installation.edit(object, field, value)
    };
    let before = world.living().find_map(|object| object.fields.get(field)).cloned().context("a value")?;
    edit(edited)?;
    let plan = installation.plan(file).await?;
    ensure!(plan.steps.is_empty() && plan.drift.len() == 1, "{plan:#?}");
    edit(before)?;

    let place = installation.folder().join(file);
    let text = std::fs::read_to_string(&place)?;
    let other = text.replace(raised.0, raised.1);
    ensure!(other != text, "{text}");
    std::fs::write(&place, other)?;
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    let world = installation.world()?;
    let name = |kind: Kind| world.living().find(|one| one.kind == kind).map(|one| one.name.clone());
    ensure!(name(Kind::Campaign).as_deref() == Some(NAME), "it was renamed to {:?}", name(Kind::Campaign));
    ensure!(name(Kind::AdGroup).as_deref() == Some("Group"), "it was renamed to {:?}", name(Kind::AdGroup));
    Ok(one)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_with_a_video_at_meta_lives_on_under_its_names() -> Result<()> {
    let installation = Installation::open().await?;
    make_at_meta(&installation).await?;
    let one = lives_on(&installation, ("daily_budget", json!("5500")), ("daily: 50", "daily: 60")).await?;
    ensure!(one["left"] == json!([]), "{one:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_at_google_lives_on_under_its_names() -> Result<()> {
    let installation = Installation::open_on(Platform::Google).await?;
    make_at_google(&installation).await?;
    let edited =
        json!({"targetGoogleSearch": true, "targetSearchNetwork": false, "targetContentNetwork": false});
    lives_on(&installation, ("networkSettings", edited), ("daily: 50", "daily: 60")).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_at_microsoft_lives_on_under_its_names() -> Result<()> {
    let installation = Installation::open_on(Platform::Microsoft).await?;
    make_at_microsoft(&installation).await?;
    let one = lives_on(&installation, ("DailyBudget", json!(55.0)), ("daily: 50", "daily: 60")).await?;
    let left = one["left"].to_string();
    ensure!(
        left.contains("campaign as a whole"),
        "what keeps searches away from all of it is not told: {left}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_at_tiktok_lives_on_under_its_names() -> Result<()> {
    let installation = Installation::open_on(Platform::Tiktok).await?;
    make_at_tiktok(&installation).await?;
    lives_on(&installation, ("budget", json!(55.5)), ("daily: 50.5", "daily: 60.5")).await.map(drop)
}
