//! dlt (dlthub.com) with arrow tables, the quickest way of the best-known loader.

use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::{Context, Result, ensure};
use placard_store::testing::TestDatabase;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::process::Command;

/// Seconds of each round, as the script prints them.
#[derive(Deserialize)]
struct Seconds {
    versions: String,
    merge: Vec<f64>,
    append: Vec<f64>,
}

/// Loads `file` with dlt and compares with `ours`; says so if dlt cannot be installed.
pub(super) async fn measure(size: Size, file: &[u8], ours: &Samples, least: f64) -> Result<Vec<Figure>> {
    let measure = |what| format!("ingest {} new rows beside dlt, {what}", grouped(size.rows as f64));
    let python = match install().await {
        Ok(python) => python,
        Err(why) => return Ok(vec![Figure::skipped(measure("arrow"), format!("no dlt here: {why:#}"))]),
    };
    let seconds = load(&python, size, file).await?;
    let samples = |seconds: &[f64]| {
        let mut samples = Samples::default();
        seconds.iter().for_each(|seconds| samples.push(Duration::from_secs_f64(*seconds)));
        samples
    };
    let figure = |what, seconds: &[f64], name| {
        let samples = samples(seconds);
        Figure::speeds(measure(what), (size.rows, "rows"), ours, (name, &samples), Bar::AtLeast(least))
    };
    Ok(vec![
        figure("merged by key", &seconds.merge, "dlt merge").note(format!(
            "{}; the same file through pyarrow's CSV reader into dlt's load, write_disposition merge, strategy upsert \
             on (ad, day)",
            seconds.versions
        )),
        figure("appended only", &seconds.append, "dlt append")
            .note("dlt's quickest load: no key, nothing looked up, not one of our checks"),
    ])
}

/// A virtual environment under `target/`, kept from run to run.
async fn install() -> Result<PathBuf> {
    let root = root();
    let place = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let venv = place.join("bench-dlt");
    let python = venv.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await?;
    }
    let requirements = root.join("bench/requirements.txt");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements))
    .await?;
    Ok(python)
}

async fn load(python: &Path, size: Size, file: &[u8]) -> Result<Seconds> {
    let database = TestDatabase::create_empty().await;
    let mut csv = tempfile::Builder::new().suffix(".csv").tempfile()?;
    csv.write_all(file)?;
    let mut command = Command::new(python);
    command
        .arg(root().join("bench/dlt_load.py"))
        .arg(csv.path())
        .arg(size.rounds.min(3).to_string())
        .env("DESTINATION__POSTGRES__CREDENTIALS", database.url().expose_secret());
    Ok(serde_json::from_str(&run(&mut command).await?)?)
}

/// What the command prints.
async fn run(command: &mut Command) -> Result<String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.output().await.with_context(|| format!("{program} cannot be run"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", said.lines().last().unwrap_or("no reason given"));
    Ok(String::from_utf8(output.stdout)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
