//! What is mapped, degraded and refused.

use super::map;
use crate::microsoft::roundtrip::{campaign, context, objects, spec};
use placard_domain::{
    plan::{DesiredObject, ObjectKind},
    spec::{Diagnostic, Severity},
};
use serde_json::{Value, json};

fn with(path: &str, value: Value) -> Value {
    let mut spec = spec();
    *spec.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    spec
}

fn added(name: &str, value: Value) -> Value {
    let mut spec = spec();
    spec[name] = value;
    spec
}

fn errors(spec: &Value) -> Vec<Diagnostic> {
    let found = map(&campaign(spec), &context()).findings;
    found.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}

fn paths(spec: &Value) -> Vec<String> {
    errors(spec).into_iter().map(|finding| finding.path).collect()
}

#[test]
fn a_search_campaign_has_its_targets_beside_it() {
    let objects = objects(&spec());
    let keys: Vec<String> = objects.iter().map(|object| object.key.to_string()).collect();
    assert_eq!(
        keys,
        [
            "campaign:spring-sale",
            "ad_group:women",
            "targeting:age/TwentyFiveToThirtyFour",
            "targeting:age/ThirtyFiveToFourtyNine",
            "targeting:age/FiftyToSixtyFour",
            "targeting:gender/Female",
            "targeting:location/72",
            "targeting:not/location/66",
            "keyword:women/phrase:camping tent",
            "keyword:women/exact:tent",
            "ad:women/tent",
            "ad:women/stove",
        ]
    );
    let campaign = &objects[0].fields;
    assert_eq!(campaign["TargetSetting"], json!(["Age", "Gender"]));
    assert_eq!(campaign["BiddingScheme"], json!({"Type": "MaxClicks"}));
    assert_eq!((&campaign["DailyBudget"], &campaign["Languages"]), (&json!("30"), &json!(["German"])));
    assert!(objects.iter().all(|object| object.run.is_some() == object.key.kind.runs()));
}

#[test]
fn everybody_needs_no_targets_and_no_setting() {
    let objects = objects(&with("/audience", json!({})));
    let targets = objects.iter().filter(|object| object.key.kind == ObjectKind::Targeting);
    assert_eq!(targets.count(), 2, "only the places");
    assert_eq!(objects[0].fields["TargetSetting"], json!([]));
    assert_eq!(objects[0].fields["Languages"], json!(["All"]));
}

#[test]
fn what_microsoft_has_not_is_refused_at_its_field() {
    let table = [
        (with("/budget", json!({"lifetime": "300"})), "budget.lifetime"),
        (with("/budget", json!({"daily": "0.01"})), "budget.daily"),
        (with("/goal", json!("engagement")), "goal"),
        (added("bid", json!({"strategy": "cost_cap", "amount": "2"})), "bid.strategy"),
        (added("bid", json!({"strategy": "bid_cap", "amount": "0.01"})), "bid.amount"),
        (with("/locations/include/0", json!({"country": "JP"})), "locations.include[0].country"),
        (with("/audience/languages", json!(["xx"])), "audience.languages[0]"),
        (with("/copy/more_headlines", json!(["Dry"])), "copy.more_headlines"),
        (with("/copy/headline", json!("A line that is much too long to be shown")), "copy.headline"),
        (with("/ad_groups/0/keywords", json!([])), "ad_groups[0].keywords"),
        (with("/platforms/microsoft/paths", json!(["a/b"])), "platforms.microsoft.paths[0]"),
    ];
    for (spec, path) in table {
        if path == "budget.lifetime" {
            let mut spec = spec;
            spec["schedule"]["end"] = "2026-12-24".into();
            assert_eq!(paths(&spec), [path]);
            continue;
        }
        assert_eq!(paths(&spec), [path], "{spec:#}");
    }
}

#[test]
fn keywords_may_not_bid() {
    let spec = with("/ad_groups/0/keywords", json!([{"text": "tent"}, {"text": "stove", "bid": "0.50"}]));
    assert_eq!(paths(&spec), ["ad_groups[0].keywords[1].bid"]);
}

#[test]
fn searches_are_kept_away_by_phrases_and_exact_words() {
    let keywords = json!([
        {"text": "tent"},
        {"text": "Free", "match": "broad", "negative": true},
        {"text": "free", "match": "phrase", "negative": true},
        {"text": "used tent", "match": "exact", "negative": true},
    ]);
    let spec = with("/ad_groups/0/keywords", keywords);
    let objects = objects(&spec);
    let negative = |object: &&DesiredObject| crate::microsoft::negative::is_negative(&object.key);
    let found: Vec<(&str, &Value)> = objects
        .iter()
        .filter(negative)
        .map(|object| (object.key.path.as_str(), &object.fields["MatchType"]))
        .collect();
    let (phrase, exact) = (json!("Phrase"), json!("Exact"));
    let expected = [("women/not/phrase:free", &phrase), ("women/not/exact:used tent", &exact)];
    assert_eq!(found, expected, "the wider one is made once");
    let stateless = |object: &DesiredObject| object.run.is_none() && !object.fields.contains_key("Status");
    assert!(objects.iter().filter(negative).all(stateless));
}

#[test]
fn ad_groups_share_places_and_people_but_not_their_flights() {
    let group = |name: &str, more: Value| {
        let mut group = spec()["ad_groups"][0].clone();
        group["name"] = name.into();
        for (field, value) in more.as_object().unwrap() {
            group[field] = value.clone();
        }
        group
    };
    let flights = with(
        "/ad_groups",
        json!([group("A", json!({})), group("B", json!({"schedule": {"start": "2026-11-20"}}))]),
    );
    assert!(paths(&flights).is_empty());
    let places = json!({"locations": {"include": [{"country": "US"}]}});
    let differs = with("/ad_groups", json!([group("A", json!({})), group("B", places)]));
    assert_eq!(paths(&differs), ["ad_groups[1].locations"]);
}

#[test]
fn what_is_degraded_is_said() {
    let mapped = map(&campaign(&added("conversion", json!({"event": "purchase"}))), &context());
    assert!(!mapped.has_errors());
    let paths: Vec<&str> = mapped.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["conversion"]);
}

#[test]
fn more_than_three_running_ads_are_refused() {
    let ads: Vec<Value> = (0..4).map(|n| json!({"name": format!("Ad {n}")})).collect();
    assert_eq!(paths(&with("/ad_groups/0/ads", ads.into())), ["ad_groups[0].ads"]);
}
