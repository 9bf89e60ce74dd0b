//! What Microsoft's campaigns deliver (Microsoft, `platforms/microsoft.md` §5, §11).

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::microsoft_support::{
    ACCOUNT, CAMPAIGNS, CRITERIONS, KEYWORDS, Made, MicrosoftBench, keyword, none_refused, partial,
};

async fn change(bench: &MicrosoftBench, made: &Made, change: Value) -> Value {
    let change = crate::support::with(json!({ "Id": made.campaign }), change);
    bench.put(CAMPAIGNS, bench.campaigns(change)).await
}

/// A campaign that more is searched for than its budget does for.
async fn running(bench: &MicrosoftBench) -> Made {
    let made = bench.whole("Autumn").await;
    let words = ["walking boots", "trail shoes", "rain jacket", "tent", "sleeping bag", "rucksack"];
    let keywords: Vec<Value> = words
        .iter()
        .map(|word| crate::support::with(keyword(word), json!({ "MatchType": "Broad" })))
        .collect();
    let body = json!({ "AdGroupId": made.group, "Keywords": keywords });
    none_refused(&bench.post(KEYWORDS, body).await);
    bench.run(&made).await;
    made
}

async fn status(bench: &MicrosoftBench, made: &Made) -> String {
    let body = json!({ "AccountId": ACCOUNT, "CampaignIds": [made.campaign] });
    let found = bench.post("/CampaignManagement/v13/Campaigns/QueryByIds", body).await;
    found["Campaigns"][0]["Status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_is_shown_while_something_is_off_or_under_review() {
    let mut bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.advance(TimeDelta::days(1));
    bench.campaign_status(&made.campaign, "Active").await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.spent(&made.campaign), 0);
    bench.group_status(&made, "Active").await;
    bench.advance(TimeDelta::days(1));
    let first = bench.spent(&made.campaign);
    assert!(first > 0 && first == bench.spent(&made.ad) && first == bench.spent(&made.group));
    bench.campaign_status(&made.campaign, "Paused").await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.spent(&made.campaign), first);
    bench.campaign_status(&made.campaign, "Active").await;
    bench.control(&format!("accounts/{ACCOUNT}"), json!({ "status": "Suspended" })).await;
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.spent(&made.campaign), first);
}

#[tokio::test]
async fn a_day_may_cost_twice_its_budget_and_a_month_the_budget_times_its_days() {
    let mut bench = MicrosoftBench::new().await;
    let made = running(&bench).await;
    // To midnight in Berlin, then by days of the account.
    bench.advance(TimeDelta::hours(14));
    let (mut before, mut over) = (bench.spent(&made.campaign), 0);
    for day in 0..28 {
        bench.advance(TimeDelta::days(1));
        let now = bench.spent(&made.campaign);
        assert!(now - before <= 100_000_000, "day {day}: {}", now - before);
        over += i32::from(now - before > 50_000_000);
        before = now;
    }
    assert!(over > 0, "some days cost more than the budget");
    assert!((1_100_000_000..=1_500_000_000).contains(&before), "{before}");
}

#[tokio::test]
async fn a_campaign_says_when_its_day_is_spent_and_a_new_budget_has_to_cover_it() {
    let mut bench = MicrosoftBench::new().await;
    let made = running(&bench).await;
    bench.advance(TimeDelta::hours(12));
    let now = bench.spent(&made.campaign);
    assert!(now > 20_000_000, "{now}");
    let euros = |micros: i64| json!({ "DailyBudget": micros as f64 / 1e6 });
    assert_eq!(partial(&change(&bench, &made, euros(now - 10_000)).await), [(0, 1123)]);
    assert_eq!(status(&bench, &made).await, "Active");
    let less = json!({ "DailyBudget": 5 }).as_object().unwrap().clone();
    bench.sandbox.edit_microsoft(&made.campaign, less).unwrap();
    assert_eq!(status(&bench, &made).await, "BudgetPaused");
    bench.campaign_status(&made.campaign, "Paused").await;
    assert_eq!(status(&bench, &made).await, "BudgetAndManualPaused");
    bench.advance(TimeDelta::hours(3));
    assert_eq!(status(&bench, &made).await, "Paused", "another day");
}

#[tokio::test]
async fn ads_run_in_the_hours_of_the_campaigns_own_zone() {
    let mut bench = MicrosoftBench::new().await;
    let made = running(&bench).await;
    let hour = |day: &str| {
        json!({
            "Type": "BiddableCampaignCriterion", "CampaignId": made.campaign,
            "Criterion": {
                "Type": "DayTimeCriterion", "Day": day, "FromHour": 12, "FromMinute": "Zero", "ToHour": 13,
                "ToMinute": "Zero",
            },
            "CriterionBid": { "Type": "BidMultiplier", "Multiplier": 0 },
        })
    };
    let body =
        json!({ "CriterionType": "Targets", "CampaignCriterions": [hour("Monday"), hour("Wednesday")] });
    none_refused(&bench.post(CRITERIONS, body).await);
    // Eleven in Greenwich is noon in Berlin.
    bench.advance(TimeDelta::hours(2));
    assert_eq!(bench.spent(&made.campaign), 0);
    bench.advance(TimeDelta::hours(1));
    let noon = bench.spent(&made.campaign);
    assert!(noon > 0);
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.spent(&made.campaign), noon, "not on a Tuesday");
    bench.advance(TimeDelta::days(1));
    assert!(bench.spent(&made.campaign) > noon);
}

#[tokio::test]
async fn a_higher_bid_wins_more_searches() {
    let spent = |bid: f64| async move {
        let mut bench = MicrosoftBench::new().await;
        let made = bench.whole("Autumn").await;
        let bid = json!({ "Id": made.keyword, "Bid": { "Amount": bid } });
        none_refused(&bench.put(KEYWORDS, json!({ "AdGroupId": made.group, "Keywords": [bid] })).await);
        none_refused(&change(&bench, &made, json!({ "DailyBudget": 5000 })).await);
        bench.run(&made).await;
        bench.advance(TimeDelta::days(3));
        bench.spent(&made.campaign)
    };
    let (low, high) = (spent(0.1).await, spent(2.0).await);
    assert!(low * 3 < high, "{low} {high}");
}

#[tokio::test]
async fn a_target_below_what_a_conversion_costs_wins_little() {
    let spent = |target: f64| async move {
        let mut bench = MicrosoftBench::new().await;
        let made = bench.whole("Autumn").await;
        let scheme = json!({ "Type": "TargetCpa", "TargetCpa": target });
        let budget = json!({ "BiddingScheme": scheme, "DailyBudget": 5000 });
        none_refused(&change(&bench, &made, budget).await);
        bench.run(&made).await;
        bench.advance(TimeDelta::days(3));
        bench.spent(&made.campaign)
    };
    let (low, high) = (spent(5.0).await, spent(500.0).await);
    assert!(low * 3 < high, "{low} {high}");
}

#[tokio::test]
async fn the_least_amounts_are_those_of_the_currency() {
    let mut bench = MicrosoftBench::new().await;
    bench.account = "5001003";
    let cheap = crate::support::with(
        crate::microsoft_support::campaign("Yen"),
        json!({ "DailyBudget": 4, "TimeZone": "OsakaSapporoTokyo" }),
    );
    assert_eq!(partial(&bench.post(CAMPAIGNS, bench.campaigns(cheap)).await), [(0, 1106)]);
    let body = crate::microsoft_support::ad_group("bids in yen");
    let campaign = bench.campaign("Autumn").await;
    let groups = json!({ "CampaignId": campaign, "AdGroups": [body] });
    let refused = bench.post(crate::microsoft_support::AD_GROUPS, groups).await;
    assert_eq!(partial(&refused), [(0, 1515)], "1.5 yen are less than the least bid");
}

#[tokio::test]
async fn the_same_seed_delivers_the_same_however_the_clock_moves() {
    let figures = |seed: u64, steps: Vec<i64>| async move {
        let mut bench = MicrosoftBench::with(SandboxConfig { seed, ..SandboxConfig::default() }).await;
        let made = running(&bench).await;
        for minutes in steps {
            bench.advance(TimeDelta::minutes(minutes));
        }
        bench.spent(&made.ad)
    };
    let once = figures(3, vec![4 * 1440]).await;
    assert_eq!(once, figures(3, vec![7, 1440, 25, 2 * 1440, 1408]).await);
    assert_ne!(once, figures(4, vec![4 * 1440]).await);
}
