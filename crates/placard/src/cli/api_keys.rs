//! `placard api-keys`: keys with which programs use the API.

use super::{
    ExitCode,
    desk::{self, Desk, KeyWish, MadeKey},
    failure::WrongInput,
    paint::Paint,
    users::member,
    words,
};
use crate::{
    api::{access::Permission, view::KeyView},
    settings::Settings,
};
use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::Subcommand;
use placard_domain::ApiKeyId;
use placard_store::{
    TenantTx,
    tenant::{self, Membership, Role},
};
use secrecy::ExposeSecret;
use serde_json::json;

/// `placard api-keys`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a key and print it once: `placard api-keys create dashboard --scope metrics:read`.
    Create(New),
    /// List the keys, dead ones included.
    List,
    /// Take a key back. Servers refuse it within seconds.
    Revoke {
        /// Its id.
        id: ApiKeyId,
    },
}

#[derive(clap::Args, Debug)]
struct New {
    /// What it is for.
    name: String,
    /// What it may do; more than one can be named.
    #[arg(
        long = "scope", required = true, value_delimiter = ',', value_name = "SCOPE",
        value_parser = words::one_of(&Permission::ALL, Permission::as_str)
    )]
    scopes: Vec<Permission>,
    /// The last day on which it is good, in UTC.
    #[arg(long, value_name = "DATE")]
    expires: Option<NaiveDate>,
    /// Who answers for it: it never may do more than this member. Needed only if there is more than one admin.
    #[arg(long = "for", value_name = "EMAIL")]
    owner: Option<String>,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard api-keys", async |desk| act(desk, settings.json, args.command).await).await
}

async fn act(desk: &dyn Desk, as_json: bool, command: Command) -> Result<ExitCode> {
    match command {
        Command::Create(new) => create(desk, as_json, new).await?,
        Command::List => {
            let keys = desk.api_keys().await?;
            if keys.is_empty() && !as_json {
                println!("There is no API key.");
            }
            keys.iter().for_each(|key| show(key, as_json));
        }
        Command::Revoke { id } => {
            if !desk.revoke_key(id).await? {
                let words = format!("there is no API key {id}; `placard api-keys list` shows their ids");
                return Err(WrongInput(words).into());
            }
            if as_json {
                println!("{}", json!({"revoked": id}));
            } else {
                println!("{} Revoked.", Paint::for_stdout().green("✓"));
            }
        }
    }
    Ok(ExitCode::Done)
}

async fn create(desk: &dyn Desk, as_json: bool, new: New) -> Result<()> {
    let length = new.name.chars().count();
    if new.name.trim() != new.name || !(1..=80).contains(&length) {
        return Err(WrongInput("a name has 1 to 80 characters and no blanks at its ends".into()).into());
    }
    let expires_at = new.expires.map(end_of).transpose()?;
    let wish = KeyWish { name: new.name, scopes: new.scopes, expires_at, owner: new.owner };
    let MadeKey { id, key, owner } = desk.make_key(wish).await?;
    if as_json {
        println!("{}", json!({"id": id, "key": key.expose_secret(), "for": owner, "expires_at": expires_at}));
    } else {
        let paint = Paint::for_stdout();
        println!("{} A key that acts for {owner}. It is shown once:", paint.green("✓"));
        println!("    key  {}", paint.bold(key.expose_secret()));
        println!("    id   {id}");
    }
    Ok(())
}

/// Who answers for a new key: the member named, or the only admin.
pub(super) async fn owner(tx: &mut TenantTx, named: Option<&str>) -> Result<Membership> {
    if let Some(email) = named {
        return member(tx, email).await;
    }
    let mut admins = tenant::members(tx).await?;
    admins.retain(|one| one.role == Role::Admin);
    if admins.len() == 1 {
        return Ok(admins.remove(0));
    }
    let emails: Vec<_> = admins.iter().map(|one| one.email.as_str()).collect();
    let words = format!("there is more than one admin; say who answers with --for: {}", emails.join(", "));
    Err(WrongInput(words).into())
}

/// The moment after the day's last.
pub(super) fn end_of(day: NaiveDate) -> Result<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1)).map(|next| next.and_time(NaiveTime::MIN).and_utc());
    match next.filter(|end| *end > Utc::now()) {
        Some(end) => Ok(end),
        None => Err(WrongInput(format!("{day} has passed")).into()),
    }
}

fn show(key: &KeyView, as_json: bool) {
    let paint = Paint::for_stdout();
    if as_json {
        println!(
            "{}",
            json!({
                "id": key.id, "name": key.name, "prefix": key.prefix, "scopes": key.scopes,
                "for": key.created_by, "created_at": key.created_at, "last_used_at": key.last_used_at,
                "expires_at": key.expires_at, "revoked_at": key.revoked_at, "live": key.is_live(Utc::now()),
            })
        );
        return;
    }
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => paint.red(at.format("revoked %Y-%m-%d")),
        (None, Some(end)) if !key.is_live(Utc::now()) => paint.red(end.format("ended %Y-%m-%d")),
        (None, Some(end)) => end.format("until %Y-%m-%d %H:%M UTC").to_string(),
        (None, None) => String::new(),
    };
    let owner = key.created_by.as_deref().unwrap_or("nobody");
    println!("{} {}…  {}  for {owner}  {state}", key.id, key.prefix, paint.bold(&key.name));
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    println!("    {}", paint.dim(scopes.join(", ")));
}
