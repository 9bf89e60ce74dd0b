//! The sandbox behind connections to it: a server that someone runs, or one that lives as long as this command.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use placard_sandbox::{RunningSandbox, SandboxConfig};
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
};
use url::Url;

/// What stands in a connection's endpoint when it leads to the sandbox of the same data directory.
pub const ENDPOINT: &str = "sandbox:";

/// A sandbox that can be reached.
pub struct SandboxHost {
    base_url: Url,
    own: Option<Own>,
    http: reqwest::Client,
}

struct Own {
    running: RunningSandbox,
    _lock: File,
}

impl SandboxHost {
    /// Starts the sandbox of `data_dir` in this process, or finds the one that runs already.
    pub async fn open(data_dir: &Path) -> Result<Self> {
        Self::open_at(data_dir, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// The same, listening on `bind` if it is ours to start.
    pub async fn open_at(data_dir: &Path, bind: SocketAddr) -> Result<Self> {
        let folder = data_dir.join("sandbox");
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let address_file = folder.join("address");
        let lock = File::create(folder.join("owner.lock")).context("the sandbox's lock cannot be made")?;
        let http = client()?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let address =
                fs::read_to_string(&address_file).context("another command is just starting the sandbox")?;
            return Ok(Self { base_url: Url::parse(address.trim())?, own: None, http });
        }
        let config =
            SandboxConfig { bind, state_file: Some(folder.join("world.json")), ..SandboxConfig::default() };
        let running = placard_sandbox::start(config).await.context("the sandbox cannot start")?;
        let base_url = Url::parse(&running.base_url())?;
        fs::write(&address_file, base_url.as_str()).context("the sandbox's address cannot be written")?;
        Ok(Self { base_url, own: Some(Own { running, _lock: lock }), http })
    }

    /// Where it listens.
    pub const fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// Whether it lives in this process.
    pub const fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// The time there.
    pub async fn now(&self) -> Result<DateTime<Utc>> {
        let answer = self.control("GET", "clock", None).await?;
        let text = answer.get("now").and_then(Value::as_str).context("the sandbox told no time")?;
        text.parse().context("the sandbox told a time that is none")
    }

    /// Moves its clock forward and gives the new time.
    pub async fn advance(&self, unit: &str, count: u32) -> Result<DateTime<Utc>> {
        self.control("POST", "advance", Some(serde_json::json!({unit: count}))).await?;
        self.now().await
    }

    /// Asks its control API.
    pub async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let url = self.base_url.join(&format!("_sandbox/{path}"))?;
        let request = self.http.request(method.parse()?, url);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.context("the sandbox cannot be reached")?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "the sandbox refused: {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Stops it if it is ours; its world is kept.
    pub async fn stop(self) -> Result<()> {
        match self.own {
            Some(own) => own.running.shutdown().await,
            None => Ok(()),
        }
    }
}

/// A client that never leaves this machine.
fn client() -> Result<reqwest::Client> {
    // A provider that is installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().no_proxy().build()?)
}
