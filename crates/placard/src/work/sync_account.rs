//! Reading an account's numbers in the background.

use super::Job;
use crate::{session::Session, sync};
use anyhow::Result;
use placard_domain::AccountRef;
use placard_store::{
    jobs::{NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Reads all numbers of an account that may have changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncAccount {
    /// The ad account's id on its platform.
    pub account: AccountRef,
}

impl SyncAccount {
    /// The job to enqueue.
    pub fn in_background(&self) -> NewJob {
        NewJob { priority: Priority::Background, ..self.to_job() }
    }
}

impl Job for SyncAccount {
    const NAME: &'static str = "sync_account";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let connection =
            session.connection(tenant, self.account.platform, Some(&self.account.id), None).await?;
        let reach = session.reach(tenant, &connection).await?;
        sync::account(session.db(), tenant.id, &reach, None, |_| ()).await?;
        Ok(())
    }
}
