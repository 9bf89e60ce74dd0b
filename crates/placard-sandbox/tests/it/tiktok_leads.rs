//! Instant forms, their terms and their leads; covers of videos (TikTok, `platforms/tiktok.md` §6 and §15).

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::with;
use crate::tiktok_support::{
    AD, AD_GROUP, ADVERTISER, CAMPAIGN, TikTokBench, ad_group, ads, campaign, creative, data, text,
};

const FORM: &str = "7500000000000000001";

fn lead_group(campaign: &str) -> Value {
    let goal = json!({
        "promotion_type": "LEAD_GENERATION", "promotion_target_type": "INSTANT_PAGE", "budget": 900,
        "optimization_goal": "LEAD_GENERATION", "billing_event": "OCPM", "operation_status": "ENABLE",
    });
    with(ad_group(campaign, "main"), goal)
}

#[tokio::test]
async fn forms_are_listed_and_their_terms_have_to_be_confirmed() {
    let bench = TikTokBench::new().await;
    let forms = json!({ "advertiser_id": ADVERTISER, "business_type": "LEAD_GEN" });
    let forms = data(bench.get("/page/get/", forms).await)["list"].clone();
    let seen: Vec<_> =
        forms.as_array().unwrap().iter().map(|it| (text(it, "page_id"), text(it, "status"))).collect();
    assert_eq!(seen[0], (FORM.to_owned(), "PUBLISHED".to_owned()));
    assert_eq!((seen.len(), seen[1].1.as_str()), (2, "DRAFT"));

    let japan = |more: Value| with(json!({ "advertiser_id": "7001003", "term_type": "LeadAds" }), more);
    assert_eq!(data(bench.get("/term/check/", japan(json!({}))).await), json!({ "confirmed": false }));
    let pixel = japan(json!({ "term_type": "Pixel" }));
    assert_eq!(data(bench.get("/term/check/", pixel).await), json!({ "confirmed": true }));
    assert_eq!(data(bench.get("/term/get/", japan(json!({}))).await)["terms"].as_array().unwrap().len(), 1);
    assert_eq!(bench.get("/term/check/", japan(json!({ "term_type": "Soul" }))).await["code"], 40002);
    data(bench.post("/term/confirm/", japan(json!({}))).await);
    assert_eq!(data(bench.get("/term/check/", japan(json!({}))).await), json!({ "confirmed": true }));
}

#[tokio::test]
async fn leads_are_exported_as_many_as_the_reports_count() {
    let bench = TikTokBench::new().await;
    let body =
        with(campaign("Leads"), json!({ "objective_type": "LEAD_GENERATION", "operation_status": "ENABLE" }));
    let parent = text(&data(bench.post(CAMPAIGN, body).await), "campaign_id");
    let group = text(&data(bench.post(AD_GROUP, lead_group(&parent)).await), "adgroup_id");
    let image = bench.image().await;
    let ad = json!({ "landing_page_url": null, "page_id": FORM, "operation_status": "ENABLE" });
    let ad =
        text(&data(bench.post(AD, ads(&group, with(creative(&image), ad))).await)["creatives"][0], "ad_id");
    bench.advance(TimeDelta::days(3));
    let report = json!({
        "advertiser_id": ADVERTISER, "report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id"],
        "metrics": ["onsite_form", "cost_per_onsite_form"], "query_lifetime": true,
    });
    let metrics = data(bench.get("/report/integrated/get/", report).await)["list"][0]["metrics"].clone();
    let count: usize = metrics["onsite_form"].as_str().unwrap().parse().unwrap();
    assert!(count > 5 && metrics["cost_per_onsite_form"] != "0.00", "{metrics}");

    let task =
        data(bench.post("/page/lead/task/", json!({ "advertiser_id": ADVERTISER, "page_id": FORM })).await);
    assert_eq!(task["status"], "CREATED");
    let about = json!({ "advertiser_id": ADVERTISER, "task_id": task["task_id"] });
    let path = "/page/lead/task/download/";
    assert_eq!(bench.get(path, about.clone()).await["code"], 40201);
    for status in ["RUNNING", "SUCCEED"] {
        assert_eq!(data(bench.post("/page/lead/task/", about.clone()).await)["status"], status);
    }
    let id = text(&task, "task_id");
    let request = bench.http.get(bench.url(path)).header("Access-Token", &bench.token);
    let request = request.query(&[("advertiser_id", ADVERTISER), ("task_id", id.as_str())]);
    let table = request.send().await.unwrap().text().await.unwrap();
    let lines: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(lines.len(), count);
    assert!(
        lines
            .iter()
            .all(|line| line.contains(&format!(",{FORM},{ADVERTISER},{parent},{group},{ad},2026-11-0")))
    );
    let ids: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids.len(), count, "no lead is told twice");
    assert_eq!(bench.post("/page/lead/task/", json!({ "advertiser_id": ADVERTISER })).await["code"], 40002);
    let unknown = json!({ "advertiser_id": ADVERTISER, "page_id": "7500000000000000005" });
    assert_eq!(bench.post("/page/lead/task/", unknown).await["code"], 40007);
    let minted = bench.control("tokens/mint", json!({ "platform": "tiktok", "scopes": ["2"] })).await;
    let bench = TikTokBench { token: text(&minted, "access_token"), ..bench };
    assert_eq!(bench.post("/page/lead/task/", about).await["code"], 40130);
}

#[tokio::test]
async fn a_suggested_cover_is_uploaded_by_its_address_and_fits_the_video() {
    let bench = TikTokBench::new().await;
    let made = bench.whole("Autumn").await;
    let bytes = b"\0\0\0\x18ftypmp42 walking".to_vec();
    let video = text(&data(bench.upload("video", bytes, json!({})).await)[0], "video_id");
    let ask = json!({ "advertiser_id": ADVERTISER, "video_id": video, "poster_number": 3 });
    let covers = data(bench.get("/file/video/suggestcover/", ask.clone()).await)["list"].clone();
    assert_eq!(covers.as_array().unwrap().len(), 3);
    assert_eq!((covers[0]["width"].as_i64(), covers[0]["height"].as_i64()), (Some(720), Some(1280)));
    let by_url = |url: &Value| json!({ "advertiser_id": ADVERTISER, "upload_type": "UPLOAD_BY_URL", "image_url": url });
    let image = data(bench.post("/file/image/ad/upload/", by_url(&covers[1]["url"])).await);
    let spot = json!({ "ad_format": "SINGLE_VIDEO", "video_id": video, "image_ids": [image["image_id"]] });
    data(bench.post(AD, ads(&made.group, with(creative(&made.image), spot))).await);
    let elsewhere = by_url(&json!("https://example.com/cover.png"));
    assert_eq!(bench.post("/file/image/ad/upload/", elsewhere).await["code"], 40903);
    let unknown = with(ask, json!({ "video_id": "v10033g5nonsense" }));
    assert_eq!(bench.get("/file/video/suggestcover/", unknown).await["code"], 40053);
}
