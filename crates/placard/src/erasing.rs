//! Forgetting a person, wherever they are: leads and what platforms told of them, outreach, profiles and messages.

use anyhow::{Context, Result};
use placard_domain::{
    TenantId,
    crm::contact::{Email, Identity},
};
use placard_store::{
    Db, StoreError, TenantTx, Vault,
    audit::{Actor, Origin},
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
    /// same again finishes it.
    ///
    /// # Errors
    /// If documents are just being moved, so that there are two copies, or a database does not answer.
    pub async fn erase(&self, given: &[Identity]) -> Result<Erased> {
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
        let documents = self.documents.erase_person(self.tenant, &profiles, is_theirs).await;
        let documents = documents.context("profiles and messages could not be looked through")?;

        let mut erased = Erased { documents, ..Erased::default() };
        let mut tx = self.begin().await?;
        erased.lead_events = lead_event::erase_person(&mut tx, self.vault, is_theirs).await?;
        for one in &all {
            add(&mut erased.leads, crm::erase_person(&mut tx, self.vault, self.actor, one).await?);
        }
        // What a lead leads to, though nothing in it names the person.
        erased.lead_events += erased.leads.forms;
        for email in emails(&all) {
            let gone = outreach::erase_person(&mut tx, self.vault, self.actor, email.as_str()).await?;
            erased.outreach.enrolments += gone.enrolments;
            erased.outreach.deliveries += gone.deliveries;
            erased.outreach.consents += gone.consents;
            erased.outreach.left += gone.left;
        }
        tx.commit().await?;
        Ok(erased)
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
    sum.forms += one.forms;
    sum.merges += one.merges;
    sum.left += one.left;
}
