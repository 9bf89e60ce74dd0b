//! What Google refuses, by error and field (Google, `platforms/google.md` §4).

use serde_json::{Value, json};

use crate::google_support::{GoogleBench, ad, campaign, code, path};
use crate::support::{base64, png};

/// `base` with the value at a JSON pointer replaced, or taken out when it is null.
fn but(base: &Value, pointer: &str, value: Value) -> Value {
    let mut out = base.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = out.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => drop(parent.remove(name)),
        value => drop(parent.insert(name.to_owned(), value)),
    }
    out
}

async fn refuses(bench: &GoogleBench, collection: &str, create: Value, wanted: &str, field: &str) {
    let errors = bench.refused(collection, json!({ "create": create })).await;
    let found: Vec<String> = errors.iter().map(|error| format!("{} {}", code(error), path(error))).collect();
    let wanted = format!("{wanted} operations[0].create.{field}");
    assert!(found.contains(&wanted), "wanted {wanted}, found {found:?}");
}

#[tokio::test]
async fn budgets_hold_whole_units_of_a_sensible_size() {
    let bench = GoogleBench::new().await;
    let own = |micros: i64| json!({ "amountMicros": micros.to_string(), "explicitlyShared": false });
    for (micros, wanted) in [
        (-10_000, "NEGATIVE_MONEY_AMOUNT"),
        (5_001_000, "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"),
        (0, "MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC"),
        (50_000, "BUDGET_BELOW_PER_DAY_MINIMUM"),
        (2_000_000_000_000_000, "MONEY_AMOUNT_TOO_LARGE"),
    ] {
        refuses(
            &bench,
            "campaignBudgets",
            own(micros),
            &format!("campaignBudgetError.{wanted}"),
            "amount_micros",
        )
        .await;
    }
    let yen = json!({ "operations": [{ "create": own(500_500_000) }] });
    let (_, body) = bench.at("customers/1001001003/campaignBudgets:mutate", yen).await;
    let error = &body["error"]["details"][0]["errors"][0];
    assert_eq!(code(error), "campaignBudgetError.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT");
    assert_eq!(error["trigger"], json!({ "int64Value": "500500000" }));
    refuses(&bench, "campaignBudgets", json!({ "amountMicros": "5000000" }), "fieldError.REQUIRED", "name")
        .await;
    let shared = json!({ "amountMicros": "5000000", "name": "shared" });
    bench.mutate("campaignBudgets", json!({ "create": shared })).await;
    refuses(&bench, "campaignBudgets", shared, "campaignBudgetError.DUPLICATE_NAME", "name").await;
    let fast =
        json!({ "amountMicros": "5000000", "explicitlyShared": false, "deliveryMethod": "ACCELERATED" });
    let wanted = "campaignBudgetError.CANNOT_USE_ACCELERATED_DELIVERY_MODE";
    refuses(&bench, "campaignBudgets", fast, wanted, "delivery_method").await;
    let made = bench.campaign("one").await;
    let error = bench.refused("campaignBudgets", json!({ "remove": made.budget })).await;
    assert_eq!(code(&error[0]), "campaignBudgetError.CAMPAIGN_BUDGET_IN_USE");
    let wanted = "campaignBudgetError.CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS";
    refuses(&bench, "campaigns", campaign(&made.budget, "two"), wanted, "campaign_budget").await;
}

#[tokio::test]
async fn campaigns_are_complete_and_consistent() {
    let bench = GoogleBench::new().await;
    let budget = json!({ "create": { "amountMicros": "5000000", "explicitlyShared": false } });
    let budget = bench.mutate("campaignBudgets", budget).await;
    let base = campaign(&budget, "one");
    for (pointer, value, wanted, field) in [
        (
            "/containsEuPoliticalAdvertising",
            json!(null),
            "fieldError.REQUIRED",
            "contains_eu_political_advertising",
        ),
        ("/advertisingChannelType", json!(null), "fieldError.REQUIRED", "advertising_channel_type"),
        (
            "/advertisingChannelType",
            json!("PERFORMANCE_MAX"),
            "campaignError.INCOMPATIBLE_CAMPAIGN_FIELD",
            "advertising_channel_type",
        ),
        ("/campaignBudget", json!(null), "fieldError.REQUIRED", "campaign_budget"),
        ("/manualCpc", json!(null), "fieldError.REQUIRED", "campaign_bidding_strategy"),
        ("/name", json!("a\nb"), "campaignError.INVALID_CAMPAIGN_NAME", "name"),
        ("/name", json!("a".repeat(256)), "stringLengthError.TOO_LONG", "name"),
        ("/status", json!("REMOVED"), "operationAccessDeniedError.CREATE_AS_REMOVED_NOT_PERMITTED", "status"),
        ("/servingStatus", json!("SERVING"), "fieldError.VALUE_MUST_BE_UNSET", "serving_status"),
        (
            "/startDateTime",
            json!("2026-11-01 00:00:00"),
            "dateRangeError.CANNOT_SET_DATE_TO_PAST",
            "start_date_time",
        ),
        (
            "/startDateTime",
            json!("2026-11-03 08:00:00"),
            "dateError.DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY",
            "start_date_time",
        ),
        (
            "/endDateTime",
            json!("2026-11-30 00:00:00"),
            "dateError.DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY",
            "end_date_time",
        ),
        (
            "/startDateTime",
            json!("2026-11-03"),
            "dateError.INVALID_STRING_DATE_TIME_SECONDS",
            "start_date_time",
        ),
        (
            "/networkSettings",
            json!({ "targetGoogleSearch": false, "targetSearchNetwork": true }),
            "campaignError.CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH",
            "network_settings.target_search_network",
        ),
        (
            "/networkSettings",
            json!({ "targetGoogleSearch": false }),
            "campaignError.CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK",
            "network_settings",
        ),
    ] {
        refuses(&bench, "campaigns", but(&base, pointer, value), wanted, field).await;
    }
}

#[tokio::test]
async fn bidding_goes_with_the_channel_and_stays_in_range() {
    let bench = GoogleBench::new().await;
    let budget = json!({ "create": { "amountMicros": "5000000", "explicitlyShared": false } });
    let budget = bench.mutate("campaignBudgets", budget).await;
    let base = campaign(&budget, "one");
    let other = |member: &str, value: Value| {
        let mut fields = but(&base, "/manualCpc", json!(null));
        fields[member] = value;
        fields
    };
    let wanted = "biddingError.CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY";
    refuses(&bench, "campaigns", other("manualCpm", json!({})), wanted, "manual_cpm").await;
    let roas = other("targetRoas", json!({ "targetRoas": 2000.0 }));
    refuses(&bench, "campaigns", roas, "rangeError.TOO_HIGH", "target_roas.target_roas").await;
    let cpa = other("maximizeConversions", json!({ "targetCpaMicros": "1005000" }));
    let wanted = "currencyError.VALUE_NOT_MULTIPLE_OF_BILLABLE_UNIT";
    refuses(&bench, "campaigns", cpa, wanted, "maximize_conversions.target_cpa_micros").await;
    let both = but(&base, "/targetSpend", json!({}));
    let (status, body) = bench.call("campaigns:mutate", json!({ "operations": [{ "create": both }] })).await;
    assert_eq!(
        (status, &body["error"]["details"][0]["@type"]),
        (400, &json!("type.googleapis.com/google.rpc.BadRequest"))
    );
}

#[tokio::test]
async fn ads_keep_to_counts_widths_and_addresses() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let base = ad(&made.ad_group, "Other boots");
    let texts =
        |count: usize| -> Value { (0..count).map(|n| json!({ "text": format!("Text {n}") })).collect() };
    let rsa = "ad.responsive_search_ad";
    for (pointer, value, wanted, field) in [
        ("headlines", texts(2), "collectionSizeError.TOO_FEW", "headlines"),
        ("headlines", texts(16), "collectionSizeError.TOO_MANY", "headlines"),
        ("descriptions", texts(5), "collectionSizeError.TOO_MANY", "descriptions"),
        (
            "headlines",
            json!([{ "text": "a".repeat(31) }, { "text": "b" }, { "text": "c" }]),
            "adError.LINE_TOO_WIDE",
            "headlines[0].text",
        ),
        (
            "headlines",
            json!([{ "text": "登".repeat(16) }, { "text": "b" }, { "text": "c" }]),
            "adError.LINE_TOO_WIDE",
            "headlines[0].text",
        ),
        (
            "headlines",
            json!([{ "text": "a" }, { "text": "b" }, { "text": "a" }]),
            "assetError.DUPLICATE_ASSET",
            "headlines[2]",
        ),
        (
            "descriptions",
            json!([{ "text": "a", "pinnedField": "HEADLINE_1" }, { "text": "b" }]),
            "enumError.ENUM_VALUE_NOT_PERMITTED",
            "descriptions[0].pinned_field",
        ),
        ("path1", json!("sixteen-letters-"), "adError.LINE_TOO_WIDE", "path1"),
    ] {
        let fields = but(&base, &format!("/ad/responsiveSearchAd/{pointer}"), value);
        refuses(&bench, "adGroupAds", fields, wanted, &format!("{rsa}.{field}")).await;
    }
    let mut lone = but(&base, "/ad/responsiveSearchAd/path1", json!(null));
    lone["ad"]["responsiveSearchAd"]["path2"] = json!("now");
    refuses(&bench, "adGroupAds", lone, "adError.CANNOT_SET_PATH2_WITHOUT_PATH1", &format!("{rsa}.path2"))
        .await;
    for (url, wanted) in [
        ("example.com", "urlFieldError.MISSING_PROTOCOL_IN_FINAL_URL"),
        ("ftp://example.com", "urlFieldError.INVALID_FINAL_URL"),
        ("https://", "urlFieldError.MALFORMED_FINAL_URL"),
    ] {
        let fields = but(&base, "/ad/finalUrls", json!([url]));
        refuses(&bench, "adGroupAds", fields, wanted, "ad.final_urls[0]").await;
    }
    let none = but(&base, "/ad/finalUrls", json!([]));
    refuses(&bench, "adGroupAds", none, "fieldError.REQUIRED_NONEMPTY_LIST", "ad.final_urls").await;
}

#[tokio::test]
async fn ad_groups_and_keywords_fit_their_campaign() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let group = |name: &str| json!({ "name": name, "campaign": made.campaign });
    refuses(&bench, "adGroups", group("main"), "adGroupError.DUPLICATE_ADGROUP_NAME", "name").await;
    let wrong = but(&group("two"), "/type", json!("DISPLAY_STANDARD"));
    let wanted = "adGroupError.AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE";
    refuses(&bench, "adGroups", wrong, wanted, "type").await;
    let bid = but(&group("two"), "/targetCpaMicros", json!("1000000"));
    refuses(
        &bench,
        "adGroups",
        bid,
        "adGroupError.BID_TYPE_AND_BIDDING_STRATEGY_MISMATCH",
        "target_cpa_micros",
    )
    .await;

    let keyword =
        |text: &str| json!({ "adGroup": made.ad_group, "keyword": { "text": text, "matchType": "EXACT" } });
    for (text, wanted) in [
        ("a".repeat(81), "criterionError.KEYWORD_TEXT_TOO_LONG"),
        ("a b c d e f g h i j k".to_owned(), "criterionError.KEYWORD_HAS_TOO_MANY_WORDS"),
        ("boots!".to_owned(), "criterionError.KEYWORD_HAS_INVALID_CHARS"),
    ] {
        refuses(&bench, "adGroupCriteria", keyword(&text), wanted, "keyword.text").await;
    }
}

#[tokio::test]
async fn campaign_criteria_name_what_exists_and_do_not_contradict() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let of = |criterion: Value| {
        let mut fields = criterion;
        fields["campaign"] = json!(made.campaign);
        fields
    };
    let place = |id: u32, negative: bool| {
        of(
            json!({ "negative": negative, "location": { "geoTargetConstant": format!("geoTargetConstants/{id}") } }),
        )
    };
    refuses(
        &bench,
        "campaignCriteria",
        place(9, false),
        "criterionError.INVALID_CRITERION_ID",
        "location.geo_target_constant",
    )
    .await;
    refuses(
        &bench,
        "campaignCriteria",
        place(2276, true),
        "campaignCriterionError.CANNOT_TARGET_AND_EXCLUDE",
        "negative",
    )
    .await;
    bench.mutate("campaignCriteria", json!({ "create": place(2276, false) })).await;
    let hours = |from: i32, to: i32| {
        of(json!({ "adSchedule": {
            "dayOfWeek": "MONDAY", "startHour": from, "startMinute": "ZERO", "endHour": to, "endMinute": "ZERO" } }))
    };
    bench.mutate("campaignCriteria", json!({ "create": hours(8, 12) })).await;
    bench.mutate("campaignCriteria", json!({ "create": hours(12, 24) })).await;
    let wanted = "criterionError.AD_SCHEDULE_TIME_INTERVALS_OVERLAP";
    refuses(&bench, "campaignCriteria", hours(11, 13), wanted, "ad_schedule").await;
    let device = |factor: f64| of(json!({ "device": { "type": "MOBILE" }, "bidModifier": factor }));
    refuses(&bench, "campaignCriteria", device(11.0), "rangeError.TOO_HIGH", "bid_modifier").await;
    bench.mutate("campaignCriteria", json!({ "create": device(0.0) })).await;
    let negative = of(json!({ "keyword": { "text": "free", "matchType": "BROAD" } }));
    let body = json!({ "operations": [{ "create": negative }], "responseContentType": "MUTABLE_RESOURCE" });
    let answer = bench.ok("campaignCriteria:mutate", body).await;
    assert_eq!(answer["results"][0]["campaignCriterion"]["negative"], true, "whatever was sent");
}

#[tokio::test]
async fn images_are_kept_once_and_fit_their_place() {
    let bench = GoogleBench::new().await;
    let image = |name: &str, width: u32, height: u32| json!({ "create": { "name": name, "imageAsset": { "data": base64(&png(width, height, 0)) } } });
    let square = bench.mutate("assets", image("square", 600, 600)).await;
    assert_eq!(bench.mutate("assets", image("square", 600, 600)).await, square);
    let error = bench.refused("assets", image("square", 601, 600)).await;
    assert_eq!(code(&error[0]), "assetError.DUPLICATE_ASSET_NAME");
    let wide = bench.mutate("assets", image("wide", 1200, 628)).await;
    let small = bench.mutate("assets", image("small", 191, 100)).await;
    let rows = bench.rows("SELECT asset.image_asset.mime_type, asset.image_asset.full_size.width_pixels FROM asset ORDER BY asset.id LIMIT 1").await;
    let wanted = json!({ "resourceName": square, "imageAsset": { "mimeType": "IMAGE_PNG", "fullSize": { "widthPixels": "600" } } });
    assert_eq!(rows[0]["asset"], wanted);

    let budget = json!({ "create": { "amountMicros": "5000000", "explicitlyShared": false } });
    let budget = bench.mutate("campaignBudgets", budget).await;
    let mut fields = campaign(&budget, "display");
    fields["advertisingChannelType"] = json!("DISPLAY");
    fields["networkSettings"] = json!({ "targetContentNetwork": true });
    let campaign = bench.mutate("campaigns", json!({ "create": fields })).await;
    let group = bench.mutate("adGroups", json!({ "create": { "name": "main", "campaign": campaign } })).await;
    let shown = |landscape: &str| {
        json!({ "adGroup": group, "ad": { "finalUrls": ["https://example.com/"], "responsiveDisplayAd": {
            "headlines": [{ "text": "Boots" }], "longHeadline": { "text": "Good boots" },
            "descriptions": [{ "text": "For every walk" }], "businessName": "Placard Outdoor",
            "marketingImages": [{ "asset": landscape }], "squareMarketingImages": [{ "asset": square }],
        } } })
    };
    let place = "ad.responsive_display_ad.marketing_images[0].asset";
    refuses(&bench, "adGroupAds", shown(&square), "imageError.ASPECT_RATIO_NOT_ALLOWED", place).await;
    refuses(&bench, "adGroupAds", shown(&small), "imageError.IMAGE_TOO_SMALL", place).await;
    bench.mutate("adGroupAds", json!({ "create": shown(&wide) })).await;
    let search = ad(&group, "Boots");
    refuses(&bench, "adGroupAds", search, "contextError.OPERATION_NOT_PERMITTED_FOR_CONTEXT", "ad").await;
    let link = json!({ "campaign": campaign, "asset": wide, "fieldType": "LOGO" });
    refuses(&bench, "campaignAssets", link, "imageError.ASPECT_RATIO_NOT_ALLOWED", "asset").await;
}

#[tokio::test]
async fn an_undeclared_campaign_holds_up_the_account_until_it_is_declared() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let gone = json!({ "containsEuPoliticalAdvertising": null });
    bench.sandbox.edit_google(&made.campaign, gone.as_object().unwrap().clone()).unwrap();
    let pause =
        json!({ "update": { "resourceName": made.ad_group, "status": "PAUSED" }, "updateMask": "status" });
    let error = bench.refused("adGroups", pause.clone()).await;
    assert_eq!(code(&error[0]), "mutateError.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED");
    let rows = bench.rows("SELECT campaign.missing_eu_political_advertising_declaration FROM campaign").await;
    assert_eq!(rows[0]["campaign"]["missingEuPoliticalAdvertisingDeclaration"], true);
    let fields = json!({
        "resourceName": made.campaign,
        "containsEuPoliticalAdvertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
    });
    let mask = "containsEuPoliticalAdvertising";
    bench.mutate("campaigns", json!({ "update": fields, "updateMask": mask })).await;
    bench.mutate("adGroups", pause).await;
}
