//! Files that a command is given.

use super::failure::WrongInput;
use anyhow::{Context, Result};
use std::{io::Read, path::Path};

/// The text of a file; of standard input for `-`.
pub(super) fn text_of(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .map_err(|error| WrongInput(format!("{} cannot be read: {error}", file.display())).into())
}
