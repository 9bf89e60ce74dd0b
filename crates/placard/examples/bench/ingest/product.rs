//! Our way: what `placard import` does with a file.

use crate::campaign;
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use placard::{
    import::{self, Options},
    importing::{self, Target},
};
use placard_domain::AdAccount;
use placard_store::{
    Db, PoolConfig, Vault, ad_account,
    audit::Actor,
    connection::{self, Grant, Profile},
    metrics::Ingested,
    tenant::{self, Tenant},
    testing::TestDatabase,
};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use std::time::{Duration, Instant};

/// Every table that an import of numbers may touch.
const TABLES: [&str; 4] =
    ["metric_daily", "metric_history", "metric_segment_daily", "metric_segment_history"];

/// A tenant with a connected account.
pub(super) struct Product {
    db: Db,
    tenant: Tenant,
    actor: Actor,
    superuser: PgConnection,
}

/// A moment to compare with.
pub(super) struct Mark {
    bytes: i64,
    wal: i64,
}

/// What was written since a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    /// Rows of metric tables that came, went, moved or were locked.
    pub(super) rows: i64,
    /// Bytes by which these tables and their indexes grew.
    pub(super) growth: i64,
    /// Bytes of write-ahead log, whatever for.
    pub(super) wal: i64,
}

impl Product {
    pub(super) async fn new(database: &TestDatabase) -> Result<Self> {
        let db = Db::connect(&database.url(), &PoolConfig { size: 2, ..PoolConfig::default() }).await?;
        let actor = Actor::System("bench".to_owned());
        let founded = tenant::create_with_admin(&db, "Bench", "ada@example.com", "no password").await?;
        let mut tx = db.system().await?;
        let tenants = tenant::list(&mut tx).await?;
        tx.commit().await?;
        let tenant = tenants.into_iter().find(|one| one.id == founded.tenant).context("no tenant")?;
        connect(&db, &tenant, &actor).await?;
        Ok(Self { db, tenant, actor, superuser: database.superuser().await })
    }

    /// Forgets all numbers.
    pub(super) async fn clear(&mut self) -> Result<()> {
        self.superuser
            .execute(
                "truncate metric_daily, metric_history, metric_segment_daily, metric_entity, import_file",
            )
            .await?;
        Ok(())
    }

    /// Reads `file` and loads it, which must insert and pass over so many rows.
    pub(super) async fn take(&mut self, file: &[u8], expected: (usize, usize)) -> Result<Duration> {
        self.superuser.execute("checkpoint").await?;
        let began = Instant::now();
        let read = import::read(file, &Options::default())?;
        let target = Target { account: campaign::ACCOUNT.to_owned(), file_name: "bench.csv".to_owned() };
        let now = Utc::now();
        let loaded = importing::load(&self.db, &self.tenant, &self.actor, &target, file, &read, now).await?;
        let took = began.elapsed();
        let Ingested { inserted, unchanged, .. } = loaded.ingested;
        ensure!(
            (inserted, unchanged) == (expected.0 as u64, expected.1 as u64),
            "took {inserted} rows in and passed over {unchanged}, not {expected:?}"
        );
        Ok(took)
    }

    /// Notes where every row lies, and who wrote and locked it.
    pub(super) async fn mark(&mut self) -> Result<Mark> {
        self.superuser.execute("drop table if exists pg_temp.seen").await?;
        let rows = every_row();
        let note = format!("create temporary table seen as {rows}");
        self.superuser.execute(AssertSqlSafe(note)).await?;
        Ok(Mark { bytes: self.bytes().await?, wal: wal_position(&mut self.superuser).await? })
    }

    /// What was written since `mark`.
    pub(super) async fn written_since(&mut self, mark: &Mark) -> Result<Written> {
        let wal = wal_position(&mut self.superuser).await? - mark.wal;
        let rows = every_row();
        let differing = format!(
            "select (select count(*) from ({rows} except table seen) as come)
                + (select count(*) from (table seen except ({rows})) as gone)"
        );
        let rows = sqlx::query_scalar(AssertSqlSafe(differing)).fetch_one(&mut self.superuser).await?;
        Ok(Written { rows, growth: self.bytes().await? - mark.bytes, wal })
    }

    /// How big the metric tables and their indexes are.
    async fn bytes(&mut self) -> Result<i64> {
        let query = sqlx::query_scalar(
            "select coalesce(sum(pg_relation_size(t.relid) + pg_indexes_size(t.relid)), 0)::bigint
            from unnest($1::text[]) as p (name)
            cross join pg_partition_tree(p.name::regclass) as t
            where t.isleaf",
        );
        Ok(query.bind(TABLES.as_slice()).fetch_one(&mut self.superuser).await?)
    }
}

/// Every row of the metric tables: its place, its writer and its locker. A row that is written changes one of them.
fn every_row() -> String {
    TABLES
        .map(|table| format!("select tableoid as part, ctid as place, xmin::text as writer, xmax::text as locker from {table}"))
        .join(" union all ")
}

/// How far the write-ahead log reaches.
pub(super) async fn wal_position(connection: &mut PgConnection) -> Result<i64> {
    let position = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";
    Ok(sqlx::query_scalar(position).fetch_one(connection).await?)
}

async fn connect(db: &Db, tenant: &Tenant, actor: &Actor) -> Result<()> {
    let account = AdAccount {
        account: campaign::account(),
        name: "Bench".to_owned(),
        currency: campaign::CURRENCY.parse()?,
        zone: chrono_tz::Europe::Berlin,
        status: "active".to_owned(),
        active: true,
        payment_connected: true,
        business_id: None,
        spend_cap_minor: None,
    };
    let grant = Grant {
        account: campaign::account(),
        endpoint: None,
        token: "no token".to_owned().into(),
        page_token: None,
        refresh_token: None,
        token_expires_at: None,
        profile: Profile {
            remote_user_id: None,
            permissions: Vec::new(),
            page: None,
            instagram: None,
            business: None,
            admin_connected: true,
            app_connected: true,
        },
    };
    let mut tx = db.tenant(tenant.id).await?;
    ad_account::upsert(&mut tx, &account, Utc::now()).await?;
    connection::upsert(&mut tx, &Vault::new([7; 32]), actor, &grant).await?;
    tx.commit().await?;
    Ok(())
}
