//! Keys are changed while others work, and a change that is killed leaves nothing unreadable.

use super::{text, told, told_once};
use crate::support::{Installation, Run};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use placard::session::Session;
use placard_store::{ad_account, connection, tenant};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use secrecy::ExposeSecret;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

/// How many tenants there are, so that a change of the master key has something to do.
const TENANTS: usize = 12;

impl Installation {
    fn key_file(&self, name: &str) -> PathBuf {
        self.data_dir().join(name)
    }
}

/// Reads the token of every tenant as a process does that began before.
async fn read_all(session: &Session) -> Result<Vec<String>> {
    let mut tx = session.db().system().await?;
    let tenants = tenant::list(&mut tx).await?;
    tx.commit().await?;
    let mut tokens = Vec::new();
    for tenant in tenants {
        let mut tx = session.db().tenant(tenant.id).await?;
        for one in connection::list(&mut tx).await? {
            let opened = connection::tokens(&mut tx, session.vault(), one.id).await;
            let opened = opened.with_context(|| format!("the token of {}", tenant.slug))?;
            tokens.push(opened.token.expose_secret().to_owned());
        }
        tx.commit().await?;
    }
    Ok(tokens)
}

/// Kills `arguments` at random moments while someone reads, then runs it to its end.
async fn kill_and_finish(installation: &Installation, arguments: &[&str], seed: u64) -> Result<Run> {
    let session = installation.session().await?;
    let before = read_all(&session).await?;
    ensure!(!before.is_empty(), "there are tokens");
    let (done, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let reading = async {
        while !done.load(Ordering::SeqCst) {
            ensure!(read_all(&session).await? == before, "a token changed");
            reads.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    };
    let killing = async {
        let last = kill_often(installation, arguments, &before, seed).await;
        done.store(true, Ordering::SeqCst);
        last
    };
    let (read, last) = tokio::join!(reading, killing);
    read?;
    ensure!(reads.load(Ordering::SeqCst) > 0, "nobody read");
    ensure!(read_all(&session).await? == before, "a token changed");
    session.close().await?;
    last
}

async fn kill_often(
    installation: &Installation,
    arguments: &[&str],
    before: &[String],
    seed: u64,
) -> Result<Run> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut killed = 0;
    for _ in 0..12 {
        let mut child = installation.placard(arguments).stdout(std::process::Stdio::null()).spawn()?;
        tokio::time::sleep(Duration::from_millis(random.random_range(20..400))).await;
        child.start_kill()?;
        killed += usize::from(child.wait().await?.code().is_none());
        // A process that begins now reads everything as well.
        let fresh = installation.session().await?;
        ensure!(read_all(&fresh).await? == before, "seed {seed}: a token is lost");
        fresh.close().await?;
    }
    ensure!(killed > 0, "seed {seed}: no run was killed before its end");
    installation.run(arguments).await
}

async fn with_many_tenants() -> Result<Installation> {
    let mut installation = Installation::open().await?;
    for _ in 1..TENANTS {
        installation.renew().await?;
    }
    Ok(installation)
}

/// So many connections that sealing them anew takes more than one transaction.
async fn with_many_connections() -> Result<Installation> {
    let installation = Installation::open().await?;
    let session = installation.session().await?;
    let mut tx = session.db().tenant(installation.tenant.id).await?;
    let mut description = ad_account::list(&mut tx).await?.remove(0).description;
    for number in 0..180 {
        description.account.id = format!("act_9{number:03}");
        ad_account::upsert(&mut tx, &description, Utc::now()).await?;
        let grant = connection::Grant {
            account: description.account.clone(),
            endpoint: None,
            token: format!("token {number}").into(),
            page_token: Some(format!("page token {number}").into()),
            refresh_token: Some(format!("refresh token {number}").into()),
            token_expires_at: None,
            profile: connection::Profile::default(),
        };
        connection::upsert(&mut tx, session.vault(), &session.actor(), &grant).await?;
    }
    tx.commit().await?;
    session.close().await?;
    Ok(installation)
}

/// Which master keys the stored data keys are wrapped with, and how many there are.
async fn wrapped_by(installation: &Installation) -> Result<Vec<String>> {
    let mut connection = installation.database.superuser().await;
    let query =
        "select encode(master_id, 'hex') from data_key union select encode(master_id, 'hex') from system_key";
    Ok(sqlx::query_scalar(query).fetch_all(&mut connection).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_master_key_killed_anywhere_loses_nothing_and_is_finished_by_another_run()
-> Result<()> {
    let installation = with_many_tenants().await?;
    let first = fs::read_to_string(installation.key_file("master.key"))?;
    let run = kill_and_finish(&installation, &["keys", "rotate", "--json"], rand::rng().next_u64()).await?;
    ensure!(run.code() == Some(0), "{run}");
    let said: serde_json::Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(wrapped_by(&installation).await?, [text(&said, "master_key")?]);
    assert_ne!(fs::read_to_string(installation.key_file("master.key"))?, first);
    for gone in ["master.key.previous", "master.key.new"] {
        assert!(!installation.key_file(gone).exists(), "{gone} is left");
    }
    assert_eq!(fs::metadata(installation.key_file("master.key"))?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_begun_is_gone_on_with_and_not_begun_again() -> Result<()> {
    let installation = Installation::open().await?;
    let (current, previous) =
        (installation.key_file("master.key"), installation.key_file("master.key.previous"));
    // As a run leaves it that is killed right after it has put the new key in its place.
    fs::rename(&current, &previous)?;
    fs::write(&current, "0f".repeat(32))?;
    fs::write(installation.folder().join("other"), "aa".repeat(32))?;
    let refused = installation.refuses(&["keys", "rotate", "--new-master-key-file", "other"], 2).await?;
    assert!(refused.contains("has begun"), "{refused}");
    let said = told_once(&installation, &["keys", "rotate"]).await?;
    assert_eq!((&said["continued"], &said["rewrapped"]), (&true.into(), &1.into()));
    assert_eq!(fs::read_to_string(&current)?, "0f".repeat(32));
    assert!(!previous.exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_runs_meets_the_new_master_key_and_seals_with_it() -> Result<()> {
    let mut installation = Installation::open().await?;
    let running = installation.session().await?;
    let before = read_all(&running).await?;
    fs::write(installation.folder().join("new.key"), "0f".repeat(32))?;
    told_once(&installation, &["keys", "rotate", "--new-master-key-file", "new.key"]).await?;
    assert_eq!(read_all(&running).await?, before);

    // A tenant's first secret makes a data key, in a process that read the former master key when it began.
    installation.renew_with(&running).await?;
    let masters = wrapped_by(&installation).await?;
    assert_eq!(masters, [running.vault().master_id()]);
    assert_eq!(read_all(&running).await?.len(), before.len() + 1);
    let same = installation.refuses(&["keys", "rotate", "--new-master-key-file", "new.key"], 2).await?;
    assert!(same.contains("already"), "{same}");
    running.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_keys_changed_and_killed_anywhere_leave_every_token_readable() -> Result<()> {
    let installation = with_many_connections().await?;
    let arguments = ["keys", "rotate", "--data-keys", "--json"];
    let run = kill_and_finish(&installation, &arguments, rand::rng().next_u64()).await?;
    ensure!(run.code() == Some(0), "{run}");
    let mut connection = installation.database.superuser().await;
    let left: i64 = sqlx::query_scalar(
        "select count(*) from connection as c join data_key as k on k.tenant_id = c.tenant_id \
         where k.retired_at is null and substring(c.token for 16) <> uuid_send(k.id)",
    )
    .fetch_one(&mut connection)
    .await?;
    assert_eq!(left, 0, "every token is sealed by the current key");
    assert!(!told(&installation, &["audit", "list", "--entity", "data_key"]).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_key_from_the_environment_goes_over_to_the_next_by_the_one_before() -> Result<()> {
    let installation = Installation::open().await?;
    let old = fs::read_to_string(installation.key_file("master.key"))?;
    let new = "0f".repeat(32);
    let rotate = |variables: &[(&str, &str)]| {
        let mut command = installation.placard(&["keys", "rotate"]);
        command.envs(variables.iter().copied());
        command
    };
    let alone = Run::of(&mut rotate(&[("PLACARD_MASTER_KEY", &new)])).await?;
    assert_eq!(alone.code(), Some(2), "{alone}");
    assert!(alone.stderr.contains("PLACARD_PREVIOUS_MASTER_KEY"), "{alone}");
    let wrong = ("PLACARD_PREVIOUS_MASTER_KEY", "aa".repeat(32));
    let wrong = Run::of(&mut rotate(&[("PLACARD_MASTER_KEY", &new), (wrong.0, &wrong.1)])).await?;
    assert_eq!(wrong.code(), Some(1), "{wrong}");

    let both = [("PLACARD_MASTER_KEY", new.as_str()), ("PLACARD_PREVIOUS_MASTER_KEY", old.as_str())];
    let done = Run::of(&mut rotate(&both)).await?;
    assert_eq!(done.code(), Some(0), "{done}");
    for run in [&alone, &wrong, &done] {
        assert!(!run.to_string().contains(&new) && !run.to_string().contains(&old), "a key is shown: {run}");
    }
    let log = installation.must(&["audit", "export", "log.jsonl", "--json"]).await?
        + &fs::read_to_string(installation.folder().join("log.jsonl"))?;
    assert!(log.contains("master_key") && !log.contains(&new) && !log.contains(&old));
    let mut reads = installation.placard(&["keys", "rotate", "--data-keys"]);
    let run = Run::of(reads.env("PLACARD_MASTER_KEY", &new)).await?;
    assert_eq!(run.code(), Some(0), "{run}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_gives_the_master_key_is_run_without_a_shell_and_told_no_secret() -> Result<()> {
    let installation = Installation::open().await?;
    let key = fs::read_to_string(installation.key_file("master.key"))?;
    fs::write(installation.folder().join("the.key"), &key)?;
    let script = installation.folder().join("kms");
    // It keeps what it was started with, so that a secret in there is found.
    fs::write(&script, "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/cmdline >seen\nenv >>seen\ncat \"$2\"\n")?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
    fs::remove_file(installation.key_file("master.key"))?;

    let run = |line: String| {
        let mut command = installation.placard(&["users", "invite", "bo@example.com", "--role", "viewer"]);
        command.env("PLACARD_MASTER_KEY_COMMAND", line).env("PLACARD_PREVIOUS_MASTER_KEY", "aa".repeat(32));
        command
    };
    let done = Run::of(&mut run(format!("{} decrypt the.key", script.display()))).await?;
    assert_eq!(done.code(), Some(0), "{done}");
    let seen = fs::read_to_string(installation.folder().join("seen"))?;
    assert!(seen.contains("decrypt") && seen.contains("PLACARD_DATA_DIR"), "{seen}");
    let database = installation.database.url().expose_secret().to_owned();
    for secret in [key.as_str(), &"aa".repeat(32), &database] {
        assert!(!seen.contains(secret), "it was told a secret");
    }
    assert!(!installation.key_file("master.key").exists(), "no key of its own is made up");
    let shell = Run::of(&mut run("cat the.key | tail -1".to_owned())).await?;
    assert_eq!(shell.code(), Some(1), "{shell}");
    assert!(shell.stderr.contains("without a shell"), "{shell}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_signing_key_is_published_before_it_signs_and_ends_the_ones_before() -> Result<()> {
    let installation = Installation::open().await?;
    told_once(&installation, &["keys", "rotate", "--signing-keys"]).await?;
    let second = told_once(&installation, &["keys", "rotate", "--signing-keys"]).await?;
    let mut tx = installation.database.db.system().await?;
    let keys = placard_store::signing_key::all_usable(&mut tx, Utc::now()).await?;
    tx.commit().await?;
    let (newest, before) = (keys.last().context("a key")?, keys.first().context("a key")?);
    assert_eq!((keys.len(), newest.id.as_str()), (2, text(&second, "signing_key")?));
    assert!(newest.activates_at > Utc::now());
    let (end, next) = (before.retires_at.context("an end")?, newest.activates_at);
    assert!(end > next, "what the one before signed last is good to its end");
    assert!(end < newest.retires_at.context("an end")?);
    let log = told(&installation, &["audit", "list", "--entity", "signing_key"]).await?;
    let rotated =
        log.iter().filter(|row| row["action"] == "rotate" && row["entity_id"] == second["signing_key"]);
    assert_eq!(rotated.count(), 1, "the log tells of it: {log:?}");
    Ok(())
}
