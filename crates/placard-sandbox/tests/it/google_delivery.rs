//! What Google's campaigns deliver, and how it is reported (Google, `platforms/google.md` §5, §6 and §10).

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use placard_sandbox::SandboxConfig;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::google_support::{CUSTOMER, GoogleBench, Made, ad, campaign};

const METRICS: &str = "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value";

/// Figures of some rows, added up; money is in micros.
fn sums(rows: &[Value]) -> BTreeMap<&'static str, i64> {
    let mut out = BTreeMap::new();
    for row in rows {
        for name in ["impressions", "clicks", "costMicros"] {
            let text = row["metrics"][name].as_str().unwrap();
            *out.entry(name).or_default() += text.parse::<i64>().unwrap();
        }
        for (name, scale) in [("conversions", 1.0), ("conversionsValue", 1e6)] {
            let value = row["metrics"][name].as_f64().unwrap() * scale;
            assert!((value - value.round()).abs() < 1e-2, "{name} {value}");
            *out.entry(name).or_default() += value.round() as i64;
        }
    }
    out
}

async fn run(bench: &GoogleBench, made: &Made) {
    bench.set_status("campaigns", &made.campaign, "ENABLED").await;
}

/// Lets days pass and takes a token that lives then.
fn pass(bench: &mut GoogleBench, by: TimeDelta) {
    bench.advance(by);
    bench.login_again();
}

async fn spend(bench: &GoogleBench, by: &str) -> Vec<(String, i64)> {
    let query = format!(
        "SELECT segments.{by}, metrics.cost_micros FROM campaign \
         WHERE segments.date BETWEEN '2026-11-01' AND '2027-02-28' ORDER BY segments.{by}"
    );
    let cost = |row: &Value| row["metrics"]["costMicros"].as_str().unwrap().parse::<i64>().unwrap();
    bench
        .rows(&query)
        .await
        .iter()
        .map(|row| (row["segments"][by].as_str().unwrap().to_owned(), cost(row)))
        .collect()
}

#[tokio::test]
async fn nothing_is_shown_while_something_above_is_paused_or_under_review() {
    let mut bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let query = "SELECT metrics.impressions FROM customer";
    pass(&mut bench, TimeDelta::days(1));
    assert_eq!(bench.rows(query).await[0]["metrics"]["impressions"], "0");
    bench.set_status("adGroups", &made.ad_group, "PAUSED").await;
    run(&bench, &made).await;
    pass(&mut bench, TimeDelta::days(1));
    assert_eq!(bench.rows(query).await[0]["metrics"]["impressions"], "0");
    bench.set_status("adGroups", &made.ad_group, "ENABLED").await;
    pass(&mut bench, TimeDelta::hours(6));
    let shown = bench.rows(query).await[0]["metrics"]["impressions"].clone();
    assert_ne!(shown, "0");
    bench.set_status("adGroupCriteria", &made.keyword, "PAUSED").await;
    pass(&mut bench, TimeDelta::days(1));
    assert_eq!(
        bench.rows(query).await[0]["metrics"]["impressions"],
        shown,
        "without keywords nobody searches"
    );
}

#[tokio::test]
async fn a_budget_of_a_few_clicks_is_kept_by_day_and_month() {
    let mut bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let daily = 8_000_000;
    let fields = json!({ "resourceName": made.budget, "amountMicros": daily.to_string() });
    bench.mutate("campaignBudgets", json!({ "update": fields, "updateMask": "amountMicros" })).await;
    run(&bench, &made).await;
    pass(&mut bench, TimeDelta::days(75));
    let days = spend(&bench, "date").await;
    assert!(days.len() > 70, "{}", days.len());
    assert!(days.iter().all(|(_, cost)| *cost <= 2 * daily), "{days:?}");
    let total: i64 = days.iter().map(|(_, cost)| cost).sum();
    assert!(total > 60 * daily, "the budget is spent: {total}");
    let months = spend(&bench, "month").await;
    assert!(months.iter().all(|(_, cost)| *cost <= daily * 304 / 10), "{months:?}");
    assert_eq!(months.iter().map(|(_, cost)| cost).sum::<i64>(), total);
    let world = bench.sandbox.world(Some(CUSTOMER));
    let object =
        world["objects"].as_array().unwrap().iter().find(|o| o["id"] == json!(made.campaign)).unwrap();
    assert_eq!((&object["spend_micros"], &object["kind"]), (&json!(total), &json!("google_campaign")));
    assert!(object["first_active_at"]["at"].is_string());
}

#[tokio::test]
async fn a_total_budget_is_never_exceeded_and_the_campaign_ends() {
    let mut bench = GoogleBench::new().await;
    let total = 90_000_000;
    let budget = json!({ "create": {
        "totalAmountMicros": total.to_string(), "period": "CUSTOM_PERIOD", "explicitlyShared": false } });
    let budget = bench.mutate("campaignBudgets", budget).await;
    let mut fields = campaign(&budget, "one");
    fields.as_object_mut().unwrap().remove("endDateTime");
    let error = bench.refused("campaigns", json!({ "create": fields })).await;
    let code = "END_DATE_TIME_REQUIRED_FOR_TOTAL_BUDGET";
    assert_eq!(error[0]["errorCode"]["campaignError"], code);
    fields["endDateTime"] = json!("2026-11-11 23:59:59");
    fields["status"] = json!("ENABLED");
    let campaign = bench.mutate("campaigns", json!({ "create": fields })).await;
    let group = json!({ "create": { "name": "main", "campaign": campaign, "cpcBidMicros": "2000000" } });
    let group = bench.mutate("adGroups", group).await;
    bench.mutate("adGroupAds", json!({ "create": ad(&group, "Good boots") })).await;
    let keyword = json!({ "adGroup": group, "keyword": { "text": "boots", "matchType": "BROAD" } });
    bench.mutate("adGroupCriteria", json!({ "create": keyword })).await;
    pass(&mut bench, TimeDelta::days(20));
    let days = spend(&bench, "date").await;
    let spent: i64 = days.iter().map(|(_, cost)| cost).sum();
    assert!(spent <= total && spent > total / 2, "{spent}");
    assert!(days.iter().all(|(day, _)| day.as_str() <= "2026-11-11"), "{days:?}");
    let rows = bench.rows("SELECT campaign.serving_status, campaign.primary_status FROM campaign").await;
    assert_eq!(rows[0]["campaign"]["servingStatus"], "ENDED");
    assert_eq!(rows[0]["campaign"]["primaryStatus"], "ENDED");
}

#[test]
fn every_cut_of_the_same_days_adds_up_to_the_same_sums() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    proptest!(ProptestConfig::with_cases(4), |(seed in 0_u64..10_000, hours in 8_i64..200)| {
        runtime.block_on(async {
            let mut bench = GoogleBench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
            let made = bench.campaign("one").await;
            bench.mutate("adGroupAds", json!({ "create": ad(&made.ad_group, "Light boots") })).await;
            run(&bench, &made).await;
            pass(&mut bench, TimeDelta::hours(hours));
            let whole = sums(&bench.rows(&format!("SELECT {METRICS} FROM customer")).await);
            assert!(whole["impressions"] > 0 && whole["costMicros"] > 0);
            let dates = "WHERE segments.date BETWEEN '2026-11-01' AND '2026-12-01'";
            for (select, from) in [
                ("campaign.id", "campaign"),
                ("segments.date", "campaign"),
                ("segments.date, segments.hour", "campaign"),
                ("segments.week", "ad_group"),
                ("ad_group_ad.ad.id, segments.date", "ad_group_ad"),
                ("segments.device", "campaign"),
                ("segments.ad_network_type, segments.device, segments.hour", "ad_group"),
                ("ad_group_criterion.age_range.type, segments.date", "age_range_view"),
                ("ad_group_criterion.gender.type", "gender_view"),
                ("ad_group_criterion.gender.type, segments.device, segments.date", "gender_view"),
                ("geographic_view.country_criterion_id", "geographic_view"),
                ("campaign.id, user_location_view.country_criterion_id, segments.date", "user_location_view"),
            ] {
                let rows = bench.rows(&format!("SELECT {select}, {METRICS} FROM {from} {dates}")).await;
                assert_eq!(sums(&rows), whole, "{select} FROM {from}");
            }
        });
    });
}

#[tokio::test]
async fn the_same_seed_delivers_the_same_however_the_clock_moves() {
    let figures = |seed: u64, steps: Vec<i64>| async move {
        let mut bench = GoogleBench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
        let made = bench.campaign("one").await;
        run(&bench, &made).await;
        for minutes in steps {
            bench.advance(TimeDelta::minutes(minutes));
        }
        bench.login_again();
        sums(&bench.rows(&format!("SELECT {METRICS} FROM campaign")).await)
    };
    let once = figures(3, vec![4 * 1440]).await;
    assert_eq!(once, figures(3, vec![7, 1440, 25, 2 * 1440, 1408]).await);
    assert_ne!(once, figures(4, vec![4 * 1440]).await);
}

#[tokio::test]
async fn conversions_keep_arriving_for_days_that_are_over() {
    let mut bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let fields = json!({ "resourceName": made.budget, "amountMicros": "900000000" });
    bench.mutate("campaignBudgets", json!({ "update": fields, "updateMask": "amountMicros" })).await;
    run(&bench, &made).await;
    pass(&mut bench, TimeDelta::days(3));
    let query = format!(
        "SELECT {METRICS} FROM campaign WHERE segments.date <= '2026-11-04' AND segments.date >= '2026-11-02'"
    );
    let early = sums(&bench.rows(&query).await);
    bench.set_status("campaigns", &made.campaign, "PAUSED").await;
    pass(&mut bench, TimeDelta::days(30));
    let late = sums(&bench.rows(&query).await);
    assert!(early["conversions"] > 0 && late["conversions"] > early["conversions"], "{early:?} {late:?}");
    assert_eq!((early["clicks"], early["costMicros"]), (late["clicks"], late["costMicros"]));
}

#[tokio::test]
async fn hours_and_days_are_those_of_the_account() {
    let mut bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    run(&bench, &made).await;
    // Nine in Greenwich is ten in Berlin.
    pass(&mut bench, TimeDelta::hours(2));
    let query = "SELECT segments.date, segments.hour, metrics.impressions FROM campaign \
                 WHERE segments.date DURING TODAY ORDER BY segments.hour";
    let rows = bench.rows(query).await;
    assert_eq!(rows[0]["segments"], json!({ "date": "2026-11-02", "hour": 10 }));
    let hours: Vec<i64> = rows.iter().map(|row| row["segments"]["hour"].as_i64().unwrap()).collect();
    assert!(hours.iter().all(|hour| (10..12).contains(hour)), "{hours:?}");
}

#[tokio::test]
async fn review_decides_what_an_ad_may_do() {
    let bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let bad = bench.mutate("adGroupAds", json!({ "create": ad(&made.ad_group, "A miracle cure") })).await;
    let query = "SELECT ad_group_ad.policy_summary.review_status, ad_group_ad.policy_summary.approval_status, \
                 ad_group_ad.policy_summary.policy_topic_entries, ad_group_ad.primary_status \
                 FROM ad_group_ad ORDER BY ad_group_ad.resource_name";
    run(&bench, &made).await;
    let rows = bench.rows(query).await;
    let policy = &rows[0]["adGroupAd"]["policySummary"];
    assert_eq!(*policy, json!({ "reviewStatus": "REVIEW_IN_PROGRESS", "approvalStatus": "UNKNOWN" }));
    let status = "SELECT campaign.primary_status, campaign.primary_status_reasons FROM campaign";
    let under_review = &bench.rows(status).await[0]["campaign"];
    assert_eq!(under_review["primaryStatusReasons"], json!(["MOST_ADS_UNDER_REVIEW"]));
    bench.advance(TimeDelta::minutes(15));
    let rows = bench.rows(query).await;
    assert_eq!(rows[0]["adGroupAd"]["policySummary"]["approvalStatus"], "APPROVED");
    assert_eq!(rows[0]["adGroupAd"]["primaryStatus"], "ELIGIBLE");
    assert_eq!(rows[1]["adGroupAd"]["resourceName"], json!(bad));
    assert_eq!(rows[1]["adGroupAd"]["policySummary"]["approvalStatus"], "DISAPPROVED");
    assert_eq!(rows[1]["adGroupAd"]["policySummary"]["policyTopicEntries"][0]["type"], "PROHIBITED");
    let limited = &bench.rows(status).await[0]["campaign"];
    assert_eq!(
        *limited,
        json!({
            "resourceName": made.campaign, "primaryStatus": "LIMITED", "primaryStatusReasons": ["HAS_ADS_DISAPPROVED"],
        })
    );
}

#[tokio::test]
async fn smart_bidding_learns_for_a_week_and_again_after_a_change() {
    let mut bench = GoogleBench::new().await;
    let made = bench.campaign("one").await;
    let system = async |bench: &GoogleBench| {
        let rows = bench
            .rows("SELECT campaign.bidding_strategy_system_status, campaign.primary_status FROM campaign")
            .await;
        rows[0]["campaign"]["biddingStrategySystemStatus"].as_str().unwrap().to_owned()
    };
    let fields = json!({ "resourceName": made.campaign, "maximizeConversions": {}, "status": "ENABLED" });
    let mask = "maximizeConversions.targetCpaMicros,status";
    bench.mutate("campaigns", json!({ "update": fields, "updateMask": mask })).await;
    assert_eq!(system(&bench).await, "LEARNING_SETTING_CHANGE");
    pass(&mut bench, TimeDelta::days(8));
    assert_eq!(system(&bench).await, "ENABLED");
    let budget = json!({ "resourceName": made.budget, "amountMicros": "60000000" });
    bench.mutate("campaignBudgets", json!({ "update": budget, "updateMask": "amountMicros" })).await;
    assert_eq!(system(&bench).await, "LEARNING_BUDGET_CHANGE");
    let date: NaiveDate = "2026-11-10".parse().unwrap();
    assert_eq!(bench.sandbox.now().date_naive(), date);
}
