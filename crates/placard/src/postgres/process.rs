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
    home: Home,
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
        Ok(Self { home: home.clone(), cluster_name: home.cluster_name()? })
    }

    /// The argument by which a server's first process is recognised.
    pub(super) fn mark(&self) -> String {
        format!("cluster_name={}", self.cluster_name)
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
    /// A server that someone else started here is known by its arguments or its working directory; the latter not
    /// everyone may read, not even root in most containers.
    fn kinship(&self, pid: Pid) -> Kinship {
        let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        // A process that ends while we look is nobody's; one that has ended uncollected has no command line.
        let Ok(name) = fs::read_to_string(process.join("comm")) else { return Kinship::Other };
        let Ok(command_line) = fs::read(process.join("cmdline")) else { return Kinship::Other };
        if !matches!(name.trim(), "postgres" | "postmaster") || command_line.is_empty() {
            return Kinship::Other;
        }
        let command_line = String::from_utf8_lossy(&command_line);
        let data = self.home.data();
        let (mark, title) = (self.mark(), format!("postgres: {}: ", self.cluster_name));
        if command_line.starts_with(&title)
            || command_line.split('\0').any(|argument| argument == mark || Path::new(argument) == data)
        {
            return Kinship::Ours;
        }
        match fs::read_link(process.join("cwd")) {
            Ok(dir) if dir == data => Kinship::Ours,
            // A title instead of arguments is some other server's child.
            Err(error)
                if error.kind() == io::ErrorKind::PermissionDenied
                    && !command_line.starts_with("postgres: ") =>
            {
                Kinship::Uncertain
            }
            _ => Kinship::Other,
        }
    }

    /// The server's first process, if `postmaster.pid` names a live one.
    fn first_process(&self) -> Result<Option<Pid>, ClusterError> {
        let pid = PidFile::read(&self.home)?.map(|file| file.pid);
        Ok(pid.filter(|pid| self.kinship(*pid) == Kinship::Ours))
    }

    /// Clears the way for a new server: stops what still runs here and removes a misleading `postmaster.pid`.
    pub(super) async fn clear(&self) -> Result<(), ClusterError> {
        if !self.members()?.is_empty() {
            tracing::warn!("stopping the PostgreSQL server that an earlier placard left behind");
            self.stop().await?;
        }
        match PidFile::read(&self.home)? {
            Some(file) => self.forget_reused_pid(file.pid),
            None => Ok(()),
        }
    }

    /// Removes a `postmaster.pid` whose number now belongs to an unrelated process, which would keep the server
    /// from starting. A dead number is left to PostgreSQL, which also checks its shared memory.
    fn forget_reused_pid(&self, pid: Pid) -> Result<(), ClusterError> {
        if !is_alive(pid) {
            return Ok(());
        }
        let number = pid.as_raw_nonzero().get();
        match self.kinship(pid) {
            Kinship::Other => {
                let path = self.home.pid_file();
                tracing::info!(pid = number, "removing a stale postmaster.pid");
                fs::remove_file(&path).map_err(ClusterError::io("remove", &path))
            }
            Kinship::Ours => Err(ClusterError::WillNotStop { pid: number }),
            Kinship::Uncertain => Err(ClusterError::UncertainProcess { path: self.home.data(), pid: number }),
        }
    }

    /// Stops everything of this cluster: in order if it can be, and whatever remains by force.
    pub(super) async fn stop(&self) -> Result<(), ClusterError> {
        if let Some(first) = self.first_process()? {
            signal(first, Signal::INT);
            if self.await_end(FAST_STOP_LIMIT).await? {
                return Ok(());
            }
            tracing::warn!(
                "PostgreSQL did not stop within {} s; stopping it at once",
                FAST_STOP_LIMIT.as_secs()
            );
        }
        for how in [Signal::QUIT, Signal::KILL] {
            for pid in self.members()? {
                signal(pid, how);
            }
            if self.await_end(IMMEDIATE_STOP_LIMIT).await? {
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
    pub(super) fn stop_blocking(&self, limit: Duration) -> Result<(), ClusterError> {
        let Some(first) = self.first_process()? else { return Ok(()) };
        signal(first, Signal::INT);
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
    use super::super::layout::DataDir;
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
    fn this_test_is_alive_and_nobodys_server() {
        let census = Census {
            home: DataDir::open(Path::new("/")).unwrap().home(),
            cluster_name: "placard-0-0".to_owned(),
        };
        let this = Pid::from_raw(std::process::id().cast_signed()).unwrap();
        assert!(is_alive(this));
        assert_eq!(census.kinship(this), Kinship::Other);
    }
}
