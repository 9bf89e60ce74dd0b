//! A server over an installation, and callers of it.

use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use placard::{
    api::{Config, Limits, Server},
    session::Session,
};
use placard_domain::{Platform, TenantId, UserId};
use placard_store::{
    password,
    rate_limit::InProcess,
    tenant::{self, Role},
    user,
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};
use uuid::Uuid;

/// Everybody's password in tests.
pub(super) const PASSWORD: &str = "correct horse battery";

/// A server, and the installation behind it.
pub(super) struct Served {
    pub(super) installation: Installation,
    server: Server,
    session: Arc<Session>,
    http: Client,
    hash: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    /// The body as JSON, or null.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body, if the request succeeded.
    pub(super) fn good(self) -> Result<Value> {
        ensure!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        Ok(self.json())
    }
}

impl Served {
    /// A server over a new installation.
    pub(super) async fn open() -> Result<Self> {
        Self::over(Installation::open().await?).await
    }

    /// The same, connected to `platform`.
    pub(super) async fn open_on(platform: Platform) -> Result<Self> {
        Self::over(Installation::open_on(platform).await?).await
    }

    /// Another server in its place, which knows nothing but what is stored.
    pub(super) async fn restarted(self) -> Result<Self> {
        let Self { installation, server, session, .. } = self;
        server.stop().await?;
        drop(session);
        Self::over(installation).await
    }

    async fn over(installation: Installation) -> Result<Self> {
        let session = Arc::new(installation.session().await?);
        let server = start(&session, Utc::now).await?;
        let hash = password::hash(PASSWORD.into()).await?;
        Ok(Self { installation, server, session, http: Client::builder().no_proxy().build()?, hash })
    }

    /// Another server over the same database, with a clock of its own. Gives its address.
    pub(super) async fn beside(&self, now: fn() -> DateTime<Utc>) -> Result<Server> {
        start(&self.session, now).await
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// A tenant of its own with an admin, who is signed in.
    pub(super) async fn tenant(&self, name: &str) -> Result<(TenantId, String)> {
        let email = format!("admin@{name}.example.com");
        let founded =
            tenant::create_with_admin(&self.installation.database.db, name, &email, &self.hash).await?;
        Ok((founded.tenant, self.login(&email, Some(name)).await?))
    }

    /// Someone new in a tenant, signed in.
    pub(super) async fn member(&self, tenant: TenantId, email: &str, role: Role) -> Result<(UserId, String)> {
        let id = UserId(Uuid::now_v7());
        let mut tx = self.installation.database.db.system().await?;
        user::insert(&mut tx, id, email, &self.hash).await?;
        tenant::join(&mut tx, tenant, id, role).await?;
        tx.commit().await?;
        Ok((id, self.login(email, None).await?))
    }

    /// An access token.
    pub(super) async fn login(&self, email: &str, tenant: Option<&str>) -> Result<String> {
        let tokens = self.tokens(email, tenant).await?;
        Ok(tokens["access_token"].as_str().context("no access token")?.to_owned())
    }

    /// An access and a refresh token.
    pub(super) async fn tokens(&self, email: &str, tenant: Option<&str>) -> Result<Value> {
        let mut body = json!({"email": email, "password": PASSWORD, "keep": "body"});
        if let Some(tenant) = tenant {
            body["tenant"] = tenant.into();
        }
        self.call("POST", "/auth/login", None, Some(body)).await?.good()
    }

    /// A request to this server.
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer> {
        self.call_at(self.address(), method, path, token, body).await
    }

    /// A request to the server at `address`.
    pub(super) async fn call_at(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer> {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send(address, method, path, token, &[("content-type", "application/json")], body).await
    }

    /// A request with headers and a body of one's own.
    pub(super) async fn send(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer> {
        let url = format!("http://{address}/api/v1{path}");
        let mut request = self.http.request(Method::from_bytes(method.as_bytes())?, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    /// A form, which may hold files.
    pub(super) async fn submit(
        &self,
        path: &str,
        token: &str,
        form: reqwest::multipart::Form,
    ) -> Result<Answer> {
        let url = format!("http://{}/api/v1{path}", self.address());
        let response = self.http.post(url).bearer_auth(token).multipart(form).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    /// The bytes at an address that needs no login, and the status.
    pub(super) async fn fetch(&self, path: &str, range: Option<&str>) -> Result<(u16, Vec<u8>)> {
        let mut request = self.http.get(format!("http://{}/api/v1{path}", self.address()));
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.bytes().await?.to_vec()))
    }

    /// The text of a stream that ends by itself.
    pub(super) async fn stream(&self, path: &str, token: &str) -> Result<String> {
        Ok(self.call("GET", path, Some(token), None).await?.text)
    }
}

async fn start(session: &Arc<Session>, now: fn() -> DateTime<Utc>) -> Result<Server> {
    let many = NonZeroU32::new(1_000_000).context("not zero")?;
    let config = Config {
        bind: SocketAddr::from(([127, 0, 0, 1], 0)),
        limits: Limits { caller: many, stranger: many, platform: many, costly: many },
        now,
        ..Config::default()
    };
    Server::start(Arc::clone(session), config, Box::new(InProcess::new())).await
}

/// The code in a message.
pub(super) fn code_in(body: &secrecy::SecretString) -> String {
    let text = secrecy::ExposeSecret::expose_secret(body);
    let code = text.split_whitespace().find(|word| word.len() == 64);
    code.expect("the message holds a code").to_owned()
}
