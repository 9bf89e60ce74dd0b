//! An audit as a page of text: what stops ads first, then what costs, then what is worth knowing.

use crate::{
    cli::{
        paint::Paint,
        words::{counted, terminal_width},
    },
    report::grid::wrap,
};
use placard_website::{Audit, Check, Comparison, Finding, Kind, Metrics, Severity};
use std::{collections::BTreeMap, fmt::Write};

/// Further of one kind are counted, not told.
const MOST_OF_A_KIND: usize = 5;

/// Lines are easier to read if they are not longer.
const WIDEST: usize = 100;

pub(super) fn print(audit: &Audit, compared: Option<&Comparison>, explain: bool) {
    let page = Page { paint: Paint::for_stdout(), width: terminal_width().min(WIDEST), explain };
    print!("{}", page.draw(audit, compared));
}

struct Page {
    paint: Paint,
    width: usize,
    explain: bool,
}

impl Page {
    fn draw(&self, audit: &Audit, compared: Option<&Comparison>) -> String {
        let mut text = self.head(audit);
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            text.push_str(&self.section(audit, severity));
        }
        if let Some(compared) = compared {
            text.push_str(&self.comparison(compared));
        }
        text.push_str(&self.end(audit));
        text
    }

    fn head(&self, audit: &Audit) -> String {
        let paint = self.paint;
        let mut text = format!("{}\n", paint.bold(&audit.url));
        let score = format!("{} of 100", audit.score);
        let score = match audit.score {
            80.. => paint.green(score),
            50.. => paint.yellow(score),
            _ => paint.red(score),
        };
        let _ = writeln!(text, "  {:<10}{score}", "score");
        let metrics = &audit.metrics;
        for (name, value) in [
            ("answer", answer(metrics)),
            ("weight", weight(metrics)),
            ("tags", tags(metrics)),
            ("looked at", looked_at(audit)),
        ] {
            if let Some(value) = value {
                let _ = writeln!(text, "  {}{value}", paint.dim(format!("{name:<10}")));
            }
        }
        text
    }

    fn section(&self, audit: &Audit, severity: Severity) -> String {
        let mut by_check: BTreeMap<Check, Vec<&Finding>> = BTreeMap::new();
        for finding in audit.findings.iter().filter(|finding| finding.severity == severity) {
            by_check.entry(finding.check).or_default().push(finding);
        }
        let mut text = String::new();
        for findings in by_check.values() {
            let told = severity == Severity::Error || self.explain;
            if text.is_empty() || told {
                text.push('\n');
            }
            text.push_str(&self.group(severity, findings, told));
        }
        text
    }

    /// Findings of one check: what it is, what was seen, and what mends it.
    fn group(&self, severity: Severity, findings: &[&Finding], told: bool) -> String {
        let paint = self.paint;
        let Some(first) = findings.first() else { return String::new() };
        let what = capital(&first.what);
        let mut text = match severity {
            Severity::Error => format!("{} {}\n", paint.red("✗"), paint.bold(what)),
            Severity::Warning => format!("{} {what}\n", paint.yellow("!")),
            Severity::Note => format!("{} {}\n", paint.dim("·"), paint.dim(what)),
        };
        for finding in findings.iter().take(MOST_OF_A_KIND) {
            self.lines(&mut text, "    ", &finding.seen, |line| paint.dim(line));
        }
        if findings.len() > MOST_OF_A_KIND {
            let more = format!("and {} more", findings.len() - MOST_OF_A_KIND);
            self.lines(&mut text, "    ", &more, |line| paint.dim(line));
        }
        if told {
            self.lines(&mut text, "    ", &first.why, str::to_owned);
        }
        if told || severity == Severity::Warning {
            self.lines(&mut text, "    → ", &first.fix, |line| paint.cyan(line));
        }
        text
    }

    /// `said` between the margins, its further lines below its first.
    fn lines(&self, text: &mut String, margin: &str, said: &str, paint: impl Fn(&str) -> String) {
        let indent = margin.chars().count();
        for (n, line) in wrap(said, self.width.saturating_sub(indent)).iter().enumerate() {
            let margin = if n == 0 { margin.to_owned() } else { " ".repeat(indent) };
            let _ = writeln!(text, "{margin}{}", paint(line));
        }
    }

    fn comparison(&self, compared: &Comparison) -> String {
        let paint = self.paint;
        let score = &compared.score;
        let mut text = format!(
            "\n{} score {} → {}\n",
            paint.bold("Since the earlier audit:"),
            score.before,
            score.after
        );
        for (sign, findings) in
            [(paint.green("− fixed"), &compared.fixed), (paint.red("+ new"), &compared.new)]
        {
            for finding in findings {
                let _ = writeln!(text, "  {sign} {}: {}", finding.what, finding.seen);
            }
        }
        for (name, delta) in &compared.metrics {
            let name = paint.dim(format!("{:<16}", name.replace('_', " ")));
            let _ = writeln!(text, "    {name}{} → {}", delta.before, delta.after);
        }
        text
    }

    fn end(&self, audit: &Audit) -> String {
        let paint = self.paint;
        let count = |severity| audit.count(severity);
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let sums = format!(
            "{}, {}, {}",
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(count(Severity::Note), "note")
        );
        match (errors, warnings) {
            (0, 0) => format!("\n{} {sums}\n", paint.green("✓")),
            (0, _) => format!("\n{} {sums}\n", paint.yellow("!")),
            _ => format!("\n{} {sums}\n", paint.red("✗")),
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn answer(metrics: &Metrics) -> Option<String> {
    let status = metrics.status?;
    let redirects = match metrics.redirects {
        0 => String::new(),
        1 => " after a redirect".to_owned(),
        several => format!(" after {several} redirects"),
    };
    Some(format!("{status}{redirects}, first byte after {} ms", metrics.first_byte_ms))
}

/// A size as people say it; a kilobyte has 1000 bytes.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn weight(metrics: &Metrics) -> Option<String> {
    metrics.status?;
    let name = |kind: Kind| match kind {
        Kind::Document => "page",
        Kind::Stylesheet => "styles",
        Kind::Script => "scripts",
        Kind::Image => "pictures",
        Kind::Frame => "frames",
        Kind::Media => "media",
        Kind::Font => "fonts",
    };
    let kinds = metrics.by_kind.iter().map(|(kind, weight)| match weight.count {
        1 => format!("{} {}", name(*kind), size(weight.bytes)),
        many => format!("{many} {} {}", name(*kind), size(weight.bytes)),
    });
    Some(format!("{}: {}", size(metrics.bytes), kinds.collect::<Vec<_>>().join(", ")))
}

fn tags(metrics: &Metrics) -> Option<String> {
    metrics.status?;
    let tags = metrics
        .tags
        .iter()
        .map(|(tag, seen)| format!("{} {}", tag.name(), seen.ids.join(" ")).trim().to_owned());
    let consent = metrics.consent.iter().map(|manager| format!("consent by {manager}"));
    let all: Vec<String> = tags.chain(consent).collect();
    Some(if all.is_empty() { "none".to_owned() } else { all.join(", ") })
}

fn looked_at(audit: &Audit) -> Option<String> {
    let metrics = &audit.metrics;
    let took = (audit.finished - audit.started).num_milliseconds();
    let count = |number: u64, what| counted(usize::try_from(number).unwrap_or(usize::MAX), what);
    let mut text = format!(
        "{} and {} in {}, {}.{} s",
        count(metrics.pages + 1, "page"),
        count(metrics.links, "link"),
        count(metrics.requests, "request"),
        took / 1_000,
        took % 1_000 / 100
    );
    if metrics.left_alone > 0 {
        let _ = write!(text, "; {} left alone", metrics.left_alone);
    }
    metrics.status.map(|_| text)
}
