//! Listening, and stopping in order: no new requests, those under way finished, what goes on longer set down.

use super::{Api, Auditor, Fetching, Shared, app, keys, rate::Limits};
use crate::{session::Session, webhooks::Secrets};
use anyhow::{Context, Result};
use axum::{
    extract::{ConnectInfo, State},
    http::HeaderMap,
};
use chrono::{DateTime, Utc};
use placard_store::rate_limit::RateLimiter;
use placard_website::fetch::Vouched;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub bind: SocketAddr,
    /// How long a request may take.
    pub timeout: Duration,
    /// How many requests may be under way; more are refused with 503.
    pub concurrency: usize,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long requests under way may go on when the server stops.
    pub grace: Duration,
    /// How much callers may ask.
    pub limits: Limits,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
    /// Whether a proxy in front of us tells the caller's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Hosts that audits of websites may look at, and that assets may be fetched from, although they are not public.
    pub vouched: Vec<Vouched>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 7070)),
            timeout: Duration::from_secs(60),
            concurrency: 256,
            body_limit: 2 * 1024 * 1024,
            grace: Duration::from_secs(20),
            limits: Limits::default(),
            now: Utc::now,
            behind_proxy: false,
            vouched: Vec::new(),
        }
    }
}

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// A server that runs.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    api: Shared,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    renewal: JoinHandle<()>,
    grace: Duration,
}

impl Server {
    /// Listens with what `session` works with.
    pub async fn start(session: Arc<Session>, config: Config, limiter: Box<dyn RateLimiter>) -> Result<Self> {
        let listener = TcpListener::bind(config.bind)
            .await
            .with_context(|| format!("cannot listen on {}; name another with --bind", config.bind))?;
        let address = listener.local_addr()?;
        let tokens = keys::load(&session, (config.now)()).await?;
        let api = Arc::new(Api {
            session,
            tokens,
            limiter,
            limits: config.limits,
            standings: super::Standings::default(),
            running: super::Running::default(),
            now: config.now,
            secure_cookies: !config.bind.ip().is_loopback(),
            secrets: Secrets::from_environment(),
            auditor: Auditor::new(config.vouched.clone())?,
            fetching: Fetching::new(config.vouched.clone())?,
        });
        let app = app(Arc::clone(&api), &config);
        let (stop, stopped) = oneshot::channel::<()>();
        let service = axum::ServiceExt::into_make_service_with_connect_info::<SocketAddr>(app);
        let task = tokio::spawn(async move {
            let wanted = async { drop(stopped.await) };
            axum::serve(listener, service).with_graceful_shutdown(wanted).await
        });
        let renewal = tokio::spawn(keys::keep_fresh(Arc::clone(&api)));
        Ok(Self { address, api, stop, task, renewal, grace: config.grace })
    }

    /// Stops: what is under way is finished; deployments stop after the request that is under way and can be resumed.
    pub async fn stop(self) -> Result<()> {
        self.renewal.abort();
        // It ends as told, and lets go of the database.
        let _ = self.renewal.await;
        self.api.running.stop_all(self.grace).await;
        let _ = self.stop.send(());
        match tokio::time::timeout(self.grace, self.task).await {
            Ok(ended) => Ok(ended??),
            // Someone holds a connection open; whatever was accepted has its answer by now.
            Err(_) => Ok(()),
        }
    }
}

/// Where the request comes from, by the connection or the proxy's word.
pub(super) async fn note_peer(
    State(BehindProxy(proxied)): State<BehindProxy>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let told = if proxied { forwarded(request.headers()) } else { None };
    request.extensions_mut().insert(Peer(told.unwrap_or(address.ip())));
    next.run(request).await
}

/// The address that the nearest proxy saw.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let chain = headers.get("x-forwarded-for")?.to_str().ok()?;
    chain.rsplit(',').next()?.trim().parse().ok()
}

/// Whether `X-Forwarded-For` is believed.
#[derive(Clone, Copy)]
pub(super) struct BehindProxy(pub(super) bool);
