//! Directories, processes and connections for these tests.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use placard::postgres::{Cluster, ClusterConfig, ClusterError};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Only a test that is about to fail waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether we may mount, change users, and need to.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Says why a test does nothing here, past the test harness's capture.
pub(super) fn skip(reason: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
}

/// A directory that the server's user may enter, as `/var/lib` would be.
pub(super) struct TestDir(TempDir);

impl TestDir {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).unwrap();
        Self(dir)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where a cluster goes; does not exist at first, and has a name to stumble over.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.path().join("placard's data")
    }

    /// A quick cluster; the processes here are killed, but the machine keeps running.
    pub(super) fn config(&self) -> ClusterConfig {
        let settings = vec![("fsync".to_owned(), "off".to_owned())];
        ClusterConfig { settings, ..self.durable_config() }
    }

    /// A cluster as in production.
    pub(super) fn durable_config(&self) -> ClusterConfig {
        ClusterConfig {
            data_dir: self.data_dir(),
            bin_dir: std::env::var_os("PLACARD_PG_BIN").map(PathBuf::from),
            command: "placard test".to_owned(),
            settings: vec![],
        }
    }

    pub(super) async fn start(&self) -> Result<Cluster, ClusterError> {
        Cluster::start(self.config()).await
    }

    /// PostgreSQL's own directory.
    pub(super) fn cluster_data(&self) -> PathBuf {
        self.data_dir().join("postgres/data")
    }

    /// A folder of programs: `postgres` and `initdb` are these shell scripts.
    pub(super) fn fake_binaries(&self, postgres: &str, initdb: &str) -> PathBuf {
        let dir = self.path().join("fake-bin");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        for (name, script) in [("postgres", postgres), ("initdb", initdb)] {
            let path = dir.join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        dir
    }

    /// Live processes of the cluster: by working directory, or by what they call themselves where a container
    /// keeps the former from us.
    pub(super) fn server_processes(&self) -> Vec<Pid> {
        let Ok(data) = self.cluster_data().canonicalize() else { return vec![] };
        let metadata = fs::metadata(&data).unwrap();
        let title = format!("postgres: placard-{:x}-{:x}: ", metadata.dev(), metadata.ino());
        let ours = |pid: &Pid| {
            let command_line = fs::read(proc_path(*pid).join("cmdline")).unwrap_or_default();
            let command_line = String::from_utf8_lossy(&command_line);
            let directory = fs::read_link(proc_path(*pid).join("cwd"));
            directory.is_ok_and(|dir| dir == data)
                || command_line.starts_with(&title)
                || command_line.contains(&format!("-D\0{}\0", data.display()))
        };
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter_map(Pid::from_raw).filter(ours).collect()
    }

    /// The server's first process.
    pub(super) fn postmaster(&self) -> Pid {
        let text = fs::read_to_string(self.cluster_data().join("postmaster.pid")).unwrap();
        Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
    }
}

/// A failed test may leave a server whose owner is dead.
impl Drop for TestDir {
    fn drop(&mut self) {
        for pid in self.server_processes() {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

pub(super) fn proc_path(pid: Pid) -> PathBuf {
    PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()))
}

pub(super) fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).unwrap();
}

pub(super) async fn connect(url: &SecretString) -> PgConnection {
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// Leaves a mark that [`read_mark`] finds.
pub(super) async fn write_mark(url: &SecretString) {
    let mut connection = connect(url).await;
    sqlx::query("create table mark (word text)").execute(&mut connection).await.unwrap();
    sqlx::query("insert into mark values ('kept')").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

pub(super) async fn read_mark(url: &SecretString) -> String {
    sqlx::query_scalar("select word from mark").fetch_one(&mut connect(url).await).await.unwrap()
}

/// Polls until `condition` holds.
pub(super) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it never came true that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs one of this binary's ignored tests as a process of its own, to be killed; returns what it prints first.
///
/// Its umask is the strictest there is, so that nothing rests on a friendly one.
pub(super) fn run_role(role: &str, dir: &Path, bin_dir: Option<&Path>) -> (Reaped, BufReader<ChildStdout>) {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"umask 077; exec "$0" "$@""#]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", role, "--ignored", "--nocapture"]).env("PLACARD_TEST_DIR", dir);
    command.env_remove("PLACARD_TEST_DATABASE_URL");
    if let Some(bin_dir) = bin_dir {
        command.env("PLACARD_PG_BIN", bin_dir);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (Reaped(child), output)
}

/// The rest of the line that begins with `mark`, among a test binary's own chatter.
pub(super) fn read_line_after(output: &mut impl BufRead, mark: &str) -> String {
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some((_, rest)) = line.trim_end().split_once(mark) {
            return rest.to_owned();
        }
        line.clear();
    }
    panic!("the process ended without saying {mark:?}");
}

/// Ends and collects a process at the end of a test, however that comes.
pub(super) struct Reaped(pub(super) Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
