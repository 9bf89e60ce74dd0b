//! What a file was taken to mean, as data and as text for the person who loads it.

use super::{
    Column, DateFormat, DateOrder, DecimalMark, Delimiter, Encoding, Field, Import, ImportError, Role, Row,
    columns::Columns, numbers, source::Source, survey::Formats,
};
use crate::report::{Align, Overflow, Sums, format, grid};
use chrono::NaiveDate;
use placard_domain::{Currency, metric::Level};
use rust_decimal::Decimal;
use std::{collections::BTreeMap, fmt};

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

/// Rejects named in the text; the file of rejects has them all.
const REJECTS_SHOWN: usize = 20;

impl fmt::Display for Import {
    /// What was understood, what was passed over, what adds up, and the rows that are broken.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { understood, totals, rejects, .. } = self;
        writeln!(f, "{}", headline(understood, totals))?;
        writeln!(f)?;
        let mut extras = totals.extras.iter().copied();
        let rows: Vec<Vec<String>> = understood
            .columns
            .iter()
            .map(|column| {
                let is_extra = matches!(column.role, Role::Extra { .. });
                described(column, is_extra.then(|| extras.next().flatten()).flatten())
            })
            .collect();
        f.write_str(&grid(&["Column", "Read as", ""], &[Align::Left; 3], &rows, 2))?;
        writeln!(f)?;
        for remark in understood.remarks() {
            writeln!(f, "  {remark}")?;
        }
        writeln!(f)?;
        f.write_str(&sums(totals))?;
        if !rejects.is_empty() {
            writeln!(f, "\n{} cannot be loaded:", counted(rejects.len(), "row"))?;
            for reject in rejects.iter().take(REJECTS_SHOWN) {
                writeln!(f, "  line {}: {}", reject.line, reject.reason)?;
            }
            if let Some(more @ 1..) = rejects.len().checked_sub(REJECTS_SHOWN) {
                writeln!(f, "  and {more} more")?;
            }
        }
        Ok(())
    }
}

fn described(column: &Column, sum: Option<Decimal>) -> Vec<String> {
    let read_as = match column.role {
        Role::Field(field) => field.name(),
        Role::Extra { .. } => "kept as written",
        Role::Ignored => "left out",
    };
    let sum = sum.map(|sum| format!("adds up to {}", format::quantity(sum)));
    let note: Vec<String> = sum.into_iter().chain(column.note.clone()).collect();
    vec![column.header.clone(), read_as.to_owned(), note.join("; ")]
}

impl Understood {
    /// What was decided, a sentence each.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![self.layout(), self.notation()];
        if self.by_name {
            remarks.push(format!("There is no id of the {}: names tell them apart.", entity(self.level)));
        }
        for (field, count) in &self.blanks_as_zero {
            remarks.push(format!("{} of {field} read as 0.", counted(*count, "blank cell")));
        }
        for row in &self.totals_rows {
            remarks.push(row.to_string());
        }
        remarks.extend(passed_over(&self.skipped));
        remarks.extend(self.warnings.iter().map(|warning| format!("Careful: {warning}.")));
        remarks
    }

    fn layout(&self) -> String {
        let delimiter = match self.delimiter {
            Delimiter::Comma => "commas",
            Delimiter::Semicolon => "semicolons",
            Delimiter::Tab => "tabs",
        };
        let encoding = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16 => "UTF-16",
        };
        let above = if self.header_line > 1 { "; what is above it is left out" } else { "" };
        format!("{encoding}, separated by {delimiter}, header on line {}{above}.", self.header_line)
    }

    fn notation(&self) -> String {
        let dates = match &self.dates {
            DateFormat::Plain => "Dates read in one way only".to_owned(),
            DateFormat::Ordered { order, proof } => {
                let order = match order {
                    DateOrder::DayFirst => "day-first",
                    DateOrder::MonthFirst => "month-first",
                };
                match proof {
                    Some((line, text)) => format!("Dates are {order}, as `{text}` on line {line} shows"),
                    None => format!("Dates are {order}, as said"),
                }
            }
        };
        let decimal = match self.decimal {
            DecimalMark::Point => "a decimal point",
            DecimalMark::Comma => "a decimal comma",
        };
        let currency = match self.currency {
            CurrencySource::Header(currency) => format!("amounts are in {currency} by their header"),
            CurrencySource::Said(currency) => format!("amounts are in {currency}, as said"),
            CurrencySource::Column { .. } => "each row says its currency".to_owned(),
        };
        format!("{dates}; numbers have {decimal}; {currency}.")
    }
}

impl fmt::Display for TotalsRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {} has totals and is not loaded; ", self.line)?;
        let Some((last, rest)) = self.differs.split_last() else {
            return f.write_str("the rows add up to them.");
        };
        f.write_str("the rows do not add up to them: ")?;
        let said = |(field, stated, summed): &(Field, Decimal, Decimal)| {
            format!("{field} {stated} there, {summed} here")
        };
        for difference in rest {
            write!(f, "{}, ", said(difference))?;
        }
        write!(f, "{}.", said(last))
    }
}

fn headline(understood: &Understood, totals: &Totals) -> String {
    let days =
        totals.days.map_or_else(String::new, |(first, last)| format!(", {}", format::period(first, last)));
    let split = match understood
        .columns
        .iter()
        .any(|column| matches!(column.role, Role::Field(Field::Age | Field::Gender | Field::Breakdown)))
    {
        true => ", day and segment",
        false => " and day",
    };
    format!("{} to load, one for each {}{split}{days}", counted(totals.rows, "row"), entity(understood.level))
}

fn sums(totals: &Totals) -> String {
    let header = ["", "Impressions", "Clicks", "Spend", "Conversions", "Value"];
    let rows: Vec<Vec<String>> = totals
        .sums
        .iter()
        .map(|(currency, sums)| {
            vec![
                currency.to_string(),
                format::quantity(sums.impressions.into()),
                format::quantity(sums.clicks.into()),
                format::money(sums.spend, *currency),
                format::quantity(sums.conversions),
                format::money(sums.conversion_value, *currency),
            ]
        })
        .collect();
    grid(
        &header,
        &[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right],
        &rows,
        2,
    )
}

fn passed_over(skipped: &[Skipped]) -> Vec<String> {
    let of = |wanted: fn(&Skipped) -> Option<u64>| skipped.iter().filter_map(wanted).collect::<Vec<_>>();
    let blank = of(|skipped| if let Skipped::Blank { line } = skipped { Some(*line) } else { None });
    let subtotals = of(|skipped| if let Skipped::Subtotal { line } = skipped { Some(*line) } else { None });
    let say = |lines: Vec<u64>, what: &str| {
        let first = lines.first().copied()?;
        Some(format!("{} left out, the first on line {first}.", counted(lines.len(), what)))
    };
    [say(blank, "blank row"), say(subtotals, "subtotal (`All`)")].into_iter().flatten().collect()
}

fn counted(count: usize, noun: &str) -> String {
    let number = format::quantity(count.into());
    if count == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

fn entity(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Campaign => "campaign",
        Level::AdGroup => "ad group",
        Level::Ad => "ad",
    }
}
