//! Reads lists of leads: what lead forms export, and what spreadsheets hold.
//!
//! Each row is read or refused by itself, with its line and the reason. Columns that mean nothing known are answers to
//! a form's own questions, and are kept.

mod column;
mod row;

pub use column::Meaning;

use super::{
    Delimiter, Encoding, ImportError, Reject,
    source::{Record, Source},
};
use column::{meaning, meanings};
use placard_domain::{
    Platform,
    crm::{Touch, contact::ContactField},
    phone::Country,
};
use std::io::Write;

/// What a form's field of this name says of a person, if it is a known one.
pub fn contact_field(name: &str) -> Option<ContactField> {
    match meaning(name) {
        Some(Meaning::Contact(field)) => Some(field),
        _ => None,
    }
}

/// What the caller knows better than the file shows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Of which country numbers without a country code are.
    pub country: Option<Country>,
    /// From which platform the leads came, where a row does not say.
    pub platform: Option<Platform>,
    /// From which ad account.
    pub account: Option<String>,
}

/// A list as it was read.
#[derive(Clone, Debug)]
pub struct LeadFile {
    /// How its text was encoded.
    pub encoding: Encoding,
    /// What separates its cells.
    pub delimiter: Delimiter,
    /// Each column with what it was taken to mean.
    pub columns: Vec<(String, Meaning)>,
    /// The rows that can be taken in, in the file's order.
    pub touches: Vec<Touch>,
    /// The rows that cannot, in the file's order.
    pub rejects: Vec<Reject>,
}

/// Reads a whole list. Fails if the file as a whole cannot be understood.
pub fn read(bytes: Vec<u8>, options: &Options) -> Result<LeadFile, ImportError> {
    let source = Source::open_with(bytes, &|cell| meaning(cell).is_some())?;
    let columns = meanings(source.headers());
    if !columns.iter().any(|(_, meaning)| meaning.finds_a_person()) {
        return Err(ImportError::NobodyToFind { headers: source.headers().to_vec() });
    }
    let (encoding, delimiter) = (source.encoding, source.delimiter);
    let mut file = LeadFile { encoding, delimiter, columns, touches: Vec::new(), rejects: Vec::new() };
    let mut records = source.records()?;
    while let Some(record) = records.advance()? {
        file.take(&record, options);
    }
    Ok(file)
}

impl LeadFile {
    fn take(&mut self, record: &Record<'_>, options: &Options) {
        if record.cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        match row::read(&self.columns, record.cells, options) {
            Ok(touch) => self.touches.push(touch),
            Err(reason) => {
                let cells = record.cells.iter().map(str::to_owned).collect();
                self.rejects.push(Reject { line: record.line, reason, record: cells });
            }
        }
    }

    /// Writes the refused rows with line and reason, for a person to mend.
    pub fn write_rejects(&self, writer: impl Write) -> std::io::Result<()> {
        let headers: Vec<&str> = self.columns.iter().map(|(header, _)| header.as_str()).collect();
        super::rejects::write(writer, &headers, &self.rejects)
    }
}

#[cfg(test)]
mod tests;
