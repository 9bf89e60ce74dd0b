//! A report for programs.
//!
//! Counts are numbers; amounts, conversions and ratios are strings with exact decimals, since JSON numbers are floats
//! to many readers. A ratio whose denominator is zero is null.

use super::{DayPoint, EntityRow, EntityTable, Head, Period, ReportData, Section, SegmentRow, Split};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    Currency, Platform,
    metric::{Additivity, Level, REGISTRY, Sums, Unit},
};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// Decimals of a ratio; sums keep all of theirs.
const RATIO_DECIMALS: u32 = 6;

/// The report as indented JSON.
pub fn render(report: &ReportData) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Body::from(report))
}

#[derive(Serialize)]
struct Body<'r> {
    title: &'r str,
    account: Option<&'r str>,
    time_zone: Option<&'static str>,
    period: PeriodBody,
    previous_period: Option<PeriodBody>,
    generated_at: DateTime<Utc>,
    known_at: Option<DateTime<Utc>>,
    settled_until: Option<NaiveDate>,
    warnings: &'r [String],
    sections: Vec<SectionBody<'r>>,
}

#[derive(Serialize)]
struct PeriodBody {
    since: NaiveDate,
    until: NaiveDate,
}

#[derive(Serialize)]
struct SectionBody<'r> {
    currency: Currency,
    totals: Numbers<'r>,
    previous: Option<Numbers<'r>>,
    earlier: Option<EarlierBody<'r>>,
    daily: Vec<DayBody<'r>>,
    entities: Vec<EntityBody<'r>>,
    segments: Vec<SegmentBody<'r>>,
    splits: Vec<PartBody<'r>>,
}

#[derive(Serialize)]
struct EarlierBody<'r> {
    known_at: DateTime<Utc>,
    #[serde(flatten)]
    numbers: Numbers<'r>,
}

#[derive(Serialize)]
struct DayBody<'r> {
    date: NaiveDate,
    provisional: bool,
    #[serde(flatten)]
    numbers: Numbers<'r>,
}

#[derive(Serialize)]
struct EntityBody<'r> {
    level: Level,
    id: &'r str,
    name: Option<&'r str>,
    parent: Option<&'r str>,
    platform: Option<Platform>,
    #[serde(flatten)]
    numbers: Numbers<'r>,
}

#[derive(Serialize)]
struct SegmentBody<'r> {
    age: Option<&'r str>,
    gender: Option<&'r str>,
    #[serde(flatten)]
    numbers: Numbers<'r>,
}

#[derive(Serialize)]
struct PartBody<'r> {
    by: &'static str,
    part: &'r str,
    #[serde(flatten)]
    numbers: Numbers<'r>,
}

/// Every metric that sums give, by its registry name.
struct Numbers<'r>(&'r Sums);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for metric in REGISTRY {
            let value = self.0.value(metric);
            match (metric.additivity, metric.unit, metric.name) {
                (Additivity::NonAdditive, ..) => {}
                (Additivity::Ratio { .. }, ..) => map.serialize_entry(metric.name, &value.map(rounded))?,
                (_, Unit::Count, "impressions") => map.serialize_entry(metric.name, &self.0.impressions)?,
                (_, Unit::Count, "clicks") => map.serialize_entry(metric.name, &self.0.clicks)?,
                _ => map.serialize_entry(metric.name, &value)?,
            }
        }
        map.end()
    }
}

fn rounded(ratio: Decimal) -> Decimal {
    ratio.round_dp(RATIO_DECIMALS).normalize()
}

impl<'r> From<&'r ReportData> for Body<'r> {
    fn from(ReportData { head, sections, warnings }: &'r ReportData) -> Self {
        let Head { title, account, zone, period, previous, generated_at, known_at, settled_until } = head;
        Self {
            title,
            account: account.as_deref(),
            time_zone: zone.map(|zone| zone.name()),
            period: (*period).into(),
            previous_period: previous.map(PeriodBody::from),
            generated_at: *generated_at,
            known_at: *known_at,
            settled_until: *settled_until,
            warnings,
            sections: sections.iter().map(SectionBody::from).collect(),
        }
    }
}

impl From<Period> for PeriodBody {
    fn from(Period { since, until }: Period) -> Self {
        Self { since, until }
    }
}

impl<'r> From<&'r Section> for SectionBody<'r> {
    fn from(section: &'r Section) -> Self {
        let earlier = section.earlier.as_ref();
        Self {
            currency: section.currency,
            totals: Numbers(&section.totals),
            previous: section.previous.as_ref().map(Numbers),
            earlier: earlier.map(|e| EarlierBody { known_at: e.known_at, numbers: Numbers(&e.sums) }),
            daily: section.daily.iter().map(DayBody::from).collect(),
            entities: section.entities.iter().flat_map(entities).collect(),
            segments: section.segments.iter().map(SegmentBody::from).collect(),
            splits: section.splits.iter().flat_map(parts).collect(),
        }
    }
}

impl<'r> From<&'r DayPoint> for DayBody<'r> {
    fn from(DayPoint { date, sums, provisional }: &'r DayPoint) -> Self {
        Self { date: *date, provisional: *provisional, numbers: Numbers(sums) }
    }
}

impl<'r> From<&'r SegmentRow> for SegmentBody<'r> {
    fn from(SegmentRow { age, gender, sums }: &'r SegmentRow) -> Self {
        Self { age: age.as_deref(), gender: gender.as_deref(), numbers: Numbers(sums) }
    }
}

fn parts(split: &Split) -> impl Iterator<Item = PartBody<'_>> {
    let by = split.by.as_str();
    split.parts.iter().map(move |(part, sums)| PartBody { by, part, numbers: Numbers(sums) })
}

fn entities(table: &EntityTable) -> impl Iterator<Item = EntityBody<'_>> {
    table.rows.iter().map(|EntityRow { id, name, parent, platform, sums, .. }| EntityBody {
        level: table.level,
        id,
        name: name.as_deref(),
        parent: parent.as_deref(),
        platform: *platform,
        numbers: Numbers(sums),
    })
}
