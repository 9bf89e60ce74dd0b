//! What follows from what platforms tell by themselves. A notice is never taken for a state: it says where to look.

use super::{Job, no_file, publisher};
use crate::{
    checking,
    session::{Reach, Session},
    webhooks::as_event,
};
use anyhow::Result;
use chrono::Utc;
use placard_domain::{AccountRef, RemoteId, notice::NoticeKind};
use placard_platforms::{ErrorKind, PlatformError};
use placard_store::{
    connection::Connection,
    lead_event, platform_object,
    tenant::Tenant,
    webhook::{self, Waiting},
};
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
            if let Some(id) = &lead.subject {
                self.read_lead(&reach, id).await?;
            }
            self.done(std::iter::once(lead)).await?;
        }
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

    /// Reads what somebody wrote into a form, if the notice did not say so.
    async fn read_lead(&self, reach: &Reach, id: &str) -> Result<()> {
        let account = reach.account();
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        let known = lead_event::find(&mut tx, account.platform, id).await?;
        tx.commit().await?;
        let unread = known.is_some_and(|lead| !lead.is_read);
        let Some(push) = reach.platform.push().filter(|_| unread) else { return Ok(()) };
        let lead = match push.lead(&reach.access, id).await {
            Ok(lead) => lead,
            Err(error) if is_final(&error) => {
                // It stays on record as unread; asking again would change nothing.
                tracing::warn!(%account, lead = id, %error, "a lead cannot be read");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let mut tx = self.session.db().tenant(self.tenant.id).await?;
        lead_event::note(&mut tx, self.session.vault(), &as_event(account, &lead), Utc::now()).await?;
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

/// Whether the platform knows no such lead.
fn is_final(error: &PlatformError) -> bool {
    matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused)
}
