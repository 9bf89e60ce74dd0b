//! Connections, and transactions that know their tenant.

use crate::{
    StoreError,
    audit::Origin,
    pool::{Loan, Pool},
};
use placard_domain::TenantId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

/// How a process holds its connections.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// Connections held open at most; keep the sum over all processes under the server's limit.
    pub size: u32,
    /// How long to wait for a free one before giving up.
    pub acquire_timeout: Duration,
    /// Whether statements stay prepared on a connection. Off behind a PgBouncer older than 1.21 in transaction mode.
    pub keep_statements: bool,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self { size: 10, acquire_timeout: Duration::from_secs(10), keep_statements: true }
    }
}

/// The database. Clones share one pool.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    options: PgConnectOptions,
}

impl Db {
    /// Opens a pool on `url` (`postgres://…`) and makes sure that the server answers.
    pub async fn connect(url: &SecretString, config: &PoolConfig) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose_secret())?
            .application_name("placard")
            // PgBouncer refuses start-up parameters that it does not know, and no float is read here.
            .extra_float_digits(None)
            .disable_statement_logging();
        let options = if config.keep_statements { options } else { options.statement_cache_capacity(0) };
        let pool = Pool::new(options.clone(), config.size, config.acquire_timeout);
        drop(pool.lend().await?);
        Ok(Self { pool, options })
    }

    /// Begins a transaction that sees the rows of `tenant` and nobody else's, in one round trip.
    pub async fn tenant(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let begin = format!("begin; {LET_GO}; {}", become_tenant(tenant));
        Ok(TenantTx { tx: self.begin(&begin).await?, tenant, origin: Origin::default() })
    }

    /// Begins a transaction for what crosses tenants: sign-in, the list of tenants, jobs, upkeep.
    pub async fn system(&self) -> Result<SystemTx, StoreError> {
        let tx = self.begin("begin; set local role placard_system").await?;
        Ok(SystemTx { tx, origin: Origin::default() })
    }

    async fn begin(&self, begin: &str) -> Result<Tx, StoreError> {
        loop {
            let mut loan = self.pool.lend().await?;
            match loan.opens().execute(AssertSqlSafe(begin)).await {
                Ok(_) => return Ok(Tx(loan)),
                Err(error) => loan.failed(error)?,
            }
        }
    }

    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A connection outside the pool, for what must live and die with its connection.
    pub(crate) async fn dedicated(&self) -> Result<PgConnection, StoreError> {
        Ok(PgConnection::connect_with(&self.options).await?)
    }

    /// Hears notifications, on a connection of its own.
    pub(crate) async fn listener(&self) -> Result<PgListener, StoreError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options.clone());
        Ok(PgListener::connect_with(&pool).await?)
    }

    /// Closes every connection of the pool once it is free.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// An open transaction. Dropped, it is rolled back before anybody else gets its connection, also while it is being begun
/// or committed.
#[derive(Debug)]
struct Tx(Loan);

impl Tx {
    async fn end(mut self, how: &'static str) -> Result<(), StoreError> {
        self.0.execute(how).await?;
        self.0.settled();
        Ok(())
    }
}

/// A transaction of one tenant. Dropped without [`TenantTx::commit`], it does nothing.
#[derive(Debug)]
pub struct TenantTx {
    tx: Tx,
    tenant: TenantId,
    origin: Origin,
}

impl TenantTx {
    /// Whose rows it sees.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// From now on the audit log says that what happens here was asked for from `origin`.
    pub fn come_from(&mut self, origin: Origin) {
        self.origin = origin;
    }

    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Makes what was done last.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.end("commit").await
    }

    /// Undoes what was done, and waits until that is so.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.tx.end("rollback").await
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx.0
    }
}

/// A transaction that crosses tenants. Dropped without [`SystemTx::commit`], it does nothing.
#[derive(Debug)]
pub struct SystemTx {
    tx: Tx,
    origin: Origin,
}

impl SystemTx {
    /// From now on the audit log says that what happens here was asked for from `origin`.
    pub fn come_from(&mut self, origin: Origin) {
        self.origin = origin;
    }

    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Makes what was done last.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.end("commit").await
    }

    /// Goes on in the same transaction as one of `tenant`, so that a tenant and its first rows appear together.
    pub async fn into_tenant(mut self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        self.tx.0.execute(AssertSqlSafe(become_tenant(tenant))).await?;
        Ok(TenantTx { tx: self.tx, tenant, origin: self.origin })
    }

    /// Works as one of `tenant` until [`SystemTx::raise`]. An error between the two ends the transaction anyway.
    pub(crate) async fn lower(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        self.tx.0.execute(AssertSqlSafe(become_tenant(tenant))).await?;
        Ok(())
    }

    /// Works across tenants again.
    pub(crate) async fn raise(&mut self) -> Result<(), StoreError> {
        self.tx.0.execute("set local role placard_system; set local placard.tenant = ''").await?;
        Ok(())
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx.0
    }
}

/// A process that hangs within a transaction holds its locks, and with them a kill switch or a pause, no longer than this.
const LET_GO: &str = "set local idle_in_transaction_session_timeout = '30s'";

/// The text of a UUID holds only hexadecimal digits and dashes. `set local` ends with the transaction, so nothing
/// stays behind on the connection, a pooler's included.
pub(crate) fn become_tenant(tenant: TenantId) -> String {
    format!("set local role placard_app; set local placard.tenant = '{tenant}'")
}
