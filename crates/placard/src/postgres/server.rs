//! One run of the server, from launch to end.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use tokio::process::Child;

use super::binaries::Binaries;
use super::error::ClusterError;
use super::layout::Home;
use super::process::{self, Census, PidFile};
use super::user::ServerUser;

/// Recovery after a crash replays the write-ahead log, which can take minutes.
const READY_LIMIT: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(20);

/// Everything needed to launch the server, any number of times.
#[derive(Clone, Debug)]
pub(super) struct Launcher {
    pub(super) home: Home,
    pub(super) user: ServerUser,
    pub(super) binaries: Binaries,
    pub(super) census: Census,
}

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pid: Pid,
}

impl Launcher {
    /// Launches the server on `port` and waits until it lets `url` in.
    pub(super) async fn launch(&self, port: u16, url: &SecretString) -> Result<Server, ClusterError> {
        let launched_at = SystemTime::now();
        let mut server = self.spawn(port)?;
        let usable = match self.await_ready(&mut server, launched_at).await {
            Ok(()) => log_in(url).await.map_err(|source| ClusterError::LoginRefused {
                credentials: self.home.credentials(),
                source,
            }),
            Err(error) => Err(error),
        };
        if let Err(error) = usable {
            server.stop(&self.census).await?;
            return Err(error);
        }
        Ok(server)
    }

    fn spawn(&self, port: u16) -> Result<Server, ClusterError> {
        let log_path = self.home.startup_log();
        let log = File::create(&log_path).map_err(ClusterError::io("create", &log_path))?;
        let log_copy = log.try_clone().map_err(ClusterError::io("share", &log_path))?;
        let program = self.binaries.postgres();
        let child = self
            .user
            .command(&program)
            .arg("-D")
            .arg(self.home.data())
            .args(["-p", &port.to_string(), "-c", &self.census.mark()])
            .arg("-c")
            .arg(config_file_option(&self.home))
            .stdout(log)
            .stderr(log_copy)
            .spawn()
            .map_err(ClusterError::io("run", &program))?;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let pid = pid.ok_or_else(|| self.failure("it ended at once".to_owned()))?;
        Ok(Server { child, pid })
    }

    async fn await_ready(&self, server: &mut Server, launched_at: SystemTime) -> Result<(), ClusterError> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            let ended =
                server.child.try_wait().map_err(ClusterError::io("wait for", &self.binaries.postgres()))?;
            if let Some(status) = ended {
                return Err(self.explain(status, launched_at));
            }
            if PidFile::read(&self.home)?.is_some_and(|file| file.ready && file.pid == server.pid) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(ClusterError::StartTimedOut { log: self.home.log(), waited: READY_LIMIT });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Turns an early end into the reason the server gave.
    fn explain(&self, status: ExitStatus, launched_at: SystemTime) -> ClusterError {
        let said = last_words(&self.home, launched_at);
        if speaks_of_full_disk(&said) {
            return ClusterError::disk_full(self.home.path());
        }
        self.failure(reason(&said).unwrap_or_else(|| format!("it ended with {status} and said nothing")))
    }

    fn failure(&self, reason: String) -> ClusterError {
        ClusterError::StartFailed { log: self.home.log(), reason }
    }
}

impl Server {
    /// Waits for the server to end, which it should not do by itself.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Stops the server: fast, then at once, then by force.
    pub(super) async fn stop(mut self, census: &Census) -> Result<(), ClusterError> {
        let steps = [
            (Signal::INT, process::FAST_STOP_LIMIT),
            (Signal::QUIT, process::IMMEDIATE_STOP_LIMIT),
            (Signal::KILL, process::IMMEDIATE_STOP_LIMIT),
        ];
        for (how, limit) in steps {
            self.signal(how);
            if tokio::time::timeout(limit, self.child.wait()).await.is_ok() {
                // After a forced end, the first process no longer waits for its children.
                return census.stop().await;
            }
            tracing::warn!("PostgreSQL did not stop within {} s", limit.as_secs());
        }
        Err(ClusterError::WillNotStop { pid: self.pid.as_raw_nonzero().get() })
    }

    /// Signals the server unless it has ended, when its number could be another's.
    fn signal(&self, signal: Signal) {
        if self.child.id().is_some() {
            process::signal(self.pid, signal);
        }
    }
}

/// A start that is abandoned half-way, or a runtime that ends, must not leave the server behind.
impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::INT);
    }
}

/// The argument that points a server program at the configuration outside its data directory.
pub(super) fn config_file_option(home: &Home) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from("config_file=");
    option.push(home.config_file());
    option
}

/// Whether what a server program said means that the disk is full.
pub(super) fn speaks_of_full_disk(said: &str) -> bool {
    said.contains("No space left on device") || said.contains("Disk quota exceeded")
}

/// The line of `said` that tells why a server program ended, without its prefix.
pub(super) fn reason(said: &str) -> Option<String> {
    let last = |mark: &str| said.lines().rev().find_map(|line| Some(line.split_once(mark)?.1.trim()));
    let verdict = ["PANIC:", "FATAL:", "error:", "postgres: "].into_iter().find_map(last)?;
    // The fault in a configuration file comes before the verdict on the file.
    let fault = said.lines().find_map(|line| Some(line.split_once("LOG:")?.1.trim()));
    let reason = fault.filter(|_| verdict.ends_with("contains errors")).unwrap_or(verdict);
    Some(match last("HINT:") {
        Some(hint) => format!("{reason}. {}", hint.trim_end_matches('.')),
        None => reason.to_owned(),
    })
}

async fn log_in(url: &SecretString) -> sqlx::Result<()> {
    let connection = PgConnection::connect(url.expose_secret()).await?;
    connection.close().await
}

/// What the server said since `launched_at`: before its log collector ran, and after.
fn last_words(home: &Home, launched_at: SystemTime) -> String {
    let mut said = fs::read_to_string(home.startup_log()).unwrap_or_default();
    if let Some(log) = newest_log(&home.log(), launched_at) {
        said.push('\n');
        let tail = tail(&log).unwrap_or_default();
        // Earlier runs wrote into the same file.
        said.push_str(
            tail.rsplit_once("starting PostgreSQL").map_or(tail.as_str(), |(_, this_run)| this_run),
        );
    }
    said
}

fn newest_log(dir: &Path, since: SystemTime) -> Option<PathBuf> {
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let logs = fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    logs.filter(|path| modified(path) >= Some(since)).max_by_key(modified)
}

fn tail(path: &Path) -> io::Result<String> {
    const TAIL_BYTES: u64 = 4096;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_gravest_line_with_its_hint() {
        let said = "2026-11-20 LOG:  starting\n2026-11-20 FATAL:  could not create shared memory segment\n\
                    2026-11-20 HINT:  Raise SHMMAX.\n2026-11-20 LOG:  database system is shut down\n";
        assert_eq!(reason(said).unwrap(), "could not create shared memory segment. Raise SHMMAX");
        assert_eq!(reason("2026-11-20 LOG:  all is well"), None);
    }

    #[test]
    fn the_reason_of_a_broken_configuration_is_the_setting() {
        let said = "LOG:  unrecognized configuration parameter \"jitt\" in file \"/c\" line 3\n\
                    FATAL:  configuration file \"/c\" contains errors\n";
        assert_eq!(
            reason(said).unwrap(),
            "unrecognized configuration parameter \"jitt\" in file \"/c\" line 3"
        );
    }
}
