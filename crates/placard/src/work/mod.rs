//! Background work: what a worker does when a job becomes due.

mod archive;
mod check_connection;
mod clean_up;
mod halt;
mod notices;
pub mod outreach;
mod purge_assets;
mod rescue;
mod sync_account;
mod tell_deals;
mod upkeep;

pub use archive::ArchiveProfiles;
pub use check_connection::CheckConnection;
pub use clean_up::CleanUp;
pub use halt::HaltCampaign;
pub use notices::HandleNotices;
pub use purge_assets::PurgeAssets;
pub use rescue::RescueDeployment;
pub use sync_account::SyncAccount;
pub use tell_deals::TellDeals;
pub use upkeep::Upkeep;

use crate::{
    publishing::{Policy, Publisher, Silent, Stop},
    session::{Reach, Session},
};
use anyhow::{Context, Result};
use chrono::Utc;
use placard_store::{
    jobs::{self, Claimed, Fate, NewJob, Worker},
    tenant::Tenant,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{io, time::Duration};

/// How long a claim holds before another worker may take the job. It is prolonged while the work goes on.
const LEASE: Duration = Duration::from_secs(60);

/// The longest wait for a limit of a platform: other work waits as well meanwhile, such as what stops campaigns.
const PATIENCE: Duration = Duration::from_secs(10);

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
        ArchiveProfiles::NAME => parse::<ArchiveProfiles>(job)?.run(session, &tenant).await,
        CheckConnection::NAME => parse::<CheckConnection>(job)?.run(session, &tenant).await,
        CleanUp::NAME => parse::<CleanUp>(job)?.run(session, &tenant).await,
        HandleNotices::NAME => parse::<HandleNotices>(job)?.run(session, &tenant).await,
        PurgeAssets::NAME => parse::<PurgeAssets>(job)?.run(session, &tenant).await,
        SyncAccount::NAME => parse::<SyncAccount>(job)?.run(session, &tenant).await,
        TellDeals::NAME => parse::<TellDeals>(job)?.run(session, &tenant).await,
        other => anyhow::bail!("this version knows no job `{other}`"),
    }
}

/// A publisher that nobody watches.
fn publisher<'a>(
    session: &'a Session,
    tenant: &Tenant,
    reach: &'a Reach,
    read_file: &'a (dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync),
) -> Publisher<'a> {
    Publisher {
        db: session.db(),
        tenant: tenant.id,
        actor: session.actor(),
        platform: &*reach.platform,
        access: reach.access.clone(),
        policy: Policy { longest_rest: PATIENCE, ..Policy::towards(reach.local) },
        progress: &Silent,
        stop: Stop::default(),
        now: Utc::now,
        read_file,
        library: Some(session),
        rescue: None,
    }
}

/// What work that uploads nothing reads files with.
fn no_file(path: &str) -> io::Result<Vec<u8>> {
    Err(io::Error::other(format!("{path} should not be needed")))
}

fn parse<J: Job>(job: &Claimed) -> Result<J> {
    serde_json::from_value(job.payload.clone())
        .with_context(|| format!("the payload of {} is not readable", J::NAME))
}
