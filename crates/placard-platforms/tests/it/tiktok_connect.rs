//! Logging in to TikTok, and what a login opens.

use crate::tiktok_desk::{Desk, adapter};
use chrono::Utc;
use placard_domain::{AccountRef, Platform};
use placard_platforms::{AdPlatform, ErrorKind, Held};
use placard_sandbox::SandboxConfig;
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;

const REDIRECT: &str = "https://app.test/back";

#[tokio::test]
async fn consent_leads_to_a_token_that_does_not_end() -> anyhow::Result<()> {
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let tiktok = adapter(&sandbox, Duration::from_secs(5))?;
    let mut consent = tiktok.consent_url("s1", REDIRECT);
    assert_eq!(consent.path(), "/portal/auth");
    consent.query_pairs_mut().append_pair("auto", "1");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let reply = client.get(consent).send().await?;
    let back: url::Url = reply.headers()["location"].to_str()?.parse()?;
    let pair = |wanted: &str| {
        back.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap()
    };
    assert_eq!((pair("state").as_str(), pair("code")), ("s1", pair("auth_code")));

    let grant = tiktok.redeem(&pair("code"), REDIRECT, Utc::now()).await?;
    assert!(grant.expires_at.is_none() && grant.refresh_token.is_none());
    assert!(!grant.scopes.is_empty());
    let opened = tiktok.opened(&grant.token).await?;
    assert!(opened.user_id.is_some() && opened.accounts.len() > 1);
    assert!(opened.pages.iter().all(|page| !page.id.is_empty() && !page.name.is_empty()));

    let again = tiktok.redeem(&pair("code"), REDIRECT, Utc::now()).await.unwrap_err();
    assert_eq!((again.kind, again.number()), (ErrorKind::Unauthenticated, Some(40_110)));
    Ok(())
}

#[tokio::test]
async fn a_token_is_not_renewed_but_asked_for_anew() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let held = Held { token: desk.access.token.clone(), refresh_token: None };
    let before = desk.sandbox.requests(0).len();
    let error = desk.adapter.renew(&held, Utc::now()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert_eq!(desk.sandbox.requests(0).len(), before, "nothing is asked");
    Ok(())
}

#[tokio::test]
async fn accounts_tell_their_currency_zone_and_state() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let opened = desk.adapter.opened(&desk.access.token).await?;
    let told: Vec<_> = opened
        .accounts
        .iter()
        .map(|account| (account.currency.code(), account.zone.name(), account.active))
        .collect();
    let expected = [
        ("EUR", "Europe/Berlin", true),
        ("USD", "America/New_York", true),
        ("JPY", "Asia/Tokyo", true),
        ("EUR", "Europe/Berlin", false),
    ];
    assert_eq!(told, expected);
    // Identities that are not made for ads say what they are, because a spec has to.
    assert!(opened.pages.iter().any(|page| page.name.ends_with("(tt_user)")));
    Ok(())
}

#[tokio::test]
async fn an_account_that_may_not_advertise_says_why_and_what_helps() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    assert!(desk.adapter.health(&desk.access).await?.blockers.is_empty());
    let opened = desk.adapter.opened(&desk.access.token).await?;
    let punished = opened.accounts.iter().find(|account| !account.active).unwrap();
    desk.access.account = punished.account.clone();
    let health = desk.adapter.health(&desk.access).await?;
    assert_eq!(health.blockers.len(), 1);
    assert!(health.blockers[0].problem.contains("punished") && health.blockers[0].fix.contains("Appeal"));
    Ok(())
}

#[tokio::test]
async fn a_dead_token_and_a_foreign_account_are_told_apart() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let dead = "dead".to_owned().into();
    let error = desk.adapter.opened(&dead).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!format!("{error:?}").contains(placard_sandbox::TIKTOK_APP_SECRET));
    desk.access.account = AccountRef { platform: Platform::Tiktok, id: "7999999".to_owned() };
    let error = desk.adapter.health(&desk.access).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Forbidden | ErrorKind::AccountBlocked), "{error}");
    assert!(!format!("{error:?}").contains(desk.access.token.expose_secret()));
    Ok(())
}

#[tokio::test]
async fn a_token_without_the_permission_says_which_way_to_go() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let minted = desk.control("tokens/mint", json!({"platform": "tiktok", "scopes": ["4"]})).await?;
    desk.access.token = minted["access_token"].as_str().unwrap().to_owned().into();
    let error = desk.adapter.health(&desk.access).await.unwrap_err();
    assert_eq!((error.kind, error.number()), (ErrorKind::Forbidden, Some(40_130)));
    assert!(error.user_message.unwrap().contains("connect"));
    Ok(())
}
