//! Connecting an ad account: consent in the browser, the token, what it may do, and who speaks.

use crate::session::{SANDBOX, Session};
use anyhow::{Context, Result, anyhow, bail};
use axum::{Router, extract::Query, response::Html, routing::get};
use chrono::{DateTime, Utc};
use placard_domain::{AdAccount, Platform};
use placard_platforms::{AdPlatform, ErrorKind, Grant as Token, Page};
use placard_store::{
    ad_account,
    audit::Actor,
    connection::{self, Grant, Named, Profile},
    tenant::Tenant,
};
use std::{collections::HashMap, time::Duration};
use tokio::sync::mpsc;
use url::Url;

/// How long we wait for someone to agree in the browser.
const PATIENCE: Duration = Duration::from_secs(600);

/// What to connect.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where.
    pub platform: Platform,
    /// Pretend: the sandbox instead of the platform.
    pub sandbox: bool,
    /// The account; every one that can advertise if `None`.
    pub account: Option<String>,
    /// The page that speaks; the first that may use lead forms if `None`.
    pub page: Option<String>,
    /// Agree by itself. Only the sandbox knows that.
    pub headless: bool,
}

/// What is connected now.
pub struct Connected {
    /// The accounts, with their names.
    pub accounts: Vec<AdAccount>,
    /// Accounts that were seen and cannot advertise.
    pub left_out: Vec<AdAccount>,
    /// The page that speaks.
    pub page: Option<Named>,
    /// When the token dies, in days from now.
    pub days_left: Option<i64>,
}

/// Takes a person through consent and stores what was granted. `show` is given the address to open.
pub async fn connect(
    session: &Session,
    tenant: &Tenant,
    wish: &Wish,
    show: impl Fn(&Url),
) -> Result<Connected> {
    let endpoint = wish.sandbox.then_some(SANDBOX);
    let (platform, now) = session.platform(wish.platform, endpoint).await?;
    let token = consent(&*platform, wish, show, now).await?;
    let actor = session.actor();
    keep(session, tenant, &actor, &*platform, wish, &token, now).await
}

/// Looks at what a token opens, and stores it for the accounts that were wished for.
pub async fn keep(
    session: &Session,
    tenant: &Tenant,
    actor: &Actor,
    platform: &dyn AdPlatform,
    wish: &Wish,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Connected> {
    let endpoint = wish.sandbox.then_some(SANDBOX);
    let opened = platform.opened(&token.token).await.map_err(|error| match error.kind {
        ErrorKind::Forbidden => anyhow!("{}; connect again and leave it ticked", error.message),
        _ => error.into(),
    })?;
    let (accounts, left_out) = choose_accounts(opened.accounts, wish)?;
    let page = choose_page(opened.pages, wish)?;
    let profile = Profile {
        remote_user_id: opened.user_id,
        permissions: opened.scopes,
        page: page.as_ref().map(|page| Named { id: page.id.clone(), name: page.name.clone() }),
        instagram: page
            .as_ref()
            .and_then(|page| page.instagram_id.clone())
            .map(|id| Named { id, name: String::new() }),
        business: None,
        admin_connected: true,
        app_connected: true,
    };
    let mut tx = session.db().tenant(tenant.id).await?;
    for account in accounts.iter().chain(&left_out) {
        ad_account::upsert(&mut tx, account, now).await?;
    }
    for account in &accounts {
        let grant = Grant {
            account: account.account.clone(),
            endpoint: endpoint.map(str::to_owned),
            token: token.token.clone(),
            page_token: page.as_ref().map(|page| page.token.clone()),
            refresh_token: token.refresh_token.clone(),
            token_expires_at: token.expires_at,
            profile: profile.clone(),
        };
        connection::upsert(&mut tx, session.vault(), actor, &grant).await?;
    }
    tx.commit().await?;
    let days_left = token.expires_at.map(|end| (end - now).num_days());
    Ok(Connected { accounts, left_out, page: profile.page, days_left })
}

async fn consent(
    platform: &dyn AdPlatform,
    wish: &Wish,
    show: impl Fn(&Url),
    now: DateTime<Utc>,
) -> Result<Token> {
    let listener =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.context("no port is free for the way back")?;
    let redirect = format!("http://{}/connected", listener.local_addr()?);
    let state = hex::encode(rand::random::<[u8; 16]>());
    let mut url = platform.consent_url(&state, &redirect);
    let (sender, mut answers) = mpsc::channel::<HashMap<String, String>>(4);
    let route = get(move |Query(answer): Query<HashMap<String, String>>| async move {
        let agreed = answer.contains_key("code");
        // Whoever waits may have heard enough already.
        let _ = sender.send(answer).await;
        Html(if agreed { AGREED } else { DECLINED })
    });
    let server =
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/connected", route)).await });
    if wish.headless {
        anyhow::ensure!(wish.sandbox, "only the sandbox agrees by itself; leave out --yes");
        url.query_pairs_mut().append_pair("auto", "1");
        reqwest::Client::builder()
            .no_proxy()
            .build()?
            .get(url.clone())
            .send()
            .await
            .context("the sandbox cannot be reached")?;
    } else {
        show(&url);
    }
    let answer =
        tokio::time::timeout(PATIENCE, answers.recv()).await.context("nobody agreed in ten minutes")?;
    server.abort();
    let answer = answer.context("the way back was closed")?;
    anyhow::ensure!(
        answer.get("state") == Some(&state),
        "the answer belongs to another attempt; connect again"
    );
    let Some(code) = answer.get("code") else {
        bail!("consent was declined; connect again when you want to go on");
    };
    Ok(platform.redeem(code, &redirect, now).await?)
}

fn choose_accounts(all: Vec<AdAccount>, wish: &Wish) -> Result<(Vec<AdAccount>, Vec<AdAccount>)> {
    let Some(wanted) = &wish.account else {
        let (fit, unfit): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|account| account.active && account.payment_connected);
        anyhow::ensure!(
            !fit.is_empty(),
            "none of your ad accounts can advertise: each is disabled or has no payment method"
        );
        return Ok((fit, unfit));
    };
    let known: Vec<_> = all.iter().map(|account| account.account.id.clone()).collect();
    let (fit, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|account| account.account.id == *wanted);
    anyhow::ensure!(!fit.is_empty(), "you have no ad account {wanted}; you have {}", known.join(", "));
    Ok((fit, rest))
}

fn choose_page(pages: Vec<Page>, wish: &Wish) -> Result<Option<Page>> {
    let Some(wanted) = &wish.page else {
        let (mut first, mut rest): (Vec<_>, Vec<_>) =
            pages.into_iter().partition(|page| page.lead_terms_accepted);
        first.append(&mut rest);
        return Ok(first.into_iter().next());
    };
    let known: Vec<_> = pages.iter().map(|page| format!("{} ({})", page.id, page.name)).collect();
    match pages.into_iter().find(|page| page.id == *wanted) {
        Some(page) => Ok(Some(page)),
        None => bail!("you have no page {wanted}; you have {}", known.join(", ")),
    }
}

const AGREED: &str = "<!doctype html><meta charset=utf-8><title>Connected</title>\
<style>body{font:18px system-ui;display:grid;place-items:center;height:100vh;margin:0;color-scheme:light dark}</style>\
<p>Connected. You can close this window and go back to your terminal.";
const DECLINED: &str = "<!doctype html><meta charset=utf-8><title>Not connected</title>\
<style>body{font:18px system-ui;display:grid;place-items:center;height:100vh;margin:0;color-scheme:light dark}</style>\
<p>Nothing was connected. Your terminal says how to go on.";
