//! Boosts that are being put together: saved as they are typed, one for each session, and turned into a campaign in one
//! step.

use crate::{
    documents,
    pictures::{self, Shelves},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    CampaignId, TenantId,
    document::{BoostDraft, BoostStatus, Moment},
    spec::{self, Campaign as Wanted, Diagnostic, Diagnostics, Severity},
};
use placard_store::{
    Constraint, Db, StoreError,
    audit::{Actor, Origin},
    campaign::{self, Campaign},
    documents::{DocumentError, Documents, Filter, Query, Stored},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How long a boost is kept after it was saved last.
const KEPT: TimeDelta = TimeDelta::days(7);

/// What the fields of a boost that Placard itself writes are called.
const OURS: [&str; 4] = ["session_id", "status", "campaign_id", "expires_at"];

/// The boosts of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct Boosts<'a> {
    /// The database.
    pub db: &'a Db,
    /// Where documents are.
    pub documents: &'a Documents,
    /// Whose.
    pub tenant: TenantId,
    /// The present.
    pub now: DateTime<Utc>,
}

/// A boost, and what keeps it from becoming a campaign.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The boost.
    pub stored: Stored<BoostDraft>,
    /// What is missing or wrong, by its fields; nothing if it is ready, or became a campaign.
    pub lacks: Vec<Diagnostic>,
}

/// What may happen to a boost that is there already when it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nobody has seen one: there is none yet.
    None,
    /// This version was seen, and no other is replaced.
    Version(i64),
}

/// Why a boost was not saved or turned into a campaign.
#[derive(Debug, thiserror::Error)]
pub enum BoostError {
    /// There is none for this session.
    #[error("there is no boost for this session")]
    NotFound,
    /// Someone else saved it since.
    #[error("the boost was saved by someone else since: it is at version {version} now")]
    Stale {
        /// The version that it is at.
        version: i64,
    },
    /// It became a campaign and changes no more.
    #[error("the boost became a campaign already")]
    Converted,
    /// A field that is not the caller's to write.
    #[error("`{0}` is written by Placard itself")]
    Ours(&'static str),
    /// It cannot become a campaign yet.
    #[error("the boost is not ready")]
    Unready(Vec<Diagnostic>),
    /// The documents refused.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The library cannot be asked.
    #[error("the library cannot be asked")]
    Library(#[source] anyhow::Error),
}

impl Boosts<'_> {
    /// The boost of a session.
    pub async fn find(&self, session: &str) -> Result<Option<Stored<BoostDraft>>, DocumentError> {
        let query = Query { filter: Filter::eq("session_id", session), limit: 1, ..Query::default() };
        Ok(self.documents.find(self.tenant, &query).await?.items.pop())
    }

    /// The boost of a session, or a refusal.
    pub async fn get(&self, session: &str) -> Result<Stored<BoostDraft>, BoostError> {
        self.find(session).await?.ok_or(BoostError::NotFound)
    }

    /// The same with what it lacks.
    pub async fn judged(&self, stored: Stored<BoostDraft>) -> Result<Judged, BoostError> {
        let lacks = match stored.document.status {
            BoostStatus::Converted => Vec::new(),
            BoostStatus::Draft | BoostStatus::Ready => {
                self.wanted(&stored.document, stored.id).await?.err().unwrap_or_default()
            }
        };
        Ok(Judged { stored, lacks })
    }

    /// Saves what was chosen so far, in place of what was `seen`. It is ready once nothing is missing.
    ///
    /// # Errors
    /// [`BoostError::Stale`] if it is at another version, [`DocumentError::Invalid`] for a field that is misshapen.
    pub async fn save(
        &self,
        session: &str,
        chosen: Map<String, Value>,
        seen: Seen,
    ) -> Result<Judged, BoostError> {
        if let Some(name) = OURS.into_iter().find(|name| chosen.contains_key(*name)) {
            return Err(BoostError::Ours(name));
        }
        let stands = self.find(session).await?;
        match (&stands, seen) {
            (None, Seen::None) => {}
            (None, Seen::Version(_)) => return Err(BoostError::NotFound),
            (Some(stands), _) if stands.document.status == BoostStatus::Converted => {
                return Err(BoostError::Converted);
            }
            (Some(stands), Seen::Version(version)) if stands.version == version => {}
            (Some(stands), _) => return Err(BoostError::Stale { version: stands.version }),
        }
        let expires = Moment::new(self.now + KEPT).expect("the clock shows a year of four digits");
        let mut whole = chosen;
        whole.insert("session_id".to_owned(), json!(session));
        whole.insert("status".to_owned(), json!(BoostStatus::Draft));
        whole.insert("expires_at".to_owned(), json!(expires));
        let mut draft: BoostDraft = documents::read(Value::Object(whole))?;
        let id = stands.as_ref().map_or_else(Uuid::now_v7, |stands| stands.id);
        let lacks = self.wanted(&draft, id).await?.err().unwrap_or_default();
        if lacks.is_empty() {
            draft.status = BoostStatus::Ready;
        }
        let receipt = match stands {
            None => self.documents.insert(self.tenant, &draft).await,
            Some(stands) => self.documents.replace(self.tenant, stands.id, stands.version, &draft).await,
        };
        let receipt = match receipt {
            Err(DocumentError::Stale { version, .. }) => return Err(BoostError::Stale { version }),
            Err(DocumentError::Taken { .. }) => {
                // Somebody else saved the first version in between.
                let version = self.get(session).await?.version;
                return Err(BoostError::Stale { version });
            }
            other => other?,
        };
        Ok(Judged { stored: receipt.with(draft), lacks })
    }

    /// Takes a boost out; what it became stays.
    pub async fn delete(&self, session: &str) -> Result<(), BoostError> {
        let stands = self.get(session).await?;
        match self.documents.delete::<BoostDraft>(self.tenant, stands.id).await? {
            true => Ok(()),
            false => Err(BoostError::NotFound),
        }
    }

    /// Turns the boost of a session into a campaign, which is saved and not published. The same again gives the same
    /// campaign. Says whether it is new.
    ///
    /// # Errors
    /// [`BoostError::Unready`] with everything that is missing.
    pub async fn convert(
        &self,
        session: &str,
        actor: &Actor,
        origin: &Origin,
    ) -> Result<(Campaign, bool), BoostError> {
        loop {
            let Stored { id, version, mut document, .. } = self.get(session).await?;
            if let Some(campaign) = document.campaign_id {
                let mut tx = self.db.tenant(self.tenant).await?;
                let campaign = campaign::get(&mut tx, CampaignId(campaign)).await?;
                tx.commit().await?;
                return Ok((campaign, false));
            }
            let wanted = self.wanted(&document, id).await?.map_err(BoostError::Unready)?;
            let mut tx = self.db.tenant(self.tenant).await?;
            tx.come_from(origin.clone());
            let saved = match campaign::upsert(&mut tx, actor, &wanted).await {
                // Someone else turns it at this moment, and the next look finds what came of that.
                Err(StoreError::Conflict { constraint: Constraint::CampaignKey, .. }) => continue,
                other => other?,
            };
            let campaign = campaign::get(&mut tx, saved.id).await?;
            tx.commit().await?;
            document.status = BoostStatus::Converted;
            document.campaign_id = Some(saved.id.0);
            match self.documents.replace(self.tenant, id, version, &document).await {
                Ok(_) => return Ok((campaign, true)),
                // It was changed, or turned, in between: the campaign becomes what it is now.
                Err(DocumentError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The campaign that a boost would become, or what keeps it from that.
    async fn wanted(
        &self,
        draft: &BoostDraft,
        id: Uuid,
    ) -> Result<Result<Wanted, Vec<Diagnostic>>, BoostError> {
        let today = self.now.date_naive();
        // The key is the draft's own, so that the same draft is the same campaign however often it is tried.
        let text = match draft.to_spec(&format!("boost-{}", id.simple()), today) {
            Ok(spec) => spec.to_string(),
            Err(lacks) => return Ok(Err(lacks.0)),
        };
        let document = match spec::read(&text) {
            Ok(document) => document,
            Err(findings) => return Ok(Err(led_back(findings))),
        };
        let shelves = Shelves { db: self.db, tenant: self.tenant };
        let seen = pictures::look_up(&shelves, &document).await.map_err(BoostError::Library)?;
        Ok(spec::check(&document, &seen.media, today).map(|(wanted, _)| wanted).map_err(led_back))
    }
}

/// What is wrong with the spec, as what is wrong with the boost.
fn led_back(findings: Diagnostics) -> Vec<Diagnostic> {
    let errors = findings.0.into_iter().filter(|finding| finding.severity == Severity::Error);
    errors
        .map(|finding| Diagnostic { path: BoostDraft::field_of(&finding.path), position: None, ..finding })
        .collect()
}
