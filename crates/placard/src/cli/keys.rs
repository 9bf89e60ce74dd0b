//! `placard keys`: other keys for old ones, while everything runs.

use super::{ExitCode, failure::WrongInput, paint::Paint, words::counted};
use crate::{
    api::{revoke_signing_keys, rotate_signing_key},
    archive::Archive,
    master_key::{self, KeyFile, KeyLock, Source},
    session::Session,
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::Utc;
use clap::Subcommand;
use placard_store::{
    audit::{self, Origin},
    automation::Automation,
    connection, copy, crm, lead_event, outbox, outreach, signing_key, tenant, totp,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How many connections are sealed anew in one transaction.
const BATCH: i64 = 50;

/// What a signing key is called in the log.
const SIGNING_KEY: &str = "signing_key";

/// How long to wait before asking again whether someone is just sealing a key.
const BREATH: Duration = Duration::from_millis(20);

/// `placard keys`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Change the master key, or with an option another key. Stopped anywhere, it goes on when it is run again.
    Rotate(Rotate),
    /// Refuse what a signing key signed, within seconds and on every server. Who is signed in stays so.
    Revoke(Revoke),
}

#[derive(clap::Args, Debug)]
struct Rotate {
    /// Take the new master key from this file (64 hexadecimal digits) instead of making one up.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data_keys", "system_key", "signing_keys"])]
    new_master_key_file: Option<PathBuf>,
    /// Give the tenant another data key and seal its tokens with it.
    #[arg(long, conflicts_with_all = ["system_key", "signing_keys"])]
    data_keys: bool,
    /// Give what is no tenant's another data key: second factors, messages, the private halves of signing keys.
    #[arg(long, conflicts_with = "signing_keys")]
    system_key: bool,
    /// Sign access tokens with another key. Nobody has to sign in again.
    #[arg(long)]
    signing_keys: bool,
}

#[derive(clap::Args, Debug)]
struct Revoke {
    /// The key's id, as it stands in the header of a token; every key without it.
    #[arg(value_name = "SIGNING_KEY")]
    id: Option<String>,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard keys").await?;
    let outcome = match args.command {
        Command::Rotate(rotate) => act(&session, settings.json, &rotate).await,
        Command::Revoke(revoke) => revoke_signing(&session, settings.json, revoke.id.as_deref()).await,
    };
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, rotate: &Rotate) -> Result<ExitCode> {
    if rotate.data_keys {
        return data_keys(session, as_json).await;
    }
    if rotate.system_key {
        return system_key(session, as_json).await;
    }
    if rotate.signing_keys {
        return signing_keys(session, as_json).await;
    }
    match Source::of(session.data_dir())? {
        Source::File(file) => in_file(session, &file, rotate.new_master_key_file.as_deref(), as_json).await,
        Source::Environment => elsewhere(session, master_key::KEY, rotate, as_json).await,
        Source::Command(_) => elsewhere(session, master_key::COMMAND, rotate, as_json).await,
    }
}

/// Changes the key that is in the data directory.
async fn in_file(session: &Session, file: &KeyFile, given: Option<&Path>, as_json: bool) -> Result<ExitCode> {
    let given = given.map(read_key).transpose()?;
    let Some(lock) = file.try_lock()? else {
        eprintln!("{} the master key is being changed by someone else", Paint::for_stderr().red("error:"));
        return Ok(ExitCode::Busy);
    };
    session.vault().read_master_keys().await?;
    let continued = file.is_changing()?;
    if continued {
        if given.map(|new| file.is(&new)).transpose()? == Some(false) {
            let words =
                "a change to another master key has begun; finish it with `placard keys rotate` first";
            return Err(WrongInput(words.into()).into());
        }
    } else {
        begin(session, file, &lock, given).await?;
    }
    let rewrapped = rewrap_all(session).await?;
    file.forget_previous(&lock)?;
    said_master(session, rewrapped, continued, as_json, "the key before is gone from the data directory");
    Ok(ExitCode::Done)
}

/// Puts the new key in its place, once it is sure that the present one opens everything.
async fn begin(session: &Session, file: &KeyFile, lock: &KeyLock, given: Option<[u8; 32]>) -> Result<()> {
    if given.map(|new| file.is(&new)).transpose()? == Some(true) {
        return Err(WrongInput("this is the master key already".into()).into());
    }
    rewrap_all(session).await?;
    file.replace(lock, &given.unwrap_or_else(rand::random))?;
    Ok(session.vault().read_master_keys().await?)
}

/// Goes on to a key that someone put where it comes from.
async fn elsewhere(session: &Session, from: &str, rotate: &Rotate, as_json: bool) -> Result<ExitCode> {
    let previous = master_key::PREVIOUS;
    if rotate.new_master_key_file.is_some() || std::env::var_os(previous).is_none() {
        let words = format!(
            "the master key comes from {from}: let that give the new key, set {previous} to the one before, for \
             servers too, and run `placard keys rotate` again"
        );
        return Err(WrongInput(words).into());
    }
    let rewrapped = rewrap_all(session).await?;
    said_master(session, rewrapped, false, as_json, &format!("{previous} can be unset now"));
    Ok(ExitCode::Done)
}

fn read_key(path: &Path) -> Result<[u8; 32]> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map(SecretString::from);
    let text = text.map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    let key = master_key::parse(text.expose_secret());
    Ok(key.map_err(|error| WrongInput(format!("{name} holds no key: {error}")))?)
}

/// Wraps every data key with the current master key, one tenant after the other, and returns how many it was.
async fn rewrap_all(session: &Session) -> Result<usize> {
    let vault = session.vault();
    let tenants = loop {
        let mut tx = session.db().system().await?;
        if vault.nobody_wraps(&mut tx).await? {
            let tenants = tenant::list(&mut tx).await?;
            tx.commit().await?;
            break tenants;
        }
        tx.commit().await?;
        tokio::time::sleep(BREATH).await;
    };
    let mut tx = session.db().system().await?;
    let mut rewrapped = vault.rewrap_system(&mut tx).await?;
    tx.commit().await?;
    for tenant in tenants {
        let mut tx = session.db().tenant(tenant.id).await?;
        let count = vault.rewrap(&mut tx).await?;
        if count > 0 {
            let what = json!({"data_keys": count});
            audit::append(&mut tx, &session.actor(), &entry("master_key", vault.master_id(), what)).await?;
        }
        tx.commit().await?;
        rewrapped += count;
    }
    Ok(rewrapped)
}

fn said_master(session: &Session, rewrapped: usize, continued: bool, as_json: bool, rest: &str) {
    let id = session.vault().master_id();
    if as_json {
        println!("{}", json!({"master_key": id, "rewrapped": rewrapped, "continued": continued}));
        return;
    }
    let (paint, keys) = (Paint::for_stdout(), counted(rewrapped, "data key"));
    let words = if continued { "The change that was begun is done" } else { "The master key is changed" };
    println!("{} {words}: {keys} wrapped by {id}; {rest}.", paint.green("✓"));
    println!("    backups of the database from before need the key before");
}

/// Gives the tenant another data key, unless an earlier change has left tokens behind: then that is finished.
async fn data_keys(session: &Session, as_json: bool) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut resealed = reseal_all(session, &tenant).await?;
    let continued = resealed > 0;
    if !continued {
        let mut tx = session.db().tenant(tenant.id).await?;
        let id = session.vault().rotate_data_key(&mut tx).await?;
        audit::append(&mut tx, &session.actor(), &entry("data_key", id.to_string(), Value::Null)).await?;
        tx.commit().await?;
        resealed = reseal_all(session, &tenant).await?;
    }
    if as_json {
        println!("{}", json!({"tenant": tenant.slug, "resealed": resealed, "continued": continued}));
        return Ok(ExitCode::Done);
    }
    said_resealed(resealed, continued, "secret")
}

/// Gives what is no tenant's another data key, unless an earlier change has left something behind: then that is
/// finished.
async fn system_key(session: &Session, as_json: bool) -> Result<ExitCode> {
    let mut resealed = reseal_systems(session).await?;
    let continued = resealed > 0;
    if !continued {
        let mut tx = session.db().system().await?;
        let id = session.vault().rotate_system_key(&mut tx).await?;
        // A line about a key that then did not come is better than a key without a line.
        note_for_all(session, "system_key", audit::Action::Rotate, &[id.to_string()], &Value::Null).await?;
        tx.commit().await?;
        resealed = reseal_systems(session).await?;
    }
    if as_json {
        println!("{}", json!({"resealed": resealed, "continued": continued}));
        return Ok(ExitCode::Done);
    }
    said_resealed(resealed, continued, "secret")
}

fn said_resealed(resealed: u64, continued: bool, what: &str) -> Result<ExitCode> {
    let words = if continued { "The change that was begun is done" } else { "There is another data key" };
    let count = usize::try_from(resealed).context("more than can be counted")?;
    println!("{} {words}: {} sealed anew.", Paint::for_stdout().green("✓"), counted(count, what));
    Ok(ExitCode::Done)
}

/// Seals everything anew that an earlier key of the system sealed, a few in each transaction.
async fn reseal_systems(session: &Session) -> Result<u64> {
    let (vault, mut resealed) = (session.vault(), 0);
    loop {
        let mut tx = session.db().system().await?;
        let batch = totp::reseal(&mut tx, vault, BATCH).await?
            + signing_key::reseal(&mut tx, vault, BATCH).await?
            + outbox::reseal(&mut tx, vault, BATCH).await?;
        tx.commit().await?;
        if batch == 0 {
            return Ok(resealed);
        }
        resealed += batch;
    }
}

async fn reseal_all(session: &Session, tenant: &tenant::Tenant) -> Result<u64> {
    let (db, vault, documents) = (session.db(), session.vault(), session.documents().await?);
    let (tenant, actor, origin) = (tenant.id, session.actor(), Origin::default());
    let objects = session.library().await?.objects();
    let automation = Automation { db, vault, documents, tenant, actor: &actor, origin: &origin };
    let archive = Archive { db, vault, documents, objects, tenant, actor: &actor, origin: &origin };
    let mut resealed = automation.reseal().await? + archive.reseal().await?;
    loop {
        let mut tx = db.tenant(tenant).await?;
        let batch = connection::reseal(&mut tx, session.vault(), BATCH).await?
            + lead_event::reseal(&mut tx, session.vault(), BATCH).await?
            + crm::reseal(&mut tx, session.vault(), BATCH).await?
            + outreach::reseal(&mut tx, session.vault(), BATCH).await?
            + copy::reseal(&mut tx, session.vault()).await?;
        tx.commit().await?;
        if batch == 0 {
            return Ok(resealed);
        }
        resealed += batch;
    }
}

async fn signing_keys(session: &Session, as_json: bool) -> Result<ExitCode> {
    let made = rotate_signing_key(session, Utc::now()).await?;
    let what = json!({"activates_at": made.activates_at, "others_end_at": made.others_end_at});
    note_for_all(session, SIGNING_KEY, audit::Action::Rotate, std::slice::from_ref(&made.id), &what).await?;
    if as_json {
        let (from, end) = (made.activates_at, made.others_end_at);
        println!("{}", json!({"signing_key": made.id, "activates_at": from, "others_end_at": end}));
        return Ok(ExitCode::Done);
    }
    let clock = "%H:%M:%S UTC";
    let (from, end) = (made.activates_at.format(clock), made.others_end_at.format(clock));
    println!("{} {} signs from {from} on.", Paint::for_stdout().green("✓"), made.id);
    println!("    what the keys before signed is taken until {end}");
    Ok(ExitCode::Done)
}

async fn revoke_signing(session: &Session, as_json: bool, id: Option<&str>) -> Result<ExitCode> {
    let revoked = revoke_signing_keys(session, id, Utc::now()).await?;
    if let (Some(id), true) = (id, revoked.is_empty()) {
        return Err(WrongInput(format!("no signing key `{id}` is in use")).into());
    }
    note_for_all(session, SIGNING_KEY, audit::Action::Revoke, &revoked, &Value::Null).await?;
    if as_json {
        println!("{}", json!({"revoked": revoked}));
        return Ok(ExitCode::Done);
    }
    let keys = counted(revoked.len(), "signing key");
    println!(
        "{} {keys} revoked; servers refuse what they signed within 10 seconds.",
        Paint::for_stdout().green("✓")
    );
    Ok(ExitCode::Done)
}

/// Writes into every tenant's log what became of keys that are nobody's own.
async fn note_for_all(
    session: &Session,
    kind: &'static str,
    action: audit::Action,
    keys: &[String],
    what: &Value,
) -> Result<()> {
    let mut tx = session.db().system().await?;
    let tenants = tenant::list(&mut tx).await?;
    tx.commit().await?;
    for tenant in tenants {
        let mut tx = session.db().tenant(tenant.id).await?;
        for id in keys {
            let entry = audit::Entry { action, ..entry(kind, id.clone(), what.clone()) };
            audit::append(&mut tx, &session.actor(), &entry).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn entry(kind: &'static str, id: String, what: Value) -> audit::Entry {
    let new = Some(what).filter(|what| !what.is_null());
    audit::Entry { action: audit::Action::Rotate, entity_type: kind, entity_id: id, old: None, new }
}
