//! Outreach: intents, caps, leases, what stops a sequence.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    EnrolmentId, OutreachId,
    crm::{
        consent::{self as crm_consent, Consent},
        contact::ContactField,
    },
    guardrail::Scope,
    outreach::{
        Channel, ConsentState, Criteria, EnrolmentStatus, OutreachEvent, Sequence, Settings, Step,
        SuppressionReason, Template, Values,
    },
};
use placard_store::{
    StoreError, TenantTx, crm, kill_switch,
    outreach::{
        self, Aged, Claimed, ConsentEntry, Decided, Enrolled, Intent, NewCampaign, Outcome, Outgoing,
        Recipient, Resolution, Response, Wanted,
    },
};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

fn noon() -> DateTime<Utc> {
    "2026-06-02T12:00:00Z".parse().unwrap()
}

fn spring() -> NewCampaign {
    let template = Template::parse("Hi", "{unsubscribe}").unwrap();
    let step = |delay_minutes| Step { delay_minutes, channel: Channel::Sandbox, template: template.clone() };
    NewCampaign {
        name: "spring".to_owned(),
        criteria: Criteria::default(),
        settings: Settings { gap_seconds: 0, jitter_seconds: 0, daily_cap: 2, ..Settings::default() },
        sequence: Sequence::new(vec![step(0), step(60)]).unwrap(),
    }
}

/// An active campaign of `people`.
async fn active(tx: &mut TenantTx, people: usize) -> anyhow::Result<OutreachId> {
    let id = outreach::create(tx, &actor(), &spring()).await?;
    let everybody: Vec<Enrolled> = (0..people)
        .map(|number| Enrolled {
            recipient: Recipient { address: format!("p{number}@example.org"), values: Values::new() },
            profile: None,
            zone: None,
        })
        .collect();
    outreach::enrol(tx, &vault(), id, &everybody, noon()).await?;
    outreach::decide(tx, &actor(), id, None, Decided::Approve, noon()).await?;
    outreach::on(tx, &actor(), id, OutreachEvent::Started).await?;
    Ok(id)
}

/// A row in every table of outreach.
pub(crate) async fn furnish(tx: &mut TenantTx) -> anyhow::Result<()> {
    let id = active(tx, 1).await?;
    let at = noon();
    send_one(tx, id, at).await?;
    let address = "q@example.org".to_owned();
    outreach::suppress(tx, &vault(), std::slice::from_ref(&address), SuppressionReason::Manual, at).await?;
    let entry = ConsentEntry { address, state: ConsentState::Given, source: "form".to_owned(), at: now() };
    outreach::consent(tx, &vault(), &entry).await?;
    Ok(())
}

async fn claim(tx: &mut TenantTx, id: OutreachId, at: DateTime<Utc>) -> anyhow::Result<Vec<Claimed>> {
    Ok(outreach::claim(tx, id, "one", at, 10, LEASE).await?)
}

async fn send_one(
    tx: &mut TenantTx,
    id: OutreachId,
    at: DateTime<Utc>,
) -> anyhow::Result<Option<(Claimed, Outgoing)>> {
    for claimed in claim(tx, id, at).await? {
        if let Intent::Send(outgoing) = outreach::intend(tx, &vault(), &claimed, at, 0).await? {
            return Ok(Some((claimed, *outgoing)));
        }
    }
    Ok(None)
}

async fn at_status(
    tx: &mut TenantTx,
    id: OutreachId,
    status: EnrolmentStatus,
) -> anyhow::Result<Vec<EnrolmentId>> {
    let people = outreach::queue(tx, &vault(), id, &Wanted::first(status, 100)).await?;
    Ok(people.into_iter().map(|one| one.id).collect())
}

#[tokio::test]
async fn the_cap_of_a_day_holds_the_whole_campaign() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 4).await?;
    let mut intents = Vec::new();
    for claimed in claim(&mut tx, id, noon()).await? {
        intents.push(outreach::intend(&mut tx, &vault(), &claimed, noon(), 0).await?);
    }
    let sent = intents.iter().filter(|intent| matches!(intent, Intent::Send(_))).count();
    assert_eq!(sent, 2);
    assert!(claim(&mut tx, id, noon() + TimeDelta::hours(1)).await?.is_empty());
    assert_eq!(claim(&mut tx, id, noon() + TimeDelta::days(1)).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_kill_switch_for_everything_holds_messages_as_well() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 1).await?;
    let claimed = claim(&mut tx, id, noon()).await?.remove(0);
    kill_switch::engage(&mut tx, &actor(), &Scope::Tenant, None).await?;
    assert_eq!(outreach::intend(&mut tx, &vault(), &claimed, noon(), 0).await?, Intent::Resting);
    assert!(claim(&mut tx, id, noon()).await?.is_empty(), "nobody is even claimed");
    kill_switch::lift(&mut tx, &actor(), &Scope::Tenant).await?;
    assert!(send_one(&mut tx, id, noon()).await?.is_some(), "it goes on where it was");
    Ok(())
}

#[tokio::test]
async fn what_was_intended_when_the_lease_ran_out_is_held_and_not_sent_again() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 1).await?;
    let claimed = outreach::claim(&mut tx, id, "one", noon(), 1, Duration::from_secs(60)).await?.remove(0);
    let short = Claimed { lease: Duration::ZERO, ..claimed };
    assert!(matches!(outreach::intend(&mut tx, &vault(), &short, noon(), 0).await?, Intent::Send(_)));
    assert!(claim(&mut tx, id, noon()).await?.is_empty());
    let held = at_status(&mut tx, id, EnrolmentStatus::Held).await?;
    assert_eq!(held, [short.id]);
    assert_eq!(outreach::stats(&mut tx, id).await?.unknown, 1);

    outreach::resolve(&mut tx, short.id, Resolution::Again, noon()).await?;
    assert!(send_one(&mut tx, id, noon()).await?.is_some(), "a person said so");
    Ok(())
}

#[tokio::test]
async fn a_late_outcome_is_better_than_none() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 1).await?;
    let claimed = claim(&mut tx, id, noon()).await?.remove(0);
    let short = Claimed { lease: Duration::ZERO, ..claimed };
    let Intent::Send(outgoing) = outreach::intend(&mut tx, &vault(), &short, noon(), 0).await? else {
        anyhow::bail!("it may go out");
    };
    claim(&mut tx, id, noon()).await?;
    outreach::record(&mut tx, &short, outgoing.id, &Outcome::HandedOver, noon()).await?;
    assert!(at_status(&mut tx, id, EnrolmentStatus::Held).await?.is_empty());
    assert!(send_one(&mut tx, id, noon() + TimeDelta::minutes(59)).await?.is_none());
    let (_, second) = send_one(&mut tx, id, noon() + TimeDelta::minutes(60)).await?.expect("it is due");
    assert_ne!(second.id, outgoing.id);
    Ok(())
}

#[tokio::test]
async fn a_bounce_stops_the_sequence_and_closes_the_address_to_every_campaign() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 1).await?;
    let (claimed, outgoing) = send_one(&mut tx, id, noon()).await?.expect("it is due");
    outreach::take(&mut tx, outgoing.id, Response::Bounce, noon()).await?;
    outreach::record(&mut tx, &claimed, outgoing.id, &Outcome::HandedOver, noon()).await?;
    let stopped =
        outreach::queue(&mut tx, &vault(), id, &Wanted::first(EnrolmentStatus::Stopped, 10)).await?;
    assert_eq!(stopped.len(), 1, "the bounce was faster than the outcome");
    let again = NewCampaign { name: "summer".to_owned(), ..spring() };
    let other = outreach::create(&mut tx, &actor(), &again).await?;
    let same = Enrolled {
        recipient: Recipient { address: " P0@Example.org".to_owned(), values: Values::new() },
        profile: None,
        zone: None,
    };
    outreach::enrol(&mut tx, &vault(), other, &[same], noon()).await?;
    outreach::decide(&mut tx, &actor(), other, None, Decided::Approve, noon()).await?;
    outreach::on(&mut tx, &actor(), other, OutreachEvent::Started).await?;
    assert!(send_one(&mut tx, other, noon()).await?.is_none());
    assert_eq!(at_status(&mut tx, other, EnrolmentStatus::Stopped).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_change_over_someone_elses_is_refused() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = outreach::create(&mut tx, &actor(), &spring()).await?;
    assert_eq!(outreach::update(&mut tx, &actor(), id, 1, &spring()).await?, 2);
    let late = outreach::update(&mut tx, &actor(), id, 1, &spring()).await;
    assert!(matches!(late, Err(StoreError::Changed { .. })), "{late:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_retired_key_sealed_is_sealed_anew() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 2).await?;
    outreach::set_channels(&mut tx, &vault(), &actor(), &"{}".into()).await?;
    assert_eq!(outreach::reseal(&mut tx, &vault(), 100).await?, 0);
    vault().rotate_data_key(&mut tx).await?;
    assert_eq!(outreach::reseal(&mut tx, &vault(), 100).await?, 4, "a key, channels, two addresses");
    assert_eq!(outreach::reseal(&mut tx, &vault(), 100).await?, 0);
    let wanted = Wanted::first(EnrolmentStatus::Approved, 9);
    let people = outreach::queue(&mut tx, &vault(), id, &wanted).await?;
    assert_eq!(people[0].recipient.address, "p0@example.org");
    assert!(outreach::channels(&mut tx, &vault()).await?.is_some());
    let again = Enrolled {
        recipient: Recipient { address: "P1@example.org".to_owned(), values: Values::new() },
        profile: None,
        zone: None,
    };
    assert_eq!(outreach::enrol(&mut tx, &vault(), id, &[again], noon()).await?, 0, "hashes did not change");
    Ok(())
}

#[tokio::test]
async fn a_lead_that_took_its_consent_back_is_not_written_to_until_it_gives_it_anew() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 2).await?;
    for number in 0..2 {
        let address = format!("p{number}@example.org");
        let mut touch = crate::crm::touch(&[(ContactField::Email, &address)]);
        touch.consent = Some(Consent {
            state: crm_consent::ConsentState::Withdrawn,
            basis: crm_consent::ConsentBasis::Consent,
            at: noon() - TimeDelta::hours(2),
            evidence: "a call".to_owned(),
        });
        crm::take_lead(&mut tx, &vault(), &actor(), &touch, noon()).await?;
    }
    let later = ConsentEntry {
        address: "p1@example.org".to_owned(),
        state: ConsentState::Given,
        source: "a form".to_owned(),
        at: noon() - TimeDelta::hours(1),
    };
    outreach::consent(&mut tx, &vault(), &later).await?;
    let mut sent = Vec::new();
    for claimed in claim(&mut tx, id, noon()).await? {
        if let Intent::Send(outgoing) = outreach::intend(&mut tx, &vault(), &claimed, noon(), 0).await? {
            sent.push(outgoing.recipient.address);
        }
    }
    assert_eq!(sent, ["p1@example.org"]);
    assert_eq!(at_status(&mut tx, id, EnrolmentStatus::Stopped).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_forgotten_person_is_found_no_more_and_counts_stay() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 2).await?;
    let (claimed, outgoing) = send_one(&mut tx, id, noon()).await?.expect("one is due");
    outreach::record(&mut tx, &claimed, outgoing.id, &Outcome::HandedOver, noon()).await?;
    let before = outreach::stats(&mut tx, id).await?;
    let address = outgoing.recipient.address.to_uppercase();
    outreach::suppress(&mut tx, &vault(), std::slice::from_ref(&address), SuppressionReason::Manual, noon())
        .await?;
    let erased = outreach::erase_person(&mut tx, &vault(), &actor(), &address).await?;
    assert_eq!((erased.enrolments, erased.deliveries, erased.left), (1, 1, 0));
    assert_eq!(outreach::stats(&mut tx, id).await?, before);
    assert_eq!(outreach::recipient(&mut tx, &vault(), outgoing.id).await?, None);
    let again = outreach::erase_person(&mut tx, &vault(), &actor(), &address).await?;
    assert_eq!(again, outreach::Erased::default());
    assert_eq!(outreach::list_counts(&mut tx).await?.manual, 1, "they are still not written to");
    Ok(())
}

#[tokio::test]
async fn a_year_after_its_end_a_sequence_is_nobodys_and_after_two_it_is_gone() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 2).await?;
    let (_, outgoing) = send_one(&mut tx, id, noon()).await?.expect("one is due");
    outreach::take(&mut tx, outgoing.id, Response::Reply, noon()).await?;
    let ended = Utc::now();
    let after = |days| ended + TimeDelta::days(days);
    assert_eq!(outreach::age(&mut tx, after(364), 10).await?, Aged::default());
    assert_eq!(outreach::age(&mut tx, after(366), 10).await?, Aged { anonymised: 1, removed: 0 });
    assert_eq!(outreach::recipient(&mut tx, &vault(), outgoing.id).await?, None);
    assert_eq!(outreach::stats(&mut tx, id).await?.responses, 1);
    assert_eq!(outreach::age(&mut tx, after(366), 10).await?, Aged::default());
    assert_eq!(outreach::age(&mut tx, after(731), 10).await?, Aged { anonymised: 0, removed: 1 });
    assert_eq!(outreach::stats(&mut tx, id).await?.found, 1, "a sequence that runs stays");
    Ok(())
}

#[tokio::test]
async fn workers_see_whose_messages_are_due_and_nothing_else_of_them() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = active(&mut tx, 1).await?;
    tx.commit().await?;
    let mut system = office.database.db.system().await?;
    assert_eq!(outreach::due_tenants(&mut system, noon()).await?, [office.tenant]);
    assert_eq!(outreach::due_tenants(&mut system, noon() - TimeDelta::days(1)).await?, []);
    system.commit().await?;
    let mut tx = office.tx().await?;
    let claimed = claim(&mut tx, id, noon()).await?;
    tx.commit().await?;
    let mut system = office.database.db.system().await?;
    assert_eq!(outreach::due_tenants(&mut system, noon()).await?, [], "somebody is at it");
    system.commit().await?;
    let mut tx = office.tx().await?;
    outreach::release(&mut tx, &claimed).await?;
    tx.commit().await?;
    let mut system = office.database.db.system().await?;
    assert_eq!(outreach::due_tenants(&mut system, noon()).await?, [office.tenant]);
    Ok(())
}
