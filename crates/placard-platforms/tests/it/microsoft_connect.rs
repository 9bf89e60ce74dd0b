//! Logging in to Microsoft, and what a login opens.

use crate::microsoft_desk::{Desk, adapter};
use chrono::Utc;
use placard_domain::Platform;
use placard_platforms::{AdPlatform, ErrorKind, Held, microsoft::SCOPE};
use placard_sandbox::SandboxConfig;
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;

const REDIRECT: &str = "https://app.test/back";

#[tokio::test]
async fn consent_leads_to_a_token_and_every_renewal_to_a_new_refresh_token() -> anyhow::Result<()> {
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let microsoft = adapter(&sandbox, Duration::from_secs(5))?;
    let mut consent = microsoft.consent_url("s1", REDIRECT);
    assert_eq!(consent.path(), "/common/oauth2/v2.0/authorize");
    consent.query_pairs_mut().append_pair("auto", "1");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let reply = client.get(consent).send().await?;
    let back: url::Url = reply.headers()["location"].to_str()?.parse()?;
    let pair = |wanted: &str| {
        back.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap()
    };
    assert_eq!(pair("state"), "s1");

    let grant = microsoft.redeem(&pair("code"), REDIRECT, Utc::now()).await?;
    let lifetime = (grant.expires_at.unwrap() - Utc::now()).num_minutes();
    assert!((30..=60).contains(&lifetime), "{lifetime}");
    let mut held = Held { token: grant.token, refresh_token: grant.refresh_token };
    for _ in 0..2 {
        let renewed = microsoft.renew(&held, Utc::now()).await?;
        let (old, new) = (held.refresh_token.unwrap(), renewed.refresh_token.unwrap());
        assert_ne!(old.expose_secret(), new.expose_secret());
        held = Held { token: renewed.token, refresh_token: Some(new) };
    }
    let opened = microsoft.opened(&held.token).await?;
    assert!(opened.user_id.is_some() && opened.scopes == [SCOPE]);

    let again = microsoft.redeem(&pair("code"), REDIRECT, Utc::now()).await.unwrap_err();
    assert_eq!(again.kind, ErrorKind::Unauthenticated);
    assert!(!format!("{again:?}").contains(&pair("code")));
    Ok(())
}

#[tokio::test]
async fn without_a_refresh_token_or_with_a_dead_one_a_new_consent_is_needed() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for refresh_token in [None, Some("nobody-knows-this".to_owned().into())] {
        let held = Held { token: desk.access.token.clone(), refresh_token };
        let error = desk.adapter.renew(&held, Utc::now()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated, "{error}");
        assert!(!format!("{error:?}").contains("nobody-knows-this"));
    }
    Ok(())
}

#[tokio::test]
async fn accounts_tell_their_currency_their_zone_and_the_customer_they_are_reached_through()
-> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let opened = desk.adapter.opened(&desk.access.token).await?;
    assert!(opened.accounts.len() > 1);
    for account in &opened.accounts {
        assert_eq!(account.account.platform, Platform::Microsoft);
        assert!(account.business_id.is_some(), "{account:?}");
    }
    assert!(opened.accounts.iter().any(|account| !account.active), "one of them is suspended");
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_not_active_cannot_publish() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    assert!(desk.adapter.health(&desk.access).await?.blockers.is_empty());
    let path = format!("accounts/{}", desk.access.account.id);
    desk.control(&path, json!({"status": "Suspended"})).await?;
    let blockers = desk.adapter.health(&desk.access).await?.blockers;
    assert_eq!(blockers.len(), 1);
    assert!(blockers[0].problem.contains("suspended"), "{blockers:?}");
    Ok(())
}
