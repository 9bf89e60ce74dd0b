//! Signing in, staying signed in, signing out.

use super::{
    Address, Interrupts, Kept, Profile, ProfileError, Profiles, Proof, RemoteError, TenantRef,
    client::{http, refusal},
};
use crate::api::Reason;
use chrono::{DateTime, Duration, Utc};
use placard_domain::TenantId;
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

/// A server that nobody is signed in to yet.
pub struct Door {
    http: reqwest::Client,
    server: Address,
}

/// What a person proves themselves with.
pub struct Credentials {
    /// The address.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// The code of the second factor, or a recovery code.
    pub code: Option<SecretString>,
}

/// A person who signed in. Nothing of it is stored yet.
pub struct SignedIn {
    /// The person's address.
    pub email: String,
    /// The tenants that the person belongs to.
    pub tenants: Vec<TenantRef>,
    open: Option<TenantId>,
    tokens: Tokens,
}

/// Tokens of a session, as the API gives them.
#[derive(Clone, Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: Option<String>,
    tenant_id: Option<TenantId>,
}

impl Tokens {
    /// What is kept of them; `old` is the refresh token that stays good if none came.
    fn proof(self, old: Option<Kept>, asked_at: DateTime<Utc>) -> Option<Proof> {
        let refresh_token = self.refresh_token.map(Kept::from).or(old)?;
        let expires_at = asked_at + Duration::seconds(self.expires_in);
        Some(Proof::Session { access_token: self.access_token.into(), expires_at, refresh_token })
    }
}

#[derive(Deserialize)]
struct Health {
    version: String,
}

#[derive(Deserialize)]
struct Me {
    email: String,
    tenants: Vec<TenantRef>,
}

impl Door {
    /// The door of `server`.
    pub fn at(server: Address) -> Result<Self, RemoteError> {
        Ok(Self { http: http(&server)?, server })
    }

    /// Finds out whether Placard answers there, before anybody types a password. Gives its version.
    pub async fn knock(&self) -> Result<String, RemoteError> {
        Ok(self.ask::<Health>(self.http.get(self.server.api("/health"))).await?.version)
    }

    /// Signs in. `None` if the second factor is wanted as well.
    pub async fn sign_in(&self, credentials: &Credentials) -> Result<Option<SignedIn>, RemoteError> {
        let mut body = json!({
            "email": credentials.email, "password": credentials.password.expose_secret(), "keep": "body",
        });
        if let Some(code) = &credentials.code {
            body["code"] = code.expose_secret().into();
        }
        let login = self.http.post(self.server.api("/auth/login")).json(&body);
        let tokens: Tokens = match self.ask(login).await {
            Err(RemoteError::Refused(refusal)) if refusal.reason == Some(Reason::SecondFactor) => {
                return Ok(None);
            }
            other => other?,
        };
        let me: Me =
            self.ask(self.http.get(self.server.api("/me")).bearer_auth(&tokens.access_token)).await?;
        Ok(Some(SignedIn { email: me.email, tenants: me.tenants, open: tokens.tenant_id, tokens }))
    }

    /// Opens `tenant` and gives the profile to keep.
    pub async fn enter(
        &self,
        signed_in: SignedIn,
        tenant: TenantRef,
        name: String,
    ) -> Result<Profile, RemoteError> {
        let (asked_at, mut tokens) = (Utc::now(), signed_in.tokens);
        let refresh_token = tokens.refresh_token.clone().map(Kept::from);
        if signed_in.open != Some(tenant.id) {
            let switch = self.http.post(self.server.api("/auth/switch")).bearer_auth(&tokens.access_token);
            tokens = self.ask(switch.json(&json!({"tenant": tenant.slug}))).await?;
        }
        let proof =
            tokens.proof(refresh_token, asked_at).ok_or_else(|| self.stranger("it gave no refresh token"))?;
        Ok(Profile { name, server: self.server.clone(), who: signed_in.email, tenant: Some(tenant), proof })
    }

    /// Ends a session of which nothing was stored.
    pub async fn leave(&self, signed_in: SignedIn) -> Result<(), RemoteError> {
        let logout = self.http.post(self.server.api("/auth/logout"));
        self.expect(logout.bearer_auth(&signed_in.tokens.access_token)).await.map(drop)
    }

    /// The profile of a program, if its key is good.
    pub async fn with_key(&self, key: SecretString, name: String) -> Result<Profile, RemoteError> {
        let tenant = self.http.get(self.server.api("/tenant")).bearer_auth(key.expose_secret());
        let tenant = match self.ask::<TenantRef>(tenant).await {
            // Whoever is known and may not see the tenant is known.
            Err(RemoteError::Refused(refusal)) if refusal.is("forbidden") => None,
            other => Some(other?),
        };
        let prefix: String = key.expose_secret().chars().take(10).collect();
        let proof = Proof::ApiKey { key: key.expose_secret().to_owned().into() };
        Ok(Profile {
            name,
            server: self.server.clone(),
            who: format!("the API key {prefix}…"),
            tenant,
            proof,
        })
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, RemoteError> {
        let response = self.expect(request).await?;
        let bytes = response.bytes().await.map_err(|error| RemoteError::of(&error, &self.server))?;
        serde_json::from_slice(&bytes).map_err(|_| self.stranger("no answer of its API"))
    }

    async fn expect(&self, request: RequestBuilder) -> Result<reqwest::Response, RemoteError> {
        let response = request.send().await.map_err(|error| RemoteError::of(&error, &self.server))?;
        if response.status().is_success() { Ok(response) } else { Err(refusal(response, &self.server).await) }
    }

    fn stranger(&self, what: &str) -> RemoteError {
        RemoteError::Stranger { server: self.server.clone(), what: what.to_owned() }
    }
}

/// Renews the session of a profile, unless another process did so meanwhile. `spent` is an access token that the server
/// did not take.
///
/// A refresh token is good once, and one that comes again ends the session. So only one process at a time renews, it
/// reads what the one before has written, and between the server's answer and the new file nothing may stop it.
pub(super) async fn renew(
    http: &reqwest::Client,
    profiles: Profiles,
    name: String,
    spent: Option<Kept>,
    interrupts: &Interrupts,
) -> Result<Profile, RemoteError> {
    let (waiting, who) = (profiles.clone(), name.clone());
    let lock = tokio::task::spawn_blocking(move || waiting.renewal(&who)).await;
    let _lock = lock.map_err(|error| RemoteError::Defect(error.to_string()))??;
    let _whole = interrupts.whole().await;
    let profile = profiles.get(&name)?;
    let Proof::Session { refresh_token, .. } = profile.proof.clone() else { return Ok(profile) };
    if profile.proof.bearer(Utc::now()).is_some_and(|good| Some(good) != spent.as_ref()) {
        return Ok(profile);
    }
    // A folder that cannot be written is found out while the old token is still good.
    profiles.keep(&profile)?;
    let door = Door { http: http.clone(), server: profile.server.clone() };
    let asked_at = Utc::now();
    let refresh = http.post(profile.server.api("/auth/refresh"));
    let response = refresh.json(&json!({"refresh_token": refresh_token.reveal()})).send().await;
    let response = response.map_err(|error| RemoteError::of(&error, &profile.server))?;
    if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::CONFLICT) {
        let why = match refusal(response, &profile.server).await {
            RemoteError::Refused(refusal) if refusal.reason == Some(Reason::JustUsed) => {
                "the answer to its last renewal was lost".to_owned()
            }
            other => other.to_string(),
        };
        return Err(RemoteError::SignedOut { profile: name, server: profile.server, why });
    }
    if !response.status().is_success() {
        return Err(refusal(response, &profile.server).await);
    }
    let tokens: Tokens = response.json().await.map_err(|error| RemoteError::of(&error, &profile.server))?;
    let proof = tokens.proof(None, asked_at).ok_or_else(|| door.stranger("it gave no refresh token"))?;
    let renewed = Profile { proof, ..profile };
    profiles.keep(&renewed)?;
    Ok(renewed)
}

/// Forgets a profile, and ends its session on the server. A server that cannot be reached is told in the result.
pub async fn sign_out(
    profiles: &Profiles,
    client: &super::Client,
    profile: &Profile,
) -> Result<Option<RemoteError>, ProfileError> {
    let told = match profile.proof {
        Proof::Session { .. } => client.post_only("/auth/logout").await.err(),
        Proof::ApiKey { .. } => None,
    };
    profiles.forget(&profile.name)?;
    Ok(told.filter(|error| !matches!(error, RemoteError::SignedOut { .. })))
}
