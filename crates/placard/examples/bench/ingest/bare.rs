//! The baseline: what PostgreSQL can do with rows that are ready.

use super::product::wal_position;
use anyhow::{Result, ensure};
use futures::TryStreamExt;
use placard_store::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::{Duration, Instant};

const COLUMNS: &str = "tenant_id, entity_id, date, observed_at, impressions, clicks, currency, spend, conversions, \
                       conversion_value, extras";

const UPDATE: &str = "observed_at = excluded.observed_at, impressions = excluded.impressions, clicks = excluded.clicks, \
                      currency = excluded.currency, spend = excluded.spend, conversions = excluded.conversions, \
                      conversion_value = excluded.conversion_value, extras = excluded.extras";

const DIFFERS: &str = "(b.impressions, b.clicks, b.currency, b.spend, b.conversions, b.conversion_value, b.extras) \
                       is distinct from (excluded.impressions, excluded.clicks, excluded.currency, excluded.spend, \
                       excluded.conversions, excluded.conversion_value, excluded.extras)";

/// A table equal to `metric_daily`, without row-level security, and rows for it.
pub(super) struct Bare {
    superuser: PgConnection,
    /// The rows as binary COPY carries them.
    rows: Vec<u8>,
    last_wal: i64,
}

impl Bare {
    /// With the rows that `metric_daily` holds now, day by day.
    pub(super) async fn with_rows_of(database: &TestDatabase) -> Result<Self> {
        let mut superuser = database.superuser().await;
        superuser
            .execute("create table bare_daily (like metric_daily including all) partition by range (date)")
            .await?;
        let months: Vec<String> = sqlx::query_scalar(
            "select distinct date_trunc('month', date)::date::text from metric_daily order by 1",
        )
        .fetch_all(&mut superuser)
        .await?;
        for (number, month) in months.iter().enumerate() {
            let partition = format!(
                "create table bare_daily_{number} partition of bare_daily
                for values from ('{month}') to (('{month}'::date + interval '1 month')::date)"
            );
            superuser.execute(AssertSqlSafe(partition)).await?;
        }
        let copy = format!(
            "copy (select {COLUMNS} from metric_daily order by date, entity_id) to stdout (format binary)"
        );
        let rows = superuser.copy_out_raw(&copy).await?.try_fold(Vec::new(), |mut all, part| async move {
            all.extend_from_slice(&part);
            Ok(all)
        });
        let rows = rows.await?;
        Ok(Self { superuser, rows, last_wal: 0 })
    }

    /// Forgets all rows.
    pub(super) async fn clear(&mut self) -> Result<()> {
        self.superuser.execute("truncate bare_daily").await?;
        Ok(())
    }

    /// Inserts the rows or replaces them; `expected` is how many that must be.
    pub(super) async fn replace(&mut self, expected: usize) -> Result<Duration> {
        self.merge("", expected).await
    }

    /// The same where rows that are equal stay as they are.
    pub(super) async fn replace_changed(&mut self, expected: usize) -> Result<Duration> {
        self.merge(&format!("where {DIFFERS}"), expected).await
    }

    /// How much log the last merge wrote.
    pub(super) const fn last_wal(&self) -> i64 {
        self.last_wal
    }

    async fn merge(&mut self, condition: &str, expected: usize) -> Result<Duration> {
        self.superuser.execute("checkpoint").await?;
        let wal = wal_position(&mut self.superuser).await?;
        let began = Instant::now();
        let mut tx = self.superuser.begin().await?;
        tx.execute(
            "create temporary table bare_staging (
                tenant_id uuid, entity_id bigint, date date, observed_at timestamptz, impressions bigint,
                clicks bigint, currency text, spend numeric, conversions numeric, conversion_value numeric,
                extras jsonb
            ) on commit drop",
        )
        .await?;
        let mut copy = tx.copy_in_raw("copy bare_staging from stdin (format binary)").await?;
        for chunk in self.rows.chunks(1 << 18) {
            copy.send(chunk).await?;
        }
        copy.finish().await?;
        let merge = format!(
            "insert into bare_daily as b ({COLUMNS}) select {COLUMNS} from bare_staging
            on conflict (tenant_id, entity_id, date) do update set {UPDATE} {condition}"
        );
        let merged = tx.execute(AssertSqlSafe(merge)).await?.rows_affected();
        tx.commit().await?;
        let took = began.elapsed();
        self.last_wal = wal_position(&mut self.superuser).await? - wal;
        ensure!(merged == expected as u64, "the baseline wrote {merged} rows, not {expected}");
        Ok(took)
    }
}
