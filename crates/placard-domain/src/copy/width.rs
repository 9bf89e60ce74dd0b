//! How much room the lines of search ads take, by the rule that Google and Microsoft share (Google,
//! `platforms/google.md` §4; Microsoft, `platforms/microsoft.md` §4).

/// How much room `text` takes: wide characters count double, and of `{KeyWord:default}` only the default counts.
pub fn width(text: &str) -> usize {
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
