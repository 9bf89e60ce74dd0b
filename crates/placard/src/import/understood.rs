//! What a file was taken to mean.

use super::{
    Column, DateFormat, DecimalMark, Delimiter, Encoding, Field, ImportError, Role, Row, columns::Columns,
    numbers, source::Source, survey::Formats,
};

use chrono::NaiveDate;
use placard_domain::{
    Currency,
    metric::{Level, Overflow, Sums},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What a file was taken to mean.
#[derive(Clone, Debug)]
pub struct Understood {
    /// Its encoding.
    pub encoding: Encoding,
    /// What separates its cells.
    pub delimiter: Delimiter,
    /// The line of its header, counted from 1; lines above it are titles.
    pub header_line: u64,
    /// Every column, in the file's order.
    pub columns: Vec<Column>,
    /// What one row is about.
    pub level: Level,
    /// Whether entities are told apart by their names, for want of ids.
    pub by_name: bool,
    /// How its days are written.
    pub dates: DateFormat,
    /// How its decimals are marked.
    pub decimal: DecimalMark,
    /// Where the currency comes from.
    pub currency: CurrencySource,
    /// Blank cells that were read as zero, by field.
    pub blanks_as_zero: Vec<(Field, usize)>,
    /// Rows that were passed over.
    pub skipped: Vec<Skipped>,
    /// Rows of totals, which were passed over and compared.
    pub totals_rows: Vec<TotalsRow>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// Where the currency of the amounts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrencySource {
    /// A header such as `Amount spent (EUR)`.
    Header(Currency),
    /// The caller.
    Said(Currency),
    /// A column of its own, row by row.
    Column {
        /// What the caller said it must be.
        must_be: Option<Currency>,
    },
}

/// A row that was passed over without being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// Only separators.
    Blank {
        /// Its line.
        line: u64,
    },
    /// `All` in a column that other rows split.
    Subtotal {
        /// Its line.
        line: u64,
    },
}

/// A row with the totals of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsRow {
    /// Its line.
    pub line: u64,
    /// What it says.
    pub stated: Vec<(Field, Decimal)>,
    /// Where it says something else than the rows add up to: the field, what it says, the sum.
    pub differs: Vec<(Field, Decimal, Decimal)>,
}

/// Sums over the rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// How many rows.
    pub rows: usize,
    /// The first and the last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Sums by currency, which are never added to each other.
    pub sums: BTreeMap<Currency, Sums>,
    /// Sums of the extra columns that could have been an additive field, in the order of
    /// [`Understood::extras`]; nothing where a cell is no number.
    pub extras: Vec<Option<Decimal>>,
}

impl Totals {
    pub(super) fn new(columns: &Columns) -> Self {
        let is_rival = |place: &usize| {
            let role = columns.all[*place].role;
            matches!(role, Role::Extra { rival_of: Some(field) } if Field::NUMBERS.contains(&field))
        };
        let extras = columns.extras.iter().map(|place| is_rival(place).then_some(Decimal::ZERO)).collect();
        Self { rows: 0, days: None, sums: BTreeMap::new(), extras }
    }

    pub(super) fn add(&mut self, row: &Row, decimal: DecimalMark) -> Result<(), ImportError> {
        self.rows += 1;
        let (first, last) = self.days.unwrap_or((row.date, row.date));
        self.days = Some((first.min(row.date), last.max(row.date)));
        let sums = self.sums.entry(row.currency).or_default();
        sums.add(&row.sums()).map_err(|Overflow(field)| ImportError::Overflow { field })?;
        for (sum, cell) in self.extras.iter_mut().zip(&row.extras) {
            *sum = match (&sum, cell.as_ref()) {
                (Some(sum), "") => Some(*sum),
                (Some(sum), cell) => {
                    numbers::parse(cell, decimal).ok().and_then(|cell| sum.checked_add(cell))
                }
                (None, _) => None,
            };
        }
        Ok(())
    }
}

impl TotalsRow {
    /// Only the totals of a single currency say something about its rows.
    pub(super) fn compare(&mut self, totals: &Totals) {
        let mut sums = totals.sums.values();
        let (Some(sums), None) = (sums.next(), sums.next()) else { return };
        for (field, stated) in &self.stated {
            let summed = sums.named(field.name()).unwrap_or_default();
            let places = stated.scale();
            if summed.round_dp(places) != *stated {
                self.differs.push((*field, *stated, summed));
            }
        }
    }
}

impl Row {
    /// The numbers of the row.
    pub fn sums(&self) -> Sums {
        Sums {
            impressions: self.impressions,
            clicks: self.clicks,
            spend: self.spend,
            conversions: self.conversions,
            conversion_value: self.conversion_value,
        }
    }
}

impl Understood {
    /// Headers of the columns kept as written, in the order of [`Row::extras`].
    pub fn extras(&self) -> impl Iterator<Item = &str> {
        self.with(|role| matches!(role, Role::Extra { .. }))
    }

    /// Headers of the columns that split the audience besides age and gender.
    pub fn breakdowns(&self) -> impl Iterator<Item = &str> {
        self.with(|role| role == Role::Field(Field::Breakdown))
    }

    /// Headers of the columns that were left out.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        self.with(|role| role == Role::Ignored)
    }

    fn with(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(move |column| wanted(column.role)).map(|column| column.header.as_str())
    }
}

/// What the columns and formats mean, before any row was read.
pub(super) fn understood(source: &Source, columns: &Columns, formats: &Formats) -> Understood {
    let (id, name) = match columns.level {
        Level::Account => (Field::AccountId, Field::Account),
        Level::Campaign => (Field::CampaignId, Field::Campaign),
        Level::AdGroup => (Field::AdGroupId, Field::AdGroup),
        Level::Ad => (Field::AdId, Field::Ad),
    };
    Understood {
        encoding: source.encoding,
        delimiter: source.delimiter,
        header_line: source.header_line,
        columns: columns.all.clone(),
        level: columns.level,
        by_name: columns.place(id).is_none() && columns.place(name).is_some(),
        dates: formats.dates.clone(),
        decimal: formats.decimal,
        currency: formats.currency,
        blanks_as_zero: Vec::new(),
        skipped: Vec::new(),
        totals_rows: Vec::new(),
        warnings: formats.mixture.iter().cloned().collect(),
    }
}

/// What people call an entity of this level.
pub(super) const fn noun(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Campaign => "campaign",
        Level::AdGroup => "ad group",
        Level::Ad => "ad",
    }
}
