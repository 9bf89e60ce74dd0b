//! Starting, using and stopping.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use placard::postgres::{Health, check_external, running};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Row;

use super::support::{TestDir, connect, eventually, is_root, proc_path, read_mark, write_mark};

#[tokio::test]
async fn the_first_start_makes_a_durable_private_cluster() {
    let dir = TestDir::new();
    let cluster = placard::postgres::Cluster::start(dir.durable_config()).await.unwrap();
    let mut connection = connect(&cluster.url()).await;

    let role =
        "select current_user::text, rolsuper, rolcreaterole, pg_get_userbyid(datdba)::text, datname::text
                from pg_roles, pg_database where rolname = current_user and datname = current_database()";
    let row = sqlx::query(role).fetch_one(&mut connection).await.unwrap();
    assert_eq!(
        (row.get::<&str, _>(0), row.get::<bool, _>(1), row.get::<bool, _>(2), row.get::<&str, _>(3)),
        ("placard_owner", false, true, "placard_owner")
    );
    assert_eq!(row.get::<&str, _>(4), "placard");

    let mut superuser = connect(&cluster.superuser_url()).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("jit", "off"),
        ("wal_level", "replica"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("max_connections", "60"),
    ] {
        let shown: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        assert_eq!(shown, value, "{setting}");
    }
    let upper: String =
        sqlx::query_scalar("select upper('größe ж')").fetch_one(&mut connection).await.unwrap();
    assert_eq!(upper, "GRÖßE Ж");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn nobody_gets_in_without_the_generated_password() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();

    for (right, role) in [(cluster.url(), "placard_owner"), (cluster.superuser_url(), "postgres")] {
        let url = url::Url::parse(right.expose_secret()).unwrap();
        for wrong in ["", "wrong"] {
            let mut guess = url.clone();
            guess.set_password(Some(wrong)).unwrap();
            let refusal = check_external(&SecretString::from(String::from(guess))).await.unwrap_err();
            assert!(refusal.to_string().contains(&format!("refuses the user {role}")), "{refusal}");
        }
    }
    let credentials = fs::metadata(dir.data_dir().join("postgres/credentials.json")).unwrap();
    assert_eq!(credentials.permissions().mode() & 0o777, 0o600);
    let data = fs::metadata(dir.cluster_data()).unwrap();
    assert_eq!(data.permissions().mode() & 0o777, 0o700);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_server_runs_as_an_unprivileged_user_outside_our_process_group() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    let postmaster = dir.postmaster();

    let status = fs::read_to_string(proc_path(postmaster).join("status")).unwrap();
    let ids = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().map(|id| id.parse::<u32>().unwrap()).collect::<Vec<_>>()
    };
    assert!(ids("Uid:").iter().all(|uid| *uid != 0), "{status}");
    if is_root() {
        assert!(ids("Gid:").iter().chain(&ids("Groups:")).all(|gid| *gid != 0), "{status}");
    }
    assert_eq!(rustix::process::getpgid(Some(postmaster)).unwrap(), postmaster);

    let environment = fs::read(proc_path(postmaster).join("environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(!environment.contains("CARGO"), "the server has our environment: {environment}");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_finds_the_data_of_the_first() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    write_mark(&cluster.url()).await;
    cluster.stop().await.unwrap();

    let cluster = dir.start().await.unwrap();
    assert_eq!(read_mark(&cluster.url()).await, "kept");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_leaves_no_process_and_frees_the_directory() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    let health = cluster.health();
    assert!(matches!(*health.borrow(), Health::Running));
    assert!(!dir.server_processes().is_empty());
    // An idle client must not hold the stop up.
    let _idle = connect(&cluster.url()).await;

    cluster.stop().await.unwrap();

    assert_eq!(dir.server_processes(), []);
    assert!(matches!(*health.borrow(), Health::Stopped));
    assert!(running(&dir.data_dir()).unwrap().is_none());
}

#[tokio::test]
async fn dropping_stops_the_server_too() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();
    assert!(!dir.server_processes().is_empty());
    drop(cluster);
    assert_eq!(dir.server_processes(), []);
}

#[tokio::test]
async fn an_abandoned_start_leaves_no_server() {
    let dir = TestDir::new();
    dir.start().await.unwrap().stop().await.unwrap();

    let start = tokio::spawn({
        let config = dir.config();
        async move { placard::postgres::Cluster::start(config).await }
    });
    eventually("the server is being launched", || !dir.server_processes().is_empty()).await;
    start.abort();
    eventually("the abandoned server is gone", || dir.server_processes().is_empty()).await;
}

#[tokio::test]
async fn another_process_finds_the_running_cluster() {
    let dir = TestDir::new();
    assert!(running(&dir.data_dir()).unwrap().is_none());
    let cluster = dir.start().await.unwrap();

    let found = running(&dir.data_dir()).unwrap().unwrap();
    assert_eq!((found.owner.pid, found.owner.command.as_str()), (std::process::id(), "placard test"));
    assert_eq!(found.url.expose_secret(), cluster.url().expose_secret());
    write_mark(&found.url).await;
    cluster.stop().await.unwrap();
}
