//! What a spec says is sent, and what Google reads back of it is the same in canonical form, whatever Google adds.

use super::{
    desired,
    goals::Bidding,
    observe::{Seen, observe},
    requests::{OPERATIONS, main_operation, prepare, resolve},
    template::{Slot, filled},
};
use crate::AccountContext;
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, Platform, RemoteId, TenantId,
    marker::{CampaignTag, Marker, Naming},
    plan::{
        Action, DesiredObject, Fields, ObjectKind as K, Observation, RemoteIds, Step, StepKey,
        resolve as resolve_fields,
    },
    spec::{self, Campaign, ImageFacts, ImageFormat},
};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn context() -> AccountContext {
    let account = AccountRef { platform: Platform::Google, id: "1234567890".to_owned() };
    let tenant: TenantId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    AccountContext {
        tag: CampaignTag::derive(tenant, &account, "spring-sale"),
        account,
        currency: "EUR".parse().unwrap(),
        zone: chrono_tz::Europe::Berlin,
        today: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
    }
}

pub(super) fn campaign(spec: &Value) -> Campaign {
    let document = spec::read(&spec.to_string()).unwrap();
    let facts = |path: &str| {
        let (width, height) = if path.contains("wide") { (1200, 628) } else { (1080, 1080) };
        let sha256 = hex::encode([path.len() as u8; 32]);
        ImageFacts { sha256, width, height, bytes: 9, format: ImageFormat::Png }
    };
    let images: spec::Images =
        document.images().into_iter().map(|path| (path.to_owned(), Ok(facts(path)))).collect();
    spec::check(&document, &images.into(), context().today)
        .unwrap_or_else(|found| panic!("{found:#?}\n{spec:#}"))
        .0
}

pub(super) fn objects(spec: &Value) -> Vec<DesiredObject> {
    let mapped = desired::map(&campaign(spec), &context());
    assert!(!mapped.has_errors(), "{:#?}", mapped.findings);
    mapped.objects
}

/// The step that does `action` to `object`, sending `fields`.
pub(super) fn step(object: &DesiredObject, action: Action, fields: Fields) -> Step {
    Step {
        key: StepKey::new(Platform::Google, &object.key, action),
        action,
        object: object.key.clone(),
        name: object.name.clone(),
        fields,
        whole: None,
        rules: object.rules.clone(),
        daily_cost: None,
        changes: Vec::new(),
        upload: object.upload.clone(),
        depends_on: Vec::new(),
    }
}

fn numbered(objects: &[DesiredObject]) -> RemoteIds {
    let number =
        |(n, object): (usize, &DesiredObject)| (object.key.clone(), RemoteId(format!("{}", 700 + n)));
    objects.iter().enumerate().map(number).collect()
}

/// The operations that make `object` with `fields`, with everything filled in.
fn operations(object: &DesiredObject, fields: &Fields, ids: &RemoteIds) -> Vec<Value> {
    let context = context();
    let marker = Marker::derive(&context.tag, &object.key);
    let prepared =
        prepare(&step(object, Action::Create, fields.clone()), &Naming::Marked(marker), &context.account);
    let resolved = resolve(&prepared, ids).unwrap();
    let mut fill = |slot: Slot<'_>| match slot {
        Slot::Own(collection) => {
            Some(format!("customers/1234567890/{collection}/{}", ids[&object.key]).into())
        }
        Slot::File => Some("aW1hZ2U=".into()),
        Slot::Budget(_) | Slot::Criterion(_, _) => None,
    };
    let all = resolved.params[OPERATIONS].as_array().unwrap();
    all.iter().map(|operation| filled(operation, &mut fill).unwrap()).collect()
}

/// What Google reads back of an object made with `fields`: a row about it, and rows about criteria.
fn echo(object: &DesiredObject, fields: &Fields, ids: &RemoteIds) -> (Value, Vec<Value>) {
    let operations = operations(object, fields, ids);
    let created = |member: &str| -> Vec<Value> {
        let creates = operations.iter().filter_map(|operation| operation.get(member)?.get("create"));
        creates.cloned().collect()
    };
    let mut made = created(main_operation(object.key.kind)).remove(0);
    made["primaryStatus"] = "PAUSED".into();
    let id = &ids[&object.key].0;
    let in_campaign = json!({"id": "700", "status": "PAUSED"});
    let in_group = json!({"id": last(&made["adGroup"]), "status": "PAUSED"});
    match object.key.kind {
        K::Campaign => {
            made["id"] = id.as_str().into();
            let budget = created("campaignBudgetOperation").remove(0);
            let row = json!({"campaign": stored_campaign(made), "campaignBudget": budget});
            let mut criteria = created("campaignCriterionOperation");
            criteria.reverse();
            criteria.push(json!({"device": {"type": "MOBILE"}, "bidModifier": 1.5}));
            let row_of = |criterion| json!({"campaign": {"id": id}, "campaignCriterion": criterion});
            (row, criteria.into_iter().map(row_of).collect())
        }
        K::AdGroup => {
            made["id"] = id.as_str().into();
            let mut criteria = created("adGroupCriterionOperation");
            criteria.push(json!({"ageRange": {"type": "AGE_RANGE_35_44"}, "negative": false}));
            criteria.push(json!({"keyword": {"text": "tent", "matchType": "EXACT"}}));
            let row_of = |criterion| json!({"adGroup": {"id": id}, "adGroupCriterion": criterion});
            let campaign = json!({"id": last(&made["campaign"]), "status": "PAUSED"});
            (json!({"campaign": campaign, "adGroup": made}), criteria.into_iter().map(row_of).collect())
        }
        K::Keyword => {
            (json!({"campaign": in_campaign, "adGroup": in_group, "adGroupCriterion": made}), Vec::new())
        }
        K::Ad => {
            made["ad"] = stored_ad(made["ad"].clone());
            (json!({"campaign": in_campaign, "adGroup": in_group, "adGroupAd": made}), Vec::new())
        }
        _ => (json!({"asset": {"id": id}}), Vec::new()),
    }
}

fn last(name: &Value) -> Value {
    name.as_str().and_then(|name| name.rsplit('/').next()).into()
}

/// Google names the strategy, and leaves out what is false and what is empty.
fn stored_campaign(mut campaign: Value) -> Value {
    for bidding in Bidding::ALL {
        if campaign.get(bidding.member()).is_some() {
            campaign["biddingStrategyType"] = bidding.type_word().into();
        }
    }
    let members = campaign.as_object_mut().unwrap();
    members.retain(|_, value| value.as_object().is_none_or(|inner| !inner.is_empty()));
    if let Some(networks) = campaign["networkSettings"].as_object_mut() {
        networks.retain(|_, on| on == &Value::Bool(true));
        networks.insert("targetPartnerSearchNetwork".to_owned(), false.into());
    }
    campaign["geoTargetTypeSetting"]["negativeGeoTargetType"] = "PRESENCE".into();
    campaign
}

fn stored_ad(mut ad: Value) -> Value {
    for member in ["responsiveSearchAd", "responsiveDisplayAd"] {
        for list in ["headlines", "descriptions", "marketingImages"] {
            for text in
                ad.get_mut(member).and_then(|ad| ad.get_mut(list)).and_then(Value::as_array_mut).into_iter()
            {
                text.reverse();
                text.iter_mut().for_each(|text| text["assetPerformanceLabel"] = "PENDING".into());
            }
        }
    }
    ad
}

fn seen(object: &DesiredObject, sent: &Fields, applied: &Fields, ids: &RemoteIds) -> Fields {
    let (row, criteria) = echo(object, sent, ids);
    match observe(object.key.kind, &Seen { row: &row, criteria: &criteria }, applied) {
        Observation::Present(observed) => observed.fields,
        Observation::Gone => panic!("{} is gone", object.key),
    }
}

/// Another value than `value`, as a person would set it.
fn edited(field: &str, value: &Value) -> Value {
    match value {
        Value::Null => "2027-01-01 23:59:59".into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => (number.as_f64().unwrap_or_default() + 1.0).into(),
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("9{text}").into()
        }
        Value::String(text) => format!("{text}x").into(),
        Value::Array(items) if items.is_empty() => match field {
            "locations" => json!([super::canonical::location("geoTargetConstants/2040", true)]),
            "languages" => json!([super::canonical::language("languageConstants/1000")]),
            "excludedAgeRanges" => json!([super::canonical::excluded_age("AGE_RANGE_18_24")]),
            _ => json!([super::canonical::excluded_gender("MALE")]),
        },
        Value::Array(items) => items[1..].to_vec().into(),
        Value::Object(members) => {
            let (name, settings) = members.iter().next().unwrap();
            let setting = settings.as_object().and_then(|settings| settings.iter().next());
            match setting {
                Some((setting, value)) => json!({name: {setting: edited(setting, value)}}),
                None => json!({"targetSpend": {"cpcBidCeilingMicros": "770000"}}),
            }
        }
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][ A-Za-z0-9&#%+äöü€–\"']{0,40}[a-z]", Just("Sale #abcdefgh".to_owned())]
}

pub(super) fn specs() -> impl Strategy<Value = Value> {
    let goals = prop_oneof![Just("traffic"), Just("sales"), Just("leads"), Just("awareness")];
    let audience = (18_u32..40, 41_u32..=65, 0_usize..3, 0_usize..4);
    let shape = (any::<bool>(), any::<bool>(), any::<bool>(), 0_usize..3, 100_i64..9_999_999, any::<bool>());
    (goals, names(), audience, shape).prop_map(|(goal, name, audience, shape)| {
        let (age_min, age_max, genders, languages) = audience;
        let (searches, lifetime, ended, places, cents, bids) = shape;
        let (genders, languages) = (&["female", "male"][..genders], &["de", "fr", "en"][..languages]);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let places = [
            json!([{"country": "DE"}, {"country": "AT"}]),
            json!([{"city": {"name": "Berlin", "keys": {"google": "1003854"}}},
                {"region": {"name": "B", "keys": {"google": "20228"}}}]),
            json!([{"point": {"latitude": "52.5200066", "longitude": "-13.40495", "radius_km": 12}}, {"country": "PL"}]),
        ][places].clone();
        let google = if searches {
            json!({"paths": ["tents"], "search_partners": bids})
        } else {
            json!({"channel": "display", "business_name": "Placard", "eu_political_advertising": bids})
        };
        let bid = match goal {
            "sales" if ended => json!({"strategy": "min_roas", "roas": "2.55"}),
            "sales" | "leads" => json!({"strategy": "cost_cap", "amount": "4.20"}),
            _ => json!({"strategy": "bid_cap", "amount": "0.45"}),
        };
        let keywords = json!([{"text": "Camping Tent"}, {"text": "tent", "match": "exact"},
            {"text": "used", "negative": true}]);
        let mut spec = json!({
            "version": 1, "name": name, "key": "spring-sale", "goal": goal, "currency": "EUR",
            "budget": if lifetime { json!({"lifetime": amount}) } else { json!({"daily": amount}) },
            "locations": {"include": places, "exclude": [{"country": "CH"}]},
            "audience": {"age_min": age_min, "age_max": age_max, "genders": genders,
                "languages": languages},
            "destination": {"website": {"url": "https://shop.example.com/x", "url_tags": "a=b"}},
            "copy": {"primary_text": "Text", "headline": "Zelte", "more_headlines": ["Light", "Warm"],
                "description": "Small", "more_descriptions": ["Another"]},
            "platforms": {"google": google},
            "ad_groups": [{"name": "Group", "keywords": if searches { keywords } else { json!([]) },
                "ads": [{"name": "One", "image": "a.png"}, {"name": "Two", "image": "wide.png"}]}]
        });
        if ended || lifetime {
            spec["schedule"] = json!({"start": "2026-11-10", "end": "2026-12-25T00:00:00+01:00"});
        }
        if bids { spec["bid"] = bid }
        spec
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_untouched_object_shows_no_drift(spec in specs()) {
        let objects = objects(&spec);
        let ids = numbered(&objects);
        for object in &objects {
            let applied = resolve_fields(&object.fields, &ids).unwrap();
            prop_assert_eq!(seen(object, &object.fields, &applied, &ids), applied, "{}", object.key);
        }
    }

    #[test]
    fn an_edit_of_any_managed_field_is_seen(spec in specs()) {
        let objects = objects(&spec);
        let ids = numbered(&objects);
        for object in &objects {
            let applied = resolve_fields(&object.fields, &ids).unwrap();
            for (name, value) in &applied {
                let mut touched = applied.clone();
                touched.insert(name.clone(), edited(name, value));
                let observed = seen(object, &touched, &applied, &ids);
                prop_assert_ne!(observed.get(name), Some(value), "{} {}", object.key, name);
            }
        }
    }

    #[test]
    fn the_same_spec_gives_the_same_objects(spec in specs()) {
        prop_assert_eq!(objects(&spec), objects(&spec));
    }
}
