//! Meta's error envelope (Meta, `platforms/meta.md` §20).

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::draw;

/// A refusal as Meta words it; boxed, because it travels through every `Result` here.
#[derive(Clone, Debug)]
pub(crate) struct MetaError(Box<Refusal>);

/// What a refusal says.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    message: String,
    exception: &'static str,
    transient: bool,
    user: Option<(String, String)>,
    blame: Vec<Vec<String>>,
    /// `error_data` of errors that blame no field.
    data: Option<Value>,
    /// Seconds a throttled caller is told to wait.
    pub(crate) retry_after: Option<u64>,
}

impl std::ops::Deref for MetaError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

/// What every handler returns.
pub(crate) type MetaResult<T> = Result<T, MetaError>;

impl MetaError {
    /// An error with nothing but its code and message.
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self(Box::new(Refusal {
            status: StatusCode::BAD_REQUEST,
            code,
            subcode: None,
            message: message.into(),
            exception: "OAuthException",
            transient: false,
            user: None,
            blame: Vec::new(),
            data: None,
            retry_after: None,
        }))
    }

    /// Code 100 on one field.
    pub(crate) fn field(name: &str, message: impl std::fmt::Display) -> Self {
        Self::new(100, format!("(#100) {message}")).blame(&[name])
    }

    /// Code 100 with a subcode and the text for people, on one field.
    pub(crate) fn rule(subcode: i64, field: &str, title: &str, message: impl Into<String>) -> Self {
        Self::new(100, "Invalid parameter").subcode(subcode).user(title, message).blame(&[field])
    }

    /// The node is missing, foreign, or does not do this (§17).
    pub(crate) fn no_such_object(verb: &str, id: &str) -> Self {
        let mut error = Self::new(
            100,
            format!(
                "Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to \
                 missing permissions, or does not support this operation. Please read the Graph API \
                 documentation at https://developers.facebook.com/docs/graph-api"
            ),
        )
        .subcode(33);
        error.0.exception = "GraphMethodException";
        error
    }

    /// Code 190: the token cannot be used.
    pub(crate) fn token(subcode: Option<i64>, message: impl Into<String>) -> Self {
        let mut error = Self::new(190, message).status(StatusCode::UNAUTHORIZED);
        error.0.subcode = subcode;
        error
    }

    pub(crate) fn subcode(mut self, subcode: i64) -> Self {
        self.0.subcode = Some(subcode);
        self
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn transient(mut self) -> Self {
        self.0.transient = true;
        self
    }

    pub(crate) fn user(mut self, title: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.user = Some((title.into(), message.into()));
        self
    }

    /// Names the path of the offending field.
    pub(crate) fn blame(mut self, path: &[&str]) -> Self {
        self.0.blame.push(path.iter().map(|part| (*part).to_owned()).collect());
        self
    }

    /// What is told besides.
    pub(crate) fn data(mut self, data: Value) -> Self {
        self.0.data = Some(data);
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The body; `error_data` is an object or JSON text, both of which Meta sends.
    pub(crate) fn body(&self, seq: u64, data_as_text: bool) -> Value {
        let mut error = Map::new();
        error.insert("message".into(), json!(self.message));
        error.insert("type".into(), json!(self.exception));
        error.insert("code".into(), json!(self.code));
        let blamed = (!self.blame.is_empty()).then(|| json!({ "blame_field_specs": self.blame }));
        if let Some(data) = blamed.or_else(|| self.data.clone()) {
            let data = if data_as_text { json!(data.to_string()) } else { data };
            error.insert("error_data".into(), data);
        }
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".into(), json!(subcode));
        }
        if self.transient || self.user.is_some() {
            error.insert("is_transient".into(), json!(self.transient));
        }
        if let Some((title, message)) = &self.user {
            error.insert("error_user_title".into(), json!(title));
            error.insert("error_user_msg".into(), json!(message));
        }
        error.insert("fbtrace_id".into(), json!(trace_id(seq)));
        json!({ "error": error })
    }
}

/// The trace id of request `seq`; it looks like Meta's and is stable.
pub(crate) fn trace_id(seq: u64) -> String {
    format!("A{:016x}", draw::join(0x5eed, seq))
}
