//! What became of an account's campaigns, for people and for programs.

use super::{import_account::Outcome, paint::Paint, plan_view::brief, words::counted};
use crate::publishing::TakenOver;
use placard_domain::AccountRef;
use placard_platforms::import::{Left, LeftWhat};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};

/// Entries of a list that are shown.
const LONGEST_LIST: usize = 8;

/// The outcome as JSON.
pub(super) fn json(outcome: &Outcome) -> Value {
    let done = outcome.done.iter().map(|(told, file)| {
        let mut document = json!(told);
        document["file"] = json!(file);
        document
    });
    let known =
        outcome.strangers.known.iter().map(|(one, key)| json!({"remote_id": one.remote_id, "campaign": key}));
    json!({
        "imported": done.collect::<Vec<_>>(), "known": known.collect::<Vec<_>>(), "unfit": outcome.unfit,
        "ended": outcome.strangers.ended, "interrupted": outcome.stopped, "dry_run": outcome.dry_run,
    })
}

/// The outcome in words.
pub(super) fn text(outcome: &Outcome, account: &AccountRef, paint: Paint) -> String {
    let mut text = String::new();
    for (told, file) in &outcome.done {
        campaign(&mut text, told, file, paint);
    }
    for unfit in &outcome.unfit {
        let (name, id) = (paint.bold(&unfit.name), paint.dim(&unfit.remote_id));
        let _ = writeln!(text, "{} {name} {id}: {}", paint.yellow("–"), unfit.reason);
    }
    let mut rest = Vec::new();
    match outcome.strangers.known.len() {
        0 => {}
        known => rest.push(format!("{known} here already")),
    }
    match outcome.strangers.ended {
        0 => {}
        ended => rest.push(format!("{ended} archived or removed")),
    }
    if !outcome.unfit.is_empty() {
        rest.push(format!("{} left as they are", outcome.unfit.len()));
    }
    let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join(", ")) };
    let rest = paint.dim(rest);
    let count = counted(outcome.done.len(), "campaign");
    let _ = match (outcome.done.is_empty(), outcome.dry_run) {
        (true, _) => writeln!(text, "{} {account}: nothing new to import{rest}", paint.green("✓")),
        (false, true) => writeln!(text, "{account}: {count} would be imported{rest}; this was a dry run"),
        (false, false) => writeln!(text, "{} {account}: {count} imported{rest}", paint.green("✓")),
    };
    if let (false, [(_, file), ..]) = (outcome.dry_run, outcome.done.as_slice()) {
        let _ = writeln!(text, "  Next: placard plan -f {}", file.display());
    }
    text
}

fn campaign(text: &mut String, told: &TakenOver, file: &Path, paint: Paint) {
    let found = if told.ours { ", found again by its marker" } else { "" };
    let size =
        format!("{}, {}, {}{found}", told.run, counted(told.ad_groups, "ad group"), counted(told.ads, "ad"));
    let _ = writeln!(
        text,
        "{} {} → {} {}",
        paint.green("✓"),
        paint.bold(&told.name),
        file.display(),
        paint.dim(format!("({size})"))
    );
    if !told.adopted.is_empty() {
        let fields = counted(told.adopted.len(), "field");
        let _ = writeln!(
            text,
            "    set otherwise on the platform than the spec says, and kept until the spec changes it: {fields}"
        );
        let lines = told.adopted.iter().map(|one| {
            let (spec, platform) = (brief(&one.spec), brief(&one.platform));
            format!(
                "{} `{}` {}: {platform} (the spec says {spec})",
                one.object.kind.title(),
                one.name,
                one.field
            )
        });
        list(text, lines);
    }
    if !told.left.is_empty() {
        let _ = writeln!(
            text,
            "    beyond what a spec can say, left as found: {}",
            counted(told.left.len(), "thing")
        );
        list(text, told.left.iter().map(left));
    }
}

fn left(left: &Left) -> String {
    let (kind, name) = (left.kind.title(), &left.name);
    match &left.what {
        LeftWhat::Object { reason } => format!("{kind} `{name}`: {reason}"),
        LeftWhat::Field { field, value } => format!("{kind} `{name}` {field}: {}", brief(value)),
    }
}

fn list(text: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(LONGEST_LIST);
    for line in lines.take(LONGEST_LIST) {
        let _ = writeln!(text, "      · {line}");
    }
    if more > 0 {
        let _ = writeln!(text, "      · and {more} more; --json lists all");
    }
}
