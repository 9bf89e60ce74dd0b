//! Reads the CSV files that the ad platforms' own interfaces export.
//!
//! [`read`] finds the encoding, the delimiter, the header row and the meaning of every column, decides over whole
//! columns how dates and numbers are written, and returns typed [`Row`]s beside the [`Reject`]s that could not be
//! read. What it decided is in [`Understood`], so that it can be shown before anything is stored. A decision that
//! would be a guess with consequences is an [`ImportError`] that names the option which settles it.

mod columns;
mod dates;
mod error;
mod field;
pub mod leads;
mod loader;
mod numbers;
mod rejects;
mod row;
mod source;
mod summary;
mod survey;
mod understood;

pub use columns::{Column, Role};
pub use dates::{DateFormat, DateOrder};
pub use error::{ImportError, MappingError};
pub use field::{Field, Mapping};
pub use numbers::DecimalMark;
pub use rejects::{Reject, write_rejects};
pub use row::{Entity, Parents, Row, Segments};
pub use source::{Delimiter, Encoding};
pub use understood::{CurrencySource, Skipped, Totals, TotalsRow, Understood};

use columns::Columns;
use loader::Loader;
use placard_domain::Currency;
use source::Source;
use std::io::Read;
use survey::Survey;

/// What the caller knows better than the file shows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Columns named by hand (`--map spend=Cost`); they win over recognition.
    pub map: Vec<Mapping>,
    /// Which of day and month comes first (`--dates`).
    pub dates: Option<DateOrder>,
    /// How decimals are marked (`--decimal`).
    pub decimal: Option<DecimalMark>,
    /// The currency of all amounts (`--currency`).
    pub currency: Option<Currency>,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Import {
    /// What each column, date and number was taken to mean.
    pub understood: Understood,
    /// The rows that can be loaded, in the file's order.
    pub rows: Vec<Row>,
    /// The rows that cannot, in the file's order.
    pub rejects: Vec<Reject>,
    /// Sums over [`Import::rows`].
    pub totals: Totals,
}

/// Reads a whole export.
///
/// The file is held in memory and passed over twice: first to decide how its columns are written, then to read
/// them. Fails if the file as a whole cannot be understood; single broken rows become [`Import::rejects`].
pub fn read(mut file: impl Read, options: &Options) -> Result<Import, ImportError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let source = Source::open(bytes, options)?;
    let columns = Columns::recognise(source.headers(), options)?;
    let formats = Survey::take(&source, &columns)?.decide(&columns, options)?;
    let mut loader = Loader::new(&source, &columns, &formats);
    let mut records = source.records()?;
    while let Some(record) = records.advance()? {
        loader.take(&record)?;
    }
    Ok(loader.finish())
}
