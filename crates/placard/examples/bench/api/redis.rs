//! A Redis of our own on a socket of its own, which keeps nothing on disk.

use anyhow::{Context, Result, ensure};
use placard_store::rate_limit::{Block, LimiterState, RateLimiter, RedisLimiter, RedisOptions};
use std::{num::NonZeroU32, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// It is killed with this value.
pub(super) struct Redis {
    folder: TempDir,
    _server: Child,
}

impl Redis {
    /// Starts it and waits until it answers.
    pub(super) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.path().join("socket"))
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("redis-server cannot be run")?;
        let redis = Self { folder, _server: server };
        for _ in 0..200 {
            if connect(&redis.address(), Block::Hundredth).await.is_ok() {
                return Ok(redis);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("redis-server does not answer")
    }

    /// Where it is.
    pub(super) fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("socket").display())
    }
}

/// A limiter that counts there.
pub(super) async fn connect(address: &str, block: Block) -> Result<RedisLimiter> {
    // A busy machine is no reason to go on without Redis here: that would be another measurement.
    let patience = Duration::from_secs(10);
    let options = RedisOptions { processes: NonZeroU32::MIN, block, patience, ..RedisOptions::default() };
    let limiter = RedisLimiter::connect(&address.into(), options, |_| (), chrono::Utc::now()).await?;
    ensure!(limiter.state() == LimiterState::Exact, "{}", limiter.state());
    Ok(limiter)
}
