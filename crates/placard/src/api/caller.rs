//! Who calls: a person with an access token, or a program with an API key. Every route asks here first.

use super::{
    Api, Shared,
    access::{self, Permission, Permissions, Rule},
    problem::{Code, Problem},
    tokens::TokenError,
};
use crate::people::KEY_PREFIX;
use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, header, request::Parts},
};
use chrono::{DateTime, Utc};
use placard_domain::{ApiKeyId, SessionId, TenantId, UserId};
use placard_store::{
    SystemTx, TenantTx, TokenHash, api_key,
    audit::{Actor, Origin},
    rate_limit::Limit,
    standing, tenant,
};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Who calls, and what they may do in which tenant.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The person or program.
    pub(crate) who: Who,
    /// The tenant, if one was chosen.
    tenant: Option<TenantId>,
    permissions: Permissions,
    /// Where the request comes from.
    pub(crate) origin: Origin,
}

/// A person or a program.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// A person who signed in.
    Person {
        /// Who.
        user: UserId,
        /// The address, to show.
        email: String,
        /// The session.
        session: SessionId,
    },
    /// A program with a key.
    Program {
        /// The key.
        key: ApiKeyId,
        /// Its name, to show.
        name: String,
        /// Who made it.
        user: UserId,
    },
}

impl Caller {
    /// What the audit log shows.
    pub(crate) fn actor(&self) -> Actor {
        let (id, name) = match &self.who {
            Who::Person { user, email, .. } => (*user, email.clone()),
            Who::Program { user, name, .. } => (*user, format!("API key {name}")),
        };
        Actor::User { id, name }
    }

    /// The tenant.
    pub(crate) fn tenant(&self) -> Result<TenantId, Problem> {
        self.tenant.ok_or_else(|| {
            Problem::new(Code::Forbidden, "no tenant is chosen")
                .help("POST /api/v1/auth/switch with one of yours")
        })
    }

    /// What the caller may do.
    pub(crate) const fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Refuses who may not.
    pub(crate) fn expect(&self, permission: Permission) -> Result<(), Problem> {
        if self.permissions.allow(permission) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, format!("this needs the permission {}", permission.as_str())))
    }

    /// The person and the session, or a refusal for programs.
    pub(crate) fn person(&self) -> Result<(UserId, SessionId), Problem> {
        match self.who {
            Who::Person { user, session, .. } => Ok((user, session)),
            Who::Program { .. } => {
                Err(Problem::new(Code::Forbidden, "this is for people; an API key cannot do it"))
            }
        }
    }

    /// Names the caller where several share a tenant: for stored answers and limits.
    pub(crate) fn subject(&self) -> String {
        match &self.who {
            Who::Person { user, .. } => format!("user/{user}"),
            Who::Program { key, .. } => format!("key/{key}"),
        }
    }

    /// A transaction that sees the caller's tenant.
    pub(crate) async fn begin(&self, api: &Api) -> Result<TenantTx, Problem> {
        let mut tx = api.session.db().tenant(self.tenant()?).await?;
        tx.come_from(self.origin.clone());
        Ok(tx)
    }

    /// A transaction that crosses tenants, for what a person does with their own account.
    pub(crate) async fn begin_system(&self, api: &Api) -> Result<SystemTx, Problem> {
        let mut tx = api.session.db().system().await?;
        tx.come_from(self.origin.clone());
        Ok(tx)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(Code::Forbidden, "this route names no right that would open it"))
    }
}

/// Notes who calls, and refuses what the route's rule does not allow.
pub(super) async fn admit(api: &Shared, request: &mut Request) -> Result<(), Problem> {
    let template = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let template = template.as_deref().and_then(|path| path.strip_prefix(super::PREFIX)).unwrap_or_default();
    let rule = access::rule(request.method(), template)
        .ok_or_else(|| Problem::new(Code::Forbidden, "this route names no right that would open it"))?;
    let origin = origin(request);
    if !matches!(rule, Rule::Public | Rule::Signed) {
        let caller = api.recognise(request.headers(), origin.clone()).await?;
        match rule {
            Rule::Public | Rule::Signed => {}
            Rule::Person => drop(caller.person()?),
            Rule::May(permission) => {
                caller.tenant()?;
                caller.expect(permission)?;
            }
        }
        request.extensions_mut().insert(caller);
    }
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(rule);
    Ok(())
}

fn origin(request: &Request) -> Origin {
    let peer = request.extensions().get::<super::server::Peer>().map(|peer| peer.0);
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin { ip: peer, agent: agent.map(|agent| agent.chars().take(200).collect()) }
}

/// Something, from when to when it is believed.
type Believed<T> = (T, DateTime<Utc>, DateTime<Utc>);

/// What is known of a token or key for a few seconds, so that not every request verifies it and asks the database.
#[derive(Default)]
pub(crate) struct Standings {
    known: Mutex<HashMap<TokenHash, Believed<Standing>>>,
    plans: Mutex<HashMap<TenantId, Believed<Option<Limit>>>>,
    /// In which second, and how often in it.
    looked_for_keys: Mutex<(i64, u32)>,
}

#[derive(Clone)]
struct Standing {
    who: Who,
    tenant: Option<TenantId>,
    permissions: Permissions,
}

/// How long a standing is believed. A revocation through this process is seen at once, one through another process
/// after this.
const BELIEVED: chrono::Duration = chrono::Duration::seconds(5);

/// How often a second the database is asked for signing keys that are not known here.
const KEY_LOOKS: u32 = 20;

/// So many are remembered at most.
const REMEMBERED: usize = 10_000;

impl Standings {
    /// Forgets everything: someone's rights changed.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether to ask the database for keys of other servers: so many times a second, so that made-up keys cost little.
    pub(crate) fn may_look_for_keys(&self, now: DateTime<Utc>) -> bool {
        let mut looked = self.looked_for_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.0 != now.timestamp() {
            *looked = (now.timestamp(), 0);
        }
        looked.1 += 1;
        looked.1 <= KEY_LOOKS
    }

    /// What is known of a tenant's limit.
    pub(crate) fn plan(&self, tenant: TenantId, now: DateTime<Utc>) -> Option<Option<Limit>> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let (limit, since, until) = plans.get(&tenant)?;
        (*since <= now && now < *until).then_some(*limit)
    }

    /// Keeps a tenant's limit for a while.
    pub(crate) fn keep_plan(&self, tenant: TenantId, limit: Option<Limit>, now: DateTime<Utc>) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= REMEMBERED {
            plans.clear();
        }
        plans.insert(tenant, (limit, now, now + BELIEVED));
    }

    fn get(&self, token: &TokenHash, now: DateTime<Utc>) -> Option<Standing> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (standing, since, until) = known.get(token)?;
        (*since <= now && now < *until).then(|| standing.clone())
    }

    /// Keeps a standing for a while, though never past `end`.
    fn put(&self, token: TokenHash, standing: Standing, now: DateTime<Utc>, end: DateTime<Utc>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(token, (standing, now, end.min(now + BELIEVED)));
    }
}

impl Api {
    /// Who sent these headers.
    async fn recognise(&self, headers: &HeaderMap, origin: Origin) -> Result<Caller, Problem> {
        let token = bearer(headers)?;
        let now = (self.now)();
        let hash = TokenHash::of(&SecretString::from(token));
        let standing = match self.standings.get(&hash, now) {
            Some(known) => known,
            // In a box, because it is large and seldom: every request would carry the room for it.
            None => Box::pin(self.look_up(token, hash, now)).await?,
        };
        let Standing { who, tenant, permissions } = standing;
        Ok(Caller { who, tenant, permissions, origin })
    }

    async fn look_up(&self, token: &str, hash: TokenHash, now: DateTime<Utc>) -> Result<Standing, Problem> {
        let (standing, end) = if token.starts_with(KEY_PREFIX) {
            self.program(&hash, now).await?
        } else {
            self.person(token, now).await?
        };
        self.standings.put(hash, standing.clone(), now, end);
        Ok(standing)
    }

    /// The standing that an access token gives, and until when it is good.
    async fn person(&self, token: &str, now: DateTime<Utc>) -> Result<(Standing, DateTime<Utc>), Problem> {
        let claims = match self.tokens.verify(token, now) {
            Err(TokenError::Invalid) if self.roll_keys(token).await? => self.tokens.verify(token, now),
            other => other,
        }
        .map_err(|error| match error {
            TokenError::Invalid => unauthenticated("the access token is not valid"),
            TokenError::Expired => unauthenticated("the access token has expired; refresh it"),
        })?;
        let (session, tenant) = (SessionId(claims.sid), claims.tid.map(TenantId));
        let mut tx = self.session.db().system().await?;
        let found = standing::of_session(&mut tx, session, tenant, now).await?;
        tx.commit().await?;
        let found = found
            .filter(|found| found.user.0 == claims.sub)
            .ok_or_else(|| unauthenticated("the session has ended; sign in again"))?;
        let permissions =
            found.role.map(|role| Permissions::of(role, &found.permissions)).unwrap_or_default();
        let standing = Standing {
            who: Who::Person { user: found.user, email: found.email, session },
            tenant: tenant.filter(|_| found.role.is_some()),
            permissions,
        };
        Ok((standing, claims.expires_at()))
    }

    /// The standing that an API key gives, and until when it is good.
    async fn program(
        &self,
        hash: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<(Standing, DateTime<Utc>), Problem> {
        let mut tx = self.session.db().system().await?;
        let found = api_key::find_by_hash(&mut tx, hash).await?;
        let found = found
            .filter(|key| key.is_live(now))
            .ok_or_else(|| unauthenticated("the API key is not valid"))?;
        let maker = found.created_by.ok_or_else(|| unauthenticated("nobody answers for the API key"))?;
        // A key may never do more than its maker may today.
        api_key::note_use(&mut tx, found.id, now).await?;
        let mut tx = tx.into_tenant(found.tenant).await?;
        let rights = tenant::find_member(&mut tx, maker).await?;
        tx.commit().await?;
        let rights = rights.ok_or_else(|| unauthenticated("who made the API key has left the tenant"))?;
        let scopes = Permissions::named(found.scopes.iter().map(String::as_str));
        let standing = Standing {
            who: Who::Program { key: found.id, name: found.name, user: maker },
            tenant: Some(found.tenant),
            permissions: scopes.and(Permissions::of(rights.role, &rights.permissions)),
        };
        Ok((standing, found.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC)))
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let value = given.next().ok_or_else(|| unauthenticated("no access token or API key was sent"))?;
    if given.next().is_some() {
        return Err(unauthenticated("more than one authorization was sent"));
    }
    let value = value.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        return Ok(token.trim());
    }
    Err(unauthenticated("send `authorization: Bearer` with an access token or API key"))
}

/// A refusal that tells how to sign in.
pub(crate) fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}
