//! A Redis of a test's own, and limiters that count in it.

use super::{at, n};
use anyhow::{Context, ensure};
use placard_store::rate_limit::{Block, LimiterState, RateLimiter, RedisLimiter, RedisOptions};
use redis::aio::MultiplexedConnection;
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// A private Redis on a socket of its own, which no other test can take. Keeps nothing on disk.
pub(crate) struct Redis {
    dir: PathBuf,
    server: Mutex<Option<Child>>,
}

impl Redis {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let dir = std::env::temp_dir().join(format!("placard-redis-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&dir)?;
        let redis = Self { dir, server: Mutex::new(None) };
        redis.run().await?;
        Ok(redis)
    }

    /// Starts the server, empty, and waits until it answers.
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let server = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.dir.join("socket"))
            .arg("--dir")
            .arg(&self.dir)
            .stdout(Stdio::null())
            .spawn()
            .context("this test needs redis-server; on Debian or Ubuntu: apt-get install redis-server")?;
        *self.server.lock().expect("nobody panicked") = Some(server);
        wait_until("redis-server answers", async || {
            let Ok(mut connection) = self.connection().await else { return false };
            redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
        })
        .await
    }

    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.dir.join("socket").display())
    }

    /// Ends the server as `kill -9` does, and its counts with it.
    pub(crate) fn kill(&self) {
        if let Some(mut server) = self.server.lock().expect("nobody panicked").take() {
            server.kill().expect("it is ours");
            server.wait().expect("it was killed");
        }
    }

    /// `STOP` freezes the server without closing a connection, `CONT` wakes it.
    pub(super) fn signal(&self, name: &str) {
        let server = self.server.lock().expect("nobody panicked").as_ref().expect("it runs").id();
        let sent = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -{name} {server}"))
            .status()
            .expect("there is a shell");
        assert!(sent.success());
    }

    pub(crate) async fn connection(&self) -> anyhow::Result<MultiplexedConnection> {
        Ok(redis::Client::open(self.address())?.get_multiplexed_async_connection().await?)
    }

    /// How many scripts the server has run.
    pub(super) async fn calls(&self) -> anyhow::Result<u32> {
        let info: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut self.connection().await?).await?;
        let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        let calls = line.and_then(|line| line.split(',').next()).context("no script has run")?;
        Ok(calls.parse()?)
    }

    pub(super) async fn limiter(&self, block: Block) -> anyhow::Result<Arc<dyn RateLimiter>> {
        Ok(Arc::new(self.watched(block, 1).await?.0))
    }

    /// A limiter, and the list of its changes.
    pub(super) async fn watched(
        &self,
        block: Block,
        processes: u32,
    ) -> anyhow::Result<(RedisLimiter, Changes)> {
        // A test machine may be busier than any server should be.
        let patience = Duration::from_secs(5);
        let retry_every = Duration::from_millis(20);
        let options = RedisOptions { processes: n(processes), block, patience, retry_every };
        self.with(options).await
    }

    pub(super) async fn with(&self, options: RedisOptions) -> anyhow::Result<(RedisLimiter, Changes)> {
        let changes = Changes::default();
        let noted = changes.clone();
        let note = move |state: &LimiterState| noted.0.lock().expect("nobody panicked").push(state.clone());
        let limiter = RedisLimiter::connect(&self.address().into(), options, note, at(0)).await?;
        Ok((limiter, changes))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        // Nothing depends on it.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[derive(Clone, Default)]
pub(super) struct Changes(Arc<Mutex<Vec<LimiterState>>>);

impl Changes {
    /// Away or not, in order.
    pub(super) fn away(&self) -> Vec<bool> {
        self.0.lock().expect("nobody panicked").iter().map(|state| *state != LimiterState::Exact).collect()
    }
}

pub(crate) async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) -> anyhow::Result<()> {
    for _ in 0..3000 {
        if condition().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    ensure!(false, "waited in vain until {what}");
    Ok(())
}

pub(super) async fn is_back(limiter: &RedisLimiter) -> anyhow::Result<()> {
    wait_until("Redis counts again", async || limiter.state() == LimiterState::Exact).await
}
