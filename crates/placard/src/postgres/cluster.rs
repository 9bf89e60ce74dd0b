//! The owner's handle on the private cluster.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::binaries::Binaries;
use super::config::Settings;
use super::credentials::Credentials;
use super::error::ClusterError;
use super::initialise;
use super::layout::DataDir;
use super::lock::{Owner, OwnerLock};
use super::process::{Census, PidFile};
use super::server::{Launcher, Server};
use super::supervisor::{Health, Supervisor};
use super::user::ServerUser;

/// Registered-port space below Linux's ephemeral range (32768 and up), so that no outgoing connection takes the
/// port while the server restarts.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_ATTEMPTS: u32 = 50;
/// How long a dropped handle waits for the server to end.
const DROP_LIMIT: Duration = Duration::from_secs(10);

/// What is needed to start the private cluster.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Placard's data directory; created if need be.
    pub data_dir: PathBuf,
    /// `PLACARD_PG_BIN`: the folder of PostgreSQL's programs, instead of looking for them.
    pub bin_dir: Option<PathBuf>,
    /// What this process is, e.g. `placard serve`, told to others who want the same directory.
    pub command: String,
    /// Server settings that replace the defaults.
    pub settings: Vec<(String, String)>,
}

/// A running private cluster and the ownership of its data directory.
///
/// Call [`Cluster::stop`] to end it in order. Dropping it stops the server too, blocking for up to ten seconds;
/// a server left behind by a killed owner is stopped by the next start, with nothing lost.
#[derive(Debug)]
pub struct Cluster {
    census: Census,
    credentials: Credentials,
    port: u16,
    health: watch::Receiver<Health>,
    stop: watch::Sender<bool>,
    supervisor: Option<JoinHandle<Result<(), ClusterError>>>,
    /// Released last, when the server has stopped.
    _lock: OwnerLock,
}

impl Cluster {
    /// Takes the data directory, creates the cluster if there is none, and starts it under supervision.
    ///
    /// Fails if another process owns the directory, and for every reason in [`ClusterError`].
    pub async fn start(config: ClusterConfig) -> Result<Self, ClusterError> {
        let settings = Settings::new(&config.settings)?;
        let dir = DataDir::prepare(&config.data_dir)?;
        let lock = OwnerLock::acquire(&dir, &config.command).await?;
        let launcher = ready_to_launch(&dir, config.bin_dir.as_deref(), &settings).await?;
        let credentials = Credentials::load(&launcher.home)?;

        launcher.census.clear().await?;
        settings.write(&launcher.home)?;
        let (server, port) = launch_on_free_port(&launcher, &credentials).await?;
        tracing::info!(version = %launcher.binaries.version(), port, "private PostgreSQL is running");

        let (health, watched_health) = watch::channel(Health::Running);
        let (stop, watched_stop) = watch::channel(false);
        let census = launcher.census.clone();
        let url = credentials.owner_url(port);
        let supervisor = Supervisor { launcher, port, url, health, stop: watched_stop };
        let supervisor = Some(tokio::spawn(supervisor.run(server)));
        Ok(Self { census, credentials, port, health: watched_health, stop, supervisor, _lock: lock })
    }

    /// Where and as whom to connect: the role `placard_owner`, which owns the database `placard`.
    ///
    /// The address stays the same across restarts of the server, but not of placard.
    pub fn url(&self) -> SecretString {
        self.credentials.owner_url(self.port)
    }

    /// The same database as superuser, for backups, replication and tests; not for daily work.
    pub fn superuser_url(&self) -> SecretString {
        self.credentials.superuser_url(self.port)
    }

    /// How the server is doing, now and from now on.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Waits until the supervisor gives up on the server, and says why; forever if it never does.
    pub async fn failure(&self) -> Arc<ClusterError> {
        let mut health = self.health();
        loop {
            if let Health::Failed(error) = &*health.borrow_and_update() {
                return error.clone();
            }
            if health.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Stops the server in order and gives the data directory back.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        self.stop.send_replace(true);
        let Some(supervisor) = self.supervisor.as_mut() else { return Ok(()) };
        let outcome = match supervisor.await {
            Ok(outcome) => outcome,
            // A supervisor that panicked or was aborted with its runtime left the server to us.
            Err(_) => self.census.stop().await,
        };
        // Until here, a caller who loses patience leaves the rest to the destructor.
        self.supervisor = None;
        outcome
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.supervisor.is_none() {
            return;
        }
        self.stop.send_replace(true);
        if let Err(error) = self.census.stop_blocking(DROP_LIMIT) {
            tracing::warn!(%error, "PostgreSQL may still be running; the next start stops it");
        }
    }
}

/// A private cluster that some process on this machine is running.
#[derive(Debug)]
pub struct RunningCluster {
    /// Who runs it.
    pub owner: Owner,
    /// As [`Cluster::url`].
    pub url: SecretString,
    /// As [`Cluster::superuser_url`].
    pub superuser_url: SecretString,
}

/// Finds the cluster that another process runs in `data_dir`, so that `placard users add` works beside
/// `placard serve`. `None` if nobody runs one, or it is not ready.
pub fn running(data_dir: &Path) -> Result<Option<RunningCluster>, ClusterError> {
    if !data_dir.is_dir() {
        return Ok(None);
    }
    let dir = DataDir::open(data_dir)?;
    let Some(owner) = OwnerLock::holder(&dir)? else { return Ok(None) };
    let home = dir.home();
    let Some(PidFile { port: Some(port), ready: true, .. }) = PidFile::read(&home)? else { return Ok(None) };
    let credentials = Credentials::load(&home)?;
    Ok(Some(RunningCluster {
        owner,
        url: credentials.owner_url(port),
        superuser_url: credentials.superuser_url(port),
    }))
}

/// Finds programs and user, and creates the cluster if there is none.
async fn ready_to_launch(
    dir: &DataDir,
    bin_dir: Option<&Path>,
    settings: &Settings,
) -> Result<Launcher, ClusterError> {
    let home = dir.home();
    let major = home.major_version()?;
    let binaries = Binaries::find(bin_dir, major.map(|major| (major, home.path()))).await?;
    let user = ServerUser::choose(&home)?;
    let innermost = if major.is_some() { home.path() } else { dir.path() };
    user.require_reach(&binaries.postgres(), innermost).await?;
    initialise::sweep(dir).await?;
    if major.is_none() {
        tracing::info!(path = %home.path().display(), "creating a private PostgreSQL cluster");
        initialise::create(dir, &user, &binaries, settings).await?;
    }
    let census = Census::of(&home)?;
    Ok(Launcher { home, user, binaries, census })
}

/// Between finding a port free and the server's taking it, another process can be quicker; then we try the next.
async fn launch_on_free_port(
    launcher: &Launcher,
    credentials: &Credentials,
) -> Result<(Server, u16), ClusterError> {
    for _ in 0..PORT_ATTEMPTS {
        let port = rand::rng().random_range(PORTS);
        if !is_free(port) {
            continue;
        }
        match launcher.launch(port, &credentials.owner_url(port)).await {
            Ok(server) => return Ok((server, port)),
            Err(ClusterError::StartFailed { .. }) if !is_free(port) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ClusterError::NoFreePort)
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
}
