//! Signing in, staying signed in, and what thieves find.

use super::served::{PASSWORD, Served};
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, Utc};
use placard_store::outbox;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

const SOON: Duration = Duration::seconds(30);

fn soon() -> DateTime<Utc> {
    Utc::now() + SOON
}

fn long_ago() -> DateTime<Utc> {
    Utc::now() - Duration::minutes(20)
}

fn behind() -> DateTime<Utc> {
    Utc::now() - Duration::seconds(295)
}

fn ahead() -> DateTime<Utc> {
    Utc::now() + Duration::seconds(295)
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no {name} in {value}"))?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_refresh_token_ends_the_session_for_thief_and_owner() -> Result<()> {
    let served = Served::open().await?;
    served.tenant("acme").await?;
    let first = served.tokens("admin@acme.example.com", None).await?;
    let old = json!({"refresh_token": first["refresh_token"]});
    let second = served.call("POST", "/auth/refresh", None, Some(old.clone())).await?.good()?;
    ensure!(second["refresh_token"] != first["refresh_token"], "the token did not rotate");

    // Two tabs at the same moment: refused, and nobody is thrown out.
    let again = served.call("POST", "/auth/refresh", None, Some(old.clone())).await?;
    ensure!(again.status == 409, "{again:?}");
    let access = text(&second, "access_token")?;
    ensure!(served.call("GET", "/me", Some(&access), None).await?.status == 200);

    // The same later is theft.
    let later = served.beside(soon).await?;
    let stolen = served.call_at(later.address, "POST", "/auth/refresh", None, Some(old)).await?;
    ensure!(stolen.status == 401, "{stolen:?}");
    let live = json!({"refresh_token": second["refresh_token"]});
    let owner = served.call_at(later.address, "POST", "/auth/refresh", None, Some(live)).await?;
    ensure!(owner.status == 401, "the session lives on: {owner:?}");
    ensure!(served.call_at(later.address, "GET", "/me", Some(&access), None).await?.status == 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_whose_clocks_differ_by_five_minutes_accept_each_others_tokens() -> Result<()> {
    let served = Served::open().await?;
    served.tenant("acme").await?;
    let body = json!({"email": "admin@acme.example.com", "password": PASSWORD});
    for clock in [behind, ahead] {
        let other = served.beside(clock).await?;
        let login = served.call_at(other.address, "POST", "/auth/login", None, Some(body.clone())).await?;
        let token = text(&login.good()?, "access_token")?;
        ensure!(served.call("GET", "/me", Some(&token), None).await?.status == 200);
    }
    let past = served.beside(long_ago).await?;
    let login = served.call_at(past.address, "POST", "/auth/login", None, Some(body)).await?.good()?;
    let token = text(&login, "access_token")?;
    let expired = served.call("GET", "/me", Some(&token), None).await?;
    ensure!(expired.status == 401 && expired.text.contains("expired"), "{expired:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_revoked_key_signed_is_refused_and_who_was_signed_in_refreshes() -> Result<()> {
    let served = Served::open().await?;
    served.tenant("acme").await?;
    let session = served.tokens("admin@acme.example.com", None).await?;
    let old = text(&session, "access_token")?;
    ensure!(served.call("GET", "/me", Some(&old), None).await?.status == 200);
    served.installation.refuses(&["keys", "revoke", "0123456789abcdef"], 2).await?;
    let said: Value = serde_json::from_str(&served.installation.must(&["keys", "revoke", "--json"]).await?)?;
    ensure!(said["revoked"].as_array().is_some_and(|revoked| revoked.len() == 1), "{said}");

    let other = served.beside(Utc::now).await?;
    ensure!(served.call_at(other.address, "GET", "/me", Some(&old), None).await?.status == 401);
    let refresh = json!({"refresh_token": session["refresh_token"]});
    let next = served.call_at(other.address, "POST", "/auth/refresh", None, Some(refresh)).await?.good()?;
    let next = text(&next, "access_token")?;
    // The first server meets a key that it does not know, and reads them again.
    ensure!(served.call("GET", "/me", Some(&next), None).await?.status == 200);
    ensure!(served.call("GET", "/me", Some(&old), None).await?.status == 401);
    let log = served.installation.must(&["audit", "list", "--entity", "signing_key", "--json"]).await?;
    ensure!(log.lines().count() == 1 && log.contains("revoke"), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_passwords_make_the_account_rest_even_for_the_right_one() -> Result<()> {
    let served = Served::open().await?;
    served.tenant("acme").await?;
    let wrong = json!({"email": "Admin@acme.example.com", "password": "wrong"});
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(served.call("POST", "/auth/login", None, Some(wrong.clone())).await?.status);
    }
    ensure!(seen[..5] == [401; 5] && seen[7] == 429, "{seen:?}");
    let right = json!({"email": "admin@acme.example.com", "password": PASSWORD});
    let resting = served.call("POST", "/auth/login", None, Some(right)).await?;
    ensure!(resting.status == 429 && resting.headers.contains_key("retry-after"), "{resting:?}");
    let unknown = json!({"email": "nobody@acme.example.com", "password": "wrong"});
    let unknown = served.call("POST", "/auth/login", None, Some(unknown)).await?;
    ensure!(unknown.status == 401, "another account rests as well: {unknown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_once_confirmed_and_no_code_works_twice() -> Result<()> {
    let served = Served::open().await?;
    let (_, token) = served.tenant("acme").await?;
    let proof = json!({"password": PASSWORD});
    let enrolled = served.call("POST", "/me/totp", Some(&token), Some(proof)).await?.good()?;
    let secret = Secret::try_from_base32(text(&enrolled, "secret")?)?;
    let totp = Builder::new().with_secret(secret).build()?;
    // A code of half a minute ago is still good, so that three different ones are at hand without waiting.
    let code = |back: u64| totp.generate(Utc::now().timestamp().unsigned_abs() - back).to_string();
    let confirmed = json!({"code": code(30)});
    let recovery = served.call("POST", "/me/totp/confirm", Some(&token), Some(confirmed)).await?.good()?;

    let login = |code: Option<String>| {
        let mut body = json!({"email": "admin@acme.example.com", "password": PASSWORD});
        if let Some(code) = code {
            body["code"] = code.into();
        }
        served.call("POST", "/auth/login", None, Some(body))
    };
    ensure!(login(None).await?.status == 401, "no second factor was asked for");
    ensure!(login(Some("000000".into())).await?.status == 401);
    let now = code(0);
    ensure!(login(Some(now.clone())).await?.status == 200);
    ensure!(login(Some(now)).await?.status == 401, "a code worked twice");
    let spare = recovery["recovery_codes"][0].as_str().context("no recovery code")?.to_owned();
    ensure!(login(Some(spare.clone())).await?.status == 200);
    ensure!(login(Some(spare)).await?.status == 401, "a recovery code worked twice");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_password_ends_every_session_and_its_code_works_once() -> Result<()> {
    let served = Served::open().await?;
    let (_, token) = served.tenant("acme").await?;
    for email in ["admin@acme.example.com", "nobody@acme.example.com"] {
        let asked = served.call("POST", "/auth/password/forgot", None, Some(json!({"email": email}))).await?;
        ensure!(asked.status == 202, "it tells who has an account: {asked:?}");
    }
    let session = served.installation.session().await?;
    let mut tx = session.db().system().await?;
    let messages = outbox::list(&mut tx, session.vault(), 10).await?;
    tx.commit().await?;
    ensure!(messages.len() == 1, "{} messages", messages.len());
    let code = super::served::code_in(&messages[0].message.body);
    let body = json!({"token": code, "password": "another password"});
    let done = served.call("POST", "/auth/password/reset", None, Some(body.clone())).await?;
    ensure!(done.status == 204, "{done:?}");
    ensure!(served.call("POST", "/auth/password/reset", None, Some(body)).await?.status == 422);
    ensure!(served.call("GET", "/me", Some(&token), None).await?.status == 401, "the session lives on");
    let old = json!({"email": "admin@acme.example.com", "password": PASSWORD});
    ensure!(served.call("POST", "/auth/login", None, Some(old)).await?.status == 401);
    let new = json!({"email": "admin@acme.example.com", "password": "another password"});
    ensure!(served.call("POST", "/auth/login", None, Some(new)).await?.status == 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invited_person_joins_with_the_role_of_the_invitation() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let invite = json!({"email": "vera@example.com", "role": "viewer"});
    served.call("POST", "/invitations", Some(&admin), Some(invite)).await?.good()?;
    let session = served.installation.session().await?;
    let mut tx = session.db().system().await?;
    let message = outbox::list(&mut tx, session.vault(), 1).await?.pop().context("no message")?;
    tx.commit().await?;
    let code = super::served::code_in(&message.message.body);
    let body = json!({"token": code, "password": PASSWORD});
    ensure!(served.call("POST", "/auth/invitations/accept", None, Some(body.clone())).await?.status == 204);
    ensure!(served.call("POST", "/auth/invitations/accept", None, Some(body)).await?.status == 422);
    let vera = served.login("vera@example.com", None).await?;
    ensure!(served.call("GET", "/campaigns", Some(&vera), None).await?.status == 200);
    let kill = served.call("POST", "/kill-switches", Some(&vera), Some(json!({}))).await?;
    ensure!(kill.status == 403, "{kill:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_forgets_what_is_past_its_keep_and_nothing_else() -> Result<()> {
    let served = Served::open().await?;
    let (_, token) = served.tenant("acme").await?;
    let (db, now) = (&served.installation.database.db, Utc::now());
    let mut database = served.installation.database.superuser().await;
    let count = "select (select count(*) from login_session) + (select count(*) from refresh_token)";
    let documents = placard_store::documents::Documents::new(db);
    let mut upkeep = placard::work::Upkeep::default();
    ensure!(
        upkeep.if_due(db, async || Ok(&documents), now).await?
            && !upkeep.if_due(db, async || Ok(&documents), now).await?,
        "it is not done by the hour"
    );
    ensure!(served.call("GET", "/me", Some(&token), None).await?.status == 200);
    let before: i64 = sqlx::query_scalar(count).fetch_one(&mut database).await?;
    ensure!(upkeep.if_due(db, async || Ok(&documents), now + Duration::days(61)).await?);
    let after: i64 = sqlx::query_scalar(count).fetch_one(&mut database).await?;
    ensure!(before > 0 && after == 0, "{before} before, {after} after");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_admin_stays() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let me = served.call("GET", "/me", Some(&admin), None).await?.good()?;
    let path = format!("/members/{}", text(&me, "id")?);
    let demoted = served.call("PATCH", &path, Some(&admin), Some(json!({"role": "viewer"}))).await?;
    ensure!(demoted.status == 409 && demoted.text.contains("only admin"), "{demoted:?}");
    ensure!(served.call("DELETE", &path, Some(&admin), None).await?.status == 409);
    Ok(())
}
