//! Batch requests.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{ACT, Bench, campaign, codes, png};

fn form_text(params: &Value) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in params.as_object().unwrap() {
        out.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    out.finish()
}

fn post(edge: &str, params: &Value) -> Value {
    json!({ "method": "POST", "relative_url": format!("v26.0/{edge}"), "body": form_text(params) })
}

fn bodies(answer: &Value) -> Vec<Option<Value>> {
    let items = answer.as_array().unwrap();
    items.iter().map(|item| item["body"].as_str().map(|body| serde_json::from_str(body).unwrap())).collect()
}

#[tokio::test]
async fn items_refer_to_earlier_results_and_named_ones_are_left_out() {
    let bench = Bench::new().await;
    let mut first = post(&format!("{ACT}/campaigns"), &campaign());
    first["name"] = json!("c1");
    let second = json!({ "method": "GET", "relative_url": "v26.0/{result=c1:$.id}?fields=name" });
    let third = json!({ "method": "GET", "relative_url": format!("{ACT}?fields=currency") });
    let answer = bench.post("", json!({ "batch": [first, second, third] })).await;
    assert!(answer[0].is_null(), "a named item answers null");
    let bodies = bodies(&answer);
    assert_eq!(bodies[1].as_ref().unwrap()["name"], "Autumn walks");
    assert_eq!(bodies[2].as_ref().unwrap()["currency"], "EUR");
    assert_eq!(answer[1]["code"], 200);
    let headers = answer[1]["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header["name"] == "x-business-use-case-usage"));
}

#[tokio::test]
async fn one_failing_item_does_not_stop_the_others_and_its_dependants_fail() {
    let bench = Bench::new().await;
    let mut bad = post(&format!("{ACT}/campaigns"), &json!({ "name": "no objective" }));
    bad["name"] = json!("bad");
    let mut child = post(&format!("{ACT}/campaigns"), &campaign());
    child["depends_on"] = json!("bad");
    let good = post(&format!("{ACT}/campaigns"), &campaign());
    let params = json!({ "batch": [bad, child, good], "include_headers": "false" });
    let (status, answer) = bench.try_post("", params).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&answer[0]["code"], &answer[1]["code"], &answer[2]["code"]),
        (&json!(400), &json!(400), &json!(200))
    );
    assert!(answer[0]["headers"].is_null());
    assert_eq!(bench.sandbox.world(Some("1001"))["objects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn more_than_fifty_items_and_broken_batches_are_refused() {
    let bench = Bench::new().await;
    let item = json!({ "method": "GET", "relative_url": "me" });
    let (status, body) = bench.try_post("", json!({ "batch": vec![item.clone(); 51] })).await;
    assert_eq!((status, codes(&body)), (400, (100, 0)));
    assert_eq!(bench.post("", json!({ "batch": vec![item; 50] })).await.as_array().unwrap().len(), 50);
    for batch in [
        json!("nope"),
        json!([{ "method": "GET" }]),
        json!([{ "relative_url": "me", "method": "GET", "colour": 1 }]),
    ] {
        assert_eq!(bench.try_post("", json!({ "batch": batch })).await.0, 400, "{batch}");
    }
}

#[tokio::test]
async fn files_go_to_the_items_that_name_them() {
    let bench = Bench::new().await;
    let item = |file: &str| json!({ "method": "POST", "relative_url": format!("{ACT}/adimages"), "attached_files": file });
    let batch = json!([item("one"), item("two"), item("three")]).to_string();
    let part = |salt| Part::bytes(png(900, 900, salt)).file_name(format!("{salt}.png"));
    let form = Form::new()
        .text("access_token", bench.token.clone())
        .text("batch", batch)
        .part("one", part(1))
        .part("two", part(2));
    let url = format!("{}/v26.0/", bench.sandbox.base_url());
    let answer: Value = bench.http.post(url).multipart(form).send().await.unwrap().json().await.unwrap();
    let bodies = bodies(&answer);
    assert!(bodies[0].as_ref().unwrap()["images"]["1.png"]["hash"].is_string());
    assert!(bodies[1].as_ref().unwrap()["images"]["2.png"]["hash"].is_string());
    assert_eq!(answer[2]["code"], 400);
}

#[tokio::test]
async fn the_log_shows_items_below_their_batch() {
    let bench = Bench::new().await;
    let batch =
        json!([post(&format!("{ACT}/campaigns"), &campaign()), { "method": "GET", "relative_url": "me" }]);
    bench.post("", json!({ "batch": batch })).await;
    let log = bench.sandbox.requests(0);
    assert_eq!(log.len(), 3);
    assert_eq!((log[1].batch, log[2].batch), (Some(log[0].seq), Some(log[0].seq)));
    assert_eq!((log[0].committed, log[1].committed, log[2].committed), (false, true, false));
    assert_eq!(log[1].params["access_token"], "[redacted]");
    assert_eq!(log[1].account.as_deref(), Some("1001"));
}
