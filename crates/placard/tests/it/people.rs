//! People, keys and the audit log on the command line.

mod audit;
mod keys;
mod members;

use crate::support::Installation;
use anyhow::{Context, Result};
use serde_json::Value;

/// Runs the real binary with `--json` to its end, which must be a success. Gives each line that it printed.
async fn told(installation: &Installation, arguments: &[&str]) -> Result<Vec<Value>> {
    let printed = installation.must(&[arguments, &["--json"]].concat()).await?;
    printed.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// The same for a command that prints one line.
async fn told_once(installation: &Installation, arguments: &[&str]) -> Result<Value> {
    let mut lines = told(installation, arguments).await?;
    anyhow::ensure!(lines.len() == 1, "`placard {}` printed {lines:?}", arguments.join(" "));
    Ok(lines.remove(0))
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field].as_str().with_context(|| format!("no {field} in {value}"))
}
