//! How connections fare, here and through a server; and secrets that change while notices are under way.

use super::{commands::compare, user::User};
use crate::support::Spec;
use anyhow::{Result, ensure};
use serde_json::json;
use sqlx::Executor;

const FAILED: i32 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_taken_back_is_said_by_whatever_needs_it_until_it_is_connected_again() -> Result<()>
{
    let user = User::signed_in().await?;
    let spec = Spec::default();
    let file = spec.write(user.installation.folder(), "spec")?;
    user.must(&["apply", "--yes", "-f", &file]).await?;
    let works = compare(&user, &["accounts", "check"]).await?;
    ensure!(works.code() == Some(0) && works.stdout.contains("works"), "{works}");
    let listed = compare(&user, &["accounts"]).await?;
    ensure!(listed.stdout.contains("active") && listed.stdout.contains("the token ends on"), "{listed}");

    user.installation.sandbox.revoke_tokens(460);
    user.refuses(&["drift", &spec.key], FAILED).await?;
    let mend = "placard connect meta --sandbox --account act_1001";
    let listed = compare(&user, &["accounts"]).await?;
    ensure!(listed.stdout.contains("revoked") && listed.stdout.contains(mend), "{listed}");
    let seq = user.installation.seq();
    for arguments in [&["plan", "-f", &file] as &[&str], &["drift", &spec.key]] {
        let refused = compare(&user, arguments).await?;
        ensure!(refused.code() == Some(FAILED) && refused.stderr.contains(mend), "{refused}");
    }
    ensure!(user.installation.seq() == seq, "a dead token was used");
    let found = compare(&user, &["accounts", "check", "act_1001"]).await?;
    ensure!(found.code() == Some(FAILED) && found.stdout.contains(mend), "{found}");

    user.installation.must(&["connect", "meta", "--sandbox", "--yes", "--account", "act_1001"]).await?;
    user.must(&["drift", &spec.key]).await?;
    let mistyped = compare(&user, &["accounts", "check", "act_9"]).await?;
    ensure!(mistyped.code() == Some(2), "{mistyped}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_apps_secret_changes_the_old_and_the_new_one_hold() -> Result<()> {
    let secrets =
        [("PLACARD_META_APP_SECRET", "the new one"), ("PLACARD_PREVIOUS_META_APP_SECRET", "the old one")];
    let user = User::of_a_server(&secrets).await?;
    user.sign_in().await?;
    let url = format!("http://{}", user.address);
    let made = user.must(&["webhooks", "subscribe", "--url", &url]).await?;
    ensure!(made.contains("reviews") && made.contains("leads"), "{made}");
    // From now on it is no connection to the sandbox, whose secret everybody knows.
    let mut database = user.installation.database.superuser().await;
    database.execute("update connection set endpoint = 'http://127.0.0.1:9/'").await?;
    for (number, (secret, status)) in
        [("the new one", 200), ("the old one", 200), ("the one before", 401)].into_iter().enumerate()
    {
        let event = json!([{"platform": "meta", "object": "ad_account", "id": "1001",
            "field": "in_process_ad_objects", "value": {"id": number, "level": "AD", "status_name": "Active"}}]);
        user.installation.control("webhooks/events", event).await?;
        let told = user.installation.control("webhooks/deliver", json!({"secret": secret})).await?;
        ensure!(told["deliveries"][0]["status"] == status, "{secret}: {told}");
    }
    let status = user.must(&["webhooks", "status"]).await?;
    ensure!(status.contains("object") && status.contains("forged"), "{status}");
    Ok(())
}
