//! Parameters of one call: decoded from query, form, multipart or JSON, then read with types.

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, Request, header};
use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::envelope::{MetaError, MetaResult};
use crate::wire::WireEnum;

/// Sent with any call and read elsewhere (token, output shape, method override).
const EVERYWHERE: &[&str] =
    &["access_token", "appsecret_proof", "fields", "method", "locale", "pretty", "debug", "format", "ids"];

/// One uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct FilePart {
    pub(crate) field: String,
    pub(crate) file_name: String,
    pub(crate) bytes: Bytes,
}

/// The parameters of one call, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, Value>);

impl Params {
    /// Adds the pairs of a query string or a form body.
    pub(crate) fn add_urlencoded(&mut self, text: &str) -> MetaResult<()> {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.insert(decode(name)?, Value::String(decode(value)?));
        }
        Ok(())
    }

    /// Adds the members of a JSON body.
    pub(crate) fn add_json(&mut self, body: &[u8]) -> MetaResult<()> {
        let body: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| MetaError::new(100, "(#100) The request body is not a JSON object"))?;
        body.into_iter().for_each(|(name, value)| self.insert(name, value));
        Ok(())
    }

    pub(crate) fn insert(&mut self, name: String, value: Value) {
        self.0.insert(name, value);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Refuses names outside `known`, so that a caller's mistake shows instead of vanishing.
    pub(crate) fn only(&self, known: &[&[&str]]) -> MetaResult<()> {
        if self.has("date_format") {
            return Err(MetaError::field("date_format", "date_format is no longer supported"));
        }
        let unknown = self.0.keys().find(|name| {
            !EVERYWHERE.contains(&name.as_str()) && !known.iter().any(|set| set.contains(&name.as_str()))
        });
        match unknown {
            Some(name) => Err(MetaError::field(name, format!("Unknown parameter {name} for this edge"))),
            None => Ok(()),
        }
    }

    pub(crate) fn text(&self, name: &str) -> MetaResult<Option<&str>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MetaError::field(name, format!("Param {name} must be a string"))),
        }
    }

    /// Text with something in it.
    pub(crate) fn required_text(&self, name: &str) -> MetaResult<&str> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(MetaError::field(name, format!("Param {name} must be a non-empty string"))),
            None => Err(missing(name)),
        }
    }

    pub(crate) fn int(&self, name: &str) -> MetaResult<Option<i64>> {
        let number = match self.0.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(Value::Number(number)) => number.as_i64(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| MetaError::field(name, format!("Param {name} must be an integer")))
    }

    pub(crate) fn uint(&self, name: &str) -> MetaResult<Option<i64>> {
        match self.int(name)? {
            Some(number) if number < 0 => {
                Err(MetaError::field(name, format!("Param {name} must be greater or equal to 0")))
            }
            number => Ok(number),
        }
    }

    pub(crate) fn bool(&self, name: &str) -> MetaResult<Option<bool>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => as_bool(value)
                .map(Some)
                .ok_or_else(|| MetaError::field(name, format!("Param {name} must be a boolean"))),
        }
    }

    pub(crate) fn one_of<E: WireEnum>(&self, name: &str) -> MetaResult<Option<E>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => parse_enum(name, text).map(Some),
        }
    }

    /// A list or an object, sent as JSON or as JSON inside text.
    pub(crate) fn json(&self, name: &str) -> MetaResult<Option<Value>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| MetaError::field(name, format!("Param {name} is not valid JSON"))),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    pub(crate) fn object(&self, name: &str) -> MetaResult<Option<Map<String, Value>>> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(MetaError::field(name, format!("Param {name} must be a JSON object"))),
        }
    }

    pub(crate) fn list(&self, name: &str) -> MetaResult<Option<Vec<Value>>> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(MetaError::field(name, format!("Param {name} must be an array"))),
        }
    }

    /// A list of words, also accepted as one bare word or a comma list, as the platform does.
    pub(crate) fn words(&self, name: &str) -> MetaResult<Option<Vec<String>>> {
        match self.0.get(name) {
            Some(Value::String(text)) if !text.trim_start().starts_with('[') => Ok(Some(
                text.split(',').map(|word| word.trim().to_owned()).filter(|w| !w.is_empty()).collect(),
            )),
            _ => self.list(name)?.map(|list| strings(name, &list)).transpose(),
        }
    }

    /// Unix seconds, ISO-8601 with an offset, or a naive time in the account's zone (§1, §24).
    pub(crate) fn time(&self, name: &str, zone: Tz) -> MetaResult<Option<DateTime<Utc>>> {
        let text = match self.0.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        parse_time(&text, zone)
            .map(Some)
            .ok_or_else(|| MetaError::field(name, format!("Param {name} must be a datetime")))
    }
}

/// The error for a parameter that had to be sent.
pub(crate) fn missing(name: &str) -> MetaError {
    MetaError::field(name, format!("The parameter {name} is required"))
}

pub(crate) fn parse_enum<E: WireEnum>(name: &str, text: &str) -> MetaResult<E> {
    E::parse(text).ok_or_else(|| {
        MetaError::field(name, format!("Param {name} must be one of {{{}}} - got \"{text}\"", E::words()))
    })
}

pub(crate) fn strings(name: &str, list: &[Value]) -> MetaResult<Vec<String>> {
    let texts = list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    texts.ok_or_else(|| MetaError::field(name, format!("Param {name} must be an array of strings")))
}

/// `true`/`false`, also 1/0 (§1).
pub(crate) fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn parse_time(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse::<i64>() {
        return DateTime::from_timestamp(seconds, 0);
    }
    let with_offset =
        ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z"];
    for format in with_offset {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            return Some(time.to_utc());
        }
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S"))
        .ok()?;
    zone.from_local_datetime(&naive).earliest().map(|time| time.to_utc())
}

fn decode(text: &str) -> MetaResult<String> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(MetaError::new(100, "(#100) A parameter is not valid UTF-8")),
    }
}

/// Decodes a request's body by its content type into `params` and files.
pub(crate) async fn decode_body(
    params: &mut Params,
    headers: &HeaderMap,
    body: Bytes,
) -> MetaResult<Vec<FilePart>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if body.is_empty() {
        return Ok(Vec::new());
    }
    if kind.starts_with("multipart/form-data") {
        return decode_multipart(params, kind, body).await;
    }
    if kind.starts_with("application/json") {
        params.add_json(&body)?;
        return Ok(Vec::new());
    }
    let text = std::str::from_utf8(&body).map_err(|_| MetaError::new(100, "(#100) The form is not UTF-8"))?;
    params.add_urlencoded(text)?;
    Ok(Vec::new())
}

async fn decode_multipart(params: &mut Params, kind: &str, body: Bytes) -> MetaResult<Vec<FilePart>> {
    let broken = |_| MetaError::new(100, "(#100) The multipart body cannot be read");
    let mut request = Request::new(axum::body::Body::from(body));
    let value = kind.parse().map_err(|_| MetaError::new(100, "(#100) Bad content type"))?;
    request.headers_mut().insert(header::CONTENT_TYPE, value);
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| MetaError::new(100, "(#100) The multipart body cannot be read"))?;
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file_name) => {
                files.push(FilePart { field, file_name, bytes: part.bytes().await.map_err(broken)? });
            }
            None => {
                let text = part.text().await.map_err(broken)?;
                params.insert(field, Value::String(text));
            }
        }
    }
    Ok(files)
}
