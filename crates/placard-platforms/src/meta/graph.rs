//! Single calls of the Graph API: address, proof, and what the answer is (Meta, `platforms/meta.md` §1, §3).

use super::{
    VERSION,
    encode::{self, Params, params},
    errors::{closes_account, from_envelope, ours},
    rates::{self, Board, Headers},
    wire::GraphError,
};
use crate::{
    Access, ErrorKind, PlatformError,
    http::{Http, Reply, TransportError, mime, scrub},
};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use placard_domain::Platform;
use reqwest::{Method, RequestBuilder, multipart};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Sha256;
use std::sync::Arc;
use url::Url;

/// The API behind one base address, for one app.
pub(super) struct Graph {
    pub(super) http: Http,
    pub(super) base: Url,
    /// Where videos are sent (§1).
    pub(super) video_base: Url,
    pub(super) app_id: String,
    pub(super) app_secret: SecretString,
    pub(super) board: Board,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// A verb phrase for messages.
    pub(super) operation: String,
    pub(super) method: Method,
    /// Behind the version.
    pub(super) path: String,
    pub(super) params: Params,
}

impl Call {
    pub(super) fn get(operation: &str, path: impl Into<String>, params: Params) -> Self {
        Self { operation: operation.to_owned(), method: Method::GET, path: path.into(), params }
    }
}

/// A file in a multipart call.
#[derive(Clone, Debug)]
pub(super) struct File<'a> {
    /// The name of its part.
    pub(super) field: &'a str,
    /// The name of the file.
    pub(super) name: &'a str,
    pub(super) bytes: Bytes,
}

/// "Application request limit reached": every account of the app waits (§20).
const APP_LIMIT: i64 = 4;

impl Graph {
    /// Reads, again if that helps.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        access: &Access,
        call: &Call,
    ) -> Result<T, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            let failure = match self.once(access, &access.token, call).await {
                Ok(value) => return decode(&call.operation, value),
                Err(error) => error,
            };
            patience.after(failure).await?;
        }
    }

    /// Reads with a token alone, where no account is meant yet; again if that helps.
    pub(super) async fn read_as<T: DeserializeOwned>(
        &self,
        token: &SecretString,
        call: &Call,
    ) -> Result<T, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.ask(call, self.request(token, call), token).await {
                Ok(value) => return decode(&call.operation, value),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Reads from an endpoint that takes the app's secret in place of a token; again if that helps.
    pub(super) async fn read_as_app<T: DeserializeOwned>(&self, call: &Call) -> Result<T, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.ask_as_app(call).await {
                Ok(value) => return decode(&call.operation, value),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Asks once as the app: codes and tokens are exchanged only once.
    pub(super) async fn ask_as_app(&self, call: &Call) -> Result<Value, PlatformError> {
        let request = self.http.request(Method::GET, self.address(&call.path));
        self.ask(call, request.query(&encode::fields(&call.params)), &self.app_secret).await
    }

    /// Asks once where no account is meant, unless Meta wants the whole app to wait.
    async fn ask(
        &self,
        call: &Call,
        request: RequestBuilder,
        secret: &SecretString,
    ) -> Result<Value, PlatformError> {
        self.check_closed(&self.app_id, &call.operation)?;
        self.record(call);
        let result = self.answer(&call.operation, request, secret, None).await;
        if let Err(error) = &result {
            self.close_for(&self.app_id, error);
        }
        result
    }

    /// Sends once with `token`, which may be another than the account's own.
    pub(super) async fn once(
        &self,
        access: &Access,
        token: &SecretString,
        call: &Call,
    ) -> Result<Value, PlatformError> {
        self.check_open(access, &call.operation)?;
        self.record(call);
        let request = self.request(token, call);
        self.answer(&call.operation, request, token, Some(access)).await
    }

    /// Sends a call with files once, as multipart. Videos have a host of their own (§1).
    pub(super) async fn upload(
        &self,
        access: &Access,
        call: &Call,
        files: Vec<File<'_>>,
    ) -> Result<Value, PlatformError> {
        let operation = call.operation.as_str();
        self.check_open(access, operation)?;
        self.record(&with_files(call, &files));
        let mut form = multipart::Form::new().text("appsecret_proof", self.proof(&access.token));
        for (name, text) in encode::fields(&call.params) {
            form = form.text(name.to_owned(), text);
        }
        for file in files {
            let part = multipart::Part::stream(file.bytes).file_name(file.name.to_owned());
            let part = part.mime_str(mime(file.name)).map_err(|error| unbuildable(operation, error))?;
            form = form.part(file.field.to_owned(), part);
        }
        let is_video = call.path.ends_with("/advideos");
        let address = behind(if is_video { &self.video_base } else { &self.base }, &call.path);
        let request = self.http.request(Method::POST, address);
        let request = request.bearer_auth(access.token.expose_secret()).multipart(form);
        self.answer(operation, request, &access.token, Some(access)).await
    }

    /// Fails without a call while Meta wants `access`'s account, or our whole app, left alone.
    pub(super) fn check_open(&self, access: &Access, operation: &str) -> Result<(), PlatformError> {
        self.check_closed(&access.account.id, operation)?;
        self.check_closed(&self.app_id, operation)
    }

    /// Fails without a call while Meta wants `whom`, an account or our app, left alone.
    fn check_closed(&self, whom: &str, operation: &str) -> Result<(), PlatformError> {
        match self.board.closed(whom) {
            None => Ok(()),
            Some(wait) => {
                let kind = ErrorKind::Throttled { retry_after: Some(wait) };
                Err(ours(operation, kind, "Meta asked for no further calls for a while"))
            }
        }
    }

    /// Notes that `error` closes the account, or with it our whole app (§20), if it does.
    pub(super) fn note_failure(&self, access: &Access, error: &PlatformError) {
        self.close_for(&access.account.id, error);
        if (error.number(), error.subcode) == (Some(APP_LIMIT), None) {
            self.close_for(&self.app_id, error);
        }
    }

    fn close_for(&self, whom: &str, error: &PlatformError) {
        if let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
            && closes_account(error)
        {
            self.board.close(whom, wait);
        }
    }

    pub(super) fn record(&self, call: &Call) {
        if let Some(journal) = self.http.journal() {
            journal.record(&call.operation, call.method.as_str(), &call.path, &call.params);
        }
    }

    /// The proof that the caller knows the app's secret: HMAC-SHA256 over the token (§3).
    pub(super) fn proof(&self, token: &SecretString) -> String {
        let key = self.app_secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(token.expose_secret().as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    pub(super) fn address(&self, path: &str) -> Url {
        behind(&self.base, path)
    }

    fn request(&self, token: &SecretString, call: &Call) -> RequestBuilder {
        let request = self.http.request(call.method.clone(), self.address(&call.path));
        let request = request.bearer_auth(token.expose_secret());
        let mut all = call.params.clone();
        all.extend(params([("appsecret_proof", Value::String(self.proof(token)))]));
        if call.method == Method::POST {
            request.form(&encode::fields(&all))
        } else {
            request.query(&encode::fields(&all))
        }
    }

    pub(super) async fn answer(
        &self,
        operation: &str,
        request: RequestBuilder,
        token: &SecretString,
        access: Option<&Access>,
    ) -> Result<Value, PlatformError> {
        let reply = self.http.send(request).await.map_err(|error| transport(operation, error))?;
        let headers = header_map(&reply);
        if let Some(access) = access {
            self.board.note(&access.account.id, &headers);
        }
        tracing::debug!(operation, status = reply.status, "Meta answered");
        let result = self.judge(operation, reply.status, &headers, &reply.body, token);
        if let (Some(access), Err(error)) = (access, &result) {
            self.note_failure(access, error);
        }
        result
    }

    /// What one answer says, whatever its HTTP status (§1, success rule).
    pub(super) fn judge(
        &self,
        operation: &str,
        status: u16,
        headers: &Headers,
        body: &[u8],
        token: &SecretString,
    ) -> Result<Value, PlatformError> {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Err(ours(operation, unreadable(status, headers, body), "the answer is not whole JSON"));
        };
        if let Some(error) = value.get("error") {
            let error: GraphError = serde_json::from_value(error.clone())
                .map_err(|cause| malformed(operation, "an error without a code", cause))?;
            let mut failure = from_envelope(operation, error, rates::wait(headers));
            self.scrub(&mut failure, token);
            return Err(failure);
        }
        match status {
            500.. => Err(ours(operation, ErrorKind::ServerFault, format!("HTTP {status}"))),
            400.. => Err(ours(operation, ErrorKind::Malformed, format!("HTTP {status} without an error"))),
            _ if value.get("success") == Some(&Value::Bool(false)) => {
                Err(ours(operation, ErrorKind::Refused, "the answer says that it was not done"))
            }
            _ => Ok(value),
        }
    }

    fn scrub(&self, failure: &mut PlatformError, token: &SecretString) {
        let proof = self.proof(token);
        let secrets = [token.expose_secret(), self.app_secret.expose_secret(), &proof];
        failure.message = scrub(&failure.message, &secrets);
        failure.user_message = failure.user_message.take().map(|text| scrub(&text, &secrets));
    }
}

/// `call` as it is written down: the names of files stand for them. The part of an image is called like its file (§6), which
/// makes it no parameter.
fn with_files(call: &Call, files: &[File<'_>]) -> Call {
    let mut call = call.clone();
    for file in files.iter().filter(|file| file.field != file.name) {
        call.params.insert(file.field.to_owned(), file.name.into());
    }
    call
}

fn behind(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{VERSION}/{path}"));
    url
}

/// Reads an answer into its type.
pub(super) fn decode<T: DeserializeOwned>(operation: &str, value: Value) -> Result<T, PlatformError> {
    serde_json::from_value(value)
        .map_err(|cause| malformed(operation, "the answer has another shape than documented", cause))
}

pub(super) fn malformed(operation: &str, message: &str, cause: serde_json::Error) -> PlatformError {
    PlatformError { source: Some(Arc::new(cause)), ..ours(operation, ErrorKind::Malformed, message) }
}

fn unbuildable(operation: &str, cause: reqwest::Error) -> PlatformError {
    transport(operation, TransportError::Unbuildable(cause))
}

fn transport(operation: &str, error: TransportError) -> PlatformError {
    PlatformError::transport(Platform::Meta, operation, error)
}

/// What to make of a body that is no JSON. Text under HTTP 200 is a failure as well (§1).
fn unreadable(status: u16, headers: &Headers, body: &[u8]) -> ErrorKind {
    let says_unavailable =
        body.windows(b"Service Unavailable".len()).any(|part| part == b"Service Unavailable");
    match status {
        429 => ErrorKind::Throttled { retry_after: rates::wait(headers) },
        500.. => ErrorKind::ServerFault,
        _ if says_unavailable => ErrorKind::ServerFault,
        400.. => ErrorKind::Malformed,
        _ => ErrorKind::LostAnswer,
    }
}

fn header_map(reply: &Reply) -> Headers {
    let readable = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    reply.headers.iter().filter_map(readable).collect()
}
