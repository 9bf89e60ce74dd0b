//! What follows from an answer: the sequence stops, and who asked to be left alone is left alone as a lead as well.

use chrono::{DateTime, Utc};
use placard_domain::{
    DeliveryId,
    crm::{
        Touch,
        consent::{Consent, ConsentBasis, ConsentState},
        contact::{Email, Identity},
        lead::LeadSource,
    },
};
use placard_store::{
    StoreError, TenantTx, Vault,
    audit::Actor,
    crm,
    outreach::{self, Response, Taken},
};

/// Takes in what came back for a message.
pub async fn take(
    tx: &mut TenantTx,
    vault: &Vault,
    delivery: DeliveryId,
    response: Response,
    now: DateTime<Utc>,
) -> Result<Taken, StoreError> {
    let taken = outreach::take(tx, delivery, response, now).await?;
    let leaves = matches!(response, Response::Unsubscribe | Response::Complaint);
    if leaves
        && taken == Taken::Stopped
        && let Some(recipient) = outreach::recipient(tx, vault, delivery).await?
    {
        withdraw(tx, vault, &recipient.address, now).await?;
    }
    Ok(taken)
}

/// Notes with the lead of this address, if there is one, that it must not be written to.
async fn withdraw(
    tx: &mut TenantTx,
    vault: &Vault,
    address: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Ok(email) = Email::parse(address) else { return Ok(()) };
    let Some(id) = crm::find_by(tx, vault, &Identity::Email(email)).await? else { return Ok(()) };
    let lead = crm::get(tx, vault, id).await?;
    let basis = match lead.consent {
        Some((ConsentState::Withdrawn, ..)) => return Ok(()),
        Some((ConsentState::Given, basis, _)) => basis,
        None => ConsentBasis::Consent,
    };
    let mut touch = Touch::new(LeadSource::Person);
    let evidence = "asked to be left alone in answer to an outreach message".to_owned();
    touch.consent = Some(Consent { state: ConsentState::Withdrawn, basis, at: now, evidence });
    let actor = Actor::System("the recipient of a message".to_owned());
    crm::edit(tx, vault, &actor, id, lead.version, touch, now).await
}
