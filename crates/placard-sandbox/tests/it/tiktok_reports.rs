//! How TikTok reports what was delivered (TikTok, `platforms/tiktok.md` §18).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use placard_sandbox::FaultPlan;
use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{
    AD, AD_GROUP, ADVERTISER, CAMPAIGN, Made, TikTokBench, ad_group, ads, campaign, creative, data, text,
};

const SYNC: &str = "/report/integrated/get/";
const METRICS: [&str; 6] =
    ["spend", "impressions", "clicks", "conversion", "complete_payment", "total_complete_payment_rate"];

fn query(level: &str, dimensions: &[&str]) -> Value {
    json!({
        "advertiser_id": ADVERTISER, "report_type": "BASIC", "data_level": format!("AUCTION_{level}"),
        "dimensions": dimensions, "metrics": METRICS, "start_date": "2026-11-02", "end_date": "2026-11-30",
        "page_size": 1000,
    })
}

/// Members of some rows' metrics, added up in hundredths.
fn sums(rows: &[Value]) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for row in rows {
        for (name, value) in row["metrics"].as_object().unwrap() {
            let digits: f64 = value.as_str().unwrap().parse().unwrap();
            *out.entry(name.clone()).or_default() += (digits * 100.0).round() as i64;
        }
    }
    out
}

async fn rows(bench: &TikTokBench, query: Value) -> Vec<Value> {
    let found = data(bench.get(SYNC, query).await);
    let list = found["list"].as_array().unwrap().clone();
    assert_eq!(found["page_info"]["total_number"], list.len());
    list
}

/// Two ad groups of an account that sells, with three ads, after some days; the second ad group is deleted.
async fn history(bench: &TikTokBench) -> (Made, String) {
    let image = bench.image().await;
    let sales = with(campaign("Sales"), json!({ "objective_type": "WEB_CONVERSIONS" }));
    let campaign = text(&data(bench.post(CAMPAIGN, sales).await), "campaign_id");
    let on = json!({ "operation_status": "ENABLE" });
    let mut made = Vec::new();
    for (name, places) in [("main", json!(["2921044", "3017382"])), ("gone", json!(["2921044"]))] {
        let goal = json!({
            "optimization_goal": "CONVERT", "billing_event": "OCPM", "pixel_id": "7400000000000000001",
            "optimization_event": "SHOPPING", "location_ids": places, "budget": 400, "operation_status": "ENABLE",
        });
        let group =
            text(&data(bench.post(AD_GROUP, with(ad_group(&campaign, name), goal)).await), "adgroup_id");
        for copy in ["Walk further", "Walk, further"] {
            let ad = with(with(creative(&image), on.clone()), json!({ "ad_text": copy, "ad_name": copy }));
            let ad = data(bench.post(AD, ads(&group, ad)).await)["ad_ids"][0].clone();
            made.push((group.clone(), ad.as_str().unwrap().to_owned()));
        }
    }
    data(bench.switch("campaign", &campaign, "ENABLE").await);
    bench.advance(TimeDelta::days(3));
    let gone = made[2].0.clone();
    data(bench.switch("adgroup", &gone, "DELETE").await);
    bench.advance(TimeDelta::days(1));
    let (group, ad) = made.swap_remove(0);
    (Made { campaign, group, ad, image }, gone)
}

fn all(level: &str) -> Value {
    json!([{ "field_name": format!("{level}_status"), "filter_type": "IN", "filter_value": "[\"STATUS_ALL\"]" }])
}

#[tokio::test]
async fn every_cut_of_the_same_days_adds_up_to_what_the_world_knows() {
    let bench = TikTokBench::new().await;
    let (made, _) = history(&bench).await;
    let whole = rows(&bench, query("ADVERTISER", &["advertiser_id"])).await;
    let sum = sums(&whole);
    let world = bench.sandbox.world(Some(ADVERTISER));
    let of = |id: &str| {
        world["objects"].as_array().unwrap().iter().find(|it| it["id"] == json!(id)).unwrap().clone()
    };
    assert_eq!(json!(sum["spend"] * 10_000), of(&made.campaign)["spend_micros"]);
    assert!(
        sum["spend"] > 100_000 && sum["conversion"] > 0 && sum["complete_payment"] == sum["conversion"],
        "{sum:?}"
    );
    assert!(sum["total_complete_payment_rate"] > sum["conversion"] * 30);
    for (level, id, filter) in
        [("CAMPAIGN", "campaign_id", "campaign"), ("ADGROUP", "adgroup_id", "adgroup"), ("AD", "ad_id", "ad")]
    {
        for more in
            [vec![], vec!["stat_time_day"], vec!["country_code"], vec!["stat_time_day", "country_code"]]
        {
            let dimensions: Vec<&str> = [id].into_iter().chain(more.clone()).collect();
            let found =
                rows(&bench, with(query(level, &dimensions), json!({ "filtering": all(filter) }))).await;
            assert_eq!(sums(&found), sum, "{level} {more:?}");
        }
    }
    let mut hours = Vec::new();
    for day in 2..=6 {
        let day = format!("2026-11-{day:02}");
        let hour = with(
            query("ADVERTISER", &["advertiser_id", "stat_time_hour"]),
            json!({ "start_date": day, "end_date": day }),
        );
        hours.extend(rows(&bench, hour).await);
    }
    assert_eq!(sums(&hours), sum);
    assert_eq!(
        hours[0]["dimensions"]["stat_time_hour"], "2026-11-02 10:00:00",
        "nine in Greenwich is ten in Berlin"
    );
    let days = rows(&bench, query("CAMPAIGN", &["campaign_id", "stat_time_day"])).await;
    assert_eq!(
        days[0]["dimensions"],
        json!({ "campaign_id": made.campaign, "stat_time_day": "2026-11-02 00:00:00" })
    );
}

#[tokio::test]
async fn what_the_people_saw_adds_up_too() {
    let bench = TikTokBench::new().await;
    history(&bench).await;
    let plain = json!({ "metrics": ["spend", "impressions", "clicks", "conversion"] });
    let sum = sums(&rows(&bench, with(query("ADVERTISER", &["advertiser_id"]), plain.clone())).await);
    let plain = with(plain, json!({ "report_type": "AUDIENCE", "filtering": all("ad") }));
    for more in [
        vec!["age"],
        vec!["gender"],
        vec!["gender", "age"],
        vec!["country_code"],
        vec!["platform"],
        vec!["placement", "stat_time_day"],
    ] {
        let dimensions: Vec<&str> = ["ad_id"].into_iter().chain(more.clone()).collect();
        let found = rows(&bench, with(query("AD", &dimensions), plain.clone())).await;
        assert!(found.len() > 4, "{more:?}");
        assert_eq!(sums(&found), sum, "{more:?}");
    }
    let ages = rows(&bench, with(query("AD", &["ad_id", "age"]), plain)).await;
    assert!(ages.iter().all(|row| row["dimensions"]["age"] != "AGE_13_17"), "nobody asked for minors");
}

#[tokio::test]
async fn deleted_objects_are_left_out_unless_they_are_asked_for() {
    let bench = TikTokBench::new().await;
    let (made, gone) = history(&bench).await;
    let ids = async |more: Value| -> Vec<String> {
        let found = rows(&bench, with(query("ADGROUP", &["adgroup_id"]), more)).await;
        found.iter().map(|row| text(&row["dimensions"], "adgroup_id")).collect()
    };
    assert_eq!(ids(json!({})).await, std::slice::from_ref(&made.group));
    assert_eq!(ids(json!({ "filtering": all("adgroup") })).await, [made.group.clone(), gone.clone()]);
    let deleted = json!([{ "field_name": "adgroup_status", "filter_type": "IN", "filter_value": "[\"STATUS_DELETE\"]" }]);
    assert_eq!(ids(json!({ "filtering": deleted })).await, [gone]);
    let named = json!([{ "field_name": "adgroup_ids", "filter_type": "IN", "filter_value": format!("[\"{}\"]", made.group) }]);
    assert_eq!(ids(json!({ "filtering": named })).await, [made.group]);
    let odd = json!([{ "field_name": "adgroup_ids", "filter_type": "IN", "filter_value": ["x"] }]);
    let odd = with(query("ADGROUP", &["adgroup_id"]), json!({ "filtering": odd }));
    assert_eq!(bench.get(SYNC, odd).await["code"], 40002);
}

#[tokio::test]
async fn figures_are_text_and_what_is_not_known_is_a_dash() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let names = json!({ "metrics": [
        "spend", "impressions", "ctr", "cpc", "conversion", "reach", "frequency", "likes", "campaign_name", "ad_name",
        "budget", "billing_event", "currency",
    ] });
    let zeros = rows(&bench, with(query("AD", &["ad_id"]), names.clone())).await;
    assert_eq!(
        zeros[0],
        json!({
            "dimensions": { "ad_id": made.ad },
            "metrics": {
                "spend": "0.00", "impressions": "0", "ctr": "0.00", "cpc": "0.00", "conversion": "0", "reach": "0",
                "frequency": "0.00", "likes": "-", "campaign_name": "Autumn", "ad_name": "Boots, upright",
                "budget": "50.5", "billing_event": "CPC", "currency": "EUR",
            },
        })
    );
    assert!(rows(&bench, query("AD", &["ad_id", "stat_time_day"])).await.is_empty(), "no data, no rows");
    bench.run(&made).await;
    bench.advance(TimeDelta::days(1));
    let metrics = rows(&bench, with(query("AD", &["ad_id"]), names.clone())).await[0]["metrics"].clone();
    let number = |name: &str| -> f64 { metrics[name].as_str().unwrap().parse().unwrap() };
    assert!(number("reach") <= number("impressions") && number("frequency") >= 1.0, "{metrics}");
    assert!(
        (number("cpc") * number("ctr") / 100.0 * number("impressions") - number("spend")).abs() < 2.0,
        "{metrics}"
    );
    let day = json!({ "start_date": "2026-11-02", "end_date": "2026-11-02" });
    let hour = with(with(query("AD", &["ad_id", "stat_time_hour"]), names), day);
    assert_eq!(rows(&bench, hour).await[0]["metrics"]["reach"], "-", "nobody counts people by the hour");
    let video = with(query("CAMPAIGN", &["campaign_id"]), json!({ "metrics": ["ad_name", "campaign_name"] }));
    assert_eq!(rows(&bench, video).await[0]["metrics"], json!({ "ad_name": "-", "campaign_name": "Autumn" }));
}

#[tokio::test]
async fn queries_that_do_not_fit_together_are_refused() {
    let bench = TikTokBench::new().await;
    let cases = [
        (json!({ "report_type": null }), 40002, "report_type"),
        (json!({ "report_type": "CATALOG" }), 40008, "CATALOG"),
        (json!({ "data_level": null }), 40002, "data_level"),
        (json!({ "data_level": "RESERVATION_AD" }), 40008, "RESERVATION_AD"),
        (json!({ "dimensions": null }), 40002, "dimensions"),
        (json!({ "dimensions": ["campaign_id"] }), 40002, "campaign_id"),
        (json!({ "dimensions": ["stat_time_day"] }), 40002, "dimensions"),
        (json!({ "dimensions": ["ad_id", "stat_time_day", "stat_time_hour"] }), 40002, "dimensions"),
        (json!({ "dimensions": ["ad_id", "age"] }), 40002, "dimensions"),
        (json!({ "dimensions": ["ad_id", "province_id"] }), 40008, "province_id"),
        (json!({ "metrics": ["glamour"] }), 40002, "metrics"),
        (
            json!({ "report_type": "AUDIENCE", "dimensions": ["ad_id", "age"], "metrics": ["reach"] }),
            40002,
            "metrics",
        ),
        (
            json!({ "report_type": "AUDIENCE", "dimensions": ["ad_id", "age", "platform"] , "metrics": ["spend"] }),
            40002,
            "dimensions",
        ),
        (json!({ "start_date": null }), 40002, "start_date"),
        (json!({ "end_date": "2026-11-01" }), 40002, "end_date"),
        (json!({ "end_date": "2027-11-02" }), 40002, "365"),
        (json!({ "dimensions": ["ad_id", "stat_time_day"], "end_date": "2026-12-02" }), 40002, "30"),
        (json!({ "dimensions": ["ad_id", "stat_time_hour"], "end_date": "2026-11-03" }), 40002, "1 day"),
        (
            json!({ "query_lifetime": true, "dimensions": ["ad_id", "stat_time_day"] }),
            40002,
            "query_lifetime",
        ),
        (json!({ "page_size": 1001 }), 40002, "page_size"),
        (json!({ "order_field": "cpc" }), 40002, "order_field"),
        (json!({ "advertiser_ids": [ADVERTISER, "7001003"], "enable_total_metrics": true }), 40002, "total"),
        (json!({ "advertiser_id": "7009001" }), 40001, "7009001"),
        (
            json!({ "filtering": [{ "field_name": "spend", "filter_type": "GREATER_THAN", "filter_value": "1" }] }),
            40008,
            "spend",
        ),
        (json!({ "advertiser_ids": ["1", "2", "3", "4", "5", "6"] }), 40011, "advertiser_ids"),
    ];
    for (change, code, word) in cases {
        let body = bench.get(SYNC, with(query("AD", &["ad_id"]), change.clone())).await;
        assert_eq!(body["code"], code, "{change}: {body}");
        assert!(body["message"].as_str().unwrap().contains(word), "{change}: {body}");
    }
    let year = json!({ "end_date": "2027-11-01" });
    data(bench.get(SYNC, with(query("AD", &["ad_id"]), year)).await);
    let month = json!({ "end_date": "2026-12-01" });
    data(bench.get(SYNC, with(query("AD", &["ad_id", "stat_time_day"]), month)).await);
}

#[tokio::test]
async fn reports_are_paged_ordered_and_totalled_and_may_be_about_several_accounts() {
    let bench = TikTokBench::new().await;
    let (made, _) = history(&bench).await;
    let days = query("ADGROUP", &["adgroup_id", "stat_time_day"]);
    let page = json!({ "page_size": 2, "page": 2, "order_field": "spend", "order_type": "ASC", "enable_total_metrics": true });
    let found = data(bench.get(SYNC, with(days.clone(), page)).await);
    assert_eq!(found["page_info"], json!({ "page": 2, "page_size": 2, "total_number": 5, "total_page": 3 }));
    let all = rows(&bench, with(days.clone(), json!({ "order_field": "spend", "order_type": "ASC" }))).await;
    assert_eq!(found["list"].as_array().unwrap(), &all[2..4]);
    let spend = |row: &Value| row["metrics"]["spend"].as_str().unwrap().parse::<f64>().unwrap();
    assert!(all.windows(2).all(|pair| spend(&pair[0]) <= spend(&pair[1])));
    assert_eq!(sums(&[json!({ "metrics": found["total_metrics"] })]), sums(&all));
    let lifetime = json!({ "query_lifetime": true, "start_date": null, "end_date": null });
    let lifetime = rows(&bench, with(query("ADGROUP", &["adgroup_id"]), lifetime)).await;
    assert_eq!(sums(&lifetime), sums(&all));
    let several = json!({ "advertiser_id": null, "advertiser_ids": [ADVERTISER, "7001003"] });
    let several = rows(&bench, with(query("ADVERTISER", &["advertiser_id"]), several)).await;
    let whose: Vec<&Value> = several.iter().map(|row| &row["metrics"]["currency"]).collect();
    assert_eq!(whose, [&json!("EUR"), &json!("JPY")]);
    assert_eq!(
        (&several[1]["metrics"]["timezone"], &several[1]["metrics"]["spend"]),
        (&json!("Asia/Tokyo"), &json!("0"))
    );
    assert_eq!(rows(&bench, query("AD", &["ad_id_v2"])).await[0]["dimensions"]["ad_id_v2"], json!(made.ad));
    let lean = bench.control("tokens/mint", json!({ "platform": "tiktok", "scopes": ["2"] })).await;
    let bench = TikTokBench { token: text(&lean, "access_token"), ..bench };
    assert_eq!(bench.get(SYNC, days).await["code"], 40130);
}

#[tokio::test]
async fn conversions_keep_arriving_for_days_that_are_over() {
    let bench = TikTokBench::new().await;
    let (made, _) = history(&bench).await;
    data(bench.switch("campaign", &made.campaign, "DISABLE").await);
    let early = sums(&rows(&bench, query("CAMPAIGN", &["campaign_id"])).await);
    bench.advance(TimeDelta::days(30));
    let late = sums(&rows(&bench, query("CAMPAIGN", &["campaign_id"])).await);
    assert!(late["conversion"] > early["conversion"], "{early:?} {late:?}");
    assert_eq!((early["clicks"], early["spend"]), (late["clicks"], late["spend"]));
}

#[tokio::test]
async fn a_report_in_the_background_is_queued_made_and_fetched_with_what_was_deleted() {
    let bench = TikTokBench::new().await;
    let (_, gone) = history(&bench).await;
    let order = with(
        query("AD", &["ad_id"]),
        json!({ "output_format": "CSV_STRING", "metrics": ["ad_name", "spend"] }),
    );
    let task = data(bench.post("/report/task/create/", order.clone()).await);
    let about = |task: &Value| json!({ "advertiser_id": ADVERTISER, "task_id": task["task_id"] });
    let check =
        async |task: &Value| text(&data(bench.get("/report/task/check/", about(task)).await), "status");
    assert_eq!(check(&task).await, "QUEUING");
    assert_eq!(bench.get("/report/task/download/", about(&task)).await["code"], 40201);
    assert_eq!((check(&task).await.as_str(), check(&task).await.as_str()), ("PROCESSING", "SUCCESS"));
    let url = bench.url("/report/task/download/");
    let request = bench.http.get(url).header("Access-Token", &bench.token);
    let id = text(&task, "task_id");
    let answer =
        request.query(&[("advertiser_id", ADVERTISER), ("task_id", id.as_str())]).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let table = answer.text().await.unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines.len(), lines[0]), (5, "ad_id,ad_name,spend"));
    assert!(lines[2].contains(",\"Walk, further\","), "{table}");
    assert_eq!(bench.status("adgroup", &gone).await, "ADGROUP_STATUS_DELETE");

    let fail: FaultPlan = serde_json::from_value(json!({ "reports": "fail" })).unwrap();
    bench.sandbox.set_faults(fail);
    let task = data(bench.post("/report/task/create/", order.clone()).await);
    for expected in ["QUEUING", "PROCESSING", "FAILED"] {
        assert_eq!(check(&task).await, expected);
    }
    assert_eq!(bench.get("/report/task/download/", about(&task)).await["code"], 40200);
    bench.sandbox.clear_faults();
    let task = data(bench.post("/report/task/create/", order.clone()).await);
    data(bench.post("/report/task/cancel/", about(&task)).await);
    assert_eq!(check(&task).await, "CANCELED");
    bench.advance(TimeDelta::days(30));
    assert_eq!(bench.get("/report/task/check/", about(&task)).await["code"], 40007);
    let sheet = with(order, json!({ "output_format": "XLSX_DOWNLOAD" }));
    assert_eq!(bench.post("/report/task/create/", sheet).await["code"], 40008);
}
