//! Requests in the name of a profile.

use super::{Address, Events, Interrupts, Kept, Profile, Profiles, Proof, Refusal, RemoteError, login};
use chrono::Utc;
use reqwest::{Method, Response, StatusCode, header, multipart::Form, redirect};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::Mutex;

/// How often a server that asks to wait is asked again.
const ASKED_TO_WAIT: u32 = 5;
/// How long sending a file and its answer may take.
const UPLOAD: Duration = Duration::from_secs(30 * 60);
/// The longest wait that is still waited for.
const PATIENCE: Duration = Duration::from_secs(65);

/// Sends requests in the name of a profile.
pub struct Client {
    http: reqwest::Client,
    server: Address,
    profiles: Profiles,
    profile: Mutex<Profile>,
    interrupts: Interrupts,
    tell: fn(&str),
}

/// A body.
enum Body {
    None,
    Sent {
        kind: &'static str,
        bytes: Vec<u8>,
    },
    /// A form with one file, which is read anew whenever it has to be sent again.
    File {
        field: &'static str,
        path: PathBuf,
    },
}

impl Client {
    /// Works with `profile`. What a person should know meanwhile goes to `tell`.
    pub fn new(
        profiles: Profiles,
        profile: Profile,
        interrupts: Interrupts,
        tell: fn(&str),
    ) -> Result<Self, RemoteError> {
        let server = profile.server.clone();
        Ok(Self { http: http(&server)?, server, profiles, profile: Mutex::new(profile), interrupts, tell })
    }

    /// What Ctrl-C does.
    pub const fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }

    /// Asks for `path`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, RemoteError> {
        let response = self.send(Method::GET, path, query, None, &Body::None).await?;
        self.read(response).await
    }

    /// Posts `body` to `path`.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<T, RemoteError> {
        let response = self.send(Method::POST, path, query, None, &json(body)?).await?;
        self.read(response).await
    }

    /// Posts to `path`, and reads what is answered.
    pub async fn ask_for<T: DeserializeOwned>(&self, path: &str) -> Result<T, RemoteError> {
        let response = self.send(Method::POST, path, &[], None, &Body::None).await?;
        self.read(response).await
    }

    /// Posts the file at `file` to `path`, in a form that has nothing else. It is not held in memory.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        field: &'static str,
        file: &Path,
    ) -> Result<T, RemoteError> {
        let body = Body::File { field, path: file.to_owned() };
        let response = self.send(Method::POST, path, &[], None, &body).await?;
        self.read(response).await
    }

    /// Puts `body` at `path`.
    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, RemoteError> {
        let response = self.send(Method::PUT, path, &[], None, &json(body)?).await?;
        self.read(response).await
    }

    /// Puts text at `path`, and reads what is answered.
    pub async fn put_text<T: DeserializeOwned>(
        &self,
        path: &str,
        kind: &'static str,
        bytes: Vec<u8>,
    ) -> Result<T, RemoteError> {
        let response = self.send(Method::PUT, path, &[], None, &Body::Sent { kind, bytes }).await?;
        self.read(response).await
    }

    /// Puts a file at `path`.
    pub async fn put_bytes(
        &self,
        path: &str,
        query: &[(&str, &str)],
        kind: &'static str,
        bytes: Vec<u8>,
    ) -> Result<(), RemoteError> {
        self.send(Method::PUT, path, query, None, &Body::Sent { kind, bytes }).await.map(drop)
    }

    /// Puts `body` at `path`, which answers nothing.
    pub async fn put_only(&self, path: &str, body: &impl Serialize) -> Result<(), RemoteError> {
        self.send(Method::PUT, path, &[], None, &json(body)?).await.map(drop)
    }

    /// Posts to `path`, which answers nothing.
    pub async fn post_only(&self, path: &str) -> Result<(), RemoteError> {
        self.send(Method::POST, path, &[], None, &Body::None).await.map(drop)
    }

    /// Deletes what is at `path`.
    pub async fn delete(&self, path: &str) -> Result<(), RemoteError> {
        self.send(Method::DELETE, path, &[], None, &Body::None).await.map(drop)
    }

    /// Posts to `path` and listens to what comes of it.
    pub async fn listen(&self, path: &str, query: &[(&str, &str)]) -> Result<Events, RemoteError> {
        let stream = Some("text/event-stream");
        let response = self.send(Method::POST, path, query, stream, &Body::None).await?;
        Ok(Events::new(self.server.clone(), response))
    }

    async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, RemoteError> {
        let text = response.text().await.map_err(|error| RemoteError::of(&error, &self.server))?;
        self.understood(&text)
    }

    /// What the server said, as this version knows it.
    pub fn understood<T: DeserializeOwned>(&self, text: &str) -> Result<T, RemoteError> {
        serde_json::from_str(text).map_err(|error| RemoteError::Stranger {
            server: self.server.clone(),
            what: format!("an answer of another version: {error}"),
        })
    }

    /// The error for a stream that broke.
    pub fn broken(&self, why: &str) -> RemoteError {
        RemoteError::Broken { server: self.server.clone(), why: why.to_owned() }
    }

    /// Sends a request until it is answered: with a token that is good, and as late as the server asks.
    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        accept: Option<&'static str>,
        body: &Body,
    ) -> Result<Response, RemoteError> {
        let (mut spent, mut waited) = (None, 0);
        loop {
            let bearer = self.bearer(spent.as_ref()).await?;
            let mut request = self.http.request(method.clone(), self.server.api(path)).query(query);
            request = request.bearer_auth(bearer.reveal());
            request = request.header(header::ACCEPT, accept.unwrap_or("application/json"));
            request = match body {
                Body::None => request,
                Body::Sent { kind, bytes } => request.header(header::CONTENT_TYPE, *kind).body(bytes.clone()),
                Body::File { field, path } => {
                    let file = path.display().to_string();
                    let form = Form::new().file(*field, path).await;
                    let form = form.map_err(|source| RemoteError::Unreadable { file, source })?;
                    request.multipart(form).timeout(UPLOAD)
                }
            };
            let response = request.send().await.map_err(|error| RemoteError::of(&error, &self.server))?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            // The token may have been ended on the server before its time.
            if status == StatusCode::UNAUTHORIZED && spent.is_none() && self.can_renew().await {
                spent = Some(bearer);
                continue;
            }
            if let Some(wait) = asked_to_wait(&response).filter(|_| waited < ASKED_TO_WAIT) {
                (self.tell)(&format!("the server asks to wait {} s", wait.as_secs()));
                tokio::time::sleep(wait).await;
                waited += 1;
                continue;
            }
            return Err(self.refusal(response).await);
        }
    }

    async fn can_renew(&self) -> bool {
        matches!(self.profile.lock().await.proof, Proof::Session { .. })
    }

    /// What proves who asks. `spent` is what the server did not take.
    async fn bearer(&self, spent: Option<&Kept>) -> Result<Kept, RemoteError> {
        let mut profile = self.profile.lock().await;
        if let Some(good) = profile.proof.bearer(Utc::now()).filter(|good| Some(*good) != spent) {
            return Ok(good.clone());
        }
        let (http, profiles) = (self.http.clone(), self.profiles.clone());
        let (name, spent, interrupts) = (profile.name.clone(), spent.cloned(), self.interrupts.clone());
        // As a task of its own, so that it is carried through even if nobody waits for it any more.
        let renewal =
            tokio::spawn(async move { login::renew(&http, profiles, name, spent, &interrupts).await });
        *profile = renewal.await.map_err(|error| RemoteError::Defect(error.to_string()))??;
        match profile.proof.bearer(Utc::now()) {
            Some(good) => Ok(good.clone()),
            None => Err(RemoteError::Defect("the server gives tokens that have ended already".into())),
        }
    }

    async fn refusal(&self, response: Response) -> RemoteError {
        let error = refusal(response, &self.server).await;
        match error.refusal() {
            Some(refusal) if refusal.is("unauthenticated") => {
                let (profile, why) = (self.profile.lock().await.name.clone(), refusal.to_string());
                RemoteError::SignedOut { profile, server: self.server.clone(), why }
            }
            _ => error,
        }
    }
}

fn json(body: &impl Serialize) -> Result<Body, RemoteError> {
    let bytes = serde_json::to_vec(body).map_err(|error| RemoteError::Defect(error.to_string()))?;
    Ok(Body::Sent { kind: "application/json", bytes })
}

/// How long the server asks to wait. What it says then was not begun.
fn asked_to_wait(response: &Response) -> Option<Duration> {
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|wait| *wait <= PATIENCE)
}

/// What an answer says that is no success.
pub(super) async fn refusal(response: Response, server: &Address) -> RemoteError {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    if status.is_redirection() {
        let to =
            response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
        let what = format!("it sends us to {to}; sign in there if you trust it");
        return RemoteError::Stranger { server: server.clone(), what };
    }
    let body = response.bytes().await.unwrap_or_default();
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"))
        && let Ok(refusal) = serde_json::from_slice::<Refusal>(&body)
    {
        return RemoteError::Refused(Box::new(refusal));
    }
    RemoteError::Stranger { server: server.clone(), what: format!("HTTP {status}") }
}

/// A client that follows no redirect, because a token goes only where its owner sent it.
pub(super) fn http(server: &Address) -> Result<reqwest::Client, RemoteError> {
    // Whoever comes second finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("placard/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(90));
    if server.is_here() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| RemoteError::of(&error, server))
}
