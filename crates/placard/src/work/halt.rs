//! Pausing what a kill switch stops.

use super::{Job, no_file, publisher};
use crate::session::Session;
use anyhow::Result;
use placard_domain::{AccountRef, guardrail::Scope};
use placard_store::{
    StoreError, TenantTx, campaign,
    jobs::{NewJob, Priority},
    platform_object,
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Pauses a campaign in one account.
#[derive(Debug, Serialize, Deserialize)]
pub struct HaltCampaign {
    /// The campaign's key.
    pub campaign: String,
    /// The ad account.
    pub account: AccountRef,
}

/// How many campaigns are read at a time.
const PAGE: i64 = 200;

impl HaltCampaign {
    /// A job for every campaign in `scope` and each account in which it has objects, ahead of all other work.
    pub async fn all_in(tx: &mut TenantTx, scope: &Scope) -> Result<Vec<NewJob>, StoreError> {
        let jobs = Self::each_in(tx, scope).await?.into_iter().map(|one| NewJob {
            priority: Priority::Safety,
            max_attempts: 50,
            ..one.to_job()
        });
        Ok(jobs.collect())
    }

    /// Every campaign in `scope` with each account in which it has objects.
    pub async fn each_in(tx: &mut TenantTx, scope: &Scope) -> Result<Vec<Self>, StoreError> {
        let (mut found, mut filter) = (Vec::new(), campaign::Filter::default());
        loop {
            let page = campaign::list(tx, &filter, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            filter.after = Some(last.key.clone());
            for campaign in page {
                let accounts = platform_object::accounts_of(tx, campaign.id).await?;
                let covered = accounts.into_iter().filter(|account| scope.covers(campaign.id, account));
                found.extend(covered.map(|account| Self { campaign: campaign.key.clone(), account }));
            }
        }
    }
}

impl Job for HaltCampaign {
    const NAME: &'static str = "halt_campaign";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let platform = self.account.platform;
        let connection = session.connection(tenant, platform, Some(&self.account.id), None).await?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let found = campaign::find(&mut tx, &self.campaign).await?;
        tx.commit().await?;
        let Some(campaign) = found else { return Ok(()) };
        let reach = session.reach(tenant, &connection).await?;
        let publisher = publisher(session, tenant, &reach, &no_file);
        publisher.halt(&campaign, reach.account.description.currency).await?;
        Ok(())
    }
}
