//! What a spec says is sent, and what TikTok reads back of it is the same in canonical form, whatever TikTok adds.

use super::{
    canonical::{END, START},
    desired, encode,
    observe::observe,
    requests::{CREATIVES, prepare, resolve},
    words::noun,
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
    spec::{self, Campaign, ImageFacts, ImageFormat, Media, VideoFacts},
};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn context() -> AccountContext {
    let account = AccountRef { platform: Platform::Tiktok, id: "7001".to_owned() };
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
        let sha256 = hex::encode([path.len() as u8; 32]);
        ImageFacts { sha256, width: 1080, height: 1080, bytes: 9, format: ImageFormat::Png }
    };
    let images: spec::Images =
        document.images().into_iter().map(|path| (path.to_owned(), Ok(facts(path)))).collect();
    let facts =
        VideoFacts { sha256: "cd".repeat(32), width: 720, height: 1280, bytes: 9, duration_ms: 15_000 };
    let videos = document.asset_videos().map(|(_, name)| (name.to_owned(), Ok(facts.clone()))).collect();
    spec::check(&document, &Media { images, videos }, context().today)
        .unwrap_or_else(|found| panic!("{found:#?}\n{spec:#}"))
        .0
}

/// The objects of `spec`, in which no error may be.
pub(super) fn objects(spec: &Value) -> Vec<DesiredObject> {
    let mapped = desired::map(&campaign(spec), &context());
    assert!(!mapped.has_errors(), "{:#?}", mapped.findings);
    mapped.objects
}

/// A traffic campaign with one ad group and two ads.
pub(super) fn spec() -> Value {
    json!({
        "version": 1, "name": "Spring sale", "key": "spring-sale", "goal": "traffic", "currency": "EUR",
        "locations": {"include": [{"country": "DE"}]},
        "schedule": {"start": "2026-11-10"},
        "destination": {"website": {"url": "https://shop.example.com/sale", "url_tags": "utm_source=tiktok"}},
        "copy": {"primary_text": "Sleep under the stars.", "headline": "Tents"},
        "platforms": {"tiktok": {"identity": "9001", "pixel": "3001"}},
        "ad_groups": [{"name": "Women", "budget": {"daily": "30.00"},
            "ads": [{"name": "Tent", "image": "a.png"}, {"name": "Stove", "image": "stove.png"}]}]
    })
}

/// The step that does `action` to `object`, sending `fields`.
pub(super) fn step(object: &DesiredObject, action: Action, fields: Fields) -> Step {
    Step {
        key: StepKey::new(Platform::Tiktok, &object.key, action),
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
    let number = |(n, object): (usize, &DesiredObject)| {
        (object.key.clone(), RemoteId(format!("170000000000000{n:04}")))
    };
    objects.iter().enumerate().map(number).collect()
}

/// What TikTok reads back of an object made with `fields`: the body as it was sent, and what TikTok adds.
fn echo(object: &DesiredObject, fields: &Fields, ids: &RemoteIds) -> Value {
    let context = context();
    let marker = Marker::derive(&context.tag, &object.key);
    let prepared =
        prepare(&step(object, Action::Create, fields.clone()), &Naming::Marked(marker), &context.account);
    let resolved = resolve(&prepared, ids).unwrap();
    let sent: Value = serde_json::from_str(&encode::body(&resolved.params)).unwrap();
    let kind = object.key.kind;
    let mut stored = if kind == K::Ad { sent[CREATIVES][0].clone() } else { sent.clone() };
    if kind == K::Ad {
        stored["adgroup_id"] = sent["adgroup_id"].clone();
        stored["video_id"] = Value::Null;
        stored["is_aco"] = false.into();
    }
    stored[format!("{}_id", noun(kind))] = ids[&object.key].0.as_str().into();
    stored["secondary_status"] = "X_STATUS_DISABLE".into();
    stored["create_time"] = "2026-11-02 08:00:00".into();
    if kind == K::AdGroup {
        adorn(&mut stored);
    }
    if kind == K::Campaign && stored.get("budget").is_none() {
        stored["budget"] = 0.into();
    }
    stored
}

/// Lists in another order and under another name, ids as numbers, defaults filled in, an end far away.
fn adorn(stored: &mut Value) {
    for list in ["location_ids", "age_groups", "languages"] {
        if let Some(items) = stored.get_mut(list).and_then(Value::as_array_mut) {
            items.reverse();
        }
    }
    let members = stored.as_object_mut().unwrap();
    let excluded = members.remove("excluded_audience_ids");
    members.extend(excluded.map(|ids| ("exclude_audience_ids".to_owned(), ids)));
    for (name, nothing) in [
        ("languages", json!([])),
        ("audience_ids", Value::Null),
        ("bid_price", json!(0)),
        ("brand_safety_type", json!("STANDARD_INVENTORY")),
        ("placements", json!(["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"])),
        (END, json!("2036-11-02 08:00:00")),
    ] {
        members.entry(name).or_insert(nothing);
    }
}

fn seen(object: &DesiredObject, sent: &Fields, applied: &Fields, ids: &RemoteIds) -> Fields {
    if object.key.kind == K::Image {
        return Fields::new();
    }
    match observe(object.key.kind, &echo(object, sent, ids), applied, Vec::new()).unwrap() {
        Observation::Present(observed) => observed.fields,
        Observation::Gone => panic!("{} is gone", object.key),
    }
}

/// What a person changes by giving `field` another value, with what goes with it.
fn edited(field: &str, value: &Value) -> Fields {
    let other = match value {
        Value::Null => "2027-01-01 23:59:59".into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => (number.as_i64().unwrap_or_default() + 1).into(),
        Value::String(text) if field == START || field == END => text.replacen("2026", "2027", 1).into(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            format!("9{text}").into()
        }
        Value::String(text) => format!("{text}X").into(),
        Value::Array(items) if items.is_empty() && field == "utm_params" => {
            json!([{"key": "k", "value": "v"}])
        }
        Value::Array(items) if items.is_empty() => json!(["77"]),
        Value::Array(items) => items[1..].to_vec().into(),
        Value::Object(_) => panic!("no field is an object"),
    };
    let mut changed = Fields::from([(field.to_owned(), other)]);
    if field == END {
        changed.insert("schedule_type".to_owned(), "SCHEDULE_START_END".into());
    }
    changed
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][ A-Za-z0-9&#%+äöü€–\"']{0,40}[a-z]", Just("Sale #abcdefgh".to_owned())]
}

pub(super) fn specs() -> impl Strategy<Value = Value> {
    let goals = prop_oneof![Just("traffic"), Just("sales"), Just("leads"), Just("awareness"), Just("calls")];
    let audience = (18_u32..40, 41_u32..=65, 0_usize..3, 0_usize..4);
    let shape =
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 500_000_i64..9_999_999, any::<bool>());
    (goals, names(), audience, shape).prop_map(|(goal, name, audience, shape)| {
        let (age_min, age_max, genders, languages) = audience;
        let (central, lifetime, ended, has_form, cents, bids) = shape;
        let (genders, languages) = (&["female", "male"][..genders], &["de", "fr", "en"][..languages]);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let budget = if lifetime { json!({"lifetime": amount}) } else { json!({"daily": amount}) };
        let form = json!({"form": {"name": "Ask", "questions": [{"ask": "email"}],
            "privacy_policy_url": "https://example.com/privacy"}});
        let bid = match goal {
            "sales" | "leads" | "calls" => json!({"strategy": "cost_cap", "amount": "4.20"}),
            _ => json!({"strategy": "bid_cap", "amount": "0.45"}),
        };
        let mut spec = json!({
            "version": 1, "name": name, "key": "spring-sale", "goal": goal, "currency": "EUR",
            "locations": {"include": [{"country": "DE"}, {"country": "AT"},
                {"region": {"name": "California", "keys": {"tiktok": "5332921"}}}]},
            "audience": {"age_min": age_min, "age_max": age_max, "genders": genders, "languages": languages,
                "expansion": bids, "excluded_custom_audiences": if bids { json!(["88"]) } else { json!([]) }},
            "destination": {"website": {"url": "https://shop.example.com/x", "url_tags": "b=2&a=1"}},
            "conversion": {"event": "purchase", "click_days": 7},
            "copy": {"primary_text": "Text", "headline": "Zelte"},
            "platforms": {"tiktok": {"identity": "9001", "pixel": "3001", "form": "6001"}},
            "ad_groups": [{"name": "Group",
                "ads": [{"name": "One", "image": "a.png"}, {"name": "Two", "image": "wide.png"}]}]
        });
        if central {
            spec["budget"] = budget
        } else {
            spec["ad_groups"][0]["budget"] = budget
        }
        if ended || lifetime {
            spec["schedule"] = json!({"start": "2026-11-10", "end": "2026-12-25T00:00:00+01:00"});
        }
        if goal == "leads" && has_form {
            spec["destination"] = form
        }
        if goal == "calls" {
            spec["destination"] = json!({"call": {"phone": "+4930123456"}})
        }
        if bids {
            spec["bid"] = bid
        }
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
            for (name, value) in applied.iter().filter(|(name, _)| !object.rules.write_only.contains(*name)) {
                let mut touched = applied.clone();
                touched.extend(edited(name, value));
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
