//! Tables for people.

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

    /// Appends it as Markdown.
    pub(crate) fn write(&self, text: &mut String) {
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let head: Vec<String> = self.columns.iter().map(|column| (*column).to_owned()).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "\n### {}\n\n{}\n|{}", self.title, line(&head), "---|".repeat(head.len()));
        self.rows.iter().for_each(|row| text.push_str(&(line(row) + "\n")));
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
