//! Lines of an ad among which Google chooses (Google, `platforms/google.md` §4).

use super::{Mapper, Place};
use crate::google::canonical;
use placard_domain::spec::Diagnostic;
use serde_json::Value;

/// What Google takes of one kind of line.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The spec's field of the first line, and of the others.
    pub(super) first: &'static str,
    pub(super) more: &'static str,
    /// What they are called, plural.
    pub(super) title: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    /// Characters of one.
    pub(super) width: usize,
}

impl Mapper<'_> {
    /// The lines of an ad, checked and in canonical form.
    pub(super) fn lines(
        &mut self,
        place: Place,
        lines: Lines,
        first: Option<&String>,
        more: &[String],
    ) -> Value {
        let path = |mapper: &Self, field| mapper.paths.copy(place.group, place.ad, field);
        let mut found: Vec<(String, &String)> =
            first.map(|text| (path(self, lines.first), text)).into_iter().collect();
        let base = path(self, lines.more);
        found.extend(more.iter().enumerate().map(|(index, text)| (format!("{base}[{index}]"), text)));
        for (index, (path, text)) in found.iter().enumerate() {
            self.check_width(path, text, lines.width);
            if index >= lines.most {
                self.error(path.as_str(), format!("Google takes {} {} at most", lines.most, lines.title));
            }
            if found[..index].iter().any(|(_, other)| other == text) {
                self.error(path.as_str(), format!("`{text}` is here already; {} must differ", lines.title));
            }
        }
        if found.len() < lines.least {
            let message =
                format!("Google needs {} {}, and this ad has {}", lines.least, lines.title, found.len());
            let help = format!("Add lines under `{}`; Google chooses among them.", lines.more);
            self.found(Diagnostic::error(base, message).help(help));
        }
        canonical::sorted(found.into_iter().map(|(_, text)| text.clone().into()).collect())
    }

    /// Fails a text that is wider than Google takes.
    pub(super) fn check_width(&mut self, path: &str, text: &str, most: usize) {
        let width = width(text);
        if width > most {
            self.error(path, format!("Google takes {most} characters here, this has {width}"));
        }
    }
}

/// How much room `text` takes: wide characters count double, and of `{KeyWord:default}` only the default counts.
fn width(text: &str) -> usize {
    let mut total = 0;
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let inserted = rest[start..].find('}').and_then(|end| rest[start + 1..start + end].split_once(':'));
        let Some((word, default)) = inserted.filter(|(word, _)| word.eq_ignore_ascii_case("keyword")) else {
            total += plain_width(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        total += plain_width(&rest[..start]) + plain_width(default);
        rest = &rest[start + 1 + word.len() + 1 + default.len() + 1..];
    }
    total + plain_width(rest)
}

fn plain_width(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

/// Letters of East Asian scripts and their full-width signs (Unicode, East Asian Width W and F).
fn is_wide(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x2_0000..=0x3_FFFD
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_count_double_and_an_insertion_counts_its_default() {
        assert_eq!(width("Tents"), 5);
        assert_eq!(width("Über"), 4);
        assert_eq!(width("テント"), 6);
        assert_eq!(width("Buy {KeyWord:Tents} now"), 13);
        assert_eq!(width("{keyword:テント}"), 6);
        assert_eq!(width("Set {a: b} of 3"), 15, "any other brace is a letter");
        assert_eq!(width("open {KeyWord:x"), 15);
    }
}
