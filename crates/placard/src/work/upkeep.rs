//! Keeping the database in order: partitions ahead, what is past its keep gone.

use super::{CheckConnection, CleanUp};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::TenantId;
use placard_store::{
    Db, StoreError, call_log,
    documents::{self, Documents},
    idempotency, jobs, login_guard, outreach, partition, session, subscription,
    tenant::{self, Tenant},
    user_token, webhook,
};

/// How often it is done. Doing it more often, or in several processes at once, does no harm.
const PERIOD: TimeDelta = TimeDelta::hours(1);

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
        if self.last.is_some_and(|last| now >= last && now - last < PERIOD) {
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
        // Those in MongoDB it takes out by itself.
        documents::expire_in_postgres(db, now).await?;
        anonymise(documents().await, &tenants, now).await;
        for tenant in tenants {
            forget(db, tenant.id, now).await?;
            let mut tx = db.tenant(tenant.id).await?;
            let mut jobs = CleanUp::due(&mut tx, now).await?;
            jobs.extend(CheckConnection::due(&mut tx, now).await?);
            jobs::enqueue(&mut tx, &jobs).await?;
            webhook::purge(&mut tx, now - NOTICES_KEPT).await?;
            tx.commit().await?;
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

/// Takes what is personal out of old messages, in whichever database they are. One that is away is asked again later.
async fn anonymise(documents: anyhow::Result<&Documents>, tenants: &[Tenant], now: DateTime<Utc>) {
    let documents = match documents {
        Ok(documents) => documents,
        Err(error) => return tracing::warn!("old messages keep their words for now: {error:#}"),
    };
    for tenant in tenants {
        if let Err(error) = documents.anonymise(tenant.id, now).await {
            tracing::warn!(tenant.id = %tenant.id, %error, "old messages keep their words for now");
        }
    }
}
