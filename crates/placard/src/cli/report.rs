//! `placard report`: numbers as people and programs want them.

use super::{ExitCode, desk, failure::WrongInput, revenue, words};
use crate::{
    report::{ReportData, csv, html, json, terminal},
    reporting::Wish,
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
};

/// `placard report`
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    about: Option<About>,
    /// Only this account.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// First day. The last thirty days with numbers if left out.
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// As the numbers were known at this moment, before later restatements.
    #[arg(long, value_name = "MOMENT")]
    as_known_at: Option<DateTime<Utc>>,
    /// Print CSV.
    #[arg(long, conflicts_with = "html")]
    csv: bool,
    /// Write a page with charts, in one file that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Rows of each table.
    #[arg(long, default_value_t = 10)]
    rows: usize,
}

#[derive(clap::Subcommand, Debug)]
enum About {
    /// What ads cost and what was sold to the people who came by them.
    Revenue(revenue::Args),
}

impl Args {
    /// Whether it is about revenue.
    pub(super) const fn is_revenue(&self) -> bool {
        matches!(self.about, Some(About::Revenue(_)))
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    if let Some(About::Revenue(args)) = args.about {
        return revenue::run(settings, args).await;
    }
    if let (Some(since), Some(until)) = (args.since, args.until)
        && until < since
    {
        return Err(WrongInput(format!("{until} lies before {since}; exchange --since and --until")).into());
    }
    let wish = Wish {
        account: args.account.clone(),
        since: args.since,
        until: args.until,
        as_known_at: args.as_known_at,
    };
    let report = desk::at(settings, "placard report", async |desk| desk.report(&wish).await).await?;
    let Some(report) = report else {
        println!(
            "There are no numbers yet; `placard sync` reads them, `placard import` loads them from a file."
        );
        return Ok(ExitCode::Done);
    };
    if settings.json {
        println!("{}", json::render(&report)?);
    } else if args.csv {
        csv::write(std::io::stdout().lock(), &report)?;
    } else if let Some(path) = &args.html {
        write_html(&report, path)?;
        println!("Written: {}", path.display());
    } else {
        print(&report, args.rows)?;
    }
    Ok(ExitCode::Done)
}

/// Writes the page beside its place first, so that a reader never sees half of it.
pub(super) fn write_html(report: &ReportData, path: &std::path::Path) -> Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("nothing can be written in {}", folder.display()))?;
    file.write_all(html::render(report).as_bytes()).context("the report cannot be written")?;
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

pub(super) fn print(report: &ReportData, rows: usize) -> Result<()> {
    let out = std::io::stdout();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let width = if out.is_terminal() { words::terminal_width() } else { 110 };
    let text = terminal::render(report, terminal::Options { width, colour, rows });
    out.lock().write_all(text.as_bytes())?;
    Ok(())
}
