//! `placard website`: what must be mended before ads lead to a page.

mod history;
mod show;

use super::{ExitCode, failure::WrongInput, paint::Paint, progress_bar, words::one_of};
use crate::{postgres, remote, session::Session, settings::Settings, websites};
use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use indicatif::ProgressBar;
use placard_domain::{Platform, spec::Diagnostic};
use placard_website::{
    AGENT, Audit, Options, Severity, Step, Tag, audit, compare,
    fetch::{FetchConfig, Fetcher, Vouched},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// `placard website`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Look at a landing page as people and platforms meet it. Ends with 1 if it has errors.
    Audit(AuditArgs),
    /// Show how a page fared over time: every audit that was kept, and what changed. Without an address, every page.
    History(history::Args),
}

#[derive(clap::Args, Debug)]
struct AuditArgs {
    /// The address that ads lead to.
    url: String,
    /// How many other pages of the site are read, policies first.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=100), value_name = "COUNT")]
    pages: u16,
    /// How many other links are tried.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=500), value_name = "COUNT")]
    links: u16,
    /// Platforms whose tags must be on the page.
    #[arg(long = "for", value_delimiter = ',', value_parser = one_of(&Platform::ALL, Platform::as_str), value_name = "PLATFORM")]
    platforms: Vec<Platform>,
    /// End with 1 if there is something as bad as this.
    #[arg(long, default_value = "error", value_name = "SEVERITY")]
    fail_on: FailOn,
    /// An audit that was written with --json earlier: say what has changed since.
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Do not keep the audit. Without this it is kept where an installation is, for `placard website history`.
    #[arg(long)]
    forget: bool,
    /// Say for every finding why it matters and what mends it, not only for errors.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    reach: Reach,
}

/// Where requests may go besides public addresses.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Reach {
    /// A host and port that may be looked at although it is not public: a staging site, say.
    #[arg(long = "allow", env = "PLACARD_WEBSITE_ALLOW", value_delimiter = ',', value_name = "HOST:PORT")]
    pub(super) vouched: Vec<Vouched>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    fn is_met(self, worst: Option<Severity>) -> bool {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
            Self::Never => return false,
        };
        worst.is_some_and(|worst| worst >= least)
    }
}

impl Reach {
    fn fetcher(&self) -> Result<Fetcher> {
        let config = FetchConfig { vouched: self.vouched.clone(), ..FetchConfig::new(AGENT) };
        Fetcher::new(config).context("nothing can be fetched")
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Audit(args) => look(settings, args).await,
        Command::History(args) => history::run(settings, &args).await,
    }
}

async fn look(settings: &Settings, args: AuditArgs) -> Result<ExitCode> {
    // What cannot be compared is said before a site is troubled.
    let before = args.compare.as_deref().map(earlier).transpose()?;
    let url = address(&args.url)?;
    let options = Options {
        pages: args.pages.into(),
        links: args.links.into(),
        expected: args.platforms.iter().map(|platform| websites::tag(*platform)).collect(),
        ..Options::default()
    };
    let found = watched(&args.reach.fetcher()?, &url, &options).await;
    let kept = if args.forget { None } else { keep(settings, &found).await };
    let compared = match before {
        Some(before) => Some(compare(&before, &found)),
        // Programs get one shape, whatever was kept before.
        None if settings.json => None,
        None => kept.and_then(|run| run.compared),
    };
    if settings.json {
        match &compared {
            Some(compared) => println!("{}", serde_json::json!({"audit": found, "compared": compared})),
            None => println!("{}", serde_json::to_string(&found)?),
        }
    } else {
        show::print(&found, compared.as_ref(), args.explain);
    }
    Ok(if args.fail_on.is_met(found.worst()) { ExitCode::Failed } else { ExitCode::Done })
}

/// Keeps an audit if there is an installation on this machine. What stands in the way is said, and does not take away
/// from the audit.
async fn keep(settings: &Settings, found: &Audit) -> Option<websites::Run> {
    match try_keep(settings, found).await {
        Ok(kept) => kept,
        Err(error) => {
            eprintln!("{} the audit was not kept: {error:#}", Paint::for_stderr().yellow("warning:"));
            None
        }
    }
}

async fn try_keep(settings: &Settings, found: &Audit) -> Result<Option<websites::Run>> {
    let here = settings.database_url.is_some() || postgres::exists(&settings.data_dir()?);
    if !here || remote::in_use(settings)?.is_some() {
        return Ok(None);
    }
    let session = Session::open(settings, "placard website").await?;
    let outcome = async {
        let tenant = session.tenant().await?.id;
        Ok(Some(websites::keep(session.documents().await?, tenant, found).await?))
    };
    let outcome = outcome.await;
    session.close().await?;
    outcome
}

/// An address as people write it: without a scheme, https is meant.
fn address(written: &str) -> Result<Url> {
    let whole = if written.contains("://") { written.to_owned() } else { format!("https://{written}") };
    let url = Url::parse(&whole).map_err(|error| WrongInput(format!("{written} is no address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(WrongInput(format!("{written} is no address of a page: only http and https are")).into());
    }
    Ok(url)
}

fn earlier(path: &Path) -> Result<Audit> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| WrongInput(format!("{name} is no audit as --json writes it: {error}")).into())
}

/// Audits with a bar on standard error, where somebody watches.
async fn watched(fetcher: &Fetcher, url: &Url, options: &Options) -> Audit {
    let (bar, _) = progress_bar::bar(None);
    bar.enable_steady_tick(Duration::from_millis(120));
    let hear = |step: Step| follow(&bar, step);
    let found = audit(fetcher, url, options, &hear).await;
    bar.finish_and_clear();
    found
}

fn follow(bar: &ProgressBar, step: Step) {
    bar.set_length(step.planned as u64);
    bar.set_position(step.done as u64);
    bar.set_message(step.what);
}

/// What is wrong with the pages that a campaign leads to, as warnings about its fields. Errors of an audit only: the
/// rest is for `placard website audit`.
pub(super) async fn warnings(
    reach: &Reach,
    pages: &[(String, &str)],
    platforms: &[Platform],
) -> Result<Vec<Diagnostic>> {
    let fetcher = reach.fetcher()?;
    let expected: BTreeSet<Tag> = platforms.iter().map(|platform| websites::tag(*platform)).collect();
    let options = Options { pages: 0, links: 0, expected, ..Options::default() };
    let mut warnings = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (path, written) in pages.iter().filter(|(_, written)| seen.insert(written)) {
        let found = watched(&fetcher, &address(written)?, &options).await;
        let errors = found.findings.iter().filter(|finding| finding.severity == Severity::Error);
        warnings.extend(errors.map(|finding| {
            let said = format!("{}: {}", finding.what, finding.seen);
            Diagnostic::warning(path.clone(), said).help(finding.fix.clone())
        }));
    }
    Ok(warnings)
}
