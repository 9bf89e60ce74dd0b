//! One connection pool with time limits, which tells apart what was never sent from what was never answered.

use super::{Backoff, Jitter, Journal, Patience, pace::MOST_CALLS};
use bytes::Bytes;
use reqwest::header::HeaderMap;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Time limits and patience.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a call may take from first to last byte.
    pub total_timeout: Duration,
    /// How reads are repeated.
    pub backoff: Backoff,
    /// How many calls of one slice are under way at once, where a platform takes several; 1 keeps them in order.
    pub at_once: usize,
    /// A file that receives one line of JSON for every request, without secrets; for conformance checks.
    pub journal: Option<PathBuf>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            backoff: Backoff::default(),
            at_once: MOST_CALLS,
            journal: None,
        }
    }
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS or the client itself.
    #[error("the HTTP client could not be set up")]
    Client(#[from] reqwest::Error),
    /// The journal cannot be written.
    #[error("the request journal {0} cannot be written")]
    Journal(PathBuf, #[source] std::io::Error),
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why there is no answer. The address is left out of the cause, because it may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection was made, so nothing was sent.
    #[error("no connection could be made")]
    NotSent(#[source] reqwest::Error),
    /// The request may have arrived; no whole answer came back.
    #[error("the answer did not arrive")]
    Lost(#[source] reqwest::Error),
    /// The request could not be built.
    #[error("the request could not be built")]
    Unbuildable(#[source] reqwest::Error),
}

/// The shared client.
pub struct Http {
    client: reqwest::Client,
    backoff: Backoff,
    at_once: usize,
    jitter: Arc<dyn Jitter>,
    journal: Option<Journal>,
}

impl Http {
    /// A client with the limits of `config`.
    pub fn new(config: &HttpConfig, jitter: Arc<dyn Jitter>) -> Result<Self, SetupError> {
        // Another part of the program may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .timeout(config.total_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("placard/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let journal = config.journal.as_ref().map(Journal::open).transpose()?;
        let (backoff, at_once) = (config.backoff, config.at_once.max(1));
        Ok(Self { client, backoff, at_once, jitter, journal })
    }

    /// A request to be filled in and given to [`Http::send`].
    pub fn request(&self, method: reqwest::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends exactly once and reads the whole answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, TransportError> {
        let response = request.send().await.map_err(TransportError::from_reqwest)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(|error| TransportError::Lost(error.without_url()))?;
        Ok(Reply { status, headers, body })
    }

    /// The patience for one read.
    pub fn patience(&self) -> Patience<'_> {
        Patience::new(self.backoff, self.jitter.as_ref())
    }

    /// How many calls of one slice go out at once; at least one.
    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// The journal, if one is kept.
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }
}

impl TransportError {
    fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            return Self::Unbuildable(error);
        }
        if error.is_connect() {
            return Self::NotSent(error);
        }
        Self::Lost(error)
    }
}
