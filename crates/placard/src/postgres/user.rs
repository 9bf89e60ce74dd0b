//! As whom the server runs.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::error::ClusterError;
use super::layout::Home;

/// Unprivileged users to run the server as when we are root, best first.
const PREFERRED: [&str; 2] = ["postgres", "nobody"];

/// The operating-system user of the server; never root.
#[derive(Clone, Debug)]
pub(super) struct ServerUser {
    name: String,
    uid: u32,
    gid: u32,
    /// Whether that is someone else, so that processes and files must be handed over.
    differs: bool,
}

impl ServerUser {
    /// Ourselves, unless we are root; an existing cluster keeps the user it has.
    pub(super) fn choose(home: &Home) -> Result<Self, ClusterError> {
        let our_uid = rustix::process::geteuid().as_raw();
        let passwd = Passwd::read()?;
        let owner = existing_owner(&home.data())?;
        let foreign = |uid: u32, remedy: &'static str| ClusterError::ForeignCluster {
            path: home.path().to_owned(),
            owner: passwd.name(uid),
            remedy,
        };
        match (our_uid, owner) {
            (0, Some((0, _))) => Err(foreign(
                0,
                "PostgreSQL refuses to run as root, so `chown -R` its `data` and `log` to an unprivileged user",
            )),
            (0, Some((uid, gid))) => Ok(Self { name: passwd.name(uid), uid, gid, differs: true }),
            (0, None) => passwd.first_of(&PREFERRED).ok_or(ClusterError::NoServerUser),
            (uid, Some((owner, _))) if owner != uid => {
                Err(foreign(owner, "run placard as that user (or as root), or choose another data directory"))
            }
            (uid, _) => {
                let gid = rustix::process::getegid().as_raw();
                Ok(Self { name: passwd.name(uid), uid, gid, differs: false })
            }
        }
    }

    /// A command that runs as this user, in a process group of its own, without placard's environment.
    ///
    /// The group keeps a terminal's Ctrl-C away from the server, so that placard can stop it in order; the
    /// environment may hold keys that the server has no use for.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").stdin(Stdio::null()).current_dir("/").process_group(0);
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.differs {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Hands `path` over to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if !self.differs {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
            .map_err(ClusterError::io("hand over", path))
    }

    /// Proves by trial that this user can run `binary` and enter `dir`.
    pub(super) async fn require_reach(&self, binary: &Path, dir: &Path) -> Result<(), ClusterError> {
        self.run_in(binary, Path::new("/")).await.map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                ClusterError::BinaryClosed { user: self.name.clone(), binary: binary.to_owned() }
            }
            _ => ClusterError::io("run", binary)(error),
        })?;
        self.run_in(binary, dir).await.map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                ClusterError::Unreachable { user: self.name.clone(), closed: self.first_closed(dir) }
            }
            _ => ClusterError::io("enter", dir)(error),
        })
    }

    async fn run_in(&self, binary: &Path, dir: &Path) -> io::Result<()> {
        self.command(binary).arg("--version").current_dir(dir).output().await.map(drop)
    }

    /// The outermost folder on the way to `dir` whose permissions keep this user out.
    fn first_closed(&self, dir: &Path) -> PathBuf {
        let mut outermost_first: Vec<&Path> = dir.ancestors().collect();
        outermost_first.reverse();
        let closed = outermost_first.into_iter().find(|folder| !self.may_enter(folder));
        // An access list can refuse what the mode bits allow; then the directory itself is named.
        closed.unwrap_or(dir).to_owned()
    }

    fn may_enter(&self, folder: &Path) -> bool {
        let Ok(metadata) = fs::metadata(folder) else { return false };
        let search = match () {
            () if metadata.uid() == self.uid => 0o100,
            () if metadata.gid() == self.gid => 0o010,
            () => 0o001,
        };
        metadata.permissions().mode() & search != 0
    }
}

fn existing_owner(data: &Path) -> Result<Option<(u32, u32)>, ClusterError> {
    match fs::metadata(data) {
        Ok(metadata) => Ok(Some((metadata.uid(), metadata.gid()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ClusterError::io("look at", data)(error)),
    }
}

/// The users of `/etc/passwd`.
struct Passwd {
    text: String,
}

impl Passwd {
    fn read() -> Result<Self, ClusterError> {
        let path = Path::new("/etc/passwd");
        let text = fs::read_to_string(path).map_err(ClusterError::io("read", path))?;
        Ok(Self { text })
    }

    /// Name, uid and gid of every line; see passwd(5).
    fn entries(&self) -> impl Iterator<Item = (&str, u32, u32)> {
        self.text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let (name, _password) = (fields.next()?, fields.next()?);
            Some((name, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        })
    }

    fn first_of(&self, names: &[&str]) -> Option<ServerUser> {
        let find = |wanted: &&str| self.entries().find(|(name, uid, _)| name == wanted && *uid != 0);
        let (name, uid, gid) = names.iter().find_map(find)?;
        Some(ServerUser { name: name.to_owned(), uid, gid, differs: true })
    }

    fn name(&self, uid: u32) -> String {
        let found = self.entries().find(|(_, entry, _)| *entry == uid);
        found.map_or_else(|| format!("number {uid}"), |(name, _, _)| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_never_chosen_even_when_it_is_called_postgres() {
        let passwd = |text: &str| Passwd { text: text.to_owned() };
        let chosen = |text: &str| passwd(text).first_of(&PREFERRED).map(|user| (user.name, user.uid));

        assert_eq!(
            chosen(
                "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\npostgres:x:101:104::/:/bin/sh"
            ),
            Some(("postgres".to_owned(), 101))
        );
        assert_eq!(
            chosen("postgres:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false"),
            Some(("nobody".to_owned(), 65534))
        );
        assert_eq!(chosen("root:x:0:0::/root:/bin/sh"), None);
    }
}
