//! `placard db`: the schema.

use super::{ExitCode, confirm::confirm, paint::Paint, words::counted};
use crate::{session::Session, settings::Settings};
use anyhow::Result;
use placard_store::{MigrationState, MigrationStatus};
use serde_json::json;

/// `placard db`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    action: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Which migrations are applied.
    Status,
    /// Bring the schema to this version.
    Migrate,
    /// Take migrations back, the last one first. What they added is lost.
    Rollback {
        /// How many.
        #[arg(default_value_t = 1)]
        count: usize,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard db").await?;
    let outcome = act(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let paint = Paint::for_stdout();
    match args.action {
        What::Status => {
            for migration in session.db().migration_status().await? {
                show(&migration, settings.json, paint);
            }
        }
        What::Migrate => {
            let applied = session.db().migrate().await?;
            println!(
                "{} {} applied; the schema is up to date.",
                paint.green("✓"),
                counted(applied.len(), "migration")
            );
        }
        What::Rollback { count, yes } => {
            if !confirm(&format!("Take back {} and what they added?", counted(count, "migration")), yes)? {
                println!("Nothing was done.");
                return Ok(ExitCode::Undecided);
            }
            let undone = session.db().rollback(count).await?;
            println!("{} {} taken back.", paint.green("✓"), counted(undone.len(), "migration"));
        }
    }
    Ok(ExitCode::Done)
}

fn show(migration: &MigrationStatus, as_json: bool, paint: Paint) {
    let (word, at) = match migration.state {
        MigrationState::Pending => (paint.yellow("pending"), None),
        MigrationState::Applied { at } => (paint.green("applied"), Some(at)),
        MigrationState::Changed { at } => (paint.red("changed since it was applied"), Some(at)),
        MigrationState::Unknown { at } => (paint.red("unknown to this version"), Some(at)),
    };
    if as_json {
        let state = match migration.state {
            MigrationState::Pending => "pending",
            MigrationState::Applied { .. } => "applied",
            MigrationState::Changed { .. } => "changed",
            MigrationState::Unknown { .. } => "unknown",
        };
        println!(
            "{}",
            json!({"version": migration.version, "description": migration.description, "state": state, "at": at})
        );
        return;
    }
    let when = at.map(|at| at.format(" %Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    println!("{:>5}  {:<34} {word}{}", migration.version, migration.description, paint.dim(when));
}
