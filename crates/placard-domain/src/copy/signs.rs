//! Signs that TikTok refuses (TikTok, `platforms/tiktok.md` §2, §12, §22).

/// Signs that TikTok refuses in the text of an ad (§12).
pub const REFUSED_BY_TIKTOK: [char; 3] = ['{', '}', '#'];

/// The first emoji in `text`: a sign that is shown in colour by itself, or one that is told to be.
pub fn emoji(text: &str) -> Option<char> {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_emoji(letter) || matches!(letters.peek(), Some('\u{FE0F}' | '\u{20E3}')) {
            return Some(letter);
        }
    }
    None
}

/// Whether `letter` is an emoji by itself (Unicode, Emoji_Presentation; beyond the first plane, whole blocks).
fn is_emoji(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x1_F000..=0x1_FAFF
            | 0x231A..=0x231B | 0x23E9..=0x23EC | 0x23F0 | 0x23F3 | 0x25FD..=0x25FE | 0x2614..=0x2615
            | 0x2648..=0x2653 | 0x267F | 0x2693 | 0x26A1 | 0x26AA..=0x26AB | 0x26BD..=0x26BE
            | 0x26C4..=0x26C5 | 0x26CE | 0x26D4 | 0x26EA | 0x26F2..=0x26F3 | 0x26F5 | 0x26FA | 0x26FD
            | 0x2705 | 0x270A..=0x270B | 0x2728 | 0x274C | 0x274E | 0x2753..=0x2755 | 0x2757
            | 0x2795..=0x2797 | 0x27B0 | 0x27BF | 0x2B1B..=0x2B1C | 0x2B50 | 0x2B55
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_found_and_letters_of_all_scripts_are_none() {
        assert_eq!(emoji("Tents 🏕 now"), Some('🏕'));
        assert_eq!(emoji("Hot ☀\u{FE0F}"), Some('☀'));
        assert_eq!(emoji("⭐"), Some('⭐'));
        assert_eq!(emoji("1\u{20E3}"), Some('1'));
        assert_eq!(emoji("Zelte für 99 € – テント, ★ №1 ™ #7"), None);
    }
}
