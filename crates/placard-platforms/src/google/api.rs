//! Single calls: address, headers, and what the answer is (Google, `platforms/google.md` §1, §7).

use super::{
    VERSION,
    errors::{Failed, closes_account, from_failure, from_status, kind_of_http, ours},
    pace::{Paced, cost},
    wire::{Failure, Status},
};
use crate::{
    Access, ErrorCode, ErrorKind, Next, PlatformError, Room, Urgency,
    http::{Closures, Http, Reply, scrub},
};
use placard_domain::Platform;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};
use url::Url;

/// The API behind one base address.
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) base: Url,
    pub(super) developer_token: Option<SecretString>,
    pub(super) closures: Closures,
    pub(super) paced: Option<Paced>,
    writing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// Stands for all accounts of our project where single ones are named.
pub(super) const PROJECT: &str = "project";

/// With whose rights, and about which account, a call is made.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) token: &'a SecretString,
    /// The manager account through which the account is reached.
    pub(super) manager: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) urgency: Urgency,
}

impl<'a> From<&'a Access> for Caller<'a> {
    fn from(access: &'a Access) -> Self {
        let (manager, account) = (access.manager.as_deref(), Some(access.account.id.as_str()));
        Self { token: &access.token, manager, account, urgency: access.urgency }
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// A verb phrase for messages.
    pub(super) operation: String,
    pub(super) method: Method,
    /// Behind the version.
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Call {
    pub(super) fn post(operation: &str, path: impl Into<String>, body: Value) -> Self {
        Self { operation: operation.to_owned(), method: Method::POST, path: path.into(), body: Some(body) }
    }
}

impl Api {
    pub(super) fn new(
        http: Http,
        base: Url,
        developer_token: Option<SecretString>,
        paced: Option<Paced>,
    ) -> Self {
        let (closures, writing) = (Closures::default(), Mutex::default());
        Self { http, base, developer_token, closures, paced, writing }
    }

    /// Reads, again if that helps.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        caller: Caller<'_>,
        call: &Call,
    ) -> Result<T, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.once(caller, call).await {
                Ok(value) => return decode(&call.operation, value),
                Err(failed) => patience.after(failed.error).await?,
            }
        }
    }

    /// Sends once.
    pub(super) async fn once(&self, caller: Caller<'_>, call: &Call) -> Result<Value, Failed> {
        self.check_open(caller, &call.operation)?;
        self.record(call);
        let sent = self.answer(&call.operation, self.request(caller, call), caller);
        let result = match &self.paced {
            Some(paced) => {
                let what = (call.operation.as_str(), cost(call.body.as_ref()));
                paced.send(caller.urgency, what, sent).await
            }
            None => sent.await,
        };
        if let Err(failed) = &result {
            self.note_failure(caller, failed);
        }
        result
    }

    /// How many of `next` can go out.
    pub(super) async fn room(&self, access: &Access, next: Next<'_>) -> Result<Room, PlatformError> {
        let names = [access.account.id.as_str(), PROJECT];
        if let Some(wait) = names.iter().filter_map(|name| self.closures.closed(name)).max() {
            return Ok(Room::After {
                wait,
                limit: "Google asked for no further calls for a while".to_owned(),
            });
        }
        match &self.paced {
            Some(paced) => paced.room(access, next).await,
            None => Ok(Room::ENOUGH),
        }
    }

    /// Held while something is written to `account`: writes of one account follow each other (§8).
    pub(super) fn writing(&self, account: &str) -> Arc<tokio::sync::Mutex<()>> {
        // What the map holds stays right even if another thread panicked while it held the lock.
        let mut writing = self.writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(writing.entry(account.to_owned()).or_default())
    }

    pub(super) fn record(&self, call: &Call) {
        if let Some(journal) = self.http.journal() {
            let params: BTreeMap<String, Value> =
                call.body.as_ref().and_then(Value::as_object).cloned().into_iter().flatten().collect();
            journal.record(&call.operation, call.method.as_str(), &call.path, &params);
        }
    }

    /// Fails without a call while Google wants the account, or the whole project, left alone.
    fn check_open(&self, caller: Caller<'_>, operation: &str) -> Result<(), PlatformError> {
        let names = caller.account.into_iter().chain([PROJECT]);
        let Some(wait) = names.filter_map(|name| self.closures.closed(name)).max() else { return Ok(()) };
        let kind = ErrorKind::Throttled { retry_after: Some(wait) };
        Err(ours(operation, kind, "Google asked for no further calls for a while"))
    }

    fn note_failure(&self, caller: Caller<'_>, failed: &Failed) {
        if let ErrorKind::Throttled { retry_after: Some(wait) } = failed.error.kind
            && closes_account(&failed.error)
        {
            let account = caller.account.filter(|_| !failed.for_everybody);
            self.closures.close(account.unwrap_or(PROJECT), wait);
        }
    }

    fn request(&self, caller: Caller<'_>, call: &Call) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{VERSION}/{}", call.path));
        let mut request =
            self.http.request(call.method.clone(), url).bearer_auth(caller.token.expose_secret());
        if let Some(manager) = caller.manager {
            request = request.header("login-customer-id", manager);
        }
        if let Some(token) = &self.developer_token {
            request = request.header("developer-token", token.expose_secret());
        }
        match &call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    async fn answer(
        &self,
        operation: &str,
        request: RequestBuilder,
        caller: Caller<'_>,
    ) -> Result<Value, Failed> {
        let reply = self.http.send(request).await;
        let reply = reply.map_err(|error| PlatformError::transport(Platform::Google, operation, error))?;
        tracing::debug!(operation, status = reply.status, request_id = request_id(&reply), "Google answered");
        judge(operation, &reply).map_err(|failed| self.scrubbed(failed, caller))
    }

    fn scrubbed(&self, mut failed: Failed, caller: Caller<'_>) -> Failed {
        let mut secrets = vec![caller.token.expose_secret()];
        secrets.extend(self.developer_token.as_ref().map(ExposeSecret::expose_secret));
        let clean = |error: &mut PlatformError| {
            error.message = scrub(&error.message, &secrets);
            error.user_message = error.user_message.take().map(|text| scrub(&text, &secrets));
        };
        clean(&mut failed.error);
        failed.parts.iter_mut().for_each(|part| clean(&mut part.error));
        failed
    }
}

/// What one answer says. Errors of streams stand inside a list (§6).
pub(super) fn judge(operation: &str, reply: &Reply) -> Result<Value, Failed> {
    let (http, id) = (reply.status, request_id(reply));
    let Ok(value) = serde_json::from_slice::<Value>(&reply.body) else {
        // A page instead of JSON: the version is gone or the address misspelt (§12).
        let (kind, message) = match http {
            200..300 => (ErrorKind::LostAnswer, "the answer is not whole JSON".to_owned()),
            404 => (
                ErrorKind::Refused,
                "Google has no such address; its API may have left this version".to_owned(),
            ),
            _ => (kind_of_http(http), format!("HTTP {http}")),
        };
        return Err(PlatformError { trace_id: id, ..ours(operation, kind, message) }.into());
    };
    let refusal = match &value {
        Value::Array(parts) => parts.iter().find_map(|part| part.get("error")),
        other => other.get("error"),
    };
    let Some(refusal) = refusal else {
        return match http {
            200..300 => Ok(value),
            _ => Err(PlatformError {
                trace_id: id,
                ..ours(operation, kind_of_http(http), format!("HTTP {http} without an error"))
            }
            .into()),
        };
    };
    let status: Status = decode(operation, refusal.clone())?;
    let failure = status.details.iter().find(|detail| is_ads_failure(detail)).cloned();
    let failure: Option<Failure> = failure.map(|failure| decode(operation, failure)).transpose()?;
    let failed = failure.and_then(|failure| from_failure(operation, failure, id.clone()));
    // A stream's error comes under the status of its beginning; its own number counts then.
    let code = refusal.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    Err(failed.unwrap_or_else(|| from_status(operation, code.unwrap_or(http), status, id).into()))
}

fn is_ads_failure(detail: &Value) -> bool {
    detail.get("@type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with(".GoogleAdsFailure"))
}

fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

/// Whether `error` says that the account itself cannot be used, so that a list goes on without it (§12).
pub(super) fn is_unusable_account(error: &PlatformError) -> bool {
    matches!(&error.code, Some(ErrorCode::Name(code)) if code == "authorizationError.CUSTOMER_NOT_ENABLED")
}

/// Reads an answer into its type.
pub(super) fn decode<T: DeserializeOwned>(operation: &str, value: Value) -> Result<T, PlatformError> {
    serde_json::from_value(value).map_err(|cause| PlatformError {
        source: Some(Arc::new(cause)),
        ..ours(operation, ErrorKind::Malformed, "the answer has another shape than documented")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::json;

    fn reply(status: u16, body: &str) -> Reply {
        let headers = HeaderMap::from_iter([(
            reqwest::header::HeaderName::from_static("request-id"),
            HeaderValue::from_static("r1"),
        )]);
        Reply { status, headers, body: body.to_owned().into() }
    }

    fn failure(status: u16, body: &str) -> PlatformError {
        judge("read campaigns", &reply(status, body)).unwrap_err().error
    }

    fn api() -> Api {
        let http = Http::new(&crate::http::HttpConfig::default(), Arc::new(|| 0.5)).unwrap();
        Api::new(http, "http://127.0.0.1:9".parse().unwrap(), Some("developer".to_owned().into()), None)
    }

    #[test]
    fn a_call_names_its_token_its_manager_and_the_project() {
        let token = "ya29".to_owned().into();
        let caller = Caller {
            token: &token,
            manager: Some("1112223334"),
            account: Some("1234567890"),
            urgency: Urgency::Publishing,
        };
        let call = Call::post("read", "customers/1234567890/googleAds:search", json!({"query": "q"}));
        let request = api().request(caller, &call).build().unwrap();
        assert_eq!(request.url().path(), "/v26/customers/1234567890/googleAds:search");
        for (name, value) in [
            ("authorization", "Bearer ya29"),
            ("login-customer-id", "1112223334"),
            ("developer-token", "developer"),
        ] {
            assert_eq!(request.headers()[name], value, "{name}");
        }
    }

    #[test]
    fn writes_of_one_account_wait_for_each_other_and_not_for_others() {
        let api = api();
        let (first, other) = (api.writing("1"), api.writing("2"));
        let _turn = first.try_lock().unwrap();
        assert!(api.writing("1").try_lock().is_err());
        assert!(other.try_lock().is_ok());
    }

    #[test]
    fn a_limit_of_the_project_closes_every_account_and_one_of_an_account_only_that() {
        let token = "ya29".to_owned().into();
        let caller = |account| Caller {
            token: &token,
            manager: None,
            account: Some(account),
            urgency: Urgency::Publishing,
        };
        for (scope, others_closed) in [("ACCOUNT", false), ("DEVELOPER", true)] {
            let api = api();
            let body = json!({"error": {"code": 429, "details": [{
                "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure", "errors": [{
                    "errorCode": {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"}, "message": "m",
                    "details": {"quotaErrorDetails": {"rateScope": scope, "retryDelay": "600s"}}}]}]}});
            let failed = judge("read", &reply(429, &body.to_string())).unwrap_err();
            api.note_failure(caller("1"), &failed);
            assert!(api.check_open(caller("1"), "read").is_err());
            assert_eq!(api.check_open(caller("2"), "read").is_err(), others_closed, "{scope}");
        }
    }

    #[test]
    fn a_list_is_an_answer_unless_an_error_is_in_it() {
        assert_eq!(judge("read", &reply(200, "[]")).unwrap(), json!([]));
        let stream = r#"[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]"#;
        let error = failure(200, stream);
        assert_eq!((error.kind, error.trace_id.as_deref()), (ErrorKind::ServerFault, Some("r1")));
    }

    #[test]
    fn a_page_instead_of_json_is_no_puzzle() {
        assert_eq!(failure(404, "<html>").kind, ErrorKind::Refused);
        assert_eq!(failure(503, "<html>").kind, ErrorKind::ServerFault);
        assert_eq!(failure(200, "{\"resul").kind, ErrorKind::LostAnswer);
        assert_eq!(failure(502, "{}").kind, ErrorKind::ServerFault);
    }
}
