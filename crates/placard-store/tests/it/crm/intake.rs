use super::{email, lead, phone, take, touch};
use crate::{
    connections::vault,
    support::{Office, account, actor, bound, campaign_key, now, spring_sale},
};
use placard_domain::{
    LeadId, Platform,
    crm::{
        ClickId, Touch,
        consent::{Consent, ConsentBasis, ConsentState},
        contact::ContactField,
        lead::{LeadEvent, LeadSource, LeadStatus},
    },
};
use placard_store::{Constraint, StoreError, crm, crm::Taken, platform_object};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_forms_of_one_person_at_one_moment_are_one_lead() -> anyhow::Result<()> {
    let office = std::sync::Arc::new(Office::open().await?);
    let spellings = ["ann@example.com", "Ann@Example.com", " ANN@EXAMPLE.COM", "mailto:ann@example.com"];
    let tasks: Vec<_> = (0..32)
        .map(|index| {
            let office = std::sync::Arc::clone(&office);
            tokio::spawn(async move {
                let city = format!("City {index}");
                let email = (ContactField::Email, spellings[index % spellings.len()]);
                take(&office, &touch(&[email, (ContactField::City, &city)])).await
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.push(task.await??);
    }
    let leads: BTreeSet<LeadId> = taken.iter().map(|one| one.lead()).collect();
    assert_eq!(leads.len(), 1);
    assert_eq!(taken.iter().filter(|one| matches!(one, Taken::Made(_))).count(), 1);
    let mut tx = office.tx().await?;
    assert_eq!(crm::count(&mut tx).await?, 1);
    let id = leads.into_iter().next().expect("there is one");
    assert_eq!(crm::touches(&mut tx, &vault(), id).await?.len(), 32, "every form is kept");
    Ok(())
}

#[tokio::test]
async fn the_same_again_changes_nothing() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let batch: Vec<Touch> = (0..50)
        .map(|index| touch(&[(ContactField::Email, format!("p{}@example.com", index % 40).as_str())]))
        .collect();
    let mut states = Vec::new();
    for round in 0..2 {
        let mut tx = office.tx().await?;
        let taken = crm::take_leads(&mut tx, &vault(), &actor(), &batch, now()).await?;
        tx.commit().await?;
        let known = taken.iter().filter(|one| matches!(one, Taken::Known(_))).count();
        assert_eq!(known, if round == 0 { 10 } else { 50 });
        let mut raw = office.database.superuser().await;
        let state: (i64, i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from lead), (select sum(version) from lead),
                (select count(*) from lead_touch), (select count(*) from audit_log)",
        )
        .fetch_one(&mut raw)
        .await?;
        states.push(state);
    }
    assert_eq!(states[0], states[1]);
    assert_eq!(states[0].0, 40);
    Ok(())
}

#[tokio::test]
async fn a_number_in_another_spelling_finds_the_lead_and_another_tenant_finds_none() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let made = take(&office, &touch(&[(ContactField::Phone, "030 1234567")])).await?;
    let again =
        take(&office, &touch(&[(ContactField::Phone, "+49 (0)30 1234567"), (ContactField::City, "Berlin")]))
            .await?;
    assert_eq!(again, Taken::Added(made.lead()));
    assert_eq!(
        lead(&office, made.lead()).await?.person.expect("it is known").contact[&ContactField::City],
        "Berlin"
    );

    let rival = office.stranger().await?;
    let mut tx = office.database.db.tenant(rival).await?;
    assert_eq!(crm::find_by(&mut tx, &vault(), &phone("+49301234567")).await?, None);
    assert!(matches!(crm::get(&mut tx, &vault(), made.lead()).await, Err(StoreError::NotFound { .. })));
    let theirs = touch(&[(ContactField::Phone, "030 1234567")]);
    crm::take_lead(&mut tx, &vault(), &actor(), &theirs, now()).await?;
    tx.commit().await?;
    let mut raw = office.database.superuser().await;
    let hashes: i64 =
        sqlx::query_scalar("select count(distinct hash) from lead_identity").fetch_one(&mut raw).await?;
    assert_eq!(hashes, 2, "one number has another hash with each tenant");
    Ok(())
}

#[tokio::test]
async fn a_lead_of_an_ad_belongs_to_the_campaign_that_made_the_ad() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let campaign = office.save(&spring_sale("")).await?.id;
    let lease = office.lease().await?;
    let mut tx = office.tx().await?;
    platform_object::record(&mut tx, lease.fence(), campaign, None, &[bound(campaign_key(), "238")]).await?;
    tx.commit().await?;
    lease.release().await?;
    let mut from_ad = touch(&[(ContactField::Email, "ann@example.com")]);
    from_ad.attribution.platform = Some(Platform::Meta);
    from_ad.attribution.campaign = Some("238".into());
    from_ad.clicks.insert(ClickId::Fbclid, "fb.1.2.3".into());
    let id = take(&office, &from_ad).await?.lead();
    let found = lead(&office, id).await?;
    assert_eq!(found.campaign, Some(campaign));
    assert_eq!(found.attribution.account, Some(account().id));
    assert_eq!(found.person.expect("it is known").clicks[&ClickId::Fbclid], "fb.1.2.3");
    Ok(())
}

fn by_hand(values: &[(ContactField, &str)]) -> Touch {
    let mut touch = Touch::new(LeadSource::Person);
    touch.contact.extend(values.iter().map(|(field, value)| (*field, (*value).to_owned())));
    touch.normalise(None).expect("the edit is right")
}

#[tokio::test]
async fn an_edit_by_hand_stands_against_later_forms_and_old_eyes() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = take(&office, &touch(&[(ContactField::Email, "ann@example.com"), (ContactField::City, "Bonn")]))
        .await?
        .lead();
    let mut tx = office.tx().await?;
    crm::edit(&mut tx, &vault(), &actor(), id, 1, by_hand(&[(ContactField::City, "Köln")]), now()).await?;
    let late =
        crm::edit(&mut tx, &vault(), &actor(), id, 1, by_hand(&[(ContactField::City, "Rom")]), now()).await;
    assert!(matches!(late, Err(StoreError::Outdated { version: 2, .. })), "{late:?}");
    tx.commit().await?;
    take(&office, &touch(&[(ContactField::Email, "ann@example.com"), (ContactField::City, "Berlin")]))
        .await?;
    let found = lead(&office, id).await?;
    assert_eq!(found.person.expect("it is known").contact[&ContactField::City], "Köln");

    take(&office, &touch(&[(ContactField::Email, "bob@example.com")])).await?;
    let mut tx = office.tx().await?;
    let taken = by_hand(&[(ContactField::Email, "bob@example.com")]);
    let refused = crm::edit(&mut tx, &vault(), &actor(), id, found.version, taken, now()).await;
    assert!(matches!(refused, Err(StoreError::Conflict { constraint: Constraint::LeadIdentity, .. })));
    Ok(())
}

#[tokio::test]
async fn a_lead_moves_only_as_its_life_cycle_allows() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = take(&office, &touch(&[(ContactField::Email, "ann@example.com")])).await?.lead();
    let mut tx = office.tx().await?;
    assert_eq!(crm::move_to(&mut tx, &actor(), id, 1, LeadEvent::Qualify).await?, LeadStatus::Qualified);
    let refused = crm::move_to(&mut tx, &actor(), id, 2, LeadEvent::Contact).await;
    assert!(matches!(refused, Err(StoreError::IllegalTransition(_))));
    Ok(())
}

#[tokio::test]
async fn what_was_said_last_on_being_contacted_is_what_stands() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let said = |state, minute| {
        let mut touch = touch(&[(ContactField::Email, "ann@example.com")]);
        let at = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute);
        let evidence = format!("form 7, minute {minute}");
        touch.consent = Some(Consent { state, basis: ConsentBasis::Consent, at, evidence });
        touch
    };
    // The withdrawal is the later word, though it came in first.
    take(&office, &said(ConsentState::Withdrawn, 9)).await?;
    let id = take(&office, &said(ConsentState::Given, 5)).await?.lead();
    let found = lead(&office, id).await?;
    assert_eq!(found.consent.expect("something was said").0, ConsentState::Withdrawn);
    let mut tx = office.tx().await?;
    let filter = crm::Filter { identity: Some(email("ANN@example.com")), ..crm::Filter::default() };
    assert_eq!(crm::list(&mut tx, &vault(), &filter, 5).await?.len(), 1);
    let filter = crm::Filter { consent: Some(ConsentState::Given), ..crm::Filter::default() };
    assert!(crm::list(&mut tx, &vault(), &filter, 5).await?.is_empty());
    Ok(())
}
