//! Forgetting a person, wherever they are: leads and what platforms told of them, outreach, profiles and messages, logins of
//! automation, the archive.

use crate::archive::Archive;
use anyhow::{Context, Result};
use placard_assets::objects::Objects;
use placard_domain::{
    TenantId,
    crm::contact::{Email, Identity},
};
use placard_store::{
    Db, StoreError, TenantTx, Vault,
    archive::Keys,
    audit::{Actor, Origin},
    automation::Automation,
    crm,
    documents::{self, DocumentError, Documents, Placement},
    lead_event, outreach,
};
use serde::Serialize;

/// Who forgets, and where.
#[derive(Clone, Copy, Debug)]
pub struct Eraser<'a> {
    /// Where everything but documents is.
    pub db: &'a Db,
    /// With what it is sealed.
    pub vault: &'a Vault,
    /// Where documents are.
    pub documents: &'a Documents,
    /// Where files of the archive are.
    pub objects: &'a Objects,
    /// Whose they are.
    pub tenant: TenantId,
    /// Who does it.
    pub actor: &'a Actor,
    /// From where.
    pub origin: &'a Origin,
}

/// What was forgotten where, as proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Among leads and deals.
    pub leads: crm::Erased,
    /// Forms as platforms told of them, of which what was filled in is gone.
    pub lead_events: i64,
    /// In outreach.
    pub outreach: outreach::Erased,
    /// Among documents.
    pub documents: documents::Erased,
    /// Logins of automation that are gone, because they or their cookies named the person.
    pub automation_sessions: u64,
    /// Profiles that are gone from the archive.
    pub archived: u64,
}

impl Erased {
    /// Whether nobody was there to be forgotten.
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }

    /// How many places still hold something of the person: rows that were counted afterwards, and documents about which
    /// a person decides.
    pub fn left(&self) -> i64 {
        let elsewhere = i64::try_from(self.documents.elsewhere.len()).unwrap_or(i64::MAX);
        self.leads.left + self.outreach.left + elsewhere
    }
}

impl Eraser<'_> {
    /// Forgets whoever has one of these addresses and numbers. A lead tells of its others, which are forgotten as well.
    ///
    /// Documents go first, because places in campaigns lead to them; then everything else at once. Stopped anywhere, the
    /// same again finishes it. The archive is closed meanwhile, so that nobody is put away who is being looked for.
    ///
    /// # Errors
    /// If documents are just being moved, so that there are two copies, or a database or the object store does not answer.
    pub async fn erase(&self, given: &[Identity]) -> Result<Erased> {
        let archive = self.archive();
        let keys = archive.keys().await?;
        let outcome = self.erase_alone(&archive, &keys, given).await;
        keys.give_back().await?;
        outcome
    }

    async fn erase_alone(&self, archive: &Archive<'_>, keys: &Keys, given: &[Identity]) -> Result<Erased> {
        let mut tx = self.begin().await?;
        if Placement::read(&mut tx).await?.phase.is_some() {
            let moving = anyhow::Error::new(DocumentError::Moving);
            return Err(
                moving.context("there are two copies of documents until `placard documents migrate` is done")
            );
        }
        let all = self.also_known_as(&mut tx, given).await?;
        let mut profiles = Vec::new();
        for email in emails(&all) {
            profiles.extend(outreach::profiles_of(&mut tx, self.vault, email.as_str()).await?);
        }
        tx.commit().await?;
        let is_theirs = |text: &str| all.iter().any(|one| one.stands_in(text));
        let archived = archive.naming(keys, is_theirs).await;
        profiles.extend(archived.context("the archive could not be looked through")?);
        let mut erased = Erased::default();
        let logins = self.automation().erase_person(is_theirs).await;
        erased.automation_sessions = logins.context("logins of automation could not be looked through")?;
        let documents = self.documents.erase_person(self.tenant, &profiles, is_theirs).await;
        erased.documents = documents.context("profiles and messages could not be looked through")?;
        // After the messages, which are found by the profiles.
        erased.archived = archive.erase(keys, &profiles.into_iter().collect()).await?;
        self.erase_records(&all, &mut erased).await?;
        Ok(erased)
    }

    /// Forgets everything that is no document.
    async fn erase_records(&self, all: &[Identity], erased: &mut Erased) -> Result<()> {
        let is_theirs = |text: &str| all.iter().any(|one| one.stands_in(text));
        let mut tx = self.begin().await?;
        erased.lead_events = lead_event::erase_person(&mut tx, self.vault, is_theirs).await?;
        for one in all {
            add(&mut erased.leads, crm::erase_person(&mut tx, self.vault, self.actor, one).await?);
        }
        // What a lead leads to, though nothing in it names the person.
        erased.lead_events += erased.leads.forms;
        for email in emails(all) {
            let gone = outreach::erase_person(&mut tx, self.vault, self.actor, email.as_str()).await?;
            erased.outreach.enrolments += gone.enrolments;
            erased.outreach.deliveries += gone.deliveries;
            erased.outreach.consents += gone.consents;
            erased.outreach.left += gone.left;
        }
        tx.commit().await?;
        Ok(())
    }

    const fn archive(&self) -> Archive<'_> {
        let Self { db, vault, documents, objects, tenant, actor, origin } = *self;
        Archive { db, vault, documents, objects, tenant, actor, origin }
    }

    const fn automation(&self) -> Automation<'_> {
        let Self { db, vault, documents, tenant, actor, origin, .. } = *self;
        Automation { db, vault, documents, tenant, actor, origin }
    }

    async fn begin(&self) -> Result<TenantTx, StoreError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        tx.come_from(self.origin.clone());
        Ok(tx)
    }

    /// Every address and number of the leads that have one of those given.
    async fn also_known_as(
        &self,
        tx: &mut TenantTx,
        given: &[Identity],
    ) -> Result<Vec<Identity>, StoreError> {
        let mut all = given.to_vec();
        let mut next = 0;
        while let Some(one) = all.get(next) {
            next += 1;
            let Some(lead) = crm::find_by(tx, self.vault, &one.clone()).await? else { continue };
            for known in crm::touches(tx, self.vault, lead).await? {
                for identity in known.touch.identities() {
                    if !all.contains(&identity) {
                        all.push(identity);
                    }
                }
            }
        }
        Ok(all)
    }
}

fn emails(all: &[Identity]) -> impl Iterator<Item = &Email> {
    all.iter().filter_map(|one| match one {
        Identity::Email(email) => Some(email),
        Identity::Phone(_) => None,
    })
}

fn add(sum: &mut crm::Erased, one: crm::Erased) {
    sum.leads += one.leads;
    sum.touches += one.touches;
    sum.identities += one.identities;
    sum.activities += one.activities;
    sum.deals += one.deals;
    sum.clicks += one.clicks;
    sum.forms += one.forms;
    sum.merges += one.merges;
    sum.left += one.left;
}
