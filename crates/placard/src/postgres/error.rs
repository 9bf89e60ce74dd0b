//! What can go wrong with the private cluster, each as one sentence with its remedy.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use super::lock::Owner;
use super::version::{MINIMUM_MAJOR, ServerVersion};

/// Room that a new cluster and its first write-ahead log want.
pub(super) const ROOM_FOR_A_CLUSTER_MB: u64 = 256;

/// Why the private cluster cannot be started, reached or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server binaries anywhere we look.
    #[error(
        "PostgreSQL {MINIMUM_MAJOR} or newer is not installed: `apt-get install postgresql` (or your system's \
         equivalent), set PLACARD_PG_BIN to the folder of its binaries, or set PLACARD_DATABASE_URL to a server \
         you already have"
    )]
    NotInstalled,
    /// `PLACARD_PG_BIN` names a folder without what we need.
    #[error(
        "PLACARD_PG_BIN is {}, but there is no usable `{program}` in it: set it to the folder that holds `postgres` \
         and `initdb`, such as /usr/lib/postgresql/15/bin", dir.display()
    )]
    NotInBinDir {
        /// The configured folder.
        dir: PathBuf,
        /// The program that is missing or does not run.
        program: &'static str,
    },
    /// Only versions below [`MINIMUM_MAJOR`] are installed.
    #[error(
        "PostgreSQL {found} in {} is too old: placard needs {MINIMUM_MAJOR} or newer; install it beside the old one \
         (`apt-get install postgresql`) or set PLACARD_PG_BIN to a newer one", dir.display()
    )]
    TooOld {
        /// The newest version found.
        found: ServerVersion,
        /// Where it was found.
        dir: PathBuf,
    },
    /// The cluster was made by a major version that is no longer installed.
    #[error(
        "The cluster in {} was made by PostgreSQL {cluster}, which cannot be opened by the installed PostgreSQL \
         {installed}: install version {cluster} again (`apt-get install postgresql-{cluster}`), or move the data \
         with pg_upgrade", path.display()
    )]
    MajorVersionChanged {
        /// The cluster's folder.
        path: PathBuf,
        /// Major version of the data.
        cluster: u32,
        /// The newest version installed.
        installed: ServerVersion,
    },
    /// Another live process owns the data directory.
    #[error(
        "{} is in use by {}: stop that process first, or choose another data directory", path.display(),
        owner.as_ref().map_or_else(|| "a process that has only just started".to_owned(), |owner| owner.to_string())
    )]
    Owned {
        /// The data directory.
        path: PathBuf,
        /// Who holds it, as far as they said.
        owner: Option<Box<Owner>>,
    },
    /// The server's user may not pass a parent folder.
    #[error(
        "PostgreSQL runs as the user {user}, who may not enter {}: run `chmod o+x {}`, or choose a data directory \
         elsewhere, such as /var/lib/placard", closed.display(), closed.display()
    )]
    Unreachable {
        /// The user the server runs as.
        user: String,
        /// The folder that is closed to them.
        closed: PathBuf,
    },
    /// The server's user may not execute the binaries.
    #[error(
        "PostgreSQL runs as the user {user}, who may not execute {}: install PostgreSQL where every user can run it, \
         or set PLACARD_PG_BIN", binary.display()
    )]
    BinaryClosed {
        /// The user the server runs as.
        user: String,
        /// The program they may not run.
        binary: PathBuf,
    },
    /// The cluster's files belong to someone we are not, or to root.
    #[error("The cluster in {} belongs to the user {owner}: {remedy}", path.display())]
    ForeignCluster {
        /// The cluster's folder.
        path: PathBuf,
        /// Who owns it.
        owner: String,
        /// What to do.
        remedy: &'static str,
    },
    /// We are root and there is nobody to drop to.
    #[error(
        "PostgreSQL must not run as root and there is neither a user `postgres` nor `nobody` here: create one \
         (`useradd --system postgres`), or run placard as another user"
    )]
    NoServerUser,
    /// No room in the data directory.
    #[error(
        "There is no space left for PostgreSQL in {}: {free_bytes} bytes are free there; free at least \
         {ROOM_FOR_A_CLUSTER_MB} MB or choose another data directory", path.display()
    )]
    DiskFull {
        /// The data directory.
        path: PathBuf,
        /// What is left for unprivileged users.
        free_bytes: u64,
    },
    /// Every port we tried was taken.
    #[error("No free port was found on 127.0.0.1: stop some of the servers that listen there")]
    NoFreePort,
    /// `postmaster.pid` names a live process that we may not look at.
    #[error(
        "Process {pid} may be a PostgreSQL server that still uses {}, and placard cannot tell: stop it, or delete {} \
         if it is something else", path.display(), path.join("postmaster.pid").display()
    )]
    UncertainProcess {
        /// The cluster's folder.
        path: PathBuf,
        /// The process in question.
        pid: i32,
    },
    /// A setting placard decides itself, or not a setting's name.
    #[error("`{0}` cannot be set for the private PostgreSQL: remove it from the settings")]
    RefusedSetting(String),
    /// `initdb` or the first statements failed.
    #[error("PostgreSQL could not create a cluster in {}: {reason}", path.display())]
    InitialiseFailed {
        /// Where it was tried.
        path: PathBuf,
        /// The server's own last words.
        reason: String,
    },
    /// The server exited instead of becoming ready.
    #[error("PostgreSQL did not start: {reason} (its log is in {})", log.display())]
    StartFailed {
        /// The folder of its log.
        log: PathBuf,
        /// The server's own last words.
        reason: String,
    },
    /// The server starts well and dies soon after, again and again.
    #[error("PostgreSQL ended {times} times in a row, last with {status}: its log in {} says why", log.display())]
    KeepsEnding {
        /// The folder of its log.
        log: PathBuf,
        /// How often, each time soon after its start.
        times: u32,
        /// How it ended last.
        status: ExitStatus,
    },
    /// The server is alive but not ready.
    #[error("PostgreSQL was not ready after {} s: its log in {} says what it is doing", waited.as_secs(), log.display())]
    StartTimedOut {
        /// The folder of its log.
        log: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// The server would not end.
    #[error("PostgreSQL (process {pid}) did not stop, not even when killed: look at it with `ps -p {pid}`")]
    WillNotStop {
        /// The process that stays.
        pid: i32,
    },
    /// The server is ready but does not let us in.
    #[error("PostgreSQL started but does not accept placard's own login; {} may be from another cluster", credentials.display())]
    LoginRefused {
        /// The credentials used.
        credentials: PathBuf,
        /// The server's answer.
        #[source]
        source: sqlx::Error,
    },
    /// The credentials file is damaged.
    #[error("{} is not a placard credentials file: restore it from a backup of the data directory", path.display())]
    CredentialsDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The operating system refused something.
    #[error("Could not {action} {}", path.display())]
    Io {
        /// A verb, e.g. `create`.
        action: &'static str,
        /// The file concerned.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
}

impl ClusterError {
    /// Wraps a file error; a full disk is told apart, because its remedy differs.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::disk_full(&path),
            _ => Self::Io { action, path, source },
        }
    }

    /// Says how much room is left around `path`, which need not exist itself.
    pub(super) fn disk_full(path: &Path) -> Self {
        // A file system that cannot be asked is reported as having nothing free, which is what it just told us.
        let free_bytes = path.ancestors().find_map(|dir| free_bytes(dir).ok()).unwrap_or(0);
        Self::DiskFull { path: path.to_owned(), free_bytes }
    }
}

fn free_bytes(dir: &Path) -> rustix::io::Result<u64> {
    let file_system = rustix::fs::statvfs(dir)?;
    Ok(file_system.f_bavail.saturating_mul(file_system.f_frsize))
}
