//! `placard setup`: an organisation and its first admin.

use super::{ExitCode, failure::WrongInput, paint::Paint};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_store::{password, tenant};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// `placard setup`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The organisation's name.
    #[arg(long, default_value = "My company")]
    name: String,
    /// The first admin's e-mail address.
    #[arg(long, default_value = "admin@example.com")]
    email: String,
}

/// Letters and digits that nobody mistakes for each other.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// What was made. The password is known only here and now.
pub(super) struct SetUp {
    pub(super) email: String,
    pub(super) password: SecretString,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    if !args.email.contains('@') || args.email.trim() != args.email {
        return Err(WrongInput(format!("`{}` is not an e-mail address", args.email)).into());
    }
    let session = Session::open(settings, "placard setup").await?;
    let made = set_up(&session, &args.name, &args.email).await;
    session.close().await?;
    let made = made?;
    if settings.json {
        println!("{}", json!({"email": made.email, "password": made.password.expose_secret()}));
    } else {
        show(&args.name, &made);
    }
    Ok(ExitCode::Done)
}

pub(super) async fn set_up(session: &Session, name: &str, email: &str) -> Result<SetUp> {
    let password = fresh_password();
    let hash = password::hash(password.clone()).await?;
    tenant::create_with_admin(session.db(), name, email, &hash).await?;
    Ok(SetUp { email: email.to_owned(), password })
}

/// A password for somebody to begin with: some 115 random bits.
pub(super) fn fresh_password() -> SecretString {
    let password: String =
        (0..20).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect();
    password.into()
}

pub(super) fn show(name: &str, made: &SetUp) {
    let paint = Paint::for_stdout();
    println!("{} {name} is set up. This is shown once:", paint.green("✓"));
    println!("    e-mail    {}", made.email);
    println!("    password  {}", paint.bold(made.password.expose_secret()));
}
