//! What Microsoft refuses, by its codes (Microsoft, `platforms/microsoft.md` §8).

use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{
    ACCOUNT, AD_GROUPS, ADS, CAMPAIGNS, CRITERIONS, KEYWORDS, MicrosoftBench, ad, ad_group, campaign,
    fault_code, keyword, none_refused, partial, place, texts,
};
use crate::support::with;

/// The code with which one item is refused.
async fn refused(bench: &MicrosoftBench, path: &str, body: Value) -> i64 {
    let body = bench.post(path, body).await;
    match partial(&body)[..] {
        [(0, code)] => code,
        _ => panic!("{body:#}"),
    }
}

#[tokio::test]
async fn campaigns() {
    let bench = MicrosoftBench::new().await;
    bench.campaign("taken").await;
    for (change, code) in [
        (json!({ "Id": "5" }), 1004),
        (json!({ "Name": null }), 1101),
        (json!({ "Name": "x".repeat(129) }), 1101),
        (json!({ "Name": "Taken" }), 1115),
        (json!({ "BudgetType": null }), 1121),
        (json!({ "BudgetType": "LifetimeBudgetStandard" }), 1121),
        (json!({ "DailyBudget": null }), 1106),
        (json!({ "DailyBudget": 0.04 }), 1106),
        (json!({ "DailyBudget": 5.005 }), 1106),
        (json!({ "TimeZone": null }), 203),
        (json!({ "TimeZone": "Europe/Berlin" }), 201),
        (json!({ "Languages": ["Deutsch"] }), 201),
        (json!({ "IsPolitical": true }), 1199),
        (json!({ "BudgetId": "77" }), 204),
        (json!({ "CampaignType": "PerformanceMax" }), 204),
        (json!({ "BiddingScheme": { "Type": "MaxClicks", "MaxCpc": { "Amount": 0.01 } } }), 1515),
        (json!({ "AudienceAdsBidAdjustment": 901 }), 201),
        (json!({ "TrackingUrlTemplate": "x".repeat(2049) }), 201),
    ] {
        let body = bench.campaigns(with(campaign("new"), change.clone()));
        assert_eq!(refused(&bench, CAMPAIGNS, body).await, code, "{change}");
    }
    let too_many = json!({ "AccountId": ACCOUNT, "Campaigns": vec![campaign("x"); 101] });
    for (body, code) in [
        (json!({ "AccountId": ACCOUNT, "Campaigns": [] }), 1113),
        (too_many, 1114),
        (bench.campaigns(with(campaign("x"), json!({ "Budget": 5 }))), 201),
        (bench.campaigns(with(campaign("x"), json!({ "Status": "BudgetPaused" }))), 201),
        (bench.campaigns(with(campaign("x"), json!({ "DailyBudget": "5.0" }))), 201),
        (bench.campaigns(with(campaign("x"), json!({ "BiddingScheme": { "MaxCpc": null } }))), 201),
        (bench.campaigns(with(campaign("x"), json!({ "BiddingScheme": { "Type": "CostPerSale" } }))), 204),
    ] {
        assert_eq!(bench.fault(Method::POST, CAMPAIGNS, body).await, (400, code));
    }
    let filter = json!({ "AccountId": ACCOUNT, "CampaignIds": ["1"], "CampaignType": "Audience" });
    let path = "/CampaignManagement/v13/Campaigns/QueryByIds";
    assert_eq!(bench.fault(Method::POST, path, filter).await, (400, 516));
}

#[tokio::test]
async fn ad_groups() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.group_status(&made, "Active").await;
    let groups = |group: Value| json!({ "CampaignId": made.campaign, "AdGroups": [group] });
    let date = |day: u32| json!({ "Day": day, "Month": 12, "Year": 2026 });
    for (change, code) in [
        (json!({ "Id": "5" }), 1004),
        (json!({ "Name": " " }), 1202),
        (json!({ "Name": "x".repeat(257) }), 1202),
        (json!({ "Name": "Main" }), 1214),
        (json!({ "CpcBid": { "Amount": 0.01 } }), 1515),
        (json!({ "CpcBid": { "Amount": 1000.5 } }), 1516),
        (json!({ "CpcBid": { "Amount": 0.555 } }), 1538),
        (json!({ "Language": "All" }), 201),
        (json!({ "StartDate": date(5), "EndDate": date(4) }), 113),
    ] {
        let body = groups(with(ad_group("new"), change.clone()));
        assert_eq!(refused(&bench, AD_GROUPS, body).await, code, "{change}");
    }
    let never = with(ad_group("x"), json!({ "StartDate": { "Day": 31, "Month": 11, "Year": 2026 } }));
    let (status, body) = bench.call(Method::POST, AD_GROUPS, groups(never)).await;
    assert_eq!((status, fault_code(&body), &body["Type"]), (400, 113, &json!("AdApiFaultDetail")));
    let lost = json!({ "CampaignId": "12", "AdGroups": [ad_group("x")] });
    let (status, body) = bench.call(Method::POST, AD_GROUPS, lost).await;
    assert_eq!((status, fault_code(&body), &body["Type"]), (400, 1100, &json!("ApiFaultDetail")));
    let many = json!({ "CampaignId": made.campaign, "AdGroups": vec![ad_group("x"); 1001] });
    assert_eq!(bench.fault(Method::POST, AD_GROUPS, many).await, (400, 1210));
    let none = with(campaign("No language"), json!({ "Languages": null }));
    let id = crate::microsoft_support::first_id(
        &bench.post(CAMPAIGNS, bench.campaigns(none)).await,
        "CampaignIds",
    );
    let body = json!({ "CampaignId": id, "AdGroups": [with(ad_group("x"), json!({ "Language": null }))] });
    assert_eq!(refused(&bench, AD_GROUPS, body).await, 203);
}

#[tokio::test]
async fn ads() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let ads = |ad: Value| json!({ "AdGroupId": made.group, "Ads": [ad] });
    let three = ["one", "two", "three"];
    let many: Vec<String> = (0..16).map(|n| format!("headline {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(91);
    let pinned = |list: Value, pin: &str| {
        let mut list = list;
        list[0]["PinnedField"] = json!(pin);
        list
    };
    for (change, code) in [
        (json!({ "Id": "5" }), 1004),
        (json!({ "Headlines": texts(&["one", "two"]) }), 6212),
        (json!({ "Headlines": texts(&many) }), 6210),
        (json!({ "Headlines": texts(&["one", "ONE", "two"]) }), 6202),
        (json!({ "Headlines": texts(&["one", "two", &long]) }), 6208),
        (json!({ "Headlines": texts(&["one", "two", "靴を買うなら今ここですぐに探そう"]) }), 6208),
        (json!({ "Headlines": pinned(texts(&three), "Description1") }), 6204),
        (json!({ "Descriptions": texts(&["one"]) }), 6213),
        (json!({ "Descriptions": texts(&["a", "b", "c", "d", "e"]) }), 6211),
        (json!({ "Descriptions": texts(&["one", "one"]) }), 6203),
        (json!({ "Descriptions": texts(&["one", &long]) }), 6209),
        (json!({ "Descriptions": pinned(texts(&["a", "b"]), "Headline1") }), 6205),
        (json!({ "Path1": "x".repeat(16) }), 6217),
        (json!({ "Path2": "x".repeat(16) }), 6218),
        (json!({ "Path1": "a/b" }), 1379),
        (json!({ "FinalUrls": [] }), 203),
        (json!({ "FinalUrls": ["ftp://example.com/"] }), 1379),
        (json!({ "FinalUrls": ["https://example.com/", "https://example.org/"] }), 1379),
        (json!({ "Headlines": texts(&["one", "two", "A free miracle"]) }), 1376),
        (json!({ "Descriptions": texts(&["one", "A free miracle"]) }), 1377),
    ] {
        assert_eq!(refused(&bench, ADS, ads(with(ad(), change.clone()))).await, code, "{change}");
    }
    let body = bench
        .post(ADS, ads(with(ad(), json!({ "Headlines": texts(&["one", "two", "A free miracle"]) }))))
        .await;
    let error = &body["PartialErrors"][0];
    assert_eq!(
        (&error["Type"], &error["DisapprovedText"], &error["Location"]),
        (&json!("EditorialError"), &json!("free miracle"), &json!("Headlines"))
    );
    // Twins are allowed, three may be active.
    let more = json!({ "AdGroupId": made.group, "Ads": [ad(), ad(), ad(), with(ad(), json!({ "Status": "Paused" }))] });
    let body = bench.post(ADS, more).await;
    assert_eq!(partial(&body), [(2, 6226)]);
    let on = json!({ "Type": "ResponsiveSearch", "Id": body["AdIds"][3], "Status": "Active" });
    assert_eq!(partial(&bench.put(ADS, ads(on)).await), [(0, 6226)]);
    let absent = json!({ "Type": "ResponsiveSearch", "Id": "7", "Path1": "x" });
    assert_eq!(partial(&bench.put(ADS, ads(absent)).await), [(0, 1308)]);
    let crowd = json!({ "AdGroupId": made.group, "Ads": vec![ad(); 51] });
    assert_eq!(bench.fault(Method::POST, ADS, crowd).await, (400, 1311));
    let other = ads(with(ad(), json!({ "Type": "ExpandedText" })));
    assert_eq!(bench.fault(Method::POST, ADS, other).await, (400, 204));
}

#[tokio::test]
async fn keywords() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let keywords = |keyword: Value| json!({ "AdGroupId": made.group, "Keywords": [keyword] });
    for (change, code) in [
        (json!({ "Id": "5" }), 1004),
        (json!({ "Text": "" }), 203),
        (json!({ "Text": "x".repeat(101) }), 1042),
        (json!({ "Text": "free miracle" }), 1042),
        (json!({ "MatchType": null }), 203),
        (json!({ "Text": "Hiking  BOOTS" }), 1542),
        (json!({ "Bid": { "Amount": 0.01 } }), 1515),
        (json!({ "Bid": { "Amount": 2000 } }), 1516),
        (json!({ "Bid": { "Amount": -1 } }), 1538),
        (json!({ "FinalUrls": ["nowhere"] }), 1379),
    ] {
        let body = keywords(with(keyword("trail shoes"), change.clone()));
        assert_eq!(refused(&bench, KEYWORDS, body).await, code, "{change}");
    }
    none_refused(
        &bench.post(KEYWORDS, keywords(with(keyword("hiking boots"), json!({ "MatchType": "Exact" })))).await,
    );
    let change = json!({ "Id": made.keyword, "Text": "other" });
    assert_eq!(partial(&bench.put(KEYWORDS, keywords(change)).await), [(0, 204)]);
    let crowd = json!({ "AdGroupId": made.group, "Keywords": vec![keyword("x"); 1001] });
    assert_eq!(bench.fault(Method::POST, KEYWORDS, crowd).await, (400, 1506));
}

#[tokio::test]
async fn criterions() {
    let bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    let item = |criterion: Value, percent: Value| {
        json!({
            "Type": "BiddableCampaignCriterion", "CampaignId": made.campaign, "Criterion": criterion,
            "CriterionBid": { "Type": "BidMultiplier", "Multiplier": percent },
        })
    };
    let age = |word: &str| json!({ "Type": "AgeCriterion", "AgeRange": word });
    let hours = |from: i64, to: i64| {
        json!({
            "Type": "DayTimeCriterion", "Day": "Monday", "FromHour": from, "FromMinute": "Zero", "ToHour": to,
            "ToMinute": "Thirty",
        })
    };
    let device = |word: &str| json!({ "Type": "DeviceCriterion", "DeviceName": word });
    let targets = |items: Vec<Value>| json!({ "CriterionType": "Targets", "CampaignCriterions": items });
    let intent = json!({ "Type": "LocationIntentCriterion", "IntentOption": "PeopleIn" });
    let none = with(item(age("Unknown"), json!(0)), json!({ "CriterionBid": null }));
    let negative = with(item(age("Unknown"), json!(0)), json!({ "Type": "NegativeCampaignCriterion" }));
    for (item, code) in [
        (none, 203),
        (negative, 204),
        (item(age("Unknown"), json!(901)), 1538),
        (item(age("Unknown"), json!(-91)), 1538),
        (item(age("Unknown"), json!(2.5)), 1538),
        (item(json!({ "Type": "GenderCriterion" }), json!(0)), 203),
        (item(hours(12, 10), json!(0)), 201),
        (item(device("Tablets"), json!(0)), 201),
        (item(intent, json!(0)), 204),
        (place("12", "72"), 1100),
    ] {
        assert_eq!(refused(&bench, CRITERIONS, targets(vec![item.clone()])).await, code, "{item}");
    }
    let all = vec![
        item(hours(8, 10), json!(0)),
        item(hours(9, 11), json!(0)),
        item(hours(11, 12), json!(10)),
        item(device("Computers"), json!(0)),
        item(device("Smartphones"), json!(-100)),
        item(device("Tablets"), json!(0)),
    ];
    assert_eq!(partial(&bench.post(CRITERIONS, targets(all)).await), [(1, 1043)]);
    let words = [
        "EighteenToTwentyFour",
        "TwentyFiveToThirtyFour",
        "ThirtyFiveToFourtyNine",
        "FiftyToSixtyFour",
        "SixtyFiveAndAbove",
        "Unknown",
    ];
    let ages = words.iter().map(|word| item(age(word), json!(0))).collect();
    assert_eq!(partial(&bench.post(CRITERIONS, targets(ages)).await), [(5, 1045)]);
    let nothing = json!({ "CampaignCriterions": [item(age("Unknown"), json!(0))] });
    assert_eq!(bench.fault(Method::POST, CRITERIONS, nothing).await, (400, 203));
}
