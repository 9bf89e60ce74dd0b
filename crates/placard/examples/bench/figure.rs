//! One line of the table: what was measured, beside what, and whether that is enough.

use crate::timing::Samples;
use std::fmt::Write;

/// What a figure must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// This many times the baseline's speed.
    AtLeast(f64),
    /// Exactly as little as the baseline.
    Equal,
    /// Nothing; the figure is for information.
    Stated,
}

/// One measured thing.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    measure: String,
    ours: String,
    baseline: String,
    ratio: Option<f64>,
    bar: Bar,
    notes: Vec<String>,
}

impl Figure {
    /// `ours` beside `baseline`; `ratio` is how many times better ours is.
    pub(crate) fn new(
        measure: impl Into<String>,
        ours: impl Into<String>,
        baseline: impl Into<String>,
        ratio: f64,
        bar: Bar,
    ) -> Self {
        Self {
            measure: measure.into(),
            ours: ours.into(),
            baseline: baseline.into(),
            ratio: Some(ratio),
            bar,
            notes: Vec::new(),
        }
    }

    /// Speeds of both in `unit` for `count` of them, with the noise of both as a note.
    pub(crate) fn speeds(
        measure: impl Into<String>,
        (count, unit): (usize, &str),
        ours: &Samples,
        (name, baseline): (&str, &Samples),
        bar: Bar,
    ) -> Self {
        let show = |samples: &Samples| {
            format!("{} {unit}/s ({})", grouped(samples.per_second(count)), samples.show())
        };
        let ratio = baseline.median() / ours.median();
        Self::new(measure, show(ours), format!("{name}: {}", show(baseline)), ratio, bar).note(format!(
            "rounds differ by ±{:.0} % (ours), ±{:.0} % (baseline)",
            ours.noise(),
            baseline.noise()
        ))
    }

    /// Something that could not be measured, and why.
    pub(crate) fn skipped(measure: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            measure: measure.into(),
            ours: "–".into(),
            baseline: "skipped".into(),
            ratio: None,
            bar: Bar::Stated,
            notes: vec![why.into()],
        }
    }

    /// Adds a sentence below the table.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether there is a bar and it is not reached.
    pub(crate) fn is_missed(&self) -> bool {
        match (self.bar, self.ratio) {
            (Bar::AtLeast(least), Some(ratio)) => ratio < least,
            (Bar::Equal, _) => self.ours != self.baseline,
            (Bar::AtLeast(_), None) | (Bar::Stated, _) => false,
        }
    }

    fn cells(&self, number: usize) -> [String; 6] {
        let bar = match self.bar {
            Bar::AtLeast(least) => format!("≥ {least}×"),
            Bar::Equal => "equal".to_owned(),
            Bar::Stated => "–".to_owned(),
        };
        let verdict = match self.bar {
            Bar::Stated => "–",
            _ if self.is_missed() => "not",
            _ => "ok",
        };
        let ratio = self.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}×"));
        let measure = format!("{number} {}", self.measure);
        [measure, self.ours.clone(), self.baseline.clone(), ratio, bar, verdict.to_owned()]
    }
}

/// All figures as one table, their notes below it.
pub(crate) fn table(figures: &[Figure]) -> String {
    let header = ["measure", "ours", "baseline", "ratio", "bar", ""].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(header)
        .chain(figures.iter().enumerate().map(|(index, figure)| figure.cells(index + 1)))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        if index == 0 {
            let _ = writeln!(text, "{}", widths.map(|width| "─".repeat(width)).join("  "));
        }
    }
    for (index, figure) in figures.iter().enumerate() {
        for note in &figure.notes {
            let _ = write!(text, "\n{:>2} {}", index + 1, wrapped(note));
        }
    }
    text.push('\n');
    text
}

/// Lines of a readable length, all but the first indented.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 110;
    let (mut lines, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let wanted = word.chars().count() + 1;
        if length > 0 && length + wanted > WIDTH {
            lines.push_str("\n   ");
            length = 0;
        } else if length > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        length += wanted;
    }
    lines
}

/// A number rounded to whole, its thousands apart.
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Bytes, in mebibytes where there are many.
pub(crate) fn bytes(count: i64) -> String {
    const KIB: i64 = 1 << 10;
    if count < 10 * KIB * KIB { format!("{} KiB", count / KIB) } else { format!("{} MiB", count / KIB / KIB) }
}
