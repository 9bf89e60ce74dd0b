//! Insights as reports that run in the background (Meta, `platforms/meta.md` §19).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{self, Account};
use super::auth::Token;
use super::call::Call;
use super::edges::{self, Shape};
use super::envelope::{MetaError, MetaResult};
use super::insights::{self, Query};
use super::params::Params;
use crate::faults::ReportFate;
use crate::object::{NodeId, Object};
use crate::world::{RecordKey, World};

/// A report run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: NodeId,
    /// Digits of the account.
    pub(crate) account: String,
    node: Option<NodeId>,
    params: Map<String, Value>,
    started: DateTime<Utc>,
    /// How often somebody has looked.
    polls: u64,
    fate: ReportFate,
}

/// Runs are kept this long.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Looks until a run is complete.
const POLLS: u64 = 3;

const FIELDS: &[&str] = &[
    "id",
    "account_id",
    "async_status",
    "async_percent_completion",
    "date_start",
    "date_stop",
    "time_ref",
    "time_completed",
    "is_running",
    "error_code",
    "error_message",
    "error_subcode",
    "error_user_title",
    "error_user_msg",
    "emails",
    "friendly_name",
    "is_bookmarked",
    "schedule_id",
];

impl Run {
    fn is_complete(&self) -> bool {
        self.fate == ReportFate::Complete && self.polls >= POLLS
    }

    /// Status and percentage after `polls` looks.
    fn progress(&self) -> (&'static str, u64) {
        match (self.fate, self.polls) {
            (_, 0 | 1) => ("Job Not Started", 0),
            (_, 2) => ("Job Running", 45),
            (ReportFate::Complete, _) => ("Job Completed", 100),
            (ReportFate::Stall, _) => ("Job Running", 87),
            (ReportFate::Fail, _) => ("Job Failed", 45),
            (ReportFate::Skip, _) => ("Job Skipped", 45),
        }
    }

    fn query(&self, world: &World) -> MetaResult<Query> {
        let account = world.accounts.get(&self.account).ok_or_else(|| self.gone())?;
        let object = self.node.and_then(|id| world.object(id));
        let mut params = Params::default();
        self.params.iter().for_each(|(name, value)| params.insert(name.clone(), value.clone()));
        Query::from_params(world, account, object, &params)
    }

    fn gone(&self) -> MetaError {
        MetaError::no_such_object("get", &self.id.to_string())
    }
}

/// `POST …/insights`: checks the query and starts a run.
pub(crate) fn start(
    world: &mut World,
    call: &Call,
    account: &Account,
    object: Option<&Object>,
) -> MetaResult<Value> {
    Query::from_params(world, account, object, &call.params)?;
    let id = world.next_id();
    let secret = ["access_token", "appsecret_proof", "method", "limit", "after"];
    let params = call
        .params
        .iter()
        .filter(|(name, _)| !secret.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let run = Run {
        id,
        account: account.id.clone(),
        node: object.map(|object| object.id),
        params,
        started: world.now(),
        polls: 0,
        fate: world.faults.plan().reports,
    };
    world.runs.insert(id, run);
    world.touch(RecordKey::Run(id));
    Ok(json!({ "report_run_id": id }))
}

fn visible(world: &World, token: &Token, id: NodeId) -> MetaResult<Run> {
    let missing = || MetaError::no_such_object("get", &id.to_string());
    let run = world.runs.get(&id).cloned().ok_or_else(missing)?;
    account::visible(world, &token.user, &run.account).map_err(|_| missing())?;
    if world.now() - run.started > KEPT { Err(missing()) } else { Ok(run) }
}

/// `GET /{run}`: each look moves the run on.
pub(crate) fn read(world: &mut World, token: &Token, call: &Call, id: NodeId) -> MetaResult<Value> {
    call.params.only(&[])?;
    if call.is_write() {
        return Err(MetaError::no_such_object("post", &id.to_string()));
    }
    let mut run = visible(world, token, id)?;
    let shape = Shape::from_params(&call.params)?;
    for want in &shape.0 {
        edges::check_field(&want.name, FIELDS, "AdReportRun")?;
    }
    run.polls += 1;
    let (status, percent) = run.progress();
    let query = run.query(world)?;
    let mut out = json!({
        "id": id, "account_id": run.account, "async_status": status, "async_percent_completion": percent,
        "date_start": query.periods.first().map(|period| period.0.to_string()),
        "date_stop": query.periods.last().map(|period| period.1.to_string()),
        "time_ref": run.started.timestamp(), "is_running": percent < 100 && status == "Job Running",
    });
    if run.is_complete() {
        out["time_completed"] = json!(world.now().timestamp());
    }
    if status == "Job Failed" {
        out["error_code"] = json!(2);
        out["error_subcode"] = json!(1_504_044);
        out["error_message"] = json!("The report could not be generated");
        out["error_user_title"] = json!("Report failed");
        out["error_user_msg"] = json!("Please try again, with a smaller time range.");
    }
    if let (Value::Object(map), false) = (&mut out, shape.is_default()) {
        map.retain(|name, _| name == "id" || shape.0.iter().any(|want| want.name == *name));
    }
    world.runs.insert(id, run);
    world.touch(RecordKey::Run(id));
    Ok(out)
}

/// `GET /{run}/insights`; before the run is complete that is an error.
pub(crate) fn rows(world: &World, token: &Token, call: &Call, id: NodeId) -> MetaResult<Value> {
    call.params.only(&[insights::PARAMS])?;
    let run = visible(world, token, id)?;
    if !run.is_complete() {
        return Err(MetaError::new(100, "(#100) The report run is not complete yet"));
    }
    insights::page(world, call, &run.query(world)?)
}
