//! Reading text as people and browsers do.

use url::Url;

/// Bytes as text. Pages that are neither UTF-8 nor say what they are, are read as browsers read them: byte by byte, as
/// Western European.
pub(crate) fn decode(bytes: &[u8], charset: &str) -> String {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let western = matches!(charset, "iso-8859-1" | "latin1" | "windows-1252" | "us-ascii" | "iso-8859-15");
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if western || charset.is_empty() => bytes.iter().copied().map(char::from).collect(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What a link to a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Privacy,
    Terms,
    Imprint,
}

/// Words of links to policies in the languages that are common in ads; in small letters.
const POLICY_WORDS: [(Policy, &[&str]); 3] = [
    (
        Policy::Privacy,
        &[
            "privacy",
            "datenschutz",
            "confidentialit",
            "privacidad",
            "privacidade",
            "riservatezza",
            "prywatno",
            "integritetspolicy",
            "personvern",
            "privatliv",
            "tietosuoja",
            "gizlilik",
            "プライバシー",
            "隐私",
            "개인정보",
            "конфиденциальн",
            "adatvédelm",
            "ochrana osobn",
            "données personnelles",
        ],
    ),
    (
        Policy::Terms,
        &[
            "terms",
            "agb",
            "geschäftsbedingungen",
            "nutzungsbedingungen",
            "conditions",
            "condiciones",
            "condizioni",
            "termos",
            "voorwaarden",
            "regulamin",
            "villkor",
            "vilkår",
            "käyttöehdot",
            "koşullar",
            "利用規約",
            "条款",
            "약관",
            "cgv",
            "cgu",
        ],
    ),
    (
        Policy::Imprint,
        &[
            "imprint",
            "impressum",
            "legal-notice",
            "legal notice",
            "mentions-legales",
            "mentions légales",
            "aviso-legal",
            "aviso legal",
            "note-legali",
            "note legali",
            "about",
            "über uns",
            "ueber-uns",
            "à propos",
            "contact",
            "kontakt",
            "contacto",
            "contatto",
            "contato",
            "会社概要",
        ],
    ),
];

/// Whether a link leads to a policy of this kind, by its text or address.
pub(crate) fn leads_to(policy: Policy, text: &str, to: &Url) -> bool {
    let (text, path) = (text.to_lowercase(), to.path().to_lowercase());
    let words =
        POLICY_WORDS.iter().find(|(known, _)| *known == policy).map_or(&[] as &[&str], |(_, words)| words);
    // Short words are looked for as words, so that `agbar` is no terms.
    let holds = |text: &str, word: &str| match word.len() {
        0..=3 => text.split(|letter: char| !letter.is_alphanumeric()).any(|own| own == word),
        _ => text.contains(word),
    };
    words.iter().any(|word| holds(&text, word) || holds(&path, word))
}

/// Whether a link leads to any policy.
pub(crate) fn is_policy(text: &str, to: &Url) -> bool {
    [Policy::Privacy, Policy::Terms, Policy::Imprint].into_iter().any(|policy| leads_to(policy, text, to))
}

/// Phone numbers in text that are written to be called: with a + or 00 and a country, or with an area code in
/// parentheses. Digits only.
pub(crate) fn phones(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let part = |letter: char| {
        letter.is_ascii_digit() || matches!(letter, '+' | '(' | ')' | ' ' | '-' | '/' | '.' | '\u{a0}')
    };
    for run in text.split(|letter: char| !part(letter)) {
        let run = run.trim_matches(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '+' | '('));
        let number = digits(run);
        let called =
            run.starts_with('+') || run.starts_with("00") || run.starts_with("(0") || run.starts_with("(+");
        let american = run.starts_with('(') && number.len() == 10;
        if (called || american) && (8..=15).contains(&number.len()) && !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

/// The digits of `text`.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The first letters of `text`, and a mark if there are more.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_told_from_other_numbers() {
        let text = "Call +49 (30) 123 45-67 or (555) 010-2030, fax 0049 30 7654321. Since 1998, 12.5 %, 2024-01-31, 10.000 pieces.";
        assert_eq!(phones(text), ["49301234567", "5550102030", "0049307654321"]);
    }

    #[test]
    fn policies_are_known_by_words_in_many_languages() {
        let to = |path: &str| Url::parse(&format!("https://example.com{path}")).unwrap();
        assert!(leads_to(Policy::Privacy, "Datenschutzerklärung", &to("/x")));
        assert!(leads_to(Policy::Privacy, "", &to("/en/privacy-policy")));
        assert!(leads_to(Policy::Terms, "AGB", &to("/x")) && !leads_to(Policy::Terms, "Agbar", &to("/x")));
        assert!(!is_policy("Shop", &to("/shop")));
    }
}
