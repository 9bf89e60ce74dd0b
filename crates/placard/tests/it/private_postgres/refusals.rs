//! Starts that cannot be, and what they tell.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use placard::postgres::{Cluster, ClusterConfig, ClusterError};

use super::support::{TestDir, is_root, skip};

async fn refusal(config: ClusterConfig) -> ClusterError {
    Cluster::start(config).await.unwrap_err()
}

#[tokio::test]
async fn a_second_owner_is_refused_and_told_who_the_first_is() {
    let dir = TestDir::new();
    let cluster = dir.start().await.unwrap();

    let refusal = refusal(ClusterConfig { command: "placard demo".to_owned(), ..dir.config() }).await;
    let ClusterError::Owned { owner: Some(owner), .. } = &refusal else { panic!("{refusal}") };
    assert_eq!((owner.pid, owner.command.as_str()), (std::process::id(), "placard test"));
    let message = refusal.to_string();
    assert!(message.contains(dir.data_dir().to_str().unwrap()), "{message}");
    assert!(
        message.contains(&format!("process {} (`placard test`) since 2", std::process::id())),
        "{message}"
    );

    cluster.stop().await.unwrap();
    dir.start().await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_without_programs_is_named() {
    let dir = TestDir::new();
    let config = ClusterConfig { bin_dir: Some("/nowhere/bin".into()), ..dir.config() };
    let refusal = refusal(config).await;
    assert!(matches!(refusal, ClusterError::NotInBinDir { program: "postgres", .. }), "{refusal}");
    assert!(refusal.to_string().contains("PLACARD_PG_BIN is /nowhere/bin"), "{refusal}");
}

#[tokio::test]
async fn programs_that_are_too_old_are_refused_by_version() {
    let dir = TestDir::new();
    let bin_dir = dir.fake_binaries("echo 'postgres (PostgreSQL) 13.14 (Debian 13.14-0+deb11u1)'", "exit 1");
    let refusal = refusal(ClusterConfig { bin_dir: Some(bin_dir), ..dir.config() }).await;
    assert!(matches!(refusal, ClusterError::TooOld { .. }), "{refusal}");
    assert!(refusal.to_string().contains("PostgreSQL 13.14"), "{refusal}");
    assert!(refusal.to_string().contains("needs 15 or newer"), "{refusal}");
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_not_touched() {
    let dir = TestDir::new();
    dir.start().await.unwrap().stop().await.unwrap();
    let version = dir.cluster_data().join("PG_VERSION");
    let original = fs::read_to_string(&version).unwrap();
    fs::write(&version, "12\n").unwrap();

    let refusal = refusal(dir.config()).await;
    assert!(matches!(refusal, ClusterError::MajorVersionChanged { cluster: 12, .. }), "{refusal}");
    assert!(refusal.to_string().contains("apt-get install postgresql-12"), "{refusal}");

    fs::write(&version, original).unwrap();
    dir.start().await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_failed_initialisation_says_why_and_leaves_nothing() {
    let dir = TestDir::new();
    let script = r#"echo junk >"$2/junk"; echo 'initdb: error: invalid locale settings' >&2; exit 1"#;
    let bin_dir = dir.fake_binaries("echo 'postgres (PostgreSQL) 16.2'", script);
    let refusal = refusal(ClusterConfig { bin_dir: Some(bin_dir), ..dir.config() }).await;
    assert!(matches!(refusal, ClusterError::InitialiseFailed { .. }), "{refusal}");
    assert!(refusal.to_string().contains("invalid locale settings"), "{refusal}");

    let left: Vec<_> =
        fs::read_dir(dir.data_dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["owner.lock"]);
    dir.start().await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn settings_that_supervision_rests_on_are_refused() {
    let dir = TestDir::new();
    let settings = vec![("listen_addresses".to_owned(), "*".to_owned())];
    let refusal = refusal(ClusterConfig { settings, ..dir.config() }).await;
    assert!(
        matches!(&refusal, ClusterError::RefusedSetting(name) if name == "listen_addresses"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_setting_that_postgresql_does_not_know_is_named() {
    let dir = TestDir::new();
    let settings = vec![("shared_bufers".to_owned(), "1GB".to_owned())];
    let refusal = refusal(ClusterConfig { settings, ..dir.config() }).await;
    assert!(refusal.to_string().contains("shared_bufers"), "{refusal}");
}

#[tokio::test]
async fn damaged_credentials_are_told_apart_from_a_broken_server() {
    let dir = TestDir::new();
    dir.start().await.unwrap().stop().await.unwrap();
    let credentials = dir.data_dir().join("postgres/credentials.json");
    let original = fs::read_to_string(&credentials).unwrap();

    fs::write(&credentials, &original[..20]).unwrap();
    assert!(matches!(refusal(dir.config()).await, ClusterError::CredentialsDamaged { .. }));

    let others = r#"{"owner_password":"00","superuser_password":"00"}"#;
    fs::write(&credentials, others).unwrap();
    assert!(matches!(refusal(dir.config()).await, ClusterError::LoginRefused { .. }));
    assert_eq!(dir.server_processes(), [], "the refused start left its server behind");

    fs::write(&credentials, original).unwrap();
    dir.start().await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_closed_to_the_servers_user_is_named_with_the_remedy() {
    if !is_root() {
        skip("only root's server runs as someone else; run this test as root");
        return;
    }
    let dir = TestDir::new();
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let config = || ClusterConfig { data_dir: closed.join("deep/placard"), ..dir.config() };

    let refused = refusal(config()).await;
    assert!(
        matches!(&refused, ClusterError::Unreachable { closed: named, .. } if *named == closed),
        "{refused}"
    );
    assert!(refused.to_string().contains(&format!("chmod o+x {}", closed.display())), "{refused}");

    fs::set_permissions(&closed, Permissions::from_mode(0o711)).unwrap();
    Cluster::start(config()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_belongs_to_root_is_refused() {
    if !is_root() {
        skip("only root can give a cluster to root; run this test as root");
        return;
    }
    let dir = TestDir::new();
    dir.start().await.unwrap().stop().await.unwrap();
    std::os::unix::fs::chown(dir.cluster_data(), Some(0), Some(0)).unwrap();

    let refusal = refusal(dir.config()).await;
    assert!(matches!(refusal, ClusterError::ForeignCluster { .. }), "{refusal}");
    assert!(refusal.to_string().contains("belongs to the user root"), "{refusal}");
}

/// A small file system of its own, unmounted at the end.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path, megabytes: u32) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let size = format!("size={megabytes}m,mode=0711");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_reported_with_what_is_free_and_leaves_nothing_half_made() {
    let dir = TestDir::new();
    let data_dir = dir.data_dir();
    let Some(_disk) = SmallDisk::mount(&data_dir, 24) else {
        skip("mounting a small tmpfs is not permitted here; run this test as root");
        return;
    };

    let refused = refusal(dir.config()).await;
    let ClusterError::DiskFull { free_bytes, .. } = refused else { panic!("{refused}") };
    assert!((1..24 << 20).contains(&free_bytes), "{refused}");
    let message = refused.to_string();
    assert!(message.contains(data_dir.to_str().unwrap()) && message.contains("free at least"), "{message}");
    assert!(!data_dir.join("postgres").exists());

    let grown = Command::new("mount").args(["-o", "remount,size=512m"]).arg(&data_dir).status().unwrap();
    assert!(grown.success());
    let cluster = dir.start().await.unwrap();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_disk_that_fills_up_later_is_reported_at_the_next_start() {
    let dir = TestDir::new();
    let data_dir = dir.data_dir();
    let Some(_disk) = SmallDisk::mount(&data_dir, 256) else {
        skip("mounting a small tmpfs is not permitted here; run this test as root");
        return;
    };
    dir.start().await.unwrap().stop().await.unwrap();
    let ballast = data_dir.join("ballast");
    // Ends with an error when the disk is full, which is the aim.
    let _ = Command::new("dd")
        .arg("if=/dev/zero")
        .arg(format!("of={}", ballast.display()))
        .arg("bs=64k")
        .output();

    let refused = refusal(dir.config()).await;
    assert!(matches!(refused, ClusterError::DiskFull { free_bytes: 0, .. }), "{refused}");

    fs::remove_file(&ballast).unwrap();
    dir.start().await.unwrap().stop().await.unwrap();
}
