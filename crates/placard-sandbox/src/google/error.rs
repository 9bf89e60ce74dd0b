//! Google's errors: GoogleAdsFailure and what comes without it (Google, `platforms/google.md` §7).

use serde_json::{Map, Value, json};

use super::VERSION;

/// The status of a call that failed, with its HTTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    Aborted,
    ResourceExhausted,
    Internal,
    Unimplemented,
    Unavailable,
    DeadlineExceeded,
}

impl Status {
    pub(crate) fn http(self) -> u16 {
        match self {
            Self::InvalidArgument => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::Aborted => 409,
            Self::ResourceExhausted => 429,
            Self::Internal => 500,
            Self::Unimplemented => 501,
            Self::Unavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Aborted => "ABORTED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Internal => "INTERNAL",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::InvalidArgument => "Request contains an invalid argument.",
            Self::Unauthenticated => {
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                 other valid authentication credential."
            }
            Self::PermissionDenied => "The caller does not have permission",
            Self::Aborted => "The operation was aborted.",
            Self::ResourceExhausted => "Resource has been exhausted (e.g. check quota).",
            Self::Internal => "Internal error encountered.",
            Self::Unimplemented => "The sandbox does not serve this.",
            Self::Unavailable => "The service is currently unavailable.",
            Self::DeadlineExceeded => "Deadline expired before operation could complete.",
        }
    }

    /// The numeric `google.rpc.Code` inside a partial failure.
    fn rpc(self) -> i64 {
        match self {
            Self::InvalidArgument => 3,
            Self::DeadlineExceeded => 4,
            Self::PermissionDenied => 7,
            Self::ResourceExhausted => 8,
            Self::Aborted => 10,
            Self::Unimplemented => 12,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }
}

/// One step of the way to the field that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    name: String,
    index: Option<usize>,
}

/// One GoogleAdsError.
#[derive(Clone, Debug)]
pub(crate) struct AdsError {
    pub(crate) family: &'static str,
    pub(crate) code: &'static str,
    message: String,
    trigger: Option<Value>,
    path: Vec<Step>,
    details: Option<Value>,
}

impl AdsError {
    pub(crate) fn new(family: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { family, code, message: message.into(), trigger: None, path: Vec::new(), details: None }
    }

    /// A field that has to be there.
    pub(crate) fn required(path: &str) -> Self {
        Self::new("fieldError", "REQUIRED", "The required field was not present.").at(path)
    }

    /// A field that must not be set here.
    pub(crate) fn unset(path: &str, message: impl Into<String>) -> Self {
        Self::new("fieldError", "VALUE_MUST_BE_UNSET", message).at(path)
    }

    pub(crate) fn not_found(name: &str) -> Self {
        Self::new("mutateError", "RESOURCE_NOT_FOUND", "Resource was not found.").trigger(json!(name))
    }

    /// Names the field, e.g. `ad.responsive_search_ad.headlines[2].text`.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.path = steps(path);
        self
    }

    /// Puts the way to the operation before the way to the field.
    pub(crate) fn under(mut self, operation: &[Step]) -> Self {
        self.path.splice(0..0, operation.iter().cloned());
        self
    }

    /// The value that the error is about; texts, numbers and booleans.
    pub(crate) fn trigger(mut self, value: Value) -> Self {
        self.trigger = Some(value);
        self
    }

    pub(crate) fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    fn body(&self) -> Value {
        let mut out = Map::new();
        out.insert("errorCode".into(), json!({ self.family: self.code }));
        out.insert("message".into(), json!(self.message));
        match &self.trigger {
            Some(Value::Bool(value)) => drop(out.insert("trigger".into(), json!({ "booleanValue": value }))),
            Some(Value::Number(value)) if value.is_i64() => {
                out.insert("trigger".into(), json!({ "int64Value": value.to_string() }));
            }
            Some(Value::Number(value)) => drop(out.insert("trigger".into(), json!({ "doubleValue": value }))),
            Some(Value::String(value)) => drop(out.insert("trigger".into(), json!({ "stringValue": value }))),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => {}
        }
        if !self.path.is_empty() {
            let step = |step: &Step| match step.index {
                Some(index) => json!({ "fieldName": step.name, "index": index }),
                None => json!({ "fieldName": step.name }),
            };
            let path: Vec<Value> = self.path.iter().map(step).collect();
            out.insert("location".into(), json!({ "fieldPathElements": path }));
        }
        if let Some(details) = &self.details {
            out.insert("details".into(), details.clone());
        }
        Value::Object(out)
    }
}

/// `operations[0].create` as steps.
pub(crate) fn steps(path: &str) -> Vec<Step> {
    let step = |part: &str| match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
        Some((name, index)) => Step { name: name.to_owned(), index: index.parse().ok() },
        None => Step { name: part.to_owned(), index: None },
    };
    path.split('.').filter(|part| !part.is_empty()).map(step).collect()
}

/// A call that is refused as a whole.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// With GoogleAdsFailure.
    Ads { status: Status, errors: Vec<AdsError> },
    /// JSON that is no JSON, or that has fields which do not exist; place and description of each.
    BadRequest(Vec<(String, String)>),
    /// Nothing but a status; the text replaces its usual one.
    Bare(Status, Option<String>),
    /// The HTML page of an address that does not exist, or of a server that is overloaded.
    Html(u16),
    /// The token endpoint's own form.
    OAuth { error: &'static str, description: String },
}

/// What handlers return.
pub(crate) type GoogleResult<T> = Result<T, Refusal>;

impl From<AdsError> for Refusal {
    /// The status follows from the error's family.
    fn from(error: AdsError) -> Self {
        let status = match error.family {
            "authenticationError" => Status::Unauthenticated,
            "authorizationError" => Status::PermissionDenied,
            "quotaError" => Status::ResourceExhausted,
            "internalError" => Status::Internal,
            _ => Status::InvalidArgument,
        };
        Self::Ads { status, errors: vec![error] }
    }
}

impl Refusal {
    /// Something that Google does and the sandbox does not.
    pub(crate) fn not_served(what: impl std::fmt::Display) -> Self {
        Self::Bare(Status::Unimplemented, Some(format!("The sandbox does not serve {what}.")))
    }

    pub(crate) fn http(&self) -> u16 {
        match self {
            Self::Ads { status, .. } | Self::Bare(status, _) => status.http(),
            Self::OAuth { error: "invalid_client", .. } => 401,
            Self::BadRequest(_) | Self::OAuth { .. } => 400,
            Self::Html(code) => *code,
        }
    }

    /// The first error's family and code, for the log.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Ads { errors, .. } => {
                errors.first().map(|error| format!("{}.{}", error.family, error.code))
            }
            Self::BadRequest(_) => Some("google.rpc.BadRequest".to_owned()),
            Self::Bare(status, _) => Some(status.word().to_owned()),
            Self::OAuth { error, .. } => Some((*error).to_owned()),
            Self::Html(_) => None,
        }
    }

    /// The JSON body; `Null` where the body is a page.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let error = |status: Status, message: &str, details: Option<Value>| {
            let mut error = json!({ "code": status.http(), "message": message, "status": status.word() });
            if let Some(details) = details {
                error["details"] = json!([details]);
            }
            json!({ "error": error })
        };
        match self {
            Self::Ads { status, errors } => {
                error(*status, status.message(), Some(failure(errors, request_id)))
            }
            Self::BadRequest(violations) => {
                let message = violations.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
                let place = |(field, description): &(String, String)| match field.as_str() {
                    "" => json!({ "description": description }),
                    field => json!({ "field": field, "description": description }),
                };
                let fields: Vec<Value> = violations.iter().map(place).collect();
                let details = json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields });
                error(Status::InvalidArgument, &message, Some(details))
            }
            Self::Bare(status, text) => error(*status, text.as_deref().unwrap_or(status.message()), None),
            Self::Html(_) => Value::Null,
            Self::OAuth { error, description } => json!({ "error": error, "error_description": description }),
        }
    }
}

fn failure(errors: &[AdsError], request_id: &str) -> Value {
    json!({
        "@type": format!("type.googleapis.com/google.ads.googleads.{VERSION}.errors.GoogleAdsFailure"),
        "errors": errors.iter().map(AdsError::body).collect::<Vec<_>>(),
        "requestId": request_id,
    })
}

/// `partialFailureError`: a `google.rpc.Status` with all errors of the call.
pub(crate) fn partial_failure(errors: &[AdsError], request_id: &str) -> Value {
    let first = errors.first().map(|error| error.message.as_str()).unwrap_or_default();
    let message = format!("Multiple errors in ‘details’. First error: {first}");
    json!({
        "code": Status::InvalidArgument.rpc(), "message": message, "details": [failure(errors, request_id)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_error_names_fields_and_indexes() {
        let error = AdsError::required("headlines[2].text").under(&steps("operations[0].create"));
        let path = error.body()["location"]["fieldPathElements"].clone();
        let wanted = json!([
            { "fieldName": "operations", "index": 0 }, { "fieldName": "create" },
            { "fieldName": "headlines", "index": 2 }, { "fieldName": "text" },
        ]);
        assert_eq!(path, wanted);
    }

    #[test]
    fn a_trigger_is_typed() {
        let error = AdsError::required("name").trigger(json!(7));
        assert_eq!(error.body()["trigger"], json!({ "int64Value": "7" }));
    }
}
