//! Writing a spec as people would.

use super::{
    document::{Raw, tree},
    model::CampaignSpec,
};

/// Fields that hold exact decimals, which read best without quotes.
const DECIMALS: &[&str] = &["daily", "lifetime", "amount", "roas", "latitude", "longitude"];

/// `spec` as YAML, in the order of the format's own fields.
///
/// Reading it gives the same spec again.
pub fn write(spec: &CampaignSpec) -> String {
    let json = serde_json::to_string(spec).expect("a spec is plain data");
    let tree = tree(&json).expect("JSON is YAML");
    let mut text = String::new();
    members(&tree, 0, &mut text);
    text
}

/// The members of a map or the items of a list, each on lines of its own.
fn members(raw: &Raw, depth: usize, text: &mut String) {
    let margin = "  ".repeat(depth);
    match raw {
        Raw::Map(members) => {
            for (name, value) in members {
                text.push_str(&margin);
                member(name, value, depth, text);
            }
        }
        Raw::List(items) => {
            for item in items {
                text.push_str(&margin);
                text.push_str("- ");
                self::item(item, depth + 1, text);
            }
        }
        Raw::Null | Raw::Scalar { .. } => {}
    }
}

fn member(name: &str, value: &Raw, depth: usize, text: &mut String) {
    text.push_str(&scalar(name, false));
    text.push(':');
    match value {
        Raw::Map(inner) if inner.is_empty() => text.push_str(" {}\n"),
        Raw::List(inner) if inner.is_empty() => text.push_str(" []\n"),
        Raw::Map(_) | Raw::List(_) => {
            text.push('\n');
            members(value, depth + 1, text);
        }
        Raw::Null => text.push_str(" null\n"),
        Raw::Scalar { text: value, quoted } => {
            let quoted = *quoted && !DECIMALS.contains(&name);
            text.push(' ');
            text.push_str(&scalar(value, quoted));
            text.push('\n');
        }
    }
}

/// What stands behind a dash; the first member of a map stands on the same line.
fn item(raw: &Raw, depth: usize, text: &mut String) {
    match raw {
        Raw::Map(inner) if !inner.is_empty() => {
            for (index, (name, value)) in inner.iter().enumerate() {
                if index > 0 {
                    text.push_str(&"  ".repeat(depth));
                }
                member(name, value, depth, text);
            }
        }
        Raw::Scalar { text: value, quoted } => {
            text.push_str(&scalar(value, *quoted));
            text.push('\n');
        }
        Raw::Map(_) => text.push_str("{}\n"),
        Raw::Null => text.push_str("null\n"),
        Raw::List(_) => {
            text.push('\n');
            members(raw, depth, text);
        }
    }
}

/// `value` bare where every reader of YAML takes it for the same text, else in quotes.
fn scalar(value: &str, is_text: bool) -> String {
    let mut letters = value.chars();
    let begins_well = letters.next().is_some_and(char::is_alphabetic);
    let bare = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.' | '/' | '+');
    let is_word = matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    let plain = begins_well && letters.all(bare) && !value.ends_with(' ') && !(is_text && is_word);
    if plain || !is_text { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{read, starter};

    #[test]
    fn what_is_written_reads_as_the_same_spec() {
        let text = starter("Für \"Frühaufsteher\": #1, 50 % – 東京", "EUR".parse().unwrap());
        let document = read(&text).unwrap();
        let written = write(document.draft());
        let again = read(&written).unwrap();
        assert_eq!(again.draft(), document.draft(), "{written}");
    }

    #[test]
    fn text_that_looks_like_something_else_is_quoted() {
        for value in [
            "true",
            "No",
            "12",
            "1e3",
            "null",
            "",
            "- a",
            "a: b",
            "a #b",
            "x\ny",
            "~",
            " a",
            "a ",
            "\u{1F600}",
            "a\u{2028}b",
        ] {
            assert_ne!(scalar(value, true), value, "{value:?}");
        }
        assert_eq!(scalar("Spring sale 2026", true), "Spring sale 2026");
    }
}
