//! How much a plan allows holds whatever comes at once.

use crate::support::{Office, SPEC, account_description, actor, check, now, token};
use chrono::TimeDelta;
use placard_domain::{
    TenantId, UserId,
    limits::{Limited, SubscriptionPlan},
};
use placard_store::{
    Db, StoreError, ad_account, campaign,
    invitation::{self, NewInvitation},
    subscription,
    tenant::{self, Role},
    user,
};
use uuid::Uuid;

async fn on(office: &Office, plan: SubscriptionPlan) -> anyhow::Result<()> {
    let mut tx = office.database.db.system().await?;
    subscription::start(&mut tx, office.tenant, plan, now(), None).await?;
    Ok(tx.commit().await?)
}

async fn add_campaign(db: &Db, tenant: TenantId, number: usize) -> Result<(), StoreError> {
    let campaign = check(&SPEC.replace("name: Spring sale\n", &format!("name: Sale {number}\n")));
    let mut tx = db.tenant(tenant).await?;
    campaign::upsert(&mut tx, &actor(), &campaign).await?;
    tx.commit().await
}

async fn add_account(db: &Db, tenant: TenantId, number: usize) -> Result<(), StoreError> {
    let mut account = account_description();
    account.account.id = format!("act_{number}");
    let mut tx = db.tenant(tenant).await?;
    ad_account::upsert(&mut tx, &account, now()).await?;
    tx.commit().await
}

async fn invite(db: &Db, tenant: TenantId, number: usize) -> Result<(), StoreError> {
    let new = NewInvitation {
        email: format!("guest{number}@example.com"),
        role: Role::Viewer,
        token: token(&number.to_string()),
        expires_at: now() + TimeDelta::days(7),
    };
    let mut tx = db.tenant(tenant).await?;
    invitation::create(&mut tx, &actor(), &new, now()).await?;
    tx.commit().await
}

/// Asks for twenty at once and expects as many as the plan allows, the rest refused by name.
macro_rules! at_once {
    ($office:expr, $add:ident, $what:expr, $expected:expr) => {
        let (mut made, mut refused) = (0, 0);
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let (db, tenant) = ($office.database.db.clone(), $office.tenant);
                tokio::spawn(async move { $add(&db, tenant, number).await })
            })
            .collect();
        for task in tasks {
            match task.await? {
                Ok(()) => made += 1,
                Err(StoreError::PlanLimit { what, plan: SubscriptionPlan::Free, .. }) if what == $what => {
                    refused += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        assert_eq!((made, refused), ($expected, 20 - $expected), stringify!($add));
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_never_exceeded_however_many_come_at_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    on(&office, SubscriptionPlan::Free).await?;
    at_once!(office, add_campaign, Limited::Campaigns, 5);
    at_once!(office, add_account, Limited::Accounts, 1);
    // Ann has one of the two seats, and an open invitation takes the other.
    at_once!(office, invite, Limited::Seats, 1);
    let refused = add_campaign(&office.database.db, office.tenant, 99).await.unwrap_err();
    assert_eq!(refused.to_string(), "the free plan allows 5 campaigns");
    Ok(())
}

#[tokio::test]
async fn what_is_there_may_still_be_changed_and_a_greater_plan_allows_more() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (db, tenant) = (&office.database.db, office.tenant);
    for number in 0..7 {
        add_campaign(db, tenant, number).await?;
    }
    add_account(db, tenant, 0).await?;
    on(&office, SubscriptionPlan::Free).await?;
    add_account(db, tenant, 0).await?;
    add_campaign(db, tenant, 3).await?;
    assert!(matches!(add_account(db, tenant, 1).await, Err(StoreError::PlanLimit { limit: 1, .. })));
    on(&office, SubscriptionPlan::Starter).await?;
    add_account(db, tenant, 1).await?;
    add_campaign(db, tenant, 8).await?;
    Ok(())
}

#[tokio::test]
async fn an_invitation_holds_a_seat_until_it_is_over_and_hands_it_to_the_member() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (db, tenant) = (&office.database.db, office.tenant);
    on(&office, SubscriptionPlan::Free).await?;
    invite(db, tenant, 1).await?;
    // Another message to the same person takes no other seat.
    let mut tx = office.tx().await?;
    let again = NewInvitation {
        email: "guest1@example.com".into(),
        role: Role::Viewer,
        token: token("again"),
        expires_at: now() + TimeDelta::days(7),
    };
    invitation::create(&mut tx, &actor(), &again, now()).await?;
    tx.commit().await?;
    let guest = UserId(Uuid::now_v7());
    let mut tx = db.system().await?;
    user::insert(&mut tx, guest, "guest1@example.com", "hash").await?;
    assert!(matches!(
        tenant::join(&mut tx, tenant, guest, Role::Viewer).await,
        Err(StoreError::PlanLimit { what: Limited::Seats, limit: 2, .. })
    ));
    invitation::accept(&mut tx, &token("again"), guest, now()).await?;
    tx.commit().await?;
    assert!(invite(db, tenant, 2).await.is_err());

    let mut tx = office.tx().await?;
    tenant::remove_member(&mut tx, &actor(), guest, now()).await?;
    tx.commit().await?;
    invite(db, tenant, 2).await?;
    Ok(())
}

#[tokio::test]
async fn a_subscription_ends_when_it_was_meant_to_and_only_one_holds() -> anyhow::Result<()> {
    let office = Office::open().await?;
    assert_eq!(tenant::get(&mut office.tx().await?).await?.plan, SubscriptionPlan::Enterprise);
    let (start, end) = (now(), now() + TimeDelta::days(30));
    let mut tx = office.database.db.system().await?;
    subscription::start(&mut tx, office.tenant, SubscriptionPlan::Starter, start, Some(end)).await?;
    tx.commit().await?;
    assert_eq!(tenant::get(&mut office.tx().await?).await?.plan, SubscriptionPlan::Starter);
    let mut tx = office.database.db.system().await?;
    assert_eq!(subscription::expire(&mut tx, end - TimeDelta::seconds(1)).await?, 0);
    assert_eq!(subscription::expire(&mut tx, end).await?, 1);
    assert_eq!(subscription::expire(&mut tx, end).await?, 0);
    tx.commit().await?;
    assert_eq!(tenant::get(&mut office.tx().await?).await?.plan, SubscriptionPlan::Free);
    Ok(())
}
