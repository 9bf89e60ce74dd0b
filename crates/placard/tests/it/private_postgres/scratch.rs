//! Throw-away clusters must not outlive those who asked for them.

use std::path::Path;

use placard::postgres::scratch::{self, Scratch};
use rustix::process::Pid;
use secrecy::ExposeSecret;

use super::support::{connect, eventually, proc_path, read_line_after, run_role, write_mark};

/// A process with a scratch cluster, until it is killed.
#[tokio::test]
#[ignore = "a role that other tests start as a process of its own"]
async fn scratch_role() {
    let scratch = Scratch::start().await.unwrap();
    println!("scratch: {}", scratch.dir().display());
    std::future::pending::<()>().await;
}

fn postmaster(dir: &Path) -> Pid {
    let text = std::fs::read_to_string(dir.join("postgres/data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_killed_test_process_leaves_neither_server_nor_directory() {
    let (process, mut output) = run_role("private_postgres::scratch::scratch_role", Path::new("/"), None);
    let dir = read_line_after(&mut output, "scratch: ");
    let dir = Path::new(&dir);
    let postmaster = postmaster(dir);
    assert!(proc_path(postmaster).exists());

    drop(process);
    eventually("the server is gone", || !proc_path(postmaster).exists()).await;
    eventually("the directory is gone", || !dir.exists()).await;
}

#[tokio::test]
async fn a_stopped_scratch_cluster_is_gone_at_once() {
    let scratch = Scratch::start().await.unwrap();
    let dir = scratch.dir().to_owned();
    let postmaster = postmaster(&dir);
    scratch.stop().await.unwrap();
    assert!(!dir.exists());
    assert!(!proc_path(postmaster).exists());
}

#[tokio::test]
async fn every_database_is_fresh_and_its_user_all_powerful() {
    let (first, second) = (scratch::database().await.unwrap(), scratch::database().await.unwrap());
    assert_ne!(first.expose_secret(), second.expose_secret());
    write_mark(&first).await;
    write_mark(&second).await;

    let superuser: bool = sqlx::query_scalar("select rolsuper from pg_roles where rolname = current_user")
        .fetch_one(&mut connect(&second).await)
        .await
        .unwrap();
    assert!(superuser);
}
