//! Consent, tokens, accounts, pages, and whether publishing is possible.

use crate::meta_desk::{Desk, adapter};
use placard_domain::{AccountRef, Platform};
use placard_platforms::{Access, AdPlatform, ErrorKind, Held, Retry, meta::SCOPES};
use placard_sandbox::SandboxConfig;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

const REDIRECT: &str = "http://127.0.0.1:7777/connect/meta/callback";

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
async fn consent_leads_to_a_token_of_sixty_days() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let now = desk.sandbox.now();
    let short = desk.adapter.exchange_code(&consent(&desk).await?, REDIRECT, now).await?;
    let long = desk.adapter.long_lived(&short.token, now).await?;

    let days = |grant: &placard_platforms::Grant| (grant.expires_at.unwrap() - now).num_days();
    assert_eq!((days(&short), days(&long)), (0, 60));
    assert!(
        SCOPES.iter().all(|scope| long.scopes.iter().any(|granted| granted == scope)),
        "{:?}",
        long.scopes
    );
    assert!(long.user_id.is_some());
    let renewed = desk.adapter.renew(&Held { token: long.token.clone(), refresh_token: None }, now).await?;
    assert_eq!(days(&renewed), 60);
    Ok(())
}

#[tokio::test]
async fn a_code_works_once_and_only_for_its_own_redirect() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let now = desk.sandbox.now();
    let code = consent(&desk).await?;
    assert!(desk.adapter.exchange_code(&code, "http://127.0.0.1:7777/other", now).await.is_err());

    let code = consent(&desk).await?;
    desk.adapter.exchange_code(&code, REDIRECT, now).await?;
    let error = desk.adapter.exchange_code(&code, REDIRECT, now).await.unwrap_err();
    assert!(!format!("{error:?}").contains(&code), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn accounts_come_with_currency_zone_and_state() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let accounts = desk.adapter.accounts(&desk.access.token).await?;
    let find = |id: &str| accounts.iter().find(|account| account.account.id == id).unwrap();

    assert_eq!(accounts.len(), 5, "the foreign account is not among them");
    assert_eq!((find("act_1001").currency.code(), find("act_1001").zone.name()), ("EUR", "Europe/Berlin"));
    assert_eq!(find("act_1003").currency.code(), "JPY");
    assert!(!find("act_1004").active);
    assert_eq!(find("act_1004").status, "disabled");
    assert!(find("act_1001").payment_connected && !find("act_1005").payment_connected);
    Ok(())
}

#[tokio::test]
async fn pages_come_with_their_tokens_and_what_they_may() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let pages = desk.adapter.pages(&desk.access.token).await?;
    let find = |id: &str| pages.iter().find(|page| page.id == id).unwrap();

    assert_eq!(pages.len(), 2);
    assert_eq!(find("2001").instagram_id.as_deref(), Some("4001"));
    assert!(find("2001").lead_terms_accepted && !find("2002").lead_terms_accepted);
    let facts = desk.adapter.inspect(&find("2001").token).await?;
    assert!(facts.valid && facts.ours);
    assert_eq!(facts.kind.as_deref(), Some("PAGE"));
    Ok(())
}

#[tokio::test]
async fn what_stands_in_the_way_of_publishing_is_named() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    assert_eq!(desk.adapter.health(&desk.access).await?.blockers, []);

    for (account, word) in [("act_1004", "disabled"), ("act_1005", "payment")] {
        let account = AccountRef { platform: Platform::Meta, id: account.to_owned() };
        let health = desk.adapter.health(&Access { account, ..desk.access.clone() }).await?;
        assert!(
            health.blockers.iter().any(|blocker| blocker.problem.contains(word)),
            "{:?}",
            health.blockers
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_asks_for_a_person_and_is_never_shown() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.sandbox.revoke_tokens(460);

    let error = desk.adapter.survey(&desk.access, &desk.context.tag).await.unwrap_err();
    assert_eq!((error.kind, error.number()), (ErrorKind::Unauthenticated, Some(190)));
    assert!(matches!(error.kind.retry_read(), Retry::AfterHumanFix(_)));
    let error = desk.adapter.health(&desk.access).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!format!("{error:?} {error}").contains(desk.access.token.expose_secret()));
    Ok(())
}

#[tokio::test]
async fn a_token_dies_with_time() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.sandbox.advance(chrono::TimeDelta::days(61))?;
    let facts = desk.adapter.inspect(&desk.access.token).await?;
    assert!(!facts.valid && facts.problem.is_some());
    let error = desk.adapter.accounts(&desk.access.token).await.unwrap_err();
    assert_eq!((error.number(), error.subcode), (Some(190), Some(463)));
    Ok(())
}

#[tokio::test]
async fn permissions_can_be_given_back() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let granted = desk.adapter.permissions(&desk.access.token).await?;
    assert!(granted.iter().any(|permission| permission.name == "ads_management" && permission.granted));

    desk.adapter.revoke(&desk.access.token).await?;
    assert!(desk.adapter.accounts(&desk.access.token).await.is_err());
    Ok(())
}

#[tokio::test]
async fn every_call_brings_the_proof_that_the_app_demands() -> anyhow::Result<()> {
    let config = SandboxConfig { require_appsecret_proof: true, ..SandboxConfig::default() };
    let desk = Desk::open_on("act_1001", config).await?;
    let published = desk.publish(&crate::specs::leads().campaign()?).await?;
    desk.assert_no_drift(&published).await?;
    desk.adapter.survey(&desk.access, &desk.context.tag).await?;
    desk.adapter.pages(&desk.access.token).await?;
    Ok(())
}

#[tokio::test]
async fn a_token_that_meta_repeats_in_its_words_is_masked() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let meta = adapter(&desk.sandbox, Duration::from_secs(10))?;
    let wrong = SecretString::from("EAABwrongtoken1234567890");
    let error = meta.accounts(&wrong).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!format!("{error:?} {error}").contains("EAABwrong"));
    Ok(())
}
