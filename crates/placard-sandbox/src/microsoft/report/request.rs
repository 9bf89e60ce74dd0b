//! What is asked of a report, checked.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::columns::{Attribute, Column, Measure, NOT_SERVED, Report, required};
use super::period::{Aggregation, Predefined, Range};
use crate::microsoft::error::{Code, Fault, MicrosoftResult};
use crate::microsoft::shape::{self, Field, Shape};
use crate::microsoft::store;
use crate::wire::WireEnum;
use crate::world::World;

const CAMPAIGN: Shape = Shape::Object(&[("AccountId", Shape::Id), ("CampaignId", Shape::Id)]);
const AD_GROUP: Shape =
    Shape::Object(&[("AccountId", Shape::Id), ("CampaignId", Shape::Id), ("AdGroupId", Shape::Id)]);

const REQUEST: &[Field] = &[
    ("Type", Shape::Text),
    ("ReportName", Shape::Text),
    ("Format", Shape::Word(&["Csv", "Tsv", "Xml"])),
    ("FormatVersion", Shape::Word(&["1.0", "2.0"])),
    ("ReturnOnlyCompleteData", Shape::Flag),
    ("ExcludeReportHeader", Shape::Flag),
    ("ExcludeReportFooter", Shape::Flag),
    ("ExcludeColumnHeaders", Shape::Flag),
    (
        "Aggregation",
        Shape::Word(&[
            "Summary",
            "Hourly",
            "Daily",
            "Weekly",
            "WeeklyStartingMonday",
            "Monthly",
            "Yearly",
            "HourOfDay",
            "DayOfWeek",
        ]),
    ),
    ("Columns", Shape::List(&Shape::Text)),
    (
        "Scope",
        Shape::Object(&[
            ("AccountIds", Shape::List(&Shape::Id)),
            ("Campaigns", Shape::List(&CAMPAIGN)),
            ("AdGroups", Shape::List(&AD_GROUP)),
        ]),
    ),
    (
        "Time",
        Shape::Object(&[
            ("PredefinedTime", Shape::Text),
            ("CustomDateRangeStart", Shape::Date),
            ("CustomDateRangeEnd", Shape::Date),
            ("ReportTimeZone", Shape::Text),
        ]),
    ),
];

pub(in crate::microsoft) const SUBMIT: &[Field] = &[("ReportRequest", Shape::Object(REQUEST))];

/// Whose figures a report is about; an empty list leaves all.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) accounts: Vec<String>,
    pub(super) campaigns: Vec<u64>,
    pub(super) ad_groups: Vec<u64>,
}

/// A report that can be made.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: String,
    pub(super) aggregation: Aggregation,
    pub(super) columns: Vec<Column>,
    pub(super) scope: Scope,
    pub(super) range: Range,
    /// Figures are as they were known then.
    pub(super) at: DateTime<Utc>,
    /// Format version 1.0.
    pub(super) old: bool,
    pub(super) header: bool,
    pub(super) footer: bool,
    pub(super) names: bool,
}

fn fault(code: Code, message: &str) -> Fault {
    Fault::new(code, message)
}

/// Reads a request; `user` is who asks, `at` when.
pub(super) fn read(
    world: &World,
    user: &str,
    body: &Map<String, Value>,
    at: DateTime<Utc>,
) -> MicrosoftResult<Query> {
    let asked = body.get("ReportRequest").and_then(Value::as_object);
    let asked = asked.ok_or_else(|| fault(Code::NullReport, "The report request is null."))?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let flag = |name: &str| asked.get(name).and_then(Value::as_bool).unwrap_or(false);
    let word = text("Type").unwrap_or_default();
    let unknown = || match NOT_SERVED.contains(&word) {
        true => Fault::unserved(word),
        false => fault(Code::UnknownReport, "The report type is unknown."),
    };
    let report = Report::parse(word).ok_or_else(unknown)?;
    if let Some(format @ ("Tsv" | "Xml")) = text("Format") {
        return Err(Fault::unserved(format));
    }
    let name = text("ReportName").unwrap_or(word.trim_end_matches("Request")).to_owned();
    if name.chars().count() > 200 {
        return Err(fault(Code::InvalidReportName, "The report name is longer than 200 characters."));
    }
    let columns = columns(report, asked)?;
    let wanted = text("Aggregation").and_then(Aggregation::parse).unwrap_or(Aggregation::Summary);
    let aggregation = match columns.contains(&Column::Attribute(Attribute::TimePeriod)) {
        true if wanted == Aggregation::Summary => {
            return Err(fault(Code::PeriodWithSummary, "TimePeriod and Summary exclude each other."));
        }
        true => wanted,
        // Without the column the aggregation is ignored.
        false => Aggregation::Summary,
    };
    let places = matches!(report, Report::Geographic | Report::UserLocation);
    if places && matches!(aggregation, Aggregation::HourOfDay | Aggregation::DayOfWeek) {
        return Err(fault(Code::UnsupportedGrain, "The report does not have this aggregation."));
    }
    let scope = scope(world, user, asked)?;
    let range = time(asked, aggregation, at)?;
    if flag("ReturnOnlyCompleteData") {
        complete(world, &scope, range, at)?;
    }
    Ok(Query {
        name,
        aggregation,
        columns,
        scope,
        range,
        at,
        old: text("FormatVersion") != Some("2.0"),
        header: !flag("ExcludeReportHeader"),
        footer: !flag("ExcludeReportFooter"),
        names: !flag("ExcludeColumnHeaders"),
    })
}

fn columns(report: Report, asked: &Map<String, Value>) -> MicrosoftResult<Vec<Column>> {
    let words = asked.get("Columns").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if words.is_empty() {
        return Err(fault(Code::NullColumns, "The columns are null or empty."));
    }
    let mut columns = Vec::new();
    for word in words {
        let word = word.as_str().unwrap_or_default();
        let attribute = Attribute::parse(word).filter(|it| it.is_in(report)).map(Column::Attribute);
        let measure = Measure::parse(word).filter(|it| it.is_in(report)).map(Column::Measure);
        let column = attribute.or(measure);
        let column =
            column.ok_or_else(|| Fault::input("Columns", format!("{report} has no column {word}")))?;
        if columns.contains(&column) {
            return Err(fault(Code::DuplicateColumns, "A column is there twice."));
        }
        columns.push(column);
    }
    let has = |attribute: &Attribute| columns.contains(&Column::Attribute(*attribute));
    if !required(report).iter().all(|group| group.iter().any(has)) {
        return Err(fault(Code::RequiredColumns, "A required column is missing."));
    }
    match columns.iter().any(|column| matches!(column, Column::Measure(_))) {
        true => Ok(columns),
        false => Err(fault(Code::NoMeasure, "There is no measure among the columns.")),
    }
}

fn scope(world: &World, user: &str, asked: &Map<String, Value>) -> MicrosoftResult<Scope> {
    let invalid = |message: &str| fault(Code::InvalidScope, message);
    let part = asked.get("Scope").cloned().unwrap_or_default();
    let list = |name: &str| part[name].as_array().cloned().unwrap_or_default();
    let (campaigns, ad_groups) = (list("Campaigns"), list("AdGroups"));
    let mut out = Scope::default();
    for id in list("AccountIds") {
        out.accounts.extend(shape::id(&id).map(|id| id.to_string()));
    }
    if out.accounts.len() > 1000 || campaigns.len() > 300 || ad_groups.len() > 300 {
        return Err(invalid("The scope is too wide."));
    }
    for entry in campaigns.iter().chain(&ad_groups) {
        let account = shape::id(&entry["AccountId"]).ok_or_else(|| invalid("AccountId is required."))?;
        own(world, user, &account.to_string())?;
        let field = if entry["AdGroupId"].is_null() { "CampaignId" } else { "AdGroupId" };
        let id = shape::id(&entry[field]).ok_or_else(|| invalid("An id is missing."))?;
        if field == "AdGroupId" { out.ad_groups.push(id) } else { out.campaigns.push(id) }
    }
    for account in &out.accounts {
        own(world, user, account)?;
    }
    match out.accounts.is_empty() && out.campaigns.is_empty() && out.ad_groups.is_empty() {
        true => Err(invalid("The scope names no account.")),
        false => Ok(out),
    }
}

/// 2003.
fn own(world: &World, user: &str, account: &str) -> MicrosoftResult<()> {
    let reached = world.microsoft_reach(user, account);
    reached.map(|_| ()).map_err(|_| fault(Code::ReportAccount, "The account is not authorized."))
}

fn time(asked: &Map<String, Value>, aggregation: Aggregation, at: DateTime<Utc>) -> MicrosoftResult<Range> {
    let part = asked.get("Time").cloned().unwrap_or_default();
    let zone = part["ReportTimeZone"].as_str().unwrap_or("PacificTimeUSCanadaTijuana");
    let zone =
        store::zone(zone).ok_or_else(|| Fault::input("Time.ReportTimeZone", "there is no such zone"))?;
    let today = at.with_timezone(&zone).date_naive();
    let refused = || fault(Code::InvalidAggregation, "The aggregation does not go with this time.");
    if let Some(word) = part["PredefinedTime"].as_str() {
        let predefined = Predefined::parse(word);
        let predefined =
            predefined.ok_or_else(|| Fault::input("Time.PredefinedTime", format!("there is no {word}")))?;
        return match predefined.allows(aggregation) {
            true => Ok(aggregation.widened(predefined.range(today))),
            false => Err(refused()),
        };
    }
    let day = |name: &str| shape::date(&part[name]);
    let invalid = || fault(Code::InvalidCustomEnd, "The custom dates are missing or not in order.");
    let (Some(first), Some(last)) = (day("CustomDateRangeStart"), day("CustomDateRangeEnd")) else {
        return Err(invalid());
    };
    if matches!(aggregation, Aggregation::HourOfDay | Aggregation::DayOfWeek) {
        return Err(refused());
    }
    // Nobody is ahead of the world by more than a day.
    match first <= last && last <= today + TimeDelta::days(1) {
        true => Ok(aggregation.widened((first, last))),
        false => Err(invalid()),
    }
}

/// Books are closed about three hours after a day's end (2004, 2005).
fn complete(world: &World, scope: &Scope, range: Range, at: DateTime<Utc>) -> MicrosoftResult<()> {
    const CLOSED_AFTER: TimeDelta = TimeDelta::hours(3);
    for id in &scope.accounts {
        let Some(account) = world.microsoft.accounts.get(id) else { continue };
        let day = |at: DateTime<Utc>| -> NaiveDate { at.with_timezone(&account.zone()).date_naive() };
        if range.1 >= day(at) {
            return Err(fault(Code::IncompletePeriod, "Complete data cannot be asked for of today."));
        }
        if range.1 >= day(at - CLOSED_AFTER) {
            return Err(fault(Code::NoCompleteData, "The data is not complete yet."));
        }
    }
    Ok(())
}
