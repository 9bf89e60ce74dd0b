//! Who changes a tenant's archive: one at a time, by a lock that lives and dies with a connection of its own.

use crate::{Db, StoreError};
use placard_domain::TenantId;
use sqlx::{Connection, PgConnection};

/// The keys to a tenant's archive. Who holds them is alone there. Dropped, they are given back with their connection.
#[derive(Debug)]
pub struct Keys {
    connection: PgConnection,
}

impl Keys {
    /// The keys, once nobody else holds them.
    pub async fn wait_for(db: &Db, tenant: TenantId) -> Result<Self, StoreError> {
        let mut connection = db.dedicated().await?;
        sqlx::query_scalar!(
            r#"select pg_advisory_lock(hashtextextended('placard.archive.' || $1::uuid::text, 0)) as "locked!: ()""#,
            tenant.0,
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Self { connection })
    }

    /// The keys, unless somebody else holds them.
    pub async fn try_take(db: &Db, tenant: TenantId) -> Result<Option<Self>, StoreError> {
        let mut connection = db.dedicated().await?;
        let taken = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock(hashtextextended('placard.archive.' || $1::uuid::text, 0)) as "taken!""#,
            tenant.0,
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(taken.then_some(Self { connection }))
    }

    /// Gives the keys back.
    pub async fn give_back(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}
