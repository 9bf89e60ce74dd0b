//! What cannot go to Google is refused with the spec's own field, and what it lacks is said.

use crate::google::roundtrip::{campaign, context};
use placard_domain::spec::{Diagnostic, Severity};
use serde_json::{Value, json};

fn spec() -> Value {
    json!({
        "version": 1, "name": "Spring", "key": "spring-sale", "goal": "traffic", "currency": "EUR",
        "budget": {"daily": "20.00"},
        "locations": {"include": [{"country": "DE"}]},
        "audience": {},
        "destination": {"website": {"url": "https://shop.example.com/x"}},
        "copy": {"primary_text": "Text", "headline": "One", "more_headlines": ["Two", "Three"],
            "description": "First", "more_descriptions": ["Second"]},
        "platforms": {"google": {}},
        "ad_groups": [
            {"name": "Women", "keywords": [{"text": "tent"}], "ads": [{"name": "Ad"}]},
            {"name": "Men", "keywords": [{"text": "big tent"}], "ads": [{"name": "Ad"}]}
        ]
    })
}

/// `spec` with the value at `pointer` replaced or added.
fn with(mut spec: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    spec.pointer_mut(parent).unwrap()[name] = value;
    spec
}

fn findings(spec: &Value) -> Vec<Diagnostic> {
    super::map(&campaign(spec), &context()).findings
}

/// The one finding that `value` at `pointer` causes.
fn finding(pointer: &str, value: Value) -> Diagnostic {
    let mut found = findings(&with(spec(), pointer, value));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn a_complete_search_campaign_has_nothing_against_it() {
    assert_eq!(findings(&spec()), []);
}

#[test]
fn what_differs_between_ad_groups_is_refused_at_its_field() {
    for (field, value) in [
        ("bid", json!({"strategy": "bid_cap", "amount": "1.00"})),
        ("schedule", json!({"end": "2026-12-24"})),
        ("locations", json!({"include": [{"country": "AT"}]})),
    ] {
        let found = finding(&format!("/ad_groups/1/{field}"), value);
        assert_eq!((found.severity, found.path), (Severity::Error, format!("ad_groups[1].{field}")));
    }
    let found = finding("/ad_groups/1/audience", json!({"languages": ["de"]}));
    assert_eq!(found.path, "ad_groups[1].audience.languages");
}

#[test]
fn budgets_of_ad_groups_are_refused() {
    let mut spec = spec();
    spec.as_object_mut().unwrap().remove("budget");
    for group in spec["ad_groups"].as_array_mut().unwrap() {
        group["budget"] = json!({"daily": "5.00"});
    }
    let found = findings(&spec);
    assert_eq!(
        found.iter().map(|found| found.path.as_str()).collect::<Vec<_>>(),
        ["ad_groups[0].budget", "ad_groups[1].budget"]
    );
    assert!(found.iter().all(|found| found.severity == Severity::Error && found.help.is_some()));
}

#[test]
fn goals_that_google_does_not_serve_are_refused() {
    let found = finding("/goal", json!("engagement"));
    assert_eq!((found.severity, found.path.as_str()), (Severity::Error, "goal"));
    let calls = with(
        with(spec(), "/goal", json!("calls")),
        "/destination",
        json!({"call": {"phone": "+4930123456"}}),
    );
    let paths: Vec<String> = findings(&calls).into_iter().map(|found| found.path).collect();
    assert_eq!(paths, ["goal", "destination.call"]);
}

#[test]
fn forms_and_calls_are_refused_at_the_destination() {
    let form = json!({"form": {"name": "F", "questions": [{"ask": "email"}], "privacy_policy_url": "https://example.com/p"}});
    let leads = with(spec(), "/goal", json!("leads"));
    let found = findings(&with(leads, "/destination", form));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "destination.form"));
    let found = finding(
        "/ad_groups/1/ads",
        json!([{"name": "Ad", "destination": {"call": {"phone": "+4930123456"}}}]),
    );
    assert_eq!(found.path, "ad_groups[1].ads[0].destination.call");
}

#[test]
fn attention_is_bought_by_clicks_and_that_is_said() {
    let found = finding("/goal", json!("awareness"));
    assert_eq!((found.severity, found.path.as_str()), (Severity::Warning, "goal"));
}

#[test]
fn bids_that_a_goal_does_not_take_are_refused() {
    for (strategy, value) in [
        ("cost_cap", json!({"strategy": "cost_cap", "amount": "1.00"})),
        ("min_roas", json!({"strategy": "min_roas", "roas": "2"})),
    ] {
        let found = finding("/bid", value);
        assert_eq!((found.severity, found.path.as_str()), (Severity::Error, "bid.strategy"), "{strategy}");
    }
    let sales = with(spec(), "/goal", json!("sales"));
    let found = findings(&with(sales, "/bid", json!({"strategy": "bid_cap", "amount": "1.00"})));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "bid.strategy"));
}

#[test]
fn a_goal_of_one_ad_group_that_differs_is_refused() {
    let sales = with(spec(), "/goal", json!("sales"));
    let found = findings(&with(sales, "/ad_groups/1/optimize_for", json!("link_clicks")));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "ad_groups[1].optimize_for"));
    let found = finding("/ad_groups/1/optimize_for", json!("reach"));
    assert_eq!(found.path, "ad_groups[1].optimize_for");
}

#[test]
fn lines_are_counted_measured_and_must_differ() {
    let found = finding("/copy/more_headlines", json!(["Two"]));
    assert_eq!((found.severity, found.path.as_str()), (Severity::Error, "copy.more_headlines"));
    let found = finding("/copy/more_descriptions", json!([]));
    assert_eq!(found.path, "copy.more_descriptions");
    let own = json!({"more_headlines": ["Two", "Three", "A headline that is far too long for this"]});
    let found = finding("/ad_groups/0/ads", json!([{"name": "Ad", "copy": own}]));
    assert_eq!(found.path, "ad_groups[0].ads[0].copy.more_headlines[2]");
    let found = finding("/copy/more_headlines", json!(["Two", "Two", "Four"]));
    assert_eq!(found.path, "copy.more_headlines[1]");
    let found = finding("/copy/more_descriptions", json!(["b", "c", "d", "e"]));
    assert_eq!(found.path, "copy.more_descriptions[3]");
}

#[test]
fn keywords_are_needed_and_measured() {
    let found = finding("/ad_groups/1/keywords", json!([{"text": "used", "negative": true}]));
    assert_eq!((found.severity, found.path.as_str()), (Severity::Error, "ad_groups[1].keywords"));
    for (text, what) in [("a b c d e f g h i j k", "words"), ("50% off", "`%`")] {
        let found = finding("/ad_groups/0/keywords", json!([{"text": text}]));
        assert_eq!(found.path, "ad_groups[0].keywords[0].text");
        assert!(found.message.contains(what), "{}", found.message);
    }
    let found = finding("/ad_groups/0/keywords", json!([{"text": "tent", "bid": "0.50"}]));
    assert_eq!(found.path, "ad_groups[0].keywords[0].bid");
}

#[test]
fn places_without_a_key_and_what_google_cannot_aim_at_are_refused() {
    let at = |place: Value| finding("/locations/include", json!([place]));
    assert_eq!(
        at(json!({"city": {"name": "Berlin", "keys": {"meta": "1"}}})).path,
        "locations.include[0].city.keys.google"
    );
    let around = json!({"city": {"name": "Berlin", "keys": {"google": "1003854"}, "radius_km": 20}});
    assert_eq!(at(around).path, "locations.include[0].city.radius_km");
    assert_eq!(at(json!({"postal_code": "DE:10115"})).path, "locations.include[0].postal_code");
    let circle = json!([{"point": {"latitude": "52.5", "longitude": "13.4", "radius_km": 10}}]);
    assert_eq!(finding("/locations/exclude", circle).path, "locations.exclude[0].point");
    assert_eq!(finding("/audience/languages", json!(["de", "ja"])).path, "audience.languages[1]");
}

#[test]
fn ages_between_bands_are_widened_and_that_is_said() {
    let spec = with(spec(), "/audience", json!({"age_min": 30, "age_max": 50, "genders": ["male"]}));
    let found = findings(&spec);
    let paths: Vec<&str> = found.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["audience.age_min", "audience.age_max"]);
    assert!(found.iter().all(|found| found.severity == Severity::Warning));
    let objects = super::map(&campaign(&spec), &context()).objects;
    let group = objects.iter().find(|object| object.key.to_string() == "ad_group:women").unwrap();
    let words = |field: &str, member: &str| -> Vec<String> {
        let list = group.fields[field].as_array().unwrap().iter();
        list.map(|entry| entry[member]["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        words("excludedAgeRanges", "ageRange"),
        ["AGE_RANGE_18_24", "AGE_RANGE_55_64", "AGE_RANGE_65_UP", "AGE_RANGE_UNDETERMINED"]
    );
    assert_eq!(words("excludedGenders", "gender"), ["FEMALE", "UNDETERMINED"]);
}

#[test]
fn audiences_that_are_not_built_are_refused() {
    for (field, value) in [
        ("interests", json!([{"name": "Hiking", "keys": {}}])),
        ("custom_audiences", json!(["1"])),
        ("excluded_custom_audiences", json!(["1"])),
    ] {
        let found = finding(&format!("/audience/{field}"), value);
        assert_eq!((found.severity, found.path), (Severity::Error, format!("audience.{field}")));
    }
    assert_eq!(finding("/audience/expansion", json!(true)).severity, Severity::Warning);
}

#[test]
fn a_flight_of_whole_days_in_the_accounts_zone_is_kept_and_another_refused() {
    let ended = with(
        spec(),
        "/schedule",
        json!({"start": "2026-11-10T00:00:00+01:00", "end": "2026-11-30T23:00:00Z"}),
    );
    assert_eq!(findings(&ended), []);
    let objects = super::map(&campaign(&ended), &context()).objects;
    let campaign = objects.iter().find(|object| object.key.to_string() == "campaign:spring-sale").unwrap();
    assert_eq!(campaign.fields["startDateTime"], json!("2026-11-10 00:00:00"));
    assert_eq!(campaign.fields["endDateTime"], json!("2026-11-30 23:59:59"));
    let found = finding("/schedule", json!({"end": "2026-11-30T18:00:00+01:00"}));
    assert_eq!((found.severity, found.path.as_str()), (Severity::Error, "schedule.end"));
}

#[test]
fn display_ads_need_a_name_and_pictures_of_both_shapes() {
    let display = |group: Value, business: Value| {
        let mut spec = with(spec(), "/platforms/google", json!({"channel": "display"}));
        if !business.is_null() {
            spec["platforms"]["google"]["business_name"] = business;
        }
        spec["ad_groups"] = json!([group]);
        findings(&spec).into_iter().map(|found| found.path).collect::<Vec<_>>()
    };
    let both =
        json!({"name": "G", "ads": [{"name": "A", "image": "a.png"}, {"name": "B", "image": "wide.png"}]});
    assert_eq!(display(both.clone(), json!("Placard")), Vec::<String>::new());
    assert_eq!(display(both, Value::Null), ["platforms.google.business_name"]);
    let square = json!({"name": "G", "ads": [{"name": "A", "image": "a.png"}]});
    assert_eq!(display(square, json!("Placard")), ["ad_groups[0].ads"]);
    let none = json!({"name": "G", "keywords": [{"text": "tent"}], "ads": [{"name": "A"}]});
    assert_eq!(display(none, json!("Placard")), ["ad_groups[0].keywords", "ad_groups[0].ads[0].image"]);
}

#[test]
fn what_the_account_counts_in_must_be_the_specs_currency() {
    assert_eq!(finding("/currency", json!("USD")).path, "currency");
}

#[test]
fn a_conversion_event_is_said_to_be_settled_in_the_account() {
    let sales = with(spec(), "/goal", json!("sales"));
    let found = findings(&with(sales, "/conversion", json!({"event": "purchase"})));
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}
