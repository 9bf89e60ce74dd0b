//! What happens to logins without anybody asking for one of them: they end, name somebody who is forgotten, are sealed
//! anew.

use super::{Automation, AutomationError, line, secret};
use crate::{
    Db,
    audit::{self, Action, Actor},
    documents::{Comparison, DocumentError, Documents, Filter, Query, Sort, Stored, mentions},
};
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use placard_domain::{
    TenantId,
    document::{AutomationSession, Moment},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// How many are looked at together.
const PAGE: u16 = 200;

/// Removes those of the tenant's logins that ended more than [`AutomationSession::PURGED_AFTER_DAYS`] days before `now`,
/// each with a line in the audit log. Says how many.
///
/// # Errors
/// Whatever stops it leaves the rest as it was; the same again goes on.
pub async fn purge_expired(
    db: &Db,
    documents: &Documents,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<u64, DocumentError> {
    let kept = TimeDelta::days(AutomationSession::PURGED_AFTER_DAYS.into());
    let Ok(last) = Moment::new(now - kept) else { return Ok(0) };
    let ended = Filter::Compare("expires_at".into(), Comparison::Lte, last.into());
    let actor = Actor::System("upkeep".into());
    let mut gone = 0;
    loop {
        let query = Query { filter: ended.clone(), sort: Sort::OLDEST, limit: PAGE, cursor: None };
        let page = documents.find::<AutomationSession>(tenant, &query).await?;
        if page.items.is_empty() {
            return Ok(gone);
        }
        for found in page.items {
            let mut tx = db.tenant(tenant).await?;
            let entry = line(Action::Purge, found.id, json!({"why": "expired"}));
            audit::append(&mut tx, &actor, &entry).await?;
            tx.commit().await?;
            // If somebody gave it other cookies at this moment, it is no longer one of them.
            gone +=
                u64::from(documents.delete_seen::<AutomationSession>(tenant, found.id, found.version).await?);
        }
    }
}

impl Automation<'_> {
    /// Removes every login in which `is_theirs` finds a person: in what is told of it, and in its cookies. Says how many.
    ///
    /// # Errors
    /// Whatever stops it leaves the rest as it was; the same again goes on.
    pub async fn erase_person(&self, is_theirs: impl Fn(&str) -> bool) -> Result<u64, AutomationError> {
        let mut erased = 0;
        let mut cursor = None;
        loop {
            let query = Query { filter: Filter::ALL, sort: Sort::OLDEST, limit: PAGE, cursor };
            let page = self.list(&query).await?;
            for found in &page.items {
                if self.names(found, &is_theirs).await? {
                    erased += u64::from(self.remove(found.id, "erased").await?);
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(erased);
            }
        }
    }

    async fn names(
        &self,
        found: &Stored<AutomationSession>,
        is_theirs: &impl Fn(&str) -> bool,
    ) -> Result<bool, AutomationError> {
        let session = &found.document;
        let proxy = session.proxy.as_ref();
        let told = [Some(&session.session_id), Some(&session.account), session.user_agent.as_ref()];
        let told = told.into_iter().chain([proxy.map(|proxy| &proxy.host)]);
        let told = told.chain([proxy.and_then(|proxy| proxy.username.as_ref())]);
        if told.flatten().any(|text| is_theirs(text)) {
            return Ok(true);
        }
        let mut tx = self.begin().await?;
        let sealed = secret::open_text(&mut tx, self.vault, found.id, &session.sealed_cookies).await?;
        tx.commit().await?;
        // Values of cookies are often written as those of addresses are.
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let is_theirs = |text: &str| is_theirs(text) || is_theirs(&decoded(text));
        // What is no JSON is looked through as it is.
        let opened = serde_json::from_str(sealed.expose_secret());
        Ok(mentions(&opened.unwrap_or_else(|_| Value::from(sealed.expose_secret())), &is_theirs))
    }

    /// Seals those anew that a retired data key sealed. Says how many it was.
    ///
    /// # Errors
    /// Whatever stops it leaves the rest as it was; the same again goes on.
    pub async fn reseal(&self) -> Result<u64, AutomationError> {
        let mut tx = self.begin().await?;
        let current = hex::encode(self.vault.current_key_id(&mut tx).await?.as_bytes());
        tx.commit().await?;
        let (mut resealed, mut cursor) = (0, None);
        loop {
            let query = Query { filter: Filter::ALL, sort: Sort::OLDEST, limit: PAGE, cursor };
            let page = self.list(&query).await?;
            for found in page.items {
                if !found.document.sealed_cookies.starts_with(&current) {
                    resealed += u64::from(self.reseal_one(found).await?);
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(resealed);
            }
        }
    }

    async fn reseal_one(&self, mut found: Stored<AutomationSession>) -> Result<bool, AutomationError> {
        loop {
            let mut session = found.document;
            let mut tx = self.begin().await?;
            let plain = secret::open_text(&mut tx, self.vault, found.id, &session.sealed_cookies).await?;
            let sealed = self.vault.seal(&mut tx, secret::place(found.id), &plain).await?;
            tx.commit().await?;
            session.sealed_cookies = hex::encode(sealed);
            match self.documents.replace(self.tenant, found.id, found.version, &session).await {
                Ok(_) => return Ok(true),
                Err(DocumentError::NotFound { .. }) => return Ok(false),
                Err(DocumentError::Stale { .. }) => found = self.get(found.id).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
