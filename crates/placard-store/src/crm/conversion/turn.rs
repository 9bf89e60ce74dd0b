//! One process at a time tells an account of deals.

use crate::{Db, StoreError, lease};
use placard_domain::{AccountRef, TenantId};
use sqlx::{Connection, PgConnection};
use std::time::Duration;

/// The turn to tell an account of deals: an advisory lock on a connection of its own, which ends with the process. Who
/// has it knows that nobody else is sending, so that an intent without an outcome was left by somebody who is gone.
#[derive(Debug)]
pub struct Turn {
    connection: PgConnection,
}

impl Turn {
    /// The turn, once nobody else has it.
    ///
    /// # Errors
    /// [`StoreError::Contention`] if it did not become free within `patience`.
    pub async fn wait_for(
        db: &Db,
        tenant: TenantId,
        account: &AccountRef,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let mut connection = lease::open_for(db, patience).await?;
        let key = format!("placard.conversions/{tenant}/{account}");
        sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 0)) as "locked!: ()""#, key)
            .fetch_one(&mut connection)
            .await?;
        Ok(Self { connection })
    }

    /// Gives it back, and waits until the server knows.
    pub async fn end(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}
