//! Taking back what was begun long ago and never finished.

use super::{Job, no_file, publisher};
use crate::{publishing::PublishError, session::Session};
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::AccountRef;
use placard_store::{
    StoreError, TenantTx, campaign, deployment,
    jobs::{NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// How long a deployment may rest unfinished before what it made is taken back.
const PATIENCE: TimeDelta = TimeDelta::days(30);

/// Removes what a campaign's unfinished deployment left on a platform.
#[derive(Debug, Serialize, Deserialize)]
pub struct CleanUp {
    /// The campaign's key.
    pub campaign: String,
    /// The ad account.
    pub account: AccountRef,
}

impl CleanUp {
    /// A job for every deployment that rests unfinished for thirty days.
    pub async fn due(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Vec<NewJob>, StoreError> {
        let abandoned = deployment::abandoned(tx, now - PATIENCE).await?;
        let job = |(campaign, account)| Self { campaign, account }.to_job();
        let background = |job| NewJob { priority: Priority::Background, ..job };
        Ok(abandoned.into_iter().map(job).map(background).collect())
    }
}

impl Job for CleanUp {
    const NAME: &'static str = "clean_up";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let platform = self.account.platform;
        let connection = session.connection(tenant, platform, Some(&self.account.id), None).await?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let abandoned = deployment::abandoned(&mut tx, Utc::now() - PATIENCE).await?;
        let found = campaign::find(&mut tx, &self.campaign).await?;
        tx.commit().await?;
        // Somebody may have gone on with it since the job was made.
        let still = abandoned.iter().any(|(key, account)| *key == self.campaign && *account == self.account);
        let Some(campaign) = found.filter(|_| still) else { return Ok(()) };
        let reach = session.reach(tenant, &connection).await?;
        match publisher(session, tenant, &reach, &no_file).roll_back(campaign.id, &self.campaign).await {
            Ok(_) | Err(PublishError::NothingUnfinished(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
