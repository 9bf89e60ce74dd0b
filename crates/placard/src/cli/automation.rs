//! `placard automation`: logins of the tenant's own accounts, sealed.

use super::{
    ExitCode,
    api_keys::end_of,
    confirm::confirm,
    failure::WrongInput,
    office::{Office, said},
    paint::Paint,
    words::one_of,
};
use crate::{
    automation::{AutomationSessionView, HandedOutView, Seen},
    settings::Settings,
};
use anyhow::{Context, Result};
use chrono::{NaiveDate, Utc};
use clap::Subcommand;
use placard_domain::document::{AutomationSession, AutomationStatus, Cookies, Proxy};
use placard_store::{
    audit::{Actor, Origin},
    automation::{Automation, NewSession, Secret},
    documents::{Filter, Query, Stored},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// `placard automation`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Keep a login of an account that belongs to you. Placard sends nothing through it.
    Add(Add),
    /// List logins, the newest first, without their cookies.
    List {
        /// Only those that stand here.
        #[arg(long, value_parser = one_of(AutomationStatus::ALL, AutomationStatus::as_str))]
        status: Option<AutomationStatus>,
        /// Only of this network.
        #[arg(long)]
        platform: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Show a login, without its cookies.
    Show {
        /// What it is called, or its id.
        session: String,
    },
    /// Note whether a login works, as you have seen it. Only what works is handed out.
    Validate {
        /// What it is called, or its id.
        session: String,
        /// What you saw.
        seen: Seen,
    },
    /// Print the cookies of a login as JSON, once. The audit log says so first.
    Use {
        /// What it is called, or its id.
        session: String,
    },
    /// Put other cookies in the place of those that a login has.
    Rotate(Rotate),
    /// Remove a login with its cookies.
    Purge {
        /// What it is called, or its id.
        session: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(clap::Args, Debug)]
struct Add {
    /// What to call it.
    session: String,
    /// The network, in lower case.
    #[arg(long)]
    platform: String,
    /// The account there.
    #[arg(long)]
    account: String,
    /// The cookies as a browser exports them, a JSON list; - for standard input.
    #[arg(long, value_name = "FILE")]
    cookies: PathBuf,
    /// The last day on which they are handed out (UTC).
    #[arg(long, value_name = "DATE")]
    expires: NaiveDate,
    /// Confirm that the account belongs to you. Nothing is kept without it.
    #[arg(long)]
    own_account: bool,
    /// The browser that the cookies are from.
    #[arg(long)]
    user_agent: Option<String>,
    /// What requests go through.
    #[arg(long, value_name = "HOST:PORT")]
    proxy: Option<String>,
    /// Who signs in there.
    #[arg(long, value_name = "NAME", requires = "proxy")]
    proxy_user: Option<String>,
    /// A file with the password there.
    #[arg(long, value_name = "FILE", requires = "proxy")]
    proxy_password: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct Rotate {
    /// What it is called, or its id.
    session: String,
    /// The cookies as a browser exports them, a JSON list; - for standard input.
    #[arg(long, value_name = "FILE")]
    cookies: PathBuf,
    /// The last day on which they are handed out (UTC).
    #[arg(long, value_name = "DATE")]
    expires: NaiveDate,
    /// The version that you have seen; if it is another by now, nothing is done. Without it, the present one.
    #[arg(long)]
    version: Option<i64>,
    /// A file with another password of the proxy. Without it, the present one stays.
    #[arg(long, value_name = "FILE")]
    proxy_password: Option<PathBuf>,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard automation", async |office| act(office, settings.json, args.command).await)
        .await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    let (session, origin, actor) = (&office.session, Origin::default(), office.session.actor());
    let actor: &Actor = &actor;
    let documents = session.documents().await?;
    let (db, vault, tenant) = (session.db(), session.vault(), office.tenant);
    let automation = Automation { db, vault, documents, tenant, actor, origin: &origin };
    let now = Utc::now();
    match command {
        Command::Add(args) => print(automation.create(new_session(args)?, now).await?, as_json),
        Command::List { status, platform, limit } => {
            let mut all = Vec::new();
            all.extend(status.map(|status| Filter::eq("status", status.as_str())));
            all.extend(platform.as_deref().map(|platform| Filter::eq("platform", platform)));
            let query = Query { filter: Filter::And(all), limit, ..Query::default() };
            list(automation.list(&query).await?.items, as_json);
        }
        Command::Show { session } => print(find(&automation, &session).await?, as_json),
        Command::Validate { session, seen } => {
            let found = find(&automation, &session).await?;
            print(automation.validate(found.id, seen.into(), now).await?, as_json);
        }
        Command::Use { session } => {
            let found = find(&automation, &session).await?;
            let handed_out = HandedOutView::of(automation.hand_out(found.id, now).await?);
            println!("{}", serde_json::to_string_pretty(&handed_out)?);
        }
        Command::Rotate(args) => {
            let found = find(&automation, &args.session).await?;
            let secret = Secret {
                cookies: cookies(&args.cookies)?,
                proxy_password: args.proxy_password.as_deref().map(password).transpose()?,
            };
            let (seen, end) = (args.version.unwrap_or(found.version), end_of(args.expires)?);
            print(automation.rotate(found.id, seen, secret, end, now).await?, as_json);
        }
        Command::Purge { session, yes } => {
            let found = find(&automation, &session).await?;
            let name = tame(&found.document.session_id);
            if !confirm(&format!("Remove {name} with its cookies? It cannot be undone."), yes)? {
                println!("Nothing was done.");
                return Ok(ExitCode::Undecided);
            }
            automation.purge(found.id).await?;
            said(as_json, &json!({"purged": found.id}), &format!("{name} is gone"));
        }
    }
    Ok(ExitCode::Done)
}

fn new_session(args: Add) -> Result<NewSession> {
    let proxy = args.proxy.as_deref().map(|proxy| address(proxy, args.proxy_user)).transpose()?;
    Ok(NewSession {
        session_id: args.session,
        platform: args.platform,
        account: args.account,
        own_account: args.own_account,
        user: None,
        proxy,
        user_agent: args.user_agent,
        secret: Secret {
            cookies: cookies(&args.cookies)?,
            proxy_password: args.proxy_password.as_deref().map(password).transpose()?,
        },
        expires_at: end_of(args.expires)?,
    })
}

fn address(proxy: &str, username: Option<String>) -> Result<Proxy> {
    let (host, port) = proxy.rsplit_once(':').unwrap_or_default();
    match port.parse() {
        Ok(port) if !host.is_empty() => Ok(Proxy { host: host.to_owned(), port, username }),
        _ => Err(WrongInput(format!("`{proxy}` is no HOST:PORT")).into()),
    }
}

fn cookies(file: &Path) -> Result<Cookies> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
    } else {
        read(file)?
    };
    Ok(Cookies::parse(&text).map_err(|error| WrongInput(format!("{}: {error}", file.display())))?)
}

fn password(file: &Path) -> Result<SecretString> {
    Ok(read(file)?.trim_end_matches(['\r', '\n']).into())
}

fn read(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file);
    Ok(text.map_err(|error| WrongInput(format!("{} cannot be read: {error}", file.display())))?)
}

/// The login with this id or name.
async fn find(automation: &Automation<'_>, wanted: &str) -> Result<Stored<AutomationSession>> {
    if let Ok(id) = wanted.parse::<Uuid>() {
        return Ok(automation.get(id).await?);
    }
    let found = automation.called(wanted).await?;
    let nobody =
        || WrongInput(format!("no login is called `{wanted}`; `placard automation list` names them"));
    Ok(found.ok_or_else(nobody)?)
}

fn list(sessions: Vec<Stored<AutomationSession>>, as_json: bool) {
    if as_json {
        let views = sessions.into_iter().map(|one| json!(AutomationSessionView::from(one)));
        println!("{}", Value::from_iter(views));
        return;
    }
    if sessions.is_empty() {
        println!("No login is kept, or none is like that; `placard automation add` keeps one.");
    }
    for one in sessions {
        let (paint, session) = (Paint::for_stdout(), one.document);
        println!(
            "{:<20} {:<12} {:<20} {:<9} {}",
            tame(&session.session_id),
            tame(&session.platform),
            tame(&session.account),
            session.status,
            paint.dim(format!("until {}", session.expires_at.get().format("%Y-%m-%d %H:%M UTC"))),
        );
    }
}

fn print(stored: Stored<AutomationSession>, as_json: bool) {
    let view = AutomationSessionView::from(stored);
    if as_json {
        return println!("{}", json!(view));
    }
    let paint = Paint::for_stdout();
    println!("{} {}", paint.bold(tame(&view.session_id)), paint.dim(view.id));
    println!("    account    {} on {}", tame(&view.account), tame(&view.platform));
    let meaning = match view.status {
        AutomationStatus::Active => "its cookies were seen to work",
        AutomationStatus::Degraded => "nobody has seen its cookies work yet, or somebody doubts them",
        AutomationStatus::Invalid => "it does not work; it needs other cookies",
    };
    println!("    status     {}, version {}: {meaning}", view.status, view.version);
    let moments = [
        ("validated", view.last_validated_at),
        ("used", view.last_used_at),
        ("rotated", view.rotated_at),
        ("until", Some(view.expires_at)),
    ];
    for (what, at) in moments {
        if let Some(at) = at {
            println!("    {what:<10} {}", at.format("%Y-%m-%d %H:%M UTC"));
        }
    }
}

/// Names are somebody's text, which a terminal must not obey.
fn tame(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
