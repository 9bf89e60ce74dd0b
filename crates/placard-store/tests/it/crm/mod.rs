//! Leads, deals, and what remains of a person who was erased.

pub(crate) mod conversions;
mod deals;
mod erasure;
mod intake;
mod merging;

use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use placard_domain::{
    DealId, LeadId, Money,
    crm::{
        Touch,
        activity::{Activity, ActivityKind},
        contact::{ContactField, Email, Identity},
        deal::Deal,
        lead::LeadSource,
    },
    phone::PhoneNumber,
};
use placard_store::{
    TenantTx,
    crm::{self, Taken, activity, deal, pipeline},
};

/// A touch with these values.
pub(crate) fn touch(values: &[(ContactField, &str)]) -> Touch {
    let mut touch = Touch::new(LeadSource::Api);
    touch.contact.extend(values.iter().map(|(field, value)| (*field, (*value).to_owned())));
    touch.normalise("DE".parse().ok()).expect("the touch is right")
}

pub(crate) async fn take(office: &Office, touch: &Touch) -> anyhow::Result<Taken> {
    let mut tx = office.tx().await?;
    let taken = crm::take_lead(&mut tx, &vault(), &actor(), touch, now()).await?;
    tx.commit().await?;
    Ok(taken)
}

pub(crate) async fn lead(office: &Office, id: LeadId) -> anyhow::Result<crm::Lead> {
    Ok(crm::get(&mut office.tx().await?, &vault(), id).await?)
}

pub(crate) fn email(text: &str) -> Identity {
    Identity::Email(Email::parse(text).expect("an address"))
}

pub(crate) fn phone(text: &str) -> Identity {
    Identity::Phone(PhoneNumber::parse(text, None).expect("a number"))
}

/// A deal over `minor` cents at the first stage of the first pipeline.
pub(crate) async fn open_deal(tx: &mut TenantTx, lead: LeadId, minor: i64) -> anyhow::Result<DealId> {
    let pipeline = pipeline::named_or_first(tx, &actor(), None).await?;
    let (stage, first) = pipeline.stage(None).expect("there are stages");
    let new = Deal::new("Ann's roof", Money::new(minor, "EUR".parse()?), None)?;
    Ok(deal::create(tx, &vault(), &actor(), lead, (pipeline.id, *stage, first.kind), &new, now()).await?)
}

/// Something of every kind, two leads merged among it.
pub(crate) async fn furnish(tx: &mut TenantTx) -> anyhow::Result<LeadId> {
    let mut ids = Vec::new();
    for address in ["ann@example.com", "anna@example.com"] {
        let new = touch(&[(ContactField::Email, address), (ContactField::City, "Bonn")]);
        ids.push(crm::take_lead(tx, &vault(), &actor(), &new, now()).await?.lead());
    }
    let deal = open_deal(tx, ids[1], 100).await?;
    let note = Activity::new(ActivityKind::Task, "Call ann@example.com", Some(now()))?;
    activity::create(tx, &vault(), &actor(), ids[1], Some(deal), &note, now()).await?;
    crm::merge(tx, &vault(), &actor(), ids[0], ids[1]).await?;
    Ok(ids[0])
}
