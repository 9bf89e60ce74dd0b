//! The words of platforms for ours, as tables for people: `docs/mapping.md` is rendered from what the adapters send.

use crate::{google, meta, microsoft, tiktok};
use std::fmt::Write;

/// One table.
pub(crate) struct Table {
    /// What it is about.
    pub(crate) title: &'static str,
    /// Its columns; the first holds words of specs.
    pub(crate) columns: Vec<&'static str>,
    /// Its rows. An empty cell says that nothing is sent.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of words and what each is to a platform; `None` where the platform has no such thing.
    pub(crate) fn of_words(
        title: &'static str,
        columns: [&'static str; 2],
        words: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let row = |(ours, theirs): (&str, Option<String>)| {
            vec![code(ours), theirs.unwrap_or_else(|| REFUSED.to_owned())]
        };
        Self { title, columns: columns.to_vec(), rows: words.into_iter().map(row).collect() }
    }

    /// Bands of ages: a word, the first year, the last; the last band goes on.
    pub(crate) fn of_ages(bands: &[(&str, u32, u32)]) -> Self {
        let years = |(index, (word, from, to)): (usize, &(&str, u32, u32))| {
            let years =
                if index + 1 == bands.len() { format!("{from} and older") } else { format!("{from}–{to}") };
            vec![years, code(word)]
        };
        let rows = bands.iter().enumerate().map(years).collect();
        Self { title: "Ages", columns: vec!["years", "sent"], rows }
    }
}

/// What a platform lacks.
const REFUSED: &str = "**error**";

/// `word` as something that is written so.
pub(crate) fn code(word: &str) -> String {
    format!("`{word}`")
}

/// The same, or nothing.
pub(crate) fn maybe(word: Option<&str>) -> String {
    word.map(code).unwrap_or_default()
}

/// All tables, as Markdown.
pub fn document() -> String {
    let mut text = "# What our words are to each platform

This page is rendered from the tables in the adapters. A test keeps it so; `PLACARD_UPDATE_MAPPING=1` renews it. What
stands behind the words, and what differs, is told in [platforms.md](platforms.md). Of several rows for one goal and
target the first is what a spec without `optimize_for` means. **error**: the platform has no such thing, and a spec that
wants it is refused before anything is sent.
"
    .to_owned();
    let platforms = [
        ("Meta", meta::mapping::tables()),
        ("Google Ads", google::mapping::tables()),
        ("Microsoft Advertising", microsoft::mapping::tables()),
        ("TikTok", tiktok::mapping::tables()),
    ];
    for (name, tables) in platforms {
        let _ = writeln!(text, "\n## {name}");
        tables.iter().for_each(|table| write_table(&mut text, table));
    }
    text
}

fn write_table(text: &mut String, table: &Table) {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = table.columns.iter().map(|column| (*column).to_owned()).collect();
    let _ = writeln!(text, "\n### {}\n\n{}\n|{}", table.title, line(&head), "---|".repeat(head.len()));
    table.rows.iter().for_each(|row| text.push_str(&(line(row) + "\n")));
}
