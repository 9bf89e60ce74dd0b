//! Creating a cluster, whole or not at all.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;

use super::binaries::Binaries;
use super::config::Settings;
use super::credentials::{Credentials, SUPERUSER_ROLE};
use super::error::ClusterError;
use super::layout::{DataDir, Home, sync_dir};
use super::server::{config_file_option, reason, speaks_of_full_disk};
use super::user::ServerUser;

/// Sorting by code point never changes under an index, unlike a language's; the character type still knows
/// upper and lower case in every script.
const CHARACTER_TYPE: &str = if cfg!(target_os = "macos") { "UTF-8" } else { "C.UTF-8" };

const REMOVE_ATTEMPTS: u32 = 50;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);

/// Removes what interrupted attempts left behind. Only the owner may call this.
pub(super) async fn sweep(dir: &DataDir) -> Result<(), ClusterError> {
    for unfinished in dir.unfinished_homes().map_err(ClusterError::io("list", dir.path()))? {
        tracing::info!(path = %unfinished.display(), "removing an unfinished PostgreSQL cluster");
        remove(&unfinished).await.map_err(ClusterError::io("remove", &unfinished))?;
    }
    Ok(())
}

/// An `initdb` whose placard was killed goes on for a moment and adds files while we remove them.
async fn remove(unfinished: &Path) -> io::Result<()> {
    let mut attempts = 0;
    loop {
        match fs::remove_dir_all(unfinished) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && attempts < REMOVE_ATTEMPTS => {
                attempts += 1;
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
            outcome => return outcome,
        }
    }
}

/// Creates the cluster beside its final place and renames it once it is complete and on disk.
pub(super) async fn create(
    dir: &DataDir,
    user: &ServerUser,
    binaries: &Binaries,
    settings: &Settings,
) -> Result<(), ClusterError> {
    let unfinished = dir.unfinished_home();
    match fill(&unfinished, user, binaries, settings).await {
        Ok(()) => {
            let home = dir.home();
            fs::rename(unfinished.path(), home.path()).map_err(ClusterError::io("create", home.path()))?;
            sync_dir(dir.path())
        }
        Err(error) => {
            // The first error is the one to report; the next start sweeps again.
            if let Err(error) = sweep(dir).await {
                tracing::warn!(%error, "an unfinished PostgreSQL cluster stays for now");
            }
            Err(match error {
                // Counted again: what was half written has just been freed.
                ClusterError::DiskFull { .. } => ClusterError::disk_full(dir.path()),
                error => error,
            })
        }
    }
}

async fn fill(
    home: &Home,
    user: &ServerUser,
    binaries: &Binaries,
    settings: &Settings,
) -> Result<(), ClusterError> {
    home.create()?;
    user.own(&home.data())?;
    user.own(&home.log())?;
    settings.write(home)?;
    let credentials = Credentials::generate();
    credentials.save(home)?;

    init_data(home, user, binaries, settings).await?;
    run_first_statements(home, user, binaries, &credentials).await?;
    sync_dir(home.path())
}

async fn init_data(
    home: &Home,
    user: &ServerUser,
    binaries: &Binaries,
    settings: &Settings,
) -> Result<(), ClusterError> {
    let program = binaries.initdb();
    let mut command = user.command(&program);
    command
        .arg("-D")
        .arg(home.data())
        // Nobody may log in by initdb's rules; ours lie beside the cluster.
        .args(["--username", SUPERUSER_ROLE, "--auth", "reject", "--data-checksums", "--no-instructions"])
        .args(["--encoding", "UTF8", "--locale", "C", "--lc-ctype", CHARACTER_TYPE])
        .kill_on_drop(true);
    if !settings.is_durable() {
        command.arg("--no-sync");
    }
    let output = command.output().await.map_err(ClusterError::io("run", &program))?;
    succeed(home.path(), &output)
}

/// Sets passwords and makes role and database in a stand-alone backend: no socket exists yet, and passwords
/// travel through a pipe.
async fn run_first_statements(
    home: &Home,
    user: &ServerUser,
    binaries: &Binaries,
    credentials: &Credentials,
) -> Result<(), ClusterError> {
    let program = binaries.postgres();
    let mut child = user
        .command(&program)
        .arg("--single")
        .arg("-D")
        .arg(home.data())
        .arg("-c")
        .arg(config_file_option(home))
        .args(["-c", "exit_on_error=on", "postgres"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(ClusterError::io("run", &program))?;
    let mut stdin =
        child.stdin.take().ok_or_else(|| failed(home.path(), "it took no statements".to_owned()))?;
    // A backend that ends early breaks the pipe, and then says why on its standard error.
    let sent = stdin.write_all(credentials.first_statements().expose_secret().as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.map_err(ClusterError::io("wait for", &program))?;
    succeed(home.path(), &output)?;
    sent.map_err(ClusterError::io("write to", &program))
}

fn succeed(path: &Path, output: &Output) -> Result<(), ClusterError> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if speaks_of_full_disk(&said) {
        return Err(ClusterError::disk_full(path));
    }
    let last_line = || said.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned);
    Err(failed(path, reason(&said).or_else(last_line).unwrap_or_else(|| output.status.to_string())))
}

fn failed(path: &Path, reason: String) -> ClusterError {
    ClusterError::InitialiseFailed { path: path.to_owned(), reason }
}
