//! The lease on an ad account: one publisher at a time, and a late one cannot write.
//!
//! Whoever wants to stop something goes first: the holder sees that and steps aside between two requests.
//!
//! An advisory lock says who holds it. It is taken inside a transaction of a connection of its own that stays open
//! and does nothing else, so that it works through a pooler in transaction mode as well, and ends at once with the
//! connection or the process. A connection can die unnoticed by its holder, so every record carries a token that
//! grows with each holder, and what arrives with an old one is refused.

use crate::{Db, StoreError, TenantTx};
use chrono::Utc;
use placard_domain::{AccountRef, TenantId};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::{Duration, Instant};

/// How long somebody who demands a lease is waited for before it is clear that they are gone.
const COURTESY: Duration = Duration::from_secs(10);
/// How often it is looked whether they have had it.
const GLANCE: Duration = Duration::from_millis(20);

/// The lease on one account, held until it is released or dropped.
#[derive(Debug)]
pub struct AccountLease {
    /// `None` while it is lent to somebody who goes first.
    connection: Option<PgConnection>,
    fence: Fence,
    holder: String,
}

/// What proves to the database that a record comes from the present holder of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountRef,
    token: i64,
}

impl AccountLease {
    /// Takes the lease on `account` for `holder`, a text that tells people who that is.
    ///
    /// # Errors
    /// [`StoreError::Held`] if someone else has it.
    pub async fn acquire(
        db: &Db,
        tenant: TenantId,
        account: &AccountRef,
        holder: &str,
    ) -> Result<Self, StoreError> {
        let mut connection = open(db).await?;
        let free: bool = sqlx::query_scalar!(
            r#"select pg_try_advisory_xact_lock($1) as "free!""#,
            lock_key(tenant, account)
        )
        .fetch_one(&mut connection)
        .await?;
        if !free {
            return Err(held(db, tenant, account).await?);
        }
        Self::take(db, connection, tenant, account, holder).await
    }

    /// Takes the lease, waiting for it up to `patience` behind those who asked before.
    ///
    /// # Errors
    /// [`StoreError::Held`] if it did not become free.
    pub async fn wait(
        db: &Db,
        tenant: TenantId,
        account: &AccountRef,
        holder: &str,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let connection = wait_for(db, tenant, account, patience).await?;
        Self::take(db, connection, tenant, account, holder).await
    }

    /// Takes the lease to stop something: a holder who looks at [`AccountLease::is_wanted`] steps aside.
    ///
    /// # Errors
    /// [`StoreError::Held`] if it did not become free.
    pub async fn demand(
        db: &Db,
        tenant: TenantId,
        account: &AccountRef,
        holder: &str,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let mut tx = db.tenant(tenant).await?;
        // Nobody ever held it where no row is, and then nobody has to be asked.
        sqlx::query!(
            r#"
            update publish_lease
            set wanted_by = $4
            where tenant_id = $1 and platform = $2 and account = $3
            "#,
            tenant.0,
            account.platform.as_str(),
            account.id,
            holder,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Self::wait(db, tenant, account, holder, patience).await
    }

    /// Who demands the lease, if somebody does.
    pub async fn is_wanted(&self, db: &Db) -> Result<Option<String>, StoreError> {
        let mut tx = db.tenant(self.fence.tenant).await?;
        let wanted = sqlx::query_scalar!(
            r#"
            select wanted_by
            from publish_lease
            where tenant_id = $1 and platform = $2 and account = $3
            "#,
            self.fence.tenant.0,
            self.fence.account.platform.as_str(),
            self.fence.account.id,
        )
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(wanted.flatten())
    }

    /// Lets everybody who waits go first, and takes the lease again after them. What was true under it before may be so
    /// no longer.
    ///
    /// # Errors
    /// [`StoreError::Held`] if it did not become free again; then it is lost.
    pub async fn step_aside(&mut self, db: &Db, patience: Duration) -> Result<(), StoreError> {
        if let Some(connection) = self.connection.take() {
            connection.close().await?;
        }
        // Whoever demands it may have said so and not queued for it yet. Taking it clears the wish.
        let began = Instant::now();
        while began.elapsed() < patience.min(COURTESY) && self.is_wanted(db).await?.is_some() {
            tokio::time::sleep(GLANCE).await;
        }
        let (tenant, account) = (self.fence.tenant, &self.fence.account);
        let connection = wait_for(db, tenant, account, patience).await?;
        *self = Self::take(db, connection, tenant, account, &self.holder).await?;
        Ok(())
    }

    /// What records must carry.
    pub const fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Whether the lock's connection still lives. A `false` means to stop; a `true` can be outdated by the time it
    /// arrives, which is why records are fenced.
    pub async fn is_held(&mut self) -> bool {
        match &mut self.connection {
            Some(connection) => connection.ping().await.is_ok(),
            None => false,
        }
    }

    /// Gives the lease back and waits until the server knows.
    pub async fn release(self) -> Result<(), StoreError> {
        match self.connection {
            Some(connection) => Ok(connection.close().await?),
            None => Ok(()),
        }
    }

    async fn take(
        db: &Db,
        connection: PgConnection,
        tenant: TenantId,
        account: &AccountRef,
        holder: &str,
    ) -> Result<Self, StoreError> {
        let mut tx = db.tenant(tenant).await?;
        let token = sqlx::query_scalar!(
            r#"
            insert into publish_lease as l (tenant_id, platform, account, token, holder, since)
            values ($1, $2, $3, 1, $4, now())
            on conflict on constraint publish_lease_pkey do update
            set token = l.token + 1, holder = excluded.holder, since = excluded.since, wanted_by = null
            returning token
            "#,
            tenant.0,
            account.platform.as_str(),
            account.id,
            holder,
        )
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        let fence = Fence { tenant, account: account.clone(), token };
        Ok(Self { connection: Some(connection), fence, holder: holder.to_owned() })
    }
}

impl Fence {
    /// Refuses to go on if someone else took the lease. Until `tx` ends, nobody can.
    pub(crate) async fn check(&self, tx: &mut TenantTx) -> Result<(), StoreError> {
        let row = sqlx::query!(
            r#"
            select token, holder
            from publish_lease
            where tenant_id = $1 and platform = $2 and account = $3
            for share
            "#,
            tx.tenant().0,
            self.account.platform.as_str(),
            self.account.id,
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| StoreError::not_found("lease on", &self.account))?;
        if row.token != self.token {
            return Err(StoreError::StaleFence { account: self.account.clone(), holder: row.holder });
        }
        Ok(())
    }
}

/// A connection inside a transaction that only waits. It holds no snapshot, so nothing else waits for it.
async fn open(db: &Db) -> Result<PgConnection, StoreError> {
    let mut connection = db.dedicated().await?;
    connection
        .execute(
            "begin; \
             set local idle_in_transaction_session_timeout = 0; \
             set local tcp_keepalives_idle = 10; \
             set local tcp_keepalives_interval = 5; \
             set local tcp_keepalives_count = 3",
        )
        .await?;
    Ok(connection)
}

/// The same, on which nothing waits for a lock longer than `patience`.
pub(crate) async fn open_for(db: &Db, patience: Duration) -> Result<PgConnection, StoreError> {
    let mut connection = open(db).await?;
    // Zero would mean to wait for ever.
    let timeout = format!("set local lock_timeout = {}", patience.as_millis().clamp(1, i32::MAX as u128));
    connection.execute(AssertSqlSafe(timeout)).await?;
    Ok(connection)
}

/// A connection that has the lock, once it is free.
async fn wait_for(
    db: &Db,
    tenant: TenantId,
    account: &AccountRef,
    patience: Duration,
) -> Result<PgConnection, StoreError> {
    let mut connection = open_for(db, patience).await?;
    let locked =
        sqlx::query!(r#"select pg_advisory_xact_lock($1) as "locked!: ()""#, lock_key(tenant, account))
            .fetch_one(&mut connection)
            .await
            .map_err(StoreError::from);
    match locked {
        Ok(_) => Ok(connection),
        Err(StoreError::Contention(_)) => Err(held(db, tenant, account).await?),
        Err(error) => Err(error),
    }
}

async fn held(db: &Db, tenant: TenantId, account: &AccountRef) -> Result<StoreError, StoreError> {
    let mut tx = db.tenant(tenant).await?;
    let row = sqlx::query!(
        r#"
        select holder, since
        from publish_lease
        where tenant_id = $1 and platform = $2 and account = $3
        "#,
        tenant.0,
        account.platform.as_str(),
        account.id,
    )
    .fetch_optional(tx.conn())
    .await?;
    // The very first holder may have the lock and not have said who it is yet.
    let (holder, since) =
        row.map_or_else(|| ("someone".to_owned(), Utc::now()), |row| (row.holder, row.since));
    Ok(StoreError::Held { account: account.clone(), holder, since })
}

fn lock_key(tenant: TenantId, account: &AccountRef) -> i64 {
    let hash = Sha256::digest(format!("placard.lease/{tenant}/{account}"));
    i64::from_be_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"))
}
