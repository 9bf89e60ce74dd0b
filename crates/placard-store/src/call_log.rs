//! What all processes together have taken from limits of which platforms say nothing ([`CallLog`]).
//!
//! An app's limits are no tenant's: they are shared by all whose campaigns it publishes.

use crate::{Db, StoreError};
use chrono::{DateTime, Utc};
use placard_domain::quota::CallLog;
use serde_json::Value;

/// What `act` makes of the log of `subject` at the database's time, in milliseconds since 1970. Whoever else wants to
/// change it waits.
pub async fn change<T>(
    db: &Db,
    subject: &str,
    act: impl FnOnce(&mut CallLog, i64) -> T + Send,
) -> Result<T, StoreError> {
    let mut tx = db.system().await?;
    // The time is that at which nobody else changes the log any more.
    let row = sqlx::query!(
        r#"
        insert into call_log (subject)
        values ($1)
        on conflict (subject) do update set subject = excluded.subject
        returning log, clock_timestamp() as "now!"
        "#,
        subject,
    )
    .fetch_one(tx.conn())
    .await?;
    let mut log: CallLog = serde_json::from_value(row.log)
        .map_err(|error| StoreError::Corrupt { what: "call_log.log", source: error.into() })?;
    let result = act(&mut log, row.now.timestamp_millis());
    let changed = serde_json::to_value(&log).unwrap_or(Value::Null);
    sqlx::query!(
        r#"
        update call_log
        set log = $2, changed_at = $3
        where subject = $1
        "#,
        subject,
        changed,
        row.now,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(result)
}

/// Forgets logs that nobody has changed since `before`: the longest window is a day.
pub async fn purge(db: &Db, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut tx = db.system().await?;
    let done = sqlx::query!(
        r#"
        delete from call_log
        where changed_at < $1
        "#,
        before,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
