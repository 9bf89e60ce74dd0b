use crate::support::{SPRING_SALE, check};
use placard_domain::{
    Currency,
    spec::{self, Budget, Picture, Target},
};
use proptest::prelude::*;
use serde_json::Value;

/// The example with one passage replaced, which must be there exactly once.
fn with(from: &str, to: &str) -> String {
    assert_eq!(SPRING_SALE.matches(from).count(), 1, "`{from}` is not there exactly once");
    SPRING_SALE.replace(from, to)
}

fn findings(text: &str) -> Vec<String> {
    check(text).expect_err("something should be wrong")
}

#[test]
fn the_example_is_a_campaign() {
    let campaign = check(SPRING_SALE).unwrap();
    assert_eq!((campaign.key.as_str(), campaign.ad_groups.len()), ("spring-sale", 3));
    assert!(matches!(campaign.budget, Some(Budget::Daily(daily)) if daily.to_string() == "120.00 EUR"));
    let lake = &campaign.ad_groups[2].ads[0];
    assert_eq!(lake.creative.headline, "Room for the little ones");
    assert!(matches!(&lake.creative.target, Target::Form(form) if form.questions.len() == 3));
}

#[test]
fn json_is_read_like_yaml() {
    let document = spec::read(SPRING_SALE).unwrap();
    let json = serde_json::to_string_pretty(document.json()).unwrap();
    assert_eq!(spec::read(&json).unwrap().json(), document.json());
    let tabbed = json.replace("  ", "\t");
    assert_eq!(spec::read(&tabbed).unwrap().json(), document.json());
}

#[test]
fn the_starter_is_a_campaign() {
    let text = spec::starter("My \"first\" campaign", "EUR".parse::<Currency>().unwrap());
    let campaign = check(&text).unwrap();
    assert_eq!(campaign.name, "My \"first\" campaign");
}

#[test]
fn a_misspelt_key_is_found_with_its_place_and_its_right_form() {
    insta::assert_debug_snapshot!(findings(&with("budget:\n  daily", "budgett:\n  daily")), @r#"
    [
        "8:1 budgett: `budgett` is not a field here (did you mean `budget`?)",
    ]
    "#);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = SPRING_SALE
        .replace("goal: leads", "goal: lead")
        .replace("daily: 120.00", "daily: -120.005")
        .replace("country: AT", "country: UK")
        .replace("age_min: 25\n  age_max: 55", "age_min: 55\n  age_max: 25")
        .replace("headline: First light, first ride", "headlines: First light")
        .replace("version: 1", "version: one");
    insta::assert_debug_snapshot!(findings(&text));
}

#[test]
fn images_that_cannot_be_used_are_named_with_the_reason() {
    for (image, reason) in [
        ("images/small.png", "the image is 320 pixels wide, at least 600 are needed"),
        ("images/nowhere.png", "no file is there"),
        ("images/notes.txt", "neither a JPG nor a PNG"),
        ("asset:lke", "did you mean `asset:lake`?"),
        ("asset:aside", "`placard assets restore` takes that back"),
        ("asset:elsewhere", "was not looked at"),
        ("'asset:'", "the name of the asset is missing"),
    ] {
        let found = findings(&with("images/lake.png", image));
        assert!(
            found.len() == 1 && found[0].contains("ad_groups[2].ads[0].image") && found[0].contains(reason),
            "{found:?}"
        );
    }
}

#[test]
fn videos_that_cannot_be_shown_are_named_with_the_reason() {
    for (video, path, reason) in [
        ("clip.mp4", "video", "`placard assets add clip.mp4` takes it in"),
        ("'asset:'", "video", "the name of the asset is missing"),
        ("'tiktok:'", "video", "the platform's id of the video is missing"),
        ("asset:lake.mp4", "video", "was not looked at"),
    ] {
        let found = findings(&with("images/lake.png", &format!("images/lake.png\n        video: {video}")));
        assert!(
            found.len() == 1
                && found[0].contains(&format!("ad_groups[2].ads[0].{path}"))
                && found[0].contains(reason),
            "{found:?}"
        );
    }
}

#[test]
fn a_picture_of_the_library_is_no_file_and_ends_as_its_format_does() {
    let text = with("images/lake.png", "asset:lake");
    let document = spec::read(&text).unwrap();
    assert!(!document.images().contains("asset:lake"));
    let named: Vec<_> = document.asset_images().collect();
    assert_eq!(named, [("ad_groups[2].ads[0].image".to_owned(), "asset:lake")]);
    let campaign = check(&text).unwrap();
    let Some(Picture::File(file)) = &campaign.ad_groups[2].ads[0].creative.picture else { panic!() };
    assert_eq!(file.source, "asset:lake.png");
}

#[test]
fn flights_budgets_and_targets_that_contradict_themselves_are_refused() {
    const EUR: &str = "currency: EUR";
    for (from, to, path, message) in [
        (
            EUR,
            "currency: EUR\nschedule: {start: 2027-01-02, end: 2027-01-01}",
            "schedule.end",
            "lies before the start",
        ),
        (
            EUR,
            "currency: EUR\nschedule: {start: 2020-01-01, end: 2020-02-01}",
            "schedule.end",
            "over already",
        ),
        (EUR, "currency: EUR\nschedule: {start: tomorrow}", "schedule.start", "neither a date nor a moment"),
        ("daily: 120.00", "lifetime: 120.00\n  daily: 120.00", "budget", "exclude each other"),
        ("daily: 120.00", "daily: 0", "budget.daily", "above zero"),
        ("daily: 120.00", "daily: 12.345", "budget.daily", "more decimals than EUR allows"),
        ("daily: 120.00", "daily: 1,200.00", "budget.daily", "is not an amount"),
        ("currency: EUR", "currency: ERU", "currency", "not an ISO 4217"),
        ("goal: leads", "goal: awareness", "destination", "cannot be reached here"),
        (
            "privacy_policy_url: https://outdoor.example.com/privacy",
            "privacy_policy_url: http://outdoor.example.com",
            "destination.form.privacy_policy_url",
            "must begin with https",
        ),
        ("name: Commuters", "name: Families", "ad_groups[2]", "is taken by ad_groups[1]"),
    ] {
        let found = findings(&with(from, to));
        assert!(
            found.iter().any(|line| line.contains(&format!(" {path}: ")) && line.contains(message)),
            "{to}: {found:?}"
        );
    }
}

#[test]
fn text_that_is_not_yaml_is_refused_with_its_place() {
    let found = findings("version: 1\nname: [unclosed\ngoal: leads\n");
    assert!(found.len() == 1 && found[0].contains("this is not YAML or JSON"), "{found:?}");
    assert!(findings("")[0].contains("empty"));
    assert!(findings("a: 1\n---\nb: 2\n")[0].contains("more than one document"));
    assert!(findings("a: 1\na: 2\n")[0].contains("this is not YAML"), "a key given twice is refused");
}

#[test]
fn the_published_schema_is_the_one_the_types_make() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/campaign-spec.schema.json");
    let expected = serde_json::to_string_pretty(spec::json_schema()).unwrap() + "\n";
    if std::env::var_os("PLACARD_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        expected,
        "run with PLACARD_UPDATE_SCHEMA=1 to renew it"
    );
}

#[test]
fn the_walker_knows_every_keyword_of_the_schema() {
    const KNOWN: &[&str] = &[
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "enum",
        "oneOf",
        "const",
        "anyOf",
        "default",
        "format",
        "x-placard-decimal",
    ];
    fn walk(value: &Value, names_are_keywords: bool) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    assert!(!names_are_keywords || KNOWN.contains(&name.as_str()), "unknown keyword {name}");
                    if name != "default" {
                        walk(member, !matches!(name.as_str(), "properties" | "$defs") || !names_are_keywords);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, true)),
            _ => {}
        }
    }
    walk(spec::json_schema(), true);
}

/// Every place in the example where something can be put instead.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| pointers(member, format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| pointers(item, format!("{at}/{i}"), found))
        }
        _ => {}
    }
    if !at.is_empty() {
        found.push(at);
    }
}

fn replacement() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(Value::Bool(true))),
        Just(Some(Value::from("text"))),
        Just(Some(Value::from(""))),
        Just(Some(Value::from("x".repeat(3000)))),
        any::<i16>().prop_map(|number| Some(Value::from(number))),
        Just(Some(Value::Array(vec![]))),
        Just(Some(serde_json::json!({"unknown": []}))),
    ]
}

proptest! {
    /// Our check and an independent validator agree on which documents have the right shape.
    #[test]
    fn our_check_accepts_what_the_schema_accepts(place in any::<prop::sample::Index>(), put in replacement()) {
        let mut json = spec::read(SPRING_SALE).unwrap().json().clone();
        let mut places = Vec::new();
        pointers(&json, String::new(), &mut places);
        let at = place.get(&places);
        match put {
            Some(value) => *json.pointer_mut(at).unwrap() = value,
            None => {
                let (parent, name) = at.rsplit_once('/').unwrap();
                match json.pointer_mut(parent).unwrap() {
                    Value::Object(members) => { members.remove(name); }
                    Value::Array(items) => { items.remove(name.parse().unwrap()); }
                    _ => unreachable!(),
                }
            }
        }
        let validator = jsonschema::validator_for(spec::json_schema()).unwrap();
        let ours = check(&json.to_string());
        let valid = validator.is_valid(&json);
        // A number or truth value where text is wanted is text in YAML; and what the schema allows may still be wrong.
        let lenient = json.pointer(at).is_some_and(|put| put.is_boolean() || put.is_number());
        prop_assert!(valid || lenient || ours.is_err(), "{at}: {json}");
        let shape = ours.err().unwrap_or_default().iter().any(|line| line.contains("is not a field here") || line.contains("expected "));
        prop_assert!(!valid || !shape, "{at}: {json}");
    }
}
