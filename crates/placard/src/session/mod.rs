//! What a command works with: the database, the vault, the tenant, the platform behind a connection.

mod database;
mod sandbox_host;

pub use sandbox_host::{ENDPOINT as SANDBOX, SandboxHost};

use crate::{master_key, settings::Settings};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate, Utc};
use database::Database;
use placard_domain::{AccountRef, Currency, Platform, TenantId, marker::CampaignTag};
use placard_platforms::{
    Access, AccountContext,
    meta::{Meta, MetaConfig},
};
use placard_store::{
    Db, StoreError, Vault, ad_account,
    audit::Actor,
    connection::{self, Connection},
    tenant::{self, Tenant},
};
use secrecy::SecretString;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OnceCell;
use url::{Host, Url};

/// A command's world. Close it with [`Session::close`], so that a private server stops in order.
pub struct Session {
    data_dir: PathBuf,
    database: Database,
    vault: Vault,
    wanted_tenant: Option<String>,
    command: String,
    sandbox: OnceCell<SandboxHost>,
}

impl Session {
    /// Opens the database, private or given, and brings a private one to this version's schema.
    pub async fn open(settings: &Settings, command: &str) -> Result<Self> {
        let data_dir = settings.data_dir()?;
        std::fs::create_dir_all(&data_dir)
            .with_context(|| format!("the data directory {} cannot be made", data_dir.display()))?;
        let keys = master_key::Source::of(&data_dir)?;
        let database = Database::open(settings, &data_dir, command).await?;
        let vault = match Vault::following(Arc::new(keys)) {
            Ok(vault) => vault,
            Err(error) => {
                database.close().await?;
                return Err(StoreError::from(error).into());
            }
        };
        Ok(Self {
            data_dir,
            database,
            vault,
            wanted_tenant: settings.tenant.clone(),
            command: command.to_owned(),
            sandbox: OnceCell::new(),
        })
    }

    /// Lets go of everything. A private server that this process started stops.
    pub async fn close(self) -> Result<()> {
        if let Some(sandbox) = self.sandbox.into_inner() {
            sandbox.stop().await?;
        }
        self.database.close().await
    }

    /// The database.
    pub const fn db(&self) -> &Db {
        self.database.db()
    }

    /// The vault.
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Who acts: whoever runs this command.
    pub fn actor(&self) -> Actor {
        let user = std::env::var("SUDO_USER")
            .or_else(|_| std::env::var("USER"))
            .unwrap_or_else(|_| "someone".into());
        Actor::System(format!("{user} with {}", self.command))
    }

    /// The tenant to work for: the one named, or the only one.
    pub async fn tenant(&self) -> Result<Tenant> {
        let mut tx = self.db().system().await?;
        let mut tenants = tenant::list(&mut tx).await?;
        tx.commit().await?;
        if let Some(wanted) = &self.wanted_tenant {
            let found = tenants.iter().position(|tenant| tenant.slug == *wanted);
            let slugs: Vec<_> = tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
            return match found {
                Some(index) => Ok(tenants.swap_remove(index)),
                None => bail!("there is no tenant `{wanted}`; there is {}", listed(&slugs)),
            };
        }
        match tenants.len() {
            1 => Ok(tenants.remove(0)),
            0 => bail!("nobody is set up here yet; run `placard setup`"),
            _ => {
                let slugs: Vec<_> = tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
                bail!("there is more than one tenant; name one with --tenant: {}", listed(&slugs))
            }
        }
    }

    /// The tenant of a job.
    pub async fn tenant_by_id(&self, id: TenantId) -> Result<Tenant> {
        let mut tx = self.db().system().await?;
        let tenants = tenant::list(&mut tx).await?;
        tx.commit().await?;
        tenants.into_iter().find(|tenant| tenant.id == id).with_context(|| format!("there is no tenant {id}"))
    }

    /// The sandbox that connections to it use: one that runs already, or one in this process.
    pub async fn sandbox(&self) -> Result<&SandboxHost> {
        self.sandbox.get_or_try_init(|| SandboxHost::open(&self.data_dir)).await
    }

    /// The connection to `account`, or the only one to `platform` whose account has `currency`.
    pub async fn connection(
        &self,
        tenant: &Tenant,
        platform: Platform,
        account: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<Connection> {
        let mut tx = self.db().tenant(tenant.id).await?;
        let mut fitting = connection::list(&mut tx).await?;
        let accounts = ad_account::list(&mut tx).await?;
        tx.commit().await?;
        fitting.retain(|one| one.account.platform == platform);
        let known: Vec<_> = fitting.iter().map(|one| one.account.id.clone()).collect();
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        anyhow::ensure!(
            !known.is_empty(),
            "no {} account is connected; run `placard connect {platform}`",
            platform.title()
        );
        if let Some(wanted) = account {
            fitting.retain(|one| one.account.id == wanted);
            let found = fitting.pop();
            return found
                .with_context(|| format!("{wanted} is not connected; connected: {}", listed(&known)));
        }
        let has_currency = |one: &Connection, currency| {
            let of_it = |account: &&ad_account::Stored| account.description.account == one.account;
            accounts.iter().find(of_it).is_some_and(|account| account.description.currency == currency)
        };
        fitting.retain(|one| currency.is_none_or(|currency| has_currency(one, currency)));
        match fitting.len() {
            1 => Ok(fitting.remove(0)),
            0 => bail!("no connected account has this currency; connected: {}", listed(&known)),
            _ => bail!(
                "more than one account is connected; name one in `platforms.{platform}.account`: {}",
                listed(&known)
            ),
        }
    }

    /// The adapter and the token behind a connection.
    pub async fn reach(&self, tenant: &Tenant, connection: &Connection) -> Result<Reach> {
        let (meta, today) = self.meta(connection.endpoint.as_deref()).await?;
        let mut tx = self.db().tenant(tenant.id).await?;
        let tokens = connection::tokens(&mut tx, &self.vault, connection.id).await?;
        let account = ad_account::find(&mut tx, &connection.account).await?;
        tx.commit().await?;
        let account = account.with_context(|| format!("the account {} is not stored", connection.account))?;
        let access = Access {
            account: connection.account.clone(),
            token: tokens.token,
            page_token: tokens.page_token,
        };
        Ok(Reach {
            meta,
            access,
            account,
            now: today,
            local: connection.endpoint.as_deref().is_some_and(leads_here),
        })
    }

    /// The Meta adapter for `endpoint`, and the time there.
    pub async fn meta(&self, endpoint: Option<&str>) -> Result<(Meta, DateTime<Utc>)> {
        let (mut config, now) = match endpoint {
            None => (live_config()?, Utc::now()),
            Some(SANDBOX) => {
                let sandbox = self.sandbox().await?;
                let config = MetaConfig::at(
                    sandbox.base_url().clone(),
                    placard_sandbox::APP_ID,
                    SecretString::from(placard_sandbox::APP_SECRET),
                );
                (config, sandbox.now().await?)
            }
            Some(other) => {
                let base = Url::parse(other).with_context(|| format!("`{other}` is not an address"))?;
                let (id, secret) = app_credentials()?;
                (MetaConfig::at(base, id, secret), Utc::now())
            }
        };
        config.http.journal = std::env::var_os("PLACARD_REQUEST_LOG").map(PathBuf::from);
        if is_local(&config.graph_url) {
            config.report_poll = BRISK;
            config.http.backoff.first = BRISK;
        }
        Ok((Meta::new(config, Arc::new(rand::random::<f64>))?, now))
    }
}

/// A platform at the other end of a connection.
pub struct Reach {
    /// The adapter.
    pub meta: Meta,
    /// The token and the account.
    pub access: Access,
    /// The account as it was described last.
    pub account: ad_account::Stored,
    /// The time there: the real one, or the sandbox's.
    pub now: DateTime<Utc>,
    /// Whether it is on this machine, where nobody else's patience is at stake.
    pub local: bool,
}

impl Reach {
    /// What mapping a campaign needs to know.
    pub fn context(&self, tenant: &Tenant, campaign: &str) -> AccountContext {
        AccountContext {
            account: self.access.account.clone(),
            currency: self.account.description.currency,
            zone: self.account.description.zone,
            today: self.today(),
            tag: CampaignTag::derive(tenant.id, &self.access.account, campaign),
        }
    }

    /// Today in the account's time zone.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.account.description.zone).date_naive()
    }

    /// The account.
    pub const fn account(&self) -> &AccountRef {
        &self.access.account
    }
}

/// The first pause between two questions to a platform on this machine.
const BRISK: Duration = Duration::from_millis(20);

/// Whether a connection's endpoint is the sandbox or another server on this machine.
fn leads_here(endpoint: &str) -> bool {
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

fn live_config() -> Result<MetaConfig> {
    let (id, secret) = app_credentials()?;
    Ok(MetaConfig::live(id, secret))
}

fn app_credentials() -> Result<(String, SecretString)> {
    let read = |name: &str| {
        std::env::var(name)
            .with_context(|| format!("set {name} to your Meta app's, or connect with --sandbox"))
    };
    Ok((read("PLACARD_META_APP_ID")?, SecretString::from(read("PLACARD_META_APP_SECRET")?)))
}

fn listed(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
