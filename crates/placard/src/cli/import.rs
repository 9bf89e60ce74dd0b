//! `placard import`: numbers from a file, campaigns from an account.

use super::{
    ExitCode,
    failure::WrongInput,
    import_account::{self, AccountArgs},
    paint::Paint,
};
use crate::{
    import::{self, DateOrder, DecimalMark, Import, Mapping, Options},
    importing::{self, Loaded, Target},
    session::Session,
    settings::Settings,
};
use anyhow::{Context, Result};
use placard_domain::Currency;
use serde_json::json;
use std::{fs, path::PathBuf};

/// `placard import`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Load daily numbers from a CSV export of Ads Manager, or any CSV with similar columns.
    Metrics(MetricsArgs),
    /// Turn the campaigns that live in an ad account into specs, and look after them from then on. Nothing is changed on
    /// the platform.
    Account(AccountArgs),
}

#[derive(clap::Args, Debug)]
pub(super) struct MetricsArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The account the numbers belong to: a connected one, or a name of your own for numbers from elsewhere. The
    /// file's name if left out.
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// What a column means, for columns that are not recognised: `--map spend=Cost`.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub(super) map: Vec<Mapping>,
    /// Which comes first in dates such as 03-04-2026.
    #[arg(long, value_name = "ORDER")]
    pub(super) dates: Option<DateOrder>,
    /// How decimals are marked.
    #[arg(long, value_name = "MARK")]
    pub(super) decimal: Option<DecimalMark>,
    /// The currency of the amounts, if the file does not say.
    #[arg(long)]
    pub(super) currency: Option<Currency>,
    /// Load the good rows, and write the bad ones here with line and reason.
    #[arg(long, value_name = "FILE")]
    pub(super) rejects: Option<PathBuf>,
    /// Say what would be loaded, and load nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let args = match args.what {
        What::Metrics(args) => args,
        What::Account(args) => return import_account::run(settings, &args).await,
    };
    let read = read(&args)?;
    if !settings.json {
        print!("{read}");
    }
    if args.dry_run {
        println!("Nothing was loaded: this was a dry run.");
        return Ok(ExitCode::Done);
    }
    let session = Session::open(settings, "placard import").await?;
    let outcome = load(&session, &args, &read).await;
    session.close().await?;
    let loaded = outcome?;
    if settings.json {
        println!(
            "{}",
            json!({"rows": read.rows.len(), "rejected": read.rejects.len(), "inserted": loaded.ingested.inserted, "changed": loaded.ingested.changed, "unchanged": loaded.ingested.unchanged})
        );
    } else {
        println!("{}", summary(&loaded, Paint::for_stdout()));
    }
    Ok(ExitCode::Done)
}

/// Reads and judges the file. Broken rows are an error unless there is a place to write them to.
pub(super) fn read(args: &MetricsArgs) -> Result<Import> {
    let name = args.file.display();
    let file =
        fs::File::open(&args.file).map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    let options =
        Options { map: args.map.clone(), dates: args.dates, decimal: args.decimal, currency: args.currency };
    let read = import::read(file, &options).map_err(|error| WrongInput(format!("{name}: {error}")))?;
    match &args.rejects {
        _ if read.rejects.is_empty() => {}
        Some(path) if !args.dry_run => {
            let file =
                fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
            import::write_rejects(file, &read)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Some(_) => {}
        None => {
            let lines: Vec<_> =
                read.rejects.iter().map(|one| format!("  line {}: {}", one.line, one.reason)).collect();
            let count = read.rejects.len();
            return Err(WrongInput(format!(
                "{name} has {count} broken {}; nothing was loaded\n{}\n  → mend them, or add --rejects FILE to load the rest",
                if count == 1 { "row" } else { "rows" },
                lines.join("\n")
            ))
            .into());
        }
    }
    Ok(read)
}

pub(super) async fn load(session: &Session, args: &MetricsArgs, read: &Import) -> Result<Loaded> {
    let tenant = session.tenant().await?;
    let content = fs::read(&args.file)?;
    let target = Target {
        account: args.account.clone().unwrap_or_else(|| file_stem(args)),
        file_name: args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    importing::load(session.db(), &tenant, &session.actor(), &target, &content, read, chrono::Utc::now())
        .await
}

fn file_stem(args: &MetricsArgs) -> String {
    args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_else(|| "file".into())
}

pub(super) fn summary(loaded: &Loaded, paint: Paint) -> String {
    let account = paint.bold(&loaded.account.id);
    let done = loaded.ingested;
    if loaded.known_file {
        return format!(
            "{} {account}: this very file was imported before; nothing changed",
            paint.green("✓")
        );
    }
    if done.inserted + done.changed == 0 {
        return format!(
            "{} {account}: nothing new; {} rows are as they were",
            paint.green("✓"),
            done.unchanged
        );
    }
    format!(
        "{} {account}: {} rows are in, {} changed, {} were there already {}",
        paint.green("✓"),
        done.inserted,
        done.changed,
        done.unchanged,
        paint.dim("(days, segments and the levels above)")
    )
}
