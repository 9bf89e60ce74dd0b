//! What a surface answers, before it becomes HTTP.

use bytes::Bytes;
use serde_json::Value;

/// What a handler gives back.
pub(crate) enum Reply {
    Json(Value),
    Html(String),
    Redirect(String),
}

/// The answer to one call, ready to be sent or put into a batch.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    /// Set instead of JSON by login pages and by errors that are pages.
    pub(crate) page: Option<String>,
    /// Set instead of JSON by files.
    pub(crate) bytes: Option<Bytes>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) fn from_reply(reply: Reply) -> Self {
        let answer = |status, json, page, headers| Self { status, json, page, bytes: None, headers };
        match reply {
            Reply::Json(json) => answer(200, json, None, Vec::new()),
            Reply::Html(page) => answer(200, Value::Null, Some(page), Vec::new()),
            Reply::Redirect(target) => {
                answer(302, Value::Null, Some(String::new()), vec![("location", target)])
            }
        }
    }
}

/// Gives a member another name, at any depth.
pub(crate) fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(map) => {
            if let Some(member) = map.remove(from) {
                map.insert(to.to_owned(), member);
            }
            map.values_mut().for_each(|member| rename(member, from, to));
        }
        Value::Array(list) => list.iter_mut().for_each(|member| rename(member, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
