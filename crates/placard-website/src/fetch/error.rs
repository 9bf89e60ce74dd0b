//! Why something could not be fetched.

use super::{Hop, Refusal, resolve::NoAddress};
use std::{error::Error, io, time::Duration};
use url::Url;

/// Why a fetch ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Nothing was sent there, on purpose.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Nobody answered there.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The connection is not to be trusted.
    #[error("the certificate is not accepted: {0}")]
    Certificate(String),
    /// It took too long.
    #[error("no complete answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// Redirected too often.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// Redirected to where it had been already.
    #[error("the redirects go round in a circle")]
    Circle,
    /// A redirect that names no address.
    #[error("a redirect leads to {0:?}, which is no address")]
    BadRedirect(String),
    /// Redirected from https to http.
    #[error("a redirect leads from https to http")]
    Downgrade,
    /// More headers than anybody needs.
    #[error("the headers are larger than {limit} bytes")]
    Headers {
        /// How many bytes are read.
        limit: usize,
    },
    /// The body is larger than it may be.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// How many bytes are read, after decompression.
        limit: usize,
    },
    /// The body grows more by decompression than honest ones do.
    #[error("the body grows more than {ratio}-fold by decompression")]
    Bomb {
        /// How much it may grow.
        ratio: usize,
    },
    /// Compressed in a way that was not asked for.
    #[error("the body is encoded as {0:?}, which was not asked for")]
    Coding(String),
    /// Not compressed as it says, or cut off.
    #[error("the compressed body is damaged")]
    Compressed,
    /// Something else than what was asked for.
    #[error("the answer is {0:?}, which was not asked for")]
    ContentType(String),
    /// The connection broke, or what came is no HTTP.
    #[error("the answer broke off: {0}")]
    Broken(String),
}

/// A fetch that ended without an answer, and how far it came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{url}: {kind}")]
pub struct Failure {
    /// Where it ended.
    pub url: Url,
    /// The redirects that led there.
    pub hops: Vec<Hop>,
    /// Why.
    #[source]
    pub kind: FetchError,
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        let mut last = String::new();
        while let Some(now) = cause {
            if let Some(refusal) = now.downcast_ref::<Refusal>() {
                return refusal.clone().into();
            }
            if now.is::<NoAddress>() {
                return Self::NoAddress;
            }
            // An I/O error hides what it was made from.
            let inner = now.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            let tls = now.downcast_ref().or_else(|| inner?.downcast_ref::<rustls::Error>());
            if let Some(tls) = tls {
                return match tls {
                    rustls::Error::InvalidCertificate(why) => Self::Certificate(why.to_string()),
                    other => Self::NoConnection(other.to_string()),
                };
            }
            last = now.to_string();
            cause = now.source();
        }
        if error.is_connect() { Self::NoConnection(last) } else { Self::Broken(last) }
    }
}
