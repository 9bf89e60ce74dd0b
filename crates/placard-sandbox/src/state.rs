//! The state file: one JSON record a line, the last record of a key counts.
//!
//! A change appends lines in one write, so a killed process loses at most the torn last line; opening the
//! file rewrites it to one line a record (temporary file, then rename).

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::faults::Violation;
use crate::google;
use crate::hooks;
use crate::meta::account::Account;
use crate::meta::auth::{Code, Token};
use crate::meta::delivery::DayFacts;
use crate::meta::insights_async::Run;
use crate::microsoft;
use crate::object::{NodeId, Object};
use crate::tiktok;
use crate::world::{Head, RecordKey, World};

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Head(Head),
    Account(Box<Account>),
    Object(Box<Object>),
    Token(Token),
    Code(Code),
    Run(Box<Run>),
    Facts { ad: NodeId, date: NaiveDate, facts: Box<DayFacts> },
    Violations(Vec<Violation>),
    DeclinedScopes(BTreeSet<String>),
    Google(google::Record),
    TikTok(tiktok::Record),
    Microsoft(microsoft::Record),
    Hooks(Box<hooks::State>),
}

/// An open state file.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    file: File,
    lines: usize,
}

/// Rewrite once the file holds this many lines and eight times its records.
const COMPACT_FROM: usize = 50_000;

impl StateFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads `path`, if it exists, into `world`.
    pub(crate) fn load(path: &Path, world: &mut World) -> anyhow::Result<()> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (number, line) in lines.iter().enumerate() {
            match serde_json::from_str::<Record>(line) {
                Ok(record) => restore(world, record),
                Err(_) if number + 1 == lines.len() && !line.ends_with('\n') => {
                    tracing::warn!("the last line of {} was torn and is left out", path.display());
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("line {} of {}", number + 1, path.display()));
                }
            }
        }
        Ok(())
    }

    /// Writes the whole world to `path` and keeps it open for appending.
    pub(crate) fn create(path: &Path, world: &World) -> anyhow::Result<Self> {
        let temporary = path.with_extension("tmp");
        let mut lines = 0;
        {
            let file = File::create(&temporary).with_context(|| format!("create {}", temporary.display()))?;
            let mut out = BufWriter::new(file);
            for key in all_keys(world) {
                if let Some(record) = record(world, &key) {
                    serde_json::to_writer(&mut out, &record)?;
                    out.write_all(b"\n")?;
                    lines += 1;
                }
            }
            out.flush()?;
        }
        fs::rename(&temporary, path).with_context(|| format!("replace {}", path.display()))?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file, lines })
    }

    /// Appends the records of `keys` in one write.
    pub(crate) fn append(&mut self, world: &World, keys: &BTreeSet<RecordKey>) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for key in keys {
            if let Some(record) = record(world, key) {
                serde_json::to_writer(&mut lines, &record)?;
                lines.push(b'\n');
                self.lines += 1;
            }
        }
        self.file.write_all(&lines).with_context(|| format!("append to {}", self.path.display()))?;
        if self.lines > COMPACT_FROM && self.lines > 8 * all_keys(world).count() {
            *self = Self::create(&self.path, world)?;
        }
        Ok(())
    }
}

fn all_keys(world: &World) -> impl Iterator<Item = RecordKey> + '_ {
    [RecordKey::Head, RecordKey::Violations, RecordKey::DeclinedScopes, RecordKey::Hooks]
        .into_iter()
        .chain(world.accounts.keys().cloned().map(RecordKey::Account))
        .chain(world.objects.keys().copied().map(RecordKey::Object))
        .chain(world.tokens.keys().cloned().map(RecordKey::Token))
        .chain(world.codes.keys().cloned().map(RecordKey::Code))
        .chain(world.runs.keys().copied().map(RecordKey::Run))
        .chain(world.facts.keys().map(|(ad, date)| RecordKey::Facts(*ad, *date)))
        .chain(world.google.keys().map(RecordKey::Google))
        .chain(world.tiktok.keys().map(RecordKey::TikTok))
        .chain(world.microsoft.keys().map(RecordKey::Microsoft))
}

fn record(world: &World, key: &RecordKey) -> Option<Record> {
    Some(match key {
        RecordKey::Head => Record::Head(world.head.clone()),
        RecordKey::Account(id) => Record::Account(Box::new(world.accounts.get(id)?.clone())),
        RecordKey::Object(id) => Record::Object(Box::new(world.objects.get(id)?.clone())),
        RecordKey::Token(value) => Record::Token(world.tokens.get(value)?.clone()),
        RecordKey::Code(value) => Record::Code(world.codes.get(value)?.clone()),
        RecordKey::Run(id) => Record::Run(Box::new(world.runs.get(id)?.clone())),
        RecordKey::Facts(ad, date) => {
            Record::Facts { ad: *ad, date: *date, facts: Box::new(world.facts.get(&(*ad, *date))?.clone()) }
        }
        RecordKey::Violations => Record::Violations(world.violations.clone()),
        RecordKey::DeclinedScopes => Record::DeclinedScopes(world.declined_scopes.clone()),
        RecordKey::Google(key) => Record::Google(world.google.record(key)?),
        RecordKey::TikTok(key) => Record::TikTok(world.tiktok.record(key)?),
        RecordKey::Microsoft(key) => Record::Microsoft(world.microsoft.record(key)?),
        RecordKey::Hooks => Record::Hooks(Box::new(world.hooks.clone())),
    })
}

fn restore(world: &mut World, record: Record) {
    match record {
        Record::Head(head) => world.head = head,
        Record::Account(account) => {
            world.accounts.insert(account.id.clone(), *account);
        }
        Record::Object(object) => {
            world.objects.insert(object.id, *object);
        }
        Record::Token(token) => {
            world.tokens.insert(token.value.clone(), token);
        }
        Record::Code(code) => {
            world.codes.insert(code.value.clone(), code);
        }
        Record::Run(run) => {
            world.runs.insert(run.id, *run);
        }
        Record::Facts { ad, date, facts } => {
            world.facts.insert((ad, date), *facts);
        }
        Record::Violations(violations) => world.violations = violations,
        Record::DeclinedScopes(scopes) => world.declined_scopes = scopes,
        Record::Google(record) => world.google.restore(record),
        Record::TikTok(record) => world.tiktok.restore(record),
        Record::Microsoft(record) => world.microsoft.restore(record),
        Record::Hooks(hooks) => world.hooks = *hooks,
    }
}
