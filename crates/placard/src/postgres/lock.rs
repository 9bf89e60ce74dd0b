//! Who owns a data directory.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::layout::DataDir;

/// A reader of the file holds it for an instant, which must not look like an owner.
const ATTEMPTS: u32 = 5;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(20);

/// What an owner says about itself in `owner.lock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The owning process.
    pub pid: u32,
    /// What it was started as, e.g. `placard serve`.
    pub command: String,
    /// When it took the directory.
    pub since: DateTime<Utc>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, command, since } = self;
        write!(f, "process {pid} (`{command}`) since {}", since.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Ownership of a data directory, given back on drop and, by the kernel, at any death.
#[derive(Debug)]
pub struct OwnerLock {
    file: File,
}

impl OwnerLock {
    /// Takes the directory, or says who has it.
    pub(super) async fn acquire(dir: &DataDir, command: &str) -> Result<Self, ClusterError> {
        let path = dir.lock_file();
        let mut file = open(&path).map_err(ClusterError::io("open", &path))?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) => {
                    let owner =
                        Owner { pid: std::process::id(), command: command.to_owned(), since: Utc::now() };
                    write(&mut file, &owner).map_err(ClusterError::io("write", &path))?;
                    return Ok(Self { file });
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(BETWEEN_ATTEMPTS).await,
                Err(TryLockError::Error(error)) => return Err(ClusterError::io("lock", &path)(error)),
            }
        }
        let owner = read(&mut file).map_err(ClusterError::io("read", &path))?;
        Err(ClusterError::Owned { path: dir.path().to_owned(), owner: owner.map(Box::new) })
    }

    /// Who owns the directory now; `None` if nobody does, or the owner has only just arrived.
    pub(super) fn holder(dir: &DataDir) -> Result<Option<Owner>, ClusterError> {
        let path = dir.lock_file();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ClusterError::io("open", &path)(error)),
        };
        // Shared, so that two curious processes do not take each other for an owner.
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => read(&mut file).map_err(ClusterError::io("read", &path)),
            Err(TryLockError::Error(error)) => Err(ClusterError::io("lock", &path)(error)),
        }
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        // The lock decides; the text is only for people, and an old one is merely untidy.
        let _ = self.file.set_len(0);
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Not truncated here: until the lock is ours, the text is another's.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// `None` between an owner's taking the lock and its writing down who it is.
fn read(file: &mut File) -> io::Result<Option<Owner>> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    // Half a text says as little as none.
    Ok(serde_json::from_str(&text).ok())
}

fn write(file: &mut File, owner: &Owner) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(owner)?.as_bytes())?;
    file.flush()
}
