//! The first pass: how the columns are written.

use super::{
    CurrencySource, DateFormat, DecimalMark, Field, ImportError, Options, columns::Columns,
    dates::DateSurvey, numbers::NumberSurvey, source::Source,
};
use csv::StringRecord;

/// What the first pass saw.
pub(super) struct Survey {
    dates: DateSurvey,
    numbers: NumberSurvey,
    periods: Periods,
    /// For each column, whether some row has a value other than `All`.
    specific: Vec<bool>,
    records: usize,
    header_line: u64,
}

/// How the columns are written.
pub(super) struct Formats {
    pub(super) dates: DateFormat,
    pub(super) decimal: DecimalMark,
    pub(super) currency: CurrencySource,
    /// What to tell a person about the dates.
    pub(super) mixture: Option<String>,
    /// For each column, whether some row has a value other than `All`.
    pub(super) specific: Vec<bool>,
    /// Records below the header.
    pub(super) records: usize,
}

#[derive(Default)]
struct Periods {
    days: usize,
    longer: Option<(String, String)>,
}

impl Survey {
    /// Looks at every record once.
    pub(super) fn take(source: &Source, columns: &Columns) -> Result<Self, ImportError> {
        let mut survey = Self {
            dates: DateSurvey::default(),
            numbers: NumberSurvey::default(),
            periods: Periods::default(),
            specific: vec![false; columns.all.len()],
            records: 0,
            header_line: source.header_line,
        };
        let numbers: Vec<(usize, bool)> = Field::NUMBERS
            .into_iter()
            .filter_map(|field| Some((columns.place(field)?, field.is_whole())))
            .collect();
        let dimensions: Vec<usize> = columns.dimensions().collect();
        let mut records = source.records()?;
        while let Some(record) = records.advance()? {
            survey.records += 1;
            if record.cells.len() != columns.all.len() {
                continue;
            }
            survey.observe(record.line, record.cells, columns, &numbers);
            for place in &dimensions {
                survey.specific[*place] |= record.cells.get(*place).is_some_and(|cell| !is_all(cell));
            }
        }
        Ok(survey)
    }

    fn observe(&mut self, line: u64, cells: &StringRecord, columns: &Columns, numbers: &[(usize, bool)]) {
        if let Some(date) = columns.cell(cells, Field::Date) {
            self.dates.observe(line, date);
            match columns.cell(cells, Field::PeriodEnd) {
                Some(end) if end != date => {
                    self.periods.longer.get_or_insert_with(|| (date.to_owned(), end.to_owned()));
                }
                _ => self.periods.days += 1,
            }
        }
        for (place, whole) in numbers {
            if let Some(number) = cells.get(*place) {
                self.numbers.observe(line, number.trim(), *whole);
            }
        }
    }

    /// Decides, or says what a person must decide.
    pub(super) fn decide(self, columns: &Columns, options: &Options) -> Result<Formats, ImportError> {
        if self.records == 0 {
            return Err(ImportError::NoRows { header_line: self.header_line });
        }
        if let Some((start, end)) = self.periods.longer.filter(|_| self.periods.days == 0) {
            return Err(ImportError::Periods { start, end });
        }
        Ok(Formats {
            mixture: self.dates.mixture(),
            dates: self.dates.decide(options.dates)?,
            decimal: self.numbers.decide(options.decimal)?,
            currency: currency(columns, options)?,
            specific: self.specific,
            records: self.records,
        })
    }
}

/// Whether a cell stands for all values of its column, as in the subtotals of a breakdown.
pub(super) fn is_all(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || cell.eq_ignore_ascii_case("all")
}

fn currency(columns: &Columns, options: &Options) -> Result<CurrencySource, ImportError> {
    match (&columns.currency, options.currency, columns.place(Field::Currency)) {
        (Some((in_file, header)), Some(other), _) if *in_file != other => {
            Err(ImportError::CurrencyConflict { header: header.clone(), in_file: *in_file, other })
        }
        (Some((currency, _)), _, _) => Ok(CurrencySource::Header(*currency)),
        (None, _, Some(_)) => Ok(CurrencySource::Column { must_be: options.currency }),
        (None, Some(currency), None) => Ok(CurrencySource::Said(currency)),
        (None, None, None) => Err(ImportError::UnknownCurrency),
    }
}
