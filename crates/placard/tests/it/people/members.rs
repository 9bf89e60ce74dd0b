//! Members, invitations, messages, API keys, plans.

use super::{text, told, told_once};
use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use placard_store::{TokenHash, api_key, invitation, password, session, tenant, tenant::Role, user};
use secrecy::SecretString;

/// The first admin that an installation has.
const ADMIN: &str = "ada-0@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_comes_in_with_the_code_of_the_outbox_and_as_what_was_said() -> Result<()> {
    let installation = Installation::open().await?;
    told_once(&installation, &["users", "invite", "bo@example.com", "--role", "viewer"]).await?;
    let message = told_once(&installation, &["outbox"]).await?;
    assert_eq!(text(&message, "to")?, "bo@example.com");
    let code = text(&message, "body")?.split_whitespace().find(|word| word.len() == 64).context("a code")?;

    let mut tx = installation.database.db.system().await?;
    let bo = placard_domain::UserId(uuid::Uuid::now_v7());
    user::insert(&mut tx, bo, "bo@example.com", "none").await?;
    let token = TokenHash::of(&SecretString::from(code));
    invitation::accept(&mut tx, &token, bo, Utc::now()).await?;
    tx.commit().await?;

    let listed = told(&installation, &["users", "list"]).await?;
    let found = listed.iter().find(|one| one["email"] == "bo@example.com").context("bo is listed")?;
    assert_eq!((text(found, "state")?, text(found, "role")?), ("member", "viewer"));

    let again = installation.refuses(&["users", "invite", "bo@example.com", "--role", "admin"], 2).await?;
    assert!(again.contains("placard users role bo@example.com admin"), "{again}");
    told_once(&installation, &["users", "role", "BO@example.com", "operator"]).await?;
    told_once(&installation, &["users", "remove", "bo@example.com"]).await?;
    let typo = installation.refuses(&["users", "role", "ada-0@exmaple.com", "viewer"], 2).await?;
    assert!(typo.contains("did you mean `ada-0@example.com`"), "{typo}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_admin_stays_and_the_way_on_is_named() -> Result<()> {
    let installation = Installation::open().await?;
    for arguments in [&["users", "role", ADMIN, "viewer"] as &[&str], &["users", "remove", ADMIN, "--yes"]] {
        let said = installation.refuses(arguments, 2).await?;
        assert!(said.contains("only admin") && said.contains("placard users role EMAIL admin"), "{said}");
    }
    let unasked = installation.refuses(&["users", "remove", ADMIN], 2).await?;
    assert!(unasked.contains("--yes"), "{unasked}");
    let listed = told_once(&installation, &["users", "list"]).await?;
    assert_eq!(text(&listed, "role")?, "admin");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_password_opens_the_account_and_ends_every_login() -> Result<()> {
    let installation = Installation::open().await?;
    let mut tx = installation.database.db.system().await?;
    let admin = user::find_by_email(&mut tx, ADMIN).await?.context("the admin")?;
    let login = session::NewSession {
        user: admin.id,
        tenant: Some(installation.tenant.id),
        refresh: TokenHash::of(&"anything".into()),
        expires_at: Utc::now() + chrono::Duration::days(1),
        ip: None,
        user_agent: None,
    };
    session::open(&mut tx, &login, Utc::now()).await?;
    tx.commit().await?;

    let said = told_once(&installation, &["users", "reset-password", ADMIN]).await?;
    let new = text(&said, "password")?;
    let mut tx = installation.database.db.system().await?;
    let known = user::find_by_email(&mut tx, ADMIN).await?.context("the admin")?;
    assert!(session::list(&mut tx, admin.id, Utc::now()).await?.is_empty());
    tx.commit().await?;
    assert!(password::verify(new.into(), known.password_hash).await?);
    let log = installation.must(&["audit", "list", "--entity", "users", "--json"]).await?;
    assert!(log.contains(r#""password":"reset""#) && !log.contains(new), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_key_is_shown_once_and_never_may_more_than_who_answers_for_it() -> Result<()> {
    let installation = Installation::open().await?;
    let create = ["api-keys", "create", "dashboard", "--scope", "metrics:read,campaigns:read"];
    let made = told_once(&installation, &[&create[..], &["--expires", "2999-12-31"]].concat()).await?;
    let (id, key) = (text(&made, "id")?, text(&made, "key")?);
    let mut tx = installation.database.db.system().await?;
    let stored = api_key::find_by_hash(&mut tx, &TokenHash::of(&key.into())).await?.context("the key")?;
    tx.commit().await?;
    assert!(stored.is_live(Utc::now()) && stored.created_by.is_some());
    assert_eq!(stored.expires_at.context("an end")?.to_rfc3339(), "3000-01-01T00:00:00+00:00");

    for arguments in [&["api-keys", "list"] as &[&str], &["audit", "list"], &["outbox"]] {
        let said = installation.must(&[arguments, &["--json"]].concat()).await?;
        assert!(!said.contains(key), "{arguments:?} shows the key");
    }
    told_once(&installation, &["api-keys", "revoke", id]).await?;
    let listed = told_once(&installation, &["api-keys", "list"]).await?;
    assert_eq!(listed["live"], false);

    let typo = installation.refuses(&["api-keys", "create", "x", "--scope", "metrics:raed"], 2).await?;
    assert!(typo.contains("metrics:read"), "{typo}");
    let past = [&create[..], &["--expires", "2020-01-01"]].concat();
    assert!(installation.refuses(&past, 2).await?.contains("has passed"));
    let nobody =
        installation.refuses(&["api-keys", "revoke", "018f0000-0000-7000-8000-000000000000"], 2).await?;
    assert!(nobody.contains("placard api-keys list"), "{nobody}");

    let vi = add(&installation, "vi@example.com", Role::Viewer).await?;
    let beyond = ["api-keys", "create", "x", "--scope", "campaigns:publish", "--for", vi];
    let refused = installation.refuses(&beyond, 2).await?;
    assert!(refused.contains("viewer") && refused.contains("campaigns:publish"), "{refused}");
    add(&installation, "abe@example.com", Role::Admin).await?;
    let undecided = installation.refuses(&create, 2).await?;
    assert!(undecided.contains("--for: abe@example.com, ada-0@example.com"), "{undecided}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_set_limits_seats_and_is_on_record() -> Result<()> {
    let installation = Installation::open().await?;
    assert_eq!(text(&told_once(&installation, &["subscription", "show"]).await?, "plan")?, "enterprise");
    assert_eq!(told_once(&installation, &["subscription", "set", "free"]).await?["seats"], 2);
    told_once(&installation, &["users", "invite", "bo@example.com", "--role", "viewer"]).await?;
    let full = installation.refuses(&["users", "invite", "cy@example.com", "--role", "viewer"], 2).await?;
    assert!(full.contains("2 seats") && full.contains("placard subscription set"), "{full}");
    ensure!(told(&installation, &["outbox"]).await?.len() == 1, "a refused invitation leaves no message");
    let log = told_once(&installation, &["audit", "list", "--entity", "subscription"]).await?;
    assert_eq!((&log["old"]["plan"], &log["new"]["plan"]), (&"enterprise".into(), &"free".into()));
    Ok(())
}

async fn add<'a>(installation: &Installation, email: &'a str, role: Role) -> Result<&'a str> {
    let mut tx = installation.database.db.system().await?;
    let id = placard_domain::UserId(uuid::Uuid::now_v7());
    user::insert(&mut tx, id, email, "none").await?;
    tenant::join(&mut tx, installation.tenant.id, id, role).await?;
    tx.commit().await?;
    Ok(email)
}
