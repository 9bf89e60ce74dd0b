//! The second pass: records become rows, rejects, or are passed over aloud.

use super::{
    CurrencySource, Entity, Field, Import, Parents, Reject, Row, Segments, Skipped, Totals, TotalsRow,
    columns::Columns,
    dates,
    numbers::{self, NumberError},
    row::Interner,
    source::{Record, Source},
    survey::{Formats, is_all},
    understood::{noun, understood},
};

use csv::StringRecord;
use placard_domain::{
    Currency,
    metric::{Level, Sums},
};
use rust_decimal::Decimal;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// Builds an [`Import`] record by record.
pub(super) struct Loader<'f> {
    source: &'f Source,
    columns: &'f Columns,
    formats: &'f Formats,
    texts: Interner,
    /// Columns in which `All` marks a subtotal.
    subtotals: Vec<usize>,
    /// Whether some level is known by its path of names, for want of a column of ids.
    by_path: bool,
    /// The date read last, as written; most rows repeat it.
    last_date: Option<(String, chrono::NaiveDate)>,
    seen: HashMap<Key, u64>,
    rows: Vec<Row>,
    rejects: Vec<Reject>,
    totals: Totals,
    skipped: Vec<Skipped>,
    totals_rows: Vec<TotalsRow>,
    /// For each field of [`Field::NUMBERS`], blank cells that were read as zero.
    blanks: [usize; Field::NUMBERS.len()],
    taken: usize,
}

/// What may occur only once in a file.
type Key = (Option<Arc<str>>, chrono::NaiveDate, Segments);

/// Why one record is not loaded.
type Reason = String;

impl<'f> Loader<'f> {
    pub(super) fn new(source: &'f Source, columns: &'f Columns, formats: &'f Formats) -> Self {
        let lacks_ids = |(id, name)| columns.place(id).is_none() && columns.place(name).is_some();
        Self {
            source,
            columns,
            formats,
            texts: Interner::default(),
            subtotals: columns.dimensions().filter(|place| formats.specific[*place]).collect(),
            by_path: [Level::Campaign, Level::AdGroup, Level::Ad].map(fields_of).into_iter().any(lacks_ids),
            last_date: None,
            seen: HashMap::with_capacity(formats.records),
            rows: Vec::with_capacity(formats.records),
            rejects: Vec::new(),
            totals: Totals::new(columns),
            skipped: Vec::new(),
            totals_rows: Vec::new(),
            blanks: [0; Field::NUMBERS.len()],
            taken: 0,
        }
    }

    /// Takes one record. Fails only if the sums overflow.
    pub(super) fn take(&mut self, record: &Record<'_>) -> Result<(), super::ImportError> {
        self.taken += 1;
        let (line, cells) = (record.line, record.cells);
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            self.skipped.push(Skipped::Blank { line });
            return Ok(());
        }
        if cells.len() == self.columns.all.len() {
            if self.is_totals(cells) {
                self.totals_rows.push(self.read_totals(line, cells));
                return Ok(());
            }
            if self.is_subtotal(cells) {
                self.skipped.push(Skipped::Subtotal { line });
                return Ok(());
            }
        }
        match self.row(line, cells).and_then(|row| self.unique(row)) {
            Ok(row) => {
                self.totals.add(&row, self.formats.decimal)?;
                self.rows.push(row);
            }
            Err(reason) => {
                let record = cells.iter().map(str::to_owned).collect();
                self.rejects.push(Reject { line, reason, record });
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Import {
        let blanks = Field::NUMBERS.into_iter().zip(self.blanks).filter(|(_, count)| *count > 0).collect();
        let mut understood = understood(self.source, self.columns, self.formats);
        understood.blanks_as_zero = blanks;
        understood.skipped = self.skipped;
        understood.totals_rows = self.totals_rows;
        for row in &mut understood.totals_rows {
            row.compare(&self.totals);
        }
        Import { understood, rows: self.rows, rejects: self.rejects, totals: self.totals }
    }

    fn row(&mut self, line: u64, cells: &StringRecord) -> Result<Row, Reason> {
        self.has_all_cells(cells)?;
        let date = self.date(cells)?;
        let (entity, parents) = self.entities(cells)?;
        let segments = self.segments(cells)?;
        let currency = self.currency(cells)?;
        let numbers = self.numbers(cells)?;
        let extras = self.columns.extras.iter().map(|place| cells.get(*place).unwrap_or_default().trim());
        let extras = extras.map(|cell| self.texts.get(cell)).collect();
        let Sums { impressions, clicks, spend, conversions, conversion_value } = numbers;
        let level = self.columns.level;
        Ok(Row {
            line,
            level,
            entity,
            parents,
            date,
            segments,
            impressions,
            clicks,
            spend,
            currency,
            conversions,
            conversion_value,
            extras,
        })
    }

    fn has_all_cells(&self, cells: &StringRecord) -> Result<(), Reason> {
        let (has, needs) = (cells.len(), self.columns.all.len());
        if has == needs {
            return Ok(());
        }
        let runs_on = if cells.iter().any(|cell| cell.contains('\n')) {
            "; a quote in it may not be closed"
        } else {
            ""
        };
        Err(format!("has {has} cells where the header has {needs}{runs_on}"))
    }

    fn date(&mut self, cells: &StringRecord) -> Result<chrono::NaiveDate, Reason> {
        let text = self.columns.cell(cells, Field::Date).ok_or_else(|| self.empty(Field::Date))?;
        let date = match &self.last_date {
            Some((last, date)) if last == text => *date,
            _ => {
                let date = dates::parse(text, &self.formats.dates)
                    .map_err(|error| self.says(Field::Date, text, error))?;
                self.last_date = Some((text.to_owned(), date));
                date
            }
        };
        match self.columns.cell(cells, Field::PeriodEnd) {
            Some(end) if end != text => Err(format!("covers {text} to {end}, not one day")),
            _ => Ok(date),
        }
    }

    /// The entity of the row and what it belongs to, each known by its id or else by its names from the top down.
    fn entities(&mut self, cells: &StringRecord) -> Result<(Option<Entity>, Parents), Reason> {
        let account = self.entity(cells, Level::Account, &mut String::new())?;
        let mut path = String::new();
        let campaign = self.entity(cells, Level::Campaign, &mut path)?;
        let ad_group = self.entity(cells, Level::AdGroup, &mut path)?;
        let ad = self.entity(cells, Level::Ad, &mut path)?;
        let none = Parents::default();
        Ok(match self.columns.level {
            Level::Account => (account, none),
            Level::Campaign => (campaign, Parents { account, ..none }),
            Level::AdGroup => (ad_group, Parents { account, campaign, ..none }),
            Level::Ad => (ad, Parents { account, campaign, ad_group }),
        })
    }

    fn entity(
        &mut self,
        cells: &StringRecord,
        level: Level,
        path: &mut String,
    ) -> Result<Option<Entity>, Reason> {
        let (id_field, name_field) = fields_of(level);
        let name = self.columns.cell(cells, name_field);
        let id = self.columns.cell(cells, id_field);
        if let Some(id) = id.filter(|id| numbers::is_shortened(id)) {
            return Err(self.says(id_field, id, NumberError::Shortened));
        }
        let known = if self.columns.place(id_field).is_some() { id } else { name };
        let Some(known) = known else {
            let field = if self.columns.place(id_field).is_some() { id_field } else { name_field };
            let is_needed = level == self.columns.level && self.columns.place(field).is_some();
            return if is_needed { Err(self.empty(field)) } else { Ok(None) };
        };
        if self.by_path {
            if !path.is_empty() {
                path.push_str(" › ");
            }
            path.push_str(known);
        }
        let id = if self.columns.place(id_field).is_some() { known } else { path.as_str() };
        Ok(Some(Entity { id: self.texts.get(id), name: name.map(|name| self.texts.get(name)) }))
    }

    fn segments(&mut self, cells: &StringRecord) -> Result<Segments, Reason> {
        let mut segment = |field| match self.columns.cell(cells, field) {
            Some(value) => Ok(Some(self.texts.get(segment_word(field, value)))),
            None if self.columns.place(field).is_some() => Err(self.empty(field)),
            None => Ok(None),
        };
        let (age, gender) = (segment(Field::Age)?, segment(Field::Gender)?);
        let other = self.columns.breakdowns.iter().map(|place| cells.get(*place).unwrap_or_default().trim());
        let other = other.map(|value| self.texts.get(value)).collect();
        Ok(Segments { age, gender, other })
    }

    fn currency(&self, cells: &StringRecord) -> Result<Currency, Reason> {
        let must_be = match self.formats.currency {
            CurrencySource::Header(currency) | CurrencySource::Said(currency) => return Ok(currency),
            CurrencySource::Column { must_be } => must_be,
        };
        let text = self.columns.cell(cells, Field::Currency).ok_or_else(|| self.empty(Field::Currency))?;
        let currency = text.parse().map_err(|error| self.says(Field::Currency, text, error))?;
        match must_be {
            Some(said) if said != currency => Err(format!("is in {currency}, but --currency says {said}")),
            _ => Ok(currency),
        }
    }

    fn numbers(&mut self, cells: &StringRecord) -> Result<Sums, Reason> {
        let mut sums = Sums::default();
        let mut blank = [0; Field::NUMBERS.len()];
        let mut present = 0;
        for (place, field) in Field::NUMBERS.into_iter().enumerate() {
            if self.columns.place(field).is_none() {
                continue;
            }
            match self.columns.cell(cells, field).filter(|text| !is_dash(text)) {
                Some(text) => {
                    present += 1;
                    self.number(field, text, &mut sums).map_err(|error| self.says(field, text, error))?;
                }
                None => blank[place] = 1,
            }
        }
        if present == 0 {
            return Err("has no numbers".to_owned());
        }
        for (total, blank) in self.blanks.iter_mut().zip(blank) {
            *total += blank;
        }
        Ok(sums)
    }

    fn number(&self, field: Field, text: &str, into: &mut Sums) -> Result<(), NumberError> {
        let mark = self.formats.decimal;
        match field {
            Field::Impressions => into.impressions = numbers::parse_count(text, mark)?,
            Field::Clicks => into.clicks = numbers::parse_count(text, mark)?,
            Field::Spend => into.spend = numbers::parse(text, mark)?,
            Field::Conversions => into.conversions = numbers::parse(text, mark)?,
            _ => into.conversion_value = numbers::parse(text, mark)?,
        }
        Ok(())
    }

    /// Refuses what the file already said, naming where.
    fn unique(&mut self, row: Row) -> Result<Row, Reason> {
        let entity = row.entity.as_ref().map(|entity| Arc::clone(&entity.id));
        match self.seen.entry((entity, row.date, row.segments.clone())) {
            Entry::Occupied(first) => {
                let line = first.get();
                Err(format!("is the same {}, day and segment as line {line}", noun(row.level)))
            }
            Entry::Vacant(free) => {
                free.insert(row.line);
                Ok(row)
            }
        }
    }

    /// Ads Manager puts totals without a label into the first or last row: every name is blank. Others label them.
    fn is_totals(&self, cells: &StringRecord) -> bool {
        let date = self.columns.cell(cells, Field::Date);
        if is_total(cells.iter().map(str::trim).find(|cell| !cell.is_empty()).unwrap_or_default()) {
            return date.is_none_or(|date| dates::parse(date, &self.formats.dates).is_err());
        }
        let is_at_edge = self.taken == 1 || self.taken == self.formats.records;
        if !is_at_edge {
            return false;
        }
        let mut names = self.columns.dimensions().filter(|place| self.formats.specific[*place]).peekable();
        let has_names = names.peek().is_some();
        let all_blank = names.all(|place| cells.get(place).unwrap_or_default().trim().is_empty());
        let is_day_column = self.columns.place(Field::PeriodEnd).is_none();
        all_blank && (date.is_none() || (has_names && !is_day_column))
    }

    /// Whether the row sums up others: `All` in a column where other rows are specific.
    fn is_subtotal(&self, cells: &StringRecord) -> bool {
        self.subtotals.iter().any(|place| {
            let cell = cells.get(*place).unwrap_or_default().trim();
            !cell.is_empty() && is_all(cell)
        })
    }

    fn read_totals(&self, line: u64, cells: &StringRecord) -> TotalsRow {
        let stated = Field::NUMBERS.into_iter().filter_map(|field| {
            let text = self.columns.cell(cells, field)?;
            Some((field, numbers::parse(text, self.formats.decimal).ok()?))
        });
        TotalsRow { line, stated: stated.collect::<Vec<(Field, Decimal)>>(), differs: Vec::new() }
    }

    fn empty(&self, field: Field) -> Reason {
        format!("{} is empty", self.columns.header(field).unwrap_or(field.name()))
    }

    fn says(&self, field: Field, text: &str, error: impl std::fmt::Display) -> Reason {
        format!("{}: `{text}` {error}", self.columns.header(field).unwrap_or(field.name()))
    }
}

/// The columns of a level's id and name.
const fn fields_of(level: Level) -> (Field, Field) {
    match level {
        Level::Account => (Field::AccountId, Field::Account),
        Level::Campaign => (Field::CampaignId, Field::Campaign),
        Level::AdGroup => (Field::AdGroupId, Field::AdGroup),
        Level::Ad => (Field::AdId, Field::Ad),
    }
}

/// `Total`, `Totals: 12 rows`, `Grand total`.
fn is_total(cell: &str) -> bool {
    const GRAND: &str = "grand total";
    let label = cell.split([':', ' ', '-']).next().unwrap_or_default();
    label.eq_ignore_ascii_case("total")
        || label.eq_ignore_ascii_case("totals")
        || cell.get(..GRAND.len()).is_some_and(|start| start.eq_ignore_ascii_case(GRAND))
}

/// Platforms write a dash where there is no number.
fn is_dash(text: &str) -> bool {
    matches!(text, "-" | "--" | "—" | "–")
}

/// One word for what exports abbreviate.
fn segment_word(field: Field, value: &str) -> &str {
    const GENDERS: [(&str, &str); 6] = [
        ("m", "male"),
        ("male", "male"),
        ("f", "female"),
        ("female", "female"),
        ("u", "unknown"),
        ("unknown", "unknown"),
    ];
    if field == Field::Gender
        && let Some((_, word)) = GENDERS.iter().find(|(short, _)| value.eq_ignore_ascii_case(short))
    {
        return word;
    }
    if value.eq_ignore_ascii_case("unknown") { "unknown" } else { value }
}
