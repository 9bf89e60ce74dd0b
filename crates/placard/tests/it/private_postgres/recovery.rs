//! Deaths, and what comes after.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use placard::postgres::{Cluster, ClusterError, Health};
use rustix::process::Pid;
use secrecy::ExposeSecret;
use sqlx::postgres::PgPoolOptions;

use super::support::{
    Reaped, TestDir, eventually, is_root, kill, proc_path, read_line_after, read_mark, run_role, write_mark,
};

/// A process that owns a cluster until it is killed.
#[tokio::test]
#[ignore = "a role that other tests start as a process of its own"]
async fn owner_role() {
    let dir = std::env::var_os("PLACARD_TEST_DIR").expect("started by a test");
    let config = placard::postgres::ClusterConfig {
        data_dir: dir.into(),
        bin_dir: std::env::var_os("PLACARD_PG_BIN").map(Into::into),
        command: "placard serve".to_owned(),
        settings: vec![],
    };
    println!("owner: starting");
    let cluster = Cluster::start(config).await.unwrap();
    write_mark(&cluster.url()).await;
    println!("owner: running");
    std::future::pending::<()>().await;
}

const OWNER: &str = "private_postgres::recovery::owner_role";

#[tokio::test]
async fn a_killed_owners_server_is_replaced_and_its_data_kept() {
    let dir = TestDir::new();
    let (owner, mut output) = run_role(OWNER, &dir.data_dir(), None);
    read_line_after(&mut output, "owner: running");
    let refusal = dir.start().await.unwrap_err().to_string();
    assert!(refusal.contains(&format!("process {} (`placard serve`) since 2", owner.0.id())), "{refusal}");

    drop(owner);
    let orphan = dir.postmaster();
    assert!(proc_path(orphan).exists(), "the server ended with its owner: nothing to recover from");

    let cluster = dir.start().await.unwrap();
    assert_ne!(dir.postmaster(), orphan);
    assert_eq!(read_mark(&cluster.url()).await, "kept");
    cluster.stop().await.unwrap();
    assert_eq!(dir.server_processes(), []);
}

#[tokio::test]
async fn an_owner_and_a_server_killed_together_recover() {
    let dir = TestDir::new();
    let (owner, mut output) = run_role(OWNER, &dir.data_dir(), None);
    read_line_after(&mut output, "owner: running");
    let postmaster = dir.postmaster();
    drop(owner);
    kill(postmaster);

    let cluster = dir.start().await.unwrap();
    assert_eq!(read_mark(&cluster.url()).await, "kept");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_owner_killed_amid_initialisation_leaves_nothing_half_made() {
    let dir = TestDir::new();
    let bin_dir = dir.fake_binaries(
        "echo 'postgres (PostgreSQL) 15.1'",
        r#"cd "$2" && echo 15 >PG_VERSION && mkdir base && echo $$ >base/initdb.pid && exec sleep 1000"#,
    );
    let (owner, _output) = run_role(OWNER, &dir.data_dir(), Some(&bin_dir));
    let initdb_pid = || {
        let entries = fs::read_dir(dir.data_dir()).ok()?.flatten();
        let mut files = entries.map(|entry| entry.path().join("data/base/initdb.pid"));
        files.find_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
    };
    eventually("initdb is at work", || initdb_pid().is_some()).await;
    drop(owner);
    let initdb = Pid::from_raw(initdb_pid().unwrap()).unwrap();
    assert!(!dir.data_dir().join("postgres").exists());

    let cluster = dir.start().await.unwrap();
    kill(initdb);
    let names: Vec<String> = fs::read_dir(dir.data_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!names.iter().any(|name| name.contains("unfinished")), "{names:?}");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn connections_recover_when_the_server_is_killed() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    write_mark(&cluster.url()).await;
    let pool = PgPoolOptions::new().max_connections(3).connect(cluster.url().expose_secret()).await.unwrap();

    for _ in 0..2 {
        let killed = dir.postmaster();
        let mut health = cluster.health();
        kill(killed);
        health.wait_for(|health| matches!(health, Health::Restarting { .. })).await.unwrap();
        health.wait_for(|health| matches!(health, Health::Running)).await.unwrap();

        assert_ne!(dir.postmaster(), killed);
        let word: String = sqlx::query_scalar("select word from mark").fetch_one(&pool).await.unwrap();
        assert_eq!(word, "kept");
    }
    pool.close().await;
    cluster.stop().await.unwrap();
    assert_eq!(dir.server_processes(), []);
}

#[tokio::test]
async fn a_server_that_cannot_come_back_is_given_up_with_the_reason() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    // Without its control file, a server ends as soon as it starts.
    fs::remove_file(dir.cluster_data().join("global/pg_control")).unwrap();
    kill(dir.postmaster());

    let reason = cluster.failure().await;
    assert!(matches!(*reason, ClusterError::StartFailed { .. }), "{reason}");
    assert!(reason.to_string().contains("could not find the database system"), "{reason}");
    cluster.stop().await.unwrap();
    assert_eq!(dir.server_processes(), []);
}

#[tokio::test]
async fn a_server_that_dies_again_and_again_is_given_up() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    let mut health = cluster.health();
    let mut deaths = 0;
    let reason = loop {
        kill(dir.postmaster());
        deaths += 1;
        health.wait_for(|health| !matches!(health, Health::Running)).await.unwrap();
        let settled = |health: &Health| matches!(health, Health::Running | Health::Failed(_));
        if let Health::Failed(reason) = &*health.wait_for(settled).await.unwrap() {
            break reason.clone();
        }
    };
    assert!(
        matches!(*reason, ClusterError::KeepsEnding { times, .. } if times == deaths),
        "{reason} after {deaths}"
    );
    drop(cluster);
    eventually("its last processes are gone", || dir.server_processes().is_empty()).await;
}

#[tokio::test]
async fn stopping_amid_a_restart_stops_for_good() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    let mut health = cluster.health();
    kill(dir.postmaster());
    health.wait_for(|health| matches!(health, Health::Restarting { .. })).await.unwrap();

    cluster.stop().await.unwrap();
    assert_eq!(dir.server_processes(), []);
}

#[tokio::test]
async fn a_stale_pid_file_whose_number_is_anothers_does_not_mislead() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    write_mark(&cluster.url()).await;
    let pid_file = dir.cluster_data().join("postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    let server_user = fs::metadata(&pid_file).unwrap();
    cluster.stop().await.unwrap();

    // The bystander runs as the server's user: only such a process keeps PostgreSQL from starting.
    let mut command = Command::new("sleep");
    command.arg("1000");
    if is_root() {
        use std::os::unix::fs::MetadataExt;
        command.uid(server_user.uid()).gid(server_user.gid());
    }
    let mut bystander = Reaped(command.spawn().unwrap());
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", bystander.0.id())).unwrap();

    let cluster = dir.start().await.unwrap();
    assert_eq!(read_mark(&cluster.url()).await, "kept");
    assert!(bystander.0.try_wait().unwrap().is_none(), "the bystander was stopped");
    cluster.stop().await.unwrap();
}
