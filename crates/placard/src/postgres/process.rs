//! The server's processes, ours and those that a killed placard left behind.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::error::ClusterError;
use super::layout::Home;

/// A fast shutdown writes a checkpoint, which can take a while on a slow disk.
pub(super) const FAST_STOP_LIMIT: Duration = Duration::from_secs(60);
/// An immediate shutdown writes nothing.
pub(super) const IMMEDIATE_STOP_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// What `postmaster.pid` says. Source: PostgreSQL's `src/include/utils/pidfile.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: Pid,
    /// Absent while the server has only just started.
    pub(super) port: Option<u16>,
    pub(super) ready: bool,
}

impl PidFile {
    /// Reads the file of the cluster at `home`; `None` if there is none, or it is not written yet.
    pub(super) fn read(home: &Home) -> Result<Option<Self>, ClusterError> {
        let path = home.pid_file();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ClusterError::io("read", &path)(error)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // A stand-alone backend writes its pid negated.
        let pid: i32 = lines.first()?.parse().ok()?;
        Some(Self {
            pid: Pid::from_raw(pid.checked_abs()?)?,
            port: lines.get(3).and_then(|port| port.parse().ok()),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

/// Tells this cluster's processes from all others.
#[derive(Clone, Debug)]
pub(super) struct Census {
    data: PathBuf,
    cluster_name: String,
}

/// What a process is to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinship {
    Ours,
    Other,
    /// A PostgreSQL process that we may not look into.
    Uncertain,
}

impl Census {
    pub(super) fn of(home: &Home) -> Result<Self, ClusterError> {
        Ok(Self { data: home.data(), cluster_name: home.cluster_name()? })
    }

    /// Every live process of this cluster.
    pub(super) fn members(&self) -> Result<Vec<Pid>, ClusterError> {
        let proc = Path::new("/proc");
        let entries = fs::read_dir(proc).map_err(ClusterError::io("list", proc))?;
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Ok(pids.filter_map(Pid::from_raw).filter(|pid| self.kinship(*pid) == Kinship::Ours).collect())
    }

    /// The command line names the cluster: the first process has it as an argument, its children in their titles.
    ///
    /// The working directory says the same of a server that someone else started on this cluster, but not
    /// everyone may read it, not even root in most containers.
    fn kinship(&self, pid: Pid) -> Kinship {
        let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        // A process that ends while we look is nobody's.
        let Ok(name) = fs::read_to_string(process.join("comm")) else { return Kinship::Other };
        if !matches!(name.trim(), "postgres" | "postmaster") {
            return Kinship::Other;
        }
        let command_line = fs::read(process.join("cmdline")).unwrap_or_default();
        if command_line.is_empty() {
            // Ended, and not yet collected by its parent.
            return Kinship::Other;
        }
        let command_line = String::from_utf8_lossy(&command_line);
        if command_line.contains(&self.cluster_name) {
            return Kinship::Ours;
        }
        match fs::read_link(process.join("cwd")) {
            Ok(dir) if dir == self.data => Kinship::Ours,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Kinship::Uncertain,
            _ => Kinship::Other,
        }
    }

    /// Clears the way for a new server: stops what still runs here and removes a misleading `postmaster.pid`.
    pub(super) async fn clear(&self, home: &Home) -> Result<(), ClusterError> {
        let pid_file = PidFile::read(home)?;
        let members = self.members()?;
        if !members.is_empty() {
            tracing::warn!(
                processes = members.len(),
                "stopping the PostgreSQL server that an earlier placard left behind"
            );
            self.stop(pid_file.map(|file| file.pid).filter(|pid| members.contains(pid))).await?;
        }
        match pid_file {
            Some(file) if PidFile::read(home)? == Some(file) => self.forget_reused_pid(home, file.pid),
            _ => Ok(()),
        }
    }

    /// Removes a `postmaster.pid` whose number now belongs to an unrelated process, which would keep the server
    /// from starting. A dead number is left to PostgreSQL, which also checks its shared memory.
    fn forget_reused_pid(&self, home: &Home, pid: Pid) -> Result<(), ClusterError> {
        if !is_alive(pid) {
            return Ok(());
        }
        match self.kinship(pid) {
            Kinship::Other => {
                let path = home.pid_file();
                tracing::info!(pid = pid.as_raw_nonzero(), "removing a stale postmaster.pid");
                fs::remove_file(&path).map_err(ClusterError::io("remove", &path))
            }
            Kinship::Ours => Err(ClusterError::WillNotStop { pid: pid.as_raw_nonzero().get() }),
            Kinship::Uncertain => Err(ClusterError::UncertainProcess {
                path: self.data.clone(),
                pid: pid.as_raw_nonzero().get(),
            }),
        }
    }

    /// Stops everything of this cluster: the `first` process in order, and whatever remains by force.
    pub(super) async fn stop(&self, first: Option<Pid>) -> Result<(), ClusterError> {
        if let Some(first) = first {
            signal(first, Signal::INT);
            if self.await_end(FAST_STOP_LIMIT).await? {
                return Ok(());
            }
            tracing::warn!(
                "PostgreSQL did not stop within {} s; stopping it at once",
                FAST_STOP_LIMIT.as_secs()
            );
        }
        for (how, limit) in [(Signal::QUIT, IMMEDIATE_STOP_LIMIT), (Signal::KILL, IMMEDIATE_STOP_LIMIT)] {
            for pid in self.members()? {
                signal(pid, how);
            }
            if self.await_end(limit).await? {
                return Ok(());
            }
        }
        match self.members()?.first() {
            None => Ok(()),
            Some(pid) => Err(ClusterError::WillNotStop { pid: pid.as_raw_nonzero().get() }),
        }
    }

    /// Waits until no process is left; false if `limit` passes first.
    async fn await_end(&self, limit: Duration) -> Result<bool, ClusterError> {
        let deadline = Instant::now() + limit;
        while !self.members()?.is_empty() {
            if Instant::now() > deadline {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    /// The last resort of a destructor: asks for a fast shutdown and waits without an executor.
    pub(super) fn stop_blocking(&self, home: &Home, limit: Duration) -> Result<(), ClusterError> {
        let Some(file) = PidFile::read(home)? else { return Ok(()) };
        if self.kinship(file.pid) != Kinship::Ours {
            return Ok(());
        }
        signal(file.pid, Signal::INT);
        let deadline = Instant::now() + limit;
        while !self.members()?.is_empty() && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

/// Sends a signal to a process that may have ended meanwhile, which is what we want anyway.
pub(super) fn signal(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(pid = pid.as_raw_nonzero(), %error, "signal not delivered");
    }
}

fn is_alive(pid: Pid) -> bool {
    // Not being allowed to signal it proves that it is there.
    !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "7721\n/srv/data\n1795217147\n23456\n\n127.0.0.1\n 10010714         5\nready   \n";

    #[test]
    fn a_ready_servers_pid_file_is_read() {
        let pid = Pid::from_raw(7721).unwrap();
        assert_eq!(PidFile::parse(READY), Some(PidFile { pid, port: Some(23456), ready: true }));
    }

    #[test]
    fn a_pid_file_in_the_making_is_not_ready() {
        let starting = READY.replace("ready   ", "starting");
        assert!(!PidFile::parse(&starting).unwrap().ready);
        assert_eq!(PidFile::parse("7721\n/srv/data\n").unwrap().port, None);
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("0\n"), None);
    }

    #[test]
    fn this_test_is_nobodys_server() {
        let census = Census { data: "/".into(), cluster_name: "placard-0-0".to_owned() };
        let this = Pid::from_raw(std::process::id().cast_signed()).unwrap();
        assert_eq!(census.kinship(this), Kinship::Other);
        assert!(is_alive(this));
    }
}
