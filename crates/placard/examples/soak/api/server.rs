//! The real binary as a process, two tenants, and keys for programs of both.

use anyhow::{Context, Result, ensure};
use placard_store::{
    password,
    tenant::{self, SubscriptionPlan},
    testing::TestDatabase,
};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The campaign that is read.
const CAMPAIGN: &str = "first";

const PASSWORD: &str = "correct horse battery";
/// How many requests may be under way at a time.
const ROOM: usize = 64;
/// How long a server may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs.
pub(super) struct Served {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// A key of a tenant whose plan has no limit.
    pub(super) large: String,
    /// A key of a tenant whose plan admits few requests.
    pub(super) small: String,
    child: Child,
    // The data directory, as long as the server runs.
    _folder: TempDir,
}

impl Served {
    /// Starts it over `database`, which is empty.
    pub(super) async fn start(database: &TestDatabase) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let hash = password::hash(PASSWORD.into()).await?;
        for (plan, name) in [(SubscriptionPlan::Enterprise, "large"), (SubscriptionPlan::Free, "small")] {
            tenant::create_on_plan(&database.db, plan, name, &email(name), &hash).await?;
        }
        let binary = std::env::current_exe()?.with_file_name("../placard");
        let mut child = Command::new(binary)
            .args(["serve", "--bind", "127.0.0.1:0", "--limit-caller", "1000000000", "--concurrency"])
            .arg(ROOM.to_string())
            .env("PLACARD_DATA_DIR", folder.path().join("data"))
            .env("PLACARD_DATABASE_URL", database.url().expose_secret())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the binary cannot be run; build it with `./x build`")?;
        let mut lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        let line = lines.next_line().await?.context("the server ended before it listened")?;
        let address = line.rsplit("http://").next().unwrap_or_default().parse().context(line.clone())?;
        // It goes on to say things, and must find somebody who reads them.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (large, small) = (key(address, "large").await?, key(address, "small").await?);
        begin_campaign(address, &large).await?;
        Ok(Self { address, large, small, child, _folder: folder })
    }

    /// What it holds in memory, in KiB.
    pub(super) fn memory(&self) -> Result<u64> {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id().context("it has ended")?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Stops it as a service manager does. Says what was wrong with how it ended.
    pub(super) async fn stop(mut self) -> Result<Option<String>> {
        let pid = Pid::from_raw(i32::try_from(self.child.id().context("it has ended")?)?)
            .context("a process id")?;
        kill_process(pid, Signal::TERM)?;
        Ok(match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => {
                Some(ended?).filter(|ended| !ended.success()).map(|ended| format!("it ended with {ended}"))
            }
            Err(_) => Some(format!("it did not stop within {PATIENCE:?}")),
        })
    }
}

fn email(name: &str) -> String {
    format!("admin@{name}.example.com")
}

/// Begins the campaign that is read over and over.
async fn begin_campaign(address: SocketAddr, key: &str) -> Result<()> {
    let path = format!("http://{address}/api/v1/campaigns/{CAMPAIGN}/sections/budget");
    let body = json!({"document": {"budget": {"daily": "12.00"}}});
    let http = Client::builder().no_proxy().build()?;
    http.put(path).bearer_auth(key).json(&body).send().await?.error_for_status()?;
    Ok(())
}

/// An API key for the tenant called `name`, which does not end as an access token does.
async fn key(address: SocketAddr, name: &str) -> Result<String> {
    // A second time does no harm, and says so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().build()?;
    let at = |path| format!("http://{address}/api/v1{path}");
    let body = json!({"email": email(name), "password": PASSWORD, "keep": "body"});
    let session: Value =
        http.post(at("/auth/login")).json(&body).send().await?.error_for_status()?.json().await?;
    let token = session["access_token"].as_str().context("a login without a token")?;
    let body = json!({"name": "soak", "scopes": ["campaigns:read", "campaigns:write"]});
    let made = http.post(at("/api-keys")).bearer_auth(token).json(&body).send().await?;
    ensure!(made.status() == 201, "no key: {}", made.text().await?);
    let made: Value = made.json().await?;
    Ok(made["key"].as_str().context("a key without a key")?.to_owned())
}
