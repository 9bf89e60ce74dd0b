//! What a spec says is sent, and what Microsoft reads back of it is the same in canonical form, whatever Microsoft adds.

use super::{
    canonical::{END, START},
    desired, encode, negative,
    observe::observe,
    requests::{prepare, resolve},
    sort::Sort,
    words::collection,
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
    spec::{self, Campaign},
};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn context() -> AccountContext {
    let account = AccountRef { platform: Platform::Microsoft, id: "180001".to_owned() };
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
    spec::check(&document, &Default::default(), context().today)
        .unwrap_or_else(|found| panic!("{found:#?}\n{spec:#}"))
        .0
}

/// The objects of `spec`, in which no error may be.
pub(super) fn objects(spec: &Value) -> Vec<DesiredObject> {
    let mapped = desired::map(&campaign(spec), &context());
    assert!(!mapped.has_errors(), "{:#?}", mapped.findings);
    mapped.objects
}

/// A traffic campaign with one ad group, two keywords and two ads.
pub(super) fn spec() -> Value {
    json!({
        "version": 1, "name": "Spring sale", "key": "spring-sale", "goal": "traffic", "currency": "EUR",
        "budget": {"daily": "30.00"},
        "locations": {"include": [{"country": "DE"}], "exclude": [{"country": "FR"}]},
        "audience": {"age_min": 25, "age_max": 64, "genders": ["female"], "languages": ["de"]},
        "schedule": {"start": "2026-11-10"},
        "destination": {"website": {"url": "https://shop.example.com/sale", "url_tags": "utm_source=bing"}},
        "copy": {"primary_text": "Tents", "headline": "Tents", "more_headlines": ["Light", "Dry"],
            "description": "Sleep under the stars.", "more_descriptions": ["Made to be mended."]},
        "platforms": {"microsoft": {"paths": ["tents"]}},
        "ad_groups": [{"name": "Women",
            "keywords": [{"text": "Camping tent"}, {"text": "tent", "match": "exact"}],
            "ads": [{"name": "Tent"}, {"name": "Stove", "copy": {"headline": "Stoves"}}]}]
    })
}

/// The step that does `action` to `object`, sending `fields`.
pub(super) fn step(object: &DesiredObject, action: Action, fields: Fields) -> Step {
    Step {
        key: StepKey::new(Platform::Microsoft, &object.key, action),
        action,
        object: object.key.clone(),
        name: object.name.clone(),
        fields,
        whole: (action == Action::Update).then(|| object.fields.clone()),
        rules: object.rules.clone(),
        daily_cost: None,
        changes: Vec::new(),
        upload: None,
        depends_on: Vec::new(),
    }
}

fn numbered(objects: &[DesiredObject]) -> RemoteIds {
    let number =
        |(n, object): (usize, &DesiredObject)| (object.key.clone(), RemoteId(format!("{}", 7_000 + n)));
    objects.iter().enumerate().map(number).collect()
}

/// The item that `action` sends with `fields`, as it goes over the wire.
fn item(object: &DesiredObject, action: Action, fields: &Fields, ids: &RemoteIds) -> Value {
    let context = context();
    let marker = Marker::derive(&context.tag, &object.key);
    let prepared = prepare(&step(object, action, fields.clone()), &Naming::Marked(marker), &context.account);
    let resolved = resolve(&prepared, ids).unwrap();
    let sent: Value = serde_json::from_str(&encode::body(&resolved.params)).unwrap();
    if negative::is_negative(&object.key) {
        return sent[negative::LIST][0]["NegativeKeywords"][0].clone();
    }
    sent[collection(object.key.kind).name][0].clone()
}

/// What Microsoft reads back of an object: what it was sent, and what Microsoft adds.
fn echo(object: &DesiredObject, mut stored: Value, ids: &RemoteIds) -> Value {
    stored["Id"] = ids[&object.key].0.as_str().into();
    let members = stored.as_object_mut().unwrap();
    members.entry("Status").or_insert("Active".into());
    members.insert("ForwardCompatibilityMap".to_owned(), json!([]));
    for list in ["Headlines", "Descriptions", "Languages"] {
        if let Some(items) = members.get_mut(list).and_then(Value::as_array_mut) {
            items.reverse();
        }
    }
    if object.key.kind == K::AdGroup {
        members.entry("StartDate").or_insert(json!({"Day": 2, "Month": 11, "Year": 2026}));
        members.insert("CpcBid".to_owned(), json!({"Amount": 0.05}));
    }
    if let Some(scheme) = members.get_mut("BiddingScheme") {
        if scheme["Type"] == "MaxClicks" {
            scheme["Type"] = "MaxClicksBiddingScheme".into();
        }
        scheme["TargetImpressionShare"] = Value::Null;
    }
    if let Some(id) = stored["Criterion"]["LocationId"].as_str().and_then(|id| id.parse::<u32>().ok()) {
        stored["Criterion"]["LocationId"] = id.into();
        stored["Criterion"]["DisplayName"] = "A place".into();
    }
    stored
}

fn seen(object: &DesiredObject, entry: &Value, applied: &Fields, ids: &RemoteIds) -> Fields {
    let parent = match object.key.kind {
        K::Campaign => context().account.id,
        kind => {
            resolve_fields(&object.fields, ids).unwrap()[collection(kind).parent].as_str().unwrap().to_owned()
        }
    };
    match observe(Sort::of(&object.key), entry, &parent, applied).unwrap() {
        Observation::Present(observed) => observed.fields,
        Observation::Gone => panic!("{} is gone", object.key),
    }
}

/// Another value for `field`.
fn edited(field: &str, value: &Value) -> Value {
    match value {
        Value::Null => "2027-01-01".into(),
        Value::String(text) if field == START || field == END => text.replacen("2026", "2027", 1).into(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            format!("9{text}").into()
        }
        Value::String(text) => format!("{text}X").into(),
        Value::Array(_) if field == "TargetSetting" && *value == json!(["Age"]) => json!(["Gender"]),
        Value::Array(_) if field == "TargetSetting" => json!(["Age"]),
        Value::Array(_) => json!(["Other"]),
        Value::Object(_) => json!({"Type": "MaxConversions", "TargetCpa": "77.5"}),
        other => panic!("no field is {other}"),
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][ A-Za-z0-9&#%+äöü€–\"']{0,40}[a-z]", Just("Sale #abcdefgh".to_owned())]
}

pub(super) fn specs() -> impl Strategy<Value = Value> {
    let goals = prop_oneof![Just("traffic"), Just("sales"), Just("leads"), Just("awareness")];
    let audience = (18_u32..40, 41_u32..=65, 0_usize..3, 0_usize..4);
    let shape = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 5_i64..9_999_999);
    (goals, names(), audience, shape).prop_map(|(goal, name, audience, shape)| {
        let (age_min, age_max, genders, languages) = audience;
        let (bids, ended, tagged, circle, cents) = shape;
        let (genders, languages) = (&["female", "male"][..genders], &["de", "fr", "en"][..languages]);
        let mut include = vec![json!({"country": "DE"}),
            json!({"region": {"name": "Bavaria", "keys": {"microsoft": "4272"}}})];
        if circle {
            include.push(json!({"point": {"latitude": "52.5200061", "longitude": "-13.40", "radius_km": 25}}));
        }
        let mut spec = json!({
            "version": 1, "name": name, "key": "spring-sale", "goal": goal, "currency": "EUR",
            "budget": {"daily": format!("{}.{:02}", cents / 100, cents % 100)},
            "locations": {"include": include, "exclude": [{"country": "FR"}]},
            "audience": {"age_min": age_min, "age_max": age_max, "genders": genders, "languages": languages},
            "destination": {"website": {"url": "https://shop.example.com/x"}},
            "copy": {"primary_text": "Text", "headline": "Zelte", "more_headlines": ["Öfen", "Über Nacht"],
                "description": "Eins", "more_descriptions": ["Zwei", "Drei"]},
            "platforms": {"microsoft": {"search_partners": tagged, "paths": if bids { json!(["zelte", "neu"]) } else { json!([]) }}},
            "ad_groups": [{"name": "Group", "keywords": [{"text": "Zelt"}, {"text": "Öfen", "match": "broad"},
                    {"text": "Gratis", "match": "phrase", "negative": true}],
                "ads": [{"name": "One"}]}]
        });
        if bids {
            spec["bid"] = match goal {
                "sales" => json!({"strategy": "min_roas", "roas": "2.50"}),
                "leads" => json!({"strategy": "cost_cap", "amount": "4.20"}),
                _ => json!({"strategy": "bid_cap", "amount": "0.45"}),
            };
        }
        if ended {
            spec["schedule"] = json!({"start": "2026-11-10", "end": "2026-12-24"});
        }
        if tagged {
            spec["destination"]["website"]["url_tags"] = "b=2&a=1".into();
        }
        spec
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_sent_reads_back_as_it_was_meant(spec in specs()) {
        let objects = objects(&spec);
        let ids = numbered(&objects);
        for object in &objects {
            let applied = resolve_fields(&object.fields, &ids).unwrap();
            let entry = echo(object, item(object, Action::Create, &object.fields, &ids), &ids);
            prop_assert_eq!(seen(object, &entry, &applied, &ids), applied, "{}", object.key);
        }
    }

    #[test]
    fn a_change_of_any_field_reads_back_as_it_was_meant(spec in specs()) {
        let objects = objects(&spec);
        let ids = numbered(&objects);
        for object in &objects {
            let entry = echo(object, item(object, Action::Create, &object.fields, &ids), &ids);
            for (field, value) in &object.fields {
                if object.rules.create_only.contains(field) {
                    continue;
                }
                let mut wanted = object.clone();
                wanted.fields.insert(field.clone(), edited(field, value));
                let change = Fields::from([(field.clone(), wanted.fields[field].clone())]);
                let mut changed = entry.clone();
                let sent = item(&wanted, Action::Update, &change, &ids);
                for (name, value) in sent.as_object().unwrap() {
                    changed[name] = value.clone();
                }
                let applied = resolve_fields(&wanted.fields, &ids).unwrap();
                let entry = echo(&wanted, changed, &ids);
                prop_assert_eq!(seen(&wanted, &entry, &applied, &ids), applied, "{} {}", object.key, field);
            }
        }
    }
}
