//! Fetching from addresses that strangers chose, without being sent to where they cannot go themselves.
//!
//! - Only http and https, ports 80 and 443 unless set up otherwise, no credentials; only public addresses. A name's addresses are looked at by
//!   the resolver that the connection is made with, so that no second answer can get between check and connection.
//! - Redirects are followed by hand and each is looked at like the first address. From https to http only if the caller
//!   wants to know rather than be spared.
//! - Everything has a limit: headers, body after decompression, growth by decompression, time to the first byte, time
//!   between two pieces, time in all.
//! - A connection is used again only by the fetcher that made it. Its rules never change, so the connection was made
//!   under the rules that its next request is held to.
//! - A proxy would resolve names by itself, so none is used, whatever the environment says.
//!
//! [`Fetcher::fetch`] holds a body in memory, decompressed: pages, and what else is read whole. [`Fetcher::open`] hands it on
//! piece by piece under the same rules: pictures and videos, with `body_bytes` as large as they may be. It asks for the bytes
//! as they are and takes no compressed ones, so that nothing can grow.

mod address;
mod ask;
mod body;
mod error;
mod resolve;
mod stream;
mod target;

pub use address::{Range, not_public};
pub use ask::Ask;
pub use error::{Failure, FetchError};
pub use resolve::{Lookup, System};
pub use stream::Opened;
pub use target::{NotVouched, Refusal, Vouched};

use body::Body;
use bytes::Bytes;
use reqwest::{
    Client, Response,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect::Policy,
};
pub use reqwest::{Method, header};
use resolve::AtConnect;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use target::Trust;
use tokio::time::timeout;
use url::Url;

/// How much may come, and how long that may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a body, after decompression.
    pub body_bytes: usize,
    /// How many times larger a body may become by decompression.
    pub ratio: usize,
    /// Bytes of an answer's headers.
    pub header_bytes: usize,
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer begins.
    pub answer: Duration,
    /// Between two pieces of a body.
    pub pause: Duration,
    /// For a fetch in all, with its redirects.
    pub total: Duration,
    /// How often a fetch may be redirected.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 * 1024 * 1024,
            ratio: 200,
            header_bytes: 64 * 1024,
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(15),
            pause: Duration::from_secs(5),
            total: Duration::from_secs(30),
            redirects: 10,
        }
    }
}

/// How a fetcher is set up; fixed for its life.
#[derive(Clone, Debug)]
pub struct FetchConfig {
    /// Limits of each fetch.
    pub limits: Limits,
    /// Ports of public hosts that are fetched.
    pub ports: Vec<u16>,
    /// Hosts and ports that whoever runs this vouches for.
    pub vouched: Vec<Vouched>,
    /// The `user-agent` that is sent.
    pub agent: String,
    /// Whoever knows the addresses of names.
    pub lookup: Arc<dyn Lookup>,
}

impl FetchConfig {
    /// The usual limits and ports and the system's resolver; nobody is vouched for.
    pub fn new(agent: impl Into<String>) -> Self {
        let (limits, lookup) = (Limits::default(), Arc::new(System));
        Self { limits, ports: vec![80, 443], vouched: Vec::new(), agent: agent.into(), lookup }
    }
}

/// A header as text, or nothing.
fn text<'a>(response: &'a Response, name: &HeaderName) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who redirected.
    pub from: Url,
    /// How.
    pub status: u16,
    /// To where.
    pub to: Url,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The redirects, in their order.
    pub hops: Vec<Hop>,
    /// Where the answer is from.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// Bytes of the body as they were sent.
    pub wire_bytes: usize,
    /// From the last request until its answer began.
    pub first_byte: Duration,
    /// From the first request until everything was there.
    pub took: Duration,
}

impl Fetched {
    /// Whether a redirect led from https to http.
    pub fn downgraded(&self) -> bool {
        self.hops.iter().any(is_downgrade)
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The type of the content without its parameters, in small letters.
    pub fn content_type(&self) -> String {
        let told = self.header(CONTENT_TYPE).unwrap_or_default();
        told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

fn is_downgrade(hop: &Hop) -> bool {
    hop.from.scheme() == "https" && hop.to.scheme() == "http"
}

/// Fetches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fetcher {
    checked: Client,
    vouched: Client,
    config: Arc<FetchConfig>,
}

/// The program's TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("no client for HTTP can be made")]
pub struct SetupError(#[source] reqwest::Error);

impl Fetcher {
    /// Makes a fetcher. Fails if the system's certificates cannot be read.
    pub fn new(config: FetchConfig) -> Result<Self, SetupError> {
        // Another part of the program may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |trust| {
            Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .referer(false)
                .user_agent(&config.agent)
                .connect_timeout(config.limits.connect)
                .dns_resolver(AtConnect { lookup: config.lookup.clone(), trust })
                .build()
                .map_err(SetupError)
        };
        Ok(Self {
            checked: client(Trust::Checked)?,
            vouched: client(Trust::Vouched)?,
            config: Arc::new(config),
        })
    }

    /// Fetches `url`.
    pub async fn fetch(&self, url: &Url, ask: &Ask) -> Result<Fetched, Failure> {
        let limit = self.config.limits.total;
        let mut way = Way { hops: Vec::new(), url: url.clone() };
        match timeout(limit, self.follow(&mut way, ask)).await {
            Ok(Ok(fetched)) => Ok(fetched),
            Ok(Err(kind)) => Err(way.ended(kind)),
            Err(_) => Err(way.ended(FetchError::TimedOut(limit))),
        }
    }

    async fn follow(&self, way: &mut Way, ask: &Ask) -> Result<Fetched, FetchError> {
        let begun = Instant::now();
        let (response, first_byte) = self.reach(way, ask, Body::ACCEPTED).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (body, wire_bytes) = self.read(response, ask).await?;
        Ok(Fetched {
            hops: std::mem::take(&mut way.hops),
            url: way.url.clone(),
            status,
            headers,
            body: body.into(),
            wire_bytes,
            first_byte,
            took: begun.elapsed(),
        })
    }

    /// Goes where redirects lead. Gives the beginning of the answer that is none, and how long it took to come.
    async fn reach(
        &self,
        way: &mut Way,
        ask: &Ask,
        codings: &'static str,
    ) -> Result<(Response, Duration), FetchError> {
        let first = way.url.origin();
        loop {
            let asked = Instant::now();
            let mut headers = if way.url.origin() == first { ask.headers.clone() } else { HeaderMap::new() };
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(codings));
            let response = self.send(&way.url, ask, headers).await?;
            let first_byte = asked.elapsed();
            match redirect(&response, &way.url, ask)? {
                Some(to) => way.go_on(response.status().as_u16(), to, ask, &self.config.limits)?,
                None => return Ok((response, first_byte)),
            }
        }
    }

    async fn send(&self, url: &Url, ask: &Ask, headers: HeaderMap) -> Result<Response, FetchError> {
        let client = match target::check(url, &self.config)? {
            Trust::Checked => &self.checked,
            Trust::Vouched => &self.vouched,
        };
        let limits = &self.config.limits;
        let request = client.request(ask.method.clone(), url.clone()).headers(headers).body(ask.body.clone());
        let late = |_| FetchError::TimedOut(limits.answer);
        let response = timeout(limits.answer, request.send()).await.map_err(late)??;
        let size: usize =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if size > limits.header_bytes {
            return Err(FetchError::Headers { limit: limits.header_bytes });
        }
        Ok(response)
    }

    async fn read(&self, mut response: Response, ask: &Ask) -> Result<(Vec<u8>, usize), FetchError> {
        let limits = &self.config.limits;
        ask.wants(&response)?;
        let mut body = Body::new(text(&response, &CONTENT_ENCODING), limits)?;
        let late = |_| FetchError::TimedOut(limits.pause);
        while let Some(piece) = timeout(limits.pause, response.chunk()).await.map_err(late)?? {
            body.take(&piece)?;
        }
        body.finish()
    }
}

/// How far a fetch has come.
struct Way {
    hops: Vec<Hop>,
    url: Url,
}

impl Way {
    fn go_on(&mut self, status: u16, to: Url, ask: &Ask, limits: &Limits) -> Result<(), FetchError> {
        if self.hops.len() == limits.redirects {
            return Err(FetchError::TooManyRedirects(limits.redirects));
        }
        let hop = Hop { from: std::mem::replace(&mut self.url, to.clone()), status, to };
        let downgrade = is_downgrade(&hop);
        self.hops.push(hop);
        if self.hops.iter().any(|hop| hop.from == self.url) {
            return Err(FetchError::Circle);
        }
        if downgrade && !ask.downgrade {
            return Err(FetchError::Downgrade);
        }
        Ok(())
    }

    fn ended(self, kind: FetchError) -> Failure {
        Failure { url: self.url, hops: self.hops, kind }
    }
}

/// Where `response` sends on to, if that is followed.
fn redirect(response: &Response, from: &Url, ask: &Ask) -> Result<Option<Url>, FetchError> {
    let followed = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        && matches!(ask.method, Method::GET | Method::HEAD);
    let Some(location) = response.headers().get(LOCATION).filter(|_| followed) else { return Ok(None) };
    let told = String::from_utf8_lossy(location.as_bytes());
    from.join(&told).map(Some).map_err(|_| FetchError::BadRedirect(told.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_way_leads_from_https_to_http_only_for_who_wants_to_know() {
        let limits = Limits::default();
        let go = |ask: &Ask| {
            let mut way = Way { hops: Vec::new(), url: url("http://example.com/") };
            way.go_on(301, url("https://example.com/"), ask, &limits)?;
            way.go_on(301, url("http://example.com/there"), ask, &limits)?;
            Ok::<_, FetchError>(way.hops.iter().any(is_downgrade))
        };
        assert_eq!(go(&Ask::get()), Err(FetchError::Downgrade));
        assert_eq!(go(&Ask::get().even_downgraded()), Ok(true));
    }
}
