//! Throw-away clusters for test suites: quick, without durability, gone when their process is.
//!
//! `./x test` starts one for the whole run and names it in [`SERVER_VARIABLE`]; a test that runs alone starts its
//! own. Tests ask for a fresh [`database`] and need not clean up.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::{OnceCell, oneshot};

use super::cluster::{Cluster, ClusterConfig};

/// Names a server for tests, as a superuser's URL.
pub const SERVER_VARIABLE: &str = "PLACARD_TEST_DATABASE_URL";

/// Quick, and with room for many tests at once; replication as the change capture wants it.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "64MB"),
    ("max_connections", "200"),
    // Whoever drops a database waits for those who are signing in, and a test that ends may keep them from it.
    ("authentication_timeout", "20s"),
    ("wal_level", "logical"),
    ("max_wal_senders", "20"),
    ("max_replication_slots", "20"),
];

/// Waits for its standard input to close, which happens when its parent ends in whatever way, and tidies up.
const WATCHDOG: &str = r#"
    cat >/dev/null
    pid_file="$1/postgres/data/postmaster.pid"
    if read -r pid 2>/dev/null <"$pid_file"; then
        kill -QUIT "$pid"
        for _ in $(seq 100); do
            [ -e "$pid_file" ] || break
            sleep 0.1
        done
    fi
    rm -rf "$1"
"#;

/// A throw-away cluster with a directory of its own.
#[derive(Debug)]
pub struct Scratch {
    cluster: Cluster,
    dir: PathBuf,
    watchdog: Child,
}

impl Scratch {
    /// Starts a cluster in a directory of its own.
    pub async fn start() -> anyhow::Result<Self> {
        let dir = place().join(format!("placard-scratch-{}", uuid::Uuid::now_v7().simple()));
        let mut watchdog = watch_over(&dir).context("could not start the watchdog of the scratch cluster")?;
        let config = ClusterConfig {
            data_dir: dir.clone(),
            bin_dir: std::env::var_os("PLACARD_PG_BIN").map(PathBuf::from),
            command: "scratch cluster".to_owned(),
            settings: SETTINGS
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        match Cluster::start(config).await {
            Ok(cluster) => Ok(Self { cluster, dir, watchdog }),
            Err(error) => {
                release(&mut watchdog)?;
                Err(error.into())
            }
        }
    }

    /// The cluster as superuser.
    pub fn url(&self) -> SecretString {
        self.cluster.superuser_url()
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Stops the cluster and removes its directory.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.cluster.stop().await?;
        release(&mut self.watchdog)
    }
}

/// Where clusters lie: `TMPDIR`, or else in memory, because a disk that is still writing what a build left can hold up
/// a server for many seconds. Where there is too little of it, in the system's temporary directory.
fn place() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const ENOUGH: u64 = 4 << 30;
    let room = rustix::fs::statvfs(MEMORY).map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    match room {
        Ok(room) if room >= ENOUGH && std::env::var_os("TMPDIR").is_none() => PathBuf::from(MEMORY),
        _ => std::env::temp_dir(),
    }
}

/// The server that this process's tests share, as a superuser's URL.
pub async fn server() -> anyhow::Result<&'static SecretString> {
    static SERVER: OnceCell<SecretString> = OnceCell::const_new();
    SERVER
        .get_or_try_init(|| async {
            match std::env::var(SERVER_VARIABLE) {
                Ok(url) => Ok(SecretString::from(url)),
                Err(_) => start_for_this_process().await,
            }
        })
        .await
}

/// A new, empty database of its own, as a superuser's URL.
///
/// It is removed some time after this process has ended, when another asks for a database.
pub async fn database() -> anyhow::Result<SecretString> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let server = server().await?;
    let mut connection = PgConnection::connect(server.expose_secret()).await?;
    remove_one_abandoned(&mut connection).await?;

    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}{}_{number}", std::process::id());
    // A pid can come round again within one run; its former databases are nobody's.
    run(&mut connection, format!("drop database if exists {name} with (force)")).await?;
    run(&mut connection, format!("create database {name}")).await?;
    connection.close().await?;

    let mut url = url::Url::parse(server.expose_secret())?;
    url.set_path(&name);
    Ok(SecretString::from(String::from(url)))
}

const PREFIX: &str = "placard_test_";

/// Keeps the number of leftover databases bounded: every new one sees off one whose process has ended.
async fn remove_one_abandoned(connection: &mut PgConnection) -> anyhow::Result<()> {
    let names: Vec<String> =
        sqlx::query_scalar("select datname::text from pg_database where starts_with(datname::text, $1)")
            .bind(PREFIX)
            .fetch_all(&mut *connection)
            .await?;
    let owner = |name: &str| name.strip_prefix(PREFIX)?.split('_').next()?.parse::<u32>().ok();
    let ended = |name: &&String| owner(name).is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
    let Some(name) = names.iter().find(ended) else { return Ok(()) };
    match run(connection, format!("drop database if exists {name} with (force)")).await {
        Ok(()) => Ok(()),
        // Another process chose the same one and is at it.
        Err(sqlx::Error::Database(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn run(connection: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await.map(drop)
}

/// The entry of a program that runs a scratch cluster.
///
/// With arguments, runs them as a command that finds the cluster in [`SERVER_VARIABLE`], and ends as it does.
/// Without, prints the URL and stays until standard input closes.
pub fn main() -> ExitCode {
    match tokio::runtime::Runtime::new().context("no runtime").and_then(|runtime| runtime.block_on(serve())) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> anyhow::Result<ExitCode> {
    let scratch = Scratch::start().await?;
    let url = scratch.url();
    let mut arguments = std::env::args_os().skip(1);
    let code = match arguments.next() {
        Some(program) => {
            let mut command = tokio::process::Command::new(&program);
            command.args(arguments).env(SERVER_VARIABLE, url.expose_secret());
            let status = command.status().await;
            exit_code(status.with_context(|| format!("could not run {}", program.display()))?)
        }
        None => {
            println!("{}", url.expose_secret());
            tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
            ExitCode::SUCCESS
        }
    };
    scratch.stop().await?;
    Ok(code)
}

/// As shells do it: 128 and the signal's number for a command that was killed.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Starts a cluster that outlives the test that asked first: it lives on a thread of its own, and the watchdog
/// sees to its end.
async fn start_for_this_process() -> anyhow::Result<SecretString> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("scratch cluster".to_owned()).spawn(move || {
        let started = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match started {
            Ok(runtime) => runtime.block_on(hold(sender)),
            // The receiver is only gone if the test that asked is.
            Err(error) => drop(sender.send(Err(error.into()))),
        }
    })?;
    receiver.await.context("the scratch cluster's thread ended")?
}

async fn hold(sender: oneshot::Sender<anyhow::Result<SecretString>>) {
    match Scratch::start().await {
        Ok(scratch) => {
            if sender.send(Ok(scratch.url())).is_ok() {
                std::future::pending::<()>().await;
            }
        }
        // The receiver is only gone if the test that asked is.
        Err(error) => drop(sender.send(Err(error))),
    }
}

fn watch_over(dir: &Path) -> std::io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", WATCHDOG, "scratch-watchdog"])
        .arg(dir)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A test runner that ends a group of processes must not end this one.
        .process_group(0)
        .spawn()
}

fn release(watchdog: &mut Child) -> anyhow::Result<()> {
    drop(watchdog.stdin.take());
    watchdog.wait().context("the scratch cluster's watchdog")?;
    Ok(())
}
