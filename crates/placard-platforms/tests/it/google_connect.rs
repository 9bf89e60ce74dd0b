//! Consent, tokens, accounts, and whether an account can publish.

use crate::google_desk::{Desk, Spec, adapter};
use chrono::{DateTime, Utc};
use placard_platforms::{AdPlatform, ErrorKind, Held, google::SCOPE};
use placard_sandbox::SandboxConfig;
use std::{collections::BTreeMap, time::Duration};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_606_400, 0).unwrap()
}

const REDIRECT: &str = "http://127.0.0.1:7777/connect/google/callback";

/// Walks through the consent page and brings the code back.
async fn consent(desk: &Desk) -> anyhow::Result<String> {
    let mut url = desk.adapter.consent_url("state-1", REDIRECT);
    url.query_pairs_mut().append_pair("auto", "1");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let answer = client.get(url).send().await?;
    let location: url::Url = answer.headers()["location"].to_str()?.parse()?;
    let parameter =
        |name: &str| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(parameter("state").as_deref(), Some("state-1"));
    Ok(parameter("code").unwrap())
}

#[tokio::test]
async fn consent_leads_to_a_token_and_what_renews_it() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let grant = desk.adapter.redeem(&consent(&desk).await?, REDIRECT, now()).await?;
    assert_eq!(grant.scopes, [SCOPE]);
    let held = Held { token: grant.token, refresh_token: grant.refresh_token };
    assert!(held.refresh_token.is_some());
    let renewed = desk.adapter.renew(&held, now()).await?;
    assert!(!desk.adapter.opened(&renewed.token).await?.accounts.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_code_works_once_and_only_for_its_own_redirect() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let code = consent(&desk).await?;
    assert!(desk.adapter.redeem(&code, "http://127.0.0.1:7777/other", now()).await.is_err());

    let code = consent(&desk).await?;
    desk.adapter.redeem(&code, REDIRECT, now()).await?;
    let error = desk.adapter.redeem(&code, REDIRECT, now()).await.unwrap_err();
    assert!(!format!("{error:?}").contains(&code), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn the_consent_page_asks_for_one_permission_and_a_refresh_token() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let page = desk.adapter.consent_url("state-1", "http://127.0.0.1:9/callback");
    let asked: BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    assert_eq!(page.path(), "/o/oauth2/v2/auth");
    for (name, value) in [
        ("scope", SCOPE),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("response_type", "code"),
        ("state", "state-1"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_gives_a_token_that_works_and_dies_within_the_hour() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let (token, refresh) = desk.sandbox.google_tokens();
    let held = Held { token: token.into(), refresh_token: Some(refresh.into()) };
    let grant = desk.adapter.renew(&held, now()).await?;

    let lifetime = (grant.expires_at.unwrap() - now()).num_minutes();
    assert!((30..=60).contains(&lifetime), "{lifetime}");
    assert!(grant.refresh_token.is_none(), "the one that is held stays good");
    assert!(!desk.adapter.opened(&grant.token).await?.accounts.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_dead_grant_needs_a_new_consent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for refresh_token in [Some("1//nothing".to_owned().into()), None] {
        let held = Held { token: "t".to_owned().into(), refresh_token };
        assert_eq!(desk.adapter.renew(&held, now()).await.unwrap_err().kind, ErrorKind::Unauthenticated);
    }
    let code = desk.adapter.redeem("4/nothing", "http://127.0.0.1:9/callback", now()).await;
    assert_eq!(code.unwrap_err().kind, ErrorKind::Unauthenticated);
    Ok(())
}

#[tokio::test]
async fn accounts_are_listed_once_and_managers_are_the_way_and_no_account() -> anyhow::Result<()> {
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let google = adapter(&sandbox, Duration::from_secs(10))?;
    let opened = google.opened(&sandbox.google_tokens().0.into()).await?;

    let mut ids: Vec<&str> = opened.accounts.iter().map(|account| account.account.id.as_str()).collect();
    assert!(ids.iter().all(|id| id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_digit())), "{ids:?}");
    let managers: Vec<&str> =
        opened.accounts.iter().filter_map(|account| account.business_id.as_deref()).collect();
    assert!(!managers.is_empty() && managers.iter().all(|manager| !ids.contains(manager)), "{managers:?}");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    Ok(())
}

#[tokio::test]
async fn every_open_account_that_is_listed_can_be_used_the_way_it_was_reached() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for account in desk.adapter.opened(&desk.access.token).await?.accounts {
        let mut access = desk.access.clone();
        (access.account, access.manager) = (account.account.clone(), account.business_id.clone());
        match desk.adapter.health(&access).await {
            Ok(health) => {
                assert_eq!(health.account.currency, account.currency);
                assert_eq!(health.blockers.is_empty(), account.active, "{:#?}", health.blockers);
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::AccountBlocked, "{error}");
                assert!(!account.active, "{account:#?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_account_reached_through_a_manager_is_published_to() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let accounts = desk.adapter.opened(&desk.access.token).await?.accounts;
    let account =
        accounts.into_iter().find(|account| account.business_id.is_some() && account.active).unwrap();
    (desk.access.account, desk.access.manager) = (account.account.clone(), account.business_id);
    (desk.context.account, desk.context.currency, desk.context.zone) =
        (account.account, account.currency, account.zone);
    let spec = Spec {
        currency: account.currency.code().to_owned().leak(),
        top: "budget: {daily: 3000}",
        ..Spec::default()
    };
    let published = desk.publish(&spec.campaign()?).await?;
    desk.assert_no_drift(&published).await?;

    desk.access.manager = None;
    let refused = desk.adapter.read(&desk.access, &[]).await;
    assert!(refused.is_ok(), "nothing was asked");
    let refused = desk.adapter.survey(&desk.access, &desk.context.tag).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    Ok(())
}
