//! A file with one line of JSON for every request, so that requests can be checked against a platform's own SDK.

use super::{SECRET_PARAMETERS, SetupError};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

/// Appends one line for each request; those of a batch one by one. Secrets are replaced.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    pub(super) fn open(path: impl AsRef<Path>) -> Result<Self, SetupError> {
        let path = path.as_ref();
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { file: file.map_err(|error| SetupError::Journal(path.to_owned(), error))? })
    }

    /// Writes down one request; `operation` says what it is for.
    pub fn record(&self, operation: &str, method: &str, path: &str, params: &BTreeMap<String, Value>) {
        let params: BTreeMap<&String, &Value> =
            params.iter().filter(|(name, _)| !SECRET_PARAMETERS.contains(&name.as_str())).collect();
        let line = format!(
            "{}\n",
            json!({"operation": operation, "method": method, "path": path, "params": params})
        );
        // One write for each line keeps lines of several processes apart.
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            tracing::warn!(error = %error, "the request journal could not be written");
        }
    }
}
