//! Checking someone else's server.

use std::io::{Read, Write};
use std::net::TcpListener;

use placard::postgres::{ExternalError, check_external, scratch};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::support::connect;

async fn refusal(url: &str) -> ExternalError {
    let refusal = check_external(&SecretString::from(url)).await.unwrap_err();
    assert!(!format!("{refusal} {refusal:?}").contains("s3cret"), "the password is in {refusal:?}");
    refusal
}

async fn server_url() -> Url {
    Url::parse(scratch::database().await.unwrap().expose_secret()).unwrap()
}

#[tokio::test]
async fn a_good_server_gives_its_version() {
    let url = scratch::database().await.unwrap();
    let version = check_external(&url).await.unwrap();
    let banner: String =
        sqlx::query_scalar("show server_version").fetch_one(&mut connect(&url).await).await.unwrap();
    assert!(version.is_supported());
    assert!(banner.starts_with(&version.to_string()), "{version} of {banner}");
}

#[tokio::test]
async fn what_is_not_a_postgresql_url_is_refused() {
    for wrong in [
        "",
        "db.example.com",
        "mysql://u:s3cret@h/d",
        "postgres://u:s3cret@h:port/d",
        "postgres://u:s3cret@h",
    ] {
        let refusal = refusal(wrong).await;
        assert!(matches!(refusal, ExternalError::InvalidUrl { .. }), "{wrong}: {refusal}");
        assert!(refusal.to_string().contains("postgres://user:password@host:5432/database"), "{refusal}");
    }
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let refusal = refusal("postgres://u:s3cret@no-such-host.invalid/d").await;
    assert!(
        matches!(&refusal, ExternalError::UnknownHost { host } if host == "no-such-host.invalid"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_port_or_socket_where_nobody_listens_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = refusal(&format!("postgres://u:s3cret@127.0.0.1:{port}/d")).await;
    assert!(matches!(&refused, ExternalError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("127.0.0.1:{port}")), "{refused}");

    for socket in ["postgres://u:s3cret@%2Fnowhere/d", "postgres:///d?host=/nowhere&user=u&password=s3cret"] {
        let refused = refusal(socket).await;
        assert!(matches!(&refused, ExternalError::Unreachable { .. }), "{refused}");
        assert!(refused.to_string().contains("/nowhere"), "{refused}");
    }
}

/// Listens and says `answers` one after the other, each after reading something; returns the port.
fn scripted_server(answers: &'static [&'static [u8]]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            for answer in answers {
                let _ = client.read(&mut [0; 1024]);
                let _ = client.write_all(answer);
            }
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_has_no_room_is_busy() {
    // No encryption, and then the error of a server whose connections are all taken.
    let port = scripted_server(&[b"N", b"E\0\0\0\x2cSFATAL\0VFATAL\0C53300\0Mtoo many clients\0\0"]);
    let refusal = refusal(&format!("postgres://u:s3cret@127.0.0.1:{port}/d")).await;
    assert!(matches!(refusal, ExternalError::Busy { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("max_connections"), "{refusal}");
}

#[tokio::test]
async fn a_server_of_another_kind_is_recognised() {
    let port = scripted_server(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"]);
    let refusal = refusal(&format!("postgres://u:s3cret@127.0.0.1:{port}/d")).await;
    assert!(matches!(refusal, ExternalError::NotPostgres { .. }), "{refusal:?}");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database_are_different_news() {
    let right = server_url().await;

    let mut wrong = right.clone();
    wrong.set_password(Some("s3cret")).unwrap();
    let refused = refusal(wrong.as_str()).await;
    assert!(matches!(&refused, ExternalError::LoginRefused { user, .. } if user == "postgres"), "{refused}");

    let mut missing = right.clone();
    missing.set_path("no_such_database");
    let refused = refusal(missing.as_str()).await;
    assert!(matches!(&refused, ExternalError::NoDatabase { .. }), "{refused}");
    assert!(
        refused.to_string().contains(r#"create database "no_such_database" owner "postgres""#),
        "{refused}"
    );
}

#[tokio::test]
async fn encryption_that_the_server_does_not_offer_is_pointed_out() {
    let mut url = server_url().await;
    url.set_query(Some("sslmode=require"));
    let refusal = refusal(url.as_str()).await;
    assert!(matches!(refusal, ExternalError::NotPostgres { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("sslmode"), "{refusal}");
}

#[tokio::test]
async fn a_read_only_database_is_refused() {
    let url = server_url().await;
    let name = url.path().trim_start_matches('/').to_owned();
    let secret = SecretString::from(url.as_str());
    let statement = format!("alter database {name} set default_transaction_read_only = on");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connect(&secret).await).await.unwrap();

    let refusal = refusal(url.as_str()).await;
    assert!(matches!(refusal, ExternalError::ReadOnly { .. }), "{refusal}");
}
