//! Taking a delivery: whose it is, whether it is new, and what has to follow.

use super::Secrets;
use crate::{
    session::{SANDBOX, Session},
    work::{HandleNotices, Job},
};
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    AccountRef, Platform, TenantId,
    notice::{NoticeKind, NoticeRefusal},
};
use placard_platforms::{
    Lead, News, NoNotice, Notice, Origin, Signature, is_within, meta::webhooks as meta,
    tiktok::webhooks as tiktok,
};
use placard_store::{
    Db, StoreError, TokenHash, Vault, jobs, lead_event,
    webhook::{self, NewNotice, Target},
};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How much longer than a platform tries to deliver a notice it is taken, and how far clocks may differ.
const SLACK: TimeDelta = TimeDelta::hours(1);

/// A delivery as it came.
pub struct Delivery<'a> {
    /// Whose address it came to.
    pub platform: Platform,
    /// The end of the address, where it has one that nobody can guess.
    pub token: Option<&'a SecretString>,
    /// The header with the signature.
    pub signature: Option<&'a str>,
    /// Every byte of the body.
    pub body: &'a [u8],
}

/// What became of a delivery. All that was taken is stored, and what follows from it is in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Notices that are new.
    pub new: usize,
    /// Notices that had come before.
    pub repeated: usize,
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The address leads nowhere.
    #[error("no connection has this address")]
    NoAddress,
    /// It is not to be believed, or not to be understood.
    #[error("the delivery is {0}")]
    Refused(NoticeRefusal),
    /// The database failed, so that the platform has to try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a delivery: when this returns, what is new of it is durable. What was not taken is counted.
pub async fn receive(
    session: &Session,
    secrets: &Secrets,
    delivery: &Delivery<'_>,
    now: DateTime<Utc>,
) -> Result<Received, NotTaken> {
    let reception = Reception { db: session.db(), vault: session.vault(), delivery, now };
    let taken = match delivery.platform {
        Platform::Tiktok => reception.taken_from_tiktok(secrets).await,
        _ => reception.taken_from_meta(secrets).await,
    };
    match &taken {
        Err(NotTaken::NoAddress) => reception.refuse(NoticeRefusal::Unknown, 1).await?,
        Err(NotTaken::Refused(refusal)) => reception.refuse(*refusal, 1).await?,
        Ok(_) | Err(NotTaken::Store(_)) => {}
    }
    taken
}

struct Reception<'a> {
    db: &'a Db,
    vault: &'a Vault,
    delivery: &'a Delivery<'a>,
    now: DateTime<Utc>,
}

impl From<NoNotice> for NotTaken {
    fn from(_: NoNotice) -> Self {
        Self::Refused(NoticeRefusal::Malformed)
    }
}

impl Reception<'_> {
    /// Meta has one address for a whole app, and signs everything (`platforms/meta.md` §22).
    async fn taken_from_meta(&self, secrets: &Secrets) -> Result<Received, NotTaken> {
        let (body, signature) = (self.delivery.body, self.delivery.signature);
        let found = |sandbox| meta::signature(&secrets.of(Platform::Meta, sandbox), signature, body);
        let sandbox = match (found(false), found(true)) {
            (Signature::Good, _) => false,
            (_, Signature::Good) => true,
            (Signature::Absent, _) => return Err(NotTaken::Refused(NoticeRefusal::Unsigned)),
            _ => return Err(NotTaken::Refused(NoticeRefusal::Forged)),
        };
        let notices = self.recent(meta::notices(body)?, meta::TRIES_FOR).await?;
        let mut known: BTreeMap<Origin, Vec<Target>> = BTreeMap::new();
        for notice in &notices {
            if !known.contains_key(&notice.origin) {
                let mut targets = self.targets(&notice.origin).await?;
                targets.retain(|target| (target.endpoint.as_deref() == Some(SANDBOX)) == sandbox);
                known.insert(notice.origin.clone(), targets);
            }
        }
        let (mut concerned, mut unknown) = (Vec::new(), 0);
        for notice in &notices {
            let targets = &known[&notice.origin];
            unknown += i64::from(targets.is_empty());
            concerned.extend(targets.iter().map(|target| (target, notice)));
        }
        self.refuse(NoticeRefusal::Unknown, unknown).await?;
        self.take(&concerned).await
    }

    /// TikTok has an address for each connection that nobody else can know. Of ads and leads it is not sure to sign
    /// (`platforms/tiktok.md` §16), so there a signature has to be good if there is one.
    async fn taken_from_tiktok(&self, secrets: &Secrets) -> Result<Received, NotTaken> {
        let token = TokenHash::of(self.delivery.token.ok_or(NotTaken::NoAddress)?);
        let mut tx = self.db.system().await?;
        let target = webhook::of_token(&mut tx, Platform::Tiktok, &token).await?;
        tx.commit().await?;
        let target = target.ok_or(NotTaken::NoAddress)?;
        let secrets = secrets.of(Platform::Tiktok, target.endpoint.as_deref() == Some(SANDBOX));
        let (body, signature) = (self.delivery.body, self.delivery.signature);
        let signature = tiktok::signature(&secrets, signature, body, self.now);
        match signature {
            Signature::Wrong => return Err(NotTaken::Refused(NoticeRefusal::Forged)),
            Signature::Old => return Err(NotTaken::Refused(NoticeRefusal::Stale)),
            Signature::Good | Signature::Absent => {}
        }
        let notices = tiktok::notices(body)?;
        let documented = notices.iter().any(|notice| notice.news == News::Standing);
        if documented && signature == Signature::Absent {
            return Err(NotTaken::Refused(NoticeRefusal::Unsigned));
        }
        let notices = self.recent(notices, tiktok::TRIES_FOR).await?;
        let own = Origin::Account(target.account.id.clone());
        let (mine, others): (Vec<&Notice>, Vec<_>) = notices.iter().partition(|notice| notice.origin == own);
        self.refuse(NoticeRefusal::Unknown, count(others.len())).await?;
        let concerned: Vec<_> = mine.into_iter().map(|notice| (&target, notice)).collect();
        self.take(&concerned).await
    }

    /// Those that the platform can still be trying to deliver. One that is older is replayed by somebody.
    async fn recent(
        &self,
        mut notices: Vec<Notice>,
        tries_for: TimeDelta,
    ) -> Result<Vec<Notice>, StoreError> {
        let all = notices.len();
        let fits = |at| is_within(at, self.now, tries_for + SLACK, SLACK);
        notices.retain(|notice| notice.at.is_none_or(fits));
        self.refuse(NoticeRefusal::Stale, count(all - notices.len())).await?;
        Ok(notices)
    }

    /// The connections that a notice concerns: one of each tenant.
    async fn targets(&self, origin: &Origin) -> Result<Vec<Target>, StoreError> {
        let platform = self.delivery.platform;
        let mut tx = self.db.system().await?;
        let mut targets = match origin {
            Origin::Account(id) => {
                webhook::of_account(&mut tx, &AccountRef { platform, id: id.clone() }).await?
            }
            Origin::Page(page) => webhook::of_page(&mut tx, platform, page).await?,
        };
        tx.commit().await?;
        let mut seen = BTreeSet::new();
        targets.retain(|target| {
            // A page may speak for the sandbox and for the platform, and those have nothing to do with each other.
            seen.insert((target.tenant.0, target.endpoint.clone()))
        });
        Ok(targets)
    }

    /// Stores what concerns whom, each tenant's part together with the job that follows from it.
    async fn take(&self, concerned: &[(&Target, &Notice)]) -> Result<Received, NotTaken> {
        let mut received = Received::default();
        let tenants: BTreeSet<_> = concerned.iter().map(|(target, _)| target.tenant.0).collect();
        for tenant in tenants {
            let mut seen = HashSet::new();
            let of_tenant = concerned.iter().filter(|(target, _)| target.tenant.0 == tenant);
            // A batch may hold the same thing twice.
            let own: Vec<_> = of_tenant.filter(|(_, notice)| seen.insert(notice.digest)).copied().collect();
            let new = self.take_of(TenantId(tenant), &own).await?;
            received.new += new;
            received.repeated += own.len() - new;
        }
        Ok(received)
    }

    async fn take_of(&self, tenant: TenantId, own: &[(&Target, &Notice)]) -> Result<usize, StoreError> {
        let notices: Vec<NewNotice> = own.iter().map(|(target, notice)| stored(target, notice)).collect();
        let mut tx = self.db.tenant(tenant).await?;
        let new = webhook::take(&mut tx, self.delivery.platform, &notices, self.now).await?;
        for (target, notice) in own {
            if let News::Lead(lead) = &notice.news {
                let lead = as_event(&target.account, lead);
                lead_event::note(&mut tx, self.vault, &lead, self.now).await?;
            }
        }
        if new > 0 {
            let accounts: BTreeSet<&AccountRef> = own.iter().map(|(target, _)| &target.account).collect();
            let job = |account: &AccountRef| HandleNotices { account: account.clone() }.to_job();
            jobs::enqueue(&mut tx, &accounts.into_iter().map(job).collect::<Vec<_>>()).await?;
        }
        tx.commit().await?;
        Ok(new)
    }

    async fn refuse(&self, refusal: NoticeRefusal, count: i64) -> Result<(), StoreError> {
        if count == 0 {
            return Ok(());
        }
        let mut tx = self.db.system().await?;
        webhook::refuse(&mut tx, self.delivery.platform, refusal, count, self.now.date_naive()).await?;
        tx.commit().await
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn stored(target: &Target, notice: &Notice) -> NewNotice {
    let (kind, subject) = match &notice.news {
        News::Object(id) => (NoticeKind::Object, Some(id.0.clone())),
        News::Lead(lead) => (NoticeKind::Lead, Some(lead.id.clone())),
        News::Standing => (NoticeKind::Standing, None),
        News::Other => (NoticeKind::Other, None),
    };
    NewNotice { connection: target.connection, digest: notice.digest, kind, subject, occurred_at: notice.at }
}

/// A lead as it is kept.
pub(crate) fn as_event<'a>(account: &'a AccountRef, lead: &'a Lead) -> lead_event::NewLead<'a> {
    let fields = lead.answers.as_ref().map(|answers| {
        SecretString::from(serde_json::to_string(answers).expect("names and values are text"))
    });
    lead_event::NewLead {
        account,
        remote_id: &lead.id,
        form: lead.form.as_deref(),
        ad: lead.ad.as_ref(),
        created_at: lead.created_at,
        fields,
    }
}
