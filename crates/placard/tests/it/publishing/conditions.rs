//! What stands in the way is named before anything is written.

use crate::support::{Installation, Spec};
use anyhow::{Result, ensure};
use placard_sandbox::{Action as Fault, Failure, FaultPlan, Match, Rule};
use placard_store::connection::{self, Grant};
use secrecy::SecretString;
use serde_json::json;

const FAILED: i32 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    ensure!(installation.sandbox.revoke_tokens(460) > 0, "there was no token");
    names(&installation, &["placard connect"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    installation.sandbox.advance(chrono::TimeDelta::days(61))?;
    names(&installation, &["expired", "placard connect"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_permission_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    let scopes = json!(["ads_read", "pages_show_list", "public_profile"]);
    let minted = installation.control("tokens/mint", json!({ "scopes": scopes })).await?;
    replace_token(&installation, minted["access_token"].as_str().unwrap_or_default()).await?;
    names(&installation, &["ads_management"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    installation.control("accounts/1001", json!({"account_status": 2})).await?;
    names(&installation, &["disabled", "Account Quality"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_payment_method_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    installation.control("accounts/1001", json!({"payment": false})).await?;
    names(&installation, &["no payment method"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_fails_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    let failure = Failure { status: 503, code: 2, subcode: None };
    installation.sandbox.set_faults(always(Fault::ErrorBefore(failure)));
    names(&installation, &["Meta could not", "run the same command again"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_hangs_up_is_named_before_anything_is_written() -> Result<()> {
    let installation = Installation::open().await?;
    installation.sandbox.set_faults(always(Fault::DropBefore));
    names(&installation, &["Meta could not", "run the same command again"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_cannot_be_reached_is_named() -> Result<()> {
    let installation = Installation::open().await?;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut connection = installation.database.superuser().await;
    let moved = sqlx::query("update connection set endpoint = $1").bind(format!("http://{nobody}"));
    ensure!(moved.execute(&mut connection).await?.rows_affected() > 0, "there was no connection");
    names(&installation, &["Meta could not", "no connection could be made"]).await
}

/// Fails unless `placard apply` says all of `words`, ends as failed, and writes nothing, neither there nor here.
async fn names(installation: &Installation, words: &[&str]) -> Result<()> {
    let spec = Spec::default();
    let file = spec.write(installation.folder(), "spec")?;
    let before = installation.seq();
    let mut command = installation.placard(&["apply", "--yes", "-f", &file]);
    command.env("PLACARD_META_APP_ID", placard_sandbox::APP_ID);
    command.env("PLACARD_META_APP_SECRET", placard_sandbox::APP_SECRET);
    let run = crate::support::Run::of(&mut command).await?;
    ensure!(run.code() == Some(FAILED), "it should fail: {run}");
    for word in words {
        ensure!(run.stderr.contains(word), "it does not say `{word}`: {run}");
    }
    ensure!(installation.writes_since(before) == 0, "something was written");
    ensure!(installation.on_record(&spec.key).await.is_err(), "a campaign was stored");
    Ok(())
}

fn always(action: Fault) -> FaultPlan {
    FaultPlan { rules: vec![Rule { when: Match::default(), action }], ..FaultPlan::default() }
}

async fn replace_token(installation: &Installation, token: &str) -> Result<()> {
    let session = installation.session().await?;
    let mut tx = session.db().tenant(installation.tenant.id).await?;
    for known in connection::list(&mut tx).await? {
        let grant = Grant {
            account: known.account,
            endpoint: known.endpoint,
            token: SecretString::from(token.to_owned()),
            page_token: None,
            refresh_token: None,
            token_expires_at: known.token_expires_at,
            profile: known.profile,
        };
        connection::upsert(&mut tx, session.vault(), &session.actor(), &grant).await?;
    }
    tx.commit().await?;
    session.close().await
}
