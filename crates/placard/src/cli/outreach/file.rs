//! Files that `placard outreach` reads.

use crate::{
    cli::failure::WrongInput,
    outreach::{self, Draft},
};
use anyhow::{Context, Result};
use placard_store::outreach::{Enrolled, NewCampaign};
use serde::de::DeserializeOwned;
use std::{fmt::Display, io::Read, path::Path};

fn wrong(file: &Path) -> impl Fn(&dyn Display) -> WrongInput {
    move |error| WrongInput(format!("{}: {error}", file.display()))
}

/// A campaign, checked.
pub(super) fn campaign(file: &Path) -> Result<NewCampaign> {
    let draft: Draft = json(file)?;
    Ok(draft.check().map_err(|error| wrong(file)(&format!("{}: {error}", error.field())))?)
}

/// A JSON document; an error names the place in it.
pub(super) fn json<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let bytes = bytes(file)?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        wrong(file)(&format!("{place}{}", error.inner()))
    })?;
    reader.end().map_err(|error| wrong(file)(&error))?;
    Ok(read)
}

/// Everything in a file, or in the input for `-`.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("the input cannot be read")?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(|error| wrong(file)(&error).into())
}

/// People, a line each. Every line that is wrong is named; then nobody is taken.
pub(super) fn people(file: &Path) -> Result<Vec<Enrolled>> {
    let bytes = bytes(file)?;
    Ok(outreach::people(&bytes).map_err(|error| wrong(file)(&error))?)
}
