//! Numbers: taken in bulk, kept with what was known when, summed by the database.
//!
//! Ratios are computed from sums and never averaged; amounts of different currencies are never added, so every sum
//! is by currency.

pub mod import_file;
mod ingest;
mod read;
mod staging;
pub mod sync;

pub use ingest::{Ingested, ingest};
pub use read::{
    Day, Entity, EntityDay, Hour, Scope, SegmentTotal, Total, daily, entities, hours, segments, series,
    totals,
};

use chrono::NaiveDate;
use placard_domain::{Currency, metric::Level};
use rust_decimal::Decimal;
use serde_json::Value;

/// One row of numbers to take in. It borrows, so that a million rows need not hold a million copies of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// What kind of thing the numbers are about.
    pub level: Level,
    /// The platform's id of it.
    pub entity_id: &'a str,
    /// Its name there; `None` leaves the name known before.
    pub name: Option<&'a str>,
    /// The platform's id of the thing one level up; `None` leaves what was known before.
    pub parent_id: Option<&'a str>,
    /// The day, in the account's time zone.
    pub date: NaiveDate,
    /// What part of the day or the audience.
    pub slice: Slice<'a>,
    /// Times shown.
    pub impressions: i64,
    /// Clicks of every kind.
    pub clicks: i64,
    /// Spend in major units of `currency`.
    pub spend: Decimal,
    /// The account's currency.
    pub currency: Currency,
    /// Results. Fractions occur with modelled conversions.
    pub conversions: Decimal,
    /// Their value in major units of `currency`.
    pub conversion_value: Decimal,
    /// Everything else the platform said; `Value::Null` if nothing.
    pub extras: &'a Value,
}

/// What part of a day or an audience a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slice<'a> {
    /// The whole day, everybody.
    Day,
    /// One hour of the day by the account's clock, 0–23.
    Hour(u8),
    /// The whole day, one part of the audience.
    Segment {
        /// By what the audience is split: `age`, `age_gender`, `country`.
        dimension: &'a str,
        /// Which part: `25-34`, `25-34/female`.
        segment: &'a str,
    },
}

/// Short id of what numbers are about. It means something only within its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub i64);
