//! Reading numbers from a platform into the store, again and again without a trace of it having been twice.

use crate::{checking, session::Reach};
use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use placard_domain::{TenantId, metric::Level};
use placard_platforms::{
    Access, Next, Room, Urgency,
    insights::{Breakdown, Grain as PlatformGrain, InsightsQuery, InsightsRow},
};
use placard_store::{
    Db,
    metrics::{self, Ingested, Row, Slice, sync},
};
use std::time::Duration;

/// The longest wait for a limit of a platform. A job is tried again later.
const PATIENCE: Duration = Duration::from_secs(600);
/// How far back the first sync reads, in days.
const FIRST_DAYS: u64 = 90;
/// How long hours are kept, in days (requirement M2).
const HOURLY_DAYS: u64 = 7;

/// What one kind of numbers brought.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Which level.
    pub level: Level,
    /// Which cut.
    pub cut: Cut,
    /// First day read.
    pub since: NaiveDate,
    /// What became of the rows.
    pub ingested: Ingested,
}

/// How rows are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// By day.
    Daily,
    /// By hour.
    Hourly,
    /// By day and a part of the audience.
    Audience(Breakdown),
}

impl Cut {
    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Daily => "days",
            Self::Hourly => "hours",
            Self::Audience(breakdown) => breakdown.title(),
        }
    }

    fn watermark(self) -> sync::Grain {
        match self {
            Self::Daily => sync::Grain::Daily,
            Self::Hourly => sync::Grain::Hourly,
            Self::Audience(breakdown) => sync::Grain::Split(dimension(breakdown).to_owned()),
        }
    }
}

/// The dimension under which age and gender are stored together.
pub const AGE_GENDER: &str = "age_gender";

/// The dimension under which the parts of a breakdown are stored.
pub const fn dimension(breakdown: Breakdown) -> &'static str {
    match breakdown {
        Breakdown::Age => "age",
        Breakdown::Gender => "gender",
        Breakdown::AgeGender => AGE_GENDER,
        Breakdown::Country => "country",
        Breakdown::Placement => "placement",
        Breakdown::Device => "device",
    }
}

/// What a sync reads of every platform, in order.
const READS: &[(Level, Cut)] = &[
    (Level::Account, Cut::Daily),
    (Level::Campaign, Cut::Daily),
    (Level::AdGroup, Cut::Daily),
    (Level::Ad, Cut::Daily),
    (Level::Account, Cut::Hourly),
    (Level::Campaign, Cut::Hourly),
    (Level::AdGroup, Cut::Hourly),
    (Level::Ad, Cut::Hourly),
];

/// What it reads of where campaigns were shown. Not every platform tells this of ad groups (Microsoft,
/// `platforms/microsoft.md` §6, columns).
const SHOWN: [(Level, Breakdown); 3] = [
    (Level::Campaign, Breakdown::Country),
    (Level::Campaign, Breakdown::Placement),
    (Level::Campaign, Breakdown::Device),
];

/// What it reads of people where age and gender are not told together: of the ad groups (Google,
/// `platforms/google.md` §6).
const APART: [(Level, Breakdown); 2] =
    [(Level::AdGroup, Breakdown::Age), (Level::AdGroup, Breakdown::Gender)];

/// At which level numbers are split by one thing alone.
pub const SPLITS: [(Level, Breakdown); 5] = [APART[0], APART[1], SHOWN[0], SHOWN[1], SHOWN[2]];

/// What it reads of people.
fn people(reach: &Reach) -> &'static [(Level, Breakdown)] {
    match reach.platform.capabilities().age_by_gender {
        true => &[(Level::Ad, Breakdown::AgeGender)],
        false => &APART,
    }
}

/// Everything that is read, in order.
fn reads(reach: &Reach) -> impl Iterator<Item = (Level, Cut)> {
    let splits = people(reach).iter().chain(&SHOWN);
    READS.iter().copied().chain(splits.map(|(level, by)| (*level, Cut::Audience(*by))))
}

/// How many kinds of numbers there are, for progress.
pub fn kinds(reach: &Reach) -> usize {
    reads(reach).count()
}

/// Reads all numbers of an account. Each kind is taken in whole or not at all, and what was read before is read
/// again as far back as the platform still restates it.
pub async fn account(
    db: &Db,
    tenant: TenantId,
    reach: &Reach,
    since: Option<NaiveDate>,
    mut heard: impl FnMut(&Read),
) -> Result<Vec<Read>> {
    let mut taken = Vec::with_capacity(kinds(reach));
    for (level, cut) in reads(reach) {
        let read = one(db, tenant, reach, level, cut, since).await.with_context(|| {
            format!("the {} of level {level} could not be read; nothing of them was stored", cut.title())
        })?;
        heard(&read);
        taken.push(read);
    }
    Ok(taken)
}

async fn one(
    db: &Db,
    tenant: TenantId,
    reach: &Reach,
    level: Level,
    cut: Cut,
    since: Option<NaiveDate>,
) -> Result<Read> {
    let today = reach.today();
    let mut tx = db.tenant(tenant).await?;
    let watermark = sync::synced_through(&mut tx, reach.account(), level, &cut.watermark()).await?;
    tx.commit().await?;
    let since = first_day(reach, cut, watermark, since, today);
    let (grain, breakdown) = match cut {
        Cut::Daily => (PlatformGrain::Daily, None),
        Cut::Hourly => (PlatformGrain::Hourly, None),
        Cut::Audience(breakdown) => (PlatformGrain::Daily, Some(breakdown)),
    };
    let query = InsightsQuery { level, since, until: today, grain, breakdown };
    let access = Access { urgency: Urgency::Reporting, ..reach.access.clone() };
    while let Room::After { wait, limit } = reach.platform.room(&access, Next::Numbers).await? {
        ensure!(wait <= PATIENCE, "{limit}; it goes on in {} minutes", wait.as_secs() / 60);
        tokio::time::sleep(wait).await;
    }
    let answer = reach.platform.insights(&access, &query).await;
    if let Err(error) = &answer {
        checking::note_death(db, tenant, reach.account(), error, reach.now).await?;
    }
    let rows = answer?;
    let rows = rows.iter().map(|row| stored(row, cut)).collect::<Result<Vec<_>>>()?;
    let mut tx = db.tenant(tenant).await?;
    let ingested = metrics::ingest(&mut tx, reach.account(), reach.now, &rows).await?;
    sync::note(&mut tx, reach.account(), level, &cut.watermark(), today, reach.now).await?;
    tx.commit().await?;
    Ok(Read { level, cut, since, ingested })
}

/// Days that were read and are settled are not read again. The window reaches back from the last day read, not from
/// today, so that days missed while nobody synced are filled.
fn first_day(
    reach: &Reach,
    cut: Cut,
    watermark: Option<NaiveDate>,
    since: Option<NaiveDate>,
    today: NaiveDate,
) -> NaiveDate {
    let back = |from: NaiveDate, days: u64| from.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
    if cut == Cut::Hourly {
        return back(today, HOURLY_DAYS - 1);
    }
    let restated = u64::from(reach.platform.capabilities().restatement_days);
    let usual = watermark.map_or_else(|| back(today, FIRST_DAYS - 1), |last| back(last.min(today), restated));
    since.map_or(usual, |since| since.min(today))
}

fn stored(row: &InsightsRow, cut: Cut) -> Result<Row<'_>> {
    let slice = match cut {
        Cut::Daily => Slice::Day,
        Cut::Hourly => Slice::Hour(row.hour.context("the platform left out the hour of an hourly row")?),
        Cut::Audience(breakdown) => Slice::Segment {
            dimension: dimension(breakdown),
            segment: row.segment.as_deref().context("the platform left out whom a row is about")?,
        },
    };
    Ok(Row {
        level: row.level,
        entity_id: &row.entity_id,
        name: row.entity_name.as_deref(),
        parent_id: row.parent_id.as_deref(),
        date: row.date,
        slice,
        impressions: row.impressions,
        clicks: row.clicks,
        spend: row.spend,
        currency: row.currency,
        conversions: row.conversions,
        conversion_value: row.conversion_value,
        extras: &row.extras,
    })
}
