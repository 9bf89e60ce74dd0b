//! What TikTok's campaigns deliver (TikTok, `platforms/tiktok.md` §9, §11 and §14).

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{
    AD, AD_GROUP, ADVERTISER, CAMPAIGN, Made, TikTokBench, ad_group, ads, campaign, creative, data, text,
};

/// Micros that an object has cost.
fn spent(bench: &TikTokBench, id: &str) -> i64 {
    let world = bench.sandbox.world(Some(ADVERTISER));
    let object =
        world["objects"].as_array().unwrap().iter().find(|it| it["id"] == json!(id)).unwrap().clone();
    object["spend_micros"].as_i64().unwrap()
}

async fn change(bench: &TikTokBench, made: &Made, change: Value) -> Value {
    let body = json!({ "advertiser_id": ADVERTISER, "adgroup_id": made.group });
    bench.post("/adgroup/update/", with(body, change)).await
}

#[tokio::test]
async fn nothing_is_shown_while_something_above_is_off_or_under_review() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    data(bench.switch("campaign", &made.campaign, "ENABLE").await);
    data(bench.switch("ad", &made.ad, "ENABLE").await);
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent(&bench, &made.campaign), 0);
    bench.run(&made).await;
    bench.advance(TimeDelta::hours(6));
    let first = spent(&bench, &made.campaign);
    assert!(first > 0 && first == spent(&bench, &made.ad) && first == spent(&bench, &made.group));
    data(bench.switch("adgroup", &made.group, "DISABLE").await);
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent(&bench, &made.campaign), first);
    data(bench.switch("adgroup", &made.group, "ENABLE").await);
    bench.control(&format!("accounts/{ADVERTISER}"), json!({ "status": "STATUS_LIMIT" })).await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(spent(&bench, &made.campaign), first);
}

#[tokio::test]
async fn a_daily_budget_is_never_exceeded_and_a_dynamic_one_by_a_quarter_at_most() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let fixed =
        with(ad_group(&made.campaign, "fixed"), json!({ "budget_mode": "BUDGET_MODE_DAY", "budget": 40 }));
    let fixed = text(&data(bench.post(AD_GROUP, fixed).await), "adgroup_id");
    let on = with(creative(&made.image), json!({ "operation_status": "ENABLE" }));
    data(bench.post(AD, ads(&fixed, on)).await);
    data(bench.switch("adgroup", &fixed, "ENABLE").await);
    bench.run(&made).await;
    // To midnight in Berlin, then by days of the account.
    bench.advance(TimeDelta::hours(14));
    let (mut fixed_before, mut before) = (spent(&bench, &fixed), spent(&bench, &made.group));
    assert!(fixed_before <= 40_000_000 && before <= 63_125_000);
    let (mut over, mut week) = (0, 0);
    for day in 0..28 {
        bench.advance(TimeDelta::days(1));
        let (fixed_now, now) = (spent(&bench, &fixed), spent(&bench, &made.group));
        assert!(fixed_now - fixed_before <= 40_000_000, "day {day}");
        assert!(now - before <= 63_125_000, "day {day}: {}", now - before);
        over += i32::from(now - before > 50_500_000);
        // The first day is a Tuesday.
        week = if day % 7 == 6 { 0 } else { week } + now - before;
        assert!(week <= 7 * 50_500_000, "week to day {day}: {week}");
        (fixed_before, before) = (fixed_now, now);
    }
    assert!(over > 0, "some days use the quarter");
    assert!(
        before > 26 * 50_500_000 && fixed_before > 24 * 40_000_000,
        "budgets are spent: {before} {fixed_before}"
    );
}

#[tokio::test]
async fn a_total_is_spent_over_its_schedule_and_no_more() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    data(bench.switch("adgroup", &made.group, "DELETE").await);
    let total = json!({
        "budget_mode": "BUDGET_MODE_TOTAL", "budget": 300, "schedule_type": "SCHEDULE_START_END",
        "schedule_end_time": "2026-11-12 09:00:00", "operation_status": "ENABLE",
    });
    let group =
        text(&data(bench.post(AD_GROUP, with(ad_group(&made.campaign, "total"), total)).await), "adgroup_id");
    let on = with(creative(&made.image), json!({ "operation_status": "ENABLE" }));
    data(bench.post(AD, ads(&group, on)).await);
    data(bench.switch("campaign", &made.campaign, "ENABLE").await);
    bench.advance(TimeDelta::days(5));
    let half = spent(&bench, &group);
    assert!((100_000_000..200_000_000).contains(&half), "{half}");
    let made = Made { group, ..made };
    assert_eq!(
        change(&bench, &made, json!({ "budget": half as f64 / 1e6 })).await["code"],
        40002,
        "not 105%"
    );
    bench.advance(TimeDelta::days(10));
    let all = spent(&bench, &made.group);
    assert!((250_000_000..=300_000_000).contains(&all), "{all}");
}

#[tokio::test]
async fn a_campaigns_budget_is_shared_by_its_ad_groups() {
    let bench = TikTokBench::new().await;
    let image = bench.image().await;
    let mut body =
        with(campaign("Shared"), json!({ "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 60 }));
    body["budget_optimize_on"] = json!(true);
    let parent = text(&data(bench.post(CAMPAIGN, body).await), "campaign_id");
    let mut groups = Vec::new();
    for (name, place) in [("de", "2921044"), ("us", "6252001")] {
        let on =
            json!({ "bid_type": "BID_TYPE_NO_BID", "location_ids": [place], "operation_status": "ENABLE" });
        let group = text(&data(bench.post(AD_GROUP, with(ad_group(&parent, name), on)).await), "adgroup_id");
        let ad = with(creative(&image), json!({ "operation_status": "ENABLE" }));
        data(bench.post(AD, ads(&group, ad)).await);
        groups.push(group);
    }
    data(bench.switch("campaign", &parent, "ENABLE").await);
    bench.advance(TimeDelta::days(10));
    let (all, parts) = (spent(&bench, &parent), [spent(&bench, &groups[0]), spent(&bench, &groups[1])]);
    assert_eq!(parts.iter().sum::<i64>(), all);
    assert!(parts.iter().all(|part| *part > 0), "{parts:?}");
    assert!((450_000_000..=720_000_000).contains(&all), "{all}");
}

#[tokio::test]
async fn an_ad_group_says_when_its_day_is_spent_and_a_new_budget_has_to_cover_it() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    data(change(&bench, &made, json!({ "budget": 100 })).await);
    bench.run(&made).await;
    bench.advance(TimeDelta::hours(10));
    let now = spent(&bench, &made.group);
    assert!(now > 25_000_000, "{now}");
    let cents = |factor: f64| (now as f64 * factor / 1e4).ceil() / 100.0;
    let refused = change(&bench, &made, json!({ "budget": cents(1.04) })).await;
    assert_eq!(refused["code"], 40002, "{refused}");
    data(change(&bench, &made, json!({ "budget": cents(1.06) })).await);
    bench.advance(TimeDelta::minutes(235));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DELIVERY_OK");
    bench.sandbox.edit_tiktok(&made.group, json!({ "budget": 20 }).as_object().unwrap().clone()).unwrap();
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_BUDGET_EXCEED");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_BUDGET_EXCEED");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DELIVERY_OK", "another day");
}

#[tokio::test]
async fn ads_run_in_the_half_hours_that_are_switched_on() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let noon: String = (0..336).map(|slot| if slot % 48 == 24 { '1' } else { '0' }).collect();
    data(change(&bench, &made, json!({ "dayparting": noon })).await);
    bench.run(&made).await;
    // Eleven in Greenwich is noon in Berlin.
    bench.advance(TimeDelta::hours(2));
    assert_eq!(spent(&bench, &made.group), 0);
    bench.advance(TimeDelta::minutes(30));
    let noon = spent(&bench, &made.group);
    assert!(noon > 0);
    bench.advance(TimeDelta::hours(20));
    assert_eq!(spent(&bench, &made.group), noon);
}

#[tokio::test]
async fn the_same_seed_delivers_the_same_however_the_clock_moves() {
    let figures = |seed: u64, steps: Vec<i64>| async move {
        let bench = TikTokBench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
        let made = bench.whole("Autumn").await;
        bench.run(&made).await;
        for minutes in steps {
            bench.advance(TimeDelta::minutes(minutes));
        }
        spent(&bench, &made.ad)
    };
    let once = figures(3, vec![4 * 1440]).await;
    assert_eq!(once, figures(3, vec![7, 1440, 25, 2 * 1440, 1408]).await);
    assert_ne!(once, figures(4, vec![4 * 1440]).await);
}
