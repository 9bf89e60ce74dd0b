//! The binary form of COPY, in which rows reach the staging table.

use super::{Row, Slice};
use crate::{StoreError, TenantTx};
use sqlx::{Encode, Executor, Postgres, encode::IsNull, postgres::PgArgumentBuffer};

/// The length that stands for no value.
const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Which table rows are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    Daily,
    Hourly,
    Segments,
}

impl Grain {
    pub(super) const ALL: [Self; 3] = [Self::Daily, Self::Hourly, Self::Segments];

    pub(super) const fn of(slice: Slice<'_>) -> Self {
        match slice {
            Slice::Day => Self::Daily,
            Slice::Hour(_) => Self::Hourly,
            Slice::Segment { .. } => Self::Segments,
        }
    }

    /// The table, and the one that keeps what it held before.
    pub(super) const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Daily => &["metric_daily", "metric_history"],
            Self::Hourly => &["metric_hourly"],
            Self::Segments => &["metric_segment_daily", "metric_segment_history"],
        }
    }

    pub(super) const fn merge(self) -> &'static str {
        match self {
            Self::Daily => include_str!("../../queries/merge_daily.sql"),
            Self::Hourly => include_str!("../../queries/merge_hourly.sql"),
            Self::Segments => include_str!("../../queries/merge_segments.sql"),
        }
    }

    const fn create(self) -> &'static str {
        match self {
            Self::Daily => {
                "create temporary table metric_staging (
                    entity_id bigint, date date, impressions bigint, clicks bigint, currency text, spend numeric,
                    conversions numeric, conversion_value numeric, extras jsonb
                ) on commit drop"
            }
            Self::Hourly => {
                "create temporary table metric_staging (
                    entity_id bigint, date date, hour smallint, impressions bigint, clicks bigint, currency text,
                    spend numeric, conversions numeric, conversion_value numeric, extras jsonb
                ) on commit drop"
            }
            Self::Segments => {
                "create temporary table metric_staging (
                    entity_id bigint, date date, dimension text, segment text, impressions bigint, clicks bigint,
                    currency text, spend numeric, conversions numeric, conversion_value numeric, extras jsonb
                ) on commit drop"
            }
        }
    }

    const fn columns(self) -> i16 {
        match self {
            Self::Daily => 9,
            Self::Hourly => 10,
            Self::Segments => 11,
        }
    }
}

/// Fills a staging table of this transaction. It is temporary, so it writes no log, and it holds one tenant's rows
/// only, so it needs no policy, which COPY could not obey.
pub(super) async fn fill<'a>(
    tx: &mut TenantTx,
    grain: Grain,
    rows: impl Iterator<Item = (i64, &'a Row<'a>)>,
) -> Result<(), StoreError> {
    const CHUNK_BYTES: usize = 1 << 18;
    tx.conn().execute("drop table if exists pg_temp.metric_staging").await?;
    tx.conn().execute(grain.create()).await?;

    let mut copy = tx.conn().copy_in_raw("copy pg_temp.metric_staging from stdin (format binary)").await?;
    let mut buffer = PgArgumentBuffer::default();
    buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for (entity, row) in rows {
        encode(&mut buffer, grain, entity, row)?;
        if buffer.len() >= CHUNK_BYTES {
            copy.send(buffer.as_slice()).await?;
            buffer.clear();
        }
    }
    buffer.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(buffer.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

fn encode(buffer: &mut PgArgumentBuffer, grain: Grain, entity: i64, row: &Row<'_>) -> Result<(), StoreError> {
    buffer.extend_from_slice(&grain.columns().to_be_bytes());
    field(buffer, entity)?;
    field(buffer, row.date)?;
    match row.slice {
        Slice::Day => {}
        Slice::Hour(hour) => field(buffer, i16::from(hour))?,
        Slice::Segment { dimension, segment } => {
            field(buffer, dimension)?;
            field(buffer, segment)?;
        }
    }
    field(buffer, row.impressions)?;
    field(buffer, row.clicks)?;
    field(buffer, row.currency.code())?;
    field(buffer, row.spend)?;
    field(buffer, row.conversions)?;
    field(buffer, row.conversion_value)?;
    extras(buffer, row);
    Ok(())
}

/// A length of four bytes, then the value as it would stand in a query's parameter.
fn field<'q>(buffer: &mut PgArgumentBuffer, value: impl Encode<'q, Postgres>) -> Result<(), StoreError> {
    let start = open(buffer);
    match value.encode(buffer).map_err(|error| StoreError::Database(sqlx::Error::Encode(error)))? {
        IsNull::No => close(buffer, start),
        IsNull::Yes => buffer[start - 4..start].copy_from_slice(&NULL),
    }
    Ok(())
}

/// JSONB is a version of one byte, then text.
fn extras(buffer: &mut PgArgumentBuffer, row: &Row<'_>) {
    if row.extras.is_null() {
        buffer.extend_from_slice(&NULL);
        return;
    }
    let start = open(buffer);
    buffer.push(1);
    buffer.extend_from_slice(row.extras.to_string().as_bytes());
    close(buffer, start);
}

fn open(buffer: &mut PgArgumentBuffer) -> usize {
    buffer.extend_from_slice(&[0; 4]);
    buffer.len()
}

fn close(buffer: &mut PgArgumentBuffer, start: usize) {
    let length = i32::try_from(buffer.len() - start).expect("a field is far shorter than 2 GiB");
    buffer[start - 4..start].copy_from_slice(&length.to_be_bytes());
}
