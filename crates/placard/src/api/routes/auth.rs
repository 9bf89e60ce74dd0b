//! Signing in and out: access tokens, rotating refresh tokens.

use crate::api::{
    Api, Shared,
    body::Body,
    caller::{Caller, unauthenticated},
    problem::{Code, Problem, Reason},
    text::{Email, Text},
    tokens::{Claims, LIFETIME},
};
use crate::people::fresh_token;
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Duration, Utc};
use placard_domain::{SessionId, TenantId, UserId};
use placard_store::{
    SystemTx, TokenHash,
    audit::{self, Actor, Origin},
    login_guard, password,
    session::{self, NewSession, Refreshed, RevokedReason},
    tenant, totp, user,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(switch))
}

/// How long a session lives without being used.
const SESSION: Duration = Duration::days(30);

const COOKIE: &str = "placard_refresh";

/// Where the refresh token goes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Keep {
    /// Into a cookie that scripts cannot read.
    #[default]
    Cookie,
    /// Into the answer, for programs.
    Body,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The address.
    email: Email,
    /// The password.
    password: Text<1, 200>,
    /// The code of the second factor, or a recovery code.
    code: Option<Text<6, 40>>,
    /// The tenant to open, by slug; the only one, if there is one only.
    tenant: Option<Text<1, 60>>,
    /// Where the refresh token goes.
    #[serde(default)]
    keep: Keep,
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
struct Session {
    /// Send it as `authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// For how many seconds the access token is good.
    expires_in: i64,
    /// Gives the next access token, once. Absent if it is in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// The tenant that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<Uuid>,
}

/// Signs in. After five wrong passwords the account rests for a minute, then longer.
#[utoipa::path(post, path = "/auth/login", tag = "sign-in", request_body = Login,
    responses((status = 200, body = Session), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn login(
    State(api): State<Shared>,
    Extension(origin): Extension<Origin>,
    Body(login): Body<Login>,
) -> Result<Response, Problem> {
    let now = (api.now)();
    api.count_attempt(login.email.as_str(), &origin, now).await?;
    let Some(known) = api.verify_password(&login).await? else {
        return Err(api.refused(&login, &origin, now).await?);
    };
    let vault = api.session.vault();
    let mut tx = api.session.db().system().await?;
    tx.come_from(origin.clone());
    let factor = totp::find(&mut tx, known.id).await?;
    if let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) {
        let Some(code) = &login.code else {
            let missing = unauthenticated("the second factor is missing").help("send its `code`");
            return Err(missing.reason(Reason::SecondFactor));
        };
        let secret = vault.open_system(&mut tx, totp::place(known.id), &factor.sealed).await?;
        if !super::me::code_fits(&mut tx, known.id, &secret, code.as_str(), now).await? {
            drop(tx);
            return Err(api.refused(&login, &origin, now).await?);
        }
    }
    login_guard::clear(&mut tx, &login_guard::Subject::user(login.email.as_str())).await?;
    user::note_login(&mut tx, known.id).await?;
    let tenant = choose_tenant(&mut tx, known.id, login.tenant.as_ref().map(Text::as_str)).await?;
    let fresh = fresh_token();
    let new = NewSession {
        user: known.id,
        tenant,
        refresh: TokenHash::of(&fresh),
        expires_at: now + SESSION,
        ip: origin.ip,
        user_agent: origin.agent.clone(),
    };
    let session = session::open(&mut tx, &new, now).await?;
    let actor = Actor::User { id: known.id, name: known.email.clone() };
    note(tx, tenant, &actor, audit::Action::Login, known.id, None).await?;
    api.answer(known.id, session, tenant, fresh, login.keep, now)
}

impl Api {
    /// Counts an attempt before the password is looked at, so that guesses that come at once are counted as well.
    /// Refuses while the account or the address rests.
    pub(super) async fn count_attempt(
        &self,
        email: &str,
        origin: &Origin,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let account = login_guard::Subject::user(email);
        let subjects: Vec<_> =
            origin.ip.map(login_guard::Subject::address).into_iter().chain([account.clone()]).collect();
        let mut tx = self.session.db().system().await?;
        let until = login_guard::check(&mut tx, &subjects, now).await?;
        if until.is_none() {
            login_guard::fail(&mut tx, &[account], now).await?;
        }
        tx.commit().await?;
        let Some(until) = until else { return Ok(()) };
        let wait = (until - now).num_seconds().max(1).unsigned_abs();
        Err(Problem::new(Code::TooManyRequests, format!("too many wrong attempts; try again in {wait} s"))
            .retry_after(wait))
    }

    /// The person, if the password is right. It takes as long when nobody has the address.
    async fn verify_password(&self, login: &Login) -> Result<Option<user::Credentials>, Problem> {
        let mut tx = self.session.db().system().await?;
        let known = user::find_by_email(&mut tx, login.email.as_str()).await?;
        tx.commit().await?;
        let hash = known.as_ref().map_or_else(|| NOBODY.to_owned(), |known| known.password_hash.clone());
        let given = SecretString::from(login.password.as_str());
        let right = password::verify(given, hash).await.map_err(|error| Problem::defect(&error))?;
        Ok(known.filter(|_| right))
    }

    async fn refused(&self, login: &Login, origin: &Origin, now: DateTime<Utc>) -> Result<Problem, Problem> {
        let mut tx = self.session.db().system().await?;
        tx.come_from(origin.clone());
        if let Some(ip) = origin.ip {
            login_guard::fail(&mut tx, &[login_guard::Subject::address(ip)], now).await?;
        }
        if let Some(known) = user::find_by_email(&mut tx, login.email.as_str()).await? {
            let tenant = tenant::memberships_of(&mut tx, known.id).await?.first().map(|one| one.tenant);
            let actor = Actor::User { id: known.id, name: known.email };
            note(tx, tenant, &actor, audit::Action::Refuse, known.id, None).await?;
        } else {
            tx.commit().await?;
        }
        Ok(unauthenticated("the address, the password or the code is wrong"))
    }

    /// Tokens for a session.
    fn answer(
        &self,
        user: UserId,
        session: SessionId,
        tenant: Option<TenantId>,
        refresh: SecretString,
        keep: Keep,
        now: DateTime<Utc>,
    ) -> Result<Response, Problem> {
        let claims = Claims::new(user, session, tenant, now);
        let access_token = self.tokens.sign(&claims).map_err(|error| Problem::defect(&error))?;
        let body = Session {
            access_token,
            token_type: "Bearer",
            expires_in: LIFETIME.num_seconds(),
            refresh_token: (keep == Keep::Body).then(|| refresh.expose_secret().to_owned()),
            tenant_id: tenant.map(|tenant| tenant.0),
        };
        let mut response = Json(body).into_response();
        if keep == Keep::Cookie {
            let cookie = self.cookie(refresh.expose_secret(), SESSION.num_seconds());
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    fn cookie(&self, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.secure_cookies { "; Secure" } else { "" };
        let path = format!("{}/auth", crate::api::PREFIX);
        let text =
            format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path={path}; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&text).expect("tokens are hexadecimal")
    }
}

/// A hash that no password fits, so that an unknown address takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn choose_tenant(
    tx: &mut SystemTx,
    user: UserId,
    wanted: Option<&str>,
) -> Result<Option<TenantId>, Problem> {
    let memberships = tenant::memberships_of(tx, user).await?;
    let Some(slug) = wanted else {
        return Ok(if memberships.len() == 1 { memberships.first().map(|one| one.tenant) } else { None });
    };
    let found = tenant::find_by_slug(tx, slug).await?;
    let mine = found.filter(|tenant| memberships.iter().any(|one| one.tenant == tenant.id));
    mine.map(|tenant| Some(tenant.id)).ok_or_else(|| Problem::unfit("tenant", "is none of yours"))
}

/// Writes what a person did into the log of a tenant, and commits.
pub(super) async fn note(
    tx: SystemTx,
    tenant: Option<TenantId>,
    actor: &Actor,
    action: audit::Action,
    about: UserId,
    new: Option<serde_json::Value>,
) -> Result<(), Problem> {
    let Some(tenant) = tenant else { return Ok(tx.commit().await?) };
    let entry = audit::Entry { action, entity_type: "users", entity_id: about.to_string(), old: None, new };
    let mut tx = tx.into_tenant(tenant).await?;
    audit::append(&mut tx, actor, &entry).await?;
    Ok(tx.commit().await?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// The refresh token; without it, the cookie's is taken.
    refresh_token: Option<Text<1, 200>>,
}

/// Gives the next tokens for a refresh token, which is used up. A token that is used twice ends its session.
#[utoipa::path(post, path = "/auth/refresh", tag = "sign-in", request_body = Refresh,
    responses((status = 200, body = Session), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn refresh(
    State(api): State<Shared>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(request): Body<Refresh>,
) -> Result<Response, Problem> {
    let now = (api.now)();
    let (old, keep) = match request.refresh_token {
        Some(token) => (SecretString::from(token.into_inner()), Keep::Body),
        None => (cookie_token(&headers)?, Keep::Cookie),
    };
    let fresh = fresh_token();
    let mut tx = api.session.db().system().await?;
    tx.come_from(origin);
    let came =
        session::refresh(&mut tx, &TokenHash::of(&old), &TokenHash::of(&fresh), now, now + SESSION).await?;
    match came {
        Refreshed::Renewed { session, user, tenant } => {
            tx.commit().await?;
            api.answer(user, session, tenant, fresh, keep, now)
        }
        Refreshed::JustUsed => {
            tx.commit().await?;
            Err(Problem::new(Code::Conflict, "the token was used a moment ago, by someone beside you")
                .help("use the tokens that the other request was given")
                .reason(Reason::JustUsed))
        }
        Refreshed::Reused { user, .. } => {
            let tenant = tenant::memberships_of(&mut tx, user).await?.first().map(|one| one.tenant);
            let actor = Actor::User { id: user, name: "whoever held the token".into() };
            let why = serde_json::json!({"session": "ended: a refresh token was used twice"});
            note(tx, tenant, &actor, audit::Action::Revoke, user, Some(why)).await?;
            api.standings.forget();
            Err(unauthenticated("the token was used before, so its session was ended; sign in again"))
        }
        Refreshed::Unknown | Refreshed::Expired | Refreshed::Revoked => {
            tx.commit().await?;
            Err(unauthenticated("the refresh token is not valid; sign in again"))
        }
    }
}

fn cookie_token(headers: &HeaderMap) -> Result<SecretString, Problem> {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ours =
        cookies.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
    ours.map(|(_, value)| SecretString::from(value))
        .ok_or_else(|| unauthenticated("no refresh token was sent"))
}

/// Ends the session.
#[utoipa::path(post, path = "/auth/logout", tag = "sign-in", responses((status = 204)))]
async fn logout(State(api): State<Shared>, caller: Caller) -> Result<Response, Problem> {
    let (user, session) = caller.person()?;
    let mut tx = caller.begin_system(&api).await?;
    session::revoke(&mut tx, session, RevokedReason::Logout, (api.now)()).await?;
    note(tx, caller.tenant().ok(), &caller.actor(), audit::Action::Logout, user, None).await?;
    api.standings.forget();
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, api.cookie("", 0))]).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// The tenant to open, by slug.
    tenant: Text<1, 60>,
}

/// Opens another tenant of yours in this session.
#[utoipa::path(post, path = "/auth/switch", tag = "sign-in", request_body = Switch,
    responses((status = 200, body = Session)))]
async fn switch(
    State(api): State<Shared>,
    caller: Caller,
    Body(request): Body<Switch>,
) -> Result<Json<Session>, Problem> {
    let (user, session) = caller.person()?;
    let mut tx = api.session.db().system().await?;
    let tenant = choose_tenant(&mut tx, user, Some(request.tenant.as_str())).await?;
    if let Some(tenant) = tenant {
        session::switch_tenant(&mut tx, session, tenant).await?;
    }
    tx.commit().await?;
    let claims = Claims::new(user, session, tenant, (api.now)());
    let access_token = api.tokens.sign(&claims).map_err(|error| Problem::defect(&error))?;
    Ok(Json(Session {
        access_token,
        token_type: "Bearer",
        expires_in: LIFETIME.num_seconds(),
        refresh_token: None,
        tenant_id: tenant.map(|tenant| tenant.0),
    }))
}
