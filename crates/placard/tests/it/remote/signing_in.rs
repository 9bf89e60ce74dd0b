//! `placard login`: what is taken, and how what is not is answered.

use super::user::{EMAIL, PASSWORD, PROFILE, User};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use serde_json::{Value, json};
use std::{fs, os::unix::fs::MetadataExt};
use tokio::net::TcpListener;
use totp_rs::{Builder, Secret};

const WRONG_INPUT: i32 = 2;
const FAILED: i32 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_works_there_until_signing_out() -> Result<()> {
    let user = User::new().await?;
    let address = user.address.to_string();
    let wrong = user.log_in(&address, "wrong\n", &["--profile", PROFILE]).await?;
    ensure!(wrong.code() == Some(FAILED) && wrong.stderr.contains("password"), "{wrong}");
    ensure!(!user.file().exists(), "a login that failed left a profile");

    user.sign_in().await?;
    ensure!(fs::metadata(user.file())?.mode() & 0o777 == 0o600, "others can read the profile");
    let listed = user.must(&["profiles"]).await?;
    ensure!(listed.contains(PROFILE) && listed.contains(EMAIL), "{listed}");
    ensure!(user.must(&["status"]).await?.contains("No campaign is stored yet"));

    let here = user.refuses(&["serve"], WRONG_INPUT).await?;
    ensure!(here.contains("placard --profile local serve") && here.contains(&address), "{here}");
    let other = user.refuses(&["status", "--tenant", "other"], WRONG_INPUT).await?;
    ensure!(other.contains("is for the tenant"), "{other}");

    let before = user.secrets()?;
    user.must(&["logout"]).await?;
    ensure!(!user.file().exists(), "the profile is still there");
    let client = reqwest::Client::builder().no_proxy().build()?;
    let me = client.get(format!("http://{address}/api/v1/me")).bearer_auth(&before[0]).send().await?;
    ensure!(me.status() == 401, "the session lives on");
    user.refuses(&["logout"], WRONG_INPUT).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_wrong_is_answered_with_what_may_be_wrong_with_it() -> Result<()> {
    let user = User::new().await?;
    let typo = user.log_in(&format!("htps://{}", user.address), "x\n", &[]).await?;
    ensure!(typo.code() == Some(WRONG_INPUT) && typo.stderr.contains("did you mean `https://"), "{typo}");
    let plain = user.log_in("http://ads.example.com", "x\n", &[]).await?;
    ensure!(plain.code() == Some(WRONG_INPUT) && plain.stderr.contains("--insecure-http"), "{plain}");
    let host = user.log_in("https://no-such-host.invalid", "x\n", &[]).await?;
    ensure!(host.code() == Some(FAILED) && host.stderr.contains("no-such-host.invalid"), "{host}");

    // Nobody listens on a port that was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let free = listener.local_addr()?.to_string();
    drop(listener);
    let down = user.log_in(&free, "x\n", &[]).await?;
    ensure!(down.code() == Some(FAILED) && down.stderr.contains("is the server running"), "{down}");

    // The sandbox speaks HTTP as well, and is not Placard.
    let stranger = user.installation.sandbox.base_url().to_string();
    let other = user.log_in(&stranger, "x\n", &[]).await?;
    ensure!(other.code() == Some(FAILED) && other.stderr.contains("not as Placard does"), "{other}");
    let listed = user.must(&["profiles", "--json"]).await?;
    ensure!(listed.is_empty(), "{listed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_where_there_is_one() -> Result<()> {
    let user = User::signed_in().await?;
    let call = async |path: &str, body: Value| -> Result<Value> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("http://{}/api/v1{path}", user.address);
        let answer = client.post(url).bearer_auth(&user.secrets()?[0]).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let enrolled = call("/me/totp", json!({"password": PASSWORD})).await?;
    let secret = enrolled["secret"].as_str().context("no secret")?.to_owned();
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret)?).build()?;
    let code = |back: u64| totp.generate(Utc::now().timestamp().unsigned_abs() - back).to_string();
    call("/me/totp/confirm", json!({"code": code(30)})).await?;
    user.must(&["logout"]).await?;

    let address = user.address.to_string();
    let without = user.log_in(&address, &format!("{PASSWORD}\n"), &["--profile", PROFILE]).await?;
    ensure!(without.code() == Some(WRONG_INPUT) && without.stderr.contains("second factor"), "{without}");
    let input = format!("{PASSWORD}\n000000\n");
    let wrong = user.log_in(&address, &input, &["--profile", PROFILE]).await?;
    ensure!(wrong.code() == Some(FAILED) && !user.file().exists(), "{wrong}");
    let input = format!("{PASSWORD}\n{}\n", code(0));
    let right = user.log_in(&address, &input, &["--profile", PROFILE]).await?;
    ensure!(right.code() == Some(0), "{right}");
    user.must(&["status"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_signs_in_with_its_key_and_does_what_the_key_may() -> Result<()> {
    let user = User::signed_in().await?;
    let made = user.must(&["api-keys", "create", "reader", "--scope", "campaigns:read", "--json"]).await?;
    let made: Value = serde_json::from_str(&made)?;
    let key = made["key"].as_str().context("no key")?;
    let address = user.address.to_string();
    let login = ["login", &address, "--api-key-stdin", "--profile", "program"];
    let wrong = user.told(&login, "plk_wrong\n").await?;
    ensure!(wrong.code() == Some(FAILED) && !wrong.stderr.contains("plk_wrong"), "{wrong}");
    let right = user.told(&login, &format!("{key}\n")).await?;
    ensure!(right.code() == Some(0) && !format!("{right}").contains(key), "{right}");
    user.must(&["status"]).await?;
    let refused = user.refuses(&["accounts"], FAILED).await?;
    ensure!(refused.contains("connections:read"), "{refused}");
    let as_person = user.must(&["accounts", "--profile", PROFILE]).await?;
    ensure!(as_person.contains("act_1001"), "{as_person}");

    let id = made["id"].as_str().context("no id")?;
    user.must(&["api-keys", "revoke", id, "--profile", PROFILE]).await?;
    let revoked = user.refuses(&["status"], FAILED).await?;
    ensure!(revoked.contains("placard login") && revoked.contains("--profile program"), "{revoked}");
    Ok(())
}
