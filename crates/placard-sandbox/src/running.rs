//! A started sandbox, and the control API as methods for tests in the same process.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::faults::{FaultPlan, Violation};
use crate::fixtures::USER;
use crate::google;
use crate::journal::RequestEntry;
use crate::line::{CuttableListener, Line};
use crate::meta::auth::{self, LONG, TokenKind};
use crate::microsoft;
use crate::object::NodeId;
use crate::server::{self, App};
use crate::tiktok;
use crate::tiktok::auth::{ALL_SCOPES, TokenKind as TikTokToken};
use crate::tiktok::md5;
use crate::world::World;
use crate::{RateConfig, SandboxConfig, control};

/// Starts a sandbox; it serves when this returns.
pub async fn start(config: SandboxConfig) -> anyhow::Result<RunningSandbox> {
    let bind = config.bind;
    let world = World::open(config).context("open the sandbox's world")?;
    let listener = TcpListener::bind(bind).await.with_context(|| format!("listen on {bind}"))?;
    let addr = listener.local_addr()?;
    let app = App { world: Arc::new(Mutex::new(world)), base_url: format!("http://{addr}").into() };
    let service = server::router(app.clone()).into_make_service_with_connect_info::<Line>();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async {
        // Both a message and a dropped sender mean the same.
        let _ = stopped.await;
    });
    let task = tokio::spawn(async move { serving.await });
    tracing::info!("the sandbox listens on http://{addr}");
    Ok(RunningSandbox { addr, app, stop, task })
}

/// A sandbox that is serving. Dropping it stops it too, but without waiting.
pub struct RunningSandbox {
    addr: SocketAddr,
    app: App,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl RunningSandbox {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, in place of `https://graph.facebook.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops serving; the state file is up to date when this returns.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        // The receiver is gone only when the task has already ended.
        let _ = self.stop.send(());
        self.task.await.context("wait for the sandbox")?.context("serve the sandbox")?;
        self.app.world().commit()?;
        Ok(())
    }

    /// The virtual time.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.world().now()
    }

    /// Moves the virtual clock forward.
    pub fn advance(&self, by: TimeDelta) -> anyhow::Result<()> {
        let mut world = self.app.world();
        world.next_seq();
        world.advance(by);
        world.commit()?;
        Ok(())
    }

    /// A long-lived token of Ada's with every scope, as if she had logged in.
    pub fn user_token(&self) -> String {
        let mut world = self.app.world();
        world.mint(TokenKind::User, USER, None, auth::all_scopes(), Some(LONG)).value
    }

    /// A Google access token of Ada's and the refresh token of its grant.
    pub fn google_tokens(&self) -> (String, String) {
        let mut world = self.app.world();
        let scopes = vec![google::auth::SCOPE.to_owned()];
        let token = world.google_access(USER, scopes.clone());
        let grant = world.google_grant(USER, scopes);
        (token.value, grant.refresh_token)
    }

    /// A TikTok access token of Ada's with every scope, as if she had consented.
    pub fn tiktok_token(&self) -> String {
        self.app.world().tiktok_token(TikTokToken::Marketing, ALL_SCOPES.to_vec(), false).value
    }

    /// A Microsoft access token of Ada's, as if she had consented. It lives an hour.
    pub fn microsoft_token(&self) -> String {
        self.app.world().microsoft_access(microsoft::auth::all_scopes()).value
    }

    /// A Microsoft access token of Ada's and a refresh token.
    pub fn microsoft_tokens(&self) -> (String, String) {
        let mut world = self.app.world();
        let scopes = microsoft::auth::all_scopes();
        (world.microsoft_access(scopes.clone()).value, world.microsoft_refresh(scopes).value)
    }

    /// The signature with which TikTok wants a file to be uploaded: its MD5.
    pub fn tiktok_signature(bytes: &[u8]) -> String {
        md5::hex(bytes)
    }

    /// A token of one of Ada's pages.
    pub fn page_token(&self, page: &str) -> String {
        let mut world = self.app.world();
        world.mint(TokenKind::Page, USER, Some(page), auth::all_scopes(), None).value
    }

    /// Ends all of Ada's tokens with a subcode of code 190.
    pub fn revoke_tokens(&self, subcode: i64) -> usize {
        self.app.world().revoke(None, subcode)
    }

    /// The proof that goes with a token.
    pub fn appsecret_proof(token: &str) -> String {
        auth::proof(token)
    }

    /// Puts a fault plan in force.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.app.world().faults.set(plan);
    }

    /// Puts Meta's rate limits in force, with nothing used of them.
    pub fn set_rate(&self, rate: RateConfig) {
        let mut world = self.app.world();
        world.config.rate = rate;
        world.rates.clear();
    }

    /// Changes how limits are kept, and forgets what was taken of them.
    pub fn set_limits(&self, change: impl FnOnce(&mut SandboxConfig)) {
        let mut world = self.app.world();
        change(&mut world.config);
        world.google.rates.clear();
        world.microsoft.rates.clear();
        world.tiktok.rates.clear();
    }

    /// Ends all faults and forgets announced waits.
    pub fn clear_faults(&self) {
        let mut world = self.app.world();
        world.faults.set(FaultPlan::default());
        world.rates.clear();
        world.google.rates.clear();
        world.tiktok.rates.clear();
        world.microsoft.rates.clear();
    }

    /// Calls that came before an announced wait was over.
    pub fn violations(&self) -> Vec<Violation> {
        self.app.world().violations.clone()
    }

    /// The log after request `seq`.
    pub fn requests(&self, seq: u64) -> Vec<RequestEntry> {
        self.app.world().journal.since(seq)
    }

    /// All objects as `GET /_sandbox/world` shows them, of one account or page if one is named.
    pub fn world(&self, account: Option<&str>) -> Value {
        control::snapshot(&self.app.world(), account, None)
    }

    /// Does what a person does in Google Ads' own interface.
    pub fn edit_google(&self, resource_name: &str, fields: Map<String, Value>) -> anyhow::Result<()> {
        let mut world = self.app.world();
        world.next_seq();
        google::control::edit(&mut world, resource_name, fields).map_err(anyhow::Error::msg)?;
        world.commit()?;
        Ok(())
    }

    /// Does what a person does in TikTok's Ads Manager.
    pub fn edit_tiktok(&self, id: &str, fields: Map<String, Value>) -> anyhow::Result<()> {
        let mut world = self.app.world();
        world.next_seq();
        let edited = tiktok::control::edit(&mut world, id, &fields);
        edited.with_context(|| format!("there is no object {id}"))?.map_err(anyhow::Error::msg)?;
        world.commit()?;
        Ok(())
    }

    /// Does what a person does in Microsoft Advertising's own interface.
    pub fn edit_microsoft(&self, id: &str, fields: Map<String, Value>) -> anyhow::Result<()> {
        let mut world = self.app.world();
        world.next_seq();
        let edited = microsoft::control::edit(&mut world, id, &fields);
        edited.with_context(|| format!("there is no object {id}"))?.map_err(anyhow::Error::msg)?;
        world.commit()?;
        Ok(())
    }

    /// Does what a person does in Ads Manager.
    pub fn edit(&self, id: NodeId, fields: Map<String, Value>) -> anyhow::Result<()> {
        let mut world = self.app.world();
        world.next_seq();
        control::edit_object(&mut world, id, fields).map_err(anyhow::Error::msg)?;
        world.commit()?;
        Ok(())
    }
}
