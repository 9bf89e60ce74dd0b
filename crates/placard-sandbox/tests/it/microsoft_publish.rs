//! Making, reading, changing and deleting on Microsoft (Microsoft, `platforms/microsoft.md` §3–§5).

use chrono::TimeDelta;
use placard_sandbox::DISAPPROVED_PHRASE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{
    ACCOUNT, AD_GROUPS, ADS, CAMPAIGNS, CRITERIONS, KEYWORDS, MicrosoftBench, NEGATIVES, ad, campaign,
    first_id, keyword, none_refused, partial, place, texts,
};
use crate::support::{base64, png, with};

const SERVICE: &str = "/CampaignManagement/v13";

async fn query(bench: &MicrosoftBench, path: &str, body: Value) -> Value {
    bench.post(&format!("{SERVICE}{path}"), body).await
}

#[tokio::test]
async fn a_campaign_is_made_paused_with_defaults_and_its_id_is_a_string() {
    let bench = MicrosoftBench::new().await;
    let plain = with(campaign("Autumn"), json!({ "Status": null, "BiddingScheme": null }));
    let id = first_id(&bench.post(CAMPAIGNS, bench.campaigns(plain)).await, "CampaignIds");
    assert!(id.parse::<u64>().unwrap() > 1 << 53, "ids do not fit into a double");
    let found = query(&bench, "/Campaigns/QueryByAccountId", json!({ "AccountId": ACCOUNT })).await;
    let seen = &found["Campaigns"][0];
    assert_eq!(
        (&seen["Id"], &seen["Status"], &seen["BiddingScheme"]["Type"], &seen["DailyBudget"]),
        (&json!(id), &json!("Paused"), &json!("EnhancedCpc"), &json!(50.0))
    );
    let shopping = json!({ "AccountId": ACCOUNT, "CampaignType": "Shopping, Audience" });
    assert_eq!(query(&bench, "/Campaigns/QueryByAccountId", shopping).await["Campaigns"], json!([]));
    // Numbers are seen to work as ids.
    let number: u64 = id.parse().unwrap();
    let body = json!({ "AccountId": 5_001_001, "CampaignIds": [number, 7] });
    let found = query(&bench, "/Campaigns/QueryByIds", body).await;
    assert_eq!((&found["Campaigns"][0]["Name"], &found["Campaigns"][1]), (&json!("Autumn"), &Value::Null));
    assert_eq!(partial(&found), [(1, 1100)]);
}

#[tokio::test]
async fn refused_items_are_null_in_the_list_of_ids_and_the_others_are_made() {
    let bench = MicrosoftBench::new().await;
    let body = json!({ "AccountId": ACCOUNT, "Campaigns": [
        campaign("one"), campaign("ONE"), with(campaign("two"), json!({ "DailyBudget": 0.01 })), null,
        campaign("three"),
    ]});
    let body = bench.post(CAMPAIGNS, body).await;
    assert_eq!(partial(&body), [(1, 1115), (2, 1106), (3, 203)]);
    let ids = body["CampaignIds"].as_array().unwrap();
    assert_eq!(ids.iter().map(Value::is_string).collect::<Vec<_>>(), [true, false, false, false, true]);
    let error = &body["PartialErrors"][0];
    assert_eq!(
        (&error["ErrorCode"], &error["FieldPath"], &error["Type"]),
        (&json!("CampaignServiceCannotCreateDuplicateCampaign"), &json!("Name"), &json!("BatchError"))
    );
    let entry = bench.sandbox.requests(0).pop().unwrap();
    assert_eq!((entry.code, entry.committed, entry.status), (Some(1115), true, 200));
}

#[tokio::test]
async fn bidding_schemes_are_replaced_without_a_word_and_some_are_hidden() {
    let bench = MicrosoftBench::new().await;
    let mut seen = Vec::new();
    for (n, scheme) in [
        json!({ "Type": "ManualCpc" }),
        json!({ "Type": "TargetCpa", "TargetCpa": 20.0 }),
        json!({ "Type": "MaxClicksBiddingScheme", "MaxCpc": { "Amount": 2.0 } }),
        json!({ "Type": "TargetRoasBiddingScheme", "TargetRoas": 250.0 }),
    ]
    .into_iter()
    .enumerate()
    {
        let body = with(campaign(&format!("c{n}")), json!({ "BiddingScheme": scheme }));
        let id = first_id(&bench.post(CAMPAIGNS, bench.campaigns(body)).await, "CampaignIds");
        let body = json!({ "AccountId": ACCOUNT, "CampaignIds": [id] });
        let found = query(&bench, "/Campaigns/QueryByIds", body.clone()).await;
        seen.push(found["Campaigns"][0]["BiddingScheme"]["Type"].clone());
        let asked = with(body, json!({ "ReturnAdditionalFields": "MaxConversionValueBiddingScheme" }));
        let found = query(&bench, "/Campaigns/QueryByIds", asked).await;
        seen.push(found["Campaigns"][0]["BiddingScheme"]["Type"].clone());
    }
    assert_eq!(
        json!(seen),
        json!([
            "EnhancedCpc",
            "EnhancedCpc",
            "MaxConversions",
            "MaxConversions",
            "MaxClicks",
            "MaxClicks",
            null,
            "MaxConversionValueBiddingScheme"
        ])
    );
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_name_and_an_empty_text_clears() {
    let bench = MicrosoftBench::new().await;
    let id = bench.campaign("Autumn").await;
    let change = json!({ "Id": id, "DailyBudget": 75.5, "FinalUrlSuffix": "", "Name": null });
    none_refused(&bench.put(CAMPAIGNS, bench.campaigns(change)).await);
    let body = json!({ "AccountId": ACCOUNT, "CampaignIds": [id] });
    let seen = query(&bench, "/Campaigns/QueryByIds", body).await["Campaigns"][0].clone();
    assert_eq!(
        (&seen["DailyBudget"], &seen["FinalUrlSuffix"], &seen["Name"]),
        (&json!(75.5), &Value::Null, &json!("Autumn"))
    );
    let wrong = json!({ "AccountId": ACCOUNT, "Campaigns": [
        { "Id": id, "CampaignType": "Audience" }, { "Id": "12", "DailyBudget": 5 }, { "Id": id, "Name": "" },
    ]});
    assert_eq!(partial(&bench.put(CAMPAIGNS, wrong).await), [(0, 1155), (1, 1100), (2, 1101)]);
}

#[tokio::test]
async fn ad_groups_have_defaults_and_only_active_ones_hold_their_names() {
    let bench = MicrosoftBench::new().await;
    let campaign = bench.campaign("Autumn").await;
    let groups = |groups: Value| json!({ "CampaignId": campaign, "AdGroups": groups });
    let made = bench.post(AD_GROUPS, groups(json!([{ "Name": "main" }, { "Name": "main" }]))).await;
    let first = first_id(&made, "AdGroupIds");
    let listed = query(&bench, "/AdGroups/QueryByCampaignId", json!({ "CampaignId": campaign })).await;
    assert_eq!(listed["AdGroups"].as_array().unwrap().len(), 2, "a paused twin may exist");
    let seen = &listed["AdGroups"][0];
    assert_eq!((&seen["Status"], &seen["CpcBid"]["Amount"]), (&json!("Paused"), &json!(0.05)));
    assert_eq!(seen["StartDate"], json!({ "Day": 2, "Month": 11, "Year": 2026 }));
    let on = |id: &Value| groups(json!([{ "Id": id, "Status": "Active" }]));
    none_refused(&bench.put(AD_GROUPS, on(&json!(first))).await);
    assert_eq!(partial(&bench.put(AD_GROUPS, on(&listed["AdGroups"][1]["Id"])).await), [(0, 1214)]);
    assert_eq!(partial(&bench.post(AD_GROUPS, groups(json!([{ "Name": "MAIN" }]))).await), [(0, 1214)]);

    let past = json!([{ "Id": first, "EndDate": { "Day": 3, "Month": 11, "Year": 2026 } }]);
    none_refused(&bench.put(AD_GROUPS, groups(past)).await);
    let mut bench = bench;
    bench.advance(TimeDelta::days(2));
    let ids = json!({ "CampaignId": campaign, "AdGroupIds": [first] });
    let seen = query(&bench, "/AdGroups/QueryByIds", ids.clone()).await;
    assert_eq!(seen["AdGroups"][0]["Status"], "Expired");
    let endless = json!([{ "Id": first, "EndDate": { "Day": 1, "Month": 1, "Year": 2050 } }]);
    none_refused(&bench.put(AD_GROUPS, groups(endless)).await);
    let seen = query(&bench, "/AdGroups/QueryByIds", ids).await["AdGroups"][0].clone();
    assert_eq!((&seen["Status"], &seen["EndDate"]), (&json!("Active"), &Value::Null));
}

#[tokio::test]
async fn the_first_place_brings_an_intent_and_criterions_nest_their_errors() {
    let bench = MicrosoftBench::new().await;
    let campaign = bench.campaign("Autumn").await;
    let targets = |items: Value| json!({ "CriterionType": "Targets", "CampaignCriterions": items });
    let exclude = json!({
        "Type": "NegativeCampaignCriterion", "CampaignId": campaign,
        "Criterion": { "Type": "LocationCriterion", "LocationId": 66 },
    });
    let made = bench
        .post(
            CRITERIONS,
            targets(json!([place(&campaign, "72"), exclude, place(&campaign, "72"), place(&campaign, "1")])),
        )
        .await;
    assert_eq!(partial(&made), [(2, 1043), (3, 1044)]);
    assert_eq!(made["NestedPartialErrors"][0]["Type"], "BatchErrorCollection");
    assert_eq!(made["NestedPartialErrors"][0]["BatchErrors"][0]["Code"], 1043);
    assert_eq!(made["CampaignCriterionIds"][2], Value::Null);
    let ask = |kind: &str| json!({ "CampaignId": campaign, "CriterionType": kind });
    let path = "/CampaignCriterions/QueryByIds";
    let places = query(&bench, path, ask("Location")).await;
    assert_eq!(places["CampaignCriterions"].as_array().unwrap().len(), 2);
    assert_eq!(places["CampaignCriterions"][1]["Criterion"]["LocationId"], "66");
    let intents = query(&bench, path, ask("LocationIntent")).await;
    let intent = &intents["CampaignCriterions"][0];
    assert_eq!(intent["Criterion"]["IntentOption"], "PeopleInOrSearchingForOrViewingPages");
    let change = json!({
        "Type": "BiddableCampaignCriterion", "Id": intent["Id"], "CampaignId": campaign,
        "Criterion": { "Type": "LocationIntentCriterion", "IntentOption": "PeopleIn" },
    });
    none_refused(&bench.put(CRITERIONS, targets(json!([change]))).await);
    let intents = query(&bench, path, ask("LocationIntent")).await;
    assert_eq!(intents["CampaignCriterions"][0]["Criterion"]["IntentOption"], "PeopleIn");
    let gone = json!({
        "CampaignId": campaign, "CriterionType": "Targets", "CampaignCriterionIds": [made["CampaignCriterionIds"][1]],
    });
    none_refused(&bench.delete(CRITERIONS, gone.clone()).await);
    assert_eq!(partial(&bench.delete(CRITERIONS, gone).await), [(0, 1044)]);
}

#[tokio::test]
async fn ages_and_genders_hang_below_ad_groups_too() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let path = format!("{SERVICE}/AdGroupCriterions");
    let item = |criterion: Value, percent: i64| {
        json!({
            "Type": "BiddableAdGroupCriterion", "AdGroupId": made.group, "Criterion": criterion,
            "CriterionBid": { "Type": "BidMultiplier", "Multiplier": percent },
        })
    };
    let age = json!({ "Type": "AgeCriterion", "AgeRange": "ThirtyFiveToFourtyNine" });
    let gender = json!({ "Type": "GenderCriterion", "GenderType": "Female" });
    let body = json!({ "CriterionType": "Targets", "AdGroupCriterions": [item(age, 20), item(gender, -90)] });
    let reply = bench.post(&path, body).await;
    none_refused(&reply);
    let ask = json!({ "AdGroupId": made.group, "CriterionType": "Age" });
    let found = bench.post(&format!("{path}/QueryByIds"), ask).await;
    assert_eq!(found["AdGroupCriterions"][0]["Id"], reply["AdGroupCriterionIds"][0]);
    assert_eq!(found["AdGroupCriterions"].as_array().unwrap().len(), 1);
    let misspelt = json!({ "Type": "AgeCriterion", "AgeRange": "ThirtyFiveToFortyNine" });
    let body = json!({ "CriterionType": "Targets", "AdGroupCriterions": [item(misspelt, 0)] });
    assert_eq!(bench.fault(Method::POST, &path, body).await, (400, 201), "the wire's own spelling");
}

#[tokio::test]
async fn an_ad_is_reviewed_in_the_background_and_a_refusal_can_be_appealed() {
    let mut bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let phrase = with(ad(), json!({ "Descriptions": texts(&[DISAPPROVED_PHRASE, "Made to be mended."]) }));
    let body = json!({ "AdGroupId": made.group, "Ads": [phrase] });
    let bad = first_id(&bench.post(ADS, body).await, "AdIds");
    let ids = json!({ "AdGroupId": made.group, "AdIds": [made.ad, bad], "AdTypes": ["ResponsiveSearch"] });
    let states = |found: Value| [0, 1].map(|n| found["Ads"][n]["EditorialStatus"].clone());
    assert_eq!(states(query(&bench, "/Ads/QueryByIds", ids.clone()).await), ["Inactive", "Inactive"]);
    bench.advance(TimeDelta::minutes(15));
    let found = query(&bench, "/Ads/QueryByIds", ids.clone()).await;
    let headline = &found["Ads"][0]["Headlines"][0];
    assert_eq!(
        (&headline["Asset"]["Text"], &headline["AssetPerformanceLabel"]),
        (&json!("Good boots"), &json!("Learning"))
    );
    assert!(headline["Asset"]["Id"].is_string());
    assert_eq!(states(found), ["Active", "Disapproved"]);
    let refused = json!({ "AdGroupId": made.group, "AdTypes": null, "EditorialStatus": "Disapproved" });
    let listed = query(&bench, "/Ads/QueryByEditorialStatus", refused).await;
    assert_eq!((listed["Ads"].as_array().unwrap().len(), &listed["Ads"][0]["Id"]), (1, &json!(bad)));

    let entities = json!([{ "EntityId": bad, "ParentId": made.group }]);
    let ask = json!({ "AccountId": ACCOUNT, "EntityType": "Ad", "EntityIdToParentIdAssociations": entities });
    let reasons =
        query(&bench, "/EditorialReasons/QueryByIds", ask.clone()).await["EditorialReasons"][0].clone();
    assert_eq!(
        (&reasons["AppealStatus"], &reasons["Reasons"][0]["Term"]),
        (&json!("Appealable"), &json!(DISAPPROVED_PHRASE))
    );
    let appeal = json!({
        "EntityType": "Ad", "EntityIdToParentIdAssociations": entities, "JustificationText": "It is a quotation.",
    });
    none_refused(&query(&bench, "/EditorialRejections/Appeal", appeal).await);
    let reasons = query(&bench, "/EditorialReasons/QueryByIds", ask).await;
    assert_eq!(reasons["EditorialReasons"][0]["AppealStatus"], "AppealPending");

    let edit = json!({ "Type": "ResponsiveSearch", "Id": made.ad, "Path1": "shoes" });
    none_refused(&bench.put(ADS, json!({ "AdGroupId": made.group, "Ads": [edit] })).await);
    assert_eq!(states(query(&bench, "/Ads/QueryByIds", ids).await), ["Inactive", "Disapproved"]);
}

#[tokio::test]
async fn a_deletion_takes_what_is_below_and_is_an_error_the_second_time() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let ads = json!({ "AdGroupId": made.group, "AdIds": [made.ad] });
    none_refused(&bench.delete(ADS, ads.clone()).await);
    assert_eq!(partial(&bench.delete(ADS, ads).await), [(0, 1394)]);
    let keywords = json!({ "AdGroupId": made.group, "KeywordIds": [made.keyword, "5"] });
    assert_eq!(partial(&bench.delete(KEYWORDS, keywords).await), [(1, 1044)]);
    let campaigns = json!({ "AccountId": ACCOUNT, "CampaignIds": [made.campaign] });
    none_refused(&bench.delete(CAMPAIGNS, campaigns.clone()).await);
    assert_eq!(partial(&bench.delete(CAMPAIGNS, campaigns).await), [(0, 1100)]);
    assert_eq!(bench.object(&made.group)["status"], "Deleted");
    let body = json!({ "AdGroupId": made.group, "Keywords": [keyword("boots")] });
    assert_eq!(bench.fault(Method::POST, KEYWORDS, body).await, (400, 1044));
    bench.campaign("Autumn").await;
    let listed = query(&bench, "/Campaigns/QueryByAccountId", json!({ "AccountId": ACCOUNT })).await;
    assert_eq!(listed["Campaigns"].as_array().unwrap().len(), 1, "the name is free again");
}

#[tokio::test]
async fn what_keeps_searches_away_hangs_at_one_campaign_or_ad_group_once() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Spring").await;
    let entry = |kind: &str, id: &str, keywords: Value| json!({ "EntityNegativeKeywords": [{ "EntityId": id, "EntityType": kind, "NegativeKeywords": keywords }] });
    let word = |text: &str, kind: &str| json!({ "Text": text, "MatchType": kind });
    let several = json!([word("used", "Phrase"), word(" USED ", "Phrase"), word("free", "Exact")]);
    let answer = bench.post(NEGATIVES, entry("AdGroup", &made.group, several)).await;
    let ids = answer["NegativeKeywordIds"][0]["Ids"].clone();
    assert!(ids[0].is_string() && ids[1].is_null() && ids[2].is_string(), "{answer:#}");
    let nested = &answer["NestedPartialErrors"][0];
    assert_eq!((&nested["Index"], &nested["BatchErrors"][0]["Index"]), (&json!(0), &json!(1)));
    assert_eq!(nested["BatchErrors"][0]["Code"], 1043);
    none_refused(
        &bench.post(NEGATIVES, entry("Campaign", &made.campaign, json!([word("old", "Exact")]))).await,
    );

    let path = "/NegativeKeywords/QueryByEntityIds";
    let ask = json!({ "EntityIds": [made.group], "EntityType": "AdGroup", "ParentEntityId": made.campaign });
    let texts = |found: &Value| {
        let list = found["EntityNegativeKeywords"][0]["NegativeKeywords"].as_array().unwrap();
        list.iter().map(|one| one["Text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&query(&bench, path, ask.clone()).await), ["used", "free"]);
    let gone = entry("AdGroup", &made.group, json!([{ "Id": ids[0] }, { "Id": "5" }]));
    let answer = bench.delete(NEGATIVES, gone).await;
    assert_eq!(answer["NestedPartialErrors"][0]["BatchErrors"][0]["Index"], 1);
    assert_eq!(texts(&query(&bench, path, ask).await), ["free"]);

    let broad = entry("AdGroup", &made.group, json!([word("cheap", "Broad")]));
    assert_eq!(bench.fault(Method::POST, NEGATIVES, broad).await.0, 400);
    let two = json!({ "EntityNegativeKeywords": [{ "EntityId": made.group }, { "EntityId": made.group }] });
    assert_eq!(bench.fault(Method::POST, NEGATIVES, two).await, (400, 513));
    let nobody = entry("AdGroup", "5", json!([word("used", "Exact")]));
    assert_eq!(bench.fault(Method::POST, NEGATIVES, nobody).await, (400, 1044));
}

#[tokio::test]
async fn a_keywords_bid_goes_back_to_the_ad_groups() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let change = json!({ "Id": made.keyword, "Bid": { "Amount": null }, "Status": "Paused" });
    none_refused(&bench.put(KEYWORDS, json!({ "AdGroupId": made.group, "Keywords": [change] })).await);
    let found = query(&bench, "/Keywords/QueryByAdGroupId", json!({ "AdGroupId": made.group })).await;
    let seen = &found["Keywords"][0];
    assert_eq!(
        (&seen["Bid"], &seen["Status"], &seen["EditorialStatus"]),
        (&json!({ "Amount": null }), &json!("Paused"), &json!("Active"))
    );
}

#[tokio::test]
async fn images_are_kept_and_one_bad_image_refuses_the_call() {
    let bench = MicrosoftBench::new().await;
    let path = format!("{SERVICE}/Media");
    let image = |kind: &str, width: u32, height: u32| json!({ "Type": "Image", "MediaType": kind, "Text": "boots", "Data": base64(&png(width, height, 0)) });
    let media = |media: Value| json!({ "AccountId": ACCOUNT, "Media": media });
    let made = bench
        .post(&path, media(json!([image("Image191x100", 1200, 628), image("Image1x1", 300, 300)])))
        .await;
    assert_eq!(made["MediaIds"].as_array().unwrap().len(), 2);
    for (bad, code) in [
        (image("Image1x1", 300, 200), 201),
        (image("Image1x1", 100, 100), 201),
        (with(image("Image1x1", 300, 300), json!({ "Data": "A".repeat(102_404) })), 4005),
    ] {
        let body = media(json!([image("Image1x1", 300, 300), bad]));
        assert_eq!(bench.fault(Method::POST, &path, body).await, (400, code));
    }
    let list = |index: u32| json!({ "PageInfo": { "Index": index, "Size": 1 } });
    let meta = query(&bench, "/MediaMetaData/QueryByAccountId", list(1)).await;
    assert_eq!(meta["MediaMetaData"][0]["Id"], made["MediaIds"][1]);
    assert_eq!(meta["MediaMetaData"].as_array().unwrap().len(), 1);
    assert_eq!(query(&bench, "/MediaMetaData/QueryByAccountId", list(2)).await["MediaMetaData"], json!([]));
    let ids = json!({ "AccountId": ACCOUNT, "MediaIds": [made["MediaIds"][0], "1"] });
    assert_eq!(partial(&bench.delete(&path, ids).await), [(1, 4000)]);
}

#[tokio::test]
async fn the_file_of_places_says_which_id_is_whose() {
    let bench = MicrosoftBench::new().await;
    let ask = json!({ "Version": "2.0", "LanguageLocale": "en" });
    let url = query(&bench, "/GeoLocationsFileUrl/Query", ask).await["FileUrl"].as_str().unwrap().to_owned();
    let text = bench.http.get(url).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.contains(",Germany,Country,")).unwrap();
    assert_eq!(line, "72,Germany,Country,,Active,2276");
}

#[tokio::test]
async fn a_suspended_accounts_campaigns_say_so() {
    let mut bench = MicrosoftBench::new().await;
    bench.account = "5001004";
    let made = bench.whole("Autumn").await;
    bench.run(&made).await;
    let body = json!({ "AccountId": bench.account, "CampaignIds": [made.campaign] });
    assert_eq!(query(&bench, "/Campaigns/QueryByIds", body).await["Campaigns"][0]["Status"], "Suspended");
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.spent(&made.campaign), 0);
}
