//! Microsoft's reports (Microsoft, `platforms/microsoft.md` §6).

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft_support::{ACCOUNT, Made, MicrosoftBench};
use crate::support::with;

const SUBMIT: &str = "/Reporting/v13/GenerateReport/Submit";
const POLL: &str = "/Reporting/v13/GenerateReport/Poll";

fn daily() -> Value {
    let day = |day: u32| json!({ "Day": day, "Month": 11, "Year": 2026 });
    json!({
        "Type": "CampaignPerformanceReportRequest", "ReportName": "placard daily", "Format": "Csv",
        "FormatVersion": "2.0", "ExcludeReportHeader": true, "ExcludeReportFooter": true, "Aggregation": "Daily",
        "Columns": ["TimePeriod", "AccountId", "CampaignId", "CampaignName", "CurrencyCode", "Impressions",
            "Clicks", "Spend", "Conversions", "Revenue"],
        "Scope": { "AccountIds": [ACCOUNT] },
        "Time": { "CustomDateRangeStart": day(1), "CustomDateRangeEnd": day(5),
            "ReportTimeZone": "AmsterdamBerlinBernRomeStockholmVienna" },
    })
}

async fn submit(bench: &MicrosoftBench, request: Value) -> Value {
    let reply = bench.post(SUBMIT, json!({ "ReportRequest": request })).await;
    let id = reply["ReportRequestId"].clone();
    assert!(id.as_str().unwrap().len() <= 40);
    json!({ "ReportRequestId": id })
}

async fn poll(bench: &MicrosoftBench, id: &Value) -> Value {
    bench.post(POLL, id.clone()).await["ReportRequestStatus"].clone()
}

/// The file inside a ZIP that stores it as it is.
fn unzipped(zip: &[u8]) -> String {
    let number = |at: usize| u16::from_le_bytes([zip[at], zip[at + 1]]) as usize;
    assert_eq!((&zip[..4], number(8)), (&b"PK\x03\x04"[..], 0));
    let size = u32::from_le_bytes(zip[22..26].try_into().unwrap()) as usize;
    let start = 30 + number(26) + number(28);
    String::from_utf8(zip[start..start + size].to_vec()).unwrap()
}

/// Orders a report and gives its table, without the byte order mark.
async fn table(bench: &MicrosoftBench, request: Value) -> String {
    let id = submit(bench, request).await;
    assert_eq!(poll(bench, &id).await, json!({ "Status": "Pending", "ReportDownloadUrl": null }));
    let done = poll(bench, &id).await;
    assert_eq!(done["Status"], "Success");
    let url = done["ReportDownloadUrl"].as_str().unwrap();
    let response = bench.http.get(url).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/zip".parse().unwrap())
    );
    let text = unzipped(&response.bytes().await.unwrap());
    text.strip_prefix('\u{feff}').unwrap().to_owned()
}

/// Rows of a table without blocks around it; the first is the names.
fn rows(table: &str) -> Vec<Vec<String>> {
    let cell = |cell: &str| cell.trim_matches('"').to_owned();
    table.lines().map(|line| line.split("\",\"").map(cell).collect()).collect()
}

fn sum(rows: &[Vec<String>], name: &str) -> i64 {
    let at = rows[0].iter().position(|known| known == name).unwrap();
    let cents = |text: &String| (text.parse::<f64>().unwrap() * 100.0).round() as i64;
    rows[1..].iter().map(|row| cents(&row[at])).sum()
}

/// A campaign that ran for three days.
async fn delivered() -> (MicrosoftBench, Made) {
    let mut bench = MicrosoftBench::new().await;
    let made = bench.whole("Autumn").await;
    bench.run(&made).await;
    bench.advance(TimeDelta::days(3));
    (bench, made)
}

#[tokio::test]
async fn a_report_is_ordered_polled_and_comes_as_a_zip() {
    let (bench, made) = delivered().await;
    let table = rows(&table(&bench, daily()).await);
    assert_eq!(json!(table[0]), daily()["Columns"]);
    let days: Vec<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(days, ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]);
    assert_eq!(table[1][1..5], [ACCOUNT, made.campaign.as_str(), "Autumn", "EUR"]);
    assert_eq!(sum(&table, "Spend") * 10_000, bench.spent(&made.campaign));
    assert!(sum(&table, "Clicks") > 0 && sum(&table, "Impressions") > sum(&table, "Clicks"));
}

#[tokio::test]
async fn header_footer_and_percents_look_as_the_platforms_do() {
    let (bench, _) = delivered().await;
    let change = json!({
        "ExcludeReportHeader": null, "ExcludeReportFooter": null, "Columns": ["CampaignName", "Ctr", "AverageCpc"],
        "Aggregation": "Daily",
    });
    let text = table(&bench, with(daily(), change)).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "\"Report Name: placard daily\"");
    assert_eq!(lines[5], "\"Report Aggregation: Summary\"", "ignored without TimePeriod");
    assert_eq!((lines[8], lines[9]), ("\"Rows: 1\"", ""));
    assert_eq!(lines[10], "\"CampaignName\",\"Ctr\",\"AverageCpc\"");
    assert!(lines[11].starts_with("\"Autumn\",\"") && lines[11].contains("%\",\""), "{}", lines[11]);
    assert_eq!(lines[12], "");
    assert!(lines[13].starts_with("\"©"));
}

#[tokio::test]
async fn every_cut_adds_up_to_the_same_sums() {
    let (bench, made) = delivered().await;
    let whole = rows(&table(&bench, daily()).await);
    let measures = ["Impressions", "Clicks", "Spend", "Conversions", "Revenue"];
    for (kind, attributes, aggregation) in [
        ("AgeGenderAudienceReportRequest", vec!["TimePeriod", "AgeGroup", "Gender"], "Daily"),
        ("GeographicPerformanceReportRequest", vec!["AccountId", "Country", "TimePeriod"], "Monthly"),
        ("AdPerformanceReportRequest", vec!["AdId", "DeviceType", "TimePeriod"], "Hourly"),
        ("AdGroupPerformanceReportRequest", vec!["AdGroupId", "TimePeriod"], "Weekly"),
        ("CampaignPerformanceReportRequest", vec!["CampaignId", "Network", "DeviceType"], "Summary"),
        ("AccountPerformanceReportRequest", vec!["AccountName"], "Summary"),
    ] {
        let columns: Vec<&str> = attributes.iter().chain(&measures).copied().collect();
        let change = json!({ "Type": kind, "Columns": columns, "Aggregation": aggregation });
        let cut = rows(&table(&bench, with(daily(), change)).await);
        for measure in measures {
            assert_eq!(sum(&cut, measure), sum(&whole, measure), "{kind} {measure}");
        }
    }
    let scope = json!({ "Scope": { "Campaigns": [{ "AccountId": ACCOUNT, "CampaignId": made.campaign }] } });
    assert_eq!(rows(&table(&bench, with(daily(), scope)).await), whole);
}

#[tokio::test]
async fn ages_restrict_only_with_a_target_setting_and_devices_can_be_switched_off() {
    let seen = |strict: bool| async move {
        let mut bench = MicrosoftBench::new().await;
        let made = bench.whole("Autumn").await;
        let item = |criterion: Value, percent: i64| {
            json!({
                "Type": "BiddableAdGroupCriterion", "AdGroupId": made.group, "Criterion": criterion,
                "CriterionBid": { "Type": "BidMultiplier", "Multiplier": percent },
            })
        };
        let device = |name: &str| json!({ "Type": "DeviceCriterion", "DeviceName": name });
        let items = [
            item(json!({ "Type": "AgeCriterion", "AgeRange": "ThirtyFiveToFourtyNine" }), 0),
            item(device("Computers"), 0),
            item(device("Smartphones"), -100),
            item(device("Tablets"), 0),
        ];
        let body = json!({ "CriterionType": "Targets", "AdGroupCriterions": items });
        let path = "/CampaignManagement/v13/AdGroupCriterions";
        crate::microsoft_support::none_refused(&bench.post(path, body).await);
        let details = json!([{ "CriterionTypeGroup": "Age", "TargetAndBid": strict }]);
        let group =
            json!({ "Id": made.group, "Settings": [{ "Type": "TargetSetting", "Details": details }] });
        let body = json!({ "CampaignId": made.campaign, "AdGroups": [group] });
        crate::microsoft_support::none_refused(&bench.put("/CampaignManagement/v13/AdGroups", body).await);
        bench.run(&made).await;
        bench.advance(TimeDelta::days(3));
        let words = |kind: &'static str, columns: Value| {
            let bench = &bench;
            async move {
                let change = json!({ "Type": kind, "Columns": columns });
                let mut words: Vec<String> = rows(&table(bench, with(daily(), change)).await)[1..]
                    .iter()
                    .map(|row| row[0].clone())
                    .collect();
                words.sort();
                words.dedup();
                words
            }
        };
        let ages =
            words("AgeGenderAudienceReportRequest", json!(["AgeGroup", "Gender", "TimePeriod", "Clicks"]));
        let devices =
            words("AdGroupPerformanceReportRequest", json!(["DeviceType", "AdGroupId", "Impressions"]));
        (ages.await, devices.await)
    };
    let (ages, devices) = seen(true).await;
    assert_eq!((ages, devices), (vec!["35-49".to_owned()], vec!["Computer".to_owned(), "Tablet".to_owned()]));
    let (ages, _) = seen(false).await;
    assert!(ages.len() >= 5, "without the setting an age only changes bids: {ages:?}");
}

#[tokio::test]
async fn conversions_become_known_late() {
    let (mut bench, _) = delivered().await;
    let early = rows(&table(&bench, daily()).await);
    bench.advance(TimeDelta::days(30));
    let late = rows(&table(&bench, daily()).await);
    // The last day went on after the first look.
    let known = |table: &[Vec<String>]| sum(&table[..4], "Conversions");
    assert!(known(&late) > known(&early), "{} {}", known(&early), known(&late));
    assert_eq!(sum(&late[..4], "Spend"), sum(&early[..4], "Spend"));
}

#[tokio::test]
async fn an_empty_report_is_a_success_without_an_address_and_addresses_die() {
    let (mut bench, _) = delivered().await;
    let before = json!({ "Time": { "PredefinedTime": "LastMonth" } });
    let id = submit(&bench, with(daily(), before)).await;
    poll(&bench, &id).await;
    assert_eq!(poll(&bench, &id).await, json!({ "Status": "Success", "ReportDownloadUrl": null }));

    let id = submit(&bench, daily()).await;
    poll(&bench, &id).await;
    let url = poll(&bench, &id).await["ReportDownloadUrl"].as_str().unwrap().to_owned();
    bench.advance(TimeDelta::minutes(6));
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 403);
    let fresh = poll(&bench, &id).await["ReportDownloadUrl"].as_str().unwrap().to_owned();
    assert_eq!(bench.http.get(&fresh).send().await.unwrap().status(), 200);
    assert_eq!(bench.http.get(fresh.replace("sig=", "sig=0")).send().await.unwrap().status(), 403);
    bench.advance(TimeDelta::days(1));
    assert_eq!(bench.fault(Method::POST, POLL, id).await, (400, 2101));
    assert_eq!(bench.fault(Method::POST, POLL, json!({ "ReportRequestId": "" })).await, (400, 2100));
}

#[tokio::test]
async fn reports_can_fail_or_stall_and_too_many_are_refused() {
    let (bench, _) = delivered().await;
    for (fate, status) in [("fail", "Error"), ("stall", "Pending")] {
        bench.sandbox.set_faults(serde_json::from_value(json!({ "reports": fate })).unwrap());
        let id = submit(&bench, daily()).await;
        poll(&bench, &id).await;
        assert_eq!(poll(&bench, &id).await, json!({ "Status": status, "ReportDownloadUrl": null }));
    }
    bench.control("rate", json!({ "microsoft": { "pending_reports": 1 } })).await;
    let body = json!({ "ReportRequest": daily() });
    assert_eq!(bench.fault(Method::POST, SUBMIT, body).await, (400, 207));
}

#[tokio::test]
async fn what_cannot_be_reported_is_refused_by_its_code() {
    let (bench, _) = delivered().await;
    let time = |word: &str| json!({ "PredefinedTime": word, "ReportTimeZone": "AmsterdamBerlinBernRomeStockholmVienna" });
    let day = |day: u32| json!({ "Day": day, "Month": 11, "Year": 2026 });
    for (change, code) in [
        (json!({ "Type": "MoonReportRequest" }), 2002),
        (json!({ "Type": "KeywordPerformanceReportRequest" }), 204),
        (json!({ "Scope": { "AccountIds": ["5009001"] } }), 2003),
        (json!({ "Scope": null }), 2018),
        (json!({ "Time": time("Yesterday"), "ReturnOnlyCompleteData": true }), 0),
        (json!({ "Time": time("Today"), "ReturnOnlyCompleteData": true }), 2005),
        (json!({ "ReportName": "x".repeat(201) }), 2006),
        (json!({ "Time": time("ThisYear") }), 2007),
        (json!({ "Aggregation": "HourOfDay" }), 2007),
        (json!({ "Time": { "CustomDateRangeStart": day(3), "CustomDateRangeEnd": day(2) } }), 2010),
        (json!({ "Columns": [] }), 2014),
        (json!({ "Columns": ["TimePeriod", "Clicks"] }), 2015),
        (json!({ "Columns": ["CampaignId", "Clicks", "Clicks"] }), 2016),
        (json!({ "Columns": ["CampaignId", "TimePeriod"] }), 2017),
        (json!({ "Aggregation": "Summary" }), 2034),
        (json!({ "Columns": ["CampaignId", "Moons"] }), 201),
        (
            json!({
                "Type": "AgeGenderAudienceReportRequest", "Columns": ["TimePeriod", "AgeGroup", "Gender", "Ctr"],
            }),
            201,
        ),
        (json!({ "Format": "Xml" }), 204),
    ] {
        let body = json!({ "ReportRequest": with(daily(), change.clone()) });
        match code {
            0 => drop(bench.post(SUBMIT, body).await),
            code => assert_eq!(bench.fault(Method::POST, SUBMIT, body).await, (400, code), "{change}"),
        }
    }
    let places = json!({
        "Type": "GeographicPerformanceReportRequest", "Columns": ["AccountId", "TimePeriod", "Clicks"],
        "Aggregation": "DayOfWeek", "Time": time("Yesterday"),
    });
    let body = json!({ "ReportRequest": with(daily(), places) });
    assert_eq!(bench.fault(Method::POST, SUBMIT, body).await, (400, 2059));
    assert_eq!(bench.fault(Method::POST, SUBMIT, json!({ "ReportRequest": null })).await, (400, 2001));
    // One hour after midnight in Berlin the books of the day are open.
    let mut bench = bench;
    bench.advance(TimeDelta::hours(15));
    let fresh = json!({ "Time": time("Yesterday"), "ReturnOnlyCompleteData": true });
    let body = json!({ "ReportRequest": with(daily(), fresh) });
    assert_eq!(bench.fault(Method::POST, SUBMIT, body).await, (400, 2004));
}
