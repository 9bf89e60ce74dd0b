//! The server that everything is measured on.

use anyhow::{Context, Result, ensure};
use placard::postgres::scratch::SERVER_VARIABLE;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::Duration;

/// Settings with which a server loses nothing that it acknowledged. Servers for tests run without.
const DURABLE: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

/// What else decides speed.
const SHOWN: [&str; 4] = ["shared_buffers", "max_wal_size", "wal_level", "autovacuum"];

/// The server named in the environment, made durable for the time of the measurement.
pub(crate) struct Server {
    connection: PgConnection,
    changed: Vec<&'static str>,
}

impl Server {
    /// Switches on what the server was started without, for both sides alike.
    pub(crate) async fn make_durable() -> Result<Self> {
        let url = std::env::var(SERVER_VARIABLE)
            .with_context(|| format!("{SERVER_VARIABLE} is not set; run `./x bench`, which sets it"))?;
        let connection = PgConnection::connect(&url).await?;
        let mut server = Self { connection, changed: Vec::new() };
        for name in DURABLE {
            if server.show(name).await? == "off" {
                server.run(format!("alter system set {name} = on")).await?;
                server.changed.push(name);
            }
        }
        server.run("select pg_reload_conf()".to_owned()).await?;
        // The server re-reads its configuration a moment later.
        tokio::time::sleep(Duration::from_secs(1)).await;
        for name in DURABLE {
            let value = server.show(name).await?;
            ensure!(value == "on", "the server keeps {name} {value}, so figures would mean nothing");
        }
        Ok(server)
    }

    /// The version and every setting that decides speed, in one line.
    pub(crate) async fn describe(&mut self) -> Result<String> {
        let mut parts = vec![format!("PostgreSQL {}", self.show("server_version").await?)];
        for name in DURABLE.into_iter().chain(SHOWN) {
            parts.push(format!("{name} {}", self.show(name).await?));
        }
        Ok(parts.join(", "))
    }

    /// Leaves the server as it was.
    pub(crate) async fn restore(mut self) -> Result<()> {
        for name in std::mem::take(&mut self.changed) {
            self.run(format!("alter system reset {name}")).await?;
        }
        self.run("select pg_reload_conf()".to_owned()).await?;
        self.connection.close().await?;
        Ok(())
    }

    async fn show(&mut self, name: &str) -> Result<String> {
        let query = sqlx::query_scalar("select current_setting($1)").bind(name);
        Ok(query.fetch_one(&mut self.connection).await?)
    }

    async fn run(&mut self, statement: String) -> Result<()> {
        self.connection.execute(AssertSqlSafe(statement)).await?;
        Ok(())
    }
}

/// The cores and what they are busy with already, which is the noise to expect.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    let build = if cfg!(debug_assertions) { ", WITHOUT optimisation" } else { "" };
    format!("{cores} cores, load {load} before{build}")
}
