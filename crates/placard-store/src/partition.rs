//! Upkeep of the tables that are cut into ranges of time.

use crate::{Db, StoreError};
use chrono::NaiveDate;

/// What upkeep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Partitions created.
    pub created: i32,
    /// Partitions dropped, with everything in them.
    pub dropped: i32,
}

/// Creates the partitions of the time ahead of `today` and drops those that are past their keep.
/// Run it daily; running it twice does nothing the second time.
pub async fn maintain(db: &Db, today: NaiveDate) -> Result<Upkeep, StoreError> {
    let mut tx = db.system().await?;
    let tables = sqlx::query_scalar!("select table_name from partition_rule order by table_name")
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;

    let mut upkeep = Upkeep::default();
    for table in tables {
        // A transaction for each, so that one does not lock the partitions of all.
        let mut tx = db.system().await?;
        let row = sqlx::query!(
            r#"
            select
                ensure_partitions(table_name, $2, ahead + 1) as "created!",
                case when keep is null then 0 else drop_partitions(table_name, ($2 - keep)::date) end as "dropped!"
            from partition_rule
            where table_name = $1
            "#,
            table,
            today,
        )
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        upkeep.created += row.created;
        upkeep.dropped += row.dropped;
    }
    Ok(upkeep)
}
