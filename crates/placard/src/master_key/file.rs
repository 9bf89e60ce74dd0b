//! The master key in a file, and the way from one key to the next that may be interrupted anywhere.
//!
//! `master.key` is the key that seals. While it is being changed, the one before is in `master.key.previous`. It is
//! written first and removed last, so at every moment each data key's master is in one of the two.

use super::parse;
use anyhow::{Context, Result, bail};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

const CURRENT: &str = "master.key";
const PREVIOUS: &str = "master.key.previous";
const UNFINISHED: &str = "master.key.new";

/// The key's file in a data directory.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    dir: PathBuf,
}

/// The right to write key files; it ends with the process at the latest.
pub(crate) struct KeyLock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

impl KeyFile {
    pub(super) fn in_dir(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The current key, made if there is none, and the one before, if there is one.
    pub(super) fn read(&self) -> Result<([u8; 32], Vec<[u8; 32]>)> {
        let mut current = match self.load(CURRENT)? {
            Some(key) => key,
            None => self.make()?,
        };
        loop {
            let previous = self.load(PREVIOUS)?;
            // Read once more: both belong to one moment only if the first did not change meanwhile.
            let again = self.load(CURRENT)?.context("the master key was removed at this moment")?;
            if again == current {
                return Ok((current, previous.filter(|previous| *previous != current).into_iter().collect()));
            }
            current = again;
        }
    }

    /// Whether a change of the key has begun and not ended.
    pub(crate) fn is_changing(&self) -> Result<bool> {
        let previous = self.load(PREVIOUS)?;
        Ok(previous.is_some() && previous != self.load(CURRENT)?)
    }

    /// Whether `key` is the current one.
    pub(crate) fn is(&self, key: &[u8; 32]) -> Result<bool> {
        Ok(self.load(CURRENT)?.as_ref() == Some(key))
    }

    /// Takes the right to write, or gives nothing if someone else has it.
    pub(crate) fn try_lock(&self) -> Result<Option<KeyLock>> {
        let file = self.lock_file()?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(KeyLock(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error).context("the master key's lock cannot be taken"),
        }
    }

    /// Puts `new` in the current key's place and keeps that as the one before.
    pub(crate) fn replace(&self, _lock: &KeyLock, new: &[u8; 32]) -> Result<()> {
        let old = self.load(CURRENT)?.context("there is no master key to change")?;
        self.write(PREVIOUS, &old)?;
        self.write(CURRENT, new)
    }

    /// Removes the key before, which opens nothing any longer.
    pub(crate) fn forget_previous(&self, _lock: &KeyLock) -> Result<()> {
        match fs::remove_file(self.dir.join(PREVIOUS)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context("the previous master key cannot be removed")
            }
            Ok(()) | Err(_) => self.sync_dir(),
        }
    }

    /// The directory itself is locked: a file for that would belong to whoever came first.
    fn lock_file(&self) -> Result<File> {
        File::open(&self.dir).with_context(|| format!("{} cannot be opened", self.dir.display()))
    }

    fn make(&self) -> Result<[u8; 32]> {
        let lock = self.lock_file()?;
        flock(&lock, FlockOperation::LockExclusive).context("the master key's lock cannot be taken")?;
        if let Some(key) = self.load(CURRENT)? {
            return Ok(key);
        }
        if self.load(PREVIOUS)?.is_some() {
            bail!(
                "{} is gone, and the one before is still there; put it back",
                self.dir.join(CURRENT).display()
            );
        }
        let key = rand::random();
        self.write(CURRENT, &key)?;
        Ok(key)
    }

    fn load(&self, name: &str) -> Result<Option<[u8; 32]>> {
        let path = self.dir.join(name);
        match fs::read_to_string(&path).map(SecretString::from) {
            Ok(text) => parse(text.expose_secret())
                .map(Some)
                .with_context(|| format!("{} holds no key", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// Writes a key whole or not at all. Whoever could read the current one can read it.
    fn write(&self, name: &str, key: &[u8; 32]) -> Result<()> {
        let (draft, path) = (self.dir.join(UNFINISHED), self.dir.join(name));
        let text = SecretString::from(hex::encode(key));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            if let Ok(current) = fs::metadata(self.dir.join(CURRENT)) {
                let own = file.metadata()?;
                if (own.uid(), own.gid()) != (current.uid(), current.gid()) {
                    fchown(&file, Some(current.uid()), Some(current.gid()))?;
                }
            }
            file.write_all(text.expose_secret().as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().with_context(|| format!("{} cannot be written", path.display()))?;
        self.sync_dir()
    }

    fn sync_dir(&self) -> Result<()> {
        let sync = || File::open(&self.dir)?.sync_all();
        sync().with_context(|| format!("{} cannot be synced", self.dir.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFile;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_before_stays_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::in_dir(dir.path());
        let (old, none) = file.read().unwrap();
        assert!(none.is_empty());
        let lock = file.try_lock().unwrap().unwrap();
        assert!(file.try_lock().unwrap().is_none());
        file.replace(&lock, &[9; 32]).unwrap();
        assert!(file.is_changing().unwrap());
        assert_eq!(file.read().unwrap(), ([9; 32], vec![old]));
        file.forget_previous(&lock).unwrap();
        assert_eq!(file.read().unwrap(), ([9; 32], vec![]));
        assert!(!file.is_changing().unwrap());
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn no_new_key_is_made_up_where_one_was_lost() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("master.key.previous"), "0f".repeat(32)).unwrap();
        assert!(KeyFile::in_dir(dir.path()).read().is_err());
        std::fs::write(dir.path().join("master.key"), "0f").unwrap();
        assert!(KeyFile::in_dir(dir.path()).read().is_err());
    }
}
