//! One call to TikTok, decoded (TikTok, `platforms/tiktok.md` §1).

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, Method, Request as HttpRequest, header};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::error::{Code, Refusal, TikTokResult};

/// One uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct FilePart {
    pub(crate) field: String,
    pub(crate) bytes: Bytes,
}

/// A call with its parameters by name; lists and objects of a query are JSON text and decoded here.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as it came, the version and all slashes included.
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) params: Map<String, Value>,
    pub(crate) files: Vec<FilePart>,
    /// The body could not be read.
    pub(crate) broken: bool,
}

pub(crate) const CONSENT: &str = "/portal/auth";
const API: &str = "/open_api/";
const VERSION: &str = "/open_api/v1.3";

/// Whether a path belongs to TikTok.
pub(crate) fn is_tiktok(path: &str) -> bool {
    path.starts_with(API) || path.trim_end_matches('/') == CONSENT
}

impl Request {
    pub(crate) async fn decode(
        method: Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Self {
        let header_text =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut request = Self {
            method,
            path: path.to_owned(),
            token: header_text("access-token").filter(|token| !token.is_empty()),
            params: pairs.map(|(name, text)| (name.into_owned(), from_query(&text))).collect(),
            files: Vec::new(),
            broken: false,
        };
        if request.method == Method::POST {
            let kind = header_text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
            let read = match kind.starts_with("multipart/form-data") {
                true => request.read_multipart(&kind, body).await,
                false => request.read_json(&kind, &body),
            };
            request.broken = read.is_none();
        }
        request
    }

    fn read_json(&mut self, kind: &str, body: &[u8]) -> Option<()> {
        if !kind.starts_with("application/json") {
            return None;
        }
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return None };
        self.params.extend(members);
        Some(())
    }

    async fn read_multipart(&mut self, kind: &str, body: Bytes) -> Option<()> {
        let mut request = HttpRequest::new(axum::body::Body::from(body));
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().ok()?);
        DefaultBodyLimit::disable().apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.ok()?;
        while let Some(part) = parts.next_field().await.ok()? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().is_some() {
                true => self.files.push(FilePart { field, bytes: part.bytes().await.ok()? }),
                false => drop(self.params.insert(field, from_query(&part.text().await.ok()?))),
            }
        }
        Some(())
    }

    /// The path without its version, as faults and the log name it.
    pub(crate) fn path_text(&self) -> String {
        self.path.strip_prefix(VERSION).unwrap_or(&self.path).to_owned()
    }

    /// The path below the version that is served; other versions are refused by their own codes (§1).
    pub(crate) fn endpoint(&self) -> TikTokResult<&str> {
        if let Some(rest) = self.path.strip_prefix(VERSION)
            && rest.starts_with('/')
        {
            return Ok(rest);
        }
        match self.path.strip_prefix(API).and_then(|rest| rest.split('/').next()) {
            Some("v1.0" | "v1.1" | "v1.2" | "1.1" | "1.2") => {
                Err(Refusal::new(Code::VersionError, "The version is no longer served; use v1.3."))
            }
            Some(other) if other.starts_with('v') && other != "v1.3" => {
                Err(Refusal::new(Code::InvalidVersion, format!("Invalid API version {other}.")))
            }
            _ => Err(Refusal::NoRoute(self.path.clone())),
        }
    }

    /// The advertiser that a call is about, whether or not it exists.
    pub(crate) fn advertiser(&self) -> Option<String> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        self.params.get("advertiser_id").and_then(text)
    }

    pub(crate) fn file(&self, field: &str) -> Option<&FilePart> {
        self.files.iter().find(|file| file.field == field)
    }
}

/// A value of a query or a form: JSON text for lists and objects, else the text itself.
fn from_query(text: &str) -> Value {
    match text.starts_with(['[', '{']) {
        true => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        false => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_to_the_platform_that_they_belong_to() {
        for path in ["/open_api/v1.3/campaign/create/", "/open_api/v9/x", "/portal/auth"] {
            assert!(is_tiktok(path), "{path}");
        }
        for path in ["/v26.0/act_1", "/open_apis", "/portal/authority", "/token"] {
            assert!(!is_tiktok(path), "{path}");
        }
    }
}
