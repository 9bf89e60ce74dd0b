//! Somebody with the command line, and a server that is a process of its own.

use crate::support::{Installation, Run};
use anyhow::{Context, Result, ensure};
use placard_domain::UserId;
use placard_store::{
    password,
    tenant::{self, Role},
    user,
};
use serde_json::Value;
use std::{fs, net::SocketAddr, path::PathBuf, process::Stdio};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};
use uuid::Uuid;

pub(super) const EMAIL: &str = "olga@example.com";
pub(super) const PASSWORD: &str = "correct horse battery";
/// The name of the profile that tests sign in with.
pub(super) const PROFILE: &str = "there";

/// Somebody with the command line, and a server.
pub(super) struct User {
    pub(super) installation: Installation,
    pub(super) address: SocketAddr,
    config: TempDir,
    _server: Child,
    /// What the server prints has to go somewhere.
    _output: Lines<BufReader<ChildStdout>>,
}

impl User {
    /// Somebody who is an admin there, and not signed in yet.
    pub(super) async fn new() -> Result<Self> {
        Self::of_a_server(&[]).await
    }

    /// The same, where the server's environment holds something more.
    pub(super) async fn of_a_server(environment: &[(&str, &str)]) -> Result<Self> {
        let installation = Installation::open().await?;
        let id = UserId(Uuid::now_v7());
        let hash = password::hash(PASSWORD.into()).await?;
        let mut tx = installation.database.db.system().await?;
        user::insert(&mut tx, id, EMAIL, &hash).await?;
        tenant::join(&mut tx, installation.tenant.id, id, Role::Admin).await?;
        tx.commit().await?;
        let mut serve = installation.placard(&["serve", "--bind", "127.0.0.1:0"]);
        serve.envs(environment.iter().copied()).stdout(Stdio::piped());
        let mut server = serve.spawn()?;
        let mut lines = BufReader::new(server.stdout.take().context("it has no output")?).lines();
        let line = lines.next_line().await?.context("the server ended")?;
        let address = line.rsplit("http://").next().unwrap_or_default().parse().context(line.clone())?;
        Ok(Self { installation, address, config: tempfile::tempdir()?, _server: server, _output: lines })
    }

    /// The same, signed in.
    pub(super) async fn signed_in() -> Result<Self> {
        let user = Self::new().await?;
        user.sign_in().await?;
        Ok(user)
    }

    pub(super) async fn sign_in(&self) -> Result<()> {
        let address = self.address.to_string();
        let run = self.log_in(&address, &format!("{PASSWORD}\n"), &["--profile", PROFILE]).await?;
        ensure!(run.code() == Some(0), "{run}");
        Ok(())
    }

    /// `placard login` with something on standard input.
    pub(super) async fn log_in(&self, address: &str, input: &str, more: &[&str]) -> Result<Run> {
        let mut arguments = vec!["login", address, "--email", EMAIL, "--password-stdin"];
        arguments.extend(more);
        self.told(&arguments, input).await
    }

    /// The real binary with something on standard input.
    pub(super) async fn told(&self, arguments: &[&str], input: &str) -> Result<Run> {
        let mut command = self.placard(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().context("it has no input")?;
        // It may refuse before it reads.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        run_of(child).await
    }

    /// The real binary of somebody who has no database here.
    pub(super) fn placard(&self, arguments: &[&str]) -> Command {
        let mut command = self.installation.placard(arguments);
        for variable in ["PLACARD_DATA_DIR", "PLACARD_DATABASE_URL", "PLACARD_TENANT"] {
            command.env_remove(variable);
        }
        command.env("XDG_CONFIG_HOME", self.config.path());
        command
    }

    /// A command that goes to the server.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Run> {
        Run::of(&mut self.placard(arguments)).await
    }

    /// A command that goes to the server and succeeds. Gives what it printed.
    pub(super) async fn must(&self, arguments: &[&str]) -> Result<String> {
        let run = self.run(arguments).await?;
        ensure!(run.code() == Some(0), "`placard {}` failed: {run}", arguments.join(" "));
        Ok(run.stdout)
    }

    /// A command that ends with `code`. Gives what it said.
    pub(super) async fn refuses(&self, arguments: &[&str], code: i32) -> Result<String> {
        let run = self.run(arguments).await?;
        ensure!(run.code() == Some(code), "`placard {}` should end with {code}: {run}", arguments.join(" "));
        Ok(run.stderr)
    }

    /// The same command on the server's own database.
    pub(super) async fn run_there(&self, arguments: &[&str]) -> Result<Run> {
        self.installation.run(arguments).await
    }

    /// Where the profile rests.
    pub(super) fn file(&self) -> PathBuf {
        self.config.path().join(format!("placard/profiles/{PROFILE}.json"))
    }

    /// The profile as it rests.
    pub(super) fn profile(&self) -> Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(self.file())?)?)
    }

    /// Changes the profile's file.
    pub(super) fn edit_profile(&self, edit: impl FnOnce(&mut Value)) -> Result<()> {
        let mut profile = self.profile()?;
        edit(&mut profile);
        Ok(fs::write(self.file(), profile.to_string())?)
    }

    /// Makes the session one that has to be renewed before the next request.
    pub(super) fn let_it_end(&self) -> Result<()> {
        self.edit_profile(|profile| profile["proof"]["expires_at"] = "2020-01-01T00:00:00Z".into())
    }

    /// The secrets that the profile holds.
    pub(super) fn secrets(&self) -> Result<Vec<String>> {
        let proof = &self.profile()?["proof"];
        let names = ["access_token", "refresh_token", "key"].into_iter();
        Ok(names.filter_map(|name| proof[name].as_str()).map(str::to_owned).collect())
    }
}

/// Waits for the end of a command.
pub(super) async fn run_of(child: Child) -> Result<Run> {
    let output = child.wait_with_output().await?;
    Ok(Run {
        status: output.status,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}
