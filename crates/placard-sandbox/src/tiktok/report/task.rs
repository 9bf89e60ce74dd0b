//! Reports that run in the background (TikTok, `platforms/tiktok.md` §18). Deleted objects are in them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{asked, found};
use crate::faults::ReportFate;
use crate::tiktok::auth::Scope;
use crate::tiktok::error::{Code, Refusal, TikTokResult};
use crate::tiktok::read;
use crate::tiktok::request::Request;
use crate::tiktok::store::Key;
use crate::world::{RecordKey, World};

/// A report that was ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    advertiser: String,
    params: Map<String, Value>,
    started: DateTime<Utc>,
    /// How often somebody has looked.
    checks: u64,
    fate: ReportFate,
    canceled: bool,
}

/// Results are kept this long.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Looks until a task is done.
const CHECKS: u64 = 3;

impl Task {
    fn status(&self) -> &'static str {
        match (self.canceled, self.checks, self.fate) {
            (true, ..) | (_, CHECKS.., ReportFate::Skip) => "CANCELED",
            (_, 0 | 1, _) => "QUEUING",
            (_, 2, _) | (_, _, ReportFate::Stall) => "PROCESSING",
            (_, _, ReportFate::Complete) => "SUCCESS",
            (_, _, ReportFate::Fail) => "FAILED",
        }
    }
}

/// `POST /report/task/create/`.
pub(crate) fn create(world: &mut World, request: &Request) -> TikTokResult<Value> {
    asked(world, request, true)?;
    let params = &request.params;
    match read::need(params, "output_format")?.as_str() {
        "CSV_STRING" => {}
        other @ ("CSV_DOWNLOAD" | "XLSX_DOWNLOAD") => {
            return Err(Refusal::new(
                Code::NotImplemented,
                format!("Not implemented in the sandbox: {other}"),
            ));
        }
        other => return Err(Refusal::field("output_format", format!("Unknown value {other}."))),
    }
    let id = world.tiktok.next_id();
    let task = Task {
        id: id.clone(),
        advertiser: read::need(params, "advertiser_id")?,
        params: params.clone(),
        started: world.now(),
        checks: 0,
        fate: world.faults.plan().reports,
        canceled: false,
    };
    world.tiktok.tasks.insert(id.clone(), task);
    world.touch(RecordKey::TikTok(Key::Task(id.clone())));
    Ok(json!({ "task_id": id }))
}

/// A task of the advertiser that a call is about.
fn find<'w>(world: &'w mut World, request: &Request) -> TikTokResult<&'w mut Task> {
    let advertiser = world.tiktok_advertiser(request, Scope::Report)?;
    let id = read::need(&request.params, "task_id")?;
    let now = world.now();
    world.touch(RecordKey::TikTok(Key::Task(id.clone())));
    let own = |task: &&mut Task| task.advertiser == advertiser.id && now - task.started < KEPT;
    let found = world.tiktok.tasks.get_mut(&id).filter(own);
    found.ok_or_else(|| Refusal::new(Code::NoObject, format!("Task {id} does not exist.")))
}

/// `GET /report/task/check/`.
pub(crate) fn check(world: &mut World, request: &Request) -> TikTokResult<Value> {
    let task = find(world, request)?;
    task.checks += 1;
    let status = task.status();
    let message = if status == "FAILED" { "The report could not be made." } else { "" };
    Ok(json!({ "status": status, "message": message }))
}

/// `POST /report/task/cancel/`.
pub(crate) fn cancel(world: &mut World, request: &Request) -> TikTokResult<Value> {
    find(world, request)?.canceled = true;
    Ok(json!({}))
}

/// `GET /report/task/download/`: the rows as text.
pub(crate) fn download(world: &mut World, request: &Request) -> TikTokResult<String> {
    let task = find(world, request)?;
    match task.status() {
        "SUCCESS" => {}
        "FAILED" | "CANCELED" => return Err(Refusal::new(Code::TaskFailed, "The task failed.")),
        _ => return Err(Refusal::new(Code::TaskNotReady, "The task is not ready.")),
    }
    let params = task.params.clone();
    let query = asked(world, &Request { params, ..request.clone() }, true)?;
    let mut names: Vec<&str> = query.dimensions.iter().map(|dimension| dimension.name()).collect();
    names.extend(query.metrics.iter().map(String::as_str));
    let mut out = names.join(",") + "\n";
    for row in found(world, &query)? {
        let cell = |name: &&str| {
            let value = row.dimensions.get(*name).or_else(|| row.metrics.get(*name));
            quoted(value.and_then(Value::as_str).unwrap_or_default())
        };
        out.push_str(&(names.iter().map(cell).collect::<Vec<_>>().join(",") + "\n"));
    }
    Ok(out)
}

/// A cell of a table with commas.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
