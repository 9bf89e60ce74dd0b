//! Text in aligned columns, by the width that a terminal gives each character.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Which side of a column its texts keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Columns a terminal needs for `text`.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in exactly `to` columns: filled up with blanks, or cut with an ellipsis.
pub(crate) fn fit(text: &str, to: usize, align: Align) -> String {
    let text = cut(text, to);
    let blanks = " ".repeat(to.saturating_sub(width(&text)));
    match align {
        Align::Left => format!("{text}{blanks}"),
        Align::Right => format!("{blanks}{text}"),
    }
}

/// `text` in at most `to` columns. Control characters, which could move the cursor, are left out.
pub(crate) fn cut(text: &str, to: usize) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    if width(&clean) <= to {
        return clean;
    }
    let mut kept = String::new();
    let mut used = 1;
    for char in clean.chars() {
        used += char.width().unwrap_or(0);
        if used > to {
            break;
        }
        kept.push(char);
    }
    if to > 0 {
        kept.push('…');
    }
    kept
}

/// `text` in lines of at most `to` columns, broken between words; a longer word is cut.
pub(crate) fn wrap(text: &str, to: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().map(|word| cut(word, to)) {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&word) <= to => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Rows below a header, each column as wide as its widest text, without blanks at the ends of lines.
pub(crate) fn grid(header: &[&str], aligns: &[Align], rows: &[Vec<String>], indent: usize) -> String {
    let cell = |row: &[String], place: usize| row.get(place).map_or(0, |text| width(&cut(text, usize::MAX)));
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(place, title)| {
            rows.iter().map(|row| cell(row, place)).chain([width(title)]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let fitted: Vec<String> =
            cells.zip(&widths).zip(aligns).map(|((text, to), align)| fit(text, *to, *align)).collect();
        format!("{}{}", " ".repeat(indent), fitted.join("  ")).trim_end().to_owned() + "\n"
    };
    let mut out = line(&mut header.iter().copied());
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        assert_eq!(fit("東京", 6, Align::Left), "東京  ");
        assert_eq!(fit("e\u{301}te", 5, Align::Right), "  e\u{301}te");
        assert_eq!(cut("東京タワー", 5), "東京…");
        assert_eq!(width(&cut("東京タワー", 6)), 5);
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(cut("a\u{1b}[2Jb\n", 10), "a[2Jb");
    }
}
