//! The adapters, as the apps and addresses of this installation want them.

use super::{SANDBOX, Session, SharedLedger};
use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use placard_domain::Platform;
use placard_platforms::{
    AdPlatform,
    google::{Google, GoogleConfig},
    http::Pace,
    meta::{Meta, MetaConfig},
    microsoft::{Microsoft, MicrosoftConfig},
    tiktok::{Tiktok, TiktokConfig},
};
use placard_store::Db;
use secrecy::SecretString;
use std::{fmt::Display, num::NonZeroU32, path::PathBuf, str::FromStr, sync::Arc, time::Duration};
use url::{Host, Url};

impl Session {
    /// The adapter of `platform` at `endpoint` (the platform itself if `None`), and the time there.
    pub async fn platform(
        &self,
        platform: Platform,
        endpoint: Option<&str>,
    ) -> Result<(Box<dyn AdPlatform>, DateTime<Utc>)> {
        let (base, now) = match endpoint {
            None => (None, Utc::now()),
            Some(SANDBOX) => {
                let sandbox = self.sandbox().await?;
                (Some(sandbox.base_url().clone()), sandbox.now().await?)
            }
            Some(other) => {
                let base = Url::parse(other).with_context(|| format!("`{other}` is not an address"))?;
                (Some(base), Utc::now())
            }
        };
        let pretended = endpoint == Some(SANDBOX);
        let adapter: Box<dyn AdPlatform> = match platform {
            Platform::Meta => Box::new(meta(base, pretended)?),
            Platform::Google => Box::new(google(base, pretended, self.db())?),
            Platform::Tiktok => Box::new(tiktok(base, pretended, self.db())?),
            Platform::Microsoft => Box::new(microsoft(base, pretended, self.db())?),
        };
        Ok((adapter, now))
    }
}

/// An adapter for what is pure in it: mapping and checking. It is never asked to call anyone.
pub fn pure(platform: Platform) -> Result<Box<dyn AdPlatform>> {
    let nothing = || SecretString::from("none");
    Ok(match platform {
        Platform::Meta => Box::new(Meta::new(MetaConfig::live("none", nothing()), Arc::new(|| 0.0))?),
        Platform::Google => Box::new(Google::new(GoogleConfig::live("none", nothing()), Arc::new(|| 0.0))?),
        Platform::Tiktok => Box::new(Tiktok::new(TiktokConfig::live("none", nothing()), Arc::new(|| 0.0))?),
        Platform::Microsoft => {
            let config = MicrosoftConfig::live("none", nothing(), nothing());
            Box::new(Microsoft::new(config, Arc::new(|| 0.0))?)
        }
    })
}

fn meta(base: Option<Url>, pretended: bool) -> Result<Meta> {
    let (id, secret) = if pretended {
        (placard_sandbox::APP_ID.to_owned(), SecretString::from(placard_sandbox::APP_SECRET))
    } else {
        let hint = "to your Meta app's";
        (given("PLACARD_META_APP_ID", hint)?, SecretString::from(given("PLACARD_META_APP_SECRET", hint)?))
    };
    let mut config = match base {
        None => MetaConfig::live(id, secret),
        Some(base) => MetaConfig::at(base, id, secret),
    };
    config.http.journal = journal("PLACARD_REQUEST_LOG");
    if is_local(&config.graph_url) {
        config.report_poll = BRISK;
        config.http.backoff.first = BRISK;
    }
    Ok(Meta::new(config, Arc::new(rand::random::<f64>))?)
}

fn google(base: Option<Url>, pretended: bool, db: &Db) -> Result<Google> {
    let (id, secret) = if pretended {
        let (id, secret) = (placard_sandbox::GOOGLE_CLIENT_ID, placard_sandbox::GOOGLE_CLIENT_SECRET);
        (id.to_owned(), SecretString::from(secret))
    } else {
        let hint = "to your Google OAuth client's";
        let secret = given("PLACARD_GOOGLE_CLIENT_SECRET", hint)?;
        (given("PLACARD_GOOGLE_CLIENT_ID", hint)?, SecretString::from(secret))
    };
    let mut config = match base {
        None => GoogleConfig::live(id, secret),
        Some(base) => GoogleConfig::at(base, id, secret),
    };
    config.developer_token = std::env::var("PLACARD_GOOGLE_DEVELOPER_TOKEN").ok().map(SecretString::from);
    let level = chosen("PLACARD_GOOGLE_ACCESS_LEVEL")?;
    config.pace = pace(db, config.pace.is_some() || level.is_some());
    config.level = level.unwrap_or_default();
    config.http.journal = journal("PLACARD_GOOGLE_REQUEST_LOG");
    if is_local(&config.api_url) {
        config.http.backoff.first = BRISK;
    }
    Ok(Google::new(config, Arc::new(rand::random::<f64>))?)
}

fn microsoft(base: Option<Url>, pretended: bool, db: &Db) -> Result<Microsoft> {
    let (id, secret, developer_token) = if pretended {
        use placard_sandbox::{MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_DEVELOPER_TOKEN};
        (
            MICROSOFT_CLIENT_ID.to_owned(),
            MICROSOFT_CLIENT_SECRET.to_owned(),
            MICROSOFT_DEVELOPER_TOKEN.to_owned(),
        )
    } else {
        let hint = "to your Microsoft Entra app's";
        let (id, secret) =
            (given("PLACARD_MICROSOFT_CLIENT_ID", hint)?, given("PLACARD_MICROSOFT_CLIENT_SECRET", hint)?);
        (id, secret, given("PLACARD_MICROSOFT_DEVELOPER_TOKEN", "to your developer token")?)
    };
    let (secret, developer_token) = (SecretString::from(secret), SecretString::from(developer_token));
    let mut config = match base {
        None => MicrosoftConfig::live(id, secret, developer_token),
        Some(base) => MicrosoftConfig::at(base, id, secret, developer_token),
    };
    config.calls_per_minute =
        chosen::<NonZeroU32>("PLACARD_MICROSOFT_CALLS_PER_MINUTE")?.map(NonZeroU32::get);
    config.pace = pace(db, config.pace.is_some() || config.calls_per_minute.is_some());
    config.http.journal = journal("PLACARD_MICROSOFT_REQUEST_LOG");
    if is_local(&config.campaign_url) {
        config.report_poll = BRISK;
        config.http.backoff.first = BRISK;
    }
    Ok(Microsoft::new(config, Arc::new(rand::random::<f64>))?)
}

fn tiktok(base: Option<Url>, pretended: bool, db: &Db) -> Result<Tiktok> {
    let (id, secret) = if pretended {
        let (id, secret) = (placard_sandbox::TIKTOK_APP_ID, placard_sandbox::TIKTOK_APP_SECRET);
        (id.to_owned(), SecretString::from(secret))
    } else {
        let hint = "to your TikTok app's";
        let secret = given("PLACARD_TIKTOK_APP_SECRET", hint)?;
        (given("PLACARD_TIKTOK_APP_ID", hint)?, SecretString::from(secret))
    };
    let mut config = match base {
        None => TiktokConfig::live(id, secret),
        Some(base) => TiktokConfig::at(base, id, secret),
    };
    let level = chosen("PLACARD_TIKTOK_APP_LEVEL")?;
    config.pace = pace(db, config.pace.is_some() || level.is_some());
    config.level = level.unwrap_or_default();
    config.http.journal = journal("PLACARD_TIKTOK_REQUEST_LOG");
    if is_local(&config.base_url) {
        config.http.backoff.first = BRISK;
    }
    Ok(Tiktok::new(config, Arc::new(rand::random::<f64>))?)
}

/// The first pause between two questions to a platform on this machine.
const BRISK: Duration = Duration::from_millis(20);

/// Where every request to a platform is noted, if anywhere.
fn journal(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Calls counted with every other process, where a platform has limits: itself, or one that stands in for it and whose
/// limits somebody chose.
fn pace(db: &Db, limited: bool) -> Option<Pace> {
    limited.then(|| Pace { ledger: Arc::new(SharedLedger(db.clone())), ..Pace::default() })
}

/// What a platform granted, if anybody says.
fn chosen<T: FromStr<Err: Display>>(name: &str) -> Result<Option<T>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|error| anyhow!("{name}: {error}"))
}

fn given(name: &str, hint: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("set {name} {hint}, or connect with --sandbox"))
}

/// Whether a connection's endpoint is the sandbox or another server on this machine.
pub(super) fn leads_here(endpoint: &str) -> bool {
    endpoint == SANDBOX || Url::parse(endpoint).is_ok_and(|url| is_local(&url))
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
