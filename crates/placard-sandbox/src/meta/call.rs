//! One call to the API, decoded.

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use serde_json::Value;

use super::envelope::{MetaError, MetaResult};
use super::params::{self, FilePart, Params};

/// The version this surface speaks (Meta, `platforms/meta.md` §1).
pub(crate) const VERSION: &str = "v26.0";

/// A call with its path split and its parameters decoded.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) version: Option<String>,
    /// Path segments without the version.
    pub(crate) path: Vec<String>,
    pub(crate) params: Params,
    pub(crate) files: Vec<FilePart>,
    bearer: Option<String>,
    /// Where links in answers point, e.g. `http://127.0.0.1:4010`.
    pub(crate) base_url: String,
}

impl Call {
    /// Decodes an HTTP request.
    pub(crate) async fn decode(
        method: Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: Bytes,
        base_url: &str,
    ) -> (Self, MetaResult<()>) {
        let mut call = Self::new(method, path, base_url);
        call.bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        let mut params = Params::default();
        let read = match params.add_urlencoded(query.unwrap_or_default()) {
            Ok(()) => params::decode_body(&mut params, headers, body).await,
            Err(error) => Err(error),
        };
        call.params = params;
        let outcome = read.map(|files| call.files = files).and_then(|()| call.override_method());
        (call, outcome)
    }

    /// Decodes an item of a batch.
    pub(crate) fn item(
        method: &str,
        relative_url: &str,
        body: Option<&str>,
        files: Vec<FilePart>,
        outer: &Call,
    ) -> MetaResult<Self> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| MetaError::field("batch", format!("Unknown method {method} in a batch item")))?;
        let (path, query) = relative_url.split_once('?').unwrap_or((relative_url, ""));
        let mut call = Self::new(method, path, &outer.base_url);
        call.bearer.clone_from(&outer.bearer);
        call.files = files;
        for name in ["access_token", "appsecret_proof"] {
            if let Some(value) = outer.params.text(name)? {
                call.params.insert(name.into(), Value::String(value.to_owned()));
            }
        }
        let own_token = |text: &str| text.split('&').any(|pair| pair.starts_with("access_token="));
        if own_token(query) || body.is_some_and(own_token) {
            call.params.remove("appsecret_proof");
        }
        call.params.add_urlencoded(query)?;
        call.params.add_urlencoded(body.unwrap_or_default())?;
        call.override_method()?;
        Ok(call)
    }

    fn new(method: Method, path: &str, base_url: &str) -> Self {
        let mut segments: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let version = segments.first().filter(|first| is_version(first)).cloned();
        if version.is_some() {
            segments.remove(0);
        }
        Self {
            method,
            version,
            path: segments,
            params: Params::default(),
            files: Vec::new(),
            bearer: None,
            base_url: base_url.to_owned(),
        }
    }

    /// `method=DELETE` as a field of a POST counts as the method (§1).
    fn override_method(&mut self) -> MetaResult<()> {
        match (self.method.as_str(), self.params.text("method")?) {
            ("POST", Some("DELETE" | "delete")) => self.method = Method::DELETE,
            ("POST", Some("GET" | "get")) => self.method = Method::GET,
            ("POST", Some("POST" | "post")) | (_, None) => {}
            (_, Some(other)) => {
                return Err(MetaError::field(
                    "method",
                    format!("Method {other} cannot be put in place here"),
                ));
            }
        }
        Ok(())
    }

    /// The token sent, as a parameter or as a header.
    pub(crate) fn token(&self) -> MetaResult<Option<&str>> {
        Ok(self.params.text("access_token")?.or(self.bearer.as_deref()))
    }

    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The path as text, without its version.
    pub(crate) fn path_text(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// The path with ids left out, which is the same for every object.
    pub(crate) fn template(&self) -> String {
        let blank = |segment: &String| match segment.strip_prefix("act_") {
            Some(_) => "act_{id}".to_owned(),
            None if segment.bytes().all(|byte| byte.is_ascii_digit()) => "{id}".to_owned(),
            None => segment.clone(),
        };
        format!("/{}", self.path.iter().map(blank).collect::<Vec<_>>().join("/"))
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// Refuses versions that are not served (§1).
    pub(crate) fn check_version(&self) -> MetaResult<()> {
        match self.version.as_deref() {
            Some(VERSION) | None => Ok(()),
            Some(other) => Err(MetaError::new(
                2635,
                format!(
                    "(#2635) You are calling a deprecated version of the Ads API ({other}). Please update to \
                     the latest version: {VERSION}."
                ),
            )),
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| {
        [major, minor].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
