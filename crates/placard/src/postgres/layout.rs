//! Where everything lies inside the data directory.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::ClusterError;

/// Others may pass through, but not look around.
const PASSABLE: u32 = 0o711;
const PRIVATE: u32 = 0o700;

/// A placard data directory.
#[derive(Clone, Debug)]
pub(super) struct DataDir {
    root: PathBuf,
}

/// The `postgres` folder of a data directory, or one being prepared to become it.
#[derive(Clone, Debug)]
pub(super) struct Home {
    path: PathBuf,
}

impl DataDir {
    /// Creates the directory if need be and resolves links, so that paths compare equal.
    pub(super) fn prepare(path: &Path) -> Result<Self, ClusterError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(ClusterError::io("create", parent))?;
        }
        if !path.is_dir() {
            create_dir(path, outer_mode())?;
        }
        Self::open(path)
    }

    /// An existing data directory.
    pub(super) fn open(path: &Path) -> Result<Self, ClusterError> {
        let root = path.canonicalize().map_err(ClusterError::io("open", path))?;
        Ok(Self { root })
    }

    pub(super) fn path(&self) -> &Path {
        &self.root
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.root.join("owner.lock")
    }

    pub(super) fn home(&self) -> Home {
        Home { path: self.root.join("postgres") }
    }

    /// A new, unused place beside [`Self::home`].
    pub(super) fn unfinished_home(&self) -> Home {
        Home { path: self.root.join(format!("{UNFINISHED}{}", uuid::Uuid::now_v7().simple())) }
    }

    /// What interrupted initialisations left behind.
    pub(super) fn unfinished_homes(&self) -> io::Result<Vec<PathBuf>> {
        let mut unfinished = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                unfinished.push(entry.path());
            }
        }
        Ok(unfinished)
    }
}

const UNFINISHED: &str = "postgres.unfinished-";

impl Home {
    pub(super) fn create(&self) -> Result<(), ClusterError> {
        create_dir(&self.path, outer_mode())?;
        create_dir(&self.data(), PRIVATE)?;
        create_dir(&self.log(), PRIVATE)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// PostgreSQL's own data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(super) fn startup_log(&self) -> PathBuf {
        self.path.join("startup.log")
    }

    pub(super) fn config_file(&self) -> PathBuf {
        self.path.join("postgresql.conf")
    }

    pub(super) fn access_file(&self) -> PathBuf {
        self.path.join("pg_hba.conf")
    }

    pub(super) fn credentials(&self) -> PathBuf {
        self.path.join("credentials.json")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// The major version of the cluster here, or `None` where there is no cluster yet.
    pub(super) fn major_version(&self) -> Result<Option<u32>, ClusterError> {
        if !self.path.try_exists().map_err(ClusterError::io("look for", &self.path))? {
            return Ok(None);
        }
        let file = self.data().join("PG_VERSION");
        let text = fs::read_to_string(&file).map_err(ClusterError::io("read", &file))?;
        let major = text.trim().parse().map_err(|error| {
            ClusterError::io("understand", &file)(io::Error::new(io::ErrorKind::InvalidData, error))
        })?;
        Ok(Some(major))
    }

    /// A name for the cluster that its processes carry on their command lines.
    ///
    /// Device and inode tell live directories on one machine apart; a copy of the directory differs.
    pub(super) fn cluster_name(&self) -> Result<String, ClusterError> {
        let data = self.data();
        let metadata = fs::metadata(&data).map_err(ClusterError::io("look at", &data))?;
        Ok(format!("placard-{:x}-{:x}", metadata.dev(), metadata.ino()))
    }
}

/// For folders around the cluster: as root, the server's user is someone else and must pass through.
fn outer_mode() -> u32 {
    if rustix::process::geteuid().is_root() { PASSABLE } else { PRIVATE }
}

/// Makes a folder with exactly `mode`, whatever the umask.
fn create_dir(path: &Path, mode: u32) -> Result<(), ClusterError> {
    let create = || {
        DirBuilder::new().mode(PRIVATE).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(mode))
    };
    create().map_err(ClusterError::io("create", path))
}

/// Makes the names inside `dir` durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), ClusterError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(ClusterError::io("sync", dir))
}
