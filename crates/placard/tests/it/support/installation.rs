//! Placard as somebody has it installed, with a sandbox in the test's own process.

use super::{Object, Spec, World};
use anyhow::{Context, Result, ensure};
use placard::{
    connecting::{Wish, connect},
    postgres::scratch::SERVER_VARIABLE,
    session::Session,
    settings::{AssetSettings, Settings},
};
use placard_domain::{AccountRef, Platform};
use placard_sandbox::{NodeId, RequestEntry, RunningSandbox, SandboxConfig};
use placard_store::{
    Db, PoolConfig, campaign,
    platform_object::{self, PlatformObject},
    tenant,
    testing::TestDatabase,
};
use rustix::fs::{FlockOperation, flock};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sqlx::{Connection, PgConnection};
use std::{
    fs::{self, File},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

/// The account that tests publish to.
const fn account_on(platform: Platform) -> &'static str {
    match platform {
        Platform::Google => "1001001001",
        Platform::Tiktok => "7001001",
        Platform::Microsoft => "5001001",
        Platform::Meta => "act_1001",
    }
}

/// A database, a data directory, a tenant with a connected account, and the sandbox behind that account.
pub(crate) struct Installation {
    pub(crate) database: TestDatabase,
    pub(crate) sandbox: RunningSandbox,
    pub(crate) tenant: tenant::Tenant,
    platform: Platform,
    folder: TempDir,
    tenants: u32,
    // While it is held, every command takes the sandbox to be run by someone else.
    _sandbox_lock: File,
}

impl Installation {
    /// Ready to publish to Meta.
    pub(crate) async fn open() -> Result<Self> {
        Self::open_on(Platform::Meta).await
    }

    /// Ready to publish to `platform`.
    pub(crate) async fn open_on(platform: Platform) -> Result<Self> {
        let database = TestDatabase::create().await;
        let folder = tempfile::tempdir()?;
        // A private PostgreSQL runs as another user where we are root.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let place = folder.path().join("data/sandbox");
        fs::create_dir_all(&place)?;
        let lock = File::create(place.join("owner.lock"))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let sandbox = start_sandbox(&place).await?;
        let tenant = new_tenant(&database, 0).await?;
        let opened = Self { database, sandbox, tenant, platform, folder, tenants: 1, _sandbox_lock: lock };
        let session = opened.session().await?;
        opened.connect(&session).await?;
        session.close().await?;
        Ok(opened)
    }

    /// Another tenant and another world, so that nothing of what was done before is left.
    pub(crate) async fn renew(&mut self) -> Result<()> {
        let session = self.session().await?;
        self.renew_with(&session).await?;
        session.close().await
    }

    /// The same by way of a session that is open.
    pub(crate) async fn renew_with(&mut self, session: &Session) -> Result<()> {
        self.tenant = new_tenant(&self.database, self.tenants).await?;
        self.tenants += 1;
        self.sandbox = start_sandbox(&self.data_dir().join("sandbox")).await?;
        self.connect(session).await
    }

    /// Another tenant, connected to the same account: nothing is on record, and everything is on the platform.
    pub(crate) async fn forget(&mut self) -> Result<()> {
        self.tenant = new_tenant(&self.database, self.tenants).await?;
        self.tenants += 1;
        let session = self.session().await?;
        self.connect(&session).await?;
        session.close().await
    }

    async fn connect(&self, session: &Session) -> Result<()> {
        let wish = Wish {
            platform: self.platform,
            sandbox: true,
            account: Some(account_on(self.platform).to_owned()),
            page: None,
            headless: true,
        };
        connect(session, &self.tenant, &wish, |_| ()).await?;
        Ok(())
    }

    /// What a command works with, in this process.
    pub(crate) async fn session(&self) -> Result<Session> {
        let settings = Settings {
            data_dir: Some(self.data_dir()),
            database_url: Some(self.database.url().expose_secret().to_owned()),
            mongodb_url: None,
            tenant: Some(self.tenant.slug.clone()),
            profile: None,
            assets: AssetSettings::default(),
            json: false,
        };
        Session::open(&settings, "placard test").await
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for specs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The real binary, ready to run.
    pub(crate) fn placard(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_placard"));
        command
            .args(arguments)
            .env("PLACARD_DATA_DIR", self.data_dir())
            .env("PLACARD_DATABASE_URL", self.database.url().expose_secret())
            .env("PLACARD_TENANT", &self.tenant.slug)
            .env("NO_COLOR", "1")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// The same with a private PostgreSQL in the data directory.
    pub(crate) fn privately(&self, arguments: &[&str]) -> Command {
        let mut command = self.placard(arguments);
        command.env_remove("PLACARD_DATABASE_URL").env_remove("PLACARD_TENANT");
        command
    }

    /// Sets up a private PostgreSQL and connects the account once more, for [`Self::privately`].
    pub(crate) async fn make_private(&self) -> Result<()> {
        let account = account_on(self.platform);
        let connect = ["connect", self.platform.as_str(), "--sandbox", "--yes", "--account", account];
        for arguments in [&["setup"] as &[&str], &connect] {
            let run = Run::of(&mut self.privately(arguments)).await?;
            ensure!(run.code() == Some(0), "`placard {}` failed: {run}", arguments.join(" "));
        }
        Ok(())
    }

    /// Asks the sandbox's control API for something.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Result<Value> {
        let address = format!("{}/_sandbox/{path}", self.sandbox.base_url());
        let answer = reqwest::Client::builder().no_proxy().build()?.post(address).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Runs the real binary to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Run> {
        Run::of(&mut self.placard(arguments)).await
    }

    /// Runs the real binary to its end, which must be a success. Gives what it printed.
    pub(crate) async fn must(&self, arguments: &[&str]) -> Result<String> {
        let run = self.run(arguments).await?;
        ensure!(run.code() == Some(0), "`placard {}` failed: {run}", arguments.join(" "));
        Ok(run.stdout)
    }

    /// Runs the real binary to its end, which must be `code`. Gives what it said.
    pub(crate) async fn refuses(&self, arguments: &[&str], code: i32) -> Result<String> {
        let run = self.run(arguments).await?;
        ensure!(run.code() == Some(code), "`placard {}` should end with {code}: {run}", arguments.join(" "));
        Ok(run.stderr)
    }

    /// Publishes `spec` and gives its file's name.
    pub(crate) async fn publish(&self, spec: &Spec) -> Result<String> {
        let file = spec.write(self.folder(), "spec")?;
        self.must(&["apply", "--yes", "-f", &file]).await?;
        Ok(file)
    }

    /// Does what a person does in the platform's own interface.
    pub(crate) fn edit(&self, object: &Object, field: &str, value: impl Into<Value>) -> Result<()> {
        let fields = Map::from_iter([(field.to_owned(), value.into())]);
        match self.platform {
            Platform::Meta => self.sandbox.edit(NodeId(object.id.parse()?), fields),
            Platform::Google => self.sandbox.edit_google(&object.id, fields),
            Platform::Microsoft => self.sandbox.edit_microsoft(&object.id, fields),
            Platform::Tiktok => self.sandbox.edit_tiktok(&object.id, fields),
        }
    }

    /// The database's name on its server.
    pub(crate) async fn database_name(&self) -> Result<String> {
        let mut connection = self.database.superuser().await;
        Ok(sqlx::query_scalar("select current_database()").fetch_one(&mut connection).await?)
    }

    /// The server, by another of its databases.
    pub(crate) async fn server(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&std::env::var(SERVER_VARIABLE)?).await?)
    }

    /// Connects to the database that has taken the place of the former one.
    pub(crate) async fn reopen_database(&mut self) -> Result<()> {
        self.database.db = Db::connect(&self.database.url(), &PoolConfig::default()).await?;
        Ok(())
    }

    /// How many requests that could have changed anything arrived after request `seq`.
    pub(crate) fn writes_since(&self, seq: u64) -> usize {
        self.sandbox.requests(seq).iter().filter(|entry| is_write(entry)).count()
    }

    /// The last request's number.
    pub(crate) fn seq(&self) -> u64 {
        self.sandbox.requests(0).last().map_or(0, |entry| entry.seq)
    }

    /// What a plan for `spec` says now.
    pub(crate) async fn plan(&self, spec: &str) -> Result<placard_domain::plan::Plan> {
        let run = self.run(&["plan", "--json", "-f", spec]).await?;
        let mut document: Value =
            serde_json::from_str(&run.stdout).with_context(|| format!("no plan: {run}"))?;
        Ok(serde_json::from_value(document["plan"].take())?)
    }

    /// What is on the platform.
    pub(crate) fn world(&self) -> Result<World> {
        World::of(self.sandbox.world(None))
    }

    /// The account as the store names it.
    pub(crate) fn account(&self) -> AccountRef {
        AccountRef { platform: self.platform, id: account_on(self.platform).to_owned() }
    }

    /// The campaign `key` as it is stored, and its objects on record.
    pub(crate) async fn on_record(&self, key: &str) -> Result<(campaign::Campaign, Vec<PlatformObject>)> {
        let mut tx = self.database.db.tenant(self.tenant.id).await?;
        let campaign = campaign::find(&mut tx, key).await?.with_context(|| format!("no campaign {key}"))?;
        let objects = platform_object::list(&mut tx, campaign.id, &self.account()).await?;
        tx.commit().await?;
        Ok((campaign, objects))
    }
}

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) async fn of(command: &mut Command) -> Result<Self> {
        let output = command.output().await?;
        Ok(Self {
            status: output.status,
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whether it was ended by SIGKILL.
    pub(crate) fn was_killed(&self) -> bool {
        self.status.signal() == Some(rustix::process::Signal::KILL.as_raw())
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}{}", self.status, self.stdout, self.stderr)
    }
}

/// Whether a request changes something.
pub(crate) fn is_write(entry: &RequestEntry) -> bool {
    // The envelope of a batch changes nothing; its items are entries of their own.
    entry.method != "GET" && entry.path != "/"
}

/// Waits for the first request after `seq` that changes something.
pub(crate) async fn first_write(installation: &Installation, seq: u64) -> Result<()> {
    const LONG_ENOUGH: Duration = Duration::from_secs(60);
    let arrived = async {
        while installation.writes_since(seq) == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONG_ENOUGH, arrived).await.context("no request ever came")
}

async fn new_tenant(database: &TestDatabase, number: u32) -> Result<tenant::Tenant> {
    let (name, email) = (format!("Tenant {number}"), format!("ada-{number}@example.com"));
    let founded = tenant::create_with_admin(&database.db, &name, &email, "no password").await?;
    let mut tx = database.db.system().await?;
    let all = tenant::list(&mut tx).await?;
    tx.commit().await?;
    all.into_iter().find(|one| one.id == founded.tenant).context("the tenant is there")
}

/// A world with nothing in it, which commands find by the address in `place`.
async fn start_sandbox(place: &Path) -> Result<RunningSandbox> {
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    fs::write(place.join("address"), sandbox.base_url())?;
    Ok(sandbox)
}
