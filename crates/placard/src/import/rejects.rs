//! Rows that could not be read, and writing them where a person can repair them.

use super::{
    Import,
    field::{REJECT_LINE, REJECT_REASON},
};
use std::io::Write;

/// A row that is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The line of the file it starts on, counted from 1.
    pub line: u64,
    /// Why, naming the column and the text.
    pub reason: String,
    /// Its cells, as written.
    pub record: Vec<String>,
}

/// Writes the rejects as CSV: line and reason, then the file's own columns.
///
/// The two columns stand in front, so that a row with too few or too many cells stays readable. A repaired file can
/// be imported as it is, since [`super::read`] leaves these two columns out.
pub fn write_rejects(writer: impl Write, import: &Import) -> std::io::Result<()> {
    let headers: Vec<&str> = import.understood.columns.iter().map(|column| column.header.as_str()).collect();
    write(writer, &headers, &import.rejects)
}

/// Writes rejects of a file with these headers.
pub(super) fn write(writer: impl Write, headers: &[&str], rejects: &[Reject]) -> std::io::Result<()> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(writer);
    csv.write_record([REJECT_LINE, REJECT_REASON].iter().chain(headers))?;
    for reject in rejects {
        let line = reject.line.to_string();
        let cells = reject.record.iter().map(String::as_str);
        csv.write_record([line.as_str(), reject.reason.as_str()].into_iter().chain(cells))?;
    }
    csv.flush()
}
