//! Keeping the database in order: partitions ahead, what is past its keep gone.

use super::{ArchiveProfiles, CheckConnection, CleanUp, PurgeAssets, TellDeals};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::TenantId;
use placard_store::{
    Db, StoreError, automation, call_log,
    documents::{self, DocumentError, Documents},
    idempotency, jobs, login_guard, outreach, partition, session, subscription,
    tenant::{self, Tenant},
    user_token, webhook,
};

/// How often it is done. Doing it more often, or in several processes at once, does no harm.
const PERIOD: TimeDelta = TimeDelta::hours(1);

/// How often it is asked whether anything is to be archived.
const ARCHIVED: TimeDelta = TimeDelta::days(1);

/// How often bytes of assets that were put aside are looked for.
const PURGED: TimeDelta = TimeDelta::days(1);

/// How long what platforms told is kept; none repeats it for so long.
const NOTICES_KEPT: TimeDelta = TimeDelta::days(30);
/// How many places in outreach campaigns of a tenant are forgotten in one transaction.
const FORGOTTEN: i64 = 1_000;
/// After how long nobody's calls count for any limit.
const MEMORY: TimeDelta = TimeDelta::days(2);

/// Upkeep that is done now and then.
#[derive(Debug, Default)]
pub struct Upkeep {
    last: Option<DateTime<Utc>>,
    archived: Option<DateTime<Utc>>,
    purged: Option<DateTime<Utc>>,
}

impl Upkeep {
    /// Does it, unless it was done within the hour. Returns whether it was due. `documents` are asked for only then, because
    /// a database that is away keeps whoever asks waiting.
    pub async fn if_due<'a>(
        &mut self,
        db: &Db,
        documents: impl AsyncFnOnce() -> anyhow::Result<&'a Documents>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        if !is_due(self.last, PERIOD, now) {
            return Ok(false);
        }
        // Noted first: what fails now is tried again in an hour and not in a loop.
        self.last = Some(now);
        partition::maintain(db, now.date_naive()).await?;
        call_log::purge(db, now - MEMORY).await?;
        let mut tx = db.system().await?;
        session::purge(&mut tx, now).await?;
        user_token::purge(&mut tx, now).await?;
        login_guard::purge(&mut tx, now).await?;
        idempotency::purge(&mut tx, now).await?;
        subscription::expire(&mut tx, now).await?;
        webhook::purge_tally(&mut tx, (now - NOTICES_KEPT).date_naive()).await?;
        let tenants = tenant::list(&mut tx).await?;
        tx.commit().await?;
        self.look_after(db, documents().await, &tenants, now).await;
        // Whether or not MongoDB is there.
        documents::expire_in_postgres(db, now).await?;
        let purges = is_due(self.purged, PURGED, now);
        for tenant in tenants {
            forget(db, tenant.id, now).await?;
            let mut tx = db.tenant(tenant.id).await?;
            let mut jobs = CleanUp::due(&mut tx, now).await?;
            jobs.extend(CheckConnection::due(&mut tx, now).await?);
            jobs.extend(TellDeals::due(&mut tx).await?);
            if purges {
                jobs.extend(PurgeAssets::due(&mut tx).await?);
            }
            jobs::enqueue(&mut tx, &jobs).await?;
            webhook::purge(&mut tx, now - NOTICES_KEPT).await?;
            tx.commit().await?;
        }
        if purges {
            self.purged = Some(now);
        }
        Ok(true)
    }
}

/// Forgets to whom outreach was that ended long ago.
async fn forget(db: &Db, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
    loop {
        let mut tx = db.tenant(tenant).await?;
        let aged = outreach::age(&mut tx, now, FORGOTTEN).await?;
        tx.commit().await?;
        if aged == outreach::Aged::default() {
            return Ok(());
        }
    }
}

/// Whether what was done at `last` is to be done again. A clock that was set back is no reason to wait.
fn is_due(last: Option<DateTime<Utc>>, period: TimeDelta, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| now < last || now - last >= period)
}

impl Upkeep {
    /// Looks after the tenants' documents, in whichever database they are. One that is away is asked again later.
    async fn look_after(
        &mut self,
        db: &Db,
        documents: anyhow::Result<&Documents>,
        tenants: &[Tenant],
        now: DateTime<Utc>,
    ) {
        let documents = match documents {
            Ok(documents) => documents,
            Err(error) => return tracing::warn!("old documents stay as they are for now: {error:#}"),
        };
        // A server that takes documents out by itself may be slow to, or may have been told not to.
        if let Err(error) = documents.expire(now).await {
            tracing::warn!(%error, "documents that have expired stay for now");
        }
        let archives = is_due(self.archived, ARCHIVED, now);
        for tenant in tenants {
            if let Err(error) = age(db, documents, tenant.id, archives, now).await {
                tracing::warn!(tenant.id = %tenant.id, %error, "old documents stay as they are for now");
            }
        }
        if archives {
            self.archived = Some(now);
        }
    }
}

/// Takes what is personal out of old messages, purges logins that ended long ago, and has profiles archived.
async fn age(
    db: &Db,
    documents: &Documents,
    tenant: TenantId,
    archives: bool,
    now: DateTime<Utc>,
) -> Result<(), DocumentError> {
    documents.anonymise(tenant, now).await?;
    automation::purge_expired(db, documents, tenant, now).await?;
    if !archives {
        return Ok(());
    }
    let job = ArchiveProfiles::due(db, documents, tenant, now).await?;
    let mut tx = db.tenant(tenant).await?;
    jobs::enqueue(&mut tx, job.as_slice()).await?;
    Ok(tx.commit().await?)
}
