//! Finding PostgreSQL's programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::error::ClusterError;
use super::version::ServerVersion;

/// Where distributions keep several versions side by side: Debian and Red Hat.
const VERSIONED_FOLDERS: [(&str, &str); 2] = [("/usr/lib/postgresql", "bin"), ("/usr", "bin")];

/// A folder with a working `postgres` and `initdb`.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    dir: PathBuf,
    version: ServerVersion,
}

impl Binaries {
    /// Finds the programs to run a cluster of `major`, or to create one if there is none yet.
    ///
    /// `configured` is `PLACARD_PG_BIN` and excludes every other place. Otherwise the `PATH` comes first, then
    /// the newest of the distribution's folders, then what `pg_config` says.
    pub(super) async fn find(
        configured: Option<&Path>,
        cluster: Option<(u32, &Path)>,
    ) -> Result<Self, ClusterError> {
        let found = match configured {
            Some(dir) => vec![configured_binaries(dir).await?],
            None => installed().await,
        };
        choose(found, cluster)
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub(super) fn version(&self) -> ServerVersion {
        self.version
    }
}

fn choose(found: Vec<Binaries>, cluster: Option<(u32, &Path)>) -> Result<Binaries, ClusterError> {
    let newest = found.iter().max_by_key(|binaries| binaries.version).ok_or(ClusterError::NotInstalled)?;
    let wanted = |binaries: &&Binaries| match cluster {
        Some((major, _)) => binaries.version.major == major,
        None => binaries.version.is_supported(),
    };
    match (found.iter().find(wanted), cluster) {
        (Some(binaries), _) => Ok(binaries.clone()),
        (None, Some((major, path))) => Err(ClusterError::MajorVersionChanged {
            path: path.to_owned(),
            cluster: major,
            installed: newest.version,
        }),
        (None, None) => Err(ClusterError::TooOld { found: newest.version, dir: newest.dir.clone() }),
    }
}

async fn configured_binaries(dir: &Path) -> Result<Binaries, ClusterError> {
    let missing = |program| ClusterError::NotInBinDir { dir: dir.to_owned(), program };
    let binaries = examine(dir).await.ok_or_else(|| missing("postgres"))?;
    // Too old is the better news than incomplete.
    if binaries.version.is_supported() && !binaries.initdb().is_file() {
        return Err(missing("initdb"));
    }
    Ok(binaries)
}

async fn installed() -> Vec<Binaries> {
    let mut dirs: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    dirs.extend(versioned_dirs());
    dirs.extend(pg_config_dir().await);

    let mut found: Vec<Binaries> = Vec::new();
    for dir in dirs {
        // A client-only installation has neither program; both are needed.
        if !dir.is_absolute() || !dir.join("initdb").is_file() || found.iter().any(|known| known.dir == dir) {
            continue;
        }
        found.extend(examine(&dir).await);
    }
    found
}

/// `/usr/lib/postgresql/<major>/bin` and `/usr/pgsql-<major>/bin`, newest first.
fn versioned_dirs() -> Vec<PathBuf> {
    let mut versioned: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, bin) in VERSIONED_FOLDERS {
        // A folder that does not exist holds no versions.
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let major = name.strip_prefix("pgsql-").unwrap_or(&name).parse();
            versioned.extend(major.ok().map(|major| (major, entry.path().join(bin))));
        }
    }
    versioned.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    versioned.into_iter().map(|(_, dir)| dir).collect()
}

async fn pg_config_dir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().await.ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(dir.trim()))
}

/// Asks the `postgres` in `dir` for its version; `None` if it is not there or does not answer like one.
async fn examine(dir: &Path) -> Option<Binaries> {
    let output =
        Command::new(dir.join("postgres")).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    let version = ServerVersion::parse_banner(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { dir: dir.to_owned(), version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(major: u32) -> Binaries {
        Binaries { dir: format!("/pg/{major}").into(), version: ServerVersion { major, minor: 3 } }
    }

    #[test]
    fn a_new_cluster_takes_the_first_supported_version() {
        let chosen = choose(vec![binaries(13), binaries(16), binaries(17)], None).unwrap();
        assert_eq!(chosen.version.major, 16);
    }

    #[test]
    fn an_existing_cluster_takes_its_own_version_wherever_it_is() {
        let path = Path::new("/data/postgres");
        let chosen = choose(vec![binaries(17), binaries(15)], Some((15, path))).unwrap();
        assert_eq!(chosen.version.major, 15);

        let refusal = choose(vec![binaries(17)], Some((15, path))).unwrap_err();
        assert!(matches!(refusal, ClusterError::MajorVersionChanged { cluster: 15, .. }), "{refusal}");
        assert!(refusal.to_string().contains("made by PostgreSQL 15"), "{refusal}");
    }

    #[test]
    fn nothing_and_nothing_new_enough_are_different_news() {
        assert!(matches!(choose(vec![], None), Err(ClusterError::NotInstalled)));
        assert!(matches!(choose(vec![binaries(13)], None), Err(ClusterError::TooOld { .. })));
    }
}
