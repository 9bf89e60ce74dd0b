//! Logins and their refresh tokens.

use crate::support::{Office, now, token};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{SessionId, TenantId};
use placard_store::{
    StoreError, TokenHash,
    session::{self, NewSession, Refreshed, RevokedReason},
    tenant,
};

pub(crate) fn new_session(office: &Office, refresh: TokenHash) -> NewSession {
    NewSession {
        user: office.admin,
        tenant: Some(office.tenant),
        refresh,
        expires_at: now() + TimeDelta::days(30),
        ip: Some(std::net::Ipv6Addr::LOCALHOST.into()),
        user_agent: Some("Firefox".into()),
    }
}

async fn open(office: &Office, refresh: &str) -> anyhow::Result<SessionId> {
    let mut tx = office.database.db.system().await?;
    let id = session::open(&mut tx, &new_session(office, token(refresh)), now()).await?;
    tx.commit().await?;
    Ok(id)
}

async fn refresh(office: &Office, old: &str, new: &str, at: DateTime<Utc>) -> anyhow::Result<Refreshed> {
    let mut tx = office.database.db.system().await?;
    let came = session::refresh(&mut tx, &token(old), &token(new), at, at + TimeDelta::days(30)).await?;
    tx.commit().await?;
    Ok(came)
}

#[tokio::test]
async fn a_login_is_renewed_by_each_token_once_and_shows_where_it_came_from() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let user = office.admin;
    let id = open(&office, "a").await?;
    let later = now() + TimeDelta::minutes(5);
    let renewed = Refreshed::Renewed { session: id, user, tenant: Some(office.tenant) };
    assert_eq!(refresh(&office, "a", "b", later).await?, renewed);
    assert_eq!(refresh(&office, "b", "c", later).await?, renewed);
    assert_eq!(refresh(&office, "never issued", "d", later).await?, Refreshed::Unknown);

    let mut tx = office.database.db.system().await?;
    let [seen] = &session::list(&mut tx, user, later).await?[..] else { panic!("there is one login") };
    assert_eq!((seen.id, seen.user, seen.tenant, seen.revoked), (id, user, Some(office.tenant), None));
    assert_eq!((seen.last_used_at, seen.expires_at), (later, later + TimeDelta::days(30)));
    assert_eq!(seen.ip, Some(std::net::Ipv6Addr::LOCALHOST.into()));
    assert_eq!(seen.user_agent.as_deref(), Some("Firefox"));
    assert!(session::list(&mut tx, user, later + TimeDelta::days(31)).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_token_that_comes_again_later_ends_the_whole_login() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = open(&office, "a").await?;
    let start = now();
    refresh(&office, "a", "b", start).await?;
    // Two tabs at one moment are no theft.
    assert_eq!(refresh(&office, "a", "x", start + TimeDelta::seconds(9)).await?, Refreshed::JustUsed);
    assert!(matches!(refresh(&office, "b", "c", start).await?, Refreshed::Renewed { .. }));

    let thief = refresh(&office, "a", "y", start + TimeDelta::seconds(10)).await?;
    assert_eq!(thief, Refreshed::Reused { session: id, user: office.admin });
    assert_eq!(refresh(&office, "c", "d", start + TimeDelta::seconds(11)).await?, Refreshed::Revoked);
    assert_eq!(refresh(&office, "a", "z", start + TimeDelta::minutes(1)).await?, Refreshed::Revoked);
    assert_eq!(refresh(&office, "y", "z", start).await?, Refreshed::Unknown, "nothing was issued");
    let mut tx = office.database.db.system().await?;
    let ended = session::find(&mut tx, id).await?.expect("it is remembered");
    assert_eq!(ended.revoked.map(|(_, why)| why), Some(RevokedReason::Reuse));
    Ok(())
}

#[tokio::test]
async fn a_token_too_old_is_refused_and_the_login_forgotten_a_month_later() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = open(&office, "a").await?;
    let dead = now() + TimeDelta::days(30) + TimeDelta::minutes(1);
    assert_eq!(refresh(&office, "a", "b", dead).await?, Refreshed::Expired);
    let mut tx = office.database.db.system().await?;
    assert_eq!(session::purge(&mut tx, dead + TimeDelta::days(29)).await?, 0);
    assert_eq!(session::purge(&mut tx, dead + TimeDelta::days(31)).await?, 1);
    assert_eq!(session::find(&mut tx, id).await?, None);
    Ok(())
}

#[tokio::test]
async fn logins_end_one_by_one_or_all_but_the_present_one() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(open(&office, name).await?);
    }
    let mut tx = office.database.db.system().await?;
    assert!(session::revoke(&mut tx, ids[0], RevokedReason::Logout, now()).await?);
    assert!(!session::revoke(&mut tx, ids[0], RevokedReason::Revoked, now()).await?);
    let reason = RevokedReason::PasswordChanged;
    assert_eq!(session::revoke_all(&mut tx, office.admin, Some(ids[2]), reason, now()).await?, 1);
    let left: Vec<_> = session::list(&mut tx, office.admin, now()).await?;
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [ids[2]]);
    let first = session::find(&mut tx, ids[0]).await?.expect("it is remembered");
    assert_eq!(first.revoked.map(|(_, why)| why), Some(RevokedReason::Logout), "the first reason stands");
    Ok(())
}

#[tokio::test]
async fn a_person_works_only_in_tenants_that_the_person_belongs_to() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rival = office.stranger().await?;
    let id = open(&office, "a").await?;
    let mut tx = office.database.db.system().await?;
    let refused = session::switch_tenant(&mut tx, id, rival).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    tenant::join(&mut tx, rival, office.admin, tenant::Role::Viewer).await?;
    session::switch_tenant(&mut tx, id, rival).await?;
    tx.commit().await?;
    assert_eq!(tenant_after(&office, "a", "b").await?, Some(rival));

    // Whoever left a tenant does not get back into it by an old login.
    sqlx::query("delete from membership where tenant_id = $1 and user_id = $2")
        .bind(rival.0)
        .bind(office.admin.0)
        .execute(&mut office.database.superuser().await)
        .await?;
    assert_eq!(tenant_after(&office, "b", "c").await?, None);
    Ok(())
}

async fn tenant_after(office: &Office, old: &str, new: &str) -> anyhow::Result<Option<TenantId>> {
    match refresh(office, old, new, now()).await? {
        Refreshed::Renewed { tenant, .. } => Ok(tenant),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_present_one_token_at_once_exactly_one_goes_on() -> anyhow::Result<()> {
    const ROUNDS: usize = 1_000;
    let office = Office::open().await?;
    let id = open(&office, "0").await?;
    let mut living = "0".to_owned();
    for round in 1..=ROUNDS {
        let at = now();
        let rivals = (0..50).map(|rival| {
            let (db, old) = (office.database.db.clone(), token(&living));
            let next = format!("{round}/{rival}");
            tokio::spawn(async move {
                let mut tx = db.system().await?;
                let new = token(&next);
                let came = session::refresh(&mut tx, &old, &new, at, at + TimeDelta::days(30)).await?;
                tx.commit().await?;
                Ok::<_, StoreError>((came, next))
            })
        });
        let mut winners = Vec::new();
        for rival in rivals.collect::<Vec<_>>() {
            match rival.await?? {
                (Refreshed::Renewed { .. }, next) => winners.push(next),
                (Refreshed::JustUsed, _) => {}
                (other, _) => panic!("round {round}: {other:?}"),
            }
        }
        let [winner] = &winners[..] else { panic!("round {round}: {} went on", winners.len()) };
        living.clone_from(winner);
    }
    let living: i64 =
        sqlx::query_scalar("select count(*) from refresh_token where session_id = $1 and used_at is null")
            .bind(id.0)
            .fetch_one(&mut office.database.superuser().await)
            .await?;
    assert_eq!(living, 1);
    Ok(())
}
