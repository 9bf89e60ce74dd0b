//! The schema's versions: migrations compiled into the program, applied and taken back on demand.

use crate::{Db, StoreError, partition};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, migrate::Migrator};
use std::collections::BTreeMap;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// One migration and where the database stands with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// What it is about.
    pub description: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where the database stands with a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// Not applied.
    Pending,
    /// Applied.
    Applied {
        /// When.
        at: DateTime<Utc>,
    },
    /// Applied in another wording than this version's.
    Changed {
        /// When.
        at: DateTime<Utc>,
    },
    /// Applied by a newer version of Placard; this one does not know it.
    Unknown {
        /// When.
        at: DateTime<Utc>,
    },
}

impl Db {
    /// Applies what is missing and creates the partitions of the time ahead. Two processes may do it at once:
    /// the second waits and finds everything done. Returns the versions it applied.
    pub async fn migrate(&self) -> Result<Vec<i64>, StoreError> {
        let mut connection = self.dedicated().await?;
        lock(&mut connection).await?;
        let before = applied(&mut connection).await?;
        MIGRATOR.run_direct(None, &mut connection, false).await?;
        let after = applied(&mut connection).await?;
        connection.close().await?;
        partition::maintain(self, Utc::now().date_naive()).await?;
        Ok(after.into_keys().filter(|version| !before.contains_key(version)).collect())
    }

    /// Takes the last `count` migrations back, with the data in what they made. Returns the versions taken back.
    pub async fn rollback(&self, count: usize) -> Result<Vec<i64>, StoreError> {
        let mut connection = self.dedicated().await?;
        lock(&mut connection).await?;
        let applied: Vec<i64> = applied(&mut connection).await?.into_keys().collect();
        let kept = applied.len().saturating_sub(count);
        let target = kept.checked_sub(1).map_or(0, |last| applied[last]);
        MIGRATOR.undo(&mut connection, target).await?;
        connection.close().await?;
        Ok(applied[kept..].iter().rev().copied().collect())
    }

    /// Every migration that this version or the database knows, in order.
    pub async fn migration_status(&self) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut connection = self.dedicated().await?;
        let mut applied = applied(&mut connection).await?;
        connection.close().await?;

        let ours = MIGRATOR.iter().filter(|migration| migration.migration_type.is_up_migration());
        let mut all: Vec<MigrationStatus> = ours
            .map(|migration| {
                let state = match applied.remove(&migration.version) {
                    None => MigrationState::Pending,
                    Some(row) if row.checksum == *migration.checksum => {
                        MigrationState::Applied { at: row.at }
                    }
                    Some(row) => MigrationState::Changed { at: row.at },
                };
                MigrationStatus {
                    version: migration.version,
                    description: migration.description.to_string(),
                    state,
                }
            })
            .collect();
        all.extend(applied.into_iter().map(|(version, row)| MigrationStatus {
            version,
            description: row.description,
            state: MigrationState::Unknown { at: row.at },
        }));
        all.sort_by_key(|migration| migration.version);
        Ok(all)
    }
}

struct Applied {
    description: String,
    checksum: Vec<u8>,
    at: DateTime<Utc>,
}

/// Waits until no other process migrates. sqlx has a lock too, but takes it only after looking for its table.
async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql("select pg_advisory_lock(hashtextextended('placard.migrate', 0))")
        .execute(connection)
        .await?;
    Ok(())
}

async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<i64, Applied>, StoreError> {
    let fresh: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is null")
        .fetch_one(&mut *connection)
        .await?;
    if fresh {
        return Ok(BTreeMap::new());
    }
    // Not a checked macro: this table belongs to sqlx and is in no migration.
    let rows: Vec<(i64, String, Vec<u8>, DateTime<Utc>)> = sqlx::query_as(
        "select version, description, checksum, installed_on from _sqlx_migrations where success",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(version, description, checksum, at)| (version, Applied { description, checksum, at }))
        .collect())
}
