//! `placard archive`: profiles that nothing happened to for a year.

use super::{
    ExitCode,
    office::{Office, said},
    paint::Paint,
    words::counted,
};
use crate::{
    archive::{Archive, Ran, Restored},
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_store::{
    archive::ArchiveFile,
    audit::{Actor, Origin},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// `placard archive`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List the files of the archive, and how many profiles are in each.
    List,
    /// Put away every profile that nothing happened to for a year, as a worker does each day.
    Run {
        /// Only say how many it would be.
        #[arg(long)]
        dry_run: bool,
    },
    /// Fetch profiles back into the database.
    Restore {
        /// Their ids.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        profiles: Vec<Uuid>,
        /// Fetch every one back.
        #[arg(long)]
        all: bool,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    Office::at(settings, "placard archive", async |office| act(office, settings.json, args.command).await)
        .await
}

async fn act(office: &Office, as_json: bool, command: Command) -> Result<ExitCode> {
    let (session, origin, actor) = (&office.session, Origin::default(), office.session.actor());
    let actor: &Actor = &actor;
    let archive = Archive {
        db: session.db(),
        vault: session.vault(),
        documents: session.documents().await?,
        objects: session.library().await?.objects(),
        tenant: office.tenant,
        actor,
        origin: &origin,
    };
    match command {
        Command::List => list(&archive.list().await?, as_json),
        Command::Run { dry_run: true } => {
            let ran = archive.dry_run(Utc::now()).await?;
            let text = format!("{} would be put away", profiles(ran.archived));
            said(as_json, &as_value(&ran), &with_spoken_to(text, &ran));
        }
        Command::Run { dry_run: false } => {
            let Some(ran) = archive.run(Utc::now()).await? else {
                let words = "somebody else is changing the archive at this moment; nothing was done";
                said(as_json, &json!({"busy": true}), words);
                return Ok(ExitCode::Busy);
            };
            let files = counted(usize::try_from(ran.files).unwrap_or(usize::MAX), "file");
            let text = format!("{} put away, in {files}", profiles(ran.archived));
            said(as_json, &as_value(&ran), &with_spoken_to(text, &ran));
        }
        Command::Restore { profiles, all } => {
            let wanted = (!all).then(|| profiles.into_iter().collect());
            return Ok(show_restored(&archive.restore(wanted.as_ref()).await?, as_json));
        }
    }
    Ok(ExitCode::Done)
}

fn profiles(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "profile")
}

fn with_spoken_to(text: String, ran: &Ran) -> String {
    match ran.spoken_to {
        0 => text,
        count => {
            format!("{text}; {} stay, because outreach has spoken to them within the year", profiles(count))
        }
    }
}

fn as_value(ran: &Ran) -> Value {
    json!({"profiles": ran.archived, "files": ran.files, "spoken_to": ran.spoken_to})
}

fn list(files: &[ArchiveFile], as_json: bool) {
    if as_json {
        let file = |file: &ArchiveFile| {
            json!({
                "id": file.id, "profiles": file.documents, "bytes": file.bytes, "hash": file.hash.as_str(),
                "written_at": file.written_at, "settled": file.settled,
            })
        };
        return println!("{}", Value::from_iter(files.iter().map(file)));
    }
    if files.is_empty() {
        println!("Nothing is archived. A worker puts away, once a day, what nothing happened to for a year.");
    }
    let paint = Paint::for_stdout();
    for file in files {
        let rest = if file.settled { "" } else { "  to be finished by the next run" };
        println!(
            "{}  {}  {:>10}  {:>12} bytes{rest}",
            paint.dim(file.id),
            file.written_at.format("%Y-%m-%d"),
            profiles(file.documents.into()),
            file.bytes,
        );
    }
}

fn show_restored(restored: &Restored, as_json: bool) -> ExitCode {
    let Restored { restored, taken, missing } = restored;
    let code = if taken.is_empty() && missing.is_empty() { ExitCode::Done } else { ExitCode::Failed };
    if as_json {
        println!("{}", json!({"restored": restored, "taken": taken, "missing": missing}));
        return code;
    }
    println!("{} {} back", Paint::for_stdout().green("✓"), profiles(restored.len() as u64));
    for id in taken {
        println!("    {id} stays: another profile has its name by now");
    }
    for id in missing {
        println!("    {id} is not in the archive");
    }
    code
}
