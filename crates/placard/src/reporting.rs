//! From stored numbers to a report.

use crate::report::{Builder, EntityRef, Head, Period, ReportData, Side};
use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate, Utc};
use placard_domain::{AccountRef, marker::Marker, metric::Level};
use placard_platforms::insights::Breakdown;
use placard_store::{
    TenantTx, ad_account,
    metrics::{self, Entity, Scope},
};
use std::collections::HashMap;

/// What to report on.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Only this account.
    pub account: Option<String>,
    /// First day; found from the numbers if `None`.
    pub since: Option<NaiveDate>,
    /// Last day; found from the numbers if `None`.
    pub until: Option<NaiveDate>,
    /// As the numbers were known then.
    pub as_known_at: Option<DateTime<Utc>>,
}

/// An account was named that is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no account `{wanted}`; there is {known}")]
pub struct UnknownAccount {
    wanted: String,
    known: String,
}

/// Days that a report covers unless told otherwise.
const USUAL_DAYS: u64 = 31;

/// How long platforms restate their numbers (Meta, `platforms/meta.md` §19, freshness).
const RESTATED_DAYS: u64 = 28;

/// Gathers the report. `None` if there are no numbers at all.
pub async fn gather(tx: &mut TenantTx, wish: &Wish, now: DateTime<Utc>) -> Result<Option<ReportData>> {
    let accounts = accounts(tx, wish).await?;
    let mut days = Vec::new();
    for account in &accounts {
        days.extend(all_days(tx, &account.description.account).await?);
    }
    let Some(period) = period(wish, &days) else { return Ok(None) };
    let first = days.iter().min().copied().unwrap_or(period.since);
    let mut builder = Builder::new(head(wish, &accounts, period, first, now));
    for account in &accounts {
        add_account(tx, &mut builder, account, wish, period).await?;
    }
    Ok(Some(builder.build()?))
}

async fn accounts(tx: &mut TenantTx, wish: &Wish) -> Result<Vec<ad_account::Stored>> {
    let mut all = ad_account::list(tx).await?;
    if let Some(wanted) = &wish.account {
        let known: Vec<String> = all.iter().map(|account| account.description.account.id.clone()).collect();
        all.retain(|account| account.description.account.id == *wanted);
        let unknown = || UnknownAccount { wanted: wanted.clone(), known: known.join(", ") };
        anyhow::ensure!(!all.is_empty(), unknown());
    }
    Ok(all)
}

/// The days asked for, or the last ones that have numbers.
fn period(wish: &Wish, days: &[NaiveDate]) -> Option<Period> {
    let (first, last) = (*days.iter().min()?, *days.iter().max()?);
    let until = wish.until.unwrap_or(last);
    let usual = until.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(first);
    let since = wish.since.unwrap_or_else(|| usual.max(first));
    Some(Period { since: since.min(until), until })
}

/// Every day on which the account has numbers.
async fn all_days(tx: &mut TenantTx, account: &AccountRef) -> Result<Vec<NaiveDate>> {
    let level = totals_level(tx, account).await?;
    let (since, until) = (
        NaiveDate::from_yo_opt(2000, 1).unwrap_or_default(),
        NaiveDate::from_yo_opt(2100, 1).unwrap_or_default(),
    );
    let scope = Scope { account: Some(account), level, entities: None, since, until, as_known_at: None };
    Ok(metrics::series(tx, &scope).await?.into_iter().map(|day| day.date).collect())
}

fn head(
    wish: &Wish,
    accounts: &[ad_account::Stored],
    period: Period,
    first: NaiveDate,
    now: DateTime<Utc>,
) -> Head {
    let title = match accounts {
        [one] => one.description.name.clone(),
        several => format!("{} ad accounts", several.len()),
    };
    let mut head = Head::new(title, period, now);
    if let [one] = accounts {
        head.account = Some(one.description.account.id.clone());
        head.zone = Some(one.description.zone);
        head.settled_until = settled_until(one);
    }
    head.known_at = wish.as_known_at;
    let days = u64::try_from((period.until - period.since).num_days() + 1).unwrap_or(1);
    let before = |date: NaiveDate, days| date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
    let previous = Period { since: before(period.since, days), until: before(period.since, 1) };
    // A comparison with days that have no numbers would say nothing.
    head.previous = Some(previous).filter(|previous| previous.since >= first);
    head
}

/// The last day whose numbers the platform does not restate any more. Imported numbers stand as they are.
fn settled_until(account: &ad_account::Stored) -> Option<NaiveDate> {
    let read = account.last_synced_at?.with_timezone(&account.description.zone).date_naive();
    read.checked_sub_days(Days::new(RESTATED_DAYS + 1))
}

async fn add_account(
    tx: &mut TenantTx,
    builder: &mut Builder,
    account: &ad_account::Stored,
    wish: &Wish,
    period: Period,
) -> Result<()> {
    let reference = &account.description.account;
    let days = u64::try_from((period.until - period.since).num_days() + 1).unwrap_or(1);
    let scope = |level, since| Scope {
        account: Some(reference),
        level,
        entities: None,
        since,
        until: period.until,
        as_known_at: wish.as_known_at,
    };
    let with_previous = period.since.checked_sub_days(Days::new(days)).unwrap_or(period.since);
    let level = totals_level(tx, reference).await?;
    for day in metrics::series(tx, &scope(level, with_previous)).await? {
        builder.day(day.currency, day.date, &day.sums)?;
    }
    let mut above = HashMap::new();
    for level in [Level::Campaign, Level::AdGroup, Level::Ad] {
        above = add_entities(tx, builder, reference, &scope(level, period.since), &above).await?;
    }
    for part in metrics::segments(tx, &scope(Level::Ad, period.since), crate::sync::AGE_GENDER).await? {
        let (age, gender) = part
            .segment
            .split_once('/')
            .map_or((Some(part.segment.as_str()), None), |(age, gender)| (Some(age), Some(gender)));
        builder.segment(part.currency, (age, gender), period.since, &part.sums)?;
    }
    for (level, breakdown) in crate::sync::SPLITS {
        let dimension = crate::sync::dimension(breakdown);
        let Some(by) = side(breakdown) else { continue };
        for part in metrics::segments(tx, &scope(level, period.since), dimension).await? {
            builder.part(part.currency, by, &part.segment, &part.sums)?;
        }
    }
    Ok(())
}

/// How a report names a breakdown that it shows by itself.
const fn side(breakdown: Breakdown) -> Option<Side> {
    match breakdown {
        Breakdown::Age => Some(Side::Age),
        Breakdown::Gender => Some(Side::Gender),
        Breakdown::AgeGender => None,
        Breakdown::Country => Some(Side::Country),
        Breakdown::Placement => Some(Side::Placement),
        Breakdown::Device => Some(Side::Device),
    }
}

/// Totals come from the account's own rows, or from its campaigns or ads if it has none.
async fn totals_level(tx: &mut TenantTx, account: &AccountRef) -> Result<Level> {
    for level in [Level::Account, Level::Campaign, Level::AdGroup] {
        if !metrics::entities(tx, Some(account), level).await?.is_empty() {
            return Ok(level);
        }
    }
    Ok(Level::Ad)
}

/// Adds the rows of one level, and gives its names by id for the level below.
async fn add_entities(
    tx: &mut TenantTx,
    builder: &mut Builder,
    account: &AccountRef,
    scope: &Scope<'_>,
    above: &HashMap<String, String>,
) -> Result<HashMap<String, String>> {
    let entities = metrics::entities(tx, Some(account), scope.level).await?;
    let by_id: HashMap<_, &Entity> = entities.iter().map(|entity| (entity.id, entity)).collect();
    for row in metrics::daily(tx, scope).await? {
        let Some(entity) = by_id.get(&row.entity) else { continue };
        let entity = EntityRef {
            id: &entity.remote_id,
            name: entity.name.as_deref().map(Marker::strip),
            parent: entity.parent_remote_id.as_ref().and_then(|parent| above.get(parent)).map(String::as_str),
            platform: Some(account.platform),
        };
        builder.entity(row.currency, scope.level, entity, row.date, &row.sums)?;
    }
    let label = |entity: &Entity| match &entity.name {
        Some(name) => Marker::strip(name).to_owned(),
        None => entity.remote_id.clone(),
    };
    Ok(entities.iter().map(|entity| (entity.remote_id.clone(), label(entity))).collect())
}
