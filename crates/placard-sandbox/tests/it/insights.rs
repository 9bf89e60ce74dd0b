//! What insights accept, refuse and look like.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{ACT, Bench, codes};

#[tokio::test]
async fn bad_questions_are_refused() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let path = format!("{ACT}/insights");
    let cases = [
        (json!({ "level": "galaxy" }), 100),
        (json!({ "fields": "impressions,colour" }), 100),
        (json!({ "breakdowns": ["age", "region"] }), 100),
        (json!({ "breakdowns": ["platform_position"] }), 100),
        (json!({ "breakdowns": ["postcode"] }), 100),
        (json!({ "date_preset": "last_week" }), 100),
        (json!({ "time_range": { "since": "2026-11-05", "until": "2026-11-01" } }), 100),
        (json!({ "time_range": { "since": "yesterday", "until": "2026-11-01" } }), 100),
        (json!({ "time_range": { "since": "2023-01-01", "until": "2026-11-01" } }), 3018),
        (json!({ "time_increment": 91 }), 100),
        (json!({ "action_attribution_windows": ["7d_view"] }), 100),
        (json!({ "action_breakdowns": ["action_reaction"] }), 100),
        (json!({ "filtering": [{ "field": "name", "operator": "EQUAL", "value": "x" }] }), 100),
        (json!({ "sort": ["spend"] }), 100),
        (json!({ "limit": 100_000 }), 1),
        (json!({ "colour": "red" }), 100),
    ];
    for (params, code) in cases {
        let (status, body) = bench.try_get(&path, params.clone()).await;
        assert!(status >= 400 && codes(&body).0 == code, "{params} gave {body}");
    }
    let (_, body) = bench.try_get(&format!("{}/insights", tree.ad), json!({ "level": "campaign" })).await;
    assert_eq!(codes(&body), (100, 0));
    assert_eq!(codes(&bench.try_get("act_9001/insights", json!({})).await.1), (200, 0));
    assert_eq!(codes(&bench.try_get(&format!("{}/insights", tree.creative), json!({})).await.1), (100, 33));
}

#[tokio::test]
async fn nothing_delivered_is_an_empty_list() {
    let bench = Bench::new().await;
    bench.tree().await;
    bench.advance(TimeDelta::days(2));
    assert_eq!(bench.get(&format!("{ACT}/insights"), json!({ "level": "ad" })).await, json!({ "data": [] }));
}

#[tokio::test]
async fn metrics_are_text_and_zeros_are_absent() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    bench.advance(TimeDelta::days(1));
    let fields = "campaign_id,campaign_name,adset_id,ad_id,impressions,reach,frequency,clicks,ctr,cpc,cpm,spend,actions,\
                  action_values,purchase_roas,video_p25_watched_actions,objective,attribution_setting";
    let params = json!({ "level": "ad", "fields": fields, "date_preset": "today" });
    let rows = bench.get(&format!("{}/insights", tree.campaign), params).await;
    let row = rows["data"][0].as_object().unwrap();
    for field in ["impressions", "spend", "clicks", "ctr", "cpc", "cpm", "reach", "frequency"] {
        assert!(row[field].is_string(), "{field} of {row:?}");
    }
    for field in ["action_values", "purchase_roas", "video_p25_watched_actions"] {
        assert!(!row.contains_key(field), "{field}");
    }
    assert_eq!((&row["ad_id"], &row["campaign_name"]), (&json!(tree.ad), &json!("Autumn walks")));
    assert_eq!((&row["date_start"], &row["date_stop"]), (&json!("2026-11-03"), &json!("2026-11-03")));
    assert_eq!(
        (&row["objective"], &row["attribution_setting"]),
        (&json!("OUTCOME_TRAFFIC"), &json!("1d_click"))
    );
    let cents = row["spend"].as_str().unwrap().split_once('.').unwrap().1;
    assert_eq!(cents.len(), 2);
    assert!(row["actions"].as_array().unwrap().iter().any(|action| action["action_type"] == "link_click"));
}

#[tokio::test]
async fn an_async_report_gives_the_rows_of_the_direct_call() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    bench.advance(TimeDelta::days(6));
    let params = json!({
        "level": "ad", "fields": "ad_id,impressions,spend", "time_increment": 1, "date_preset": "this_month",
        "breakdowns": ["age"],
    });
    let direct = bench
        .get(&format!("{ACT}/insights"), crate::support::with(params.clone(), json!({ "limit": 500 })))
        .await;
    let run =
        bench.post(&format!("{ACT}/insights"), params).await["report_run_id"].as_str().unwrap().to_owned();
    let (status, early) = bench.try_get(&format!("{run}/insights"), json!({})).await;
    assert_eq!((status, codes(&early)), (400, (100, 0)));
    let mut seen = Vec::new();
    loop {
        let read = bench.get(&run, json!({ "fields": "async_status,async_percent_completion" })).await;
        seen.push(read["async_percent_completion"].as_i64().unwrap());
        if read["async_status"] == "Job Completed" {
            break;
        }
        assert!(seen.len() < 10);
    }
    assert!(seen.is_sorted() && seen.last() == Some(&100), "{seen:?}");
    let mut rows: Vec<Value> = Vec::new();
    let mut page = bench.get(&format!("{run}/insights"), json!({ "limit": 7 })).await;
    loop {
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["paging"]["next"].as_str() else { break };
        page = bench.http.get(next).send().await.unwrap().json().await.unwrap();
    }
    assert!(rows.len() > 7);
    assert_eq!(json!(rows), direct["data"]);
    bench.advance(TimeDelta::days(31));
    assert_eq!(codes(&bench.try_get(&run, json!({})).await.1), (100, 33));
}

#[tokio::test]
async fn rows_are_sorted_filtered_and_summed() {
    let bench = Bench::new().await;
    let (one, two) = (bench.tree().await, bench.tree().await);
    bench.run(&one).await;
    bench.run(&two).await;
    bench.advance(TimeDelta::days(3));
    let ask = |params: Value| bench.get("act_1001/insights", params);
    let base = json!({ "level": "ad", "fields": "ad_id,spend,impressions", "date_preset": "this_month" });
    let with = |changes: Value| crate::support::with(base.clone(), changes);
    let sorted =
        ask(with(json!({ "sort": ["spend_descending"], "summary": ["spend", "impressions"] }))).await;
    let spends: Vec<f64> = sorted["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["spend"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(spends.len() == 2 && spends[0] >= spends[1]);
    let total: f64 = sorted["summary"]["spend"].as_str().unwrap().parse().unwrap();
    assert!((total - spends.iter().sum::<f64>()).abs() < 0.005);
    let only = json!([{ "field": "ad.id", "operator": "EQUAL", "value": two.ad }]);
    let rows = ask(with(json!({ "filtering": only }))).await;
    assert_eq!(rows["data"].as_array().unwrap().len(), 1);
    let none = json!([{ "field": "ad.impressions", "operator": "GREATER_THAN", "value": 100_000_000 }]);
    assert_eq!(ask(with(json!({ "filtering": none }))).await["data"], json!([]));
}

#[tokio::test]
async fn deleted_ads_vanish_from_their_level_and_stay_in_their_parents() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    bench.advance(TimeDelta::days(2));
    let ask = |level: &str, filtering: Value| {
        let params =
            json!({ "level": level, "fields": "spend", "date_preset": "this_month", "filtering": filtering });
        bench.get("act_1001/insights", params)
    };
    let before = ask("campaign", json!([])).await;
    bench.delete(&tree.ad, json!({})).await;
    assert_eq!(ask("campaign", json!([])).await, before);
    assert_eq!(ask("ad", json!([])).await["data"], json!([]));
    let asked = json!([{ "field": "ad.effective_status", "operator": "IN", "value": ["DELETED"] }]);
    assert_eq!(ask("ad", asked).await["data"][0]["spend"], before["data"][0]["spend"]);
}
