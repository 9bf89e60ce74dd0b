//! Connections, and transactions that know their tenant.

use crate::{StoreError, audit::Origin};
use placard_domain::TenantId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, SqlSafeStr,
    Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    pin::Pin,
    str::FromStr,
    task::{Context, Poll},
    time::Duration,
};

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
    pool: PgPool,
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
        let pool = PgPoolOptions::new()
            .max_connections(config.size)
            .acquire_timeout(config.acquire_timeout)
            .connect_with(options.clone())
            .await?;
        Ok(Self { pool, options })
    }

    /// Begins a transaction that sees the rows of `tenant` and nobody else's, in one round trip.
    pub async fn tenant(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let begin = format!("begin; {}", become_tenant(tenant));
        let tx = self.begin(AssertSqlSafe(begin)).await?;
        Ok(TenantTx { tx, tenant, origin: Origin::default() })
    }

    /// Begins a transaction for what crosses tenants: sign-in, the list of tenants, jobs, upkeep.
    pub async fn system(&self) -> Result<SystemTx, StoreError> {
        let tx = self.begin("begin; set local role placard_system").await?;
        Ok(SystemTx { tx, origin: Origin::default() })
    }

    async fn begin(&self, statement: impl SqlSafeStr) -> Result<Transaction<'static, Postgres>, StoreError> {
        let connection = self.pool.acquire().await?;
        Ok(Beginning(Some(Transaction::begin(connection, Some(statement.into_sql_str())))).await?)
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection outside the pool, for what must live and die with its connection.
    pub(crate) async fn dedicated(&self) -> Result<PgConnection, StoreError> {
        Ok(PgConnection::connect_with(&self.options).await?)
    }

    /// Closes every connection of the pool once it is free.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

type Begun = Result<Transaction<'static, Postgres>, sqlx::Error>;

/// A transaction that is being begun. `sqlx` counts one as begun once the server has said so; if who waits for that goes
/// away in between, it would hand the connection out again with the transaction, and its tenant, still open. So the
/// wait goes on without them, and the transaction is rolled back.
struct Beginning(Option<Pin<Box<dyn Future<Output = Begun> + Send>>>);

impl Future for Beginning {
    type Output = Begun;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Begun> {
        let begun = self.0.as_mut().expect("it is not polled after its end").as_mut().poll(context);
        if begun.is_ready() {
            self.0 = None;
        }
        begun
    }
}

impl Drop for Beginning {
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            tokio::spawn(async move { drop(rest.await) });
        }
    }
}

/// A transaction of one tenant. Dropped without [`TenantTx::commit`], it does nothing.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
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
        Ok(self.tx.commit().await?)
    }

    /// Undoes what was done, and waits until that is so.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// A transaction that crosses tenants. Dropped without [`SystemTx::commit`], it does nothing.
#[derive(Debug)]
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
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
        Ok(self.tx.commit().await?)
    }

    /// Goes on in the same transaction as one of `tenant`, so that a tenant and its first rows appear together.
    pub async fn into_tenant(mut self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        self.tx.execute(AssertSqlSafe(become_tenant(tenant))).await?;
        Ok(TenantTx { tx: self.tx, tenant, origin: self.origin })
    }

    /// Works as one of `tenant` until [`SystemTx::raise`]. An error between the two ends the transaction anyway.
    pub(crate) async fn lower(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        self.tx.execute(AssertSqlSafe(become_tenant(tenant))).await?;
        Ok(())
    }

    /// Works across tenants again.
    pub(crate) async fn raise(&mut self) -> Result<(), StoreError> {
        self.tx.execute("set local role placard_system; set local placard.tenant = ''").await?;
        Ok(())
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// The text of a UUID holds only hexadecimal digits and dashes. `set local` ends with the transaction, so nothing
/// stays behind on the connection, a pooler's included.
fn become_tenant(tenant: TenantId) -> String {
    format!("set local role placard_app; set local placard.tenant = '{tenant}'")
}
