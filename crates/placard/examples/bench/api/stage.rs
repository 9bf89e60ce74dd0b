//! What is served: two tenants with as many campaigns, and somebody who is signed in.

use crate::campaign;
use anyhow::{Context, Result};
use placard::{
    api::{Config, Limits, Server},
    session::Session,
    settings::{AssetSettings, Settings},
};
use placard_domain::{TenantId, UserId};
use placard_store::{
    campaign as campaigns, password,
    rate_limit::InProcess,
    tenant::{self, Role},
    testing::TestDatabase,
    user,
};
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
};
use tempfile::TempDir;
use uuid::Uuid;

/// Everybody's password.
pub(super) const PASSWORD: &str = "correct horse battery";
/// Members besides the admin.
pub(super) const MEMBERS: usize = 16;

/// A database with campaigns, and a server over it in this process.
pub(super) struct Stage {
    pub(super) database: TestDatabase,
    pub(super) tenant: TenantId,
    pub(super) campaigns: usize,
    server: Server,
    session: Arc<Session>,
    http: Client,
    // The data directory, as long as the session lives.
    _folder: TempDir,
}

impl Stage {
    /// Opens a stage where each of two tenants has so many campaigns.
    pub(super) async fn open(campaigns: usize) -> Result<Self> {
        let database = TestDatabase::create().await;
        let folder = tempfile::tempdir()?;
        let settings = Settings {
            data_dir: Some(folder.path().join("data")),
            database_url: Some(database.url().expose_secret().to_owned()),
            tenant: None,
            profile: None,
            mongodb_url: None,
            assets: AssetSettings::default(),
            json: false,
        };
        let session = Arc::new(Session::open(&settings, "placard bench").await?);
        let hash = password::hash(PASSWORD.into()).await?;
        let tenant = found(&database, "Bench", &hash, campaigns).await?;
        found(&database, "Rival", &hash, campaigns).await?;
        join(&database, tenant, &hash).await?;
        let mut superuser = database.superuser().await;
        sqlx::query("vacuum analyze").execute(&mut superuser).await?;
        superuser.close().await?;
        let many = NonZeroU32::MAX;
        let config = Config {
            bind: SocketAddr::from((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)),
            limits: Limits { caller: many, stranger: many, platform: many, costly: many },
            ..Config::default()
        };
        let server = Server::start(Arc::clone(&session), config, Box::new(InProcess::new())).await?;
        // A second time does no harm, and says so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build()?;
        Ok(Self { database, tenant, campaigns, server, session, http, _folder: folder })
    }

    /// Where the server listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// An access token of member `number`.
    pub(super) async fn log_in(&self, number: usize) -> Result<String> {
        let url = format!("http://{}/api/v1/auth/login", self.address());
        let body = json!({"email": email(number), "password": PASSWORD, "keep": "body"});
        let answer = self.http.post(url).json(&body).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer["access_token"].as_str().context("a login without a token")?.to_owned())
    }

    /// Stops the server and lets go of the database.
    pub(super) async fn close(self) -> Result<()> {
        self.server.stop().await?;
        Arc::into_inner(self.session).context("a request still holds the session")?.close().await
    }
}

fn email(number: usize) -> String {
    format!("member-{number}@example.com")
}

/// The key of campaign `number`.
pub(super) fn key(number: usize) -> String {
    format!("campaign-{number}")
}

/// A tenant with an admin and campaigns, which are copies of one that was saved.
async fn found(database: &TestDatabase, name: &str, hash: &str, campaigns: usize) -> Result<TenantId> {
    let email = format!("admin@{}.example.com", name.to_lowercase());
    let tenant = tenant::create_with_admin(&database.db, name, &email, hash).await?.tenant;
    let folder = tempfile::tempdir()?;
    let saved = campaign::write(folder.path(), (1, 2), 2, chrono::Utc::now().date_naive())?;
    let mut tx = database.db.tenant(tenant).await?;
    let actor = placard_store::audit::Actor::System("bench".into());
    let saved = campaigns::upsert(&mut tx, &actor, &saved).await?;
    tx.commit().await?;
    let mut superuser: PgConnection = database.superuser().await;
    let copy = "insert into campaign (
            tenant_id, id, key, name, objective, status, run, currency, budget_kind, budget_minor, starts_on,
            ends_on, spec, spec_hash, revision, owner_id
        )
        select
            tenant_id, gen_random_uuid(), 'campaign-' || number, name, objective,
            case when number % 10 = 0 then 'archived' else status end, run, currency, budget_kind, budget_minor,
            starts_on, ends_on, spec, spec_hash, revision, owner_id
        from campaign, generate_series(0, $2 - 1) as number
        where id = $1";
    sqlx::query(copy).bind(saved.id.0).bind(i64::try_from(campaigns)?).execute(&mut superuser).await?;
    let revisions = "insert into spec_revision (tenant_id, campaign_id, revision, spec, spec_hash)
        select tenant_id, id, revision, spec, spec_hash from campaign where tenant_id = $1 and id <> $2";
    sqlx::query(revisions).bind(tenant.0).bind(saved.id.0).execute(&mut superuser).await?;
    superuser.close().await?;
    Ok(tenant)
}

async fn join(database: &TestDatabase, tenant: TenantId, hash: &str) -> Result<()> {
    let mut tx = database.db.system().await?;
    for number in 0..MEMBERS {
        let id = UserId(Uuid::now_v7());
        user::insert(&mut tx, id, &email(number), hash).await?;
        tenant::join(&mut tx, tenant, id, Role::Operator).await?;
    }
    Ok(tx.commit().await?)
}
