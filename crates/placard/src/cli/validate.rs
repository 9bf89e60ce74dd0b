//! `placard validate`: everything wrong with a spec, without a call to any platform.

use super::{ExitCode, campaign_file::CampaignFile, failure, paint::Paint};
use crate::{
    postgres,
    session::{self, Session},
    settings::Settings,
};
use anyhow::Result;
use chrono::{NaiveDate, Utc};
use placard_domain::{
    Platform,
    marker::CampaignTag,
    spec::{Diagnostic, Diagnostics},
};
use placard_platforms::AccountContext;
use placard_store::{
    ad_account::{self, Stored},
    tenant::Tenant,
};
use serde_json::json;
use std::path::PathBuf;

/// `placard validate`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The specs.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Check the files alone, without looking up the connected ad account.
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let today = Utc::now().date_naive();
    let mut accounts: Option<Accounts> = None;
    let mut code = ExitCode::Done;
    for path in &args.files {
        let name = path.display().to_string();
        let checked = match CampaignFile::load(path, today) {
            Ok(file) => {
                if accounts.is_none() && !args.offline {
                    accounts = Some(Accounts::look_up(settings).await);
                }
                fit(file, accounts.as_ref(), today)
            }
            Err(error) => Err(error),
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

fn said_valid(settings: &Settings, name: &str, file: &CampaignFile) {
    if settings.json {
        println!("{}", json!({"file": name, "valid": true, "warnings": file.warnings}));
        return;
    }
    file.show_warnings();
    let ads: usize = file.campaign.ad_groups.iter().map(|group| group.ads.len()).sum();
    let paint = Paint::for_stdout();
    println!("{} {name}: {} ad groups, {ads} ads", paint.green("✓"), file.campaign.ad_groups.len());
}

/// The connected accounts, as far as they can be looked up without disturbing anyone.
struct Accounts {
    tenant: Option<Tenant>,
    known: Vec<Stored>,
}

impl Accounts {
    /// Asks our own database only, and only one that is there already.
    async fn look_up(settings: &Settings) -> Self {
        match Self::try_look_up(settings).await {
            Ok(accounts) => accounts,
            Err(error) => {
                eprintln!("  the ad account's own rules are not checked: {error:#}");
                Self { tenant: None, known: Vec::new() }
            }
        }
    }

    async fn try_look_up(settings: &Settings) -> Result<Self> {
        if settings.database_url.is_none() && !postgres::exists(&settings.data_dir()?) {
            return Ok(Self { tenant: None, known: Vec::new() });
        }
        let session = Session::open(settings, "placard validate").await?;
        let found = Self::read(&session).await;
        session.close().await?;
        found
    }

    async fn read(session: &Session) -> Result<Self> {
        let tenant = session.tenant().await?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let known = ad_account::list(&mut tx).await?;
        tx.commit().await?;
        Ok(Self { tenant: Some(tenant), known })
    }
}

/// Checks what the platform and the account ask for, by our own tables.
fn fit(mut file: CampaignFile, accounts: Option<&Accounts>, today: NaiveDate) -> Result<CampaignFile> {
    let Some(Accounts { tenant: Some(tenant), known }) = accounts else { return Ok(file) };
    for platform in file.campaign.platforms.named() {
        file = fit_platform(file, tenant, known, platform, today)?;
    }
    Ok(file)
}

fn fit_platform(
    file: CampaignFile,
    tenant: &Tenant,
    known: &[Stored],
    platform: Platform,
    today: NaiveDate,
) -> Result<CampaignFile> {
    let mut fitting = known.iter().filter(|account| account.description.account.platform == platform);
    let ids: Vec<_> = fitting.clone().map(|account| account.description.account.id.as_str()).collect();
    let wanted = file.campaign.platforms.account(platform).map(str::to_owned);
    let account = match &wanted {
        Some(id) => fitting.find(|account| account.description.account.id == *id),
        None => fitting.next(),
    };
    let Some(account) = account else {
        let Some(wanted) = wanted else { return Ok(file) };
        let path = format!("platforms.{platform}.account");
        let finding = Diagnostic::error(path, format!("the ad account {wanted} is not connected"))
            .help(format!("connected: {}", if ids.is_empty() { "none".into() } else { ids.join(", ") }));
        return Err(file.misfit(Diagnostics(vec![finding])).into());
    };
    let context = AccountContext {
        account: account.description.account.clone(),
        currency: account.description.currency,
        zone: account.description.zone,
        today,
        tag: CampaignTag::derive(tenant.id, &account.description.account, &file.campaign.key),
    };
    let findings = Diagnostics(session::pure(platform)?.check(&file.campaign, &context));
    if findings.has_errors() {
        return Err(file.misfit(findings).into());
    }
    Ok(file.with_warnings(findings))
}
