//! Delivery: only when active, inside budgets, and adding up however it is cut.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{ACT, Bench, Tree, ad, ad_set, campaign, with};

/// Impressions, clicks, cents and each action of some rows, added up.
fn sums(rows: &Value) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    let mut add = |name: &str, text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        *out.entry(name.to_owned()).or_default() += digits.parse::<i64>().unwrap();
    };
    for row in rows["data"].as_array().unwrap() {
        for name in ["impressions", "clicks", "spend", "inline_link_clicks"] {
            if let Some(text) = row[name].as_str() {
                add(name, text);
            }
        }
        for list in ["actions", "action_values"] {
            for action in row[list].as_array().map(Vec::as_slice).unwrap_or_default() {
                let value = action["value"].as_str().unwrap();
                add(&format!("{list} {}", action["action_type"].as_str().unwrap()), value);
            }
        }
    }
    out
}

async fn report(bench: &Bench, params: Value) -> Value {
    let base = json!({
        "fields": "impressions,clicks,spend,inline_link_clicks,actions,action_values", "date_preset": "maximum",
        "limit": 500,
    });
    let mut page = bench.get(&format!("{ACT}/insights"), with(base, params)).await;
    let mut rows = page["data"].as_array().unwrap().clone();
    while let Some(next) = page["paging"]["next"].as_str() {
        page = bench.http.get(next).send().await.unwrap().json().await.unwrap();
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
    }
    json!({ "data": rows })
}

/// Two campaigns: sales with two ads in one set, traffic with a campaign budget over two sets.
async fn busy(bench: &Bench) -> Tree {
    let sales = bench
        .create("campaigns", with(campaign(), json!({ "objective": "OUTCOME_SALES", "status": "ACTIVE" })))
        .await;
    let conversions = json!({
        "optimization_goal": "OFFSITE_CONVERSIONS", "status": "ACTIVE", "daily_budget": 30_000,
        "promoted_object": { "pixel_id": "3001", "custom_event_type": "PURCHASE" },
    });
    let set = bench.create("adsets", with(ad_set(&sales), conversions)).await;
    let mut first = None;
    for text in ["Warm boots", "Light boots"] {
        let creative = bench.creative(text).await;
        let id = bench.create("ads", with(ad(&set, &creative), json!({ "status": "ACTIVE" }))).await;
        first.get_or_insert((creative, id));
    }
    let cbo = json!({ "status": "ACTIVE", "daily_budget": 12_000, "is_adset_budget_sharing_enabled": null });
    let traffic = bench.create("campaigns", with(campaign(), cbo)).await;
    for countries in [json!(["DE", "AT"]), json!(["FR", "ES"])] {
        let targeting = json!({
            "geo_locations": { "countries": countries }, "genders": [2],
            "targeting_automation": { "advantage_audience": 0 },
        });
        let changes =
            json!({ "daily_budget": null, "bid_strategy": null, "status": "ACTIVE", "targeting": targeting });
        let set = bench.create("adsets", with(ad_set(&traffic), changes)).await;
        let creative = bench.creative("See the coast").await;
        bench.create("ads", with(ad(&set, &creative), json!({ "status": "ACTIVE" }))).await;
    }
    let (creative, ad) = first.unwrap();
    Tree { campaign: sales, ad_set: set, creative, ad }
}

#[test]
fn every_cut_of_the_same_days_adds_up_to_the_same_sums() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    proptest!(ProptestConfig::with_cases(5), |(seed in 0_u64..10_000, hours in 5_i64..400)| {
        runtime.block_on(async {
            let bench = Bench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
            busy(&bench).await;
            bench.advance(TimeDelta::hours(hours));
            let whole = sums(&report(&bench, json!({})).await);
            assert!(whole["impressions"] > 0 && whole["spend"] > 0);
            for level in ["campaign", "adset", "ad"] {
                assert_eq!(sums(&report(&bench, json!({ "level": level })).await), whole, "{level}");
            }
            for cut in [
                json!({ "time_increment": 1 }),
                json!({ "level": "ad", "time_increment": 7 }),
                json!({ "breakdowns": ["age", "gender"] }),
                json!({ "breakdowns": ["age"], "level": "ad", "time_increment": 1 }),
                json!({ "breakdowns": ["gender"] }),
                json!({ "breakdowns": ["country"] }),
                json!({ "breakdowns": ["publisher_platform", "platform_position"] }),
                json!({ "breakdowns": ["publisher_platform"] }),
                json!({ "breakdowns": ["device_platform"] }),
            ] {
                assert_eq!(sums(&report(&bench, cut.clone()).await), whole, "{cut}");
            }
            let hour = json!({ "breakdowns": ["hourly_stats_aggregated_by_advertiser_time_zone"] });
            let by_hour = sums(&report(&bench, hour).await);
            for name in ["impressions", "clicks", "spend", "actions link_click"] {
                assert_eq!(by_hour.get(name), whole.get(name), "{name} by hour");
            }
            assert!(!by_hour.contains_key("actions purchase"), "off-platform actions are not known by hour");
        });
    });
}

#[tokio::test]
async fn the_same_seed_delivers_the_same_however_the_clock_moves() {
    let figures = |seed: u64, steps: Vec<i64>| async move {
        let bench = Bench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
        busy(&bench).await;
        steps.into_iter().for_each(|hours| bench.advance(TimeDelta::hours(hours)));
        report(&bench, json!({ "level": "ad", "time_increment": 1 })).await
    };
    let days = figures(4, vec![24; 6]).await;
    assert_eq!(days, figures(4, vec![24; 6]).await);
    assert_ne!(days, figures(5, vec![24; 6]).await);
}

#[tokio::test]
async fn only_effectively_active_ads_deliver() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let spent = || async {
        bench.get(ACT, json!({ "fields": "amount_spent" })).await["amount_spent"]
            .as_str()
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    bench.set_status(&tree.ad, "ACTIVE").await;
    bench.set_status(&tree.ad_set, "ACTIVE").await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent().await, 0, "the campaign is paused");
    bench.set_status(&tree.campaign, "ACTIVE").await;
    bench.advance(TimeDelta::days(1));
    let first = spent().await;
    assert!(first > 0);
    bench.set_status(&tree.ad_set, "PAUSED").await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent().await, first);
    bench.set_status(&tree.ad_set, "ACTIVE").await;
    bench.control("accounts/1001", json!({ "payment": false })).await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent().await, first, "nothing is delivered without a way to pay");
}

#[tokio::test]
async fn an_ad_set_delivers_between_its_start_and_its_end() {
    let bench = Bench::new().await;
    let campaign_id = bench.create("campaigns", with(campaign(), json!({ "status": "ACTIVE" }))).await;
    let flight = json!({
        "status": "ACTIVE", "start_time": "2026-11-04T00:00:00+0100", "end_time": "2026-11-07T00:00:00+0100",
        "daily_budget": null, "lifetime_budget": 15_000,
    });
    let set = bench.create("adsets", with(ad_set(&campaign_id), flight)).await;
    let creative = bench.creative("Soon").await;
    bench.create("ads", with(ad(&set, &creative), json!({ "status": "ACTIVE" }))).await;
    bench.advance(TimeDelta::days(10));
    let rows = report(&bench, json!({ "time_increment": 1 })).await;
    let days: Vec<&str> =
        rows["data"].as_array().unwrap().iter().map(|row| row["date_start"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-11-04", "2026-11-05", "2026-11-06"]);
    let spend = sums(&rows)["spend"];
    assert!((12_000..=15_000).contains(&spend), "{spend}");
}

#[test]
fn budgets_hold_by_day_and_by_week() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    proptest!(ProptestConfig::with_cases(6), |(seed in 0_u64..1000, budget in 1000_i64..60_000)| {
        runtime.block_on(async {
            let bench = Bench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
            let tree = bench.tree().await;
            bench.post(&tree.ad_set, json!({ "daily_budget": budget })).await;
            bench.run(&tree).await;
            bench.advance(TimeDelta::days(21));
            let cents = |row: &Value| row["spend"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
            let days = report(&bench, json!({ "time_increment": 1 })).await;
            for row in days["data"].as_array().unwrap() {
                assert!(cents(row) <= budget * 175 / 100, "{row}");
            }
            // Weeks run from Sunday to Saturday; 2026-11-08 is a Sunday.
            let week = json!({ "time_range": { "since": "2026-11-08", "until": "2026-11-14" } });
            let spent: i64 = report(&bench, with(week, json!({ "date_preset": null }))).await["data"].as_array().unwrap().iter().map(cents).sum();
            assert!(spent <= 7 * budget, "{spent} of {budget} a day");
            assert!(spent >= 5 * budget, "{spent} of {budget} a day");
        });
    });
}

#[tokio::test]
async fn conversions_of_a_day_grow_for_28_days_and_spend_does_not() {
    let bench = Bench::new().await;
    busy(&bench).await;
    bench.advance(TimeDelta::hours(14));
    let day = json!({ "date_preset": null, "time_range": { "since": "2026-11-02", "until": "2026-11-02" } });
    let mut purchases = Vec::new();
    let mut spends = Vec::new();
    for _ in 0..32 {
        let known = sums(&report(&bench, day.clone()).await);
        purchases.push(known.get("actions purchase").copied().unwrap_or(0));
        spends.push(known["spend"]);
        bench.advance(TimeDelta::days(1));
    }
    assert!(purchases.is_sorted(), "{purchases:?}");
    assert!(purchases[28] > purchases[0], "{purchases:?}");
    assert_eq!(purchases[28], purchases[31]);
    assert!(spends.iter().all(|spend| *spend == spends[1]), "{spends:?}");
}

#[tokio::test]
async fn today_is_partial_and_figures_are_plausible() {
    let bench = Bench::new().await;
    busy(&bench).await;
    bench.advance(TimeDelta::hours(3));
    let early = sums(&report(&bench, json!({ "date_preset": "today" })).await);
    bench.advance(TimeDelta::hours(6));
    let later = sums(&report(&bench, json!({ "date_preset": "today" })).await);
    assert!(later["impressions"] > early["impressions"]);
    bench.advance(TimeDelta::days(40));
    let fields = "cpm,inline_link_click_ctr,inline_link_clicks,actions,spend,purchase_roas";
    let rows = report(&bench, json!({ "level": "ad", "fields": fields })).await;
    for row in rows["data"].as_array().unwrap() {
        let number = |name: &str| row[name].as_str().unwrap().parse::<f64>().unwrap();
        assert!((3.9..=12.1).contains(&number("cpm")), "{row}");
        assert!((0.5..=2.6).contains(&number("inline_link_click_ctr")), "{row}");
        let actions = row["actions"].as_array().unwrap();
        if let Some(purchase) = actions.iter().find(|action| action["action_type"] == "purchase") {
            let rate =
                purchase["value"].as_str().unwrap().parse::<f64>().unwrap() / number("inline_link_clicks");
            assert!((0.005..=0.07).contains(&rate), "{row}");
            assert!(row["purchase_roas"][0]["value"].is_string());
        }
    }
}

#[tokio::test]
async fn more_money_buys_dearer_impressions() {
    let price = |budget: i64| async move {
        let bench = Bench::new().await;
        let tree = bench.tree().await;
        bench.post(&tree.ad_set, json!({ "daily_budget": budget })).await;
        bench.run(&tree).await;
        bench.advance(TimeDelta::days(7));
        let known = sums(&report(&bench, json!({})).await);
        known["spend"] as f64 / known["impressions"] as f64
    };
    let (small, large) = (price(2_000).await, price(400_000).await);
    assert!(large > small * 1.1, "{small} {large}");
}

#[tokio::test]
async fn learning_ends_with_fifty_events_and_restarts_with_a_new_audience() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    assert!(bench.field(&tree.ad_set, "learning_stage_info").await.is_null());
    bench.advance(TimeDelta::hours(2));
    assert_eq!(bench.field(&tree.ad_set, "learning_stage_info").await["status"], "LEARNING");
    bench.advance(TimeDelta::days(5));
    assert_eq!(bench.field(&tree.ad_set, "learning_stage_info").await["status"], "SUCCESS");
    let wider = json!({ "geo_locations": { "countries": ["DE", "AT"] }, "targeting_automation": { "advantage_audience": 0 } });
    bench.post(&tree.ad_set, json!({ "targeting": wider })).await;
    let info = bench.field(&tree.ad_set, "learning_stage_info").await;
    assert_eq!(info["last_sig_edit_ts"], bench.sandbox.now().timestamp());
}

#[tokio::test]
async fn a_new_audience_or_creative_does_not_rewrite_past_days() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    bench.advance(TimeDelta::days(2));
    let past = json!({
        "date_preset": null, "time_range": { "since": "2026-11-02", "until": "2026-11-03" },
        "breakdowns": ["age", "gender"], "fields": "impressions,spend,clicks",
    });
    let before = report(&bench, past.clone()).await;
    let women = json!({
        "geo_locations": { "countries": ["FR"] }, "genders": [2], "targeting_automation": { "advantage_audience": 0 },
    });
    bench.advance(TimeDelta::days(1));
    bench.post(&tree.ad_set, json!({ "targeting": women })).await;
    let other = bench.creative("Something else").await;
    bench.post(&tree.ad, json!({ "creative": { "creative_id": other } })).await;
    bench.advance(TimeDelta::days(2));
    assert_eq!(report(&bench, past).await, before);
    let now =
        report(&bench, json!({ "date_preset": "today", "breakdowns": ["gender"], "fields": "impressions" }))
            .await;
    let genders: Vec<&str> =
        now["data"].as_array().unwrap().iter().map(|row| row["gender"].as_str().unwrap()).collect();
    assert_eq!(genders, ["female"]);
}

#[tokio::test]
async fn money_follows_the_accounts_currency() {
    let bench = Bench::new().await;
    let post = |edge: &'static str, params: Value| {
        let bench = &bench;
        async move { bench.post(&format!("act_1003/{edge}"), params).await["id"].as_str().unwrap().to_owned() }
    };
    let id = post("campaigns", with(campaign(), json!({ "status": "ACTIVE" }))).await;
    let japan = json!({ "geo_locations": { "countries": ["JP"] } });
    let set = post("adsets", with(ad_set(&id), json!({ "status": "ACTIVE", "targeting": japan }))).await;
    let story =
        json!({ "page_id": "2001", "link_data": { "link": "https://example.com", "message": "歩く" } });
    let creative = post("adcreatives", json!({ "object_story_spec": story })).await;
    post("ads", with(ad(&set, &creative), json!({ "status": "ACTIVE" }))).await;
    bench.advance(TimeDelta::days(3));
    let params = json!({ "fields": "spend,account_currency", "date_preset": "this_month" });
    let row = bench.get("act_1003/insights", params).await["data"][0].clone();
    assert_eq!(row["account_currency"], "JPY");
    let spend = row["spend"].as_str().unwrap();
    assert!(!spend.contains('.') && spend.parse::<i64>().unwrap() > 5000, "{spend}");
}
