//! Letting go of the bytes of assets that were put aside.

use super::Job;
use crate::{
    library::{KEPT, Purge},
    session::Session,
};
use anyhow::Result;
use chrono::Utc;
use placard_store::{
    StoreError, TenantTx, asset,
    jobs::{NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Purges the tenant's assets that were put aside long ago, and what uploads left that died.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeAssets {}

impl PurgeAssets {
    /// A job, if the tenant has assets.
    pub async fn due(tx: &mut TenantTx) -> Result<Option<NewJob>, StoreError> {
        let any = asset::any(tx).await?;
        Ok(any.then(|| NewJob { priority: Priority::Background, ..Self {}.to_job() }))
    }
}

impl Job for PurgeAssets {
    const NAME: &'static str = "purge_assets";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let actor = session.actor();
        let purge =
            Purge { db: session.db(), tenant: tenant.id, actor: &actor, older_than: KEPT, now: Utc::now() };
        let purged = session.library().await?.purge(&purge).await?;
        tracing::info!(
            tenant.id = %tenant.id,
            bytes = purged.bytes,
            "purged {} assets and {} contents without a record",
            purged.assets.len(),
            purged.strays,
        );
        Ok(())
    }
}
