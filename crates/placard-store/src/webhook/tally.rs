//! Notices that were not taken: how many, and why.

use crate::{StoreError, SystemTx, stored};
use chrono::NaiveDate;
use placard_domain::{Platform, notice::NoticeRefusal};

/// How many notices were not taken for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// From where they said that they come.
    pub platform: Platform,
    /// Why.
    pub refusal: NoticeRefusal,
    /// How many.
    pub count: i64,
}

/// Counts `count` notices that were not taken.
pub async fn refuse(
    tx: &mut SystemTx,
    platform: Platform,
    refusal: NoticeRefusal,
    count: i64,
    day: NaiveDate,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into webhook_tally (day, platform, refusal, count)
        values ($1, $2, $3, $4)
        on conflict on constraint webhook_tally_pkey do update
        set count = webhook_tally.count + excluded.count
        "#,
        day,
        platform.as_str(),
        refusal.as_str(),
        count,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was not taken since `since`.
pub async fn tally(tx: &mut SystemTx, since: NaiveDate) -> Result<Vec<Tally>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select platform, refusal, sum(count)::bigint as "count!"
        from webhook_tally
        where day >= $1
        group by platform, refusal
        order by platform, refusal
        "#,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut tallies = Vec::with_capacity(rows.len());
    for row in rows {
        tallies.push(Tally {
            platform: stored::word("webhook_tally.platform", &row.platform)?,
            refusal: stored::word("webhook_tally.refusal", &row.refusal)?,
            count: row.count,
        });
    }
    Ok(tallies)
}

/// Forgets what was counted before `before`.
pub async fn purge(tx: &mut SystemTx, before: NaiveDate) -> Result<u64, StoreError> {
    let gone = sqlx::query!(
        r#"
        delete from webhook_tally
        where day < $1
        "#,
        before,
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected())
}
