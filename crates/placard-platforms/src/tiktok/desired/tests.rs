//! What each rule of TikTok's says about a spec.

use super::map;
use crate::tiktok::roundtrip::{campaign, context, objects, spec};
use placard_domain::{
    plan::{DesiredObject, ObjectKind},
    spec::{Diagnostic, Severity},
};
use serde_json::{Value, json};

fn findings(spec: &Value) -> Vec<Diagnostic> {
    map(&campaign(spec), &context()).findings
}

fn errors(spec: &Value) -> Vec<String> {
    let found = findings(spec).into_iter().filter(|finding| finding.severity == Severity::Error);
    found.map(|finding| finding.path).collect()
}

fn warnings(spec: &Value) -> Vec<String> {
    let found = findings(spec).into_iter().filter(|finding| finding.severity == Severity::Warning);
    found.map(|finding| finding.path).collect()
}

fn with(path: &str, value: Value) -> Value {
    let mut spec = spec();
    let at = format!("/{}", path.replace('.', "/"));
    match spec.pointer_mut(&at) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = at.rsplit_once('/').unwrap();
            spec.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    spec
}

fn only(spec: &Value, kind: ObjectKind) -> DesiredObject {
    objects(spec).into_iter().find(|object| object.key.kind == kind).unwrap()
}

#[test]
fn a_traffic_campaign_leads_to_a_website_and_pays_for_clicks() {
    let campaign = only(&spec(), ObjectKind::Campaign);
    assert_eq!(campaign.fields["objective_type"], "TRAFFIC");
    assert_eq!(campaign.fields["budget_mode"], "BUDGET_MODE_INFINITE");
    let group = only(&spec(), ObjectKind::AdGroup).fields;
    for (name, value) in [
        ("promotion_type", json!("WEBSITE")),
        ("optimization_goal", json!("CLICK")),
        ("billing_event", json!("CPC")),
        ("bid_type", json!("BID_TYPE_NO_BID")),
        ("budget_mode", json!("BUDGET_MODE_DYNAMIC_DAILY_BUDGET")),
        ("budget", json!("30")),
        ("location_ids", json!(["2921044"])),
        ("schedule_start_time", json!("2026-11-09 23:00:00")),
        ("schedule_end_time", Value::Null),
    ] {
        assert_eq!(group[name], value, "{name}");
    }
    let ad = only(&spec(), ObjectKind::Ad).fields;
    assert_eq!(ad["ad_format"], "SINGLE_IMAGE");
    assert_eq!(ad["call_to_action"], "LEARN_MORE");
    assert_eq!(ad["utm_params"], json!([{"key": "utm_source", "value": "tiktok"}]));
}

#[test]
fn a_campaigns_own_budget_is_shared_out_by_tiktok() {
    let mut spec = with("budget", json!({"lifetime": "3000"}));
    spec["schedule"]["end"] = json!("2026-12-09");
    spec["ad_groups"][0].as_object_mut().unwrap().remove("budget");
    let campaign = only(&spec, ObjectKind::Campaign).fields;
    assert_eq!(campaign["budget_mode"], "BUDGET_MODE_TOTAL");
    assert_eq!((&campaign["budget_optimize_on"], &campaign["budget"]), (&json!(true), &json!("3000")));
    assert_eq!(only(&spec, ObjectKind::AdGroup).fields["schedule_end_time"], "2026-12-09 23:00:00");
}

#[test]
fn under_a_campaigns_budget_all_ad_groups_bid_alike_for_the_same() {
    let mut spec = with("budget", json!({"daily": "90"}));
    let group = |name: &str, more: Value| {
        let mut group = json!({"name": name, "ads": [{"name": "Tent", "image": "a.png"}]});
        group.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        group
    };
    spec["goal"] = json!("awareness");
    spec["ad_groups"] = json!([group("One", json!({})), group("Two", json!({"optimize_for": "reach"}))]);
    assert!(errors(&spec).is_empty(), "the usual goal may be said as well");
    spec["ad_groups"][1]["optimize_for"] = json!("impressions");
    assert_eq!(errors(&spec), ["ad_groups[1].optimize_for"]);
    spec["ad_groups"][1] = group("Two", json!({"bid": {"strategy": "bid_cap", "amount": "1.00"}}));
    assert_eq!(errors(&spec), ["ad_groups[1].bid.strategy"]);
}

#[test]
fn budgets_below_the_minimum_name_the_least_amount() {
    let few = findings(&with("ad_groups.0.budget", json!({"daily": "19.99"})));
    let few: Vec<_> = few.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(few[0].path, "ad_groups[0].budget.daily");
    assert!(few[0].message.contains("20.00 EUR"), "{}", few[0].message);
    assert!(errors(&with("ad_groups.0.budget", json!({"daily": "20.00"}))).is_empty());

    let mut spec = with("ad_groups.0.budget", json!({"lifetime": "199.99"}));
    spec["schedule"]["end"] = json!("2026-11-19");
    assert_eq!(errors(&spec), ["ad_groups[0].budget.lifetime"], "ten days at 20");
    let mut spec = with("budget", json!({"daily": "49.99"}));
    spec["ad_groups"][0].as_object_mut().unwrap().remove("budget");
    assert_eq!(errors(&spec), ["budget.daily"]);
    assert_eq!(
        errors(&with("ad_groups.0.budget", json!({"daily": "10000000"}))),
        ["ad_groups[0].budget.daily"]
    );
}

#[test]
fn another_currency_than_the_accounts_and_one_that_tiktok_lacks_are_refused() {
    for currency in ["USD", "KWD"] {
        assert!(errors(&with("currency", json!(currency))).contains(&"currency".to_owned()), "{currency}");
    }
}

#[test]
fn what_tiktok_cannot_show_in_a_text_is_refused_with_its_place() {
    let long = "x".repeat(101);
    for text in ["Now 🏕", "Tents #1", "For {name}", long.as_str()] {
        assert_eq!(errors(&with("copy.primary_text", json!(text))), ["copy.primary_text"], "{text}");
    }
    assert!(errors(&with("copy.primary_text", json!("テント".repeat(33)))).is_empty());
}

#[test]
fn an_emoji_in_a_name_is_refused_and_a_hash_is_not() {
    assert_eq!(errors(&with("name", json!("Sale 🎉"))), ["name"]);
    assert_eq!(errors(&with("ad_groups.0.ads.1.name", json!("Stove 🔥"))), ["ad_groups[0].ads[1].name"]);
    assert!(errors(&with("name", json!("Sale #1"))).is_empty());
}

#[test]
fn an_ad_without_a_picture_is_refused() {
    let mut spec = spec();
    spec["ad_groups"][0]["ads"][0].as_object_mut().unwrap().remove("image");
    assert_eq!(errors(&spec), ["ad_groups[0].ads[0].image"]);
}

#[test]
fn lines_and_keywords_that_tiktok_does_not_show_are_told_of() {
    let mut spec = with("copy.more_headlines", json!(["Another"]));
    spec["ad_groups"][0]["keywords"] = json!([{"text": "tent"}]);
    assert_eq!(warnings(&spec), ["ad_groups[0].keywords", "copy.more_headlines"]);
}

#[test]
fn ages_are_widened_to_bands_with_a_word() {
    let spec = with("audience", json!({"age_min": 30, "age_max": 40}));
    let group = only(&spec, ObjectKind::AdGroup).fields;
    assert_eq!(group["age_groups"], json!(["AGE_25_34", "AGE_35_44"]));
    let told = warnings(&spec);
    assert!(told.contains(&"audience.age_min".to_owned()) && told.contains(&"audience.age_max".to_owned()));
    let exact = with("audience", json!({"age_min": 25, "age_max": 65}));
    assert!(!warnings(&exact).iter().any(|path| path.starts_with("audience")));
    let young = with("audience", json!({"age_min": 13}));
    assert_eq!(warnings(&young).iter().filter(|path| *path == "audience.age_min").count(), 1);
}

#[test]
fn places_that_tiktok_does_not_know_are_refused_with_the_key_that_is_missing() {
    for (place, path) in [
        (json!({"region": {"name": "B", "keys": {"meta": "1"}}}), "locations.include[0].region.keys.tiktok"),
        (json!({"city": {"name": "B", "keys": {}}}), "locations.include[0].city.keys.tiktok"),
        (json!({"postal_code": "DE:10115"}), "locations.include[0].postal_code"),
        (json!({"point": {"latitude": "1", "longitude": "1", "radius_km": 9}}), "locations.include[0].point"),
    ] {
        assert_eq!(errors(&with("locations", json!({"include": [place]}))), [path]);
    }
    let excluded = json!({"include": [{"country": "DE"}], "exclude": [{"country": "AT"}]});
    assert_eq!(errors(&with("locations", excluded)), ["locations.exclude"]);
}

#[test]
fn sales_need_a_pixel_and_an_event_that_it_knows() {
    let mut sales = with("goal", json!("sales"));
    assert_eq!(errors(&sales), ["conversion"]);
    sales["conversion"] = json!({"event": "donate"});
    assert_eq!(errors(&sales), ["conversion.event"]);
    sales["conversion"] = json!({"event": "purchase", "view_days": 1});
    let group = only(&sales, ObjectKind::AdGroup).fields;
    assert_eq!((&group["pixel_id"], &group["optimization_event"]), (&json!("3001"), &json!("SHOPPING")));
    assert_eq!(
        (&group["click_attribution_window"], &group["view_attribution_window"]),
        (&json!("SEVEN_DAYS"), &json!("ONE_DAY"))
    );
    sales["platforms"]["tiktok"].as_object_mut().unwrap().remove("pixel");
    assert_eq!(errors(&sales), ["platforms.tiktok.pixel"]);
}

#[test]
fn a_form_is_one_that_was_made_at_tiktok() {
    let mut leads = with("goal", json!("leads"));
    leads["destination"] = json!({"form": {"name": "Ask", "questions": [{"ask": "email"}],
        "privacy_policy_url": "https://example.com/privacy"}});
    assert_eq!(errors(&leads), ["platforms.tiktok.form"]);
    leads["platforms"]["tiktok"]["form"] = json!("6001");
    let ad = only(&leads, ObjectKind::Ad).fields;
    assert_eq!((&ad["page_id"], &ad["call_to_action"]), (&json!("6001"), &json!("SIGN_UP")));
    let group = only(&leads, ObjectKind::AdGroup).fields;
    assert_eq!(group["promotion_target_type"], "INSTANT_PAGE");
}

#[test]
fn a_bid_must_suit_what_is_paid_for_and_stay_below_the_budget() {
    let bid = |strategy: &str, amount: &str| with("bid", json!({"strategy": strategy, "amount": amount}));
    let group = only(&bid("bid_cap", "0.50"), ObjectKind::AdGroup).fields;
    assert_eq!((&group["bid_type"], &group["bid_price"]), (&json!("BID_TYPE_CUSTOM"), &json!("0.5")));
    assert_eq!(errors(&bid("cost_cap", "0.50")), ["bid.strategy"]);
    assert_eq!(errors(&bid("bid_cap", "30.00")), ["bid.amount"]);
    let mut value = with("goal", json!("sales"));
    value["conversion"] = json!({"event": "purchase"});
    value["ad_groups"][0]["optimize_for"] = json!("value");
    assert_eq!(only(&value, ObjectKind::AdGroup).fields["deep_bid_type"], "VO_HIGHEST_VALUE");
    value["bid"] = json!({"strategy": "min_roas", "roas": "2.50"});
    let group = only(&value, ObjectKind::AdGroup).fields;
    assert_eq!((&group["deep_bid_type"], &group["roas_bid"]), (&json!("VO_MIN_ROAS"), &json!("2.5")));
}

#[test]
fn goals_and_buttons_that_tiktok_lacks_are_refused_with_what_it_has() {
    assert_eq!(errors(&with("goal", json!("engagement"))), ["goal"]);
    assert_eq!(
        errors(&with("ad_groups.0.optimize_for", json!("landing_page_views"))),
        ["ad_groups[0].optimize_for"]
    );
    assert_eq!(errors(&with("copy.call_to_action", json!("get_offer"))), ["copy.call_to_action"]);
}

#[test]
fn a_call_is_dialled_by_a_number_in_three_parts() {
    let calls = |phone: &str, country: &str| {
        let mut calls = with("destination", json!({"call": {"phone": phone}}));
        calls["goal"] = json!("calls");
        calls["locations"] = json!({"include": [{"country": country}]});
        calls
    };
    let german = calls("+4930123456", "FR");
    let ad = only(&german, ObjectKind::Ad).fields;
    let number = ["phone_region_code", "phone_region_calling_code", "phone_number", "call_to_action"];
    assert_eq!(number.map(|name| ad[name].clone()), ["DE", "+49", "30123456", "CALL_NOW"].map(Value::from));
    assert_eq!(ad.get("landing_page_url"), None);
    let group = only(&german, ObjectKind::AdGroup).fields;
    assert_eq!(
        (&group["promotion_type"], &group["optimization_goal"], &group["billing_event"]),
        (&json!("LEAD_GEN_CLICK_TO_CALL"), &json!("LEAD_GENERATION"), &json!("OCPM"))
    );
    let canadian = only(&calls("+16135550100", "CA"), ObjectKind::Ad).fields;
    assert_eq!(canadian["phone_region_code"], "CA", "of those that share +1, where the ads are shown");
    assert_eq!(errors(&calls("+16135550100", "DE")), ["destination.call.phone"]);
}

#[test]
fn an_identity_through_a_business_centre_names_it() {
    let mut spec = with("platforms.tiktok.identity_type", json!("bc_auth_tt"));
    assert_eq!(errors(&spec), ["platforms.tiktok.business_center"]);
    spec["platforms"]["tiktok"]["business_center"] = json!("8001");
    let ad = only(&spec, ObjectKind::Ad).fields;
    assert_eq!(
        (&ad["identity_type"], &ad["identity_authorized_bc_id"]),
        (&json!("BC_AUTH_TT"), &json!("8001"))
    );
    assert_eq!(errors(&with("platforms.tiktok.identity", json!(" "))), ["platforms.tiktok.identity"]);
}

#[test]
fn more_parameters_or_ads_than_tiktok_takes_are_refused() {
    let tags = |n: usize| (0..n).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join("&");
    let url_tags = "destination.website.url_tags";
    assert!(errors(&with(url_tags, json!(tags(14)))).is_empty());
    assert_eq!(errors(&with(url_tags, json!(tags(15)))), [url_tags]);
    assert_eq!(errors(&with(url_tags, json!("campaign"))), [url_tags]);
    let ads: Vec<Value> = (0..21).map(|n| json!({"name": format!("Ad {n}"), "image": "a.png"})).collect();
    assert_eq!(errors(&with("ad_groups.0.ads", json!(ads))), ["ad_groups[0].ads"]);
}

#[test]
fn a_campaign_for_others_is_not_mapped() {
    let spec = with("platforms", json!({"google": {}}));
    let mapped = map(&campaign(&spec), &context());
    assert!(mapped.has_errors() && mapped.objects.is_empty());
}

#[test]
fn a_video_wants_a_cover_of_its_shape() {
    let with_video = |image: &str| {
        let mut spec = with("ad_groups.0.ads.0.video", json!("asset:clip.mp4"));
        spec["ad_groups"][0]["ads"][0]["image"] = json!(image);
        spec
    };
    assert_eq!(errors(&with_video("square.png")), ["ad_groups[0].ads[0].image"]);
    // Of what TikTok holds already, the shape is not known.
    let ad = only(&with_video("tiktok:ad-site-i18n-sg/1"), ObjectKind::Ad).fields;
    assert_eq!(ad["ad_format"], "SINGLE_VIDEO");
    assert_eq!(ad["video_id"], json!({"$ref": "video:cdcdcdcdcdcdcdcd"}));
    let held = with("ad_groups.0.ads.0.video", json!("tiktok:v10033g5"));
    assert_eq!(only(&held, ObjectKind::Ad).fields["video_id"], "v10033g5");
    let elsewhere = with("ad_groups.0.ads.0.video", json!("meta:17"));
    assert_eq!(errors(&elsewhere), ["ad_groups[0].ads[0].video"]);
}
