//! `placard audit`: who changed what, and whether anybody changed the log.

use super::{ExitCode, failure::WrongInput, paint::Paint, words::counted};
use crate::{session::Session, settings::Settings};
use anyhow::{Context, Result};
use clap::Subcommand;
use placard_store::{
    TenantTx,
    audit::{self, Filter, Line, Verified},
};
use serde_json::{Value, json};
use std::{
    io::{BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    str::FromStr,
};
use tempfile::NamedTempFile;

/// How many lines are read at a time.
const PAGE: i64 = 1_000;

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
        expect: Option<Anchor>,
    },
    /// Write the whole log as JSON lines, the newest first, into a new file.
    Export {
        /// The file.
        file: PathBuf,
    },
}

/// A head of the chain as it is printed.
#[derive(Clone, Copy, Debug)]
struct Anchor(i64, [u8; 32]);

impl FromStr for Anchor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape =
            "a head is a position, a colon and 64 hexadecimal digits, as `placard audit verify` prints it";
        let (seq, hash) = text.split_once(':').ok_or(shape)?;
        let hash = hex::decode(hash).ok().and_then(|hash| hash.try_into().ok()).ok_or(shape)?;
        Ok(Self(seq.parse().map_err(|_| shape)?, hash))
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard audit").await?;
    let outcome = act(&session, settings.json, &args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: &Command) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    let mut tx = session.db().tenant(tenant.id).await?;
    let code = match command {
        Command::List { entity, limit } => {
            let lines = audit::page(&mut tx, &about(entity.as_deref()), *limit).await?;
            lines.iter().for_each(|line| show(line, as_json));
            ExitCode::Done
        }
        Command::Verify { expect } => {
            let anchor = expect.map(|Anchor(seq, hash)| (seq, hash));
            let found = audit::verify(&mut tx, anchor).await?;
            said_verified(&found, anchor.is_some(), as_json)
        }
        Command::Export { file } => {
            let count = export(&mut tx, file).await?;
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
            ExitCode::Done
        }
    };
    tx.commit().await?;
    Ok(code)
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

fn document(line: &Line) -> Value {
    json!({
        "seq": line.seq, "at": line.at, "actor": line.actor, "user_id": line.user, "action": line.action,
        "entity_type": line.entity_type, "entity_id": line.entity_id, "old": line.old, "new": line.new,
        "ip": line.ip, "agent": line.agent,
    })
}

fn show(line: &Line, as_json: bool) {
    if as_json {
        println!("{}", document(line));
        return;
    }
    let paint = Paint::for_stdout();
    let (at, action) = (line.at.format("%Y-%m-%d %H:%M:%S UTC"), line.action.as_str());
    let from = line.ip.map(|ip| format!(" from {ip}")).unwrap_or_default();
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

fn said_verified(found: &Verified, expected: bool, as_json: bool) -> ExitCode {
    let head = format!("{}:{}", found.head.0, hex::encode(found.head.1));
    // A head from before the oldest line that is kept cannot be compared with anything.
    let missed = expected && !found.anchored;
    let whole = found.broken.is_none() && !missed;
    if as_json {
        println!(
            "{}",
            json!({
                "whole": whole, "lines": found.rows, "first": found.first_seq, "head": head,
                "expected_was_met": expected.then_some(found.anchored),
                "broken": found.broken.map(|broken| json!({"seq": broken.seq, "what": broken.to_string()})),
            })
        );
        return if whole { ExitCode::Done } else { ExitCode::Failed };
    }
    let paint = Paint::for_stdout();
    let rows = usize::try_from(found.rows).unwrap_or(usize::MAX);
    match found.broken {
        Some(broken) => println!("{} The log is not whole: {broken}", paint.red("✗")),
        None if missed => {
            let first = found.first_seq;
            println!(
                "{} The head that was expected is older than line {first}, the first kept",
                paint.red("✗")
            );
        }
        None => println!("{} {} as they were written", paint.green("✓"), counted(rows, "line")),
    }
    if whole {
        println!("    keep this elsewhere for --expect: {}", paint.bold(&head));
    }
    if whole { ExitCode::Done } else { ExitCode::Failed }
}

/// Writes every line into `path`, which appears only when it is complete. Returns how many it was.
async fn export(tx: &mut TenantTx, path: &Path) -> Result<usize> {
    if path.try_exists().is_ok_and(|there| there) {
        return Err(taken(path));
    }
    let cannot = || format!("{} cannot be written", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner may read it.
    let mut out = BufWriter::new(NamedTempFile::new_in(folder).with_context(cannot)?);
    let (mut filter, mut count) = (Filter::default(), 0);
    loop {
        let lines = audit::page(tx, &filter, PAGE).await?;
        let Some(last) = lines.last() else { break };
        filter.after = Some(last.seq);
        count += lines.len();
        for line in &lines {
            writeln!(out, "{}", document(line)).with_context(cannot)?;
        }
    }
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
