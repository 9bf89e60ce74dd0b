//! The way to a running ad, and reading it back (TikTok, `platforms/tiktok.md` §5 to §8, §12 to §14, §17).

use chrono::TimeDelta;
use placard_sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{
    AD, AD_GROUP, ADVERTISER, CAMPAIGN, IDENTITY, TikTokBench, ad_group, ads, campaign, creative, data, text,
};

#[tokio::test]
async fn a_campaign_is_made_switched_on_and_read_back_as_it_was_sent() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    for (level, id) in [("campaign", &made.campaign), ("adgroup", &made.group), ("ad", &made.ad)] {
        assert_eq!(id.len(), 19);
        let status = bench.status(level, id).await;
        assert!(status.ends_with("_STATUS_DISABLE"), "{status}");
    }
    let sent = ad_group(&made.campaign, "main");
    let read = &bench.list("adgroup", json!({ "campaign_ids": [made.campaign] })).await[0];
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&read[name], value, "{name}");
    }
    assert_eq!(read["bid_type"], "BID_TYPE_NO_BID");
    assert_eq!(read["click_attribution_window"], "SEVEN_DAYS");
    assert_eq!(
        (&read["create_time"], &read["campaign_name"]),
        (&json!("2026-11-02 09:00:00"), &json!("Autumn"))
    );
    let ad = &bench.list("ad", json!({ "ad_ids": [made.ad] })).await[0];
    for (name, value) in creative(&made.image).as_object().unwrap() {
        assert_eq!(&ad[name], value, "{name}");
    }
    assert_eq!((&ad["adgroup_id"], &ad["campaign_id"]), (&json!(made.group), &json!(made.campaign)));

    bench.run(&made).await;
    assert_eq!(bench.status("campaign", &made.campaign).await, "CAMPAIGN_STATUS_ENABLE");
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_AUDIT");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DELIVERY_OK");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_DELIVERY_OK");
    data(bench.switch("campaign", &made.campaign, "DISABLE").await);
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_CAMPAIGN_DISABLE");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_CAMPAIGN_DISABLE");
}

#[tokio::test]
async fn everything_is_switched_on_unless_it_is_said_otherwise() {
    let bench = TikTokBench::new().await;
    let image = bench.image().await;
    let on = |body: Value| with(body, json!({ "operation_status": null }));
    let made = data(bench.post(CAMPAIGN, on(campaign("Autumn"))).await);
    assert_eq!(made["operation_status"], "ENABLE");
    let group = data(bench.post(AD_GROUP, on(ad_group(&text(&made, "campaign_id"), "main"))).await);
    assert_eq!(group["operation_status"], "ENABLE");
    let ad = data(bench.post(AD, ads(&text(&group, "adgroup_id"), on(creative(&image)))).await);
    assert_eq!(ad["creatives"][0]["operation_status"], "ENABLE");
    assert_eq!(ad["need_audit"], true);
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let bench = TikTokBench::new().await;
    for n in 1..=12 {
        data(bench.post(CAMPAIGN, campaign(&format!("Autumn {n:02}"))).await);
        bench.advance(TimeDelta::minutes(1));
    }
    let params = json!({ "advertiser_id": ADVERTISER, "fields": ["campaign_id", "campaign_name"] });
    let page = data(bench.get("/campaign/get/", params.clone()).await);
    assert_eq!(page["page_info"], json!({ "page": 1, "page_size": 10, "total_number": 12, "total_page": 2 }));
    assert_eq!(page["list"][0].as_object().unwrap().len(), 2);
    let second = data(bench.get("/campaign/get/", with(params.clone(), json!({ "page": 2 }))).await);
    let names = |page: &Value| -> Vec<String> {
        page["list"].as_array().unwrap().iter().map(|one| text(one, "campaign_name")).collect()
    };
    assert_eq!(names(&second), ["Autumn 02", "Autumn 01"]);
    assert!(
        names(&data(bench.get("/campaign/get/", with(params.clone(), json!({ "page": 3 }))).await))
            .is_empty()
    );

    let only = async |filtering: Value| {
        let params = with(params.clone(), json!({ "filtering": filtering }));
        names(&data(bench.get("/campaign/get/", params).await))
    };
    assert_eq!(only(json!({ "campaign_name": "autumn 07" })).await, ["Autumn 07"]);
    let since =
        json!({ "creation_filter_start_time": "2026-11-02 09:10:00", "primary_status": "STATUS_ALL" });
    assert_eq!(only(since).await, ["Autumn 12", "Autumn 11"]);
    assert!(only(json!({ "objective_type": "REACH" })).await.is_empty());
    let unknown = with(params.clone(), json!({ "filtering": { "colour": "red" } }));
    assert_eq!(bench.get("/campaign/get/", unknown).await["code"], 40002);
    let large = with(params.clone(), json!({ "page_size": 1001 }));
    assert_eq!(bench.get("/campaign/get/", large).await["code"], 40002);
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let many = with(params, json!({ "filtering": { "campaign_ids": many } }));
    assert_eq!(bench.get("/campaign/get/", many).await["code"], 40011);
}

#[tokio::test]
async fn deleted_objects_are_gone_for_good_and_seen_only_by_those_who_ask() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let gone = data(bench.switch("campaign", &made.campaign, "DELETE").await);
    assert_eq!((&gone["status"], &gone["campaign_ids"]), (&json!("DELETE"), &json!([made.campaign])));
    assert!(bench.list("campaign", json!({})).await.is_empty());
    assert!(bench.list("ad", json!({})).await.is_empty());
    assert_eq!(bench.status("campaign", &made.campaign).await, "CAMPAIGN_STATUS_DELETE");
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_CAMPAIGN_DELETE");
    assert_eq!(bench.switch("campaign", &made.campaign, "ENABLE").await["code"], 40002);
    let rename = json!({ "advertiser_id": ADVERTISER, "campaign_id": made.campaign, "campaign_name": "x" });
    assert_eq!(bench.post("/campaign/update/", rename).await["code"], 40002);
    assert_eq!(bench.post(AD_GROUP, ad_group(&made.campaign, "two")).await["code"], 40002);
    data(bench.switch("campaign", &made.campaign, "DELETE").await);
    data(bench.post(CAMPAIGN, campaign("Autumn")).await);
}

#[tokio::test]
async fn updates_replace_what_is_sent_and_lists_as_a_whole() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let update = async |more: Value| {
        let body = json!({ "advertiser_id": ADVERTISER, "adgroup_id": made.group });
        bench.post("/adgroup/update/", with(body, more)).await
    };
    let now =
        data(update(json!({ "age_groups": ["AGE_18_24", "AGE_25_34"], "gender": "GENDER_MALE" })).await);
    assert_eq!(now["age_groups"], json!(["AGE_18_24", "AGE_25_34"]));
    let now = data(update(json!({ "age_groups": ["AGE_55_100"], "budget": 60 })).await);
    assert_eq!((&now["age_groups"], &now["gender"]), (&json!(["AGE_55_100"]), &json!("GENDER_MALE")));
    assert_eq!(now["budget"], 60);
    let now = data(update(json!({ "messaging_app_type": "WHATSAPP" })).await);
    assert_eq!((&now["message_app_type"], &now["messaging_app_type"]), (&json!("WHATSAPP"), &Value::Null));
    assert_eq!(update(json!({})).await["code"], 40012);
    for fixed in [
        json!({ "budget_mode": "BUDGET_MODE_DAY" }),
        json!({ "promotion_type": "APP_IOS" }),
        json!({ "click_attribution_window": "ONE_DAY" }),
        json!({ "bid_type": "BID_TYPE_CUSTOM", "bid_price": 1 }),
    ] {
        assert_eq!(update(fixed.clone()).await["code"], 40002, "{fixed}");
    }
    let body = json!({ "advertiser_id": ADVERTISER, "budget": [{ "adgroup_id": made.group, "budget": 70 }] });
    data(bench.post("/adgroup/budget/update/", body).await);
    assert_eq!(bench.list("adgroup", json!({})).await[0]["budget"], 70);

    let body =
        json!({ "advertiser_id": ADVERTISER, "campaign_id": made.campaign, "campaign_name": "Winter" });
    data(bench.post("/campaign/update/", with(body.clone(), json!({ "objective_type": "REACH" }))).await);
    let read = &bench.list("campaign", json!({})).await[0];
    assert_eq!((&read["campaign_name"], &read["objective_type"]), (&json!("Winter"), &json!("TRAFFIC")));
    let industries = with(body, json!({ "special_industries": ["HOUSING"] }));
    assert_eq!(bench.post("/campaign/update/", industries).await["code"], 40002);
}

#[tokio::test]
async fn an_ad_is_replaced_as_a_whole_unless_it_is_patched_and_goes_to_review_again() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.run(&made).await;
    bench.advance(TimeDelta::minutes(15));
    let update = async |change: Value, patch: bool| {
        let body = ads(&made.group, with(change, json!({ "ad_id": made.ad })));
        bench.post("/ad/update/", with(body, json!({ "patch_update": patch }))).await
    };
    data(update(json!({ "ad_name": "Renamed" }), true).await);
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DELIVERY_OK");
    assert_eq!(update(json!({ "ad_text": "Walk further still" }), false).await["code"], 40002);
    let whole =
        with(creative(&made.image), json!({ "ad_text": "Walk further still", "call_to_action": null }));
    data(update(whole, false).await);
    let ad = &bench.list("ad", json!({})).await[0];
    assert_eq!((&ad["call_to_action"], &ad["ad_name"]), (&Value::Null, &json!("Boots, upright")));
    assert_eq!(ad["secondary_status"], "AD_STATUS_REAUDIT");
    data(update(json!({ "ad_text": "A miracle cure" }), true).await);
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_AUDIT_DENY");
    let params = json!({ "advertiser_id": ADVERTISER, "ad_ids": [made.ad] });
    let review = data(bench.get("/ad/review_info/", params).await)["ad_review_map"][&made.ad].clone();
    assert_eq!((&review["review_status"], &review["is_approved"]), (&json!("UNAVAILABLE"), &json!(false)));
    assert!(review["reject_info"][0]["reasons"][0].as_str().unwrap().contains("miracle cure"), "{review}");
}

#[tokio::test]
async fn names_are_taken_unless_a_request_id_is_sent_which_is_remembered_for_ten_seconds() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let named = |id: &str| with(campaign("Autumn"), json!({ "request_id": id }));
    let taken = bench.post(CAMPAIGN, campaign("Autumn")).await;
    assert_eq!(taken["code"], 40002);
    assert!(taken["message"].as_str().unwrap().contains("name already exists"), "{taken}");
    data(bench.post(CAMPAIGN, named("17")).await);
    assert_eq!(bench.post(CAMPAIGN, named("17")).await["code"], 40050);
    data(bench.post(CAMPAIGN, named("18")).await);
    bench.advance(TimeDelta::seconds(10));
    data(bench.post(CAMPAIGN, named("17")).await);
    assert_eq!(bench.post(CAMPAIGN, named("x")).await["code"], 40002);
    assert_eq!(bench.list("campaign", json!({ "campaign_name": "Autumn" })).await.len(), 4);
    assert_eq!(bench.post(AD_GROUP, ad_group(&made.campaign, "main")).await["code"], 40002);
    let again = with(ad_group(&made.campaign, "main"), json!({ "request_id": "19" }));
    data(bench.post(AD_GROUP, again).await);
    data(bench.post(AD, ads(&made.group, creative(&made.image))).await);
    assert_eq!(bench.list("ad", json!({ "adgroup_ids": [made.group] })).await.len(), 2);
}

#[tokio::test]
async fn a_video_is_ready_after_some_seconds_and_wants_a_cover_of_its_ratio() {
    let config = SandboxConfig { in_process: TimeDelta::seconds(10), ..SandboxConfig::default() };
    let bench = TikTokBench::with(config).await;
    let made = bench.whole("Autumn").await;
    let bytes = b"\0\0\0\x18ftypmp42 walking".to_vec();
    let named = json!({ "file_name": "walk.mp4" });
    let uploaded = data(bench.upload("video", bytes.clone(), named.clone()).await);
    let video = text(&uploaded[0], "video_id");
    assert_eq!(uploaded[0]["displayable"], false);
    let spot = with(creative(&made.image), json!({ "ad_format": "SINGLE_VIDEO", "video_id": video }));
    assert_eq!(bench.post(AD, ads(&made.group, spot.clone())).await["code"], 40901);
    bench.advance(TimeDelta::seconds(10));
    let info = json!({ "advertiser_id": ADVERTISER, "video_ids": [video] });
    assert_eq!(data(bench.get("/file/video/ad/info/", info).await)["list"][0]["displayable"], true);
    data(bench.post(AD, ads(&made.group, spot.clone())).await);
    assert_eq!(bench.upload("video", bytes, named).await["code"], 40911);
    let search = json!({ "advertiser_id": ADVERTISER, "filtering": { "video_name": "walk.mp4" } });
    let found = data(bench.get("/file/video/ad/search/", search).await);
    assert_eq!(
        (found["page_info"]["total_number"].as_i64(), &found["list"][0]["video_id"]),
        (Some(1), &json!(video))
    );

    let wide = data(bench.upload("image", crate::support::png(1280, 720, 0), json!({})).await);
    let wrong = with(spot.clone(), json!({ "image_ids": [wide["image_id"]] }));
    assert_eq!(bench.post(AD, ads(&made.group, wrong)).await["code"], 40002);
    let unknown = with(spot.clone(), json!({ "video_id": "v10033g5nonsense" }));
    assert_eq!(bench.post(AD, ads(&made.group, unknown)).await["code"], 40053);
    let bare = with(spot, json!({ "image_ids": [] }));
    assert_eq!(bench.post(AD, ads(&made.group, bare)).await["code"], 40002);
}

#[tokio::test]
async fn an_upload_shows_its_signature_and_is_refused_for_its_own_reasons() {
    let bench = TikTokBench::new().await;
    let bytes = crate::support::png(720, 1280, 0);
    let image = data(bench.upload("image", bytes.clone(), json!({})).await);
    assert_eq!((image["width"].as_i64(), image["height"].as_i64()), (Some(720), Some(1280)));
    let again = data(bench.upload("image", bytes.clone(), json!({})).await);
    assert_ne!(image["image_id"], again["image_id"], "equal bytes are stored again");
    assert_eq!(image["signature"], again["signature"]);
    let wrong = json!({ "image_signature": "d41d8cd98f00b204e9800998ecf8427e" });
    assert_eq!(bench.upload("image", bytes.clone(), wrong).await["code"], 40900);
    assert_eq!(bench.upload("image", Vec::new(), json!({})).await["code"], 40906);
    assert_eq!(bench.upload("image", b"GIF89a".to_vec(), json!({})).await["code"], 40908);
    assert_eq!(bench.upload("image", bytes[..12].to_vec(), json!({})).await["code"], 40915);
    assert_eq!(bench.upload("video", bytes.clone(), json!({})).await["code"], 40909);
    let by_url = json!({ "upload_type": "UPLOAD_BY_URL", "image_url": "https://example.com/a.png" });
    assert_eq!(bench.upload("image", bytes.clone(), by_url).await["code"], 40903);
    assert_eq!(bench.upload("image", bytes, json!({ "file_name": "n".repeat(101) })).await["code"], 40002);
    let bare = json!({ "advertiser_id": ADVERTISER, "image_signature": "x" });
    assert_eq!(bench.post("/file/image/ad/upload/", bare).await["code"], 40905);
}

#[tokio::test]
async fn several_are_switched_at_once_and_part_of_them_if_allowed() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let other = data(bench.post(AD_GROUP, ad_group(&made.campaign, "other")).await);
    let body = json!({
        "advertiser_id": ADVERTISER, "adgroup_ids": [made.group, "1790000000000009999", other["adgroup_id"]],
        "operation_status": "ENABLE",
    });
    let path = "/adgroup/status/update/";
    assert_eq!(bench.post(path, body.clone()).await["code"], 40007);
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_DISABLE");
    let partly = bench.post(path, with(body.clone(), json!({ "allow_partial_success": true }))).await;
    assert_eq!(
        (&partly["code"], &partly["data"]["adgroup_ids"]),
        (&json!(20001), &json!([made.group, other["adgroup_id"]]))
    );
    assert_eq!(partly["data"]["error_list"][0]["adgroup_id"], "1790000000000009999");
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    assert_eq!(bench.post(path, with(body.clone(), json!({ "adgroup_ids": many }))).await["code"], 40011);
    assert_eq!(bench.post(path, with(body, json!({ "operation_status": "PAUSE" }))).await["code"], 40002);
}

#[tokio::test]
async fn an_account_that_is_stopped_answers_success_and_applies_nothing() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.control(&format!("accounts/{ADVERTISER}"), json!({ "status": "STATUS_LIMIT" })).await;
    data(bench.switch("campaign", &made.campaign, "ENABLE").await);
    assert_eq!(bench.list("campaign", json!({})).await[0]["operation_status"], "DISABLE");
    assert_eq!(bench.status("campaign", &made.campaign).await, "ADVERTISER_ACCOUNT_PUNISH");
    bench.control(&format!("accounts/{ADVERTISER}"), json!({ "status": "STATUS_ENABLE" })).await;
    data(bench.switch("campaign", &made.campaign, "ENABLE").await);
    assert_eq!(bench.status("campaign", &made.campaign).await, "CAMPAIGN_STATUS_ENABLE");
}

#[tokio::test]
async fn posts_and_identities_belong_together() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let post = |more: Value| {
        let spark = json!({
            "identity_type": "TT_USER", "identity_id": "7300000000000021001", "tiktok_item_id": "7100000000000000001",
            "ad_format": "SINGLE_VIDEO", "image_ids": null, "ad_text": null,
        });
        ads(&made.group, with(with(creative(&made.image), spark), more))
    };
    data(bench.post(AD, post(json!({}))).await);
    let named = json!({ "identity_type": "CUSTOMIZED_USER", "identity_id": IDENTITY });
    assert_eq!(bench.post(AD, post(named)).await["code"], 40002);
    assert_eq!(bench.post(AD, post(json!({ "ad_text": "Mine" }))).await["code"], 40002);
    assert_eq!(bench.post(AD, post(json!({ "identity_id": "7300000000000019001" }))).await["code"], 40007);
}

#[tokio::test]
async fn one_ad_group_too_many_is_made_and_then_paused_by_itself() {
    let bench = TikTokBench::new().await;
    let parent = text(&data(bench.post(CAMPAIGN, campaign("Autumn")).await), "campaign_id");
    bench.control(&format!("accounts/{ADVERTISER}"), json!({ "adgroup_quota": 1 })).await;
    let on = |name: &str| with(ad_group(&parent, name), json!({ "operation_status": "ENABLE" }));
    assert_eq!(data(bench.post(AD_GROUP, on("one")).await)["operation_status"], "ENABLE");
    let second = data(bench.post(AD_GROUP, on("two")).await);
    assert_eq!(second["secondary_status"], "ADGROUP_STATUS_ADGROUP_QUOTA_LIMIT");
    let quota = data(bench.get("/adgroup/quota/", json!({ "advertiser_id": ADVERTISER })).await);
    assert_eq!(quota, json!({ "total_adgroup_quota": 1, "used_adgroup_quota": 1 }));
}

#[tokio::test]
async fn an_ad_groups_status_follows_the_reviews_of_its_ads() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.run(&made).await;
    let bare = with(ad_group(&made.campaign, "bare"), json!({ "operation_status": "ENABLE" }));
    assert_eq!(data(bench.post(AD_GROUP, bare).await)["secondary_status"], "ADGROUP_STATUS_CREATE");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_AUDIT");
    let bad =
        with(creative(&made.image), json!({ "ad_text": "A miracle cure", "operation_status": "ENABLE" }));
    let bad = data(bench.post(AD, ads(&made.group, bad)).await)["ad_ids"][0].as_str().unwrap().to_owned();
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_PARTIAL_AUDIT_DELIVERY_OK");
    data(bench.switch("ad", &made.ad, "DISABLE").await);
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_AUDIT_DENY");
    data(bench.switch("ad", &bad, "DELETE").await);
    data(bench.switch("ad", &made.ad, "ENABLE").await);
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_DELIVERY_OK");
}

#[tokio::test]
async fn a_schedule_has_not_begun_runs_and_is_over() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let times = json!({
        "advertiser_id": ADVERTISER, "adgroup_id": made.group, "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": "2026-11-02 10:00:00", "schedule_end_time": "2026-11-03 10:00:00",
    });
    data(bench.post("/adgroup/update/", times).await);
    bench.run(&made).await;
    bench.advance(TimeDelta::minutes(30));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_NOT_START");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_NOT_START");
    bench.advance(TimeDelta::minutes(30));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DELIVERY_OK");
    bench.control(&format!("accounts/{ADVERTISER}"), json!({ "payment": false })).await;
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_BALANCE_EXCEED");
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.status("ad", &made.ad).await, "AD_STATUS_DONE");
    assert_eq!(bench.status("adgroup", &made.group).await, "ADGROUP_STATUS_TIME_DONE");
}
