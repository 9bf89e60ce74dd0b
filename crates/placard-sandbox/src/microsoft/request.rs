//! One call to Microsoft, decoded (Microsoft, `platforms/microsoft.md` §1).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The login host's paths.
pub(crate) const AUTHORIZE: &str = "/common/oauth2/v2.0/authorize";
pub(crate) const TOKEN: &str = "/common/oauth2/v2.0/token";
/// Files that an answer points to; Microsoft gives them any address.
pub(crate) const FILES: &str = "/microsoft/files/";

const SERVICES: &[&str] = &[
    "/CampaignManagement/",
    "/Reporting/",
    "/Bulk/",
    "/CustomerManagement/",
    "/CustomerBilling/",
    "/AdInsight/",
    "/common/oauth2/",
    FILES,
];

/// Whether a path belongs to Microsoft.
pub(crate) fn is_microsoft(path: &str) -> bool {
    SERVICES.iter().any(|service| path.starts_with(service))
}

/// What the body of a call is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Empty,
    Json(Map<String, Value>),
    Form(BTreeMap<String, String>),
    /// Not JSON, or not said to be.
    Broken,
}

/// A call with what matters of its headers.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) bearer: Option<String>,
    pub(crate) developer_token: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) body: Body,
    /// Where links in answers point.
    pub(crate) base_url: String,
}

impl Request {
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &Bytes,
        base_url: &str,
    ) -> Self {
        let header_text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect();
        let kind = header_text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let body = match (body.is_empty(), path == TOKEN) {
            (true, _) => Body::Empty,
            (false, true) => Body::Form(pairs(body)),
            (false, false) if !kind.starts_with("application/json") => Body::Broken,
            (false, false) => match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => Body::Json(members),
                Ok(Value::Null) => Body::Empty,
                Ok(_) | Err(_) => Body::Broken,
            },
        };
        let authorization = header_text(header::AUTHORIZATION.as_str());
        Self {
            method,
            path: path.to_owned(),
            query: pairs(query.unwrap_or_default().as_bytes()),
            bearer: authorization
                .and_then(|text| text.strip_prefix("Bearer ").map(|token| token.trim().to_owned())),
            developer_token: header_text("developertoken"),
            customer: header_text("customerid"),
            account: header_text("customeraccountid"),
            body,
            base_url: base_url.to_owned(),
        }
    }

    /// The path as faults and the log name it: without the version, and without what files are called.
    pub(crate) fn path_text(&self) -> String {
        match self.path.starts_with(FILES) {
            true => FILES.trim_end_matches('/').to_owned(),
            false => self.path.replacen("/v13", "", 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_to_the_platform_that_they_belong_to() {
        for path in ["/CampaignManagement/v13/Campaigns", "/Reporting/v13/GenerateReport/Poll", TOKEN] {
            assert!(is_microsoft(path), "{path}");
        }
        for path in ["/v26.0/act_1", "/token", "/open_api/v1.3/campaign/get/", "/reporting"] {
            assert!(!is_microsoft(path), "{path}");
        }
    }
}
