//! `placard init` and `placard schema`: something to start from.

use super::{ExitCode, failure::WrongInput, paint::Paint};
use anyhow::{Context, Result};
use placard_domain::{Currency, spec};
use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
};

/// `placard init`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where to write it.
    #[arg(default_value = "campaign.yaml", value_name = "FILE")]
    file: PathBuf,
    /// The campaign's name.
    #[arg(long, default_value = "My campaign")]
    name: String,
    /// The ad account's currency.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
}

/// A picture that any platform takes, so that a fresh spec can be tried at once.
const PICTURE: &[u8] = include_bytes!("../../../../examples/images/morning.png");

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut file = std::fs::File::create_new(&args.file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow::Error::from(WrongInput(format!(
            "{} is there already; name another file",
            args.file.display()
        ))),
        _ => anyhow::Error::from(error).context(format!("{} cannot be written", args.file.display())),
    })?;
    file.write_all(spec::starter(&args.name, args.currency).as_bytes())
        .context("the spec cannot be written")?;
    let picture = args.file.with_file_name("image.png");
    if !picture.exists() {
        std::fs::write(&picture, PICTURE)
            .with_context(|| format!("{} cannot be written", picture.display()))?;
    }
    let paint = Paint::for_stdout();
    let file = args.file.display();
    println!("{} {file} and {} are there.", paint.green("✓"), picture.display());
    println!("  Edit the spec, then {}", paint.cyan(format!("placard validate {file}")));
    println!("  See what would happen: {}", paint.cyan(format!("placard plan -f {file}")));
    println!("  Make it so: {}", paint.cyan(format!("placard apply -f {file}")));
    Ok(ExitCode::Done)
}

pub(super) fn schema() -> Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(spec::json_schema())?);
    Ok(ExitCode::Done)
}
