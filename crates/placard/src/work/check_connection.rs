//! Looking after connections before anybody needs them.

use super::Job;
use crate::{checking, session::Session};
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{AccountRef, status::ConnectionStatus};
use placard_store::{
    StoreError, TenantTx, connection,
    jobs::{NewJob, Priority},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// How long it is believed that a connection works.
const BELIEVED: TimeDelta = TimeDelta::days(1);

/// Asks the platform whether a connection works, and renews its token if it ends soon.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckConnection {
    /// The ad account.
    pub account: AccountRef,
}

impl CheckConnection {
    /// A job for every connection that was not found to work within a day. One whose token died waits for a person.
    pub async fn due(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Vec<NewJob>, StoreError> {
        let mut connections = connection::list(tx).await?;
        connections.retain(|one| {
            matches!(one.status, ConnectionStatus::Active | ConnectionStatus::Error)
                && one.last_validated_at.is_none_or(|at| now - at > BELIEVED)
        });
        let job = |one: connection::Connection| Self { account: one.account }.to_job();
        let background = |job| NewJob { priority: Priority::Background, ..job };
        Ok(connections.into_iter().map(job).map(background).collect())
    }
}

impl Job for CheckConnection {
    const NAME: &'static str = "check_connection";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let account = &self.account;
        let connection = session.connection(tenant, account.platform, Some(&account.id), None).await?;
        checking::check(session, tenant, &connection).await?;
        Ok(())
    }
}
