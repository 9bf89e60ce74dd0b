//! Reports that Meta prepares (Meta, `platforms/meta.md` §19, async).

use super::{OPERATION, question::Question};
use crate::{
    Access, PlatformError,
    meta::{Meta, encode::params, graph::Call, wire::id_text},
};
use reqwest::Method;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

/// What became of a report.
pub(super) enum Report {
    /// It is complete, under this id.
    Ready(String),
    /// It failed, was skipped or took too long: ask for less.
    TooLarge,
}

#[derive(Deserialize)]
struct Started {
    #[serde(deserialize_with = "id_text")]
    report_run_id: String,
}

#[derive(Deserialize)]
struct Run {
    async_status: String,
    #[serde(default)]
    async_percent_completion: i64,
    #[serde(default)]
    error_message: Option<String>,
}

impl Meta {
    /// Has a report prepared and waits for it.
    pub(super) async fn report(
        &self,
        access: &Access,
        question: &Question<'_>,
    ) -> Result<Report, PlatformError> {
        let start = Call {
            operation: OPERATION.to_owned(),
            method: Method::POST,
            path: question.path(),
            params: question.params(),
        };
        // A report too many does no harm, so starting one may be repeated like a read.
        let started: Started = self.graph.read(access, &start).await?;
        let fields = params([("fields", "async_status,async_percent_completion,error_message".into())]);
        let look = Call::get(OPERATION, started.report_run_id.as_str(), fields);
        let give_up = Instant::now() + self.report_limit;
        loop {
            let run: Run = self.graph.read(access, &look).await?;
            match run.async_status.as_str() {
                // The word alone is not enough; the report is whole at 100 percent.
                "Job Completed" if run.async_percent_completion >= 100 => {
                    return Ok(Report::Ready(started.report_run_id));
                }
                "Job Failed" | "Job Skipped" => {
                    let message = run.error_message.unwrap_or_default();
                    tracing::warn!(status = run.async_status, message, "Meta did not prepare the report");
                    return Ok(Report::TooLarge);
                }
                _ if Instant::now() >= give_up => {
                    tracing::warn!(percent = run.async_percent_completion, "the report takes too long");
                    return Ok(Report::TooLarge);
                }
                _ => sleep(self.report_poll).await,
            }
        }
    }
}
