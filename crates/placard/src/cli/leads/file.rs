//! Lists of leads in and out.

use crate::{
    api::view::LeadView,
    cli::{
        ExitCode,
        failure::WrongInput,
        office::Office,
        paint::Paint,
        progress_bar::bar_with,
        words::{counted, one_of},
    },
    crm::{Imported, Intake, take_all},
    import::leads::{self, LeadFile, Options},
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::Utc;
use indicatif::ProgressDrawTarget;
use placard_domain::{Platform, crm::contact::ContactField, phone::Country};
use placard_store::{audit::Origin, crm};
use serde_json::json;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// `placard leads import`
#[derive(clap::Args, Debug)]
pub(super) struct ImportArgs {
    /// The file.
    file: PathBuf,
    /// Of which country phone numbers without a country code are: `DE`. Without it, such rows are refused.
    #[arg(long, value_name = "CODE")]
    country: Option<Country>,
    /// From which platform the leads came, where a row does not say.
    #[arg(long, value_parser = one_of(&Platform::ALL, Platform::as_str))]
    platform: Option<Platform>,
    /// From which ad account.
    #[arg(long)]
    account: Option<String>,
    /// Write the refused rows here, with line and reason.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Say what would be taken in, and take nothing in.
    #[arg(long)]
    dry_run: bool,
}

/// `placard leads export`
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// Where to; standard output if left out.
    file: Option<PathBuf>,
}

/// So many refused rows are named; the file of rejects has them all.
const NAMED: usize = 20;

pub(super) async fn import(settings: &Settings, args: &ImportArgs) -> Result<ExitCode> {
    let name = args.file.display();
    let content =
        fs::read(&args.file).map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    let options = Options { country: args.country, platform: args.platform, account: args.account.clone() };
    let read = leads::read(content, &options).map_err(|error| WrongInput(format!("{name}: {error}")))?;
    if !settings.json {
        understood(&read, args.country);
    }
    if let Some(path) = args.rejects.as_deref().filter(|_| !args.dry_run && !read.rejects.is_empty()) {
        let file = fs::File::create(path);
        file.and_then(|file| read.write_rejects(file))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let refused = read.rejects.len();
    let done = if args.dry_run { Imported::default() } else { take(settings, &read).await? };
    if settings.json {
        let rejects: Vec<_> =
            read.rejects.iter().map(|one| json!({"line": one.line, "reason": one.reason})).collect();
        println!(
            "{}",
            json!({"encoding": read.encoding.to_string(), "rows": read.touches.len(), "made": done.made, "added": done.added, "known": done.known, "rejects": rejects, "dry_run": args.dry_run})
        );
    } else if args.dry_run {
        println!("Nothing was taken in: this was a dry run.");
    } else {
        summary(&done);
    }
    Ok(if refused == 0 { ExitCode::Done } else { ExitCode::Failed })
}

fn understood(read: &LeadFile, country: Option<Country>) {
    let paint = Paint::for_stdout();
    println!(
        "{}, {} and {}.",
        read.encoding,
        counted(read.columns.len(), "column"),
        counted(read.touches.len() + read.rejects.len(), "row")
    );
    let country = country.map_or_else(
        || "phone numbers need their country code".to_owned(),
        |country| format!("phone numbers without a country code are of {}", country.code()),
    );
    println!("Assumed: {country}; moments without a zone are UTC.");
    for (header, meaning) in &read.columns {
        println!("    {header:<28} {}", paint.dim(meaning));
    }
    for one in read.rejects.iter().take(NAMED) {
        println!("{} line {}: {}", paint.red("✗"), one.line, one.reason);
    }
    if read.rejects.len() > NAMED {
        println!("  … and {} more; --rejects FILE has them all", read.rejects.len() - NAMED);
    }
}

fn summary(done: &Imported) {
    let paint = Paint::for_stdout();
    let Imported { made, added, known } = *done;
    if made + added == 0 {
        println!("{} nothing new; {} had come in before", paint.green("✓"), counted(known, "row"));
        return;
    }
    let rows = counted(added, "row");
    println!(
        "{} {}, {rows} added to known ones, {known} had come in before",
        paint.green("✓"),
        counted(made, "new lead")
    );
}

async fn take(settings: &Settings, read: &LeadFile) -> Result<Imported> {
    Office::at(settings, "placard leads import", async |office| take_into(office, settings, read).await).await
}

async fn take_into(office: &Office, settings: &Settings, read: &LeadFile) -> Result<Imported> {
    let (bar, _) = bar_with(Some(read.touches.len() as u64), "{pos}/{len} rows, {per_sec}, {eta} left");
    if settings.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let actor = office.session.actor();
    let intake = Intake {
        db: office.session.db(),
        vault: office.session.vault(),
        tenant: office.tenant,
        actor: &actor,
        origin: &Origin::default(),
    };
    let done = take_all(&intake, &read.touches, Utc::now(), |done| bar.set_position(done as u64)).await;
    bar.finish_and_clear();
    Ok(done?)
}

/// Columns of an export beside those of a person, in this order.
const BESIDE: [&str; 9] =
    ["id", "status", "source", "created_at", "platform", "account", "campaign_id", "ad_id", "consent"];

pub(super) async fn export(office: &Office, args: &ExportArgs) -> Result<()> {
    match &args.file {
        Some(path) => {
            let count = write(office, &mut owners_file(path)?).await?;
            let paint = Paint::for_stdout();
            println!("{} {} in {}", paint.green("✓"), counted(count, "lead"), path.display());
        }
        None => drop(write(office, &mut io::stdout()).await?),
    }
    Ok(())
}

/// A file that nobody but its owner reads.
fn owners_file(path: &Path) -> Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.with_context(|| format!("{} cannot be written", path.display()))
}

async fn write(office: &Office, out: &mut (dyn Write + Send)) -> Result<usize> {
    const PAGE: i64 = 500;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(BESIDE.into_iter().chain(ContactField::ALL.iter().map(|field| field.as_str())))?;
    let (mut filter, mut count) = (crm::Filter::default(), 0);
    loop {
        let mut tx = office.tx().await?;
        let page = crm::list(&mut tx, office.session.vault(), &filter, PAGE).await?;
        tx.commit().await?;
        filter.after = page.last().map(|lead| lead.id);
        if page.is_empty() {
            csv.flush()?;
            return Ok(count);
        }
        for lead in page {
            csv.write_record(record(LeadView::of(lead, true)))?;
            count += 1;
        }
    }
}

fn record(view: LeadView) -> Vec<String> {
    let mut cells = vec![
        view.id.to_string(),
        view.status.to_string(),
        view.source.to_string(),
        view.first_at.to_rfc3339(),
        view.platform.map(|platform| platform.to_string()).unwrap_or_default(),
        view.account.unwrap_or_default(),
        view.remote_campaign_id.unwrap_or_default(),
        view.remote_ad_id.unwrap_or_default(),
        view.consent.map(|consent| consent.state.to_string()).unwrap_or_default(),
    ];
    let field =
        |field: &ContactField| view.contact.get(field.as_str()).map(String::as_str).unwrap_or_default();
    cells.extend(ContactField::ALL.iter().map(|one| harmless(field(one))));
    cells
}

/// A text that a spreadsheet shows instead of carrying it out. A phone number keeps its plus: digits call nothing.
fn harmless(text: &str) -> String {
    let digits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('+').is_some_and(digits);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_a_spreadsheet_would_carry_out_is_exported_as_text() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@ann"), "'@ann");
        assert_eq!(harmless("-2"), "'-2");
        assert_eq!(harmless("+49301234567"), "+49301234567");
        assert_eq!(harmless("Berlin-Mitte"), "Berlin-Mitte");
    }
}
