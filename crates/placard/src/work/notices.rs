//! What follows from what platforms tell by themselves. A notice is never taken for a state: it says where to look.

use super::{Job, no_file, publisher};
use crate::{
    checking,
    import::leads::contact_field,
    publishing::lead_is_stored,
    session::{Reach, Session},
    webhooks::as_event,
};
use anyhow::Result;
use chrono::Utc;
use placard_domain::{
    AccountRef, Platform, RemoteId,
    crm::{Touch, form::SentForm},
    notice::NoticeKind,
};
use placard_platforms::{Answer, PlatformError, Retry};
use placard_store::{
    StoreError,
    audit::Actor,
    connection::Connection,
    crm,
    lead_event::{self, LeadEvent},
    platform_object,
    tenant::Tenant,
    webhook::{self, Waiting},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many notices are looked after together: as many as one delivery may hold.
const AT_ONCE: i64 = 1_000;

/// Looks after everything that a platform told about an account, in whatever order it came.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandleNotices {
    /// The ad account.
    pub account: AccountRef,
}

impl Job for HandleNotices {
    const NAME: &'static str = "handle_notices";

    async fn run(&self, session: &Session, tenant: &Tenant) -> Result<()> {
        let account = &self.account;
        let connection = session.connection(tenant, account.platform, Some(&account.id), None).await?;
        let work = Work { session, tenant, connection: &connection };
        loop {
            let mut tx = session.db().tenant(tenant.id).await?;
            let waiting = webhook::waiting(&mut tx, connection.id, AT_ONCE).await?;
            tx.commit().await?;
            if waiting.is_empty() {
                return Ok(());
            }
            work.handle(&waiting).await?;
        }
    }
}

struct Work<'a> {
    session: &'a Session,
    tenant: &'a Tenant,
    connection: &'a Connection,
}

impl Work<'_> {
    async fn handle(&self, waiting: &[Waiting]) -> Result<()> {
        let of = |kind| waiting.iter().filter(move |one| one.kind == kind);
        if of(NoticeKind::Standing).next().is_some() {
            checking::check(self.session, self.tenant, self.connection).await?;
        }
        self.done(of(NoticeKind::Standing).chain(of(NoticeKind::Other))).await?;
        let objects: BTreeSet<RemoteId> =
            of(NoticeKind::Object).filter_map(|one| one.subject.clone()).map(RemoteId).collect();
        let leads: Vec<&Waiting> = of(NoticeKind::Lead).collect();
        if objects.is_empty() && leads.is_empty() {
            return Ok(());
        }
        let reach = self.session.reach(self.tenant, self.connection).await?;
        self.look(&reach, &objects).await?;
        self.done(of(NoticeKind::Object)).await?;
        for lead in leads {
            match self.read_lead(&reach, lead).await {
                Ok(()) => {}
                Err(Stuck::ForNow(error)) => return Err(error),
                // What comes behind it goes on.
                Err(Stuck::ForGood(problem)) => self.bury(lead, &problem).await?,
            }
        }
        Ok(())
    }

    async fn bury(&self, notice: &Waiting, problem: &str) -> Result<()> {
        tracing::warn!(notice = %notice.id, kind = %notice.kind, problem, "a notice was put aside");
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        webhook::bury(&mut tx, notice.id, problem, Utc::now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads the objects back that are ours, so that what they do, their review and their problems are known.
    async fn look(&self, reach: &Reach, objects: &BTreeSet<RemoteId>) -> Result<()> {
        if objects.is_empty() {
            return Ok(());
        }
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        let campaigns = platform_object::campaigns_of(&mut tx, reach.account(), objects).await?;
        tx.commit().await?;
        let publisher = publisher(self.session, self.tenant, reach, &no_file);
        for campaign in campaigns {
            publisher.look_again(campaign, objects).await?;
        }
        Ok(())
    }

    /// Reads what somebody wrote into a form, if the notice did not say so, and takes them in as a lead.
    async fn read_lead(&self, reach: &Reach, notice: &Waiting) -> Result<(), Stuck> {
        let id = notice.subject.as_deref();
        let id = id.ok_or_else(|| Stuck::ForGood("the notice names no lead".to_owned()))?;
        let account = reach.account();
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        let known = lead_event::find(&mut tx, account.platform, id).await?;
        tx.commit().await?;
        let known = known.ok_or_else(|| Stuck::ForGood(format!("the lead {id} is not on record")))?;
        if let Some(push) = reach.platform.push().filter(|_| !known.is_read) {
            let lead = push.lead(&reach.access, id).await?;
            let mut tx = self.session.db().tenant(self.tenant.id).await?;
            lead_event::note(&mut tx, self.session.vault(), &as_event(account, &lead), Utc::now()).await?;
            tx.commit().await?;
        }
        lead_is_stored();
        self.take_lead(account.platform, id, notice).await
    }

    /// Makes a lead of the customer's side of what was filled in, and notes with it that the notice is done: both or
    /// neither. A lead that was made before stays the only one.
    async fn take_lead(&self, platform: Platform, id: &str, notice: &Waiting) -> Result<(), Stuck> {
        let (vault, now) = (self.session.vault(), Utc::now());
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        let held = lead_event::hold(&mut tx, platform, id).await?;
        if let Some((event, None)) = held {
            let event_id = event.id;
            let filled = lead_event::fields(&mut tx, vault, event_id).await?;
            let filled = filled.ok_or_else(|| Stuck::ForGood("nobody can read what was filled in".into()))?;
            let touch = touch_of(event, &filled)?;
            let actor = Actor::System("notices of platforms".to_owned());
            let taken = crm::take_lead(&mut tx, vault, &actor, &touch, now).await?;
            lead_event::became(&mut tx, event_id, taken.lead()).await?;
        }
        webhook::handled(&mut tx, &[notice.id], now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn done(&self, notices: impl Iterator<Item = &Waiting>) -> Result<()> {
        let ids: Vec<Uuid> = notices.map(|one| one.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        webhook::handled(&mut tx, &ids, Utc::now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why nothing follows from a notice.
enum Stuck {
    /// It may yet: the job is done again.
    ForNow(anyhow::Error),
    /// Trying again would change nothing.
    ForGood(String),
}

impl From<StoreError> for Stuck {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::ForGood(error.to_string()),
            other => Self::ForNow(other.into()),
        }
    }
}

impl From<PlatformError> for Stuck {
    fn from(error: PlatformError) -> Self {
        match error.kind.retry_read() {
            Retry::Never => Self::ForGood(error.to_string()),
            Retry::Again(_) | Retry::ProbeFirst | Retry::AfterHumanFix(_) => Self::ForNow(error.into()),
        }
    }
}

/// What became known of a person by a form. What is wrong is told without what was filled in.
fn touch_of(event: LeadEvent, filled: &SecretString) -> Result<Touch, Stuck> {
    let answers: Vec<Answer> = serde_json::from_str(filled.expose_secret())
        .map_err(|_| Stuck::ForGood("what was filled in is no list of names and values".to_owned()))?;
    let LeadEvent { account, remote_id, form, ad, created_at, .. } = event;
    let answers = answers.into_iter().map(|answer| (answer.name, answer.values)).collect();
    let sent = SentForm { account, id: remote_id, form, ad, at: created_at, answers };
    sent.touch(contact_field).map_err(|error| Stuck::ForGood(error.to_string()))
}
