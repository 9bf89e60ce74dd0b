//! People to enrol, from a table.

use chrono_tz::Tz;
use placard_domain::outreach::{Placeholder, Values};
use placard_store::outreach::{Enrolled, Recipient};
use std::fmt;

/// So many wrong rows are named; the others are counted.
const MOST_NAMED: usize = 20;

/// A table that cannot be taken. Nobody in it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleError {
    /// The table as a whole.
    Table(String),
    /// Rows, each with its number in the file.
    Rows(Vec<(usize, String)>),
}

impl fmt::Display for PeopleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = match self {
            Self::Table(what) => return f.write_str(what),
            Self::Rows(rows) => rows,
        };
        for (position, (line, what)) in rows.iter().take(MOST_NAMED).enumerate() {
            write!(f, "{}line {line}: {what}", if position > 0 { "\n" } else { "" })?;
        }
        match rows.len().checked_sub(MOST_NAMED) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for PeopleError {}

/// Reads people, a row each. Every row that is wrong is named; then nobody is taken.
///
/// # Errors
/// [`PeopleError`]
pub fn people(table: &[u8]) -> Result<Vec<Enrolled>, PeopleError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
    let headers = reader.headers().map_err(|error| PeopleError::Table(error.to_string()))?;
    // A byte order mark is no part of a name.
    let names = headers.iter().map(|name| name.trim_start_matches('\u{feff}'));
    let columns: Vec<Column> =
        names.map(Column::named).collect::<Result<_, _>>().map_err(PeopleError::Table)?;
    if let Some(twice) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
        return Err(PeopleError::Table(format!("column {} stands there twice", twice.0 + 1)));
    }
    if !columns.contains(&Column::Address) {
        return Err(PeopleError::Table("there is no column `address`".to_owned()));
    }
    let (mut people, mut wrong) = (Vec::new(), Vec::new());
    for (number, row) in reader.records().enumerate() {
        let line = |row: &csv::StringRecord| row.position().map_or(0, csv::Position::line);
        match row {
            Err(error) => wrong.push((number + 2, error.to_string())),
            Ok(row) => match person(&columns, &row) {
                Ok(person) => people.push(person),
                Err(error) => wrong.push((usize::try_from(line(&row)).unwrap_or(number + 2), error)),
            },
        }
    }
    if wrong.is_empty() { Ok(people) } else { Err(PeopleError::Rows(wrong)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Address,
    Zone,
    Profile,
    Value(Placeholder),
}

impl Column {
    fn named(name: &str) -> Result<Self, String> {
        match name.to_lowercase().as_str() {
            "address" => Ok(Self::Address),
            "zone" => Ok(Self::Zone),
            "profile_id" => Ok(Self::Profile),
            other => match other.parse() {
                Ok(value) if !matches!(value, Placeholder::SenderName | Placeholder::Unsubscribe) => {
                    Ok(Self::Value(value))
                }
                _ => Err(format!(
                    "there is no column `{name}`; there are address, zone, profile_id, first_name, display_name, \
                     username, platform and location"
                )),
            },
        }
    }
}

fn person(columns: &[Column], row: &csv::StringRecord) -> Result<Enrolled, String> {
    let (mut address, mut values) = (String::new(), Values::new());
    let (mut zone, mut profile) = (None, None);
    for (column, text) in columns.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
        match column {
            Column::Address => address = text.to_owned(),
            Column::Zone => zone = Some(self::zone(text)?),
            Column::Profile => {
                profile = Some(text.parse().map_err(|_| format!("`{text}` is no id of a profile"))?);
            }
            Column::Value(name) => drop(values.insert(*name, text.to_owned())),
        }
    }
    if !is_address(&address) {
        return Err(format!("`{address}` is no address"));
    }
    Ok(Enrolled { recipient: Recipient { address, values }, profile, zone })
}

/// The zone of this name in the IANA database.
///
/// # Errors
/// What is wrong.
pub fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| format!("`{text}` is no time zone; write Europe/Berlin"))
}

/// Whether something can be an address, as far as it can be told without writing to it.
pub fn is_address(text: &str) -> bool {
    let halves = text.split_once('@');
    let plain =
        text.len() <= 254 && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    plain
        && halves
            .is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.') && !domain.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_row_is_named_and_nobody_is_taken() {
        let table = "Address,zone\nann@example.org,Europe/Berlin\nbob,\neve@example.org,Mars\n";
        let Err(PeopleError::Rows(wrong)) = people(table.as_bytes()) else { panic!("it was taken") };
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn a_table_without_addresses_or_with_one_twice_is_refused() {
        assert!(matches!(people(b"zone\nEurope/Berlin\n"), Err(PeopleError::Table(_))));
        assert!(matches!(people(b"address,address\na@b.c,a@b.c\n"), Err(PeopleError::Table(_))));
        assert_eq!(people("\u{feff}address\nann@example.org\n".as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn an_address_holds_no_second_line() {
        for wrong in ["", "ann", "@b.c", "a@b", "a@b.c\r\nBcc: x@y.z", "a b@c.d", "a@b.c@d.e"] {
            assert!(!is_address(wrong), "{wrong}");
        }
        assert!(is_address("ann+x@example.org"));
    }
}
