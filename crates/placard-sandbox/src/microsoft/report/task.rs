//! Reports that are being made.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{file, request, rows};
use crate::draw;
use crate::faults::ReportFate;
use crate::microsoft::error::{Code, Fault, MicrosoftResult};
use crate::microsoft::request::{FILES, Request};
use crate::microsoft::shape::{Field, Shape};
use crate::microsoft::store::Key;
use crate::microsoft::write::Call;
use crate::world::{RecordKey, World};

/// A report that was ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    user: String,
    account: String,
    body: Map<String, Value>,
    started: DateTime<Utc>,
    /// How often somebody has looked.
    polls: u64,
    fate: ReportFate,
}

pub(in crate::microsoft) const POLL: &[Field] = &[("ReportRequestId", Shape::Text)];

/// An order is known this long.
const KEPT: TimeDelta = TimeDelta::days(1);
/// An address serves this long.
const SERVED: TimeDelta = TimeDelta::minutes(5);
/// Looks until a report is done.
const POLLS: u64 = 2;

impl Task {
    fn status(&self) -> &'static str {
        match (self.polls, self.fate) {
            (POLLS.., ReportFate::Complete) => "Success",
            (POLLS.., ReportFate::Fail | ReportFate::Skip) => "Error",
            _ => "Pending",
        }
    }
}

/// `POST /GenerateReport/Submit`: each makes a new job.
pub(in crate::microsoft) fn submit(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let now = world.now();
    request::read(world, &call.account.user, call.body, now)?;
    let most = world.config.microsoft_rate.pending_reports;
    let pending = |task: &&Task| {
        task.account == call.account.id && task.status() == "Pending" && now - task.started < KEPT
    };
    if most > 0 && world.microsoft.tasks.values().filter(pending).count() >= most {
        return Err(Fault::new(Code::TooManyJobs, "Too many reports are being made for the account."));
    }
    let id = world.microsoft.next_id().to_string();
    let task = Task {
        id: id.clone(),
        user: call.account.user.clone(),
        account: call.account.id.clone(),
        body: call.body.clone(),
        started: now,
        polls: 0,
        fate: world.faults.plan().reports,
    };
    world.microsoft.tasks.insert(id.clone(), task);
    world.touch(RecordKey::Microsoft(Key::Task(id.clone())));
    Ok(json!({ "ReportRequestId": id }))
}

/// `POST /GenerateReport/Poll`: an empty report is a success without an address.
pub(in crate::microsoft) fn poll(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let invalid = || Fault::new(Code::InvalidReportId, "The report request ID is not valid.");
    let id = call.text("ReportRequestId").filter(|id| (1..=40).contains(&id.len())).ok_or_else(invalid)?;
    let now = world.now();
    let task = world.microsoft.tasks.get_mut(id);
    let task = task.filter(|task| task.user == call.account.user && now - task.started < KEPT);
    let task = task.ok_or_else(|| Fault::new(Code::ReportNotFound, "The report was not found."))?;
    task.polls += 1;
    let (task, status) = (task.clone(), task.status());
    world.touch(RecordKey::Microsoft(Key::Task(id.to_owned())));
    let url = match status == "Success" && !made(world, &task)?.1.is_empty() {
        true => {
            let until = (now + SERVED).timestamp();
            let signature = signature(world, id, until);
            Some(format!("{}{FILES}{id}.zip?until={until}&sig={signature}", call.request.base_url))
        }
        false => None,
    };
    Ok(json!({ "ReportRequestStatus": { "Status": status, "ReportDownloadUrl": url } }))
}

fn made(world: &World, task: &Task) -> MicrosoftResult<(request::Query, Vec<Vec<String>>)> {
    let query = request::read(world, &task.user, &task.body, task.started)?;
    let rows = rows::all(world, &query);
    Ok((query, rows))
}

fn signature(world: &World, id: &str, until: i64) -> String {
    let key = draw::key(world.head.seed, &["microsoft report", id]);
    format!("{:016x}", draw::join(key, until.unsigned_abs()))
}

/// `GET` of an address: no headers are looked at, but it must be fresh.
pub(in crate::microsoft) fn download(
    world: &World,
    request: &Request,
    name: &str,
) -> MicrosoftResult<Vec<u8>> {
    let id = name.strip_suffix(".zip").ok_or(Fault::Html(404))?;
    let until = request.query.get("until").and_then(|until| until.parse::<i64>().ok());
    let until = until.filter(|until| request.query.get("sig") == Some(&signature(world, id, *until)));
    if until.is_none_or(|until| until < world.now().timestamp()) {
        return Err(Fault::Html(403));
    }
    let task = world.microsoft.tasks.get(id).ok_or(Fault::Html(404))?;
    let (query, rows) = made(world, task)?;
    Ok(file::zip(&format!("{id}.csv"), file::table(&query, &rows).as_bytes()))
}
