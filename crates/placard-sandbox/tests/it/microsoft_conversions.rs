//! Deals that are told to Microsoft: what it takes, what it refuses, and what it counts once (Microsoft,
//! `platforms/microsoft.md` §3).

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use placard_sandbox::FaultPlan;
use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{ACCOUNT, MicrosoftBench, first_id, none_refused, partial};
use crate::support::with;

const APPLY: &str = "/CampaignManagement/v13/OfflineConversions/Apply";
const GOALS: &str = "/CampaignManagement/v13/ConversionGoals";
const CLICK: &str = "f894f652ea334e739002f7167ab8f8e3";

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn conversion(bench: &MicrosoftBench) -> Value {
    json!({
        "MicrosoftClickId": CLICK, "ConversionName": "Won deal", "ConversionValue": 12000.5,
        "ConversionTime": text(bench.sandbox.now() - TimeDelta::days(1)), "ConversionCurrencyCode": "EUR",
    })
}

fn list(conversions: &[Value]) -> Value {
    json!({ "OfflineConversions": conversions })
}

/// What arrived and counts.
fn counted(bench: &MicrosoftBench) -> Vec<Value> {
    let world = bench.sandbox.world(Some(bench.account));
    let all = world["objects"].as_array().unwrap().iter();
    all.filter(|it| it["kind"] == "microsoft_offline_conversion").map(|it| it["fields"].clone()).collect()
}

async fn click(bench: &MicrosoftBench, at: DateTime<Utc>) -> String {
    let made = bench.control("clicks", json!({ "account": ACCOUNT, "at": text(at) })).await;
    made["msclkid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_refused_conversion_has_its_code_and_the_others_count() {
    let bench = MicrosoftBench::new().await;
    let now = bench.sandbox.now();
    let (early, late) = (click(&bench, now - TimeDelta::days(40)).await, click(&bench, now).await);
    let good = conversion(&bench);
    for (change, code) in [
        (json!({ "MicrosoftClickId": null }), 5603),
        (json!({ "MicrosoftClickId": " " }), 5603),
        (json!({ "MicrosoftClickId": "gclid-of-another-platform-0000000" }), 5604),
        (json!({ "MicrosoftClickId": &CLICK[1..] }), 5604),
        (json!({ "ConversionName": "" }), 5605),
        (json!({ "ConversionName": "Wonn deal" }), 5606),
        (json!({ "ConversionName": "Shop purchase" }), 5606),
        (json!({ "ConversionName": "Won deal US" }), 5606),
        (json!({ "ConversionName": "Elsewhere deal" }), 5606),
        (json!({ "ConversionTime": "yesterday" }), 5607),
        (json!({ "ConversionTime": null }), 5608),
        (json!({ "ConversionTime": text(now - TimeDelta::days(90)) }), 5609),
        (json!({ "ConversionValue": -0.01 }), 5610),
        (json!({ "ConversionCurrencyCode": "EURO" }), 5611),
        (json!({ "ConversionTime": text(now + TimeDelta::seconds(1)) }), 5614),
        (json!({ "MicrosoftClickId": late }), 5616),
        (json!({ "MicrosoftClickId": early }), 5617),
    ] {
        let body = list(&[with(good.clone(), change.clone()), good.clone()]);
        assert_eq!(partial(&bench.post(APPLY, body).await), [(0, code)], "{change}");
    }
    assert_eq!(partial(&bench.post(APPLY, list(&[good.clone(), Value::Null])).await), [(1, 5602)]);
    let counted = counted(&bench);
    assert_eq!(counted.len(), 1, "the same counts once: {counted:?}");
    assert_eq!((&counted[0]["ConversionValue"], &counted[0]["Repeats"]), (&json!(12000.5), &json!(17)));
    for (body, code) in [
        (list(&[]), 5600),
        (json!({}), 5600),
        (list(&vec![good.clone(); 1_001]), 5601),
        (list(&[with(good.clone(), json!({ "ConversionValue": "12000.5" }))]), 201),
        (list(&[with(good.clone(), json!({ "Value": 5 }))]), 201),
        (list(&[with(good, json!({ "HashedEmailAddress": "x" }))]), 204),
    ] {
        assert_eq!(bench.fault(Method::POST, APPLY, body).await, (400, code));
    }
}

#[tokio::test]
async fn another_second_or_another_goal_is_another_conversion() {
    let bench = MicrosoftBench::new().await;
    let good = conversion(&bench);
    let other = text(bench.sandbox.now() - TimeDelta::days(2));
    let goal = json!({ "Type": "OfflineConversion", "Name": "Signed", "Scope": "Customer" });
    first_id(&bench.post(GOALS, json!({ "ConversionGoals": [goal] })).await, "ConversionGoalIds");
    bench.sandbox.advance(TimeDelta::minutes(50)).unwrap();
    let signed = with(good.clone(), json!({ "ConversionName": "Signed" }));
    assert_eq!(
        partial(&bench.post(APPLY, list(std::slice::from_ref(&signed))).await),
        [(0, 5615)],
        "it is too young"
    );
    let mut bench = bench;
    bench.advance(TimeDelta::minutes(71));
    let body = list(&[good.clone(), with(good, json!({ "ConversionTime": other })), signed]);
    none_refused(&bench.post(APPLY, body).await);
    assert_eq!(counted(&bench).len(), 3);
}

#[tokio::test]
async fn goals_are_those_of_the_account_and_of_the_kinds_that_were_asked_for() {
    let bench = MicrosoftBench::new().await;
    let path = format!("{GOALS}/QueryByIds");
    let found = bench.post(&path, json!({ "ConversionGoalTypes": "OfflineConversion" })).await;
    let names: Vec<_> =
        found["ConversionGoals"].as_array().unwrap().iter().map(|goal| &goal["Name"]).collect();
    assert_eq!(names, ["Won deal", "Former deals"]);
    assert_eq!(found["ConversionGoals"][0]["ConversionWindowInMinutes"], 43_200);
    let found = bench.post(&path, json!({ "ConversionGoalTypes": "Url, Event" })).await;
    assert_eq!(found["ConversionGoals"][0]["Name"], "Shop purchase");
    let ids = json!({ "ConversionGoalTypes": "OfflineConversion", "ConversionGoalIds": ["5701001", "5701002", "1"] });
    let found = bench.post(&path, ids).await;
    assert_eq!(partial(&found), [(2, 1044)]);
    assert!(found["ConversionGoals"][2].is_null(), "{found}");
    assert_eq!(bench.fault(Method::POST, &path, json!({})).await, (400, 203));
    let twin = json!({ "ConversionGoals": [{ "Type": "OfflineConversion", "Name": "Won deal" }] });
    assert_eq!(partial(&bench.post(GOALS, twin).await), [(0, 1043)]);
    let url = json!({ "ConversionGoals": [{ "Type": "Url", "Name": "New" }] });
    assert_eq!(bench.fault(Method::POST, GOALS, url).await, (400, 204));
}

#[tokio::test]
async fn what_was_lost_on_the_way_counts_once_however_often_it_is_said() {
    let bench = MicrosoftBench::new().await;
    let body = list(&[conversion(&bench)]);
    for (action, there) in [("drop_before", 0), ("drop_after", 1), ("drop_after", 1)] {
        let rule = json!({ "match": { "path_contains": "OfflineConversions" }, "action": action });
        let plan: FaultPlan = serde_json::from_value(json!({ "rules": [rule] })).unwrap();
        bench.sandbox.set_faults(plan);
        assert!(bench.send(Method::POST, APPLY, &body).await.is_err());
        assert_eq!(counted(&bench).len(), there);
    }
    bench.sandbox.clear_faults();
    none_refused(&bench.post(APPLY, body).await);
    let counted = counted(&bench);
    assert_eq!((counted.len(), &counted[0]["Repeats"]), (1, &json!(2)));
}
