//! The query language over HTTP (Google, `platforms/google.md` §6).

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::google_support::{CUSTOMER, GoogleBench, campaign, first, whole};

#[tokio::test]
async fn queries_that_make_no_sense_are_refused_by_name() {
    let bench = GoogleBench::new().await;
    let dated = "segments.date DURING LAST_7_DAYS";
    for (query, wanted) in [
        ("SELECT campaign.nme FROM campaign", "queryError.UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM campaigns", "queryError.BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign.network_settings FROM campaign", "queryError.PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
        ("SELECT ad_group.id FROM campaign", "queryError.PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        (
            "SELECT label.id, metrics.clicks FROM label",
            "queryError.PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
        ),
        (
            "SELECT label.id, segments.date FROM label",
            "queryError.PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
        ),
        ("SELECT campaign.id FROM campaign WHERE campaign.status = ACTIVE", "queryError.BAD_ENUM_CONSTANT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id = 'x'", "queryError.BAD_VALUE"),
        ("SELECT campaign.id FROM campaign WHERE campaign.name > 'x'", "queryError.OPERATOR_FIELD_MISMATCH"),
        ("SELECT campaign.id FROM campaign LIMIT 0", "queryError.LIMIT_VALUE_TOO_LOW"),
        ("SELECT campaign.id, segments.date FROM campaign", "queryError.EXPECTED_FILTERS_ON_DATE_RANGE"),
        (
            "SELECT campaign.id, segments.date FROM campaign WHERE segments.date > '2026-11-01'",
            "queryError.EXPECTED_FILTERS_ON_DATE_RANGE",
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.device = MOBILE",
            "queryError.EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.week = '2026-11-03'",
            "queryError.MISALIGNED_DATE_FOR_FILTER",
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date DURING LAST_YEAR",
            "queryError.INVALID_VALUE_WITH_DURING_OPERATOR",
        ),
        (
            "SELECT segments.date FROM campaign WHERE segments.date BETWEEN '2023-01-01' AND '2026-11-01'",
            "dateRangeError.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
        ),
        ("SELECT change_event.campaign FROM change_event", "changeEventError.LIMIT_NOT_SPECIFIED"),
        (
            "SELECT change_event.campaign FROM change_event LIMIT 5",
            "changeEventError.CHANGE_DATE_RANGE_INFINITE",
        ),
    ] {
        let (status, body) = bench.call("googleAds:search", json!({ "query": query })).await;
        assert_eq!((status, first(&body).0.as_str()), (400, wanted), "{query}");
    }
    let by_action = format!("SELECT segments.conversion_action, metrics.clicks FROM campaign WHERE {dated}");
    let (_, body) = bench.call("googleAds:search", json!({ "query": by_action })).await;
    assert_eq!(first(&body).0, "queryError.PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE");
    let sized = json!({ "query": "SELECT campaign.id FROM campaign", "pageSize": 10 });
    let (_, body) = bench.call("googleAds:search", sized).await;
    assert_eq!(first(&body).0, "requestError.PAGE_SIZE_NOT_SUPPORTED");
    let path = "customers/1000000000/googleAds:search";
    let (_, body) = bench.at(path, json!({ "query": "SELECT metrics.clicks FROM customer" })).await;
    assert_eq!(first(&body).0, "queryError.REQUESTED_METRICS_FOR_MANAGER");
}

#[tokio::test]
async fn conditions_order_and_limits_decide_the_rows() {
    let bench = GoogleBench::new().await;
    for name in ["alpha 50%", "beta", "Gamma"] {
        bench.campaign(name).await;
    }
    let names = async |rest: &str| {
        let rows = bench.rows(&format!("SELECT campaign.name FROM campaign {rest}")).await;
        rows.iter().map(|row| row["campaign"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        names("WHERE campaign.name IN ('beta', 'Gamma') ORDER BY campaign.name").await,
        ["Gamma", "beta"]
    );
    assert_eq!(names("WHERE campaign.name LIKE '%a' ORDER BY campaign.id DESC").await, ["Gamma", "beta"]);
    assert_eq!(names("WHERE campaign.name LIKE '%50[%]'").await, ["alpha 50%"]);
    assert_eq!(names("WHERE campaign.name != 'beta' ORDER BY campaign.id LIMIT 1").await, ["alpha 50%"]);
    assert_eq!(names("WHERE campaign.name = 'BETA'").await, [""; 0]);
    assert_eq!(names("WHERE campaign.target_spend.cpc_bid_ceiling_micros IS NOT NULL").await, [""; 0]);
    assert_eq!(
        names("WHERE campaign.end_date_time > '2026-12-01' AND campaign.status = 'PAUSED'").await.len(),
        3
    );
}

#[tokio::test]
async fn nothing_found_is_an_answer_without_results() {
    let bench = GoogleBench::new().await;
    let query = "SELECT campaign.id, campaign.network_settings.target_google_search FROM campaign";
    let body = bench.ok("googleAds:search", json!({ "query": query })).await;
    let mask = "campaign.id,campaign.networkSettings.targetGoogleSearch";
    assert_eq!(body, json!({ "fieldMask": mask }));
    let body = bench.ok("googleAds:searchStream", json!({ "query": query })).await;
    assert_eq!((body.as_array().unwrap().len(), &body[0]["fieldMask"]), (1, &json!(mask)));
    assert!(body[0]["results"].is_null());
    let (status, body) = bench.call("googleAds:searchStream", json!({ "query": "SELECT" })).await;
    assert_eq!(status, 400);
    assert_eq!(first(&body[0]).0, "queryError.UNEXPECTED_END_OF_QUERY");
}

#[tokio::test]
async fn pages_hold_ten_thousand_rows_and_belong_to_their_query() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let keyword = |n: usize| json!({ "create": { "adGroup": made.ad_group, "keyword": { "text": format!("boots {n}"), "matchType": "EXACT" } } });
    for from in [0, 6000] {
        let operations: Vec<Value> = (from..from + 6000).map(keyword).collect();
        bench.ok("adGroupCriteria:mutate", json!({ "operations": operations })).await;
    }
    let query = "SELECT ad_group_criterion.keyword.text FROM ad_group_criterion";
    let settings = json!({ "returnTotalResultsCount": true });
    let page = bench.ok("googleAds:search", json!({ "query": query, "searchSettings": settings })).await;
    assert_eq!(page["results"].as_array().unwrap().len(), 10_000);
    assert_eq!(page["totalResultsCount"], "12001");
    let token = page["nextPageToken"].clone();
    let next = bench.ok("googleAds:search", json!({ "query": query, "pageToken": token })).await;
    assert_eq!(next["results"].as_array().unwrap().len(), 2001);
    assert!(next["nextPageToken"].is_null());
    let other = json!({ "query": format!("{query} LIMIT 5"), "pageToken": token });
    let (_, body) = bench.call("googleAds:search", other).await;
    assert_eq!(first(&body).0, "requestError.INVALID_PAGE_TOKEN");
    let stream = bench.ok("googleAds:searchStream", json!({ "query": query })).await;
    let sizes: Vec<usize> =
        stream.as_array().unwrap().iter().map(|piece| piece["results"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [10_000, 2001]);
    let many: Vec<Value> = (0..10_001).map(keyword).collect();
    let (_, body) = bench.call("adGroupCriteria:mutate", json!({ "operations": many })).await;
    assert_eq!(first(&body).0, "requestError.TOO_MANY_MUTATE_OPERATIONS");
}

#[tokio::test]
async fn rows_without_figures_appear_only_without_segments() {
    let bench = GoogleBench::new().await;
    bench.campaign("one").await;
    let rows = bench.rows("SELECT campaign.id, metrics.clicks, metrics.conversions FROM campaign").await;
    assert_eq!(rows[0]["metrics"], json!({ "clicks": "0", "conversions": 0.0 }));
    let query =
        "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date DURING TODAY";
    assert!(bench.rows(query).await.is_empty());
}

#[tokio::test]
async fn changes_are_told_late_and_with_what_they_changed() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let query = "SELECT change_event.change_resource_type, change_event.resource_change_operation, \
                 change_event.changed_fields, change_event.client_type, change_event.change_date_time, \
                 change_event.old_resource, change_event.new_resource, change_event.change_resource_name \
                 FROM change_event WHERE change_event.change_date_time >= '2026-11-01' \
                 AND change_event.change_date_time <= '2026-11-30' \
                 ORDER BY change_event.change_date_time DESC LIMIT 100";
    assert!(bench.rows(query).await.is_empty());
    bench.advance(TimeDelta::minutes(3));
    assert_eq!(bench.rows(query).await.len(), 7, "one for each written resource");
    let fields = json!({ "status": "ENABLED", "finalUrlSuffix": "a=1" });
    bench.sandbox.edit_google(&made.campaign, fields.as_object().unwrap().clone()).unwrap();
    bench.advance(TimeDelta::minutes(3));
    let rows = bench.rows(query).await;
    let event = &rows[0]["changeEvent"];
    assert_eq!(event["changedFields"], "finalUrlSuffix,status");
    assert_eq!(event["clientType"], "GOOGLE_ADS_WEB_CLIENT");
    assert_eq!(event["resourceChangeOperation"], "UPDATE");
    assert_eq!(event["oldResource"]["campaign"]["status"], "PAUSED");
    assert_eq!(event["newResource"]["campaign"]["finalUrlSuffix"], "a=1");
    assert_eq!(event["changeDateTime"], "2026-11-02 10:03:00.000000");
    assert_eq!(event["changeResourceName"], json!(made.campaign));
}

#[tokio::test]
async fn labels_find_what_they_are_on() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    bench.campaign("two").await;
    let label = bench.mutate("labels", json!({ "create": { "name": "placard" } })).await;
    let link = json!({ "create": { "campaign": made.campaign, "label": label } });
    let name = bench.mutate("campaignLabels", link.clone()).await;
    let error = bench.refused("campaignLabels", link).await;
    assert_eq!(error[0]["errorCode"]["campaignError"], "CAMPAIGN_LABEL_ALREADY_EXISTS");
    let found = async |query: String| bench.rows(&query).await.len();
    let query = format!("SELECT campaign.id FROM campaign WHERE campaign.labels CONTAINS ANY ('{label}')");
    assert_eq!(found(query.clone()).await, 1);
    let by_name =
        "SELECT campaign.id, label.name FROM campaign_label WHERE label.name = 'placard'".to_owned();
    assert_eq!(found(by_name.clone()).await, 1);
    bench.mutate("campaignLabels", json!({ "remove": name })).await;
    assert_eq!((found(query).await, found(by_name).await), (0, 0));
}

#[tokio::test]
async fn places_are_suggested_by_name_and_country() {
    let bench = GoogleBench::new().await;
    let body =
        json!({ "locale": "en", "countryCode": "US", "locationNames": { "names": ["Portland", "nowhere"] } });
    let (_, body) = bench.at("geoTargetConstants:suggest", body).await;
    let list = body["geoTargetConstantSuggestions"].as_array().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["geoTargetConstant"]["canonicalName"], "Portland,Oregon,United States");
    assert_eq!(list[0]["searchTerm"], "Portland");
}

#[tokio::test]
async fn custom_parameters_are_kept_everywhere_and_read_back() {
    let bench = GoogleBench::new().await;
    let parameters = |value: &str| json!([{ "key": "placard", "value": value }]);
    let mut operations = whole(CUSTOMER, "one");
    for (index, path) in [
        (1, "/campaignOperation/create"),
        (4, "/adGroupOperation/create"),
        (5, "/adGroupAdOperation/create/ad"),
        (6, "/adGroupCriterionOperation/create"),
    ] {
        operations[index].pointer_mut(path).unwrap()["urlCustomParameters"] = parameters(path);
    }
    bench.ok("googleAds:mutate", json!({ "mutateOperations": operations })).await;
    for (field, from, pointer) in [
        ("campaign.url_custom_parameters", "campaign", "/campaign/urlCustomParameters"),
        ("ad_group.url_custom_parameters", "ad_group", "/adGroup/urlCustomParameters"),
        ("ad_group_ad.ad.url_custom_parameters", "ad_group_ad", "/adGroupAd/ad/urlCustomParameters"),
        (
            "ad_group_criterion.url_custom_parameters",
            "ad_group_criterion",
            "/adGroupCriterion/urlCustomParameters",
        ),
    ] {
        let rows = bench.rows(&format!("SELECT {field} FROM {from}")).await;
        assert_eq!(rows[0].pointer(pointer).unwrap()[0]["key"], "placard", "{field}");
    }
    let budget = json!({ "create": { "amountMicros": "5000000", "explicitlyShared": false } });
    let budget = bench.mutate("campaignBudgets", budget).await;
    for (parameters, wanted) in [
        (json!([{ "key": "with_line", "value": "x" }]), "stringFormatError.ILLEGAL_CHARS"),
        (json!([{ "key": "a".repeat(17), "value": "x" }]), "stringLengthError.TOO_LONG"),
        (json!([{ "key": "a", "value": "x".repeat(251) }]), "stringLengthError.TOO_LONG"),
        (json!(vec![json!({ "key": "a", "value": "x" }); 9]), "collectionSizeError.TOO_MANY"),
    ] {
        let mut fields = campaign(&budget, "two");
        fields["urlCustomParameters"] = parameters;
        let error = bench.refused("campaigns", json!({ "create": fields })).await;
        assert_eq!(crate::google_support::code(&error[0]), wanted);
    }
}
