//! Upkeep of the tables that are cut into ranges of time.

use crate::{Db, StoreError};
use chrono::NaiveDate;

/// What upkeep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Partitions created.
    pub created: i64,
    /// Partitions dropped, with everything in them.
    pub dropped: i64,
}

/// Creates the partitions of the time ahead of `today` and drops those that are past their keep.
/// Run it daily; running it twice does nothing the second time.
pub async fn maintain(db: &Db, today: NaiveDate) -> Result<Upkeep, StoreError> {
    let mut tx = db.system().await?;
    let row = sqlx::query!(
        r#"
        select
            coalesce(sum(ensure_partitions(table_name, $1, ahead + 1)), 0) as "created!",
            coalesce(sum(drop_partitions(table_name, ($1 - keep)::date)) filter (where keep is not null), 0) as "dropped!"
        from partition_rule
        "#,
        today,
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(Upkeep { created: row.created, dropped: row.dropped })
}
