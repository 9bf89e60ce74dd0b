//! Why a file as a whole cannot be imported. Every message names what to do about it.

use super::{Field, field::listed};
use placard_domain::Currency;

/// A file that cannot be understood without help.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("the file could not be read")]
    Io(#[from] std::io::Error),
    /// The file is not text, or not valid in its encoding.
    #[error("line {line} is not valid {encoding}; save the file as UTF-8 and try again")]
    Encoding {
        /// Where the first bad byte is.
        line: u64,
        /// The encoding it claims or seems to have.
        encoding: &'static str,
    },
    /// Nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// A header row without rows below it.
    #[error("the file has a header on line {header_line} but no rows")]
    NoRows {
        /// Where the header is.
        header_line: u64,
    },
    /// No column for something that every row needs.
    #[error("no column for {}; name one with --map {}=COLUMN (the file has: {})", .needed, .field, listed(.headers))]
    MissingColumn {
        /// What is needed, for people.
        needed: &'static str,
        /// A field that would do.
        field: Field,
        /// The file's columns.
        headers: Vec<String>,
    },
    /// No column by which a person is found again.
    #[error("no column holds e-mail addresses or phone numbers; name one `email` or `phone` (the file has: {})", listed(.headers))]
    NobodyToFind {
        /// The file's columns.
        headers: Vec<String>,
    },
    /// Two columns that could mean the same field, and choosing would be a guess.
    #[error(
        "{} could each be {field}; choose one, for example --map {field}=\"{}\"",
        listed(.columns), .columns.first().map_or("", String::as_str)
    )]
    AmbiguousColumn {
        /// The field.
        field: Field,
        /// The columns that could be it.
        columns: Vec<String>,
    },
    /// `--map` names a column that the file does not have.
    #[error("the file has no column \"{column}\"{}", .suggestion.as_ref().map_or_else(String::new, |s| format!("; did you mean \"{s}\"?")))]
    UnknownColumn {
        /// The name given.
        column: String,
        /// A column that is spelt alike.
        suggestion: Option<String>,
    },
    /// `--map` names a header that occurs twice.
    #[error("the file has {count} columns called \"{column}\"; rename one of them")]
    RepeatedColumn {
        /// The header.
        column: String,
        /// How often it occurs.
        count: usize,
    },
    /// Two `--map` for one field, or for one column.
    #[error("--map names {what} twice")]
    MappedTwice {
        /// The field or the column.
        what: String,
    },
    /// Every date reads both ways.
    #[error(
        "line {line}: `{example}` could be day-first or month-first, and no row decides it; say --dates day-first or --dates month-first"
    )]
    AmbiguousDates {
        /// A line with such a date.
        line: u64,
        /// The date as written.
        example: String,
    },
    /// Some dates can only be day-first, others only month-first.
    #[error(
        "line {day_first_line}: `{day_first}` can only be day-first, but line {month_first_line}: `{month_first}` only month-first; correct the file, or say --dates to reject the others"
    )]
    ContradictoryDates {
        /// A line that can only be day-first.
        day_first_line: u64,
        /// Its date.
        day_first: String,
        /// A line that can only be month-first.
        month_first_line: u64,
        /// Its date.
        month_first: String,
    },
    /// Rows for periods instead of days.
    #[error(
        "each row covers a whole period ({start} to {end}), not a day; export again with the breakdown By time → Day"
    )]
    Periods {
        /// A row's first day.
        start: String,
        /// Its last day.
        end: String,
    },
    /// Every number with a separator reads both ways.
    #[error(
        "line {line}: `{example}` could have thousands or decimals, and no number decides it; say --decimal point or --decimal comma"
    )]
    AmbiguousNumbers {
        /// A line with such a number.
        line: u64,
        /// The number as written.
        example: String,
    },
    /// Some numbers use the point for decimals, others the comma.
    #[error(
        "line {point_line}: `{point}` has a decimal point, but line {comma_line}: `{comma}` a decimal comma; correct the file, or say --decimal to reject the others"
    )]
    ContradictoryNumbers {
        /// A line with a decimal point.
        point_line: u64,
        /// Its number.
        point: String,
        /// A line with a decimal comma.
        comma_line: u64,
        /// Its number.
        comma: String,
    },
    /// The file does not say its currency.
    #[error("the file does not say which currency its amounts are in; say it, for example --currency EUR")]
    UnknownCurrency,
    /// The file and the caller, or two headers, disagree.
    #[error("amounts are in {in_file} by the header \"{header}\", not in {other}")]
    CurrencyConflict {
        /// The header that says so.
        header: String,
        /// What it says.
        in_file: Currency,
        /// What else was said.
        other: Currency,
    },
    /// Sums past what the numbers hold.
    #[error("the sum of {field} is too large")]
    Overflow {
        /// The field that overflowed.
        field: &'static str,
    },
}

/// A `--map` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// No `=`.
    #[error("`{0}` is not FIELD=COLUMN, for example spend=Cost")]
    NoEquals(String),
    /// No such field.
    #[error("there is no field `{given}`{}; the fields are {}", .suggestion.map_or_else(String::new, |s| format!(" (did you mean `{s}`?)")), Field::names())]
    UnknownField {
        /// The word given.
        given: String,
        /// A field spelt alike.
        suggestion: Option<&'static str>,
    },
}
