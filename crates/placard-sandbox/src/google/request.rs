//! One call to Google, decoded as far as its address and headers go.

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;

/// A call with its path split.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// `v26` of the path; the login addresses have none.
    pub(crate) version: Option<String>,
    /// Path segments without the version.
    pub(crate) path: Vec<String>,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) login_customer: Option<String>,
    pub(crate) body: Bytes,
}

/// Whether a path belongs to Google: a version without a minor number, or an address of its login.
pub(crate) fn is_google(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    is_version(first) || path == TOKEN || path == CONSENT
}

pub(crate) const TOKEN: &str = "/token";
pub(crate) const CONSENT: &str = "/o/oauth2/v2/auth";

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Request {
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut path: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let version = path.first().filter(|first| is_version(first)).cloned();
        if version.is_some() {
            path.remove(0);
        }
        Self {
            method,
            version,
            path,
            query: query.unwrap_or_default().to_owned(),
            authorization: text(header::AUTHORIZATION.as_str()),
            login_customer: text("login-customer-id"),
            body,
        }
    }

    /// The path as text, without its version.
    pub(crate) fn path_text(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// The path with ids left out, which is the same for every customer.
    pub(crate) fn template(&self) -> String {
        let blank = |segment: &String| match segment.bytes().all(|byte| byte.is_ascii_digit()) {
            true => "{id}".to_owned(),
            false => segment.clone(),
        };
        format!("/{}", self.path.iter().map(blank).collect::<Vec<_>>().join("/"))
    }

    /// The customer in the path.
    pub(crate) fn customer(&self) -> Option<&str> {
        match self.path.as_slice() {
            [first, id, ..] if first == "customers" => Some(id),
            _ => None,
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.path.last().is_some_and(|last| last == "googleAds:searchStream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_to_the_platform_that_they_belong_to() {
        for path in ["/v26/customers/1/googleAds:search", "/v1/x", "/token", "/o/oauth2/v2/auth"] {
            assert!(is_google(path), "{path}");
        }
        for path in ["/v26.0/act_1", "/me", "/v26.0/token", "/oauth/access_token", "/v", "/"] {
            assert!(!is_google(path), "{path}");
        }
    }
}
