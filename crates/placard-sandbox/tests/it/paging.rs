//! Edges: pages, filters, nesting, and what they hide.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{ACT, Bench, campaign, codes, with};

/// Follows `next` links to the end and gives all ids, in order.
async fn walk(bench: &Bench, path: &str, params: Value) -> Vec<String> {
    let mut page = bench.get(path, params).await;
    let mut ids = Vec::new();
    loop {
        ids.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["paging"]["next"].as_str() else { return ids };
        page = bench.http.get(next).send().await.unwrap().json().await.unwrap();
    }
}

#[test]
fn every_object_is_on_exactly_one_page_whatever_the_limit() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::new());
    let made: BTreeSet<String> = runtime.block_on(async {
        let mut made = BTreeSet::new();
        for n in 0..23 {
            made.insert(
                bench.create("campaigns", with(campaign(), json!({ "name": format!("C {n}") }))).await,
            );
        }
        made
    });
    proptest!(ProptestConfig::with_cases(12), |(limit in 1_u32..30)| {
        let ids = runtime.block_on(walk(&bench, &format!("{ACT}/campaigns"), json!({ "limit": limit })));
        prop_assert_eq!(ids.len(), made.len());
        prop_assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), made.clone());
    });
}

#[tokio::test]
async fn objects_made_while_somebody_pages_do_not_repeat_or_hide_others() {
    let bench = Bench::new().await;
    let mut made = Vec::new();
    for _ in 0..6 {
        made.push(bench.campaign().await);
    }
    let first = bench.get(&format!("{ACT}/campaigns"), json!({ "limit": 3 })).await;
    bench.campaign().await;
    bench.delete(&made[4], json!({})).await;
    let next = first["paging"]["next"].as_str().unwrap();
    let second: Value = bench.http.get(next).send().await.unwrap().json().await.unwrap();
    let ids = |page: &Value| {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), [made[5].clone(), made[4].clone(), made[3].clone()]);
    assert_eq!(ids(&second), [made[2].clone(), made[1].clone(), made[0].clone()]);
    assert!(second["paging"]["next"].is_null());
    let back: Value = bench
        .http
        .get(second["paging"]["previous"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(ids(&back).contains(&made[3]));
}

#[tokio::test]
async fn broken_cursors_and_greedy_limits_are_refused() {
    let bench = Bench::new().await;
    let list = |params: Value| bench.try_get("act_1001/campaigns", params);
    assert_eq!(codes(&list(json!({ "after": "nonsense" })).await.1), (2642, 0));
    assert_eq!(codes(&list(json!({ "limit": 0 })).await.1), (100, 0));
    let (status, body) = list(json!({ "limit": 50_000 })).await;
    assert_eq!((status, codes(&body)), (500, (1, 0)));
    assert_eq!(bench.get("act_1001/campaigns", json!({})).await, json!({ "data": [] }));
}

#[tokio::test]
async fn archived_and_deleted_objects_are_hidden_until_asked_for() {
    let bench = Bench::new().await;
    let (kept, archived, deleted) = (bench.campaign().await, bench.campaign().await, bench.campaign().await);
    bench.set_status(&archived, "ARCHIVED").await;
    bench.set_status(&deleted, "DELETED").await;
    let path = format!("{ACT}/campaigns");
    assert_eq!(walk(&bench, &path, json!({})).await, vec![kept.clone()]);
    assert_eq!(
        walk(&bench, &path, json!({ "effective_status": ["ARCHIVED"] })).await,
        vec![archived.clone()]
    );
    let both =
        json!([{ "field": "campaign.effective_status", "operator": "IN", "value": ["ARCHIVED", "PAUSED"] }]);
    assert_eq!(walk(&bench, &path, json!({ "filtering": both })).await, [archived, kept]);
    assert_eq!(codes(&bench.try_get(&path, json!({ "effective_status": ["DELETED"] })).await.1), (100, 0));
    assert_eq!(bench.field(&deleted, "effective_status").await, "DELETED");
}

#[tokio::test]
async fn filters_select_by_name_time_and_parent() {
    let bench = Bench::new().await;
    let one = bench.create("campaigns", with(campaign(), json!({ "name": "Alpine #k7f3" }))).await;
    let two = bench.create("campaigns", with(campaign(), json!({ "name": "Coast #p2d1" }))).await;
    let set = bench.ad_set(&two).await;
    bench.ad_set(&one).await;
    let now = bench.sandbox.now().timestamp();
    let path = format!("{ACT}/campaigns");
    let find = |filter: Value| walk(&bench, "act_1001/campaigns", json!({ "filtering": filter }));
    let by = |field: &str, operator: &str, value: Value| json!([{ "field": field, "operator": operator, "value": value }]);
    assert_eq!(find(by("name", "CONTAIN", json!("#K7F3"))).await, vec![one.clone()]);
    assert_eq!(find(by("name", "NOT_CONTAIN", json!("#k7f3"))).await, vec![two.clone()]);
    assert_eq!(find(by("name", "STARTS_WITH", json!("coast"))).await, vec![two.clone()]);
    assert_eq!(find(by("id", "IN", json!([one]))).await, vec![one.clone()]);
    assert_eq!(find(by("created_time", "GREATER_THAN", json!(now))).await, Vec::<String>::new());
    assert_eq!(find(by("created_time", "GREATER_THAN", json!(now - 1))).await.len(), 2);
    let below = by("campaign.name", "EQUAL", json!("Coast #p2d1"));
    assert_eq!(walk(&bench, &format!("{ACT}/adsets"), json!({ "filtering": below })).await, [set]);
    for bad in [
        by("colour", "EQUAL", json!("red")),
        by("name", "LIKE", json!("x")),
        json!([{ "field": "name" }]),
        json!("x"),
    ] {
        assert_eq!(bench.try_get(&path, json!({ "filtering": bad })).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn fields_expand_into_edges_and_parents() {
    let bench = Bench::new().await;
    let tree = bench.tree().await;
    let fields = "name,adsets.limit(1){name,campaign{name},ads{creative{body},adset{name}}}";
    let read = bench.get(&tree.campaign, json!({ "fields": fields })).await;
    let set = &read["adsets"]["data"][0];
    assert_eq!(set["campaign"], json!({ "id": tree.campaign, "name": "Autumn walks" }));
    let ad = &set["ads"]["data"][0];
    assert_eq!(ad["creative"], json!({ "id": tree.creative, "body": "Walk further." }));
    assert_eq!(ad["adset"]["name"], "Hikers");
    let account = bench.get(ACT, json!({ "fields": "currency,campaigns{id}" })).await;
    assert_eq!(account["campaigns"]["data"], json!([{ "id": tree.campaign }]));
    let edges = [
        (format!("{}/adsets", tree.campaign), &tree.ad_set),
        (format!("{}/ads", tree.campaign), &tree.ad),
        (format!("{}/ads", tree.ad_set), &tree.ad),
        (format!("{}/adcreatives", tree.ad), &tree.creative),
        (format!("{}/ads", tree.creative), &tree.ad),
    ];
    for (edge, id) in edges {
        assert_eq!(walk(&bench, &edge, json!({})).await, vec![id.clone()], "{edge}");
    }
}
