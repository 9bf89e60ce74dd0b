//! Numbers for dashboards, reports and rules. The database sums; every sum is of one level and one currency.

use super::EntityId;
use crate::{StoreError, TenantTx, stored};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    AccountRef, Currency, Platform,
    metric::{Level, Sums},
};
use rust_decimal::Decimal;

macro_rules! sums {
    ($row:ident) => {
        Sums {
            impressions: $row.impressions,
            clicks: $row.clicks,
            spend: $row.spend,
            conversions: $row.conversions,
            conversion_value: $row.conversion_value,
        }
    };
}

/// Which numbers to read.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Of this account; of all if `None`.
    pub account: Option<&'a AccountRef>,
    /// Of entities of this level. Levels contain each other, so two are never added up.
    pub level: Level,
    /// Only of these; of all if `None`.
    pub entities: Option<&'a [EntityId]>,
    /// First day.
    pub since: NaiveDate,
    /// Last day, included.
    pub until: NaiveDate,
    /// As they were known then; as they are known now if `None`. Hours are only known as of now.
    pub as_known_at: Option<DateTime<Utc>>,
}

/// What numbers are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its short id.
    pub id: EntityId,
    /// The ad account.
    pub account: AccountRef,
    /// What kind of thing it is.
    pub level: Level,
    /// The platform's id of it.
    pub remote_id: String,
    /// The platform's id of the thing one level up.
    pub parent_remote_id: Option<String>,
    /// Its name, if the platform gave one.
    pub name: Option<String>,
}

/// The sums of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The sums.
    pub sums: Sums,
}

/// The sums of one entity over all days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Which entity.
    pub entity: Entity,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The sums.
    pub sums: Sums,
}

/// The numbers of one entity on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityDay {
    /// Which entity.
    pub entity: EntityId,
    /// The day.
    pub date: NaiveDate,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The numbers.
    pub sums: Sums,
    /// Since when they are known.
    pub observed_at: DateTime<Utc>,
}

/// The sums of one part of the audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentTotal {
    /// Which part: `25-34/female`.
    pub segment: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The sums.
    pub sums: Sums,
}

/// The sums of one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// The day.
    pub date: NaiveDate,
    /// The hour, 0–23.
    pub hour: u8,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The sums.
    pub sums: Sums,
}

/// Every entity of a level, of one account or all, by name.
pub async fn entities(
    tx: &mut TenantTx,
    account: Option<&AccountRef>,
    level: Level,
) -> Result<Vec<Entity>, StoreError> {
    let rows = sqlx::query_as!(
        EntityRow,
        r#"
        select id, platform, account, level, remote_id, parent_remote_id, name
        from metric_entity
        where tenant_id = $1 and level = $2
            and ($3::text is null or platform = $3)
            and ($4::text is null or account = $4)
        order by name, remote_id
        "#,
        tx.tenant().0,
        level.as_str(),
        account.map(|account| account.platform.as_str()),
        account.map(|account| account.id.as_str()),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Entity::try_from).collect()
}

/// One row for each day and currency that has numbers, over all entities.
pub async fn series(tx: &mut TenantTx, scope: &Scope<'_>) -> Result<Vec<Day>, StoreError> {
    let ids = ids(tx, scope).await?;
    macro_rules! select {
        ($source:literal $(, $moment:expr)?) => {
            sqlx::query_as!(
                DayRow,
                r#"
                select
                    date as "date!", currency as "currency!", sum(impressions)::bigint as "impressions!",
                    sum(clicks)::bigint as "clicks!", sum(spend) as "spend!", sum(conversions) as "conversions!",
                    sum(conversion_value) as "conversion_value!"
                from "# + $source + r#"
                where tenant_id = $1 and entity_id = any($2) and date between $3 and $4
                group by date, currency
                order by date, currency
                "#,
                tx.tenant().0,
                &ids,
                scope.since,
                scope.until,
                $($moment,)?
            )
            .fetch_all(tx.conn())
            .await?
        };
    }
    let rows = match scope.as_known_at {
        None => select!("metric_daily"),
        Some(moment) => select!("metric_daily_as_known($5)", moment),
    };
    rows.into_iter()
        .map(|row| Ok(Day { date: row.date, currency: currency(&row.currency)?, sums: sums!(row) }))
        .collect()
}

/// One row for each entity and currency that has numbers, over all days, in the order of spend.
pub async fn totals(tx: &mut TenantTx, scope: &Scope<'_>) -> Result<Vec<Total>, StoreError> {
    let ids = ids(tx, scope).await?;
    macro_rules! select {
        ($source:literal $(, $moment:expr)?) => {
            sqlx::query_as!(
                TotalRow,
                r#"
                select
                    e.id as "id!", e.platform as "platform!", e.account as "account!", e.level as "level!",
                    e.remote_id as "remote_id!", e.parent_remote_id, e.name, t.currency as "currency!",
                    t.impressions as "impressions!", t.clicks as "clicks!", t.spend as "spend!",
                    t.conversions as "conversions!", t.conversion_value as "conversion_value!"
                from (
                    select
                        entity_id, currency, sum(impressions)::bigint as impressions, sum(clicks)::bigint as clicks,
                        sum(spend) as spend, sum(conversions) as conversions,
                        sum(conversion_value) as conversion_value
                    from "# + $source + r#"
                    where tenant_id = $1 and entity_id = any($2) and date between $3 and $4
                    group by entity_id, currency
                ) as t
                join metric_entity as e on e.tenant_id = $1 and e.id = t.entity_id
                order by t.spend desc, e.id
                "#,
                tx.tenant().0,
                &ids,
                scope.since,
                scope.until,
                $($moment,)?
            )
            .fetch_all(tx.conn())
            .await?
        };
    }
    let rows = match scope.as_known_at {
        None => select!("metric_daily"),
        Some(moment) => select!("metric_daily_as_known($5)", moment),
    };
    rows.into_iter()
        .map(|row| {
            let (currency, sums) = (currency(&row.currency)?, sums!(row));
            let TotalRow { id, platform, account, level, remote_id, parent_remote_id, name, .. } = row;
            let entity = EntityRow { id, platform, account, level, remote_id, parent_remote_id, name };
            Ok(Total { entity: entity.try_into()?, currency, sums })
        })
        .collect()
}

/// One row for each entity and day that has numbers: tables, sparklines, rules.
pub async fn daily(tx: &mut TenantTx, scope: &Scope<'_>) -> Result<Vec<EntityDay>, StoreError> {
    let ids = ids(tx, scope).await?;
    macro_rules! select {
        ($source:literal $(, $moment:expr)?) => {
            sqlx::query_as!(
                EntityDayRow,
                r#"
                select
                    entity_id as "entity_id!", date as "date!", currency as "currency!",
                    impressions as "impressions!", clicks as "clicks!", spend as "spend!",
                    conversions as "conversions!", conversion_value as "conversion_value!",
                    observed_at as "observed_at!"
                from "# + $source + r#"
                where tenant_id = $1 and entity_id = any($2) and date between $3 and $4
                order by entity_id, date
                "#,
                tx.tenant().0,
                &ids,
                scope.since,
                scope.until,
                $($moment,)?
            )
            .fetch_all(tx.conn())
            .await?
        };
    }
    let rows = match scope.as_known_at {
        None => select!("metric_daily"),
        Some(moment) => select!("metric_daily_as_known($5)", moment),
    };
    rows.into_iter()
        .map(|row| {
            Ok(EntityDay {
                entity: EntityId(row.entity_id),
                date: row.date,
                currency: currency(&row.currency)?,
                sums: sums!(row),
                observed_at: row.observed_at,
            })
        })
        .collect()
}

/// One row for each part of the audience, split by `dimension`, over all entities and days, in the order of spend.
pub async fn segments(
    tx: &mut TenantTx,
    scope: &Scope<'_>,
    dimension: &str,
) -> Result<Vec<SegmentTotal>, StoreError> {
    let ids = ids(tx, scope).await?;
    let rows = sqlx::query!(
        r#"
        with known as (
            select segment, currency, impressions, clicks, spend, conversions, conversion_value
            from metric_segment_daily
            where tenant_id = $1 and entity_id = any($2) and date between $3 and $4 and dimension = $5
                and ($6::timestamptz is null or observed_at <= $6)
            union all
            select segment, currency, impressions, clicks, spend, conversions, conversion_value
            from metric_segment_history
            where tenant_id = $1 and entity_id = any($2) and date between $3 and $4 and dimension = $5
                and observed_at <= $6 and $6 < superseded_at
        )
        select
            segment as "segment!", currency as "currency!", sum(impressions)::bigint as "impressions!",
            sum(clicks)::bigint as "clicks!", sum(spend) as "spend!", sum(conversions) as "conversions!",
            sum(conversion_value) as "conversion_value!"
        from known
        group by segment, currency
        order by sum(spend) desc, segment
        "#,
        tx.tenant().0,
        &ids,
        scope.since,
        scope.until,
        dimension,
        scope.as_known_at,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SegmentTotal { currency: currency(&row.currency)?, sums: sums!(row), segment: row.segment })
        })
        .collect()
}

/// One row for each hour and currency that has numbers, over all entities.
pub async fn hours(tx: &mut TenantTx, scope: &Scope<'_>) -> Result<Vec<Hour>, StoreError> {
    let ids = ids(tx, scope).await?;
    let rows = sqlx::query!(
        r#"
        select
            date, hour, currency, sum(impressions)::bigint as "impressions!", sum(clicks)::bigint as "clicks!",
            sum(spend) as "spend!", sum(conversions) as "conversions!", sum(conversion_value) as "conversion_value!"
        from metric_hourly
        where tenant_id = $1 and entity_id = any($2) and date between $3 and $4
        group by date, hour, currency
        order by date, hour, currency
        "#,
        tx.tenant().0,
        &ids,
        scope.since,
        scope.until,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let hour =
                u8::try_from(row.hour).map_err(|error| StoreError::corrupt("metric_hourly.hour", error))?;
            Ok(Hour { date: row.date, hour, currency: currency(&row.currency)?, sums: sums!(row) })
        })
        .collect()
}

/// The entities of a scope. Named one by one, they lead straight through the primary key.
async fn ids(tx: &mut TenantTx, scope: &Scope<'_>) -> Result<Vec<i64>, StoreError> {
    let chosen: Option<Vec<i64>> =
        scope.entities.map(|entities| entities.iter().map(|entity| entity.0).collect());
    let ids = sqlx::query_scalar!(
        r#"
        select id
        from metric_entity
        where tenant_id = $1 and level = $2
            and ($3::text is null or platform = $3)
            and ($4::text is null or account = $4)
            and ($5::bigint[] is null or id = any($5))
        order by id
        "#,
        tx.tenant().0,
        scope.level.as_str(),
        scope.account.map(|account| account.platform.as_str()),
        scope.account.map(|account| account.id.as_str()),
        chosen.as_deref(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    stored::parsed("metric.currency", code)
}

struct EntityRow {
    id: i64,
    platform: String,
    account: String,
    level: String,
    remote_id: String,
    parent_remote_id: Option<String>,
    name: Option<String>,
}

impl TryFrom<EntityRow> for Entity {
    type Error = StoreError;
    fn try_from(row: EntityRow) -> Result<Self, StoreError> {
        let platform: Platform = stored::word("metric_entity.platform", &row.platform)?;
        Ok(Self {
            id: EntityId(row.id),
            account: AccountRef { platform, id: row.account },
            level: stored::word("metric_entity.level", &row.level)?,
            remote_id: row.remote_id,
            parent_remote_id: row.parent_remote_id,
            name: row.name,
        })
    }
}

struct DayRow {
    date: NaiveDate,
    currency: String,
    impressions: i64,
    clicks: i64,
    spend: Decimal,
    conversions: Decimal,
    conversion_value: Decimal,
}

struct TotalRow {
    id: i64,
    platform: String,
    account: String,
    level: String,
    remote_id: String,
    parent_remote_id: Option<String>,
    name: Option<String>,
    currency: String,
    impressions: i64,
    clicks: i64,
    spend: Decimal,
    conversions: Decimal,
    conversion_value: Decimal,
}

struct EntityDayRow {
    entity_id: i64,
    date: NaiveDate,
    currency: String,
    impressions: i64,
    clicks: i64,
    spend: Decimal,
    conversions: Decimal,
    conversion_value: Decimal,
    observed_at: DateTime<Utc>,
}
