//! The private server, one that another command runs already, or one that was given.

use crate::{
    postgres::{self, Cluster, ClusterConfig, ClusterError},
    settings::Settings,
};
use anyhow::{Context, Result, bail};
use placard_store::{Db, MigrationState, PoolConfig};
use std::path::Path;

/// An open database.
pub(super) struct Database {
    db: Db,
    cluster: Option<Cluster>,
}

impl Database {
    pub(super) async fn open(settings: &Settings, data_dir: &Path, command: &str) -> Result<Self> {
        let database = match settings.database_url() {
            Some(url) => {
                postgres::check_external(&url).await?;
                Self { db: Db::connect(&url, &PoolConfig::default()).await?, cluster: None }
            }
            None => Self::private(data_dir, command).await?,
        };
        if let Err(error) = database.fit_schema(settings.database_url().is_none(), command).await {
            database.close().await?;
            return Err(error);
        }
        Ok(database)
    }

    pub(super) const fn db(&self) -> &Db {
        &self.db
    }

    pub(super) async fn close(self) -> Result<()> {
        self.db.close().await;
        match self.cluster {
            Some(cluster) => cluster.stop().await.context("the private PostgreSQL did not stop in order"),
            None => Ok(()),
        }
    }

    /// The private server: ours to start, or lent by the command that runs it.
    async fn private(data_dir: &Path, command: &str) -> Result<Self> {
        let config = ClusterConfig {
            data_dir: data_dir.to_owned(),
            bin_dir: std::env::var_os("PLACARD_PG_BIN").map(Into::into),
            command: command.to_owned(),
            settings: Vec::new(),
        };
        match Cluster::start(config).await {
            Ok(cluster) => {
                let db = Db::connect(&cluster.url(), &PoolConfig::default()).await?;
                Ok(Self { db, cluster: Some(cluster) })
            }
            Err(owned @ ClusterError::Owned { .. }) => match postgres::running(data_dir)? {
                Some(running) => match Db::connect(&running.url, &PoolConfig::default()).await {
                    Ok(db) => Ok(Self { db, cluster: None }),
                    Err(_) => Err(owned.into()),
                },
                None => Err(owned.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// A private database follows this version by itself; one that was given is changed only when told.
    async fn fit_schema(&self, private: bool, command: &str) -> Result<()> {
        if command.starts_with("placard db") {
            return Ok(());
        }
        let status = self.db.migration_status().await?;
        let pending = status.iter().filter(|one| one.state == MigrationState::Pending).count();
        if pending > 0 && private {
            self.db.migrate().await?;
        } else if pending > 0 {
            bail!("the database is {pending} migrations behind this version; run `placard db migrate`");
        }
        if status.iter().any(|one| matches!(one.state, MigrationState::Unknown { .. })) {
            bail!("the database was made by a newer version of Placard; use that version");
        }
        Ok(())
    }
}
