//! Where profiles rest: a file each in the user's configuration directory, which nobody else may read.

use super::Profile;
use placard_domain::suggest::closest;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// The name that means no server: this machine's own database.
pub const HERE: &str = "local";

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Nobody's home directory.
    #[error("there is no home directory to keep profiles in; name one in XDG_CONFIG_HOME")]
    NoHome,
    /// A name that is no file's.
    #[error(
        "`{0}` is no name for a profile: letters, digits, dashes, underscores and dots, and not `{HERE}`"
    )]
    BadName(String),
    /// No such profile.
    #[error("there is no profile `{name}`; {help}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        help: String,
    },
    /// Others may read the secret.
    #[error("{0} can be read by others; run `chmod 600` on it, and sign in again if they may have read it")]
    Open(PathBuf),
    /// The file is no profile.
    #[error("{path} is no profile: {problem}; sign in again with `placard login`")]
    Corrupt {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The file system refused.
    #[error("{path} cannot be used")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The profiles of one user.
#[derive(Clone, Debug)]
pub struct Profiles {
    folder: PathBuf,
}

/// While it is held, no other process renews this profile's session. The kernel gives it back at any death.
#[derive(Debug)]
pub(super) struct Renewal(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

impl Profiles {
    /// Those of whoever runs this, in `$XDG_CONFIG_HOME/placard` or `~/.config/placard`.
    ///
    /// # Errors
    /// [`ProfileError::NoHome`].
    pub fn of_user() -> Result<Self, ProfileError> {
        let absolute = |path: &PathBuf| path.is_absolute();
        let told = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(absolute);
        let home =
            || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")).filter(absolute);
        let base = told.or_else(home).ok_or(ProfileError::NoHome)?;
        Ok(Self { folder: base.join("placard") })
    }

    /// The names of all, in order.
    pub fn names(&self) -> Result<Vec<String>, ProfileError> {
        let folder = self.folder.join("profiles");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(cannot(&folder))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(cannot(&folder))?.file_name();
            let name = name.to_string_lossy();
            names.extend(name.strip_suffix(".json").filter(|name| is_name(name)).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// The one that commands use unless told otherwise.
    pub fn chosen(&self) -> Result<Option<String>, ProfileError> {
        let path = self.folder.join("profile");
        match fs::read_to_string(&path) {
            Ok(name) => Ok(Some(name.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot(&path)(error)),
        }
    }

    /// Makes `name` the one that commands use.
    pub fn choose(&self, name: &str) -> Result<(), ProfileError> {
        if name != HERE {
            self.get(name)?;
        }
        self.make_folder(&self.folder)?;
        self.put(&self.folder.join("profile"), name.as_bytes())
    }

    /// The profile called `name`.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        let path = self.place(name)?;
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(self.unknown(name)?),
            other => other.map_err(cannot(&path))?,
        };
        if file.metadata().map_err(cannot(&path))?.mode() & 0o077 != 0 {
            return Err(ProfileError::Open(path));
        }
        let text = io::read_to_string(file).map_err(cannot(&path))?;
        // The parser's words could quote what stands there, so they are left out.
        let profile: Profile = serde_json::from_str(&text).map_err(|error| ProfileError::Corrupt {
            path: path.clone(),
            problem: format!("line {}, column {}", error.line(), error.column()),
        })?;
        Ok(Profile { name: name.to_owned(), ..profile })
    }

    /// Stores a profile, whole or not at all.
    pub fn keep(&self, profile: &Profile) -> Result<(), ProfileError> {
        let path = self.place(&profile.name)?;
        self.make_folder(&self.folder.join("profiles"))?;
        let text = serde_json::to_vec_pretty(profile).map_err(|error| cannot(&path)(error.into()))?;
        self.put(&path, &text)
    }

    /// Forgets a profile. Commands work on this machine again if it was the chosen one.
    pub fn forget(&self, name: &str) -> Result<(), ProfileError> {
        let path = self.place(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(self.unknown(name)?),
            other => other.map_err(cannot(&path))?,
        }
        if self.chosen()?.as_deref() == Some(name) {
            let path = self.folder.join("profile");
            fs::remove_file(&path).map_err(cannot(&path))?;
        }
        Ok(())
    }

    /// Waits until no other process renews the session of `name`. Blocks the thread.
    pub(super) fn renewal(&self, name: &str) -> Result<Renewal, ProfileError> {
        let path = self.place(name)?.with_extension("lock");
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = options.map_err(cannot(&path))?;
        loop {
            match flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Renewal(file)),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(cannot(&path)(error.into())),
            }
        }
    }

    fn place(&self, name: &str) -> Result<PathBuf, ProfileError> {
        if !is_name(name) {
            return Err(ProfileError::BadName(name.to_owned()));
        }
        Ok(self.folder.join("profiles").join(format!("{name}.json")))
    }

    fn unknown(&self, name: &str) -> Result<ProfileError, ProfileError> {
        let names = self.names()?;
        let help = match closest(name, names.iter().map(String::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => "`placard login URL` makes one".to_owned(),
            None => format!("there is {}", names.join(", ")),
        };
        Ok(ProfileError::Unknown { name: name.to_owned(), help })
    }

    fn make_folder(&self, folder: &Path) -> Result<(), ProfileError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot(folder))
    }

    /// Writes beside the place first, and moves it there when it is on disk. Only its owner may read it.
    fn put(&self, path: &Path, content: &[u8]) -> Result<(), ProfileError> {
        let folder = path.parent().unwrap_or(&self.folder);
        let written = || {
            let mut file = NamedTempFile::new_in(folder)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
            File::open(folder)?.sync_all()
        };
        written().map_err(cannot(path))
    }
}

fn is_name(name: &str) -> bool {
    (1..=80).contains(&name.len())
        && !name.starts_with('.')
        && name != HERE
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn cannot(path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    let path = path.to_owned();
    move |source| ProfileError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::{Address, Proof};
    use std::os::unix::fs::PermissionsExt;

    fn profile(name: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            server: Address::parse("localhost:1", false).unwrap(),
            who: "ada@example.com".into(),
            tenant: None,
            proof: Proof::ApiKey { key: "plk_secret".to_owned().into() },
        }
    }

    #[test]
    fn a_profile_comes_back_as_it_was_kept_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: folder.path().join("placard") };
        profiles.keep(&profile("acme")).unwrap();
        assert_eq!(profiles.get("acme").unwrap(), profile("acme"));
        let path = profiles.place("acme").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(profiles.get("acme"), Err(ProfileError::Open(_))));
    }

    #[test]
    fn names_are_no_paths_and_a_wrong_one_is_answered_with_the_right_one() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: folder.path().to_owned() };
        for name in ["../x", "", ".hidden", "a/b", HERE] {
            assert!(matches!(profiles.keep(&profile(name)), Err(ProfileError::BadName(_))), "{name}");
        }
        profiles.keep(&profile("production")).unwrap();
        let said = profiles.get("prodution").unwrap_err().to_string();
        assert!(said.contains("did you mean `production`?"), "{said}");
    }

    #[test]
    fn a_forgotten_profile_is_chosen_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: folder.path().to_owned() };
        profiles.keep(&profile("acme")).unwrap();
        profiles.choose("acme").unwrap();
        profiles.forget("acme").unwrap();
        assert_eq!(profiles.chosen().unwrap(), None);
        assert!(profiles.names().unwrap().is_empty());
    }

    #[test]
    fn a_secret_is_in_no_message() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: folder.path().to_owned() };
        profiles.keep(&profile("acme")).unwrap();
        assert!(!format!("{:?}", profiles.get("acme").unwrap()).contains("secret"));
        let path = profiles.place("acme").unwrap();
        let broken = fs::read_to_string(&path).unwrap().replace("api_key", "plk_secret");
        fs::write(&path, broken).unwrap();
        let said = profiles.get("acme").unwrap_err();
        assert!(!said.to_string().contains("secret"), "{said}");
    }
}
