//! Staying signed in: a refresh token is good once, and nothing may lose the next one.

use super::user::{PASSWORD, User, run_of};
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::{net::SocketAddr, process::Stdio, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

const INTERRUPTED: i32 = 130;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_come_at_once_renew_the_session_once_between_them() -> Result<()> {
    let user = User::signed_in().await?;
    for round in 1..=3_i64 {
        let before = user.secrets()?;
        user.let_it_end()?;
        let at_once = (0..6).map(|_| user.must(&["status", "--json"]));
        futures::future::try_join_all(at_once).await?;
        ensure!(user.secrets()? != before, "the session was not renewed");
        let tokens: i64 = sqlx::query_scalar("select count(*) from refresh_token")
            .fetch_one(&mut user.installation.database.superuser().await)
            .await?;
        ensure!(tokens == 1 + round, "{tokens} refresh tokens after {round} renewals");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_in_the_middle_of_a_renewal_waits_until_the_new_token_is_kept() -> Result<()> {
    let user = User::signed_in().await?;
    let gate = Gate::before(user.address).await?;
    let server = format!("http://{}/", gate.address);
    user.edit_profile(|profile| profile["server"] = server.into())?;
    user.let_it_end()?;
    let before = user.secrets()?;

    let child = user.placard(&["status"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = Pid::from_raw(i32::try_from(child.id().context("it runs")?)?).context("a process id")?;
    // The server has used the old token up, and nobody has its answer yet.
    gate.answered.notified().await;
    kill_process(pid, Signal::INT)?;
    gate.open.notify_one();
    let run = run_of(child).await?;
    ensure!(run.code() == Some(INTERRUPTED), "{run}");
    ensure!(user.secrets()? != before, "the new token is lost");

    gate.open.notify_one();
    user.must(&["status"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_says_how_to_begin_another() -> Result<()> {
    let user = User::signed_in().await?;
    user.installation.must(&["users", "reset-password", super::user::EMAIL]).await?;
    user.let_it_end()?;
    let said = user.refuses(&["status"], 1).await?;
    ensure!(said.contains("not signed in any more") && said.contains("placard login http://"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_told_whatever_is_logged() -> Result<()> {
    let user = User::new().await?;
    let mut logins = Vec::new();
    for password in [PASSWORD, "wrong but secret"] {
        let address = user.address.to_string();
        let arguments = ["login", &address, "--email", super::user::EMAIL, "--password-stdin", "--profile"];
        let mut command = user.placard(&[&arguments[..], &[super::user::PROFILE]].concat());
        let mut child = command
            .env("PLACARD_LOG", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("it has no input")?;
        stdin.write_all(format!("{password}\n").as_bytes()).await?;
        drop(stdin);
        logins.push(run_of(child).await?.to_string());
    }
    let mut secrets = user.secrets()?;
    user.let_it_end()?;
    let status = user.placard(&["status"]).env("PLACARD_LOG", "trace").output().await?;
    let told = logins.join("\n") + &String::from_utf8(status.stderr)?;
    ensure!(told.contains("TRACE"), "nothing was logged");
    secrets.extend(user.secrets()?);
    secrets.extend([PASSWORD, "wrong but secret"].map(str::to_owned));
    let leaked: Vec<_> = secrets.iter().filter(|secret| told.contains(secret.as_str())).collect();
    ensure!(leaked.is_empty(), "{leaked:?} in {told}");
    Ok(())
}

/// A way to the server that passes everything on, and holds the first answer of each connection that renews a session.
struct Gate {
    address: SocketAddr,
    /// The server has answered.
    answered: Arc<Notify>,
    /// Lets one answer through.
    open: Arc<Notify>,
}

impl Gate {
    async fn before(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let gate = Self { address: listener.local_addr()?, answered: Arc::default(), open: Arc::default() };
        let (answered, open) = (Arc::clone(&gate.answered), Arc::clone(&gate.open));
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let (answered, open) = (Arc::clone(&answered), Arc::clone(&open));
                tokio::spawn(async move { pass(caller, server, &answered, &open).await });
            }
        });
        Ok(gate)
    }
}

async fn pass(
    mut caller: TcpStream,
    server: SocketAddr,
    answered: &Notify,
    open: &Notify,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            length = caller.read(&mut asked) => {
                let length = length?;
                if length == 0 {
                    return Ok(());
                }
                server.write_all(&asked[..length]).await?;
                if asked.starts_with(b"POST /api/v1/auth/refresh") {
                    let length = server.read(&mut told).await?;
                    answered.notify_one();
                    open.notified().await;
                    caller.write_all(&told[..length]).await?;
                }
            }
            length = server.read(&mut told) => {
                let length = length?;
                if length == 0 {
                    return Ok(());
                }
                caller.write_all(&told[..length]).await?;
            }
        }
    }
}
