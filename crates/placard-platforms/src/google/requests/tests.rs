//! The exact operations of steps.

use super::*;
use crate::google::roundtrip::{context, objects, step};
use placard_domain::{RemoteId, plan::DesiredObject};

fn all() -> Vec<DesiredObject> {
    objects(&json!({
        "version": 1, "name": "Spring", "key": "spring-sale", "goal": "traffic", "currency": "EUR",
        "budget": {"daily": "20.00"},
        "locations": {"include": [{"country": "DE"}]},
        "audience": {"age_min": 25},
        "destination": {"website": {"url": "https://shop.example.com/x"}},
        "copy": {"primary_text": "Text", "headline": "One", "more_headlines": ["Two", "Three"],
            "description": "First", "more_descriptions": ["Second"]},
        "platforms": {"google": {}},
        "ad_groups": [{"name": "Women", "ads": [{"name": "Ad"}],
            "keywords": [{"text": "tent"}, {"text": "used", "negative": true}]}]
    }))
}

fn object(kind: ObjectKind) -> DesiredObject {
    all().into_iter().find(|object| object.key.kind == kind).unwrap()
}

fn marker(object: &DesiredObject) -> Marker {
    Marker::derive(&context().tag, &object.key)
}

/// The operations of `step`, with ids for everything.
fn sent(object: &DesiredObject, step: &Step) -> Vec<Value> {
    let ids: RemoteIds =
        all().iter().zip(1..).map(|(object, n)| (object.key.clone(), RemoteId(n.to_string()))).collect();
    let prepared = prepare(step, &Naming::Marked(marker(object)), &context().account);
    assert_eq!(
        (prepared.method.as_str(), prepared.path.as_str()),
        ("POST", "customers/1234567890/googleAds:mutate")
    );
    resolve(&prepared, &ids).unwrap().params[OPERATIONS].as_array().unwrap().clone()
}

fn create(kind: ObjectKind) -> Vec<Value> {
    let object = object(kind);
    sent(&object, &step(&object, Action::Create, object.fields.clone()))
}

#[test]
fn a_campaign_is_made_with_its_own_budget_and_its_criteria() {
    let campaign = object(ObjectKind::Campaign);
    let operations = create(ObjectKind::Campaign);
    let name = marker(&campaign).mark("Spring");
    assert_eq!(
        operations[0],
        json!({"campaignBudgetOperation": {"create": {"resourceName": {"$own": "campaignBudgets"}, "name": name,
            "amountMicros": "20000000", "deliveryMethod": "STANDARD", "explicitlyShared": false, "period": "DAILY"}}})
    );
    let made = &operations[1]["campaignOperation"]["create"];
    assert_eq!(made["campaignBudget"], json!({"$own": "campaignBudgets"}));
    assert_eq!((&made["name"], &made["status"]), (&json!(name), &json!("PAUSED")));
    assert_eq!(made["targetSpend"], json!({}));
    assert_eq!(made["containsEuPoliticalAdvertising"], json!("DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"));
    assert!(made.get("endDateTime").is_none());
    assert_eq!(
        operations[2..],
        [json!({"campaignCriterionOperation": {"create": {"campaign": {"$own": "campaigns"},
            "location": {"geoTargetConstant": "geoTargetConstants/2276"}}}})]
    );
}

#[test]
fn ads_and_keywords_carry_the_marker_as_a_parameter_and_negative_keywords_none() {
    let ad = object(ObjectKind::Ad);
    let made = &create(ObjectKind::Ad)[0]["adGroupAdOperation"]["create"];
    let value = marker(&ad).as_str()[1..].to_owned();
    assert_eq!(made["ad"]["urlCustomParameters"], json!([{"key": "placard", "value": value}]));
    assert_eq!(
        (&made["adGroup"], &made["status"]),
        (&json!("customers/1234567890/adGroups/2"), &json!("PAUSED"))
    );
    assert_eq!(
        made["ad"]["responsiveSearchAd"]["headlines"],
        json!([{"text": "One"}, {"text": "Three"}, {"text": "Two"}])
    );

    for keyword in all().iter().filter(|object| object.key.kind == ObjectKind::Keyword) {
        let made = &sent(keyword, &step(keyword, Action::Create, keyword.fields.clone()))[0];
        let made = &made["adGroupCriterionOperation"]["create"];
        assert_ne!(made["negative"].as_bool(), Some(made.get("urlCustomParameters").is_some()));
        assert_eq!(made.get("status").is_some(), made["negative"] == json!(false));
    }
}

#[test]
fn an_update_names_exactly_what_it_changes() {
    let campaign = object(ObjectKind::Campaign);
    let changed = Fields::from([
        ("bidding".to_owned(), json!({"maximizeConversions": {}})),
        ("budget.amountMicros".to_owned(), json!("30000000")),
        ("endDateTime".to_owned(), Value::Null),
        ("networkSettings.targetSearchNetwork".to_owned(), json!(true)),
    ]);
    assert_eq!(
        sent(&campaign, &step(&campaign, Action::Update, changed)),
        [
            json!({"campaignBudgetOperation": {"update": {"resourceName": {"$budget": "1"}, "amountMicros": "30000000"},
                "updateMask": "amountMicros"}}),
            json!({"campaignOperation": {
                "update": {"resourceName": "customers/1234567890/campaigns/1", "maximizeConversions": {},
                    "networkSettings": {"targetSearchNetwork": true}},
                "updateMask": "maximizeConversions.targetCpaMicros,endDateTime,networkSettings.targetSearchNetwork"}}),
        ]
    );
}

#[test]
fn criteria_that_go_are_removed_before_those_that_come() {
    let campaign = object(ObjectKind::Campaign);
    let place = |id: u32| canonical::location(&format!("geoTargetConstants/{id}"), false);
    let after = json!([place(2040), place(2250)]);
    let mut update =
        step(&campaign, Action::Update, Fields::from([(canonical::LOCATIONS.to_owned(), after.clone())]));
    update.changes = vec![FieldChange {
        field: canonical::LOCATIONS.to_owned(),
        before: Some(json!([place(2040), place(2276)])),
        after: Some(after),
    }];
    assert_eq!(
        sent(&campaign, &update),
        [
            json!({"campaignCriterionOperation": {"remove": {"$criterion": {"of": "1", "is": place(2276)}}}}),
            json!({"campaignCriterionOperation": {"create": {"campaign": "customers/1234567890/campaigns/1",
                "location": {"geoTargetConstant": "geoTargetConstants/2250"}}}}),
        ]
    );
}

#[test]
fn an_ads_words_are_changed_on_the_ad_and_its_state_on_its_place() {
    let ad = object(ObjectKind::Ad);
    let words = Fields::from([("responsiveSearchAd.headlines".to_owned(), json!(["A", "B", "C"]))]);
    let operations = sent(&ad, &step(&ad, Action::Update, words));
    let number = all().iter().position(|known| known.key == ad.key).unwrap() + 1;
    assert_eq!(
        operations[0]["adOperation"]["update"]["resourceName"],
        json!(format!("customers/1234567890/ads/{number}"))
    );
    assert_eq!(operations[0]["adOperation"]["updateMask"], json!("responsiveSearchAd.headlines"));

    let place = format!("customers/1234567890/adGroupAds/2~{number}");
    for (action, status) in [(Action::Activate, "ENABLED"), (Action::Pause, "PAUSED")] {
        assert_eq!(
            sent(&ad, &step(&ad, action, Fields::new())),
            [
                json!({"adGroupAdOperation": {"update": {"resourceName": place, "status": status}, "updateMask": "status"}})
            ]
        );
    }
    assert_eq!(
        sent(&ad, &step(&ad, Action::Delete, Fields::new())),
        [json!({"adGroupAdOperation": {"remove": place}})]
    );
}

#[test]
fn a_mask_names_leaves() {
    let ad = object(ObjectKind::Ad);
    let line = Fields::from([("responsiveDisplayAd.longHeadline".to_owned(), json!("Sleep well."))]);
    let update = &sent(&ad, &step(&ad, Action::Update, line))[0]["adOperation"];
    assert_eq!(update["updateMask"], json!("responsiveDisplayAd.longHeadline.text"));
    assert_eq!(update["update"]["responsiveDisplayAd"], json!({"longHeadline": {"text": "Sleep well."}}));
}

#[test]
fn a_campaign_takes_its_budget_along() {
    let campaign = object(ObjectKind::Campaign);
    assert_eq!(
        sent(&campaign, &step(&campaign, Action::Delete, Fields::new())),
        [
            json!({"campaignOperation": {"remove": "customers/1234567890/campaigns/1"}}),
            json!({"campaignBudgetOperation": {"remove": {"$budget": "1"}}}),
        ]
    );
}

#[test]
fn what_does_not_exist_yet_stays_a_reference_and_is_named_if_it_is_missing() {
    let ad = object(ObjectKind::Ad);
    let prepared = prepare(
        &step(&ad, Action::Activate, Fields::new()),
        &Naming::Marked(marker(&ad)),
        &context().account,
    );
    let missing = resolve(&prepared, &RemoteIds::new()).unwrap_err();
    assert_eq!(missing.0.to_string(), "ad_group:women");
}
