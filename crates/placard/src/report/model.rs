//! A report as data.

use super::format;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use placard_domain::{
    Currency, Platform,
    metric::{Additivity, Level, Metric, REGISTRY, Sums},
};
use serde::{Deserialize, Serialize};

/// Everything a report shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportData {
    /// What it is about.
    pub head: Head,
    /// One for each currency, by its code.
    pub sections: Vec<Section>,
    /// What the reader must know to read the numbers right.
    pub warnings: Vec<String>,
}

/// What a report is about, before any number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Its title.
    pub title: String,
    /// The ad account, as people know it.
    pub account: Option<String>,
    /// The account's time zone, to which days belong.
    #[serde(with = "zone")]
    pub zone: Option<Tz>,
    /// The days it covers.
    pub period: Period,
    /// The days it compares with.
    pub previous: Option<Period>,
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// The moment whose knowledge it shows; nothing for all that is known.
    pub known_at: Option<DateTime<Utc>>,
    /// The last day whose numbers the platform no longer restates; later days are provisional.
    pub settled_until: Option<NaiveDate>,
}

impl Head {
    /// A report on `period` and nothing more.
    pub fn new(title: impl Into<String>, period: Period, generated_at: DateTime<Utc>) -> Self {
        Self {
            title: title.into(),
            account: None,
            zone: None,
            period,
            previous: None,
            generated_at,
            known_at: None,
            settled_until: None,
        }
    }
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub since: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl Period {
    /// Whether `day` is one of its days.
    pub fn contains(&self, day: NaiveDate) -> bool {
        (self.since..=self.until).contains(&day)
    }

    /// Its days in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.since.iter_days().take_while(|day| *day <= self.until)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format::period(self.since, self.until))
    }
}

/// The numbers of one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Sums over the period.
    pub totals: Sums,
    /// Sums over [`Head::previous`].
    pub previous: Option<Sums>,
    /// The same period as it was known before, to show what was restated since.
    pub earlier: Option<Earlier>,
    /// Every day of the period in order; days without numbers are zero.
    pub daily: Vec<DayPoint>,
    /// One for each level that has rows, from the top down.
    pub entities: Vec<EntityTable>,
    /// Age bands and genders together, if the numbers are split by them.
    pub segments: Vec<SegmentRow>,
    /// What else they are split by.
    pub splits: Vec<Split>,
}

/// Numbers as they were known before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// When they were known.
    pub known_at: DateTime<Utc>,
    /// Their sums.
    pub sums: Sums,
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayPoint {
    /// The day.
    pub date: NaiveDate,
    /// Its numbers.
    pub sums: Sums,
    /// Whether the platform may still restate them.
    pub provisional: bool,
}

/// All entities of one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityTable {
    /// The level.
    pub level: Level,
    /// Its entities, the highest spend first.
    pub rows: Vec<EntityRow>,
}

/// One campaign, ad group or ad over the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityRow {
    /// The platform's id.
    pub id: String,
    /// Its name, if known.
    pub name: Option<String>,
    /// The name or id of what it belongs to.
    pub parent: Option<String>,
    /// Where it runs.
    pub platform: Option<Platform>,
    /// Sums over the period.
    pub sums: Sums,
    /// The days on which it has numbers, in order.
    pub days: Vec<(NaiveDate, Sums)>,
}

impl EntityRow {
    /// What a person calls it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Its numbers on every day of `period`; days without any are zero.
    pub fn by_day(&self, period: Period) -> Vec<Sums> {
        let mut days = self.days.iter().peekable();
        let mut on = |day| days.next_if(|(date, _)| *date == day).map(|(_, sums)| *sums).unwrap_or_default();
        period.days().map(&mut on).collect()
    }
}

/// One part of the audience over the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentRow {
    /// The age band.
    pub age: Option<String>,
    /// The gender.
    pub gender: Option<String>,
    /// Its numbers.
    pub sums: Sums,
}

/// The period, split by one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// By what.
    pub by: Side,
    /// Its parts in the platforms' words, the highest spend first.
    pub parts: Vec<(String, Sums)>,
}

/// A thing by which numbers are split by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Age bands, where a platform does not tell of age and gender together.
    Age,
    /// Genders, likewise.
    Gender,
    /// Countries.
    Country,
    /// Publishers and networks.
    Placement,
    /// Devices and their systems.
    Device,
}

impl Split {
    /// Its parts with their names as people read them.
    pub(crate) fn named(&self) -> impl ExactSizeIterator<Item = (String, &Sums)> {
        self.parts.iter().map(|(part, sums)| (part.replace('_', " "), sums))
    }
}

impl Side {
    /// The heading of its table.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Age => "Ages",
            Self::Gender => "Genders",
            Self::Country => "Countries",
            Self::Placement => "Placements",
            Self::Device => "Devices",
        }
    }

    /// The heading of the column with its parts.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Age => "Age",
            Self::Gender => "Gender",
            Self::Country => "Country",
            Self::Placement => "Placement",
            Self::Device => "Device",
        }
    }

    /// Its word for programs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Gender => "gender",
            Self::Country => "country",
            Self::Placement => "placement",
            Self::Device => "device",
        }
    }
}

/// What was paid, what was shown for it, what came of it; any other metric before these.
const READING_ORDER: [&str; 11] = [
    "spend",
    "impressions",
    "clicks",
    "ctr",
    "cpc",
    "cpm",
    "conversions",
    "cvr",
    "cpa",
    "conversion_value",
    "roas",
];

impl Section {
    /// The metrics of the registry that these numbers give, in the order in which people read them. Value and ROAS
    /// are among them only if there is value.
    pub fn metrics(&self) -> Vec<&'static Metric> {
        let has_value = !self.totals.conversion_value.is_zero();
        let is_shown = |metric: &&Metric| match metric.additivity {
            Additivity::NonAdditive => false,
            Additivity::Ratio { numerator, .. } => has_value || numerator != "conversion_value",
            Additivity::Additive | Additivity::AdditiveInCurrency => {
                has_value || metric.name != "conversion_value"
            }
        };
        let mut metrics: Vec<&Metric> = REGISTRY.iter().filter(is_shown).collect();
        metrics.sort_by_key(|metric| READING_ORDER.iter().position(|name| *name == metric.name));
        metrics
    }

    /// What was restated since the numbers were first read, as a sentence.
    pub fn restatement(&self) -> Option<String> {
        let earlier = self.earlier?;
        let since = earlier.known_at.format("%-d %B %Y, %H:%M UTC");
        let changes: Vec<String> = REGISTRY
            .iter()
            .filter(|metric| !matches!(metric.additivity, Additivity::Ratio { .. }))
            .filter_map(|metric| {
                let (before, now) = (earlier.sums.value(metric)?, self.totals.value(metric)?);
                let change = format::change(now, before).unwrap_or_else(|| "new".to_owned());
                (before != now).then(|| {
                    let shown = |value| format::metric(metric, Some(value), self.currency);
                    format!("{} {} → {} ({change})", metric.title.to_lowercase(), shown(before), shown(now))
                })
            })
            .collect();
        Some(match changes.is_empty() {
            true => format!("Nothing was restated since {since}."),
            false => format!("Restated since {since}: {}.", changes.join(", ")),
        })
    }
}

/// The heading of a table of this level.
pub(crate) const fn plural(level: Level) -> &'static str {
    match level {
        Level::Account => "Accounts",
        Level::Campaign => "Campaigns",
        Level::AdGroup => "Ad groups",
        Level::Ad => "Ads",
    }
}

/// Time zones by their IANA names.
mod zone {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub(super) fn serialize<S: Serializer>(zone: &Option<Tz>, serializer: S) -> Result<S::Ok, S::Error> {
        zone.map(|zone| zone.name()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Tz>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(de::Error::custom)).transpose()
    }
}
