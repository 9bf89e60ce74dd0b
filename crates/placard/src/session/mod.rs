//! What a command works with: the database, the vault, the tenant, the platform behind a connection.

mod database;
mod documents;
mod ledger;
mod platforms;
mod sandbox_host;

pub use ledger::SharedLedger;
pub use platforms::pure;
pub use sandbox_host::{ENDPOINT as SANDBOX, SandboxHost};

use crate::{
    checking,
    library::Library,
    master_key,
    settings::{AssetSettings, Settings},
};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate, Utc};
use database::Database;
use placard_domain::{AccountRef, Currency, Platform, TenantId, marker::CampaignTag};
use placard_platforms::{Access, AccountContext, AccountView, AdPlatform, Held, Urgency};
use placard_store::{
    Db, StoreError, Vault, ad_account,
    audit::Actor,
    connection::{self, Connection, Tokens},
    documents::Documents,
    tenant::{self, Tenant},
};
use secrecy::SecretString;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// A command's world. Close it with [`Session::close`], so that a private server stops in order.
pub struct Session {
    data_dir: PathBuf,
    database: Database,
    vault: Vault,
    wanted_tenant: Option<String>,
    command: String,
    sandbox: OnceCell<SandboxHost>,
    assets: AssetSettings,
    library: OnceCell<Library>,
    mongodb_url: Option<SecretString>,
    documents: OnceCell<Documents>,
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
            assets: settings.assets.clone(),
            library: OnceCell::new(),
            mongodb_url: settings.mongodb_url.clone(),
            documents: OnceCell::new(),
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

    /// Where assets lie.
    pub async fn library(&self) -> Result<&Library> {
        self.library.get_or_try_init(async || Library::open(&self.data_dir, &self.assets)).await
    }

    /// The tenants' documents, wherever they are.
    pub async fn documents(&self) -> Result<&Documents> {
        self.documents.get_or_try_init(|| documents::open(self.db(), self.mongodb_url.as_ref())).await
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

    /// The adapter and the token behind a connection. A token that ends soon is renewed before.
    ///
    /// # Errors
    /// [`Dead`](checking::Dead) at once, if it is known that the token works no longer.
    pub async fn reach(&self, tenant: &Tenant, connection: &Connection) -> Result<Reach> {
        checking::expect_alive(connection)?;
        self.reach_anyway(tenant, connection).await
    }

    /// The same, however the connection stood before.
    pub async fn reach_anyway(&self, tenant: &Tenant, connection: &Connection) -> Result<Reach> {
        let (platform, now) =
            self.platform(connection.account.platform, connection.endpoint.as_deref()).await?;
        let mut tx = self.db().tenant(tenant.id).await?;
        let tokens = connection::tokens(&mut tx, &self.vault, connection.id).await?;
        let account = ad_account::find(&mut tx, &connection.account).await?;
        tx.commit().await?;
        let account = account.with_context(|| format!("the account {} is not stored", connection.account))?;
        let page_token = tokens.page_token.clone();
        let access = Access {
            account: connection.account.clone(),
            token: self.lasting(tenant, connection, &*platform, tokens, now).await?,
            page_token,
            manager: account.description.business_id.clone(),
            urgency: Urgency::Publishing,
        };
        let local = connection.endpoint.as_deref().is_some_and(platforms::leads_here);
        Ok(Reach { platform, access, account, now, local })
    }

    /// The token, or a fresh one in its place if it ends soon. Should that fail, the platform's answer to the next call
    /// says why.
    async fn lasting(
        &self,
        tenant: &Tenant,
        connection: &Connection,
        platform: &dyn AdPlatform,
        tokens: Tokens,
        now: DateTime<Utc>,
    ) -> Result<SecretString> {
        let ahead = platform.capabilities().renew_ahead;
        if connection.token_expires_at.is_none_or(|end| end - now >= ahead) {
            return Ok(tokens.token);
        }
        let held = Held { token: tokens.token.clone(), refresh_token: tokens.refresh_token };
        let grant = match platform.renew(&held, now).await {
            Ok(grant) => grant,
            Err(error) => {
                tracing::warn!(account = %connection.account, %error, "the token ends soon and was not renewed");
                return Ok(tokens.token);
            }
        };
        let mut tx = self.db().tenant(tenant.id).await?;
        let refresh_token = grant.refresh_token.as_ref();
        connection::renew(&mut tx, &self.vault, connection.id, &grant.token, refresh_token, grant.expires_at)
            .await?;
        tx.commit().await?;
        Ok(grant.token)
    }
}

/// A platform at the other end of a connection.
pub struct Reach {
    /// The adapter.
    pub platform: Box<dyn AdPlatform>,
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

    /// What reading the account's campaigns needs to know.
    pub fn view(&self) -> AccountView {
        let described = &self.account.description;
        let account = self.access.account.clone();
        AccountView { account, currency: described.currency, zone: described.zone, now: self.now }
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

fn listed(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
