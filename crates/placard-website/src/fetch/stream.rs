//! Bodies that are handed on as they come, because nobody wants to hold them.

use super::{Ask, Failure, FetchError, Fetcher, Hop, Limits, Way, text};
use bytes::Bytes;
use futures::{Stream, stream};
use reqwest::{
    Response,
    header::{self, CONTENT_ENCODING, HeaderMap},
};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// An answer whose body has not come yet. Dropped, nothing more of it is read.
#[derive(Debug)]
pub struct Opened {
    /// The redirects, in their order.
    pub hops: Vec<Hop>,
    /// Where the answer is from.
    pub url: Url,
    /// The status.
    pub status: u16,
    response: Response,
    limits: Limits,
    deadline: Instant,
}

impl Fetcher {
    /// Asks for `url` and gives its answer when that begins. All limits hold, the time for everything as well, which runs
    /// on while the body is read.
    pub async fn open(&self, url: &Url, ask: &Ask) -> Result<Opened, Failure> {
        let limits = self.config.limits.clone();
        let deadline = Instant::now() + limits.total;
        let mut way = Way { hops: Vec::new(), url: url.clone() };
        let reached = match timeout_at(deadline, self.reach(&mut way, ask, "identity")).await {
            Ok(reached) => reached.and_then(|(response, _)| fit(response, ask, &limits)),
            Err(_) => Err(FetchError::TimedOut(limits.total)),
        };
        match reached {
            Ok(response) => {
                let status = response.status().as_u16();
                Ok(Opened { hops: way.hops, url: way.url, status, response, limits, deadline })
            }
            Err(kind) => Err(way.ended(kind)),
        }
    }
}

/// What can be said of a body before it comes.
fn fit(response: Response, ask: &Ask, limits: &Limits) -> Result<Response, FetchError> {
    ask.wants(&response)?;
    let coding = text(&response, &CONTENT_ENCODING).trim();
    if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
        return Err(FetchError::Coding(coding.to_owned()));
    }
    if response.content_length().is_some_and(|length| length > limits.body_bytes as u64) {
        return Err(FetchError::TooLarge { limit: limits.body_bytes });
    }
    Ok(response)
}

impl Opened {
    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// How many bytes the body says that it has.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The body, piece by piece. After an error nothing more comes.
    pub fn into_body(self) -> impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static {
        stream::try_unfold((self, 0_usize), |(mut opened, before)| async move {
            let Some(piece) = opened.piece().await? else { return Ok(None) };
            let so_far = before.saturating_add(piece.len());
            if so_far > opened.limits.body_bytes {
                return Err(FetchError::TooLarge { limit: opened.limits.body_bytes });
            }
            Ok(Some((piece, (opened, so_far))))
        })
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, FetchError> {
        let (pause, total) = (self.limits.pause, self.limits.total);
        match timeout_at(self.deadline, timeout(pause, self.response.chunk())).await {
            Err(_) => Err(FetchError::TimedOut(total)),
            Ok(Err(_)) => Err(FetchError::TimedOut(pause)),
            Ok(Ok(piece)) => Ok(piece?),
        }
    }
}
