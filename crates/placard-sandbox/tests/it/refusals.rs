//! What is refused, with which code, subcode and blame: one table per object.

use serde_json::{Value, json};

use crate::support::{ACT, Bench, ad, ad_set, base64, campaign, codes, creative, png, with};

/// Sends each changed call and compares the refusal; reports all that differ.
async fn refuses(bench: &Bench, edge: &str, base: &Value, cases: Vec<(Value, i64, i64, &str)>) {
    let path = if edge.contains('/') || edge.bytes().all(|b| b.is_ascii_digit()) {
        edge.to_owned()
    } else {
        format!("{ACT}/{edge}")
    };
    let mut wrong = Vec::new();
    for (changes, code, subcode, blame) in cases {
        let (status, body) = bench.try_post(&path, with(base.clone(), changes.clone())).await;
        let blamed = body["error"]["error_data"]["blame_field_specs"].to_string();
        if status == 200 || codes(&body) != (code, subcode) || !blamed.contains(blame) {
            wrong
                .push(format!("{changes}\n  wanted {code}/{subcode} blaming {blame}\n  got {status} {body}"));
        }
        if status != 200 {
            let error = &body["error"];
            assert!(
                error["fbtrace_id"].is_string() && error["type"].is_string() && error["message"].is_string()
            );
            assert_eq!(
                error["error_subcode"].is_null(),
                error["error_user_title"].is_null() || code == 190,
                "{body}"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn campaigns() {
    let bench = Bench::new().await;
    let cases = vec![
        (json!({ "name": null }), 100, 0, "name"),
        (json!({ "name": " " }), 100, 0, "name"),
        (json!({ "name": "x".repeat(401) }), 100, 0, "name"),
        (json!({ "objective": null }), 100, 0, "objective"),
        (json!({ "objective": "LINK_CLICKS" }), 100, 0, "objective"),
        (json!({ "status": "ARCHIVED" }), 100, 0, "status"),
        (json!({ "status": "RUNNING" }), 100, 0, "status"),
        (json!({ "special_ad_categories": null }), 100, 0, "special_ad_categories"),
        (json!({ "special_ad_categories": ["PETS"] }), 100, 0, "special_ad_categories"),
        (json!({ "special_ad_categories": ["HOUSING"] }), 100, 0, "special_ad_category_country"),
        (
            json!({ "is_adset_budget_sharing_enabled": null }),
            100,
            4_834_011,
            "is_adset_budget_sharing_enabled",
        ),
        (json!({ "bid_strategy": "COST_CAP" }), 100, 1_885_737, "bid_strategy"),
        (json!({ "daily_budget": 5000, "lifetime_budget": 90_000 }), 100, 1_885_621, "daily_budget"),
        (
            json!({ "daily_budget": 20, "is_adset_budget_sharing_enabled": null }),
            100,
            1_885_272,
            "daily_budget",
        ),
        (
            json!({ "daily_budget": 5000, "is_adset_budget_sharing_enabled": true }),
            100,
            0,
            "is_adset_budget_sharing_enabled",
        ),
        (json!({ "daily_budget": "5.50" }), 100, 0, "daily_budget"),
        (json!({ "daily_budget": -1 }), 100, 0, "daily_budget"),
        (json!({ "spend_cap": 500 }), 100, 2_446_307, "spend_cap"),
        (json!({ "is_skadnetwork_attribution": true }), 100, 3_955_009, "is_skadnetwork_attribution"),
        (json!({ "start_time": "soon" }), 100, 0, "start_time"),
        (json!({ "stop_time": "2020-01-01T00:00:00+0000" }), 100, 0, "stop_time"),
        (json!({ "daily_budgett": 5000 }), 100, 0, "daily_budgett"),
        (json!({ "date_format": "U" }), 100, 0, "date_format"),
        (
            json!({ "execution_options": ["synchronous_ad_review", "validate_only"] }),
            100,
            0,
            "execution_options",
        ),
        (json!({ "execution_options": ["include_recommendations"] }), 100, 0, "execution_options"),
    ];
    refuses(&bench, "campaigns", &campaign(), cases).await;
    assert_eq!(bench.sandbox.world(Some("1001"))["objects"], json!([]), "a refusal leaves nothing behind");
}

#[tokio::test]
async fn ad_sets() {
    let bench = Bench::new().await;
    let id = bench.campaign().await;
    let us = json!({ "geo_locations": { "countries": ["US"] }, "targeting_automation": { "advantage_audience": 0 } });
    let cases = vec![
        (json!({ "name": null }), 100, 0, "name"),
        (json!({ "campaign_id": "120" }), 100, 0, "campaign_id"),
        (json!({ "campaign_id": null }), 100, 0, "campaign_id"),
        (json!({ "optimization_goal": null }), 100, 0, "optimization_goal"),
        (json!({ "optimization_goal": "CLICKS" }), 100, 0, "optimization_goal"),
        (json!({ "optimization_goal": "LEAD_GENERATION" }), 100, 2_490_408, "optimization_goal"),
        (json!({ "destination_type": "ON_AD" }), 100, 2_490_408, "optimization_goal"),
        (json!({ "destination_type": "MOON" }), 100, 0, "destination_type"),
        (json!({ "billing_event": null }), 100, 0, "billing_event"),
        (json!({ "billing_event": "THRUPLAY" }), 100, 0, "billing_event"),
        (json!({ "targeting": null }), 100, 0, "targeting"),
        (json!({ "daily_budget": null }), 100, 0, "daily_budget"),
        (json!({ "daily_budget": 99 }), 100, 1_885_272, "daily_budget"),
        (json!({ "daily_budget": 499, "billing_event": "LINK_CLICKS" }), 100, 1_885_272, "daily_budget"),
        (json!({ "lifetime_budget": 9000 }), 100, 1_885_621, "daily_budget"),
        (json!({ "daily_budget": null, "lifetime_budget": 90_000 }), 100, 0, "end_time"),
        (
            json!({ "daily_budget": null, "lifetime_budget": 500, "end_time": "2026-11-12T09:00:00+0000" }),
            100,
            1_885_650,
            "lifetime_budget",
        ),
        (json!({ "end_time": "2026-11-02T20:00:00+0000" }), 100, 0, "end_time"),
        (json!({ "end_time": "2026-11-01T20:00:00+0000" }), 100, 0, "end_time"),
        (json!({ "bid_strategy": "COST_CAP" }), 100, 1_815_857, "bid_amount"),
        (json!({ "bid_strategy": "LOWEST_COST_WITH_MIN_ROAS" }), 100, 1_815_857, "bid_constraints"),
        (json!({ "bid_amount": 100 }), 100, 2_490_487, "bid_amount"),
        (
            json!({ "bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 6000 }),
            100,
            1_885_272,
            "daily_budget",
        ),
        (json!({ "promoted_object": { "page_id": "2001" } }), 100, 1_885_014, "promoted_object"),
        (
            json!({ "attribution_spec": [{ "event_type": "CLICK_THROUGH", "window_days": 7 }] }),
            100,
            1_885_501,
            "attribution_spec",
        ),
        (json!({ "dsa_payor": null }), 100, 3_858_079, "dsa_payor"),
        (json!({ "dsa_beneficiary": null }), 100, 3_858_081, "dsa_beneficiary"),
        (
            json!({ "adset_schedule": [{ "start_minute": 0, "end_minute": 60, "days": [1] }] }),
            100,
            0,
            "adset_schedule",
        ),
        (json!({ "targeting": us, "dsa_payor": null, "status": "GONE" }), 100, 0, "status"),
        (json!({ "wibble": 1 }), 100, 0, "wibble"),
    ];
    refuses(&bench, "adsets", &ad_set(&id), cases).await;
}

#[tokio::test]
async fn targeting() {
    let bench = Bench::new().await;
    let base = ad_set(&bench.campaign().await);
    let spec = |changes: Value| json!({ "targeting": with(base["targeting"].clone(), changes) });
    let cases = vec![
        (spec(json!({ "geo_locations": null })), 100, 0, "geo_locations"),
        (spec(json!({ "geo_locations": { "countries": ["XX"] } })), 100, 0, "geo_locations"),
        (spec(json!({ "geo_locations": { "countries": ["RU"] } })), 2641, 0, "geo_locations"),
        (
            spec(json!({ "geo_locations": { "countries": ["DE"], "cities": [{ "key": "562731" }] } })),
            100,
            1_487_756,
            "geo_locations",
        ),
        (
            spec(
                json!({ "geo_locations": { "cities": [{ "key": "562731", "radius": 500, "distance_unit": "mile" }] } }),
            ),
            100,
            0,
            "geo_locations",
        ),
        (
            spec(json!({ "geo_locations": { "countries": ["DE"], "location_types": ["home"] } })),
            100,
            1_870_199,
            "geo_locations",
        ),
        (spec(json!({ "geo_locations": { "towns": [] } })), 100, 0, "geo_locations"),
        (spec(json!({ "age_min": 12 })), 100, 0, "age_min"),
        (spec(json!({ "age_min": 60, "age_max": 30 })), 100, 0, "age_min"),
        (spec(json!({ "genders": [3] })), 100, 0, "genders"),
        (spec(json!({ "locales": [99] })), 100, 0, "locales"),
        (spec(json!({ "targeting_automation": null })), 100, 1_870_227, "targeting_automation"),
        (
            spec(
                json!({ "targeting_automation": { "advantage_audience": 1 }, "age_min": 30, "age_max": 65 }),
            ),
            100,
            1_870_188,
            "age_min",
        ),
        (
            spec(json!({ "targeting_automation": { "advantage_audience": 1 }, "age_max": 50 })),
            100,
            1_870_189,
            "age_max",
        ),
        (
            spec(json!({ "flexible_spec": [{ "interests": [{ "id": "1", "name": "Gone" }] }] })),
            100,
            1_487_079,
            "flexible_spec",
        ),
        (spec(json!({ "flexible_spec": [{ "hobbies": [] }] })), 100, 0, "flexible_spec"),
        (spec(json!({ "exclusions": {} })), 100, 0, "exclusions"),
        (spec(json!({ "publisher_platforms": ["audience_network"] })), 100, 1_815_433, "publisher_platforms"),
        (spec(json!({ "publisher_platforms": ["myspace"] })), 100, 1_815_433, "publisher_platforms"),
        (
            spec(json!({ "publisher_platforms": ["facebook"], "facebook_positions": ["story"] })),
            100,
            1_815_433,
            "facebook_positions",
        ),
        (
            spec(
                json!({ "publisher_platforms": ["facebook"], "facebook_positions": ["feed", "video_feeds"] }),
            ),
            100,
            1_815_433,
            "facebook_positions",
        ),
        (
            spec(json!({ "publisher_platforms": ["instagram"], "instagram_positions": ["explore"] })),
            100,
            1_815_433,
            "instagram_positions",
        ),
        (
            spec(json!({ "publisher_platforms": ["threads"], "threads_positions": ["threads_stream"] })),
            100,
            1_815_433,
            "threads_positions",
        ),
        (spec(json!({ "custom_audiences": [{ "id": "5" }] })), 100, 0, "custom_audiences"),
        (spec(json!({ "shoe_size": 44 })), 100, 0, "shoe_size"),
    ];
    refuses(&bench, "adsets", &base, cases).await;
}

#[tokio::test]
async fn special_ad_categories_narrow_the_targeting() {
    let bench = Bench::new().await;
    let special = json!({ "special_ad_categories": ["HOUSING"], "special_ad_category_country": ["DE"] });
    let id = bench.create("campaigns", with(campaign(), special)).await;
    let open = json!({ "geo_locations": { "countries": ["DE"] }, "targeting_automation": { "advantage_audience": 0 } });
    let base = with(ad_set(&id), json!({ "targeting": open }));
    let spec = |changes: Value| json!({ "targeting": with(open.clone(), changes) });
    let cases = vec![
        (spec(json!({ "targeting_automation": null })), 100, 1_870_227, "targeting_automation"),
        (spec(json!({ "age_min": 25 })), 100, 2_909_034, "age_min"),
        (spec(json!({ "genders": [1] })), 100, 2_909_034, "genders"),
        (
            spec(json!({ "geo_locations": { "zips": [{ "key": "DE:10115" }] } })),
            100,
            2_909_034,
            "geo_locations",
        ),
        (spec(json!({ "geo_locations": { "countries": ["FR"] } })), 100, 2_909_034, "geo_locations"),
    ];
    refuses(&bench, "adsets", &base, cases).await;
    bench.create("adsets", base).await;
}

#[tokio::test]
async fn conversion_and_lead_ad_sets() {
    let bench = Bench::new().await;
    let sales = bench.create("campaigns", with(campaign(), json!({ "objective": "OUTCOME_SALES" }))).await;
    let conversions = with(
        ad_set(&sales),
        json!({
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "promoted_object": { "pixel_id": "3001", "custom_event_type": "PURCHASE" },
        }),
    );
    let windows = |days: i64| json!([{ "event_type": "CLICK_THROUGH", "window_days": days }]);
    let cases = vec![
        (json!({ "promoted_object": null }), 100, 1_815_430, "promoted_object"),
        (json!({ "promoted_object": { "pixel_id": "3001" } }), 100, 1_815_430, "custom_event_type"),
        (
            json!({ "promoted_object": { "pixel_id": "9", "custom_event_type": "PURCHASE" } }),
            100,
            1_885_014,
            "pixel_id",
        ),
        (
            json!({ "promoted_object": { "pixel_id": "3001", "custom_event_type": "LEAD" } }),
            100,
            1_885_014,
            "custom_event_type",
        ),
        (json!({ "attribution_spec": windows(28) }), 100, 1_885_501, "attribution_spec"),
    ];
    refuses(&bench, "adsets", &conversions, cases).await;
    bench.create("adsets", with(conversions, json!({ "attribution_spec": windows(7) }))).await;

    let leads = bench.create("campaigns", with(campaign(), json!({ "objective": "OUTCOME_LEADS" }))).await;
    let form = with(
        ad_set(&leads),
        json!({
            "optimization_goal": "LEAD_GENERATION", "destination_type": "ON_AD",
            "promoted_object": { "page_id": "2001" },
        }),
    );
    let cases = vec![
        (json!({ "promoted_object": { "page_id": "2002" } }), 100, 1_870_090, "page_id"),
        (json!({ "promoted_object": { "page_id": "2999" } }), 100, 1_885_014, "page_id"),
        (json!({ "destination_type": "MESSENGER" }), 100, 2_490_408, "optimization_goal"),
    ];
    refuses(&bench, "adsets", &form, cases).await;
    bench.create("adsets", form).await;
}

#[tokio::test]
async fn a_campaign_budget_excludes_budgets_and_strategies_below() {
    let bench = Bench::new().await;
    let cbo =
        json!({ "daily_budget": 9000, "is_adset_budget_sharing_enabled": null, "bid_strategy": "COST_CAP" });
    let id = bench.create("campaigns", with(campaign(), cbo)).await;
    let base = with(ad_set(&id), json!({ "daily_budget": null, "bid_strategy": null, "bid_amount": 300 }));
    let cases = vec![
        (json!({ "daily_budget": 5000 }), 100, 1_885_621, "daily_budget"),
        (json!({ "bid_strategy": "COST_CAP" }), 100, 0, "bid_strategy"),
        (json!({ "bid_amount": null }), 100, 1_815_857, "bid_amount"),
    ];
    refuses(&bench, "adsets", &base, cases).await;
    bench.create("adsets", base).await;
}

#[tokio::test]
async fn images() {
    let bench = Bench::new().await;
    let base = json!({ "bytes": base64(&png(1080, 1080, 0)) });
    let cases = vec![
        (json!({ "bytes": null }), 100, 0, "bytes"),
        (json!({ "bytes": "###" }), 100, 0, "bytes"),
        (json!({ "bytes": base64(b"GIF89a not really") }), 100, 1_487_411, "bytes"),
        (json!({ "bytes": base64(&png(599, 800, 0)) }), 100, 1_487_411, "bytes"),
        (json!({ "url": "https://example.com/a.png" }), 100, 0, "url"),
    ];
    refuses(&bench, "adimages", &base, cases).await;
}

#[tokio::test]
async fn creatives() {
    let bench = Bench::new().await;
    let hash = bench.image().await;
    let base = creative(&hash, "Walk further.");
    let story = |changes: Value| {
        let mut spec = base["object_story_spec"].clone();
        spec["link_data"] = with(spec["link_data"].clone(), changes);
        json!({ "object_story_spec": spec })
    };
    let spec =
        |changes: Value| json!({ "object_story_spec": with(base["object_story_spec"].clone(), changes) });
    let card = json!({ "link": "https://example.com", "image_hash": hash });
    let cases = vec![
        (json!({ "object_story_spec": null }), 100, 0, "object_story_spec"),
        (spec(json!({ "page_id": null })), 100, 0, "page_id"),
        (spec(json!({ "page_id": "2999" })), 200, 0, "page_id"),
        (spec(json!({ "instagram_user_id": "1" })), 100, 0, "instagram_user_id"),
        (spec(json!({ "instagram_actor_id": "4001" })), 100, 0, "instagram_actor_id"),
        (spec(json!({ "photo_data": { "image_hash": hash } })), 100, 0, "object_story_spec"),
        (spec(json!({ "sound_data": {} })), 100, 0, "sound_data"),
        (story(json!({ "link": "" })), 100, 2_446_383, "object_story_spec"),
        (story(json!({ "link": "example.com" })), 100, 0, "link"),
        (story(json!({ "image_hash": "0".repeat(32) })), 100, 1_487_411, "image_hash"),
        (story(json!({ "headline": "x" })), 100, 0, "headline"),
        (story(json!({ "call_to_action": { "type": "RUN" } })), 100, 1_373_054, "call_to_action"),
        (
            story(
                json!({ "call_to_action": { "type": "CALL_NOW", "value": { "link": "https://example.com" } } }),
            ),
            100,
            1_373_054,
            "call_to_action",
        ),
        (
            story(json!({ "call_to_action": { "type": "SIGN_UP", "value": { "lead_gen_form_id": "1" } } })),
            100,
            0,
            "call_to_action",
        ),
        (story(json!({ "child_attachments": [card] })), 100, 0, "child_attachments"),
        (
            json!({ "degrees_of_freedom_spec": { "creative_features_spec": {
                "standard_enhancements": { "enroll_status": "OPT_OUT" } } } }),
            100,
            0,
            "degrees_of_freedom_spec",
        ),
        (json!({ "contextual_multi_ads": { "enroll_status": "MAYBE" } }), 100, 0, "contextual_multi_ads"),
        (json!({ "url_tags": "?utm_source=meta" }), 100, 0, "url_tags"),
        (
            json!({ "asset_feed_spec": { "bodies": [{ "text": "a" }, { "text": "a" }] } }),
            100,
            1_815_629,
            "bodies",
        ),
        (
            json!({ "asset_feed_spec": { "titles": (0..6).map(|n| json!({ "text": n.to_string() })).collect::<Vec<_>>() } }),
            100,
            0,
            "titles",
        ),
        (json!({ "sparkle": true }), 100, 0, "sparkle"),
        (json!({ "title": "Above the story" }), 100, 0, "title"),
    ];
    refuses(&bench, "adcreatives", &base, cases).await;
}

#[tokio::test]
async fn ads() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let base = ad(&tree.ad_set, &tree.creative);
    let cases = vec![
        (json!({ "name": null }), 100, 0, "name"),
        (json!({ "adset_id": null }), 100, 0, "adset_id"),
        (json!({ "adset_id": tree.campaign }), 100, 0, "adset_id"),
        (json!({ "creative": null }), 100, 0, "creative"),
        (json!({ "creative": { "creative_id": "5" } }), 100, 0, "creative"),
        (json!({ "status": "DELETED" }), 100, 0, "status"),
        (json!({ "conversion_domain": "https://example.com/" }), 100, 0, "conversion_domain"),
        (json!({ "tracking_specs": {} }), 100, 0, "tracking_specs"),
        (json!({ "budget": 5 }), 100, 0, "budget"),
    ];
    refuses(&bench, "ads", &base, cases).await;
}

#[tokio::test]
async fn lead_forms() {
    let bench = Bench::new().await;
    let page = bench.sandbox.page_token("2001");
    let base = json!({
        "access_token": page, "name": "Tour", "questions": [{ "type": "EMAIL" }],
        "privacy_policy": { "url": "https://example.com/privacy", "link_text": "Privacy" }, "locale": "DE_DE",
    });
    bench.post("2001/leadgen_forms", with(base.clone(), json!({ "name": "Taken" }))).await;
    let cases = vec![
        (json!({ "access_token": bench.token }), 190, 0, ""),
        (json!({ "name": "Taken" }), 100, 0, "name"),
        (json!({ "name": null }), 100, 0, "name"),
        (json!({ "questions": [] }), 100, 0, "questions"),
        (json!({ "questions": [{ "type": "SHOE_SIZE" }] }), 100, 0, "questions"),
        (json!({ "questions": [{ "type": "CUSTOM", "key": "k" }] }), 100, 0, "questions"),
        (json!({ "questions": [{ "type": "EMAIL" }, { "type": "EMAIL" }] }), 100, 0, "questions"),
        (json!({ "privacy_policy": null }), 100, 0, "privacy_policy"),
        (json!({ "locale": "german" }), 100, 0, "locale"),
        (json!({ "thank_you_page": { "button_type": "DANCE" } }), 100, 0, "thank_you_page"),
        (json!({ "colour": "red" }), 100, 0, "colour"),
    ];
    refuses(&bench, "2001/leadgen_forms", &base, cases).await;
    let other = with(base, json!({ "access_token": bench.sandbox.page_token("2002") }));
    refuses(&bench, "2002/leadgen_forms", &other, vec![(json!({}), 100, 1_870_090, "page_id")]).await;
}

#[tokio::test]
async fn foreign_disabled_and_unknown_accounts() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    for (account, wanted) in [("act_9001", (200, 0)), ("act_404", (100, 33)), ("act_1004", (1_404_078, 0))] {
        let (_, body) = bench.try_post(&format!("{account}/campaigns"), campaign()).await;
        assert_eq!(codes(&body), wanted, "{account}");
    }
    assert_eq!(codes(&bench.try_get("act_9001", json!({})).await.1), (200, 0));
    assert_eq!(codes(&bench.try_get("999", json!({})).await.1), (100, 33));
    bench.get("act_1004/campaigns", json!({})).await;
    bench.control("accounts/act_1001", json!({ "account_status": 2 })).await;
    let (_, body) = bench.try_post(&tree.campaign, json!({ "status": "ACTIVE" })).await;
    assert_eq!(codes(&body), (1_404_078, 0));
    bench.post(&tree.campaign, json!({ "status": "PAUSED" })).await;
    let other = bench.try_post("act_1002/adsets", ad_set(&tree.campaign)).await.1;
    assert_eq!(codes(&other), (100, 0), "a campaign of another account");
}

#[tokio::test]
async fn roots_and_paths_that_are_not_served() {
    let bench = Bench::new().await;
    assert_eq!(codes(&bench.try_get("", json!({ "ids": "1,2" })).await.1), (100, 0));
    assert_eq!(codes(&bench.try_get("a/b/c", json!({})).await.1), (2500, 0));
    assert_eq!(codes(&bench.try_get(&format!("{ACT}/unicorns"), json!({})).await.1), (100, 33));
    assert_eq!(codes(&bench.try_get(ACT, json!({ "fields": "id,colour" })).await.1), (100, 0));
    assert_eq!(codes(&bench.try_get(ACT, json!({ "fields": "id,ads{id" })).await.1), (2500, 0));
    assert_eq!(codes(&bench.try_get("search", json!({ "type": "adunicorn" })).await.1), (100, 0));
}
