//! Invitations, members, second factors, and what people may change about themselves.

use crate::support::{Office, actor, now, token};
use chrono::TimeDelta;
use placard_domain::UserId;
use placard_store::{
    Constraint, Db, StoreError, TenantTx, api_key,
    audit::{self, Actor},
    invitation::{self, NewInvitation},
    session,
    tenant::{self, Role},
    totp, user,
    user_token::{self, Purpose},
};
use serde_json::json;
use uuid::Uuid;

pub(crate) fn invited(email: &str, spelling: &str) -> NewInvitation {
    NewInvitation {
        email: email.into(),
        role: Role::Operator,
        token: token(spelling),
        expires_at: now() + TimeDelta::days(7),
    }
}

async fn newcomer(db: &Db, email: &str) -> anyhow::Result<UserId> {
    let id = UserId(Uuid::now_v7());
    let mut tx = db.system().await?;
    user::insert(&mut tx, id, email, "hash").await?;
    tx.commit().await?;
    Ok(id)
}

async fn member(office: &Office, email: &str, role: Role) -> anyhow::Result<UserId> {
    let id = newcomer(&office.database.db, email).await?;
    let mut tx = office.database.db.system().await?;
    tenant::join(&mut tx, office.tenant, id, role).await?;
    tx.commit().await?;
    Ok(id)
}

#[tokio::test]
async fn an_invitation_is_accepted_once_and_makes_a_member() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let ann = Actor::User { id: office.admin, name: "ann@example.com".into() };
    let mut tx = office.tx().await?;
    let id = invitation::create(&mut tx, &ann, &invited("bob@example.com", "t"), now()).await?;
    tx.commit().await?;
    let bob = newcomer(&office.database.db, "bob@example.com").await?;

    let mut tx = office.database.db.system().await?;
    assert_eq!(invitation::find_by_token(&mut tx, &token("other")).await?, None);
    let found = invitation::find_by_token(&mut tx, &token("t")).await?.expect("it was sent");
    assert_eq!((found.id, found.tenant, found.tenant_name.as_str()), (id, office.tenant, "Acme"));
    assert!(found.is_open(now()) && !found.is_open(now() + TimeDelta::days(8)));
    let late = invitation::accept(&mut tx, &token("t"), bob, now() + TimeDelta::days(8)).await;
    assert!(matches!(late, Err(StoreError::NotFound { .. })));
    invitation::accept(&mut tx, &token("t"), bob, now()).await?;
    let again = invitation::accept(&mut tx, &token("t"), bob, now()).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })));
    assert_eq!(
        tenant::memberships_of(&mut tx, bob).await?[0].role,
        Role::Operator,
        "still a system transaction"
    );
    tx.commit().await?;

    let mut tx = office.tx().await?;
    assert!(!invitation::list(&mut tx).await?[0].is_open(now()));
    let lines = audit::list_for(&mut tx, "invitation", &id.to_string(), 9).await?;
    let said: Vec<_> = lines.iter().map(|line| (line.actor.as_str(), line.action.as_str())).collect();
    assert_eq!(said, [("bob@example.com", "accept"), ("ann@example.com", "invite")]);
    Ok(())
}

#[tokio::test]
async fn a_second_invitation_replaces_the_first_and_a_revoked_one_is_closed() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let bob = newcomer(&office.database.db, "bob@example.com").await?;
    let mut tx = office.tx().await?;
    invitation::create(&mut tx, &actor(), &invited("bob@example.com", "first"), now()).await?;
    let second = invitation::create(&mut tx, &actor(), &invited("Bob@Example.com", "second"), now()).await?;
    let open: Vec<_> = invitation::list(&mut tx).await?.into_iter().filter(|i| i.is_open(now())).collect();
    assert_eq!(open.iter().map(|i| i.id).collect::<Vec<_>>(), [second]);
    invitation::revoke(&mut tx, &actor(), second, now()).await?;
    assert!(invitation::revoke(&mut tx, &actor(), second, now()).await.is_err());
    tx.commit().await?;
    for spelling in ["first", "second"] {
        let mut tx = office.database.db.system().await?;
        let refused = invitation::accept(&mut tx, &token(spelling), bob, now()).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{spelling}");
    }
    Ok(())
}

#[tokio::test]
async fn the_last_admin_stays_one() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let bob = member(&office, "bob@example.com", Role::Operator).await?;
    let mut tx = office.tx().await?;
    let ann = office.admin;
    let refused = tenant::remove_member(&mut tx, &actor(), ann, now()).await;
    assert!(matches!(refused, Err(StoreError::LastAdmin)));
    let refused = tenant::set_role(&mut tx, &actor(), ann, Role::Viewer, &[]).await;
    assert!(matches!(refused, Err(StoreError::LastAdmin)));
    drop(tx);
    let mut tx = office.database.db.system().await?;
    assert!(matches!(user::soft_delete(&mut tx, &actor(), ann, now()).await, Err(StoreError::LastAdmin)));
    drop(tx);

    let mut tx = office.tx().await?;
    tenant::set_role(&mut tx, &actor(), bob, Role::Admin, &["spend".into()]).await?;
    tenant::set_role(&mut tx, &actor(), ann, Role::Viewer, &[]).await?;
    let bobs = tenant::find_member(&mut tx, bob).await?.expect("Bob is a member");
    assert_eq!((bobs.role, bobs.permissions), (Role::Admin, vec!["spend".into()]));
    tenant::remove_member(&mut tx, &actor(), ann, now()).await?;
    assert_eq!(tenant::find_member(&mut tx, ann).await?, None);
    let unknown = tenant::remove_member(&mut tx, &actor(), ann, now()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound { what: "member", .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_admins_who_remove_each_other_one_stays() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let bob = member(&office, "bob@example.com", Role::Admin).await?;
    for _ in 0..20 {
        let remove = |user| {
            let (db, tenant) = (office.database.db.clone(), office.tenant);
            tokio::spawn(async move {
                let mut tx: TenantTx = db.tenant(tenant).await?;
                tenant::remove_member(&mut tx, &actor(), user, now()).await?;
                tx.commit().await?;
                Ok::<_, StoreError>(user)
            })
        };
        let (one, two) = (remove(office.admin), remove(bob));
        let came = [one.await?, two.await?];
        let gone: Vec<_> = came.iter().filter_map(|came| came.as_ref().ok()).collect();
        assert_eq!(gone.len(), 1, "{came:?}");
        assert!(came.iter().any(|came| matches!(came, Err(StoreError::LastAdmin))), "{came:?}");
        let mut tx = office.database.db.system().await?;
        tenant::join(&mut tx, office.tenant, *gone[0], Role::Admin).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[tokio::test]
async fn who_leaves_takes_no_key_along() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let bob = member(&office, "bob@example.com", Role::Admin).await?;
    let as_bob = Actor::User { id: bob, name: "bob@example.com".into() };
    let mut tx = office.tx().await?;
    let bobs = api_key::create(&mut tx, &as_bob, &crate::api_keys::key("bob's")).await?;
    let other = api_key::create(&mut tx, &actor(), &crate::api_keys::key("other")).await?;
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    let login = session::open(&mut tx, &crate::sessions::new_session(&office, token("a")), now()).await?;
    user::soft_delete(&mut tx, &actor(), bob, now()).await?;
    assert_eq!(user::find(&mut tx, bob).await?, None);
    assert!(user::find_by_email(&mut tx, "bob@example.com").await?.is_none());
    assert!(tenant::memberships_of(&mut tx, bob).await?.is_empty());
    let ann = session::find(&mut tx, login).await?.expect("it was opened");
    assert_eq!(ann.revoked, None, "someone else's login");
    tx.commit().await?;
    let mut tx = office.tx().await?;
    assert!(!api_key::get(&mut tx, bobs).await?.is_live(now()));
    assert!(api_key::get(&mut tx, other).await?.is_live(now()));
    Ok(())
}

#[tokio::test]
async fn a_person_and_a_tenant_say_how_they_are_called() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rival = office.stranger().await?;
    let bob = newcomer(&office.database.db, "bob@example.com").await?;
    let profile = user::Profile {
        username: Some("annie".into()),
        first_name: Some("Ann".into()),
        last_name: None,
        avatar_url: None,
        preferences: json!({"theme": "dark"}),
    };
    let mut tx = office.database.db.system().await?;
    user::update_profile(&mut tx, office.admin, &profile).await?;
    let at = now();
    user::verify_email(&mut tx, office.admin, at).await?;
    user::verify_email(&mut tx, office.admin, at + TimeDelta::days(1)).await?;
    let ann = user::find(&mut tx, office.admin).await?.expect("Ann is here");
    assert_eq!((&ann.profile, ann.email_verified_at), (&profile, Some(at)));
    tx.commit().await?;
    let mut tx = office.database.db.system().await?;
    let taken = user::Profile { username: Some("Annie".into()), ..profile };
    let refused = user::update_profile(&mut tx, bob, &taken).await;
    assert!(matches!(refused, Err(StoreError::Conflict { constraint: Constraint::Username, .. })));
    drop(tx);

    let update = tenant::Update {
        name: "Acme GmbH".into(),
        primary_domain: Some("acme.example".into()),
        settings: json!({"week_starts": "monday"}),
    };
    let mut tx = office.tx().await?;
    tenant::update(&mut tx, &actor(), &update).await?;
    let acme = tenant::get(&mut tx).await?;
    assert_eq!((acme.name.as_str(), acme.slug.as_str()), ("Acme GmbH", "acme"));
    assert_eq!(acme.settings, update.settings);
    tx.commit().await?;
    let mut tx = office.database.db.tenant(rival).await?;
    let refused = tenant::update(&mut tx, &actor(), &update).await;
    assert!(matches!(refused, Err(StoreError::Conflict { constraint: Constraint::TenantDomain, .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_a_message_is_good_once_for_its_purpose_and_uses_up_its_siblings() -> anyhow::Result<()>
{
    let office = Office::open().await?;
    let purpose = Purpose::ResetPassword;
    let soon = now() + TimeDelta::hours(1);
    let mut tx = office.database.db.system().await?;
    for spelling in ["one", "two", "old"] {
        let end = if spelling == "old" { now() } else { soon };
        user_token::create(&mut tx, purpose, office.admin, &token(spelling), end).await?;
    }
    assert_eq!(user_token::redeem(&mut tx, Purpose::VerifyEmail, &token("one"), now()).await?, None);
    assert_eq!(user_token::redeem(&mut tx, purpose, &token("old"), now()).await?, None);
    assert_eq!(user_token::redeem(&mut tx, purpose, &token("unknown"), now()).await?, None);
    tx.commit().await?;

    let at_once = (0..20).map(|number| {
        let db = office.database.db.clone();
        tokio::spawn(async move {
            let mut tx = db.system().await?;
            let hash = token(if number % 2 == 0 { "one" } else { "two" });
            let whose = user_token::redeem(&mut tx, purpose, &hash, now()).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(whose)
        })
    });
    let mut good = Vec::new();
    for came in at_once.collect::<Vec<_>>() {
        good.extend(came.await??);
    }
    assert_eq!(good, [office.admin]);
    let mut tx = office.database.db.system().await?;
    assert_eq!(user_token::purge(&mut tx, soon).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_and_a_recovery_code_are_each_good_once() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let ann = office.admin;
    let mut tx = office.database.db.system().await?;
    assert!(totp::enrol(&mut tx, ann, &[1; 90]).await?);
    assert!(totp::enrol(&mut tx, ann, &[2; 90]).await?, "an unconfirmed secret may be replaced");
    totp::confirm(&mut tx, ann, &[token("r1"), token("r2")], now()).await?;
    assert!(totp::confirm(&mut tx, ann, &[], now()).await.is_err());
    assert!(!totp::enrol(&mut tx, ann, &[3; 90]).await?, "a confirmed one stands");
    tx.commit().await?;

    let at_once = (0..20).map(|_| {
        let db = office.database.db.clone();
        tokio::spawn(async move {
            let mut tx = db.system().await?;
            let step = totp::accept_step(&mut tx, ann, 1_000).await?;
            let code = totp::redeem_recovery(&mut tx, ann, &token("r1"), now()).await?;
            tx.commit().await?;
            Ok::<_, StoreError>((step, code))
        })
    });
    let mut counts = (0, 0);
    for came in at_once.collect::<Vec<_>>() {
        let (step, code) = came.await??;
        counts = (counts.0 + usize::from(step), counts.1 + usize::from(code));
    }
    assert_eq!(counts, (1, 1));
    let mut tx = office.database.db.system().await?;
    assert!(!totp::accept_step(&mut tx, ann, 999).await?, "an earlier step is a replay too");
    assert!(totp::accept_step(&mut tx, ann, 1_001).await?);
    assert_eq!(totp::recovery_left(&mut tx, ann).await?, 1);
    let found = totp::find(&mut tx, ann).await?.expect("it is confirmed");
    assert_eq!((found.sealed, found.last_step), (vec![2; 90], Some(1_001)));
    totp::remove(&mut tx, ann).await?;
    assert_eq!(totp::find(&mut tx, ann).await?, None);
    assert!(!totp::redeem_recovery(&mut tx, ann, &token("r2"), now()).await?);
    Ok(())
}
