//! Files that `placard outreach` reads.

use crate::cli::failure::WrongInput;
use anyhow::{Context, Result};
use chrono_tz::Tz;
use placard_domain::outreach::{Criteria, Placeholder, Sequence, Settings, Values};
use placard_store::outreach::{Enrolled, NewCampaign, Recipient};
use serde::{Deserialize, de::DeserializeOwned};
use std::{io::Read, path::Path};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    criteria: Criteria,
    #[serde(default)]
    settings: Settings,
    sequence: Sequence,
}

/// A campaign, checked.
pub(super) fn campaign(file: &Path) -> Result<NewCampaign> {
    let Written { name, criteria, settings, sequence } = json(file)?;
    let wrong = |error: &dyn std::fmt::Display| WrongInput(format!("{}: {error}", file.display()));
    criteria.check().map_err(|error| wrong(&error))?;
    settings.check().map_err(|error| wrong(&error))?;
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(wrong(&"a name has 1 to 200 characters").into());
    }
    Ok(NewCampaign { name: name.trim().to_owned(), criteria, settings, sequence })
}

/// A JSON document; an error names the place in it.
pub(super) fn json<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let bytes = bytes(file)?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        WrongInput(format!("{}: {}: {}", file.display(), error.path(), error.inner())).into()
    })
}

/// Everything in a file, or in the input for `-`.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("the input cannot be read")?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(|error| WrongInput(format!("{}: {error}", file.display())).into())
}

/// People, a line each. Every line that is wrong is named; then nobody is taken.
pub(super) fn people(file: &Path) -> Result<Vec<Enrolled>> {
    let bytes = bytes(file)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let wrong = |text: String| WrongInput(format!("{}: {text}", file.display()));
    let columns = reader.headers().map_err(|error| wrong(error.to_string()))?.iter();
    let columns: Vec<Column> = columns.map(Column::named).collect::<Result<_, _>>().map_err(&wrong)?;
    if !columns.contains(&Column::Address) {
        return Err(wrong("there is no column `address`".to_owned()).into());
    }
    let (mut people, mut errors) = (Vec::new(), Vec::new());
    for (number, row) in reader.records().enumerate() {
        let read = row.map_err(|error| error.to_string()).and_then(|row| person(&columns, &row));
        match read {
            Ok(person) => people.push(person),
            Err(error) => errors.push(format!("line {}: {error}", number + 2)),
        }
    }
    if errors.is_empty() { Ok(people) } else { Err(wrong(errors.join("\n")).into()) }
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
    let mut recipient = Recipient { address: String::new(), values: Values::new() };
    let (mut zone, mut profile) = (None, None);
    for (column, text) in columns.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
        match column {
            Column::Address => recipient.address = text.to_owned(),
            Column::Zone => {
                zone = Some(
                    text.parse::<Tz>()
                        .map_err(|_| format!("`{text}` is no time zone; write Europe/Berlin"))?,
                );
            }
            Column::Profile => {
                profile = Some(text.parse().map_err(|_| format!("`{text}` is no id of a profile"))?);
            }
            Column::Value(name) => drop(recipient.values.insert(*name, text.to_owned())),
        }
    }
    let halves = recipient.address.split_once('@');
    if !halves.is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.')) {
        return Err(format!("`{}` is no address", recipient.address));
    }
    Ok(Enrolled { recipient, profile, zone })
}
