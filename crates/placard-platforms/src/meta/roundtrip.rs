//! What a spec says and what Meta reads back are the same in canonical form, whatever Meta adds.

use super::{desired, observe::observe};
use crate::AccountContext;
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, Platform, RemoteId, TenantId,
    marker::{CampaignTag, Marker},
    plan::{DesiredObject, Fields, ObjectKind as K, Observation, RemoteIds, resolve},
    spec::{self, Campaign, ImageFacts, ImageFormat, Media, VideoFacts},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn context() -> AccountContext {
    let account = AccountRef { platform: Platform::Meta, id: "act_1001".to_owned() };
    let tenant: TenantId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
    AccountContext {
        tag: CampaignTag::derive(tenant, &account, "spring-sale"),
        account,
        currency: "EUR".parse().unwrap(),
        zone: chrono_tz::Europe::Berlin,
        today: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
    }
}

fn campaign(spec: &Value) -> Campaign {
    let document = spec::read(&spec.to_string()).unwrap();
    let facts =
        ImageFacts { sha256: "ab".repeat(32), width: 1080, height: 1080, bytes: 9, format: ImageFormat::Png };
    let images: spec::Images =
        document.images().into_iter().map(|path| (path.to_owned(), Ok(facts.clone()))).collect();
    let facts =
        VideoFacts { sha256: "cd".repeat(32), width: 720, height: 1280, bytes: 9, duration_ms: 15_000 };
    let videos = document.asset_videos().map(|(_, name)| (name.to_owned(), Ok(facts.clone()))).collect();
    spec::check(&document, &Media { images, videos }, context().today)
        .unwrap_or_else(|found| panic!("{found:#?}\n{spec:#}"))
        .0
}

/// The objects of `spec` with ids in place of references.
fn applied(spec: &Value) -> Vec<(DesiredObject, Fields)> {
    let mapped = desired::map(&campaign(spec), &context());
    assert!(!mapped.has_errors(), "{:#?}", mapped.findings);
    let numbered = mapped.objects.iter().enumerate();
    let ids: RemoteIds =
        numbered.map(|(n, object)| (object.key.clone(), RemoteId(format!("2385000000000{n:04}")))).collect();
    let resolved = |object: DesiredObject| (object.clone(), resolve(&object.fields, &ids).unwrap());
    mapped.objects.into_iter().map(resolved).collect()
}

/// What Meta reads back of an object that holds `fields`.
fn echo(object: &DesiredObject, fields: &Fields) -> Value {
    let kind = object.key.kind;
    let marker = Marker::derive(&context().tag, &object.key);
    let mut wire = json!({"id": "2385", "status": "PAUSED", "effective_status": "PAUSED"});
    for (name, value) in
        fields.iter().filter(|(name, value)| !value.is_null() && !object.rules.write_only.contains(name))
    {
        wire[name] = match name.as_str() {
            "name" => marker.mark(value.as_str().unwrap()).into(),
            "bid_amount" => value.as_str().unwrap().parse::<i64>().unwrap().into(),
            "start_time" | "end_time" => in_berlin(value.as_str().unwrap()),
            "targeting" => noisy_targeting(value),
            "creative" => json!({"id": value["creative_id"]}),
            "promoted_object" => with(value, "smart_pse_enabled", json!(false)),
            "attribution_spec" => value.as_array().unwrap().iter().rev().cloned().collect(),
            "object_story_spec" if value.get("video_data").is_some() => {
                let seen =
                    with(&value["video_data"], "image_url", json!("https://scontent.example.com/1.jpg"));
                with(value, "video_data", seen)
            }
            "object_story_spec" => {
                with(value, "link_data", with(&value["link_data"], "attachment_style", json!("link")))
            }
            "degrees_of_freedom_spec" => {
                let features = &value["creative_features_spec"];
                json!({"creative_features_spec": with(features, "music", json!({"enroll_status": "OPT_IN"}))})
            }
            _ => value.clone(),
        };
    }
    if kind == K::AdGroup {
        // An ad set without a budget of its own shows a zero, one without a destination a word for that (§8, §9).
        for (name, nothing) in
            [("daily_budget", "0"), ("lifetime_budget", "0"), ("destination_type", "UNDEFINED")]
        {
            if wire.get(name).is_none() {
                wire[name] = nothing.into();
            }
        }
    }
    wire
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

fn in_berlin(utc: &str) -> Value {
    let instant = chrono::DateTime::parse_from_str(utc, "%Y-%m-%dT%H:%M:%S%z").unwrap();
    instant.with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m-%dT%H:%M:%S%z").to_string().into()
}

fn noisy_targeting(targeting: &Value) -> Value {
    let mut noisy = targeting.clone();
    for name in ["genders", "locales", "custom_audiences"] {
        if let Some(list) = noisy.get_mut(name).and_then(Value::as_array_mut) {
            list.reverse();
        }
    }
    for list in ["countries", "cities", "zips", "custom_locations"] {
        for place in noisy["geo_locations"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
        {
            if let Some(members) = place.as_object_mut() {
                members.insert("name".to_owned(), "Somewhere".into());
                members.insert("country".to_owned(), "DE".into());
            }
        }
    }
    noisy["geo_locations"]["location_types"] = json!(["home", "recent"]);
    if let Some(interests) = noisy.pointer_mut("/flexible_spec/0/interests").and_then(Value::as_array_mut) {
        interests.iter_mut().for_each(|interest| interest["name"] = "As Meta calls it".into());
        interests.reverse();
    }
    noisy["age_range"] = json!([noisy["age_min"], noisy["age_max"]]);
    noisy["targeting_automation"]["individual_setting"] = json!({"age": 0, "gender": 0});
    noisy["brand_safety_content_filter_levels"] = json!(["FACEBOOK_STANDARD", "AN_STANDARD"]);
    noisy
}

/// Another value than `value`, as a person would set it.
fn edited(field: &str, value: &Value) -> Value {
    match value {
        Value::Null => "2027-01-01T00:00:00+0000".into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => (number.as_i64().unwrap_or_default() + 1).into(),
        Value::String(text) if field.ends_with("_time") => text.replacen("2026", "2027", 1).into(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("9{text}").into(),
        Value::String(text) => format!("{text}X").into(),
        Value::Array(items) if items.is_empty() => json!(["HOUSING"]),
        Value::Array(items) => {
            let mut items = items.clone();
            items[0] = edited(field, &items[0]);
            items.into()
        }
        Value::Object(members) => {
            let mut members = members.clone();
            if let Some((name, member)) = members.iter_mut().next() {
                *member = edited(name, member);
            }
            Value::Object(members)
        }
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][ A-Za-z0-9&#%+äöü€–\"']{0,40}[a-z]", Just("Sale #abcdefgh".to_owned())]
}

fn specs() -> impl Strategy<Value = Value> {
    let goals = prop_oneof![
        Just("traffic"),
        Just("sales"),
        Just("leads"),
        Just("calls"),
        Just("awareness"),
        Just("engagement")
    ];
    let audience = (18_u32..40, 41_u32..=65, 0_usize..3, 0_usize..4, 0_usize..4, any::<bool>());
    let shape = (any::<bool>(), any::<bool>(), any::<bool>(), 0_usize..3, 100_i64..9_999_999, any::<bool>());
    (goals, names(), names(), audience, shape).prop_map(|(goal, name, ad, audience, shape)| {
        let (age_min, age_max, genders, languages, interests, expansion) = audience;
        let (own_budget, lifetime, ended, places, cents, moving) = shape;
        let ended = ended || lifetime;
        let amount = format!("{}.{:02}", cents / 100 * 20, cents % 100);
        let budget = if lifetime { json!({"lifetime": amount}) } else { json!({"daily": amount}) };
        let places = [
            json!([{"country": "DE"}, {"country": "AT"}]),
            json!([{"city": {"name": "Berlin", "keys": {"meta": "2430536"}, "radius_km": 25}}, {"postal_code": "DE:10115"}]),
            json!([{"point": {"latitude": "52.5200066", "longitude": "-13.40495", "radius_km": 12}}, {"country": "PL"}]),
        ][places].clone();
        let ages = if expansion { json!({"expansion": true}) } else { json!({"age_min": age_min, "age_max": age_max}) };
        let mut audience = ages;
        audience["genders"] = ["female", "male"][..genders].to_vec().into();
        audience["languages"] = ["de", "fr", "en"][..languages.min(3)].to_vec().into();
        audience["interests"] = (0..interests)
            .map(|n| json!({"name": format!("I{n}"), "keys": {"meta": format!("60033974257{}", 9 - n)}}))
            .collect();
        let destination = match goal {
            "leads" => json!({"form": {"name": ad, "questions": [{"ask": "email"}], "privacy_policy_url": "https://example.com/p"}}),
            "calls" => json!({"call": {"phone": "+4930123456"}}),
            _ => json!({"website": {"url": "https://shop.example.com/x", "url_tags": "a=b", "display_url": "example.com"}}),
        };
        let mut spec = json!({
            "version": 1, "name": name, "key": "spring-sale", "goal": goal, "currency": "EUR",
            "locations": {"include": places}, "audience": audience, "destination": destination,
            "copy": {"primary_text": "Text", "headline": ad, "description": "Small"},
            "platforms": {"meta": {"page": "2001", "pixel": "3001", "beneficiary": "B", "payor": "P",
                "publishers": ["instagram", "facebook"]}},
            "ad_groups": [{"name": "Group", "ads": [{"name": ad, "image": "a.png"}]}]
        });
        if goal == "sales" {
            spec["conversion"] = json!({"event": "purchase", "click_days": 7, "view_days": 1});
            spec["bid"] = json!({"strategy": "cost_cap", "amount": "4.20"});
        }
        if ended {
            spec["schedule"] = json!({"start": "2026-11-10", "end": "2026-12-24T18:00:00+01:00"});
        }
        if moving { spec["ad_groups"][0]["ads"][0]["video"] = "asset:clip.mp4".into() }
        if own_budget { spec["ad_groups"][0]["budget"] = budget } else { spec["budget"] = budget }
        spec
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_untouched_object_shows_no_drift(spec in specs()) {
        for (object, fields) in applied(&spec) {
            let Observation::Present(observed) = observe(object.key.kind, &echo(&object, &fields), &fields) else {
                panic!("{} is gone", object.key);
            };
            let mut compared = fields;
            compared.retain(|name, _| !object.rules.write_only.contains(name));
            prop_assert_eq!(observed.fields, compared, "{}", object.key);
        }
    }

    #[test]
    fn an_edit_of_any_managed_field_is_seen(spec in specs()) {
        for (object, fields) in applied(&spec) {
            for (name, value) in fields.iter().filter(|(name, _)| !object.rules.write_only.contains(name)) {
                let mut touched = fields.clone();
                touched.insert(name.clone(), edited(name, value));
                let Observation::Present(observed) = observe(object.key.kind, &echo(&object, &touched), &fields) else {
                    panic!("{} is gone", object.key);
                };
                prop_assert_ne!(observed.fields.get(name), Some(value), "{} {}", object.key, name);
            }
        }
    }

    #[test]
    fn the_same_spec_gives_the_same_objects(spec in specs()) {
        prop_assert_eq!(desired::map(&campaign(&spec), &context()).objects, desired::map(&campaign(&spec), &context()).objects);
    }
}
