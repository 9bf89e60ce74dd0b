//! Telling platforms of won deals in the background.

use super::Job;
use crate::{
    conversions::{Ask, Teller, Untellable},
    session::Session,
};
use anyhow::Result;
use placard_domain::{AccountRef, crm::pipeline::StageKind, status::ConnectionStatus};
use placard_store::{
    StoreError, TenantTx, connection,
    crm::conversion,
    jobs::{self, NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Tells an account of every won deal that it is due to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellDeals {
    /// The ad account.
    pub account: AccountRef,
}

impl TellDeals {
    /// Enqueues the jobs of [`due`](Self::due), in the transaction in which a deal came to stand at a stage of this kind.
    /// Returns whether there is any.
    pub async fn after(tx: &mut TenantTx, kind: StageKind) -> Result<bool, StoreError> {
        if kind != StageKind::Won {
            return Ok(false);
        }
        let jobs = Self::due(tx).await?;
        let jobs: Vec<NewJob> =
            jobs.into_iter().map(|job| NewJob { priority: Priority::Normal, ..job }).collect();
        jobs::enqueue(tx, &jobs).await?;
        Ok(!jobs.is_empty())
    }

    /// A job for every account that is told of deals and whose connection works: for what was not settled, and for leads
    /// whose click became known only after their deal was won.
    pub async fn due(tx: &mut TenantTx) -> Result<Vec<NewJob>, StoreError> {
        let mut jobs = Vec::new();
        for goal in conversion::goals(tx).await? {
            let connection = connection::find(tx, &goal.account).await?;
            if connection.is_some_and(|one| one.status == ConnectionStatus::Active) {
                let job = Self { account: goal.account }.to_job();
                jobs.push(NewJob { priority: Priority::Background, ..job });
            }
        }
        Ok(jobs)
    }
}

impl Job for TellDeals {
    const NAME: &'static str = "tell_deals";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let account = &self.account;
        let connection = session.connection(tenant, account.platform, Some(&account.id), None).await?;
        let reach = session.reach(tenant, &connection).await?;
        let actor = session.actor();
        let teller = match Teller::open(session, tenant, &actor, &reach).await {
            Ok(teller) => teller,
            // Somebody chose otherwise since the job was made.
            Err(Untellable::NoGoal(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let sent = match teller.send(&Ask::default()).await {
            // Whoever lifts the switch is followed by the next daily job.
            Err(Untellable::Store(StoreError::Guardrail(_))) => return Ok(()),
            sent => sent?,
        };
        // What is left is tried again with the job.
        sent.setback.map_or(Ok(()), |error| Err(error.into()))
    }
}
