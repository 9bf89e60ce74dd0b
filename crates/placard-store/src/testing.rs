//! A fresh database for each test, copied from a template that was migrated once for the whole server.

use crate::{Db, PoolConfig, StoreError, SystemTx, migration::MIGRATOR};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr;
use tokio::runtime::RuntimeFlavor;
use uuid::Uuid;

const SERVER: &str = "PLACARD_TEST_DATABASE_URL";

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// A pool on it.
    pub db: Db,
    name: String,
}

impl TestDatabase {
    /// A database with every migration applied and nothing in it.
    ///
    /// # Panics
    /// Without a server to make it on.
    pub async fn create() -> Self {
        let template = ensure_template().await;
        Self::named(&format!("create database {{}} template {template}")).await
    }

    /// A database with nothing at all in it.
    ///
    /// # Panics
    /// Without a server to make it on.
    pub async fn create_empty() -> Self {
        Self::named("create database {}").await
    }

    /// Where it is.
    pub fn url(&self) -> SecretString {
        url_of(&self.name)
    }

    /// A connection to it as the server's superuser, for looking behind the product's back.
    ///
    /// # Panics
    /// If it cannot be reached.
    pub async fn superuser(&self) -> PgConnection {
        connect(&self.name).await
    }

    async fn named(statement: &str) -> Self {
        let name = format!("placard_test_{}", Uuid::now_v7().simple());
        let mut server = connect("postgres").await;
        let statement = statement.replace("{}", &name);
        server.execute(AssertSqlSafe(statement)).await.expect("the server lets us create databases");
        server.close().await.expect("the connection works");
        let config = PoolConfig { size: 5, ..PoolConfig::default() };
        let db = Db::connect(&url_of(&name), &config).await.expect("the database was just created");
        Self { db, name }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        // A thread with a runtime of its own, because the test's may be ending and cannot be waited on from here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                connect("postgres").await.execute(AssertSqlSafe(statement)).await.map(drop)
            })
        });
        // PostgreSQL drops a database once every session has taken note, also one that waits for its client to answer.
        // That client may be a task of this very thread, so it has to run elsewhere meanwhile.
        let dropped = match tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| dropped.join()),
            _ => dropped.join(),
        };
        match dropped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("the database {} stays behind: {error}", self.name),
            Err(_) => eprintln!("the database {} stays behind", self.name),
        }
    }
}

/// What connections of `db` carry outside a transaction and must not: a tenant, or another role than they came with.
/// Looks at so many at the same time.
///
/// # Errors
/// If the server does not answer.
pub async fn left_behind(db: &Db, connections: u32) -> Result<Vec<(String, String)>, StoreError> {
    let (mut held, mut found) = (Vec::new(), Vec::new());
    for _ in 0..connections {
        held.push(db.pool().lend().await?);
    }
    for connection in &mut held {
        let query = "select coalesce(current_setting('placard.tenant', true), ''), current_user::text
            where coalesce(current_setting('placard.tenant', true), '') <> '' or current_user <> session_user";
        found.extend(sqlx::query_as(query).fetch_optional(&mut **connection).await?);
    }
    Ok(found)
}

/// The tenant that a transaction is set to, if it is to one.
///
/// # Errors
/// If the server does not answer.
pub async fn tenant_setting(tx: &mut SystemTx) -> Result<Option<String>, StoreError> {
    let query = "select nullif(current_setting('placard.tenant', true), '')";
    Ok(sqlx::query_scalar(query).fetch_one(tx.conn()).await?)
}

/// Makes the template unless it is there, and gives its name, which changes with the migrations.
async fn ensure_template() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATOR.iter() {
        hash.update(&migration.checksum);
    }
    let name = format!("placard_template_{}", &hex::encode(hash.finalize())[..16]);

    let mut server = connect("postgres").await;
    // Tests run as processes of their own; one makes the template and the others wait here. Advisory locks belong to
    // a database, and all of them are connected to the same one.
    server
        .execute("select pg_advisory_lock(hashtextextended('placard.test.template', 0))")
        .await
        .expect("the server answers");
    let ready: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut server)
        .await
        .expect("the server answers");
    if !ready {
        make_template(&mut server, &name).await;
    }
    server.close().await.expect("the connection works");
    name
}

async fn make_template(server: &mut PgConnection, name: &str) {
    // Renamed only when complete, so that a test that was stopped half-way leaves no half template.
    let draft = format!("{name}_draft");
    for statement in
        [format!("drop database if exists {draft} with (force)"), format!("create database {draft}")]
    {
        server.execute(AssertSqlSafe(statement)).await.expect("the server lets us create databases");
    }
    let mut connection = connect(&draft).await;
    MIGRATOR.run_direct(None, &mut connection, false).await.expect("migrations apply to an empty database");
    connection.close().await.expect("the connection works");
    let rename = format!("alter database {draft} rename to {name}");
    server.execute(AssertSqlSafe(rename)).await.expect("nobody else uses the draft");
}

async fn connect(database: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url_of(database).expose_secret()).expect("the address is one");
    PgConnection::connect_with(&options)
        .await
        .unwrap_or_else(|error| panic!("cannot reach {SERVER}: {error}"))
}

/// The server's address with another database in it.
fn url_of(database: &str) -> SecretString {
    let server = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: tests need the address of a PostgreSQL server on which they may create databases")
    });
    let (address, parameters) = server.split_once('?').map_or((server.as_str(), None), |(a, p)| (a, Some(p)));
    let scheme_end = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[scheme_end..].find('/').map_or(address.len(), |at| scheme_end + at);
    let parameters = parameters.map_or_else(String::new, |parameters| format!("?{parameters}"));
    format!("{}/{database}{parameters}", &address[..host_end]).into()
}
