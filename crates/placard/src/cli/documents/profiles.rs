//! `placard documents profiles`: people who may be spoken to.

use crate::{
    cli::{
        ExitCode,
        failure::WrongInput,
        input::text_of,
        paint::Paint,
        words::{counted, one_of},
    },
    documents::take,
};
use anyhow::Result;
use clap::Subcommand;
use placard_domain::{
    TenantId,
    document::{Profile, ProfileStatus},
};
use placard_store::documents::{DocumentError, Documents, Filter, Query, Stored};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use uuid::Uuid;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Take profiles in from a file: a JSON list, or one JSON object on each line. What is wrong is refused one by one.
    Import {
        /// The file; - for standard input.
        file: PathBuf,
    },
    /// List profiles, the newest first.
    List {
        /// Only with this status.
        #[arg(long, value_parser = one_of(ProfileStatus::ALL, ProfileStatus::as_str))]
        status: Option<ProfileStatus>,
        /// Only of this network.
        #[arg(long)]
        platform: Option<String>,
        /// Instead those whose description or posts hold these words, the best first.
        #[arg(long, conflicts_with_all = ["status", "platform"])]
        words: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Show a profile with everything that is known.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// Say that these may be spoken to.
    Approve {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<Uuid>,
    },
    /// Say that these must not be spoken to.
    Reject {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<Uuid>,
    },
}

pub(super) async fn run(
    documents: &Documents,
    tenant: TenantId,
    command: &Command,
    as_json: bool,
) -> Result<ExitCode> {
    match command {
        Command::Import { file } => import(documents, tenant, file, as_json).await,
        Command::List { status, platform, words, limit } => {
            let found = match words {
                Some(words) => documents.search::<Profile>(tenant, words, *limit).await?,
                None => {
                    let mut all = Vec::new();
                    all.extend(status.map(|status| Filter::eq("status", status.as_str())));
                    all.extend(platform.as_deref().map(|platform| Filter::eq("platform", platform)));
                    let query = Query { filter: Filter::And(all), limit: *limit, ..Query::default() };
                    documents.find::<Profile>(tenant, &query).await?.items
                }
            };
            print(&found, as_json);
            Ok(ExitCode::Done)
        }
        Command::Show { id } => {
            let found = documents.get::<Profile>(tenant, *id).await?;
            let found = found.ok_or(DocumentError::NotFound { one: "profile", id: *id })?;
            println!("{}", serde_json::to_string_pretty(&as_value(&found))?);
            Ok(ExitCode::Done)
        }
        Command::Approve { ids } => decide(documents, tenant, ids, ProfileStatus::Approved, as_json).await,
        Command::Reject { ids } => decide(documents, tenant, ids, ProfileStatus::Rejected, as_json).await,
    }
}

async fn import(documents: &Documents, tenant: TenantId, file: &Path, as_json: bool) -> Result<ExitCode> {
    let written = read(file)?;
    let count = written.len();
    let taken = take::<Profile>(documents, tenant, written).await?;
    if as_json {
        let wrong = |refused: &crate::documents::Refused| {
            let rules = refused.violations.iter();
            let rules: Vec<_> = rules.map(|one| json!({"path": one.path, "message": one.message})).collect();
            json!({"entry": refused.place + 1, "errors": rules})
        };
        let refused: Vec<_> = taken.refused.iter().map(wrong).collect();
        println!("{}", json!({"written": taken.written, "refused": refused}));
    } else {
        for refused in &taken.refused {
            for one in &refused.violations {
                let path = if one.path.is_empty() { String::new() } else { format!(" {}", one.path) };
                eprintln!("entry {}{path}: {}", refused.place + 1, one.message);
            }
        }
        println!("{} of {} taken in", taken.written, counted(count, "profile"));
    }
    Ok(if taken.refused.is_empty() { ExitCode::Done } else { ExitCode::Failed })
}

/// A list, or an object on each line.
fn read(file: &Path) -> Result<Vec<Value>> {
    let name = file.display();
    let text = text_of(file)?;
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text)
            .map_err(|error| WrongInput(format!("{name} is no JSON list: {error}")).into());
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let wrong = |error: serde_json::Error| {
                WrongInput(format!("{name}:{}: no JSON object: {error}", at + 1)).into()
            };
            serde_json::from_str(line).map_err(wrong)
        })
        .collect()
}

async fn decide(
    documents: &Documents,
    tenant: TenantId,
    ids: &[Uuid],
    status: ProfileStatus,
    as_json: bool,
) -> Result<ExitCode> {
    let mut decided = Vec::new();
    for id in ids {
        decided.push(documents.update::<Profile>(tenant, *id, |profile| profile.status = status).await?);
    }
    print(&decided, as_json);
    Ok(ExitCode::Done)
}

fn as_value(stored: &Stored<Profile>) -> Value {
    json!({"id": stored.id, "version": stored.version, "updated_at": stored.updated_at, "profile": stored.document})
}

fn print(profiles: &[Stored<Profile>], as_json: bool) {
    if as_json {
        println!("{}", Value::from_iter(profiles.iter().map(as_value)));
        return;
    }
    if profiles.is_empty() {
        println!("No profile is like that.");
    }
    let paint = Paint::for_stdout();
    for stored in profiles {
        let one = &stored.document;
        let followers = one.metadata.followers.map(|count| count.to_string()).unwrap_or_default();
        // Names are strangers' texts, which a terminal must not obey.
        let name: String = one.username.chars().filter(|letter| !letter.is_control()).collect();
        println!(
            "{}  {:<9} {:<12} {:>10}  {name}",
            paint.dim(stored.id),
            one.status.as_str(),
            one.platform,
            followers
        );
    }
}
