//! Numbers in the one form that every platform's are brought into.

use chrono::NaiveDate;
use placard_domain::{Currency, metric::Level};
use rust_decimal::Decimal;
use serde_json::Value;

/// Which numbers to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsightsQuery {
    /// One row for each entity of this level.
    pub level: Level,
    /// First day, in the account's time zone.
    pub since: NaiveDate,
    /// Last day, included.
    pub until: NaiveDate,
    /// Days or hours.
    pub grain: Grain,
    /// Split by these, if the platform can.
    pub breakdown: Option<Breakdown>,
}

/// How finely time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// One row a day.
    Daily,
    /// One row an hour, by the account's clock.
    Hourly,
}

/// A split of the audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// Age bands.
    Age,
    /// Gender.
    Gender,
    /// Both at once.
    AgeGender,
    /// Country.
    Country,
    /// Publisher, such as Facebook or Instagram, or the network of a search engine.
    Placement,
    /// Kind of device or its system, in the platform's words.
    Device,
}

impl Breakdown {
    /// The words for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Age => "ages",
            Self::Gender => "genders",
            Self::AgeGender => "age × gender",
            Self::Country => "countries",
            Self::Placement => "placements",
            Self::Device => "devices",
        }
    }
}

/// One row of numbers. Absent numbers are zero, as platforms leave zeros out.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightsRow {
    /// The level.
    pub level: Level,
    /// The platform's id of the entity.
    pub entity_id: String,
    /// Its name there.
    pub entity_name: Option<String>,
    /// The platform's id of the entity above it: the campaign of an ad group, the ad group of an ad.
    pub parent_id: Option<String>,
    /// The day, in the account's time zone.
    pub date: NaiveDate,
    /// The hour of that day, 0–23, for hourly rows.
    pub hour: Option<u8>,
    /// The segment, for rows with a breakdown: `25-34`, `female`, or both joined by `/`.
    pub segment: Option<String>,
    /// Times shown.
    pub impressions: i64,
    /// Clicks of every kind.
    pub clicks: i64,
    /// Spend in major units of `currency`.
    pub spend: Decimal,
    /// The account's currency.
    pub currency: Currency,
    /// Results by the platform's attribution. Fractions occur with modelled conversions.
    pub conversions: Decimal,
    /// Their value in major units of `currency`.
    pub conversion_value: Decimal,
    /// Everything else the platform said, in its own words.
    pub extras: Value,
}
