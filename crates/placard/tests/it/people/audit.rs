//! The audit log: reading it, and finding what was done to it.

use super::{text, told, told_once};
use crate::support::{Installation, Run};
use anyhow::{Result, ensure};
use serde_json::Value;
use sqlx::Executor;
use std::{fs, os::unix::fs::PermissionsExt};

/// Makes a few lines and gives the head of the chain.
async fn with_lines(installation: &Installation) -> Result<String> {
    for plan in ["free", "starter", "enterprise"] {
        told_once(installation, &["subscription", "set", plan]).await?;
    }
    let whole = told_once(installation, &["audit", "verify"]).await?;
    assert_eq!(whole["whole"], true);
    Ok(text(&whole, "head")?.to_owned())
}

/// Does something to the log that the product never does.
async fn tamper(installation: &Installation, statement: &str) -> Result<()> {
    let mut connection = installation.database.superuser().await;
    connection.execute("set session_replication_role = replica").await?;
    let done = connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await?;
    ensure!(done.rows_affected() > 0, "nothing was tampered with");
    Ok(())
}

async fn verify(installation: &Installation, expected: &str) -> Result<(Run, Value)> {
    let run = installation.run(&["audit", "verify", "--expect", expected, "--json"]).await?;
    let said = serde_json::from_str(&run.stdout)?;
    Ok((run, said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_behind_the_products_back_is_found_and_its_place_named() -> Result<()> {
    let installation = Installation::open().await?;
    let head = with_lines(&installation).await?;
    let (run, said) = verify(&installation, &head).await?;
    assert_eq!((run.code(), &said["expected_was_met"]), (Some(0), &Value::Bool(true)));

    let line = told(&installation, &["audit", "list", "--entity", "subscription"]).await?.remove(1);
    let seq = line["seq"].as_i64().unwrap_or_default();
    tamper(&installation, &format!("update audit_log set actor_name = 'somebody else' where seq = {seq}"))
        .await?;
    let (run, said) = verify(&installation, &head).await?;
    assert_eq!((run.code(), said["broken"]["seq"].as_i64()), (Some(1), Some(seq)), "{run}");
    let words = installation.run(&["audit", "verify"]).await?;
    assert_eq!(words.code(), Some(1));
    assert!(words.stdout.contains(&format!("line {seq} was edited")), "{words}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_cut_short_with_its_head_is_found_by_a_head_kept_elsewhere() -> Result<()> {
    let installation = Installation::open().await?;
    let head = with_lines(&installation).await?;
    let cut = "with gone as (delete from audit_log where seq = (select seq from audit_chain) returning seq, prev_hash) \
               update audit_chain as c set seq = gone.seq - 1, hash = gone.prev_hash from gone where c.seq = gone.seq";
    tamper(&installation, cut).await?;
    // What is left holds in itself.
    assert_eq!(told_once(&installation, &["audit", "verify"]).await?["whole"], true);
    let (run, said) = verify(&installation, &head).await?;
    assert_eq!((run.code(), &said["whole"]), (Some(1), &Value::Bool(false)), "{run}");
    let wrong = installation.refuses(&["audit", "verify", "--expect", "7:abc"], 2).await?;
    assert!(wrong.contains("64 hexadecimal digits"), "{wrong}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_holds_every_line_for_its_owner_alone_and_overwrites_nothing() -> Result<()> {
    let installation = Installation::open().await?;
    with_lines(&installation).await?;
    let said = told_once(&installation, &["audit", "export", "log.jsonl"]).await?;
    let path = installation.folder().join("log.jsonl");
    let written = fs::read_to_string(&path)?;
    let lines: Vec<Value> = written.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(lines, told(&installation, &["audit", "list"]).await?);
    assert_eq!(said["lines"], lines.len());
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
    let taken = installation.refuses(&["audit", "export", "log.jsonl"], 2).await?;
    assert!(taken.contains("name another file"), "{taken}");
    assert_eq!(fs::read_to_string(&path)?, written);

    let id = text(&lines[0], "entity_id")?;
    let about = told(&installation, &["audit", "list", "--entity", &format!("subscription:{id}")]).await?;
    assert_eq!(about.len(), 3);
    Ok(())
}
