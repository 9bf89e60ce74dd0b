//! The same row behind Fastify and pg, the best-known quick way in JavaScript.

use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The program and what it needs.
const FILES: [&str; 2] = ["server.mjs", "package.json"];

/// What it does, for the notes.
pub(super) const ABOUT: &str = "Fastify verifies an Ed25519 token (cached), begins, sets role and tenant, reads and \
                                commits, by prepared statements on ten connections; no limits, rights or headers";

/// A server of its own.
pub(super) struct Fastify {
    child: Child,
    told: Told,
}

/// What it says when it listens.
#[derive(Deserialize)]
struct Told {
    address: SocketAddr,
    token: String,
    versions: String,
}

impl Fastify {
    /// Installs it under `target/`, where it stays from run to run, and starts it.
    pub(super) async fn start(stage: &Stage) -> Result<Self> {
        let place = install().await?;
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(stage.tenant.to_string())
            .current_dir(place)
            .env("DATABASE_URL", stage.database.url().expose_secret())
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be run")?;
        let mut lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        let line = lines.next_line().await?.context("it ended before it listened")?;
        Ok(Self { child, told: serde_json::from_str(&line)? })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.told.address
    }

    /// A token that it takes.
    pub(super) fn token(&self) -> &str {
        &self.told.token
    }

    /// What it is made of.
    pub(super) fn versions(&self) -> &str {
        &self.told.versions
    }

    /// Ends it.
    pub(super) async fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

async fn install() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let place = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let place = place.join("bench-fastify");
    fs::create_dir_all(&place)?;
    for file in FILES {
        fs::copy(root.join("bench/fastify").join(file), place.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]);
    let output = npm.current_dir(&place).output().await.context("npm cannot be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "npm: {}", said.lines().last().unwrap_or("no reason given"));
    Ok(place)
}
