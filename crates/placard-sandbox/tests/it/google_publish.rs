//! Making, changing and removing (Google, `platforms/google.md` §3 and §4).

use serde_json::{Value, json};

use crate::google_support::{CUSTOMER, GoogleBench, ad, campaign, code, errors, first, path, whole};

#[tokio::test]
async fn a_whole_campaign_is_made_in_one_call_and_read_back() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("placard 7f3a").await;
    let id = made.campaign.rsplit('/').next().unwrap();
    let rows = bench
        .rows(&format!(
            "SELECT campaign.resource_name, campaign.name, campaign.status, campaign.network_settings.target_google_search, \
             campaign_budget.amount_micros, campaign_budget.name, campaign_budget.reference_count \
             FROM campaign WHERE campaign.id = {id} AND campaign.status != 'REMOVED'"
        ))
        .await;
    let wanted = json!({
        "campaign": {
            "resourceName": made.campaign, "name": "placard 7f3a", "status": "PAUSED",
            "networkSettings": { "targetGoogleSearch": true },
        },
        "campaignBudget": {
            "resourceName": made.budget, "amountMicros": "50000000", "name": "placard 7f3a", "referenceCount": "1",
        },
    });
    assert_eq!(rows, [wanted]);
    let rows = bench
        .rows(
            "SELECT ad_group_ad.ad.id, ad_group_ad.ad.final_urls, ad_group_ad.ad.responsive_search_ad.headlines, \
             ad_group.name, campaign.id FROM ad_group_ad",
        )
        .await;
    assert_eq!(rows[0]["adGroupAd"]["resourceName"], json!(made.ad));
    assert_eq!(rows[0]["adGroupAd"]["ad"]["responsiveSearchAd"]["headlines"][1], json!({ "text": "Two" }));
    assert_eq!((&rows[0]["adGroup"]["name"], &rows[0]["campaign"]["id"]), (&json!("main"), &json!(id)));
    let places = bench
        .rows("SELECT campaign_criterion.type, campaign_criterion.criterion_id FROM campaign_criterion")
        .await;
    assert_eq!(places.len(), 2);
}

#[tokio::test]
async fn one_bad_operation_undoes_all_unless_each_stands_for_itself() {
    let bench = GoogleBench::new().await;
    let mut operations = whole(CUSTOMER, "one");
    operations[4]["adGroupOperation"]["create"]["name"] = json!("");
    let body = json!({ "mutateOperations": operations });
    let (status, answer) = bench.call("googleAds:mutate", body.clone()).await;
    assert_eq!(status, 400);
    let found: Vec<(String, String)> =
        errors(&answer).iter().map(|error| (code(error), path(error))).collect();
    let wanted = ("stringLengthError.EMPTY", "mutate_operations[4].ad_group_operation.create.name");
    assert_eq!(found[0], (wanted.0.to_owned(), wanted.1.to_owned()));
    assert_eq!(found[1].0, "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS");
    assert!(bench.rows("SELECT campaign.id FROM campaign").await.is_empty());

    let mut body = body;
    body["partialFailure"] = json!(true);
    let answer = bench.ok("googleAds:mutate", body).await;
    let results = answer["mutateOperationResponses"].as_array().unwrap();
    let made: Vec<bool> = results.iter().map(|result| *result != json!({})).collect();
    assert_eq!(made, [true, true, true, true, false, false, false]);
    let failure = &answer["partialFailureError"];
    assert_eq!(failure["code"], 3);
    assert_eq!(failure["details"][0]["errors"].as_array().unwrap().len(), 3);
    assert_eq!(bench.rows("SELECT campaign.id FROM campaign").await.len(), 1);
}

#[tokio::test]
async fn only_checking_leaves_nothing_and_says_nothing() {
    let bench = GoogleBench::new().await;
    let body = json!({ "mutateOperations": whole(CUSTOMER, "one"), "validateOnly": true });
    assert_eq!(bench.ok("googleAds:mutate", body).await, json!({}));
    assert!(bench.rows("SELECT campaign.id FROM campaign").await.is_empty());
    assert!(bench.rows("SELECT campaign_budget.id FROM campaign_budget").await.is_empty());
}

#[tokio::test]
async fn masks_decide_what_is_written_and_removed_is_final() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let update = |fields: Value, mask: &str| {
        let mut fields = fields;
        fields["resourceName"] = json!(made.campaign);
        json!({ "update": fields, "updateMask": mask })
    };
    bench
        .mutate("campaigns", update(json!({ "name": "two", "finalUrlSuffix": "a=1" }), "finalUrlSuffix"))
        .await;
    let row = &bench.rows("SELECT campaign.name, campaign.final_url_suffix FROM campaign").await[0];
    assert_eq!(
        (&row["campaign"]["name"], &row["campaign"]["finalUrlSuffix"]),
        (&json!("one"), &json!("a=1"))
    );
    for (fields, mask, wanted) in [
        (json!({}), "", "fieldMaskError.FIELD_MASK_MISSING"),
        (json!({}), "nme", "fieldMaskError.FIELD_NOT_FOUND"),
        (json!({}), "networkSettings", "fieldMaskError.FIELD_HAS_SUBFIELDS"),
        (
            json!({ "advertisingChannelType": "DISPLAY" }),
            "advertisingChannelType",
            "fieldError.IMMUTABLE_FIELD",
        ),
        (json!({}), "name", "fieldError.FIELD_CANNOT_BE_CLEARED"),
        (json!({ "status": "REMOVED" }), "status", "enumError.ENUM_VALUE_NOT_PERMITTED"),
    ] {
        assert_eq!(code(&bench.refused("campaigns", update(fields, mask)).await[0]), wanted);
    }
    let body = json!({ "operations": [update(json!({ "status": "ENABLED" }), "status")], "responseContentType": "MUTABLE_RESOURCE" });
    let answer = bench.ok("campaigns:mutate", body).await;
    assert_eq!(answer["results"][0]["campaign"]["status"], "ENABLED");
    assert!(answer["results"][0]["campaign"]["servingStatus"].is_null(), "only what can be written");

    bench.mutate("campaigns", json!({ "remove": made.campaign })).await;
    let again = bench.refused("campaigns", json!({ "remove": made.campaign })).await;
    assert_eq!(code(&again[0]), "contextError.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE");
    let rows = bench.rows("SELECT campaign.status FROM campaign").await;
    assert_eq!(rows[0]["campaign"]["status"], "REMOVED");
    bench.mutate("campaignBudgets", json!({ "remove": made.budget })).await;
    bench.campaign("one").await;
}

#[tokio::test]
async fn keywords_have_a_natural_key_and_ads_have_none() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let keyword = |negative: bool, bid: &str| {
        let mut keyword = json!({
            "adGroup": made.ad_group, "negative": negative,
            "keyword": { "text": "Hiking  boots", "matchType": "PHRASE" },
        });
        if !negative {
            keyword["cpcBidMicros"] = json!(bid);
        }
        json!({ "create": keyword })
    };
    assert_eq!(bench.mutate("adGroupCriteria", keyword(false, "700000")).await, made.keyword);
    let rows = bench.rows("SELECT ad_group_criterion.cpc_bid_micros FROM ad_group_criterion").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["adGroupCriterion"]["cpcBidMicros"], "700000");
    let error = bench.refused("adGroupCriteria", keyword(true, "")).await;
    assert_eq!(code(&error[0]), "adGroupCriterionError.CANT_UPDATE_NEGATIVE");
    let again = bench.mutate("adGroupAds", json!({ "create": ad(&made.ad_group, "Good boots") })).await;
    assert_ne!(again, made.ad);
    bench.mutate("adGroupAds", json!({ "create": ad(&made.ad_group, "Good boots") })).await;
    let error = bench.refused("adGroupAds", json!({ "create": ad(&made.ad_group, "Other boots") })).await;
    assert_eq!(code(&error[0]), "resourceCountLimitExceededError.AD_GROUP_AD_LIMIT");
    assert_eq!(
        error[0]["details"]["resourceCountDetails"]["limitType"],
        "RESPONSIVE_SEARCH_ADS_PER_AD_GROUP"
    );
}

#[tokio::test]
async fn an_ads_text_is_changed_in_place() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let id = made.ad.rsplit('~').next().unwrap();
    let mut body = ad("", "Better boots")["ad"].clone();
    body["resourceName"] = json!(format!("customers/{CUSTOMER}/ads/{id}"));
    let update = json!({ "update": body, "updateMask": "responsiveSearchAd.headlines" });
    bench.mutate("ads", update).await;
    let rows = bench.rows("SELECT ad_group_ad.ad.responsive_search_ad.headlines FROM ad_group_ad").await;
    let headlines = &rows[0]["adGroupAd"]["ad"]["responsiveSearchAd"]["headlines"];
    assert_eq!(headlines[0]["text"], "Better boots");
    let error = bench
        .refused("adGroupAds", json!({ "update": { "resourceName": made.ad }, "updateMask": "ad.finalUrls" }))
        .await;
    assert_eq!(code(&error[0]), "fieldError.IMMUTABLE_FIELD");
}

#[tokio::test]
async fn temporary_ids_are_negative_and_given_once() {
    let bench = GoogleBench::new().await;
    let budget = |id: i64| {
        json!({ "campaignBudgetOperation": { "create": {
            "resourceName": format!("customers/{CUSTOMER}/campaignBudgets/{id}"), "amountMicros": "5000000",
            "explicitlyShared": false } } })
    };
    let (_, body) = bench.call("googleAds:mutate", json!({ "mutateOperations": [budget(7)] })).await;
    assert_eq!(first(&body).0, "newResourceCreationError.CANNOT_SET_ID_FOR_CREATE");
    let (_, body) =
        bench.call("googleAds:mutate", json!({ "mutateOperations": [budget(-1), budget(-1)] })).await;
    assert_eq!(first(&body).0, "newResourceCreationError.DUPLICATE_TEMP_IDS");
    let lone = campaign(&format!("customers/{CUSTOMER}/campaignBudgets/-1"), "one");
    let error = bench.refused("campaigns", json!({ "create": lone })).await;
    assert_eq!(code(&error[0]), "mutateError.RESOURCE_NOT_FOUND");
    assert_eq!(path(&error[0]), "operations[0].create.campaign_budget");
}

#[tokio::test]
async fn unknown_fields_are_refused_without_a_google_ads_failure() {
    let bench = GoogleBench::new().await;
    for (body, text) in [
        (json!({ "operations": [{ "create": { "x": 1 } }] }), "Unknown name \"x\" at 'operations[0].create'"),
        (json!({ "operations": [{ "create": {} }], "pageSize": 1 }), "Unknown name \"pageSize\""),
        (
            json!({ "operations": [{ "create": { "status": "ACTIVE" } }] }),
            "Invalid value at 'operations[0].create.status'",
        ),
        (json!({ "operations": [{ "creat": {} }] }), "Unknown name \"creat\" at 'operations[0]'"),
    ] {
        let (status, body) = bench.call("campaigns:mutate", body).await;
        assert_eq!(status, 400);
        let details = &body["error"]["details"][0];
        assert_eq!(details["@type"], "type.googleapis.com/google.rpc.BadRequest");
        let told = details["fieldViolations"][0]["description"].as_str().unwrap();
        assert!(told.contains(text), "{told}");
    }
    let (status, body) = bench.call("sharedSets:mutate", json!({})).await;
    assert_eq!((status, &body["error"]["status"]), (501, &json!("UNIMPLEMENTED")));
}

#[tokio::test]
async fn managers_and_suspended_accounts_write_nothing() {
    let bench = GoogleBench::new().await;
    let body = |customer: &str| json!({ "mutateOperations": whole(customer, "one") });
    let (status, answer) = bench.at("customers/1001001004/googleAds:mutate", body("1001001004")).await;
    let suspended = "authorizationError.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT";
    assert_eq!((status, first(&answer).0.as_str()), (403, suspended));
    let (status, answer) = bench.at("customers/1000000000/googleAds:mutate", body("1000000000")).await;
    assert_eq!(
        (status, first(&answer).0.as_str()),
        (400, "requestError.CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT")
    );
    let (_, answer) = bench.call("googleAds:mutate", body("1001001002")).await;
    assert_eq!(first(&answer).0, "operationAccessDeniedError.MUTATE_ACTION_NOT_PERMITTED_FOR_CLIENT");
}
