//! Taking numbers in: resolve what they are about, stage them, merge them in one statement.

use super::{
    Row, Slice,
    staging::{self, Grain},
};
use crate::{StoreError, TenantTx};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use placard_domain::{AccountRef, metric::Level};
use sqlx::Row as _;
use std::{
    collections::HashMap,
    ops::{Add, RangeInclusive},
};

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Not known before.
    pub inserted: u64,
    /// Known with other numbers, which are kept as history.
    pub changed: u64,
    /// Known exactly so. Nothing was written for them.
    pub unchanged: u64,
    /// Observed before what is known already, with other numbers. They were not taken.
    pub stale: u64,
}

impl Add for Ingested {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            inserted: self.inserted + other.inserted,
            changed: self.changed + other.changed,
            unchanged: self.unchanged + other.unchanged,
            stale: self.stale + other.stale,
        }
    }
}

/// Takes in `rows` of `account` as observed at `observed_at`. Some hundred thousand rows at once are a good measure.
///
/// # Errors
/// [`StoreError::Duplicate`] if two rows are about the same entity, day and slice.
pub async fn ingest(
    tx: &mut TenantTx,
    account: &AccountRef,
    observed_at: DateTime<Utc>,
    rows: &[Row<'_>],
) -> Result<Ingested, StoreError> {
    if rows.is_empty() {
        return Ok(Ingested::default());
    }
    lock(tx, account).await?;
    let entities = resolve(tx, account, rows).await?;
    let mut total = Ingested::default();
    for grain in Grain::ALL {
        let mut of_grain: Vec<(i64, &Row<'_>)> = rows
            .iter()
            .filter(|row| Grain::of(row.slice) == grain)
            .map(|row| (entities[&(row.level, row.entity_id)], row))
            .collect();
        if !of_grain.is_empty() {
            sort(&mut of_grain)?;
            total = total + merge(tx, grain, observed_at, &of_grain).await?;
        }
    }
    Ok(total)
}

/// One ingest for an account at a time, so that none inserts what another just did.
async fn lock(tx: &mut TenantTx, account: &AccountRef) -> Result<(), StoreError> {
    let key = format!("placard.ingest/{}/{account}", tx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 0)) as "locked!: ()""#, key)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// By partition and then as its primary key is, so that rows fall into place one behind the other.
fn sort(rows: &mut [(i64, &Row<'_>)]) -> Result<(), StoreError> {
    let key = |(entity, row): &(i64, &Row<'_>)| (row.date.year(), row.date.month(), *entity, row.date);
    rows.sort_unstable_by(|left, right| {
        key(left).cmp(&key(right)).then_with(|| left.1.slice.cmp(&right.1.slice))
    });
    let twice =
        rows.windows(2).find(|pair| key(&pair[0]) == key(&pair[1]) && pair[0].1.slice == pair[1].1.slice);
    match twice {
        None => Ok(()),
        Some(pair) => Err(duplicate(pair[0].1)),
    }
}

fn duplicate(row: &Row<'_>) -> StoreError {
    let slice = match row.slice {
        Slice::Day => String::new(),
        Slice::Hour(hour) => format!(", hour {hour}"),
        Slice::Segment { dimension, segment } => format!(", {dimension} {segment}"),
    };
    StoreError::Duplicate { what: format!("{} {} on {}{slice}", row.level, row.entity_id, row.date) }
}

async fn merge(
    tx: &mut TenantTx,
    grain: Grain,
    observed_at: DateTime<Utc>,
    rows: &[(i64, &Row<'_>)],
) -> Result<Ingested, StoreError> {
    let days = rows.iter().map(|(_, row)| row.date);
    let days = days.clone().min().expect("there are rows")..=days.max().expect("there are rows");
    for table in grain.tables() {
        ensure_partitions(tx, table, grain, &days).await?;
    }
    staging::fill(tx, grain, rows.iter().copied()).await?;

    // The comparison is spooled once; it should stay in memory.
    sqlx::query("set local work_mem = '64MB'").execute(tx.conn()).await?;
    // Not a checked macro: the staging table exists only here.
    let counts = sqlx::query(grain.merge())
        .persistent(false)
        .bind(tx.tenant().0)
        .bind(observed_at)
        .bind(days.start())
        .bind(days.end())
        .fetch_one(tx.conn())
        .await?;
    let count =
        |column: &str| -> Result<u64, StoreError> { Ok(counts.try_get::<i64, _>(column)?.unsigned_abs()) };
    let (inserted, changed, stale) = (count("inserted")?, count("changed")?, count("stale")?);
    Ok(Ingested { inserted, changed, unchanged: rows.len() as u64 - inserted - changed - stale, stale })
}

async fn ensure_partitions(
    tx: &mut TenantTx,
    table: &str,
    grain: Grain,
    days: &RangeInclusive<NaiveDate>,
) -> Result<(), StoreError> {
    let (first, last) = (*days.start(), *days.end());
    let units = match grain {
        Grain::Hourly => (last - first).num_days() + 1,
        Grain::Daily | Grain::Segments => {
            i64::from((last.year() - first.year()) * 12) + i64::from(last.month()) - i64::from(first.month())
                + 1
        }
    };
    let units = i32::try_from(units).map_err(|error| StoreError::corrupt("metric.date", error))?;
    sqlx::query!("select ensure_partitions($1, $2, $3)", table, first, units).fetch_one(tx.conn()).await?;
    Ok(())
}

type Entities<'a> = HashMap<(Level, &'a str), i64>;

/// The ids of everything that `rows` are about, made where they are new. Names and parents follow the newest rows.
async fn resolve<'a>(
    tx: &mut TenantTx,
    account: &AccountRef,
    rows: &'a [Row<'a>],
) -> Result<Entities<'a>, StoreError> {
    let mut wanted: HashMap<(Level, &str), &Row<'_>> = HashMap::new();
    for row in rows {
        wanted
            .entry((row.level, row.entity_id))
            .and_modify(|known| {
                if (known.date, known.name.is_some()) < (row.date, row.name.is_some()) {
                    *known = row;
                }
            })
            .or_insert(row);
    }
    let mut wanted: Vec<&Row<'_>> = wanted.into_values().collect();
    wanted.sort_unstable_by_key(|row| (row.level, row.entity_id));
    upsert_entities(tx, account, &wanted).await?;
    let ids = entity_ids(tx, account, &wanted).await?;
    Ok(wanted.iter().zip(ids).map(|(row, id)| ((row.level, row.entity_id), id)).collect())
}

async fn upsert_entities(
    tx: &mut TenantTx,
    account: &AccountRef,
    wanted: &[&Row<'_>],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with wanted as (
            select *
            from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as w (level, remote_id, name, parent)
        ),
        renamed as (
            update metric_entity as e
            set name = coalesce(w.name, e.name), parent_remote_id = coalesce(w.parent, e.parent_remote_id)
            from wanted as w
            where e.tenant_id = $1 and e.platform = $2 and e.account = $3
                and e.level = w.level and e.remote_id = w.remote_id
                and (e.name, e.parent_remote_id)
                    is distinct from (coalesce(w.name, e.name), coalesce(w.parent, e.parent_remote_id))
        )
        insert into metric_entity (tenant_id, platform, account, level, remote_id, name, parent_remote_id)
        select $1, $2, $3, w.level, w.remote_id, w.name, w.parent
        from wanted as w
        where not exists (
            select
            from metric_entity as e
            where e.tenant_id = $1 and e.platform = $2 and e.account = $3
                and e.level = w.level and e.remote_id = w.remote_id
        )
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        &wanted.iter().map(|row| row.level.as_str()).collect::<Vec<_>>() as &[&str],
        &wanted.iter().map(|row| row.entity_id).collect::<Vec<_>>() as &[&str],
        &wanted.iter().map(|row| row.name).collect::<Vec<_>>() as &[Option<&str>],
        &wanted.iter().map(|row| row.parent_id).collect::<Vec<_>>() as &[Option<&str>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// In the order of `wanted`, all of which are stored by now.
async fn entity_ids(
    tx: &mut TenantTx,
    account: &AccountRef,
    wanted: &[&Row<'_>],
) -> Result<Vec<i64>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        select e.id
        from unnest($4::text[], $5::text[]) with ordinality as w (level, remote_id, position)
        join metric_entity as e
            on e.tenant_id = $1 and e.platform = $2 and e.account = $3
                and e.level = w.level and e.remote_id = w.remote_id
        order by w.position
        "#,
        tx.tenant().0,
        account.platform.as_str(),
        account.id,
        &wanted.iter().map(|row| row.level.as_str()).collect::<Vec<_>>() as &[&str],
        &wanted.iter().map(|row| row.entity_id).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}
