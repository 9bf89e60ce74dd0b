//! Logins of a tenant's own accounts that automation uses (requirement O4): a vault with a life cycle, nothing else.
//!
//! The login is a document, wherever the tenant's documents are; its cookies in it are sealed, bound to tenant, collection,
//! field and id. **The audit line of a change is committed before the change**: a line about something that then did not
//! happen is followed by one that says so, and nothing happens, above all no cookie is handed out, without a line.

mod error;
mod secret;
mod upkeep;

pub use error::AutomationError;
pub use secret::Secret;
pub use upkeep::purge_expired;

use crate::{
    Db, TenantTx, Vault,
    audit::{self, Action, Actor, Entry, Origin},
    documents::{DocumentError, Documents, Filter, Page, Query, Stored, checked},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    TenantId, UserId,
    document::{AutomationEvent, AutomationSession, AutomationStatus, Document, Moment, Proxy},
};
use serde_json::{Value, json};
use std::fmt;
use uuid::Uuid;

/// What the audit log calls a login.
const ENTITY: &str = "automation_session";

/// The logins of a tenant, and who asks for them.
#[derive(Clone, Copy)]
pub struct Automation<'a> {
    /// Where everything but documents is.
    pub db: &'a Db,
    /// With what cookies are sealed.
    pub vault: &'a Vault,
    /// Where the logins are.
    pub documents: &'a Documents,
    /// Whose they are.
    pub tenant: TenantId,
    /// Who asks.
    pub actor: &'a Actor,
    /// From where.
    pub origin: &'a Origin,
}

/// A login to keep.
pub struct NewSession {
    /// What tells it apart.
    pub session_id: String,
    /// The network.
    pub platform: String,
    /// The account there.
    pub account: String,
    /// Whether whoever adds it confirms that the account is the tenant's own.
    pub own_account: bool,
    /// Who adds it, if it is somebody who is known here.
    pub user: Option<UserId>,
    /// What requests go through.
    pub proxy: Option<Proxy>,
    /// The browser that the cookies are from.
    pub user_agent: Option<String>,
    /// The cookies.
    pub secret: Secret,
    /// From when on they are handed out to nobody.
    pub expires_at: DateTime<Utc>,
}

/// A login with its cookies, opened.
pub struct HandedOut {
    /// The login.
    pub session: Stored<AutomationSession>,
    /// Its cookies.
    pub secret: Secret,
}

impl fmt::Debug for HandedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedOut").field("session", &self.session.id).finish_non_exhaustive()
    }
}

impl Automation<'_> {
    /// Keeps a login. Nobody has seen its cookies work yet.
    ///
    /// # Errors
    /// [`AutomationError::NotOwn`] without the word that the account is the tenant's own, [`AutomationError::Taken`],
    /// [`AutomationError::Span`] if it would last too long or is over, and what [`Documents::insert`] refuses.
    pub async fn create(
        &self,
        new: NewSession,
        now: DateTime<Utc>,
    ) -> Result<Stored<AutomationSession>, AutomationError> {
        if !new.own_account {
            return Err(AutomationError::NotOwn);
        }
        let expires_at = lasting(new.expires_at, now)?;
        if self.called(&new.session_id).await?.is_some() {
            return Err(AutomationError::Taken);
        }
        let id = Uuid::now_v7();
        let session = AutomationSession {
            session_id: new.session_id,
            platform: new.platform,
            account: new.account,
            confirmed_at: moment(now)?,
            user_id: new.user.map(|user| user.0),
            proxy: new.proxy,
            user_agent: new.user_agent,
            sealed_cookies: self.seal(id, &new.secret).await?,
            status: AutomationStatus::Degraded,
            last_validated_at: None,
            last_used_at: None,
            rotated_at: None,
            expires_at,
        };
        checked(&session)?;
        let told = json!({"platform": session.platform, "expires_at": session.expires_at});
        self.announce(Action::Create, id, told).await?;
        let receipt = self.documents.insert_as(self.tenant, id, &session).await;
        Ok(self.settled(id, receipt).await?.with(session))
    }

    /// A page of logins.
    ///
    /// # Errors
    /// As for [`Documents::find`].
    pub async fn list(&self, query: &Query) -> Result<Page<AutomationSession>, AutomationError> {
        Ok(self.documents.find(self.tenant, query).await?)
    }

    /// The login that is called so.
    ///
    /// # Errors
    /// As for [`Documents::find`].
    pub async fn called(
        &self,
        session_id: &str,
    ) -> Result<Option<Stored<AutomationSession>>, AutomationError> {
        let query = Query { filter: Filter::eq("session_id", session_id), ..Query::default() };
        Ok(self.list(&query).await?.items.pop())
    }

    /// A login.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`].
    pub async fn get(&self, id: Uuid) -> Result<Stored<AutomationSession>, AutomationError> {
        let found = self.documents.get(self.tenant, id).await?;
        Ok(found.ok_or(DocumentError::NotFound { one: AutomationSession::COLLECTION.one, id })?)
    }

    /// Notes whether the login works, as somebody who tried it says: [`AutomationEvent::Validated`], `Doubted` or
    /// `Failed`. Placard asks no network.
    ///
    /// # Errors
    /// [`AutomationError::Illegal`] if only other cookies help.
    pub async fn validate(
        &self,
        id: Uuid,
        event: AutomationEvent,
        now: DateTime<Utc>,
    ) -> Result<Stored<AutomationSession>, AutomationError> {
        let found = self.get(id).await?;
        let mut session = found.document;
        let before = session.status;
        session.status = before.on(event)?;
        session.last_validated_at = Some(moment(now)?);
        let told = json!({"from": before, "to": session.status});
        self.change(id, found.version, session, Action::Validate, told).await
    }

    /// Hands the cookies out, once for each time that this is called, and to nobody before that is in the audit log.
    ///
    /// # Errors
    /// [`AutomationError::Illegal`] if nobody has seen these cookies work, [`AutomationError::Expired`],
    /// [`DocumentError::Stale`] if the login was changed at this moment.
    pub async fn hand_out(&self, id: Uuid, now: DateTime<Utc>) -> Result<HandedOut, AutomationError> {
        let found = self.get(id).await?;
        let mut session = found.document;
        if session.expires_at.get() <= now {
            return Err(AutomationError::Expired { since: session.expires_at });
        }
        session.status = session.status.on(AutomationEvent::Used)?;
        let secret = self.open(id, &session).await?;
        session.last_used_at = Some(moment(now)?);
        // Only who changes the version that was opened gets what it held.
        let session = self.change(id, found.version, session, Action::Use, Value::Null).await?;
        Ok(HandedOut { session, secret })
    }

    /// Puts other cookies in the place of those of the version `seen`. Nobody has seen the new ones work yet. The proxy's
    /// password stays unless another comes along.
    ///
    /// # Errors
    /// [`DocumentError::Stale`] if somebody else changed it since, [`AutomationError::Span`].
    pub async fn rotate(
        &self,
        id: Uuid,
        seen: i64,
        mut secret: Secret,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Stored<AutomationSession>, AutomationError> {
        let expires_at = lasting(expires_at, now)?;
        let found = self.get(id).await?;
        if found.version != seen {
            let (one, version) = (AutomationSession::COLLECTION.one, found.version);
            return Err(DocumentError::Stale { one, id, version }.into());
        }
        let mut session = found.document;
        session.status = session.status.on(AutomationEvent::Rotated)?;
        if secret.proxy_password.is_none() {
            secret.proxy_password = self.open(id, &session).await?.proxy_password;
        }
        session.sealed_cookies = self.seal(id, &secret).await?;
        session.rotated_at = Some(moment(now)?);
        session.last_validated_at = None;
        session.expires_at = expires_at;
        let told = json!({"expires_at": expires_at});
        self.change(id, seen, session, Action::Rotate, told).await
    }

    /// Removes a login with its cookies.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`].
    pub async fn purge(&self, id: Uuid) -> Result<(), AutomationError> {
        self.get(id).await?;
        self.remove(id, "asked").await?;
        Ok(())
    }

    async fn remove(&self, id: Uuid, why: &str) -> Result<bool, AutomationError> {
        self.announce(Action::Purge, id, json!({"why": why})).await?;
        let gone = self.documents.delete::<AutomationSession>(self.tenant, id).await;
        self.settled(id, gone).await
    }

    async fn change(
        &self,
        id: Uuid,
        seen: i64,
        session: AutomationSession,
        action: Action,
        told: Value,
    ) -> Result<Stored<AutomationSession>, AutomationError> {
        self.announce(action, id, told).await?;
        let receipt = self.documents.replace(self.tenant, id, seen, &session).await;
        Ok(self.settled(id, receipt).await?.with(session))
    }

    async fn seal(&self, id: Uuid, secret: &Secret) -> Result<String, AutomationError> {
        let mut tx = self.begin().await?;
        let sealed = secret::seal(&mut tx, self.vault, id, secret).await?;
        tx.commit().await?;
        Ok(sealed)
    }

    async fn open(&self, id: Uuid, session: &AutomationSession) -> Result<Secret, AutomationError> {
        let mut tx = self.begin().await?;
        let secret = secret::open(&mut tx, self.vault, id, &session.sealed_cookies).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Writes into the audit log what is about to happen.
    async fn announce(&self, action: Action, id: Uuid, told: Value) -> Result<(), AutomationError> {
        let mut tx = self.begin().await?;
        audit::append(&mut tx, self.actor, &line(action, id, told)).await?;
        Ok(tx.commit().await?)
    }

    /// Writes into the audit log, if so, that what was announced did not happen.
    async fn settled<T>(&self, id: Uuid, outcome: Result<T, DocumentError>) -> Result<T, AutomationError> {
        let error = match outcome {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let why = if matches!(error, DocumentError::Stale { .. }) { "changed meanwhile" } else { "failed" };
        self.announce(Action::Refuse, id, json!({"why": why})).await?;
        Err(error.into())
    }

    async fn begin(&self) -> Result<TenantTx, AutomationError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        tx.come_from(self.origin.clone());
        Ok(tx)
    }
}

/// A line of the audit log. It names no account and no cookie.
fn line(action: Action, id: Uuid, told: Value) -> Entry {
    let new = Some(told).filter(|told| !told.is_null());
    Entry { action, entity_type: ENTITY, entity_id: id.to_string(), old: None, new }
}

/// The end of a login that begins `now`.
fn lasting(end: DateTime<Utc>, now: DateTime<Utc>) -> Result<Moment, AutomationError> {
    let longest = TimeDelta::days(AutomationSession::LONGEST_DAYS.into());
    if end <= now || end - now > longest {
        return Err(AutomationError::Span);
    }
    moment(end)
}

fn moment(at: DateTime<Utc>) -> Result<Moment, AutomationError> {
    Moment::new(at).map_err(|_| AutomationError::Span)
}
