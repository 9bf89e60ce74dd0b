//! Single calls: address, headers, and what the answer is (TikTok, `platforms/tiktok.md` §1, §20).

use super::{
    VERSION,
    encode::{self, Params},
    errors::{closes_account, from_answer, ours},
    pace::Paced,
    wire::{at, missing, text_at},
};
use crate::{
    Access, Attachment, ErrorKind, PlatformError, Urgency,
    http::{Closures, Http, Reply, mime, scrub},
};
use chrono::Utc;
use placard_domain::Platform;
use reqwest::{Method, RequestBuilder, multipart};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// The API behind one base address, for one app.
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) base: Url,
    pub(super) app_id: String,
    pub(super) secret: SecretString,
    pub(super) closures: Closures,
    pub(super) paced: Option<Paced>,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// A verb phrase for messages.
    pub(super) operation: String,
    pub(super) method: Method,
    /// Behind the version, with the slash at its end that TikTok insists on.
    pub(super) path: String,
    pub(super) params: Params,
}

/// What TikTok answered to a call that it carried out.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) data: Value,
    /// Whether only a part of it was carried out (code 20001).
    pub(super) partial: bool,
    pub(super) request_id: Option<String>,
}

/// The parts of a multipart call beside its texts (§6).
pub(super) struct File<'a> {
    pub(super) field: &'a str,
    pub(super) name: String,
    pub(super) attachment: &'a Attachment,
}

const DONE: i64 = 0;
const DONE_IN_PART: i64 = 20_001;

impl Call {
    pub(super) fn get(operation: &str, path: &str, params: Params) -> Self {
        Self { operation: operation.to_owned(), method: Method::GET, path: path.to_owned(), params }
    }

    pub(super) fn post(operation: &str, path: &str, params: Params) -> Self {
        Self { operation: operation.to_owned(), method: Method::POST, path: path.to_owned(), params }
    }
}

impl Api {
    /// Reads, again if that helps.
    pub(super) async fn read(&self, access: &Access, call: &Call) -> Result<Value, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.once(access, call).await {
                Ok(answer) => return Ok(answer.data),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Reads with a token alone, where no account is meant; again if that helps.
    pub(super) async fn read_as(&self, token: &SecretString, call: &Call) -> Result<Value, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.counted(Urgency::Publishing, call, self.ask(Some(token), call)).await {
                Ok(answer) => return Ok(answer.data),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Sends once.
    pub(super) async fn once(&self, access: &Access, call: &Call) -> Result<Answer, PlatformError> {
        self.check_open(access, &call.operation)?;
        let result = self.counted(access.urgency, call, self.ask(Some(&access.token), call)).await;
        self.noted(access, result)
    }

    /// Sends by `send` once there is room for `call`.
    async fn counted<T>(
        &self,
        urgency: Urgency,
        call: &Call,
        send: impl Future<Output = Result<T, PlatformError>>,
    ) -> Result<T, PlatformError> {
        match &self.paced {
            Some(paced) => paced.send(urgency, (&call.operation, &call.path), send).await,
            None => send.await,
        }
    }

    /// Sends a file once.
    pub(super) async fn upload(
        &self,
        access: &Access,
        call: &Call,
        file: File<'_>,
    ) -> Result<Answer, PlatformError> {
        self.check_open(access, &call.operation)?;
        self.record(call);
        let operation = call.operation.as_str();
        let mut form = multipart::Form::new();
        for (name, text) in encode::query(&call.params) {
            form = form.text(name.to_owned(), text);
        }
        let part = multipart::Part::stream(file.attachment.bytes.clone()).file_name(file.name.clone());
        let part = part.mime_str(mime(&file.name)).map_err(|error| {
            PlatformError::transport(
                Platform::Tiktok,
                operation,
                crate::http::TransportError::Unbuildable(error),
            )
        })?;
        let request =
            self.request(Some(&access.token), call).multipart(form.part(file.field.to_owned(), part));
        let sent = self.answer(operation, request, Some(&access.token));
        let result = self.counted(access.urgency, call, sent).await;
        self.noted(access, result)
    }

    /// Asks once, without an account or, for a login, even without a token.
    pub(super) async fn ask(
        &self,
        token: Option<&SecretString>,
        call: &Call,
    ) -> Result<Answer, PlatformError> {
        self.record(call);
        let request = self.request(token, call);
        let request = match call.method {
            Method::GET => request.query(&encode::query(&call.params)),
            _ => request.header("content-type", "application/json").body(encode::body(&call.params)),
        };
        self.answer(&call.operation, request, token).await
    }

    fn record(&self, call: &Call) {
        if let Some(journal) = self.http.journal() {
            // As it is sent: amounts are numbers in a body.
            let sent: Option<Params> = match call.method {
                Method::GET => None,
                _ => serde_json::from_str(&encode::body(&call.params)).ok(),
            };
            let params = sent.as_ref().unwrap_or(&call.params);
            journal.record(&call.operation, call.method.as_str(), &call.path, params);
        }
    }

    /// Fails without a call while TikTok wants the account left alone.
    fn check_open(&self, access: &Access, operation: &str) -> Result<(), PlatformError> {
        match self.closures.closed(&access.account.id) {
            None => Ok(()),
            Some(wait) => {
                let kind = ErrorKind::Throttled { retry_after: Some(wait) };
                Err(ours(operation, kind, "TikTok asked for no further calls for a while"))
            }
        }
    }

    /// Notes a failure that closes the account for a while.
    fn noted(&self, access: &Access, result: Result<Answer, PlatformError>) -> Result<Answer, PlatformError> {
        if let Err(error) = &result
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
            && closes_account(error)
        {
            self.closures.close(&access.account.id, wait);
        }
        result
    }

    fn request(&self, token: Option<&SecretString>, call: &Call) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{VERSION}/{}", call.path));
        let request = self.http.request(call.method.clone(), url);
        match token {
            Some(token) => request.header("Access-Token", token.expose_secret()),
            None => request,
        }
    }

    async fn answer(
        &self,
        operation: &str,
        request: RequestBuilder,
        token: Option<&SecretString>,
    ) -> Result<Answer, PlatformError> {
        let reply = self.http.send(request).await;
        let reply = reply.map_err(|error| PlatformError::transport(Platform::Tiktok, operation, error))?;
        tracing::debug!(operation, status = reply.status, log_id = log_id(&reply), "TikTok answered");
        judge(operation, &reply).map_err(|error| self.scrubbed(error, token))
    }

    fn scrubbed(&self, mut error: PlatformError, token: Option<&SecretString>) -> PlatformError {
        let mut secrets = vec![self.secret.expose_secret()];
        secrets.extend(token.map(ExposeSecret::expose_secret));
        error.message = scrub(&error.message, &secrets);
        error
    }
}

/// What one answer says. Its code decides, whatever its HTTP status (§1).
pub(super) fn judge(operation: &str, reply: &Reply) -> Result<Answer, PlatformError> {
    let Ok(envelope) = serde_json::from_slice::<Value>(&reply.body) else {
        let (kind, message) = unreadable(reply.status);
        return Err(PlatformError { trace_id: log_id(reply), ..ours(operation, kind, message) });
    };
    let request_id = text_at(&envelope, "request_id").or_else(|| log_id(reply));
    let Some(code) = at(&envelope, "code").and_then(Value::as_i64) else {
        let error = match reply.status {
            429 | 500.. => ours(operation, unreadable(reply.status).0, format!("HTTP {}", reply.status)),
            _ => missing(operation, "code"),
        };
        return Err(PlatformError { trace_id: request_id, ..error });
    };
    match code {
        DONE | DONE_IN_PART => {
            let data =
                at(&envelope, "data").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
            Ok(Answer { data, partial: code == DONE_IN_PART, request_id })
        }
        _ => {
            let message = text_at(&envelope, "message").unwrap_or_else(|| "TikTok gave no reason".to_owned());
            Err(from_answer(operation, code, &message, request_id, Utc::now()))
        }
    }
}

/// What to make of a body that is no JSON.
fn unreadable(status: u16) -> (ErrorKind, String) {
    match status {
        429 => (ErrorKind::Throttled { retry_after: None }, "too many calls".to_owned()),
        500.. => (ErrorKind::ServerFault, format!("HTTP {status}")),
        200..300 => (ErrorKind::LostAnswer, "the answer is not whole JSON".to_owned()),
        404 => {
            (ErrorKind::Refused, "TikTok has no such address; its API may have left this version".to_owned())
        }
        _ => (ErrorKind::Malformed, format!("HTTP {status} without an answer")),
    }
}

fn log_id(reply: &Reply) -> Option<String> {
    reply.headers.get("x-tt-logid").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use serde_json::json;
    use std::sync::Arc;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: body.to_owned().into() }
    }

    fn failure(status: u16, body: &str) -> PlatformError {
        judge("read campaigns", &reply(status, body)).unwrap_err()
    }

    fn api() -> Api {
        Api {
            http: Http::new(&crate::http::HttpConfig::default(), Arc::new(|| 0.5)).unwrap(),
            base: "http://127.0.0.1:9".parse().unwrap(),
            app_id: "1".to_owned(),
            secret: "s3cret".to_owned().into(),
            closures: Closures::default(),
            paced: None,
        }
    }

    #[test]
    fn a_call_goes_to_the_version_with_its_slash_and_its_token_in_a_header() {
        let call = Call::get("read", "campaign/get/", Params::new());
        let request = api().request(Some(&"t0ken".to_owned().into()), &call).build().unwrap();
        assert_eq!(request.url().path(), "/open_api/v1.3/campaign/get/");
        assert_eq!(request.headers()["access-token"], "t0ken");
        assert!(!request.headers().contains_key("authorization"));
    }

    #[test]
    fn an_error_comes_under_http_200() {
        let error = failure(200, r#"{"code":40105,"message":"Access token is incorrect","request_id":"r1"}"#);
        assert_eq!((error.kind, error.trace_id.as_deref()), (ErrorKind::Unauthenticated, Some("r1")));
        let partial =
            judge("x", &reply(200, r#"{"code":20001,"message":"partial","data":{"a":1}}"#)).unwrap();
        assert!(partial.partial && partial.data == json!({"a": 1}));
    }

    #[test]
    fn an_answer_without_a_code_is_named_as_such_and_half_of_one_is_lost() {
        assert_eq!(failure(200, r#"{"status":0}"#).field.as_deref(), Some("code"));
        assert_eq!(failure(200, r#"{"code":0,"da"#).kind, ErrorKind::LostAnswer);
        assert_eq!(failure(502, "<html>").kind, ErrorKind::ServerFault);
        assert_eq!(failure(503, "{}").kind, ErrorKind::ServerFault);
        assert_eq!(failure(404, "404 page not found").kind, ErrorKind::Refused);
        assert_eq!(failure(429, "slow down").kind, ErrorKind::Throttled { retry_after: None });
    }

    #[test]
    fn a_throttled_account_is_left_alone_and_others_are_not() {
        let api = api();
        let access = |id: &str| Access {
            account: placard_domain::AccountRef { platform: Platform::Tiktok, id: id.to_owned() },
            token: "t0ken".to_owned().into(),
            page_token: None,
            manager: None,
            urgency: Urgency::Publishing,
        };
        let failed = judge("read", &reply(200, r#"{"code":40100,"message":"QPM limit"}"#));
        assert!(api.noted(&access("1"), failed).is_err());
        assert!(api.check_open(&access("1"), "read").is_err());
        assert!(api.check_open(&access("2"), "read").is_ok());
    }

    #[test]
    fn secrets_are_masked_in_messages() {
        let error = ours("x", ErrorKind::Refused, "token t0ken of s3cret");
        let error = api().scrubbed(error, Some(&"t0ken".to_owned().into()));
        assert_eq!(error.message, "token [secret] of [secret]");
    }
}
