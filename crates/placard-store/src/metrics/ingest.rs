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
        let mut of_grain: Vec<Placed<'_>> = rows
            .iter()
            .zip(&entities)
            .filter(|(row, _)| Grain::of(row.slice) == grain)
            .map(|(row, entity)| Placed::new(*entity, row))
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

/// A row and where it goes: partition first, then as the primary key is.
struct Placed<'a> {
    month: i32,
    entity: i64,
    date: NaiveDate,
    row: &'a Row<'a>,
}

impl<'a> Placed<'a> {
    fn new(entity: i64, row: &'a Row<'a>) -> Self {
        Self { month: row.date.year() * 12 + row.date.month0() as i32, entity, date: row.date, row }
    }

    const fn key(&self) -> (i32, i64, NaiveDate) {
        (self.month, self.entity, self.date)
    }
}

/// So that rows fall into place one behind the other.
fn sort(rows: &mut [Placed<'_>]) -> Result<(), StoreError> {
    rows.sort_unstable_by(|left, right| {
        left.key().cmp(&right.key()).then_with(|| left.row.slice.cmp(&right.row.slice))
    });
    let twice =
        rows.windows(2).find(|pair| pair[0].key() == pair[1].key() && pair[0].row.slice == pair[1].row.slice);
    match twice {
        None => Ok(()),
        Some(pair) => Err(duplicate(pair[0].row)),
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
    rows: &[Placed<'_>],
) -> Result<Ingested, StoreError> {
    let days = rows.iter().map(|placed| placed.date);
    let days = days.clone().min().expect("there are rows")..=days.max().expect("there are rows");
    for table in grain.tables() {
        ensure_partitions(tx, table, grain, &days).await?;
    }
    staging::fill(tx, grain, rows.iter().map(|placed| (placed.entity, placed.row))).await?;

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

/// For each row the id of what it is about, made where it is new. Names and parents follow the newest rows.
async fn resolve(tx: &mut TenantTx, account: &AccountRef, rows: &[Row<'_>]) -> Result<Vec<i64>, StoreError> {
    let mut newest: Vec<&Row<'_>> = Vec::new();
    let mut places: HashMap<(Level, &str), usize> = HashMap::new();
    let mut places_of_rows = Vec::with_capacity(rows.len());
    for row in rows {
        let place = *places.entry((row.level, row.entity_id)).or_insert_with(|| {
            newest.push(row);
            newest.len() - 1
        });
        let known = &mut newest[place];
        if (known.date, known.name.is_some()) < (row.date, row.name.is_some()) {
            *known = row;
        }
        places_of_rows.push(place);
    }
    upsert_entities(tx, account, &newest).await?;
    let ids = entity_ids(tx, account, &newest).await?;
    Ok(places_of_rows.into_iter().map(|place| ids[place]).collect())
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
