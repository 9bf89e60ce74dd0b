//! `placard validate`: everything wrong with a spec, without a call to any platform.

use super::{
    ExitCode,
    campaign_file::{self, CampaignFile},
    desk, failure,
    paint::Paint,
    website,
};
use crate::{api::view::AccountView, pictures::Seen, postgres, remote, session, settings::Settings};
use anyhow::{Context, Result};
use chrono::{NaiveDate, Utc};
use placard_domain::{
    Platform, TenantId,
    marker::CampaignTag,
    spec::{Diagnostic, Diagnostics},
};
use placard_platforms::AccountContext;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `placard validate`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The specs.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Check the files alone, without looking up the connected ad account.
    #[arg(long)]
    offline: bool,
    /// Audit the pages that clicks lead to as well; their errors are shown as warnings.
    #[arg(long, conflicts_with = "offline")]
    website: bool,
    #[command(flatten)]
    reach: website::Reach,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let today = Utc::now().date_naive();
    let mut accounts: Option<Accounts> = None;
    let mut code = ExitCode::Done;
    for path in &args.files {
        let name = path.display().to_string();
        let checked = match load(settings, path, today, args.offline).await {
            Ok(file) => {
                if accounts.is_none() && !args.offline {
                    accounts = Some(Accounts::look_up(settings).await);
                }
                fit(file, accounts.as_ref(), today)
            }
            Err(error) => Err(error),
        };
        let checked = match checked {
            Ok(file) if args.website => audited(file, &args.reach).await,
            other => other,
        };
        match checked {
            Ok(file) => said_valid(settings, &name, &file),
            Err(error) => {
                failure::report(&error, settings.json);
                code = ExitCode::WrongInput;
            }
        }
    }
    Ok(code)
}

/// Reads and checks a spec. The library is asked only if it names assets.
async fn load(settings: &Settings, path: &Path, today: NaiveDate, offline: bool) -> Result<CampaignFile> {
    let seen = if !offline && campaign_file::names_assets(path)? && is_set_up(settings)? {
        desk::at(settings, "placard validate", async |desk| campaign_file::seen(path, desk).await).await?
    } else {
        Seen::default()
    };
    CampaignFile::load(path, today, &seen)
}

/// The same with what is wrong with its pages.
async fn audited(file: CampaignFile, reach: &website::Reach) -> Result<CampaignFile> {
    let warnings = website::warnings(reach, &file.pages(), &file.campaign.platforms.named()).await?;
    Ok(file.with_warnings(Diagnostics(warnings)))
}

fn said_valid(settings: &Settings, name: &str, file: &CampaignFile) {
    if settings.json {
        println!("{}", json!({"file": name, "valid": true, "warnings": file.warnings}));
        return;
    }
    file.show_warnings();
    println!("{} {name}: {}", Paint::for_stdout().green("✓"), file.size());
}

/// Whether there is a database, or a server, that can be asked without making one.
fn is_set_up(settings: &Settings) -> Result<bool> {
    let elsewhere = remote::in_use(settings)?.is_some() || settings.database_url.is_some();
    Ok(elsewhere || postgres::exists(&settings.data_dir()?))
}

/// The connected accounts, as far as they can be looked up without disturbing anyone.
#[derive(Default)]
struct Accounts {
    tenant: Option<TenantId>,
    known: Vec<AccountView>,
}

impl Accounts {
    /// Asks our own database or server only, and only a database that is there already.
    async fn look_up(settings: &Settings) -> Self {
        match Self::try_look_up(settings).await {
            Ok(accounts) => accounts,
            Err(error) => {
                eprintln!("  the ad account's own rules are not checked: {error:#}");
                Self::default()
            }
        }
    }

    async fn try_look_up(settings: &Settings) -> Result<Self> {
        if !is_set_up(settings)? {
            return Ok(Self::default());
        }
        desk::at(settings, "placard validate", async |desk| {
            Ok(Self { tenant: desk.tenant().await?, known: desk.accounts().await? })
        })
        .await
    }
}

/// Checks what the platform and the account ask for, by our own tables.
fn fit(mut file: CampaignFile, accounts: Option<&Accounts>, today: NaiveDate) -> Result<CampaignFile> {
    let Some(Accounts { tenant: Some(tenant), known }) = accounts else { return Ok(file) };
    for platform in file.campaign.platforms.named() {
        file = fit_platform(file, *tenant, known, platform, today)?;
    }
    Ok(file)
}

fn fit_platform(
    file: CampaignFile,
    tenant: TenantId,
    known: &[AccountView],
    platform: Platform,
    today: NaiveDate,
) -> Result<CampaignFile> {
    let mut fitting = known.iter().filter(|account| account.platform == platform);
    let ids: Vec<_> = fitting.clone().map(|account| account.id.as_str()).collect();
    let wanted = file.campaign.platforms.account(platform).map(str::to_owned);
    let account = match &wanted {
        Some(id) => fitting.find(|account| account.id == *id),
        None => fitting.next(),
    };
    let Some(account) = account else {
        let Some(wanted) = wanted else { return Ok(file) };
        let path = format!("platforms.{platform}.account");
        let finding = Diagnostic::error(path, format!("the ad account {wanted} is not connected"))
            .help(format!("connected: {}", if ids.is_empty() { "none".into() } else { ids.join(", ") }));
        return Err(file.misfit(Diagnostics(vec![finding])).into());
    };
    let zone = account.time_zone.parse();
    let context = AccountContext {
        account: account.account(),
        currency: account.currency,
        zone: zone.with_context(|| format!("{} is no time zone", account.time_zone))?,
        today,
        tag: CampaignTag::derive(tenant, &account.account(), &file.campaign.key),
    };
    let findings = Diagnostics(session::pure(platform)?.check(&file.campaign, &context));
    if findings.has_errors() {
        return Err(file.misfit(findings).into());
    }
    Ok(file.with_warnings(findings))
}
