//! What is known of whoever a message goes to.

use super::{Recipient, enrolment};
use crate::{StoreError, TenantTx, Vault, crm};
use chrono::{DateTime, Utc};
use placard_domain::{
    DeliveryId, EnrolmentId,
    crm::{consent, contact::Email},
    outreach::ConsentState,
};

/// Whom a message went to; `None` if there is no such message or the person was forgotten.
pub async fn recipient(
    tx: &mut TenantTx,
    vault: &Vault,
    delivery: DeliveryId,
) -> Result<Option<Recipient>, StoreError> {
    let row = sqlx::query!(
        r#"
        select e.id, e.recipient as "recipient!"
        from outreach_delivery as d
        join enrolment as e on e.tenant_id = d.tenant_id and e.id = d.enrolment_id
        where d.tenant_id = $1 and d.id = $2 and e.recipient is not null
        "#,
        tx.tenant().0,
        delivery.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    match row {
        Some(row) => enrolment::open(tx, vault, EnrolmentId(row.id), &row.recipient).await.map(Some),
        None => Ok(None),
    }
}

/// What stands of what a person said here and as a lead: the later word, and of two at one moment the withdrawal.
pub(super) async fn consent(
    tx: &mut TenantTx,
    vault: &Vault,
    address: &str,
    here: Option<(ConsentState, DateTime<Utc>)>,
) -> Result<Option<ConsentState>, StoreError> {
    let lead = match Email::parse(address) {
        Ok(email) => crm::consent_of(tx, vault, &email).await?,
        Err(_) => None,
    };
    let lead = lead.map(|(state, at)| match state {
        consent::ConsentState::Withdrawn => (ConsentState::Withdrawn, at),
        consent::ConsentState::Given => (ConsentState::Given, at),
    });
    let standing =
        [here, lead].into_iter().flatten().max_by_key(|(state, at)| (*at, *state == ConsentState::Withdrawn));
    Ok(standing.map(|(state, _)| state))
}
