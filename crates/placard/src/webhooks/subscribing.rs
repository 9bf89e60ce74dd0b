//! Asking platforms to tell by themselves.

use super::{META, Secrets, TIKTOK};
use crate::{
    api::PREFIX,
    session::{SANDBOX, Session},
};
use anyhow::{Context, Result, ensure};
use placard_domain::{AccountRef, Platform, notice::Topic};
use placard_platforms::{Callback, verify_token};
use placard_store::{
    TokenHash,
    audit::Actor,
    connection::Connection,
    tenant::Tenant,
    webhook::{self, NewSubscription},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// What an account's platform tells from now on.
pub struct Made {
    /// The account.
    pub account: AccountRef,
    /// What it tells of; nothing where the platform's documents describe nothing of that kind.
    pub topics: Vec<Topic>,
}

/// Asks the platform behind `connection` to tell what happens to the server at `server`.
pub async fn subscribe(
    session: &Session,
    tenant: &Tenant,
    actor: &Actor,
    connection: &Connection,
    server: &Url,
) -> Result<Made> {
    let (account, sandbox) = (connection.account.clone(), connection.endpoint.as_deref() == Some(SANDBOX));
    ensure!(
        server.scheme() == "https" || sandbox && server.scheme() == "http",
        "platforms deliver to https addresses alone, and {server} is none"
    );
    let reach = session.reach(tenant, connection).await?;
    let Some(push) = reach.platform.push() else { return Ok(Made { account, topics: Vec::new() }) };
    let secrets = Secrets::from_environment().of(account.platform, sandbox);
    let secret = secrets
        .first()
        .with_context(|| format!("the secret of the {} app is not known", account.platform.title()))?;
    let token = (account.platform == Platform::Tiktok).then(new_token);
    let shown = address(server, account.platform)?;
    let mut url = shown.clone();
    if let Some(token) = &token {
        url.set_path(&format!("{}/{}", shown.path(), token.expose_secret()));
    }
    let mut tx = session.db().tenant(tenant.id).await?;
    let before = webhook::subscriptions(&mut tx).await?;
    tx.commit().await?;
    let callback = Callback { url, verify_token: verify_token(secret) };
    let page = connection.profile.page.as_ref().map(|page| page.id.as_str());
    let made = push.subscribe(&reach.access, page, &callback).await?;
    let topics: Vec<_> = made.into_iter().map(|one| (one.topic, one.remote_id)).collect();
    let mut tx = session.db().tenant(tenant.id).await?;
    let new = NewSubscription {
        connection: connection.id,
        callback: shown.as_str(),
        token: token.as_ref().map(TokenHash::of),
        topics: &topics,
    };
    webhook::subscribe(&mut tx, actor, &new).await?;
    tx.commit().await?;
    // The new ones are in force, so nothing is missed in between.
    let ended = before.into_iter().filter(|one| one.connection == connection.id);
    for remote_id in ended.filter_map(|one| one.remote_id) {
        push.unsubscribe(&reach.access, &remote_id).await?;
    }
    let mut topics: Vec<Topic> = topics.into_iter().map(|(topic, _)| topic).collect();
    topics.dedup();
    Ok(Made { account, topics })
}

/// Where the platform delivers, by the address under which the server is reached from outside.
fn address(server: &Url, platform: Platform) -> Result<Url> {
    let path = if platform == Platform::Tiktok { TIKTOK } else { META };
    let base = server.path().trim_end_matches('/');
    let mut url = server.clone();
    ensure!(!url.cannot_be_a_base(), "{server} is no address of a server");
    url.set_path(&format!("{base}{PREFIX}{path}"));
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn new_token() -> SecretString {
    hex::encode(rand::random::<[u8; 32]>()).into()
}
