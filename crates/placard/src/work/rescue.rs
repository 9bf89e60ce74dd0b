//! Taking up a deployment whose process died.

use super::{Job, publisher};
use crate::{
    assets::Assets,
    publishing::{PublishError, Publisher},
    session::Session,
};
use anyhow::{Result, bail};
use chrono::{TimeDelta, Utc};
use placard_domain::{AccountRef, status::DeploymentStatus};
use placard_store::{campaign, deployment, jobs::NewJob, tenant::Tenant};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Goes on with the deployment of a campaign if its process died. It is enqueued with every deployment and becomes due
/// a little later: by then the deployment has ended, is under way, or needs this. One that a person interrupted, or
/// that the platform refused, waits for a person.
#[derive(Debug, Serialize, Deserialize)]
pub struct RescueDeployment {
    /// The campaign's key.
    pub campaign: String,
    /// The ad account.
    pub account: AccountRef,
    /// The folder of the spec, for pictures that are still to be sent.
    pub folder: Option<PathBuf>,
}

/// How long a deployment may be silent before someone looks after it.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

impl RescueDeployment {
    /// The job to enqueue with a deployment.
    pub fn watch(&self) -> NewJob {
        NewJob { due_at: Some(Utc::now() + PATIENCE), max_attempts: 20, ..self.to_job() }
    }
}

impl Job for RescueDeployment {
    const NAME: &'static str = "rescue_deployment";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let connection =
            session.connection(tenant, self.account.platform, Some(&self.account.id), None).await?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let Some(campaign) = campaign::find(&mut tx, &self.campaign).await? else { return Ok(()) };
        let stopped = deployment::unfinished(&mut tx, campaign.id, &connection.account).await?;
        tx.commit().await?;
        let died = |status| matches!(status, DeploymentStatus::Pending | DeploymentStatus::Running);
        if !stopped.is_some_and(|stopped| died(stopped.status)) {
            return Ok(());
        }
        let reach = session.reach(tenant, &connection).await?;
        let assets = self.folder.clone().map(Assets::in_folder);
        let read_file = move |path: &str| match &assets {
            Some(assets) => assets.read(path),
            None => Err(std::io::Error::other("the folder of the spec is not known")),
        };
        let publisher = publisher(session, tenant, &reach, &read_file);
        let publisher = Publisher { rescue: Some(self.watch()), ..publisher };
        match publisher.resume(campaign.id, &self.campaign).await {
            // Its process lives after all; look again later.
            Err(PublishError::Held { holder, .. }) => bail!("{holder} is at it"),
            // Used up again: it is enqueued for when that is over.
            Err(PublishError::NothingUnfinished(_) | PublishError::UsedUp { .. }) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }
}
