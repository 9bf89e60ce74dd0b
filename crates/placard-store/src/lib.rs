//! Everything that Placard keeps: migrations, every SQL statement, the vault, jobs, the audit log.
//!
//! A statement about a tenant's rows runs in a [`TenantTx`], which [`Db::tenant`] begins as the role `placard_app`
//! with the tenant set, in one round trip. Row-level security does the rest: a forgotten `where` shows nothing of
//! anybody else. The few statements that cross tenants run in a [`SystemTx`].
//!
//! Functions are grouped by what they are about (`campaign::find`) and take the transaction, so that the caller
//! decides what happens together. No other crate contains SQL.

pub mod ad_account;
pub mod api_key;
pub mod archive;
pub mod asset;
pub mod audit;
pub mod automation;
pub mod cache;
pub mod call_log;
pub mod campaign;
pub mod ceiling;
pub mod connection;
pub mod copy;
pub mod crm;
mod db;
pub mod deployment;
pub mod documents;
mod error;
pub mod exchange_rate;
mod guardrail;
pub mod idempotency;
pub mod invitation;
pub mod jobs;
pub mod kill_switch;
pub mod lead_event;
mod lease;
pub mod lineage;
pub mod login_guard;
pub mod metrics;
mod migration;
pub mod outbox;
pub mod outreach;
pub mod partition;
pub mod password;
pub mod plan;
pub mod platform_object;
mod pool;
pub mod quota;
pub mod rate_limit;
mod reseal;
pub mod session;
pub mod signing_key;
pub mod standing;
mod stored;
pub mod subscription;
pub mod tenant;
#[doc(hidden)]
pub mod testing;
mod token;
pub mod totp;
pub mod usage;
pub mod user;
pub mod user_token;
mod vault;
pub mod webhook;

pub use db::{Db, PoolConfig, SystemTx, TenantTx};
pub use error::{Constraint, StoreError};
pub use lease::{AccountLease, Fence};
pub use migration::{MigrationState, MigrationStatus};
pub use token::TokenHash;
pub use vault::{MasterKeySource, MasterKeys, Place, Scope, Vault, VaultError};
