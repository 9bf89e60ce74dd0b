//! `placard audit`: who changed what, and whether anybody changed the log.

use super::{
    ExitCode,
    desk::{self, Desk},
    failure::WrongInput,
    paint::Paint,
    words::counted,
};
use crate::{
    api::{
        view::{LineView, Verification},
        words::Head,
    },
    settings::Settings,
};
use anyhow::{Context, Result};
use clap::Subcommand;
use placard_store::audit::Filter;
use serde_json::{Value, json};
use std::{
    io::{BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// `placard audit`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List who changed what, the newest first.
    List {
        /// Only about things of this kind, or about one: `campaign`, `api_key:ID`.
        #[arg(long, value_name = "TYPE[:ID]")]
        entity: Option<String>,
        /// How many lines.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000), value_name = "COUNT")]
        limit: i64,
    },
    /// Recompute the chain of hashes. Ends with 1 if a line was edited, removed, moved or slipped in.
    Verify {
        /// A head that was printed earlier and kept elsewhere: an exchange of the whole log is found by it.
        #[arg(long, value_name = "SEQ:HASH")]
        expect: Option<Head>,
    },
    /// Write the whole log as JSON lines, the newest first, into a new file.
    Export {
        /// The file.
        file: PathBuf,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    desk::at(settings, "placard audit", async |desk| act(desk, settings.json, &args.command).await).await
}

async fn act(desk: &dyn Desk, as_json: bool, command: &Command) -> Result<ExitCode> {
    match command {
        Command::List { entity, limit } => {
            let lines = desk.audit(&about(entity.as_deref()), *limit).await?;
            lines.iter().for_each(|line| show(line, as_json));
            Ok(ExitCode::Done)
        }
        Command::Verify { expect } => Ok(said_verified(&desk.verify_audit(*expect).await?, as_json)),
        Command::Export { file } => {
            let count = export(desk, file).await?;
            if as_json {
                println!("{}", json!({"file": file, "lines": count}));
            } else {
                println!(
                    "{} {} written to {}",
                    Paint::for_stdout().green("✓"),
                    counted(count, "line"),
                    file.display()
                );
            }
            Ok(ExitCode::Done)
        }
    }
}

fn about(entity: Option<&str>) -> Filter {
    let (entity_type, entity_id) = match entity.map(|entity| entity.split_once(':').ok_or(entity)) {
        None => (None, None),
        Some(Err(kind)) => (Some(kind), None),
        Some(Ok((kind, id))) => (Some(kind), Some(id)),
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Filter { entity_type: owned(entity_type), entity_id: owned(entity_id), ..Filter::default() }
}

fn document(line: &LineView) -> Value {
    json!({
        "seq": line.seq, "at": line.at, "actor": line.actor, "user_id": line.user_id, "action": line.action,
        "entity_type": line.entity_type, "entity_id": line.entity_id, "old": line.old, "new": line.new,
        "ip": line.ip, "agent": line.agent,
    })
}

fn show(line: &LineView, as_json: bool) {
    if as_json {
        println!("{}", document(line));
        return;
    }
    let paint = Paint::for_stdout();
    let (at, action) = (line.at.format("%Y-%m-%d %H:%M:%S UTC"), line.action.as_str());
    let from = line.ip.as_deref().map(|ip| format!(" from {ip}")).unwrap_or_default();
    println!(
        "{:>6}  {at}  {action:<9} {}  {}{}",
        line.seq,
        paint.bold(format!("{}:{}", line.entity_type, line.entity_id)),
        line.actor,
        paint.dim(from)
    );
    match (&line.old, &line.new) {
        (None, None) => {}
        (None, Some(new)) => println!("        {}", paint.dim(new)),
        (Some(old), None) => println!("        {}", paint.dim(format!("was {old}"))),
        (Some(old), Some(new)) => println!("        {}", paint.dim(format!("{old} → {new}"))),
    }
}

fn said_verified(found: &Verification, as_json: bool) -> ExitCode {
    let Verification { whole, first, head, broken, .. } = found;
    let code = if *whole { ExitCode::Done } else { ExitCode::Failed };
    if as_json {
        let broken = broken.as_ref().map(|what| json!({"seq": found.broken_at, "what": what}));
        println!(
            "{}",
            json!({
                "whole": whole, "lines": found.lines, "first": first, "head": head,
                "expected_was_met": found.expected_was_met, "broken": broken,
            })
        );
        return code;
    }
    let paint = Paint::for_stdout();
    let lines = usize::try_from(found.lines).unwrap_or(usize::MAX);
    match broken {
        Some(broken) => println!("{} The log is not whole: {broken}", paint.red("✗")),
        None if !whole => println!(
            "{} The head that was expected is older than line {first}, the first kept",
            paint.red("✗")
        ),
        None => println!("{} {} as they were written", paint.green("✓"), counted(lines, "line")),
    }
    if *whole {
        println!("    keep this elsewhere for --expect: {}", paint.bold(head));
    }
    code
}

/// Writes every line into `path`, which appears only when it is complete. Returns how many it was.
async fn export(desk: &dyn Desk, path: &Path) -> Result<usize> {
    if path.try_exists().is_ok_and(|there| there) {
        return Err(taken(path));
    }
    let cannot = || format!("{} cannot be written", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner may read it.
    let mut out = BufWriter::new(NamedTempFile::new_in(folder).with_context(cannot)?);
    let mut write = |line: &LineView| writeln!(out, "{}", document(line)).with_context(cannot);
    let count = desk.whole_audit(&mut write).await?;
    let file = out.into_inner().map_err(|error| error.into_error()).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => anyhow::Error::new(error.error).context(cannot()),
    })?;
    Ok(count)
}

fn taken(path: &Path) -> anyhow::Error {
    WrongInput(format!("{} is there already; name another file", path.display())).into()
}
