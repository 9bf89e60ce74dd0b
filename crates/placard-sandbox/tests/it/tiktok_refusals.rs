//! What TikTok refuses, each for its own reason (TikTok, `platforms/tiktok.md` §2, §7 to §12, §20).

use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{
    AD, AD_GROUP, ADVERTISER, CAMPAIGN, GERMANY, TikTokBench, ad_group, ads, campaign, creative, data, text,
};

const PIXEL: &str = "7400000000000000001";

/// Sends `base` with each change and checks the code, and that the message names the field.
async fn refused(bench: &TikTokBench, path: &str, base: &Value, cases: &[(Value, i64, &str)]) {
    for (change, code, word) in cases {
        let body = bench.post(path, with(base.clone(), change.clone())).await;
        assert_eq!(body["code"], json!(code), "{change}: {body}");
        assert!(body["message"].as_str().unwrap().contains(word), "{change}: {body}");
        assert_eq!(body["data"], json!({}));
    }
}

#[tokio::test]
async fn campaigns_that_break_a_rule_are_refused() {
    let bench = TikTokBench::new().await;
    let budget = |mode: &str, amount: Value| json!({ "budget_mode": mode, "budget": amount });
    let cases = [
        (json!({ "advertiser_id": null }), 40002, "advertiser_id"),
        (json!({ "advertiser_id": "7009001" }), 40001, "7009001"),
        (json!({ "advertiser_id": "7999999" }), 40300, "7999999"),
        (json!({ "campaign_name": null }), 40002, "campaign_name"),
        (json!({ "campaign_name": " " }), 40002, "campaign_name"),
        (json!({ "campaign_name": "Boots 🥾" }), 40002, "campaign_name"),
        (json!({ "campaign_name": "n".repeat(513) }), 40002, "campaign_name"),
        (json!({ "campaign_name": "靴".repeat(257) }), 40002, "campaign_name"),
        (json!({ "objective_type": null }), 40002, "objective_type"),
        (json!({ "objective_type": "CONVERSIONS" }), 40002, "objective_type"),
        (json!({ "objective_type": "RF_REACH" }), 40008, "reservation"),
        (json!({ "objective_type": "APP_PROMOTION" }), 40002, "app_promotion_type"),
        (json!({ "objective_type": "PRODUCT_SALES" }), 40008, "catalogs"),
        (json!({ "campaign_type": "IOS14_CAMPAIGN" }), 40002, "app_id"),
        (json!({ "virtual_objective_type": "SALES" }), 40002, "sales_destination"),
        (json!({ "budget_mode": null }), 40002, "budget_mode"),
        (json!({ "budget_mode": "DAILY" }), 40002, "budget_mode"),
        (json!({ "budget_mode": "BUDGET_MODE_DAY" }), 40002, "budget"),
        (budget("BUDGET_MODE_DAY", json!(49.99)), 40002, "budget"),
        (budget("BUDGET_MODE_DAY", json!(10_000_000)), 40002, "budget"),
        (budget("BUDGET_MODE_DAY", json!(50.005)), 40002, "budget"),
        (budget("BUDGET_MODE_DAY", json!("50")), 40002, "budget"),
        (budget("BUDGET_MODE_DAY", json!(-50)), 40002, "budget"),
        (json!({ "budget_optimize_on": true }), 40002, "budget_mode"),
        (json!({ "operation_status": "PAUSED" }), 40002, "operation_status"),
        (json!({ "operation_status": "DELETE" }), 40002, "operation_status"),
        (json!({ "special_industries": ["POLITICS"] }), 40002, "special_industries"),
    ];
    refused(&bench, CAMPAIGN, &campaign("Autumn"), &cases).await;
    assert!(bench.list("campaign", json!({})).await.is_empty());
    let least = with(campaign("靴".repeat(256).as_str()), budget("BUDGET_MODE_DAY", json!(50)));
    let least = with(least, json!({ "budget_optimize_switch": 1, "nonsense": true }));
    data(bench.post(CAMPAIGN, least).await);
}

#[tokio::test]
async fn yen_come_whole_and_their_budgets_are_a_hundred_times_larger() {
    let bench = TikTokBench::new().await;
    let yen =
        with(campaign("Autumn"), json!({ "advertiser_id": "7001003", "budget_mode": "BUDGET_MODE_DAY" }));
    let cases = [
        (json!({ "budget": 4999 }), 40002, "budget"),
        (json!({ "budget": 5000.5 }), 40002, "budget"),
        (json!({ "budget": 1_000_000_000_i64 }), 40002, "budget"),
    ];
    refused(&bench, CAMPAIGN, &yen, &cases).await;
    data(bench.post(CAMPAIGN, with(yen, json!({ "budget": 5000.0 }))).await);
}

#[tokio::test]
async fn ad_groups_that_break_a_rule_are_refused() {
    let bench = TikTokBench::new().await;
    let parent = text(&data(bench.post(CAMPAIGN, campaign("Autumn")).await), "campaign_id");
    let ends = |end: &str| json!({ "schedule_type": "SCHEDULE_START_END", "schedule_end_time": end });
    let total = |amount: i64| {
        let budget = json!({ "budget_mode": "BUDGET_MODE_TOTAL", "budget": amount });
        with(ends("2026-11-12 09:00:00"), budget)
    };
    let cases = [
        (json!({ "campaign_id": null }), 40002, "campaign_id"),
        (json!({ "campaign_id": "1790000000000009999" }), 40007, "campaign_id"),
        (json!({ "adgroup_name": "" }), 40002, "adgroup_name"),
        (json!({ "promotion_type": null }), 40002, "promotion_type"),
        (json!({ "promotion_type": "LEAD_GENERATION" }), 40002, "promotion_type"),
        (json!({ "placement_type": "PLACEMENT_TYPE_NORMAL" }), 40002, "placements"),
        (json!({ "placements": ["PLACEMENT_TOPBUZZ"] }), 40002, "placements"),
        (json!({ "location_ids": null }), 40002, "location_ids"),
        (json!({ "location_ids": [GERMANY, "2950157"] }), 40002, "location_ids"),
        (json!({ "location_ids": ["1"] }), 40700, "location_ids"),
        (json!({ "age_groups": ["AGE_13_17"] }), 40065, "13-17"),
        (json!({ "age_groups": ["AGE_1_2"] }), 40002, "age_groups"),
        (json!({ "household_income": ["TOP5"] }), 40002, "household_income"),
        (json!({ "dayparting": "1".repeat(335) }), 40002, "dayparting"),
        (json!({ "budget": null }), 40002, "budget"),
        (json!({ "budget": 19.99 }), 40002, "budget"),
        (json!({ "budget": 20.001 }), 40002, "budget"),
        (json!({ "budget_mode": "BUDGET_MODE_INFINITE" }), 40002, "budget_mode"),
        (json!({ "budget_mode": "BUDGET_MODE_TOTAL" }), 40002, "budget_mode"),
        (total(199), 40002, "budget"),
        (json!({ "schedule_type": null }), 40002, "schedule_type"),
        (json!({ "schedule_start_time": null }), 40002, "schedule_start_time"),
        (json!({ "schedule_start_time": "2026-11-03T00:00:00Z" }), 40002, "schedule_start_time"),
        (json!({ "schedule_type": "SCHEDULE_START_END" }), 40002, "schedule_end_time"),
        (ends("2026-11-02 09:00:00"), 40002, "schedule_end_time"),
        (json!({ "pacing": null }), 40002, "pacing"),
        (json!({ "pacing": "PACING_MODE_FAST" }), 40002, "pacing"),
        (json!({ "bid_type": "BID_TYPE_CUSTOM" }), 40002, "bid_price"),
        (json!({ "bid_type": "BID_TYPE_CUSTOM", "bid_price": 50.5 }), 40002, "bid_price"),
        (json!({ "click_attribution_window": "ONE_DAY" }), 40002, "view_attribution_window"),
        (json!({ "engaged_view_attribution_window": "ONE_DAY" }), 40002, "click_attribution_window"),
        (json!({ "pixel_id": "7400000000000000002" }), 40007, "Pixel"),
        (json!({ "audience_ids": ["1"] }), 40007, "Audience"),
        (json!({ "saved_audience_id": "1" }), 40007, "Audience"),
    ];
    refused(&bench, AD_GROUP, &ad_group(&parent, "main"), &cases).await;
    data(bench.post(AD_GROUP, with(ad_group(&parent, "total"), total(200))).await);
    let late = with(ad_group(&parent, "late"), json!({ "schedule_start_time": "2026-10-01 00:00:00" }));
    assert_eq!(data(bench.post(AD_GROUP, late).await)["schedule_start_time"], "2026-11-02 09:00:00");
}

#[tokio::test]
async fn a_goal_goes_with_its_objective_and_its_billing() {
    let bench = TikTokBench::new().await;
    let goal = |goal: &str, pays: &str| json!({ "optimization_goal": goal, "billing_event": pays });
    let traffic = text(&data(bench.post(CAMPAIGN, campaign("Traffic")).await), "campaign_id");
    let cases = [
        (goal("CLICK", "CPM"), 40002, "billing_event"),
        (goal("CLICK", "OCPC"), 40002, "billing_event"),
        (goal("VIDEO_VIEW", "CPV"), 40002, "optimization_goal"),
        (goal("GMV", "OCPM"), 40002, "optimization_goal"),
        (goal("CONVERT", "OCPM"), 40002, "optimization_goal"),
        (goal("DESTINATION_VISIT", "OCPM"), 40118, "DESTINATION_VISIT"),
        (
            with(goal("TRAFFIC_LANDING_PAGE_VIEW", "OCPM"), json!({ "optimization_event": "FORM" })),
            40002,
            "optimization_event",
        ),
    ];
    refused(&bench, AD_GROUP, &ad_group(&traffic, "main"), &cases).await;

    let of = |objective: &str| with(campaign(objective), json!({ "objective_type": objective }));
    let reach = text(&data(bench.post(CAMPAIGN, of("REACH")).await), "campaign_id");
    let base = with(ad_group(&reach, "main"), with(goal("REACH", "CPM"), json!({ "promotion_type": null })));
    let cases = [
        (json!({}), 40002, "frequency"),
        (json!({ "frequency": 3 }), 40002, "frequency_schedule"),
        (json!({ "frequency": 1001, "frequency_schedule": 7 }), 40002, "frequency"),
        (json!({ "frequency": 3, "frequency_schedule": 31 }), 40002, "frequency_schedule"),
    ];
    refused(&bench, AD_GROUP, &base, &cases).await;
    data(bench.post(AD_GROUP, with(base, json!({ "frequency": 3.0, "frequency_schedule": 7 }))).await);

    let web = text(&data(bench.post(CAMPAIGN, of("WEB_CONVERSIONS")).await), "campaign_id");
    let base = with(ad_group(&web, "main"), goal("CONVERT", "OCPM"));
    let base = with(base, json!({ "pixel_id": PIXEL, "optimization_event": "SHOPPING" }));
    let cases = [
        (json!({ "pixel_id": null }), 40002, "pixel_id"),
        (json!({ "optimization_event": null }), 40002, "optimization_event"),
        (json!({ "optimization_event": "ACTIVE_PAY" }), 40002, "optimization_event"),
        (goal("VALUE", "OCPM"), 40002, "deep_bid_type"),
        (with(goal("VALUE", "OCPM"), json!({ "deep_bid_type": "VO_MIN_ROAS" })), 40002, "roas_bid"),
        (json!({ "bid_type": "BID_TYPE_CUSTOM" }), 40002, "conversion_bid_price"),
    ];
    refused(&bench, AD_GROUP, &base, &cases).await;
    data(bench.post(AD_GROUP, base).await);
}

#[tokio::test]
async fn lead_ads_and_page_views_need_a_page_that_is_published() {
    let bench = TikTokBench::new().await;
    let goal = |goal: &str| json!({ "optimization_goal": goal, "billing_event": "OCPM" });
    let leads = with(campaign("Leads"), json!({ "objective_type": "LEAD_GENERATION" }));
    let leads = text(&data(bench.post(CAMPAIGN, leads).await), "campaign_id");
    let base = with(
        ad_group(&leads, "main"),
        with(goal("LEAD_GENERATION"), json!({ "promotion_type": "LEAD_GENERATION" })),
    );
    let cases = [
        (json!({}), 40002, "promotion_target_type"),
        (json!({ "promotion_target_type": "EXTERNAL_WEBSITE" }), 40002, "pixel_id"),
    ];
    refused(&bench, AD_GROUP, &base, &cases).await;
    let group = with(base, json!({ "promotion_target_type": "INSTANT_PAGE" }));
    let group = text(&data(bench.post(AD_GROUP, group).await), "adgroup_id");
    let image = bench.image().await;
    let form = |page: Value| {
        ads(&group, with(creative(&image), json!({ "landing_page_url": null, "page_id": page })))
    };
    for (page, code) in
        [(Value::Null, 40002), (json!("7500000000000000002"), 40002), (json!("7500000000000000004"), 40007)]
    {
        assert_eq!(bench.post(AD, form(page.clone())).await["code"], code, "{page}");
    }
    data(bench.post(AD, form(json!("7500000000000000001"))).await);

    let traffic = text(&data(bench.post(CAMPAIGN, campaign("Traffic")).await), "campaign_id");
    let views = with(ad_group(&traffic, "views"), goal("TRAFFIC_LANDING_PAGE_VIEW"));
    let bundle =
        json!({ "placement_type": "PLACEMENT_TYPE_NORMAL", "placements": ["PLACEMENT_GLOBAL_APP_BUNDLE"] });
    assert_eq!(bench.post(AD_GROUP, with(views.clone(), bundle)).await["code"], 40002);
    let group = text(&data(bench.post(AD_GROUP, views).await), "adgroup_id");
    assert_eq!(bench.post(AD, ads(&group, creative(&image))).await["code"], 40002);
    let page = json!({ "page_id": "7500000000000000003", "landing_page_url": null });
    data(bench.post(AD, ads(&group, with(creative(&image), page))).await);
}

#[tokio::test]
async fn what_dials_has_a_number_in_three_parts_and_what_does_not_has_none() {
    let bench = TikTokBench::new().await;
    let leads = with(campaign("Calls"), json!({ "objective_type": "LEAD_GENERATION" }));
    let leads = text(&data(bench.post(CAMPAIGN, leads).await), "campaign_id");
    let dials = json!({
        "promotion_type": "LEAD_GEN_CLICK_TO_CALL", "optimization_goal": "LEAD_GENERATION", "billing_event": "OCPM",
    });
    let base = with(ad_group(&leads, "calls"), dials);
    let cases = [
        (json!({ "promotion_target_type": "INSTANT_PAGE" }), 40002, "promotion_target_type"),
        (json!({ "optimization_goal": "PREFERRED_LEAD" }), 40002, "optimization_goal"),
        (json!({ "promotion_type": "WEBSITE" }), 40002, "promotion_type"),
    ];
    refused(&bench, AD_GROUP, &base, &cases).await;
    let group = text(&data(bench.post(AD_GROUP, base).await), "adgroup_id");
    let image = bench.image().await;
    let number = |region: Value, code: Value, number: Value| {
        let parts = json!({
            "landing_page_url": null, "phone_region_code": region, "phone_region_calling_code": code,
            "phone_number": number,
        });
        with(creative(&image), parts)
    };
    let right = number(json!("DE"), json!("+49"), json!("30123456"));
    for wrong in [
        creative(&image),
        number(Value::Null, json!("+49"), json!("30123456")),
        number(json!("Germany"), json!("+49"), json!("30123456")),
        number(json!("DE"), json!("49"), json!("30123456")),
        number(json!("DE"), json!("+49"), json!("030-123")),
    ] {
        assert_eq!(bench.post(AD, ads(&group, wrong.clone())).await["code"], 40002, "{wrong}");
    }
    data(bench.post(AD, ads(&group, right.clone())).await);

    let traffic = text(&data(bench.post(CAMPAIGN, campaign("Traffic")).await), "campaign_id");
    let group = text(&data(bench.post(AD_GROUP, ad_group(&traffic, "site")).await), "adgroup_id");
    let both = with(right, json!({ "landing_page_url": "https://outdoor.example.com" }));
    assert_eq!(bench.post(AD, ads(&group, both)).await["code"], 40002);
}

#[tokio::test]
async fn the_campaigns_budget_mode_decides_what_ad_groups_may_have() {
    let bench = TikTokBench::new().await;
    let mode = |name: &str, mode: &str, cbo: bool| {
        let change = json!({ "budget_mode": mode, "budget": 500, "budget_optimize_on": cbo });
        with(campaign(name), change)
    };
    let ends = json!({
        "schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-11-12 09:00:00", "budget": 300,
    });
    let group = |campaign: &str, mode: &str| {
        with(with(ad_group(campaign, mode), ends.clone()), json!({ "budget_mode": mode }))
    };
    for (campaign, total) in
        [("BUDGET_MODE_DAY", 40002), ("BUDGET_MODE_TOTAL", 0), ("BUDGET_MODE_INFINITE", 0)]
    {
        let parent = text(&data(bench.post(CAMPAIGN, mode(campaign, campaign, false)).await), "campaign_id");
        assert_eq!(
            bench.post(AD_GROUP, group(&parent, "BUDGET_MODE_TOTAL")).await["code"],
            total,
            "{campaign}"
        );
        data(bench.post(AD_GROUP, group(&parent, "BUDGET_MODE_DAY")).await);
        data(bench.post(AD_GROUP, group(&parent, "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")).await);
    }
    let cbo = mode("CBO", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", true);
    let cbo = text(&data(bench.post(CAMPAIGN, cbo).await), "campaign_id");
    let body = group(&cbo, "BUDGET_MODE_DAY");
    assert_eq!(bench.post(AD_GROUP, body.clone()).await["code"], 40002, "a bid type is needed");
    let none = json!({ "bid_type": "BID_TYPE_NO_BID", "pacing": null });
    let first = data(bench.post(AD_GROUP, with(body.clone(), none)).await);
    assert_eq!((&first["budget"], &first["pacing"]), (&Value::Null, &json!("PACING_MODE_SMOOTH")));
    let other = json!({ "bid_type": "BID_TYPE_CUSTOM", "bid_price": 1, "adgroup_name": "other" });
    assert_eq!(bench.post(AD_GROUP, with(body, other)).await["code"], 40002, "all keep the first one's");
    let budget = json!({ "advertiser_id": ADVERTISER, "adgroup_id": first["adgroup_id"], "budget": 1, "gender": "GENDER_MALE" });
    assert_eq!(data(bench.post("/adgroup/update/", budget).await)["budget"], Value::Null);
}

#[tokio::test]
async fn ads_that_break_a_rule_are_refused_and_none_of_their_call_is_made() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let good = creative(&made.image);
    let cases = [
        (json!({ "identity_type": null }), 40002, "identity_type"),
        (json!({ "identity_id": null }), 40002, "identity_id"),
        (json!({ "identity_type": "TT_USER" }), 40007, "Identity"),
        (json!({ "ad_format": null }), 40002, "ad_format"),
        (json!({ "ad_format": "CAROUSEL" }), 40002, "ad_format"),
        (json!({ "ad_format": "CAROUSEL_ADS" }), 40002, "music_id"),
        (json!({ "ad_format": "LIVE_CONTENT" }), 40008, "LIVE_CONTENT"),
        (json!({ "ad_format": "SINGLE_VIDEO" }), 40002, "video_id"),
        (json!({ "video_id": "v10033g5" }), 40002, "video_id"),
        (json!({ "image_ids": [] }), 40002, "image_ids"),
        (json!({ "image_ids": ["tos-unknown"] }), 40002, "image_ids"),
        (json!({ "ad_text": null }), 40002, "ad_text"),
        (json!({ "ad_text": "n".repeat(101) }), 40002, "ad_text"),
        (json!({ "ad_text": "Walk 🥾" }), 40002, "ad_text"),
        (json!({ "ad_text": "Walk #further" }), 40002, "ad_text"),
        (json!({ "call_to_action": "BUY" }), 40002, "call_to_action"),
        (json!({ "landing_page_url": null }), 40002, "landing_page_url"),
        (json!({ "landing_page_url": "http://example.com" }), 40002, "landing_page_url"),
        (json!({ "utm_params": vec![json!({ "key": "a", "value": "b" }); 15] }), 40002, "utm_params"),
        (json!({ "ad_name": "Boots 🥾" }), 40002, "ad_name"),
        (json!({ "tracking_pixel_id": 7_400_000_000_000_000_002_u64 }), 40007, "Pixel"),
    ];
    for (change, code, word) in cases {
        let bad = with(good.clone(), change.clone());
        let body = with(ads(&made.group, good.clone()), json!({ "creatives": [good, bad] }));
        let body = bench.post(AD, body).await;
        assert_eq!(body["code"], json!(code), "{change}: {body}");
        assert!(body["message"].as_str().unwrap().contains(word), "{change}: {body}");
    }
    let many = |count: usize| {
        with(ads(&made.group, good.clone()), json!({ "creatives": vec![good.clone(); count] }))
    };
    assert_eq!(bench.post(AD, many(21)).await["code"], 40061);
    assert_eq!(bench.post(AD, many(0)).await["code"], 40061);
    assert_eq!(bench.post(AD, many(20)).await["code"], 40502);
    assert_eq!(bench.list("ad", json!({})).await.len(), 1);
    let made = data(bench.post(AD, many(19)).await);
    assert_eq!(made["ad_ids"].as_array().unwrap().len(), 19);
    let bare = with(good, json!({ "ad_id": made["ad_ids"][0], "ad_name": "" }));
    let unnamed =
        data(bench.post("/ad/update/", ads(&text(&made["creatives"][0], "adgroup_id"), bare)).await);
    assert!(text(&unnamed["creatives"][0], "ad_name").starts_with("main 2026"), "a name is made up");
}

#[tokio::test]
async fn nobody_touches_what_is_a_strangers_or_of_another_kind() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let other =
        json!({ "advertiser_id": "7001002", "campaign_ids": [made.campaign], "operation_status": "ENABLE" });
    assert_eq!(bench.post("/campaign/status/update/", other).await["code"], 40001);
    assert_eq!(bench.switch("adgroup", &made.campaign, "ENABLE").await["code"], 40007);
    let foreign = json!({ "advertiser_id": "7009001" });
    for path in ["/campaign/get/", "/adgroup/get/", "/ad/get/", "/identity/get/", "/adgroup/quota/"] {
        assert_eq!(bench.get(path, foreign.clone()).await["code"], 40001, "{path}");
    }
    let us = with(ad_group(&made.campaign, "us"), json!({ "location_ids": ["6252001"] }));
    let us = text(&data(bench.post(AD_GROUP, us).await), "adgroup_id");
    let leave = json!({ "advertiser_id": ADVERTISER, "adgroup_id": us, "location_ids": [GERMANY] });
    assert_eq!(bench.post("/adgroup/update/", leave.clone()).await["code"], 40002);
    data(bench.post("/adgroup/update/", with(leave, json!({ "location_ids": [GERMANY, "5332921"] }))).await);
}
