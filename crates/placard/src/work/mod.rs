//! Background work: what a worker does when a job becomes due.

mod halt;
mod rescue;
mod sync_account;
mod upkeep;

pub use halt::HaltCampaign;
pub use rescue::RescueDeployment;
pub use sync_account::SyncAccount;
pub use upkeep::Upkeep;

use crate::session::Session;
use anyhow::{Context, Result};
use placard_store::{
    jobs::{self, Claimed, Fate, NewJob, Worker},
    tenant::Tenant,
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long a claim holds before another worker may take the job. It is prolonged while the work goes on.
const LEASE: Duration = Duration::from_secs(60);

/// A kind of work. The struct is the job's payload.
pub(crate) trait Job: Serialize + DeserializeOwned {
    /// Its name in the queue.
    const NAME: &'static str;

    /// Does it. Safe to do twice.
    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()>;

    /// The job for the queue, to do at once.
    fn to_job(&self) -> NewJob {
        NewJob::now(Self::NAME, serde_json::to_value(self).unwrap_or_default())
    }
}

/// What became of a job, for people.
#[derive(Debug)]
pub struct Done {
    /// What kind of work it was.
    pub kind: String,
    /// What went wrong, and whether it will be tried again.
    pub problem: Option<(String, Fate)>,
}

/// Takes due jobs, one after the other, and does them. Gives what was done; nothing if no job is due.
pub async fn do_due(session: &Session, worker: &mut Worker) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    for job in worker.claim(8).await? {
        let outcome = with_heartbeat(worker, &job, Box::pin(run(session, &job))).await;
        let problem = match outcome {
            Ok(()) => {
                worker.complete(std::slice::from_ref(&job)).await?;
                None
            }
            Err(error) => {
                let words = format!("{error:#}");
                let fate = worker.fail(&job, &words, jobs::backoff(job.attempt)).await?;
                Some((words, fate))
            }
        };
        done.push(Done { kind: job.kind, problem });
    }
    Ok(done)
}

/// A worker that tells people where it runs.
pub fn worker(session: &Session) -> Worker {
    Worker::new(session.db(), format!("worker, process {}", std::process::id()), LEASE)
}

/// Prolongs the claim while the work goes on, and stops the work if someone else was given the job.
async fn with_heartbeat(
    worker: &Worker,
    job: &Claimed,
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    tokio::pin!(work);
    let mut beat = tokio::time::interval(LEASE / 3);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = beat.tick() => {
                let held = worker.extend(std::slice::from_ref(job)).await?;
                anyhow::ensure!(!held.is_empty(), "another worker took the job over");
            }
        }
    }
}

async fn run(session: &Session, job: &Claimed) -> Result<()> {
    let tenant = session.tenant_by_id(job.tenant).await?;
    match job.kind.as_str() {
        RescueDeployment::NAME => parse::<RescueDeployment>(job)?.run(session, &tenant).await,
        HaltCampaign::NAME => parse::<HaltCampaign>(job)?.run(session, &tenant).await,
        SyncAccount::NAME => parse::<SyncAccount>(job)?.run(session, &tenant).await,
        other => anyhow::bail!("this version knows no job `{other}`"),
    }
}

fn parse<J: Job>(job: &Claimed) -> Result<J> {
    serde_json::from_value(job.payload.clone())
        .with_context(|| format!("the payload of {} is not readable", J::NAME))
}
