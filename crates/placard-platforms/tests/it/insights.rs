//! How numbers are asked for, from a server that answers from a script.
//!
//! The script is written from Meta's documents (Meta, `platforms/meta.md` §17, §19), so that pages, reports and
//! refusals come exactly when a test wants them.

use crate::meta_desk::{Desk, adapter_at};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use placard_domain::{AccountRef, Platform, metric::Level};
use placard_platforms::{
    Access, AdPlatform, ErrorKind,
    insights::{Breakdown, Grain, InsightsQuery},
    meta::Meta,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

/// One call as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    method: Method,
    path: String,
    params: BTreeMap<String, String>,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(StatusCode, Value)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

async fn answer(State(script): State<Script>, method: Method, uri: Uri, body: Bytes) -> Response {
    let text = if method == Method::GET {
        uri.query().unwrap_or_default().as_bytes().to_vec()
    } else {
        body.to_vec()
    };
    let params = url::form_urlencoded::parse(&text).into_owned().collect();
    script.seen.lock().unwrap().push(Seen { method, path: uri.path().to_owned(), params });
    match script.answers.lock().unwrap().pop_front() {
        Some((status, value)) => (status, value.to_string()).into_response(),
        None => (StatusCode::INTERNAL_SERVER_ERROR, "the script is over").into_response(),
    }
}

/// A server that gives `answers` one after the other, and an adapter that talks to it.
async fn scripted(answers: Vec<Value>) -> anyhow::Result<(Meta, Script)> {
    let script = Script::default();
    let status =
        |value: &Value| if value.get("error").is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    script.answers.lock().unwrap().extend(answers.into_iter().map(|value| (status(&value), value)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((adapter_at(base.parse()?, Duration::from_secs(10))?, script))
}

fn access() -> Access {
    let account = AccountRef { platform: Platform::Meta, id: "act_1001".to_owned() };
    Access {
        account,
        token: "token".to_owned().into(),
        page_token: None,
        manager: None,
        urgency: placard_platforms::Urgency::Publishing,
    }
}

fn query(days: u32) -> InsightsQuery {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    InsightsQuery {
        level: Level::Campaign,
        since: day(1),
        until: day(days),
        grain: Grain::Daily,
        breakdown: None,
    }
}

fn row(campaign: &str, day: u32) -> Value {
    json!({"campaign_id": campaign, "campaign_name": "C", "objective": "OUTCOME_LEADS", "account_currency": "EUR",
        "impressions": "100", "spend": "1.50", "actions": [{"action_type": "lead", "value": "2"}],
        "date_start": format!("2026-11-{day:02}"), "date_stop": format!("2026-11-{day:02}")})
}

fn page(rows: &[Value], next: Option<&str>) -> Value {
    let mut paging = json!({"cursors": {"before": "b", "after": next.unwrap_or("last")}});
    if next.is_some() {
        paging["next"] = json!("https://graph.facebook.com/v26.0/act_1001/insights?access_token=x&after=y");
    }
    json!({"data": rows, "paging": paging})
}

fn refusal(code: i64, subcode: Option<i64>, message: &str) -> Value {
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode,
        "fbtrace_id": "A"}})
}

impl Script {
    fn limits(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().filter_map(|seen| seen.params.get("limit").cloned()).collect()
    }

    fn calls(&self) -> Vec<(Method, String)> {
        self.seen.lock().unwrap().iter().map(|seen| (seen.method.clone(), seen.path.clone())).collect()
    }

    fn param(&self, call: usize, name: &str) -> Option<String> {
        self.seen.lock().unwrap()[call].params.get(name).cloned()
    }
}

#[tokio::test]
async fn pages_are_followed_by_cursor_until_there_is_no_next() -> anyhow::Result<()> {
    let pages = vec![page(&[row("1", 1)], Some("c1")), page(&[], Some("c2")), page(&[row("2", 1)], None)];
    let (meta, script) = scripted(pages).await?;
    let rows = meta.insights(&access(), &query(1)).await?;

    assert_eq!(rows.iter().map(|row| row.entity_id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(script.param(1, "after").as_deref(), Some("c1"));
    assert_eq!(script.param(2, "after").as_deref(), Some("c2"), "an empty page may have a next one");
    assert_eq!(script.calls().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_stale_cursor_begins_again_without_doubling_rows() -> anyhow::Result<()> {
    let script = vec![
        page(&[row("1", 1)], Some("c1")),
        refusal(2642, None, "(#2642) Invalid cursors values"),
        page(&[row("1", 1)], Some("c1")),
        page(&[row("2", 1)], None),
    ];
    let (meta, _) = scripted(script).await?;
    assert_eq!(meta.insights(&access(), &query(1)).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_page_is_halved_when_meta_wants_less_at_a_time() -> anyhow::Result<()> {
    let less =
        refusal(1, None, "Please reduce the amount of data you're asking for, then retry your request");
    let (meta, script) = scripted(vec![less.clone(), less, page(&[row("1", 1)], None)]).await?;
    assert_eq!(meta.insights(&access(), &query(1)).await?.len(), 1);
    assert_eq!(script.limits(), ["500", "250", "125"]);
    Ok(())
}

#[tokio::test]
async fn a_question_that_times_out_becomes_a_report() -> anyhow::Result<()> {
    let script = vec![
        refusal(100, Some(1_504_018), "timed out"),
        json!({"report_run_id": "6023920149050"}),
        json!({"id": "6023920149050", "async_status": "Job Running", "async_percent_completion": 40}),
        json!({"id": "6023920149050", "async_status": "Job Completed", "async_percent_completion": 99}),
        json!({"id": "6023920149050", "async_status": "Job Completed", "async_percent_completion": 100}),
        page(&[row("1", 1)], Some("c1")),
        page(&[row("2", 1)], None),
    ];
    let (meta, script) = scripted(script).await?;
    assert_eq!(meta.insights(&access(), &query(1)).await?.len(), 2);

    let calls = script.calls();
    assert_eq!(calls[1], (Method::POST, "/v26.0/act_1001/insights".to_owned()));
    assert_eq!(calls[2], (Method::GET, "/v26.0/6023920149050".to_owned()));
    assert_eq!(calls[5], (Method::GET, "/v26.0/6023920149050/insights".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_report_that_fails_is_asked_for_in_halves() -> anyhow::Result<()> {
    let script = vec![
        refusal(2, Some(1_504_038), "timed out"),
        json!({"report_run_id": "7"}),
        json!({"async_status": "Job Failed", "async_percent_completion": 10, "error_message": "too much"}),
        page(&[row("1", 1), row("1", 2)], None),
        page(&[row("1", 3), row("1", 4)], None),
    ];
    let (meta, script) = scripted(script).await?;
    let rows = meta.insights(&access(), &query(4)).await?;

    let days: Vec<String> = rows.iter().map(|row| row.date.to_string()).collect();
    assert_eq!(days, ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]);
    assert_eq!(
        script.param(3, "time_range").as_deref(),
        Some(r#"{"since":"2026-11-01","until":"2026-11-02"}"#)
    );
    assert_eq!(
        script.param(4, "time_range").as_deref(),
        Some(r#"{"since":"2026-11-03","until":"2026-11-04"}"#)
    );
    Ok(())
}

#[tokio::test]
async fn deleted_and_archived_objects_are_asked_for_and_attribution_is_the_ad_sets_own() -> anyhow::Result<()>
{
    let (meta, script) = scripted(vec![page(&[], None)]).await?;
    meta.insights(&access(), &query(1)).await?;
    let filter: Value = serde_json::from_str(&script.param(0, "filtering").unwrap())?;
    assert_eq!(filter[0]["field"], json!("campaign.effective_status"));
    assert!(filter[0]["value"].as_array().unwrap().contains(&json!("DELETED")));
    assert_eq!(script.param(0, "use_unified_attribution_setting").as_deref(), Some("true"));
    assert_eq!(script.param(0, "time_increment").as_deref(), Some("1"));
    Ok(())
}

#[tokio::test]
async fn hours_are_not_split_further() -> anyhow::Result<()> {
    let (meta, script) = scripted(Vec::new()).await?;
    let hours = InsightsQuery { grain: Grain::Hourly, breakdown: Some(Breakdown::Age), ..query(1) };
    assert_eq!(meta.insights(&access(), &hours).await.unwrap_err().kind, ErrorKind::Refused);
    assert!(script.calls().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_wrong_question_is_not_repeated() -> anyhow::Result<()> {
    let (meta, script) = scripted(vec![refusal(3018, None, "The start date is beyond 37 months")]).await?;
    assert_eq!(meta.insights(&access(), &query(1)).await.unwrap_err().number(), Some(3018));
    assert_eq!(script.calls().len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_answer_without_json_is_no_answer() -> anyhow::Result<()> {
    let (meta, script) = scripted(Vec::new()).await?;
    let error = meta.insights(&access(), &query(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ServerFault);
    assert_eq!(script.calls().len(), 5, "reads are tried five times");
    Ok(())
}

#[tokio::test]
async fn parts_add_up_to_the_account_in_the_sandbox() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for spec in [crate::specs::sales(), crate::specs::leads()] {
        desk.publish(&spec.campaign()?).await?;
    }
    desk.sandbox.advance(chrono::TimeDelta::days(14))?;
    let ask = |level, grain, breakdown| InsightsQuery {
        level,
        since: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
        until: NaiveDate::from_ymd_opt(2026, 11, 16).unwrap(),
        grain,
        breakdown,
    };
    let mut totals = Vec::new();
    for (level, grain, breakdown) in [
        (Level::Account, Grain::Daily, None),
        (Level::Campaign, Grain::Daily, None),
        (Level::AdGroup, Grain::Daily, None),
        (Level::Ad, Grain::Daily, None),
        (Level::Account, Grain::Hourly, None),
        (Level::Ad, Grain::Daily, Some(Breakdown::Age)),
        (Level::Ad, Grain::Daily, Some(Breakdown::Gender)),
        (Level::Ad, Grain::Daily, Some(Breakdown::AgeGender)),
        (Level::Campaign, Grain::Daily, Some(Breakdown::Country)),
        (Level::Campaign, Grain::Daily, Some(Breakdown::Placement)),
        (Level::Campaign, Grain::Daily, Some(Breakdown::Device)),
    ] {
        let rows = desk.adapter.insights(&desk.access, &ask(level, grain, breakdown)).await?;
        let impressions: i64 = rows.iter().map(|row| row.impressions).sum();
        let spend: rust_decimal::Decimal = rows.iter().map(|row| row.spend).sum();
        assert!(breakdown.is_none() || rows.iter().all(|row| row.segment.is_some()));
        totals.push((impressions, spend));
    }
    assert!(totals[0].0 > 0, "something was shown");
    assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
    Ok(())
}
