//! Creating, reading, changing and deleting.

use chrono::TimeDelta;
use placard_sandbox::{DISAPPROVED_PHRASE, SandboxConfig};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{ACT, Bench, ad, ad_set, base64, campaign, codes, creative, png, with};

#[tokio::test]
async fn a_campaign_reads_back_as_written_with_budgets_as_text() {
    let bench = Bench::new().await;
    let cbo = json!({ "daily_budget": 5000, "is_adset_budget_sharing_enabled": null });
    let id = bench.create("campaigns", with(campaign(), cbo)).await;
    assert_eq!(bench.get(&id, json!({})).await, json!({ "id": id }));
    let fields = "name,objective,status,effective_status,daily_budget,lifetime_budget,bid_strategy,created_time,account_id";
    let read = bench.get(&id, json!({ "fields": fields })).await;
    let wanted = json!({
        "id": id, "name": "Autumn walks", "objective": "OUTCOME_TRAFFIC", "status": "PAUSED",
        "effective_status": "PAUSED", "daily_budget": "5000", "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "created_time": "2026-11-02T10:00:00+0100", "account_id": "1001",
    });
    assert_eq!(read, wanted);
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_stores_nothing() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let before = bench.sandbox.world(Some("1001"))["objects"].as_array().unwrap().len();
    let dry = json!({ "execution_options": ["validate_only"] });
    let hash = bench.image().await;
    for (edge, params) in [
        ("campaigns", campaign()),
        ("adsets", ad_set(&tree.campaign)),
        ("adcreatives", creative(&hash, "x")),
        ("ads", ad(&tree.ad_set, &tree.creative)),
    ] {
        let answer = bench.post(&format!("{ACT}/{edge}"), with(params, dry.clone())).await;
        assert_eq!(answer, json!({ "success": true }), "{edge}");
    }
    let renamed = with(dry, json!({ "name": "Other" }));
    assert_eq!(bench.post(&tree.campaign, renamed).await, json!({ "success": true }));
    assert_eq!(bench.field(&tree.campaign, "name").await, "Autumn walks");
    assert_eq!(bench.sandbox.world(Some("1001"))["objects"].as_array().unwrap().len(), before);
}

#[tokio::test]
async fn the_same_image_bytes_give_the_same_hash_once() {
    let bench = Bench::new().await;
    let part = |salt| Part::bytes(png(1200, 628, salt)).file_name(format!("{salt}.png"));
    let form = Form::new().text("access_token", bench.token.clone()).part("a", part(1)).part("b", part(2));
    let url = bench.url(&format!("{ACT}/adimages"));
    let body: Value = bench.http.post(url).multipart(form).send().await.unwrap().json().await.unwrap();
    let first = body["images"]["1.png"].clone();
    assert_eq!((first["width"].clone(), first["height"].clone()), (json!(1200), json!(628)));
    assert_eq!(first["hash"].as_str().unwrap().len(), 32);
    let again = bench.post(&format!("{ACT}/adimages"), json!({ "bytes": base64(&png(1200, 628, 1)) })).await;
    assert_eq!(again["images"]["bytes"]["hash"], first["hash"]);
    let hashes = json!([first["hash"], body["images"]["2.png"]["hash"]]);
    let query = json!({ "hashes": hashes, "fields": "hash,width,status", "summary": "total_count" });
    let list = bench.get(&format!("{ACT}/adimages"), query).await;
    assert_eq!(list["summary"]["total_count"], 2);
    assert_eq!(list["data"][0]["status"], "ACTIVE");
}

#[tokio::test]
async fn an_image_in_use_cannot_be_deleted() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let hash = bench.image().await;
    let edge = format!("{ACT}/adimages");
    assert_eq!(bench.delete(&edge, json!({ "hash": hash })).await.0, 400);
    bench.delete(&tree.ad, json!({})).await;
    assert_eq!(bench.delete(&edge, json!({ "hash": hash })).await.0, 200);
}

#[tokio::test]
async fn effective_status_follows_parents_review_and_billing() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let status = |id: &str| {
        let id = id.to_owned();
        let bench = &bench;
        async move { bench.field(&id, "effective_status").await.as_str().unwrap().to_owned() }
    };
    assert_eq!(status(&tree.ad).await, "PAUSED");
    bench.set_status(&tree.ad, "ACTIVE").await;
    assert_eq!(status(&tree.ad).await, "CAMPAIGN_PAUSED");
    bench.set_status(&tree.campaign, "ACTIVE").await;
    assert_eq!(status(&tree.ad).await, "ADSET_PAUSED");
    bench.set_status(&tree.ad_set, "ACTIVE").await;
    assert_eq!(status(&tree.ad).await, "PENDING_REVIEW");
    assert_eq!(status(&tree.ad_set).await, "ACTIVE");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(status(&tree.ad).await, "ACTIVE");
    bench.control("accounts/1001", json!({ "payment": false })).await;
    assert_eq!(status(&tree.ad).await, "PENDING_BILLING_INFO");
    bench.set_status(&tree.campaign, "PAUSED").await;
    assert_eq!(status(&tree.ad_set).await, "CAMPAIGN_PAUSED");
    assert_eq!(bench.field(&tree.ad_set, "status").await, "ACTIVE", "children keep their own status");
    bench.set_status(&tree.campaign, "ARCHIVED").await;
    assert_eq!(status(&tree.campaign).await, "ARCHIVED");
}

#[tokio::test]
async fn written_objects_are_in_process_for_the_configured_time() {
    let config = SandboxConfig { in_process: TimeDelta::seconds(30), ..SandboxConfig::default() };
    let bench = Bench::with(config).await;
    let id = bench.campaign().await;
    assert_eq!(bench.field(&id, "effective_status").await, "IN_PROCESS");
    bench.advance(TimeDelta::seconds(30));
    assert_eq!(bench.field(&id, "effective_status").await, "PAUSED");
}

#[tokio::test]
async fn forbidden_copy_is_disapproved_after_review() {
    let bench = Bench::new().await;
    let mut tree = bench.tree().await;
    let bad = bench.creative(&format!("The {} for sore feet", DISAPPROVED_PHRASE.to_uppercase())).await;
    let params = ad(&tree.ad_set, &bad);
    let eager = json!({ "execution_options": ["validate_only", "synchronous_ad_review"] });
    let (_, refused) = bench.try_post(&format!("{ACT}/ads"), with(params.clone(), eager)).await;
    assert_eq!(codes(&refused), (100, 2_490_427));
    tree.ad = bench.create("ads", params).await;
    bench.run(&tree).await;
    let fields = json!({ "fields": "effective_status,ad_review_feedback,issues_info" });
    let read = bench.get(&tree.ad, fields).await;
    assert_eq!(read["effective_status"], "DISAPPROVED");
    assert!(read["ad_review_feedback"]["global"].is_object());
    assert_eq!(read["issues_info"][0]["level"], "AD");
    bench.post(&tree.ad, json!({ "creative": { "creative_id": tree.creative } })).await;
    assert_eq!(bench.field(&tree.ad, "effective_status").await, "PENDING_REVIEW");
    bench.advance(TimeDelta::minutes(15));
    assert_eq!(bench.field(&tree.ad, "effective_status").await, "ACTIVE");
}

#[tokio::test]
async fn archived_and_deleted_objects_take_only_what_is_left_to_them() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.set_status(&tree.ad_set, "ARCHIVED").await;
    assert_eq!(
        codes(&bench.try_post(&tree.ad_set, json!({ "daily_budget": 6000 })).await.1),
        (100, 1_885_088)
    );
    assert_eq!(codes(&bench.try_post(&tree.ad_set, json!({ "status": "ACTIVE" })).await.1), (100, 1_885_088));
    bench.post(&tree.ad_set, json!({ "name": "Old" })).await;
    let (_, body) = bench.try_post(&format!("{ACT}/ads"), ad(&tree.ad_set, &tree.creative)).await;
    assert_eq!(codes(&body), (100, 1_885_088));
    bench.delete(&tree.campaign, json!({})).await;
    for id in [&tree.campaign, &tree.ad_set, &tree.ad] {
        assert_eq!(bench.field(id, "status").await, "DELETED", "a deleted parent takes its children along");
    }
    assert_eq!(
        codes(&bench.try_post(&tree.campaign, json!({ "status": "ACTIVE" })).await.1),
        (100, 1_487_566)
    );
    assert_eq!(codes(&bench.try_post(&tree.ad, json!({ "status": "PAUSED" })).await.1), (100, 1_487_056));
    bench.post(&tree.campaign, json!({ "name": "Gone" })).await;
    let (_, body) = bench.try_post(&format!("{ACT}/adsets"), ad_set(&tree.campaign)).await;
    assert_eq!(codes(&body), (100, 1_487_566));
}

#[tokio::test]
async fn a_creative_keeps_its_copy() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let change = json!({ "object_story_spec": creative("h", "Other")["object_story_spec"] });
    assert_eq!(codes(&bench.try_post(&tree.creative, change).await.1), (100, 0));
    bench.post(&tree.creative, json!({ "name": "Renamed" })).await;
    let read = bench
        .get(
            &tree.creative,
            json!({ "fields": "name,body,title,call_to_action_type,effective_object_story_id" }),
        )
        .await;
    assert_eq!(read["name"], "Renamed");
    assert_eq!((&read["body"], &read["title"]), (&json!("Walk further."), &json!("Good boots")));
    assert!(read["effective_object_story_id"].as_str().unwrap().starts_with("2001_"));
    assert_eq!(bench.delete(&tree.creative, json!({})).await.0, 400, "an ad uses it");
}

#[tokio::test]
async fn targeting_reads_back_normalised_and_can_be_written_again() {
    let bench = Bench::new().await;
    let open = json!({ "geo_locations": { "countries": ["DE"] } });
    let params = with(ad_set(&bench.campaign().await), json!({ "targeting": open }));
    let id = bench.create("adsets", params).await;
    let read = bench.field(&id, "targeting").await;
    assert_eq!(
        read["targeting_automation"]["advantage_audience"], 1,
        "a default audience is an Advantage one"
    );
    assert_eq!((&read["age_min"], &read["age_max"]), (&json!(18), &json!(65)));
    bench.post(&id, json!({ "targeting": read })).await;
    assert_eq!(bench.field(&id, "targeting").await, read);
}

#[tokio::test]
async fn a_budget_may_change_four_times_an_hour() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    for budget in [5100, 5200, 5300, 5400] {
        bench.post(&tree.ad_set, json!({ "daily_budget": budget })).await;
    }
    let (_, body) = bench.try_post(&tree.ad_set, json!({ "daily_budget": 5500 })).await;
    assert_eq!(codes(&body), (613, 1_487_632));
    bench.post(&tree.ad_set, json!({ "name": "Still writable" })).await;
    bench.advance(TimeDelta::hours(1));
    bench.post(&tree.ad_set, json!({ "daily_budget": 5500 })).await;
    assert_eq!(bench.field(&tree.ad_set, "daily_budget").await, "5500");
}

#[tokio::test]
async fn a_budget_cannot_fall_below_what_is_spent_and_leaves_updated_time() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    bench.run(&tree).await;
    let before = bench.field(&tree.ad_set, "updated_time").await;
    bench.advance(TimeDelta::hours(12));
    let spent =
        5000 - bench.field(&tree.ad_set, "budget_remaining").await.as_str().unwrap().parse::<i64>().unwrap();
    assert!(spent > 1000, "{spent}");
    let (_, body) = bench.try_post(&tree.ad_set, json!({ "daily_budget": spent })).await;
    assert_eq!(codes(&body), (100, 1_885_272));
    bench.post(&tree.ad_set, json!({ "daily_budget": spent * 11 / 10 + 1 })).await;
    assert_eq!(bench.field(&tree.ad_set, "updated_time").await, before);
}

#[tokio::test]
async fn a_lead_form_is_used_by_an_ad_and_closed_by_its_status() {
    let bench = Bench::new().await;
    let page = bench.sandbox.page_token("2001");
    let form = json!({
        "access_token": page, "name": "Tour", "questions": [{ "type": "EMAIL" }, { "type": "FULL_NAME" }],
        "privacy_policy": { "url": "https://example.com/privacy" },
    });
    let form = bench.post("2001/leadgen_forms", form).await["id"].as_str().unwrap().to_owned();
    let campaign_id =
        bench.create("campaigns", with(campaign(), json!({ "objective": "OUTCOME_LEADS" }))).await;
    let leads = json!({
        "optimization_goal": "LEAD_GENERATION", "destination_type": "ON_AD", "daily_budget": 20_000,
        "promoted_object": { "page_id": "2001" },
    });
    let ad_set_id = bench.create("adsets", with(ad_set(&campaign_id), leads)).await;
    let plain = bench.creative("No form").await;
    let (_, body) = bench.try_post(&format!("{ACT}/ads"), ad(&ad_set_id, &plain)).await;
    assert_eq!(codes(&body), (100, 2_446_383));
    let hash = bench.image().await;
    let mut params = creative(&hash, "Join a tour");
    params["object_story_spec"]["link_data"]["call_to_action"] =
        json!({ "type": "SIGN_UP", "value": { "lead_gen_form_id": form } });
    let creative_id = bench.create("adcreatives", params).await;
    let ad_id = bench.ad(&ad_set_id, &creative_id).await;
    for id in [&ad_id, &ad_set_id, &campaign_id] {
        bench.set_status(id, "ACTIVE").await;
    }
    bench.advance(TimeDelta::days(10));
    let count = bench.field(&form, "leads_count").await.as_i64().unwrap();
    let leads =
        bench.get(&format!("{form}/leads"), json!({ "limit": 500, "fields": "id,field_data,ad_id" })).await;
    let rows = leads["data"].as_array().unwrap();
    assert!(count > 0);
    assert_eq!(rows.len() as i64, count);
    assert_eq!(rows[0]["ad_id"], ad_id);
    assert!(rows[0]["field_data"][0]["values"][0].as_str().unwrap().ends_with("@example.com"));
    bench.post(&form, json!({ "access_token": page, "status": "ARCHIVED" })).await;
    let list = bench.get("2001/leadgen_forms", json!({ "access_token": page })).await;
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn labels_are_made_by_name_and_filtered_by_id() {
    let bench = Bench::new().await;
    let labelled = with(campaign(), json!({ "adlabels": [{ "name": "job-7" }] }));
    let one = bench.create("campaigns", labelled.clone()).await;
    bench.campaign().await;
    let label = bench.field(&one, "adlabels").await[0]["id"].clone();
    assert_eq!(bench.create("adlabels", json!({ "name": "job-7" })).await, label.as_str().unwrap());
    let filter = json!([{ "field": "adlabels", "operator": "ANY", "value": [label] }]);
    let found = bench.get(&format!("{ACT}/campaigns"), json!({ "filtering": filter })).await;
    assert_eq!(found["data"], json!([{ "id": one }]));
    let asked = json!({ "ad_label_ids": [label], "operator": "ALL" });
    assert_eq!(bench.get(&format!("{ACT}/campaignsbylabels"), asked).await["data"], json!([{ "id": one }]));
}

#[tokio::test]
async fn discovery_answers_from_fixtures() {
    let bench = Bench::new().await;
    let names = |body: &Value| {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let search = |kind: &str, q: &str| bench.get("search", json!({ "type": kind, "q": q }));
    assert_eq!(names(&search("adinterest", "hik").await), ["Hiking"]);
    assert_eq!(names(&search("adlocale", "german").await), ["German"]);
    assert_eq!(names(&search("adgeolocation", "berl").await), ["Berlin", "Berlin"]);
    assert_eq!(
        names(&bench.get(&format!("{ACT}/promote_pages"), json!({ "fields": "name" })).await).len(),
        2
    );
    assert_eq!(names(&bench.get(&format!("{ACT}/adspixels"), json!({ "fields": "name" })).await).len(), 1);
    let minimum = bench.get("act_1003/minimum_budgets", json!({})).await;
    assert_eq!(minimum["data"][0]["currency"], "JPY");
    let estimate = |spec: Value| {
        bench.get(
            "act_1001/delivery_estimate",
            json!({ "targeting_spec": spec, "optimization_goal": "REACH" }),
        )
    };
    let wide = estimate(json!({ "geo_locations": { "countries": ["DE"] } })).await;
    let narrow = estimate(json!({ "geo_locations": { "countries": ["DE"] }, "genders": [2], "targeting_automation": { "advantage_audience": 0 } })).await;
    let size = |body: &Value| body["data"][0]["estimate_mau_upper_bound"].as_i64().unwrap();
    assert!(size(&narrow) < size(&wide));
}

#[tokio::test]
async fn previews_are_given_for_known_formats() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let format = json!({ "ad_format": "MOBILE_FEED_STANDARD" });
    let one = bench.get(&format!("{}/previews", tree.ad), format.clone()).await;
    assert!(one["data"][0]["body"].as_str().unwrap().starts_with("<iframe"));
    let spec = with(format, json!({ "creative": { "creative_id": tree.creative } }));
    assert_eq!(bench.get(&format!("{ACT}/generatepreviews"), spec).await["data"], one["data"]);
    let (_, body) =
        bench.try_get(&format!("{}/previews", tree.ad), json!({ "ad_format": "BILLBOARD" })).await;
    assert_eq!(codes(&body), (100, 0));
}

#[tokio::test]
async fn the_world_shows_when_things_first_became_active() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let first = |id: &str, field: &str| {
        let world = bench.sandbox.world(Some("1001"));
        let objects = world["objects"].as_array().unwrap();
        objects.iter().find(|object| object["id"] == id).unwrap()[field].clone()
    };
    assert!(first(&tree.campaign, "first_active_at").is_null());
    bench.set_status(&tree.ad_set, "ACTIVE").await;
    assert!(first(&tree.ad_set, "first_active_at").is_null(), "its campaign is paused");
    assert!(first(&tree.ad_set, "first_set_active")["seq"].is_u64());
    bench.set_status(&tree.campaign, "ACTIVE").await;
    let campaign_seq = first(&tree.campaign, "first_active_at")["seq"].as_u64().unwrap();
    assert_eq!(first(&tree.ad_set, "first_active_at")["seq"], campaign_seq);
    assert!(first(&tree.ad, "first_active_at").is_null());
    assert_eq!(first(&tree.ad_set, "status_history").as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_person_can_edit_on_the_platform() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let edit = json!({ "id": tree.ad_set, "fields": { "name": "By hand", "daily_budget": 7000, "status": "ACTIVE" } });
    bench.control("edit", edit).await;
    let read = bench.get(&tree.ad_set, json!({ "fields": "name,daily_budget,status" })).await;
    assert_eq!(
        read,
        json!({ "id": tree.ad_set, "name": "By hand", "daily_budget": "7000", "status": "ACTIVE" })
    );
    bench.control("reset", json!({})).await;
    assert_eq!(bench.sandbox.world(None)["objects"], json!([]));
}
