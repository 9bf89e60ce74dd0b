//! What is sealed of a lead, and opening it.

use super::place;
use crate::{StoreError, TenantTx, stored, vault::Held};
use chrono::{DateTime, Utc};
use placard_domain::{
    LeadId,
    crm::{
        ClickIds, Touch,
        contact::{Contact, ContactField},
        merge::{Known, Resolved},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name, address, number and the like.
    pub contact: Contact,
    /// Which of them a person wrote; what comes in by itself does not change those.
    pub by_hand: BTreeSet<ContactField>,
    /// Answers to a form's own questions.
    pub answers: BTreeMap<String, String>,
    /// Marks of clicks.
    pub clicks: ClickIds,
    /// How the word on being contacted can be proven.
    pub consent_evidence: Option<String>,
}

impl Person {
    pub(super) fn of(resolved: &Resolved) -> Self {
        Self {
            contact: resolved.contact.clone(),
            by_hand: resolved.by_hand.clone(),
            answers: resolved.answers.clone(),
            clicks: resolved.clicks.clone(),
            consent_evidence: resolved.consent.as_ref().map(|consent| consent.evidence.clone()),
        }
    }

    pub(super) fn seal(&self, held: &Held<'_>, id: LeadId) -> Vec<u8> {
        held.seal(place::lead(id), &bytes(self))
    }

    pub(super) async fn open(
        tx: &mut TenantTx,
        held: &mut Held<'_>,
        id: LeadId,
        sealed: &[u8],
    ) -> Result<Self, StoreError> {
        let plain = held.open(tx, place::lead(id), sealed).await?;
        serde_json::from_slice(&plain).map_err(|error| StoreError::corrupt("lead.sealed", error))
    }
}

/// The touches of leads, by lead.
pub(super) async fn touches_of(
    tx: &mut TenantTx,
    held: &mut Held<'_>,
    leads: &[LeadId],
) -> Result<BTreeMap<LeadId, Vec<Known>>, StoreError> {
    let ids: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
    let rows = sqlx::query!(
        r#"
        select id, lead_id, sealed, at
        from lead_touch
        where tenant_id = $1 and lead_id = any($2)
        order by at, id
        "#,
        tx.tenant().0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut touches: BTreeMap<LeadId, Vec<Known>> = BTreeMap::new();
    for row in rows {
        let touch = open_touch(tx, held, row.id, &row.sealed).await?;
        touches.entry(LeadId(row.lead_id)).or_default().push(Known { id: row.id, at: row.at, touch });
    }
    Ok(touches)
}

async fn open_touch(
    tx: &mut TenantTx,
    held: &mut Held<'_>,
    id: Uuid,
    sealed: &[u8],
) -> Result<Touch, StoreError> {
    let plain = held.open(tx, place::touch(id), sealed).await?;
    serde_json::from_slice(&plain).map_err(|error| StoreError::corrupt("lead_touch.sealed", error))
}

/// A touch as it is sealed, and as its fingerprint is taken: maps are sorted, so the same content is the same text.
pub(super) fn bytes(value: &impl Serialize) -> Vec<u8> {
    stored::json(value).to_string().into_bytes()
}

/// A moment as the database keeps it, so that what is made in memory equals what is read back.
pub(super) fn moment(at: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::SubsecRound;
    at.trunc_subsecs(6)
}

/// Opened text.
pub(super) fn text(plain: Vec<u8>, column: &'static str) -> Result<String, StoreError> {
    String::from_utf8(plain).map_err(|error| StoreError::corrupt(column, error))
}
