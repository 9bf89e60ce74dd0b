//! What is asked for.

use super::{FetchError, text};
use bytes::Bytes;
use reqwest::{
    Method, Response,
    header::{self, CONTENT_TYPE, HeaderMap, HeaderValue},
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) types: &'static [&'static str],
    pub(super) downgrade: bool,
}

impl Ask {
    fn new(method: Method) -> Self {
        Self { method, headers: HeaderMap::new(), body: Bytes::new(), types: &[], downgrade: false }
    }

    /// What is there, with its content.
    pub fn get() -> Self {
        Self::new(Method::GET)
    }

    /// What is there, without its content.
    pub fn head() -> Self {
        Self::new(Method::HEAD)
    }

    /// Brings something. Redirects are not followed: they would bring it to somebody else.
    pub fn post(content_type: HeaderValue, body: Bytes) -> Self {
        let mut ask = Self::new(Method::POST);
        ask.headers.insert(CONTENT_TYPE, content_type);
        Self { body, ..ask }
    }

    /// With one header more, for the first origin only: where a redirect leads, it is nobody's business.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Only content whose type begins with one of these.
    #[must_use]
    pub const fn only(mut self, types: &'static [&'static str]) -> Self {
        self.types = types;
        self
    }

    /// Follows a redirect from https to http as well; [`super::Fetched::downgraded`] tells.
    #[must_use]
    pub const fn even_downgraded(mut self) -> Self {
        self.downgrade = true;
        self
    }

    /// Whether what came is of a type that was asked for.
    pub(super) fn wants(&self, response: &Response) -> Result<(), FetchError> {
        let content_type = text(response, &CONTENT_TYPE).to_ascii_lowercase();
        if self.types.is_empty() || self.types.iter().any(|wanted| content_type.starts_with(wanted)) {
            return Ok(());
        }
        Err(FetchError::ContentType(content_type))
    }
}
