//! Copies as people read them.

use crate::{
    api::view::{CopyFindingView, GeneratedCopyView, PromptView, VariantView, WrittenView},
    cli::{
        paint::Paint,
        words::{counted, terminal_width},
    },
};
use placard_domain::document::WriterKind;
use serde_json::json;

/// What came of a brief that asked for `wanted` variants.
pub(super) fn written(written: &WrittenView, wanted: usize) {
    let paint = Paint::for_stdout();
    match written.writer {
        WriterKind::Template => println!("{}", paint.dim("Written by templates; no model was asked.")),
        WriterKind::Model => {
            let cost = written.cost.as_ref().map(|cost| format!(" for {} {}", cost.amount, cost.currency));
            println!("{}", paint.dim(format!("Written by {}{}.", written.model, cost.unwrap_or_default())));
        }
    }
    for copy in &written.copies {
        whole(copy, false);
    }
    for left_out in &written.left_out {
        println!("{} not kept", paint.red("✗"));
        parts(&left_out.parts);
        left_out.findings.iter().for_each(finding);
    }
    let missing = wanted.saturating_sub(written.copies.len() + written.left_out.len());
    if missing > 0 {
        println!(
            "{} fewer than asked for: there was no more to say that differs.",
            counted(missing, "variant")
        );
    }
}

/// A copy on one line.
pub(super) fn line(copy: &GeneratedCopyView, as_json: bool) {
    if as_json {
        println!("{}", json!(copy));
        return;
    }
    let paint = Paint::for_stdout();
    let writer = copy.writer.map_or("", |writer| writer.as_str());
    let first = copy.text.lines().next().unwrap_or_default();
    let room = terminal_width().saturating_sub(52).max(20);
    let first: String = first.chars().take(room).collect();
    let used = if copy.used_by.is_empty() { " " } else { "•" };
    println!("{} {writer:<8} {used} {first}", paint.dim(copy.id));
}

/// A copy as a whole.
pub(super) fn whole(copy: &GeneratedCopyView, as_json: bool) {
    if as_json {
        println!("{}", json!(copy));
        return;
    }
    let paint = Paint::for_stdout();
    let writer = copy.writer.map_or_else(String::new, |writer| format!("  by {writer}"));
    println!("{} {}{}", paint.green("✓"), copy.id, paint.dim(writer));
    match &copy.parts {
        Some(written) => parts(written),
        None => copy.text.lines().for_each(|line| println!("    {line}")),
    }
    for used in &copy.used_by {
        println!("    {} {} {}", paint.dim("used by"), used.kind, used.id);
    }
    copy.findings.iter().for_each(finding);
}

fn parts(variant: &VariantView) {
    let paint = Paint::for_stdout();
    println!("    {}", variant.primary_text);
    for (title, lines) in [("headlines", &variant.headlines), ("descriptions", &variant.descriptions)] {
        if !lines.is_empty() {
            println!("    {} {}", paint.dim(format!("{title:<12}")), lines.join(" · "));
        }
    }
}

/// What stands against a text.
pub(super) fn finding(finding: &CopyFindingView) {
    let paint = Paint::for_stdout();
    let severity = match finding.severity.as_str() {
        "error" => paint.red("error"),
        _ => paint.yellow("warning"),
    };
    println!(
        "    {severity} {} {}: {}; {}",
        paint.dim(format!("[{}]", finding.rule)),
        finding.place,
        finding.message,
        finding.fix
    );
}

/// One call of a model.
pub(super) fn prompt(prompt: &PromptView, as_json: bool) {
    if as_json {
        println!("{}", json!(prompt));
        return;
    }
    let paint = Paint::for_stdout();
    let cost = prompt.cost.as_ref().map(|cost| format!("{} {}", cost.amount, cost.currency));
    println!(
        "{} {}  {:<9} {:<20} {:>6} → {:<6} {}",
        paint.dim(&prompt.request_id),
        prompt.asked_at.format("%Y-%m-%d %H:%M"),
        prompt.outcome,
        prompt.model,
        prompt.tokens_in,
        prompt.tokens_out,
        cost.unwrap_or_default()
    );
    if let Some(problem) = &prompt.problem {
        println!("    {}", paint.yellow(problem));
    }
}

/// The lines that differ between two texts of which one part was replaced: `-` for those that go, `+` for those that come.
pub(super) fn diff(before: &str, after: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let rest = (old.len().min(new.len())) - head;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    let gone = old[head..old.len() - tail].iter().map(|line| format!("- {line}"));
    let come = new[head..new.len() - tail].iter().map(|line| format!("+ {line}"));
    gone.chain(come).collect()
}

/// The same in colours.
pub(super) fn change(before: &str, after: &str) {
    let paint = Paint::for_stdout();
    for line in diff(before, after) {
        if line.starts_with('-') {
            println!("{}", paint.red(line))
        } else {
            println!("{}", paint.green(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn only_what_was_replaced_is_told() {
        assert_eq!(diff("a\nb\nc\n", "a\nx\ny\nc\n"), ["- b", "+ x", "+ y"]);
        assert_eq!(diff("a\nc\n", "a\nb\nc\n"), ["+ b"]);
        assert_eq!(diff("a\na\n", "a\na\na\n"), ["+ a"]);
        assert!(diff("a\n", "a\n").is_empty());
    }
}
