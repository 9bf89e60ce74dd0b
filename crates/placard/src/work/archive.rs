//! Putting away profiles that nothing happened to for a year.

use super::Job;
use crate::{
    archive::{Archive, inactive},
    session::Session,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{TenantId, document::Profile};
use placard_store::{
    Db, archive,
    audit::Origin,
    documents::{DocumentError, Documents},
    jobs::{NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Archives the tenant's inactive profiles, and finishes what an earlier run left.
#[derive(Debug, Serialize, Deserialize)]
pub struct ArchiveProfiles {}

impl ArchiveProfiles {
    /// A job, if there is anything to do.
    pub async fn due(
        db: &Db,
        documents: &Documents,
        tenant: TenantId,
        now: DateTime<Utc>,
    ) -> Result<Option<NewJob>, DocumentError> {
        let mut tx = db.tenant(tenant).await?;
        let files = archive::list(&mut tx).await?;
        tx.commit().await?;
        let wanted = match inactive(now) {
            Some(filter) => documents.count::<Profile>(tenant, &filter).await?,
            None => 0,
        };
        let due = wanted > 0 || files.iter().any(|file| !file.settled);
        Ok(due.then(|| NewJob { priority: Priority::Background, ..Self {}.to_job() }))
    }
}

impl Job for ArchiveProfiles {
    const NAME: &'static str = "archive_profiles";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let (actor, origin) = (session.actor(), Origin::default());
        let archive = Archive {
            db: session.db(),
            vault: session.vault(),
            documents: session.documents().await?,
            objects: session.library().await?.objects(),
            tenant: tenant.id,
            actor: &actor,
            origin: &origin,
        };
        // Whoever else is at it does the same.
        archive.run(Utc::now()).await?;
        Ok(())
    }
}
