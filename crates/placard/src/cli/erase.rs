//! `placard erase`: forgetting people.

use super::{ExitCode, confirm::confirm, failure::WrongInput, office::Office, paint::Paint, words::counted};
use crate::{
    erasing::{Erased, Eraser},
    settings::Settings,
};
use anyhow::Result;
use clap::Subcommand;
use placard_domain::{
    crm::contact::{Email, Identity},
    phone::PhoneNumber,
};
use placard_store::audit::Origin;
use serde_json::json;
use std::fmt::Display;

/// `placard erase`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Forget a person: leads, forms, outreach, profiles, messages, logins of automation, the archive. What was erased where
    /// is printed.
    Person(Person),
}

#[derive(clap::Args, Debug)]
struct Person {
    /// An e-mail address of theirs; may be given more than once.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "phone")]
    email: Vec<String>,
    /// A phone number of theirs with its country code; may be given more than once.
    #[arg(long, value_name = "NUMBER")]
    phone: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Person {
    fn identities(&self) -> Result<Vec<Identity>> {
        let wrong = |text: &str, error: &dyn Display| WrongInput(format!("`{text}`: {error}"));
        let emails = self
            .email
            .iter()
            .map(|text| Email::parse(text).map(Identity::Email).map_err(|error| wrong(text, &error).into()));
        let phones = self.phone.iter().map(|text| {
            PhoneNumber::parse(text, None).map(Identity::Phone).map_err(|error| wrong(text, &error).into())
        });
        emails.chain(phones).collect()
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let Command::Person(person) = args.command;
    let identities = person.identities()?;
    let who: Vec<&str> = identities.iter().map(Identity::as_str).collect();
    let who = who.join(", ");
    let work = async |office: &Office| erase(office, settings.json, &who, &identities, person.yes).await;
    Office::at(settings, "placard erase", work).await
}

/// Forgets whoever has one of these addresses and numbers, if the person at the terminal wants that.
pub(super) async fn erase(
    office: &Office,
    as_json: bool,
    who: &str,
    identities: &[Identity],
    yes: bool,
) -> Result<ExitCode> {
    if !confirm(&format!("Forget everything about {who}? It cannot be undone."), yes)? {
        println!("Nothing was done.");
        return Ok(ExitCode::Undecided);
    }
    let (session, documents) = (&office.session, office.session.documents().await?);
    let objects = session.library().await?.objects();
    let (actor, origin) = (session.actor(), Origin::default());
    let eraser = Eraser {
        db: session.db(),
        vault: session.vault(),
        documents,
        objects,
        tenant: office.tenant,
        actor: &actor,
        origin: &origin,
    };
    let erased = eraser.erase(identities).await?;
    show(&erased, as_json);
    Ok(if erased.left() == 0 { ExitCode::Done } else { ExitCode::Failed })
}

fn show(erased: &Erased, as_json: bool) {
    let Erased { leads, lead_events, outreach, documents, automation_sessions, archived } = erased;
    if as_json {
        let elsewhere: Vec<_> =
            documents.elsewhere.iter().map(|(of, id)| json!({"collection": of, "id": id})).collect();
        let line = json!({
            "leads": leads.leads, "touches": leads.touches, "identities": leads.identities,
            "activities": leads.activities, "deals": leads.deals, "clicks": leads.clicks, "merges": leads.merges,
            "lead_events": lead_events, "enrolments": outreach.enrolments, "deliveries": outreach.deliveries,
            "consents": outreach.consents, "profiles": documents.profiles, "messages": documents.messages,
            "automation_sessions": automation_sessions, "archived": archived,
            "elsewhere": elsewhere, "left": erased.left(),
        });
        return println!("{line}");
    }
    let paint = Paint::for_stdout();
    if erased.is_nobody() {
        println!("{} nobody here has this address or number; nothing was done", paint.green("✓"));
        return;
    }
    let count = |rows: i64, what: &str| counted(usize::try_from(rows).unwrap_or_default(), what);
    let rows = |rows: u64, what: &str| counted(usize::try_from(rows).unwrap_or(usize::MAX), what);
    let (emptied, title) = (count(leads.leads, "lead"), count(leads.deals, "deal"));
    println!("{} forgotten", paint.green("✓"));
    println!(
        "    leads      {emptied} emptied; {}, {}, {} and {} removed; {title} without a title",
        count(leads.touches, "record"),
        count(leads.identities, "keyed mark"),
        count(leads.activities, "note"),
        count(leads.merges, "merge"),
    );
    if leads.clicks > 0 {
        println!("    clicks     {} removed that platforms were told of", count(leads.clicks, "mark"));
    }
    println!("    forms      {} emptied", count(*lead_events, "filled-in form"));
    println!(
        "    outreach   {} nobody's now, with {}; {} removed",
        count(outreach.enrolments, "place"),
        count(outreach.deliveries, "message"),
        count(outreach.consents, "consent"),
    );
    println!(
        "    documents  {} and {} removed",
        rows(documents.profiles, "profile"),
        rows(documents.messages, "message")
    );
    println!("    archive    {} removed", rows(*archived, "profile"));
    println!("    automation {} purged", rows(*automation_sessions, "login"));
    for (collection, id) in &documents.elsewhere {
        println!("    {} names them: decide about {id} by hand", paint.yellow(collection));
    }
    println!("    left: {}", erased.left());
}
