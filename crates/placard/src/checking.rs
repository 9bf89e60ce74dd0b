//! Whether a connection works, asked of the platform and noted.

use crate::session::{SANDBOX, Session};
use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{AccountRef, TenantId, status::ConnectionStatus};
use placard_platforms::{Blocker, ErrorKind, PlatformError, Retry};
use placard_store::{
    Db, StoreError, ad_account,
    connection::{self, Connection},
    tenant::Tenant,
};

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// How the connection stands from now on.
    pub status: ConnectionStatus,
    /// What is wrong, with what to do about each.
    pub problems: Vec<Blocker>,
}

/// Asks the platform whether the account can publish, renewing the token ahead if it ends soon, and notes what it says.
/// That the platform cannot be reached says nothing about the connection, and is an error.
pub async fn check(session: &Session, tenant: &Tenant, connection: &Connection) -> Result<Checked> {
    let reach = session.reach_anyway(tenant, connection).await?;
    let checked = match reach.platform.health(&reach.access).await {
        Ok(health) => {
            let mut tx = session.db().tenant(tenant.id).await?;
            ad_account::upsert(&mut tx, &health.account, Utc::now()).await?;
            tx.commit().await?;
            let well = health.blockers.is_empty();
            let status = if well { ConnectionStatus::Active } else { ConnectionStatus::Error };
            Checked { status, problems: health.blockers }
        }
        Err(error) => refused(connection, error, reach.now)?,
    };
    let words: Vec<String> =
        checked.problems.iter().map(|one| format!("{} → {}", one.problem, one.fix)).collect();
    let error = (!words.is_empty()).then(|| words.join("; "));
    let mut tx = session.db().tenant(tenant.id).await?;
    connection::set_status(&mut tx, connection.id, checked.status, error.as_deref(), Utc::now()).await?;
    tx.commit().await?;
    Ok(checked)
}

/// What a refusal says of the connection.
fn refused(
    connection: &Connection,
    error: PlatformError,
    now: DateTime<Utc>,
) -> Result<Checked, PlatformError> {
    let status = match error.kind {
        ErrorKind::Unauthenticated => death(connection, now),
        ErrorKind::Forbidden | ErrorKind::AccountBlocked => ConnectionStatus::Error,
        _ => return Err(error),
    };
    let fix = match error.kind.retry_write() {
        Retry::AfterHumanFix(_) if error.kind != ErrorKind::AccountBlocked => mend(connection),
        Retry::AfterHumanFix(fix) => fix.to_owned(),
        Retry::Again(_) | Retry::ProbeFirst | Retry::Never => mend(connection),
    };
    Ok(Checked { status, problems: vec![Blocker { problem: error.to_string(), fix }] })
}

/// Why a token works no longer.
fn death(connection: &Connection, now: DateTime<Utc>) -> ConnectionStatus {
    match connection.token_expires_at {
        Some(end) if end <= now => ConnectionStatus::Expired,
        _ => ConnectionStatus::Revoked,
    }
}

/// Notes that the token behind `account` works no longer, if that is what `error` says. From then on whatever needs the
/// connection says so at once, until it is connected again or found to work by [`check`].
pub async fn note_death(
    db: &Db,
    tenant: TenantId,
    account: &AccountRef,
    error: &PlatformError,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if error.kind != ErrorKind::Unauthenticated {
        return Ok(());
    }
    let mut tx = db.tenant(tenant).await?;
    if let Some(connection) = connection::find(&mut tx, account).await? {
        let words = format!("{error} → {}", mend(&connection));
        connection::set_status(&mut tx, connection.id, death(&connection, now), Some(&words), now).await?;
    }
    tx.commit().await
}

/// A connection whose token works no longer.
#[derive(Debug, thiserror::Error)]
#[error("the access to {account} {}; {mend}", how(*.status))]
pub struct Dead {
    /// The account.
    pub account: AccountRef,
    /// How it ended.
    pub status: ConnectionStatus,
    /// What to do.
    pub mend: String,
}

const fn how(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Expired => "has expired",
        ConnectionStatus::Revoked => "was taken back",
        ConnectionStatus::Active | ConnectionStatus::Error => "does not work",
    }
}

/// Fails if it is known that the token works no longer.
pub fn expect_alive(connection: &Connection) -> Result<(), Dead> {
    match connection.status {
        ConnectionStatus::Active | ConnectionStatus::Error => Ok(()),
        status @ (ConnectionStatus::Expired | ConnectionStatus::Revoked) => {
            Err(Dead { account: connection.account.clone(), status, mend: mend(connection) })
        }
    }
}

fn mend(connection: &Connection) -> String {
    format!("connect it again: `{}`", reconnect(connection))
}

/// The command that connects an account again.
pub fn reconnect(connection: &Connection) -> String {
    let sandbox = if connection.endpoint.as_deref() == Some(SANDBOX) { " --sandbox" } else { "" };
    let (platform, id) = (connection.account.platform, &connection.account.id);
    format!("placard connect {platform}{sandbox} --account {id}")
}
